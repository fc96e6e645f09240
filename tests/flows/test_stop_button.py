"""The buttons under a status line: one press stops this order, and no other, within two seconds."""

from __future__ import annotations

import pytest

from bot.streaming import Stream, choose
from company.records import Role, State
from tests.fakes.models import Reply
from tests.flows.company import OWNER, Lab
from tests.stopwatch import Stopwatch

QUESTION = "What is the capital of France?"
LONG = "Paris lies on the Seine and has many bridges. " * 200
MEMBER = 4711
GROUP = -100_777_000_000_003


@pytest.mark.parametrize("model", ["writes", "is silent"])
async def test_one_press_stops_the_order_within_two_seconds(lab: Lab, model: str):
    if model == "writes":
        lab.anthropic.reply_with(Reply(LONG, pause_s=0.05))
    else:
        lab.anthropic.faults.add("hang", "/v1/messages")
    await lab.telegram.say(OWNER, QUESTION)
    line = await lab.said("Intern")
    assert [button["text"] for button in line.buttons] == ["⏹ Stop"]
    if model == "writes":
        await lab.telegram.wait_for(lambda: "Draft, not checked yet\n" in line.text and "Seine" in line.text)
    watch = Stopwatch()
    await lab.telegram.press(OWNER, line.message_id, text="Stop", repeated=1)
    said = await lab.telegram.next_answer(OWNER, 20)
    assert "Stopped. Order #1" in said.text
    assert watch.seconds < 2
    assert (await lab.toast(min(lab.telegram.callbacks, key=int)))["text"] == "Order #1 is stopped."
    assert (await lab.toast())["text"] == "That order is over already."
    assert (await lab.order(1)).state is State.STOPPED
    call = lab.anthropic.calls[0]
    await lab.anthropic.wait_for(lambda: call.ended is not None)
    assert watch.seconds < 2
    await lab.telegram.wait_for(lambda: line.deleted)
    assert [shown.text for shown in lab.telegram.answers(OWNER) if "Seine" in shown.text] == []


async def test_the_native_button_of_a_draft_stops_within_two_seconds(lab: Lab):
    await lab.company.books.write(choose, str(OWNER), Stream.DRAFTS)
    lab.anthropic.reply_with(Reply(LONG, pause_s=0.05))
    await lab.telegram.say(OWNER, QUESTION)
    drafts = lab.telegram.methods.drafts
    await lab.telegram.wait_for(lambda: drafts and "Seine" in drafts[-1]["text"])
    watch = Stopwatch()
    await lab.telegram.stop_draft(OWNER, drafts[-1]["draft_id"])
    said = await lab.telegram.next_answer(OWNER, 20)
    assert "Stopped. Order #1" in said.text
    assert watch.seconds < 2
    call = lab.anthropic.calls[0]
    await lab.anthropic.wait_for(lambda: call.ended is not None)
    assert watch.seconds < 2
    assert (await lab.order(1)).state is State.STOPPED


async def test_only_who_may_stops_with_the_button(lab: Lab):
    """The button in a group is seen by all; it obeys the one whose order it is, and the Board."""
    await lab.pair(MEMBER, role=Role.MEMBER, name="Bob")
    lab.telegram.add_group(GROUP, "Family", OWNER, MEMBER)
    lab.anthropic.reply_with(Reply(LONG, pause_s=0.05))
    await lab.telegram.say(OWNER, f"@nexus_test_bot {QUESTION}", GROUP)
    line = await lab.said("Intern", chat=GROUP)
    await lab.telegram.press(MEMBER, line.message_id, text="Stop", chat_id=GROUP)
    assert (await lab.toast())["text"] == "You may not do that here; ask the Board."
    assert (await lab.order(1)).state is State.WORKING
    await lab.telegram.press(OWNER, line.message_id, text="Stop", chat_id=GROUP)
    assert (await lab.toast())["text"] == "Order #1 is stopped."
    assert (await lab.order(1)).state is State.STOPPED
