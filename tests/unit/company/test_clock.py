"""company/clock.py, and the turned clock that the other tests rely on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company.clock import SystemClock, as_datetime, day_of, month_of, new_id
from tests.fakes.clock import START, TurnedClock


@given(st.lists(st.integers(0, 2**48 - 1), min_size=2, max_size=20))
def test_ids_sort_by_their_time_and_are_uuid7(times: list[int]) -> None:
    for earlier, later in zip(sorted(times), sorted(times)[1:], strict=False):
        first, second = new_id(earlier), new_id(later)
        assert earlier == later or first < second
        assert first[14] == "7"
        assert first[19] in "89ab"
        assert [len(part) for part in first.split("-")] == [8, 4, 4, 4, 12]


def test_ids_of_one_millisecond_differ() -> None:
    assert len({new_id(START) for _ in range(5000)}) == 5000


@pytest.mark.parametrize(
    ("zone", "day", "month"),
    [
        ("UTC", "2026-12-31", "2026-12"),
        ("Asia/Tokyo", "2027-01-01", "2027-01"),
        ("America/Lima", "2026-12-31", "2026-12"),
    ],
)
def test_days_and_months_begin_in_the_zone(zone: str, day: str, month: str) -> None:
    moment = int(datetime(2026, 12, 31, 20, 0, tzinfo=UTC).timestamp() * 1000)
    assert day_of(moment, ZoneInfo(zone)) == day
    assert month_of(moment, ZoneInfo(zone)) == month


def test_a_day_with_a_change_of_hour_is_one_day() -> None:
    paris = ZoneInfo("Europe/Paris")
    start = int(datetime(2026, 10, 25, 0, 0, tzinfo=paris).timestamp() * 1000)
    assert {day_of(start + hour * 3_600_000, paris) for hour in range(25)} == {"2026-10-25"}
    assert day_of(start + 25 * 3_600_000, paris) == "2026-10-26"


def test_as_datetime_keeps_milliseconds() -> None:
    assert as_datetime(START + 123).microsecond == 123_000


async def test_the_system_clock_goes_on() -> None:
    clock = SystemClock()
    wall, mono = clock.now(), clock.monotonic()
    await clock.sleep(0.02)
    assert clock.now() - wall >= 15
    assert clock.monotonic() - mono >= 0.015


async def test_sleepers_wake_in_order_when_the_clock_is_turned() -> None:
    clock, woken = TurnedClock(), []

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    async with asyncio.TaskGroup() as group:
        for seconds in (3, 1, 2, 10):
            group.create_task(sleep(seconds))
        await clock.until_asleep(4)
        assert clock.next_wake_s == 1
        clock.turn(2.5)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert woken == [1, 2]
        await clock.pass_by(20)
    assert woken == [1, 2, 3, 10]
    assert clock.now() == START + 22_500
    assert clock.monotonic() == 22.5


async def test_a_repeated_sleep_runs_each_time_as_time_passes_by() -> None:
    clock, rounds = TurnedClock(), []

    async def beat() -> None:
        while len(rounds) < 4:
            await clock.sleep(30)
            rounds.append(clock.monotonic())

    task = asyncio.get_running_loop().create_task(beat())
    await clock.until_asleep()
    await clock.pass_by(120)
    await task
    assert rounds == [30, 60, 90, 120]


async def test_a_jump_of_the_wall_wakes_nobody_and_a_cancelled_sleeper_is_forgotten() -> None:
    clock = TurnedClock()
    task = asyncio.get_running_loop().create_task(clock.sleep(5))
    await clock.until_asleep()
    clock.jump(3600)
    assert (clock.now(), clock.monotonic(), clock.asleep) == (START + 3_600_000, 0.0, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert clock.asleep == 0
    clock.turn(10)
