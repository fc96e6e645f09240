"""Ten thousand random acts of several people: no earlier answer of another person, reader, role or library is given."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import Connection, insert, update

from company import attempts, people, work_orders
from company.books import SqliteBooks
from company.clock import new_id
from company.config_cache import CacheSettings
from company.earlier import entries
from company.memory_records import NoMemory
from company.operations.earlier import EarlierAnswers, Looked
from company.records import (
    Assignment,
    Citation,
    ConversationKey,
    Deliverable,
    Desk,
    Difficulty,
    Kind,
    Outcome,
    Person,
    Role,
    Tier,
    Verdict,
    WorkOrder,
)
from company.schema import cache_evidence, orders
from tests.fakes.clock import TurnedClock
from tests.unit.company.house_doubles import request
from tests.unit.company.test_earlier_answers import Meanings

OPERATIONS = 10_000
PASS = Verdict(outcome=Outcome.PASS, spec="chat", spec_version=1)
CHATS = ("1", "2", "-7", "-8")  # two private ones, two groups; everybody speaks in all of them, which is the worst case
ASKED = tuple(f"What is the {what} of France?" for what in ("capital", "main town", "seat of power"))


@dataclass
class House:
    """What an answer may depend on, and what each secret was made of."""

    dice: random.Random
    libraries: dict[str, int] = field(default_factory=dict)
    employee: int = 0
    made_of: dict[str, tuple[object, ...]] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)

    async def version(self, reader: str) -> str:
        return str(self.libraries.setdefault(reader, 0))

    def made_by(self, tier: Tier) -> str:
        return f"{tier} {self.employee}"

    def state(self, order: WorkOrder, person: Person) -> tuple[object, ...]:
        return (
            person.id, order.reader_id, person.role, self.libraries.get(order.reader_id, 0), self.employee,
        )  # fmt: skip


async def settle(books: SqliteBooks, clock: TurnedClock) -> list[Person]:
    def write(tx: Connection) -> list[Person]:
        for number in range(200):  # all that is known says: such questions mean the same
            row = {
                "id": new_id(0), "entry": f"past {number // 4}", "model": "test/meanings", "similarity_ppm": 999_000,
                "right": 1, "created_at": clock.now(),
            }  # fmt: skip
            tx.execute(insert(cache_evidence), [row])
        names, roles = ("Ada", "Bea", "Cai"), (Role.BOARD, Role.MEMBER, Role.MEMBER)
        return [
            people.add(tx, clock.now(), name=name, role=role, language="en", by="test")
            for name, role in zip(names, roles, strict=True)
        ]

    return await books.write(write)


@pytest.mark.timeout(600)
async def test_nobody_is_given_what_was_answered_to_another(books: SqliteBooks, clock: TurnedClock) -> None:
    house = House(random.Random(11))
    earlier = EarlierAnswers(
        books, clock, CacheSettings(answers_error=0.2), Meanings(), NoMemory(), library=house.version, made_by=house.made_by,
        dice=lambda: 0.999,
    )  # fmt: skip
    staff = await settle(books, clock)
    given = by_meaning = 0
    for turn in range(OPERATIONS):
        act = house.dice.random()
        clock.turn(1)
        if act < 0.03:
            if house.libraries:
                house.libraries[house.dice.choice(sorted(house.libraries))] += 1
        elif act < 0.04:
            house.employee += 1
        elif act < 0.05:
            at = house.dice.randrange(len(staff))
            staff[at] = replace(staff[at], role=house.dice.choice((Role.BOARD, Role.MEMBER)))
        elif act < 0.06:
            who = house.dice.choice(staff)
            await books.write(entries.forget_person, who.id)
            house.forgotten |= {secret for secret, state in house.made_of.items() if state[0] == who.id}
        elif act < 0.065:
            await books.write(entries.forget_all)
            house.forgotten |= set(house.made_of)
        else:
            looked, order, person = await ask(books, clock, earlier, house, turn, staff)
            if looked.offer is not None:
                secret = looked.offer.deliverable.text
                assert house.made_of[secret] == house.state(order, person), turn
                assert secret not in house.forgotten, turn
                assert [one.quote for one in looked.offer.deliverable.citations] == [secret], turn
                given += 1
                by_meaning += not looked.offer.same_words
    assert given > OPERATIONS // 4
    assert by_meaning > 50


async def ask(
    books: SqliteBooks, clock: TurnedClock, earlier: EarlierAnswers, house: House, turn: int, staff: list[Person]
) -> tuple[Looked, WorkOrder, Person]:
    """One order; where nothing is given again, an answer that names what it was made of, delivered and kept."""
    person, now = house.dice.choice(staff), clock.now()
    where = ConversationKey(desk=Desk.TELEGRAM, chat=house.dice.choice(CHATS))
    asking = request(person, house.dice.choice(ASKED), update=f"u{turn}", conversation=where)
    accepted = await books.write(work_orders.accept, now, asking)
    assignment = Assignment(
        kind=Kind.CHAT, difficulty=Difficulty.TRIVIAL, language="en", brief="", ladder=(Tier.INTERN, Tier.DIRECTOR)
    )  # fmt: skip
    order = replace(accepted, assignment=assignment)
    looked = await earlier.look(order, person, ())
    assert looked is not None
    if looked.offer is None:
        secret = f"secret {turn}"
        house.made_of[secret] = house.state(order, person)
        cited = Citation(marker=1, passage_id=f"p{turn}", document="d.md", place="", quote=secret)
        deliverable = Deliverable(
            text=secret, employee="intern", title="Intern", tier=Tier.INTERN, model="m", citations=(cited,)
        )  # fmt: skip

        def write(tx: Connection) -> None:
            done = {"state": "delivered", "answer": secret}
            tx.execute(update(orders).where(orders.c.id == order.id).values(**done))
            attempts.keep_citations(tx, order, deliverable.citations)
            earlier.keep(tx, now, order, looked, deliverable, PASS)

        await books.write(write)
    return looked, order, person
