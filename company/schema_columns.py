"""What the tables of the books are made of."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Column, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def one_of(column: str, kind: type[StrEnum]) -> CheckConstraint:
    """The column holds a value of a closed set."""
    values = ", ".join(f"'{member.value}'" for member in kind)
    return CheckConstraint(f"{column} in ({values})", name=f"{column}_known")


def text(name: str, *, default: str | None = "", **options: object) -> Column[str]:
    """A text; `default` None: it must be given."""
    return Column(name, Text, nullable=False, server_default=default, **options)  # type: ignore[arg-type]


def integer(name: str, *, default: str | None = "0") -> Column[int]:
    """A whole number."""
    return Column(name, BigInteger, nullable=False, server_default=default)


def at(name: str, *, nullable: bool = False) -> Column[int]:
    """A moment, ms since 1970."""
    return Column(name, BigInteger, nullable=nullable)
