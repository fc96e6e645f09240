"""heartbeat/profiler.py: samples carry their order, name the planted hot function, and cost an idle house nothing."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from heartbeat import profiler
from heartbeat.profiler import Profiler

EVERY_MS = 2.0


def burn(seconds: float) -> int:
    until, turns = time.process_time() + seconds, 0
    while time.process_time() < until:
        turns += 1
    return turns


async def cold() -> None:
    burn(0.01)


async def hot() -> None:
    burn(0.15)


async def patient(go_on: asyncio.Event) -> None:
    await go_on.wait()


async def work(watching: Profiler, order_id: str, *, go_on: asyncio.Event | None = None) -> None:
    with watching.of(order_id):
        await cold()
        await hot()
        if go_on is not None:
            await patient(go_on)


def sampling() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "profiler"]


async def seen_waiting(watching: Profiler, order_id: str) -> None:
    async with asyncio.timeout(10):
        while not (found := watching.profile(order_id)) or not any(line.waiting for line in found.lines):
            await asyncio.sleep(EVERY_MS / 1000)


async def test_the_planted_hot_function_is_at_the_top_and_the_samples_are_counted_whole() -> None:
    watching = Profiler(EVERY_MS)
    await asyncio.create_task(work(watching, "a"))
    found = watching.profile("a")
    assert found is not None
    assert (found.order_id, found.every_ms) == ("a", EVERY_MS)
    top = found.lines[0]
    assert top.part == "tests"
    assert top.running > top.waiting == 0
    assert [name.partition(" ")[2] for name in top.stack if "burn" in name or "hot" in name] == ["hot", "burn"]
    assert top.stack[0].endswith("work")
    assert found.samples == sum(line.running + line.waiting for line in found.lines)
    assert top.running > sum(line.running for line in found.lines if any(name.endswith(" cold") for name in line.stack))


async def test_what_an_order_waits_for_is_named_and_each_order_has_its_own_samples() -> None:
    watching, go_on = Profiler(EVERY_MS), asyncio.Event()
    waiting = asyncio.create_task(work(watching, "waits", go_on=go_on))
    await seen_waiting(watching, "waits")
    await asyncio.create_task(work(watching, "works"))
    go_on.set()
    await waiting
    waits, works = watching.profile("waits"), watching.profile("works")
    assert waits is not None
    assert works is not None
    patience = next(line for line in waits.lines if any(name.endswith(" patient") for name in line.stack))
    assert patience.waiting > 0 == patience.running
    assert patience.stack[-1].startswith("asyncio/")
    assert not [line for line in works.lines if any(name.endswith(" patient") for name in line.stack)]


async def test_nothing_looks_while_nothing_is_in_hand() -> None:
    watching = Profiler(EVERY_MS)
    assert sampling() == []
    with watching.of("a"):
        (thread,) = sampling()
        with watching.of("b"):
            assert sampling() == [thread]
    await asyncio.to_thread(thread.join, 10)
    assert sampling() == []
    assert watching.profile("c") is None


async def test_at_zero_nothing_is_sampled() -> None:
    watching = Profiler(0)
    with watching.of("a"):
        assert sampling() == []
    assert watching.profile("a") is None


async def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiler, "ORDERS", 2)
    monkeypatch.setattr(profiler, "PLACES", 1)
    watching = Profiler(EVERY_MS)
    for order_id in ("a", "b", "c"):
        await asyncio.create_task(work(watching, order_id))
    assert watching.profile("a") is None
    kept = watching.profile("c")
    assert kept is not None
    assert len(kept.lines) <= 2
    assert kept.lines[0].stack == profiler.ELSEWHERE[1] or kept.lines[-1].stack == profiler.ELSEWHERE[1]
