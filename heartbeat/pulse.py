"""The pulse: asks each part how it is, every few seconds, and keeps the answers for whoever shows them."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from company.clock import Clock
from company.config import HeartbeatSettings
from company.department import Department
from company.records import Condition, Health
from heartbeat.anchor import Anchoring
from heartbeat.retention import Retention

log = logging.getLogger(__name__)

PATIENCE_S = 5.0
SOON_S = (2.0, 4.0, 8.0)  # a part that was just starting soon shows that its token or its provider is refused
DISK_WARNING = 500 * 2**20
DISK_ILL = 50 * 2**20
LOOK = "look into the log; if it stays so, start NEXUS again"


class Pulse:
    """The heartbeat department.

    Args:
        settings: how often.
        parts: the departments to ask.
        off: parts that are not configured, each with how to turn it on.
        data_dir: the folder whose disk is watched.
        anchoring: tells the tip of the audit chain to its other places.
        clock: time.
        retention: lets go of what has reached its age; None keeps everything.
    """

    name = "heartbeat"

    def __init__(
        self, settings: HeartbeatSettings, parts: Sequence[Department], off: Callable[[], tuple[Health, ...]],
        data_dir: Path, anchoring: Anchoring, clock: Clock, retention: Retention | None = None,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._parts = parts
        self._off = off
        self._data_dir = data_dir
        self._anchoring = anchoring
        self._clock = clock
        self._retention = retention
        self._last: tuple[Health, ...] = ()
        self._anchor_trouble: tuple[Health, ...] = ()

    def health(self) -> tuple[Health, ...]:
        """What every part said of itself last."""
        kept = self._retention.health() if self._retention is not None else ()
        return (*self._last, *self._anchor_trouble, *kept, *self._off())

    async def open(self) -> None:
        """Nothing to acquire."""

    async def run(self) -> None:
        """Look, anchor and let go when it is time, until cancelled."""
        soon = iter(SOON_S)
        while True:
            await self.look()
            await self._anchor()
            if self._retention is not None:
                await self._retention.if_due()
            await self._clock.sleep(min(self._settings.interval_s, next(soon, self._settings.interval_s)))

    async def close(self) -> None:
        """Nothing is held."""

    async def check(self) -> Health:
        """Alive, if it can answer."""
        return Health(part=self.name, condition=Condition.OK, detail=f"looks every {self._settings.interval_s:g} s")

    async def look(self) -> tuple[Health, ...]:
        """Ask every part now."""
        answers = await asyncio.gather(*(self._ask(part) for part in self._parts))
        disk = await asyncio.to_thread(_disk, self._data_dir)
        self._last = (*answers, disk)
        return self._last

    async def _anchor(self) -> None:
        """A place that can't be written is told of, and tried again; the house goes on."""
        try:
            await self._anchoring.if_due()
            self._anchor_trouble = ()
        except OSError as error:
            if not self._anchor_trouble:  # said once, and shown until it is over
                log.warning("the audit chain could not be anchored: %s", error)
            self._anchor_trouble = (
                Health(
                    part="audit anchor", condition=Condition.ILL, detail=error.strerror or str(error),
                    mend="see [audit] anchor_file",
                ),
            )  # fmt: skip

    async def _ask(self, part: Department) -> Health:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await part.check()
        except TimeoutError:
            detail = f"gave no answer within {PATIENCE_S:g} s"
            return Health(part=part.name, condition=Condition.ILL, detail=detail, mend=LOOK)
        except Exception as fault:
            log.warning("%s could not be checked", part.name, exc_info=True)
            detail = f"its check failed: {type(fault).__name__}"
            return Health(part=part.name, condition=Condition.ILL, detail=detail, mend=LOOK)


def _disk(folder: Path) -> Health:
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Health(part="disk", condition=Condition.ILL, detail=f"{folder}: {error.strerror or error}")
    detail = f"{free / 2**30:.1f} GiB free"
    if free < DISK_ILL:
        return Health(part="disk", condition=Condition.ILL, detail=detail, mend=f"free space on the disk of {folder}")
    if free < DISK_WARNING:
        return Health(part="disk", condition=Condition.WARNING, detail=detail, mend=f"free space near {folder}")
    return Health(part="disk", condition=Condition.OK, detail=detail)
