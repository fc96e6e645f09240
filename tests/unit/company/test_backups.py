"""company/backups: what is backed up comes back; damage is named; nothing living is written over."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from company import audit, work_orders
from company.backups.copying import copy_sqlite
from company.backups.making import Backups, Sources
from company.backups.manifest import PART, read_manifest
from company.backups.restoring import check, restore
from company.books import PostgresBooks, SqliteBooks
from company.errors import BackupError, NoRoom, ObjectLost
from company.objects import LocalObjects, Tree
from company.records import Person
from company.secrets import Secret
from tests.conftest import AUDIT_KEY
from tests.fakes.clock import TurnedClock
from tests.unit.company.at_work import accepted
from tests.unit.company.house_doubles import World

KEY = Secret(AUDIT_KEY.decode(), "test")


@pytest.fixture
def sources(books: SqliteBooks, tmp_path: Path) -> Sources:
    """A data folder with books, two documents, a note, the record's second file, and what is derived."""
    big = bytes(range(256)) * (PART // 100)
    for name, data in {
        "uploads/lease.pdf": big, "private/telegram-100/letter.txt": b"private", "notes/a.md": b"note",
        "audit-anchors.jsonl": b"{}\n", "knowledge.db": b"derived", "secrets/telegram_bot_token": b"secret-token",
        "empty/.keep": b"", "uploads/empty.txt": b"",
    }.items():  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "config.local.toml").write_text('[company]\nname = "ACME"\n')
    (tmp_path / "uploads" / "link").symlink_to("/etc/hostname")
    return Sources(
        data_dir=tmp_path, settings_file=tmp_path / "elsewhere" / "config.local.toml", sqlite_path=Path("nexus.db"),
        stand_in=Path("stand-in.db"), anchor_file=Path("audit-anchors.jsonl"), company="ACME", version="1",
    )  # fmt: skip


@pytest.fixture
def backups(tmp_path: Path, clock: TurnedClock) -> Backups:
    return Backups(LocalObjects(tmp_path / "objects"), clock, tmp_path)


def fact(tx: Connection) -> int:
    return audit.record(tx, 1, "x", "thing.happened", words="so many words " * 40)


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


async def test_a_company_comes_back_with_its_orders_and_its_record(
    world: World, owner: Person, sources: Sources, backups: Backups, tmp_path: Path
) -> None:
    order = await accepted(world, owner)
    told: list[tuple[int, int]] = []
    made = await backups.make(sources, keep=3, tell=lambda done, whole: told.append((done, whole)))  # books are open
    assert told[-1][0] == told[-1][1] == made.size
    await accepted(world, owner, update="2")  # after the backup: not in it

    key, manifest = await backups.find("latest")
    assert key == made.id
    done = await restore(backups, manifest, tmp_path / "back", KEY)
    assert done.orders == 1
    back = await asyncio.to_thread(files_of, tmp_path / "back")
    assert set(back) == {
        "nexus.db", "uploads/lease.pdf", "uploads/empty.txt", "private/telegram-100/letter.txt", "notes/a.md",
        "audit-anchors.jsonl", "config.local.toml", "secrets/audit_key",
    }  # fmt: skip
    for name in ("uploads/lease.pdf", "private/telegram-100/letter.txt", "uploads/empty.txt", "notes/a.md"):
        assert back[name] == (tmp_path / name).read_bytes()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "back").rglob("*") if path.is_file()}
    assert modes == {0o600}

    again = SqliteBooks(tmp_path / "back" / "nexus.db", audit_key=AUDIT_KEY)
    await again.open()
    assert (await again.read(work_orders.get, order.id)) == order
    assert (await again.read(audit.verify)).sound
    await again.close()


async def test_secrets_are_in_no_object_unless_the_key_is_asked_for(
    sources: Sources, backups: Backups, clock: TurnedClock
) -> None:
    await backups.make(sources, keep=3)
    folder = sources.data_dir / "objects"
    kept = b"".join((await asyncio.to_thread(files_of, folder)).values())
    assert b"secret-token" not in kept
    assert AUDIT_KEY not in kept
    clock.turn(60)
    await backups.make(replace(sources, audit_key=KEY), keep=3)
    assert AUDIT_KEY in b"".join((await asyncio.to_thread(files_of, folder)).values())
    _, manifest = await backups.find("latest")
    done = await restore(backups, manifest, sources.data_dir / "back", None)
    assert (done.folder / "secrets" / "audit_key").read_text().strip() == AUDIT_KEY.decode()


async def test_an_unchanged_file_costs_nothing_and_changed_books_little(
    books: SqliteBooks, sources: Sources, backups: Backups, clock: TurnedClock
) -> None:
    await books.write(lambda tx: [fact(tx) for _ in range(6000)])
    first = await backups.make(sources, keep=3)
    clock.turn(60)
    await books.write(fact)
    second = await backups.make(sources, keep=3)
    assert first.fresh > 6 * PART
    assert second.size >= first.size
    assert second.fresh < first.size / 2


async def test_only_the_newest_are_kept_and_what_only_older_ones_need_goes(
    sources: Sources, backups: Backups, clock: TurnedClock
) -> None:
    for number in range(4):
        (sources.data_dir / "uploads" / f"{number}.txt").write_text(f"only in {number}")
        if number:
            (sources.data_dir / "uploads" / f"{number - 1}.txt").unlink()
        clock.turn(60)
        made = await backups.make(sources, keep=2)
    assert made.gone == 1
    known = await backups.all()
    assert len(known) == 2
    assert known[0].id == made.id
    texts = set((await asyncio.to_thread(files_of, sources.data_dir / "objects" / "uploads")).values())
    assert {b"only in 2", b"only in 3"} <= texts
    assert not {b"only in 0", b"only in 1"} & texts
    for one in known:
        assert one.manifest is not None
        assert (await check(backups, one.manifest, KEY)).problems == ()


async def test_verify_names_what_is_gone_or_damaged_and_restore_writes_nothing(
    world: World, owner: Person, sources: Sources, backups: Backups, clock: TurnedClock, tmp_path: Path
) -> None:
    await accepted(world, owner)
    await backups.make(sources, keep=3)
    _, manifest = await backups.find("latest")
    sound = await check(backups, manifest, KEY)
    assert (sound.problems, sound.notes, sound.orders) == ((), (), 1)
    assert sound.entries
    lease = next(one for one in manifest.files if one.path == "uploads/lease.pdf")
    letter = next(one for one in manifest.files if one.path.endswith("letter.txt"))
    objects = tmp_path / "objects" / "uploads"
    next(objects.rglob(lease.parts[1])).write_bytes(b"spoilt")
    next(objects.rglob(letter.parts[0])).unlink()
    found = await check(backups, manifest, KEY)
    assert [problem.partition(":")[0] for problem in found.problems] == [lease.path, letter.path]
    assert "is damaged" in found.problems[0]
    assert "is gone" in found.problems[1]
    with pytest.raises(BackupError, match="Nothing was written"):
        await restore(backups, manifest, tmp_path / "back", KEY)
    assert not (tmp_path / "back").exists()
    assert not list(tmp_path.glob(".back*"))
    clock.turn(60)
    await backups.make(sources, keep=3)  # the next backup mends what it still has
    _, manifest = await backups.find("latest")
    assert (await check(backups, manifest, KEY)).problems == ()


async def test_verify_walks_the_record_in_the_copy(books: SqliteBooks, sources: Sources, backups: Backups) -> None:
    await books.write(lambda tx: [fact(tx) for _ in range(5)])
    await books.write(lambda tx: tx.exec_driver_sql("update audit set actor = 'y' where number = 3"))
    await backups.make(sources, keep=3)
    _, manifest = await backups.find("latest")
    assert (await check(backups, manifest, KEY)).problems == ("The record: row 3 was changed.",)
    without = await check(backups, manifest, None)
    assert "was not walked" in without.notes[0]


async def test_a_list_that_was_changed_is_no_backup_and_nothing_is_pruned_by_it(
    sources: Sources, backups: Backups, tmp_path: Path
) -> None:
    first = await backups.make(sources, keep=1)
    path = next((tmp_path / "objects" / "backups").rglob(first.id))
    path.write_bytes(path.read_bytes().replace(b"ACME", b"EVIL"))
    with pytest.raises(BackupError, match="is damaged"):
        await backups.find(first.id[:8])
    before = len(await backups.objects.stored(Tree.UPLOADS))
    (sources.data_dir / "uploads" / "lease.pdf").unlink()
    await backups.make(sources, keep=1)
    assert len(await backups.objects.stored(Tree.UPLOADS)) == before


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "a\0x", ""])
def test_a_list_can_lead_nowhere_else(path: str) -> None:
    file: dict[str, Any] = {
        "path": path, "what": "file", "tree": "uploads", "size": 0, "modified_ms": 0, "parts": []
    }  # fmt: skip
    body = {"form": 1, "at": 0, "company": "x", "version": "1", "files": [file]}
    with pytest.raises(ObjectLost):
        read_manifest(json.dumps(body).encode())
    body["files"] = [{**file, "path": "uploads/..x"}]
    assert read_manifest(json.dumps(body).encode()).files


async def test_a_name_that_is_no_text_is_said_and_odd_ones_come_back(
    sources: Sources, backups: Backups, tmp_path: Path
) -> None:
    for name in ("C:\\lease.txt", "a\nb.txt", "Müller & Söhne.txt", "-rf"):
        (tmp_path / "uploads" / name).write_text(name)
    await backups.make(sources, keep=1)
    _, manifest = await backups.find("latest")
    await restore(backups, manifest, tmp_path / "back", KEY)
    assert (tmp_path / "back" / "uploads" / "C:\\lease.txt").read_text() == "C:\\lease.txt"
    assert len(list((tmp_path / "back" / "uploads").iterdir())) == 6
    (tmp_path / "uploads" / "\udcff.txt").write_text("x")
    with pytest.raises(BackupError, match="is no UTF-8 text; rename it"):
        await backups.make(sources, keep=1)


async def test_nothing_is_written_over(sources: Sources, backups: Backups, tmp_path: Path) -> None:
    await backups.make(sources, keep=1)
    _, manifest = await backups.find("latest")
    for taken in (tmp_path, tmp_path / "nexus.db"):
        with pytest.raises(BackupError, match="empty or not there"):
            await restore(backups, manifest, taken, KEY)
    (tmp_path / "hollow").mkdir()
    await restore(backups, manifest, tmp_path / "hollow", KEY)
    assert (tmp_path / "hollow" / "nexus.db").is_file()


async def test_a_full_quota_leaves_the_earlier_backup_whole(
    sources: Sources, backups: Backups, clock: TurnedClock, tmp_path: Path
) -> None:
    made = await backups.make(sources, keep=2)
    tight = Backups(LocalObjects(tmp_path / "objects", quota=made.fresh + 100), clock, tmp_path)
    (tmp_path / "uploads" / "more.bin").write_bytes(b"m" * 5000)
    with pytest.raises(NoRoom):
        await tight.make(sources, keep=2)
    _, manifest = await backups.find("latest")
    assert (await check(backups, manifest, KEY)).problems == ()


async def test_one_at_a_time_and_no_books_no_backup(sources: Sources, backups: Backups, tmp_path: Path) -> None:
    async with backups.alone():
        with pytest.raises(BackupError, match="is at work"):
            await Backups(backups.objects, TurnedClock(), tmp_path).make(sources, keep=1)
    with pytest.raises(BackupError, match="no books"):
        await backups.make(replace(sources, sqlite_path=Path("other.db")), keep=1)
    assert await backups.all() == ()
    with pytest.raises(BackupError, match="no backup begins"):
        await backups.find("latest")


async def test_the_copy_is_of_one_moment_while_others_write(books: SqliteBooks, tmp_path: Path) -> None:
    """Two numbers that every transaction keeps equal are equal in each copy."""
    await books.write(lambda tx: tx.exec_driver_sql("create table pair (a int, b int)"))
    await books.write(lambda tx: tx.exec_driver_sql("insert into pair values (0, 0)"))
    over, turns = asyncio.Event(), 0

    def both(tx: Connection) -> None:
        tx.exec_driver_sql("update pair set a = a + 1")
        fact(tx)
        tx.exec_driver_sql("update pair set b = b + 1")

    async def write_on() -> int:
        count = 0
        while not over.is_set():
            await books.write(both)
            count += 1
        return count

    writing = asyncio.ensure_future(write_on())
    seen = set()
    for number in range(8):
        copy = tmp_path / f"copy-{number}"
        await asyncio.to_thread(copy_sqlite, books.path, copy)
        seen.add(await asyncio.to_thread(pair_of, copy))
    over.set()
    turns = await writing
    assert turns > 0
    assert all(a == b for a, b in seen)
    assert len(seen) > 1, "nothing was written between the copies: the test shows nothing"


def pair_of(path: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        row: tuple[int, int] = connection.execute("select a, b from pair").fetchone()
        return row


@pytest.mark.postgres
async def test_books_on_postgres_are_dumped_or_said_not_to_be(
    postgres_books: PostgresBooks, postgres_url: str, postgres_schema: str, sources: Sources, backups: Backups,
    tmp_path: Path,
) -> None:  # fmt: skip
    if await asyncio.to_thread(shutil.which, "pg_dump") is None:
        pytest.skip("pg_dump is not installed here")
    await postgres_books.write(fact)
    there = replace(sources, database_url=Secret(postgres_url, "test"), schema_name=postgres_schema)
    try:
        await backups.make(there, keep=1)
    except BackupError as error:
        if "server version" in str(error):
            pytest.skip(str(error))
        raise
    _, manifest = await backups.find("latest")
    assert (await check(backups, manifest, KEY)).problems == ()
    done = await restore(backups, manifest, tmp_path / "back", KEY)
    text = (tmp_path / "back" / "books.sql").read_text()
    assert "thing.happened" in text
    assert any("psql" in line for line in done.left)
    wrong = replace(there, database_url=Secret("postgresql://x:hidden-word@127.0.0.1:1/x", "test"))
    with pytest.raises(BackupError, match="pg_dump could not") as said:
        await backups.make(wrong, keep=1)
    assert "hidden-word" not in str(said.value)
