"""What the company tells people about itself: frozen reports, made from the books alone. Desks dress them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from company.audit import Entry, Verification
from company.records import Desk, Health, State, Tier, WorkOrder
from company.spec_records import MissReport


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
    standing_micro: int = 0  # the cap of every day or month, without what was added to this one


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
    misses: MissReport | None = None  # of QA, this month; for the Board


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """A person seen at a desk on a device."""

    id: str
    person_id: str
    person: str
    desk: Desk
    device: str
    first_seen_at: int
    last_seen_at: int
    revoked_at: int | None


class Trouble(StrEnum):
    """What went ill and was written into the record; the values are its facts."""

    CONFLICT = "poller.conflict"
    WEBHOOK = "poller.webhook"
    REVOKED = "poller.revoked"
    SKIPPED = "update.skipped"
    UNDELIVERABLE = "message.undeliverable"
    TAKEN_OVER = "order.taken_over"
    IN_DOUBT = "reservation.returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayReport:
    """The last 24 hours, for the daily digest. A member sees their own orders and money, and no troubles."""

    ended: tuple[tuple[State, int], ...]  # how many orders came to each end
    open: int  # orders that are not at their end now
    spent_micro: int
    caps: tuple[CapLine, ...]
    open_decisions: int
    troubles: tuple[tuple[Trouble, int], ...]
    ill: tuple[Health, ...]  # parts that are ill now


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """What one employee (or the Admin's triage) cost in a period."""

    employee: str
    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    charged_micro: int


Unit = Literal["hour", "day", "month"]
"""What one slot of a series is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one employee (or the Admin's triage) cost in one slot of a series."""

    slot: str
    employee: str
    charged_micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The ledger in the order of time. `slots` are all of the period, those without a cost too, oldest first:
    "00" to "23", "2026-11-21" or "2026-11"."""

    unit: Unit = "day"
    first_day: str = ""
    last_day: str = ""
    slots: tuple[str, ...] = ()
    spent: tuple[Spent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HourOfOrders:
    """How many orders ended in one hour ("00" to "23"), and how."""

    hour: str
    delivered: int
    unverified: int  # delivered with a label: QA could not say that it is right
    failed: int  # and refused
    stopped: int


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
    saved_micro: int  # by the cache of model calls
    caps: tuple[CapLine, ...]
    by_day: tuple[tuple[str, int], ...]  # (YYYY-MM-DD, micro-dollars), oldest first
    orders: int
    saved_answers: int = 0  # orders that were answered from an earlier answer
    saved_answers_micro: int = 0  # what those had cost
    person_tokens_day: int = 0  # the quota of each person; 0: none
    series: Series = Series()  # its sum is `total_micro`


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Some facts, and the verification when one was asked for."""

    entries: tuple[Entry, ...]
    total: int
    verification: Verification | None = None
    names: dict[str, str] = field(default_factory=dict)  # of people, by their ids

    def actor(self, entry: Entry) -> str:
        """Who did it, as people know them; what is no person calls itself by its name."""
        return self.names.get(entry.actor, entry.actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionResult:
    """What a press on a card did."""

    taken: bool  # False: it was already decided, or has expired
    choice: str
    by: str
    at: int
    text: str  # one line for the card
