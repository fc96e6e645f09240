"""Hours on the wall: across midnight, across the two days on which the clock is changed, as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.hours import Hours, read

PARIS = ZoneInfo("Europe/Paris")
MINUTE_MS = 60_000


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("22:30-7", "22:30-07:00"), ("22-7", "22:00-07:00"), ("22h30 - 7h", "22:30-07:00"), ("9 to 17", "09:00-17:00"),
        ("23.15–6.45", "23:15-06:45"), ("0-24", ""), ("0-6", "00:00-06:00"), ("22-24", "22:00-00:00"), ("7-7", ""),
        ("25-7", ""), ("22:75-7", ""), ("off", ""), ("", ""), ("at night", ""),
    ],
)  # fmt: skip
def test_hours_as_people_write_them(text: str, hours: str) -> None:
    found = read(text)
    assert (str(found) if found else "") == hours
    assert found is None or read(str(found)) == found


@pytest.mark.parametrize("span", ["22:30-07:00", "02:15-02:45", "01:00-03:30", "09:00-17:00", "00:00-06:00"])
@pytest.mark.parametrize("day", [(3, 28), (10, 24), (11, 20)])
def test_what_holds_is_what_the_wall_says_also_when_the_clock_is_changed(span: str, day: tuple[int, int]) -> None:
    hours = read(span)
    assert hours is not None
    begin = int(datetime(2026, *day, 12, tzinfo=UTC).timestamp() * 1000)
    for minute in range(2 * 24 * 60):
        now = begin + minute * MINUTE_MS
        wall = datetime.fromtimestamp(now / 1000, PARIS).strftime("%H:%M")
        start, _, end = span.partition("-")
        inside = start <= wall < end if start < end else wall >= start or wall < end
        assert hours.hold(now, PARIS) is inside, wall
        over = hours.over_at(now, PARIS)
        at_end = datetime.fromtimestamp(over / 1000, PARIS)
        assert now - 3_600_000 < over <= now + 25 * 3_600_000, wall
        assert at_end.strftime("%H:%M") == end or at_end.utcoffset() != (at_end - timedelta(hours=2)).utcoffset()


def test_an_ordinary_night_is_over_when_it_says() -> None:
    night = Hours(22 * 60 + 30, 7 * 60)
    now = int(datetime(2026, 11, 20, 23, tzinfo=PARIS).timestamp() * 1000)
    assert night.over_at(now, PARIS) == int(datetime(2026, 11, 21, 7, tzinfo=PARIS).timestamp() * 1000)
    assert night.over_at(now + 5 * 3_600_000, PARIS) == night.over_at(now, PARIS)
