"""company/work_orders.py: one end reached once, every stale holder refused, held against a model by Hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Connection, create_engine, select
from sqlalchemy.pool import StaticPool

from company import attempts, audit, people, work_orders
from company.books import AUDIT_KEY as KEY
from company.books import TIP, Books
from company.errors import LostClaim
from company.records import (
    Assignment,
    ConversationKey,
    DataBlock,
    Desk,
    Difficulty,
    Finding,
    Kind,
    Origin,
    Outcome,
    Person,
    Reason,
    Role,
    State,
    Tier,
    Verdict,
    WorkOrder,
)
from company.schema import attempts as attempts_table
from company.schema import metadata, orders
from tests.conftest import AUDIT_KEY
from tests.unit.company.house_doubles import FAIL, LADDER, request

LEASE = 60_000
ASSIGNMENT = Assignment(
    kind=Kind.CHAT, difficulty=Difficulty.NORMAL, language="en", ladder=LADDER, brief="",
    reasons=(Reason(code="r", text="because"),),
)  # fmt: skip
ENDS = [State.REFUSED, State.FAILED, State.STOPPED]


@dataclass
class Model:
    """What one order should be like."""

    chat: str
    state: State = State.ACCEPTED
    holder: str = ""
    lease_until: int = 0
    crashes: int = 0
    assigned: bool = False
    rung: int = 0
    ends: int = 0


class Life(RuleBasedStateMachine):
    """Two instances, each dying now and then, work on orders of two conversations."""

    @initialize()
    def open_books(self) -> None:
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        metadata.create_all(self.engine)
        self.tx = self.engine.connect()
        self.tx.info[KEY] = AUDIT_KEY
        self.now = 1_000_000
        self.person = people.add(self.tx, self.now, name="Ada", role=Role.BOARD, language="en", by="test")
        self.models: dict[str, Model] = {}
        self.seen: list[WorkOrder] = []  # every view that anybody ever had in hand
        self.runs = {"a": 1, "b": 1}

    def teardown(self) -> None:
        if hasattr(self, "tx"):
            assert audit.verify(self.tx).sound
            self.tx.close()
            self.engine.dispose()

    def _try(self, view: WorkOrder, act: Callable[[], WorkOrder], legal: frozenset[State]) -> WorkOrder | None:
        """Do it; it must work just if the view is the order as it stands and the move is one of the machine's."""
        current = work_orders.get(self.tx, view.id)
        assert current is not None
        fresh = (current.claim, current.state) == (view.claim, view.state)
        before = self._row(view.id)
        savepoint = self.tx.begin_nested()
        try:
            changed = act()
        except LostClaim:
            savepoint.rollback()
            self.tx.info.pop(TIP, None)
            assert not fresh or view.state not in legal, f"a good claim was refused: {view.state}"
            assert self._row(view.id) == before
            return None
        savepoint.commit()
        assert fresh, "a stale holder wrote"
        assert view.state in legal
        real = work_orders.get(self.tx, view.id)
        assert real is not None
        assert replace(changed, claim=real.claim) == real, "the returned order differs from the stored one"
        self.seen.append(real)
        return real

    def _row(self, order_id: str) -> tuple[object, ...]:
        return tuple(self.tx.execute(select(orders).where(orders.c.id == order_id)).one())

    def _view(self, chosen: int) -> WorkOrder:
        """What somebody may have in hand: any view of any claim; of one claim, its holder has the newest alone."""
        view = self.seen[-1 - chosen % min(len(self.seen), 12)]
        current = work_orders.get(self.tx, view.id)
        assert current is not None
        return current if (current.claim, current.state) == (view.claim, view.state) else view

    @rule(chat=st.sampled_from(["1", "2"]), update=st.integers(0, 30))
    def accept(self, chat: str, update: int) -> None:
        key = f"{chat}/{update}"
        if work_orders.note_incoming(self.tx, self.now, Desk.TELEGRAM, key):
            order = work_orders.accept(self.tx, self.now, request(self.person, update=key, chat=chat))
            assert order.number == len(self.models) + 1
            self.models[order.id] = Model(chat)
            self.seen.append(order)

    @precondition(lambda self: self.seen)
    @rule(chosen=st.integers(0, 11), instance=st.sampled_from(["a", "b"]))
    def claim(self, chosen: int, instance: str) -> None:
        view = self._view(chosen)
        model, holder = self.models[view.id], f"{instance}/{self.runs[instance]}"
        numbers = {order_id: number for number, order_id in enumerate(self.models)}
        older = [
            m for key, m in self.models.items()
            if m.chat == model.chat and numbers[key] < numbers[view.id] and m.state in work_orders.UNDER_WAY
        ]  # fmt: skip
        taken = model.holder and (
            model.holder == holder or (model.holder.partition("/")[0] != instance and model.lease_until > self.now)
        )
        got = work_orders.claim(self.tx, self.now, view.id, holder, lease_ms=LEASE)
        if model.state not in work_orders.UNDER_WAY or older or taken:
            assert got is None
            return
        assert got is not None
        model.crashes += bool(model.holder)
        model.holder, model.lease_until = holder, self.now + LEASE
        assert got.crashes == model.crashes
        self.seen.append(got)

    @precondition(lambda self: self.seen)
    @rule(chosen=st.integers(0, 11))
    def release(self, chosen: int) -> None:
        view = self._view(chosen)
        current = work_orders.get(self.tx, view.id)
        work_orders.release(self.tx, self.now, view)
        if current is not None and current.claim == view.claim:
            self.models[view.id].holder = ""

    @rule(instance=st.sampled_from(["a", "b"]))
    def crash(self, instance: str) -> None:
        self.runs[instance] += 1

    @rule(instance=st.sampled_from(["a", "b"]))
    def fall_over(self, instance: str) -> None:
        holder = f"{instance}/{self.runs[instance]}"
        held = [model for model in self.models.values() if model.holder == holder]
        assert work_orders.let_go(self.tx, self.now, holder) == len(held)
        for model in held:
            model.holder, model.crashes = "", model.crashes + 1

    @rule(instance=st.sampled_from(["a", "b"]))
    def renew(self, instance: str) -> None:
        holder = f"{instance}/{self.runs[instance]}"
        assert work_orders.holds_any(self.tx, holder) == any(m.holder == holder for m in self.models.values())
        work_orders.renew(self.tx, self.now, holder, lease_ms=LEASE)
        for model in self.models.values():
            if model.holder == holder:
                model.lease_until = self.now + LEASE

    @rule(seconds=st.sampled_from([1, 40, 90]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds * 1000

    @precondition(lambda self: self.seen)
    @rule(chosen=st.integers(0, 11))
    def assign(self, chosen: int) -> None:
        view, legal = self._view(chosen), frozenset({State.ACCEPTED, State.ASSIGNED, State.WORKING, State.WAITING})
        if self._try(view, lambda: work_orders.assign(self.tx, self.now, view, ASSIGNMENT), legal):
            model = self.models[view.id]
            model.state, model.assigned, model.rung = State.ASSIGNED, True, 0

    @precondition(lambda self: self.seen)
    @rule(chosen=st.integers(0, 11))
    def attempt_and_judge(self, chosen: int) -> None:
        view = self._view(chosen)
        if view.assignment is None:
            return

        def act() -> WorkOrder:
            still = attempts.still_open(self.tx, view.id)
            if still is not None:
                attempts.judged(self.tx, self.now, view, still, FAIL)
                attempts.end(self.tx, self.now, still.id, Outcome.FAIL)
            return work_orders.start_attempt(self.tx, self.now, view, FAIL.findings, "draft")[0]

        if self._try(view, act, frozenset({State.ASSIGNED, State.WORKING})):
            self.models[view.id].state = State.WORKING

    @precondition(lambda self: self.seen)
    @rule(chosen=st.integers(0, 11))
    def climb(self, chosen: int) -> None:
        view = self._view(chosen)
        if view.assignment is None or view.rung + 1 >= len(LADDER):
            return
        legal = frozenset({State.ASSIGNED, State.WORKING, State.WAITING})
        if self._try(view, lambda: work_orders.climb(self.tx, self.now, view, why="inspection"), legal):
            model = self.models[view.id]
            model.state, model.rung = State.ASSIGNED, model.rung + 1

    @precondition(lambda self: self.seen)
    @rule(chosen=st.integers(0, 11))
    def ready(self, chosen: int) -> None:
        view = self._view(chosen)
        if self._try(view, lambda: work_orders.ready(self.tx, self.now, view, "a", ""), frozenset({State.WORKING})):
            self._set_aside(view, State.READY)

    @precondition(lambda self: self.seen)
    @rule(chosen=st.integers(0, 11))
    def deliver(self, chosen: int) -> None:
        view = self._view(chosen)
        model = self.models[view.id]
        assert work_orders.delivered(self.tx, self.now, view.id) == (model.state is State.READY)
        if model.state is State.READY:
            model.state, model.ends = State.DELIVERED, model.ends + 1

    @precondition(lambda self: self.seen)
    @rule(chosen=st.integers(0, 11), end=st.sampled_from(ENDS))
    def end(self, chosen: int, end: State) -> None:
        view = self._view(chosen)
        legal = frozenset({*work_orders.UNDER_WAY, State.WAITING} | ({State.READY} if end is State.FAILED else set()))
        if self._try(view, lambda: work_orders.end(self.tx, self.now, view, end, "why"), legal):
            self._set_aside(view, end)
            self.models[view.id].ends += 1

    @precondition(lambda self: self.seen)
    @rule(chosen=st.integers(0, 11), until=st.one_of(st.none(), st.integers(1, 60)))
    def wait(self, chosen: int, until: int | None) -> None:
        view = self._view(chosen)
        at = None if until is None else self.now + until * 1000
        legal = frozenset(work_orders.UNDER_WAY)
        if self._try(view, lambda: work_orders.wait(self.tx, self.now, view, "provider", until=at), legal):
            self._set_aside(view, State.WAITING)

    @precondition(lambda self: self.seen)
    @rule(chosen=st.integers(0, 11))
    def resume(self, chosen: int) -> None:
        view = self._view(chosen)
        legal = frozenset({State.WAITING} | ({State.ASSIGNED, State.WORKING} if view.assignment else set()))
        if self._try(view, lambda: work_orders.resume(self.tx, self.now, view, by="test"), legal):
            self.models[view.id].state = State.ASSIGNED if self.models[view.id].assigned else State.ACCEPTED

    @precondition(lambda self: self.seen)
    @rule(chosen=st.integers(0, 11), rung=st.integers(0, 2))
    def escalate(self, chosen: int, rung: int) -> None:
        view, legal = self._view(chosen), frozenset({*work_orders.UNDER_WAY, State.WAITING})
        act = lambda: work_orders.reassign(self.tx, self.now, view, ASSIGNMENT, rung=rung, by="test")  # noqa: E731
        if self._try(view, act, legal):
            self._set_aside(view, State.ASSIGNED)
            model = self.models[view.id]
            model.assigned, model.rung = True, rung

    def _set_aside(self, view: WorkOrder, state: State) -> None:
        model = self.models[view.id]
        model.state, model.holder = state, ""

    @invariant()
    def the_books_agree_with_the_model(self) -> None:
        if not hasattr(self, "models"):
            return
        for row in self.tx.execute(select(orders)):
            model = self.models[row.id]
            assert (row.state, row.claimed_by, row.crashes) == (model.state, model.holder, model.crashes)
            assert bool(row.assignment) == model.assigned
            assert row.rung == model.rung
            assert model.ends <= 1
            assert (row.finished_at is not None) == (model.ends == 1) == State(row.state).ended
        open_attempts = self.tx.execute(select(attempts_table.c.order_id).where(attempts_table.c.outcome == "")).all()
        assert len(open_attempts) == len(set(open_attempts)), "two attempts under way at once"
        assert all(not self.models[row.order_id].state.ended for row in open_attempts)
        due = {order.id for order in work_orders.startable(self.tx, self.now)}
        assert due == {
            key for key, m in self.models.items()
            if m.state in work_orders.UNDER_WAY and (not m.holder or m.lease_until <= self.now)
        }  # fmt: skip


Life.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestLife = Life.TestCase


# -- by hand -----------------------------------------------------------------------------------------------------------


def person_in(tx: Connection) -> Person:
    return people.add(tx, 1, name="Ada", role=Role.BOARD, language="en", by="test")


async def test_takeover_at_once_from_the_own_dead_run_and_after_the_lease_from_others(any_books: Books) -> None:
    def write(tx: Connection) -> None:
        order = work_orders.accept(tx, 1, request(person_in(tx)))
        assert work_orders.claim(tx, 1, order.id, "a/1", lease_ms=LEASE) is not None
        assert work_orders.claim(tx, 2, order.id, "a/1", lease_ms=LEASE) is None  # in our own hands
        assert work_orders.claim(tx, 2, order.id, "b/1", lease_ms=LEASE) is None  # a lives, as far as b knows
        taken = work_orders.claim(tx, 2, order.id, "a/2", lease_ms=LEASE)
        assert taken is not None
        assert taken.crashes == 1
        again = work_orders.claim(tx, 2 + LEASE, order.id, "b/1", lease_ms=LEASE)
        assert again is not None
        assert again.crashes == 2
        with pytest.raises(LostClaim):
            work_orders.assign(tx, 3, taken, ASSIGNMENT)
        work_orders.release(tx, 3, taken)  # too late: not its own any more
        assert work_orders.claim(tx, 3 + LEASE, order.id, "c/1", lease_ms=LEASE) is None
        work_orders.release(tx, 3, again)
        fresh = work_orders.claim(tx, 4, order.id, "c/1", lease_ms=LEASE)
        assert fresh is not None
        assert fresh.crashes == 2

    await any_books.write(write)


async def test_one_order_at_a_time_in_a_conversation(any_books: Books) -> None:
    def write(tx: Connection) -> None:
        person = person_in(tx)
        first, second = (work_orders.accept(tx, 1, request(person, update=u)) for u in ("1", "2"))
        other = work_orders.accept(tx, 1, request(person, update="3", chat="other"))
        assert work_orders.claim(tx, 1, second.id, "a/1", lease_ms=LEASE) is None
        assert work_orders.claim(tx, 1, other.id, "a/1", lease_ms=LEASE) is not None
        held = work_orders.claim(tx, 1, first.id, "a/1", lease_ms=LEASE)
        assert held is not None
        work_orders.wait(tx, 1, held, "money")  # who waits for the Board holds nobody up
        assert work_orders.claim(tx, 1, second.id, "a/1", lease_ms=LEASE) is not None

    await any_books.write(write)


async def test_history_shows_what_may_be_shown_in_order(any_books: Books) -> None:
    def write(tx: Connection) -> None:
        person, key = person_in(tx), ConversationKey(desk=Desk.TELEGRAM, chat="100")

        def answered(update: str, chat: str = "100") -> WorkOrder:
            order = work_orders.accept(tx, 1, request(person, f"question {update}", update=update, chat=chat))
            held = work_orders.claim(tx, 1, order.id, "a/1", lease_ms=LEASE)
            assert held is not None
            assigned = work_orders.assign(tx, 1, held, ASSIGNMENT)
            working, _ = work_orders.start_attempt(tx, 1, assigned, (), "")
            return work_orders.ready(tx, 1, working, f"answer {update}", "")

        def shown(update: str, limit: int = 10) -> list[str]:
            order = work_orders.accept(tx, 1, request(person, update=update))
            seen = [exchange.answer for exchange in work_orders.history(tx, order, limit)]
            work_orders.end(tx, 1, order, State.STOPPED, "")
            return seen

        for update in ("1", "2", "3"):
            answered(update)
        answered("elsewhere", chat="200")
        assert shown("4") == ["answer 1", "answer 2", "answer 3"]
        assert shown("5", limit=2) == ["answer 2", "answer 3"]
        work_orders.forget(tx, 1, key, by=person.id)
        assert shown("6") == []
        answered("7")
        assert shown("8") == ["answer 7"]

    await any_books.write(write)


async def test_an_order_is_read_as_it_was_written(any_books: Books) -> None:
    def write(tx: Connection) -> None:
        person = person_in(tx)
        blocks = (DataBlock(origin=Origin.FORWARDED, text="«not mine»\n", source="Eve"),)
        made = request(person, "äöü 字 🙂", blocks=blocks, tier=Tier.CEO, reply_to_order="x", language="de")
        order = work_orders.accept(tx, 5, made, deadline_at=9)
        assert work_orders.get(tx, order.id) == order
        assert (order.text, order.blocks, order.wanted_tier, order.deadline_at) == (made.text, blocks, Tier.CEO, 9)
        assert work_orders.by_number(tx, order.number) == order
        assert work_orders.by_message(tx, order.conversation, order.message_id) == order
        assert work_orders.latest(tx, order.conversation) == order
        child = work_orders.accept(tx, 6, request(person, update="2"), parent_id=order.id)
        assert child.parent_id == order.id
        assert work_orders.assign(tx, 7, order, ASSIGNMENT).assignment == ASSIGNMENT

    await any_books.write(write)


async def test_a_verdict_and_its_citations_come_back_whole(any_books: Books) -> None:
    def write(tx: Connection) -> None:
        order = work_orders.assign(tx, 1, work_orders.accept(tx, 1, request(person_in(tx))), ASSIGNMENT)
        order, attempt = work_orders.start_attempt(tx, 1, order, (), "")
        verdict = Verdict(
            outcome=Outcome.FAIL, spec="chat", spec_version=3, elapsed_ms=1.5,
            findings=(Finding(layer="format", code="c", message="m"),),
        )  # fmt: skip
        attempts.judged(tx, 1, order, attempt, verdict)
        assert attempts.verdicts_by_attempt(tx, order.id) == ((attempt.id, verdict),)
        assert attempts.citations_of(tx, order.id) == ()

    await any_books.write(write)


async def test_a_chat_that_moved_takes_its_conversations_along(any_books: Books) -> None:
    def write(tx: Connection) -> None:
        person = person_in(tx)
        order = work_orders.accept(tx, 1, request(person, chat="-1"))
        work_orders.move_chat(tx, 2, Desk.TELEGRAM, "-1", "-100")
        moved = work_orders.get(tx, order.id)
        assert moved is not None
        assert moved.conversation.chat == "-100"
        again = work_orders.accept(tx, 3, request(person, update="2", chat="-100"))
        assert again.conversation_id == order.conversation_id

    await any_books.write(write)


async def test_an_order_is_amended_only_before_anybody_begins(any_books: Books) -> None:
    def walk(tx: Connection) -> list[bool]:
        order = work_orders.accept(tx, 1, request(person_in(tx)))
        before = work_orders.amend(tx, 2, order.id, "other words", by="ada")
        changed = work_orders.get(tx, order.id)
        assert changed is not None
        assert (changed.text, changed.message_id) == ("other words", order.message_id)
        held = work_orders.claim(tx, 3, order.id, "here/1", lease_ms=1000)
        assert held is not None
        begun = work_orders.amend(tx, 4, order.id, "too late", by="ada")
        work_orders.release(tx, 5, held)
        return [before, begun, work_orders.amend(tx, 6, order.id, "still too late", by="ada")]

    assert await any_books.write(walk) == [True, False, False]
