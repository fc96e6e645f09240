"""company/metering.py: retries, fallbacks, circuits, caching, and a ledger row for whatever was used."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, insert, select

from company import metering
from company.books import Books, SqliteBooks
from company.budget import Caps
from company.config import BudgetSettings
from company.errors import (
    BudgetExceeded,
    ContextTooLong,
    LostClaim,
    ModelNonsense,
    ModelOverloaded,
    ModelRefusedKey,
    ModelRejected,
    ModelUnavailable,
    NobodyAvailable,
    PriceUnknown,
)
from company.metering import MeteredModel
from company.ports import OnText
from company.records import (
    Account,
    Completion,
    Condition,
    Health,
    Message,
    ModelCall,
    ModelRef,
    Purpose,
    Stop,
    ToolSpec,
    Usage,
)
from company.schema import about, cache_hits, ledger
from tests.fakes.clock import TurnedClock
from tests.unit.company.house_doubles import (
    PRICE,
    PRICED,
    budget_of,
    charged_in_all,
    put_price,
    sums_kept,
    sums_of_ledger,
)

SECOND = ModelRef(provider="other", model="two")
LOCAL = ModelRef(provider="ollama", model="qwen")
CALL = ModelCall(model="", system="be short", messages=(Message(role="user", text="hello"),), max_output_tokens=100)
ACCOUNT = Account(person_id="ada", employee="intern", purpose=Purpose.WORK, order_id="o1")
USED = Usage(input_tokens=10, output_tokens=20)
COST = 330

Step = Completion | BaseException | Callable[[ModelCall, OnText | None], Awaitable[Completion]]


def answer(text: str = "good day", *, usage: Usage = USED, stop: Stop = Stop.END) -> Completion:
    return Completion(text=text, usage=usage, stop=stop, provider="paid", model="one")


class Door:
    """Plays its steps, then answers."""

    def __init__(self, provider: str, *steps: Step) -> None:
        self.provider = provider
        self.steps = list(steps)
        self.calls: list[ModelCall] = []

    async def complete(self, call: ModelCall, on_text: OnText | None = None) -> Completion:
        self.calls.append(call)
        step = self.steps.pop(0) if self.steps else answer(f"from {self.provider}")
        if isinstance(step, BaseException):
            raise step
        return step if isinstance(step, Completion) else await step(call, on_text)

    async def check(self) -> Health:
        return Health(part=self.provider, condition=Condition.OK)

    async def close(self) -> None:
        return None


class House:
    """A metered door with two paid providers and a local one, and what the ledger says."""

    def __init__(self, books: Books, clock: TurnedClock, settings: BudgetSettings | None = None) -> None:
        self.books, self.clock = books, clock
        self.one, self.two, self.local = Door("paid"), Door("other"), Door("ollama")
        doors = {"paid": self.one, "other": self.two, "ollama": self.local}
        self.caps = Caps(settings or budget_of(), ZoneInfo("UTC"))
        self.metered = MeteredModel(books, doors, clock, self.caps, "here/1")

    async def ask(self, *models: ModelRef, call: ModelCall = CALL, **more: Any) -> Completion:
        return await self.metered.complete(models or (PRICED,), call, ACCOUNT, **more)

    async def ask_turning(self, *models: ModelRef, **more: Any) -> tuple[Completion, list[float]]:
        """Ask, and let each pause pass; the pauses that were made."""
        asking = asyncio.ensure_future(self.ask(*models, **more))
        pauses = []
        while not asking.done():
            sleeping = asyncio.ensure_future(self.clock.until_asleep())
            await asyncio.wait((asking, sleeping), return_when=asyncio.FIRST_COMPLETED)
            sleeping.cancel()
            if (pause := self.clock.next_wake_s) is not None:
                pauses.append(pause)
                self.clock.turn(pause)
        return await asking, pauses

    async def rows(self) -> list[tuple[str, str, int]]:
        """(outcome, state, charged) of each row, in order."""

        def read(tx: Connection) -> list[tuple[str, str, int]]:
            assert sums_kept(tx) == sums_of_ledger(tx)
            rows = tx.execute(select(ledger).order_by(ledger.c.created_at, ledger.c.settled_at, ledger.c.id))
            return [(row.outcome, row.state, row.charged_micro) for row in rows]

        return await self.books.read(read)


@pytest.fixture
async def house(books: SqliteBooks, clock: TurnedClock) -> House:
    await books.write(put_price, 0)
    await books.write(put_price, 0, SECOND)
    return House(books, clock)


async def test_a_call_is_reserved_made_and_settled(house: House) -> None:
    got = await house.ask()
    assert got.text == "from paid"
    assert house.one.calls[0].model == "one"
    assert await house.rows() == [("ok", "charged", COST)]


async def test_passing_failures_are_repeated_with_growing_jittered_pauses(house: House) -> None:
    house.one.steps = [ModelUnavailable("reset"), ModelNonsense("cut off", usage=USED)]
    got, pauses = await house.ask_turning()
    assert got.text == "from paid"
    assert len(pauses) == 2
    assert 0.2 <= pauses[0] <= 0.4
    assert 0.75 <= pauses[1] <= 1.5
    assert sorted(await house.rows()) == [
        ("ModelNonsense", "charged", COST),
        ("ModelUnavailable", "released", 0),
        ("ok", "charged", COST),
    ]


async def test_jitter_differs_between_calls(house: House) -> None:
    pauses = set()
    for _ in range(4):
        house.one.steps = [ModelUnavailable("reset")]
        pauses.update((await house.ask_turning())[1])
    assert len(pauses) > 1


async def test_a_short_wait_that_a_provider_asks_for_is_obeyed(house: House) -> None:
    house.one.steps = [ModelOverloaded("later", retry_after_s=5.0)]
    _, pauses = await house.ask_turning()
    assert pauses == [pytest.approx(5.0)]


async def test_a_long_wait_goes_to_the_fallback_and_the_provider_has_its_rest(house: House) -> None:
    house.one.steps = [ModelOverloaded("much later", retry_after_s=60.0)]
    assert (await house.ask(PRICED, SECOND)).text == "from other"
    assert (await house.ask(PRICED, SECOND)).text == "from other"
    assert len(house.one.calls) == 1
    house.clock.turn(61)
    assert (await house.ask(PRICED, SECOND)).text == "from paid"


async def test_models_are_asked_in_the_order_of_the_list(house: House) -> None:
    house.one.steps = [ModelRejected("no such model")]
    house.two.steps = [ModelRefusedKey("bad key")]
    assert (await house.ask(PRICED, SECOND, LOCAL)).text == "from ollama"
    assert [len(door.calls) for door in (house.one, house.two, house.local)] == [1, 1, 1]
    assert {row[0] for row in await house.rows()} == {"ModelRejected", "ModelRefusedKey", "ok"}


async def test_triage_is_tried_once(house: House) -> None:
    house.local.steps = [ModelUnavailable("connection refused")]
    triage = replace(ACCOUNT, purpose=Purpose.TRIAGE)
    with pytest.raises(NobodyAvailable, match="connection refused"):
        await house.metered.complete((LOCAL,), CALL, triage)
    assert len(house.local.calls) == 1


async def test_a_refused_key_is_not_tried_again_for_five_minutes(house: House) -> None:
    house.one.steps = [ModelRefusedKey("bad key")]
    with pytest.raises(NobodyAvailable):
        await house.ask()
    assert house.metered.down(PRICED)
    with pytest.raises(NobodyAvailable, match="paid/one"):
        await house.ask()
    assert len(house.one.calls) == 1
    house.clock.turn(metering.KEY_REFUSED_OPEN_S + 0.1)
    assert (await house.ask()).text == "from paid"


async def test_the_circuit_opens_after_failures_in_a_row_and_one_call_probes_it(house: House) -> None:
    house.one.steps = [ModelUnavailable("down")] * 6
    with pytest.raises(NobodyAvailable):
        await house.ask_turning()
    with pytest.raises(NobodyAvailable):
        await house.ask_turning()
    assert len(house.one.calls) == metering.CIRCUIT_FAILURES
    assert house.metered.down(PRICED)
    house.clock.turn(metering.CIRCUIT_OPEN_S + 0.1)
    assert not house.metered.down(PRICED)
    assert (await house.ask(PRICED, SECOND)).text == "from other"  # the probe failed: open again at once
    assert len(house.one.calls) == metering.CIRCUIT_FAILURES + 1
    house.clock.turn(metering.CIRCUIT_OPEN_S + 0.1)
    waiting, go = asyncio.Event(), asyncio.Event()

    async def slow(call: ModelCall, on_text: OnText | None) -> Completion:
        waiting.set()
        await go.wait()
        return answer("back")

    house.one.steps = [slow]
    probe = asyncio.ensure_future(house.ask())
    await waiting.wait()
    assert (await house.ask(PRICED, SECOND)).text == "from other"  # while one probes, others go elsewhere
    go.set()
    assert (await probe).text == "back"
    assert (await house.ask(PRICED, SECOND)).text == "from paid"


@pytest.mark.parametrize("fault", [RuntimeError("a bug"), ContextTooLong("too long"), asyncio.CancelledError()])
async def test_a_probe_that_ends_oddly_does_not_lock_the_model_out(house: House, fault: BaseException) -> None:
    house.one.steps = [ModelRefusedKey("bad key"), fault]
    with pytest.raises(NobodyAvailable):
        await house.ask()
    house.clock.turn(metering.KEY_REFUSED_OPEN_S + 0.1)
    with pytest.raises(type(fault)):
        await house.ask()
    assert (await house.ask()).text == "from paid"


async def test_all_down_says_which_and_when_to_come_back(house: House) -> None:
    house.one.steps = [ModelOverloaded("later", retry_after_s=90.0)]
    with pytest.raises(NobodyAvailable, match="paid/one: later; nowhere/x: not configured") as nobody:
        await house.ask(PRICED, ModelRef(provider="nowhere", model="x"))
    assert nobody.value.retry_after_s == 90.0
    with pytest.raises(NobodyAvailable, match="none is configured"):
        await house.metered.complete((), CALL, ACCOUNT)


async def test_rejected_by_all_is_said_as_such(house: House) -> None:
    house.one.steps, house.two.steps = [ModelRejected("bad request")], [ModelRejected("no tools here")]
    with pytest.raises(ModelRejected, match="no tools here"):
        await house.ask(PRICED, SECOND)


async def test_too_long_is_for_the_caller_to_mend(house: House) -> None:
    house.one.steps = [ContextTooLong("too long", usage=Usage(input_tokens=10))]
    with pytest.raises(ContextTooLong):
        await house.ask(PRICED, SECOND)
    assert await house.rows() == [("ContextTooLong", "charged", 30)]


async def test_an_unknown_price_is_refused_with_the_settings_name_and_the_next_model_asked(house: House) -> None:
    unknown = ModelRef(provider="paid", model="new")
    with pytest.raises(PriceUnknown, match=r'\[prices."paid/new"\]'):
        await house.ask(unknown)
    assert house.one.calls == []
    assert (await house.ask(unknown, SECOND)).text == "from other"


async def test_an_unknown_price_can_be_counted_at_the_stated_worst_case(books: SqliteBooks, clock: TurnedClock) -> None:
    settings = budget_of(unknown_price="worst-case", worst_case_input="10", worst_case_output="100")
    house = House(books, clock, settings)
    await house.ask(ModelRef(provider="paid", model="new"))
    assert await house.rows() == [("ok", "charged", 2100)]


async def test_a_local_model_is_counted_and_free(books: SqliteBooks, clock: TurnedClock) -> None:
    house = House(books, clock, budget_of(day="0", month="0", per_order="0", per_person_day="0"))
    await house.ask(LOCAL)
    assert await house.rows() == [("ok", "charged", 0)]
    with pytest.raises(PriceUnknown):
        await house.ask()


async def test_stopped_in_mid_stream_is_charged_for_what_was_streamed(house: House) -> None:
    streaming = asyncio.Event()

    async def stream(call: ModelCall, on_text: OnText | None) -> Completion:
        assert on_text is not None
        on_text("word " * 8)
        streaming.set()
        await asyncio.Event().wait()
        raise AssertionError

    house.one.steps = [stream]
    heard: list[str] = []
    asking = asyncio.ensure_future(house.ask(on_text=heard.append))
    await streaming.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    bound = metering.input_bound(CALL)
    estimate = PRICE.cost(Usage(input_tokens=bound // 4, output_tokens=10))
    assert await house.rows() == [("stopped", "charged", estimate)]
    assert heard == ["word " * 8]


async def test_a_stream_that_breaks_is_charged_for_what_arrived(house: House) -> None:
    def broken(text: str, told: Usage | None) -> Callable[[ModelCall, OnText | None], Awaitable[Completion]]:
        async def stream(call: ModelCall, on_text: OnText | None) -> Completion:
            assert on_text is not None
            on_text(text)
            raise ModelUnavailable("reset", usage=told)

        return stream

    house.one.steps = [broken("x" * 80, Usage(input_tokens=10, output_tokens=1))]
    await house.ask_turning()
    charged = [row for row in await house.rows() if row[0] == "ModelUnavailable"]
    assert charged == [("ModelUnavailable", "charged", 10 * 3 + 20 * 15)]
    house.one.steps = [broken("x" * 10_000, None)]  # more text than tokens were bounded to: never above the reservation
    await house.ask_turning()
    charged = [row for row in await house.rows() if row[0] == "ModelUnavailable"]
    assert charged[1][2] == PRICE.cost(Usage(input_tokens=metering.input_bound(CALL) // 4, output_tokens=100))


async def test_stopped_while_the_money_is_being_set_aside_leaves_nothing_reserved(house: House) -> None:
    for turns in range(12):
        asking = asyncio.ensure_future(house.ask())
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    await house.books.write(lambda tx: None)  # whatever was queued has been written
    assert [row for row in await house.rows() if row[1] == "reserved"] == []


async def test_a_turn_and_its_charge_are_one_commit(house: House) -> None:
    def also(tx: Connection, completion: Completion) -> None:
        charged = charged_in_all(tx)
        tx.execute(insert(about), [{"name": "turn", "value": f"{completion.text} {charged}"}])

    await house.ask(also=also)
    assert await house.books.read(lambda tx: tx.scalar(select(about.c.value).where(about.c.name == "turn"))) == (
        f"from paid {COST}"
    )


async def test_a_turn_that_can_not_be_recorded_is_paid_all_the_same(house: House) -> None:
    def also(tx: Connection, completion: Completion) -> None:
        tx.execute(insert(about), [{"name": "turn", "value": "x"}])
        raise LostClaim("somebody else has it")

    with pytest.raises(LostClaim):
        await house.ask(also=also)
    assert await house.books.read(lambda tx: tx.scalar(select(about.c.value).where(about.c.name == "turn"))) is None
    assert await house.rows() == [("unrecorded", "charged", COST)]


async def test_the_same_question_is_served_from_the_cache(house: House) -> None:
    seen: list[bool] = []

    def also(tx: Connection, completion: Completion) -> None:
        seen.append(completion.cached)

    first = await house.ask(cache=True, also=also)
    second = await house.ask(cache=True, also=also)
    assert (first.text, first.cached) == (second.text, not second.cached)
    assert seen == [False, True]
    assert len(house.one.calls) == 1
    assert sorted(await house.rows()) == [("cached", "charged", 0), ("ok", "charged", COST)]
    assert await house.books.read(lambda tx: tx.scalar(select(cache_hits.c.saved_micro))) == COST


async def test_the_cache_is_exact_and_forgets(house: House) -> None:
    await house.ask(cache=True)
    other = ModelCall(
        model="", system="be short", messages=(Message(role="user", text="hello!"),), max_output_tokens=100
    )
    await house.ask(cache=True, call=other)
    await house.ask(SECOND, cache=True)
    await house.ask()  # did not ask for the cache
    assert len(house.one.calls) == 3
    assert len(house.two.calls) == 1
    house.clock.turn(24 * 3600 + 1)
    assert not (await house.ask(cache=True)).cached


async def test_half_an_answer_is_not_remembered(house: House) -> None:
    house.one.steps = [answer("cut", stop=Stop.LENGTH)]
    await house.ask(cache=True)
    assert (await house.ask(cache=True)).text == "from paid"


async def test_waiting_for_others_ends_when_one_of_them_settles(books: SqliteBooks, clock: TurnedClock) -> None:
    """Sixty others settle one after another meanwhile: that is not sixty seconds of waiting."""
    await books.write(put_price, 0)
    house = House(books, clock, budget_of(day=str(Decimal(5000) / 1_000_000)))
    gates = [asyncio.Event() for _ in range(62)]

    def held(number: int) -> Callable[[ModelCall, OnText | None], Awaitable[Completion]]:
        async def hold(call: ModelCall, on_text: OnText | None) -> Completion:
            await gates[number].wait()
            return answer(str(number), usage=Usage(output_tokens=1))

        return hold

    house.one.steps = [held(number) for number in range(62)]
    asking = [asyncio.ensure_future(house.ask()) for _ in range(62)]
    for gate in gates:
        gate.set()
    done = await asyncio.gather(*asking)  # the clock is never turned
    assert len(done) == 62
    assert len(await house.rows()) == 62


async def test_waiting_too_long_is_refused(books: SqliteBooks, clock: TurnedClock) -> None:
    await books.write(put_price, 0)
    house = House(books, clock, budget_of(day=str(Decimal(2500) / 1_000_000)))
    other = MeteredModel(books, {"paid": Door("paid", hang)}, clock, house.caps, "elsewhere/1")
    hanging = asyncio.ensure_future(other.complete((PRICED,), CALL, ACCOUNT))
    while not (await house.rows()):
        await asyncio.sleep(0)
    asking = asyncio.ensure_future(house.ask())
    await clock.until_asleep()
    clock.turn(metering.BUSY_WAIT_S + 0.1)
    with pytest.raises(BudgetExceeded, match="hold the rest"):
        await asking
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)


async def hang(call: ModelCall, on_text: OnText | None) -> Completion:
    await asyncio.Event().wait()
    raise AssertionError


async def test_the_call_is_made_with_the_output_that_was_reserved(books: SqliteBooks, clock: TurnedClock) -> None:
    await books.write(put_price, 0)
    house = House(books, clock, budget_of(per_order=str(Decimal(1024 * 15 + 500) / 1_000_000)))
    call = ModelCall(model="", system="s", messages=(Message(role="user", text="q"),), max_output_tokens=8000)
    await house.ask(call=call)
    assert house.one.calls[0].max_output_tokens == 1024


def test_the_bound_of_the_input_grows_with_everything_that_is_sent() -> None:
    tool = ToolSpec(name="t", description="d", schema={"type": "object"})
    plain = metering.input_bound(CALL)
    assert plain > len("be short" + "hello")
    with_tool = ModelCall(model="", system="be short", messages=CALL.messages, tools=(tool,))
    with_schema = ModelCall(model="", system="be short", messages=CALL.messages, schema={"type": "object"})
    assert metering.input_bound(with_tool) > plain + 500
    assert metering.input_bound(with_schema) > plain + 500
    chinese = ModelCall(model="", system="", messages=(Message(role="user", text="字" * 100),))
    assert metering.input_bound(chinese) >= 300
