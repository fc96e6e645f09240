"""Layer 7: the calendar is right, in seven languages."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company.records import DataBlock, Kind, Origin
from qa.specs import FactRules, Spec
from tests.unit.qa.making import case, codes, found

# 21 November 2026 is a Saturday, 4 May 2026 a Monday, 9 April 2027 a Friday.
WRONG = [
    ("en", "We meet on Friday, 21 November 2026.", "weekday-wrong"),
    ("en", "We meet on Friday, November 21, 2026.", "weekday-wrong"),
    ("en", "We meet on Friday 21st of November 2026.", "weekday-wrong"),
    ("en", "We meet on 21 November 2026 (Friday).", "weekday-wrong"),
    ("en", "21 November 2026 falls on a Friday.", "weekday-wrong"),
    ("en", "That will be 2026-11-21, a Friday.", "weekday-wrong"),
    ("en", "Fri, 21 Nov 2026", "weekday-wrong"),
    ("en", "November 21, 2026 was a Sunday.", "weekday-wrong"),
    ("en", "- **When**: Friday, 21 November 2026", "weekday-wrong"),
    ("fr", "Rendez-vous le vendredi 21 novembre 2026.", "weekday-wrong"),
    ("fr", "Le 21 novembre 2026 tombe un vendredi.", "weekday-wrong"),
    ("fr", "Le 1er mai 2026 est un lundi.", "weekday-wrong"),
    ("de", "Am Freitag, den 21. November 2026.", "weekday-wrong"),
    ("de", "Am Freitag, 21.11.2026, geht es los.", "weekday-wrong"),
    ("de", "Der 21. November 2026 ist ein Freitag.", "weekday-wrong"),
    ("de", "Der 21.11.2026 fällt auf einen Freitag.", "weekday-wrong"),
    ("es", "El viernes, 21 de noviembre de 2026.", "weekday-wrong"),
    ("es", "El 21 de noviembre de 2026 cae en viernes.", "weekday-wrong"),
    ("es", "El 21 de noviembre de 2026 es viernes.", "weekday-wrong"),
    ("ru", "Встреча в пятницу, 21 ноября 2026 года.", "weekday-wrong"),
    ("ru", "21 ноября 2026 года — пятница.", "weekday-wrong"),
    ("ru", "21 ноября 2026 г. выпадает на пятницу.", "weekday-wrong"),
    ("zh", "2026年11月21日是星期五。", "weekday-wrong"),
    ("zh", "2026年11月21日（周五）", "weekday-wrong"),
    ("it", "Venerdì 21 novembre 2026.", "weekday-wrong"),
    ("en", "It is due on 31 April 2027.", "date-impossible"),
    ("en", "It is due on February 29, 2027.", "date-impossible"),
    ("en", "It is due on 2027-02-30.", "date-impossible"),
    ("en", "Come on 30 February.", "date-impossible"),
    ("fr", "Au plus tard le 31 juin 2027.", "date-impossible"),
    ("de", "Bis zum 31. September 2027.", "date-impossible"),
    ("de", "Bis zum 31.9.2027.", "date-impossible"),
    ("es", "Hasta el 31 de noviembre de 2027.", "date-impossible"),
    ("ru", "До 31 июня 2027 года.", "date-impossible"),
    ("zh", "2027年2月30日之前。", "date-impossible"),
    ("en", "From 1 March 2027 to 15 March 2027 there are 24 days.", "span-wrong"),
    ("en", "90 days after 1 March 2027 is 15 June 2027.", "span-wrong"),
    ("de", "Vom 1. März 2027 bis zum 15. März 2027 sind es 24 Tage.", "span-wrong"),
    ("fr", "Du 1er mars 2027 au 15 mars 2027, il y a 24 jours.", "span-wrong"),
    ("es", "Del 1 de marzo de 2027 al 15 de marzo de 2027 hay 24 días.", "span-wrong"),
    ("ru", "С 1 марта 2027 года по 15 марта 2027 года — 24 дня.", "span-wrong"),
    ("en", "1900 was a leap year.", "leap-year-wrong"),
    ("en", "2024 wasn't a leap year.", "leap-year-wrong"),
    ("es", "Del 10 de enero al 2 de marzo de 2027 hay 61 días.", "span-wrong"),
    ("en", "Thirty days from 12 November 2026 is Friday, 12 December 2026.", "weekday-wrong"),
    ("en", "From 20 December to 5 January 2027 it is 26 days.", "span-wrong"),
    ("en", "From 1 September 2026 to 24 December it is 124 days.", "span-wrong"),
    ("de", "2100 ist ein Schaltjahr.", "leap-year-wrong"),
    ("de", "2028 ist kein Schaltjahr.", "leap-year-wrong"),
    ("fr", "2100 est une année bissextile.", "leap-year-wrong"),
    ("es", "2100 será un año bisiesto.", "leap-year-wrong"),
    ("ru", "2100 год будет високосным.", "leap-year-wrong"),
    ("zh", "2100年是闰年。", "leap-year-wrong"),
]
RIGHT = [
    ("en", "We meet on Saturday, 21 November 2026."),
    ("en", "We meet on Saturday, November 21, 2026, and on Monday, 4 May 2026."),
    ("en", "21 November 2026 falls on a Saturday."),
    ("en", "21 November 2026 is not a Friday."),
    ("en", "On Friday we prepare it; 21 November 2026 is the day."),
    ("en", "The shop is open Monday to Friday. 21 November 2026 is a holiday."),
    ("en", "There is no 31 April."),
    ("en", "If 2100 were a leap year, it would have 366 days. Ask whether 2100 is a leap year."),
    ("en", "2024 was a leap year; 2100 is not a leap year."),
    ("en", "Monday 5/4/2026 or Sunday 5/4/2026, by the country."),
    ("en", "From 1 March 2027 to 15 March 2027 it is 14 days (15 with both ends)."),
    ("en", "From 1 March 2027 to 15 March 2027 you have 10 working days."),
    ("en", "Between 1 March 2027 and 15 March 2027 we ship within 5 days each week."),
    ("es", "Del 10 de enero al 2 de marzo de 2027 hay 51 días."),
    ("en", "Thirty days from 12 November 2026 is Saturday, 12 December 2026."),
    ("en", "30 days after 12 November 2026 is a Saturday."),
    ("de", "30 Tage nach dem 12. November 2026 ist ein Samstag."),
    ("en", "From 20 December to 5 January 2027 it is 16 days."),
    ("en", "15 December 2026 is 40 days after 5 November."),
    ("en", "From 20 December to 5 January it is 16 days."),
    ("en", "On Tuesday, 23 January 1556, by the Julian calendar."),
    ("en", "The version 2027-02-30 does not exist."),
    ("fr", "Le samedi 21 novembre 2026."),
    ("de", "Am Samstag, den 21. November 2026. Danach am Sonntag, 22.11.2026."),
    ("de", "Am 21. November 2026, also am Samstag."),
    ("de", "2028 ist ein Schaltjahr, 2027 nicht."),
    ("es", "El sábado 21 de noviembre de 2026."),
    ("ru", "Суббота, 21 ноября 2026 года."),
    ("zh", "2026年11月21日是星期六。"),
    ("it", "Sabato 21 novembre 2026."),
]


@pytest.mark.parametrize(("language", "text", "code"), WRONG)
def test_what_the_calendar_denies(language: str, text: str, code: str) -> None:
    assert code in codes(case(text, language=language))


@pytest.mark.parametrize(("language", "text"), RIGHT)
def test_what_the_calendar_bears(language: str, text: str) -> None:
    assert codes(case(text, language=language)) == []


def test_in_code_a_date_may_be_an_example_of_bad_input() -> None:
    text = "The pattern lets 2026-02-31 through, so check the day as well."
    assert codes(case(text, kind=Kind.CODE)) == []
    assert codes(case("We meet on 2026-02-31.")) == ["date-impossible"]


def test_a_finding_names_the_right_weekday() -> None:
    assert "Saturday" in found(case("Friday, 21 November 2026"), "weekday-wrong").message


def test_the_day_that_was_asked_for_is_looked_up() -> None:
    asked = "Which weekday is 21 November 2026?"
    assert codes(case("21 November 2026 is a Friday.", request=asked)) == ["weekday-wrong"]
    assert codes(case("21 November 2026 is a Saturday.", request=asked)) == []
    assert codes(case("On Friday, 21 November 2026?", request="Is it on Friday, 21 November 2026?")) == []


def test_what_a_document_says_is_repeated() -> None:
    block = DataBlock(origin=Origin.QUOTED, text="We meet on **Friday,\n21 November 2026**, for 3 hours.")
    assert codes(case("It says: Friday, 21 November 2026.", request="What does it say?", blocks=(block,))) == []


def test_a_date_that_was_given_is_repeated() -> None:
    assert codes(case("The deadline is 31 April 2027.", request="Why is the deadline 31 April 2027?")) == []


def test_the_spec_can_turn_it_off() -> None:
    spec = Spec(name="x", facts=FactRules(check_dates=False))
    assert codes(case("Friday, 21 November 2026", spec=spec)) == []


@given(st.dates(date(1800, 1, 1), date(2900, 1, 1)), st.integers(0, 6))
def test_the_measure_is_pythons_calendar(day: date, off: int) -> None:
    named = (day + timedelta(days=off)).strftime("%A")
    text = f"{named}, {day.day} {day:%B} {day.year}"
    assert codes(case(text)) == (["weekday-wrong"] if off else [])
