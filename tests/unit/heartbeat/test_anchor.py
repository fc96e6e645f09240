"""heartbeat/anchor.py: what was told to a place outside the database finds a cut or rewritten record (P5)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, delete, select

from company import audit, people
from company.books import SqliteBooks
from company.config import AuditSettings
from company.records import Desk, Role
from company.schema import anchors
from company.schema import audit as audit_table
from company.topics import Topic
from heartbeat.anchor import Anchoring
from tests.fakes.clock import TurnedClock
from tests.unit.company.house_doubles import TEXTS, OutboxCourier, posted

HOUR = 3600


@pytest.fixture
def anchoring(books: SqliteBooks, clock: TurnedClock, tmp_path: Path) -> Anchoring:
    return Anchoring(
        AuditSettings(anchor_hour=13), tmp_path, books, {Desk.TELEGRAM: OutboxCourier(Desk.TELEGRAM)}, clock,
        ZoneInfo("UTC"), TEXTS,
    )  # fmt: skip


def some_facts(tx: Connection) -> None:
    for number in range(10):
        audit.record(tx, number, "x", "fact", n=number)


async def verdict(books: SqliteBooks, anchoring: Anchoring) -> audit.Verification:
    witnesses = await asyncio.to_thread(anchoring.witnesses)
    return await books.read(audit.verify, witnesses)


async def test_an_empty_record_needs_no_anchor(anchoring: Anchoring) -> None:
    assert await anchoring.anchor() is None


async def test_a_cut_tail_is_found_by_the_file_even_when_the_table_is_cut_too(
    books: SqliteBooks, anchoring: Anchoring
) -> None:
    await books.write(some_facts)
    told = await anchoring.anchor()
    assert told is not None
    assert told.number == 10
    sound = await verdict(books, anchoring)
    assert (sound.sound, sound.anchors) == (True, 2)  # file and table say the same

    def cut(tx: Connection) -> None:
        tx.execute(delete(audit_table).where(audit_table.c.number > 7))
        tx.execute(delete(anchors))

    await books.write(cut)
    assert (await books.read(audit.verify)).sound  # the database alone can't know
    found = await verdict(books, anchoring)
    assert not found.sound
    assert "rows after 7 are gone" in found.problem
    await books.write(some_facts)  # the thief writes others in their stead
    found = await verdict(books, anchoring)
    assert not found.sound
    assert "row 10 differs" in found.problem


async def test_the_board_is_told_in_telegram(books: SqliteBooks, anchoring: Anchoring) -> None:
    def write(tx: Connection) -> None:
        for chat, role in (("1", Role.BOARD), ("2", Role.BOARD), ("3", Role.MEMBER)):
            person = people.add(tx, 1, name=chat, role=role, language="en", by="x")
            people.identify(tx, 1, person, Desk.TELEGRAM, chat)

    await books.write(write)
    told = await anchoring.anchor()
    assert told is not None
    rows = await posted(books)
    assert [chat for _, chat, _ in rows] == ["1", "2"]
    assert all(told.hash in payload and "needs no answer" in payload for _, _, payload in rows)
    assert (await verdict(books, anchoring)).anchors == 4


async def test_once_a_day_from_its_hour_on(books: SqliteBooks, anchoring: Anchoring, clock: TurnedClock) -> None:
    await books.write(some_facts)
    assert not await anchoring.if_due()  # 11:06
    clock.turn(2 * HOUR)
    assert await anchoring.if_due()  # 13:06
    clock.turn(3 * HOUR)
    assert not await anchoring.if_due()
    clock.turn(19 * HOUR)
    assert not await anchoring.if_due()  # 11:06 the next day
    clock.turn(9 * HOUR)
    assert await anchoring.if_due()  # 20:06: late is better than never
    assert len(await asyncio.to_thread(anchoring.witnesses)) == 2


async def test_a_broken_line_hides_no_other(books: SqliteBooks, anchoring: Anchoring, tmp_path: Path) -> None:
    await books.write(some_facts)
    await anchoring.anchor()
    file = tmp_path / "audit-anchors.jsonl"
    assert (await asyncio.to_thread(file.stat)).st_mode & 0o777 == 0o600
    before = await asyncio.to_thread(file.read_text)
    await asyncio.to_thread(file.write_text, 'torn {"num\n' + before + '5\n{"number": 3}\n[1]\n')
    assert [anchor.number for anchor in await asyncio.to_thread(anchoring.witnesses)] == [10]


async def test_no_file_is_no_witness(anchoring: Anchoring) -> None:
    assert await asyncio.to_thread(anchoring.witnesses) == ()


async def test_a_chat_that_muted_the_seal_is_no_witness(books: SqliteBooks, anchoring: Anchoring) -> None:
    """What is not shown there must not be counted as told there."""

    def board(tx: Connection) -> None:
        person = people.add(tx, 1, name="Ada", role=Role.BOARD, language="en", by="test")
        people.identify(tx, 1, person, Desk.TELEGRAM, "42")

    await books.write(board)
    courier = anchoring._couriers[Desk.TELEGRAM]
    assert isinstance(courier, OutboxCourier)
    courier.muted = frozenset({Topic.ANCHOR})
    await anchoring.anchor()
    places = await books.read(lambda tx: set(tx.scalars(select(anchors.c.place))))
    assert places == {"file"}
    courier.muted = frozenset()
    await books.write(some_facts)
    await anchoring.anchor()
    places = await books.read(lambda tx: set(tx.scalars(select(anchors.c.place))))
    assert places == {"file", "telegram:42"}
