"""The fault table (research: F4 to F26) against the fake Bot API. Each test names its row."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import pytest
from sqlalchemy import Connection

from bot import notes, sender
from company.records import Condition, State
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, facts, order_in, rows
from tests.unit.bot.waits import answered, asked, texts, until_fact, until_state


async def test_f4_f5_updates_that_come_twice_or_shuffled_are_taken_once(reception: Reception) -> None:
    fake = reception.fake
    fake.twice = fake.shuffled = True
    for number in range(20):
        await fake.say(OWNER, f"question {number}")
    await reception.start()
    await fake.wait_for(lambda: len(reception.office.accepted) == 20)
    await asked(reception, "last")
    assert sorted(request.text for request in reception.office.accepted[:20]) == sorted(
        f"question {number}" for number in range(20)
    )


async def test_f6_numbers_that_restart_lower_are_taken(reception: Reception) -> None:
    await reception.start()
    await asked(reception, "before the quiet week")
    reception.fake.jump_update_id(17)
    await asked(reception, "after it")
    await asked(reception, "and on")
    await reception.kill()
    assert await reception.books.read(notes.offset) == 19


async def test_f7_a_half_open_poll_is_given_up_and_rebuilt(reception: Reception) -> None:
    fake = reception.fake
    fake.faults.add("hang", "getUpdates")
    await reception.start(margin_s=0.3)
    await asked(reception, "are you there?")
    assert fake.counts["getUpdates"] >= 2
    await fake.say(OWNER, "hello")


async def test_f9_another_instance_is_told_once_and_waited_for(
    reception: Reception, caplog: pytest.LogCaptureFixture
) -> None:
    reception.fake.faults.add("409", "getUpdates", times=2)
    with caplog.at_level(logging.WARNING):
        await reception.start()
        await reception.fake.wait_for(lambda: reception.fake.counts["getUpdates"] >= 1)
        async with asyncio.timeout(5):
            while (health := await reception.desk.check()).condition is not Condition.WARNING:
                await asyncio.sleep(0.01)
    assert "Another instance is running" in health.mend
    assert sum("another instance" in record.message for record in caplog.records) == 1
    await until_fact(reception, "poller.conflict")
    await reception.kill()
    assert (await facts(reception.books)).count("poller.conflict") == 1


async def test_f10_a_foreign_webhook_is_explained_and_left_alone(reception: Reception) -> None:
    fake = reception.fake
    fake.methods.webhook = "https://elsewhere.example/hook"
    await reception.start()
    async with asyncio.timeout(5):
        while (health := await reception.desk.check()).condition is not Condition.ILL:
            await asyncio.sleep(0.01)
    assert "webhook" in health.mend
    assert fake.methods.webhook
    await reception.desk.remove_webhook()
    assert not fake.methods.webhook


async def test_f10_our_own_webhook_is_deleted(reception: Reception) -> None:
    fake = reception.fake
    fake.methods.webhook = "https://ours.example/hook"
    await reception.books.write(notes.put, "webhook_url", "https://ours.example/hook")
    await reception.start()
    await asked(reception, "hello")
    assert not fake.methods.webhook


async def test_f11_a_revoked_token_stops_polling_and_the_desk_stays(reception: Reception) -> None:
    reception.fake.faults.add("401", "getUpdates", times=None)
    await reception.start()
    async with asyncio.timeout(5):
        while (health := await reception.desk.check()).condition is not Condition.ILL:
            await asyncio.sleep(0.01)
    assert "@BotFather" in health.mend
    await asyncio.sleep(0.1)
    assert reception.fake.counts["getUpdates"] == 1
    assert reception.running is not None
    assert not reception.running.done()
    await until_fact(reception, "poller.revoked")


async def test_f12_a_flood_of_one_chat_is_obeyed_and_the_others_go_on(reception: Reception) -> None:
    fake = reception.fake
    fake.world.room(900, 900)
    await reception.start()
    order = await asked(reception)
    other = await order_in(reception.books, reception.clock, reception.person, "900")
    fake.flood(1.2, OWNER, on=["sendMessage"])
    await answered(reception, order, "slow")
    await fake.wait_for(lambda: fake.called("sendMessage", OWNER))
    await answered(reception, other, "quick")
    await fake.next_answer(900, 1.0)
    assert texts(fake) == []
    await fake.next_answer(OWNER)
    assert fake.impatient == []


async def test_f12_a_flood_that_comes_while_a_message_is_made_ready_holds_it(
    reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the turn that was taken and the wire lies a commit; a 429 for the chat may come just then."""
    fake, loop, told = reception.fake, asyncio.get_running_loop(), []
    take = sender._take

    def flooded(tx: Connection, *args: Any) -> Any:
        taken = take(tx, *args)
        if taken[1] is not None and not told:
            told.append(time.monotonic())
            loop.call_soon_threadsafe(reception.desk._limiter.flood, str(OWNER), 0.6)
        return taken

    monkeypatch.setattr(sender, "_take", flooded)
    await reception.start()
    order = await asked(reception)
    await answered(reception, order, "late")
    await fake.next_answer(OWNER)
    (call,) = fake.called("sendMessage", OWNER)
    assert call.at >= told[0] + 0.6


async def test_f13_a_flood_everywhere_pauses_everything(reception: Reception) -> None:
    fake = reception.fake
    orders = []
    for chat in range(901, 907):
        fake.world.room(chat, chat)
        orders.append(await order_in(reception.books, reception.clock, reception.person, str(chat)))
    await reception.start()
    await reception.desk.until_known()
    await fake.wait_for(lambda: fake.counts["setMyCommands"] >= 7)
    fake.flood(1.0, None, on=["sendMessage"])
    for order in orders:
        await answered(reception, order, "all")
        await fake.wait_for(lambda: fake.called("sendMessage"))
    for chat in range(901, 907):
        await fake.next_answer(chat)
    assert len(fake.impatient) <= 2  # one chat's 429 may be its own; the second one says that it is all of us


@pytest.mark.parametrize("fault", ["drop_after", "500_after", "late"])
async def test_f14_f15_f16_a_lost_answer_is_found_and_not_repeated(reception: Reception, fault: str) -> None:
    fake = reception.fake
    await reception.start(settle_s=1.0)
    order = await asked(reception)
    fake.faults.add(fault, "sendMessage", delay_s=0.2)
    await answered(reception, order, "Four.")
    await until_state(reception, order, State.DELIVERED)
    assert texts(fake) == ["Four."]
    assert fake.answers(OWNER)[0].edits == []
    second = await asked(reception, "again")
    await answered(reception, second, "Five.")
    await until_state(reception, second, State.DELIVERED)
    assert texts(fake) == ["Four.", "Five."]


@pytest.mark.parametrize("fault", ["drop_before", "502", "500"])
async def test_f14_a_send_that_never_arrived_is_sent_again(reception: Reception, fault: str) -> None:
    fake = reception.fake
    await reception.start()
    order = await asked(reception)
    fake.faults.add(fault, "sendMessage")
    await answered(reception, order, "Four.")
    await until_state(reception, order, State.DELIVERED)
    assert texts(fake) == ["Four."]


async def test_an_orphan_of_an_earlier_row_becomes_the_row_that_looks_for_itself(reception: Reception) -> None:
    fake = reception.fake
    await reception.start(settle_s=0.05)
    first, second = await asked(reception), await asked(reception, "and 3+3?")
    fake.faults.add("late", "sendMessage", delay_s=15)  # many times the settle time: it is sent again meanwhile
    await answered(reception, first, "Four.")
    await until_state(reception, first, State.DELIVERED)
    await fake.wait_for(lambda: texts(fake) == ["Four.", "Four."], 30)
    fake.faults.add("drop_before", "sendMessage")
    await answered(reception, second, "Six.")
    await until_state(reception, second, State.DELIVERED)
    assert texts(fake) == ["Four.", "Six."]


@pytest.mark.parametrize("arrived", [True, False])
async def test_f1_death_on_the_wire_loses_and_doubles_nothing(reception: Reception, arrived: bool) -> None:
    fake = reception.fake
    await reception.start()
    order = await asked(reception)
    fake.faults.add("slow_after" if arrived else "slow", "sendMessage", delay_s=5)
    await answered(reception, order, "Four.")
    await fake.wait_for(lambda: fake.called("sendMessage") and (not arrived or texts(fake)))
    await reception.kill()
    assert (await rows(reception.books))[-1][1] == "sending"
    assert texts(fake) == (["Four."] if arrived else [])
    await reception.start()
    await until_state(reception, order, State.DELIVERED)
    assert texts(fake) == ["Four."]


async def test_f1_what_people_wrote_unheard_does_not_hide_our_message(reception: Reception) -> None:
    fake = reception.fake
    await reception.start()
    order = await asked(reception)
    deaf = fake.faults.add("hang", "getUpdates")
    await fake.wait_for(lambda: deaf.hits)
    for number in range(12):  # each takes an id below that of our answer, and we know of none
        await fake.say(77, f"a stranger's {number}")
    fake.faults.add("slow_after", "sendMessage", delay_s=5)
    await answered(reception, order, "Four.")
    await fake.wait_for(lambda: texts(fake))
    await reception.kill()
    fake.faults.add("slow", "getUpdates", delay_s=0.3)
    await reception.start()
    await until_state(reception, order, State.DELIVERED)
    assert texts(fake) == ["Four."]


async def test_f2_a_clean_stop_waits_for_what_is_on_the_wire(reception: Reception) -> None:
    fake = reception.fake
    await reception.start(grace_s=3.0)
    order = await asked(reception)
    fake.faults.add("slow_after", "sendMessage", delay_s=0.3)
    await answered(reception, order, "Four.")
    await fake.wait_for(lambda: texts(fake))
    await reception.kill()
    assert [row[1] for row in await rows(reception.books)] == ["sent"]


async def test_answers_of_a_chat_stay_in_order_through_faults(reception: Reception) -> None:
    fake = reception.fake
    await reception.start(settle_s=0.1)
    fake.faults.mix(
        {"drop_after": 0.15, "drop_before": 0.1, "502": 0.1, "late": 0.1}, "sendMessage", times=12, delay_s=0.05
    )
    orders = [await asked(reception, f"question {n}") for n in range(12)]
    for number, order in enumerate(orders):
        await answered(reception, order, f"answer {number:02}")
    await until_state(reception, orders[-1], State.DELIVERED)
    assert texts(fake) == [f"answer {number:02}" for number in range(12)]
