"""The cache of exact calls: one call for a stampede, nothing shared, nothing of an error kept, an end to its time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from company import cache_hits, exact_cache
from company.books import SqliteBooks
from company.cache_hits import Cache
from company.errors import ModelUnavailable, NobodyAvailable
from company.metering import MeteredModel
from company.ports import OnText
from company.records import Completion, ModelCall, Stop, ToolCall
from tests.conftest import TurnedClock
from tests.unit.company.house_doubles import PRICED, put_price
from tests.unit.company.test_metering import ACCOUNT, CALL, COST, SECOND, House, answer

CALLERS = 50


@pytest.fixture
async def house(books: SqliteBooks, clock: TurnedClock) -> House:
    await books.write(put_price, 0)
    await books.write(put_price, 0, SECOND)
    return House(books, clock)


def holding(gate: asyncio.Event, completion: Completion) -> object:
    async def hold(call: ModelCall, on_text: OnText | None) -> Completion:
        await gate.wait()
        return completion

    return hold


async def stampede(house: House, gate: asyncio.Event) -> list[Completion | BaseException]:
    """Fifty ask the same while the first call is under way."""
    asking = [asyncio.ensure_future(house.ask(cache=True)) for _ in range(CALLERS)]
    while not house.one.calls:
        await asyncio.sleep(0)
    gate.set()
    return await asyncio.gather(*asking, return_exceptions=True)


async def test_fifty_who_ask_the_same_at_once_make_one_call(house: House) -> None:
    gate = asyncio.Event()
    house.one.steps = [holding(gate, answer("once"))]  # type: ignore[list-item]
    done = await stampede(house, gate)
    assert {one.text for one in done if isinstance(one, Completion)} == {"once"}
    assert sum(one.cached for one in done if isinstance(one, Completion)) == CALLERS - 1
    assert len(house.one.calls) == 1
    assert sorted(await house.rows()) == [("cached", "charged", 0)] * (CALLERS - 1) + [("ok", "charged", COST)]
    saved = await house.books.read(cache_hits.saved_since, 0)
    assert saved == {Cache.EXACT: (CALLERS - 1, COST * (CALLERS - 1)), Cache.ANSWER: (0, 0)}


async def test_an_error_is_not_kept_and_the_next_in_the_row_asks(house: House) -> None:
    gate = asyncio.Event()

    async def fail(call: ModelCall, on_text: OnText | None) -> Completion:
        await gate.wait()
        raise ModelUnavailable("reset", retry_after_s=60.0)  # too long to wait for: no second try, the model rests

    house.one.steps = [fail]
    done = await stampede(house, gate)
    assert all(isinstance(one, NobodyAvailable) for one in done)  # it rests: the others were not let at it
    assert len(house.one.calls) == 1
    house.clock.turn(61)
    assert (await house.ask(cache=True)).text == "from paid"
    assert (await house.ask(cache=True)).cached


async def test_a_request_for_a_tool_is_not_kept_and_holds_nobody_up(house: House) -> None:
    gate = asyncio.Event()
    tool = replace(answer("", stop=Stop.TOOL), tool_calls=(ToolCall(id="1", name="calculate", arguments={}),))
    house.one.steps = [holding(gate, tool), *[tool] * CALLERS]  # type: ignore[list-item]
    done = await stampede(house, gate)
    assert not any(one.cached for one in done if isinstance(one, Completion))
    assert len(house.one.calls) == CALLERS


async def test_whoever_waits_for_a_caller_that_is_stopped_calls_for_themselves(house: House) -> None:
    gate = asyncio.Event()
    house.one.steps = [holding(gate, answer("never")), answer("second")]  # type: ignore[list-item]
    first = asyncio.ensure_future(house.ask(cache=True))
    while not house.one.calls:
        await asyncio.sleep(0)
    second = asyncio.ensure_future(house.ask(cache=True))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).text == "second"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_two_people_never_share_an_answer(house: House) -> None:
    await house.ask(cache=True)
    other = replace(ACCOUNT, person_id="bea")
    got = await house.metered.complete((PRICED,), CALL, other, cache=True)
    assert not got.cached
    assert len(house.one.calls) == 2


@pytest.mark.parametrize(
    "other",
    [
        replace(CALL, system="be short, version 2"),
        replace(CALL, max_output_tokens=99),
        replace(CALL, effort="high"),
    ],
)
async def test_another_version_of_the_prompt_or_of_the_employee_misses(house: House, other: ModelCall) -> None:
    await house.ask(cache=True)
    assert not (await house.ask(cache=True, call=other)).cached
    assert (await house.ask(cache=True)).cached


async def test_another_model_misses(house: House) -> None:
    await house.ask(cache=True)
    assert not (await house.ask(SECOND, cache=True)).cached


async def test_its_time_is_a_setting_and_nothing_is_kept_without_any(house: House, clock: TurnedClock) -> None:
    hour = MeteredModel(
        house.books, {"paid": house.one}, clock, house.caps, "here/1", keep_ms=exact_cache.HOUR_MS
    )  # fmt: skip
    await hour.complete((PRICED,), CALL, ACCOUNT, cache=True)
    clock.turn(3599)
    assert (await hour.complete((PRICED,), CALL, ACCOUNT, cache=True)).cached
    clock.turn(2)
    assert await house.books.write(exact_cache.forget_old, clock.now(), exact_cache.HOUR_MS) == 1
    assert not (await hour.complete((PRICED,), CALL, ACCOUNT, cache=True)).cached
    never = MeteredModel(house.books, {"paid": house.one}, clock, house.caps, "here/1", keep_ms=0)
    assert not (await never.complete((PRICED,), CALL, ACCOUNT, cache=True)).cached


async def test_what_was_saved_is_counted_for_who_asked_and_when(house: House, clock: TurnedClock) -> None:
    await house.ask(cache=True)
    await house.ask(cache=True)
    clock.turn(60)
    later = clock.now()
    assert (await house.books.read(cache_hits.saved_since, 0, person_id="ada"))[Cache.EXACT] == (1, COST)
    assert (await house.books.read(cache_hits.saved_since, 0, person_id="bea"))[Cache.EXACT] == (0, 0)
    assert (await house.books.read(cache_hits.saved_since, later))[Cache.EXACT] == (0, 0)
    assert await house.books.read(cache_hits.served, "o1") == {Cache.EXACT}
