"""What the caches saved, hit by hit: by whom, for which order, how much it would have cost. Owner of cache_hits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, func, insert, select

from company.clock import new_id
from company.schema import cache_hits


class Cache(StrEnum):
    """Which cache it was."""

    EXACT = "exact"  # the same model call (company.exact_cache)
    ANSWER = "answer"  # an earlier answer to the same question (company.earlier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An order that was answered from an earlier answer. `similarity` is the cosine of the two questions."""

    entry: str
    similarity: float


def note(
    tx: Connection, now: int, cache: Cache, *, person_id: str, order_id: str, entry: str, saved_micro: int,
    similarity: float = 1.0,
) -> None:  # fmt: skip
    """Write a hit down."""
    row = {
        "id": new_id(now), "order_id": order_id, "person_id": person_id, "cache": cache, "entry": entry,
        "similarity_ppm": round(similarity * 1_000_000), "saved_micro": saved_micro, "created_at": now,
    }  # fmt: skip
    tx.execute(insert(cache_hits), [row])


def saved_since(tx: Connection, since: int, *, person_id: str | None = None) -> dict[Cache, tuple[int, int]]:
    """How often each cache served since then, and what that saved, micro-dollars; one person's or everybody's."""
    mine: list[ColumnElement[bool]] = [cache_hits.c.created_at >= since]
    if person_id is not None:
        mine.append(cache_hits.c.person_id == person_id)
    found = select(cache_hits.c.cache, func.count(), func.sum(cache_hits.c.saved_micro)).where(*mine)
    rows = {Cache(row[0]): (row[1], int(row[2] or 0)) for row in tx.execute(found.group_by(cache_hits.c.cache))}
    return {cache: rows.get(cache, (0, 0)) for cache in Cache}


def served(tx: Connection, order_id: str) -> frozenset[Cache]:
    """Which caches had a part in an order's answer."""
    return frozenset(map(Cache, tx.scalars(select(cache_hits.c.cache).where(cache_hits.c.order_id == order_id))))


def of_order(tx: Connection, order_id: str) -> Hit | None:
    """The earlier answer that an order was answered from, if it was."""
    mine = (cache_hits.c.order_id == order_id) & (cache_hits.c.cache == Cache.ANSWER)
    row = tx.execute(select(cache_hits.c.entry, cache_hits.c.similarity_ppm).where(mine)).first()
    return Hit(entry=row.entry, similarity=row.similarity_ppm / 1_000_000) if row is not None else None
