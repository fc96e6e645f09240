"""From the [n] in an answer to sources that can be shown: the passage, and its sentence that carries the claim."""

from __future__ import annotations

import re
from collections.abc import Sequence

from company.records import Citation, Passage

MARKER = re.compile(r"\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\](?!\()")
CODE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`", re.DOTALL)
SENTENCE = re.compile(r"(?:[^.!?。！？\n]|[.!?](?=\w))+[.!?。！？]*")
LONGEST_QUOTE = 300


def citations(answer: str, passages: Sequence[Passage]) -> tuple[Citation, ...]:
    """The sources an answer names, each once, in the order of its first marker.

    A marker without a passage makes no citation (QA reports it); one inside code is no marker. Each quote is a literal
    piece of its passage.
    """
    if not passages:
        return ()
    text = CODE.sub(lambda found: " " * len(found[0]), answer)
    claims: dict[int, str] = {}
    for found in MARKER.finditer(text):
        claim = text[max(text.rfind("\n", 0, found.start()), found.start() - 400, 0) : found.start()]
        for number in map(int, re.split(r"\s*[,;]\s*", found[1])):
            if 1 <= number <= len(passages):
                claims[number] = claims.get(number, "") + " " + claim
    return tuple(_citation(number, claim, passages[number - 1]) for number, claim in claims.items())


def _citation(number: int, claim: str, passage: Passage) -> Citation:
    return Citation(
        marker=number, passage_id=passage.id, document=passage.document, place=passage.place,
        quote=best_sentence(claim, passage.text), owner=passage.owner,
    )  # fmt: skip


def best_sentence(claim: str, text: str) -> str:
    """The sentence of `text` that shares most words with `claim`; a literal piece of it, at most 300 characters."""
    wanted = _words(claim)
    sentences = [found[0].strip() for found in SENTENCE.finditer(text)]
    best = max((one for one in sentences if one), key=lambda one: _overlap(wanted, _words(one)), default=text.strip())
    return best[:LONGEST_QUOTE].rstrip()


def _overlap(wanted: set[str], there: set[str]) -> float:
    """Shared words, longer sentences discounted a little (the cosine of two sets, Ochiai 1957)."""
    return len(wanted & there) / (len(there) ** 0.5 * max(len(wanted), 1) ** 0.5) if there else 0.0


def _words(text: str) -> set[str]:
    """Lower-case words; of scripts without blanks between words, pairs of characters."""
    words = set(re.findall(r"\w+", text.casefold()))
    long_runs = [word for word in words if re.search(r"[\u3040-\u30ff\u3400-\u9fff]", word)]
    pairs = {run[at : at + 2] for run in long_runs for at in range(max(1, len(run) - 1))}
    return (words - set(long_runs)) | pairs
