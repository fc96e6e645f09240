"""What a cited sentence may add to its passage, and what it may not take from another place in it (for citations).

A date that follows from a date and a span of the passage ("within 30 days of 14 October", so 13 November) and the
result of a sum over its figures are the employee's own, rightly. A figure that the passage holds with another unit
("14 days" out of "14 October" and "30 days") is not in the passage.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from qa import sums
from qa.layers.dates import dates_of
from qa.sums import Sort, Unreadable

_UNITS: dict[str, str] = {
    "day": r"days?|Tagen?|Tage|jours?|días?|дн(?:я|ей)|день|giorni|dias?|天",
    "week": r"weeks?|Wochen?|semaines?|semanas?|недел[ьяи]|settimane|周",
    "month": r"months?|Monaten?|Monate?|mois|mes(?:es)?|месяц(?:а|ев)?|mesi|个月",
    "year": r"years?|Jahren?|Jahre?|ans?|années?|años?|год(?:а)?|лет|anni|anos?|年",
    "hour": r"hours?|Stunden?|heures?|horas?|час(?:а|ов)?|ore|小时",
    "minute": r"minutes?|Minuten?|minutos?|минут[аы]?|minuti|分钟",
    "share": r"%|percent|per cent|Prozent|pour cent|por ciento|процент\w*",
}
MEASURED = re.compile(
    r"(?<![\w.,])(?P<number>\d+(?:[.,]\d+)?)\s?(?:working |business |calendar |full )?(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _UNITS.items())
    + r")(?![^\W一-鿿])",
    re.IGNORECASE,
)
"""A number and its unit, which is the name of the group that matched."""


def without_derived(claim: str, known: str, language: str) -> str:
    """`claim` without the dates and results that follow from `known`."""
    for text in {*_derived_dates(claim, known), *_results(claim, known, language)}:
        claim = claim.replace(text, " ")
    return claim


def moved(claim: str, known: str) -> Iterator[str]:
    """Figures with a unit in `claim` that `known` holds with that unit, but with other figures only."""
    there: dict[str, set[str]] = {}
    for match in MEASURED.finditer(known):
        there.setdefault(match.lastgroup or "", set()).add(match["number"])
    for match in MEASURED.finditer(claim):
        figures = there.get(match.lastgroup or "")
        if figures is not None and match["number"] not in figures:
            yield match.group()


def _derived_dates(claim: str, known: str) -> Iterator[str]:
    begun = [day for one in dates_of(known) for day in one.days()]
    spans = [(int(match["number"]), match.lastgroup) for match in MEASURED.finditer(known) if match["number"].isdigit()]
    for day in dates_of(claim):
        reached = [_moved(start, sign * number, unit) for start in begun for number, unit in spans for sign in (1, -1)]
        if any(abs((one - end).days) <= 1 for one in day.days() for end in reached if end is not None):
            yield day.text


def _moved(start: date, number: int, unit: str | None) -> date | None:
    try:
        if unit in ("day", "week"):
            return start + timedelta(days=number * (7 if unit == "week" else 1))
        if unit in ("month", "year"):
            months = start.year * 12 + start.month - 1 + number * (12 if unit == "year" else 1)
            year, month = divmod(months, 12)
            return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError):
        return None
    return None


def _results(claim: str, known: str, language: str) -> Iterator[str]:
    run = sums.tokens(claim)
    there = _values(list(sums.numbers_in(sums.tokens(known))), language)
    for at, token in enumerate(run):
        if token.sort is not Sort.EQUALS:
            continue
        left = list(sums.numbers_in(sums.left_of(run, at) or ()))
        right = list(sums.numbers_in(sums.right_of(run, at)))
        if len(left) > 1 and right and all(_values([text], language) & there for text in left):
            yield right[0]
            there |= _values(right[:1], language)


def _values(texts: list[str], language: str) -> set[object]:
    found: set[object] = set()
    for text in texts:
        for comma in sums.readings(language):
            try:
                found.add(sums.number(text, comma=comma))
            except Unreadable:
                continue
    return found
