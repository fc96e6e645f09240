"""company/money.py: dollars and micro-dollars."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company.money import dollars, micro


@given(st.integers(-(10**15), 10**15))
def test_nothing_is_lost_on_the_way_there_and_back(amount: int) -> None:
    assert micro(dollars(amount, places=6).replace("$", "").replace(",", "")) == amount


@pytest.mark.parametrize(
    ("given_dollars", "expected"),
    [
        ("0.10", 100_000),
        (0.1, 100_000),
        (Decimal("0.0000005"), 0),
        (Decimal("0.0000015"), 2),
        (3, 3_000_000),
        ("-1", -1_000_000),
    ],
)
def test_dollars_become_micro_dollars_exactly(given_dollars: Decimal | float | int | str, expected: int) -> None:
    assert micro(given_dollars) == expected


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "$0.00"), (100, "$0.0001"), (1, "$0.000001"), (3_100, "$0.0031"), (99_999, "$0.1000"), (100_000, "$0.10"), (420_000, "$0.42"),
        (1_234_567_890, "$1,234.57"), (-420_000, "-$0.42"), (-3_100, "-$0.0031"),
    ],
)  # fmt: skip
def test_money_is_shown_as_people_read_it(amount: int, shown: str) -> None:
    assert dollars(amount) == shown


def test_places_can_be_asked_for() -> None:
    assert dollars(3_100, places=2) == "$0.00"
    assert dollars(1_000_000, places=4) == "$1.0000"
