""" "Run it again" means the right order: after an answer, after a failure, as a reply to an older one; else it is asked."""

from __future__ import annotations

from company.records import State
from tests.fakes.models import Reply
from tests.flows.company import OWNER, Lab

HAIKU = "Please write a haiku about rain."


async def ended(lab: Lab, number: int) -> None:
    await lab.until(lambda order: order.state.ended, number)


async def test_after_an_answer_the_same_is_done_anew(lab: Lab):
    lab.anthropic.reply_with(
        Reply("Rain on the tin roof, the first of them, long and slow."), Reply("Rain in the gutter, another one.")
    )
    await lab.ask(HAIKU)
    await ended(lab, 1)
    await lab.ask("thanks!")
    await ended(lab, 2)
    said = await lab.ask("run it again")
    await ended(lab, 3)
    assert "another one" in said.text
    assert (await lab.order(3)).text == HAIKU
    assert (await lab.order(3)).parent_id == (await lab.order(1)).id


async def test_after_a_failure_the_failed_one_is_tried_again(lab: Lab):
    lab.anthropic.reply_with(Reply("Here is a haiku about rain, as you asked for it."))
    await lab.ask(HAIKU)
    await ended(lab, 1)
    lab.anthropic.answer = lambda ask: Reply("", stop="refusal")
    await lab.ask("Please write a haiku about snow.")
    await ended(lab, 2)
    assert (await lab.order(2)).state is State.FAILED
    lab.anthropic.answer = lambda ask: Reply("Snow on the fence, and nothing else to see there.")
    said = await lab.ask("Versuch es noch einmal")
    await ended(lab, 3)
    assert "Snow on the fence" in said.text
    assert (await lab.order(3)).text == "Please write a haiku about snow."


async def test_a_reply_or_a_number_names_an_older_one(lab: Lab):
    lab.anthropic.reply_with(
        Reply("Rain, the first haiku that was written here."),
        Reply("Wind, the second haiku that was written here."),
        Reply("Rain, the third."),
        Reply("Rain, the fourth."),
    )
    first = await lab.ask(HAIKU)
    await ended(lab, 1)
    await lab.ask("Please write a haiku about wind.")
    await ended(lab, 2)
    await lab.ask("do that again", reply_to=first.message_id)
    await ended(lab, 3)
    assert (await lab.order(3)).text == HAIKU
    await lab.ask("run #1 again")
    await ended(lab, 4)
    assert (await lab.order(4)).text == HAIKU


async def test_where_it_cannot_be_told_it_is_asked_and_costs_nothing(lab: Lab):
    said = await lab.ask("do it again")
    await ended(lab, 1)
    assert "nothing here yet" in said.text
    lab.anthropic.reply_with(Reply("Rain, the first haiku that was written here."))
    await lab.ask(HAIKU)
    await ended(lab, 2)
    calls = len(lab.anthropic.calls)
    said = await lab.ask("run #999 again")
    await ended(lab, 3)
    assert "Which one" in said.text
    assert f"#2 {HAIKU}" in said.text
    assert len(lab.anthropic.calls) == calls
    await lab.ask("/new")
    said = await lab.ask("again")
    assert "nothing here yet" in said.text
    assert [shown for shown in lab.telegram.sent(OWNER) if shown.buttons and "S1" in str(shown.buttons)] == []
