"""Whether two sentences give different figures for the same sort of thing: money, dates, times, spans, counts.

Figures are compared as what they mean: "2 years" and "24 months" agree, "31.12.2026" and "31 December 2026" too. What
can't be compared (two currencies, a date against a span) is no contradiction. The lists of words were written for this
project, folded as `company.language.tokens.fold` does.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence

from company.language.questions import Asked
from company.language.tokens import fold

CLOSE = 0.05
"""Spans in different units that differ by less are the same: three months and ninety days."""
_WORDS = {
    word: number
    for number, words in {
        1: "one un une ein eine einen einem uno una один одна одно одну 一", 2: "two deux zwei dos два две двух 二 两",
        3: "three trois drei tres три трех 三", 4: "four quatre vier cuatro четыре четырех 四",
        5: "five cinq funf cinco пять пяти 五", 6: "six sechs seis шесть шести 六",
        7: "seven sept sieben siete семь семи 七",
        8: "eight huit acht ocho восемь восьми 八", 9: "nine neuf neun nueve девять девяти 九",
        10: "ten dix zehn diez десять десяти 十", 12: "twelve douze zwolf doce двенадцать 十二",
        14: "fourteen quatorze vierzehn catorce четырнадцать", 15: "fifteen quinze funfzehn quince пятнадцать 十五",
        20: "twenty vingt zwanzig veinte двадцать 二十", 30: "thirty trente dreissig treinta тридцать 三十",
    }.items()
    for word in words.split()
}  # fmt: skip
_SPELLED = "|".join(sorted((word for word in _WORDS if word[0] < "\u3000"), key=len, reverse=True))
_N = rf"(?<![0-9a-zа-я.,])(\d+(?:[., '’\u00a0\u202f]\d{{3}})*(?:[.,]\d+)?|(?:{_SPELLED})\b)"
_HAN_N = r"(\d+(?:\.\d+)?|十二|十五|二十|三十|[一二两三四五六七八九十])"
_SPANS: Sequence[tuple[float, str]] = (
    (1 / 1440, r"(?:minutes?|minuten|minutos?|минут\w*)"), (1 / 24, r"(?:hours?|heures?|stunden?|horas?|час\w*)"),
    (1.0, r"(?:days?|jours?|tage?n?|dias?|дн\w+|день)"), (7.0, r"(?:weeks?|semaines?|wochen?|semanas?|недел\w*)"),
    (365.25 / 12, r"(?:months?|mois|monate?n?|mes(?:es)?|месяц\w*)"),
    (365.25, r"(?:years?|ans?|annees?|jahre?n?|anos?|год\w*|лет)"),
)  # fmt: skip
_HAN_SPANS = (
    (1 / 1440, "分钟"),
    (1 / 24, "小时"),
    (1.0, "天"),
    (7.0, "(?:周|星期)"),
    (365.25 / 12, "月"),
    (365.25, "年"),
)
_CURRENCIES = {
    "EUR": r"(?:€|euros?\b|eur\b|欧元?)", "USD": r"(?:\$|dollars?\b|usd\b|dolares\b|美元)",
    "GBP": r"(?:£|pounds?\b|gbp\b)",
    "CHF": r"(?:chf\b|franken\b|francs? suisses?)", "RUB": r"(?:₽|руб\w*)", "CNY": r"(?:¥|元|块)",
}  # fmt: skip
_MONTHS = {
    start: number
    for number, starts in enumerate(
        (
            "januar janv enero январ", "februar fevr feb феврал", "march mars marz marzo март",
            "april avril abril апрел",
            "may mai mayo мая маи", "june juin juni junio июн", "july juil juli julio июл", "august aout agosto август",
            "september septembre septiembre сентябр", "october octobre oktober octubre октябр",
            "november novembre noviembre ноябр", "december decembre dezember diciembre декабр",
        ),
        1,
    )
    for start in starts.split()
}  # fmt: skip
_MONTH = rf"({'|'.join(sorted(_MONTHS, key=len, reverse=True))})\w*"
_DATES: Sequence[tuple[str, str]] = (
    (r"\b(\d{4})-(\d{2})-(\d{2})\b", "ymd"), (r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]", "ymd"),
    (r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b", "dmy"),
    (rf"\b(\d{{1,2}})(?:\.|er|st|nd|rd|th)?\s+(?:de\s+|of\s+)?{_MONTH}\.?,?(?:\s+(?:de\s+|del\s+)?(\d{{4}}))?", "dMy"),
    (rf"\b{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(\d{{4}}))?", "Mdy"),
)  # fmt: skip
_CLOCK = re.compile(
    r"(?<![\d.,:])(\d{1,2})\s?(?:[:h]\s?(\d{2})\b|(?:uhr|h)\b|点)\s?(am|pm|a\.m\.|p\.m\.)?|\b(\d{1,2})\s?(am|pm|a\.m\.|p\.m\.)"
)
Day = frozenset[tuple[int, int, int]]
"""The readings of a date as (year or 0, month, day): 03/04/2026 has two."""


def differ(sorts: Sequence[Asked], one: str, two: str) -> bool:
    """Whether two sentences give different figures for one of the sorts that are asked for."""
    first, second = fold(one), fold(two)
    if Asked.MONEY in sorts:
        return _apart(_by_unit(first, _money), _by_unit(second, _money))
    if Asked.DURATION in sorts:
        return _spans_differ(first, second)
    if Asked.DATE in sorts or Asked.TIME in sorts:
        return _moments_differ(first, second)
    if Asked.CONTACT in sorts:
        return _apart({"": _digits(first)}, {"": _digits(second)})
    return Asked.NUMBER in sorts and _apart(_by_unit(first, _counted), _by_unit(second, _counted))


def _apart(one: dict[str, set[float]], two: dict[str, set[float]]) -> bool:
    """Whether both have figures in one unit, and none of them in common."""
    return any(one[unit] and two[unit] and not one[unit] & two[unit] for unit in one.keys() & two.keys())


def _by_unit(text: str, figures: Callable[[str], Iterator[tuple[str, float]]]) -> dict[str, set[float]]:
    found: dict[str, set[float]] = {}
    for unit, value in figures(text):
        found.setdefault(unit, set()).add(value)
    return found


def _value(written: str) -> float:
    """A number word, or a number with its groups and its fraction in any spelling."""
    if written in _WORDS:
        return float(_WORDS[written])
    compact = re.sub(r"[ '’\u00a0\u202f]", "", written)
    last = max(compact.rfind("."), compact.rfind(","))
    if last < 0 or (len(compact) - last - 1 == 3 and not compact.startswith("0")):
        return float(re.sub(r"[.,]", "", compact))
    return float(re.sub(r"[.,]", "", compact[:last]) + "." + compact[last + 1 :])


def _money(text: str) -> Iterator[tuple[str, float]]:
    for unit, sign in _CURRENCIES.items():
        for found in re.finditer(rf"{_N}\s?{sign}|{sign}\s?{_N}", text):
            yield unit, _value(found[1] or found[2])


def _counted(text: str) -> Iterator[tuple[str, float]]:
    """Numbers by the beginning of the word behind them: "120 guests" and "90 guests" are of one sort."""
    for found in re.finditer(rf"{_N}\s?(%|[^\W\d_]+)?", text):
        yield (found[2] or "")[:4], _value(found[1])
    for found in re.finditer(rf"{_HAN_N}([\u4e00-\u9fff])", text):
        yield found[2], _value(found[1])


def _digits(text: str) -> set[float]:
    return {float(re.sub(r"\D", "", found)) for found in re.findall(r"\+?\d[\d\s()/.-]{5,}\d", text)}


def _spans(text: str) -> set[float]:
    """Lengths of time, in days; what is part of a date is none."""
    _, rest = _days(text)
    found = {_value(hit[1]) * days for days, unit in _SPANS for hit in re.finditer(rf"{_N}[\s-]?{unit}\b", rest)}
    return found | {
        _value(hit[1]) * days for days, unit in _HAN_SPANS for hit in re.finditer(rf"{_HAN_N}\s?个?{unit}", rest)
    }


def _spans_differ(first: str, second: str) -> bool:
    one, two = _spans(first), _spans(second)
    near = any(abs(a - b) <= CLOSE * max(a, b) for a, b in itertools.product(one, two))
    return bool(one) and bool(two) and not near


def _days(text: str) -> tuple[set[Day], str]:
    """The dates of a text, and the text without them."""
    found: set[Day] = set()
    for pattern, order in _DATES:
        for hit in re.finditer(pattern, text):
            found.add(_day(dict(zip(order, hit.groups(), strict=True))))
        text = re.sub(pattern, " ", text)
    return {day for day in found if day}, text


def _day(parts: dict[str, str | None]) -> Day:
    year, day = int(parts["y"] or 0), int(parts["d"] or 0)
    month = _MONTHS[str(parts["M"])] if "M" in parts else int(parts["m"] or 0)
    readings = [(year, month, day)]
    if "M" not in parts and parts.get("y") and day <= 12 and month <= 12:
        readings.append((year, day, month))
    return frozenset(one for one in readings if 1 <= one[1] <= 12 and 1 <= one[2] <= 31)


def _same_day(one: Day, two: Day) -> bool:
    return any(a[1:] == b[1:] and (a[0] == b[0] or not a[0] or not b[0]) for a, b in itertools.product(one, two))


def _moments_differ(first: str, second: str) -> bool:
    """Dates where both have some, else times of day: of a span from one to another both ends count."""
    (one, rest), (two, other) = _days(first), _days(second)
    if one and two:
        return not all(any(_same_day(a, b) for b in two) for a in one) and not all(
            any(_same_day(a, b) for a in one) for b in two
        )
    early, late = _times(rest), _times(other)
    return bool(early) and bool(late) and not (early <= late or late <= early)


def _times(text: str) -> set[int]:
    """Times of day, in minutes since midnight."""
    found = set()
    for hit in _CLOCK.finditer(text):
        hour, minute, half = int(hit[1] or hit[4]), int(hit[2] or 0), (hit[3] or hit[5] or "")[:1]
        hour = hour % 12 + 12 * (half == "p") if half else hour
        if hour <= 24 and minute < 60:
            found.add(60 * hour + minute)
    return found
