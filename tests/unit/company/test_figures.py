"""Figures as people say them."""

from __future__ import annotations

import pytest

from company.figures import age, count


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(-5, "0 s"), (59_999, "59 s"), (60_000, "1 min"), (7_200_000, "2 h"), (200_000_000, "2 d")],
)
def test_ages(milliseconds: int, words: str) -> None:
    assert age(milliseconds) == words


@pytest.mark.parametrize(("number", "words"), [(0, "0 orders"), (1, "1 order"), (1000, "1,000 orders")])
def test_counts(number: int, words: str) -> None:
    assert count(number, "order") == words
