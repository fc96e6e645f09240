"""Four measures of an answer from documents, without a model: the same text always has the same score.

The names and the sums are those of RAGAS (Es et al., "RAGAS: Automated Evaluation of Retrieval Augmented Generation",
EACL 2024), with its judging model replaced by rules:

- faithfulness: the share of the answer's claims that a context supports;
- relevance: how much of the question the answer, with what supports it, speaks of, and whether it holds the sort of
  thing that was asked for (a date, a sum, a person);
- context precision: the mean over the useful contexts of the precision at their rank;
- context recall: the share of the reference's claims that a context supports.

A claim is a sentence. A context supports it when one of its sentences, or the context as a whole, has most of the
claim's content words (stemmed, in six languages), all of its figures, and as many denials. What words alone can't tell
(antonyms, who did what to whom) these measures don't see.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from company.language.questions import asked, holds
from company.language.sentences import sentences
from company.language.stopwords import words
from company.language.tokens import Word, content_words, fold, raw_words, terms
from qa.layers.figures import numbers
from qa.layers.names import MARKER
from qa.layers.phrases import NOT_IN_DOCUMENTS

COVERED = 0.6  # share of a claim's content words that a context must hold
_IN_PARTS = 0.75  # the same, when the words are spread over several sentences of the context
_DENIALS = words(
    "not no never none nobody nothing cannot nicht kein keine keinen keiner nie niemand nichts ne pas aucun aucune "
    "jamais rien nunca ningun ninguna nada не нет ни никогда нельзя ничего"
)
_HAN_DENIALS = "不没无未非"
_NO = re.compile(r"^\W*(?:no|nein|non|нет|não|不|不是|没有)\s?[,:.!，：。–—-]\s?", re.IGNORECASE)
"""The "no" with which an answer begins: it denies the question, not its own sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question with what was found, what was said, and what should be said ("" when the contexts hold no answer)."""

    question: str
    contexts: tuple[str, ...]  # best first
    answer: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Each from 0 to 1; None where a measure does not apply (no reference, no claim)."""

    faithfulness: float | None
    relevance: float | None
    precision: float | None
    recall: float | None


def scores(one: Answered) -> Scores:
    """All four measures of one answer."""
    return Scores(
        faithfulness=faithfulness(one), relevance=relevance(one), precision=precision(one), recall=recall(one)
    )


def faithfulness(one: Answered) -> float | None:
    """Supported claims over claims. Saying that the documents don't say is faithful when they don't."""
    if _declines(one.answer):
        return 1.0 if not one.reference or recall(one) == 0 else 0.0
    claims = claims_of(one.answer)
    if not claims:
        return None
    return sum(any(supports(context, claim) for context in one.contexts) for claim in claims) / len(claims)


def relevance(one: Answered) -> float | None:
    """Half for the subject of the question, half for the sort of thing it asks for, where it asks for a sort."""
    if _declines(one.answer):
        return 0.0 if one.reference else 1.0
    wanted = content_words(one.question)
    if not wanted:
        return None
    said = [one.answer]
    for claim in claims_of(one.answer):
        said += (_nearest(context, claim) for context in one.contexts if supports(context, claim))
    subject = _covered(wanted, _terms_of(" \n ".join(said)))
    sorts = asked(one.question)
    if not sorts:
        return subject
    return (subject + any(holds(sort, one.answer) for sort in sorts)) / 2


def precision(one: Answered) -> float | None:
    """Sum over useful contexts of the precision at their rank, over the number of useful contexts."""
    claims = claims_of(one.reference)
    if not claims:
        return None
    useful = [any(supports(context, claim) for claim in claims) for context in one.contexts]
    found = [sum(useful[: rank + 1]) / (rank + 1) for rank, is_useful in enumerate(useful) if is_useful]
    return sum(found) / len(found) if found else 0.0


def recall(one: Answered) -> float | None:
    """Claims of the reference that a context supports, over its claims."""
    claims = claims_of(one.reference)
    if not claims:
        return None
    return sum(any(supports(context, claim) for context in one.contexts) for claim in claims) / len(claims)


def claims_of(text: str) -> list[str]:
    """The sentences of a text that say something, without marks of citation."""
    bare = _NO.sub("", MARKER.sub(" ", text))
    found = [bare[span.start : span.end] for span in sentences(bare)]
    return [sentence for sentence in found if content_words(sentence)]


def supports(context: str, claim: str) -> bool:
    """Whether a context bears a claim out, by the rule at the top of this file."""
    if not numbers(claim) <= numbers(context):
        return False
    wanted = content_words(claim)
    nearest = _nearest(context, claim)
    if _covered(wanted, _terms_of(nearest)) >= COVERED:
        return _denials(nearest) == _denials(claim)
    return _covered(wanted, _terms_of(context)) >= _IN_PARTS


def _declines(answer: str) -> bool:
    return bool(NOT_IN_DOCUMENTS.search(answer)) and not numbers(answer)


def _nearest(context: str, claim: str) -> str:
    """The sentence of a context that shares most with a claim."""
    wanted = content_words(claim)
    parts = [context[span.start : span.end] for span in sentences(context)] or [context]
    return max(parts, key=lambda part: _covered(wanted, _terms_of(part)))


def _terms_of(text: str) -> frozenset[str]:
    return frozenset(term for language in ("en", "fr", "de", "es") for term in terms(text, language))


def _covered(wanted: Sequence[Word], there: frozenset[str]) -> float:
    return sum(bool(word.variants & there) for word in wanted) / len(wanted) if wanted else 0.0


def _denials(text: str) -> bool:
    """Whether a sentence denies; two denials cancel out."""
    found = sum(fold(word) in _DENIALS for word in raw_words(text)) + sum(sign in _HAN_DENIALS for sign in text)
    french = " ne " in f" {fold(text)} " or "n'" in fold(text)
    return (found - french * (found > 1)) % 2 == 1
