"""The fault table, rows of the line: power, names, rivals, a poll that is stuck, clocks that jump, edits that overtake.

Time is turned where something waits for it.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from benchmarks.outbox_world import Counted
from bot import failures, notes
from bot.outbox import Dress, post
from company import work_orders
from company.books import SqliteBooks
from company.records import Condition, Progress, ProgressStage, State
from company.secrets import Secret
from heartbeat.supervise import FellTooOften, supervise
from tests.conftest import AUDIT_KEY
from tests.fakes.clock import TurnedClock
from tests.fakes.telegram import FakeTelegram
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, Office, at_work, facts, owner, rows
from tests.unit.bot.hooks import free_port, hook
from tests.unit.bot.waits import answered, asked, texts, until_fact, until_state

DAY_S = 86_400.0


@pytest.fixture
async def turned(fake: FakeTelegram, tmp_path: Path) -> AsyncIterator[Reception]:
    """A reception whose time a test turns."""
    clock: Any = TurnedClock()
    books = Counted(tmp_path / "turned.db", audit_key=AUDIT_KEY)
    await books.open()
    reception = Reception(fake, books, clock, Office(books, clock), await owner(books, clock))
    yield reception
    await reception.kill()
    await books.close()


def busy(reception: Reception) -> bool:
    """Whether something is under way that no turning of the clock brings on."""
    assert isinstance(reception.books, Counted)
    return reception.books.under_way > 0 or any(
        not call.done and call.method != "getUpdates" for call in reception.fake.calls[-50:]
    )


async def turn_until(reception: Reception, holds: Callable[[], bool], *, most_s: float) -> float:
    """Turn from wake to wake until it holds; the seconds that took. What hops to threads and sockets is given room."""
    clock: Any = reception.clock
    began = clock.monotonic()
    async with asyncio.timeout(60):
        while not holds():
            assert clock.monotonic() - began <= most_s, f"not so within {most_s} s"
            quiet = 0
            while quiet < 3 and not holds():
                quiet = 0 if busy(reception) else quiet + 1
                await asyncio.sleep(0.005)
            if not holds() and (wake := clock.next_wake_s) is not None:
                clock.turn(wake)
    return float(clock.monotonic() - began)


async def test_f3_after_a_power_loss_there_is_a_prefix_and_nothing_confirmed_is_missing(tmp_path: Path) -> None:
    """The tail of the log that was not synced is cut or zeroed anywhere: messages and offset stay together."""
    books = SqliteBooks(tmp_path / "live.db", audit_key=AUDIT_KEY)
    await books.open()

    def take(tx: Connection, number: int) -> None:
        post(tx, number, str(OWNER), {"message": {"text": f"message {number}"}}, dress=Dress.NOTICE)
        notes.put(tx, notes.OFFSET, str(number))

    for number in range(1, 61):
        await books.write(take, number)
    for ending in ("", "-wal"):
        shutil.copy(f"{books.path}{ending}", f"{tmp_path}/kept.db{ending}")
    await books.close()
    chance, seen = random.Random(3), set()
    log = (tmp_path / "kept.db-wal").read_bytes()
    for trial in range(60):
        cut = chance.randrange(len(log))
        shutil.copy(tmp_path / "kept.db", tmp_path / "cut.db")
        (tmp_path / "cut.db-wal").write_bytes(log[:cut] + (b"\0" * (len(log) - cut) if trial % 2 else b""))
        with sqlite3.connect(tmp_path / "cut.db") as cut_books:
            assert cut_books.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            if not cut_books.execute("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").fetchone():
                continue
            times = [row[0] for row in cut_books.execute("SELECT created_at FROM outbox ORDER BY seq")]
            offset = cut_books.execute("SELECT value FROM desk_notes WHERE name = 'offset'").fetchone()
        cut_books.close()
        (tmp_path / "cut.db").unlink()
        (tmp_path / "cut.db-shm").unlink(missing_ok=True)
        assert times == list(range(1, len(times) + 1))
        assert (int(offset[0]) if offset else 0) == len(times)
        seen.add(len(times))
    assert len(seen) > 20, "the cuts fell into different places"


async def test_f8_a_poll_whose_connection_is_stuck_gets_a_new_one(
    turned: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    await turned.start()
    await asked(turned, "before")
    wire, real, stuck = turned.desk._wire, turned.desk._wire.get_updates, [2]

    async def sometimes(*given: Any, **named: Any) -> Any:
        if stuck[0]:
            stuck[0] -= 1
            raise failures.Stuck("getUpdates: no connection came free.")
        return await real(*given, **named)

    monkeypatch.setattr(wire, "get_updates", sometimes)
    await turned.fake.say(OWNER, "ends the poll that is open")
    await turn_until(turned, lambda: not stuck[0], most_s=30)
    await turned.fake.say(OWNER, "after")
    await turn_until(turned, lambda: len(turned.office.accepted) == 3, most_s=30)
    assert (await turned.desk.check()).condition is Condition.OK


async def test_f8_stuck_for_ever_the_desk_is_started_anew_and_then_the_process_ends(
    turned: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    await turned.start()
    await asked(turned, "before")
    assert turned.running is not None
    turned.running.cancel()
    await asyncio.wait({turned.running})
    turned.running = None
    wire, renewed = turned.desk._wire, []
    renew = wire.renew

    async def stuck(*_: Any, **__: Any) -> Any:
        raise failures.Stuck("getUpdates: no connection came free.")

    async def counted() -> None:
        renewed.append(turned.clock.monotonic())
        await renew()

    monkeypatch.setattr(wire, "get_updates", stuck)
    monkeypatch.setattr(wire, "renew", counted)
    supervising = asyncio.create_task(supervise(turned.desk, turned.clock))
    await turn_until(turned, supervising.done, most_s=120)
    with pytest.raises(FellTooOften, match="telegram fell over 3 times"):
        await supervising
    assert len(renewed) == 3, "each start has new connections"
    await turned.desk.close()


async def test_f9_a_storm_of_conflicts_is_told_once_and_answered_with_longer_pauses(turned: Reception) -> None:
    fake = turned.fake
    fake.conflict_pause_s = 0.0
    storm = fake.faults.add("409", "getUpdates", times=None)
    await turned.start()
    clock: Any = turned.clock
    await turn_until(turned, lambda: clock.monotonic() > 1200, most_s=1300)
    assert 15 <= storm.hits <= 50, "pauses of 5 to 60 s in twenty minutes"
    assert (await turned.desk.check()).facts["line"] == "conflict"
    fake.faults.clear()
    await fake.say(OWNER, "peace")
    await turn_until(turned, lambda: len(turned.office.accepted) == 1, most_s=61)
    await until_fact(turned, "poller.recovered")
    assert (await facts(turned.books)).count("poller.conflict") == 1


@pytest.mark.parametrize("way", ["polling", "webhook"])
async def test_f11_a_new_token_is_taken_without_a_restart(turned: Reception, way: str) -> None:
    fake, stored = turned.fake, [Secret(turned.fake.token, "file")]
    await turned.start(stored=lambda: stored[0], hook=hook() if way == "webhook" else None)
    order = await asked(turned, "before")
    bot, _, _ = fake.token.partition(":")
    fake.token = f"{bot}:NEW-token_of_the_fake_Bot_API_00000"
    await fake.say(OWNER, "asked while nobody could be heard")
    clock: Any = turned.clock
    await turn_until(turned, lambda: line(turned) == "revoked", most_s=60)
    assert "nexus init" in (await turned.desk.check()).mend
    stored[0] = Secret("99999999:TEST-token_of_another_bot_0000000000", "file")
    began = clock.monotonic()
    await turn_until(turned, lambda: clock.monotonic() > began + 60, most_s=90)
    assert line(turned) == "revoked", "another bot's chats are not ours"
    stored[0] = Secret(fake.token, "file")
    method = "getUpdates" if way == "polling" else "setWebhook"
    before = fake.counts[method]
    await turn_until(turned, lambda: fake.counts[method] > before, most_s=25)
    await fake.wait_for(lambda: len(turned.office.accepted) == 2)
    async with asyncio.timeout(10):
        while line(turned) != "open":
            await asyncio.sleep(0.01)
    await answered(turned, order, "Four.")
    await turn_until(turned, lambda: texts(fake) == ["Four."], most_s=90)


def line(reception: Reception) -> str:
    inlet: Any = reception.desk._inlet
    return str(inlet.line.value)


async def test_a_proxy_that_leads_nowhere_is_found_within_a_minute_and_so_is_its_mend(turned: Reception) -> None:
    fake, astray = turned.fake, hook(url=f"http://127.0.0.1:{free_port()}")
    await turned.start(hook=astray)
    await fake.wait_for(lambda: fake.methods.webhook)
    await fake.say(OWNER, "is anybody there?")
    await fake.wait_for(lambda: fake.hooks.calls)
    waited = await turn_until(turned, lambda: line(turned) == "unreached", most_s=60)
    health = await turned.desk.check()
    assert waited <= 60
    assert health.condition is Condition.ILL
    assert "1 updates wait at Telegram: Connection refused" in health.detail
    assert "[telegram_webhook] url" in health.mend
    fake.hooks.params["url"] = f"http://127.0.0.1:{astray.settings.port}{astray.path}"
    await fake.wait_for(lambda: turned.office.accepted)
    await turn_until(turned, lambda: line(turned) == "open", most_s=60)
    assert (await turned.desk.check()).condition is Condition.OK


async def test_a_webhook_that_somebody_took_away_is_set_again_and_a_foreign_one_is_not_fought(
    turned: Reception,
) -> None:
    fake = turned.fake
    await turned.start(hook=hook())
    await fake.wait_for(lambda: fake.methods.webhook)
    fake.methods.webhook = ""
    await turn_until(turned, lambda: bool(fake.methods.webhook), most_s=31)
    fake.methods.webhook = "https://elsewhere.example/hook"
    before = fake.counts["setWebhook"]
    await turn_until(turned, lambda: line(turned) == "webhook", most_s=31)
    clock: Any = turned.clock
    began = clock.monotonic()
    await turn_until(turned, lambda: clock.monotonic() > began + 600, most_s=640)
    assert fake.counts["setWebhook"] == before
    fake.methods.webhook = ""
    await turn_until(turned, lambda: line(turned) == "open", most_s=31)
    assert (await facts(turned.books)).count("poller.webhook") == 1


async def test_f21_a_status_line_that_somebody_deleted_is_let_go(reception: Reception) -> None:
    fake = reception.fake
    await reception.start(status_after_s=0.05)
    order = await asked(reception)
    working = await reception.books.write(at_work, reception.clock.now(), order)
    reception.delivery.progress(working, Progress(stage=ProgressStage.WORKING, employee="intern"))
    await fake.wait_for(lambda: fake.sent(OWNER))
    await fake.remove(OWNER, fake.sent(OWNER)[0].message_id)
    reception.delivery.progress(working, Progress(stage=ProgressStage.INSPECTING, employee="intern"))
    await fake.wait_for(lambda: fake.called("editMessageText", OWNER))
    await answered(reception, working, "Four.")
    assert (await fake.next_answer(OWNER)).text.startswith("Four.")
    await until_state(reception, order, State.DELIVERED)
    async with asyncio.timeout(5):
        while "sent" in [row[1] for row in await rows(reception.books) if row[0] == "status"]:
            await asyncio.sleep(0.01)


async def test_f21_a_press_on_a_card_that_was_deleted_has_its_effect(reception: Reception) -> None:
    fake = reception.fake
    await reception.start()
    order = await asked(reception)
    await answered(reception, order, "Four.")
    shown = await fake.next_answer(OWNER)
    data = shown.button("👍")["callback_data"]
    await fake.remove(OWNER, shown.message_id)
    await fake.press(OWNER, shown.message_id, data, force=True)
    await fake.wait_for(lambda: fake.answered_callbacks)
    await asked(reception, "still there?")
    assert reception.office.ratings == [(order.id, 1)]


async def test_f26_names_that_do_not_resolve_at_the_start_are_waited_for(
    turned: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve, broken = socket.getaddrinfo, [True]

    def names(host: Any, *given: Any, **named: Any) -> Any:
        if host in ("localhost", b"localhost") and broken[0]:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return resolve(host, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", names)
    await turned.start(base_url=f"http://localhost:{turned.fake.port}")
    clock: Any = turned.clock
    await turn_until(turned, lambda: clock.monotonic() > 3600, most_s=3700)
    health = await turned.desk.check()
    assert health.condition is Condition.ILL, "an hour without a word is more than a hiccup"
    assert "network" in health.mend
    broken[0] = False
    await turned.fake.say(OWNER, "at last")
    assert await turn_until(turned, lambda: bool(turned.office.accepted), most_s=31) <= 31
    assert (await turned.desk.check()).condition is Condition.OK


@pytest.mark.parametrize("jump_s", [DAY_S, -3600.0, -30 * DAY_S])
async def test_f27_a_wall_clock_that_jumps_makes_nothing_wait_wrongly(turned: Reception, jump_s: float) -> None:
    fake, clock = turned.fake, turned.clock
    await turned.start(settle_s=5.0)
    order, second = await asked(turned), await asked(turned, "more")
    flood = fake.faults.add("429", "sendMessage", retry_after=35)
    await answered(turned, order, "Four.")
    await fake.wait_for(lambda: flood.hits)
    clock.jump(jump_s)  # type: ignore[attr-defined]
    waited = await turn_until(turned, lambda: bool(texts(fake)), most_s=40)
    assert waited >= 35
    lost = fake.faults.add("drop_after", "sendMessage")
    await answered(turned, second, "Five.")
    await fake.wait_for(lambda: lost.hits)
    clock.jump(-jump_s)  # type: ignore[attr-defined]
    await turn_until(turned, lambda: bool(fake.called("editMessageText")), most_s=10)
    await until_state(turned, second, State.DELIVERED)
    assert texts(fake) == ["Four.", "Five."]
    await asked(turned, "still there?")
    assert (await turned.desk.check()).condition is Condition.OK


async def test_edits_that_overtake_each_other_leave_the_newest(reception: Reception) -> None:
    fake = reception.fake
    await reception.start()
    await asked(reception, "first")
    said = fake.messages(OWNER)[0]
    wire = fake.world.message_wire(said)
    for second, text in ((5, "newest"), (3, "older"), (5, "newest")):
        fake.emit("edited_message", {**wire, "text": text, "edit_date": said.date + second})
    await asked(reception, "and another")
    order = await reception.books.read(work_orders.by_number, 1)
    assert order is not None
    assert order.text == "newest"
    assert [shown.text for shown in fake.sent(OWNER)] == []
