"""The two databases under measurement, each empty and open, and the bare drivers beside them."""

from __future__ import annotations

import os
import secrets as randomness
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from benchmarks.table import Skip
from company.books import Books, PostgresBooks, SqliteBooks
from company.secrets import Secret

AUDIT_KEY = b"a key for measurements, 32 bytes"
POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
NAMES = ("SQLite", "Postgres")


def postgres_url() -> str:
    """NEXUS_TEST_POSTGRES, or a server on this machine."""
    return os.environ.get("NEXUS_TEST_POSTGRES", POSTGRES)


@asynccontextmanager
async def books(name: str) -> AsyncIterator[Books]:
    """Fresh books on "SQLite" or "Postgres". Raises Skip when no server answers."""
    if name == "SQLite":
        with tempfile.TemporaryDirectory(prefix="nexus-bench-") as folder:
            local = SqliteBooks(Path(folder) / "nexus.db", audit_key=AUDIT_KEY)
            await local.open()
            try:
                yield local
            finally:
                await local.close()
        return
    async with _schema() as schema:
        server = PostgresBooks(Secret(postgres_url(), "benchmark"), audit_key=AUDIT_KEY, schema_name=schema)
        await server.open()
        try:
            yield server
        finally:
            await server.close()


@asynccontextmanager
async def _schema() -> AsyncIterator[str]:
    try:
        connection = await asyncpg.connect(postgres_url(), timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Skip(f"no PostgreSQL answers ({type(error).__name__}); set NEXUS_TEST_POSTGRES") from None
    name = f"nexus_bench_{randomness.token_hex(6)}"
    try:
        await connection.execute(f'create schema "{name}"')
        try:
            yield name
        finally:
            await connection.execute(f'drop schema "{name}" cascade')
    finally:
        await connection.close()


def fresh(number: int) -> str:
    """A text of 200 characters that no other number has: SQLite writes nothing for a value that is there already."""
    return f"{number:0200d}"


class BareSqlite:
    """Commits of one small row through the standard library, with the pragmas that NEXUS sets."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._connection.execute(f"pragma {pragma}")
        self._connection.execute("create table small (number integer primary key, body text)")
        self._connection.execute("insert into small values (0, '')")

    async def commit(self) -> None:
        """One row, one commit."""
        self._connection.execute("begin immediate")
        self._connection.execute("insert into small (body) values (?)", ("x" * 200,))
        self._connection.execute("commit")

    async def change(self, number: int) -> None:
        """One row changed, one commit."""
        self._connection.execute("begin immediate")
        self._connection.execute("update small set body = ? where number = 0", (fresh(number),))
        self._connection.execute("commit")

    async def close(self) -> None:
        """Let go."""
        self._connection.close()


class BarePostgres:
    """Commits of one small row through asyncpg."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def commit(self) -> None:
        """One row, one commit."""
        async with self._connection.transaction():
            await self._connection.execute("insert into small (body) values ($1)", "x" * 200)

    async def change(self, number: int) -> None:
        """One row changed, one commit."""
        async with self._connection.transaction():
            await self._connection.execute("update small set body = $1 where number = 0", fresh(number))

    async def close(self) -> None:
        """Let go."""
        await self._connection.close()


@asynccontextmanager
async def bare(name: str) -> AsyncIterator[BareSqlite | BarePostgres]:
    """The driver alone, with an empty table."""
    if name == "SQLite":
        with tempfile.TemporaryDirectory(prefix="nexus-bench-") as folder:
            local = BareSqlite(Path(folder))
            try:
                yield local
            finally:
                await local.close()
        return
    async with _schema() as schema:
        connection = await asyncpg.connect(postgres_url(), server_settings={"search_path": schema})
        await connection.execute("create table small (number bigserial primary key, body text)")
        await connection.execute("insert into small values (0, '')")
        server = BarePostgres(connection)
        try:
            yield server
        finally:
            await server.close()
