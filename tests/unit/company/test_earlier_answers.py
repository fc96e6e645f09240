"""Earlier answers in the way of an order: what is given again, to whom, what it says of it, and what ends it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import Connection, func, insert, select, update

from company import audit, cache_hits, work_orders
from company.books import Books
from company.cache_hits import Cache
from company.clock import new_id
from company.config_cache import CacheSettings
from company.earlier import entries
from company.embedding_records import Vector
from company.errors import ModelUnavailable
from company.memory_records import NoMemory, Recalled
from company.operations.earlier import EarlierAnswers, where_wanted
from company.records import (
    ConversationKey,
    DataBlock,
    Desk,
    Origin,
    Outcome,
    Passage,
    Person,
    Role,
    State,
    Tier,
    Verdict,
    WorkOrder,
)
from company.schema import cache_evidence, earlier_answers, orders, outbox, receipts
from tests.fakes.clock import TurnedClock
from tests.unit.company.at_work import accepted, member_of
from tests.unit.company.house_doubles import FAIL, World, settle_in

ASKED = "What is the capital of France?"
NEAR = "Which city is the capital of France?"
FAR = "What is the longest river of France?"


@dataclass
class Meanings:
    """An embedder of the test: each text has the vector that it was given, (1, 0) when it has none."""

    vectors: dict[str, Vector] = field(default_factory=dict)
    model: str = "test/meanings"
    asked: list[str] = field(default_factory=list)
    down: bool = False

    async def question(self, text: str, *, person_id: str) -> Vector:
        self.asked.append(text)
        if self.down:
            raise ModelUnavailable("away")
        return self.vectors.get(text, (1.0, 0.0))

    async def passages(self, texts: Sequence[str]) -> Sequence[Vector]:
        raise AssertionError

    async def close(self) -> None:
        return None


@dataclass
class Around:
    """What an answer depends on beside the words."""

    library: str = "v1"
    employee: str = "intern v1"

    async def version(self, reader: str) -> str:
        return f"{self.library} for {reader}"

    def made_by(self, tier: Tier) -> str:
        return f"{self.employee} {tier}" if tier is not Tier.CLERK else ""


@dataclass
class Told(NoMemory):
    """A memory that is reminded of these words of the asker's."""

    words: list[str] = field(default_factory=list)

    async def beside(self, order: WorkOrder, limit: int = 4) -> tuple[Recalled, ...]:
        found = Passage(id="p", document="", place="", text="")
        return tuple(
            Recalled(
                passage=found, conversation_id="c", number=1, day="2026-03-03", moment="", who="Ada", own=True,
                words=words,
            )
            for words in self.words
        )  # fmt: skip


@dataclass
class Place:
    world: World
    owner: Person
    around: Around
    meanings: Meanings
    books: Books
    clock: TurnedClock
    dice: list[float]
    memory: Told = field(default_factory=Told)
    number: int = 0

    async def ask(self, text: str = ASKED, *, person: Person | None = None, **more: object) -> WorkOrder:
        """One order, worked on and delivered."""
        self.number += 1
        order = await accepted(self.world, person or self.owner, update=f"u{self.number}", text=text, **more)
        done = await self.world.fulfil(order)
        await self.books.write(work_orders.delivered, self.clock.now(), done.id)
        return await self.world.order(done.id)

    async def hit(self, order: WorkOrder) -> bool:
        return Cache.ANSWER in await self.books.read(cache_hits.served, order.id)

    async def learn(self, right: int, *, similarity: float = 0.97, wrong_at: float = 0.75) -> None:
        """So many other questions of the past, each with one right observation that near and one wrong farther off."""

        def write(tx: Connection) -> None:
            for number in range(right):
                for at, good in ((similarity, 1), (similarity, 1), (wrong_at, 0)):
                    row = {
                        "id": new_id(0), "entry": f"past {number}", "model": self.meanings.model,
                        "similarity_ppm": round(at * 1e6), "right": good, "created_at": self.clock.now(),
                    }  # fmt: skip
                    tx.execute(insert(cache_evidence), [row])

        await self.books.write(write)


def place_of(books: Books, clock: TurnedClock, owner: Person, settings: CacheSettings | None = None) -> Place:
    around, meanings, dice, memory = Around(), Meanings(), [0.0], Told()
    meanings.vectors = {ASKED: (1.0, 0.0), NEAR: (0.97, 0.2431), FAR: (0.2, 0.98)}
    earlier = EarlierAnswers(
        books, clock, settings or CacheSettings(), meanings, memory, library=around.version, made_by=around.made_by,
        dice=lambda: dice[0],
    )  # fmt: skip
    return Place(World(books, clock, earlier=earlier), owner, around, meanings, books, clock, dice, memory)


@pytest.fixture
async def place(any_books: Books, clock: TurnedClock) -> Place:
    return place_of(any_books, clock, await settle_in(any_books, clock))


# -- given again ------------------------------------------------------------------------------------------------------


async def test_the_same_words_get_the_same_answer_for_nothing_and_it_says_so(place: Place) -> None:
    first = await place.ask()
    second = await place.ask("what's the capital of France, please")
    assert second.answer == first.answer == "answer of the intern, attempt 1"
    assert len(place.world.staff.jobs) == 1
    assert len(place.world.inspector.seen) == 2  # it is inspected for the new question
    again = place.world.inspector.seen[-1]
    assert again.earlier_at == place.clock.now()
    report = await place.world.ops.cost(place.owner)
    assert (report.saved_answers, report.saved_answers_micro) == (1, report.total_micro)
    (fact,) = await place.books.read(
        audit.entries, order_id=second.id, facts=frozenset({"order.answered_from_earlier"})
    )
    assert fact.payload["earlier"] == first.id
    kinds = await _buttons(place, second)
    assert second.id in kinds


async def test_a_question_that_means_the_same_is_explored_first_and_given_again_once_it_is_known_to_be(
    place: Place,
) -> None:
    await place.ask()
    explored = await place.ask(NEAR)
    assert not await place.hit(explored)  # nothing is known yet
    assert await _evidence(place) == [(970, 1)]  # the two answers were the same
    await place.learn(60)
    place.dice[0] = 0.999  # no need to explore unless that is sure
    place.world.house.earlier._news = 99  # type: ignore[union-attr]
    place.meanings.vectors["Which town is the capital of France?"] = (0.97, 0.2431)
    near = await place.ask("Which town is the capital of France?")
    assert await place.hit(near)
    assert near.answer == explored.answer
    far = await place.ask(FAR)
    assert not await place.hit(far)


async def test_an_explored_answer_that_differs_speaks_against_the_earlier_one(place: Place) -> None:
    await place.ask()
    place.world.staff.steps.append("It is 5 o'clock in Lyon")
    await place.ask(NEAR)
    assert await _evidence(place) == [(970, 0)]
    assert await _kept(place) == 2  # it is kept beside the first: the next like it finds the nearer of the two


async def test_two_neighbours_with_different_answers_are_both_left_alone(place: Place) -> None:
    await place.ask()
    place.world.staff.steps.append("42 and nothing else")
    await place.ask(NEAR)
    await place.learn(60)
    place.dice[0] = 0.999
    between = "In which town is the capital of France?"
    place.meanings.vectors[between] = (0.99, 0.141)
    assert not await place.hit(await place.ask(between))


async def test_what_inspection_does_not_pass_is_not_given_again(place: Place) -> None:
    await place.ask()
    place.world.inspector.verdicts.append(FAIL)
    second = await place.ask()
    assert not await place.hit(second)
    assert len(place.world.staff.jobs) == 2
    assert second.state is State.DELIVERED


async def test_without_a_model_only_the_same_words_are_found(any_books: Books, clock: TurnedClock) -> None:
    owner = await settle_in(any_books, clock)
    around = Around()
    earlier = EarlierAnswers(
        any_books, clock, CacheSettings(), None, NoMemory(), library=around.version, made_by=around.made_by, dice=lambda: 1.0
    )  # fmt: skip
    place = Place(World(any_books, clock, earlier=earlier), owner, around, Meanings(), any_books, clock, [1.0])
    await place.ask()
    assert await place.hit(await place.ask(ASKED.upper()))
    assert not await place.hit(await place.ask(NEAR))


async def test_a_model_that_is_away_holds_nothing_up(place: Place) -> None:
    place.meanings.down = True
    await place.ask()
    assert not await place.hit(await place.ask(NEAR))
    assert await place.hit(await place.ask())


# -- never ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        "What is the capital of Germany?",
        "What is not the capital of France?",
        "Where is the capital of France?",
        "What is the capital of France 2?",
        "What is the largest capital of France?",
    ],
)
async def test_another_name_number_negation_or_sort_of_asking_is_another_question(place: Place, other: str) -> None:
    """Even though the test's model puts all of them on the same spot, and everything of the past was right."""
    await place.learn(60)
    place.dice[0] = 1.0
    await place.ask()
    assert not await place.hit(await place.ask(other))


@pytest.mark.parametrize(
    "text",
    [
        "What is the weather in France now?",
        "What is the capital of France today?",
        "What is my capital in France?",
        "And the capital of France?",
        "What is it about France?",
        "Tell a joke about France",
        f"{ASKED}\nIt is about this:\n" + "a long text " * 60,
        "Quel est le dernier président de la France ?",
        "Wie ist das Wetter in Paris?",
        "¿Cuál es mi capital?",
        "Какая сейчас столица Франции?",
        "法国现在的首都是什么？",
    ],
)
async def test_what_is_of_the_moment_of_a_person_or_of_a_talk_is_asked_anew(place: Place, text: str) -> None:
    await place.ask(text)
    assert not await place.hit(await place.ask(text))
    assert await _kept(place) == 0


async def test_replies_texts_from_elsewhere_and_named_employees_are_not_looked_at(place: Place) -> None:
    first = await place.ask()
    block = DataBlock(origin=Origin.FORWARDED, text="from elsewhere")
    assert not await place.hit(await place.ask(reply_to_order=first.id))
    assert not await place.hit(await place.ask(blocks=(block,)))
    assert not await place.hit(await place.ask(tier=Tier.INTERN))


async def test_an_answer_with_tools_is_not_kept(place: Place) -> None:
    async def with_a_tool(job: object) -> str:
        def write(tx: Connection) -> None:
            row = {
                "id": "r1", "attempt_id": job.attempt_id, "turn": 1, "call_id": "c1", "tool": "calculate",  # type: ignore[attr-defined]
                "state": "done", "started_at": 0,
            }  # fmt: skip
            tx.execute(insert(receipts), [row])

        await place.books.write(write)
        return "it is 42"

    place.world.staff.steps.append(with_a_tool)
    await place.ask()
    assert await _kept(place) == 0


async def test_an_answer_that_could_not_be_verified_is_not_kept(place: Place) -> None:
    place.world.inspector.verdicts.append(Verdict(outcome=Outcome.UNVERIFIED, spec="chat", spec_version=1))
    await place.ask()
    assert await _kept(place) == 0


async def test_what_was_told_in_the_talk_about_the_subject_counts(place: Place) -> None:
    await place.ask()
    await place.ask("Our office moved to the capital of France")
    assert not await place.hit(await place.ask())


async def test_what_was_told_elsewhere_about_the_subject_counts_as_far_as_it_is_remembered(place: Place) -> None:
    await place.ask()
    place.memory.words = ["The capital of France is where we have our office"]
    assert not await place.hit(await place.ask())
    place.memory.words = ["Bob likes tea", "What is the capital of Italy?"]
    assert await place.hit(await place.ask())


# -- whose ------------------------------------------------------------------------------------------------------------


async def test_another_person_a_group_another_role_and_another_library_miss(place: Place) -> None:
    await place.ask()
    bob = await member_of(place.books, place.clock)
    where = ConversationKey(desk=Desk.TELEGRAM, chat="200")
    assert not await place.hit(await place.ask(person=bob, conversation=where))
    assert await place.hit(await place.ask(person=bob, conversation=where))
    group = ConversationKey(desk=Desk.TELEGRAM, chat="-100")
    assert not await place.hit(await place.ask(conversation=group))
    assert await place.hit(await place.ask(conversation=group))
    assert not await place.hit(await place.ask(person=bob, conversation=group))
    place.around.library = "v2"
    assert not await place.hit(await place.ask())
    assert await place.hit(await place.ask())
    member = replace(place.owner, role=Role.MEMBER)
    await place.books.write(_demote, place.owner.id)
    assert not await place.hit(await place.ask(person=member))


async def test_another_model_or_version_of_the_prompt_misses(place: Place) -> None:
    await place.ask()
    place.around.employee = "intern v2"
    assert not await place.hit(await place.ask())
    place.meanings.model = "test/other"  # vectors of two models are never compared
    await place.learn(60)
    assert not await place.hit(await place.ask(NEAR))


# -- the end of it ----------------------------------------------------------------------------------------------------


async def test_a_thumb_down_ends_it_and_is_learnt_from(place: Place) -> None:
    await place.ask()
    second = await place.ask()
    await place.world.ops.rate(place.owner, second.id, -1)
    assert await _kept(place) == 0
    assert not await place.hit(await place.ask())


async def test_a_thumb_down_on_the_first_answer_ends_it_too(place: Place) -> None:
    first = await place.ask()
    await place.world.ops.rate(place.owner, first.id, -1)
    assert not await place.hit(await place.ask())


async def test_asked_anew_an_employee_answers_and_a_different_answer_takes_its_place(place: Place) -> None:
    await place.ask()
    second = await place.ask()
    place.world.staff.steps.append("It has been moved to 7 Lyon street")
    acceptance = await place.world.ops.anew(place.owner, second.id)
    assert acceptance.order is not None
    assert not (await place.world.ops.anew(place.owner, second.id)).fresh
    anew = await place.world.fulfil(acceptance.order)
    assert anew.answer == "It has been moved to 7 Lyon street"
    assert await _kept(place) == 0
    assert not await place.hit(await place.ask())


async def test_the_end_of_a_session_its_age_and_a_deletion_empty_it(place: Place) -> None:
    bob = await member_of(place.books, place.clock)
    where = ConversationKey(desk=Desk.TELEGRAM, chat="200")
    await place.ask(person=bob, conversation=where)
    await place.ask()
    await place.world.ops.known(Desk.TELEGRAM, "200")
    (line,) = [one for one in await place.world.ops.sessions.lines(place.owner) if one.person_id == bob.id]
    await place.world.ops.sessions.end(place.owner, line.id)
    assert await _kept(place) == 1
    await place.books.write(entries.forget_all)
    assert await _kept(place) == 0
    await place.ask()
    place.clock.turn(169 * 3600)
    assert not await place.hit(await place.ask(ASKED.lower() + " ok?"))
    assert await place.books.write(entries.forget_old, place.clock.now(), 168 * 3_600_000) == 1


async def test_no_words_lie_in_it_and_the_oldest_make_room(any_books: Books, clock: TurnedClock) -> None:
    place = place_of(any_books, clock, await settle_in(any_books, clock), CacheSettings(answers_most=2))
    for name in ("Ada", "Bea", "Cai"):
        place.clock.turn(1)
        await place.ask(f"Who was {name} Xylophone?")
    rows = await place.books.read(lambda tx: tx.execute(select(earlier_answers)).all())
    assert len(rows) == 2
    assert not any("xylophone" in str(tuple(row)).lower() or "answer of" in str(tuple(row)) for row in rows)
    assert not await place.hit(await place.ask("Who was Ada Xylophone?"))
    assert await place.hit(await place.ask("Who was Cai Xylophone?"))


async def test_an_answer_that_did_not_arrive_is_not_given_again(place: Place) -> None:
    first = await place.ask()
    await place.books.write(lambda tx: tx.execute(update(orders).where(orders.c.id == first.id).values(state="failed")))
    assert not await place.hit(await place.ask())


# ---------------------------------------------------------------------------------------------------------------------


async def _kept(place: Place) -> int:
    return await place.books.read(lambda tx: tx.scalar(select(func.count()).select_from(earlier_answers))) or 0


async def _evidence(place: Place) -> list[tuple[int, int]]:
    c = cache_evidence.c
    rows = await place.books.read(lambda tx: tx.execute(select(c.similarity_ppm, c.right)).all())
    return [(round(row.similarity_ppm / 1000), row.right) for row in rows]


async def _buttons(place: Place, order: WorkOrder) -> list[str]:
    text = await place.books.read(lambda tx: tx.scalar(select(outbox.c.payload).where(outbox.c.order_id == order.id)))
    assert text is not None
    found: list[str] = json.loads(text)["buttons"]
    return found


def _demote(tx: Connection, person_id: str) -> None:
    from company.schema import people

    tx.execute(update(people).where(people.c.id == person_id).values(role=Role.MEMBER))


async def test_it_is_off_without_a_model_unless_the_settings_say_otherwise(
    any_books: Books, clock: TurnedClock
) -> None:
    around = Around()

    def there(answers: str, embedder: Meanings | None) -> bool:
        settings = CacheSettings.model_validate({"answers": answers})
        made = where_wanted(
            any_books, clock, settings, embedder, NoMemory(), around.version, around.made_by
        )  # fmt: skip
        return made is not None

    assert [there(said, None) for said in ("auto", "on", "off")] == [False, True, False]
    assert [there(said, Meanings()) for said in ("auto", "on", "off")] == [True, True, False]
