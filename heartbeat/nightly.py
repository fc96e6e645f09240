"""The backup of every night: made, read back, told in one fact. It spends no token.

A night that was missed (the machine was off, the process died in the middle) is made up for once, at the next start.
Older backups are let go of only after the new one was read back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import Connection

from company import audit, people
from company.audit import Entry
from company.backups.making import SHORT, Backups, Made
from company.backups.place import BackupPlace
from company.backups.restoring import check
from company.books import Books
from company.clock import Clock, as_datetime
from company.config_backup import BackupSettings
from company.errors import BackupsBusy, NexusError
from company.ports import Courier
from company.records import Condition, ConversationKey, Desk, Health, Role
from company.texts import Texts
from company.topics import Topic

log = logging.getLogger(__name__)

NAME = "backups"
ACTOR = "heartbeat"
MADE, FAILED = "backup.made", "backup.failed"
LOOK_S = 60.0  # a machine that slept, or a clock that was set, is noticed within this
AT_START_S = 60.0  # the house gets going first
RETRY_S = 3600.0
BUSY_S = 600.0
RECENT = 50  # other instances on the same books leave such facts too


@dataclass(frozen=True, slots=True, kw_only=True)
class _Last:
    """The newest backup that this department made and found sound; and whether trying failed since, and why."""

    at: int = 0
    said: str = ""
    failed: str = ""


class NightlyBackup:
    """A department of its own, so that a long backup holds up no other beat.

    Args:
        settings: when, how many to keep, what to read back.
        place: where they are kept and what they hold.
        books: where the fact is left.
        instance: whose backups these are, where several share the books.
        couriers: for a word to the Board when it fails.
        clock: time.
        zone: the time zone of the hour.
        texts: what the word to the Board says.
    """

    name = NAME

    def __init__(
        self, settings: BackupSettings, place: BackupPlace, books: Books, instance: str,
        couriers: Mapping[Desk, Courier], clock: Clock, zone: tzinfo, texts: Texts,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._place = place
        self._books = books
        self._instance = instance
        self._couriers = couriers
        self._clock = clock
        self._zone = zone
        self._texts = texts
        self._last = _Last()
        self._born = 0
        self._not_before = float("-inf")
        self._at_work = False

    async def open(self) -> None:
        """Recall from the record when the last one was made."""
        now = self._clock.now()
        self._last, self._born = await self._books.read(_recall, self._instance, now)

    async def run(self) -> None:
        """Make one when it is time, until cancelled; nothing at all while it is off."""
        if not self._settings.nightly:
            await asyncio.Event().wait()
        await self._clock.sleep(AT_START_S)
        while True:
            await self.if_due()
            await self._clock.sleep(LOOK_S)

    async def close(self) -> None:
        """Nothing is held."""

    async def check(self) -> Health:
        """When the last one was made, or why it could not be."""
        if not self._settings.nightly:
            mend = 'set [backup] nightly = "03:30"'
            return Health(part=self.name, condition=Condition.OFF, detail="none by itself", mend=mend)
        if self._at_work:
            return Health(part=self.name, condition=Condition.OK, detail="one is being made")
        if self._last.failed:
            mend = "it is tried again by itself; `./nexus backup` and `./nexus backup verify` tell more"
            return Health(part=self.name, condition=Condition.ILL, detail=self._last.failed, mend=mend)
        if not self._last.at:
            return Health(part=self.name, condition=Condition.OK, detail=f"the first one at {self._settings.nightly}")
        at = as_datetime(self._last.at, self._zone).strftime("%Y-%m-%d %H:%M")
        return Health(part=self.name, condition=Condition.OK, detail=f"{self._last.said} of {at}")

    async def if_due(self) -> bool:
        """Make one if its hour has come since the last; whether a sound one was made."""
        now = self._clock.now()
        due = due_before(now, self._settings.nightly, self._zone)
        if due < self._born or due <= self._last.at <= now or self._clock.monotonic() < self._not_before:
            return False
        self._at_work = True
        try:
            unsound = await self._make(now)
        except BackupsBusy:  # somebody works on them by hand
            self._not_before = self._clock.monotonic() + BUSY_S
            return False
        except (OSError, NexusError) as error:
            await self._fail(str(error))
            return False
        except Exception as fault:  # whatever it is, the house goes on
            log.warning("the nightly backup fell over", exc_info=True)
            await self._fail(f"an internal fault ({type(fault).__name__}); the log says where")
            return False
        finally:
            self._at_work = False
        if unsound:  # trying again at once would not mend a server, and would crowd out sound ones
            await self._fail(unsound, began=now)
        return not unsound

    async def _make(self, began: int) -> str:
        """Make one, read it back, then leave the fact; what is wrong with it, "" for nothing.

        Raises:
            BackupError: it can't be made.
            ObjectsError, ConfigError, SecretError: the place can't be used.
        """
        objects = await asyncio.to_thread(self._place.objects)
        try:
            backups = Backups(objects, self._clock, self._place.data_dir)
            sources = await asyncio.to_thread(self._place.sources)
            made = await backups.make(sources, keep=None)
            if unsound := await self._read_back(backups, made):
                return unsound
            gone = await backups.prune(self._settings.keep)
        finally:
            await objects.close()
        payload: dict[str, Any] = {
            "instance": self._instance, "began": began, "id": made.id[:SHORT], "files": made.files,
            "size": made.size, "fresh": made.fresh, "gone": gone, "verified": self._settings.verify,
        }  # fmt: skip
        await self._books.write(lambda tx: audit.record(tx, self._clock.now(), ACTOR, MADE, **payload))
        self._last = _Last(at=began, said=_said(payload))
        return ""

    async def _read_back(self, backups: Backups, made: Made) -> str:
        if self._settings.verify == "nothing":
            return ""
        key, manifest = await backups.find(made.id)
        record_key = await asyncio.to_thread(self._place.key)
        found = await check(backups, manifest, record_key, books_only=self._settings.verify == "books")
        if not found.problems:
            return ""
        more = f" ({len(found.problems)} faults in all)" if len(found.problems) > 1 else ""
        return f"The backup {key[:SHORT]} was made but is not sound: {found.problems[0]}{more}"

    async def _fail(self, reason: str, *, began: int | None = None) -> None:
        """Say it to the Board, the first time. It is tried again in an hour, or, if `began`, in the next night."""
        self._not_before = self._clock.monotonic() + RETRY_S
        first = not self._last.failed
        if reason != self._last.failed:
            log.warning("the nightly backup failed: %s", reason)
        self._last = _Last(at=began or self._last.at, said=self._last.said, failed=reason)
        if first:
            await self._books.write(self._tell, reason)
            if (courier := self._couriers.get(Desk.TELEGRAM)) is not None:
                courier.wake()

    def _tell(self, tx: Connection, reason: str) -> None:
        audit.record(tx, self._clock.now(), ACTOR, FAILED, instance=self._instance, reason=reason)
        courier, owner = self._couriers.get(Desk.TELEGRAM), people.board(tx)
        if courier is None or owner is None:
            return
        text = self._texts.say(owner.language, "backup_failed", reason=reason)
        for chat in people.addresses(tx, Desk.TELEGRAM, role=Role.BOARD):
            where = ConversationKey(desk=Desk.TELEGRAM, chat=chat)
            courier.notice(tx, where, text, topic=Topic.BACKUP, silent=False)


def due_before(now: int, time_of_day: str, zone: tzinfo) -> int:
    """The last moment at or before `now` at which a clock in `zone` showed `time_of_day` ("03:30"), milliseconds.

    An hour that a change of the clocks leaves out counts as the one after it, and one that comes twice as the first.
    """
    at, today = time.fromisoformat(time_of_day), as_datetime(now, zone).date()
    days = (today - timedelta(days=ago) for ago in range(3))  # three: a zone may have skipped a day
    moments = (int(datetime.combine(day, at, tzinfo=zone).timestamp()) * 1000 for day in days)
    return next(moment for moment in moments if moment <= now)


def _recall(tx: Connection, instance: str, now: int) -> tuple[_Last, int]:
    """What the record has of this instance's backups, and since when there is a company."""
    known = audit.entries(tx, limit=RECENT, actor=ACTOR, facts=frozenset({MADE, FAILED}))
    mine = [entry for entry in known if entry.payload["instance"] == instance]
    made: Entry | None = next((entry for entry in reversed(mine) if entry.fact == MADE), None)
    failed = mine[-1].payload["reason"] if mine and mine[-1].fact == FAILED else ""
    first = next(iter(audit.entries(tx, limit=1, after=0)), None)
    born = first.at if first is not None else now
    if made is None:
        return _Last(failed=failed), born
    return _Last(at=made.payload["began"], said=_said(made.payload), failed=failed), born


def _said(payload: Mapping[str, object]) -> str:
    """A sound backup in a few words, from its fact."""
    size, read = int(str(payload["size"])), payload["verified"]
    how = {"everything": "read back", "books": "its books read back"}.get(str(read), "not read back")
    return f"{payload['files']} files, {size / 1e6:.1f} MB, {how},"
