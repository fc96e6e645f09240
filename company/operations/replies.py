"""What the company says at the ends of an order, and on its cards: replies, receipts, buttons."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum

from company import decisions
from company.clock import as_datetime
from company.decisions import Decision
from company.errors import BudgetExceeded
from company.money import dollars
from company.operations.found import reasons
from company.outlines import outline_of
from company.records import (
    Button,
    Deliverable,
    Outcome,
    PointsAt,
    Receipt,
    Reply,
    ReplyKind,
    State,
    Tier,
    Verdict,
    WorkOrder,
)
from company.texts import Texts

STRUCTURED_FROM = 400  # characters of an answer
SECTIONS_FROM = 3
MOST_SECTIONS = 8


class ButtonAction(StrEnum):
    """What a button under a reply does; `Button.argument` names the order or "decision:choice"."""

    SOURCES = "sources"
    ESCALATE = "escalate"
    ANEW = "anew"
    WHY = "why"
    RATE_UP = "rate_up"
    RATE_DOWN = "rate_down"
    DECIDE = "decide"
    SECTION = "section"


@dataclass(frozen=True, slots=True)
class Replies:
    """Makes replies in a person's language."""

    texts: Texts

    def answer(
        self, order: WorkOrder, deliverable: Deliverable, verdict: Verdict, *, language: str, cost_micro: int, now: int,
        can_climb: bool, project: str = "", cached: bool = False,
    ) -> Reply:  # fmt: skip
        """The inspected answer with its receipt; a label in front of the receipt when it is not verified.

        `project`: the name of the one in use there.
        """
        label = self.label(verdict, deliverable, language)
        receipt = Receipt(
            order_number=order.number, employee=deliverable.title, model=deliverable.model, cost_micro=cost_micro,
            seconds=(now - order.created_at) / 1000, verdict=label or self.texts.say(language, "passed"),
            escalations=order.rung, fallback=deliverable.fallback_from, sources=len(deliverable.citations),
            project=project, cached=cached, earlier_at=deliverable.earlier_at,
        )  # fmt: skip
        return Reply(
            kind=ReplyKind.UNVERIFIED if label else ReplyKind.ANSWER, text=deliverable.text, receipt=receipt,
            citations=deliverable.citations, buttons=self._buttons(order, deliverable, language, can_climb),
        )  # fmt: skip

    def label(self, verdict: Verdict, deliverable: Deliverable, language: str) -> str:
        """Why an answer is not verified; "" when it is."""
        if verdict.outcome is Outcome.PASS and not deliverable.unknown_effects:
            return ""
        found = reasons(self.texts, language, verdict, most=2)
        found += [f"? {effect}" for effect in deliverable.unknown_effects[:2]]
        return self.texts.say(language, "unverified", reason="; ".join(found) or verdict.outcome.value)

    def _buttons(
        self, order: WorkOrder, deliverable: Deliverable, language: str, can_climb: bool
    ) -> tuple[tuple[Button, ...], ...]:
        if (meant := _asks_which(order)) is not None:
            return _sections(meant.order_id, len(meant.titles))
        row = []
        if deliverable.citations:
            row.append(self._button(language, "sources", ButtonAction.SOURCES, order.id))
        if deliverable.earlier_at is not None:
            row.append(self._button(language, "anew", ButtonAction.ANEW, order.id))
        if can_climb and deliverable.tier is not Tier.CEO:
            row.append(self._button(language, "escalate", ButtonAction.ESCALATE, order.id))
        if deliverable.tier is Tier.CLERK and not deliverable.citations:
            return (tuple(row),) if row else ()
        row.append(Button(label="👍", action=ButtonAction.RATE_UP, argument=order.id))
        row.append(Button(label="👎", action=ButtonAction.RATE_DOWN, argument=order.id))
        row.append(self._button(language, "why", ButtonAction.WHY, order.id))
        return (tuple(row), *_sections(order.id, _worth_pointing_at(deliverable)))

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
        text = self.texts.say(
            language, "card", number=order.number, what=what, employee=employee, spent=dollars(spent_micro),
            expires=_moment(decision.expires_at),
        )  # fmt: skip
        add = self.texts.say(language, "add", amount=dollars(decision.subject["add_micro"]))
        labels = ((decisions.ADD, add, "success"), (decisions.CHEAPER, "", "primary"), (decisions.STOP, "", "danger"))
        return self._card(text, decision, language, labels)

    def tool_card(
        self, order: WorkOrder, decision: Decision, *, employee: str, spent_micro: int, language: str
    ) -> Reply:
        """A tool's act, word for word: nothing of it is left out or rendered, so nothing can hide in it."""
        key = "card_tool_foreign" if decision.subject.get("why") else "card_tool"
        text = self.texts.say(
            language, key, number=order.number, tool=decision.subject["act"], employee=employee,
            origin=decision.subject.get("why", ""), spent=dollars(spent_micro), expires=_moment(decision.expires_at),
        )  # fmt: skip
        labels = ((decisions.APPROVE, "", "success"), (decisions.DENY, "", "danger"))
        return self._card(text, decision, language, labels)

    def _card(self, text: str, decision: Decision, language: str, labels: tuple[tuple[str, str, str], ...]) -> Reply:
        """A card of any kind: under its words the exact act and its seal, which each button carries."""
        money = decision.kind == decisions.MONEY
        act = _in_short(decision) if money else decision.subject["act"]
        exact = self.texts.say(language, "card_exact", act=act, seal=decision.seal)
        row = tuple(
            Button(
                label=label or self.texts.say(language, choice), action=ButtonAction.DECIDE,
                argument=f"{decision.id}:{choice}:{decision.seal}", style=style,
            )
            for choice, label, style in labels
        )  # fmt: skip
        whole = f"{text}\n\n{exact}" if money else f"{text}\n\n{exact}\n{_word_for_word(decision)}"
        return Reply(kind=ReplyKind.CARD, text=whole, buttons=(row,), closes_order=False)

    def closed(self, decision: Decision, language: str) -> str:
        """The line that a card shows once nothing can be chosen on it any more: who and when, or that nobody did."""
        if decision.state == "taken":
            sign = "⛔" if decision.choice in (decisions.STOP, decisions.DENY) else "✅"
            return f"{sign} {self.decided(decision, language)}"
        if (decision.decided_at or 0) >= decision.expires_at:
            return f"⌛ {self.texts.say(language, 'expired')}"
        return f"✖ {self.texts.say(language, 'card_void')}"

    def outcome(self, decision: Decision, language: str) -> tuple[str, Button | None]:
        """What a desk makes of a card once it is closed: its last line, and the button that it keeps."""
        return self.closed(decision, language), self.again(decision, language)

    def again(self, decision: Decision, language: str) -> Button | None:
        """The button of a card that ran out."""
        if decision.state != "expired" or (decision.decided_at or 0) < decision.expires_at:
            return None
        label = self.texts.say(language, "ask_again")
        return Button(label=label, action=ButtonAction.DECIDE, argument=f"{decision.id}:{decisions.AGAIN}")

    def waits_for_board(self, order: WorkOrder, what: str, language: str) -> Reply:
        """For a member whose order the Board must pay for; in a group without the sums."""
        key = "waits_for_board" if order.conversation.shared else "card_member"
        text = self.texts.say(language, key, number=order.number, what=what)
        return Reply(kind=ReplyKind.NOTICE, text=text, silent=True, closes_order=False)

    def choice(self, decision: Decision, language: str) -> str:
        """A taken decision in words."""
        amount = dollars(decision.subject.get("add_micro", 0))
        return self.texts.say(language, f"decided_{decision.choice}", amount=amount)

    def decided(self, decision: Decision, language: str, *, again: bool = False) -> str:
        """The line that a decided card shows."""
        at = _moment(decision.decided_at or 0)
        key = "already" if again else "decided"
        return self.texts.say(language, key, choice=self.choice(decision, language), name=decision.decided_by, at=at)


def _asks_which(order: WorkOrder) -> PointsAt | None:
    meant = order.assignment.points_at if order.assignment is not None else None
    return meant if meant is not None and meant.order_id and not meant.section else None


def _worth_pointing_at(deliverable: Deliverable) -> int:
    """How many sections of an answer get a button: short answers and mere quotations need none."""
    if deliverable.tier is Tier.CLERK or len(deliverable.text) < STRUCTURED_FROM:
        return 0
    sections = len(outline_of(deliverable.text))
    return sections if sections >= SECTIONS_FROM else 0


def _sections(order_id: str, count: int) -> tuple[tuple[Button, ...], ...]:
    """[S1] [S2] ..., the sections of an answer, four in a row."""
    buttons = [
        Button(label=f"S{number}", action=ButtonAction.SECTION, argument=f"{order_id}:{number}")
        for number in range(1, min(count, MOST_SECTIONS) + 1)
    ]
    return tuple(tuple(buttons[start : start + 4]) for start in range(0, len(buttons), 4))


def _moment(at: int) -> str:
    return as_datetime(at).strftime("%Y-%m-%d %H:%M UTC")


def _in_short(decision: Decision) -> str:
    """ "raise_cap day 2026-11-21 + $0.10": an act whose arguments are our own, so nothing can hide in them."""
    arguments = decision.subject["arguments"]
    key = arguments["key"] if len(arguments["key"]) <= 10 else ""  # not the id of an order or a person
    return " ".join(part for part in (decision.subject["act"], arguments["scope"], key, "+", arguments["add"]) if part)


def _word_for_word(decision: Decision) -> str:
    exact = json.dumps(decision.subject["arguments"], ensure_ascii=False, indent=1, sort_keys=True)
    fence = "`" * (3 + max((len(run) for run in re.findall("`+", exact)), default=0))
    return f"{fence}json\n{exact}\n{fence}"
