"""Tells the tip of the audit chain to places outside the database, so that a cut tail or a rewritten chain is found.

Once a day: a silent message in the Board's Telegram chat (a copy that this machine can't rewrite, with Telegram's own
time on it), and a line in a second file. A day on which the process never ran has no anchor.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from company import audit, people
from company.audit import Anchor
from company.books import Books, to_json
from company.clock import Clock, as_datetime, day_of
from company.config import AuditSettings
from company.ports import Courier
from company.records import ConversationKey, Desk, Role
from company.schema import anchors
from company.texts import Texts
from company.topics import Topic

FILE_PLACE = "file"


class Anchoring:
    """Writes anchors and reads them back.

    Args:
        settings: the hour, and the file relative to the data folder.
        data_dir: the data folder.
        books: the books.
        couriers: for the message to the Board.
        clock: time.
        zone: the time zone of the hour.
        texts: what the message to the Board says.
    """

    def __init__(
        self, settings: AuditSettings, data_dir: Path, books: Books, couriers: Mapping[Desk, Courier], clock: Clock,
        zone: ZoneInfo, texts: Texts,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._file = data_dir / settings.anchor_file
        self._books = books
        self._couriers = couriers
        self._clock = clock
        self._zone = zone
        self._texts = texts

    async def if_due(self) -> bool:
        """Anchor once a day, from the hour of the settings on."""
        now = self._clock.now()
        if as_datetime(now, self._zone).hour < self._settings.anchor_hour:
            return False
        last = await self._books.read(_last_anchor)
        if last is not None and day_of(last, self._zone) == day_of(now, self._zone):
            return False
        await self.anchor()
        return True

    async def anchor(self) -> Anchor | None:
        """Tell the tip to every place now; None while the record is empty."""
        number, digest = await self._books.read(audit.tip)
        if number == 0:
            return None
        anchor = Anchor(number=number, hash=digest, at=self._clock.now(), place=FILE_PLACE)
        await asyncio.to_thread(self._append, anchor)
        courier = self._couriers.get(Desk.TELEGRAM)

        def write(tx: Connection) -> None:
            audit.anchored(tx, anchor)
            chats = people.addresses(tx, Desk.TELEGRAM, role=Role.BOARD) if courier is not None else ()
            owner = people.board(tx)
            language = owner.language if owner is not None else "en"
            text = self._texts.say(language, "anchor", number=number, hash=digest)
            for chat in chats:
                assert courier is not None  # noqa: S101 - there are chats only with a courier
                where = ConversationKey(desk=Desk.TELEGRAM, chat=chat)
                if courier.notice(tx, where, text, topic=Topic.ANCHOR):  # a chat that silenced it is no witness
                    audit.anchored(tx, Anchor(number=number, hash=digest, at=anchor.at, place=f"telegram:{chat}"))

        await self._books.write(write)
        if courier is not None:
            courier.wake()
        return anchor

    def _append(self, anchor: Anchor) -> None:
        line = to_json({"number": anchor.number, "hash": anchor.hash, "at": anchor.at}) + "\n"
        with os.fdopen(os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def witnesses(self) -> tuple[Anchor, ...]:
        """The anchors of the second file; a line that can't be read is left out. Blocking."""
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return ()
        found = []
        for line in lines:
            try:
                data = json.loads(line)
                found.append(
                    Anchor(number=data["number"], hash=data["hash"], at=data["at"], place=f"file {self._file.name}")
                )
            except (ValueError, KeyError, TypeError):
                continue
        return tuple(found)


def _last_anchor(tx: Connection) -> int | None:
    at: int | None = tx.scalar(select(func.max(anchors.c.at)))
    return at
