"""One of two processes that spend from the same books at the same time: run by `test_metering_race.py`.

Prints what its provider double really charged, how many calls were answered, and how many refused.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from company.books import Books, PostgresBooks, SqliteBooks
from company.budget import Caps, Price
from company.clock import SystemClock
from company.errors import BudgetExceeded
from company.metering import MeteredModel, input_bound
from company.ports import OnText
from company.records import Account, Completion, Condition, Health, Message, ModelCall, Purpose, Stop, Usage
from company.secrets import Secret
from tests.conftest import AUDIT_KEY
from tests.unit.company.house_doubles import PRICE, PRICED, budget_of

ORDERS = 25


class RandomDoor:
    """Takes a random time and uses a random number of tokens, at most what the call is bounded to."""

    provider = "paid"

    def __init__(self, seed: int, *, price: Price = PRICE, longest_s: float = 0.02, share: float = 1.0) -> None:
        self.dice = random.Random(seed)
        self.price = price
        self.longest_s = longest_s
        self.share = share
        self.truth_micro = 0
        self.calls = 0
        self.at_once = 0
        self.most_at_once = 0

    async def complete(self, call: ModelCall, on_text: OnText | None = None) -> Completion:
        self.calls += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.dice.random() * self.longest_s)
        self.at_once -= 1
        output = self.dice.randint(0, int(call.max_output_tokens * self.share))
        given = self.dice.randint(1, max(1, int(input_bound(call) * self.share)))
        read = self.dice.randint(0, given)
        usage = Usage(input_tokens=0, output_tokens=output, cache_read_tokens=read, cache_write_tokens=given - read)
        self.truth_micro += self.price.cost(usage)
        return Completion(text="x", usage=usage, stop=Stop.END, provider="paid", model=call.model)

    async def check(self) -> Health:
        return Health(part="paid", condition=Condition.OK)

    async def close(self) -> None:
        return None


def order_call(number: int) -> tuple[ModelCall, Account]:
    """The model call of one order."""
    call = ModelCall(
        model="", system="be short", messages=(Message(role="user", text=f"question {number} " * 5),),
        max_output_tokens=200,
    )  # fmt: skip
    account = Account(person_id="ada", employee="intern", purpose=Purpose.WORK, order_id=f"order {number}")
    return call, account


async def spend(metered: MeteredModel, first: int, count: int) -> list[BudgetExceeded | None]:
    """That many orders at once; each is answered (None) or refused."""

    async def one(number: int) -> BudgetExceeded | None:
        try:
            await metered.complete((PRICED,), *order_call(number))
        except BudgetExceeded as refusal:
            return refusal
        return None

    return await asyncio.gather(*(one(first + number) for number in range(count)))


async def main(where: str, schema: str, name: str, cap: str) -> None:
    books: Books
    if schema:
        books = PostgresBooks(Secret(where, "test"), audit_key=AUDIT_KEY, schema_name=schema)
    else:
        books = SqliteBooks(Path(where), audit_key=AUDIT_KEY)
    await books.open()
    door = RandomDoor(int(name), longest_s=0.15)
    metered = MeteredModel(
        books, {"paid": door}, SystemClock(), Caps(budget_of(day=cap), ZoneInfo("UTC")), f"box{name}:_x/1"
    )  # fmt: skip
    answers = await spend(metered, 1000 * int(name), 1)  # so that both have spent, however the race goes
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)  # both start at once
    answers += await spend(metered, 1000 * int(name) + 1, ORDERS - 1)
    await books.close()
    refused = [{"needed": r.needed_micro, "left": r.left_micro} for r in answers if r is not None]
    print(json.dumps({"truth": door.truth_micro, "calls": door.calls, "refused": refused}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
