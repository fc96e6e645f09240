"""From passages to the sentences that answer: extraction without a model. Pure functions.

Each sentence is scored by the share of the question's weighted words that it has itself, helped by its headings and
neighbours, and by whether it holds the sort of answer that is asked for. Weights are inverse frequencies over the
sentences at hand, so that a word in every sentence tells nothing. A quote is always an exact piece of its passage.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from company.language.questions import SOFT, Asked, asked, focus, holds
from company.language.sentences import Span, sentences
from company.language.stopwords import words as word_list
from company.language.tokens import Word, content_words, fold, language_of, raw_words, terms
from company.records import Passage
from employees.clerk_figures import differ

ENOUGH = 0.55
"""The least share of the question's weight that a sentence with its headings and neighbours must have."""
CLOSE = 0.72
"""Further sentences are shown when they reach this share of the best one's score."""
RIVAL = 0.8
"""A sentence of another document with other figures contradicts when it reaches this share of the best one's score."""
_BEFORE, _POINTED_AT, _AFTER, _HEADINGS, _PARTIAL, _SOFT, _SORT, _NEGATION, _TITLED = (
    0.45,
    0.9,
    0.25,
    0.7,
    0.7,
    0.5,
    0.3,
    0.1,
    0.1,
)
_STEM = 5
_BESIDE = 0.7
"""What coverage is worth when the very thing that is asked after is missing."""

FIGURES = frozenset({Asked.MONEY, Asked.TIME, Asked.DATE, Asked.DURATION, Asked.CONTACT, Asked.NUMBER})
"""Sorts of answer that are figures: a sentence without one can't be the answer."""

_NEGATIONS = word_list(
    "not no never without cannot except forbidden prohibited pas jamais aucun aucune interdit sans nicht "
    "kein keine nie "
    "verboten ohne nunca ninguno ninguna prohibido sin не нет нельзя никогда запрещено без"
)
_BACKWARD = word_list(
    "it they this these that he she its their il elle ils elles ce cela cette er sie es dies diese dieser "
    "ello esto esta "
    "estos он она оно они это эта этот"
)
_HAN_BACKWARD = ("它", "这", "他", "她", "该")
_CONTRAST = word_list(
    "but however except unless otherwise mais cependant sauf toutefois aber jedoch ausser ausgenommen allerdings pero "
    "sin excepto salvo но однако кроме"
)
_HAN_CONTRAST = ("但", "不过", "除")
_PART = re.compile(
    r"(?<=[?？])\s+|[;；]\s*|,?\s+(?:and|et|und|y|и)\s+(?=(?:how|what|when|where|who|why|which|combien|quand|où|qui|quel\w*|"
    r"comment|pourquoi|wie|was|wann|wo|wer|warum|welche\w*|cuánt\w+|cuándo|dónde|quién|qué|cómo|сколько|когда|где|кто|"
    r"какой|какая|какие|почему)\b)",
    re.IGNORECASE,
)
_MOST_PARTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """A sentence that answers. `quote` occurs in the passage as it is; `shown` is it without list and table marks."""

    passage: Passage
    quote: str
    shown: str
    score: float  # 0 to about 1.5
    coverage: float  # 0 to 1
    matched: frozenset[str]  # the question's words it has itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The extracts for one question. `disagree`: they come from different documents and give different figures."""

    extracts: tuple[Extract, ...]
    disagree: bool = False


@dataclass(frozen=True, slots=True)
class _Sentence:
    passage: Passage
    spans: Sequence[Span]
    place: int
    terms: frozenset[str]
    heading: frozenset[str]

    def text(self, offset: int = 0) -> str:
        """This sentence or a neighbour, "" past the ends."""
        place = self.place + offset
        if not 0 <= place < len(self.spans):
            return ""
        return self.passage.text[self.spans[place].start : self.spans[place].end]


def parts(question: str) -> list[str]:
    """The single questions in a text, at most four."""
    found = [part.strip() for part in _PART.split(question) if part and part.strip()]
    return [part for part in found if content_words(part)][:_MOST_PARTS] or [question]


def answer(question: str, passages: Sequence[Passage], *, most: int = 4) -> Answer:
    """The best one to `most` sentences of the passages, or none when nothing answers."""
    wanted = content_words(question)
    sorts = asked(question)
    pool = [one for passage in passages for one in _sentences(passage)]
    if not wanted or not pool:
        return Answer(extracts=())
    weights = _weights(wanted, sorts, pool)
    scored = [
        found
        for place, one in enumerate(pool)
        if (found := _score(question, one, pool, place, wanted, sorts, weights)) is not None
    ]
    scored.sort(key=lambda one: -one.score)
    return _choose(scored, sorts, most)


def _sentences(passage: Passage) -> Iterator[_Sentence]:
    spans = sentences(passage.text)
    language = language_of(passage.text)
    name = re.sub(r"[-_]", " ", passage.document.rsplit("/", 1)[-1].rsplit(".", 1)[0])
    heading = frozenset(terms(f"{passage.place} \n {name}", language))
    for place, span in enumerate(spans):
        text = passage.text[span.start : span.end]
        above = heading
        if text.startswith("|"):  # a row of a table: the names of its columns are its headings
            above = heading | frozenset(terms(" | ".join(_head_of(passage.text, span.start)), language))
        yield _Sentence(passage, spans, place, frozenset(terms(text, language)), above)


def _weights(wanted: Sequence[Word], sorts: Sequence[Asked], pool: Sequence[_Sentence]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for word in wanted:
        df = sum(1 for one in pool if word.variants & one.terms)
        weight = math.log(1 + (len(pool) + 20 - df) / (df + 0.5))
        soft = any(word.surface in SOFT[sort] for sort in sorts)
        weights[word.surface] = weight * (_SOFT if soft or word.cjk else 1.0)
    return weights


def _has(word: Word, found: frozenset[str]) -> float:
    """How much of a word a set of terms has: all, part of a compound, or nothing."""
    if word.variants & found:
        return 1.0
    if word.cjk:
        return 0.0
    for stem in word.variants:
        if len(stem) >= _STEM and any(
            ((term.startswith(stem) or term.endswith(stem)) and len(term) <= 3 * len(stem))
            or (len(term) >= _STEM and stem.startswith(term))
            for term in found
        ):  # fmt: skip
            return _PARTIAL
    return 0.0


def _score(
    question: str, one: _Sentence, pool: Sequence[_Sentence], place: int, wanted: Sequence[Word],
    sorts: Sequence[Asked], weights: dict[str, float],
) -> Extract | None:  # fmt: skip
    text = one.text()
    if text.startswith("|") and not _head_of(one.passage.text, one.spans[one.place].start):
        return None  # the names of the columns say nothing by themselves
    held = [sort for sort in sorts if holds(sort, text)]
    if any(sort in FIGURES for sort in sorts) and not any(sort in FIGURES for sort in held):
        return None
    before = pool[place - 1].terms if one.place else frozenset()
    after = pool[place + 1].terms if one.place + 1 < len(one.spans) else frozenset()
    back = _POINTED_AT if _opens(text, _BACKWARD, _HAN_BACKWARD) else _BEFORE
    own = near = 0.0
    matched: set[str] = set()
    for word in wanted:
        weight = weights[word.surface]
        here = 1.0 if word.cjk and word.surface in text else _has(word, one.terms)
        if any(word.surface in SOFT[sort] for sort in held):
            here = 1.0
        elif here:
            matched.add(word.surface)
        around = max(_HEADINGS * _has(word, one.heading), back * _has(word, before), _AFTER * _has(word, after))
        own += weight * here
        near += weight * max(0.0, around - here)
    whole = sum(weights.values())
    coverage = (own + near) / whole
    if _beside_the_point(question, wanted, one.terms | one.heading | before | after, held):
        coverage *= _BESIDE
    titled = one.place == 0 and near >= ENOUGH * whole  # the first sentence under a heading that says it all
    if coverage < ENOUGH or not (matched or held or titled):
        return None
    score = (own + 0.8 * near) / whole + (_SORT if held else 0.0) + (_TITLED if titled else 0.0)
    if _negated(question) and _negated(text):
        score += _NEGATION
    quote = _with_context(one)
    return Extract(
        passage=one.passage, quote=quote, shown=_shown(one.passage.text, quote), score=score, coverage=coverage,
        matched=frozenset(matched),
    )  # fmt: skip


def _beside_the_point(question: str, wanted: Sequence[Word], found: frozenset[str], held: Sequence[Asked]) -> bool:
    """Whether the very thing that is asked after ("password" of the network) is missing, and nothing stands for it."""
    thing = focus(question)
    asked_for = [word for word in wanted if word.surface == thing or (word.cjk and word.surface in thing)]
    if not asked_for or any(word.surface in SOFT[sort] for sort in held for word in asked_for):
        return False
    return not any(_has(word, found) for word in asked_for)


def _negated(text: str) -> bool:
    return any(fold(word) in _NEGATIONS for word in raw_words(text)) or bool(re.search("[不没禁]", text))


def _with_context(one: _Sentence) -> str:
    """The sentence, with the one before when it points back to it, and the one after when that limits it."""
    first = last = one.place
    if one.place and _opens(one.text(), _BACKWARD, _HAN_BACKWARD) and not one.text(-1).startswith(("|", "#", "`")):
        first -= 1
    if _opens(one.text(1), _CONTRAST, _HAN_CONTRAST):
        last += 1
    return one.passage.text[one.spans[first].start : one.spans[last].end]


def _opens(text: str, openers: frozenset[str], han: tuple[str, ...]) -> bool:
    first = re.match(r"\w+", text)
    return first is not None and (fold(first.group()) in openers or text.startswith(han))


def _shown(whole: str, quote: str) -> str:
    """The quote for reading: a table row with its column names, a list item without its mark, one line."""
    if quote.startswith("|"):
        row = _cells(quote)
        head = _head_of(whole, whole.index(quote))
        if len(head) == len(row):
            return ", ".join(f"{name}: {cell}" if name else cell for name, cell in zip(head, row, strict=True) if cell)
        return ", ".join(cell for cell in row if cell)
    if "```" in quote:
        return quote
    return " ".join(re.sub(r"^\s*(?:[-*+•]|\d+[.)]|#+|>)\s+", "", quote).split())


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _head_of(whole: str, start: int) -> list[str]:
    """The column names of the table whose row begins at `start`; [] for the row of names itself."""
    before = whole[:start].split("\n")
    for place in range(len(before) - 1, 0, -1):
        if re.fullmatch(r"\s*\|?[\s:|-]+\|?\s*", before[place]) and "-" in before[place]:
            return _cells(before[place - 1])
    return []


def _choose(scored: Sequence[Extract], sorts: Sequence[Asked], most: int) -> Answer:
    if not scored:
        return Answer(extracts=())
    best = scored[0]
    rivals = [one for one in scored[1:] if _contradicts(best, one, sorts)]
    if rivals:
        return Answer(extracts=(best, *_one_per_document(rivals)[: most - 1]), disagree=True)
    chosen = [best]
    for one in scored[1:]:
        if len(chosen) == most or one.score < CLOSE * best.score:
            break
        if not _adds(one, chosen):
            continue
        chosen.append(one)
    return Answer(extracts=tuple(chosen))


def _adds(one: Extract, chosen: Sequence[Extract]) -> bool:
    """Whether a sentence says something that the chosen ones don't: another text, and words of the question in it."""
    if any(one.shown in other.shown or other.shown in one.shown for other in chosen):
        return False
    seen = frozenset().union(*(other.matched for other in chosen))
    return bool(one.matched - seen) or one.score >= 0.9 * chosen[0].score


def _contradicts(best: Extract, other: Extract, sorts: Sequence[Asked]) -> bool:
    if other.passage.document == best.passage.document or other.score < RIVAL * best.score:
        return False
    if not (set(sorts) & FIGURES) or not best.matched or not best.matched <= other.matched:
        return False
    return differ(sorts, best.shown, other.shown)


def _one_per_document(found: Sequence[Extract]) -> list[Extract]:
    by_document: dict[str, Extract] = {}
    for one in found:
        by_document.setdefault(one.passage.document, one)
    return list(by_document.values())
