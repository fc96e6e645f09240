"""What a press on a decision card does: checked against what the card showed, done once, refused with its reason.

A card is bound to its order as it stood (the claim number and the exact act, sealed into the button), to whoever has
the right, and to its time. A changed order voids it; a press that comes late, twice or without the right changes
nothing and says why.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from company import budget, decisions, people, work_orders
from company.budget import Scope
from company.decisions import Decision
from company.errors import Refused
from company.forgetting import is_forgotten
from company.operations.fulfilment import FINISH_CHEAPER
from company.operations.house import House
from company.operations.once_more import asked_again
from company.people import Action
from company.ports import Change
from company.records import Person, Reason, Request, State, Tier, WorkOrder
from company.reports import Acceptance, DecisionResult

StopOne = Callable[[WorkOrder, Person, Callable[[Connection], bool]], Awaitable[bool]]
Accept = Callable[[Connection, Request, str | None, Change | None], Acceptance]
RIGHTS = {decisions.MONEY: Action.SPEND, decisions.TOOL: Action.APPROVE}


class Deciding:
    """Takes decisions.

    Args:
        stop_one: stops an order in one transaction with what is given.
        accept: writes a request down as an order, over an open transaction.
    """

    def __init__(self, house: House, stop_one: StopOne, accept: Accept) -> None:
        self._house = house
        self._books = house.books
        self._clock = house.clock
        self._stop_one = stop_one
        self._accept = accept

    async def decide(self, person: Person, decision_id: str, pressed: str) -> DecisionResult:
        """Take a decision once.

        Args:
            pressed: the choice, and behind a colon the seal of the act that the button was shown with.
        """
        decision = await self._books.read(decisions.get, decision_id)
        right = RIGHTS.get(decision.kind) if decision is not None else Action.SPEND
        if right is None or not people.may(person, right):
            raise Refused(self._say(person, "no_right"))
        choice, _, seal = pressed.partition(":")
        if decision is None or (choice not in decisions.CHOICES[decision.kind] and choice != decisions.AGAIN):
            return DecisionResult(taken=False, choice="", by="", at=0, text=self._say(person, "unknown_card"))
        if choice == decisions.AGAIN:
            return await self._ask_again(person, decision)
        if decision.state == "open" and not await self._books.write(self._still_stands, decision, seal):
            return DecisionResult(taken=False, choice="", by="", at=0, text=self._say(person, "card_void"))
        taken = await self._take_choice(person, decision, choice)
        current = await self._books.read(decisions.get, decision_id) or decision
        return self._told(person, current, taken=taken)

    async def _take_choice(self, person: Person, decision: Decision, choice: str) -> bool:
        order = await self._books.read(work_orders.get, decision.order_id)
        if choice == decisions.STOP and order is not None and decision.state == "open":
            first = partial(decisions.take, now=self._clock.now(), decision=decision, person=person, choice=choice)
            return await self._stop_one(order, person, first)
        taken = await self._books.write(self._take, decision, person, choice)
        resumed = await self._books.read(work_orders.get, decision.order_id) if taken else None
        if resumed is not None:
            self._house.dispatcher.wake(resumed)
        return taken

    def _told(self, person: Person, current: Decision, *, taken: bool) -> DecisionResult:
        if current.state != "taken":
            text = self._say(person, "expired")
        else:
            text = self._house.replies.decided(current, person.language, again=not taken)
        return DecisionResult(
            taken=taken, choice=current.choice, by=current.decided_by, at=current.decided_at or 0, text=text
        )

    def _still_stands(self, tx: Connection, decision: Decision, seal: str) -> bool:
        """Whether the card shows what its order still waits for; one that does not is void from now on."""
        order = work_orders.get(tx, decision.order_id)
        waits = order is not None and order.state is State.WAITING
        if waits and order is not None and decision.fits(order, seal):
            return True
        decisions.expire(tx, self._clock.now(), decision, why="the order or the card was changed")
        return False

    def _take(self, tx: Connection, decision: Decision, person: Person, choice: str) -> bool:
        now = self._clock.now()
        if not decisions.take(tx, now, decision, person, choice):
            return False
        order = work_orders.get(tx, decision.order_id)
        if order is None or order.state is not State.WAITING:
            return True
        if choice == decisions.ADD:
            subject = decision.subject
            budget.raise_cap(tx, now, Scope(subject["scope"]), subject["key"], subject["add_micro"], by=person.id)
        if choice == decisions.CHEAPER and order.assignment is not None:
            below = [
                tier for tier in reversed(Tier) if list(Tier).index(tier) < list(Tier).index(order.tier or Tier.CEO)
            ]
            reason = Reason(code=FINISH_CHEAPER, text=f"{person.name} chose the cheaper way")
            cheaper = replace(
                order.assignment, ladder=tuple(below) or (Tier.CLERK,), reasons=(*order.assignment.reasons, reason)
            )
            work_orders.reassign(tx, now, order, cheaper, rung=0, by=person.id)
        else:
            work_orders.resume(tx, now, order, by=person.id)
        return True

    async def _ask_again(self, person: Person, decision: Decision) -> DecisionResult:
        """An order that ended for want of an answer stays ended; a child of it begins anew, and asks anew."""
        said = partial(DecisionResult, choice=decisions.AGAIN, by=person.name, at=self._clock.now())
        order = await self._books.read(work_orders.get, decision.order_id)
        asker = await self._books.read(people.get, order.person_id) if order is not None else None
        over = order is not None and order.state is State.REFUSED and not is_forgotten(order)
        if order is None or asker is None or decision.state != "expired" or not over:
            return said(taken=False, text=self._say(person, "card_void"))
        request = asked_again(
            order, asker, key=f"again:{decision.id}", tier=order.wanted_tier, now=self._clock.now()
        )  # fmt: skip
        acceptance = await self._books.write(self._accept, request, order.id, None)
        if acceptance.order is None or not acceptance.fresh:
            return said(taken=False, text=self._say(person, "asked_already"))
        self._house.dispatcher.wake(acceptance.order)
        return said(taken=True, text=self._say(person, "asked_again", number=acceptance.order.number, name=person.name))

    def _say(self, person: Person, key: str, **values: object) -> str:
        return self._house.replies.texts.say(person.language, key, **values)
