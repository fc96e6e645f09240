"""The employee's own test: points taken from the request by rules, a second look where that is wanted, and its record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from company.books import SqliteBooks
from company.errors import ContextTooLong, GaveUp
from company.records import Difficulty, Kind, ProgressStage, Stop
from employees import selftest
from tests.fakes.clock import TurnedClock
from tests.unit.employees.office import Office, asks, open_office, said

TABLE = "| a | b |\n|---|---|\n| 1 | 2 |"


@pytest.fixture
async def office(books: SqliteBooks, clock: TurnedClock, tmp_path: Path) -> Office:
    return await open_office(books, clock, tmp_path)


def _ask(office: Office, text: str, *, kind: Kind = Kind.WRITING, difficulty: Difficulty = Difficulty.COMPLEX) -> None:
    """Another request in the same order."""
    assignment = replace(office.job.assignment, kind=kind, difficulty=difficulty)
    office.job = replace(office.job, order=replace(office.job.order, text=text), assignment=assignment)


@pytest.mark.parametrize(
    ("request_text", "kind", "good", "bad", "code"),
    [
        ("Give me five ideas for a garden", Kind.CHAT, "- a\n- b\n- c\n- d\n- e", "- a\n- b\n- c", "count"),
        ("Answer as JSON", Kind.CHAT, '```json\n{"a": 1}\n```', "a: 1", "json"),
        ("Compare them in a table", Kind.ANALYSIS, TABLE, "a is 1, b is 2", "table"),
        ("Write a function that adds", Kind.CODE, "```python\nadd = sum\n```", "add = sum", "code"),
        ("Explain tides in at most 6 words.", Kind.WRITING, "The moon pulls at the sea.", "word " * 9, "words"),
        ("1. Who? 2. When?", Kind.CHAT, "1. Ada\n2. Monday", "1. Ada", "questions"),
        ("Donne cinq idées", Kind.CHAT, "1. a\n2. b\n3. c\n4. d\n5. e", "1. a\n2. b", "count"),
        ("用不超过6字解释。", Kind.WRITING, "月亮拉海水", "月亮拉着海水所以会涨", "words"),
    ],
)
def test_points_are_found_and_held_against_an_answer(
    office: Office, request_text: str, kind: Kind, good: str, bad: str, code: str
) -> None:
    _ask(office, request_text, kind=kind)
    found = selftest.points(office.job)
    assert [point.code for point in found] == [code]
    assert (selftest.held(found, good), selftest.held(found, bad)) == ((f"{code}: holds",), (f"{code}: fails",))


@pytest.mark.parametrize(
    ("request_text", "kind"),
    [
        ("How long does delivery take?", Kind.CHAT),
        ("Translate: give me five ideas in at most 20 words", Kind.TRANSLATION),
        ("I have three questions about a table", Kind.CHAT),
    ],
)
def test_where_nothing_can_be_counted_nothing_is_said(office: Office, request_text: str, kind: Kind) -> None:
    _ask(office, request_text, kind=kind)
    assert selftest.points(office.job) == ()
    assert selftest.in_the_briefing(()) == ""


async def test_the_points_stand_under_the_request_and_the_result_is_delivered(office: Office) -> None:
    _ask(office, "Give me three ideas in a table, please")
    office.script(said("Here they are: a, b, c."))
    got = await office.attempt().perform()
    told = office.metered.calls[0].messages[0].text
    assert told.startswith("Give me three ideas")
    assert told.endswith(
        "Before you give the answer, see that:\n- there are 3 of what was asked for\n- it has a Markdown table"
    )
    assert got.self_test == ("count: holds", "table: fails")
    assert len(office.metered.calls) == 1, "no turn is spent on it unasked"


async def test_it_can_be_turned_off(office: Office) -> None:
    _ask(office, "Answer as JSON")
    office.self_test = "off"
    office.script(said("{}"))
    assert (await office.attempt().perform()).self_test == ()
    assert office.metered.calls[0].messages[0].text == "Answer as JSON"


@pytest.mark.parametrize(
    ("second", "text", "record"),
    [
        (said("OK"), "First draft.", "second look: held"),
        (said("**OK.**"), "First draft.", "second look: held"),
        (said("A better one."), "A better one.", "second look: mended"),
        (said("", stop=Stop.REFUSAL), "First draft.", "second look: held"),
        (said("Cut", stop=Stop.LENGTH), "Cut and mended.", "second look: mended"),
    ],
)
async def test_a_complex_order_gets_a_second_look_where_that_is_wanted(
    office: Office, second: object, text: str, record: str
) -> None:
    _ask(office, "Plan the move")
    office.self_test = "turn"
    office.script(said("First draft."), second, said(" and mended."))  # type: ignore[arg-type]
    got = await office.attempt().perform()
    assert (got.text, got.self_test) == (text, (record,))
    messages = office.metered.calls[1].messages
    assert messages[-1].text.startswith("Hold your answer against the request, point by point:")
    streamed = [one.text for one in office.news if one.stage is ProgressStage.TEXT]
    assert streamed == ["First draft."], "the second look is not shown as if it were the answer"


@pytest.mark.parametrize(("difficulty", "calls"), [(Difficulty.COMPLEX, 2), (Difficulty.NORMAL, 1)])
async def test_only_a_complex_order_pays_for_it(office: Office, difficulty: Difficulty, calls: int) -> None:
    _ask(office, "Plan the move", difficulty=difficulty)
    office.self_test = "turn"
    office.script(said("A plan."), said("OK"))
    await office.attempt().perform()
    assert len(office.metered.calls) == calls


async def test_a_second_look_that_fails_leaves_the_answer(office: Office) -> None:
    _ask(office, "Plan the move")
    office.self_test = "turn"
    office.script(said("A plan."), ContextTooLong("too long"))
    assert (await office.attempt().perform()).text == "A plan."
    office.job = await office.next_attempt()
    office.max_turns = 1
    office.script(said("Another plan."))
    assert (await office.attempt().perform()).text == "Another plan."


async def test_a_second_look_may_use_tools(office: Office) -> None:
    _ask(office, "Plan the move", kind=Kind.CALCULATION)
    office.self_test = "turn"
    office.script(said("It is 5."), said("", asks("calculate", expression="2 + 2")), said("It is 4."))
    got = await office.attempt().perform()
    assert (got.text, got.self_test) == ("It is 4.", ("second look: mended",))


async def test_a_death_before_the_second_look_resumes_with_it(office: Office) -> None:
    _ask(office, "Plan the move")
    office.self_test = "turn"
    office.script(said("First draft."), KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        await office.attempt().perform()
    office.self_test = "points"  # what was begun with a second look goes on with one
    office.script(said("A better one."))
    got = await office.attempt(fresh=False).perform()
    assert got.text == "A better one."
    assert len(office.metered.calls) == 3


async def test_a_refused_first_answer_gets_no_second_look(office: Office) -> None:
    _ask(office, "Plan the move")
    office.self_test = "turn"
    office.script(said("", stop=Stop.REFUSAL))
    with pytest.raises(GaveUp, match="declined"):
        await office.attempt().perform()
