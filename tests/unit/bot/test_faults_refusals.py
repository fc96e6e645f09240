"""The fault table (research: F17 to F26) against the fake Bot API: refusals, restarts, status lines."""

from __future__ import annotations

import asyncio
import logging
from itertools import pairwise

import pytest
from sqlalchemy import Connection, update

from bot import failures, notes
from bot.outbox import Dress, post
from company import work_orders
from company.records import Condition, Progress, ProgressStage, State
from company.schema import incoming, outbox
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, answer, at_work, facts, order_in, rows
from tests.unit.bot.waits import GROUP, SUPERGROUP, answered, asked, until_fact, until_state


async def test_f17_refused_entities_are_sent_as_plain_text_once(reception: Reception) -> None:
    fake = reception.fake
    await reception.start()
    order = await asked(reception)
    fake.faults.add("400", "sendMessage", text="Bad Request: can't parse entities: nobody knows why")
    await answered(reception, order, "**Four.**")
    shown = await fake.next_answer(OWNER)
    assert (shown.text.split("\n")[0], shown.entities) == ("Four.", [])
    assert "markup.refused" in await facts(reception.books)


async def test_f18_a_reply_target_or_topic_that_is_gone_is_left_out(reception: Reception) -> None:
    fake = reception.fake
    fake.add_group(SUPERGROUP, "Team", OWNER)

    def write(tx: Connection) -> None:
        message = {"text": "in a topic", "reply_parameters": {"message_id": 99}}
        post(tx, reception.clock.now(), str(SUPERGROUP), {"message": message}, dress=Dress.NOTICE, topic="77")

    await reception.books.write(write)
    await reception.start()
    shown = await fake.next_answer(SUPERGROUP)
    assert (shown.text, shown.topic, shown.reply_to) == ("in a topic", None, None)


async def test_f18_a_text_that_is_too_long_is_cut_never_retried_for_ever(reception: Reception) -> None:
    fake = reception.fake
    fake.world.room(OWNER, OWNER)

    def write(tx: Connection) -> None:
        message = {
            "text": "word " * 1500,
            "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "b:c"}]]},
        }
        post(tx, reception.clock.now(), str(OWNER), {"message": message}, dress=Dress.NOTICE)
        post(tx, reception.clock.now(), str(OWNER), {"message": {"text": "next"}}, dress=Dress.NOTICE)

    await reception.books.write(write)
    await reception.start()
    await fake.wait_for(lambda: len(fake.sent(OWNER)) == 3)
    first, second, third = fake.sent(OWNER)
    assert (first.text + " " + second.text).count("word") == 1500
    assert (bool(first.buttons), bool(second.buttons), third.text) == (False, True, "next")
    fake.violations.clear()  # the first send, which was too long on purpose


async def test_any_other_refusal_ends_the_row_and_the_order_visibly(reception: Reception) -> None:
    fake = reception.fake
    await reception.start()
    order = await asked(reception)
    fake.faults.add("400", "sendMessage", text="Bad Request: something new")
    await answered(reception, order, "Four.")
    await until_state(reception, order, State.FAILED)
    assert [row[1] for row in await rows(reception.books)] == ["dead"]
    assert "message.undeliverable" in await facts(reception.books)


async def test_f19_a_blocked_chat_is_closed_until_something_comes_from_it(reception: Reception) -> None:
    fake = reception.fake
    await reception.start()
    order = await asked(reception)
    second = await asked(reception, "another")
    await fake.block(OWNER)
    await answered(reception, order, "Four.")
    await until_state(reception, order, State.FAILED)
    calls = fake.counts["sendMessage"]
    await answered(reception, second, "Five.")
    await until_state(reception, second, State.FAILED)
    assert fake.counts["sendMessage"] == calls
    await fake.unblock(OWNER)
    third = await asked(reception, "I am back")
    await answered(reception, third, "Welcome.")
    assert (await fake.next_answer(OWNER)).text.startswith("Welcome.")


async def test_f20_a_group_that_migrates_is_followed(reception: Reception) -> None:
    fake = reception.fake
    fake.add_group(GROUP, "Family", OWNER)
    order = await order_in(reception.books, reception.clock, reception.person, str(GROUP))
    await fake.migrate(GROUP, SUPERGROUP)
    fake.queue.clear()
    await reception.start()
    await answered(reception, order, "Four.")
    assert (await fake.next_answer(SUPERGROUP)).text.startswith("Four.")
    moved = await reception.books.read(work_orders.get, order.id)
    assert moved is not None
    assert moved.conversation.chat == str(SUPERGROUP)


async def test_f22_an_answer_to_an_old_press_may_fail(reception: Reception) -> None:
    fake = reception.fake
    await reception.start()
    order = await asked(reception)
    await answered(reception, order, "Four.")
    shown = await fake.next_answer(OWNER)
    await reception.kill()
    await fake.press(OWNER, shown.message_id, text="👍")
    fake.expire_callbacks()
    await reception.start()
    await fake.wait_for(lambda: reception.office.ratings)
    await asked(reception, "still there?")


async def test_f23_a_press_repeated_after_a_restart_has_one_effect(reception: Reception) -> None:
    fake = reception.fake
    await reception.start()
    order = await asked(reception)
    await answered(reception, order, "Four.")
    shown = await fake.next_answer(OWNER)
    await fake.press(OWNER, shown.message_id, text="Escalate")
    await fake.wait_for(lambda: reception.office.escalations)
    await reception.kill()
    await reception.start()
    await fake.press(OWNER, shown.message_id, text="Escalate", repeated=2)
    await fake.wait_for(lambda: len(fake.answered_callbacks) >= 3)
    assert reception.office.escalations == [order.id]


async def test_f26_no_network_at_the_start_is_no_reason_to_die(reception: Reception) -> None:
    fake = reception.fake
    await fake.down()
    await reception.start()
    async with asyncio.timeout(5):
        while (health := await reception.desk.check()).condition is not Condition.WARNING:
            await asyncio.sleep(0.01)
    assert "network" in health.mend
    await fake.up()
    await asked(reception, "at last")
    async with asyncio.timeout(5):
        while (await reception.desk.check()).condition is not Condition.OK:
            await asyncio.sleep(0.01)


async def test_a_bad_update_is_kept_and_passed_over(reception: Reception) -> None:
    fake = reception.fake
    await reception.start()
    await fake.wait_for(lambda: fake.polls.open)
    reader, fake.reader = fake.reader, None
    fake.emit("message", {"message_id": "not a number", "chat": {}})
    await asked(reception, "the next one")
    fake.reader = reader
    found = await facts(reception.books)
    assert found.count("update.skipped") == 1


async def test_a_defect_of_ours_does_not_stop_the_queue(reception: Reception) -> None:
    fake = reception.fake
    reception.office.fail_with = ZeroDivisionError("a bug")
    await reception.start()
    await fake.say(OWNER, "poison")
    await until_fact(reception, "update.skipped")
    assert "a fault of ours" in (await reception.fake.next_answer(OWNER)).text
    reception.office.fail_with = None
    await asked(reception, "works again")


async def test_the_offset_moves_only_after_the_commit(reception: Reception) -> None:
    fake = reception.fake
    update_id = await fake.say(OWNER, "precious")
    reception.office.fail_with = OSError("disk full")
    await reception.start()
    await fake.wait_for(lambda: fake.polls.answered)
    await asyncio.sleep(0.2)
    assert await reception.books.read(notes.offset) == 0
    assert max(fake.polls.offsets) == 0
    reception.office.fail_with = None
    await fake.wait_for(lambda: reception.office.accepted)
    await fake.wait_for(lambda: update_id + 1 in fake.polls.offsets)


async def test_a_status_line_appears_is_edited_and_goes(reception: Reception) -> None:
    fake = reception.fake
    await reception.start(status_after_s=0.05)
    order = await asked(reception)
    working = await reception.books.write(at_work, reception.clock.now(), order)
    reception.delivery.progress(working, Progress(stage=ProgressStage.WORKING, employee="intern", cost_micro=2_000))
    await fake.wait_for(lambda: fake.sent(OWNER))
    line = fake.sent(OWNER)[0]
    assert line.text.startswith("Intern works on it · 1 s · $0.0020")
    assert line.silent
    reception.delivery.progress(working, Progress(stage=ProgressStage.INSPECTING, employee="Intern"))
    await fake.wait_for(lambda: line.edits)
    assert line.text.startswith("QA checks the answer")
    await fake.wait_for(lambda: (OWNER, "typing") in fake.actions)
    await answered(reception, working, "Four.")
    await fake.next_answer(OWNER)
    await fake.wait_for(lambda: line.deleted)
    edits = pairwise(fake.called("editMessageText", OWNER))
    assert all(later.at - earlier.at >= 0.95 for earlier, later in edits)


async def test_a_status_line_left_by_a_dead_process_is_taken_away(reception: Reception) -> None:
    fake = reception.fake
    await reception.start(status_after_s=0.05)
    order = await asked(reception)
    working = await reception.books.write(at_work, reception.clock.now(), order)
    reception.delivery.progress(working, Progress(stage=ProgressStage.WORKING, employee="intern"))
    await fake.wait_for(lambda: fake.sent(OWNER))
    async with asyncio.timeout(5):
        while [row[1] for row in await rows(reception.books)] != ["sent"]:
            await asyncio.sleep(0.01)
    await reception.kill()
    await reception.start()
    await fake.wait_for(lambda: not fake.sent(OWNER))
    async with asyncio.timeout(5):
        while [row[1] for row in await rows(reception.books)] != ["dead"]:
            await asyncio.sleep(0.01)


async def test_no_error_shows_the_token(reception: Reception, caplog: pytest.LogCaptureFixture) -> None:
    fake = reception.fake
    await reception.start()
    await reception.desk.until_known()
    wire = reception.desk._wire
    seen: list[str] = []
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="httpcore2"):
        await fake.down()
        with pytest.raises(failures.Unreachable):
            await wire.call("getMe", {})
        await fake.up()
        for fault in ("drop_before", "drop_after", "502", "500", "401", "403", "409", "400", "429"):
            fake.faults.add(fault, "getMe")
            with pytest.raises(failures.WireError) as caught:
                await wire.call("getMe", {})
            error: BaseException | None = caught.value
            while error is not None:
                seen.append(repr(error) + str(error) + repr(vars(error)))
                assert error.__cause__ is None
                error = error.__context__
    token = fake.token.split(":")[1]
    assert token not in " ".join(seen)
    assert token not in caplog.text
    assert "send_request_headers" in caplog.text  # the library did log, without it


async def test_known_ids_keep_others_messages_safe(reception: Reception) -> None:
    """A probe never touches a message that the books know, in any chat of the shared id space."""
    fake = reception.fake
    await reception.start(settle_s=0.1)
    first = await asked(reception)
    await answered(reception, first, "Four.")
    await until_state(reception, first, State.DELIVERED)
    second = await asked(reception, "more")
    fake.faults.add("drop_before", "sendMessage")
    await answered(reception, second, "Five.")
    await until_state(reception, second, State.DELIVERED)
    assert all(not shown.edits for shown in fake.messages(OWNER))
    touched = {call.params["message_id"] for call in fake.called("editMessageText")}
    assert touched.isdisjoint({shown.message_id for shown in fake.messages(OWNER)[:3]})


async def test_rows_of_an_older_process_with_a_wall_clock_ahead_wait_no_longer_than_they_must(
    reception: Reception,
) -> None:
    order = await order_in(reception.books, reception.clock, reception.person, str(OWNER))
    reception.fake.world.room(OWNER, OWNER)
    await reception.start()
    await reception.kill()
    await answer(reception.books, reception.clock, reception.delivery, order, "Four.")
    ahead = reception.clock.now() + 3_600_000

    def write(tx: Connection) -> None:
        tx.execute(update(outbox).values(state="sending", tries=1, floor_id="0", updated_at=ahead))
        tx.execute(update(incoming).values(received_at=ahead))

    await reception.books.write(write)
    await reception.start()
    await until_state(reception, order, State.DELIVERED)
