"""An order without news: the line says so and offers to act, and nobody types for ever; with turned time."""

from __future__ import annotations

from itertools import pairwise

from sqlalchemy import Connection

from company import work_orders
from company.records import ProgressStage, State, WorkOrder
from tests.unit.bot.conftest import TurnedDesk
from tests.unit.bot.doubles import OWNER


async def test_silence_is_said_and_typing_ends(desk: TurnedDesk) -> None:
    await desk.start(status_after_s=1.0)
    order = await desk.order()
    line = await desk.line(order)
    assert [button["text"] for button in line.buttons] == ["⏹ Stop"]
    await desk.seconds(20)
    assert len(desk.fake.actions) >= 4, "typing is shown while it works"
    await desk.seconds(50)
    assert [button["text"] for button in line.buttons] == ["⏹ Stop", "⏫ Escalate"], "it takes long"
    await desk.seconds(115)
    assert line.text == "⏳ No news from the Intern for 3 min"
    assert [button["text"] for button in line.buttons] == ["⏹ Stop", "⏫ Escalate"]
    typed, edits = len(desk.fake.actions), len(line.edits)
    for _ in range(40):
        await desk.seconds(1)
        await desk.clock.pass_by(29)
        await desk.settle()
    assert len(desk.fake.actions) == typed, "nobody types for ever"
    assert len(line.edits) - edits <= 21, "an edit a minute"
    assert line.text == "⏳ No news from the Intern for 23 min"
    assert not line.deleted, "the order is under way, so its line stands"
    desk.news(order, ProgressStage.TOOL, "search")
    await desk.seconds(2)
    assert line.text.startswith("Intern uses search · ")
    assert len(desk.fake.actions) > typed


async def test_the_line_of_an_order_that_ended_unheard_goes(desk: TurnedDesk) -> None:
    """As when another process ended it: nothing came to this desk."""
    await desk.start(status_after_s=1.0)
    order = await desk.order()
    line = await desk.line(order)

    def end(tx: Connection) -> WorkOrder:
        current = work_orders.get(tx, order.id)
        assert current is not None
        return work_orders.end(tx, desk.clock.now(), current, State.FAILED, "elsewhere", by="test")

    await desk.books.write(end)
    for _ in range(32):
        await desk.clock.pass_by(30)
        await desk.settle()
    assert line.deleted


async def test_waiting_is_no_silence(desk: TurnedDesk) -> None:
    """An order that waits for a provider or for money is not stuck, and nobody types meanwhile."""
    await desk.start(status_after_s=1.0)
    order = await desk.order()
    line = await desk.line(order)
    desk.news(order, ProgressStage.WAITING, "no provider")
    await desk.seconds(2)
    typed = len(desk.fake.actions)
    for _ in range(10):
        await desk.clock.pass_by(30)
        await desk.settle()
    assert line.text.startswith("Waiting · ")
    assert len(desk.fake.actions) == typed


async def test_two_orders_of_a_chat_share_its_rhythm(desk: TurnedDesk) -> None:
    """An edit a second in a chat, however many lines stand there; each has its turn."""
    await desk.start(status_after_s=1.0)
    first = await desk.order()
    lines = [await desk.line(first)]
    second = await desk.parallel_order()
    lines.append(await desk.line(second))
    edits: list[tuple[float, int]] = []
    counted = [len(line.edits) for line in lines]
    for number in range(160):
        for order in (first, second):
            desk.news(order, ProgressStage.TEXT, f"{number}. Paris is a big city on the river Seine. ")
        await desk.seconds(0.25)
        for index, line in enumerate(lines):
            if len(line.edits) > counted[index]:
                edits.append((desk.clock.monotonic(), index))
                counted[index] = len(line.edits)
    assert all(later[0] - earlier[0] >= 1 for earlier, later in pairwise(edits))
    share = sum(index for _, index in edits)
    assert abs(share - len(edits) / 2) <= 2
    assert len(desk.fake.sent(OWNER)) == 2
