"""Schemas of Postgres for tests: made once, emptied between tests; to make and drop one takes the server half a second."""

from __future__ import annotations

import secrets as randomness
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg

from company.books import PostgresBooks
from company.schema import VERSION, metadata
from company.secrets import Secret

SHAPE = """
    select string_agg(concat_ws(' ', oid, relname, relnatts, relchecks, relhastriggers), ',' order by oid)
    from pg_class where relnamespace = $1::regnamespace
"""
"""Every table, index and sequence with its number: a test that changed one leaves another text."""
COUNTERS = (
    "select setval(oid::regclass, 1, false) from pg_class where relkind = 'S' and relnamespace = $1::regnamespace"
)


@asynccontextmanager
async def connected(url: str, schema: str = "") -> AsyncIterator[asyncpg.Connection]:
    """A bare connection."""
    settings = {"search_path": schema} if schema else {}
    connection = await asyncpg.connect(url, timeout=30, server_settings=settings)
    try:
        yield connection
    finally:
        await connection.close()


async def make_database(url: str) -> str:
    """The URL of a database of one's own, which does not wait for its disk: no test cuts the server's power."""
    name = f"nexus_test_{randomness.token_hex(6)}"
    async with connected(url) as connection:
        await connection.execute(f"create database {name}")
        await connection.execute(f"alter database {name} set synchronous_commit = off")
    return urlsplit(url)._replace(path=f"/{name}").geturl()


async def drop_database(url: str, made: str) -> None:
    """With all that is in it."""
    async with connected(url) as connection:
        await connection.execute(f"drop database {urlsplit(made).path[1:]} with (force)")


@dataclass(frozen=True, slots=True)
class Schema:
    """One with the tables of the books in it."""

    name: str
    shape: str


class Schemas:
    """Those of one database."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._free: list[Schema] = []

    async def take(self) -> Schema:
        """One whose tables are as books that were just made have them."""
        return self._free.pop() if self._free else await self._made()

    async def _made(self) -> Schema:
        name = f"nexus_test_{randomness.token_hex(6)}"
        async with connected(self._url) as connection:
            await connection.execute(f"create schema {name}")
            books = PostgresBooks(Secret(self._url, "test"), audit_key=b"none", schema_name=name)
            await books.open()
            await books.close()
            return Schema(name, await connection.fetchval(SHAPE, name))

    async def give_back(self, schema: Schema) -> None:
        """Delete all rows, for the next test; a schema that a test changed is not used again.

        To delete from tables that are mostly empty is a hundred times cheaper than `truncate`, which makes new files.
        """
        deleting = [f'delete from "{table.name}"' for table in reversed(metadata.sorted_tables)]
        version = f"insert into about (name, value) values ('schema_version', '{VERSION}')"
        async with connected(self._url, schema.name) as connection:
            if await connection.fetchval(SHAPE, schema.name) != schema.shape:
                return
            async with connection.transaction():
                await connection.execute("; ".join([*deleting, version]))
                await connection.fetch(COUNTERS, schema.name)
        self._free.append(schema)
