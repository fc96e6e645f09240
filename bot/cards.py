"""Cards whose question was answered lose their buttons: decided at another desk, stopped, or run out.

Only looks hang on it: a press on an old button is answered with what became of the card. So an edit that a crash
swallows is not made up for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection, select

from bot import outbox
from bot.errands import Errand, Errands
from bot.limiter import Priority
from bot.notes import DESK
from bot.outbox import Dress, Stage
from company import decisions
from company.audit import Entry
from company.clock import Clock
from company.feed import Subscription
from company.records import Json
from company.schema import outbox as rows

FACTS = frozenset({"decision.taken", "decision.expired"})
DECIDE = "decide:"


@dataclass(frozen=True, slots=True)
class _Shown:
    """A card that stands in a chat."""

    chat: str
    message_id: int


class Cards:
    """Hears of decisions, and takes the buttons off their cards.

    Args:
        errands: who edits.
        clock: the house's time.
    """

    def __init__(self, errands: Errands, clock: Clock) -> None:
        self._errands = errands
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
            asks = _decisions_of(json.loads(row.payload))
            if not asks or any((card := decisions.get(tx, ask)) and card.state == "open" for ask in asks):
                continue
            if row.state == Stage.READY:
                outbox.bury(tx, self._clock.now(), row.id, "not needed any more")
            elif row.state == Stage.SENT:
                self._answered.append(_Shown(row.chat, int(row.sent_id)))

    def _strip(self) -> None:
        answered, self._answered = self._answered, []
        for card in answered:
            self._errands.do(
                Errand(
                    key=f"buttons:{card.chat}:{card.message_id}", method="editMessageReplyMarkup",
                    params={"chat_id": int(card.chat), "message_id": card.message_id}, chat=card.chat,
                    priority=Priority.CARD, counts=True, tries=5,
                )
            )  # fmt: skip


def _decisions_of(payload: Json) -> set[str]:
    """The ids of the decisions that the buttons of a card ask for."""
    keyboard = payload["message"].get("reply_markup", {}).get("inline_keyboard", ())
    data = (str(button.get("callback_data", "")) for line in keyboard for button in line)
    return {one.removeprefix(DECIDE).partition(":")[0] for one in data if one.startswith(DECIDE)}
