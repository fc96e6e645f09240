"""Stretches of time that a message names: "yesterday", "last week", "on 3 March", "in March 2025", in six languages.

Days without a year are the latest that are not to come: people ask for what was. All is told on folded text
(`company.language.tokens.fold`), in which the Russian short i and the umlauts are plain.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from company.language.tokens import fold, language_of

_YEARS = range(1970, 2201)
Days = tuple[date, date]
"""The first and the last day."""

_MONTHS = (
    "jan(?:uary)?|janvier|januar|janner|enero|январ[ьяе]",
    "feb(?:ruary)?|fevrier|februar|febrero|феврал[ьяе]",
    "mar(?:ch)?|mars|marz|maerz|marzo|март[ае]?",
    "apr(?:il)?|avril|abril|апрел[ьяе]",
    "may|mai|mayo|ма[ияе]",
    "june?|juin|juni|junio|июн[ьяе]",
    "july?|juillet|juli|julio|июл[ьяе]",
    "aug(?:ust)?|aout|agosto|август[ае]?",
    "sept?(?:ember)?|septembre|septiembre|сентябр[ьяе]",
    "oct(?:ober)?|octobre|oktober|okt|octubre|октябр[ьяе]",
    "nov(?:ember)?|novembre|noviembre|ноябр[ьяе]",
    "dec(?:ember)?|decembre|dezember|dez|diciembre|декабр[ьяе]",
)
_MONTH = "(?P<month>" + "|".join(_MONTHS) + ")"
_WEEKDAYS = (
    "monday|lundi|montag|lunes|понедельник|(?:周|星期)一",
    "tuesday|mardi|dienstag|martes|вторник|(?:周|星期)二",
    "wednesday|mercredi|mittwoch|miercoles|сред[ау]|(?:周|星期)三",
    "thursday|jeudi|donnerstag|jueves|четверг|(?:周|星期)四",
    "friday|vendredi|freitag|viernes|пятниц[ау]|(?:周|星期)五",
    "saturday|samedi|samstag|sonnabend|sabado|суббот[ау]|(?:周|星期)六",
    "sunday|dimanche|sonntag|domingo|воскресенье|(?:周|星期)[日天]",
)
_NUMBERS = {
    1: "a|an|one|un|une|ein|eine|einem|einer|una|один|одну|一",
    2: "two|deux|zwei|dos|два|две|两|二",
    3: "three|trois|drei|tres|три|三",
    4: "four|quatre|vier|cuatro|четыре|四",
    5: "five|cinq|funf|cinco|пять|五",
    6: "six|sechs|seis|шесть|六",
}
_COUNT = r"(?P<count>\d{1,3}|" + "|".join(_NUMBERS.values()) + ")"
_UNIT = (
    r"(?P<unit>days?|weeks?|months?|years?|jours?|semaines?|mois|ans?|annees?|tage?n?|wochen?|monate?n?|jahre?n?"
    r"|dias?|semanas?|mes(?:es)?|anos?|день|дня|днеи|недел[юи]|недель|месяца?|месяцев|год[а]?|лет"
    r"|天|周|个?星期|个?月|年)"
)
_ON = r"(?:on|from|the|at|le|du|de|am|vom|den|el|del|)\s*(?:the|of)?\s*"


def span_in(text: str, now: int, zone: ZoneInfo) -> tuple[tuple[int, int] | None, str]:
    """The first stretch of time that a text names, ms since 1970 with both ends included, and the text without it.

    The rest is folded where something was found; the text as it is, and None, where nothing was.
    """
    folded, today = fold(text), datetime.fromtimestamp(now / 1000, zone).date()
    for pattern, days_of in _RULES:
        for found in pattern.finditer(folded):
            days = days_of(found, today)
            if days is not None and not (found.group() == "hier" and language_of(text) == "de"):
                rest = " ".join((folded[: found.start()] + " " + folded[found.end() :]).split())
                return (_ms(days[0], zone), _ms(days[1] + timedelta(days=1), zone) - 1), rest
    return None, text


def _ms(day: date, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in _YEARS else None
    except ValueError:
        return None


def _on(found: re.Match[str], today: date) -> Days | None:
    """A day with its month as figures or in words; without a year the latest."""
    parts = found.groupdict()
    month = int(parts["number"]) if parts.get("number") else _month_of(parts["month"])
    given = parts.get("year")
    year = int(given) + (2000 if given and len(given) == 2 else 0) if given else today.year
    day = _date(year, month, int(parts["day"]))
    if day is not None and not given and day > today:
        day = _date(year - 1, month, int(parts["day"]))
    return None if day is None else (day, day)


def _month_of(word: str) -> int:
    return next(number for number, names in enumerate(_MONTHS, 1) if re.fullmatch(names, word))


def _in_month(found: re.Match[str], today: date) -> Days | None:
    parts = found.groupdict()
    month = int(parts["number"]) if parts.get("number") else _month_of(parts["month"])
    year = int(parts["year"]) if parts.get("year") else today.year - (month > today.month)
    return _whole_month(year, month) if year in _YEARS and 1 <= month <= 12 else None


def _whole_month(year: int, month: int) -> Days:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _either_year(found: re.Match[str], _today: date) -> Days:
    year = int(found["year"] or found["other"])
    return date(year, 1, 1), date(year, 12, 31)


def _day(back: int) -> Callable[[re.Match[str], date], Days]:
    def days(_: re.Match[str], today: date) -> Days:
        day = today - timedelta(days=back)
        return day, day

    return days


def _week(back: int) -> Callable[[re.Match[str], date], Days]:
    def days(_: re.Match[str], today: date) -> Days:
        monday = today - timedelta(days=today.weekday() + 7 * back)
        return monday, monday + timedelta(days=6)

    return days


def _months_back(today: date, back: int) -> Days:
    whole = today.year * 12 + today.month - 1 - back
    return _whole_month(whole // 12, whole % 12 + 1)


def _month(back: int) -> Callable[[re.Match[str], date], Days]:
    return lambda _, today: _months_back(today, back)


def _year(back: int) -> Callable[[re.Match[str], date], Days]:
    return lambda _, today: (date(today.year - back, 1, 1), date(today.year - back, 12, 31))


def _weekday(number: int) -> Callable[[re.Match[str], date], Days]:
    def days(_: re.Match[str], today: date) -> Days:
        day = today - timedelta(days=(today.weekday() - number - 1) % 7 + 1)
        return day, day

    return days


def _ago(found: re.Match[str], today: date) -> Days | None:
    said, unit = found["count"], found["unit"]
    count = int(said) if said.isdecimal() else next(n for n, words in _NUMBERS.items() if re.fullmatch(words, said))
    if re.match(r"day|jour|tag|dia|д[не]|天", unit):
        day = today - timedelta(days=count)
        return day, day
    if re.match(r"week|semai|woche|semana|недел|周|个?星期", unit):
        return _week(count)(found, today)
    if re.match(r"month|mois|monat|mes|меся|个?月", unit):
        return _months_back(today, count)
    year = today.year - count
    return (date(year, 1, 1), date(year, 12, 31)) if year > 1970 else None


_LETTER = "[0-9_a-z\u00df-\u04ff]"  # of a script with spaces between words; the range of Han takes 2 ms to compile


def _words(pattern: str) -> re.Pattern[str]:
    """Whole words; Chinese, which has no spaces, anywhere, and words that stand in it."""
    return re.compile(rf"(?:(?<!{_LETTER})|(?!{_LETTER}))(?:{pattern})(?:(?!{_LETTER})|(?<!{_LETTER}))")


_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Days | None]], ...] = (
    (re.compile(r"(?:\bon )?\b(?P<year>\d{4})-(?P<number>\d\d)-(?P<day>\d\d)\b"), _on),
    (re.compile(r"(?P<year>\d{4})年(?P<number>\d{1,2})月(?P<day>\d{1,2})[日号]"), _on),
    (re.compile(r"(?P<number>\d{1,2})月(?P<day>\d{1,2})[日号]"), _on),
    (re.compile(
        r"(?:\b(?:on|am|vom|le|du|el|del) )?\b(?P<day>\d{1,2})[./](?P<number>\d{1,2})[./](?P<year>\d{4}|\d\d)\b"
    ), _on),
    (re.compile(r"\b(?:on|am|vom|le|du|el|del) (?P<day>\d{1,2})[./](?P<number>\d{1,2})\b\.?"), _on),
    (re.compile(
        rf"\b{_ON}(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s+(?:of |de )?{_MONTH}\b\.?(?:,?\s+(?:de "
        rf"|del )?(?P<year>\d{{4}})\b)?"
    ), _on),
    (re.compile(rf"\b(?:on )?{_MONTH}\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<year>\d{{4}})\b)?"), _on),
    (_words("the day before yesterday|avant-hier|vorgestern|anteayer|antes de ayer|позавчера|前天"), _day(2)),
    (_words("yesterday|hier|gestern|ayer|вчера|昨天|昨日"), _day(1)),
    (_words("today|this morning|aujourd'hui|heute|hoy|сегодня|今天|今日"), _day(0)),
    (_words(
        "last week|la semaine (?:derniere|passee)|(?:in der )?(?:letzten?|vorigen?|vergangenen?) woche"
        "|la semana pasada|(?:на )?прошлои неделе|上(?:个)?(?:周|星期)"
    ), _week(1)),
    (_words(
        "this week|cette semaine|(?:in )?dieser? woche|esta semana|(?:на )?этои неделе|(?:这|本)(?:个)?(?:周"
        "|星期)"
    ), _week(0)),
    (_words(
        "last month|le mois (?:dernier|passe)|(?:im )?(?:letzten?|vorigen?|vergangenen?) monat|el mes pasado"
        "|(?:в )?прошлом месяце|上个?月"
    ), _month(1)),
    (_words(
        "this month|ce mois(?:-ci)?|(?:in )?diese[mn]? monat|este mes|(?:в )?этом месяце|(?:这个|本)月"
    ), _month(0)),
    (_words(
        "last year|l'an(?:nee)? (?:dernier|derniere|passee?)|(?:im )?(?:letzten?|voriges?|vergangenen?"
        "|letztes) jahr|el ano pasado|(?:в )?прошлом году|去年"
    ), _year(1)),
    (_words("this year|cette annee|(?:in )?diese[ms]? jahr|este ano|(?:в )?этом году|今年"), _year(0)),
    (re.compile(rf"\b{_COUNT} {_UNIT} ago\b"), _ago),
    (re.compile(rf"\bil y a {_COUNT} {_UNIT}\b"), _ago),
    (re.compile(rf"\bvor {_COUNT} {_UNIT}\b"), _ago),
    (re.compile(rf"\bhace {_COUNT} {_UNIT}\b"), _ago),
    (re.compile(rf"\b{_COUNT} {_UNIT} назад\b"), _ago),
    (re.compile(rf"{_COUNT}\s?{_UNIT}(?:以)?前"), _ago),
    (re.compile(
        rf"\b(?:in|during|back in|en|au mois de|au mois d'|im|im monat|в|во)\s+{_MONTH}(?:,?\s+(?:de "
        rf"|del )?(?P<year>\d{{4}}))?\b"
    ), _in_month),
    (re.compile(r"(?:(?P<year>\d{4})年)?(?P<number>\d{1,2})月(?:份)?(?!\d)"), _in_month),
    (re.compile(
        r"\b(?:in|during|en|im jahr|im jahre|в)\s+(?P<year>(?:19|20)\d\d)\b(?:\s+году)?|(?<!\d)(?P<other>(?:19"
        r"|20)\d\d)年"
    ), _either_year),
    *((_words(
        rf"(?:(?:on|last|le|am|letzten|el|в|во|上)\s*)?(?:{names})(?: dernier| pasado)?"
    ), _weekday(number)) for number, names in enumerate(_WEEKDAYS)),
)  # fmt: skip
"""In this order: what says more comes first."""
