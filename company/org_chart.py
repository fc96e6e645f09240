"""The org chart and the payroll as versioned rows: a change is a new version, in force from the next order on.

Owner of employees and prices. The settings are seeds: when a seed differs from the last one that was taken in, it
becomes a new version; what the Board changed in the meantime stays until the seed itself changes.
"""

from __future__ import annotations

import json
from decimal import Decimal

from sqlalchemy import Connection, bindparam, func, insert, select

from company import audit
from company.audit import Entry
from company.books import to_json
from company.budget import FREE, Price
from company.config import BudgetSettings, EmployeeSettings, PriceSettings, Settings, model_ref
from company.errors import PriceUnknown
from company.records import Employee, Json, ModelRef, Tier
from company.schema import employees, prices

FREE_PROVIDERS = frozenset({"ollama"})
PRICE = select(prices.c.data).where(prices.c.model == bindparam("ref")).order_by(prices.c.version.desc()).limit(1)


class OrgChart:
    """The org chart as it stands, in memory; `refresh` it in any transaction after a change."""

    def __init__(self) -> None:
        self._current: dict[str, Employee] = {}

    def current(self) -> dict[str, Employee]:
        """The newest version of each employee, by name."""
        return self._current

    def refresh(self, tx: Connection, entry: Entry | None = None) -> None:
        """Read it anew; also what the feed calls for each fact "employee.changed"."""
        self._current = roster(tx)


def take_in(tx: Connection, now: int, settings: Settings) -> None:
    """Bring the seeds of the settings into the books, each as a new version if it changed."""
    for name, seed in settings.employees.items():
        _take_in_employee(tx, now, name, seed)
    for model, price in settings.prices.items():
        _take_in_price(tx, now, model, price)


def _take_in_employee(tx: Connection, now: int, name: str, seed: EmployeeSettings) -> None:
    values = {
        "title": seed.title, "tier": seed.tier, "models": [m for m in (seed.model, *seed.fallbacks) if m],
        "prompt": seed.prompt, "max_output_tokens": seed.max_output_tokens, "timeout_s": seed.timeout_s,
        "tools": list(seed.tools),
    }  # fmt: skip
    data = to_json(values)
    last = tx.execute(
        select(employees.c.data)
        .where(employees.c.name == name, employees.c.origin == "settings")
        .order_by(employees.c.version.desc())
        .limit(1)
    ).first()
    if last is None or last.data != data:
        _write_employee(tx, now, name, data, origin="settings")


def change(tx: Connection, now: int, name: str, by: str, **values: object) -> Employee:
    """A new version of one employee with some fields changed; raises KeyError for an unknown name."""
    current = roster(tx)[name]
    data: Json = {
        "title": current.title, "tier": current.tier, "models": [str(m) for m in current.models],
        "prompt": current.prompt, "max_output_tokens": current.max_output_tokens, "timeout_s": current.timeout_s,
        "tools": list(current.tools),
    }  # fmt: skip
    _write_employee(tx, now, name, to_json(data | values), origin=by)
    return roster(tx)[name]


def _write_employee(tx: Connection, now: int, name: str, data: str, *, origin: str) -> None:
    version = (tx.scalar(select(func.max(employees.c.version)).where(employees.c.name == name)) or 0) + 1
    row = {"name": name, "version": version, "data": data, "origin": origin, "created_at": now}
    tx.execute(insert(employees), [row])
    audit.record(tx, now, origin, "employee.changed", name=name, version=version)


def roster(tx: Connection) -> dict[str, Employee]:
    """The newest version of each employee, by name, cheapest tier first."""
    newest: dict[str, Employee] = {}
    for row in tx.execute(select(employees).order_by(employees.c.version)):
        data = json.loads(row.data)
        newest[row.name] = Employee(
            name=row.name, title=data["title"], tier=Tier(data["tier"]),
            models=tuple(model_ref(text) for text in data["models"]), prompt=data["prompt"],
            max_output_tokens=data["max_output_tokens"], timeout_s=data["timeout_s"], tools=tuple(data["tools"]),
            version=row.version,
        )  # fmt: skip
    order = list(Tier)
    return dict(sorted(newest.items(), key=lambda item: (order.index(item[1].tier), item[0])))


def _take_in_price(tx: Connection, now: int, model: str, seed: PriceSettings) -> None:
    cache_read = seed.input if seed.cache_read is None else seed.cache_read
    cache_write = seed.input * Decimal("1.25") if seed.cache_write is None else seed.cache_write
    data = Price(
        input=seed.input,
        output=seed.output,
        cache_read=cache_read,
        cache_write=cache_write,
        long_prompt_tokens=seed.long_prompt_tokens,
        long_prompt_factor=seed.long_prompt_factor,
        as_of=seed.as_of,
    ).to_json()
    last = tx.execute(
        select(prices.c.data, prices.c.version)
        .where(prices.c.model == model)
        .order_by(prices.c.version.desc())
        .limit(1)
    ).first()
    if last is None or last.data != data:
        version = last.version + 1 if last else 1
        tx.execute(insert(prices), [{"model": model, "version": version, "data": data, "created_at": now}])
        audit.record(tx, now, "settings", "price.changed", model=model, version=version)


def _price(data: Json) -> Price:
    rates = {name: Decimal(data[name]) for name in ("input", "output", "cache_read", "cache_write")}
    return Price(
        **rates, long_prompt_tokens=int(data["long_prompt_tokens"]), as_of=data["as_of"],
        long_prompt_factor=Decimal(data["long_prompt_factor"]),
    )  # fmt: skip


def price_of(tx: Connection, ref: ModelRef, settings: BudgetSettings) -> Price:
    """The price of a model, newest version.

    Raises:
        PriceUnknown: there is none and the settings say to refuse; the sentence names the setting.
    """
    if ref.provider in FREE_PROVIDERS:
        return FREE
    row = tx.execute(PRICE, {"ref": str(ref)}).first()
    if row is not None:
        return _price(json.loads(row.data))
    if settings.unknown_price == "refuse":
        raise PriceUnknown(
            f'No price is known for {ref}, so it is not used. Add [prices."{ref}"] with input and output (dollars per '
            f'million tokens) to config.local.toml, or set [budget] unknown_price = "worst-case".'
        )
    worst_in, worst_out = settings.worst_case_input, settings.worst_case_output
    return Price(input=worst_in, output=worst_out, cache_read=worst_in, cache_write=worst_in, as_of="worst case")
