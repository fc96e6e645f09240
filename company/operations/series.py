"""Figures in the order of time, for pictures: what was spent, and how orders ended. Nothing here writes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, case, func, select

from company.clock import as_datetime, day_of
from company.records import State
from company.reports import HourOfOrders, Series, Spent
from company.schema import ledger, orders

QUARTER_MS = 900_000  # all zones of today stand a multiple of a quarter of an hour apart
HOUR_MS = 3_600_000
HOURS = 24
ENDS = ("delivered", "unverified", "failed", "stopped")
MOST_DAYS = 62  # columns; a longer time is shown by month


def spending(
    tx: Connection, now: int, zone: ZoneInfo, since: int, mine: Iterable[ColumnElement[bool]], *, hourly: bool
) -> Series:
    """What the ledger charged, by employee and by hour, day or month. The sum is the ledger's, to the micro-dollar.

    Args:
        since: the start of the period, milliseconds; 0 for the first charge.
        mine: which rows of the ledger count.
        hourly: the period is a day, and its hours are asked for.
    """
    slot: ColumnElement[object] = ledger.c.created_at.op("/")(QUARTER_MS) if hourly else ledger.c.day
    query = (
        select(slot.label("slot"), ledger.c.employee, func.sum(ledger.c.charged_micro).label("charged"))
        .where(*mine, ledger.c.state == "charged")
        .group_by("slot", ledger.c.employee)
    )
    rows = [(row.slot, row.employee, int(row.charged)) for row in tx.execute(query) if row.charged]
    today = day_of(now, zone)
    if hourly:
        rows = [(_hour(int(quarter) * QUARTER_MS, zone), employee, cost) for quarter, employee, cost in rows]
        hours = tuple(f"{hour:02}" for hour in range(HOURS))
        return Series(unit="hour", first_day=today, last_day=today, slots=hours, spent=_spent(rows))
    spent_on = [day for day, _, _ in rows]
    days = sorted({*_days(day_of(since, zone) if since else min(spent_on, default=today), today), *spent_on})
    if len(days) <= MOST_DAYS:
        return Series(unit="day", first_day=days[0], last_day=days[-1], slots=tuple(days), spent=_spent(rows))
    months = tuple(dict.fromkeys(day[:7] for day in days))
    monthly = _spent((day[:7], employee, cost) for day, employee, cost in rows)
    return Series(unit="month", first_day=days[0], last_day=days[-1], slots=months, spent=monthly)


def _spent(rows: Iterable[tuple[str, str, int]]) -> tuple[Spent, ...]:
    sums: Counter[tuple[str, str]] = Counter()
    for slot, employee, cost in rows:
        sums[slot, employee] += cost
    return tuple(Spent(slot=slot, employee=who, charged_micro=cost) for (slot, who), cost in sorted(sums.items()))


def _days(first: str, last: str) -> list[str]:
    """Each day from the first to the last."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(start + timedelta(days=number)).isoformat() for number in range((end - start).days + 1)]


def _hour(at: int, zone: ZoneInfo) -> str:
    return f"{as_datetime(at, zone).hour:02}"


def last_day(tx: Connection, now: int, zone: ZoneInfo, person_id: str | None) -> tuple[HourOfOrders, ...]:
    """How the orders of the last 24 hours ended, hour by hour, the current hour last.

    Args:
        person_id: whose orders; everybody's when left out.
    """
    start = now - now % HOUR_MS - (HOURS - 1) * HOUR_MS
    hour = orders.c.finished_at.op("/")(HOUR_MS).label("hour")
    labelled = case((orders.c.label != "", 1), else_=0).label("labelled")
    query = (
        select(hour, orders.c.state, labelled, func.count().label("how_many"))
        .where(orders.c.finished_at >= start)
        .group_by("hour", orders.c.state, "labelled")
    )
    if person_id is not None:
        query = query.where(orders.c.person_id == person_id)
    ends: dict[int, Counter[str]] = defaultdict(Counter)
    for row in tx.execute(query):
        ends[int(row.hour)][_end(State(row.state), labelled=bool(row.labelled))] += row.how_many
    return tuple(
        HourOfOrders(hour=_hour(at, zone), **{end: ends[at // HOUR_MS][end] for end in ENDS})
        for at in range(start, start + HOURS * HOUR_MS, HOUR_MS)
    )


def _end(state: State, *, labelled: bool) -> str:
    if state is State.DELIVERED:
        return "unverified" if labelled else "delivered"
    return "stopped" if state is State.STOPPED else "failed"
