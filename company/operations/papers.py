"""What the library asks of the books: who stands in which project, where documents come from, what was done to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from company import document_origins, projects
from company.asking import Asking
from company.books import Books
from company.clock import Clock
from company.document_origins import Deed
from company.document_records import Brought, Origin, Standing


class Papers:
    """Port `DocumentBooks`.

    Args:
        books, clock: the house's.
    """

    def __init__(self, books: Books, clock: Clock) -> None:
        self._books = books
        self._clock = clock

    async def standing(self, reader: str) -> Standing:
        """Which projects may be read at this moment."""
        return await self._books.read(projects.standing, Asking.parse(reader))

    async def origins(self, wanted: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Origin]:
        """(owner, name) -> where a document comes from; those that nobody handed in are left out."""
        return await self._books.read(document_origins.origins, wanted) if wanted else {}

    async def kept(self, brought: Brought) -> None:
        """A file was handed in."""
        await self._books.write(document_origins.kept, self._clock.now(), brought)

    async def renamed(self, owner: str, name: str, to: str) -> None:
        """It is called otherwise than its file."""
        await self._books.write(document_origins.renamed, owner, name, to)

    async def refused(self, owner: str, name: str, reader: str, limit: str) -> None:
        """A file was not taken, because of the quota `limit`."""
        deed = Deed(owner=owner, name=name, reader=reader)

        def write(tx: Connection) -> None:
            document_origins.refused(tx, self._clock.now(), deed, limit=limit)

        await self._books.write(write)

    async def shared(self, owner: str, name: str, reader: str, *, to: str, as_name: str) -> None:
        """A document has another owner."""
        deed = Deed(owner=owner, name=name, reader=reader)

        def write(tx: Connection) -> None:
            document_origins.shared(tx, self._clock.now(), deed, to=to, name=as_name)

        await self._books.write(write)

    async def deleting(self, owner: str, name: str, reader: str) -> None:
        """A person is about to delete a document; what this raises keeps it."""
        deed = Deed(owner=owner, name=name, reader=reader)

        def write(tx: Connection) -> None:
            document_origins.deleted(tx, self._clock.now(), deed)

        await self._books.write(write)
