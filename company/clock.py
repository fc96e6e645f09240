"""Time, as everything in NEXUS asks for it: tests turn it instead of waiting.

Wall time is integer milliseconds since 1970 UTC and serves the calendar; durations use `monotonic`, which a jump of
the wall clock does not move. New ids are UUIDv7 text (RFC 9562 section 5.7): they sort by the time they were made.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from datetime import UTC, datetime, tzinfo
from typing import Protocol


class Clock(Protocol):
    """What the company asks of time."""

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds of this clock."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Sleep on the running loop."""
        await asyncio.sleep(seconds)


def new_id(now: int) -> str:
    """A UUIDv7 in its usual text form, for `now` in milliseconds; sortable by time."""
    value = (now & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def as_datetime(ms: int, zone: tzinfo = UTC) -> datetime:
    """The calendar time of `ms` milliseconds since 1970 UTC, in `zone`."""
    return datetime.fromtimestamp(ms / 1000, tz=zone)


def day_of(ms: int, zone: tzinfo = UTC) -> str:
    """The calendar day as YYYY-MM-DD in `zone`; the key of a daily cap."""
    return as_datetime(ms, zone).strftime("%Y-%m-%d")


def month_of(ms: int, zone: tzinfo = UTC) -> str:
    """The calendar month as YYYY-MM in `zone`; the key of a monthly cap."""
    return as_datetime(ms, zone).strftime("%Y-%m")
