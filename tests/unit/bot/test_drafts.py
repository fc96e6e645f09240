"""Telegram's own drafts, where somebody chose them: their rhythm, their end, their stop button, their refusal."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bot import notes
from bot.line_tending import DRAFT_EVERY_S
from bot.streaming import Stream, choose
from company.records import ConversationKey, Person, ProgressStage
from tests.unit.bot.conftest import TurnedDesk
from tests.unit.bot.doubles import OWNER, answer

TITLE = "Draft, not checked yet"
MORE = "Paris is a very big city, and it lies on the river Seine. "


async def at(desk: TurnedDesk) -> float:
    """Start a desk that notes when (by its own clock) each draft reaches Telegram."""
    await desk.start(status_after_s=1.0, stream="drafts")
    return desk.clock.monotonic()


async def test_a_draft_takes_the_place_of_the_line_and_ends_with_the_answer(desk: TurnedDesk) -> None:
    await at(desk)
    order = await desk.order()
    desk.news(order, ProgressStage.WORKING)
    times: list[float] = []
    for number in range(60):
        desk.news(order, ProgressStage.TEXT, f"{number}. {MORE}")
        before = len(desk.fake.methods.drafts)
        await desk.seconds(0.25)
        if len(desk.fake.methods.drafts) > before:
            times.append(desk.clock.monotonic())
    drafts = desk.fake.methods.drafts
    assert len(drafts) >= 15
    assert all(later - earlier >= DRAFT_EVERY_S for earlier, later in pairwise(times))
    assert sum(times[0] <= at < times[0] + 30 for at in times) <= 40
    assert {draft["draft_id"] for draft in drafts} == {order.number}
    assert all(draft["can_stop"] for draft in drafts)
    assert all(TITLE in draft["text"] for draft in drafts[1:])
    assert desk.fake.sent(OWNER) == [], "no line besides"
    await answer(desk.books, desk.clock, desk.delivery, order, "Paris is big.")  # type: ignore[arg-type]
    shown = await desk.fake.next_answer(OWNER)
    assert shown.text.startswith("Paris is big.")
    before = len(drafts)
    await desk.seconds(40)
    assert len(desk.fake.methods.drafts) == before, "no draft comes behind the answer"


async def test_a_draft_that_would_fade_is_shown_again(desk: TurnedDesk) -> None:
    """It stands for thirty seconds; the words change every fifteen at the slowest."""
    await at(desk)
    order = await desk.order()
    desk.news(order, ProgressStage.WORKING)
    await desk.seconds(70)
    times: list[float] = []
    for _ in range(240):
        before = len(desk.fake.methods.drafts)
        await desk.seconds(0.25)
        if len(desk.fake.methods.drafts) > before:
            times.append(desk.clock.monotonic())
    assert max(later - earlier for earlier, later in pairwise(times)) < 30


@pytest.mark.parametrize("refusal", ["peer", "server"])
async def test_a_refusal_is_remembered_and_edits_are_used(desk: TurnedDesk, refusal: str) -> None:
    if refusal == "peer":
        desk.fake.methods.draftless.add(OWNER)
    else:
        desk.fake.faults.add("400", "sendMessageDraft", code=404, text="Not Found", times=None)
    await at(desk)
    order = await desk.order()
    desk.news(order, ProgressStage.WORKING)
    line = await desk.line(order)
    desk.news(order, ProgressStage.TEXT, MORE)
    await desk.seconds(2)
    assert TITLE in line.text
    assert len(desk.fake.called("sendMessageDraft")) == 1
    assert await desk.books.read(notes.get, f"nodraft:{OWNER}")
    await answer(desk.books, desk.clock, desk.delivery, order, "Paris is big.")  # type: ignore[arg-type]
    await desk.fake.next_answer(OWNER)
    await desk.kill()
    await desk.start()
    order = await desk.order("again")
    await desk.line(order)
    assert len(desk.fake.called("sendMessageDraft")) == 1, "also after a restart"
    await desk.books.write(choose, str(OWNER), Stream.DRAFTS)
    assert not await desk.books.read(notes.get, f"nodraft:{OWNER}"), "whoever chooses them again has them tried again"


async def test_a_passing_failure_is_no_refusal(desk: TurnedDesk) -> None:
    desk.fake.faults.add("502", "sendMessageDraft")
    await at(desk)
    order = await desk.order()
    desk.news(order, ProgressStage.WORKING)
    await desk.seconds(6)
    assert desk.fake.methods.drafts
    assert not await desk.books.read(notes.get, f"nodraft:{OWNER}")


async def test_the_stop_button_of_a_draft_stops_its_order(desk: TurnedDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, int | None]] = []

    async def stop(person: Person, where: ConversationKey, *, number: int | None = None) -> tuple[int, ...]:
        asked.append((person.name, where.chat, number))
        return (number or 0,)

    monkeypatch.setattr(desk.office, "stop", stop)
    await at(desk)
    order = await desk.order()
    desk.news(order, ProgressStage.WORKING)
    await desk.seconds(3)
    (first, *_) = desk.fake.methods.drafts
    desk.fake.world.room(900, 900)
    await desk.fake.stop_draft(900, first["draft_id"])  # a stranger, who can't have seen it
    await desk.fake.stop_draft(OWNER, first["draft_id"] + 1)
    await desk.fake.stop_draft(OWNER, first["draft_id"])
    await desk.fake.wait_for(lambda: asked)
    await desk.fake.say(OWNER, "hello")
    await desk.fake.wait_for(lambda: desk.office.accepted)
    assert asked == [("Ada", str(OWNER), order.number)]
    assert desk.office.strangers == {"900": 1}


async def test_an_order_that_falls_silent_gets_a_line_with_buttons(desk: TurnedDesk) -> None:
    await at(desk)
    order = await desk.order()
    desk.news(order, ProgressStage.WORKING)
    await desk.seconds(3)
    assert desk.fake.sent(OWNER) == []
    await desk.clock.pass_by(180)
    await desk.settle()
    await desk.seconds(2)
    (line,) = desk.fake.sent(OWNER)
    assert line.text == "⏳ No news from the Intern for 3 min"
    assert [button["text"] for button in line.buttons] == ["⏹ Stop", "⏫ Escalate"]
