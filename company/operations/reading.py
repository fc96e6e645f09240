"""The reports, read from the books: status, cost, why. Nothing here writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, func, select

from company import audit, budget, cache_hits, decisions, org_chart, work_orders
from company.budget import Caps, Scope
from company.cache_hits import Cache
from company.clock import as_datetime, day_of
from company.document_records import Standing
from company.operations import series
from company.records import Citation, Condition, ConversationKey, Health, Person, Role, State, Tier, WorkOrder
from company.reports import CapLine, CostLine, CostReport, DayReport, EmployeeLine, OrderLine, Trouble
from company.schema import attempts as attempts_table
from company.schema import ledger, orders, people

RUNNING = (State.ACCEPTED, State.ASSIGNED, State.WORKING, State.READY)
SHORT = 80
DAY_MS = 86_400_000
PERIODS = ("today", "week", "month", "all")
ADMIN = "admin"  # the ledger's name for triage


def order_lines(
    tx: Connection, now: int, states: tuple[State, ...], *, limit: int, person_id: str | None = None
) -> tuple[OrderLine, ...]:
    """Orders in some states, the newest first."""
    cost = (
        select(func.sum(ledger.c.charged_micro))
        .where(ledger.c.order_id == orders.c.id, ledger.c.state == "charged")
        .scalar_subquery()
    )
    query = (
        select(orders.c.id, people.c.name, cost.label("cost"))
        .join(people, people.c.id == orders.c.person_id)
        .where(orders.c.state.in_(states))
        .order_by(orders.c.number.desc())
        .limit(limit)
    )
    if person_id is not None:
        query = query.where(orders.c.person_id == person_id)
    lines = []
    for row in tx.execute(query):
        order = work_orders.get(tx, row.id)
        if order is not None:
            lines.append(_order_line(order, row.name, int(row.cost or 0), now))  # Postgres sums to a Decimal
    return tuple(lines)


def _order_line(order: WorkOrder, person: str, cost: int, now: int) -> OrderLine:
    first = order.text.strip().partition("\n")[0]
    return OrderLine(
        id=order.id, number=order.number, state=order.state,
        text=first if len(first) <= SHORT else first[: SHORT - 1] + "…", tier=order.tier, person=person,
        age_ms=now - order.created_at, cost_micro=cost, waiting_for=order.waiting_for,
        difficulty=order.assignment.difficulty if order.assignment is not None else "",
    )  # fmt: skip


def orders_today(tx: Connection, now: int, zone: ZoneInfo) -> int:
    """How many orders came in since midnight."""
    return tx.scalar(select(func.count()).select_from(orders).where(orders.c.created_at >= midnight(now, zone))) or 0


def midnight(now: int, zone: ZoneInfo) -> int:
    """The start of the day of `now`, milliseconds."""
    start = as_datetime(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return int(start.timestamp() * 1000)


def since(period: str, now: int, zone: ZoneInfo) -> int:
    """The start of a period: today, the last seven days, this calendar month, or the beginning."""
    today = as_datetime(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = {"today": today, "week": today - timedelta(days=6), "month": today.replace(day=1)}
    return int(starts[period].timestamp() * 1000) if period in starts else 0


def employee_lines(tx: Connection, now: int, zone: ZoneInfo, available: frozenset[str]) -> tuple[EmployeeLine, ...]:
    """The org chart with what each one does now and did today."""
    day = day_of(now, zone)
    spent = select(ledger.c.employee, func.sum(ledger.c.charged_micro)).where(ledger.c.day == day)
    cost = {row[0]: int(row[1] or 0) for row in tx.execute(spent.group_by(ledger.c.employee))}
    counted = select(attempts_table.c.tier, func.count(func.distinct(attempts_table.c.order_id)))
    done = counted.where(attempts_table.c.started_at >= midnight(now, zone)).group_by(attempts_table.c.tier)
    orders_of = {row[0]: row[1] for row in tx.execute(done)}
    working: dict[Tier, list[int]] = {}
    for order in work_orders.unfinished(tx):
        if order.state is State.WORKING and order.tier is not None:
            working.setdefault(order.tier, []).append(order.number)
    return tuple(
        EmployeeLine(
            name=name, title=employee.title, tier=employee.tier,
            model=str(employee.models[0]) if employee.models else "", available=employee.tier in available,
            working_on=tuple(working.get(employee.tier, ())), orders_today=orders_of.get(employee.tier, 0),
            cost_today_micro=cost.get(name, 0),
        )
        for name, employee in org_chart.roster(tx).items()
    )  # fmt: skip


def cap_lines(tx: Connection, now: int, caps: Caps, person: Person) -> tuple[CapLine, ...]:
    """The caps that count for this person: their own day, and for the Board the company's."""
    shown = (Scope.DAY, Scope.MONTH) if person.role is Role.BOARD else (Scope.PERSON,)
    return tuple(
        CapLine(
            scope=line.scope, used_micro=line.charged_micro, reserved_micro=line.reserved_micro,
            cap_micro=line.cap_micro, standing_micro=line.standing_micro,
        )
        for line in budget.balances(tx, now, caps, person_id=person.id, order_id=None)
        if line.scope in shown
    )  # fmt: skip


def day_report(
    tx: Connection, now: int, caps: Caps, person: Person, health: tuple[Health, ...], *, everybody: bool
) -> DayReport:
    """The last 24 hours."""
    start = now - DAY_MS
    mine = [] if everybody else [orders.c.person_id == person.id]
    ended = select(orders.c.state, func.count()).where(orders.c.finished_at >= start, *mine).group_by(orders.c.state)
    ends = {State(row[0]): row[1] for row in tx.execute(ended)}
    unfinished = [*(order.person_id for order in work_orders.unfinished(tx))]
    spent = select(func.sum(ledger.c.charged_micro)).where(ledger.c.settled_at >= start, ledger.c.state == "charged")
    spent = spent if everybody else spent.where(ledger.c.person_id == person.id)
    troubles = audit.count_since(tx, start, frozenset(Trouble)) if everybody else {}
    return DayReport(
        ended=tuple((state, ends[state]) for state in State if ends.get(state)),
        open=sum(everybody or whose == person.id for whose in unfinished), spent_micro=int(tx.scalar(spent) or 0),
        caps=cap_lines(tx, now, caps, person), open_decisions=decisions.open_count(tx) if everybody else 0,
        troubles=tuple((Trouble(fact), count) for fact, count in troubles.items()),
        ill=tuple(part for part in health if part.condition is Condition.ILL) if everybody else (),
    )  # fmt: skip


def cost_report(tx: Connection, now: int, caps: Caps, person: Person, period: str, *, everybody: bool) -> CostReport:
    """The ledger over a period, by employee and model."""
    start = since(period, now, caps.zone)
    mine = [ledger.c.created_at >= start]
    if not everybody:
        mine.append(ledger.c.person_id == person.id)
    by_employee: Select[tuple[object, ...]] = (
        select(
            ledger.c.employee, ledger.c.provider, ledger.c.model, func.count().label("calls"),
            func.sum(ledger.c.input_tokens + ledger.c.cache_read_tokens + ledger.c.cache_write_tokens).label("given"),
            func.sum(ledger.c.output_tokens).label("taken"), func.sum(ledger.c.charged_micro).label("charged"),
        )
        .where(*mine, ledger.c.state == "charged")
        .group_by(ledger.c.employee, ledger.c.provider, ledger.c.model)
        .order_by(func.sum(ledger.c.charged_micro).desc(), ledger.c.employee)
    )  # fmt: skip
    lines = tuple(_cost_line(row) for row in tx.execute(by_employee))
    reserved = tx.scalar(select(func.sum(ledger.c.reserved_micro)).where(*mine, ledger.c.state == "reserved"))
    doubt = tx.execute(
        select(func.count(), func.sum(ledger.c.reserved_micro)).where(*mine, ledger.c.outcome == "orphaned")
    ).one()
    days = tx.execute(
        select(ledger.c.day, func.sum(ledger.c.charged_micro)).where(*mine, ledger.c.state == "charged")
        .group_by(ledger.c.day).order_by(ledger.c.day)
    )  # fmt: skip
    saved = cache_hits.saved_since(tx, start, person_id=None if everybody else person.id)
    counted = [orders.c.created_at >= start] + ([] if everybody else [orders.c.person_id == person.id])
    return CostReport(
        period=period, since=start, lines=lines, total_micro=sum(line.charged_micro for line in lines),
        reserved_micro=int(reserved or 0), in_doubt_calls=doubt[0], in_doubt_micro=int(doubt[1] or 0),
        saved_micro=saved[Cache.EXACT][1], saved_answers=saved[Cache.ANSWER][0],
        saved_answers_micro=saved[Cache.ANSWER][1],
        person_tokens_day=caps.settings.person_tokens_day,
        caps=cap_lines(tx, now, caps, person), by_day=tuple((row[0], int(row[1] or 0)) for row in days),
        orders=tx.scalar(select(func.count()).select_from(orders).where(*counted)) or 0,
        series=series.spending(tx, now, caps.zone, start, mine, hourly=period == "today"),
    )  # fmt: skip


def _cost_line(row: Row[tuple[object, ...]]) -> CostLine:
    return CostLine(
        employee=row.employee, model=f"{row.provider}/{row.model}", calls=row.calls, input_tokens=int(row.given or 0),
        output_tokens=int(row.taken or 0), charged_micro=int(row.charged or 0),
    )  # fmt: skip


def newest_of(tx: Connection, order: WorkOrder) -> WorkOrder:
    """The order itself, or the last that was made of it: a second escalation goes on from where the first led."""
    youngest = select(orders.c.id).order_by(orders.c.number.desc()).limit(1)
    while (child_id := tx.scalar(youngest.where(orders.c.parent_id == order.id))) is not None:
        order = work_orders.get(tx, child_id) or order
    return order


def may_see(order: WorkOrder, person: Person, conversation: ConversationKey | None = None) -> bool:
    """The Board sees every order, others their own; in a group each sees only orders of that group."""
    if conversation is not None and conversation.shared and not _same_chat(order.conversation, conversation):
        return False
    return person.role is Role.BOARD or order.person_id == person.id


def _same_chat(one: ConversationKey, other: ConversationKey) -> bool:
    return (one.desk, one.chat) == (other.desk, other.chat)


def readable(citation: Citation, standing: Standing) -> Citation:
    """A source as far as it may be shown now: whoever was put out of a project sees no words of it in old answers."""
    kind, _, project = citation.owner.partition(":")
    if kind != "project" or project in standing.projects:
        return citation
    return replace(citation, document="–", place="", quote="", withheld=True)
