"""company/books.py: transactions with the same meaning on SQLite and on Postgres."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from company import audit
from company.books import Books, PostgresBooks, SqliteBooks, to_json
from company.errors import BooksError
from company.schema import VERSION, about, orders
from tests.conftest import AUDIT_KEY


def put(tx: Connection, name: str, value: str) -> str:
    tx.execute(insert(about), [{"name": name, "value": value}])
    return value


def get(tx: Connection, name: str) -> str | None:
    return tx.scalar(select(about.c.value).where(about.c.name == name))


def bump(tx: Connection, name: str) -> int:
    """Read, then write: loses counts unless writers take turns."""
    value = int(get(tx, name) or 0) + 1
    tx.execute(update(about).where(about.c.name == name).values(value=str(value)))
    return value


async def test_a_commit_is_seen_and_its_result_returned(any_books: Books) -> None:
    assert await any_books.write(put, "colour", "green") == "green"
    assert await any_books.read(get, "colour") == "green"


async def test_an_error_takes_everything_back(any_books: Books) -> None:
    def half(tx: Connection) -> None:
        put(tx, "half", "1")
        raise KeyError("in the middle")

    with pytest.raises(KeyError, match="in the middle"):
        await any_books.write(half)
    assert await any_books.read(get, "half") is None
    await any_books.write(put, "half", "2")
    assert await any_books.read(get, "half") == "2"


async def test_a_broken_constraint_takes_everything_back_and_the_books_go_on(any_books: Books) -> None:
    def twice(tx: Connection) -> None:
        put(tx, "one", "1")
        put(tx, "one", "2")

    with pytest.raises(IntegrityError):
        await any_books.write(twice)
    assert await any_books.write(put, "one", "3") == "3"


async def test_foreign_keys_and_closed_sets_hold(any_books: Books) -> None:
    def orphan(tx: Connection) -> None:
        row = {"id": "o", "number": 1, "conversation_id": "none", "person_id": "none", "state": "accepted"}
        tx.execute(insert(orders), [{**row, "created_at": 1, "updated_at": 1}])

    def unknown_role(tx: Connection) -> None:
        tx.execute(text("insert into people (id, role, created_at) values ('p', 'emperor', 1)"))

    for change in (orphan, unknown_role):
        with pytest.raises(IntegrityError):
            await any_books.write(change)


async def test_fifty_writers_lose_no_count(any_books: Books) -> None:
    await any_books.write(put, "count", "0")
    seen = await asyncio.gather(*(any_books.write(bump, "count") for _ in range(50)))
    assert sorted(seen) == list(range(1, 51))
    assert await any_books.read(get, "count") == "50"


async def test_two_processes_worth_of_books_take_turns_too(any_books: Books, request: pytest.FixtureRequest) -> None:
    """A second set of connections stands for a second process: nothing in memory is shared."""
    other = _beside(any_books, request)
    await other.open()
    try:
        await any_books.write(put, "count", "0")
        both = [books.write(bump, "count") for books in (any_books, other) for _ in range(15)]
        assert sorted(await asyncio.gather(*both)) == list(range(1, 31))
    finally:
        await other.close()


def _beside(books: Books, request: pytest.FixtureRequest) -> Books:
    if isinstance(books, SqliteBooks):
        return SqliteBooks(books.path, audit_key=AUDIT_KEY)
    from company.secrets import Secret

    url, schema_name = request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres_schema")
    return PostgresBooks(Secret(url, "test"), audit_key=AUDIT_KEY, schema_name=schema_name)


async def test_a_reader_keeps_its_snapshot_while_a_writer_commits(books: SqliteBooks) -> None:
    await books.write(put, "page", "old")
    looked, committed = threading.Event(), threading.Event()

    def look_twice(tx: Connection) -> tuple[str | None, str | None]:
        first = get(tx, "page")
        looked.set()
        assert committed.wait(10)
        return first, get(tx, "page")

    reading = asyncio.ensure_future(books.read(look_twice))
    await asyncio.to_thread(looked.wait, 10)
    await books.write(lambda tx: tx.execute(update(about).where(about.c.name == "page").values(value="new")) and None)
    committed.set()
    assert await reading == ("old", "old")
    assert await books.read(get, "page") == "new"


async def test_a_read_does_not_wait_for_a_running_write(books: SqliteBooks) -> None:
    inside, finish = threading.Event(), threading.Event()

    def slow(tx: Connection) -> None:
        put(tx, "slow", "1")
        inside.set()
        assert finish.wait(10)

    writing = asyncio.ensure_future(books.write(slow))
    await asyncio.to_thread(inside.wait, 10)
    assert await books.read(get, "slow") is None
    finish.set()
    await writing


@pytest.mark.postgres
async def test_a_reader_keeps_its_snapshot_on_postgres(postgres_books: PostgresBooks) -> None:
    """The second look comes after another transaction committed, through the same greenlet bridge as the product's."""
    await postgres_books.write(put, "page", "old")
    first_look, again = asyncio.Event(), asyncio.Event()

    async def look_twice() -> tuple[object, object]:
        async with postgres_books._opened.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            query = select(about.c.value).where(about.c.name == "page")
            first = await connection.scalar(query)
            first_look.set()
            await again.wait()
            return first, await connection.scalar(query)

    reading = asyncio.ensure_future(look_twice())
    await first_look.wait()
    await postgres_books.write(bump_text, "page", "new")
    again.set()
    assert await reading == ("old", "old")
    assert await postgres_books.read(get, "page") == "new"


def bump_text(tx: Connection, name: str, value: str) -> None:
    tx.execute(update(about).where(about.c.name == name).values(value=value))


async def test_a_read_cannot_write(any_books: Books) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"):
        await any_books.read(put, "sneaky", "1")
    assert await any_books.read(get, "sneaky") is None


async def test_audit_listeners_hear_of_commits_only(any_books: Books) -> None:
    heard: list[int] = []
    any_books.on_audit = heard.append

    def fact(tx: Connection, *, fail: bool) -> None:
        audit.record(tx, 1, "test", "thing.done")
        if fail:
            raise ValueError("no")

    await any_books.write(put, "quiet", "1")
    await any_books.write(fact, fail=False)
    with pytest.raises(ValueError, match="no"):
        await any_books.write(fact, fail=True)
    await any_books.write(fact, fail=False)
    assert heard == [1, 2]


async def test_opening_again_finds_what_was_written(tmp_path: Path) -> None:
    for expected in (None, "kept"):
        books = SqliteBooks(tmp_path / "nexus.db", audit_key=AUDIT_KEY)
        await books.open()
        assert await books.read(get, "thing") == expected
        if expected is None:
            await books.write(put, "thing", "kept")
        await books.close()


async def test_the_file_is_private_and_every_commit_is_synced(books: SqliteBooks) -> None:
    assert books.path.stat().st_mode & 0o777 == 0o600

    def pragmas(tx: Connection) -> list[object]:
        return [
            tx.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert await books.write(pragmas) == ["wal", 2, 1]


async def test_closing_finishes_queued_writes(tmp_path: Path) -> None:
    books = SqliteBooks(tmp_path / "nexus.db", audit_key=AUDIT_KEY)
    await books.open()
    writes = [asyncio.ensure_future(books.write(put, f"n{n}", "1")) for n in range(20)]
    await asyncio.sleep(0)
    await books.close()
    assert await asyncio.gather(*writes) == ["1"] * 20
    with sqlite3.connect(tmp_path / "nexus.db") as raw:
        assert raw.execute("select count(*) from about where name like 'n%'").fetchone() == (20,)
    raw.close()


async def refused(path: Path) -> str:
    """Open books that can't be used; return the sentence. Closing afterwards must be safe."""
    books = SqliteBooks(path, audit_key=AUDIT_KEY, busy_timeout_s=0.05)
    with pytest.raises(BooksError) as caught:
        await books.open()
    await books.close()
    sentence = str(caught.value)
    assert str(path) in sentence or "database" in sentence
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    return sentence


async def test_a_newer_schema_is_refused_untouched(any_books: Books, request: pytest.FixtureRequest) -> None:
    await any_books.write(bump_text, "schema_version", str(VERSION + 1))
    other = _beside(any_books, request)
    with pytest.raises(BooksError, match=rf"newer NEXUS \(schema {VERSION + 1}, this one knows {VERSION}\)"):
        await other.open()
    await other.close()
    assert await any_books.read(get, "schema_version") == str(VERSION + 1)


async def test_a_folder_that_is_none_or_can_t_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "can't be written (Not a directory)" in await refused(tmp_path / "file" / "nexus.db")
    assert "can't be written (No such file or directory)" in await refused(tmp_path / "nowhere" / "nexus.db")
    (tmp_path / "folder.db").mkdir()
    assert "can't be written" in await refused(tmp_path / "folder.db")


async def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "nexus.db"
    path.write_bytes(b"Dear diary, " * 1000)
    assert "file is not a database" in await refused(path)
    assert path.read_bytes() == b"Dear diary, " * 1000


async def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nexus.db"
    books = SqliteBooks(path, audit_key=AUDIT_KEY)
    await books.open()
    for n in range(400):
        await books.write(put, f"n{n}", "x" * 500)
    await books.close()
    content = bytearray(path.read_bytes())
    half = len(content) // 2
    content[half : half + 8192] = b"\xff" * 8192
    path.write_bytes(content)
    assert "restore a backup" in await refused(path)


async def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nexus.db"
    with sqlite3.connect(path) as raw:
        raw.execute("create table recipes (name text)")
    raw.close()
    assert "tables of another program" in await refused(path)


async def test_a_database_held_by_another_process_is_called_in_use(tmp_path: Path) -> None:
    path = tmp_path / "nexus.db"
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("begin exclusive")
    assert "in use by another process" in await refused(path)
    raw.close()


async def test_a_full_disk_fails_the_write_and_keeps_the_books(books: SqliteBooks) -> None:
    """The largest file this process may write is held down for a moment: the kernel answers as a full disk would."""
    await books.write(put, "before", "1")
    wal = books.path.with_name(books.path.name + "-wal")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size + 20_000, hard))
    try:
        with pytest.raises(OperationalError):
            await books.write(put, "large", "x" * 200_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert await books.read(get, "large") is None
    assert await books.write(put, "after", "1") == "1"
    assert await books.read(get, "before") == "1"


def test_equal_values_are_equal_text() -> None:
    assert to_json({"b": [1, 2], "a": "é"}) == to_json({"a": "é", "b": [1, 2]}) == '{"a":"é","b":[1,2]}'


async def test_what_can_not_be_opened_for_writing_is_refused_at_the_start(tmp_path: Path) -> None:
    """A folder in place of the file: root may write into a read-only one. `touch` alone would pass on both."""
    path = tmp_path / "nexus.db"
    path.mkdir()
    assert f"The database {path} can't be written" in await refused(path)
