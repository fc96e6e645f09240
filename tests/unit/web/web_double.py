"""Reports of a busy house and of an empty one, and an office that hands them out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from company.audit import Entry
from company.clock import day_of
from company.projects import ProjectLine
from company.records import Condition, ConversationKey, Desk, Health, Person, Role, State, Tier
from company.reports import (
    AuditPage,
    CapLine,
    CostLine,
    CostReport,
    EmployeeLine,
    HourOfOrders,
    OrderLine,
    StatusReport,
)

DAY_MS = 86_400_000
ADA = Person(id="p1", name="Ada", role=Role.BOARD)


def order(number: int, state: State, text: str, tier: Tier | None, age_s: int, cost: int, waits: str = "") -> OrderLine:
    return OrderLine(
        id=f"o{number}", number=number, state=state, text=text, tier=tier, person="Ada" if number % 3 else "Ben",
        age_ms=age_s * 1000, cost_micro=cost, waiting_for=waits,
    )  # fmt: skip


def employee(tier: Tier, title: str, model: str, working: tuple[int, ...], today: int, cost: int) -> EmployeeLine:
    return EmployeeLine(
        name=tier.value, title=title, tier=tier, model=model, available=True, working_on=working, orders_today=today,
        cost_today_micro=cost,
    )  # fmt: skip


def empty(now: int) -> tuple[StatusReport, CostReport, AuditPage]:
    """The first minute of a company."""
    status = StatusReport(
        at=now, company="NEXUS", version="0.1.0", up_ms=4_000, running=(), waiting=(), recent=(), orders_today=0,
        open_decisions=0, warnings=(),
        employees=(
            employee(Tier.CLERK, "Clerk", "", (), 0, 0),
            replace(employee(Tier.INTERN, "Intern", "anthropic/claude-haiku-4-5", (), 0, 0), available=False),
            replace(employee(Tier.DIRECTOR, "Director", "anthropic/claude-sonnet-5-5", (), 0, 0), available=False),
            replace(employee(Tier.CEO, "CEO", "anthropic/claude-opus-5-5", (), 0, 0), available=False),
        ),
        caps=(
            CapLine(scope="day", used_micro=0, reserved_micro=0, cap_micro=5_000_000),
            CapLine(scope="month", used_micro=0, reserved_micro=0, cap_micro=50_000_000),
        ),
        health=(
            Health(part="console", condition=Condition.OK, detail="at the desk: you"),
            Health(part="telegram", condition=Condition.OFF, detail="no bot token", mend="nexus init stores one"),
            Health(part="anthropic", condition=Condition.OFF, detail="no key", mend="nexus init stores one"),
        ),
    )  # fmt: skip
    cost = CostReport(
        period="month", since=now - 20 * DAY_MS, lines=(), total_micro=0, reserved_micro=0, in_doubt_calls=0,
        in_doubt_micro=0, saved_micro=0, caps=status.caps, by_day=(), orders=0,
    )  # fmt: skip
    return status, cost, AuditPage(entries=(), total=0)


def busy(now: int) -> tuple[StatusReport, CostReport, AuditPage]:
    """An afternoon in a household that uses it."""
    quiet, no_cost, _ = empty(now)
    running = (
        order(218, State.WORKING, "Compare the three roof offers and say which is best, with reasons", Tier.CEO, 34,
              88_400),
        order(217, State.READY, "Translate the school letter into French", Tier.INTERN, 6, 1_300),
        order(216, State.ASSIGNED, "Write the invitation for Mia's birthday, warm and short", Tier.DIRECTOR, 3, 0),
    )  # fmt: skip
    waiting = (order(215, State.WAITING, "Plan ten days in Norway for four, by train", Tier.CEO, 1_260, 912_000,
                     "money"),)  # fmt: skip
    recent = (
        order(214, State.DELIVERED, "When is the heating inspection due?", Tier.CLERK, 900, 0),
        order(213, State.DELIVERED, "Make a JSON list of the guests with their diets", Tier.INTERN, 1_500, 2_140),
        order(212, State.DELIVERED, "What does our insurance say about hail? Quote the paragraph.", Tier.DIRECTOR,
              2_400, 18_700),
        order(211, State.STOPPED, "Summarise the whole archive", Tier.DIRECTOR, 4_000, 41_000),
        order(210, State.DELIVERED, "Why does this Python test fail?", Tier.DIRECTOR, 5_200, 23_900),
    )  # fmt: skip
    staff = (
        employee(Tier.CLERK, "Clerk", "", (), 9, 0),
        employee(Tier.INTERN, "Intern", "anthropic/claude-haiku-4-5", (217,), 14, 31_200),
        employee(Tier.DIRECTOR, "Director", "anthropic/claude-sonnet-5-5", (216,), 6, 214_300),
        employee(Tier.CEO, "CEO", "anthropic/claude-opus-5-5", (218,), 2, 1_103_900),
    )
    caps = (
        CapLine(scope="day", used_micro=1_349_400, reserved_micro=420_000, cap_micro=5_000_000),
        CapLine(scope="month", used_micro=21_870_000, reserved_micro=420_000, cap_micro=50_000_000),
    )
    health = (
        Health(part="telegram", condition=Condition.OK, detail="last poll 4 s ago"),
        Health(part="anthropic", condition=Condition.OK, detail="answers in 410 ms"),
        Health(part="ollama", condition=Condition.WARNING, detail="does not answer; the built-in router decides",
               mend="start it: ollama serve"),
        Health(part="documents", condition=Condition.OK, detail="48 files, 1,912 passages"),
        Health(part="books", condition=Condition.OK, detail="SQLite, 14 MB"),
        Health(part="console", condition=Condition.OK, detail="1 at the desk"),
    )  # fmt: skip
    status = replace(
        quiet, up_ms=3 * DAY_MS + 5_000_000, running=running, waiting=waiting, recent=recent, orders_today=31,
        open_decisions=1, employees=staff, caps=caps, health=health,
    )  # fmt: skip
    spent = (410, 1290, 0, 870, 1502, 640, 120, 2210, 980, 1730, 0, 560, 1910, 2480, 1120, 760, 1650, 2289, 1349)
    days = tuple((day_of(now - (len(spent) - 1 - n) * DAY_MS), micro * 1000) for n, micro in enumerate(spent))
    lines = (
        CostLine(employee="ceo", model="anthropic/claude-opus-5-5", calls=61, input_tokens=1_840_000,
                 output_tokens=214_000, charged_micro=13_911_000),
        CostLine(employee="director", model="anthropic/claude-sonnet-5-5", calls=318, input_tokens=2_210_000,
                 output_tokens=301_000, charged_micro=6_820_000),
        CostLine(employee="intern", model="anthropic/claude-haiku-4-5", calls=1_204, input_tokens=803_000,
                 output_tokens=110_000, charged_micro=1_139_000),
        CostLine(employee="admin", model="ollama/qwen3:8b", calls=1_410, input_tokens=400_000, output_tokens=90_000,
                 charged_micro=0),
    )  # fmt: skip
    cost = replace(
        no_cost, lines=lines, total_micro=21_870_000, saved_micro=312_000, by_day=days, orders=604, caps=caps
    )
    facts = (
        (34, "order.accepted", {"number": 218, "desk": "telegram", "characters": 64}),
        (33, "order.assigned", {"kind": "analysis", "difficulty": "complex", "ladder": ["ceo"]}),
        (12, "answer.refused", {"layer": "citations", "to": "director"}),
        (11, "order.escalated", {"to": "ceo", "why": "inspection"}),
        (6, "order.accepted", {"number": 217, "desk": "console", "characters": 39}),
        (3, "order.assigned", {"kind": "writing", "difficulty": "normal", "ladder": ["director", "ceo"]}),
        (1, "answer.ready", {"verified": True, "characters": 812}),
    )
    entries = tuple(
        Entry(number=8_230 + n, at=now - ago * 1000, actor="operations", fact=fact, order_id="", payload=payload)
        for n, (ago, fact, payload) in enumerate(facts)
    )
    return status, cost, AuditPage(entries=entries, total=8_236)


class Doorkeeper:
    """Who may hand in: everybody who was not put out; and the projects that somebody is in."""

    def __init__(self) -> None:
        self.put_out: set[str] = set()
        self.shown: dict[str, tuple[ProjectLine, ...]] = {}

    async def lines(self, person: Person, where: ConversationKey) -> tuple[ProjectLine, ...]:
        return self.shown.get(person.id, ())

    async def may_hand_in(self, reader: str, desk: Desk) -> bool:
        return reader not in self.put_out


class Office:
    """Hands out the reports it was given; `write` changes the house and tells whoever listens."""

    def __init__(self, reports: tuple[StatusReport, CostReport, AuditPage]) -> None:
        self.reports = reports
        self.person: Person | None = ADA
        self.asked = 0
        self.projects = Doorkeeper()
        self._number = 1
        self._news = asyncio.Event()

    async def board(self) -> Person | None:
        return self.person

    async def status(self, person: Person) -> StatusReport:
        self.asked += 1
        return self.reports[0]

    async def last_day(self, person: Person) -> tuple[HourOfOrders, ...]:
        return ()

    async def cost(self, person: Person, *, period: str = "today") -> CostReport:
        assert period == "month"
        return self.reports[1]

    async def audit_page(
        self, person: Person, *, limit: int = 10, fact: str = "", order_number: int | None = None
    ) -> AuditPage:
        page = self.reports[2]
        return AuditPage(entries=page.entries[-limit:], total=page.total)

    def write(self, **changed: object) -> None:
        status, cost, audit = self.reports
        self.reports = (replace(status, **changed), cost, audit)  # type: ignore[arg-type]
        self._number += 1
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def changes(self) -> AsyncIterator[int]:
        seen = 0
        while True:
            news = self._news
            if self._number != seen:
                seen = self._number
                yield seen
            else:
                await news.wait()
