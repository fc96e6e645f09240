"""Milliseconds to append one fact to the record and to verify one, beside the same rows without a chain."""

from __future__ import annotations

import asyncio
import time

from sqlalchemy import Connection, insert, select

from benchmarks.databases import NAMES, books
from benchmarks.table import Row, Skip, show
from company import audit
from company.books import Books
from company.schema import audit as table

PER_COMMIT = 100
PLAIN = insert(table)  # prepared once, as the record's own is


def _facts(tx: Connection, now: int) -> None:
    for number in range(PER_COMMIT):
        audit.record(tx, now, "benchmark", "order.accepted", order_id=f"order-{number}", person="somebody", size=number)


def _plain_rows(tx: Connection, now: int, first: int) -> None:
    for number in range(first, first + PER_COMMIT):
        row = {
            "number": number, "at": now, "actor": "benchmark", "fact": "order.accepted", "order_id": f"order-{number}",
            "payload": '{"person":"somebody","size":1}', "previous": b"", "hash": number.to_bytes(32, "big"),
        }  # fmt: skip
        tx.execute(PLAIN, [row])


def _walk(tx: Connection) -> int:
    return sum(1 for _ in tx.execute(select(table)).yield_per(1000))


async def _per_row_ms(name: str, commits: int) -> tuple[float, float, float, float]:
    """Append, plain insert, verify, plain walk; milliseconds a row."""
    rows = commits * PER_COMMIT

    async def timed(ours: Books, what: str) -> float:
        begun = time.perf_counter()
        if what == "append":
            for _ in range(commits):
                await ours.write(_facts, 1)
        elif what == "insert":
            for commit in range(commits):
                await ours.write(_plain_rows, 1, 1 + commit * PER_COMMIT)
        elif what == "verify":
            if not (await ours.read(audit.verify)).sound:
                raise RuntimeError("the record that was just written does not verify")
        else:
            await ours.read(_walk)
        return 1000 * (time.perf_counter() - begun) / rows

    async with books(name) as chained:
        append, verify = await timed(chained, "append"), await timed(chained, "verify")
    async with books(name) as plain:
        insert_, walk = await timed(plain, "insert"), await timed(plain, "walk")
    return append, insert_, verify, walk


def run(quick: bool) -> None:
    """Measure and print."""
    rows, notes = list[Row](), list[str]()
    for name in NAMES:
        try:
            append, plain, verify, walk = asyncio.run(_per_row_ms(name, 5 if quick else 50))
        except Skip as skipped:
            notes.append(f"{name}: skipped, {skipped}")
            continue
        rows.append(Row(what=f"{name}: append a fact", unit="ms", ours=append, baseline=plain))
        rows.append(Row(what=f"{name}: verify a fact", unit="ms", ours=verify, baseline=walk))
    notes.append(f"{PER_COMMIT} facts to a commit; the baseline writes and reads the same rows without the hash chain.")
    show("The record", "no chain", rows, notes=notes)
