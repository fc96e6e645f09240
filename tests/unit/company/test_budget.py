"""company/budget.py: no cap is overshot, the running sums are the ledger, nothing is charged twice."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pydantic import ValidationError
from sqlalchemy import Connection, create_engine, select
from sqlalchemy.pool import StaticPool

from company import audit, budget
from company.books import AUDIT_KEY as KEY
from company.books import Books
from company.budget import Busy, Caps, Price, Reservation, Scope, Wish
from company.clock import day_of
from company.config import BudgetSettings, PriceSettings
from company.errors import BudgetExceeded
from company.records import Account, ModelRef, Purpose, Usage
from company.schema import cap_raises, ledger, metadata
from tests.conftest import AUDIT_KEY
from tests.fakes.clock import START
from tests.unit.company.house_doubles import PRICE, PRICED, budget_of, sums_kept, sums_of_ledger

CAPS = Caps(
    BudgetSettings(
        per_order=Decimal("0.004"),
        per_person_day=Decimal("0.010"),
        day=Decimal("0.014"),
        month=Decimal("0.020"),
        judge_day=Decimal("0.003"),
    ),
    ZoneInfo("Europe/Paris"),
)
WIDE = Caps(budget_of(), ZoneInfo("UTC"))
HOUR = 3_600_000
ACTS = {"reserve": 5, "settle": 4, "again": 1, "release": 1, "orphan": 1, "die": 1, "raise": 1, "set": 1, "time": 1}


def wish(
    person: str = "ada", order: str | None = "o1", *, given: int = 100, out: int = 100, typical: int = 20,
    purpose: Purpose = Purpose.WORK,
) -> Wish:  # fmt: skip
    return Wish(
        ref=PRICED, price=PRICE, input_tokens=given, max_output_tokens=out, typical_output_tokens=typical,
        account=Account(person_id=person, employee="intern", purpose=purpose, order_id=order),
    )  # fmt: skip


@dataclass
class Walk:
    """Any order of acts on the ledger, with the truth kept beside it."""

    caps: Caps
    now: int = START
    run: int = 1
    open: dict[str, tuple[int, Wish]] = field(default_factory=dict)  # reservation -> micro, wish
    closed: list[str] = field(default_factory=list)
    orphaned: list[str] = field(default_factory=list)
    charged: int = 0
    used: dict[tuple[str, str], int] = field(default_factory=dict)  # when a cap was last set

    def reserve(self, tx: Connection, made: Wish) -> str:
        try:
            got = budget.reserve(tx, self.now, self.caps, made, f"here/{self.run}")
        except BudgetExceeded as error:
            assert error.needed_micro > error.left_micro, "refused though it would have fitted"  # noqa: PT017
            return "exceeded"
        if isinstance(got, Busy):
            assert self.open or self.orphaned, "told to wait for nobody"
            return "busy"
        assert isinstance(got, Reservation)
        assert made.typical_output_tokens <= got.max_output_tokens <= made.max_output_tokens
        self.open[got.id] = (got.micro, made)
        for line in budget.balances(tx, self.now, self.caps, person_id=made.account.person_id, order_id=None):
            assert line.room_micro >= 0, f"reserved beyond {line}"
        return "reserved"

    def settle(self, tx: Connection, chosen: int, share: float) -> None:
        if not self.open:
            return
        key = sorted(self.open)[chosen % len(self.open)]
        reserved, _ = self.open.pop(key)
        self._settle(tx, key, int(reserved * share))

    def settle_orphan(self, tx: Connection) -> None:
        """Its process was thought dead, and comes back with the bill."""
        if self.orphaned:
            self._settle(tx, self.orphaned.pop(), 7)

    def _settle(self, tx: Connection, key: str, amount: int) -> None:
        for _ in range(2):  # a repeated commit charges once
            budget.settle(
                tx, self.now, self.caps, key, usage=Usage(output_tokens=1), charged=amount, latency_ms=1, outcome="ok"
            )
        self.charged += amount
        self.closed.append(key)

    def settle_again(self, tx: Connection, chosen: int) -> None:
        if self.closed:
            key = self.closed[chosen % len(self.closed)]
            near = budget.settle(
                tx, self.now, self.caps, key, usage=Usage(), charged=999_999, latency_ms=1, outcome="ok"
            )
            assert near == ()
            budget.release(tx, self.now, key, outcome="late")

    def release(self, tx: Connection, chosen: int) -> None:
        if self.open:
            key = sorted(self.open)[chosen % len(self.open)]
            del self.open[key]
            for _ in range(2):
                budget.release(tx, self.now, key, outcome="ModelUnavailable")

    def die(self, tx: Connection) -> None:
        self.run += 1
        count = budget.return_orphans(tx, self.now, f"here/{self.run}")
        assert count == len(self.open)
        assert budget.return_orphans(tx, self.now, f"here/{self.run}") == 0
        self.orphaned += list(self.open)
        self.open.clear()

    def raise_cap(self, tx: Connection, scope: Scope, extra: int) -> None:
        purpose = Purpose.QA if scope is Scope.QA else Purpose.WORK
        key = self.caps.keys(self.now, "ada", "o1", purpose)[scope]
        budget.raise_cap(tx, self.now, scope, key, extra, by="ada")

    def set_cap(self, tx: Connection, scope: Scope, micro: int) -> None:
        """What is used already may lie above a lower cap; nothing may come on top of it."""
        for (kind, key), (charged, reserved) in sums_kept(tx).items():
            if kind == scope:
                self.used[kind, key] = charged + reserved
        budget.set_cap(tx, self.now, self.caps, scope, micro, by="ada")
        assert budget.cap_of(tx, self.caps, scope) == micro

    def check(self, tx: Connection) -> None:
        kept = sums_kept(tx)
        assert kept == sums_of_ledger(tx)
        assert all(charged >= 0 and reserved >= 0 for charged, reserved in kept.values())
        extra: dict[tuple[str, str], int] = {}
        for row in tx.execute(select(cap_raises)):
            extra[row.scope, row.key] = extra.get((row.scope, row.key), 0) + row.extra_micro
        late = sum(1 for row in tx.execute(select(ledger)) if row.charged_micro == 7)
        for (scope, key), (charged, reserved) in kept.items():
            cap = budget.cap_of(tx, self.caps, Scope(scope)) + extra.get((scope, key), 0)
            cap = max(cap, self.used.get((scope, key), 0))
            assert charged + reserved <= cap + 7 * late, f"{scope} {key}: {charged} + {reserved} > {cap}"
        assert sum(c for (scope, _), (c, _r) in kept.items() if scope == "month") == self.charged
        assert sum(r for (scope, _), (_c, r) in kept.items() if scope == "month") == sum(
            micro for micro, _ in self.open.values()
        )


WISHES = st.builds(
    wish, st.sampled_from(["ada", "bob"]), st.sampled_from(["o1", "o2", "o3", None]), given=st.integers(0, 300),
    out=st.integers(20, 200), typical=st.integers(1, 20), purpose=st.sampled_from([Purpose.WORK, Purpose.QA]),
)  # fmt: skip


class AnyOrder(RuleBasedStateMachine):
    """Hypothesis looks for an order of acts that breaks an invariant; on SQLite in memory, so that it can look long."""

    @initialize()
    def open_books(self) -> None:
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        metadata.create_all(self.engine)
        self.tx = self.engine.connect()
        self.tx.info[KEY] = AUDIT_KEY
        self.walk = Walk(CAPS)

    def teardown(self) -> None:
        if hasattr(self, "tx"):
            assert audit.verify(self.tx).sound
            self.tx.close()
            self.engine.dispose()

    @rule(made=WISHES)
    def reserve(self, made: Wish) -> None:
        self.walk.reserve(self.tx, made)

    @rule(chosen=st.integers(0, 9), share=st.floats(0, 1))
    def settle(self, chosen: int, share: float) -> None:
        self.walk.settle(self.tx, chosen, share)

    @rule(chosen=st.integers(0, 9))
    def settle_again(self, chosen: int) -> None:
        self.walk.settle_again(self.tx, chosen)

    @rule(chosen=st.integers(0, 9))
    def release(self, chosen: int) -> None:
        self.walk.release(self.tx, chosen)

    @rule()
    def settle_orphan(self) -> None:
        self.walk.settle_orphan(self.tx)

    @rule()
    def die(self) -> None:
        self.walk.die(self.tx)

    @rule(scope=st.sampled_from(list(Scope)), extra=st.integers(1, 5_000))
    def raise_cap(self, scope: Scope, extra: int) -> None:
        self.walk.raise_cap(self.tx, scope, extra)

    @rule(scope=st.sampled_from(budget.CHANGEABLE), micro=st.integers(0, 30_000))
    def set_cap(self, scope: Scope, micro: int) -> None:
        self.walk.set_cap(self.tx, scope, micro)

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.walk.now += hours * HOUR

    @invariant()
    def the_sums_are_the_ledger(self) -> None:
        if hasattr(self, "walk"):
            self.walk.check(self.tx)


AnyOrder.TestCase.settings = hypothesis_settings(max_examples=30, stateful_step_count=25, deadline=None)
TestAnyOrder = AnyOrder.TestCase


@pytest.mark.parametrize("seed", [5, 6])
async def test_any_order_of_acts_on_real_books(any_books: Books, seed: int) -> None:
    dice, walk, seen = random.Random(seed), Walk(CAPS), set()
    for _ in range(100):
        act = dice.choices(list(ACTS), weights=list(ACTS.values()))[0]
        a, b = dice.randrange(10), dice.random()
        made = wish(dice.choice(["ada", "bob"]), dice.choice(["o1", "o2", None]), given=dice.randrange(300), out=60)
        acts = {
            "reserve": lambda tx: seen.add(walk.reserve(tx, made)),  # noqa: B023
            "settle": lambda tx: walk.settle(tx, a, b**0.2),  # noqa: B023
            "again": lambda tx: walk.settle_again(tx, a),  # noqa: B023
            "release": lambda tx: walk.release(tx, a),  # noqa: B023
            "orphan": walk.settle_orphan,
            "die": walk.die if b < 0.3 else walk.check,
            "raise": lambda tx: walk.raise_cap(tx, Scope.ORDER, 50),
            "set": lambda tx: walk.set_cap(tx, Scope.DAY, 2_000 * (a + 1)),  # noqa: B023
            "time": walk.check,
        }
        walk.now += 1000 if act != "time" else HOUR
        await any_books.write(acts[act])
        await any_books.read(walk.check)
    assert {"reserved", "exceeded"} <= seen


async def test_busy_is_told_only_while_others_hold_money(books: Books) -> None:
    def write(tx: Connection) -> None:
        caps = Caps(budget_of(day="0.0020"), ZoneInfo("UTC"))
        first = budget.reserve(tx, START, caps, wish(order="o1", typical=100), "here/1")
        assert isinstance(first, Reservation)
        assert budget.reserve(tx, START, caps, wish(order="o2", typical=100), "here/1") == Busy(scope=Scope.DAY)
        budget.settle(tx, START, caps, first.id, usage=Usage(), charged=1500, latency_ms=1, outcome="ok")
        with pytest.raises(BudgetExceeded, match="is left of the company's cap for today") as refusal:
            budget.reserve(tx, START, caps, wish(order="o2", typical=100), "here/1")
        assert (refusal.value.scope, refusal.value.left_micro) == ("day", 500)

    await books.write(write)


async def test_when_the_worst_does_not_fit_the_output_is_bounded_to_the_typical(books: Books) -> None:
    def write(tx: Connection) -> None:
        caps = Caps(budget_of(per_order="0.002"), ZoneInfo("UTC"))
        got = budget.reserve(tx, START, caps, wish(out=1000, typical=50), "here/1")
        assert isinstance(got, Reservation)
        assert got.max_output_tokens == 50
        assert got.micro == 375 + 750  # 100 tokens written to the cache at 3.75, 50 of output at 15

    await books.write(write)


async def test_the_board_is_warned_once_per_day_and_month(any_books: Books) -> None:
    caps = Caps(budget_of(day="0.001", month="0.002"), ZoneInfo("UTC"))

    def spend(tx: Connection, amount: int) -> list[str]:
        got = budget.reserve(tx, START, caps, wish(given=0, out=1, typical=1), "here/1")
        assert isinstance(got, Reservation)
        near = budget.settle(tx, START, caps, got.id, usage=Usage(), charged=amount, latency_ms=1, outcome="ok")
        return [line.scope.value for line in near]

    warned = [await any_books.write(spend, amount) for amount in (740, 9, 1, 100, 100)]
    assert warned == [[], [], ["day"], [], []]
    entries = await any_books.read(audit.entries, fact="cap.near")
    assert [entry.payload["scope"] for entry in entries] == ["day"]


async def test_a_charge_after_midnight_counts_for_the_day_it_was_reserved(books: Books) -> None:
    caps = Caps(budget_of(day="0.001"), ZoneInfo("UTC"))

    def write(tx: Connection) -> None:
        got = budget.reserve(tx, START, caps, wish(given=0, out=60, typical=60), "here/1")
        assert isinstance(got, Reservation)
        tomorrow = START + 24 * HOUR
        near = budget.settle(tx, tomorrow, caps, got.id, usage=Usage(), charged=900, latency_ms=1, outcome="ok")
        assert [(line.scope, line.key) for line in near] == [(Scope.DAY, day_of(START))]
        lines = budget.balances(tx, tomorrow, caps, person_id="ada", order_id=None)
        assert {line.scope: line.charged_micro for line in lines} == {Scope.PERSON: 0, Scope.DAY: 0, Scope.MONTH: 900}

    await books.write(write)


async def test_orphans_of_others_are_returned_after_the_longest_call_only(books: Books) -> None:
    def write(tx: Connection) -> None:
        got = budget.reserve(tx, START, WIDE, wish(), "elsewhere/1")
        assert isinstance(got, Reservation)
        assert budget.return_orphans(tx, START + 10 * 60_000, "here/1") == 0
        assert budget.return_orphans(tx, START + 16 * 60_000, "here/1") == 1
        # ... and when its call comes back all the same, the money is charged
        budget.settle(tx, START, WIDE, got.id, usage=Usage(), charged=11, latency_ms=1, outcome="ok")
        assert budget.charged_for(tx, "o1") == 11
        assert sums_kept(tx) == sums_of_ledger(tx)

    await books.write(write)


async def test_an_order_of_the_day_of_a_zone(books: Books) -> None:
    caps = Caps(budget_of(), ZoneInfo("Pacific/Kiritimati"))  # UTC+14
    assert caps.keys(START, "ada", None)[Scope.DAY] == "2026-11-19"
    assert caps.keys(START, "ada", None)[Scope.MONTH] == "2026-11"


async def test_typical_output_is_the_measured_95th_percentile(books: Books) -> None:
    def write(tx: Connection) -> tuple[int, int]:
        for number in range(19):
            got = budget.reserve(tx, START + number, WIDE, wish(), "here/1")
            assert isinstance(got, Reservation)
            usage = Usage(output_tokens=100 + number)
            budget.settle(tx, START, WIDE, got.id, usage=usage, charged=1, latency_ms=1, outcome="ok")
        before = budget.typical_output(tx, "intern", "one")
        budget.free_call(
            tx, START + 20, WIDE, wish(), usage=Usage(output_tokens=900), latency_ms=1, outcome="ok", holder="here/1"
        )
        return before, budget.typical_output(tx, "intern", "one")

    assert await books.write(write) == (budget.TYPICAL_OUTPUT_TOKENS, 118)


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "-0.01"])
def test_no_price_is_negative_or_not_a_number(value: str) -> None:
    """F50."""
    for name in ("input", "output", "cache_read", "cache_write"):
        with pytest.raises(ValidationError):
            PriceSettings.model_validate({"input": "1", "output": "1", name: value})
    with pytest.raises(ValidationError):
        BudgetSettings.model_validate({"day": value})


def test_a_cost_is_rounded_up_and_never_below_its_parts() -> None:
    tenth = Price(input=Decimal("0.1"), output=Decimal("0.1"), cache_read=Decimal(0), cache_write=Decimal(0))
    assert tenth.cost(Usage(input_tokens=1)) == 1
    assert tenth.cost(Usage(input_tokens=5, output_tokens=5)) == 1
    assert budget.FREE.free
    assert not tenth.free


def test_the_reservation_covers_every_way_the_input_can_be_billed() -> None:
    odd = Price(input=Decimal(1), output=Decimal(1), cache_read=Decimal(9), cache_write=Decimal(2))
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    with engine.connect() as tx:
        made = Wish(
            ref=ModelRef(provider="p", model="m"), price=odd, input_tokens=10, max_output_tokens=10,
            typical_output_tokens=10, account=wish().account,
        )  # fmt: skip
        got = budget.reserve(tx, START, WIDE, made, "here/1")
    engine.dispose()
    assert isinstance(got, Reservation)
    assert got.micro == 100


async def test_a_cap_that_the_board_sets_holds_at_once_and_for_every_day_after(books: Books) -> None:
    caps, account = Caps(budget_of(day="0.01"), ZoneInfo("UTC")), {"person_id": "ada", "order_id": None}

    def room(tx: Connection, now: int) -> int:
        return {line.scope: line for line in budget.balances(tx, now, caps, **account)}[Scope.DAY].room_micro  # type: ignore[arg-type]

    def write(tx: Connection) -> None:
        got = budget.reserve(tx, START, caps, wish(), "here/1")
        assert isinstance(got, Reservation)
        budget.set_cap(tx, START, caps, Scope.DAY, got.micro - 1, by="ada")
        assert room(tx, START) == -1
        with pytest.raises(BudgetExceeded):
            budget.reserve(tx, START, caps, wish(typical=100), "here/1")
        budget.raise_cap(tx, START, Scope.DAY, day_of(START, caps.zone), 5_000, by="ada")
        assert room(tx, START) == 4_999
        assert room(tx, START + 24 * HOUR) == got.micro - 1, "what was added to one day stays with it"
        budget.set_cap(tx, START, caps, Scope.DAY, 20_000, by="ada")
        budget.set_cap(tx, START, caps, Scope.DAY, 20_000, by="ada")
        assert budget.cap_of(tx, caps, Scope.DAY) == 20_000
        assert [e.payload["micro"] for e in audit.entries(tx, fact="cap.set")] == [got.micro - 1, 20_000]
        later = Caps(budget_of(day="0.03"), ZoneInfo("UTC"))
        assert budget.cap_of(tx, later, Scope.DAY) == 30_000, "the settings were changed after it: theirs holds"
        assert budget.cap_of(tx, caps, Scope.MONTH) == caps.base(Scope.MONTH)

    await books.write(write)
