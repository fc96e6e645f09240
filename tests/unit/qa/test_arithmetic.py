"""Layer 6: what can be calculated again is, in several languages; what can't be read for certain is left alone."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company.records import Kind
from qa import sums, units
from qa.specs import FactRules, Spec
from tests.unit.qa.making import case, codes, found

WRONG = [
    ("en", "17 × 23 = 401"),
    ("en", "So 17 * 23 = **401** in all."),
    ("en", "17 times 23 is 401."),
    ("en", "1,250 + 399 = 1,749"),
    ("en", "The sum: 12.50 + 7.25 = 19.85 dollars."),
    ("en", "(3 + 4) × 5 = 23"),
    ("en", "2^10 = 1000"),
    ("en", "12² = 154"),
    ("en", "√144 = 14"),
    ("en", "100 / 8 = 12.6"),
    ("en", "100 ÷ 8 equals 15."),
    ("en", "15% of 80 is 14."),
    ("en", "15 percent of $80 comes to $16."),
    ("en", "80 − 20% = 60"),
    ("en", "$4.20 × 3 = $12.90"),
    ("en", "3 boxes × 12 eggs = 38 eggs"),
    ("en", "A total of 3 + 4 + 5 = 13 hours."),
    ("en", "40 = 5 × 9"),
    ("en", "1000 × 1.05 = 1,150.00"),
    ("en", r"\(17 \times 23 = 401\)"),
    ("en", r"$\frac{3}{4} \times 200 = 160$"),
    ("en", "From 80 to 100 is an increase of 20 %."),
    ("en", "Prices fell from 200 to 150, a drop of 30%."),
    ("en", "The average of 3, 5 and 10 is 7."),
    ("en", "The sum of 3, 5 and 10 is 19."),
    ("en", "10 km (8.2 miles)"),
    ("en", "It weighs 5 kg (9 lb)."),
    ("en", "100 °F is 45 °C."),
    ("en", "28 miles are about 47.8 km."),
    ("en", "6 feet = 2.4 m"),
    ("en", "3 × 500,000 = 1.8 million"),
    ("fr", "12,50 × 3 = 38,50 euros"),
    ("fr", "Cela fait 17 fois 23 = 401."),
    ("fr", "20 % de 350 font 80."),
    ("fr", "3 000 + 450 = 3 550"),
    ("de", "17 mal 23 ergibt 401."),
    ("de", "1.250,50 + 99,50 = 1.450,00 Euro"),
    ("de", "19 Prozent von 200 sind 39."),
    ("de", "84 : 4 = 22"),
    ("es", "17 por 23 son 401."),
    ("es", "El 21 % de 300 es 61."),
    ("ru", "17 умножить на 23 равно 401."),
    ("ru", "20 % от 350 равно 80"),
    ("ru", "1 200 + 350 = 1 650"),
    ("zh", "17乘以23等于401。"),
    ("zh", "一共 17 × 23 = 401 元"),
    ("it", "17 per 23 fa 401"),
    ("en", "At 4.2 % / 12 = 0.35 % a month and n = 25 × 12 = 360 payments it is cheap."),
    ("en", "So… 3 × 4 = 13."),
    ("en", "312 × 0.34 = 160.08, to which the base charge is added."),
    ("ru", "180 °C — это 320 °F."),
]

RIGHT = [
    ("en", "17 × 23 = 391"),
    ("en", "17 × 23 = 391, then 391 + 9 = 400."),
    ("en", "3 × 4 = 12 + 5 = 17"),
    ("en", "10 / 3 = 3.33"),
    ("en", "2 / 3 = 0.66"),
    ("en", "2/3 ≈ 0.7"),
    ("en", "π is about 3.14, so 3.14 × 25 = 78.5"),
    ("en", "1 1/2 + 1/2 = 2"),
    ("en", "2x + 3 = 7"),
    ("en", "5m + 3 = 18 for m = 3"),
    ("en", "f(2) = 3 × 2 + 1"),
    ("en", "sin 30 = 1/2"),
    ("en", "10 mod 3 = 1"),
    ("en", "In binary, 1 + 1 = 10."),
    ("en", "It is a mistake to write 2 + 2 = 5."),
    ("en", "He wrote “2 + 2 = 5” into the dust."),
    ("en", "17 × 23 is not 401."),
    ("en", "17 × 23 ≠ 401"),
    ("en", "90 km / 45 min = 120 km/h"),
    ("en", "2 h + 30 min = 150 min"),
    ("en", "9:30 + 2:15 = 11:45"),
    ("en", "2026-05-04 is a Monday."),
    ("en", "Call 555-1234 = the office."),
    ("en", "The pages 10-15 are 6 in all."),
    ("en", "20 % + 30 % = 50 %"),
    ("en", "200 + 10 % = 220"),
    ("en", "15% of 80 is 12."),
    ("en", "About 15% of 81 is roughly 12."),
    ("en", "From 80 to 100 is an increase of 25 %."),
    ("en", "The rate went from 3 % to 5 %, an increase of 2 percentage points."),
    ("en", "The average of 3, 5 and 10 is 6."),
    ("en", "10 km (6.2 miles)"),
    ("en", "A marathon is 42.195 km (about 26 miles)."),
    ("en", "He is 5 ft 10 in (178 cm) tall."),
    ("en", "100 °F is about 38 °C."),
    ("en", "100 km is about 60 miles, and 28 miles are about 45.1 km."),
    ("en", "1 GB = 1024 MB, or 1 GB = 1000 MB"),
    ("en", "The 5 km is 3 miles shorter than the other course."),
    ("en", "333.33 × 3 = 1000 when you round"),
    ("en", "`7 * 6 == 43` is False in Python."),
    ("en", "1984 + 16 = 2000"),
    ("en", "The circumference is 2π × 50 = 314."),
    ("en", "3σ + 2 = 5"),
    ("en", "0x1F + 1 = 0x20"),
    ("en", "About 3 × 33 = 100 people came."),
    ("en", "P(A) = 1/6 × 1/6 = 1/36"),
    ("en", "log2(8) = 3 and C(5,2) = 10"),
    ("en", "A day has 24/7 = 3.43 hours a weekday."),
    ("en", "1 week is 5 days of work."),
    ("en", "3 × 20 min = 1 h"),
    ("en", "k(off,14) = 8.2 × 10 − 5"),
    ("en", "The rate is 8.2 × 10 − 5 = 0.000082."),
    ("en", "ISBN 978-3-16-148410-0 is the one."),
    ("en", "Version 2.1 = the stable one; 3 of 4 is 75 %."),
    ("en", "- 3 × 4 = 12\n- 5 × 6 = 30"),
    ("en", "1. 3 × 4 = 12\n2. 5 × 6 = 30"),
    ("en", "3 × 500,000 = 1.5 million"),
    ("fr", "Total : 12 + 4 = 16 euros"),
    ("fr", "Les trois quarts : 128 ÷ 4 = 32"),
    ("fr", "12,50 × 3 = 37,50 euros"),
    ("de", "84 : 4 = 21"),
    ("de", "1.250,50 + 99,50 = 1.350,00 Euro"),
    ("de", "Ergebnis: 1.000 × 3 = 3.000"),
    ("es", "17 por 23 son 391."),
    ("ru", "20 % от 350 равно 70"),
    ("zh", "17乘以23等于391。"),
    ("en", "n = 25 × 12 = 300 payments."),
    ("en", "All differ with (365/365) × (364/365) × … × (343/365) ≈ 0.493."),
    ("en", "Add 1 + 2 + ... + 99 + 100 = 5050."),
    ("en", "A = π r² = π × 4.5² ≈ 63.62 cm²; the rent is rate × 2 × 3 = 900."),
    ("en", "It takes 1.8 s, up from 1.2 s in March: a 50 % increase."),
    ("en", "The base fee + 20 + 30 = 150."),
    ("en", "In base 8, 7 + 1 = 10."),
    ("ru", "180 °C — это 356 °F."),
]


@pytest.mark.parametrize(("language", "text"), WRONG)
def test_wrong_sums_are_found(language: str, text: str) -> None:
    assert "sum-wrong" in codes(case(text, language=language, kind=Kind.CALCULATION))


@pytest.mark.parametrize(("language", "text"), RIGHT)
def test_right_sums_and_what_only_looks_like_one(language: str, text: str) -> None:
    assert codes(case(text, language=language, kind=Kind.CALCULATION)) == []


def test_a_finding_says_what_is_right() -> None:
    message = found(case("17 × 23 = 401"), "sum-wrong").message
    assert "17 × 23 = 401" in message
    assert "391" in message


def test_a_claim_of_the_person_is_repeated_and_not_made() -> None:
    text = "You wrote 17 × 23 = 401 there."
    assert codes(case(text, request="Check: 17 × 23 = 401")) == []
    assert codes(case(text, request="Check my sums")) == ["sum-wrong"]


def test_the_spec_can_turn_it_off() -> None:
    spec = Spec(name="x", facts=FactRules(check_arithmetic=False))
    assert codes(case("17 × 23 = 401", spec=spec)) == []


TABLE = "| Item | {head} |\n|---|---:|\n| A | {a} |\n| B | {b} |\n| {label} | {total} |"


@pytest.mark.parametrize(
    ("language", "head", "a", "b", "label", "total"),
    [
        ("en", "Cost", "1,200.50", "99.50", "**Total**", "1,400.00"),
        ("en", "Hours", "7", "8", "Sum", "16"),
        ("en", "Cost", "$12", "$30", "Grand total", "$43"),
        ("de", "Euro", "1.200,50", "99,50", "Summe", "1.400,00"),
        ("fr", "Euros", "12,5", "30", "Total (EUR)", "43,5"),
        ("ru", "Руб.", "1 200", "300", "Итого", "1 600"),
        ("zh", "元", "120", "30", "合计", "160"),
        ("es", "Horas", "7,5", "8", "Total", "16,5"),
    ],
)
def test_a_wrong_total_of_a_table(language: str, head: str, a: str, b: str, label: str, total: str) -> None:
    text = TABLE.format(head=head, a=a, b=b, label=label, total=total)
    assert codes(case(text, language=language)) == ["sum-wrong"]


@pytest.mark.parametrize(
    ("head", "a", "b", "label", "total"),
    [
        ("Cost", "1,200.50", "99.50", "Total", "1,300.00"),
        ("Price per unit", "3", "4", "Total", "9"),
        ("Cost", "3", "free", "Total", "9"),
        ("Time", "1:30", "2:00", "Total", "4:30"),
        ("Share", "33.3 %", "66.6 %", "Total", "100.0 %"),
        ("Cost", "3 €", "4 $", "Total", "9 €"),
        ("Score", "40", "60", "Total", "50"),
        ("Cost", "40", "60", "Total with tax", "119"),
        ("Cost", "33.4", "66.2", "Total", "100"),
    ],
)
def test_totals_that_fit_or_are_none(head: str, a: str, b: str, label: str, total: str) -> None:
    assert codes(case(TABLE.format(head=head, a=a, b=b, label=label, total=total))) == []


def test_a_table_that_was_given_is_repeated() -> None:
    table = TABLE.format(head="Cost", a="12", b="30", label="Total", total="43")
    assert codes(case(table, request="Format this: A 12, B 30, Total 43")) == []
    assert codes(case(table, request="Sum up: A 12, B 30")) == ["sum-wrong"]


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.sampled_from("+-*"), st.integers(-50, 50))
def test_what_python_calculates_is_the_measure(a: int, b: int, sign: str, off: int) -> None:
    result = {"+": a + b, "-": a - b, "*": a * b}[sign] + off
    text = f"{a} {sign} {b} = {result}".replace("= -", "= −")
    if result < 0:
        return
    assert codes(case(text, language="en")) == (["sum-wrong"] if off else [])


@given(st.text("0123456789+-*/^()=.,% ²√x:", max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    assert "layer-broken" not in codes(case("1 + 1 = 2 " + text))


@pytest.mark.parametrize(
    "text", ["9^9^9^9 = 1", "2^100000 = 3", "(" * 300 + "1 + 1" + ")" * 300 + " = 3", "7" * 99 + " + 1 = 2"]
)
def test_what_is_too_big_is_passed_over_quickly(text: str) -> None:
    assert codes(case(text)) == []


@pytest.mark.parametrize(
    ("text", "comma", "value"),
    [
        ("1.234", False, "1.234"),
        ("1.234", True, "1234"),
        ("1,234", False, "1234"),
        ("1,234.5", True, "1234.5"),
        ("1.234,5", False, "1234.5"),
        ("1 234,5", True, "1234.5"),
        ("12'500.00", False, "12500"),
        ("1.234.567", False, "1234567"),
        ("0,5", False, "0.5"),
    ],
)
def test_numbers_are_read_by_either_convention(text: str, comma: bool, value: str) -> None:
    assert sums.number(text, comma=comma) == Fraction(value)


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "result"),
    [
        ("1", "mile", "km", "1.609344"),
        ("212", "°F", "°C", "100"),
        ("1", "lb", "g", "453.59237"),
        ("2", "Stunden", "min", "120"),
    ],
)
def test_units(value: str, unit: str, wanted: str, result: str) -> None:
    assert units.converted(Fraction(value), unit, wanted) == (Fraction(result),)
