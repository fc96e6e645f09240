"""What desks ask about projects (port `ProjectOffice`): who is in which, and in which thread one is in use.

Whoever made a project and the Board decide over it; the Board reads its documents only once it is in it too. In a group
a project is put to use by who decides over it, since the whole group reads the answers; in private by anybody in it.
"""

from __future__ import annotations

from sqlalchemy import Connection

from company import forgetting, people, projects
from company.asking import Asking
from company.books import Books
from company.clock import Clock
from company.document_records import Standing
from company.errors import Refused
from company.people import Action, may
from company.ports import Change
from company.projects import LONGEST_NAME, Project, ProjectLine
from company.records import ConversationKey, Desk, Person, Role
from company.texts import Texts


class Projects:
    """Refusals are `Refused` with a sentence in the person's language. `also` is written with each change."""

    def __init__(self, books: Books, clock: Clock, texts: Texts) -> None:
        self._books = books
        self._clock = clock
        self._texts = texts

    async def lines(self, person: Person, where: ConversationKey) -> tuple[ProjectLine, ...]:
        """The projects that this person is in, or decides over."""
        self._need(person)
        return await self._books.read(_lines, person, Asking.at(where, person.id))

    async def standing(self, person: Person, where: ConversationKey) -> Standing:
        """Which projects this person may read in a conversation, and which is in use there."""
        return await self._books.read(projects.standing, Asking.at(where, person.id))

    async def takes_documents(self, person: Person, where: ConversationKey) -> bool:
        """Whether this person may hand in documents there: the Board anywhere, others where their project is in use."""
        if may(person, Action.KEEP_DOCUMENTS):
            return True
        return may(person, Action.ORDER) and bool((await self.standing(person, where)).here)

    async def may_hand_in(self, reader: str, desk: Desk) -> bool:
        """Whether a reader may still hand in documents there: known, signed in at that desk, and with the right."""
        asking = Asking.parse(reader)

        def look(tx: Connection) -> bool:
            person = people.get(tx, asking.person_id)
            if person is None or not people.addresses(tx, desk, person_id=person.id):
                return False
            if may(person, Action.KEEP_DOCUMENTS):
                return True
            return may(person, Action.ORDER) and bool(projects.standing(tx, asking).here)

        return await self._books.read(look)

    async def make(self, person: Person, name: str, *, also: Change | None = None) -> None:
        """A new project, with this person in it."""
        self._need(person)
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise self._refused(person, "project_name", most=LONGEST_NAME)

        def write(tx: Connection) -> None:
            if projects.make(tx, self._clock.now(), name, person) is None:
                raise self._refused(person, "project_there", name=name)
            _write(tx, also)

        await self._books.write(write)

    async def let_in(self, person: Person, name: str, who: str, *, also: Change | None = None) -> str:
        """Somebody may read a project from here on; their name."""

        def write(tx: Connection) -> str:
            project, other = self._decided(tx, person, name), self._somebody(tx, person, who)
            if not projects.let_in(tx, self._clock.now(), project, other, by=person):
                raise self._refused(person, "project_in_already", who=other.name, name=project.name)
            _write(tx, also)
            return other.name

        return await self._books.write(write)

    async def put_out(self, person: Person, name: str, who: str, *, also: Change | None = None) -> str:
        """Somebody may read a project no longer: at once no passage, no kept answer, no citation. Their name."""

        def write(tx: Connection) -> str:
            project = self._project(tx, person, name)
            other = person if who.casefold() in _MYSELF else self._somebody(tx, person, who)
            if other.id != person.id:
                self._need_decides(person, project)
            if not projects.put_out(tx, self._clock.now(), project, other, by=person):
                raise self._refused(person, "project_not_in", who=other.name, name=project.name)
            forgetting.forget_cached_answers(tx)
            _write(tx, also)
            return other.name

        return await self._books.write(write)

    async def close(self, person: Person, name: str, *, also: Change | None = None) -> None:
        """Nobody reads it any more; it can be opened again until it is purged."""

        def write(tx: Connection) -> None:
            project = self._decided(tx, person, name)
            if not projects.close(tx, self._clock.now(), project, by=person):
                raise self._refused(person, "project_closed_already", name=project.name)
            forgetting.forget_cached_answers(tx)
            _write(tx, also)

        await self._books.write(write)

    async def reopen(self, person: Person, name: str, *, also: Change | None = None) -> None:
        """A closed project is open again."""

        def write(tx: Connection) -> None:
            project = self._decided(tx, person, name)
            if not projects.reopen(tx, self._clock.now(), project, by=person):
                raise self._refused(person, "project_open_already", name=project.name)
            _write(tx, also)

        await self._books.write(write)

    async def use(self, person: Person, where: ConversationKey, name: str, *, also: Change | None = None) -> str:
        """What is sent here is the project's, and it is searched first; its name as it was written."""
        self._need(person)

        def write(tx: Connection) -> str:
            project = self._project(tx, person, name)
            if not projects.is_in(tx, project.id, person.id) or project.closed_at is not None:
                raise self._refused(person, "project_unknown", name=name[:LONGEST_NAME])
            if where.shared:
                self._need_decides(person, project)
            projects.use(tx, self._clock.now(), Asking.at(where, person.id).place, project, by=person)
            _write(tx, also)
            return project.name

        return await self._books.write(write)

    async def leave(self, person: Person, where: ConversationKey, *, also: Change | None = None) -> bool:
        """No project is in use here any more; False when none was. Anybody may: it can only narrow what is read."""
        self._need(person)

        def write(tx: Connection) -> bool:
            was = projects.leave(tx, self._clock.now(), Asking.at(where, person.id).place, by=person)
            _write(tx, also)
            return was

        return await self._books.write(write)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _need(self, person: Person) -> None:
        if not may(person, Action.ORDER):
            raise self._refused(person, "no_right")

    def _project(self, tx: Connection, person: Person, name: str) -> Project:
        """The project of that name, if this person may know of it."""
        self._need(person)
        project = projects.by_name(tx, name)
        if project is None or not (_decides(person, project) or projects.is_in(tx, project.id, person.id)):
            raise self._refused(person, "project_unknown", name=name[:LONGEST_NAME])
        return project

    def _decided(self, tx: Connection, person: Person, name: str) -> Project:
        project = self._project(tx, person, name)
        self._need_decides(person, project)
        return project

    def _need_decides(self, person: Person, project: Project) -> None:
        if not _decides(person, project):
            raise self._refused(person, "project_not_yours", name=project.name)

    def _somebody(self, tx: Connection, person: Person, who: str) -> Person:
        """The one person who is called so, or has that number in Telegram."""
        called = who.strip().removeprefix("@").casefold()
        by_number = people.find(tx, Desk.TELEGRAM, called) if called.isdecimal() else None
        found = [by_number] if by_number else [one for one in people.everybody(tx) if one.name.casefold() == called]
        if len(found) != 1:
            key = "project_nobody" if not found else "project_several"
            raise self._refused(person, key, who=who[:LONGEST_NAME])
        return found[0]

    def _refused(self, person: Person, key: str, **values: object) -> Refused:
        return Refused(self._texts.say(person.language, key, **values))


_MYSELF = frozenset({"me", "moi", "mich", "yo", "я", "меня", "我"})


def _decides(person: Person, project: Project) -> bool:
    return person.role is Role.BOARD or person.id == project.made_by


def _write(tx: Connection, also: Change | None) -> None:
    if also is not None:
        also(tx)


def _lines(tx: Connection, person: Person, asking: Asking) -> tuple[ProjectLine, ...]:
    here = projects.standing(tx, asking).here
    found = []
    for project in projects.listed(tx):
        members = projects.members(tx, project.id)
        mine, decides = person.id in dict(members), _decides(person, project)
        if mine or decides:
            found.append(
                ProjectLine(
                    name=project.name, members=tuple(name for _, name in members), mine=mine, decides=decides,
                    here=project.id == here, closed=project.closed_at is not None,
                )
            )  # fmt: skip
    return tuple(found)
