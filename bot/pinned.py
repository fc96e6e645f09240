"""The pinned status of a chat that wants one: "🟢 running · $0.42 of $5.00 today · 2 open decisions".

One message, written by the outbox like any other (so its id is never unknown), pinned without a sound, edited when its
text changed and at most once a minute, written anew when somebody deleted it, taken away when it is switched off. The
note `pin:CHAT` is all that is remembered; a message that is to go is `unpin:CHAT:ID` until it is gone.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from sqlalchemy import Connection

from bot import dress, failures, notes, outbox
from bot.errands import Errand, Errands, Then
from bot.inbox import Voice
from bot.limiter import Priority
from bot.markup import plain
from bot.outbox import Dress, Sending, Stage
from bot.reconcile import edit_params
from bot.texts import Texts
from bot.updates import Place
from bot.waiting import Bell
from company import people
from company.books import Books, to_json
from company.clock import Clock
from company.errors import OrderError
from company.money import dollars
from company.people import Action, may
from company.ports import FrontOffice
from company.records import Condition, Json, Person

PIN, UNPIN = "pin:", "unpin:"
EVERY_S = 60.0
"""How often the status may be edited, and is looked at, seconds."""
LOOK_ANYWAY = 10  # looks without news: health and the day change without a fact in the record


def turned_on(tx: Connection, chat: str) -> bool:
    """Whether the chat has a pinned status."""
    return bool(notes.get(tx, f"{PIN}{chat}"))


def turn(tx: Connection, now: int, chat: str, *, on: bool) -> None:
    """Switch it on or off."""
    kept = notes.get(tx, f"{PIN}{chat}")
    if on:
        if not kept:
            notes.put(tx, f"{PIN}{chat}", to_json({"row": "", "text": "", "pinned": False}))
        return
    notes.drop(tx, f"{PIN}{chat}")
    row = outbox.get(tx, json.loads(kept)["row"]) if kept and json.loads(kept)["row"] else None
    if row is not None and row.stage is Stage.SENT:
        notes.put(tx, f"{UNPIN}{chat}:{row.sent_id}", row.id)
    elif row is not None and row.stage is Stage.READY:
        outbox.bury(tx, now, row.id, "not wanted any more")


class Pinned:
    """Keeps the pinned statuses true.

    Args:
        announce: tells the sender that a chat has a row.
        newest: the number of the newest fact of the record; it changes when there is news.
    """

    def __init__(
        self, office: FrontOffice, books: Books, clock: Clock, texts: Texts, voice: Voice, errands: Errands,
        announce: Callable[[str], None], newest: Callable[[], int],
    ) -> None:  # fmt: skip
        self._office = office
        self._books = books
        self._clock = clock
        self._texts = texts
        self._voice = voice
        self._errands = errands
        self._announce = announce
        self._newest = newest
        self._bell = Bell(clock)
        self._edited: dict[str, float] = {}
        self._written: set[str] = set()

    def sent(self, row_id: str) -> None:
        """A row is shown. On the loop."""
        if row_id in self._written:
            self._written.discard(row_id)
            self._bell.ring()

    def ring(self) -> None:
        """One was switched on or off, or written. On the loop."""
        self._bell.ring()

    async def run(self) -> None:
        """Keep them true until cancelled."""
        seen, looks = -1, 0
        while True:
            for name, row_id in await self._books.read(notes.under, UNPIN):
                self._take_away(name, row_id)
            pins = await self._books.read(notes.under, PIN)
            news = self._newest()
            looks += 1
            anew = news != seen or looks >= LOOK_ANYWAY
            if anew:
                seen, looks = news, 0
            for name, kept in pins:
                await self._tend(name.removeprefix(PIN), json.loads(kept), look=anew)
            if await self._bell.wait(EVERY_S if pins else None):
                seen = -1

    async def _tend(self, chat: str, kept: Json, *, look: bool) -> None:
        row = await self._books.read(outbox.get, kept["row"]) if kept["row"] else None
        if row is not None and row.stage in (Stage.READY, Stage.SENDING, Stage.UNKNOWN):
            return
        if row is None or row.stage is Stage.DEAD:
            if await self._books.read(notes.blocked, chat) == "":
                await self._write_anew(chat, kept)
            return
        if not kept["pinned"]:
            self._pin(chat, row)
        since = self._clock.monotonic() - self._edited.get(chat, float("-inf"))
        if look and since >= EVERY_S:
            text = await self.text(chat)
            if text and text != kept["text"]:
                self._edit(chat, row, text)

    async def _write_anew(self, chat: str, kept: Json) -> None:
        text = await self.text(chat)
        if not text:  # whose it was may not know it any more
            await self._books.write(notes.drop, f"{PIN}{chat}")
            return
        message = dress.message(plain(text)) | {"disable_notification": True}

        def write(tx: Connection) -> str:
            current = notes.get(tx, f"{PIN}{chat}")
            if not current or json.loads(current)["row"] != kept["row"]:
                return ""
            row_id = outbox.post(tx, self._clock.now(), chat, {"message": message}, dress=Dress.NOTICE)
            notes.put(tx, f"{PIN}{chat}", to_json({**kept, "row": row_id, "text": text, "pinned": False}))
            return row_id

        if row_id := await self._books.write(write):
            self._written.add(row_id)
        self._edited[chat] = self._clock.monotonic()
        self._announce(chat)

    async def text(self, chat: str) -> str:
        """What it says now; "" where nobody may know it. In a group there are no sums."""
        shared = notes.is_group(chat)
        person = await self._books.read(_whose, chat)
        if person is None or not may(person, Action.SEE_OWN_COST):
            return ""
        try:
            report = await self._office.status(person)
        except OrderError:
            return ""
        language, ill = person.language, any(part.condition is Condition.ILL for part in report.health)
        parts = [self._texts.say(language, "pin_ill" if ill else "pin_running")]
        if not shared:
            parts += [
                self._texts.say(language, "pin_money", used=dollars(cap.used_micro), cap=dollars(cap.cap_micro))
                for cap in report.caps
                if cap.scope in ("day", "person")
            ]
        if may(person, Action.SPEND) and report.open_decisions:
            parts.append(self._texts.say(language, "pin_decisions", count=report.open_decisions))
        return " · ".join(parts)

    def _pin(self, chat: str, row: Sending) -> None:
        async def then(failure: failures.WireError | None) -> None:
            if failure is not None and not isinstance(failure, failures.Declined):
                return  # tried again at the next look
            words = None
            if failure is not None:  # it may not pin here: the message stays, and whoever wanted it hears why
                language = await self._language(chat)
                words = self._voice.words(_place(chat), self._voice.say(language, "pin_denied"))

            def write(tx: Connection) -> None:
                current = notes.get(tx, f"{PIN}{chat}")
                if current and json.loads(current)["row"] == row.id:
                    notes.put(tx, f"{PIN}{chat}", to_json({**json.loads(current), "pinned": True}))
                    if words is not None:
                        self._voice.write(tx, words)

            await self._books.write(write)
            self._voice.send()

        params = {"chat_id": int(chat), "message_id": int(row.sent_id), "disable_notification": True}
        self._do(f"pin:{chat}", "pinChatMessage", params, chat, then)

    def _edit(self, chat: str, row: Sending, text: str) -> None:
        self._edited[chat] = self._clock.monotonic()

        async def then(failure: failures.WireError | None) -> None:
            gone = isinstance(failure, failures.NotFound | failures.CantEdit)

            def write(tx: Connection) -> None:
                current = notes.get(tx, f"{PIN}{chat}")
                if gone:
                    outbox.bury(tx, self._clock.now(), row.id, "deleted")
                elif failure is None and current and json.loads(current)["row"] == row.id:
                    notes.put(tx, f"{PIN}{chat}", to_json({**json.loads(current), "text": text}))

            await self._books.write(write)
            if gone:
                self._bell.ring()

        params = edit_params(chat, int(row.sent_id), dress.message(plain(text)))
        self._do(f"edit:{chat}:{row.sent_id}", "editMessageText", params, chat, then, counts=True)

    def _take_away(self, name: str, row_id: str) -> None:
        """Unpin and delete what is not wanted any more; the note goes when it is gone."""
        chat, _, message_id = name.removeprefix(UNPIN).rpartition(":")
        params = {"chat_id": int(chat), "message_id": int(message_id)}

        async def gone(failure: failures.WireError | None) -> None:
            if failure is None or isinstance(failure, failures.Declined):
                await self._books.write(self._forget, name, row_id)

        async def unpinned(failure: failures.WireError | None) -> None:
            if failure is None or isinstance(failure, failures.Declined):
                self._do(f"gone:{name}", "deleteMessage", params, chat, gone)

        self._do(f"unpin:{name}", "unpinChatMessage", params, chat, unpinned)

    def _forget(self, tx: Connection, name: str, row_id: str) -> None:
        notes.drop(tx, name)
        outbox.bury(tx, self._clock.now(), row_id, "taken away")

    def _do(self, key: str, method: str, params: Json, chat: str, then: Then, *, counts: bool = False) -> None:
        errand = Errand(
            key=key, method=method, params=params, chat=chat, priority=Priority.STATUS, counts=counts, tries=5,
            then=then,
        )  # fmt: skip
        self._errands.do(errand)

    async def _language(self, chat: str) -> str:
        person = await self._books.read(_whose, chat)
        return person.language if person is not None else "en"


def _whose(tx: Connection, chat: str) -> Person | None:
    """For whom the status is told: the chat's own person, in a group the Board's first member."""
    return people.board(tx) if notes.is_group(chat) else people.find(tx, notes.DESK, chat)


def _place(chat: str) -> Place:
    kind = "supergroup" if notes.is_supergroup(chat) else "group" if notes.is_group(chat) else "private"
    return Place(chat=chat, kind=kind)
