"""Retention with a fast clock: each class goes at its age and not before, in batches, once; the record stays whole."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, insert, select

from bot import held, notes
from company import audit, people, projects, work_orders
from company.audit import Anchor
from company.books import Books
from company.config import Settings
from company.config_documents import RetentionSettings
from company.document_origins import seal
from company.errors import Refused
from company.operations.papers import Papers
from company.records import ConversationKey, Desk, Person, Request, Role, State
from company.schema import attempts, desk_notes, documents, incoming, ledger, orders, turns
from company.schema import projects as projects_table
from heartbeat.anchor import Anchoring
from heartbeat.pulse import Pulse
from heartbeat.retention import BATCH, DAY_MS, EVERY_S, Kept, Retention, retention_of
from knowledge.library import LocalLibrary
from tests.fakes.clock import TurnedClock

DAYS = {"updates": 30, "transcripts": 90, "failed uploads": 30, "closed projects": 30}


@pytest.fixture
def books(any_books: Books) -> Books:
    """On both databases."""
    return any_books


@pytest.fixture
async def library(tmp_path: Path, clock: TurnedClock, books: Books) -> AsyncIterator[LocalLibrary]:
    (tmp_path / "documents").mkdir()
    made = LocalLibrary(
        Settings().knowledge, data_dir=tmp_path / "data", root=tmp_path, clock=clock, books=Papers(books, clock)
    )
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def ada(books: Books) -> Person:
    return await books.write(lambda tx: people.add(tx, 1, name="Ada", role=Role.BOARD, language="en", by="test"))


async def one_of_each(books: Books, clock: TurnedClock, library: LocalLibrary, ada: Person) -> None:
    """An update, an order with its transcript, a file that can't be read, and a project that was closed with a document."""
    where = ConversationKey(desk=Desk.TELEGRAM, chat="5")

    def write(tx: Any) -> None:
        work_orders.note_incoming(
            tx, clock.now(), Desk.TELEGRAM, "u1", chat="5", message_id="1", raw='{"text": "hello"}'
        )
        order = work_orders.accept(
            tx, clock.now(),
            Request(desk=Desk.TELEGRAM, external_id="u1", conversation=where, person=ada, text="hello", received_at=1),
        )  # fmt: skip
        row = {
            "id": "a1",
            "order_id": order.id,
            "tier": "intern",
            "started_at": clock.now(),
            "draft": "A draft.",
            "outcome": "pass",
        }
        tx.execute(insert(attempts), [row])
        tx.execute(insert(turns), [{"attempt_id": "a1", "number": n, "message": "{}", "created_at": 1} for n in (0, 1)])
        tx.execute(orders.update().values(state=State.DELIVERED, finished_at=clock.now(), answer="Hello, Ada."))
        project = projects.make(tx, clock.now(), "Apollo", ada)
        assert project is not None
        projects.use(tx, clock.now(), f"person:{ada.id}", project, by=ada)

    await books.write(write)
    await library.keep("rocket.txt", b"The rocket Cassiopeia stands at Kourou.", reader=ada.id)

    def shut(tx: Any) -> None:
        project = projects.by_name(tx, "Apollo")
        assert project is not None
        projects.close(tx, clock.now(), project, by=ada)

    await books.write(shut)
    with pytest.raises(Refused):
        await library.keep("broken.pdf", b"no pdf at all", reader=ada.id)
    failed = await asyncio.to_thread(lambda: next(library._uploads.private.rglob("broken.pdf")))
    await asyncio.to_thread(os.utime, failed, (clock.now() / 1000, clock.now() / 1000))
    await library.sync()


async def test_each_class_goes_at_its_age_once_and_the_record_stays_whole(
    books: Books, clock: TurnedClock, library: LocalLibrary, ada: Person, tmp_path: Path
) -> None:
    await one_of_each(books, clock, library, ada)
    retention = retention_of(RetentionSettings(), books, clock, library)
    number, digest = await books.read(audit.tip)
    await books.write(audit.anchored, Anchor(number=number, hash=digest, at=clock.now(), place="file"))
    born, gone = clock.now(), dict[str, int]()
    for day in range(0, 92):
        clock.jump((born + day * DAY_MS - clock.now()) / 1000 + 1)
        for name, count in (await retention.purge()).items():
            assert name not in gone, "twice"
            assert day == DAYS[name], name
            gone[name] = count
        assert await retention.purge() == {}  # at once again: nothing
    assert gone == dict.fromkeys(DAYS, 1)

    left = await books.read(lambda tx: {
        "raw": tx.scalar(select(incoming.c.raw)), "turns": tx.scalar(select(func.count()).select_from(turns)),
        "draft": tx.scalar(select(attempts.c.draft)), "answer": tx.scalar(select(orders.c.answer)),
        "projects": tx.scalar(select(func.count()).select_from(projects_table)),
        "documents": tx.scalar(select(func.count()).select_from(documents)),
        "tokens": tx.scalar(select(func.count()).select_from(ledger)),
    })  # fmt: skip
    assert left == {
        "raw": "", "turns": 0, "draft": "", "answer": "Hello, Ada.", "projects": 0, "documents": 0, "tokens": 0,
    }  # fmt: skip
    files = await asyncio.to_thread(
        lambda: [one.name for one in (tmp_path / "data").rglob("*") if one.suffix in (".txt", ".pdf")]
    )
    assert files == []
    with sqlite3.connect(tmp_path / "data" / "knowledge.db") as index:  # no embedding of what is gone, no word of it
        assert [index.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("passages", "vectors")] == [
            0,
            0,
        ]
    told = await books.read(audit.entries, fact="retention.purged")
    assert {one.payload["what"]: one.payload["count"] for one in told} == gone
    verified = await books.read(audit.verify)
    assert (verified.sound, verified.anchors) == (True, 1)
    assert await books.read(lambda tx: seal(tx, "x", "rocket.txt")) not in str(told)


async def test_nought_keeps_for_ever(books: Books, clock: TurnedClock, library: LocalLibrary, ada: Person) -> None:
    await one_of_each(books, clock, library, ada)
    for_ever = RetentionSettings(updates_days=0, transcripts_days=0, failed_uploads_days=0, closed_projects_days=0)
    retention = retention_of(for_ever, books, clock, library)
    clock.jump(4000 * 86_400)
    assert await retention.purge() == {}
    assert await books.read(lambda tx: tx.scalar(select(func.count()).select_from(turns))) == 2


async def test_what_waits_and_what_runs_is_not_touched(
    books: Books, clock: TurnedClock, library: LocalLibrary, ada: Person
) -> None:
    await one_of_each(books, clock, library, ada)

    def wait(tx: Any) -> None:
        notes.put(tx, "parcel:00000000000000000001:u1", "5")  # a file that is still to be fetched
        tx.execute(orders.update().values(state=State.WAITING, finished_at=None))

    await books.write(wait)
    clock.jump(400 * 86_400)
    gone = await retention_of(RetentionSettings(), books, clock, library).purge()
    assert set(gone) == {"failed uploads", "closed projects"}
    assert await books.read(held.raw_of, "u1") == '{"text": "hello"}'


async def test_files_that_can_not_be_deleted_keep_their_project_and_say_so(
    books: Books, clock: TurnedClock, library: LocalLibrary, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await one_of_each(books, clock, library, ada)
    clock.jump(400 * 86_400)
    retention = retention_of(RetentionSettings(), books, clock, library)

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as disk:
        disk.setattr("knowledge.intake.shutil.rmtree", refuse)
        assert "closed projects" not in await retention.purge()
    assert [one.part for one in retention.health()] == ["retention of closed projects"]
    assert await books.read(lambda tx: tx.scalar(select(func.count()).select_from(projects_table))) == 1
    assert (await retention.purge())["closed projects"] == 1
    assert retention.health() == ()


async def test_any_number_of_notes_may_be_held(books: Books, clock: TurnedClock, library: LocalLibrary) -> None:
    """More than a statement may have parameters; and of two old updates the one that a note ends with stays."""
    rows = [{"desk": Desk.TELEGRAM, "name": f"high:{number}", "value": "1"} for number in range(33_000)]
    updates = [
        {"desk": Desk.TELEGRAM, "external_id": key, "received_at": clock.now(), "chat": "1", "raw": "{}"}
        for key in ("u1", "1:u2")
    ]

    def write(tx: Any) -> None:
        tx.execute(insert(desk_notes), rows)
        tx.execute(insert(incoming), updates)
        notes.put(tx, "parcel:00000000000000000001:1:u2", "1")

    await books.write(write)
    clock.jump(400 * 86_400)
    assert await retention_of(RetentionSettings(), books, clock, library).purge() == {"updates": 1}
    assert (await books.read(held.raw_of, "u1"), await books.read(held.raw_of, "1:u2")) == ("", "{}")


async def test_a_reopened_project_is_kept(books: Books, clock: TurnedClock, library: LocalLibrary, ada: Person) -> None:
    await one_of_each(books, clock, library, ada)

    def reopen(tx: Any) -> None:
        project = projects.by_name(tx, "Apollo")
        assert project is not None
        projects.reopen(tx, clock.now(), project, by=ada)

    await books.write(reopen)
    clock.jump(400 * 86_400)
    assert "closed projects" not in await retention_of(RetentionSettings(), books, clock, library).purge()
    (passage,) = await library.find("Where does the rocket Cassiopeia stand?", person_id=ada.id)
    assert "Kourou" in passage.text


async def test_much_goes_in_batches_and_a_class_that_fails_holds_up_no_other(books: Books, clock: TurnedClock) -> None:
    sizes: list[int] = []
    store = {"much": 2 * BATCH + 7, "other": 3}

    def class_of(name: str) -> Kept:
        async def purge(before: int, limit: int) -> int:
            assert before == clock.now() - 2 * DAY_MS
            count = min(limit, store[name])
            store[name] -= count
            sizes.append(count)
            return count

        return Kept(name=name, days=2, purge=purge)

    async def broken(before: int, limit: int) -> int:
        raise OSError("the disk is gone")

    retention = Retention((class_of("much"), Kept(name="bad", days=1, purge=broken), class_of("other")), books, clock)
    assert await retention.purge() == {"much": 2 * BATCH + 7, "other": 3}
    assert sizes == [BATCH, BATCH, 7, 3]
    assert [(one.part, one.detail) for one in retention.health()] == [("retention of bad", "the disk is gone")]


async def test_the_pulse_looks_after_it_once_an_hour(books: Books, clock: TurnedClock, tmp_path: Path) -> None:
    asked: list[int] = []

    async def purge(before: int, limit: int) -> int:
        asked.append(before)
        return 0

    settings = Settings()
    anchoring = Anchoring(settings.audit, tmp_path, books, {}, clock, ZoneInfo("UTC"), None)  # type: ignore[arg-type]
    retention = Retention((Kept(name="x", days=1, purge=purge),), books, clock)
    pulse = Pulse(settings.heartbeat, (), lambda: (), tmp_path, anchoring, clock, retention)
    running = asyncio.create_task(pulse.run())
    for _ in range(int(2.5 * EVERY_S / settings.heartbeat.interval_s)):
        await clock.until_asleep()
        clock.turn(settings.heartbeat.interval_s)
    await clock.until_asleep()
    running.cancel()
    assert len(asked) == 3
