"""What the company tells people about itself: frozen reports, made from the books alone. Desks dress them."""

from __future__ import annotations

from dataclasses import dataclass

from company.audit import Entry, Verification
from company.records import Health, State, Tier, WorkOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What became of a message. `fresh` is False for a repeat: `order` is then the one of the first time, or None."""

    order: WorkOrder | None
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One order in a list."""

    id: str
    number: int
    state: State
    text: str  # the first line of the request, shortened
    tier: Tier | None
    person: str
    age_ms: int
    cost_micro: int
    waiting_for: str
    difficulty: str = ""  # trivial, normal, complex; "" until the order is assigned


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeLine:
    """One employee in a list."""

    name: str
    title: str
    tier: Tier
    model: str  # "provider/model", "" for the Clerk
    available: bool
    working_on: tuple[int, ...]
    orders_today: int
    cost_today_micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CapLine:
    """One cap and what is used of it."""

    scope: str  # "day", "month", "person"
    used_micro: int
    reserved_micro: int
    cap_micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """The state of the house at one moment."""

    at: int
    company: str
    version: str
    up_ms: int
    running: tuple[OrderLine, ...]
    waiting: tuple[OrderLine, ...]
    recent: tuple[OrderLine, ...]
    orders_today: int
    open_decisions: int
    employees: tuple[EmployeeLine, ...]
    caps: tuple[CapLine, ...]
    health: tuple[Health, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """What one employee (or the Admin's triage) cost in a period."""

    employee: str
    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    charged_micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReport:
    """A query on the ledger. `total_micro` is the sum of the lines."""

    period: str
    since: int
    lines: tuple[CostLine, ...]
    total_micro: int
    reserved_micro: int
    in_doubt_calls: int  # calls during which the process died: nobody knows what they used
    in_doubt_micro: int  # at most this much, not counted in the total
    saved_micro: int  # by our own cache
    caps: tuple[CapLine, ...]
    by_day: tuple[tuple[str, int], ...]  # (YYYY-MM-DD, micro-dollars), oldest first
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Some facts, and the verification when one was asked for."""

    entries: tuple[Entry, ...]
    total: int
    verification: Verification | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionResult:
    """What a press on a card did."""

    taken: bool  # False: it was already decided, or has expired
    choice: str
    by: str
    at: int
    text: str  # one line for the card
