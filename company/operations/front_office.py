"""What desks ask of the company (the `FrontOffice` port): every method checks the person's right first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from company import attempts, audit, budget, decisions, misses, people, projects, work_orders
from company.asking import Asking
from company.budget import Scope
from company.clock import day_of
from company.earlier import entries
from company.errors import LostClaim, Refused
from company.forgetting import is_forgotten
from company.money import MICRO, dollars
from company.operations import reading, series
from company.operations.deciding import Deciding
from company.operations.house import House
from company.operations.once_more import asked_again, repeated
from company.operations.past import Past
from company.operations.projects import Projects
from company.operations.quality import Quality
from company.operations.sessions import Sessions
from company.operations.why import Why
from company.people import Action
from company.ports import Change
from company.records import (
    Assignment,
    Citation,
    ConversationKey,
    Desk,
    Person,
    Reason,
    Request,
    Role,
    State,
    Tier,
    WorkOrder,
)
from company.reports import Acceptance, AuditPage, CostReport, DayReport, DecisionResult, HourOfOrders, StatusReport

SEEN_EVERY_MS = 300_000
MOST_CAP_MICRO = 10_000 * MICRO  # a slip of a finger in a chat must not be worth more; the settings know no such bound
LADDER = (Tier.INTERN, Tier.DIRECTOR, Tier.CEO)


class FrontOffice:
    """Implements `company.ports.FrontOffice` over the books."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._books = house.books
        self._clock = house.clock
        self._seen: dict[tuple[str, str, str], int] = {}
        self._opened_at = house.clock.now()
        self._deciding = Deciding(house, self._stop_one, self._accept)
        self.sessions = Sessions(house.books, house.clock, house.replies.texts)
        self.past = Past(house)
        self.projects = Projects(house.books, house.clock, house.replies.texts)
        self.quality = Quality(house.books, house.clock, house.replies.texts, house.specs, house.caps.zone)

    # -- who speaks ---------------------------------------------------------------------------------------------------

    async def known(self, desk: Desk, external_id: str, *, device: str = "") -> Person | None:
        """Who speaks; None for a stranger or a revoked session."""
        person = await self._books.read(_find_welcome, desk, external_id, device or external_id)
        if person is None:
            return None
        now, key = self._clock.now(), (person.id, desk.value, device or external_id)
        if self._seen.get(key, -SEEN_EVERY_MS) + SEEN_EVERY_MS <= now:
            if not await self._books.write(people.seen, now, person, desk, key[2]):
                return None
            self._seen[key] = now
        return person

    async def turned_away(self, desk: Desk, external_id: str, detail: str) -> None:
        """One audit row a day for a stranger; more of their messages leave no further row."""
        now = self._clock.now()
        key = (f"stranger {external_id}", desk.value, day_of(now))
        if key not in self._seen:
            self._seen[key] = now
            await self._books.write(
                audit.record, now, f"{desk}:{external_id}", "stranger.turned_away", detail=detail[:200]
            )

    async def pair(
        self, desk: Desk, external_id: str, code: str, *, name: str, language: str, also: Change | None = None
    ) -> Person | None:
        """Redeem a one-time code."""
        now = self._clock.now()

        def write(tx: Connection) -> Person | None:
            person = people.redeem(tx, now, desk, external_id, code, name=name, language=language)
            if also is not None:
                also(tx)
            return person

        return await self._books.write(write)

    async def new_code(self, person: Person, role: str) -> str:
        """A one-time code for another person; the Board's alone."""
        self._need(person, Action.MANAGE_PEOPLE)
        return await self._books.write(people.issue_code, self._clock.now(), Role(role), by=person.id)

    # -- orders -------------------------------------------------------------------------------------------------------

    async def accept(self, request: Request, *, also: Change | None = None) -> Acceptance:
        """The message, the order, the audit fact and the desk's own rows: one transaction."""
        self._need(request.person, Action.ORDER)
        acceptance = await self._books.write(self._accept, request, None, also)
        if acceptance.fresh and acceptance.order is not None:
            self._house.dispatcher.wake(acceptance.order)
        return acceptance

    def _accept(self, tx: Connection, request: Request, parent_id: str | None, also: Change | None) -> Acceptance:
        now = self._clock.now()
        fresh = work_orders.note_incoming(
            tx, now, request.desk, request.external_id, chat=request.conversation.chat, message_id=request.message_id,
            raw=request.raw,
        )  # fmt: skip
        if fresh:
            deadline = now + int(self._house.work.deadline_h * 3_600_000)
            request, repeats = repeated(tx, _without_others(tx, request))
            parent_id = parent_id or (repeats.id if repeats is not None else None)
            order: WorkOrder | None = work_orders.accept(tx, now, request, deadline_at=deadline, parent_id=parent_id)
            if order is not None:
                self._house.dispatcher.enqueue(tx, order)
        else:
            order = work_orders.by_message(tx, request.conversation, request.message_id)
        if also is not None:
            also(tx)
        return Acceptance(order=order, fresh=fresh)

    async def amend(self, person: Person, order_id: str, text: str, *, also: Change | None = None) -> bool:
        """Other words for an order that nobody has begun; False when it is too late. `also` is written only then."""
        self._need(person, Action.ORDER)

        def write(tx: Connection) -> bool:
            order = work_orders.get(tx, order_id)
            mine = order is not None and order.person_id == person.id
            amended = mine and work_orders.amend(tx, self._clock.now(), order_id, text, by=person.id)
            if amended and also is not None:
                also(tx)
            return amended

        return await self._books.write(write)

    async def note(
        self, desk: Desk, external_id: str, *, chat: str = "", message_id: str = "", raw: str = "",
        also: Change | None = None,
    ) -> bool:  # fmt: skip
        """An update that is no order, with its effect: once."""

        def write(tx: Connection) -> bool:
            now = self._clock.now()
            fresh = work_orders.note_incoming(tx, now, desk, external_id, chat=chat, message_id=message_id, raw=raw)
            if fresh and also is not None:
                also(tx)
            return fresh

        return await self._books.write(write)

    async def stop(
        self, person: Person, conversation: ConversationKey, *, number: int | None = None
    ) -> tuple[int, ...]:
        """Stop one order by its number, or every unfinished one of the conversation."""
        self._need(person, Action.STOP_OWN)
        if number is None:
            targets = await self._books.read(work_orders.open_in, conversation)
        else:
            found = await self._visible(person, number, conversation)
            targets = (found,) if found is not None else ()
        stopped = []
        for order in targets:
            if order.person_id != person.id and not people.may(person, Action.STOP_ANY):
                continue
            if await self._stop_one(order, person, _always):
                stopped.append(order.number)
        return tuple(stopped)

    async def _stop_one(self, order: WorkOrder, person: Person, first: Callable[[Connection], bool]) -> bool:
        """Stop one order, in one transaction with `first`, if that is True."""
        reply = self._house.replies.ended(order, State.STOPPED, person.name, person.language)
        post = await self._house.posting(order, reply)

        def write(tx: Connection) -> bool:
            if not first(tx):
                return False
            now, current = self._clock.now(), work_orders.get(tx, order.id)
            if current is None or current.state.ended or current.state is State.READY:
                return False
            ended = work_orders.end(tx, now, current, State.STOPPED, f"stopped by {person.name}", by=person.id)
            for card in decisions.open_for(tx, order.id):
                decisions.expire(tx, now, card, why="the order was stopped")
            post(tx, ended)
            return True

        if not await self._books.write(write):
            return False
        self._house.dispatcher.cancel(order.id)
        self._house.wake()
        return True

    async def escalate(
        self, person: Person, conversation: ConversationKey, *, number: int | None = None, order_id: str | None = None,
        also: Change | None = None,
    ) -> Acceptance:  # fmt: skip
        """One tier up for the named, replied-to or last order."""
        self._need(person, Action.ESCALATE)
        named, order = await self._books.read(_target, conversation, number, order_id)
        if order is None or is_forgotten(order) or not reading.may_see(order, person, conversation):
            raise Refused(self._say(person, "no_order"))
        if order != named and not order.state.ended and order.state is not State.READY:
            if also is not None:  # pressed again while the first escalation is under way: nothing more to do
                await self._books.write(also)
            return Acceptance(order=order, fresh=False)
        assignment, tier = order.assignment, self._next_tier(order)
        ended = order.state.ended or order.state is State.READY
        if assignment is None and not ended:
            raise Refused(self._say(person, "not_routed", number=order.number))
        if tier is None:
            raise Refused(self._say(person, "top_already", employee=_title(order.tier or Tier.CLERK)))
        if ended or assignment is None:
            return await self._do_anew(person, order, tier, also)
        return await self._climb_now(person, order, assignment, tier, also)

    async def anew(self, person: Person, order_id: str, *, also: Change | None = None) -> Acceptance:
        """The same question again, for an employee to answer whatever was answered before; once for each order."""
        self._need(person, Action.ORDER)
        order = await self._books.read(work_orders.get, order_id)
        if order is None or is_forgotten(order) or not reading.may_see(order, person):
            raise Refused(self._say(person, "no_order"))
        return await self._ask_again(person, order, f"anew:{order.id}", order.wanted_tier, also)

    def _next_tier(self, order: WorkOrder) -> Tier | None:
        available = self._house.staff.available()
        tiers = list(Tier)
        above = tiers[tiers.index(order.tier) + 1 :] if order.tier is not None else list(LADDER)
        return next((tier for tier in above if tier in available), None)

    async def _do_anew(self, person: Person, order: WorkOrder, tier: Tier, also: Change | None) -> Acceptance:
        """An ended order stays ended; a child of it goes to the next tier."""
        return await self._ask_again(person, order, f"escalate:{order.id}:{tier}", tier, also)

    async def _ask_again(
        self, person: Person, order: WorkOrder, key: str, tier: Tier | None, also: Change | None
    ) -> Acceptance:
        request = asked_again(order, person, key=key, tier=tier, now=self._clock.now())
        acceptance = await self._books.write(self._accept, request, order.id, also)
        if acceptance.order is not None and acceptance.fresh:
            self._house.dispatcher.wake(acceptance.order)
        return acceptance

    async def _climb_now(
        self, person: Person, order: WorkOrder, assignment: Assignment, tier: Tier, also: Change | None
    ) -> Acceptance:
        reason = Reason(code="escalated", text=f"{person.name} asked for the {tier}")
        ladder = tuple(rung for rung in LADDER if LADDER.index(rung) >= LADDER.index(tier))
        climbed = replace(assignment, ladder=ladder, reasons=(*assignment.reasons, reason))

        def write(tx: Connection) -> WorkOrder:
            now, current = self._clock.now(), work_orders.get(tx, order.id)
            if current is None or current.state.ended:
                raise LostClaim(f"Order #{order.number} has ended meanwhile.")
            changed = work_orders.reassign(tx, now, current, climbed, rung=0, by=person.id)
            for card in decisions.open_for(tx, order.id):
                decisions.expire(tx, now, card, why="the order was escalated")
            if also is not None:
                also(tx)
            return changed

        try:
            changed = await self._books.write(write)
        except LostClaim:
            return await self._do_anew(person, order, tier, also)
        self._house.dispatcher.cancel(order.id)
        self._house.dispatcher.wake(changed)
        return Acceptance(order=changed, fresh=True)

    # -- decisions ----------------------------------------------------------------------------------------------------

    async def decide(self, person: Person, decision_id: str, choice: str) -> DecisionResult:
        """Take a card's decision once."""
        return await self._deciding.decide(person, decision_id, choice)

    async def set_cap(self, person: Person, scope: str, micro: int) -> None:
        """Set the company's cap for every day or month; in force for the next reservation."""
        self._need(person, Action.SPEND)
        wanted = Scope(scope) if scope in budget.CHANGEABLE else None
        if wanted is None or not 0 <= micro <= MOST_CAP_MICRO:
            raise Refused(self._say(person, "cap_out", most=dollars(MOST_CAP_MICRO, places=0)))
        await self._books.write(budget.set_cap, self._clock.now(), self._house.caps, wanted, micro, by=person.id)

    async def rate(self, person: Person, order_id: str, rating: int) -> None:
        """The person's thumb."""
        self._need(person, Action.RATE)
        order = await self._books.read(work_orders.get, order_id)
        if order is None or not reading.may_see(order, person):
            raise Refused(self._say(person, "no_order"))
        now, thumb = self._clock.now(), max(-1, min(1, rating))

        def write(tx: Connection) -> None:
            work_orders.rate(tx, now, order, thumb, by=person.id)
            misses.rated(tx, now, order, thumb, person)
            if thumb < 0:
                entries.disliked(tx, now, order.id)

        await self._books.write(write)

    # -- conversations and people -------------------------------------------------------------------------------------

    async def new_conversation(self, person: Person, conversation: ConversationKey) -> None:
        """Forget, for all who work on this conversation, what was said before."""
        self._need(person, Action.ORDER)
        await self._books.write(work_orders.forget, self._clock.now(), conversation, by=person.id)

    async def set_language(self, person: Person, language: str) -> Person:
        """The language a person wants."""
        return await self._books.write(people.set_language, self._clock.now(), person, language)

    async def order_of(self, person: Person, conversation: ConversationKey, number: int) -> WorkOrder | None:
        """One order by its number, if this person may see it."""
        return await self._visible(person, number, conversation)

    # -- reports ------------------------------------------------------------------------------------------------------

    async def status(self, person: Person) -> StatusReport:
        """The state of the house now."""
        self._need(person, Action.SEE_STATUS)
        return await self._books.read(self._status, person)

    def _status(self, tx: Connection, person: Person) -> StatusReport:
        now, house = self._clock.now(), self._house
        whose = None if people.may(person, Action.SEE_ALL_COST) else person.id
        ended = (State.DELIVERED, State.REFUSED, State.FAILED, State.STOPPED)
        return StatusReport(
            at=now, company=house.company_name, version=house.version, up_ms=now - self._opened_at,
            running=reading.order_lines(tx, now, reading.RUNNING, limit=20, person_id=whose),
            waiting=reading.order_lines(tx, now, (State.WAITING,), limit=20, person_id=whose),
            recent=reading.order_lines(tx, now, ended, limit=8, person_id=whose),
            orders_today=reading.orders_today(tx, now, house.caps.zone), open_decisions=decisions.open_count(tx),
            employees=reading.employee_lines(tx, now, house.caps.zone, house.staff.available()),
            caps=reading.cap_lines(tx, now, house.caps, person), health=house.health(), warnings=house.warnings(),
            misses=self.quality.month(tx, person),
        )  # fmt: skip

    async def cost(self, person: Person, *, period: str = "today") -> CostReport:
        """The ledger; a member sees their own part."""
        self._need(person, Action.SEE_OWN_COST)
        everybody = people.may(person, Action.SEE_ALL_COST)
        return await self._books.read(
            reading.cost_report, self._clock.now(), self._house.caps, person, period, everybody=everybody
        )

    async def last_day(self, person: Person) -> tuple[HourOfOrders, ...]:
        """How orders ended in each of the last 24 hours; a member sees their own."""
        self._need(person, Action.SEE_STATUS)
        whose = None if people.may(person, Action.SEE_ALL_COST) else person.id
        return await self._books.read(series.last_day, self._clock.now(), self._house.caps.zone, whose)

    async def day(self, person: Person) -> DayReport:
        """The last 24 hours; a member sees their own part."""
        self._need(person, Action.SEE_OWN_COST)
        everybody = people.may(person, Action.SEE_ALL_COST)
        now, caps, health = self._clock.now(), self._house.caps, self._house.health()
        return await self._books.read(reading.day_report, now, caps, person, health, everybody=everybody)

    async def audit_page(
        self, person: Person, *, limit: int = 10, fact: str = "", order_number: int | None = None
    ) -> AuditPage:
        """The newest facts that fit."""
        self._need(person, Action.SEE_AUDIT)

        def read(tx: Connection) -> AuditPage:
            order = work_orders.by_number(tx, order_number) if order_number is not None else None
            if order_number is not None and order is None:
                return AuditPage(entries=(), total=audit.count(tx))
            found = audit.entries(tx, limit=limit, fact=fact, order_id=order.id if order else "")
            names = {one.id: one.name for one in people.everybody(tx)}
            return AuditPage(entries=found, total=audit.count(tx), names=names)

        return await self._books.read(read)

    async def audit_verify(self, person: Person) -> AuditPage:
        """Walk the whole chain."""
        self._need(person, Action.SEE_AUDIT)
        witnesses = await asyncio.to_thread(self._house.witnesses)

        def read(tx: Connection) -> AuditPage:
            verification = audit.verify(tx, witnesses)
            return AuditPage(entries=(), total=verification.entries, verification=verification)

        return await self._books.read(read)

    async def sources(self, person: Person, order_id: str) -> tuple[Citation, ...]:
        """The citations of an answer."""
        order = await self._books.read(work_orders.get, order_id)
        if order is None or not reading.may_see(order, person):
            raise Refused(self._say(person, "no_order"))
        standing = await self._books.read(projects.standing, Asking.at(order.conversation, person.id))
        return tuple(reading.readable(one, standing) for one in await self._books.read(attempts.citations_of, order_id))

    async def why(self, person: Person, order_id: str) -> str:
        """Reasons, attempts and findings of one order."""
        order = await self._books.read(work_orders.get, order_id)
        if order is None or not reading.may_see(order, person):
            raise Refused(self._say(person, "no_order"))
        return await self._books.read(Why(self._house.replies.texts, person.language).report, order)

    # -----------------------------------------------------------------------------------------------------------------

    async def _visible(self, person: Person, number: int, conversation: ConversationKey) -> WorkOrder | None:
        order = await self._books.read(work_orders.by_number, number)
        return order if order is not None and reading.may_see(order, person, conversation) else None

    def _need(self, person: Person, action: Action) -> None:
        if not people.may(person, action):
            raise Refused(self._say(person, "no_right"))

    def _say(self, person: Person, key: str, **values: object) -> str:
        return self._house.replies.texts.say(person.language, key, **values)


def _title(tier: Tier) -> str:
    return "CEO" if tier is Tier.CEO else tier.value.capitalize()


def _always(_tx: Connection) -> bool:
    return True


def _find_welcome(tx: Connection, desk: Desk, external_id: str, device: str) -> Person | None:
    person = people.find(tx, desk, external_id)
    return None if person is None or people.revoked(tx, person, desk, device) else person


def _without_others(tx: Connection, request: Request) -> Request:
    """A reply to what another conversation said (a card about it, say) brings nothing of that conversation along."""
    replied = work_orders.get(tx, request.reply_to_order) if request.reply_to_order is not None else None
    if replied is None or replied.conversation == request.conversation:
        return request
    return replace(request, reply_to_order=None)


def _target(
    tx: Connection, conversation: ConversationKey, number: int | None, order_id: str | None
) -> tuple[WorkOrder | None, WorkOrder | None]:
    """The order that was meant, and the one that an earlier escalation made of it (else the same)."""
    if order_id is not None:
        named = work_orders.get(tx, order_id)
    elif number is not None:
        named = work_orders.by_number(tx, number)
    else:
        named = work_orders.latest(tx, conversation)
        return named, named
    return named, reading.newest_of(tx, named) if named is not None else None
