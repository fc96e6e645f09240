"""From a citation to its place: the passage with its neighbours, a picture of its page, the file it stands in.

Whether the reader may is part of each query. A file that changed since it was read is not shown: its words may have
moved, and nobody has yet said that they may be read. Nothing that is made here is kept.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from company.document_records import Opened, Original, PagePicture
from company.errors import Refused
from company.library_ports import DocumentBooks
from knowledge.converting.kinds import format_of
from knowledge.converting.records import Format, Limits, Unreadable
from knowledge.drawing.draughtsman import Draughtsman
from knowledge.drawing.records import Wanted
from knowledge.engine import Scope
from knowledge.lookups import Lookups
from knowledge.owners import readable_by
from knowledge.passages import bare, told_of
from knowledge.records import Hit, Whereabouts

LONGEST_S = 30.0
"""How long a drawing may take: a chat's other messages wait behind it."""

T = TypeVar("T")


class Read(Protocol):
    """Runs a question to the index in its thread."""

    def __call__(self, call: Callable[[], T]) -> Awaitable[T]:
        """Its answer."""
        ...


class ReadingRoom:
    """Implements `company.library_ports.ReadingRoom`.

    Args:
        index: asked through `read` alone.
        books: who stands in which project, and where documents come from.
        limits: of one conversion; a drawing has at most `LONGEST_S`.
        max_bytes: of one file.
    """

    def __init__(self, index: Lookups, read: Read, books: DocumentBooks, limits: Limits, *, max_bytes: int) -> None:
        self._index = index
        self._read = read
        self._books = books
        self._draughtsman = Draughtsman(replace(limits, seconds=min(limits.seconds, LONGEST_S)))
        self._max_bytes = max_bytes

    async def opened(self, passage_id: str, *, person_id: str) -> Opened | None:
        """A passage with what stands around it, or None when it is gone, has changed, or is not this person's."""
        standing = await self._books.standing(person_id)
        scope = Scope(owners=readable_by(person_id, standing))

        def read() -> tuple[Hit, Whereabouts, list[Hit]] | None:
            hit, where = self._index.passage(passage_id, scope), self._index.whereabouts(passage_id, scope)
            return None if hit is None or where is None else (hit, where, self._index.around(passage_id, scope))

        found = await self._read(read)
        if found is None:
            return None
        hit, where, around = found
        source = (hit.owner, hit.document)
        origin = (await self._books.origins({source})).get(source)
        beside = {one.ordinal - hit.ordinal: told_of(bare(one), standing, origin) for one in around}
        page, pages = _page(hit.document, where)
        return Opened(
            passage=told_of(bare(hit), standing, origin), headings=hit.headings, page=page, pages=pages,
            before=beside.get(-1), after=beside.get(1),
        )  # fmt: skip

    async def picture(self, passage_id: str, quote: str, *, person_id: str) -> PagePicture:
        """The page of a passage, the quote in it marked. Raises `Refused`."""
        opened = await self.opened(passage_id, person_id=person_id)
        if opened is not None and not opened.page:
            raise Refused(f"{opened.passage.document} has no pages that can be shown.")
        file = await self.original(passage_id, person_id=person_id)
        if opened is None:
            raise Refused(_GONE)
        wanted = Wanted(page=opened.page, pages=opened.pages, quote=quote, passage=opened.passage.text)
        try:
            drawing = await self._draughtsman.draw(file.data, wanted)
        except Unreadable as error:
            raise Refused(f"The page of {file.name} can't be shown: {error}.") from None
        if await self.opened(passage_id, person_id=person_id) is None:  # taken away while it was drawn
            raise Refused(_GONE)
        return PagePicture(picture=drawing.picture, page=drawing.page, marked=drawing.marked)

    async def original(self, passage_id: str, *, person_id: str) -> Original:
        """The file that a passage stands in. Raises `Refused`."""
        scope = Scope(owners=readable_by(person_id, await self._books.standing(person_id)))
        where = await self._read(lambda: self._index.whereabouts(passage_id, scope))
        if where is None:
            raise Refused(_GONE)
        return await asyncio.to_thread(self._file, where)

    def _file(self, where: Whereabouts) -> Original:
        path = Path(where.path)
        try:
            with path.open("rb") as file:
                data = file.read(self._max_bytes + 1)
        except OSError:
            raise Refused(f"{path.name} is no longer where it was when it was read.") from None
        if hashlib.sha256(data).hexdigest() != where.content_hash:
            raise Refused(f"{path.name} has changed since it was read; ask again in a moment.")
        return Original(name=path.name, data=data)


_GONE = "This passage is no longer in the documents, or it is not yours to read."


def _page(document: str, where: Whereabouts) -> tuple[int, bool]:
    """The page that can be drawn, 0 for none, and whether it is one of a PDF."""
    try:
        found = format_of(document)
    except Unreadable:
        return 0, False
    return (where.line, True) if found is Format.PDF else (int(found is Format.IMAGE), False)
