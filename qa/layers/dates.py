"""Layer 7, dates: weekdays, days that no month has, leap years and spans of days are looked up in the calendar.

Years 1753 to 2999 (1919 on in Russian): before, other calendars were in use. A date that a text before the employee
holds in the same words is repeated, not claimed. Spans may be counted with or without either end.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from company.records import Finding, Kind
from qa.case import Case
from qa.prose import Piece, stands_in

_MOST = 4
_MONTHS: dict[str, int] = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "jan feb mar apr _ jun jul aug sep oct nov dec",
        "_ _ _ _ _ _ _ _ sept _ _ _",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "jänner feber _ _ _ _ _ _ _ okt _ dez",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "januari februari maart april mei juni juli augustus september oktober november december",
    )
    for number, name in enumerate(names.split(), start=1)
    if name != "_"
}
_WEEKDAYS: dict[str, int] = {
    name: number
    for names in (
        "monday tuesday wednesday thursday friday saturday sunday",
        "mon tue wed thu fri sat sun",
        "_ tues _ thurs _ _ _",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "montag dienstag mittwoch donnerstag freitag samstag sonntag",
        "montags dienstags mittwochs donnerstags freitags sonnabend sonntags",
        "lunes martes miércoles jueves viernes sábado domingo",
        "понедельник вторник среда четверг пятница суббота воскресенье",
        "_ _ среду _ пятницу субботу _",
        "lunedì martedì mercoledì giovedì venerdì sabato domenica",
        "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira _ _",
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
        "星期一 星期二 星期三 星期四 星期五 星期六 星期日",
        "周一 周二 周三 周四 周五 周六 周日",
        "礼拜一 礼拜二 礼拜三 礼拜四 礼拜五 礼拜六 星期天",
        "_ _ _ _ _ _ 周天",
    )
    for number, name in enumerate(names.split())
    if name != "_"
}
MONTH_NAMES = frozenset(_MONTHS)
"""Every name of a month that is known here, in lower case."""
WEEKDAY_NAMES = frozenset(_WEEKDAYS)
"""Every name of a weekday that is known here, in lower case."""
_WEEKDAY_SIGNS = WEEKDAY_NAMES | {"星", "周", "礼", "segunda", "terça", "quarta", "quinta", "sexta"}
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"(?<![\w/.-])(?P<d1>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s(?:of\s|de\s|di\s)?(?P<m1>{_MONTH})\b\.?"
    rf"(?:,?\s(?:de\s|del\s|of\s)?(?P<y1>\d{{4}}))?"
    rf"|\b(?P<m2>{_MONTH})\.?\s(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|[:.]\d)(?:,?\s(?P<y2>\d{{4}}))?"
    r"|(?<![\d-])(?P<y3>\d{4})-(?P<m3>\d{2})-(?P<d3>\d{2})(?![\d-])"
    r"|(?<![\d.])(?P<d4>\d{1,2})\.\s?(?P<m4>\d{1,2})\.\s?(?P<y4>\d{4})(?!\d)"
    r"|(?<![\d/])(?P<a5>\d{1,2})/(?P<b5>\d{1,2})/(?P<y5>\d{4})(?!\d)"
    r"|(?P<y6>\d{4})\s?年\s?(?P<m6>\d{1,2})\s?月\s?(?P<d6>\d{1,2})\s?[日号]",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"(?<!\w)(?:" + "|".join(sorted((name for name in _WEEKDAYS if name[0] < "一"), key=len, reverse=True)) + r")\b"
    r"|(?:星期|周|礼拜)[一二三四五六日天]",
    re.IGNORECASE,
)
_GLUE_BEFORE = re.compile(r"^\.?[,，]?\s?[(（]?(?:(?:den|dem|der|the|le|el|il|o|dia|día|am|of|on)\s)?$", re.IGNORECASE)
_GLUE_AFTER = re.compile(
    r"^\s?(?:года?|году|г\.)?\s?[,，、:：(（—–-]{0,2}\s?(?:(?:which|that|it|so|also|qui|das|que)\s)?"
    r"(?:(?:is|was|will be|falls on|fell on|ist|war|wird|fällt auf|fiel auf|est|était|sera|tombe|es|fue|era|será|cae|"
    r"cayó|è|era|cade|—|-|это|был|была|будет|выпадает на|приходится на|是|为)\s?)?"
    r"(?:(?:a|an|the|on a|on|ein|einen|einem|eine|un|une|en|в|на|uno)\s)?[(（]?$",
    re.IGNORECASE,
)
_UNREAL = re.compile(
    r"\b(?:no|not|never|cannot|exist\w*|isn['’]t|doesn['’]t|wrong|false|mistake|invalid|kein\w*|nicht|nie|"
    r"ungültig\w*|"
    r"reject\w*|validat\w*|falsch\w*|pas|jamais|aucun\w*|invalide|nunca|inválid\w*|не|нет|никогда|ошиб\w*|swed\w*|"
    r"schwed\w*|if|wenn|si|"
    r"если)\b"
    r"|n['’]existe|没有|不存在|无效|错",
    re.IGNORECASE,
)
_SPAN_WORDS = re.compile(
    r"\b(?:from|between|until|till|to|after|before|later|von|vom|zwischen|bis|nach|vor|später|du|au|entre|jusqu\w*|"
    r"après|"
    r"avant|del?|al|desde|hasta|después|antes|с|по|до|от|между|после|через)\b|从|到|至|之间|后|前",
    re.IGNORECASE,
)
_SPAN = re.compile(
    r"(?<![\d.,])(?P<number>\d{1,4}(?:[.,]\d{3})?)\s?(?P<unit>days?|weeks?|Tagen?|Wochen?|jours?|semaines?|días?|"
    r"semanas?|"
    r"дн(?:я|ей)|день|недел[ьяи]|天|周|giorni|settimane)(?!\w*[- ]?(?:old|notice))",
    re.IGNORECASE,
)
_PART_DAYS = re.compile(
    r"business|working|work ?days|week ?days|school|weekend|nights?|arbeitstag|werktag|nächte|ouvr|nuits|hábil|"
    r"laborable|"
    r"noches|рабоч|ноч|工作日|晚|each|every|pro |jede|chaque|cada|кажд|每",
    re.IGNORECASE,
)
_COUNTED_FROM = re.compile(
    r"(?:days?|weeks?|months?|years?|Tage?|Wochen?|Monate?|Jahre?|jours?|semaines?|mois|ans?|días?|semanas?|mes(?:es)?|"
    r"años?|дн(?:я|ей)|день|недел[ьяию]|месяц(?:а|ев)?)\s(?:from|after|before|later than|nach|vor|ab|après|avant|"
    r"à partir du|à compter du|después del?|antes del?|desde(?: el)?|a partir del?|после|до|с|от)\s(?:the |dem |le )?$",
    re.IGNORECASE,
)
"""Right before a date: what follows is told of another day."""
_NUMERIC = re.compile(r"\d[./-]\s?\d{1,2}[./-]|\d\s?年")
_LEAP_WORDS = frozenset({"leap", "schaltjahr", "bissextile", "bisiesto", "bisestile", "bissexto", "闰"})
_LEAP = re.compile(
    r"(?<!\d)(?P<year>1[89]\d\d|2\d{3})(?P<link>\s?(?:год\s|年)?\s?(?:(?:is|was|will be|are|were|isn['’]t|wasn['’]t|"
    r"won['’]t be|"
    r"ist|war|wird|n['’]est|n['’]était|est|était|sera|no es|no fue|sí fue|sí es|es|fue|será|был|будет|является|"
    r"не является|не был|"
    r"—|не|是|不是|è|non è)\s?)(?:(?:not|no|nicht|kein|pas|не|also|indeed|auch|bien)\s)?(?:(?:a|an|ein|kein|une|un|год|"
    r"año|année|"
    r"anno)\s)*)(?:leap years?|Schaltjahr|bissextile|bisiesto|високосн\w*|bisestile|闰年)",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not|no|kein|nicht|pas|не|non)\b|n['’]t|n['’]|不", re.IGNORECASE)
_WHETHER = re.compile(r"\b(?:whether|if|ob|wenn|falls|si|ли|если|se)\b|是否|如果", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Day:
    """A date in a sentence. `readings` are (year, month, day), year 0 when there is none."""

    text: str
    begin: int
    end: int
    readings: tuple[tuple[int, int, int], ...]

    def days(self) -> list[date]:
        """The days it may be, those that exist and have a year."""
        found = []
        for year, month, day in self.readings:
            if year and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]:
                found.append(date(year, month, day))
        return found

    def near(self, other: list[date]) -> list[date]:
        """The days it may be, if it has no year, in the year of each of `other` and the ones beside that."""
        if any(year for year, _, _ in self.readings):
            return []
        years = sorted({one.year + more for one in other for more in (-1, 0, 1) if 1 < one.year < 9999})
        readings = tuple((year, month, day) for year in years for _, month, day in self.readings)
        return replace(self, readings=readings).days()

    def exists(self) -> bool:
        """Whether any reading is a day of some calendar."""
        return any(
            1 <= month <= 12 and 1 <= day <= (monthrange(year or 2024, month)[1]) for year, month, day in self.readings
        )


def check(case: Case) -> tuple[Finding, ...]:
    """Everything that the calendar can tell."""
    if not case.spec.facts.check_dates:
        return ()
    found: list[Finding] = []
    for piece in case.prose.pieces:
        if piece.has_digit and (piece.words & MONTH_NAMES or _NUMERIC.search(piece.text)):
            found += _faults(piece, case)
        if (piece.has_digit and piece.words & _LEAP_WORDS) or "високос" in piece.text.lower():
            found += _leap_years(piece.text)
    return tuple(dict.fromkeys(found))[:_MOST]


def dates_of(text: str) -> list[Day]:
    """Every date in a text, in order."""
    return [_day(match) for match in _DATE.finditer(text)]


def months_of(text: str) -> set[int]:
    """The months that the dates of a text fall in, under every reading."""
    return {month for day in dates_of(text) for _, month, _ in day.readings}


def _finding(code: str, message: str) -> Finding:
    return Finding(layer="dates", code=code, message=message)


def _day(match: re.Match[str]) -> Day:
    part = match.groupdict()
    readings: tuple[tuple[int, int, int], ...]
    if part["d1"]:
        readings = ((int(part["y1"] or 0), _MONTHS[part["m1"].lower()], int(part["d1"])),)
    elif part["d2"]:
        readings = ((int(part["y2"] or 0), _MONTHS[part["m2"].lower()], int(part["d2"])),)
    elif part["a5"]:
        first, second, year = int(part["a5"]), int(part["b5"]), int(part["y5"])
        readings = ((year, second, first), (year, first, second))
    else:
        number = next(number for number in "346" if part[f"y{number}"])
        readings = ((int(part[f"y{number}"]), int(part[f"m{number}"]), int(part[f"d{number}"])),)
    return Day(match.group(), match.start(), match.end(), readings)


def _faults(piece: Piece, case: Case) -> Iterator[Finding]:
    sentence = piece.text
    days = dates_of(sentence)
    weekdays = list(_WEEKDAY.finditer(sentence)) if piece.words & _WEEKDAY_SIGNS else []
    for day in days:
        if not day.exists():
            if (
                not stands_in(day.text, case.given)
                and 28 < max(number for _, _, number in day.readings) <= 31
                and not _UNREAL.search(sentence)
                and case.kind is not Kind.CODE  # there, dates are examples of input
            ):
                yield _finding("date-impossible", f"There is no {day.text}. Give the right date.")
        elif any(_in_use(year, case.language) for year, _, _ in day.readings):
            yield from _weekday_faults(sentence, day, weekdays, case.given)
    if len(days) == 2:
        yield from _span_faults(sentence, days, case)


def _in_use(year: int, language: str) -> bool:
    return (1919 if language == "ru" else 1753) <= year <= 2999


def _weekday_faults(sentence: str, day: Day, weekdays: list[re.Match[str]], given: str) -> Iterator[Finding]:
    possible = {one.weekday() for one in day.days()}
    for match in weekdays:
        before, after = sentence[match.end() : day.begin], sentence[day.end : match.start()]
        beside = match.end() <= day.begin and _GLUE_BEFORE.match(before)
        behind = match.start() >= day.end and _GLUE_AFTER.match(after) and not _is_anothers(sentence, day, match)
        if not (beside or behind):
            continue
        both = sentence[min(match.start(), day.begin) : max(match.end(), day.end)]
        if not possible or _WEEKDAYS[match.group().lower()] in possible or (behind and _NOT.search(after)):
            continue
        if not stands_in(both, given):
            right = " or ".join(_NAMES[number] for number in sorted(possible))
            yield _finding(
                "weekday-wrong", f"{day.text} is a {right}, not {match.group()}. Correct the weekday or the date."
            )


def _is_anothers(sentence: str, day: Day, weekday: re.Match[str]) -> bool:
    """Whether a weekday behind a date speaks of another day: "30 days from 12 November is Saturday, 12 December"."""
    next_day = next((one for one in dates_of(sentence[weekday.end() :])), None)
    beside = next_day is not None and _GLUE_BEFORE.match(sentence[weekday.end() : weekday.end() + next_day.begin])
    return bool(beside) or _COUNTED_FROM.search(sentence[: day.begin]) is not None


def _span_faults(sentence: str, days: list[Day], case: Case) -> Iterator[Finding]:
    spans = list(_SPAN.finditer(sentence))
    if len(spans) != 1 or not _SPAN_WORDS.search(sentence) or _PART_DAYS.search(sentence):
        return
    first, last = _both(days)
    if not first or not last or stands_in(sentence, case.given):
        return
    number = int(re.sub(r"\D", "", spans[0]["number"]))
    weeks = spans[0]["unit"].lower()[0] in "wsн周" and not spans[0]["unit"].lower().startswith("день")
    spent = sorted(abs((end - begin).days) for begin in first for end in last)
    if all(abs((between / 7 if weeks else between) - number) > 1 for between in spent):
        between = spent[0]
        shown = f"{between // 7} weeks and {between % 7} days" if weeks else f"{between} days"
        yield _finding("span-wrong", f"From {days[0].text} to {days[1].text} it is {shown}, not {spans[0].group()}.")


def _both(days: list[Day]) -> tuple[list[date], list[date]]:
    """The days that two dates are; where one has no year ("from 10 January to 2 March 2027"), in the years beside."""
    first, last = days[0].days(), days[1].days()
    if len(first) > 1 or len(last) > 1:
        return [], []
    return first or days[0].near(last), last or days[1].near(first)


def _leap_years(sentence: str) -> Iterator[Finding]:
    for match in _LEAP.finditer(sentence):
        year = int(match["year"])
        if _WHETHER.search(sentence[: match.start()]):
            continue
        claimed = _NOT.search(match["link"]) is None
        if claimed != isleap(year):
            yield _finding(
                "leap-year-wrong", f"{year} is {'a' if isleap(year) else 'no'} leap year. Correct it and what follows."
            )
