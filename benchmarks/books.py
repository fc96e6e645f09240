"""Milliseconds of one small transaction through the books, beside the bare driver on the same database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable

from sqlalchemy import Connection, insert, select, update

from benchmarks.databases import NAMES, bare, books, fresh
from benchmarks.table import Row, Skip, percentile, show
from company.schema import about

ADD = insert(about)
CHANGE = update(about).where(about.c.name == "bench")  # its column comes from the parameters
ASK = select(about.c.value).where(about.c.name == "bench")


def _change(tx: Connection, value: str) -> None:
    tx.execute(CHANGE, {"value": value})


def _add(tx: Connection) -> None:
    tx.execute(ADD, [{"name": "bench", "value": ""}])


def _ask(tx: Connection) -> object:
    return tx.scalar(ASK)


async def _measure(name: str, number: int) -> list[Row]:
    """In turns, so that both meet the same disk; each write changes the row, or nothing would be committed."""
    raw, writes, reads = list[float](), list[float](), list[float]()

    async def timed(into: list[float], act: Awaitable[object]) -> None:
        begun = time.perf_counter()
        await act
        into.append(1000 * (time.perf_counter() - begun))

    async with bare(name) as driver, books(name) as ours:
        await ours.write(_add)
        for turn in range(number):
            await timed(raw, driver.change(turn))
            await timed(writes, ours.write(_change, fresh(turn)))
            await timed(reads, ours.read(_ask))
        if await ours.read(_ask) != fresh(number - 1):
            raise RuntimeError("the last write is not in the books")
    return [
        Row(what=f"{name}: write, p50", unit="ms", ours=percentile(writes, 50), baseline=percentile(raw, 50)),
        Row(what=f"{name}: write, p99", unit="ms", ours=percentile(writes, 99), baseline=percentile(raw, 99)),
        Row(what=f"{name}: read, p50", unit="ms", ours=percentile(reads, 50)),
    ]


def run(quick: bool) -> None:
    """Measure and print."""
    rows, notes = list[Row](), list[str]()
    for name in NAMES:
        try:
            rows += asyncio.run(_measure(name, 100 if quick else 1000))
        except Skip as skipped:
            notes.append(f"{name}: skipped, {skipped}")
    show("One small transaction, one after the other", "bare driver", rows, notes=notes)
