"""/sessions: who was seen at which desk on which device, and [Revoke]. The Board's alone."""

from __future__ import annotations

from datetime import tzinfo

from sqlalchemy import Connection

from bot.notes import DESK
from bot.press import Press, Result
from bot.spoken import Asked, Spoken
from bot.texts import Texts
from bot.wording import plainly
from company import work_orders
from company.books import Books
from company.clock import Clock, as_datetime
from company.ports import FrontOffice
from company.records import Button, Person
from company.reports import SessionLine

REVOKE = "revoke"
MOST = 20  # sessions in one message; the latest seen come first


class Sessions:
    """The list and its buttons.

    Args:
        zone: in which times are told.
    """

    def __init__(self, office: FrontOffice, books: Books, clock: Clock, texts: Texts, zone: tzinfo) -> None:
        self._office = office
        self._books = books
        self._clock = clock
        self._texts = texts
        self._zone = zone

    async def ask(self, asked: Asked) -> Spoken:
        """/sessions."""
        return await self._list(asked.person, str(asked.conversation.chat))

    async def revoke(self, press: Press) -> Result:
        """End a session; what it is used for is over at once."""
        if not press.alone:
            return Result(self._texts.say(press.person.language, "private_only"), alert=True)

        def also(tx: Connection) -> None:
            press.mark.write(tx)
            work_orders.note_incoming(tx, self._clock.now(), DESK, press.key, chat=press.pressed.place.chat)

        ended = await self._office.sessions.end(press.person, press.argument, also=also)
        key = "session_ended" if ended else "already_done"
        shown = await self._list(press.person, str(press.pressed.sender.id))
        return Result(self._texts.say(press.person.language, key), alert=not ended, shown=shown)

    async def _list(self, person: Person, here: str) -> Spoken:
        lines = (await self._office.sessions.lines(person))[:MOST]
        rows, buttons = [], []
        for number, line in enumerate(lines, 1):
            own = line.person_id == person.id
            rows.append(f"{number}. {self._line(line, person.language, own=own, here=own and line.device == here)}")
            if not own and line.revoked_at is None:
                label = self._texts.say(person.language, "revoke", number=number, name=line.person)
                buttons.append((Button(label=label, action=REVOKE, argument=line.id, style="danger"),))
        title = self._texts.say(person.language, "sessions_title", count=len(lines))
        return Spoken("\n".join((title, "", *rows)), tuple(buttons))

    def _line(self, line: SessionLine, language: str, *, own: bool, here: bool) -> str:
        words = self._texts.say(
            language, "session_line", name=plainly(line.person), desk=line.desk.value, device=plainly(line.device),
            first=f"{as_datetime(line.first_seen_at, self._zone):%Y-%m-%d}",
            last=f"{as_datetime(line.last_seen_at, self._zone):%Y-%m-%d %H:%M}",
        )  # fmt: skip
        marks = [self._texts.say(language, "session_here")] if here else []
        marks += [self._texts.say(language, "session_own")] if own and not here else []
        if line.revoked_at is not None:
            marks.append(self._texts.say(language, "session_revoked"))
        return f"{words} ({', '.join(marks)})" if marks else words
