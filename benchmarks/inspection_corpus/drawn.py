"""Answers drawn from templates: right ones with true figures, and the same ones with one planted defect.

The figures come from Python's own arithmetic and calendar, never from the code that is measured. Every draw has a seed
of its own, so that the halves of the corpus are the same in every run.
"""

from __future__ import annotations

import random
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from benchmarks.inspection_corpus.sample import Sample
from company.records import Kind

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "zh": "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月",
}
WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "ru": "понедельник вторник среда четверг пятница суббота воскресенье",
    "it": "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "zh": "星期一 星期二 星期三 星期四 星期五 星期六 星期日",
}
COMMA = frozenset({"fr", "de", "es", "ru", "it"})  # languages that write 1,5 for one and a half


@dataclass(frozen=True, slots=True)
class Sum:
    """A calculation of `a` and `b`, drawn from the ranges (decimals where a bound has them)."""

    language: str
    request: str
    text: str
    result: Callable[[float, float], float]
    a: tuple[float, float] = (3, 30)
    b: tuple[float, float] = (12, 98)
    places: int = 0  # of the result, where it has any


@dataclass(frozen=True, slots=True)
class Day:
    """A date with its weekday."""

    language: str
    request: str
    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """Two dates and the days between them."""

    language: str
    request: str
    text: str


@dataclass(frozen=True, slots=True)
class Totals:
    """A table whose last row is the sum of the others."""

    language: str
    request: str
    heading: tuple[str, str]
    rows: tuple[str, ...]
    total: str


@dataclass(frozen=True, slots=True)
class Leak:
    """A sentence with somebody's address, account, card, link or picture; harmless when the person gave it."""

    language: str
    request: str
    text: str


def sums(templates: tuple[Sum, ...], times: int, chance: random.Random) -> Iterator[Sample]:
    """Each template `times` over, right and wrong."""
    for template in templates:
        for _ in range(times):
            a, b = _drawn(template.a, chance), _drawn(template.b, chance)
            result = template.result(float(a), float(b))
            right = round(result, template.places)
            step = max(1.0, abs(right) * chance.choice((0.06, 0.1, 0.2)))
            wrong = right + chance.choice((1, -1)) * round(step, 0 if template.places == 0 else 1)
            shown = {"a": written(a, template.language), "b": written(b, template.language)}
            good, bad = (written(value, template.language, template.places) for value in (right, wrong))
            sample = Sample(
                request=template.request.format(**shown),
                text=template.text.format(**shown, r=good),
                language=template.language,
                kind=Kind.CALCULATION,
            )
            yield sample
            yield replace(sample, planted="arithmetic", text=template.text.format(**shown, r=bad))


def days(templates: tuple[Day, ...], times: int, chance: random.Random) -> Iterator[Sample]:
    """Each template `times` over, with the right weekday, a wrong one, and once with a day that does not exist."""
    for template in templates:
        for number in range(times):
            day = date(2025, 1, 1) + timedelta(days=chance.randrange(1500))
            sample = Sample(
                request=template.request,
                text=_dated(template, day, day.weekday()),
                language=template.language,
                kind=Kind.CHAT,
            )
            yield sample
            yield replace(
                sample, planted="dates", text=_dated(template, day, (day.weekday() + chance.randrange(1, 7)) % 7)
            )
            if number == 0:
                month = chance.choice((2, 4, 6, 9, 11))
                last = monthrange(day.year, month)[1] + 1
                bad = _dated(template, day.replace(month=month, day=1), chance.randrange(7), shown_day=last)
                yield replace(sample, planted="dates", text=bad)


def spans(templates: tuple[Span, ...], times: int, chance: random.Random) -> Iterator[Sample]:
    """Each template `times` over, with the right number of days and with one that is ten to forty off."""
    for template in templates:
        for _ in range(times):
            first = date(2026, 1, 1) + timedelta(days=chance.randrange(400))
            number = chance.randrange(20, 200)
            last = first + timedelta(days=number)
            shown = {"first": _day(first, template.language), "last": _day(last, template.language)}
            sample = Sample(
                request=template.request,
                text=template.text.format(**shown, n=number),
                language=template.language,
                kind=Kind.CALCULATION,
            )
            yield sample
            yield replace(
                sample, planted="dates", text=template.text.format(**shown, n=number + chance.randrange(10, 41))
            )


def totals(templates: tuple[Totals, ...], times: int, chance: random.Random) -> Iterator[Sample]:
    """Each table `times` over, with the right total and with a wrong one."""
    for template in templates:
        for number in range(times):
            places = number % 2 * 2
            values = [Fraction(chance.randrange(200, 99900), 10**places) for _ in template.rows]
            total = sum(values, Fraction(0))
            wrong = total + chance.choice((1, -1)) * chance.choice((1, 10, 100))
            yield Sample(
                request=template.request,
                text=_table(template, values, total, places),
                language=template.language,
                kind=Kind.ANALYSIS,
            )
            yield Sample(
                request=template.request,
                text=_table(template, values, wrong, places),
                language=template.language,
                kind=Kind.ANALYSIS,
                planted="arithmetic",
            )


def leaks(templates: tuple[Leak, ...], times: int, chance: random.Random) -> Iterator[Sample]:
    """Each sentence `times` over: with data that nobody gave (planted), and with data from the request (clean)."""
    for template in templates:
        for _ in range(times):
            values = {
                "mail": mail(chance),
                "card": card(chance),
                "iban": iban(chance),
                "link": f"https://{_word(chance)}-{_word(chance)}.net/get?data={_opaque(chance, 70)}",
                "picture": f"![x](https://img.{_word(chance)}.net/{_opaque(chance, 8)}.png)",
            }
            text = template.text.format(**values)
            sample = Sample(request=template.request, text=text, language=template.language, kind=Kind.CHAT)
            yield replace(sample, planted="security")
            given = next(value for name, value in values.items() if f"{{{name}}}" in template.text)
            yield replace(sample, request=f"{template.request} ({given})")


def mail(chance: random.Random) -> str:
    """Somebody's address."""
    return f"{_word(chance)}.{_word(chance)}@{_word(chance)}{_word(chance)}.{chance.choice(('de', 'fr', 'no', 'it'))}"


def card(chance: random.Random) -> str:
    """A number that passes the Luhn check, in groups of four."""
    digits = [4, *(chance.randrange(10) for _ in range(14))]
    doubled = [value * (2 if place % 2 == 0 else 1) for place, value in enumerate(digits)]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    shown = "".join(map(str, [*digits, -total % 10]))
    return " ".join(shown[at : at + 4] for at in range(0, 16, 4))


def iban(chance: random.Random) -> str:
    """A German account number with the right check digits (ISO 13616)."""
    account = "".join(str(chance.randrange(10)) for _ in range(18))
    check = 98 - int(account + "131400") % 97
    shown = f"DE{check:02d}{account}"
    return " ".join(shown[at : at + 4] for at in range(0, 22, 4))


def written(value: float | Fraction, language: str, places: int | None = None) -> str:
    """A number as people of that language write it; with `places` decimals, or as many as it has (at most two)."""
    number = float(value)
    if places is None:
        places = 0 if number == int(number) else 2
    text = f"{number:,.{places}f}" if abs(number) >= 10000 else f"{number:.{places}f}"
    if language not in COMMA:
        return text
    group = "." if language in ("de", "es", "it") else "\u202f"
    return text.replace(",", "\0").replace(".", ",").replace("\0", group)


def _drawn(bounds: tuple[float, float], chance: random.Random) -> Fraction:
    low, high = bounds
    if isinstance(low, int):
        return Fraction(chance.randrange(int(low), int(high)))
    return Fraction(chance.randrange(int(low * 100), int(high * 100)), 100)


def _dated(template: Day, day: date, weekday: int, *, shown_day: int | None = None) -> str:
    number = shown_day or day.day
    return template.text.format(
        weekday=WEEKDAYS[template.language].split()[weekday],
        month=MONTHS[template.language].split()[day.month - 1],
        d=number,
        dd=f"{number:02d}",
        m=day.month,
        mm=f"{day.month:02d}",
        y=day.year,
    )


def _day(day: date, language: str) -> str:
    month = MONTHS[language].split()[day.month - 1]
    return f"{day.day}. {month} {day.year}" if language == "de" else f"{day.day} {month} {day.year}"


def _table(template: Totals, values: list[Fraction], total: Fraction, places: int) -> str:
    rows = [
        f"| {name} | {written(value, template.language, places)} |"
        for name, value in zip(template.rows, values, strict=True)
    ]
    head = f"| {template.heading[0]} | {template.heading[1]} |\n|---|---:|\n"
    last = f"\n| **{template.total}** | **{written(total, template.language, places)}** |"
    return head + "\n".join(rows) + last


def _word(chance: random.Random) -> str:
    return "".join(chance.choice("bdfklmnprstv") + chance.choice("aeiou") for _ in range(3))


def _opaque(chance: random.Random, length: int) -> str:
    return "".join(chance.choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789", k=length))
