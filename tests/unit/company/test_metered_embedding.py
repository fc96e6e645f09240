"""company/metered_embedding.py: vectors go through the ledger like every other call, and have a line of their own."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from company.books import Books
from company.budget import Caps, Price
from company.config import BudgetSettings
from company.embedding_records import Embedded, EmbeddingCall
from company.errors import BudgetExceeded, ModelError, ModelNonsense, ModelUnavailable, PriceUnknown
from company.metered_embedding import MeteredEmbedder, Prefixes
from company.operations import reading
from company.records import ModelRef, Usage
from company.schema import ledger
from tests.fakes.clock import TurnedClock
from tests.unit.company.house_doubles import budget_of, put_price, settle_in, sums_kept, sums_of_ledger

REF = ModelRef(provider="paid", model="vectors")
CENT = Price(input=Decimal(10), output=Decimal(0), cache_read=Decimal(10), cache_write=Decimal(10))


class Door:
    """The provider: a vector of two numbers for each text."""

    def __init__(self, *errors: ModelError, used: int = 7) -> None:
        self.provider = "paid"
        self.errors = list(errors)
        self.calls: list[EmbeddingCall] = []
        self.used = used
        self.hold = asyncio.Event()
        self.hold.set()
        self.reached = asyncio.Event()

    async def embed(self, call: EmbeddingCall) -> Embedded:
        self.calls.append(call)
        self.reached.set()
        await self.hold.wait()
        if self.errors:
            raise self.errors.pop(0)
        return Embedded(vectors=tuple((1.0, 0.5) for _ in call.texts), usage=Usage(input_tokens=self.used))


def make(
    books: Books, clock: TurnedClock, door: Door, caps: BudgetSettings | None = None, *, ref: ModelRef = REF
) -> MeteredEmbedder:
    found = Caps(caps or budget_of(embeddings_day="1"), ZoneInfo("UTC"))
    prefixes = Prefixes(question="ask: ", passage="text: ")
    return MeteredEmbedder(books, door, ref, clock, found, "here/1", prefixes)


async def rows(books: Books) -> list[tuple[str, str, str, str, int, int, str]]:
    columns = (
        ledger.c.employee, ledger.c.purpose, ledger.c.state, ledger.c.person_id, ledger.c.charged_micro,
        ledger.c.input_tokens, ledger.c.outcome,
    )  # fmt: skip
    found = await books.read(lambda tx: tx.execute(select(*columns).order_by(ledger.c.id)).all())
    return [tuple(row) for row in found]  # type: ignore[misc]


async def test_each_call_is_reserved_and_settled_in_a_line_of_its_own(books: Books, clock: TurnedClock) -> None:
    board, door = await settle_in(books, clock), Door()
    await books.write(put_price, clock.now(), REF, CENT)
    embedder = make(books, clock, door)
    assert await embedder.passages(["one", "two"]) == ((1.0, 0.5), (1.0, 0.5))
    assert await embedder.question("where?", person_id=board.id) == (1.0, 0.5)
    assert [call.texts for call in door.calls] == [("text: one", "text: two"), ("ask: where?",)]
    assert set(await rows(books)) == {
        ("library", "embedding", "charged", "company", 70, 7, "ok"),
        ("library", "embedding", "charged", board.id, 70, 7, "ok"),
    }
    report = await books.read(
        reading.cost_report, clock.now(), Caps(BudgetSettings(), ZoneInfo("UTC")), board, "today", everybody=True
    )
    assert [(line.employee, line.model, line.calls, line.charged_micro) for line in report.lines] == [
        ("library", "paid/vectors", 2, 140)
    ]
    assert await books.read(sums_kept) == await books.read(sums_of_ledger)


async def test_a_local_model_is_counted_and_free(books: Books, clock: TurnedClock) -> None:
    embedder = make(
        books, clock, Door(), budget_of(day="0", embeddings_day="0"), ref=ModelRef(provider="ollama", model="m")
    )
    await embedder.passages(["one"])
    assert await rows(books) == [("library", "embedding", "charged", "company", 0, 7, "ok")]


async def test_without_a_price_nothing_is_sent(books: Books, clock: TurnedClock) -> None:
    door = Door()
    with pytest.raises(PriceUnknown, match="No price is known for paid/vectors"):
        await make(books, clock, door).passages(["one"])
    assert door.calls == []


@pytest.mark.parametrize("cap", ["embeddings_day", "day", "month", "per_person_day"])
async def test_no_cap_is_overshot(books: Books, clock: TurnedClock, cap: str) -> None:
    """Each call may cost 0.00015 dollars (15 bytes) and costs 0.00007: a thousandth of a dollar holds thirteen."""
    await books.write(put_price, clock.now(), REF, CENT)
    door = Door()
    embedder = make(books, clock, door, budget_of(**{"embeddings_day": "1", cap: "0.001"}))
    refused = 0
    for _ in range(30):
        try:
            await embedder.passages(["b"])
        except BudgetExceeded:
            refused += 1
    charged = sum(row[4] for row in await rows(books))
    assert refused == 30 - len(door.calls)
    assert 0 < refused < 30
    assert charged <= 1000
    assert await books.read(sums_kept) == await books.read(sums_of_ledger)
    clock.turn(24 * 3600)
    if cap != "month":
        await embedder.passages(["b"])


async def test_many_at_once_stay_below_the_line_of_the_vectors(books: Books, clock: TurnedClock) -> None:
    await books.write(put_price, clock.now(), REF, CENT)
    door = Door(used=14)
    door.hold.clear()
    embedder = make(books, clock, door, budget_of(embeddings_day="0.001"))
    running = [asyncio.ensure_future(embedder.passages(["b"])) for _ in range(40)]
    await door.reached.wait()
    door.hold.set()
    ended = await asyncio.gather(*running, return_exceptions=True)
    assert any(isinstance(one, BudgetExceeded) for one in ended)
    assert 0 < sum(row[4] for row in await rows(books)) <= 1000


async def test_what_failed_is_given_back_and_what_was_of_no_use_is_charged(books: Books, clock: TurnedClock) -> None:
    await books.write(put_price, clock.now(), REF, CENT)
    door = Door(ModelUnavailable("away"), ModelNonsense("not vectors"))
    embedder = make(books, clock, door)
    with pytest.raises(ModelUnavailable):
        await embedder.passages(["one"])
    with pytest.raises(ModelNonsense):
        await embedder.passages(["one"])
    states = {(row[2], row[4], row[6]) for row in await rows(books)}
    assert states == {("released", 0, "ModelUnavailable"), ("charged", 40, "ModelNonsense")}
    assert await books.read(sums_kept) == await books.read(sums_of_ledger)


async def test_who_stops_waiting_leaves_no_money_reserved(books: Books, clock: TurnedClock) -> None:
    await books.write(put_price, clock.now(), REF, CENT)
    door = Door()
    door.hold.clear()
    embedder = make(books, clock, door)
    asking = asyncio.ensure_future(embedder.question("where?", person_id="ada"))
    await door.reached.wait()
    asking.cancel()
    await asyncio.wait([asking])
    door.hold.set()
    second = asyncio.ensure_future(embedder.question("and there?", person_id="ada"))
    await second
    door.hold.clear()
    door.reached.clear()
    third = asyncio.ensure_future(embedder.question("cut off", person_id="ada"))
    await door.reached.wait()
    await embedder.close()
    await asyncio.wait([third])
    assert sorted((row[2], row[6]) for row in await rows(books)) == [
        ("charged", "CancelledError"), ("charged", "ok"), ("charged", "ok"),
    ]  # fmt: skip
    assert await books.read(sums_kept) == await books.read(sums_of_ledger)


async def test_an_untold_use_is_charged_at_its_bound(books: Books, clock: TurnedClock) -> None:
    await books.write(put_price, clock.now(), REF, CENT)
    await make(books, clock, Door(used=0)).passages(["12345"])
    ((*_, charged, tokens, _),) = await rows(books)
    assert (charged, tokens) == (190, 19)


def test_another_prefix_is_another_model(books: Books, clock: TurnedClock) -> None:
    caps = Caps(BudgetSettings(), ZoneInfo("UTC"))
    names = {
        MeteredEmbedder(books, Door(), REF, clock, caps, "here/1", Prefixes(question=ask, passage=text)).model
        for ask, text in (("", ""), ("q: ", ""), ("", "p: "), ("", "d: "))
    }
    assert len(names) == 3
    assert "paid/vectors" in names
