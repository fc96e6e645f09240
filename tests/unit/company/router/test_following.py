"""Follow-ups: what points, at what, and what an employee is then told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from company.records import DataBlock, Difficulty, Exchange, Kind, Origin, Tier
from company.router.following import pointed_at
from company.router.pointing import pointer_in
from tests.unit.company.router.orders import an_order
from tests.unit.company.router.test_builtin_router import a_router

ANSWER = """Here is the plan for the move to Lyon.

## 1. Costs
The van costs 480 euros and the deposit 1,900.

## 2. Schools
The Lycée Ampère takes pupils until 15 March 2027.

## 3. Transport
The tram T1 runs every six minutes, which spares you a car.
"""
HISTORY = (
    Exchange(number=40, question="My budget is 3,000 euros.", answer="Noted.", at=1, order_id="before"),
    Exchange(number=41, question="Plan our move to Lyon", answer=ANSWER, at=2, order_id="plan"),
)
SECOND = [
    "S2", "s 2", "[S2]", "S2 please", "section 2", "Tell me more about section 2", "point 2", "point B", "2nd point",
    "the second one", "second point", "Could you expand on the 2nd one?", "explain the second section in more detail",
    "2e point", "le 2ème point", "le deuxième", "détaille le deuxième point s'il te plaît", "explique-moi le point 2",
    "Punkt 2", "der zweite Punkt", "der 2. Punkt", "erkläre mir bitte den zweiten Punkt genauer", "Abschnitt 2", "Nr. 2",
    "el segundo", "segundo punto", "explica el segundo punto", "apartado 2", "2.º punto", "el punto B",
    "2-й", "2-й пункт", "второй", "подробнее про второй пункт", "пункт 2", "пункт Б", "расскажи о втором разделе",
    "第二个", "第2点", "请详细说说第二点", "第二部分",
]  # fmt: skip
LAST = [
    "the last one", "last point please", "le dernier", "le dernier point", "der letzte Punkt", "das letzte",
    "el último", "el último punto", "последний", "последний пункт", "最后一个", "最后一点",
]  # fmt: skip
THAT = [
    "detail that", "tell me more", "Explain that in more detail", "more about this", "dis-m'en plus", "développe ça",
    "mehr dazu", "erkläre das genauer", "explica eso", "más detalles", "подробнее об этом", "подробнее", "详细说说那个", "更多",
]  # fmt: skip
ITSELF = [
    "What does section 2 of the contract say?", "I prefer the second one", "Who was first?", "Give me 2 points on Paris",
    "the last one was wrong", "more coffee", "what is this?", "explain photosynthesis", "第二次世界大战", "second world war",
    "2 + 2", "point à améliorer", "ok", "it is good", "first of all, thanks", "3rd of May", "part 2 of the film",
    "explain it to a child", "Der zweite Weltkrieg begann 1939", "вторая мировая война", "", "S" * 300,
]  # fmt: skip


@pytest.mark.parametrize("message", SECOND)
def test_the_second_section_in_six_languages(message: str) -> None:
    found = pointed_at(an_order(message), HISTORY)
    assert found is not None
    assert (found.order_id, found.number, found.section) == ("plan", 41, 2)
    assert found.titles == ("Costs", "Schools", "Transport")


@pytest.mark.parametrize("message", LAST)
def test_the_last_one(message: str) -> None:
    found = pointed_at(an_order(message), HISTORY)
    assert found is not None
    assert found.section == 3


@pytest.mark.parametrize("message", [*THAT, "S9", "point H", "the tenth one"])
def test_where_it_can_not_be_told_it_is_asked(message: str) -> None:
    found = pointed_at(an_order(message), HISTORY)
    assert found is not None
    assert found.section == 0
    assignment = a_router().decide(an_order(message), HISTORY).assignment
    assert (assignment.ladder, assignment.kind) == ((Tier.CLERK,), Kind.SMALLTALK)
    assert assignment.points_at == found


@pytest.mark.parametrize("message", ITSELF)
def test_a_message_that_says_something_itself_points_at_nothing(message: str) -> None:
    assert pointer_in(message) is None


def test_without_a_structured_answer_nothing_is_pointed_at() -> None:
    assert pointed_at(an_order("the second one"), ()) is None
    assert pointed_at(an_order("tell me more"), HISTORY[:1]) is None


def test_a_reply_says_which_answer_and_a_quote_says_it_all() -> None:
    newer = Exchange(number=42, question="Pets?", answer="- cats\n- dogs\n- fish", at=3, order_id="pets")
    said = an_order("S2")
    assert pointed_at(said, (*HISTORY, newer)).number == 42  # type: ignore[union-attr]
    assert pointed_at(replace(said, reply_to_order="plan"), (*HISTORY, newer)).number == 41  # type: ignore[union-attr]
    assert pointed_at(replace(said, reply_to_order="elsewhere"), HISTORY) is None
    quote = (DataBlock(origin=Origin.QUOTED, text="The tram T1", source="NEXUS"),)
    assert pointed_at(replace(an_order("explain that"), blocks=quote), HISTORY) is None


def test_our_own_question_which_one_is_not_pointed_into() -> None:
    which = Exchange(
        number=42, question="tell me more", at=3, order_id="which",
        answer="Which one do you mean?\n\n- **S1** Costs\n- **S2** Schools\n- **S3** Transport",
    )  # fmt: skip
    found = pointed_at(an_order("S2"), (*HISTORY, which))
    assert found is not None
    assert found.number == 41


def test_the_old_answer_is_not_told_again() -> None:
    decision = a_router().decide(an_order("the second one"), HISTORY)
    brief = decision.assignment.brief
    assert "[S1] Costs; [S2] Schools; [S3] Transport" in brief
    assert "meant is now: [S2] Schools" in brief
    assert "Plan our move to Lyon" in brief
    assert "15 march 2027" in brief.lower() or "2027" in brief
    assert "3,000 euros" in brief, "what was said before that is still known"
    for sentence in ("takes pupils", "The van costs", "spares you a car"):
        assert sentence not in brief
    assert decision.certain, "no model is asked what is meant"
    assert decision.assignment.difficulty is not Difficulty.TRIVIAL or Tier.CLERK not in decision.assignment.ladder
    assert decision.assignment.points_at is not None
    assert "Schools" in decision.assignment.points_at.about
