"""What an employee writes is seen while it is written, and never looks delivered; with turned time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bot.drafts import SHOWN_UNITS, Draft, view
from bot.markup import Renderer, utf16_len
from bot.streaming import Stream, choose
from company.records import ProgressStage
from tests.unit.bot.conftest import TurnedDesk
from tests.unit.bot.doubles import OWNER, answer

TITLE = "Draft, not checked yet"
SECRET = "sk-ant-0123456789abcdef"
GROUP = -100_777_000_000_002


async def test_what_is_written_is_shown_under_the_line_as_an_unchecked_draft(desk: TurnedDesk) -> None:
    await desk.start(status_after_s=1.0)
    order = await desk.order()
    line = await desk.line(order)
    assert TITLE not in line.text
    desk.news(order, ProgressStage.TEXT, "Paris is **big**, see https://paris.example/x or @guide and /stop. It has")
    await desk.seconds(2)
    assert line.text.startswith("Intern writes · ")
    assert f"\n\n{TITLE}\nParis is big, see https://paris[.]example/x or ＠guide and ∕stop. It" in line.text
    kinds = [entity["type"] for entity in line.entities]
    assert kinds == ["italic", "blockquote", "bold"]
    assert line.silent
    desk.news(order, ProgressStage.INSPECTING)
    await desk.seconds(2)
    assert line.text.startswith("QA checks the answer")
    assert line.text.endswith("It has"), "now the last word is whole"
    await answer(desk.books, desk.clock, desk.delivery, order, "Paris is big.")  # type: ignore[arg-type]
    await desk.fake.wait_for(lambda: line.deleted)
    assert [shown.text.partition("\n")[0] for shown in desk.fake.sent(OWNER)] == ["Paris is big."]
    assert line.deleted


async def test_an_edit_a_second_at_most_and_forty_characters_at_least(desk: TurnedDesk) -> None:
    await desk.start(status_after_s=1.0)
    order = await desk.order()
    line = await desk.line(order)
    await desk.seconds(70)  # the line's own words change every 15 s from here on
    times: list[float] = []
    for tenth in range(400):
        desk.news(order, ProgressStage.TEXT, f"some words, {tenth:4} is one " if tenth < 200 else f"{tenth % 10}. ")
        before = len(line.edits)
        await desk.clock.pass_by(0.1)
        await desk.settle()
        if len(line.edits) > before:
            times.append(desk.clock.monotonic())
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(times))
    quick = [at for at in times if at <= times[0] + 19]
    assert len(quick) >= 18, "while much is written there is an edit a second"
    slow = [at for at in times if at > times[0] + 21]
    assert len(slow) <= 19 / 1.4 + 2, "three characters a tenth of a second are forty in 1.4 s"


async def test_a_retry_or_a_tool_starts_the_draft_anew(desk: TurnedDesk) -> None:
    await desk.start(status_after_s=1.0)
    order = await desk.order()
    line = await desk.line(order)
    for stage in (ProgressStage.TOOL, ProgressStage.RETRYING, ProgressStage.ESCALATED, ProgressStage.WORKING):
        desk.news(order, ProgressStage.TEXT, f"The first words before {stage.value} and more and more.")
        await desk.seconds(2)
        assert "first words before" in line.text
        desk.news(order, stage)
        await desk.seconds(2)
        assert "first words before" not in line.text
        assert TITLE not in line.text


@pytest.mark.parametrize("chosen", ["setting", "chat", "group"])
async def test_it_can_be_turned_off_and_groups_begin_without(desk: TurnedDesk, chosen: str) -> None:
    await desk.start(status_after_s=1.0, stream="off" if chosen == "setting" else "edits")
    chat = OWNER
    if chosen == "group":
        desk.fake.add_group(GROUP, "Family", OWNER)
        chat = GROUP
    elif chosen == "chat":
        await desk.books.write(choose, str(OWNER), Stream.OFF)
    order = await desk.order(chat=chat)
    line = await desk.line(order)
    desk.news(order, ProgressStage.TEXT, "Paris is a very big city, and it lies on the river Seine. ")
    await desk.seconds(6)
    assert line.text.startswith("Intern writes · ")
    assert "Paris" not in line.text
    if chosen == "chat":
        await answer(desk.books, desk.clock, desk.delivery, order, "Paris is big.")  # type: ignore[arg-type]
        await desk.books.write(choose, str(OWNER), Stream.EDITS)
        await desk.seconds(2)
        order = await desk.order("again")
        line = await desk.line(order)
        desk.news(order, ProgressStage.TEXT, "Paris is a very big city, and it lies on the river Seine. ")
        await desk.seconds(2)
        assert "Paris" in line.text


async def test_nothing_moves_once_the_answer_is_on_its_way(desk: TurnedDesk) -> None:
    """No typing, no edit: the answer waits for neither, and neither comes after it."""
    await desk.start(status_after_s=1.0)
    order = await desk.order()
    await desk.line(order)
    desk.news(order, ProgressStage.TEXT, "Paris is a very big city, and it lies on the river Seine. ")
    desk.fake.flood(2, OWNER, on=["sendMessage"])
    await answer(desk.books, desk.clock, desk.delivery, order, "Paris is big.")  # type: ignore[arg-type]
    await desk.settle()
    before = len(desk.fake.calls)
    await desk.seconds(1.5)
    moves = ("sendChatAction", "editMessageText", "sendMessageDraft")
    assert [call.method for call in desk.fake.calls[before:] if call.method in moves] == []


async def drawn(*pieces: str, finished: bool = False) -> str:
    draft = Draft()
    for piece in pieces:
        draft.add(piece)
    shown = await view(draft, Renderer(), lambda text: text.replace(SECRET, "«secret»"), TITLE, finished=finished)
    return shown.text


async def test_a_secret_is_never_seen_whole_or_in_part() -> None:
    for cut in range(1, len(SECRET)):
        pieces = ("The key is ", SECRET[:cut], SECRET[cut:], " and that is it. ")
        for shown in range(1, len(pieces) + 1):
            text = await drawn(*pieces[:shown])
            assert SECRET[:6] not in text
    assert "«secret»" in await drawn("The key is ", SECRET, " and")
    assert SECRET[:6] not in await drawn("The key is ", SECRET, finished=True)


async def test_only_the_end_of_a_long_draft_is_shown_and_its_code_stays_code() -> None:
    draft = Draft()
    draft.add("Look:\n\n```python\n")
    for number in range(3000):
        draft.add(f"value_{number} = {number}  # a comment\n")
    shown = await view(draft, Renderer(), str, TITLE, finished=False)
    assert utf16_len(shown.text) <= SHOWN_UNITS + len(TITLE) + 3
    assert shown.text.startswith(f"{TITLE}\n… value_")
    assert "value_2999" in shown.text
    assert [(entity.kind.value, entity.language) for entity in shown.entities][1:] == [
        ("blockquote", ""), ("pre", "python")
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", " ", "\n\n", "```", "**", "half", "[x](https://evil.example/"])
async def test_there_is_no_draft_without_something_to_see(text: str) -> None:
    assert await drawn(text) == ""


@pytest.mark.parametrize("text", ["[" * 3000, "![](x" * 900, "*_`" * 1200, "@x /y #z " * 400])
async def test_whatever_is_written_fits_and_the_loop_goes_on(text: str) -> None:
    """What is dear to render is rendered in a thread."""
    shown = await drawn(text, finished=True)
    assert utf16_len(shown) <= SHOWN_UNITS + len(TITLE) + 3
    assert not [sign for sign in ("@x", "/y", "#z") if sign in shown]


async def test_the_choice_stands_under_settings(desk: TurnedDesk) -> None:
    await desk.start(status_after_s=1.0)
    await desk.fake.say(OWNER, "/settings")
    card = await desk.fake.next_answer(OWNER)
    labels = [button["text"] for button in card.buttons]
    assert labels[labels.index("✓ Live text") : labels.index("✓ Live text") + 3] == [
        "✓ Live text", "Drafts", "No live text"
    ]  # fmt: skip
    await desk.fake.press(OWNER, card.message_id, text="No live text")
    await desk.fake.wait_for(lambda: "✓ No live text" in [button["text"] for button in card.buttons])
    order = await desk.order()
    line = await desk.line(order)
    desk.news(order, ProgressStage.TEXT, "Paris is a very big city, and it lies on the river Seine. ")
    await desk.seconds(4)
    assert line.text.startswith("Intern writes")
    assert "Paris" not in line.text
