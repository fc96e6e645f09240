"""Hours of a day on the wall of a time zone: "22:30-7" holds from half past ten in the evening until seven."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta, tzinfo

from company.clock import as_datetime

DAY_MIN = 24 * 60
_SPAN = re.compile(r"\s*(\d{1,2})(?:[:.h](\d{2}))?h?\s*(?:-|–|to|bis|à|a|до)\s*(\d{1,2})(?:[:.h](\d{2}))?h?\s*", re.I)


@dataclass(frozen=True, slots=True)
class Hours:
    """From `start` (in) to `end` (out), minutes after midnight; past midnight where the end is the earlier."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{_written(self.start)}-{_written(self.end)}"

    def hold(self, now: int, zone: tzinfo) -> bool:
        """Whether the clock on the wall is within them at `now` (milliseconds)."""
        local = as_datetime(now, zone)
        minute = local.hour * 60 + local.minute
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end

    def over_at(self, now: int, zone: tzinfo) -> int:
        """When their end is next on the wall, milliseconds.

        On the two days a year on which the clock is changed an end may come twice or not at all: whoever waits looks
        at `hold` again meanwhile.
        """
        local = as_datetime(now, zone)
        end = local.replace(hour=self.end // 60, minute=self.end % 60, second=0, microsecond=0)
        if end <= local:
            end += timedelta(days=1)
        return int(end.timestamp() * 1000)


def read(text: str) -> Hours | None:
    """Hours as people write them ("22-7", "22:30 - 07:00"); None where they are none, or no time at all."""
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    start, end = _minute(found[1], found[2]), _minute(found[3], found[4])
    if start is None or end is None or start == end:
        return None
    return Hours(start, end)


def _minute(hour: str, minute: str | None) -> int | None:
    value = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or value > DAY_MIN:
        return None
    return value % DAY_MIN


def _written(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
