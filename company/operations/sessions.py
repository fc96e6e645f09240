"""Who was seen at which desk, and the end of a session (port `SessionOffice`). The Board's alone."""

from __future__ import annotations

from sqlalchemy import Connection

from company import people
from company.books import Books
from company.clock import Clock
from company.earlier import entries
from company.errors import Refused
from company.people import Action
from company.ports import Change
from company.records import Person
from company.reports import SessionLine
from company.texts import Texts


class Sessions:
    """One list over all desks."""

    def __init__(self, books: Books, clock: Clock, texts: Texts) -> None:
        self._books = books
        self._clock = clock
        self._texts = texts

    async def lines(self, person: Person) -> tuple[SessionLine, ...]:
        """Every session, the latest seen first."""
        self._need(person)
        return await self._books.read(_lines)

    async def end(self, person: Person, session_id: str, *, also: Change | None = None) -> bool:
        """End a session of somebody else's; False when it is over already. `also` is written in any case."""
        self._need(person)

        def write(tx: Connection) -> bool:
            whose = next((one.person_id for one in people.session_list(tx) if one.id == session_id), "")
            if whose == person.id:  # nobody locks themselves out by a slip of the finger
                raise Refused(self._texts.say(person.language, "own_session"))
            if also is not None:
                also(tx)
            entries.forget_person(tx, whose)
            return people.revoke(tx, self._clock.now(), session_id, by=person.id)

        return await self._books.write(write)

    def _need(self, person: Person) -> None:
        if not people.may(person, Action.MANAGE_PEOPLE):
            raise Refused(self._texts.say(person.language, "no_right"))


def _lines(tx: Connection) -> tuple[SessionLine, ...]:
    names = {person.id: person.name for person in people.everybody(tx)}
    return tuple(
        SessionLine(
            id=one.id, person_id=one.person_id, person=names.get(one.person_id, ""), desk=one.desk, device=one.device,
            first_seen_at=one.first_seen_at, last_seen_at=one.last_seen_at, revoked_at=one.revoked_at,
        )
        for one in people.session_list(tx)
    )  # fmt: skip
