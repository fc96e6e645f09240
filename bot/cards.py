"""Cards that ask nothing any more show what became of them and lose their buttons: decided, stopped, or run out.

Only looks hang on it: a press on an old button is answered with what became of the card. So an edit that a crash
swallows is not made up for.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from bot import dress, outbox
from bot.errands import Errand, Errands
from bot.limiter import Priority
from bot.notes import DESK
from bot.outbox import Dress, Stage
from bot.reconcile import edit_params
from company import decisions, people
from company.audit import Entry
from company.clock import Clock
from company.decisions import Decision
from company.feed import Subscription
from company.records import Button, Json
from company.schema import outbox as rows

Describe = Callable[[Decision, str], tuple[str, Button | None]]
FACTS = frozenset({"decision.taken", "decision.expired"})
DECIDE = "decide:"


@dataclass(frozen=True, slots=True)
class _Shown:
    """A card that stands in a chat, as it shall look now."""

    chat: str
    message_id: int
    message: Json


class Cards:
    """Hears of decisions, and takes the buttons off their cards.

    Args:
        errands: who edits.
        clock: the house's time.
        describe: what became of a card, in a language, and the button that it keeps.
    """

    def __init__(self, errands: Errands, clock: Clock, describe: Describe | None = None) -> None:
        self._errands = errands
        self._describe = describe
        self._clock = clock
        self._answered: list[_Shown] = []

    @property
    def subscription(self) -> Subscription:
        """For the feed."""
        return Subscription(name="telegram-cards", facts=FACTS, on_fact=self._look, after=self._strip)

    def _look(self, tx: Connection, entry: Entry) -> None:
        """Which cards of this order ask for nothing any more; one that was not sent yet need not be. Books' thread."""
        where = (rows.c.desk == DESK) & (rows.c.order_id == entry.order_id) & (rows.c.kind == Dress.CARD)
        for row in tx.execute(select(rows).where(where)):
            payload = json.loads(row.payload)
            asked = [found for ask in decisions_of(payload) if (found := decisions.get(tx, ask)) is not None]
            if not asked or any(card.state == "open" for card in asked):
                continue
            if row.state == Stage.READY:
                outbox.bury(tx, self._clock.now(), row.id, "not needed any more")
            elif row.state == Stage.SENT:
                person = people.find(tx, DESK, row.chat)
                message = self._closed(payload["message"], asked[0], person.language if person is not None else "en")
                self._answered.append(_Shown(row.chat, int(row.sent_id), message))

    def _closed(self, message: Json, card: Decision, language: str) -> Json:
        """The card's message without what can't be chosen any more, and with what became of it."""
        closed = {name: value for name, value in message.items() if name != "reply_markup"}
        if self._describe is not None:
            line, button = self._describe(card, language)
            closed["text"] += f"\n\n{line}"
            if button is not None:
                closed["reply_markup"] = dress.keyboard(((button,),))
        return closed

    def _strip(self) -> None:
        answered, self._answered = self._answered, []
        for card in answered:
            params = edit_params(card.chat, card.message_id, card.message)
            self._errands.do(
                Errand(
                    key=f"edit:{card.chat}:{card.message_id}", method="editMessageText", params=params, chat=card.chat,
                    priority=Priority.CARD, counts=True, tries=5,
                )
            )  # fmt: skip


def decisions_of(payload: Json) -> set[str]:
    """The ids of the decisions that the buttons of a card ask for."""
    keyboard = payload["message"].get("reply_markup", {}).get("inline_keyboard", ())
    data = (str(button.get("callback_data", "")) for line in keyboard for button in line)
    return {one.removeprefix(DECIDE).partition(":")[0] for one in data if one.startswith(DECIDE)}
