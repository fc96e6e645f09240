"""The way of one order: claim, route, attempt, inspect, deliver. Each stage ends in one fenced transaction.

After a crash the next claim reads which facts exist and goes on from there: no assignment, route; an open attempt,
resume it (the employee goes on after its last recorded turn); else start the next. Nothing is kept in memory only.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from company import attempts, budget, cache_hits, decisions, people, projects, work_orders
from company.asking import Asking
from company.attempts import Attempt
from company.budget import Scope
from company.cache_hits import Cache
from company.clock import new_id
from company.config import BudgetSettings
from company.errors import (
    ApprovalNeeded,
    BudgetExceeded,
    GaveUp,
    LostClaim,
    NobodyAvailable,
    OrderError,
    PriceUnknown,
    Refused,
)
from company.money import MICRO, dollars
from company.operations.earlier import Looked
from company.operations.found import reasons
from company.operations.house import House, Post
from company.records import (
    ConversationKey,
    Deliverable,
    Desk,
    Exchange,
    Finding,
    Job,
    Json,
    Outcome,
    Person,
    Progress,
    ProgressStage,
    Reply,
    Role,
    State,
    Tier,
    Verdict,
    WorkOrder,
)

log = logging.getLogger(__name__)

FINISH_CHEAPER = "finish-cheaper"
WITHHELD = frozenset({"injection-hijacked"})
"""Codes of findings with which an answer is withheld, beside those of the layers below."""
WITHHOLDING = frozenset({"security", "patch"})
"""Layers whose findings withhold an answer: a leak is one as soon as it is read, and a patch is applied, not read."""
DAY_MS = 86_400_000
LONGEST_PARK_MS = 300_000
FAULT_PAUSE_MS = 2_000


@dataclass(slots=True)
class _Held:
    """An order in hand: as it stands, whose it is, what was said before, and how often each tier has failed at it."""

    order: WorkOrder
    person: Person
    history: tuple[Exchange, ...]
    failed: dict[Tier, int]
    looked: Looked | None = None  # for an earlier answer, before anybody was asked


class Fulfilment:
    """Works on claimed orders; see the module."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._books = house.books
        self._clock = house.clock

    async def fulfil(self, order_id: str) -> None:
        """Take the order in hand and bring it to an end, or set it aside for a stated reason."""
        claiming = asyncio.ensure_future(self._claim(order_id))
        held: _Held | None = None
        try:
            held = await asyncio.shield(claiming)
            if held is not None:
                await self._work(held)
        except LostClaim:
            return
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(claiming))
            raise
        except Exception as error:
            if held is None:  # nothing is in hand: the dispatcher finds the order again
                log.exception("an order could not be taken in hand")
                return
            log.exception("order #%s failed inside NEXUS", held.order.number)
            await self._fault(held, type(error).__name__)

    async def _give_back(self, claiming: asyncio.Future[_Held | None]) -> None:
        """A claim that was being written when we were cancelled is written all the same: wait for it."""
        with suppress(LostClaim):
            if (held := await claiming) is not None:
                await self._books.write(work_orders.release, self._clock.now(), held.order)

    async def _claim(self, order_id: str) -> _Held | None:
        work = self._house.work
        lease_ms = int(work.lease_s * 1000)
        since = self._clock.now() - int(work.history_days * DAY_MS) if work.history_days else 0

        def claim(tx: Connection) -> _Held | None:
            order = work_orders.claim(tx, self._clock.now(), order_id, self._house.holder, lease_ms=lease_ms)
            person = people.get(tx, order.person_id) if order is not None else None
            if order is None or person is None:
                return None
            if order.conversation.desk not in self._house.couriers:
                raise LostClaim(f"The desk of order #{order.number} is off: it waits until that is open again.")
            history = work_orders.history(tx, order, work.history, since) if order.assignment is None else ()
            failed: dict[Tier, int] = {}
            for attempt in attempts.of_order(tx, order_id) if order.claim > 1 else ():
                if attempt.outcome == Outcome.FAIL:
                    failed[attempt.tier] = failed.get(attempt.tier, 0) + 1
            return _Held(order=order, person=person, history=history, failed=failed)

        return await self._books.write(claim)

    async def _work(self, held: _Held) -> None:
        say, order = self._house.replies.texts.say, held.order
        if order.crashes >= self._house.work.crash_limit:
            reason = say(held.person.language, "crashed", times=order.crashes, number=order.number)
            return await self._end(held, State.FAILED, reason)
        if order.deadline_at is not None and order.deadline_at < self._clock.now():
            return await self._end(held, State.FAILED, say(held.person.language, "too_old"))
        try:
            attempt = await self._route(held) if order.assignment is None else await self._take_up(held)
            await self._attempts(held, attempt)
        except BudgetExceeded as shortage:
            await self._short_of_money(held, shortage)
        except ApprovalNeeded as needed:
            await self._ask_for_approval(held, needed)
        except NobodyAvailable as absence:
            await self._park(held, absence)
        except OrderError as refusal:
            state = State.REFUSED if isinstance(refusal, (Refused, PriceUnknown)) else State.FAILED
            await self._end(held, state, str(refusal))

    async def _route(self, held: _Held) -> Attempt:
        """The Admin's decision and the first attempt: one transaction."""
        assignment = await self._house.router.assign(held.order, held.history)
        held.order, attempt = await self._books.write(
            work_orders.set_to_work, self._clock.now(), held.order, assignment
        )
        detail = f"{assignment.kind} · {assignment.difficulty}"
        self._tell(held, Progress(stage=ProgressStage.ROUTED, text=detail, employee=assignment.ladder[0]))
        return attempt

    async def _take_up(self, held: _Held) -> Attempt:
        """Go on with the attempt that a crash or a wait left open, or start the next."""
        now = self._clock.now()

        def write(tx: Connection) -> tuple[WorkOrder, Attempt]:
            unfinished = attempts.still_open(tx, held.order.id)
            if unfinished is None:
                return work_orders.start_attempt(tx, now, held.order, (), "")
            if held.order.state is State.WORKING:
                return held.order, unfinished
            return work_orders.back_to_work(tx, now, held.order), unfinished

        held.order, attempt = await self._books.write(write)
        return attempt

    async def _attempts(self, held: _Held, attempt: Attempt) -> None:
        """Attempt and inspect until an answer may go out or nobody is left to ask."""
        while True:
            try:
                deliverable, verdict = await self._from_earlier(held, attempt) or await self._attempt(held, attempt)
            except GaveUp as refusal:
                deliverable, verdict = None, _gave_up(str(refusal))
            failed, declined = verdict.outcome is Outcome.FAIL, _declined(verdict)
            if (failed or declined) and (climb := self._next_step(held, attempt.tier, declined)) is not None:
                attempt = await self._again(held, attempt, deliverable, verdict, climb=climb)
                continue
            if deliverable is None or _must_not_leave(verdict):
                judge = partial(_judge, attempt=attempt, deliverable=deliverable, verdict=verdict)
                return await self._end(held, State.FAILED, self._why_not(held, verdict), judge)
            return await self._finish(held, attempt, deliverable, verdict)

    async def _from_earlier(self, held: _Held, attempt: Attempt) -> tuple[Deliverable, Verdict] | None:
        """The answer to the same question from before, inspected for this one; None when an employee must be asked."""
        earlier = self._house.earlier
        if earlier is None or attempt.number > 1 or not attempt.fresh:
            return None
        held.looked = await earlier.look(held.order, held.person, held.history)
        if held.looked is None or held.looked.offer is None:
            return None
        deliverable = held.looked.offer.deliverable
        verdict = await self._house.inspector.inspect(held.order, deliverable)
        if verdict.outcome is Outcome.PASS:
            return deliverable, verdict
        held.looked = await earlier.failed(held.looked)
        return None

    async def _attempt(self, held: _Held, attempt: Attempt) -> tuple[Deliverable, Verdict]:
        order, assignment = held.order, held.order.assignment
        assert assignment is not None  # noqa: S101 - `_route` came before
        self._tell(held, Progress(stage=ProgressStage.WORKING, employee=attempt.tier))
        job = Job(
            order=order, assignment=assignment, attempt_id=attempt.id, attempt_number=attempt.number,
            tier=attempt.tier, findings=attempt.findings, previous_draft=attempt.draft if attempt.findings else "",
            fresh=attempt.fresh,
        )  # fmt: skip
        deliverable = await self._house.staff.perform(job, lambda news: self._tell(held, news))
        self._tell(held, Progress(stage=ProgressStage.INSPECTING, employee=deliverable.title))
        return deliverable, await self._house.inspector.inspect(order, deliverable)

    def _next_step(self, held: _Held, tier: Tier, declined: bool) -> bool | None:
        """After a failure: False to try again here, True to climb, None when nobody is left."""
        held.failed[tier] = held.failed.get(tier, 0) + 1
        assignment = held.order.assignment
        if not declined and tier is not Tier.CLERK and held.failed[tier] <= self._house.work.retries_per_tier:
            return False
        return True if assignment is not None and held.order.rung + 1 < len(assignment.ladder) else None

    async def _again(
        self, held: _Held, attempt: Attempt, deliverable: Deliverable | None, verdict: Verdict, *, climb: bool
    ) -> Attempt:
        """The failed attempt, its verdict, the step up and the next attempt: one transaction."""
        now = self._clock.now()

        def write(tx: Connection) -> tuple[WorkOrder, Attempt]:
            _judge(tx, now, held.order, attempt, deliverable, verdict)
            order = work_orders.climb(tx, now, held.order, why="inspection") if climb else held.order
            draft = deliverable.text if deliverable is not None else ""
            return work_orders.start_attempt(tx, now, order, verdict.findings, draft)

        held.order, following = await self._books.write(write)
        stage = ProgressStage.ESCALATED if climb else ProgressStage.RETRYING
        detail = "; ".join(finding.message for finding in verdict.findings[:2])
        self._tell(held, Progress(stage=stage, text=detail, employee=following.tier))
        return following

    async def _finish(self, held: _Held, attempt: Attempt, deliverable: Deliverable, verdict: Verdict) -> None:
        """Verdict, answer, state and outbox row: one transaction."""
        order, now = held.order, self._clock.now()
        cost, served = await self._books.read(_cost_of, order.id)
        available = self._house.staff.available()
        tiers = list(Tier)
        can_climb = any(tier in available for tier in tiers[tiers.index(deliverable.tier) + 1 :])
        here = await self._books.read(projects.standing, Asking.parse(order.reader_id))
        reply = self._house.replies.answer(
            order, deliverable, verdict, language=held.person.language, cost_micro=cost, now=now, can_climb=can_climb,
            project=here.here_name,
            cached=Cache.EXACT in served,
        )  # fmt: skip
        post = await self._house.posting(order, reply)
        label = self._house.replies.label(verdict, deliverable, held.person.language)

        def write(tx: Connection) -> None:
            _judge(tx, now, order, attempt, deliverable, verdict)
            attempts.keep_citations(tx, order, deliverable.citations)
            if self._house.earlier is not None:
                self._house.earlier.keep(tx, now, order, held.looked, deliverable, verdict)
            ready = work_orders.ready(tx, now, order, deliverable.text, label)
            post(tx, ready)

        await self._books.write(write)
        self._house.wake()

    async def _end(
        self, held: _Held, state: State, reason: str, judge: Callable[[Connection, int, WorkOrder], None] | None = None
    ) -> None:
        """The last verdict, if there is one, the end and the reply that says so: one transaction."""
        order, now = held.order, self._clock.now()
        reply = self._house.replies.ended(order, state, reason, held.person.language)
        post = await self._house.posting(order, reply)

        def write(tx: Connection) -> None:
            if judge is not None:
                judge(tx, now, order)
            post(tx, work_orders.end(tx, now, order, state, reason))

        await self._books.write(write)
        self._house.wake()

    def _why_not(self, held: _Held, verdict: Verdict) -> str:
        texts, language = self._house.replies.texts, held.person.language
        found = "; ".join(reasons(texts, language, verdict, most=3))
        sentence = texts.say(language, "gave_up")
        return f"{sentence}: {found}" if found else sentence

    async def _park(self, held: _Held, absence: NobodyAvailable) -> None:
        """Kept until a provider answers; said once."""
        order, now = held.order, self._clock.now()
        times = await self._books.read(work_orders.parked_times, order.id)
        pause = int(self._house.work.park_s * 1000) * 2 ** min(times, 8)
        pause = int(min(max(pause, absence.retry_after_s * 1000), LONGEST_PARK_MS))  # no sooner than they asked for
        notice = self._house.replies.parked(order, str(absence), held.person.language) if times == 0 else None
        post = await self._house.posting(order, notice) if notice is not None else None

        def write(tx: Connection) -> None:
            parked = work_orders.wait(tx, now, order, "provider", until=now + pause, reason=str(absence))
            if post is not None:
                post(tx, parked)

        await self._books.write(write)
        self._tell(held, Progress(stage=ProgressStage.WAITING, text=str(absence)))
        self._house.wake()

    async def _fault(self, held: _Held, detail: str) -> None:
        """A fault of ours: tried again a few times, then said."""
        now = self._clock.now()
        try:
            if held.order.crashes + 1 < self._house.work.crash_limit:
                until = now + FAULT_PAUSE_MS
                await self._books.write(work_orders.fault, now, held.order, until=until, detail=detail)
            else:
                reason = self._house.replies.texts.say(held.person.language, "internal", detail=detail)
                await self._end(held, State.FAILED, reason)
        except LostClaim:
            return

    async def _short_of_money(self, held: _Held, shortage: BudgetExceeded) -> None:
        """Ask the Board with a card, unless it already chose the cheaper way: then one rung down."""
        assignment = held.order.assignment
        cheaper = assignment is not None and any(reason.code == FINISH_CHEAPER for reason in assignment.reasons)
        if assignment is not None and cheaper and held.order.rung + 1 < len(assignment.ladder):
            now = self._clock.now()
            held.order = await self._books.write(_step_down, now, held.order)
            self._house.dispatcher.wake(held.order)
            return
        await self._ask_for_money(held, shortage)

    async def _ask_for_money(self, held: _Held, shortage: BudgetExceeded) -> None:
        order, now, replies = held.order, self._clock.now(), self._house.replies
        keys = self._house.caps.keys(now, order.person_id, order.id)
        scope = Scope(shortage.scope)
        standing, overdrawn = await self._books.read(budget.overdrawn, self._house.caps, scope, keys[scope])
        add = max(shortage.needed_micro + overdrawn, standing, MICRO // 10)
        arguments = {"scope": scope, "key": keys[scope], "add": dollars(add)}
        more = {"scope": scope, "key": keys[scope], "add_micro": add, "needed_micro": shortage.needed_micro}
        decision = self._card(order, decisions.MONEY, decisions.sealed(order, "raise_cap", arguments, **more), now)
        spent = await self._books.read(budget.charged_for, order.id)
        where, language = await self._address(held)
        mine = replies.shortage(shortage, held.person.language)
        card = replies.money_card(
            order, decision, what=replies.shortage(shortage, language), spent_micro=spent, language=language,
            employee=_title(order.tier),
        )  # fmt: skip
        await self._ask_board(held, decision, card, where, mine, waiting_for="money", reason=str(shortage))

    async def _ask_for_approval(self, held: _Held, needed: ApprovalNeeded) -> None:
        """A tool's exact act before the Board; the attempt stays open and goes on at this call."""
        order, now, replies = held.order, self._clock.now(), self._house.replies
        subject = decisions.sealed(order, needed.act, needed.arguments, call=needed.call, why=needed.why)
        decision = self._card(order, decisions.TOOL, subject, now)
        spent = await self._books.read(budget.charged_for, order.id)
        where, language = await self._address(held)
        employee = _title(order.tier)
        card = replies.tool_card(order, decision, spent_micro=spent, language=language, employee=employee)
        mine = replies.texts.say(held.person.language, "waits_approval", tool=needed.act)
        await self._ask_board(held, decision, card, where, mine, waiting_for="approval", reason=str(needed))

    def _card(self, order: WorkOrder, kind: str, subject: Json, now: int) -> decisions.Decision:
        settings: BudgetSettings = self._house.caps.settings
        return decisions.Decision(
            id=new_id(now), order_id=order.id, kind=kind, state="open", subject=subject, choice="", decided_by="",
            created_at=now, expires_at=now + int(settings.card_hours * 3_600_000), decided_at=None,
        )  # fmt: skip

    async def _address(self, held: _Held) -> tuple[ConversationKey, str]:
        where, language = await self._books.read(_board_address, held)
        if where.desk not in self._house.couriers:
            return held.order.conversation, held.person.language
        return where, language

    async def _ask_board(
        self, held: _Held, decision: decisions.Decision, card: Reply, where: ConversationKey, mine: str, *,
        waiting_for: str, reason: str,
    ) -> None:  # fmt: skip
        """The card, the order set aside, and a word to whoever asked elsewhere: one transaction."""
        order, now, replies = held.order, self._clock.now(), self._house.replies
        posts = [await self._posting(card, order, where)]
        if where != order.conversation:
            notice = replies.waits_for_board(order, mine, held.person.language)
            posts.append(await self._posting(notice, order, order.conversation))

        def write(tx: Connection) -> None:
            decisions.ask(
                tx, now, order, kind=decision.kind, subject=decision.subject, expires_at=decision.expires_at,
                decision_id=decision.id,
            )  # fmt: skip
            waiting = work_orders.wait(tx, now, order, waiting_for, reason=reason)
            for post in posts:
                post(tx, waiting)

        await self._books.write(write)
        self._house.wake()
        self._tell(held, Progress(stage=ProgressStage.WAITING, text=mine))

    async def _posting(self, reply: Reply, order: WorkOrder, where: ConversationKey) -> Post:
        post = await self._house.posting(replace(order, conversation=where), reply)
        return lambda tx, current: post(tx, replace(current, conversation=where))

    def _tell(self, held: _Held, news: Progress) -> None:
        self._house.tell(held.order, news)


def _must_not_leave(verdict: Verdict) -> bool:
    """A leak, a bad patch, or an answer that somebody else dictated: no label makes that fit to be sent."""
    if verdict.outcome is not Outcome.FAIL:
        return False
    found = [finding for finding in verdict.findings if finding.code != "patch-unverified"]
    return any(finding.layer in WITHHOLDING or finding.code in WITHHELD for finding in found)


def _declined(verdict: Verdict) -> bool:
    """The employee said that it can't or won't: asking the same one again is of no use."""
    return any(finding.code in ("refusal", "gave-up") for finding in verdict.findings)


def _gave_up(why: str) -> Verdict:
    finding = Finding(layer="employee", code="gave-up", message=why)
    return Verdict(outcome=Outcome.FAIL, spec="none", spec_version=0, findings=(finding,))


def _judge(
    tx: Connection, now: int, order: WorkOrder, attempt: Attempt, deliverable: Deliverable | None, verdict: Verdict
) -> None:
    attempts.judged(tx, now, order, attempt, verdict, deliverable.self_test if deliverable is not None else ())
    attempts.end(tx, now, attempt.id, verdict.outcome, deliverable=deliverable)


def _cost_of(tx: Connection, order_id: str) -> tuple[int, frozenset[Cache]]:
    return budget.charged_for(tx, order_id), cache_hits.served(tx, order_id)


def _step_down(tx: Connection, now: int, order: WorkOrder) -> WorkOrder:
    assert order.assignment is not None  # noqa: S101 - the caller looked
    return work_orders.reassign(tx, now, order, order.assignment, rung=order.rung + 1, by="budget")


def _board_address(tx: Connection, held: _Held) -> tuple[ConversationKey, str]:
    """Where to ask the Board: here, if a Board member asked in private; else in a Board member's own chat."""
    order, person = held.order, held.person
    board = person.role is Role.BOARD
    program = order.conversation.desk is Desk.API  # it can't press a card
    if board and not order.conversation.shared and not program:
        return order.conversation, person.language
    owner = person if board else people.board(tx)
    own = people.addresses(tx, Desk.TELEGRAM, person_id=owner.id) if owner is not None else ()
    chats = own or people.addresses(tx, Desk.TELEGRAM, role=Role.BOARD)
    if owner is not None and not chats and program:
        at_console = people.addresses(tx, Desk.CONSOLE, person_id=owner.id)
        return ConversationKey(desk=Desk.CONSOLE, chat=next(iter(at_console), "")), owner.language
    if owner is None or not chats:
        return order.conversation, person.language
    return ConversationKey(desk=Desk.TELEGRAM, chat=chats[0]), owner.language


def _title(tier: Tier | None) -> str:
    """An employee as people read it."""
    return "CEO" if tier is Tier.CEO else (tier or Tier.CLERK).capitalize()
