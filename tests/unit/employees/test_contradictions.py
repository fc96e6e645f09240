"""Two documents that give different figures for the same thing are shown side by side; those that agree are not."""

from __future__ import annotations

import pytest

from company.records import Passage
from employees.clerk_extract import answer
from tests.unit.employees import contradicting_pairs as pairs

Pair = tuple[str, str, str]


def disagree(pair: Pair) -> bool:
    question, *texts = pair
    passages = [Passage(id=str(at), document=f"{at}.md", place="", text=text) for at, text in enumerate(texts)]
    found = answer(question, passages)
    if found.disagree:
        assert {extract.passage.document for extract in found.extracts} == {"0.md", "1.md"}
    return found.disagree


@pytest.mark.parametrize("pair", [*pairs.CONTRADICTING, *pairs.FRESH_CONTRADICTING])
def test_planted_contradictions_are_shown_side_by_side(pair: Pair) -> None:
    assert disagree(pair)
    question, one, two = pair
    assert disagree((question, two, one))


@pytest.mark.parametrize("pair", [*pairs.AGREEING, *pairs.FRESH_AGREEING])
def test_what_agrees_in_other_words_is_no_contradiction(pair: Pair) -> None:
    assert not disagree(pair)
    question, one, two = pair
    assert not disagree((question, two, one))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.2.3.4",
        "99999999999999999999 euros",
        "32.13.2026",
        "25:61",
        "€",
        "one" * 500,
        "1,2,3,4,5 euros",
        "0,5 Jahre",
    ],
)
def test_odd_figures_break_nothing(text: str) -> None:
    for question in ("How much is it?", "When is it?", "How long is it?", "How many are there?", "What time is it?"):
        assert disagree((question, f"It is {text}.", f"It is {text}.")) is False
