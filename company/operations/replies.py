"""What the company says at the ends of an order, and on its cards: replies, receipts, buttons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from company import decisions
from company.clock import as_datetime
from company.decisions import Decision
from company.errors import BudgetExceeded
from company.money import dollars
from company.records import (
    Button,
    Deliverable,
    Outcome,
    Receipt,
    Reply,
    ReplyKind,
    State,
    Tier,
    Verdict,
    WorkOrder,
)
from company.texts import Texts


class ButtonAction(StrEnum):
    """What a button under a reply does; `Button.argument` names the order or "decision:choice"."""

    SOURCES = "sources"
    ESCALATE = "escalate"
    WHY = "why"
    RATE_UP = "rate_up"
    RATE_DOWN = "rate_down"
    DECIDE = "decide"


@dataclass(frozen=True, slots=True)
class Replies:
    """Makes replies in a person's language."""

    texts: Texts

    def answer(
        self, order: WorkOrder, deliverable: Deliverable, verdict: Verdict, *, language: str, cost_micro: int, now: int,
        can_climb: bool,
    ) -> Reply:  # fmt: skip
        """The inspected answer with its receipt; a label in front of the receipt when it is not verified."""
        label = self.label(verdict, deliverable, language)
        receipt = Receipt(
            order_number=order.number, employee=deliverable.title, model=deliverable.model, cost_micro=cost_micro,
            seconds=(now - order.created_at) / 1000, verdict=label or self.texts.say(language, "passed"),
            escalations=order.rung, fallback=deliverable.fallback_from, sources=len(deliverable.citations),
        )  # fmt: skip
        return Reply(
            kind=ReplyKind.UNVERIFIED if label else ReplyKind.ANSWER, text=deliverable.text, receipt=receipt,
            citations=deliverable.citations, buttons=self._buttons(order, deliverable, language, can_climb),
        )  # fmt: skip

    def label(self, verdict: Verdict, deliverable: Deliverable, language: str) -> str:
        """Why an answer is not verified; "" when it is."""
        if verdict.outcome is Outcome.PASS and not deliverable.unknown_effects:
            return ""
        reasons = [finding.message for finding in verdict.findings[:2]]
        reasons += [f"? {effect}" for effect in deliverable.unknown_effects[:2]]
        return self.texts.say(language, "unverified", reason="; ".join(reasons) or verdict.outcome.value)

    def _buttons(
        self, order: WorkOrder, deliverable: Deliverable, language: str, can_climb: bool
    ) -> tuple[tuple[Button, ...], ...]:
        row = []
        if deliverable.citations:
            row.append(self._button(language, "sources", ButtonAction.SOURCES, order.id))
        if can_climb and deliverable.tier is not Tier.CEO:
            row.append(self._button(language, "escalate", ButtonAction.ESCALATE, order.id))
        if deliverable.tier is Tier.CLERK and not deliverable.citations:
            return (tuple(row),) if row else ()
        row.append(Button(label="👍", action=ButtonAction.RATE_UP, argument=order.id))
        row.append(Button(label="👎", action=ButtonAction.RATE_DOWN, argument=order.id))
        row.append(self._button(language, "why", ButtonAction.WHY, order.id))
        return (tuple(row),)

    def _button(self, language: str, key: str, action: ButtonAction, argument: str) -> Button:
        return Button(label=self.texts.say(language, key), action=action, argument=argument)

    def ended(self, order: WorkOrder, state: State, reason: str, language: str) -> Reply:
        """Refused, failed or stopped, with the reason."""
        kinds = {State.REFUSED: ReplyKind.REFUSED, State.FAILED: ReplyKind.FAILED, State.STOPPED: ReplyKind.STOPPED}
        key = {State.REFUSED: "refused", State.FAILED: "failed", State.STOPPED: "stopped"}[state]
        text = self.texts.say(language, key, number=order.number, reason=reason)
        return Reply(kind=kinds[state], text=text, closes_order=False)

    def parked(self, order: WorkOrder, detail: str, language: str) -> Reply:
        """Nobody can be reached; the order is kept."""
        text = self.texts.say(language, "parked", number=order.number, detail=detail.rstrip("."))
        return Reply(kind=ReplyKind.NOTICE, text=text, silent=True, closes_order=False)

    def shortage(self, shortage: BudgetExceeded, language: str) -> str:
        """Why there is not enough money."""
        if shortage.needed_micro == 0:
            return self.texts.say(language, "money_held")
        return self.texts.say(
            language, "money_short", needed=dollars(shortage.needed_micro), left=dollars(shortage.left_micro),
            cap=dollars(shortage.cap_micro), what=self.texts.say(language, f"money_{shortage.scope}"),
        )  # fmt: skip

    def money_card(
        self, order: WorkOrder, decision: Decision, *, what: str, employee: str, spent_micro: int, language: str
    ) -> Reply:
        """What, why, the exact choices, the cost, the expiry."""
        expires = as_datetime(decision.expires_at).strftime("%Y-%m-%d %H:%M UTC")
        text = self.texts.say(
            language, "card", number=order.number, what=what, employee=employee, spent=dollars(spent_micro),
            expires=expires,
        )  # fmt: skip
        add = self.texts.say(language, "add", amount=dollars(decision.subject["add_micro"]))
        labels = ((decisions.ADD, add, "success"), (decisions.CHEAPER, "", "primary"), (decisions.STOP, "", "danger"))
        row = tuple(
            Button(
                label=label or self.texts.say(language, choice), action=ButtonAction.DECIDE,
                argument=f"{decision.id}:{choice}", style=style,
            )
            for choice, label, style in labels
        )  # fmt: skip
        return Reply(kind=ReplyKind.CARD, text=text, buttons=(row,), closes_order=False)

    def waits_for_board(self, order: WorkOrder, what: str, language: str) -> Reply:
        """For a member whose order the Board must pay for."""
        text = self.texts.say(language, "card_member", number=order.number, what=what)
        return Reply(kind=ReplyKind.NOTICE, text=text, silent=True, closes_order=False)

    def choice(self, decision: Decision, language: str) -> str:
        """A taken decision in words."""
        amount = dollars(decision.subject.get("add_micro", 0))
        return self.texts.say(language, f"decided_{decision.choice}", amount=amount)

    def decided(self, decision: Decision, language: str, *, again: bool = False) -> str:
        """The line that a decided card shows."""
        at = as_datetime(decision.decided_at or 0).strftime("%Y-%m-%d %H:%M UTC")
        key = "already" if again else "decided"
        return self.texts.say(language, key, choice=self.choice(decision, language), name=decision.decided_by, at=at)
