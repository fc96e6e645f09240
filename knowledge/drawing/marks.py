"""Where the words of a quote stand on a page: by their letters and digits alone.

What a reader made of a page differs from it in blanks, hyphens at the ends of lines, bullets and the bars of tables;
the letters are the same. Where not even those stand in one piece (columns that were read in another order, a running
head between), the longest runs of words that are there are taken.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from company.language.tokens import is_cjk

LEAST_RUN = 3
"""Words that must stand together before a part of a quote counts as found."""
ENOUGH = 0.5
"""Share of a quote's words that must be found in such runs."""
MOST_RUNS = 40
MOST_SIGNS = 60_000
"""Signs of a page that are looked at."""

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of a page and its box in points; a blank has none of its own."""

    text: str
    box: Box


def places(signs: Sequence[Sign], quote: str, passage: str) -> tuple[range, ...]:
    """The signs that a quote is made of, as runs of their numbers; () where it does not stand on the page.

    Args:
        passage: around the quote; of a quote that stands on the page twice, the one in its passage is meant.
    """
    page = _Letters([sign.text for sign in signs[:MOST_SIGNS]])
    wanted, around = _key(quote), _key(passage)
    if not wanted:
        return ()
    start = max(page.key.find(around), 0) if around else 0
    at = page.key.find(wanted, start)
    at = page.key.find(wanted) if at < 0 else at
    if at >= 0:
        return (range(page.numbers[at], page.numbers[at + len(wanted) - 1] + 1),)
    return tuple(_runs(page, quote))


def boxes(signs: Sequence[Sign], runs: Sequence[range]) -> tuple[Box, ...]:
    """The runs as boxes, one for each piece of a line."""
    found: list[Box] = []
    for run in runs:
        held: Box | None = None
        for number in run:
            box = signs[number].box
            if not signs[number].text.strip() or box[0] >= box[2] or box[1] >= box[3]:
                continue
            if held is not None and _goes_on(held, box):
                held = (min(held[0], box[0]), min(held[1], box[1]), max(held[2], box[2]), max(held[3], box[3]))
                continue
            if held is not None:
                found.append(held)
            held = box
        if held is not None:
            found.append(held)
    return tuple(found)


def _goes_on(held: Box, box: Box) -> bool:
    """Whether a sign stands in the same line as those before it, no wider than two letters away; any direction."""
    height, width = held[3] - held[1], held[2] - held[0]
    beside = min(held[3], box[3]) - max(held[1], box[1]) > 0.5 * min(height, box[3] - box[1])
    gap = max(box[0] - held[2], held[0] - box[2])
    if beside and gap < 2 * (box[3] - box[1]):
        return True
    below = min(held[2], box[2]) - max(held[0], box[0]) > 0.5 * min(width, box[2] - box[0])
    gap = max(box[1] - held[3], held[1] - box[3])
    return below and width < 2 * (box[2] - box[0]) and gap < 0.5 * (box[2] - box[0])  # a line that runs up or down


class _Letters:
    """The letters and digits of a page in one piece, each with the number of its sign; and its words."""

    def __init__(self, signs: Sequence[str]) -> None:
        letters: list[str] = []
        self.numbers: list[int] = []
        self.words: list[str] = []
        self.spans: list[tuple[int, int]] = []  # of the words: first and last sign
        self._open = False
        for number, sign in enumerate(signs):
            folded = _key(sign)
            if not folded:
                self._open = False
                continue
            letters.append(folded)
            self.numbers.extend([number] * len(folded))
            self._word(folded, number)
        self.key = "".join(letters)

    def _word(self, folded: str, number: int) -> None:
        alone = is_cjk(folded[0])
        if self._open and not alone:
            self.words[-1] += folded
            self.spans[-1] = (self.spans[-1][0], number)
        else:
            self.words.append(folded)
            self.spans.append((number, number))
        self._open = not alone


def _runs(page: _Letters, quote: str) -> Iterator[range]:
    """The longest runs first; each may stand anywhere on the page, for a page turned on its side is read upwards."""
    wanted = _Letters(list(quote)).words
    matcher = SequenceMatcher(None, wanted, page.words, autojunk=False)
    least = min(LEAST_RUN, len(wanted))
    found: list[tuple[int, int]] = []
    left = [(0, len(wanted))]
    while left and len(found) < MOST_RUNS:
        low, high = left.pop()
        match = matcher.find_longest_match(low, high, 0, len(page.words))
        if match.size >= least:
            found.append((match.b, match.size))
            left += [(low, match.a), (match.a + match.size, high)]
    if sum(size for _, size in found) >= ENOUGH * len(wanted):
        yield from (range(page.spans[at][0], page.spans[at + size - 1][1] + 1) for at, size in found)


def _key(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())
