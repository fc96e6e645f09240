"""company/org_chart.py: versions of employees and prices; an unknown price is never free."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import Connection, func, select

from company import org_chart
from company.books import Books, SqliteBooks
from company.config import BudgetSettings, EmployeeSettings, PriceSettings, Settings
from company.errors import PriceUnknown
from company.records import ModelRef, Tier
from company.schema import employees, prices

SETTINGS = Settings()


def versions(tx: Connection) -> tuple[int, int]:
    return (
        tx.scalar(select(func.count()).select_from(employees)) or 0,
        tx.scalar(select(func.count()).select_from(prices)) or 0,
    )


async def test_seeds_are_taken_in_once(any_books: Books) -> None:
    await any_books.write(org_chart.take_in, 1, SETTINGS)
    first = await any_books.read(versions)
    assert first == (len(SETTINGS.employees), len(SETTINGS.prices))
    await any_books.write(org_chart.take_in, 2, SETTINGS)
    assert await any_books.read(versions) == first
    roster = await any_books.read(org_chart.roster)
    assert [employee.tier for employee in roster.values()] == list(Tier)


async def test_what_the_board_changed_stays_until_the_seed_changes(books: SqliteBooks) -> None:
    def write(tx: Connection) -> None:
        org_chart.take_in(tx, 1, SETTINGS)
        changed = org_chart.change(tx, 2, "intern", "ada", models=["ollama/small"])
        assert (changed.version, str(changed.models[0])) == (2, "ollama/small")
        org_chart.take_in(tx, 3, SETTINGS)
        assert org_chart.roster(tx)["intern"] == changed
        seed = EmployeeSettings(title="Intern", tier=Tier.INTERN, model="ollama/other")
        other = SETTINGS.model_copy(update={"employees": {**SETTINGS.employees, "intern": seed}})
        org_chart.take_in(tx, 4, other)
        assert str(org_chart.roster(tx)["intern"].models[0]) == "ollama/other"
        with pytest.raises(KeyError):
            org_chart.change(tx, 5, "nobody", "ada")

    await books.write(write)


async def test_prices_are_versions_with_stated_defaults(books: SqliteBooks) -> None:
    def write(tx: Connection) -> None:
        ref = ModelRef(provider="p", model="m")
        seed = PriceSettings(input=Decimal("2"), output=Decimal("10"))
        org_chart.take_in(tx, 1, Settings(prices={"p/m": seed}))
        price = org_chart.price_of(tx, ref, BudgetSettings())
        assert (price.input, price.cache_read, price.cache_write) == (Decimal(2), Decimal(2), Decimal("2.5"))
        org_chart.take_in(tx, 2, Settings(prices={"p/m": PriceSettings(input=Decimal(1), output=Decimal(5))}))
        assert org_chart.price_of(tx, ref, BudgetSettings()).output == 5
        assert versions(tx)[1] == 2

    await books.write(write)


async def test_an_unknown_price_is_refused_or_counted_at_the_worst(books: SqliteBooks) -> None:
    def read(tx: Connection) -> None:
        ref = ModelRef(provider="new", model="thing")
        with pytest.raises(PriceUnknown, match=r'\[prices."new/thing"\]'):
            org_chart.price_of(tx, ref, BudgetSettings())
        worst = org_chart.price_of(tx, ref, BudgetSettings(unknown_price="worst-case"))
        assert (worst.input, worst.cache_read, worst.output) == (15, 15, 75)
        assert org_chart.price_of(tx, ModelRef(provider="ollama", model="x"), BudgetSettings()).free

    await books.read(read)
