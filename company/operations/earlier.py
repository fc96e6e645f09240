"""Earlier answers in the way of an order: looked for before an employee is asked, kept once an answer has passed.

An order gets the answer of an earlier one when the same person asks the same thing in words that mean the same, and all
that the answer was made of is as it was: role, documents, employee, prompt, language. Which orders are looked at at all
is decided here; how near two questions must be, in `company.earlier.threshold`.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from company import audit, budget, cache_hits
from company.books import Books, to_json
from company.cache_hits import Cache
from company.clock import Clock
from company.config_cache import CacheSettings
from company.earlier import entries
from company.earlier.entries import Kept, Key
from company.earlier.likeness import alike
from company.earlier.questions import Question, read, states
from company.earlier.threshold import Threshold
from company.errors import ModelError, NexusError, NotReady
from company.library_ports import Embedder, Memory
from company.records import Assignment, Deliverable, Exchange, Kind, Outcome, Person, Tier, Verdict, WorkOrder
from company.work_orders import get

GIVEN = "order.answered_from_earlier"
"""The audit's name of an answer that was given again."""
KINDS = frozenset({Kind.CHAT, Kind.DOCUMENTS, Kind.CODE, Kind.ANALYSIS, Kind.CALCULATION})
"""Kinds whose answer is the same tomorrow. A text or a translation is wanted anew, or comes with what it is of."""
MARGIN = 0.05
"""When the next one, with another answer, is that near to the nearest, neither is given: an employee is asked."""
PATIENCE_S = 2.0
LEARN_EVERY = 10
_NOT_FOR = frozenset({"irreversible", "wanted", "which", "follow-up"})  # codes of the router's reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was found for an order. `offer` is to be given again, if it passes inspection; `near` was only looked at."""

    question: Question
    key: Key
    model: str
    vector: entries.Vector | None
    offer: Kept | None = None
    near: Kept | None = None


class EarlierAnswers:
    """The cache of answers.

    Args:
        books, clock: the house's.
        settings: the section `[cache]`.
        embedder: gives questions their vectors; None finds the same words only.
        memory: what was said elsewhere that bears on a question, so that an old answer is not given beside it.
        library: the version of what a reader may read: another one when any of it changes.
        made_by: what an answer of a tier depends on (employee, models, prompt, tools) as it is now; "" for nobody.
        dice: a number from 0 to 1, for whether to explore.
    """

    def __init__(
        self, books: Books, clock: Clock, settings: CacheSettings, embedder: Embedder | None, memory: Memory, *,
        library: Callable[[str], Awaitable[str]], made_by: Callable[[Tier], str],
        dice: Callable[[], float] = random.random,
    ) -> None:  # fmt: skip
        self._books = books
        self._clock = clock
        self._settings = settings
        self._embedder = embedder
        self._memory = memory
        self._library = library
        self._made_by = made_by
        self._dice = dice
        self._threshold = Threshold(settings.answers_error)
        self._news = LEARN_EVERY

    @property
    def keep_ms(self) -> int:
        """How long an answer may be given again."""
        return self._settings.answers_ms

    async def look(self, order: WorkOrder, person: Person, history: Sequence[Exchange]) -> Looked | None:
        """What there is for a new order; None when it is none of those that are looked at."""
        assignment = order.assignment
        if assignment is None or not _plain(order, assignment):
            return None
        question = read(order.text)
        if not question.alone or (assignment.brief and not _apart(question, history)):
            return None
        key = await self._key(order, person, assignment)
        if key is None:
            return None
        model = self._embedder.model if self._embedder is not None else ""
        found = await self._find(key, question, model, None)
        if await self._told(order, question):
            return None
        if found:
            return Looked(question=question, key=key, model=model, vector=None, offer=found[0])
        vector = await self._vector(order)
        looked = Looked(question=question, key=key, model=model, vector=vector)
        if vector is None:
            return looked
        found = await self._find(key, question, model, vector)
        if not found:
            return looked
        await self._learn(model)
        explore = self._threshold.explore(found[0].seen, found[0].similarity)
        if _doubtful(found) or self._dice() < explore:
            return replace(looked, near=found[0])
        return replace(looked, offer=found[0])

    async def failed(self, looked: Looked) -> Looked:
        """Inspection did not pass the earlier answer for this question: an employee is asked."""
        offer = looked.offer
        assert offer is not None  # noqa: S101 - it was inspected
        if not offer.same_words:
            await self._books.write(entries.observe, self._clock.now(), offer, looked.model, right=False)
            self._news += 1
        return replace(looked, offer=None)

    def keep(
        self, tx: Connection, now: int, order: WorkOrder, looked: Looked | None, deliverable: Deliverable,
        verdict: Verdict,
    ) -> None:  # fmt: skip
        """In the transaction that makes an answer ready: note what was given again, learn from it, keep what is new."""
        self._compare_with_parent(tx, now, order, deliverable)
        if looked is None:
            return
        if looked.offer is not None:
            _given(tx, now, order, looked.offer)
            return
        made_by = self._made_by(deliverable.tier)
        good = verdict.outcome is Outcome.PASS and not deliverable.unknown_effects and not deliverable.fallback_from
        if not good or deliverable.tier is Tier.CLERK or not made_by or entries.used_tools(tx, order.id):
            return
        if looked.near is not None:
            right = _same(looked.near.deliverable, deliverable)
            entries.observe(tx, now, looked.near, looked.model, right=right)
            self._news += 1
            if right:
                entries.renew(tx, now, looked.near.id, order, deliverable, made_by)
                return
        entries.keep(
            tx, now, order, deliverable, looked.key, made_by, looked.question, model=looked.model,
            vector=looked.vector, most=self._settings.answers_most,
        )  # fmt: skip

    def _compare_with_parent(self, tx: Connection, now: int, order: WorkOrder, deliverable: Deliverable) -> None:
        """Somebody asked anew (or one tier up) where an earlier answer was given: was that the same answer?"""
        hit = cache_hits.of_order(tx, order.parent_id) if order.parent_id is not None else None
        given = get(tx, order.parent_id) if hit is not None and order.parent_id is not None else None
        if hit is not None and given is not None and not alike(given.answer, deliverable.text):
            entries.refute(tx, now, hit)
            self._news += 1

    async def _key(self, order: WorkOrder, person: Person, assignment: Assignment) -> Key | None:
        made_by = frozenset(filter(None, (self._made_by(tier) for tier in assignment.ladder)))
        if not made_by:
            return None
        state = to_json([person.role, assignment.kind, assignment.language])
        return Key(
            person_id=order.person_id, reader_id=order.reader_id, library=await self._library(order.reader_id),
            state=hashlib.sha256(state.encode()).hexdigest()[:32], made_by=made_by,
        )  # fmt: skip

    async def _find(self, key: Key, question: Question, model: str, vector: entries.Vector | None) -> tuple[Kept, ...]:
        since = self._clock.now() - self.keep_ms

        def read_them(tx: Connection) -> tuple[Kept, ...]:
            return entries.find(tx, key, question, model=model, vector=vector, since=since)

        return await self._books.read(read_them)

    async def _vector(self, order: WorkOrder) -> entries.Vector | None:
        """The question's vector, if its model gives one soon."""
        if self._embedder is None:
            return None
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._embedder.question(order.text, person_id=order.person_id)
        except (TimeoutError, ModelError, NexusError):
            return None  # an employee answers, as without a cache; the library tells of the model in its health

    async def _told(self, order: WorkOrder, question: Question) -> bool:
        """Whether the asker has told something about it, here or elsewhere, at any time."""
        try:
            beside = await self._memory.beside(order)
        except NotReady:
            return True  # an employee may be reminded of more by then
        return any(one.own and states(one.words) and read(one.words).subject & question.subject for one in beside)

    async def _learn(self, model: str) -> None:
        if self._news < LEARN_EVERY:
            return
        self._news = 0
        await asyncio.to_thread(self._threshold.learn, await self._books.read(entries.evidence, model))


def where_wanted(
    books: Books, clock: Clock, settings: CacheSettings, embedder: Embedder | None, memory: Memory,
    library: Callable[[str], Awaitable[str]], made_by: Callable[[Tier], str],
) -> EarlierAnswers | None:  # fmt: skip
    """The cache of answers as the settings want it; without a model of meaning only when they say so."""
    if settings.answers == "off" or (settings.answers == "auto" and embedder is None):
        return None
    return EarlierAnswers(books, clock, settings, embedder, memory, library=library, made_by=made_by)


def _plain(order: WorkOrder, assignment: Assignment) -> bool:
    """A question of one's own, to whoever the router finds, with nothing beside it, that is no second try."""
    if order.parent_id is not None or order.reply_to_order is not None or order.wanted_tier is not None:
        return False
    if order.blocks or assignment.points_at or assignment.recalls or assignment.kind not in KINDS:
        return False
    return assignment.ladder[0] is not Tier.CLERK and not any(one.code in _NOT_FOR for one in assignment.reasons)


def _apart(question: Question, history: Sequence[Exchange]) -> bool:
    """Whether a question in the middle of a conversation owes it nothing: nothing was told there about its subject."""
    if not question.asks:
        return False
    told = (read(one.question).subject for one in history if states(one.question))
    return not any(subject & question.subject for subject in told)


def _doubtful(found: Sequence[Kept]) -> bool:
    """Whether the next one is nearly as near and says something else."""
    if len(found) < 2 or found[0].similarity - found[1].similarity >= MARGIN:
        return False
    return not _same(found[0].deliverable, found[1].deliverable)


def _same(one: Deliverable, other: Deliverable) -> bool:
    return alike(
        one.text, other.text, sources=frozenset(citation.document for citation in one.citations),
        others=frozenset(citation.document for citation in other.citations),
    )  # fmt: skip


def _given(tx: Connection, now: int, order: WorkOrder, offer: Kept) -> None:
    saved = budget.charged_for(tx, offer.order_id)
    cache_hits.note(
        tx, now, Cache.ANSWER, person_id=order.person_id, order_id=order.id, entry=offer.id, saved_micro=saved,
        similarity=offer.similarity,
    )  # fmt: skip
    audit.record(
        tx, now, "operations", GIVEN, order_id=order.id, earlier=offer.order_id,
        similarity=round(offer.similarity, 3), same_words=offer.same_words, saved_micro=saved,
    )  # fmt: skip
