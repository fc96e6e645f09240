"""The desk's courier: an answer becomes rows of the outbox, its progress a status line, its end a reaction.

Built before the desk and handed to the operations; the desk then runs what it keeps (`mail`, `lines`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, tzinfo

from sqlalchemy import Connection

from bot import dress, outbox
from bot.markup import Renderer, plain, vouched
from bot.outbox import Dress
from bot.proactive import Proactive
from bot.sender import Mailbox
from bot.status_lines import StatusLines, language_of
from bot.texts import Texts
from company.clock import Clock
from company.config_desks import TelegramSettings
from company.records import ConversationKey, Desk, Json, Progress, Reply, ReplyKind, WorkOrder
from company.topics import Topic

MOST_PARTS = 3  # an answer of more messages is a file, and its beginning
OFF_THE_LOOP = 3000
"""Texts longer than this many characters are rendered in a thread (about 2 ms for 1,500)."""
DONE = "👌"  # among the reactions a bot may give: https://core.telegram.org/bots/api#reactiontypeemoji


@dataclass(frozen=True, slots=True)
class Letter:
    """A rendered reply: its messages in order, the last of which closes the order if `closes`."""

    payloads: tuple[Json, ...]
    kind: ReplyKind
    closes: bool


class Delivery:
    """Implements `company.ports.Courier` for Telegram.

    Args:
        settings: when a status line appears.
        clock: the house's time.
        default_language: for orders whose language is not spoken here.
        zone: of quiet hours and digests.
    """

    desk = Desk.TELEGRAM

    def __init__(
        self, settings: TelegramSettings, clock: Clock, *, default_language: str = "en", zone: tzinfo = UTC
    ) -> None:
        self.texts = Texts()
        self.renderer = Renderer()
        self.mail = Mailbox(clock)
        self.lines = StatusLines(clock, default_language=default_language)
        self.proactive = Proactive(self.texts, self.mail, clock, zone, default_language)
        self.zone = zone
        self._clock = clock
        self._default_language = default_language
        self._warm = False

    async def warm(self) -> None:
        """Read the catalogues and build the Markdown parser, in a thread (0.1 s)."""
        if not self._warm:
            await asyncio.to_thread(self._load)
            self._warm = True

    def _load(self) -> None:
        self.texts.load()
        self.renderer.warm()

    async def render(self, order: WorkOrder, reply: Reply) -> Letter:
        """The reply as messages. The order's status line says nothing more from here on."""
        if reply.kind is not ReplyKind.NOTICE:
            self.lines.hush(order.id)
        await self.warm()
        if len(reply.text) > OFF_THE_LOOP:
            return await asyncio.to_thread(self._render, order, reply)
        return self._render(order, reply)

    def _render(self, order: WorkOrder, reply: Reply) -> Letter:
        language = language_of(order, self._default_language)
        known = (order.text, *(citation.quote for citation in reply.citations))
        keep = vouched(known)
        body = self.renderer.render(reply.text, keep)
        under = dress.receipt_line(reply.receipt, self.texts, language) if reply.receipt else None
        messages = dress.messages(body, under, keep)
        whole: Json | None = None
        if len(messages) > MOST_PARTS and reply.kind in (ReplyKind.ANSWER, ReplyKind.UNVERIFIED):
            name = f"answer-{order.number}.md"
            whole = {"document": {"name": name, "text": reply.text}, "message": {"disable_notification": True}}
            note = plain(self.texts.say(language, "answer_in_file", name=name))
            messages = [dress.beginning(body, note, under, keep)]
        keyboard = dress.keyboard(reply.buttons)
        if keyboard is not None:
            messages[-1]["reply_markup"] = keyboard
        if order.conversation.chat.startswith("-") and order.message_id:
            messages[0]["reply_parameters"] = {
                "message_id": int(order.message_id), "allow_sending_without_reply": True,
            }  # fmt: skip
        for message in messages[:-1] if not reply.silent else messages:
            message["disable_notification"] = True
        payloads: list[Json] = [{"message": message} for message in messages]
        if whole is not None:
            payloads.insert(0, whole)
        if order.message_id and reply.kind not in (ReplyKind.CARD, ReplyKind.NOTICE):
            good = reply.kind in (ReplyKind.ANSWER, ReplyKind.UNVERIFIED)
            payloads[-1] |= {"react_to": int(order.message_id), "emoji": DONE if good else ""}
        return Letter(tuple(payloads), reply.kind, reply.closes_order)

    def post(self, tx: Connection, order: WorkOrder, rendered: object) -> None:
        """Write the letter to the outbox, in the transaction that makes the order ready. On the books' thread."""
        if not isinstance(rendered, Letter):
            raise TypeError("post() takes what render() made")
        now = self._clock.now()
        outbox.withdraw_status(tx, now, order.id)
        where, last = order.conversation, len(rendered.payloads) - 1
        kind = {ReplyKind.CARD: Dress.CARD, ReplyKind.NOTICE: Dress.NOTICE}.get(rendered.kind, Dress.ANSWER)
        for number, payload in enumerate(rendered.payloads):
            outbox.post(
                tx, now, where.chat, payload, dress=kind, topic=where.topic, order_id=order.id,
                closes_order=rendered.closes and number == last,
            )  # fmt: skip
        self.mail.announce(where.chat)

    def notice(
        self, tx: Connection, where: ConversationKey, text: str, *, topic: Topic | None = None, silent: bool = True
    ) -> bool:
        """A short plain text that belongs to no order, in the caller's transaction. On the books' thread."""
        if topic is not None:
            return self.proactive.tell(tx, where, text, topic, silent=silent)
        payload: Json = {"message": dress.message(plain(text)) | {"disable_notification": silent}}
        outbox.post(tx, self._clock.now(), where.chat, payload, dress=Dress.NOTICE, topic=where.topic)
        self.mail.announce(where.chat)
        return True

    def wake(self) -> None:
        """After the commit: there is something to send, or to keep for later."""
        self.mail.ring()
        self.proactive.ring()

    def progress(self, order: WorkOrder, news: Progress) -> None:
        """News of running work; must not block."""
        self.lines.note(order, news)
