"""Fifty orders at a cap, at once, through the real metered door: no overshoot, an exact ledger, no false refusal (P3)."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select

from company import audit
from company.books import Books, SqliteBooks
from company.budget import Caps
from company.clock import SystemClock
from company.metering import MeteredModel
from company.schema import ledger
from tests.conftest import ROOT
from tests.unit.company.house_doubles import budget_of, charged_in_all, put_price, sums_kept, sums_of_ledger
from tests.unit.company.rival import ORDERS, RandomDoor, spend

MICRO = Decimal(1_000_000)


async def sound(books: Books, *, cap: int, truth: int) -> None:
    def read(tx: Connection) -> None:
        assert charged_in_all(tx) == truth
        assert truth <= cap
        assert sums_kept(tx) == sums_of_ledger(tx)
        assert not tx.execute(select(ledger.c.id).where(ledger.c.state == "reserved")).first()
        assert audit.verify(tx).sound

    await books.read(read)


@pytest.mark.parametrize("cap", [20_000, 60_000])
async def test_fifty_orders_at_a_cap(any_books: Books, cap: int) -> None:
    await any_books.write(put_price, 0)
    door = RandomDoor(cap, longest_s=0.1)
    caps = Caps(budget_of(day=str(cap / MICRO)), ZoneInfo("UTC"))
    metered = MeteredModel(any_books, {"paid": door}, SystemClock(), caps, "here/1")
    answers = await spend(metered, 0, 50)
    refusals = [refusal for refusal in answers if refusal is not None]
    assert door.calls == 50 - len(refusals) > 0
    assert refusals, "the cap was meant to be reached"
    assert door.most_at_once > 1, "they were meant to run side by side"
    await sound(any_books, cap=cap, truth=door.truth_micro)
    for refusal in refusals:  # none could have been served from what was left, even with nothing in reserve
        assert refusal.scope == "day"
        assert refusal.needed_micro > refusal.left_micro >= cap - door.truth_micro


async def test_nobody_is_refused_while_the_spending_would_fit(any_books: Books) -> None:
    """Each call reserves about 3,500 and uses at most 40: two fit at once, all fifty fit one after another."""
    cap = 8_000
    await any_books.write(put_price, 0)
    door = RandomDoor(1, longest_s=0.002, share=0.01)
    caps = Caps(budget_of(day=str(cap / MICRO)), ZoneInfo("UTC"))
    metered = MeteredModel(any_books, {"paid": door}, SystemClock(), caps, "here/1")
    assert await spend(metered, 0, 50) == [None] * 50
    await sound(any_books, cap=cap, truth=door.truth_micro)


async def rivals(where: str, schema: str, cap: int) -> list[dict[str, object]]:
    """Two processes that start when both are ready."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    children = [
        await asyncio.create_subprocess_exec(
            sys.executable, str(Path(__file__).parent / "rival.py"), where, schema, name, str(cap / MICRO),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment,
        )
        for name in ("1", "2")
    ]  # fmt: skip
    for child in children:
        assert child.stdout is not None
        assert await child.stdout.readline() == b"ready\n"
    told = await asyncio.gather(*(child.communicate(b"go\n") for child in children))
    return [json.loads(out) for out, _ in told]


async def two_processes(books: Books, where: str, schema: str) -> None:
    cap = 50_000
    await books.write(put_price, 0)
    told = await rivals(where, schema, cap)
    truth = sum(int(str(one["truth"])) for one in told)
    refused = [refusal for one in told for refusal in one["refused"]]  # type: ignore[attr-defined]
    assert sum(int(str(one["calls"])) for one in told) == 2 * ORDERS - len(refused)
    assert all(one["calls"] for one in told)
    assert refused
    assert all(one["needed"] > one["left"] >= cap - truth for one in refused)
    await sound(books, cap=cap, truth=truth)


async def test_two_processes_at_one_cap_on_sqlite(books: SqliteBooks) -> None:
    await two_processes(books, str(books.path), "")


@pytest.mark.postgres
async def test_two_processes_at_one_cap_on_postgres(
    postgres_books: Books, postgres_url: str, postgres_schema: str
) -> None:
    await two_processes(postgres_books, postgres_url, postgres_schema)
