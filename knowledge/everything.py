"""Documents and what was said, where a desk looks things up: one question, both answers, each marked as what it is.

What employees search stays apart: an answer from the documents must not rest on a chat. Implements the ports `Shelf`
and `ReadingRoom` and, as far as passages are looked up by their id, `Library`.
"""

from __future__ import annotations

from pathlib import Path

from company.document_records import Added, Document, OnReading, Opened, Original, PagePicture, Room, Way
from company.errors import NotReady
from company.library_ports import Graph
from company.records import Passage
from knowledge.library import LocalLibrary
from knowledge.memory import Memory

SAID = 3
"""How many passages of what was said stand behind those of the documents."""


class Everything:
    """Both, for one reader (`company.asking`)."""

    def __init__(self, library: LocalLibrary, memory: Memory) -> None:
        self._library = library
        self._memory = memory
        self.room = EveryRoom(library, memory)

    @property
    def graph(self) -> Graph:
        """What the documents say of things."""
        return self._library.graph

    async def find(self, question: str, *, person_id: str, limit: int = 6) -> tuple[Passage, ...]:
        """Passages of documents, then those of what was said; () when nothing fits."""
        found = await self._library.find(question, person_id=person_id, limit=limit)
        try:
            said = await self._memory.recall(question, reader=person_id, limit=SAID)
        except NotReady:  # the documents are what was asked for first
            said = ()
        return (*found, *(one.passage for one in said))

    async def passage(self, passage_id: str, *, person_id: str) -> Passage | None:
        """One stored passage of either, or None when it is gone or not this reader's."""
        found = await self._library.passage(passage_id, person_id=person_id)
        return found or await self._memory.passage(passage_id, person_id=person_id)

    def is_empty(self) -> bool:
        """True while there is no document at all."""
        return self._library.is_empty()

    async def add(self, path: Path, on_reading: OnReading | None = None, *, reader: str = "") -> Added:
        """See `LocalLibrary.add`."""
        return await self._library.add(path, on_reading, reader=reader)

    async def keep(
        self, name: str, data: bytes, on_reading: OnReading | None = None, *, reader: str = "", way: Way = Way.CHAT,
        foreign: bool = False,
    ) -> Added:  # fmt: skip
        """See `LocalLibrary.keep`."""
        return await self._library.keep(name, data, on_reading, reader=reader, way=way, foreign=foreign)

    async def quotas(self, *, person_id: str) -> tuple[Room, ...]:
        """See `LocalLibrary.quotas`."""
        return await self._library.quotas(person_id=person_id)

    async def documents(self, *, person_id: str) -> tuple[Document, ...]:
        """See `LocalLibrary.documents`."""
        return await self._library.documents(person_id=person_id)

    async def share(self, name: str, *, person_id: str, project: str = "") -> None:
        """See `LocalLibrary.share`."""
        await self._library.share(name, person_id=person_id, project=project)

    async def remove(self, name: str, *, person_id: str) -> None:
        """See `LocalLibrary.remove`."""
        await self._library.remove(name, person_id=person_id)


class EveryRoom:
    """Where a citation of either is followed: what was said has its words, and no page."""

    def __init__(self, library: LocalLibrary, memory: Memory) -> None:
        self._room = library.room
        self._memory = memory

    async def opened(self, passage_id: str, *, person_id: str) -> Opened | None:
        """A passage with what stands around it, or None when it is gone, has changed, or is not this person's."""
        found = await self._room.opened(passage_id, person_id=person_id)
        if found is not None:
            return found
        said = await self._memory.passage(passage_id, person_id=person_id)
        return None if said is None else Opened(passage=said)

    async def picture(self, passage_id: str, quote: str, *, person_id: str) -> PagePicture:
        """The page of a document's passage. Raises `Refused`."""
        return await self._room.picture(passage_id, quote, person_id=person_id)

    async def original(self, passage_id: str, *, person_id: str) -> Original:
        """The file that a document's passage stands in. Raises `Refused`."""
        return await self._room.original(passage_id, person_id=person_id)
