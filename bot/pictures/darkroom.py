"""A row of the outbox describes its picture; here it becomes one: a chart of ours, or a page of somebody's document.

Of a page the row holds which passage is meant and who reads, no pixels: whether they may is asked when it is sent.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from bot.pictures.canvas import Page
from bot.pictures.studio import DrawingFailed, Studio
from company.errors import NotReady, Refused
from company.library_ports import ReadingRoom
from company.records import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """The page that a passage stands on, its quote marked, for a reader (`ConversationKey.reader`).

    `instead` is the message that is sent where it can't be shown.
    """

    passage: str
    quote: str
    reader: str
    instead: Json

    def as_json(self) -> Json:
        """For the books."""
        return asdict(self)


class Darkroom:
    """Makes the pictures of rows.

    Args:
        studio: draws charts.
        room: draws pages; None where there are no documents.
    """

    def __init__(self, studio: Studio, room: ReadingRoom | None = None) -> None:
        self._studio = studio
        self._room = room

    async def develop(self, photo: Json) -> bytes:
        """A PNG. Raises `DrawingFailed`: it can't be drawn, or may not be seen any more."""
        if "passage" not in photo:
            return await self._studio.draw(Page.from_json(photo))
        if self._room is None:
            raise DrawingFailed("there is nothing that draws pages")
        try:
            made = await self._room.picture(str(photo["passage"]), str(photo["quote"]), person_id=str(photo["reader"]))
        except (Refused, NotReady) as error:
            raise DrawingFailed("the page of a citation can't be shown") from error  # its name is not everybody's
        return made.picture
