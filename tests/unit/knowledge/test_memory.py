"""knowledge/memory.py: what was said is found again by whom it was said to, after restarts, and not beyond its caps."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from company import exchanges, forgetting, work_orders
from company.asking import memory_of
from company.books import Books, SqliteBooks
from company.memory_records import Recalled, Span
from company.records import ConversationKey, Desk, Person, Recalls, WorkOrder
from knowledge.index import Index
from knowledge.memory import Memory
from tests.fakes.clock import TurnedClock
from tests.unit.knowledge.talking import CHAT, DAY_MS, a_memory, a_person, an_exchange

THINGS = (
    "boiler", "cabin", "accountant", "van", "piano", "telescope", "greenhouse", "sailboat", "freezer", "chimney", "hammock",
    "ladder", "violin", "sewing machine", "kayak", "beehive", "drone", "lathe", "aquarium", "trampoline", "generator",
    "wheelbarrow", "projector", "typewriter", "sauna", "scooter", "tractor", "mailbox", "fountain", "carport", "easel",
    "anvil", "kiln", "loom", "gazebo", "turntable", "microscope", "harmonica", "dehumidifier", "weathervane",
)  # fmt: skip
NAMES = ("Abel", "Brix", "Cato", "Dorn", "Elba", "Faro", "Gent", "Hule", "Iven", "Juno")
CHATTER = (
    "Please shorten the letter to {}.", "Translate the menu for {}.", "What shall I cook for {} on day {}?",
    "Plan the meeting with {}, number {}.", "Write a birthday wish for {}.", "How far is it to the house of {}?",
)  # fmt: skip


@pytest.fixture
async def memory(tmp_path: Path, books: SqliteBooks, clock: TurnedClock) -> AsyncIterator[Memory]:
    made = a_memory(tmp_path, books, clock)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def ada(books: Books, clock: TurnedClock) -> Person:
    return await books.write(lambda tx: a_person(tx, clock.now(), "Ada"))


async def words(memory: Memory, question: str, reader: str, limit: int = 6) -> list[str]:
    return [one.words for one in await memory.recall(question, reader=reader, limit=limit)]


async def forget(books: Books, memory: Memory, clock: TurnedClock, order: WorkOrder) -> None:
    await books.write(lambda tx: forgetting.forget_exchange(tx, clock.now(), order, by="test"))
    await memory.catch_up()


async def test_what_was_said_is_found_with_day_and_name(books: Books, memory: Memory, ada: Person, clock: TurnedClock):
    order = await books.write(an_exchange, clock.now(), ada, "My landlord is called Frau Kessler.")
    await books.write(an_exchange, clock.now(), ada, "Water the plants on Friday.", "They will be soaked.")
    await memory.catch_up()
    (found,) = await memory.recall("Who is my landlord?", reader=ada.id)
    assert (found.number, found.who, found.own) == (order.number, "Ada", True)
    assert (found.words, found.day) == ("My landlord is called Frau Kessler.", "2026-11-18")
    assert found.passage.text == f"2026-11-18 11:06, Ada: {found.words}"
    assert (found.passage.document, found.passage.place) == ("💬 Telegram, 2026-11-18", f"Ada, #{order.number}")
    again = await memory.passage(found.passage.id, person_id=ada.id)
    assert again is not None
    assert again.text == found.passage.text
    assert await memory.passage(found.passage.id, person_id="somebody else") is None
    (answer,) = await memory.recall("soaked", reader=ada.id)
    assert (answer.who, answer.own, answer.words) == ("NEXUS", False, "They will be soaked.")
    assert await memory.recall("Who is my dentist?", reader=ada.id) == ()


async def test_a_long_answer_is_found_by_its_parts_and_a_question_about_the_past_is_not_kept(
    books: Books, memory: Memory, ada: Person, clock: TurnedClock
):
    long = "\n\n".join(
        f"Paragraph {number} is about the {thing} and nothing else at all. " * 4
        for number, thing in enumerate(THINGS[:8])
    )
    await books.write(lambda tx: an_exchange(tx, clock.now(), ada, "Tell me about all things.", long))
    asks = Recalls(about="telescope", by="person")
    await books.write(lambda tx: an_exchange(tx, clock.now(), ada, "What did I say about the telescope?", recalls=asks))
    await memory.catch_up()
    (first, *_) = await memory.recall("the paragraph about the telescope", reader=ada.id)
    assert "telescope" in first.words
    assert len(first.words) < len(long)
    assert all(
        "What did I say" not in said for said in await words(memory, "What did I say about the telescope?", ada.id)
    )


def said(number: int, thing: str) -> tuple[str, str, str]:
    fact = (
        f"The {thing} belongs to {NAMES[number % 10]} and its number is {thing[:2].upper()}-{7_000_000 + 37 * number}."
    )
    return fact, f"What is the number of the {thing}?", f"{7_000_000 + 37 * number}"


async def test_forty_facts_among_two_thousand_exchanges_are_found_after_a_restart_and_gone_when_forgotten(
    books: SqliteBooks, tmp_path: Path, clock: TurnedClock, ada: Person
):
    dice = random.Random(7)
    facts = {1 + 49 * number: said(number, thing) for number, thing in enumerate(THINGS)}
    orders: dict[int, WorkOrder] = {}

    def fill(tx):
        for number in range(2_000):
            at = clock.now() - (2_000 - number) * 1_800_000
            text = facts[number][0] if number in facts else dice.choice(CHATTER).format(dice.choice(NAMES), number)
            order = an_exchange(tx, at, ada, text, f"Very well, {dice.choice(NAMES)} will hear of it.")
            if number in facts:
                orders[number] = order

    await books.write(fill)
    memory = a_memory(tmp_path, books, clock)
    await memory.open()
    await memory.catch_up()
    await memory.close()
    memory = a_memory(tmp_path, books, clock)
    await memory.open()  # what is in the index is all there is: nothing is taken in anew
    found = [
        any(number in one for one in await words(memory, question, ada.id, 5)) for _, question, number in facts.values()
    ]
    assert sum(found) / len(found) >= 0.9
    print(f"R@5 of 40 facts among 2,000 exchanges: {sum(found) / len(found):.2f}")
    await memory.catch_up()
    for number in list(facts)[::8]:
        await forget(books, memory, clock, orders[number])
        _, question, secret = facts[number]
        assert not any(secret in one for one in await words(memory, question, ada.id, 20))
        on_disk = [path.read_bytes() for path in tmp_path.glob("memory.db*")]
        assert not any(secret.encode() in content for content in on_disk)
    await memory.close()


async def test_the_oldest_go_beyond_the_cap_and_the_days(
    books: SqliteBooks, tmp_path: Path, clock: TurnedClock, ada: Person
):
    def fill(tx):
        an_exchange(tx, clock.now() - 400 * DAY_MS, ada, "The password of the attic is owl.")
        for number in range(300):
            an_exchange(tx, clock.now() - (300 - number) * 3_600_000, ada, f"Remember the token t{number}x of the day.")

    await books.write(fill)
    memory = a_memory(tmp_path, books, clock, most=100, keep_days=365)
    await memory.open()
    await memory.catch_up()
    assert await words(memory, "password of the attic", ada.id) == []
    kept = [one for one in await memory.recall("", reader=ada.id, limit=1000) if one.own]
    assert len(kept) == 100
    assert kept[0].words == "Remember the token t200x of the day."
    assert kept[-1].words == "Remember the token t299x of the day."
    both = await memory.recall("", reader=ada.id, limit=1000)
    assert len(both) == 200  # whole exchanges: with their answers
    await memory.close()


async def test_a_kill_at_any_moment_leaves_what_a_second_reading_mends(
    books: SqliteBooks, tmp_path: Path, clock: TurnedClock, ada: Person, monkeypatch: pytest.MonkeyPatch
):
    for number in range(30):
        await books.write(
            lambda tx, number=number: an_exchange(
                tx, clock.now() + number * 7_200_000, ada, f"Fact {number} is q{number}z."
            )
        )

    class Killed(BaseException):
        pass

    whole = Index.replace
    for survives in (0, 3, 11):
        left = itertools.count()

        def dies(self, row, chunks, language, survives=survives, left=left):
            if next(left) >= survives:
                raise Killed
            whole(self, row, chunks, language)

        memory = a_memory(tmp_path, books, clock)
        await memory.open()
        monkeypatch.setattr(Index, "replace", dies)
        with pytest.raises(Killed):
            await memory.catch_up()
        monkeypatch.setattr(Index, "replace", whole)
        await memory.close()
    memory = a_memory(tmp_path, books, clock)
    await memory.open()
    await memory.catch_up()
    assert len([one for one in await memory.recall("", reader=ada.id, limit=100) if one.own]) == 30
    before = (tmp_path / "memory.db").read_bytes()
    assert before
    await memory.catch_up()
    assert len(await memory.recall("", reader=ada.id, limit=100)) == 60
    await memory.close()


async def test_what_other_books_said_is_not_remembered(
    books: SqliteBooks, tmp_path: Path, clock: TurnedClock, ada: Person
):
    await books.write(an_exchange, clock.now(), ada, "The boat is green.")
    memory = a_memory(tmp_path, books, clock)
    await memory.open()
    await memory.catch_up()
    await memory.close()
    other = SqliteBooks(tmp_path / "other.db", audit_key=b"a key for tests, 32 bytes long..")
    await other.open()
    await other.write(lambda tx: a_person(tx, clock.now(), "Bob"))
    memory = a_memory(tmp_path, other, clock)
    await memory.open()
    assert await memory.recall("boat", reader=ada.id) == ()
    await memory.close()
    await other.close()


async def test_a_time_is_part_of_the_query(books: Books, memory: Memory, ada: Person, clock: TurnedClock):
    then = clock.now() - 30 * DAY_MS
    await books.write(an_exchange, then, ada, "The kitchen becomes green.")
    await books.write(an_exchange, clock.now(), ada, "The kitchen becomes blue.")
    await memory.catch_up()
    span = Span(since=then - 1000, until=then + 1000)
    assert [one.words for one in await memory.recall("kitchen", reader=ada.id, span=span)] == [
        "The kitchen becomes green."
    ]
    named = [one.words for one in await memory.recall("", reader=ada.id, span=span)]
    assert named == ["The kitchen becomes green.", "Noted."]
    asked = Recalls(about="kitchen", since=span.since, until=span.until, by="person")
    assert [one.words for one in await memory.answering(asked, reader=ada.id)] == ["The kitchen becomes green."]
    assert await memory.answering(Recalls(about=""), reader=ada.id) == ()


async def test_new_ends_what_is_told_unasked_but_not_what_is_asked_for(
    books: Books, memory: Memory, ada: Person, clock: TurnedClock
):
    await books.write(an_exchange, clock.now(), ada, "My landlord is called Frau Kessler.")
    await memory.catch_up()
    letter = "Write a letter to my landlord."

    async def told() -> list[str]:
        order = await books.write(lambda tx: an_exchange(tx, clock.now(), ada, letter))
        return [one.words for one in await memory.beside(order)]

    assert await told() == ["My landlord is called Frau Kessler."]
    await books.write(work_orders.forget, clock.now(), CHAT, by=ada.id)
    assert await told() == []
    assert await words(memory, "landlord", ada.id) == ["My landlord is called Frau Kessler."]


async def test_a_group_that_moves_keeps_its_memory(books: Books, memory: Memory, ada: Person, clock: TurnedClock):
    group = ConversationKey(desk=Desk.TELEGRAM, chat="-5")
    await books.write(lambda tx: an_exchange(tx, clock.now(), ada, "The club meets in room 12.", where=group))
    await memory.catch_up()
    await books.write(work_orders.move_chat, clock.now(), Desk.TELEGRAM, "-5", "-1005")
    await memory.catch_up()
    moved = ConversationKey(desk=Desk.TELEGRAM, chat="-1005")
    assert await words(memory, "club room", moved.reader(ada.id)) == ["The club meets in room 12."]
    assert await words(memory, "club room", group.reader(ada.id)) == []


async def test_later_answers_about_the_past_and_briefs_go_with_it(any_books: Books, clock: TurnedClock):
    ada = await any_books.write(lambda tx: a_person(tx, clock.now(), "Ada"))
    first = await any_books.write(
        lambda tx: an_exchange(tx, clock.now(), ada, "The code is zebra-9.", "zebra-9, noted.")
    )
    later = await any_books.write(
        lambda tx: an_exchange(tx, clock.now(), ada, "Hello there", brief="earlier (#1): The code is zebra-9.")
    )
    asks = Recalls(about="code", by="person")
    past = await any_books.write(
        lambda tx: an_exchange(tx, clock.now(), ada, "What did I say of the code?", "You said zebra-9.", recalls=asks)
    )
    await any_books.write(lambda tx: forgetting.forget_exchange(tx, clock.now(), first, by=ada.id))
    left = [await any_books.read(work_orders.get, one.id) for one in (first, later, past)]
    assert [one.text for one in left if one] == ["(forgotten)", "Hello there", "(forgotten)"]
    assert "zebra" not in str(left)
    told = await any_books.read(lambda tx: exchanges.told_in(tx, exchanges.news(tx, 0).sittings))
    assert [one.question for some in told.values() for one in some] == ["Hello there"]


# -- isolation --------------------------------------------------------------------------------------------------------

OPERATIONS = 600


@dataclass
class Place:
    key: ConversationKey
    people: tuple[int, ...]


PLACES = (
    Place(ConversationKey(desk=Desk.TELEGRAM, chat="42"), (0,)),
    Place(ConversationKey(desk=Desk.CONSOLE, chat="0", topic="work"), (0,)),
    Place(ConversationKey(desk=Desk.TELEGRAM, chat="42", topic="9"), (0,)),
    Place(ConversationKey(desk=Desk.TELEGRAM, chat="43"), (1,)),
    Place(ConversationKey(desk=Desk.TELEGRAM, chat="-1001"), (0, 1, 2)),
    Place(ConversationKey(desk=Desk.TELEGRAM, chat="-1001", topic="7"), (0, 1, 2)),
    Place(ConversationKey(desk=Desk.TELEGRAM, chat="-1002"), (1, 2)),
)


@dataclass
class Model:
    """What each reader was told, and what of it was forgotten."""

    said: dict[str, dict[int, str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)


async def test_nobody_is_reminded_of_what_was_said_elsewhere(books: SqliteBooks, tmp_path: Path, clock: TurnedClock):
    dice, model = random.Random(11), Model()
    people = [
        await books.write(lambda tx, name=name: a_person(tx, clock.now(), name)) for name in ("Ada", "Bob", "Eve")
    ]
    memory = a_memory(tmp_path, books, clock)
    await memory.open()
    orders: dict[int, WorkOrder] = {}
    looked = 0
    for number in range(OPERATIONS):
        place = dice.choice(PLACES)
        person = people[dice.choice(place.people)]
        reader = place.key.reader(person.id)
        whose = memory_of(reader)
        match dice.randrange(8):
            case 0 | 1 | 2:
                mark = f"mark{number}q"
                clock.turn(dice.choice((1, 600, 7_200)))
                orders[number] = await books.write(
                    lambda tx, mark=mark, person=person, place=place: an_exchange(
                        tx,
                        clock.now(),
                        person,
                        f"The secret of the house is {mark}.",
                        f"The secret {mark} is kept.",
                        where=place.key,
                    )
                )
                model.said.setdefault(whose, {})[orders[number].number] = mark
            case 3 if model.said.get(whose):
                which = dice.choice(list(model.said[whose]))
                order = await books.read(work_orders.by_number, which)
                assert order is not None
                await forget(books, memory, clock, order)
                model.gone.add(model.said[whose].pop(which))
            case 4 if number % 9 == 0:
                await memory.close()
                memory = a_memory(tmp_path, books, clock)
                await memory.open()
            case 5:
                await memory.catch_up()
            case _:
                looked += 1
                order = await books.write(
                    lambda tx, person=person, place=place: an_exchange(
                        tx, clock.now(), person, "What is my secret of the house?", where=place.key
                    )
                )
                found: list[Recalled] = [*await memory.recall("the secret of the house", reader=reader, limit=20)]
                found += await memory.beside(order)
                found += await memory.answering(Recalls(about="secret house"), reader=reader)
                found += await memory.recall("", reader=reader, limit=30)
                mine = set(model.said.get(whose, {}).values())
                for one in found:
                    marks = {word for word in one.words.replace(".", " ").split() if word.startswith("mark")}
                    assert marks <= mine, (reader, one)
                    passage = await memory.passage(one.passage.id, person_id=reader)
                    assert passage is not None
                    others = (other.key.reader(people[other.people[0]].id) for other in PLACES)
                    stranger = next(other for other in others if memory_of(other) != whose)
                    assert await memory.passage(one.passage.id, person_id=stranger) is None
    assert looked > OPERATIONS / 10
    assert sum(map(len, model.said.values())) > 50
    await memory.close()


async def test_it_keeps_up_with_the_house_and_holds_nobody_up(
    books: SqliteBooks, tmp_path: Path, clock: TurnedClock, ada: Person
):
    """`run` takes in what `changes` tells of, and ends when it is cancelled."""
    memory = a_memory(tmp_path, books, clock)
    await memory.open()
    await books.write(an_exchange, clock.now(), ada, "The gate is blue.")
    running = asyncio.create_task(memory.run())
    await memory.caught_up.wait()
    assert await words(memory, "gate", ada.id) == ["The gate is blue."]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await memory.close()
