"""What desks ask about quality: the specs in force, a change of one, and what QA let pass (port `QualityOffice`)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from company import misses, people, spec_book
from company.books import Books
from company.clock import Clock
from company.errors import Refused
from company.operations import reading
from company.people import Action
from company.ports import Change, Specs
from company.records import Json, Kind, Person
from company.spec_records import MissReport, SpecChange, SpecReport, SpecSheet, SpecVersion
from company.texts import Texts


class Quality:
    """The Board's side of QA. Only the Board may look and change.

    Args:
        books, clock: the house's.
        texts: the company's sentences.
        specs: QA's; None where there is no QA (a test).
        zone: in which the month begins.
    """

    def __init__(self, books: Books, clock: Clock, texts: Texts, specs: Specs | None, zone: ZoneInfo) -> None:
        self._books = books
        self._clock = clock
        self._texts = texts
        self._specs = specs
        self._zone = zone

    async def specs(self, person: Person) -> tuple[SpecSheet, ...]:
        """The spec in force of each kind."""
        specs = self._need(person)
        return tuple(specs.sheet(kind) for kind in Kind)

    async def spec(self, person: Person, kind: str) -> SpecReport:
        """One spec and its versions."""
        specs, which = self._need(person), self._kind(person, kind)
        return SpecReport(sheet=specs.sheet(which), history=await self._books.read(spec_book.history, which))

    async def change(
        self, person: Person, kind: str, path: str, value: str, *, also: Change | None = None
    ) -> SpecChange:
        """One field of a spec; a new version, in force from the next order on."""
        specs, which = self._need(person), self._kind(person, kind)
        last = await self._books.read(_as_written, specs, which)
        try:
            draft = await specs.draft(which, path, value)
        except Refused as problem:
            raise Refused(self._texts.say(person.language, "spec_refused", problem=problem)) from None
        if draft.was == draft.now:
            raise Refused(self._texts.say(person.language, "spec_same", path=draft.path, value=draft.now))
        before = last.version if last is not None and specs.sheet(which).changed else 0
        await self._keep(
            person, specs, last, kind=which, spec=draft.spec, before=before, path=draft.path, value=draft.now, also=also
        )
        return SpecChange(sheet=specs.sheet(which), path=draft.path, was=draft.was, now=draft.now)

    async def back(self, person: Person, kind: str, *, also: Change | None = None) -> SpecChange:
        """The version before the one in force, as a new version; at the last step the file's."""
        specs, which = self._need(person), self._kind(person, kind)
        last = await self._books.read(_as_written, specs, which)
        if last is None or last.spec is None:
            raise Refused(self._texts.say(person.language, "spec_first", kind=which.value))
        history = await self._books.read(spec_book.history, which)
        target = next((specs.checked(version) for version in history if version.version == last.before), None)
        await self._keep(
            person, specs, last, kind=which, spec=target.spec if target is not None else None,
            before=target.before if target is not None else 0, path="", value="", also=also,
        )  # fmt: skip
        return SpecChange(sheet=specs.sheet(which), path="", was=str(last.version), now=str(last.before))

    async def _keep(
        self, person: Person, specs: Specs, last: SpecVersion | None, *, kind: Kind, spec: Json | None, before: int,
        path: str, value: str, also: Change | None,
    ) -> None:  # fmt: skip
        """Write a version down and put it in force here; another process hears of it by the record."""

        def write(tx: Connection) -> None:
            if spec_book.newest(tx, kind) != last:
                raise Refused(self._texts.say(person.language, "spec_moved", kind=kind.value))
            spec_book.add(
                tx, self._clock.now(), kind=kind, spec=spec, before=before, above=specs.files_version(kind), path=path,
                value=value, by=person.name, by_id=person.id,
            )  # fmt: skip
            if also is not None:
                also(tx)

        await self._books.write(write)
        await self._books.read(specs.refresh)

    async def misses(self, person: Person, *, limit: int = 20) -> MissReport:
        """What passed this month, and what of it the Board marked as bad."""
        self._need(person)
        since = reading.since("month", self._clock.now(), self._zone)
        return await self._books.read(misses.report, since, limit=limit)

    def month(self, tx: Connection, person: Person) -> MissReport | None:
        """The count of this month's misses, for a report that shows more than that; None for whoever may not see it."""
        if not people.may(person, Action.CHANGE_SPECS):
            return None
        return misses.report(tx, reading.since("month", self._clock.now(), self._zone), limit=0)

    def _need(self, person: Person) -> Specs:
        if not people.may(person, Action.CHANGE_SPECS) or self._specs is None:
            raise Refused(self._texts.say(person.language, "no_right"))
        return self._specs

    def _kind(self, person: Person, name: str) -> Kind:
        try:
            return Kind(name.strip().lower())
        except ValueError:
            kinds = ", ".join(kind.value for kind in Kind)
            raise Refused(self._texts.say(person.language, "spec_unknown", kind=name[:40], kinds=kinds)) from None


def _as_written(tx: Connection, specs: Specs, kind: Kind) -> SpecVersion | None:
    """The Board's last version of a spec, once what the books say is in force here."""
    specs.refresh(tx)
    return spec_book.newest(tx, kind)
