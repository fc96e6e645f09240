"""company/operations/series.py: the ledger in the order of time, to the micro-dollar; how orders ended, by the hour."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, func, insert, select

from company import people, work_orders
from company.books import Books
from company.clock import day_of, month_of, new_id
from company.operations import series
from company.operations.reading import since
from company.records import ConversationKey, Desk, Request, Role, State
from company.schema import ledger, orders
from tests.fakes.clock import TurnedClock

BERLIN, KATHMANDU = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")  # the second is 5:45 ahead
DAY_MS = 86_400_000


def at(zone: ZoneInfo, *moment: int) -> int:
    return int(datetime(*moment, tzinfo=zone).timestamp() * 1000)  # type: ignore[misc]


def charge(tx: Connection, moment: int, zone: ZoneInfo, employee: str, cost: int, *, state: str = "charged") -> None:
    tx.execute(insert(ledger).values(
        id=new_id(moment), person_id="p1", employee=employee, purpose="work", state=state, charged_micro=cost,
        day=day_of(moment, zone), month=month_of(moment, zone), created_at=moment,
    ))  # fmt: skip


@pytest.mark.parametrize("zone", [BERLIN, KATHMANDU], ids=str)
@pytest.mark.parametrize("period", ["today", "week", "month", "all"])
async def test_the_series_is_the_ledger_to_the_micro_dollar(any_books: Books, zone: ZoneInfo, period: str) -> None:
    now, chance = at(zone, 2026, 11, 21, 23, 50), random.Random(period)

    def fill(tx: Connection) -> None:
        for _ in range(400):
            moment = now - int(min(chance.expovariate(1 / 10), 200) * DAY_MS)
            charge(tx, moment, zone, chance.choice(("intern", "ceo", "admin")), chance.randint(0, 9_999))
        charge(tx, now, zone, "intern", 0, state="reserved")

    def both(tx: Connection) -> tuple[series.Series, int]:
        start = since(period, now, zone)
        mine = [ledger.c.created_at >= start]
        found = series.spending(tx, now, zone, start, mine, hourly=period == "today")
        return found, int(tx.scalar(select(func.sum(ledger.c.charged_micro)).where(*mine)) or 0)

    await any_books.write(fill)
    found, total = await any_books.read(both)
    assert sum(spent.charged_micro for spent in found.spent) == total > 0
    assert {spent.slot for spent in found.spent} <= set(found.slots)
    assert list(found.slots) == sorted(set(found.slots))
    units = {"today": ("hour", 24), "week": ("day", 7), "month": ("day", 21)}
    if period in units:
        assert (found.unit, len(found.slots)) == units[period]
    else:
        assert found.unit == "month"
        assert found.slots[-1] == "2026-11"
    assert found.last_day == "2026-11-21"


@pytest.mark.parametrize("zone", [BERLIN, KATHMANDU], ids=str)
async def test_an_hour_is_the_hour_on_the_wall(any_books: Books, zone: ZoneInfo) -> None:
    def fill(tx: Connection) -> series.Series:
        for hour, minute in ((0, 0), (0, 59), (13, 15), (23, 44)):
            charge(tx, at(zone, 2026, 11, 21, hour, minute), zone, "intern", 5)
        now = at(zone, 2026, 11, 21, 23, 59)
        mine = [ledger.c.created_at >= since("today", now, zone)]
        return series.spending(tx, now, zone, since("today", now, zone), mine, hourly=True)

    found = await any_books.write(fill)
    assert [(spent.slot, spent.charged_micro) for spent in found.spent] == [("00", 10), ("13", 5), ("23", 5)]


async def test_an_empty_ledger_has_its_days_and_nothing_in_them(any_books: Books) -> None:
    now = at(BERLIN, 2026, 11, 21, 12)
    for start in (0, since("week", now, BERLIN)):
        found = await any_books.read(series.spending, now, BERLIN, start, [], hourly=False)
        assert found.spent == ()
        assert found.slots[-1] == "2026-11-21"


async def test_the_last_day_counts_how_orders_ended(any_books: Books, clock: TurnedClock) -> None:
    now = at(BERLIN, 2026, 11, 21, 17, 30)

    def fill(tx: Connection) -> None:
        persons = [people.add(tx, now, name=name, role=Role.BOARD, language="en", by="test") for name in ("Ada", "Bob")]
        ends = [
            (State.DELIVERED, "", 1), (State.DELIVERED, "", 1), (State.DELIVERED, "no check could decide", 1),
            (State.REFUSED, "", 2), (State.FAILED, "", 2), (State.STOPPED, "", 2), (State.DELIVERED, "", 17),
            (State.DELIVERED, "", 25), (State.WORKING, "", 0),
        ]  # fmt: skip
        for number, (state, label, hours_ago) in enumerate(ends):
            request = Request(
                desk=Desk.TELEGRAM, external_id=str(number), text="?", person=persons[number == 6],
                conversation=ConversationKey(desk=Desk.TELEGRAM, chat="1"), received_at=now,
            )  # fmt: skip
            order = work_orders.accept(tx, now, request)
            finished = now - hours_ago * 3_600_000 if state.ended else None
            tx.execute(
                orders.update().where(orders.c.id == order.id).values(state=state, label=label, finished_at=finished)
            )

    await any_books.write(fill)
    found = await any_books.read(series.last_day, now, BERLIN, None)
    assert [hour.hour for hour in found[-3:]] == ["15", "16", "17"]
    assert len(found) == 24
    sums = Counter({end: sum(getattr(hour, end) for hour in found) for end in series.ENDS})
    assert sums == {"delivered": 3, "unverified": 1, "failed": 2, "stopped": 1}
    assert (found[-2].delivered, found[-2].unverified, found[-3].failed, found[-3].stopped) == (2, 1, 2, 1)
    assert found[-18].delivered == 1
    ada = await any_books.read(lambda tx: tx.scalar(select(orders.c.person_id).where(orders.c.number == 1)))
    mine = await any_books.read(series.last_day, now, BERLIN, ada)
    assert sum(hour.delivered for hour in mine) == 2
