"""heartbeat/nightly.py: a backup every night, a missed night once, read back, told in one fact, and failure said once."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, func, select

from company import audit, people
from company.audit import Entry
from company.backups.making import LOCK, Backups
from company.backups.place import BackupPlace
from company.backups.restoring import check
from company.books import SqliteBooks
from company.config import Settings
from company.objects import LocalObjects
from company.records import Condition, Desk, Role
from company.schema import ledger
from company.secrets import Secret, Secrets
from company.topics import Topic
from heartbeat.nightly import AT_START_S, BUSY_S, FAILED, LOOK_S, MADE, RETRY_S, NightlyBackup, due_before
from tests.fakes.clock import TurnedClock
from tests.fakes.s3 import KEY_ID, FakeS3
from tests.stepping import killed_at
from tests.unit.company.house_doubles import TEXTS, OutboxCourier, posted

HOUR, DAY = 3600.0, 86_400.0
UTC = ZoneInfo("UTC")
ROOT = Path(__file__).parents[3]
AUDIT_KEY, SECRET = "5e" * 32, "a-secret-of-the-server"


@dataclass(slots=True)
class Night:
    """A company with a document, at 11:06, whose backups are due at 03:30."""

    books: SqliteBooks
    clock: TurnedClock
    root: Path
    courier: OutboxCourier

    def settings(self, **backup: Any) -> Settings:
        given = {"nightly": "03:30", "keep": 3} | backup
        return Settings.model_validate({"company": {"data_dir": str(self.root)}, "backup": given})

    async def department(self, instance: str = "here", **backup: Any) -> NightlyBackup:
        settings = self.settings(**backup)
        secrets = Secrets(self.root / "secrets", {"S3_KEY_ID": KEY_ID, "S3_SECRET_KEY": SECRET, "AUDIT_KEY": AUDIT_KEY})
        place = BackupPlace(self.root, settings, secrets, self.clock, "1")
        made = NightlyBackup(
            settings.backup, place, self.books, instance, {Desk.TELEGRAM: self.courier}, self.clock, UTC, TEXTS
        )
        await made.open()
        return made

    def store(self) -> Backups:
        return Backups(LocalObjects(self.root / "objects"), self.clock, self.root)

    async def facts(self) -> list[Entry]:
        return list(await self.books.read(audit.entries, facts=frozenset({MADE, FAILED}), limit=100))

    async def said(self) -> list[str]:
        return [payload for _, _, payload in await posted(self.books)]


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[SqliteBooks]:
    """With a key as the store of secrets has it: the backups are looked through with that one."""
    opened = SqliteBooks(tmp_path / "nexus.db", audit_key=AUDIT_KEY.encode())
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def night(books: SqliteBooks, clock: TurnedClock, tmp_path: Path) -> Night:
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "lease.txt").write_text("The rent is 900 euros.")

    def begin(tx: Connection) -> None:
        person = people.add(tx, clock.now(), name="Ada", role=Role.BOARD, language="en", by="test")
        people.identify(tx, clock.now(), person, Desk.TELEGRAM, "42")

    await books.write(begin)
    return Night(books, clock, tmp_path, OutboxCourier(Desk.TELEGRAM))


async def test_every_night_makes_one_that_is_read_back_and_leaves_one_fact(night: Night) -> None:
    nightly = await night.department()
    assert not await nightly.if_due(), "11:06 of the first day: nothing was missed"
    assert (await nightly.check()).detail == "the first one at 03:30"
    made = 0
    for _ in range(5 * 24):
        night.clock.turn(HOUR)
        made += await nightly.if_due()
    assert made == 5
    facts = await night.facts()
    assert [one.fact for one in facts] == [MADE] * 5
    assert {one.actor for one in facts} == {"heartbeat"}
    assert facts[-1].payload["verified"] == "everything"
    assert [one.payload["gone"] for one in facts] == [0, 0, 0, 1, 1]
    kept = await night.store().all()
    assert len(kept) == 3
    for one in kept:
        assert one.manifest is not None
        assert (await check(night.store(), one.manifest, Secret(AUDIT_KEY, "test"))).problems == ()
    health = await nightly.check()
    assert (health.part, health.condition) == ("backups", Condition.OK)
    assert "read back, of 2026-11-23 04:06" in health.detail
    assert await night.said() == []
    assert await night.books.read(lambda tx: tx.scalar(select(func.count()).select_from(ledger))) == 0


async def test_missed_nights_are_made_up_for_once_at_the_next_start(night: Night) -> None:
    nightly = await night.department()
    night.clock.turn(DAY)
    assert await nightly.if_due()
    night.clock.turn(4 * DAY)  # the machine was off
    again = await night.department()
    assert await again.if_due()
    assert not await again.if_due()
    assert not await (await night.department()).if_due(), "another start: the record knows"
    assert len(await night.facts()) == 2
    night.clock.jump(-40 * DAY)  # a clock that was wrong and is set: what lies in the future counts for nothing
    assert not await again.if_due(), "before there was a company"
    night.clock.jump(39.5 * DAY)
    assert await again.if_due()
    assert not await again.if_due()


async def test_it_runs_by_itself_beside_the_house(night: Night) -> None:
    nightly = await night.department()
    running = asyncio.create_task(nightly.run())
    await night.clock.until_asleep()
    assert night.clock.next_wake_s == AT_START_S
    night.clock.turn(AT_START_S)
    await night.clock.until_asleep()
    assert await night.facts() == []
    night.clock.turn(DAY)
    await night.clock.until_asleep()
    assert [one.fact for one in await night.facts()] == [MADE]
    assert night.clock.next_wake_s == LOOK_S
    running.cancel()


async def test_without_an_hour_nothing_is_made_and_the_status_says_how(night: Night) -> None:
    nightly = await night.department(nightly="")
    running = asyncio.create_task(nightly.run())
    await asyncio.sleep(0)
    night.clock.turn(3 * DAY)
    await asyncio.sleep(0)
    assert night.clock.asleep == 0
    running.cancel()
    assert await night.facts() == []
    health = await nightly.check()
    assert (health.condition, health.mend) == (Condition.OFF, 'set [backup] nightly = "03:30"')


async def test_a_failure_is_said_to_the_board_once_until_one_succeeds(night: Night) -> None:
    nightly = await night.department(quota_gb=0.00001)
    night.clock.turn(DAY)
    assert not await nightly.if_due()
    (said,) = await night.said()
    assert "raise [backup] quota_gb" in said
    assert night.courier.woken == 1
    health = await nightly.check()
    assert (health.condition, "quota_gb" in health.detail) == (Condition.ILL, True)
    night.clock.turn(RETRY_S - 1)
    before = await night.books.read(audit.tip)
    assert not await nightly.if_due()
    for _ in range(30):
        night.clock.turn(HOUR)
        assert not await nightly.if_due()
    again = await night.department(quota_gb=0.00001)  # nor again after a restart
    assert "quota_gb" in (await again.check()).detail
    assert not await again.if_due()
    assert await night.books.read(audit.tip) == before
    assert len(await night.said()) == 1

    mended = await night.department()
    assert await mended.if_due()
    assert (await mended.check()).condition is Condition.OK
    assert [one.fact for one in await night.facts()] == [FAILED, MADE]
    broken = await night.department(quota_gb=0.00001)
    night.clock.turn(DAY)
    assert not await broken.if_due()
    assert len(await night.said()) == 2, "another failure is news again"


async def test_who_silenced_the_subject_hears_nothing(night: Night) -> None:
    night.courier.muted = frozenset({Topic.BACKUP})
    nightly = await night.department(quota_gb=0.00001)
    night.clock.turn(DAY)
    assert not await nightly.if_due()
    assert await night.said() == []
    assert [one.fact for one in await night.facts()] == [FAILED]


async def test_what_is_not_sound_is_said_and_lets_go_of_no_earlier_one(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    nightly = await night.department(keep=1)
    night.clock.turn(DAY)
    assert await nightly.if_due()
    good = {one.id for one in await night.store().all()}
    write = LocalObjects._write

    def spoils(self: LocalObjects, path: Path, data: bytes) -> None:
        write(self, path, data[:-1] if path.parent.parent.name == "artefacts" else data)

    monkeypatch.setattr(LocalObjects, "_write", spoils)
    night.clock.turn(DAY)
    assert not await nightly.if_due()
    (said,) = await night.said()
    assert "is not sound" in said
    assert "is damaged" in said
    assert good < {one.id for one in await night.store().all()}
    night.clock.turn(5 * HOUR)
    assert not await nightly.if_due(), "trying again at once would crowd out sound ones"
    monkeypatch.undo()
    night.clock.turn(DAY)
    assert await nightly.if_due(), "in a folder the next night mends it"
    assert len(await night.store().all()) == 1


async def test_only_the_books_are_read_back_where_that_is_wanted(night: Night) -> None:
    server = FakeS3()
    server.secret = SECRET
    await server.start()
    try:
        (night.root / "uploads" / "video.bin").write_bytes(os.urandom(3 * 2**20))
        there = {"s3_url": server.url, "s3_bucket": server.bucket}
        nightly = await night.department(verify="books", **there)
        night.clock.turn(DAY)
        assert await nightly.if_due()
        reads = [one for one in server.asked if one.startswith("GET") and "/uploads/" in one]
        assert reads == []
        assert [one for one in server.asked if one.startswith("GET") and "/artefacts/" in one]
        thorough = await night.department(**there)
        night.clock.turn(DAY)
        assert await thorough.if_due()
        assert len([one for one in server.asked if one.startswith("GET") and "/uploads/" in one]) == 4
        server.secret = "another"
        night.clock.turn(DAY)
        assert not await thorough.if_due()
        assert SECRET not in str(await night.said())
    finally:
        await server.stop()


async def test_a_fault_of_its_own_does_not_bring_the_house_down(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Backups, "make", broken)
    nightly = await night.department()
    night.clock.turn(DAY)
    assert not await nightly.if_due()
    assert "ZeroDivisionError" in (await night.said())[0]


async def test_a_backup_by_hand_is_waited_for_and_is_no_failure(night: Night) -> None:
    nightly = await night.department()
    night.clock.turn(DAY)
    async with night.store().alone():
        assert not await nightly.if_due()
        assert not await nightly.if_due()
    assert not await nightly.if_due(), "not at once"
    night.clock.turn(BUSY_S)
    assert await nightly.if_due()
    assert [one.fact for one in await night.facts()] == [MADE]


async def test_another_instance_on_the_same_books_has_its_own_nights(night: Night) -> None:
    here, there = await night.department("here"), await night.department("there")
    night.clock.turn(DAY)
    assert await here.if_due()
    assert await there.if_due()
    assert not await (await night.department("there")).if_due()


async def test_a_long_backup_does_not_hold_up_the_loop(night: Night) -> None:
    def fill() -> None:
        for number in range(30):
            (night.root / "uploads" / f"{number}.bin").write_bytes(os.urandom(2**20))

    await asyncio.to_thread(fill)
    loop, gaps, done = asyncio.get_running_loop(), list[float](), asyncio.Event()

    async def watch() -> None:
        while not done.is_set():
            before = loop.time()
            await asyncio.sleep(0.005)
            gaps.append(loop.time() - before - 0.005)

    watching = asyncio.create_task(watch())
    nightly = await night.department()
    night.clock.turn(DAY)
    assert await nightly.if_due()
    done.set()
    await watching
    assert len(gaps) > 5
    assert max(gaps) < 0.25, "the work is in threads"


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-18T03:29:59+01:00", "2026-11-17T03:30:00+01:00"),
        ("2026-11-18T03:30:00+01:00", "2026-11-18T03:30:00+01:00"),
        ("2026-03-29T12:00:00+02:00", "2026-03-29T03:30:00+02:00"),
        ("2026-10-25T12:00:00+01:00", "2026-10-25T03:30:00+01:00"),
    ],
)
def test_due_is_the_last_time_the_clock_on_the_wall_showed_it(now: str, due: str) -> None:
    moment = int(datetime.fromisoformat(now).timestamp() * 1000)
    assert due_before(moment, "03:30", ZoneInfo("Europe/Berlin")) == int(datetime.fromisoformat(due).timestamp() * 1000)


def test_an_hour_that_the_clocks_leave_out_or_repeat_is_one_night() -> None:
    berlin, found = ZoneInfo("Europe/Berlin"), set[int]()
    start = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000)
    days = 300
    for quarter in range(days * 96):
        found.add(due_before(start + quarter * 900_000, "02:30", berlin))
    assert len(found) == days + 1


CHILD = """
import asyncio, sys
from pathlib import Path
from zoneinfo import ZoneInfo
from company import objects
from company.backups.place import BackupPlace
from company.books import SqliteBooks
from company.clock import SystemClock
from company.config import Settings
from company.secrets import Secrets
from company.texts import Texts
from heartbeat.nightly import NightlyBackup
folder = Path(sys.argv[1])
sync = objects._sync
def slow(of):  # tells of each step towards the disk, so that the kill falls between two of them
    print("step", flush=True)
    sys.stdin.readline()
    sync(of)
objects._sync = slow
async def main():
    settings = Settings.model_validate({"company": {"data_dir": str(folder)}, "backup": {"nightly": "03:30"}})
    books = SqliteBooks(folder / "nexus.db", audit_key=sys.argv[2].encode())
    await books.open()
    clock = SystemClock()
    place = BackupPlace(folder, settings, Secrets(folder / "secrets", {"AUDIT_KEY": sys.argv[2]}), clock, "1")
    nightly = NightlyBackup(settings.backup, place, books, "here", {}, clock, ZoneInfo("UTC"), Texts())
    await nightly.open()
    print("begins", flush=True)
    print(await nightly.if_due(), flush=True)
asyncio.run(main())
"""


def begun(folder: Path) -> subprocess.Popen[str]:
    """A child that is about to take its first step towards the disk."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), AUDIT_KEY], cwd=ROOT, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "begins\n"
    return child


@pytest.mark.kills
async def test_kill_9_in_the_middle_is_made_up_for_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """The company is as old as the turned clock is: in 2020, so that every child is a night late."""
    clock = TurnedClock(1_600_000_000_000)
    books = SqliteBooks(tmp_path / "nexus.db", audit_key=AUDIT_KEY.encode())
    await books.open()
    await books.write(lambda tx: audit.record(tx, clock.now(), "test", "company.began"))
    await books.close()
    (tmp_path / "uploads").mkdir()
    for number in range(12):
        (tmp_path / "uploads" / f"{number}.txt").write_text(f"file {number} " * 100)

    def cut_short(taken: int) -> int:
        return killed_at(begun(tmp_path), taken)

    steps = (1, 8, 14)
    assert [await asyncio.to_thread(cut_short, taken) for taken in steps] == list(steps)

    books = SqliteBooks(tmp_path / "nexus.db", audit_key=AUDIT_KEY.encode())
    await books.open()
    assert await books.read(audit.entries, facts=frozenset({MADE, FAILED})) == ()
    night = Night(books, clock, tmp_path, OutboxCourier(Desk.TELEGRAM))
    nightly = await night.department()
    clock.turn(DAY)
    assert await nightly.if_due()
    assert not await nightly.if_due()
    assert [one.fact for one in await night.facts()] == [MADE]
    assert len(await night.store().all()) == 1
    assert not (tmp_path / ".backup").exists()
    assert stat.S_IMODE((tmp_path / LOCK).stat().st_mode) == 0o600
    await books.close()
