"""Money: reserve before a model call, settle after it, never overshoot a cap. Owner of ledger, spending and caps.

All of it runs in `Books.write`, where writers take turns, so check and reserve are one act under any concurrency. A cap
holds for charged plus reserved. A reservation covers the worst the call can cost: every byte of input as a token (a
byte-level tokenizer makes at most one of each) and `max_output_tokens` of output; the call is made with that bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, insert, or_, select, text, update

from company import audit
from company.books import to_json
from company.clock import day_of, month_of, new_id
from company.config import LONGEST_CALL_S, BudgetSettings
from company.errors import BudgetExceeded
from company.money import dollars, micro
from company.records import Account, ModelRef, Purpose, Usage
from company.schema import cap_raises, cap_warnings, ledger, spending

MESSAGE_OVERHEAD_TOKENS = 8  # role marks and separators, per message; measured at most 6 on Claude
TYPICAL_OUTPUT_TOKENS = 1024  # of a call about which nothing is measured yet
LONGEST_CALL_MS = LONGEST_CALL_S * 1000  # another process's reservation that is older belongs to nobody any more


STANDING = "standing/"  # the key of a cap's row that holds what the Board changed it by, until it changes it again


class Scope(StrEnum):
    """What a cap is over."""

    ORDER = "order"
    PERSON = "person"
    DAY = "day"
    MONTH = "month"
    QA = "qa"  # the model judge in a day; in the place of the order's cap, so that it takes nothing from that


WORDS = {
    Scope.ORDER: "the cap of this order", Scope.PERSON: "your cap for today", Scope.DAY: "the company's cap for today",
    Scope.MONTH: "the company's cap for this month", Scope.QA: "the model judge's cap for today",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Dollars per million tokens (micro-dollars per token) of one model, with the day it was read."""

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal
    long_prompt_tokens: int = 0  # a prompt of more than this costs `long_prompt_factor` times as much; 0: never
    long_prompt_factor: Decimal = Decimal(1)
    as_of: str = ""

    @property
    def free(self) -> bool:
        """True for local models."""
        return not (self.input or self.output or self.cache_read or self.cache_write)

    def cost(self, usage: Usage) -> int:
        """Micro-dollars for what was used, rounded up."""
        exact = (
            self.input * usage.input_tokens
            + self.output * usage.output_tokens
            + self.cache_read * usage.cache_read_tokens
            + self.cache_write * usage.cache_write_tokens
        )
        prompt = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
        if self.long_prompt_tokens and prompt > self.long_prompt_tokens:
            exact *= self.long_prompt_factor
        return int(exact.to_integral_value(rounding=ROUND_CEILING))

    def to_json(self) -> str:
        """For the ledger row."""
        return to_json({name: str(value) for name, value in asdict(self).items()})


FREE = Price(input=Decimal(0), output=Decimal(0), cache_read=Decimal(0), cache_write=Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a call would like to reserve."""

    ref: ModelRef
    price: Price
    account: Account
    input_tokens: int  # upper bound
    max_output_tokens: int
    typical_output_tokens: int  # measured, or TYPICAL_OUTPUT_TOKENS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Money set aside for one call. The call must be made with `max_output_tokens`."""

    id: str
    micro: int
    max_output_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """It would fit, but for what other calls have reserved: wait until one of them settles."""

    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One cap: its size with what the Board added, and what is used of it."""

    scope: Scope
    key: str
    cap_micro: int
    charged_micro: int
    reserved_micro: int
    standing_micro: int  # the cap without what was added to this one order, day or month

    @property
    def room_micro(self) -> int:
        """What may still be reserved."""
        return self.cap_micro - self.charged_micro - self.reserved_micro


@dataclass(frozen=True, slots=True)
class Caps:
    """The caps in force, and the calendar they follow."""

    settings: BudgetSettings
    zone: ZoneInfo

    def keys(self, now: int, person_id: str, order_id: str | None, purpose: Purpose = Purpose.WORK) -> dict[Scope, str]:
        """The row of each cap that a call of this person for this order counts against."""
        return _keys_of(order_id, person_id, day_of(now, self.zone), month_of(now, self.zone), purpose)

    def base(self, scope: Scope) -> int:
        """The cap of the settings, micro-dollars."""
        settings = self.settings
        by_scope = {
            Scope.ORDER: settings.per_order, Scope.PERSON: settings.per_person_day, Scope.DAY: settings.day,
            Scope.MONTH: settings.month, Scope.QA: settings.judge_day,
        }  # fmt: skip
        return micro(by_scope[scope])

    def standing_key(self, scope: Scope) -> str:
        """The row of what the Board changed a cap by. It names the cap of the settings on which that stands: when the
        settings are changed, theirs is the later word."""
        return f"{STANDING}{self.base(scope)}"


LEDGER_INSERT = insert(ledger)
CHANGEABLE = (Scope.DAY, Scope.MONTH)
"""The caps that the Board may set in a chat."""


def _row_of(scope: Scope, name: str) -> ColumnElement[bool]:
    return (spending.c.scope == scope) & (spending.c.key == bindparam(f"{name}_{scope.value}"))


SPENT = select(spending).where(  # each by its whole key: an `in_` is written out anew at each execution
    or_(*(_row_of(scope, "of") for scope in Scope), *(_row_of(scope, "standing") for scope in CHANGEABLE))
)
CHARGED_FOR = select(spending.c.charged_micro).where(
    spending.c.scope == Scope.ORDER, spending.c.key == bindparam("order")
)

JUDGED_FOR = select(func.sum(ledger.c.charged_micro)).where(
    ledger.c.order_id == bindparam("order"), ledger.c.purpose == Purpose.QA, ledger.c.state == "charged"
)


def balances(
    tx: Connection, now: int, caps: Caps, *, person_id: str, order_id: str | None, purpose: Purpose = Purpose.WORK
) -> tuple[Balance, ...]:
    """Every cap that a call would count against, narrowest first."""
    return _balances(tx, caps, caps.keys(now, person_id, order_id, purpose))


def _balances(tx: Connection, caps: Caps, keys: Mapping[Scope, str]) -> tuple[Balance, ...]:
    wanted = {f"of_{scope.value}": keys.get(scope, "") for scope in Scope}
    wanted |= {f"standing_{scope.value}": caps.standing_key(scope) for scope in CHANGEABLE}
    used = {(row.scope, row.key): row for row in tx.execute(SPENT, wanted)}
    return tuple(
        _balance(scope, key, caps, used.get((scope, key)), used.get((scope, caps.standing_key(scope))))
        for scope, key in keys.items()
    )


def _balance(scope: Scope, key: str, caps: Caps, row: Row[Any] | None, standing: Row[Any] | None) -> Balance:
    charged, reserved, extra = (
        (row.charged_micro, row.reserved_micro, row.extra_micro) if row is not None else (0, 0, 0)
    )
    always = caps.base(scope) + (standing.extra_micro if standing is not None else 0)
    return Balance(
        scope=scope, key=key, cap_micro=always + extra, charged_micro=charged, reserved_micro=reserved,
        standing_micro=always,
    )  # fmt: skip


def reserve(tx: Connection, now: int, caps: Caps, wish: Wish, holder: str) -> Reservation | Busy:
    """Set money aside for one call, or say that others must settle first.

    When the worst case does not fit, the output is bounded to the typical length and that is reserved.

    Raises:
        BudgetExceeded: it would not fit even if nobody else had anything reserved.
    """
    price, account = wish.price, wish.account
    typical_tokens = min(wish.typical_output_tokens, wish.max_output_tokens)
    worst = _most(price, wish.input_tokens, wish.max_output_tokens)
    typical = _most(price, wish.input_tokens, typical_tokens)
    lines = balances(
        tx, now, caps, person_id=account.person_id, order_id=account.order_id, purpose=account.purpose
    )  # fmt: skip
    room = min(line.room_micro for line in lines)
    if worst <= room:
        amount, tokens = worst, wish.max_output_tokens
    elif typical <= room:
        amount, tokens = typical, typical_tokens
    else:
        for line in lines:
            if typical > line.cap_micro - line.charged_micro:
                raise _exceeded(line, typical)
        return Busy(scope=next(line.scope for line in lines if typical > line.room_micro))
    reservation = Reservation(id=new_id(now), micro=amount, max_output_tokens=tokens)
    keys = {line.scope: line.key for line in lines}
    tx.execute(LEDGER_INSERT, [_row(reservation.id, now, wish, keys, holder) | {"reserved_micro": amount}])
    _add(tx, keys, reserved=amount)
    return reservation


def _most(price: Price, given: int, taken: int) -> int:
    """The most that so many input and output tokens can cost, whichever way the provider counts the input."""
    return max(
        price.cost(Usage(input_tokens=given, output_tokens=taken)),
        price.cost(Usage(cache_read_tokens=given, output_tokens=taken)),
        price.cost(Usage(cache_write_tokens=given, output_tokens=taken)),
    )


def _exceeded(line: Balance, needed: int) -> BudgetExceeded:
    left = max(0, line.cap_micro - line.charged_micro)
    return BudgetExceeded(
        f"This needs up to {dollars(needed)}, and {dollars(left)} of {dollars(line.cap_micro)} is left of "
        f"{WORDS[line.scope]}.",
        scope=line.scope, needed_micro=needed, left_micro=left, cap_micro=line.cap_micro,
    )  # fmt: skip


def _row(row_id: str, now: int, wish: Wish, keys: dict[Scope, str], holder: str) -> dict[str, object]:
    account = wish.account
    return {
        "id": row_id, "order_id": account.order_id, "attempt_id": account.attempt_id or "",
        "person_id": account.person_id, "employee": account.employee, "tier": account.tier or "",
        "purpose": account.purpose, "provider": wish.ref.provider, "model": wish.ref.model,
        "price": wish.price.to_json(), "state": "reserved", "day": keys[Scope.DAY], "month": keys[Scope.MONTH],
        "holder": holder, "created_at": now,
    }  # fmt: skip


ADD_SPENDING = text(
    "insert into spending (scope, key, charged_micro, reserved_micro) values (:scope, :key, :charged, :reserved) "
    "on conflict (scope, key) do update set charged_micro = spending.charged_micro + excluded.charged_micro, "
    "reserved_micro = spending.reserved_micro + excluded.reserved_micro"
)
ADD_EXTRA = text(
    "insert into spending (scope, key, extra_micro) values (:scope, :key, :extra) "
    "on conflict (scope, key) do update set extra_micro = spending.extra_micro + excluded.extra_micro"
)
"""The same words on SQLite (3.24 and newer) and Postgres."""


def _add(tx: Connection, keys: dict[Scope, str], *, charged: int = 0, reserved: int = 0) -> None:
    rows = [{"scope": scope.value, "key": key, "charged": charged, "reserved": reserved} for scope, key in keys.items()]
    tx.execute(ADD_SPENDING, rows)


WHOSE = (
    ledger.c.order_id, ledger.c.person_id, ledger.c.day, ledger.c.month, ledger.c.purpose, ledger.c.reserved_micro,
)  # fmt: skip
THIS = ledger.c.id == bindparam("row_id")
CHARGE_RESERVED = update(ledger).where(THIS, ledger.c.state == "reserved").returning(*WHOSE)
CHARGE_ORPHANED = update(ledger).where(THIS, ledger.c.outcome == "orphaned").returning(*WHOSE)


def settle(
    tx: Connection, now: int, caps: Caps, reservation_id: str, *, usage: Usage, charged: int, latency_ms: int,
    outcome: str,
) -> tuple[Balance, ...]:  # fmt: skip
    """Charge what a call used and return the rest; doing it twice charges once.

    A reservation that was taken for an orphan is charged all the same when its call comes back: the money is spent.

    Returns:
        The day's and month's caps that crossed the warning line by this charge, for the first time.
    """
    values = {
        "row_id": reservation_id, "state": "charged", "charged_micro": charged, "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens, "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens, "latency_ms": latency_ms, "outcome": outcome,
        "settled_at": now,
    }  # fmt: skip
    row, reserved = tx.execute(CHARGE_RESERVED, values).first(), True
    if row is None:
        row, reserved = tx.execute(CHARGE_ORPHANED, values).first(), False
    if row is None:
        return ()
    keys = _keys_of(row.order_id, row.person_id, row.day, row.month, row.purpose)
    _add(tx, keys, charged=charged, reserved=-row.reserved_micro if reserved else 0)
    return _newly_near(tx, now, caps, keys) if charged else ()


def release(tx: Connection, now: int, reservation_id: str, *, outcome: str, latency_ms: int = 0) -> None:
    """Return a reservation unused (the call was refused or never left)."""
    where = (ledger.c.id == reservation_id) & (ledger.c.state == "reserved")
    row = tx.execute(select(ledger).where(where)).first()
    if row is None:
        return
    values = {"state": "released", "outcome": outcome, "latency_ms": latency_ms, "settled_at": now}
    tx.execute(update(ledger).where(where).values(**values))
    keys = _keys_of(row.order_id, row.person_id, row.day, row.month, row.purpose)
    _add(tx, keys, reserved=-row.reserved_micro)


def free_call(
    tx: Connection, now: int, caps: Caps, wish: Wish, *, usage: Usage, latency_ms: int, outcome: str, holder: str
) -> None:
    """A ledger row for a call that costs nothing (a local model, our own cache): counted, not charged."""
    keys = caps.keys(now, wish.account.person_id, wish.account.order_id, wish.account.purpose)
    values = {
        "state": "charged", "input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens, "cache_write_tokens": usage.cache_write_tokens,
        "latency_ms": latency_ms, "outcome": outcome, "settled_at": now,
    }  # fmt: skip
    tx.execute(LEDGER_INSERT, [_row(new_id(now), now, wish, keys, holder) | values])


def count_in(tx: Connection, row: Mapping[str, Any]) -> None:
    """Add a ledger row that was written elsewhere (the stand-in) to the running sums."""
    keys = _keys_of(row["order_id"], row["person_id"], row["day"], row["month"], row["purpose"])
    reserved = row["reserved_micro"] if row["state"] == "reserved" else 0
    _add(tx, keys, charged=row["charged_micro"] if row["state"] == "charged" else 0, reserved=reserved)


def orphans(
    tx: Connection, now: int, holder: str, *, lease_ms: int = LONGEST_CALL_MS
) -> Sequence[Row[tuple[object, ...]]]:
    """Reservations whose process is gone: earlier runs of this instance, and others after `lease_ms`."""
    rows = tx.execute(select(ledger).where(ledger.c.state == "reserved", ledger.c.holder != holder)).all()
    instance = holder.partition("/")[0]
    return [r for r in rows if r.holder.partition("/")[0] == instance or r.created_at + lease_ms < now]


def return_orphans(tx: Connection, now: int, holder: str, *, lease_ms: int = LONGEST_CALL_MS) -> int:
    """Return the reservations of `orphans`.

    What the provider did meanwhile is not known; `/cost` shows the sum as in doubt. Returns how many there were.
    """
    gone = orphans(tx, now, holder, lease_ms=lease_ms)
    for row in gone:
        release(tx, now, row.id, outcome="orphaned")
        audit.record(
            tx, now, "budget", "reservation.returned", order_id=row.order_id or "", micro=row.reserved_micro,
            model=f"{row.provider}/{row.model}",
        )  # fmt: skip
    return len(gone)


def count_raise(tx: Connection, row: Mapping[str, Any]) -> None:
    """Add a raise to the running sums."""
    values = {"scope": str(row["scope"]), "key": row["key"], "extra": row["extra_micro"]}
    tx.execute(ADD_EXTRA, values)


def raise_cap(tx: Connection, now: int, scope: Scope, key: str, extra_micro: int, *, by: str) -> None:
    """The Board adds money to one cap (of this order, this day, this month)."""
    row = {
        "id": new_id(now), "scope": scope, "key": key, "extra_micro": extra_micro, "by_person": by, "created_at": now,
    }  # fmt: skip
    tx.execute(insert(cap_raises), [row])
    count_raise(tx, row)
    audit.record(tx, now, by, "cap.raised", scope=scope, key=key, micro=extra_micro)


def cap_of(tx: Connection, caps: Caps, scope: Scope) -> int:
    """A cap as it stands for every day or month, micro-dollars: of the settings, or as the Board set it since."""
    row = tx.execute(
        select(spending.c.extra_micro).where(spending.c.scope == scope, spending.c.key == caps.standing_key(scope))
    ).first()
    return caps.base(scope) + (row.extra_micro if row is not None else 0)


def set_cap(tx: Connection, now: int, caps: Caps, scope: Scope, cap_micro: int, *, by: str) -> None:
    """The Board sets a cap for every day or month from now on; below what is used, nothing more is spent.

    Kept as a raise by the difference, so that it takes part in whatever raises take part in (the stand-in). What was
    added to this one day or month stays added.
    """
    before = cap_of(tx, caps, scope)
    if cap_micro == before:
        return
    row = {
        "id": new_id(now), "scope": scope, "key": caps.standing_key(scope), "extra_micro": cap_micro - before,
        "by_person": by, "created_at": now,
    }  # fmt: skip
    tx.execute(insert(cap_raises), [row])
    count_raise(tx, row)
    audit.record(tx, now, by, "cap.set", scope=scope, micro=cap_micro, before=before)


def overdrawn(tx: Connection, caps: Caps, scope: Scope, key: str) -> tuple[int, int]:
    """A cap as it stands, and what was charged beyond it (when the Board lowered it below that), micro-dollars."""
    line = _balances(tx, caps, {scope: key})[0]
    return line.standing_micro, max(0, line.charged_micro - line.cap_micro)


def charged_for(tx: Connection, order_id: str) -> int:
    """What an order has cost so far, the judge of its answers included, micro-dollars."""
    return (tx.scalar(CHARGED_FOR, {"order": order_id}) or 0) + int(tx.scalar(JUDGED_FOR, {"order": order_id}) or 0)


def typical_output(tx: Connection, employee: str, model: str) -> int:
    """The 95th percentile of the last 200 answers' lengths of this employee on this model, tokens."""
    query = (
        select(ledger.c.output_tokens)
        .where(ledger.c.employee == employee, ledger.c.model == model, ledger.c.outcome == "ok")
        .order_by(ledger.c.id.desc())
        .limit(200)
    )
    lengths: list[int] = sorted(tx.scalars(query))
    if len(lengths) < 20:
        return TYPICAL_OUTPUT_TOKENS
    return max(64, lengths[int(0.95 * (len(lengths) - 1))])


def _keys_of(order_id: str | None, person_id: str, day: str, month: str, purpose: str) -> dict[Scope, str]:
    keys = {Scope.PERSON: f"{day}/{person_id}", Scope.DAY: day, Scope.MONTH: month}
    if purpose == Purpose.QA:
        return {Scope.QA: day, **keys}
    return {Scope.ORDER: order_id, **keys} if order_id else keys


def _newly_near(tx: Connection, now: int, caps: Caps, keys: Mapping[Scope, str]) -> tuple[Balance, ...]:
    near = []
    for line in _balances(tx, caps, {scope: keys[scope] for scope in (Scope.DAY, Scope.MONTH)}):
        if line.charged_micro >= line.cap_micro * caps.settings.warn_at:
            where = (cap_warnings.c.scope == line.scope) & (cap_warnings.c.key == line.key)
            if tx.execute(select(cap_warnings.c.key).where(where)).first() is None:
                tx.execute(insert(cap_warnings), [{"scope": line.scope, "key": line.key, "created_at": now}])
                audit.record(
                    tx, now, "budget", "cap.near", scope=line.scope, key=line.key, charged=line.charged_micro,
                    cap=line.cap_micro,
                )  # fmt: skip
                near.append(line)
    return tuple(near)
