"""What was said, for whoever said it: found by words, and forgotten (port `PastOffice`)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from company import people, work_orders
from company.asking import memory_of
from company.errors import Refused
from company.forgetting import is_forgotten
from company.memory_records import Recalled
from company.operations.house import House
from company.people import Action
from company.ports import Change
from company.records import ConversationKey, Person, WorkOrder

MOST = 6
"""Exchanges that are shown, and forgotten, at a time: their numbers have to fit a button."""
LOOKED_AT = 24


class Past:
    """Over the memory and the books."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def about(self, person: Person, conversation: ConversationKey, words: str) -> tuple[Recalled, ...]:
        """What this person could have forgotten, best first, one piece of each exchange."""
        self._need(person)
        reader = conversation.reader(person.id)
        await self._house.memory.catch_up()
        found = await self._house.memory.recall(words, reader=reader, limit=LOOKED_AT)
        by_number: dict[int, Recalled] = {}
        for one in found:
            by_number.setdefault(one.number, one)
        orders = await self._house.books.read(_by_numbers, tuple(by_number))
        mine = {one.number for one in orders if self._theirs(one, person, reader)}
        return tuple(one for number, one in by_number.items() if number in mine)[:MOST]

    async def said_in(self, person: Person, conversation: ConversationKey, order_id: str) -> int:
        """The number of an order that this person could have forgotten; 0 when it is none."""
        self._need(person)
        order = await self._house.books.read(work_orders.get, order_id)
        return order.number if order and self._theirs(order, person, conversation.reader(person.id)) else 0

    async def forget(
        self, person: Person, conversation: ConversationKey, numbers: Collection[int], *, also: Change | None = None
    ) -> int:
        """Forget these exchanges, as far as they are this person's; how many were. `also` is written in any case."""
        self._need(person)
        reader, forget = conversation.reader(person.id), self._house.forget
        now = self._house.clock.now()

        def write(tx: Connection) -> int:
            done = 0
            for number in sorted(numbers):
                order = work_orders.by_number(tx, number)
                if order is not None and forget is not None and self._theirs(order, person, reader):
                    forget(tx, now, order, person.id)
                    done += 1
            if also is not None:
                also(tx)
            return done

        done = await self._house.books.write(write)
        if done:
            await self._house.books.scrub()
            await self._house.memory.catch_up()
        return done

    def _theirs(self, order: WorkOrder, person: Person, reader: str) -> bool:
        """Said here, over, and by this person; what others said in a group the Board may have forgotten."""
        if not order.state.ended or is_forgotten(order) or memory_of(order.reader_id) != memory_of(reader):
            return False
        return order.person_id == person.id or people.may(person, Action.MANAGE_PEOPLE)

    def _need(self, person: Person) -> None:
        if not people.may(person, Action.ORDER):
            raise Refused(self._house.replies.texts.say(person.language, "no_right"))


def _by_numbers(tx: Connection, numbers: Collection[int]) -> tuple[WorkOrder, ...]:
    found = (work_orders.by_number(tx, number) for number in numbers)
    return tuple(one for one in found if one is not None)
