"""Answers to exactly the same model call of the same person, kept for a while. Owner of answer_cache.

The key is a hash of who asks, the provider and the whole call: model, prompt, messages, tools, schema. A change of any
is another key, so a new model or a new version of a prompt never meets an old answer. Only whole answers are kept:
never an error, a cut-off text or a request for a tool.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, delete, select, text

from company import cache_hits, org_chart
from company.books import to_json
from company.budget import Caps
from company.cache_hits import Cache
from company.errors import PriceUnknown
from company.records import Account, Completion, ModelCall, ModelRef, Purpose, Stop, ToolCall, Usage
from company.schema import answer_cache

HOUR_MS = 3_600_000

# The cache is asked before most calls; its statements are built once: building one costs more than running it.
_CACHED = select(answer_cache).where(answer_cache.c.key == bindparam("wanted"))
_KEEP = text(
    "insert into answer_cache (key, completion, created_at) values (:key, :completion, :now) "
    "on conflict (key) do update set completion = excluded.completion, created_at = excluded.created_at"
)


def key_of(ref: ModelRef, call: ModelCall, person_id: str) -> str:
    """What an answer is kept under."""
    same = replace(call, timeout_s=0, idle_timeout_s=0)
    return hashlib.sha256(to_json([person_id, ref.provider, same]).encode()).hexdigest()


def find(tx: Connection, now: int, key: str, keep_ms: int) -> Completion | None:
    """The answer kept under a key; None when there is none, or it is older than that."""
    row = tx.execute(_CACHED, {"wanted": key}).first()
    if row is None or row.created_at + keep_ms < now:
        return None
    data = json.loads(row.completion)
    return Completion(
        text=data["text"], usage=Usage(**data["usage"]), stop=Stop(data["stop"]), provider=data["provider"],
        model=data["model"], tool_calls=tuple(ToolCall(**call) for call in data["tool_calls"]), opaque=data["opaque"],
    )  # fmt: skip


def keep(tx: Connection, now: int, key: str, completion: Completion) -> None:
    """Keep an answer that came to its end by itself; nothing happens for another."""
    if completion.stop is Stop.END:
        tx.execute(_KEEP, {"key": key, "completion": to_json(completion), "now": now})


def saved(tx: Connection, now: int, account: Account, key: str, ref: ModelRef, usage: Usage, caps: Caps) -> None:
    """Count what the call would have cost once more."""
    cost = 0
    with suppress(PriceUnknown):
        cost = org_chart.price_of(tx, ref, caps.settings).cost(usage)
    if cost or account.purpose is Purpose.WORK:
        cache_hits.note(
            tx, now, Cache.EXACT, person_id=account.person_id, order_id=account.order_id or "", entry=key,
            saved_micro=cost,
        )  # fmt: skip


def forget_old(tx: Connection, now: int, keep_ms: int) -> int:
    """Drop the answers that are too old to be served; how many there were."""
    return tx.execute(delete(answer_cache).where(answer_cache.c.created_at < now - keep_ms)).rowcount


@dataclass(slots=True)
class Flight:
    """One call under way; `landed` is set by whoever makes it once an answer is there."""

    landed: bool = False


class Flights:
    """One call at a time for each key: whoever asks the same meanwhile waits for its end and finds what was kept.

    After a failure the next in the row makes the call, one at a time. When an answer came that is not kept (it asks for
    a tool), all go on at once, each for itself. The empty key stands for no cache: nobody waits.
    """

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Future[bool]] = {}

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[Flight]:
        """Wait for the same call, if it is under way; then make it."""
        while key and (ahead := self._under_way.get(key)) is not None:
            if await asyncio.shield(ahead):
                yield Flight()
                return
        flight = Flight()
        if not key:
            yield flight
            return
        mine = self._under_way[key] = asyncio.get_running_loop().create_future()
        try:
            yield flight
        finally:
            del self._under_way[key]
            mine.set_result(flight.landed)
