"""The door to the database: transactions over the books, on SQLite or Postgres, with the same meaning on both.

A change is a plain function over an open transaction, `def settle(tx: Connection, ...)`: `books.write(settle, ...)`
runs it, commits, and returns what it returned; `books.read(...)` does the same without writing. Writes are one at a
time on both databases (SQLite's `BEGIN IMMEDIATE`; a transaction-wide advisory lock on Postgres), over all processes,
so that caps, claims and the audit chain need no further locking (docs/adr/0004).

When Postgres drops the connection, the transaction is tried again; whether a commit that got no answer took place is
asked of the server first, so no change is made twice.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from pathlib import Path
from threading import local
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from company import schema
from company.errors import BooksError, BooksUnreachable
from company.secrets import Secret

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

P = ParamSpec("P")
T = TypeVar("T")

WRITE_LOCK = 0x6E657875  # "nexu": the key of the advisory lock that makes writers take turns on Postgres
AUDIT_KEY = "audit_key"
AUDITED = "audited_up_to"
TIP = "audit_tip"  # the chain's tip as this transaction left it; so a change must use no savepoints
READERS = 2
LOCK_WRITES = text(f"select pg_current_xact_id()::text from (select pg_advisory_xact_lock({WRITE_LOCK})) as turn")
FATE = text("select pg_xact_status(cast(cast(:number as text) as xid8))")
"""Was a transaction committed? Postgres remembers, through crashes too (functions-info.html, since version 13)."""


def _fields(value: object) -> dict[str, object]:
    """A record as the object of its fields; the encoder comes back for the records in it."""
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{type(value).__name__} can't be written as JSON")
    return {field.name: getattr(value, field.name) for field in fields(value)}


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_fields)


def to_json(value: object) -> str:
    """Canonical JSON: sorted keys, no blanks, UTF-8 kept; equal values are equal text (after RFC 8785 in spirit).

    Records (dataclasses) are written as objects of their fields.
    """
    return _CANONICAL.encode(value)


class Books(Protocol):
    """Transactions over the company's tables."""

    dialect: str
    on_audit: Callable[[int], None] | None  # told the newest audit number after each commit that added one

    async def open(self) -> None:
        """Connect, check, migrate. Raises `BooksError` with a sentence that helps."""
        ...

    async def close(self) -> None:
        """Finish what runs and let go."""
        ...

    async def write(self, change: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `change(tx, ...)` in one transaction that no other writer overlaps, commit, return its result."""
        ...

    async def read(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `query(tx, ...)` on a consistent snapshot."""
        ...

    async def scrub(self) -> None:
        """Have the disk let go of words that were overwritten, as far as the database can."""
        ...


class SqliteBooks:
    """The books in one SQLite file: one writer thread, two reader threads, one hop per transaction.

    WAL with `synchronous=FULL`: a commit that returned survives a power cut (sqlite.org/pragma.html).

    Args:
        path: the database file; made with mode 0600 in a folder that must exist.
        audit_key: the key of the audit chain (`company.audit`).
        busy_timeout_s: how long a write waits for another process's lock, seconds.
    """

    dialect = "sqlite"

    def __init__(self, path: Path, *, audit_key: bytes, busy_timeout_s: float = 10.0) -> None:
        self.path = path
        self.on_audit: Callable[[int], None] | None = None
        self._audit_key = audit_key
        self._busy_timeout_s = busy_timeout_s
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="books-write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="books-read")
        self._engines: list[Engine] = []
        self._connections: list[Connection] = []
        self._mine = local()

    async def open(self) -> None:
        """Open the file, check it (`PRAGMA quick_check`), bring its schema up to date.

        Raises:
            BooksError: unwritable folder, no database, a damaged file, or one from a newer NEXUS.
        """
        await asyncio.get_running_loop().run_in_executor(self._writer, self._prepare)

    def _prepare(self) -> None:
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))  # `touch` would pass on one that is read-only
        except OSError as error:
            raise BooksError(
                f"The database {self.path} can't be written ({error.strerror}); give this user the right to write "
                f"there, or set [company] data_dir to another folder."
            ) from None
        try:
            connection = self._connection(writing=True)
            result = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
            connection.rollback()
            if result != "ok":
                raise BooksError(_unusable(self.path, " ".join(str(result).split())))
            raw = cast(sqlite3.Connection, connection.connection.dbapi_connection)
            raw.execute("PRAGMA foreign_keys=OFF")  # a migration may rebuild a table; `company.migrate` checks them
            with connection.begin():
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                bring_up_to_date(connection, f"The database {self.path}")
            raw.execute("PRAGMA foreign_keys=ON")
            raw.execute("PRAGMA journal_mode=WAL")  # lasts; only now, for another program's file is not ours to change
        except (DBAPIError, sqlite3.DatabaseError) as error:
            cause = getattr(error, "orig", error)
            raise BooksError(_unusable(self.path, cause)) from None

    async def close(self) -> None:
        """Finish queued writes, then close every connection."""
        await asyncio.to_thread(self._shut)

    def _shut(self) -> None:
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        for connection in self._connections:
            connection.close()
        for engine in self._engines:
            engine.dispose()
        self._connections.clear()
        self._engines.clear()

    async def write(self, change: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One transaction on the writer thread."""
        loop = asyncio.get_running_loop()
        result, audited = await loop.run_in_executor(self._writer, lambda: self._write(change, *args, **kwargs))
        if audited is not None and self.on_audit is not None:
            self.on_audit(audited)
        return result

    async def read(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One snapshot on a reader thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self._read(query, *args, **kwargs))

    async def scrub(self) -> None:
        """Empty the write-ahead log; in the file itself what is overwritten or deleted is gone (`secure_delete`)."""
        await asyncio.get_running_loop().run_in_executor(self._writer, self._empty_log)

    def _empty_log(self) -> None:
        raw = cast(sqlite3.Connection, self._connection(writing=True).connection.dbapi_connection)
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _write(
        self, change: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> tuple[T, int | None]:
        connection = self._connection(writing=True)
        connection.info.pop(AUDITED, None)
        connection.info.pop(TIP, None)
        with connection.begin():
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            result = change(connection, *args, **kwargs)
        return result, connection.info.pop(AUDITED, None)

    def _read(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        connection = self._connection(writing=False)
        with connection.begin():
            connection.exec_driver_sql("BEGIN")
            return query(connection, *args, **kwargs)

    def _connection(self, *, writing: bool) -> Connection:
        mine: Connection | None = getattr(self._mine, "connection", None)
        if mine is None:
            engine = self._engine(writing=writing)
            mine = engine.connect()
            mine.info[AUDIT_KEY] = self._audit_key
            self._mine.connection = mine
            self._engines.append(engine)
            self._connections.append(mine)
        return mine

    def _engine(self, *, writing: bool) -> Engine:
        engine = create_engine(
            f"sqlite:///{self.path}",
            poolclass=NullPool,
            connect_args={"check_same_thread": False, "timeout": self._busy_timeout_s},
        )

        @event.listens_for(engine, "connect")
        def _(connection: sqlite3.Connection, _record: object) -> None:
            connection.isolation_level = None  # each transaction begins with our own BEGIN: see `_write` and `_read`
            for pragma in ("synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute(f"PRAGMA query_only={'OFF' if writing else 'ON'}")

        return engine


class PostgresBooks:
    """The books on a Postgres server: asyncpg, and the same functions through `run_sync`.

    Args:
        url: postgresql://user:password@host:port/database.
        audit_key: the key of the audit chain.
        retry_s: for how long a transaction is tried again when the server drops the connection, seconds.
    """

    dialect = "postgresql"

    def __init__(self, url: Secret, *, audit_key: bytes, retry_s: float = 20.0, schema_name: str = "") -> None:
        self._url = url
        self._audit_key = audit_key
        self._retry_s = retry_s
        self._schema_name = schema_name
        self._turn = asyncio.Lock()
        self._engine: AsyncEngine | None = None
        self.on_audit: Callable[[int], None] | None = None

    async def open(self) -> None:
        """Connect and bring the schema up to date.

        Raises:
            BooksUnreachable: the server does not answer.
            BooksError: it refuses us, holds a newer schema or another program's tables, or the URL is none.
        """
        engine = self._engine = await asyncio.to_thread(_postgres_engine, self._url, self._schema_name)
        place = f"Postgres at {engine.url.host}:{engine.url.port or 5432}"
        try:
            async with engine.begin() as connection:
                await connection.execute(LOCK_WRITES)
                await connection.run_sync(bring_up_to_date, f"The database {engine.url.database} of {place}")
        except (OSError, DBAPIError) as error:
            what = f"{place} can't be used ({_postgres_says(error)})"
            if isinstance(error, OSError) or _going_down(error):
                raise BooksUnreachable(
                    f"{what}; start it, mend DATABASE_URL, or unset it to keep the books in SQLite."
                ) from None
            raise BooksError(f"{what}; mend DATABASE_URL or the server's rights.") from None

    async def close(self) -> None:
        """Close the pool."""
        if self._engine is not None:
            await self._engine.dispose()

    async def write(self, change: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One transaction; writers of all processes take turns."""
        doubt: list[tuple[str, tuple[T, int | None]]] = []  # the transaction whose commit got no answer, its result
        async with self._turn:
            result, audited = await self._again_if_dropped(lambda: self._write(doubt, change, *args, **kwargs))
        if audited is not None and self.on_audit is not None:
            self.on_audit(audited)
        return result

    async def read(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One snapshot (repeatable read)."""
        return await self._again_if_dropped(lambda: self._read(query, *args, **kwargs))

    async def scrub(self) -> None:
        """Nothing: the server overwrites dead rows when it vacuums, and empties its log by its own settings."""

    async def _write(
        self,
        doubt: list[tuple[str, tuple[T, int | None]]],
        change: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> tuple[T, int | None]:
        async with self._opened.connect() as connection:
            async with connection.begin() as transaction:
                number: str = (await connection.execute(LOCK_WRITES)).scalar_one()
                if doubt:  # we hold the lock, so that transaction has ended: its fate is known for good
                    fate = await connection.scalar(FATE, {"number": doubt[-1][0]})
                    if fate == "committed":
                        return doubt[-1][1]
                    doubt.clear()

                def run(tx: Connection) -> tuple[T, int | None]:
                    tx.info[AUDIT_KEY] = self._audit_key
                    tx.info.pop(AUDITED, None)
                    tx.info.pop(TIP, None)
                    return change(tx, *args, **kwargs), tx.info.pop(AUDITED, None)

                done = await connection.run_sync(run)
                doubt.append((number, done))
                await transaction.commit()
            return done

    async def _read(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._opened.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            async with connection.begin():

                def run(tx: Connection) -> T:
                    tx.info[AUDIT_KEY] = self._audit_key
                    return query(tx, *args, **kwargs)

                return await connection.run_sync(run)

    async def _again_if_dropped(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Repeat after a lost connection (SQLSTATE class 08, 57P0x: admin shutdown, crash, restart)."""
        waited, pause = 0.0, 0.1
        while True:
            try:
                return await attempt()
            except (OSError, DBAPIError) as error:
                dropped = not isinstance(error, DBAPIError) or error.connection_invalidated or _going_down(error)
                if not dropped or waited >= self._retry_s:
                    raise
            await asyncio.sleep(pause)
            waited, pause = waited + pause, min(pause * 2, 2.0)

    @property
    def _opened(self) -> AsyncEngine:
        if self._engine is None:
            raise BooksError("The books are not open.")
        return self._engine


def _postgres_engine(url: Secret, schema_name: str) -> AsyncEngine:
    """An engine on asyncpg for a postgresql:// URL as servers hand them out (libpq's `sslmode` included)."""
    from sqlalchemy.ext.asyncio import create_async_engine  # 0.3 s: only where Postgres is configured

    try:
        parsed = make_url(url.reveal())
        if parsed.get_backend_name() not in ("postgresql", "postgres"):
            raise ValueError
    except (ArgumentError, ValueError):  # their sentences hold the URL, and so the password
        raise BooksError(
            f"The secret database_url ({url.source}) is no Postgres URL; write postgresql://user:password@host/database."
        ) from None
    sslmode = parsed.query.get("sslmode")
    return create_async_engine(
        parsed.set(drivername="postgresql+asyncpg").difference_update_query(["sslmode"]),
        pool_size=6, max_overflow=4, pool_pre_ping=True,
        connect_args={
            "timeout": 5,
            "server_settings": {
                "application_name": "nexus", **({"search_path": schema_name} if schema_name else {}),
            },
            **({"ssl": sslmode} if sslmode else {}),
        },
    )  # fmt: skip


def _postgres_says(error: OSError | DBAPIError) -> str:
    """What the server or the network said, without the statement and its values."""
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    return str(error.orig).rpartition("'>: ")[2].splitlines()[0]


def _going_down(error: DBAPIError) -> bool:
    code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None) or ""
    return code.startswith(("08", "57P0"))


def _unusable(path: Path, error: object) -> str:
    code = getattr(error, "sqlite_errorname", "")
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"The database {path} is in use by another process; stop that one, or give this one its own data_dir."
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return f"The database {path} can't be written ({error}); give this user the right to write it and its folder."
    if code.startswith("SQLITE_FULL"):
        return f"The disk of {path} is full; make room and start again. Nothing was changed."
    return (
        f"The database {path} can't be used: {error}. Nothing was changed. Move it aside and restore a backup, "
        f"or set [database] sqlite_path to another file."
    )


def bring_up_to_date(connection: Connection, name: str = "The database") -> None:
    """Create the tables of an empty database, migrate an older one, refuse a newer one.

    `name` begins the sentence when it is refused.

    Raises:
        BooksError: the database was written by a newer NEXUS, or holds tables that are not ours.
    """
    with connection.begin_nested():
        tables = set(inspect(connection).get_table_names())
        if not tables & set(schema.metadata.tables):
            if tables - {"alembic_version"}:
                raise BooksError(f"{name} holds tables of another program; give NEXUS a database of its own.")
            schema.metadata.create_all(connection)
            connection.execute(insert(schema.about), [{"name": "schema_version", "value": str(schema.VERSION)}])
            return
        found = connection.scalar(select(schema.about.c.value).where(schema.about.c.name == "schema_version"))
        version = int(found or 0)
        if version > schema.VERSION:
            raise BooksError(
                f"{name} was written by a newer NEXUS (schema {version}, this one knows {schema.VERSION}); "
                f"update NEXUS, or restore a backup of schema {schema.VERSION} or older. Nothing was changed."
            )
        if version < schema.VERSION:
            from company.migrate import upgrade  # 1.0 s: only when there is something to migrate

            upgrade(connection, version)
