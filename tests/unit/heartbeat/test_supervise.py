"""heartbeat/supervise.py: a fall is mended, three falls in ten minutes end the process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest

from company.errors import BooksError, NotReady, StartupError
from company.records import Condition, Health
from heartbeat.supervise import FALLS, NOT_READY_S, PAUSES_S, WINDOW_S, FellTooOften, supervise
from tests.fakes.clock import TurnedClock


class Part:
    """Falls as told, each time it is run; None ends it in peace."""

    name = "part"

    def __init__(self, *ends: Callable[[], BaseException] | None) -> None:
        self.ends = list(ends)
        self.runs = 0

    async def open(self) -> None:
        return None

    async def run(self) -> None:
        self.runs += 1
        end = self.ends.pop(0)
        if end is not None:
            raise end()

    async def close(self) -> None:
        return None

    async def check(self) -> Health:
        return Health(part=self.name, condition=Condition.OK)


def grouped() -> BaseException:
    return ExceptionGroup("unhandled errors in a TaskGroup", [RuntimeError("inside")])


async def pauses_of(part: Part, clock: TurnedClock, pause_on: tuple[float, ...] = ()) -> list[float]:
    """Let each pause pass (at least as long as told) and list them."""
    task = asyncio.ensure_future(supervise(part, clock))
    found: list[float] = []
    try:
        while not task.done():
            asleep = asyncio.ensure_future(clock.until_asleep())
            await asyncio.wait((task, asleep), return_when=asyncio.FIRST_COMPLETED)
            asleep.cancel()
            if (pause := clock.next_wake_s) is not None:
                clock.turn(max(pause, pause_on[len(found)] if len(found) < len(pause_on) else 0))
                found.append(pause)
        await task
    finally:
        task.cancel()
    return found


async def test_it_is_started_again_after_a_growing_pause(clock: TurnedClock, caplog: pytest.LogCaptureFixture) -> None:
    part = Part(lambda: RuntimeError("one"), grouped, None)
    with caplog.at_level(logging.ERROR):
        assert await pauses_of(part, clock) == [pytest.approx(pause) for pause in PAUSES_S]
    assert part.runs == 3
    assert "part fell over" in caplog.text


async def test_the_third_fall_ends_the_process_and_names_the_cause(clock: TurnedClock) -> None:
    part = Part(*[grouped] * FALLS)
    with pytest.raises(FellTooOften, match="part fell over 3 times: RuntimeError"):
        await pauses_of(part, clock)
    assert part.runs == FALLS


async def test_falls_far_apart_are_forgiven(clock: TurnedClock) -> None:
    part = Part(*[grouped] * 8, None)
    await pauses_of(part, clock, pause_on=(WINDOW_S / 2 + 1,) * 8)
    assert part.runs == 9


async def test_not_ready_is_waited_for_and_is_no_fall(clock: TurnedClock) -> None:
    part = Part(
        *[lambda: NotReady("no network")] * 5, lambda: ExceptionGroup("g", [NotReady("still none")]), grouped, None
    )
    assert await pauses_of(part, clock) == [pytest.approx(NOT_READY_S)] * 6 + [PAUSES_S[0]]


@pytest.mark.parametrize("inside_a_group", [False, True])
async def test_what_no_restart_can_mend_ends_the_process_at_once(clock: TurnedClock, inside_a_group: bool) -> None:
    error = BooksError("the disk is gone")
    part = Part(lambda: ExceptionGroup("g", [error]) if inside_a_group else error)
    with pytest.raises(StartupError, match="the disk is gone"):
        await pauses_of(part, clock)
    assert part.runs == 1


async def test_a_cancellation_goes_through(clock: TurnedClock) -> None:
    with pytest.raises(asyncio.CancelledError):
        await supervise(Part(asyncio.CancelledError), clock)
