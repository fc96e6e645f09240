"""Figures of a cited sentence that are not in its passage and need not be: they follow from those that are.

"41 of 47, so 87 %", "389 a year, about 32.42 a month", "530 below the 12,480", "36 months (3 years)", "about 150,000"
for 148,730. Both figures that it follows from must stand in the same sentence, so that a reader can see how; small
whole numbers come out of others by chance and must be in the passage themselves, but for conversions of time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations

from qa import sums
from qa.layers.derived import MEASURED
from qa.layers.figures import NUMBER, in_figures, numbers, spellings

_BY_CHANCE = 20  # whole numbers below it are sums and quotients of others too easily
_FEW = 60  # of a thing whose price is multiplied
_MOST = 12  # figures of a sentence that are tried with each other
_SIZES: dict[str, tuple[Fraction, ...]] = {
    "year": (Fraction(365),), "month": (Fraction(365, 12), Fraction(30)), "week": (Fraction(7),), "day": (Fraction(1),),
    "hour": (Fraction(1, 24),), "minute": (Fraction(1, 1440),),
}  # fmt: skip
"""Days in a unit of time; a month is a twelfth of a year, or 30 days."""
_PER_YEAR = re.compile(
    r"\b(?:year|annum|annual\w*|yearly|Jahr\w*|jährlich\w*|an|ans|annuel\w*|années?|año|anual\w*|год\w*|"
    r"ежегодн\w*)\b|年",
    re.I,
)
_PER_MONTH = re.compile(
    r"\b(?:month\w*|Monat\w*|monatlich\w*|mois|mensuel\w*|mes|mensual\w*|месяц\w*|ежемесячн\w*)\b|月", re.I
)
_PERCENT = re.compile(r"\s?(?:%|％|per ?cent|Prozent|pour cent|por ciento|процент)", re.IGNORECASE)
_WORDS_BEFORE = re.compile(r"[^\W\d_]+|[~≈]")


@dataclass(frozen=True, slots=True)
class _Figure:
    """One figure of a sentence. `room`: how far the rounding that it shows may have moved it."""

    text: str
    values: frozenset[Fraction]
    unit: str
    room: Fraction
    percent: bool
    about: bool


def without_worked_out(claim: str, known: str) -> str:
    """`claim` without the figures that follow from others in it which `known` holds."""
    there = frozenset(map(Fraction, numbers(known)))
    figures = list(_figures(in_figures(claim)))[:_MOST]
    given = [figure for figure in figures if figure.values & there]
    monthly = bool(_PER_YEAR.search(claim) and _PER_MONTH.search(claim))
    for figure in figures:
        if figure in given:
            continue
        if _is_rounded(figure, there) or _follows(figure, given, figures, monthly=monthly):
            claim = re.sub(rf"(?<![\w.,]){re.escape(figure.text)}(?!\d|[.,]\d)", " ", claim)
    return claim


def _figures(claim: str) -> Iterator[_Figure]:
    units = {match.start("number"): match.lastgroup or "" for match in MEASURED.finditer(claim)}
    for match in NUMBER.finditer(claim):
        text = match.group()
        readings = spellings(text)
        before = [
            word.lower() for word in _WORDS_BEFORE.findall(claim[max(0, match.start() - 30) : match.start()])[-3:]
        ]
        about = not sums.ABOUT.isdisjoint(before) or not {"~", "≈"}.isdisjoint(before)
        yield _Figure(
            text, frozenset(map(Fraction, readings)), units.get(match.start(), ""), _room(readings, about=about),
            _PERCENT.match(claim, match.end()) is not None, about,
        )  # fmt: skip


def _room(readings: set[str], *, about: bool) -> Fraction:
    """Half a unit of the last digit; behind "about" of the last one that is not a nought."""
    text = min(readings)
    if "." in text:
        return Fraction(1, 2 * 10 ** len(text.partition(".")[2]))
    noughts = len(text) - len(text.rstrip("0")) if about else 0
    return Fraction(10**noughts, 2)


def _is_rounded(figure: _Figure, there: frozenset[Fraction]) -> bool:
    return figure.about and any(_near(figure, value) for value in there)


def _near(figure: _Figure, value: Fraction) -> bool:
    return any(abs(one - value) <= figure.room for one in figure.values)


def _follows(figure: _Figure, given: Sequence[_Figure], figures: Sequence[_Figure], *, monthly: bool) -> bool:
    by_hand = [value for one in figures for value in one.values if one is not figure and 2 <= value <= _FEW]
    for other in given:
        for value in other.values:
            if value.denominator > 1 and any(_near(figure, value * times) for times in by_hand):
                return True  # "4.50 each, 18 for four"
            if any(_near(figure, value * ratio) for ratio in _ratios(other.unit, figure.unit)):
                return True
            if monthly and (_near(figure, value / 12) or _near(figure, value * 12)) and _is_telling(figure):
                return True
    return any(
        _comes_of(figure, first, second)
        for one, two in permutations(given, 2)
        for first in one.values
        for second in two.values
    )


def _ratios(unit: str, wanted: str) -> Iterator[Fraction]:
    if unit != wanted:
        yield from (size / other for size in _SIZES.get(unit, ()) for other in _SIZES.get(wanted, ()))


def _comes_of(figure: _Figure, first: Fraction, second: Fraction) -> bool:
    if figure.percent:
        return second != 0 and (
            _near(figure, 100 * first / second) or _near(figure, 100 * abs(first - second) / second)
        )
    if not _is_telling(figure):
        return False
    results = [first * second, first + second, first - second]
    return any(_near(figure, result) for result in (*results, *((first / second,) if second else ())))


def _is_telling(figure: _Figure) -> bool:
    return any(value >= _BY_CHANCE or value.denominator > 1 for value in figure.values)
