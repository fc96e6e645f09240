"""Finds a message whose send was not answered, by overwriting ("reconcile by overwrite", docs/adr/0007).

Before a send the row stored the highest message id known in its id space: its floor. If our message is there, its id is
above the floor and not one the books know. So `editMessageText` is called on each such id, with the row's full text,
entities and keyboard (`editMessageCaption` for a row that brings a file; `editMessageMedia` for one that shows a
picture, which puts the picture there as well):

- "message is not modified": our copy is there; the row is sent, under this id.
- accepted: the id held a copy of an earlier row that nobody knew of; it has just become this row. Sent as well.
- "message to edit not found", "message can't be edited": not ours; the next id.
- no hit: it was never sent, so it may be sent.

Every outcome may be repeated, so a crash inside changes nothing. It needs three things to hold: rows of a chat are
settled in order by one sender; a row's state and its message id are one commit; and what people wrote before our
message is known before we look, for each of their messages took an id (`Polling.caught_up`; found by the kill tests:
nine messages that came while NEXUS was dead had moved ours out of the window). Probing with an equal keyboard instead
of the full text is wrong: on an orphan it would leave the keyboard and lose the row.
"""

from __future__ import annotations

import logging

from sqlalchemy import Connection

from bot import failures, notes, outbox
from bot.backoff import Backoff
from bot.dress import CAPTIONED, NO_PREVIEW
from bot.limiter import Limiter, Priority
from bot.outbox import Sending
from bot.pictures import Darkroom, DrawingFailed
from bot.wire import Upload, Wire
from company.books import Books
from company.clock import Clock
from company.records import Json

log = logging.getLogger(__name__)

WINDOW = 8
"""How many ids above the highest known one are tried, besides one for each row whose own fate is unknown as well."""
MOST = 400
"""How many ids are tried at all; only a flood of strangers' messages could make it more."""
PHOTO = "photo"
NOT_FOR_EDITS = ("reply_parameters", "disable_notification", "protect_content")


def candidates(tx: Connection, row: Sending) -> tuple[int, ...]:
    """The ids that may hold the row's message, lowest first."""
    top = max(notes.highest(tx, row.chat), row.floor) + WINDOW + outbox.count_in_doubt(tx, row)
    span = range(row.floor + 1, top + 1)
    known = outbox.known_ids(tx, row.chat, span, row.updated_at)
    return tuple(number for number in span if number not in known)[:MOST]


class Reconciler:
    """Looks for messages whose fate is unknown."""

    def __init__(self, wire: Wire, books: Books, clock: Clock, limiter: Limiter, darkroom: Darkroom) -> None:
        self._darkroom = darkroom
        self._wire = wire
        self._books = books
        self._clock = clock
        self._limiter = limiter

    async def find(self, row: Sending, priority: Priority) -> int | None:
        """The id of the row's message, or None when it was never sent.

        Raises a `bot.failures.Declined` that is about the text or the chat, not about one id; `Unauthorized`.
        """
        ids = await self._books.read(candidates, row)
        picture = await self._picture(row) if ids else None
        for message_id in ids:
            if await self._holds(row, message_id, priority, picture):
                return message_id
        return None

    async def _picture(self, row: Sending) -> Upload | None:
        """The picture of a row that shows one; None if it can't be drawn now: its caption finds it as well."""
        if "photo" not in row.payload:
            return None
        try:
            return await photograph(self._darkroom, row.payload["photo"])
        except DrawingFailed as failure:
            log.warning("%s", failure)
            return None

    async def _holds(self, row: Sending, message_id: int, priority: Priority, picture: Upload | None) -> bool:
        params = edit_params(row.chat, message_id, row.payload["message"])
        method = "editMessageCaption" if row.payload.keys() & {"document", "photo"} else "editMessageText"
        backoff = Backoff(0.5, 30.0)
        while True:
            await self._limiter.acquire(row.chat, priority)
            try:
                if picture is not None:
                    await self._wire.upload("editMessageMedia", media_params(params), picture)
                else:
                    await self._wire.call(method, params)
            except failures.NotModified:
                return True
            except (failures.NotFound, failures.CantEdit):
                return False
            except failures.Flood as flood:
                self._limiter.flood(row.chat, flood.retry_after_s)
            except (failures.Unknown, failures.Unreachable):
                await self._clock.sleep(backoff.next_s())
            else:
                return True


async def photograph(darkroom: Darkroom, photo: Json) -> Upload:
    """A picture as the file that sendPhoto and editMessageMedia take. Raises `DrawingFailed`."""
    return Upload(PHOTO, "picture.png", "image/png", await darkroom.develop(photo))


def media_params(edit: Json) -> Json:
    """The parameters of editMessageCaption as editMessageMedia takes them, with a file that is uploaded as `PHOTO`
    (https://core.telegram.org/bots/api#inputmediaphoto)."""
    words = {name: value for name, value in edit.items() if name in CAPTIONED.values()}
    kept = {name: value for name, value in edit.items() if name not in words}
    return {**kept, "media": {"type": "photo", "media": f"attach://{PHOTO}", **words}}


def edit_params(chat: str, message_id: int, message: Json) -> Json:
    """The parameters of sendMessage as editMessageText takes them."""
    kept = {key: value for key, value in message.items() if key not in NOT_FOR_EDITS}
    if "text" in kept:
        kept = {"link_preview_options": NO_PREVIEW, **kept}
    return {"chat_id": int(chat), "message_id": message_id, **kept}
