"""Markers become citations whose quotes are literal pieces of their passages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company.records import Passage
from employees.citations import best_sentence, citations


def passage(text: str, number: int = 1) -> Passage:
    return Passage(id=f"p{number}", document=f"d{number}.md", place="line 1", text=text)


TWO = (passage("Cats sleep. Dogs bark at night."), passage("The moon is far.\nStars are farther.", 2))


@pytest.mark.parametrize(
    ("answer", "markers"),
    [
        ("Dogs bark [1].", [1]),
        ("Dogs bark [1][2].", [1, 2]),
        ("Far [2, 1] and [1].", [2, 1]),
        ("According to [1]: dogs.", [1]),
        ("No source.", []),
        ("Out of range [3] [0].", []),
        ("Code `a[1]` and\n```\nb[2]\n```\n", []),
        ("An unclosed fence\n```\nb[2]\n", []),
        ("A link [1](https://example.org).", []),
        ("Not a marker [one] [12345].", []),
    ],
)
def test_markers(answer: str, markers: list[int]) -> None:
    assert [one.marker for one in citations(answer, TWO)] == markers


def test_without_passages_there_are_no_citations() -> None:
    assert citations("As said [1].", ()) == ()


@pytest.mark.parametrize(
    ("claim", "text", "quote"),
    [
        ("Dogs bark", "Cats sleep. Dogs bark at night.", "Dogs bark at night."),
        ("It costs 9 euros", "Delivery takes two days. It costs 9.50 euros.", "It costs 9.50 euros."),
        ("Die Lieferung kostet", "Wir öffnen um neun.\nDie Lieferung kostet 9 Euro.", "Die Lieferung kostet 9 Euro."),
        ("送货需要两天", "我们九点开门。送货需要两天。", "送货需要两天。"),
        ("Доставка занимает", "Мы открываемся в девять. Доставка занимает два дня.", "Доставка занимает два дня."),
        ("anything", "", ""),
    ],
)
def test_the_sentence_that_carries_the_claim(claim: str, text: str, quote: str) -> None:
    assert best_sentence(claim, text) == quote


@given(st.text(max_size=400), st.text(max_size=400))
def test_a_quote_is_always_a_piece_of_its_passage(claim: str, text: str) -> None:
    quote = best_sentence(claim, text)
    assert quote in text
    assert len(quote) <= 300
