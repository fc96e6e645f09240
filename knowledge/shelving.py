"""The library from the side of whoever brings documents: taken in, listed, given away, deleted, within quotas.

Each deed is told to the books first or at once afterwards: who did it, to which collection, never with the document's
name in the clear (`company.document_origins`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from company.document_records import Added, Brought, Document, OnReading, Room, Shelved, Way, Whose
from company.library_ports import DocumentBooks
from knowledge.engine import COMPANY
from knowledge.index import Index
from knowledge.intake import SAME_AS, Intake
from knowledge.owners import PROJECT, nearest_first, owner_of, project_of, readable_by, whose
from knowledge.records import Counts, DocumentRow, DocumentState
from knowledge.threads import in_thread
from knowledge.uploads import DocumentRefused, NoRoom, Uploads

T = TypeVar("T")
OnForgetting = Callable[[frozenset[str]], Awaitable[None]]
"""Called with the ids of passages before they are deleted; what it raises keeps them."""
ORIGINS_AT_ONCE = 500
_SHELVED = {
    DocumentState.INDEXED: Shelved.READ,
    DocumentState.FAILED: Shelved.FAILED,
    DocumentState.SKIPPED: Shelved.DOUBLE,
}
_NOT_MEANT = (DocumentState.SKIPPED, "")  # a file that says of itself that it is no document


class Shelving:
    """Implements `company.library_ports.Shelf`, but for the search."""

    _books: DocumentBooks
    _uploads: Uploads
    _intake: Intake
    _reading: Index
    _on_forgetting: OnForgetting
    _own: bool
    """What is sent is its sender's."""

    def __init__(self) -> None:
        self._writer: ThreadPoolExecutor | None = None
        self._reader: ThreadPoolExecutor | None = None
        self._counts = Counts()

    async def add(self, path: Path, on_reading: OnReading | None = None, *, reader: str = "") -> Added:
        """Index one file from anywhere and keep watching it; `on_reading` hears how far it has come.

        Raises:
            DocumentRefused: it can't be read; the sentence says why.
        """
        added = await self._add(path, on_reading)
        if added.whose is Whose.COMPANY:
            await self._books.kept(Brought(owner=COMPANY, name=added.name, reader=reader, way=Way.COMMAND))
        return added

    async def _add(self, path: Path, on_reading: OnReading | None) -> Added:
        try:
            return await self._intake.add(path, on_reading)
        finally:
            await self._recount()

    async def keep(
        self, name: str, data: bytes, on_reading: OnReading | None = None, *, reader: str = "", way: Way = Way.CHAT,
        foreign: bool = False,
    ) -> Added:  # fmt: skip
        """Keep and index a file that was handed in; the same name again is a new version of it.

        It is the project's that is in use there, else the reader's own (`knowledge.owners`), or the company's where
        `reader` is "" or the settings say so.

        Raises:
            DocumentRefused: it can't be kept or read; the sentence says why.
        """
        standing = await self._books.standing(reader)
        owner = owner_of(reader, standing) if self._own or standing.here else COMPANY
        try:
            kept = await self._write(lambda: self._uploads.keep(name, data, owner))
        except NoRoom as full:
            await self._books.refused(owner, name, reader, full.limit)
            raise
        except OSError as error:
            raise DocumentRefused(f"{name} can't be kept ({error.strerror}).") from None
        file = kept.path.name
        await self._books.kept(
            Brought(
                owner=owner, name=file, reader=reader, way=way, foreign=foreign, size=len(data), replaces=kept.replaces
            )
        )
        added = await self._add(kept.path, on_reading)
        if added.name != file:
            await self._books.renamed(owner, file, added.name)
        return replace(added, project=project_of(owner, standing))

    async def documents(self, *, person_id: str) -> tuple[Document, ...]:
        """What this person may read, by name."""
        standing = await self._books.standing(person_id)
        owners = readable_by(person_id, standing)

        def read() -> dict[tuple[str, str], Document]:
            rows = self._reading.documents().values()
            known = [row for row in rows if row.owner in owners and (row.state, row.reason) != _NOT_MEANT]
            return {
                (row.owner, row.name): Document(
                    name=row.name, state=_SHELVED[row.state], passages=self._reading.size_of(row.path),
                    reason=row.reason if row.state is DocumentState.FAILED else "",
                    same_as=row.reason.removeprefix(SAME_AS) if row.state is DocumentState.SKIPPED else "",
                    whose=whose(row.owner), project=project_of(row.owner, standing), size=row.size,
                    at=row.modified_ns // 1_000_000, first=self._reading.first_of(row.path),
                )
                for row in known
            }  # fmt: skip

        found = await self._read(read)
        keys = sorted(found, key=lambda key: key[1].casefold())
        for start in range(0, len(keys), ORIGINS_AT_ONCE):
            for key, origin in (await self._books.origins(keys[start : start + ORIGINS_AT_ONCE])).items():
                found[key] = replace(found[key], at=origin.at, person=origin.person)
        return tuple(found[key] for key in keys)

    async def quotas(self, *, person_id: str) -> tuple[Room, ...]:
        """What is used of the quotas that this person's documents count for, all together last."""
        standing = await self._books.standing(person_id)
        owners = [one for one in nearest_first(person_id, standing) if one != COMPANY]

        def look() -> tuple[Room, ...]:
            rooms = []
            for owner in (*owners, None):
                used, most = self._uploads.used(owner), self._uploads.most(owner)
                rooms.append(
                    Room(
                        whose=whose(owner) if owner else None, project=project_of(owner or "", standing),
                        documents=used.documents, most_documents=most.documents, size=used.size, most_size=most.size,
                    )
                )  # fmt: skip
            return tuple(rooms)

        return await self._read(look)

    async def share(self, name: str, *, person_id: str, project: str = "") -> None:
        """Give a document of one's own, or of the group's, to a project that one is in; "": to the whole company.

        Raises:
            DocumentRefused: there is none of this name, no such project, it is there already, or there is no room.
        """
        standing = await self._books.standing(person_id)
        to = COMPANY
        if project:
            wanted = [one for one, called in standing.projects.items() if called.casefold() == project.casefold()]
            if not wanted:
                raise DocumentRefused(f"You are in no project {project}.")
            to = PROJECT + wanted[0]
        try:
            row, as_name = await self._intake.share(name, nearest_first(person_id, standing), self._uploads, to)
        except NoRoom as full:
            await self._books.refused(to, name, person_id, full.limit)
            raise
        except OSError as error:
            raise DocumentRefused(f"{name} can't be moved ({error.strerror}).") from None
        await self._books.shared(row.owner, row.name, person_id, to=to, as_name=as_name)

    async def remove(self, name: str, *, person_id: str) -> None:
        """Forget a document: its passages, its vectors and, if it was handed in, its file.

        Raises:
            DocumentRefused: there is none of this name, or it lies in a watched folder.
        """
        standing = await self._books.standing(person_id)

        async def first(row: DocumentRow, passages: frozenset[str]) -> None:
            await self._on_forgetting(passages)
            await self._books.deleting(row.owner, row.name, person_id)

        try:
            await self._intake.remove(name, nearest_first(person_id, standing), self._uploads, first)
        finally:
            await self._recount()

    async def forget_failed(self, before: int, limit: int) -> int:
        """Delete up to so many files that were handed in before a moment (ms) and could not be read; how many."""
        gone = await self._intake.forget_failed(before, limit, self._uploads)
        for row in gone:
            await self._books.deleting(row.owner, row.name, "")
        return len(gone)

    async def forget_project(self, project_id: str) -> int:
        """Delete everything of a project that is no more; how many documents that were."""
        try:
            return await self._intake.forget_all(PROJECT + project_id, self._uploads, self._on_forgetting)
        finally:
            await self._recount()

    # -- threads ------------------------------------------------------------------------------------------------------

    async def _recount(self) -> None:
        if self._reader is not None:
            self._counts = await self._read(self._reading.counts)

    async def _write(self, call: Callable[[], T]) -> T:
        return await in_thread(self._writer, call, name="the library")

    async def _read(self, call: Callable[[], T]) -> T:
        return await in_thread(self._reader, call, name="the library")
