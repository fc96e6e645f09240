"""The books on Postgres when the connection goes away: nothing lost, nothing made twice, one sentence at start.

A relay between the books and the server cuts where it is told to, which is what a restart or a failover looks like from
the client's side.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Self

import pytest
from sqlalchemy import Connection, insert, make_url, select, text
from sqlalchemy.exc import DBAPIError

from company import audit
from company.books import PostgresBooks
from company.errors import BooksError, BooksUnreachable
from company.schema import about
from company.secrets import Secret
from tests.conftest import AUDIT_KEY
from tests.schemas import connected

pytestmark = pytest.mark.postgres


class Relay:
    """A TCP relay to the server. `cut_after_commit` loses the answer to the next COMMIT; `close` refuses everybody."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._links: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.cut_after_commit = False
        self.cut_before_commit = False
        self.cuts = 0

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for link in self._links:
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.current_task()
        assert link is not None
        self._links.add(link)
        down, up = await asyncio.open_connection(*self._target)
        upward = asyncio.get_running_loop().create_task(self._upward(reader, up, writer))
        with suppress(OSError, asyncio.CancelledError):
            while (data := await down.read(65536)) and not writer.is_closing():
                if self.cut_after_commit and b"COMMIT" in data:
                    self.cut_after_commit = False
                    self.cuts += 1
                    break
                writer.write(data)
                await writer.drain()
        upward.cancel()
        await asyncio.gather(upward, return_exceptions=True)
        for end in (up, writer):
            end.transport.abort()
        self._links.discard(link)

    async def _upward(self, reader: asyncio.StreamReader, up: asyncio.StreamWriter, back: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if self.cut_before_commit and b"COMMIT" in data:
                    self.cut_before_commit = False
                    self.cuts += 1
                    back.transport.abort()
                    break
                up.write(data)
                await up.drain()
            up.close()


@pytest.fixture
async def relay(postgres_url: str) -> AsyncIterator[Relay]:
    url = make_url(postgres_url)
    async with Relay(url.host or "127.0.0.1", url.port or 5432) as opened:
        yield opened


@pytest.fixture
async def relayed(relay: Relay, postgres_url: str, postgres_schema: str) -> AsyncIterator[PostgresBooks]:
    url = make_url(postgres_url).set(host="127.0.0.1", port=relay.port).render_as_string(hide_password=False)
    books = PostgresBooks(Secret(url, "test"), audit_key=AUDIT_KEY, schema_name=postgres_schema, retry_s=10)
    await books.open()
    yield books
    await books.close()


def add(tx: Connection, calls: list[str], name: str) -> str:
    calls.append(name)
    tx.execute(insert(about), [{"name": f"{name}-{len(calls)}", "value": name}])
    audit.record(tx, 1, "test", "thing.added", name=name)
    return f"call {len(calls)}"


def names(tx: Connection) -> list[str]:
    return list(tx.scalars(select(about.c.name).where(about.c.name != "schema_version").order_by(about.c.name)))


async def test_a_commit_whose_answer_was_lost_is_not_made_twice(relay: Relay, relayed: PostgresBooks) -> None:
    calls: list[str] = []
    heard: list[int] = []
    relayed.on_audit = heard.append
    relay.cut_after_commit = True
    assert await relayed.write(add, calls, "a") == "call 1"
    assert relay.cuts == 1
    assert calls == ["a"]
    assert await relayed.read(names) == ["a-1"]
    assert await relayed.read(audit.count) == 1
    assert heard == [1]


async def test_a_commit_that_never_arrived_is_made_again(relay: Relay, relayed: PostgresBooks) -> None:
    calls: list[str] = []
    relay.cut_before_commit = True
    assert await relayed.write(add, calls, "a") == "call 2"
    assert relay.cuts == 1
    assert await relayed.read(names) == ["a-2"]
    assert (await relayed.read(audit.verify)).entries == 1


async def test_a_backend_that_is_ended_in_the_middle_is_tried_again(postgres_books: PostgresBooks) -> None:
    calls: list[str] = []

    def change(tx: Connection) -> str:
        result = add(tx, calls, "a")
        if len(calls) == 1:
            tx.execute(text("select pg_terminate_backend(pg_backend_pid())"))
        return result

    assert await postgres_books.write(change) == "call 2"
    assert await postgres_books.read(names) == ["a-2"]


async def test_every_connection_ended_while_many_write(postgres_books: PostgresBooks, postgres_url: str) -> None:
    calls: list[str] = []
    mine = await postgres_books.read(lambda tx: tx.scalar(text("select current_schema()")))

    async def end_them() -> None:
        while len(calls) < 10:
            await asyncio.sleep(0)
        async with postgres_books._opened.connect() as connection:
            await connection.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'nexus' "
                    "and pid <> pg_backend_pid() and pid in "
                    "(select l.pid from pg_locks l join pg_class c on c.oid = l.relation "
                    "join pg_namespace n on n.oid = c.relnamespace where n.nspname = :mine)"
                ),
                {"mine": mine},
            )

    await asyncio.gather(end_them(), *(postgres_books.write(add, calls, "w") for _ in range(40)))
    assert len(await postgres_books.read(names)) == 40
    checked = await postgres_books.read(audit.verify)
    assert (checked.entries, checked.sound) == (40, True)


async def test_a_server_that_is_away_for_a_while_is_waited_for(relay: Relay, relayed: PostgresBooks) -> None:
    await relay.close()
    calls: list[str] = []
    waiting = asyncio.ensure_future(relayed.write(add, calls, "a"))
    done, _ = await asyncio.wait({waiting}, timeout=0.3)
    assert not done
    await relay.listen()
    assert await waiting == "call 1"


async def test_a_server_that_stays_away_fails_the_write(relay: Relay, relayed: PostgresBooks) -> None:
    relayed._retry_s = 0.2
    await relay.close()
    with pytest.raises((OSError, DBAPIError)):
        await relayed.write(add, [], "a")
    await relay.listen()
    assert await relayed.read(names) == []


@pytest.mark.parametrize(
    ("url", "kind", "sentence"),
    [
        (
            "postgresql://postgres@127.0.0.1:1/x",
            BooksUnreachable,
            r"Postgres at 127\.0\.0\.1:1 can't be used \(Connect",
        ),
        ("mysql://root:hunter22@127.0.0.1/x", BooksError, r"database_url \(test\) is no Postgres URL"),
        ("postgresql://root:hunter22@127.0.0.1:port/x", BooksError, "is no Postgres URL"),
        ("hunter22", BooksError, "is no Postgres URL"),
    ],
)
async def test_a_wrong_url_is_one_sentence_without_the_password(
    url: str, kind: type[BooksError], sentence: str
) -> None:
    books = PostgresBooks(Secret(url, "test"), audit_key=AUDIT_KEY)
    with pytest.raises(kind, match=sentence) as caught:
        await books.open()
    await books.close()
    assert "hunter22" not in str(caught.value)
    assert caught.value.__suppress_context__


async def test_a_missing_database_is_named(postgres_url: str) -> None:
    url = make_url(postgres_url).set(database="no_such_database").render_as_string(hide_password=False)
    books = PostgresBooks(Secret(url, "test"), audit_key=AUDIT_KEY)
    with pytest.raises(BooksError, match='database "no_such_database" does not exist'):
        await books.open()
    await books.close()


async def test_libpq_s_sslmode_is_understood(postgres_url: str, postgres_schema: str) -> None:
    url = make_url(postgres_url).update_query_dict({"sslmode": "prefer"}).render_as_string(hide_password=False)
    books = PostgresBooks(Secret(url, "test"), audit_key=AUDIT_KEY, schema_name=postgres_schema)
    await books.open()
    assert await books.read(names) == []
    await books.close()


async def test_tables_of_another_program_are_left_alone(postgres_url: str) -> None:
    async with connected(postgres_url) as connection:
        await connection.execute("create schema nexus_test_cook")
        await connection.execute("create table nexus_test_cook.recipes (name text)")
    books = PostgresBooks(Secret(postgres_url, "test"), audit_key=AUDIT_KEY, schema_name="nexus_test_cook")
    with pytest.raises(BooksError, match="tables of another program"):
        await books.open()
    await books.close()
