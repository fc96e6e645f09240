"""The quota of tokens: refused at the limit, free below it, each person apart, new after midnight."""

from __future__ import annotations

from dataclasses import replace

import pytest

from company.books import Books
from company.errors import Refused
from company.records import Account, Purpose
from company.token_quota import used_today
from tests.fakes.clock import TurnedClock
from tests.unit.company.house_doubles import PRICED, budget_of, put_price
from tests.unit.company.test_metering import ACCOUNT, CALL, COST, LOCAL, USED, House, answer

EACH = USED.input_tokens + USED.output_tokens
DAY_S = 86_400


async def ask(house: House, account: Account = ACCOUNT, *, local: bool = True, cache: bool = False) -> None:
    for door in (house.one, house.local):
        door.steps = [answer(usage=USED)]
    await house.metered.complete((LOCAL if local else PRICED,), CALL, account, cache=cache)


@pytest.fixture
def books(any_books: Books) -> Books:
    """On both databases."""
    return any_books


async def test_at_the_limit_it_is_refused_until_midnight_and_for_nobody_else(books: Books, clock: TurnedClock) -> None:
    await books.write(put_price, 0)
    house = House(books, clock, budget_of(person_tokens_day=2 * EACH))
    await ask(house)
    await ask(house, local=False)
    with pytest.raises(Refused, match=rf"{2 * EACH} of {2 * EACH} tokens today \(\[budget\] person_tokens_day\)"):
        await ask(house)
    with pytest.raises(Refused):
        await ask(house, local=False)
    assert [row[0] for row in await house.rows()] == ["ok", "ok"], "nothing was called or reserved"
    await ask(house, replace(ACCOUNT, person_id="ben"))
    await ask(house, replace(ACCOUNT, purpose=Purpose.QA))  # what was written is inspected all the same
    clock.turn(DAY_S)
    await ask(house)
    assert await books.read(used_today, clock.now(), house.caps, "ada") == EACH


async def test_without_a_limit_nothing_is_refused_and_what_was_kept_is_free(books: Books, clock: TurnedClock) -> None:
    await books.write(put_price, 0)
    house = House(books, clock)
    for _ in range(5):
        await ask(house)
    assert await books.read(used_today, clock.now(), house.caps, "ada") == 5 * EACH
    bounded = House(books, clock, budget_of(person_tokens_day=6 * EACH))
    await ask(bounded, local=False, cache=True)
    await ask(bounded, local=False, cache=True)  # the same call again: kept, so it needs no quota
    assert sorted(row[2] for row in await bounded.rows()) == [0, 0, 0, 0, 0, 0, COST]
    with pytest.raises(Refused):
        await ask(bounded, local=False)
