"""company/decisions.py: a card is taken once, by one person, in time."""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection

from company import decisions, people, work_orders
from company.books import Books
from company.records import Person, Role
from tests.unit.company.house_doubles import request


def ask(tx: Connection) -> tuple[decisions.Decision, Person, Person]:
    ada = people.add(tx, 0, name="Ada", role=Role.BOARD, language="en", by="x")
    bea = people.add(tx, 1, name="Bea", role=Role.BOARD, language="en", by="x")
    order = work_orders.accept(tx, 1, request(ada))
    return decisions.ask(tx, 1, order, kind="budget", subject={"add_micro": 5}, expires_at=100), ada, bea


async def test_of_two_at_once_one_decides(any_books: Books) -> None:
    card, ada, bea = await any_books.write(ask)
    taken = await asyncio.gather(
        *(any_books.write(decisions.take, 50, card, who, what) for who, what in ((ada, "add"), (bea, "stop")))
    )
    assert sorted(taken) == [False, True]
    now = await any_books.read(decisions.get, card.id)
    assert now is not None
    winner = ("Ada", "add") if taken[0] else ("Bea", "stop")
    assert (now.decided_by, now.choice, now.state, now.decided_at) == (*winner, "taken", 50)
    assert await any_books.read(decisions.open_count) == 0


async def test_too_late_is_no(any_books: Books) -> None:
    card, ada, _ = await any_books.write(ask)
    assert await any_books.read(decisions.overdue, 99) == ()
    assert [one.id for one in await any_books.read(decisions.overdue, 100)] == [card.id]
    assert not await any_books.write(decisions.take, 100, card, ada, "add")
    await any_books.write(decisions.expire, 101, card)
    await any_books.write(decisions.expire, 102, card)
    now = await any_books.read(decisions.get, card.id)
    assert now is not None
    assert (now.state, now.decided_at) == ("expired", 101)
    assert not await any_books.write(decisions.take, 50, card, ada, "add")


async def test_an_expiry_does_not_undo_a_decision(any_books: Books) -> None:
    card, ada, _ = await any_books.write(ask)
    assert await any_books.write(decisions.take, 50, card, ada, "add")
    await any_books.write(decisions.expire, 200, card)
    now = await any_books.read(decisions.get, card.id)
    assert now is not None
    assert now.state == "taken"
    assert await any_books.read(decisions.get, "none") is None
