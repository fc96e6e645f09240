"""Migrations: all of them together make the schema; each is all or nothing, through SIGKILL too."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect, select, text

from company import schema
from company.books import PostgresBooks, SqliteBooks, bring_up_to_date
from company.errors import BooksError
from company.migrate import MIGRATIONS, upgrade
from tests.conftest import AUDIT_KEY

ROOT = Path(__file__).parents[3]


def shape(connection: Connection) -> dict[str, Any]:
    """What the database itself says of every table, in a form that compares."""
    looked = inspect(connection)
    return {
        table: {
            "columns": sorted(
                (c["name"], str(c["type"]), c["nullable"], str(c["default"])) for c in looked.get_columns(table)
            ),
            "key": (looked.get_pk_constraint(table)["name"], looked.get_pk_constraint(table)["constrained_columns"]),
            "unique": sorted((str(u["name"]), u["column_names"]) for u in looked.get_unique_constraints(table)),
            "foreign": sorted(
                (str(f["name"]), f["constrained_columns"], f["referred_table"]) for f in looked.get_foreign_keys(table)
            ),
            "checks": sorted((str(c["name"]), c["sqltext"]) for c in looked.get_check_constraints(table)),
            "indexes": sorted((str(i["name"]), i["column_names"], i["unique"]) for i in looked.get_indexes(table)),
        }
        for table in sorted(looked.get_table_names())
    }


@contextmanager
def in_memory() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def created() -> dict[str, Any]:
    with in_memory() as connection:
        schema.metadata.create_all(connection)
        return shape(connection)


def test_the_migrations_make_the_schema_on_sqlite() -> None:
    """When this fails after a change of company/schema.py: raise VERSION and run `make migration NAME="..."`."""
    with in_memory() as connection:
        upgrade(connection, 0)
        migrated = shape(connection)
    assert migrated == created()
    assert set(migrated) == set(schema.metadata.tables)
    assert all(migrated[table]["columns"] for table in migrated)


@pytest.mark.postgres
async def test_the_migrations_make_the_schema_on_postgres(postgres_books: PostgresBooks, postgres_url: str) -> None:
    made = await postgres_books.read(shape)

    def migrate_beside(tx: Connection) -> dict[str, Any]:
        tx.execute(text("create schema nexus_test_beside"))
        tx.execute(text("set local search_path to nexus_test_beside"))
        upgrade(tx, 0)
        found = shape(tx)
        tx.rollback()
        return found

    async with postgres_books._opened.connect() as connection:
        migrated = await connection.run_sync(migrate_beside)
    assert migrated == made


def test_there_is_one_migration_for_each_version() -> None:
    found = sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("*.py"))
    assert found == [f"{n:04d}" for n in range(1, schema.VERSION + 1)]


def written(folder: Path, body: str) -> Path:
    """A migrations folder that holds ours and one more, number VERSION + 1."""
    versions = folder / "versions"
    versions.mkdir(parents=True)
    for path in (MIGRATIONS / "versions").glob("*.py"):
        (versions / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    number = schema.VERSION + 1
    (versions / f"{number:04d}_next.py").write_text(
        f'"""Next."""\nimport os, signal\nimport sqlalchemy as sa\nfrom alembic import op\n'
        f'revision = "{number:04d}"\ndown_revision = "{schema.VERSION:04d}"\ndef upgrade():\n    ' + body + "\n",
        encoding="utf-8",
    )
    return folder


GROW = """op.create_table("extra", sa.Column("id", sa.Text, primary_key=True))
    op.add_column("people", sa.Column("nick", sa.Text))"""


async def test_a_migration_adds_and_the_rest_stays(any_books: SqliteBooks | PostgresBooks, tmp_path: Path) -> None:
    folder = written(tmp_path / "migrations", GROW)

    def before(tx: Connection) -> None:
        tx.execute(text("insert into people (id, name, role, created_at) values ('p', 'Ada', 'board', 1)"))

    def look(tx: Connection) -> tuple[Any, ...]:
        row = tx.execute(text("select id, name, nick from people")).one()
        version = tx.scalar(select(schema.about.c.value).where(schema.about.c.name == "schema_version"))
        return (*row, version, "extra" in inspect(tx).get_table_names())

    await any_books.write(before)
    await any_books.write(lambda tx: upgrade(tx, schema.VERSION, to_version=schema.VERSION + 1, folder=folder))
    assert await any_books.read(look) == ("p", "Ada", None, str(schema.VERSION + 1), True)


async def test_a_migration_that_fails_leaves_nothing(any_books: SqliteBooks | PostgresBooks, tmp_path: Path) -> None:
    folder = written(tmp_path / "migrations", GROW + '\n    raise RuntimeError("half way")')
    before = await any_books.read(shape)
    with pytest.raises(RuntimeError, match="half way"):
        await any_books.write(lambda tx: upgrade(tx, schema.VERSION, to_version=schema.VERSION + 1, folder=folder))
    assert await any_books.read(shape) == before


async def test_a_missing_migration_is_one_sentence(books: SqliteBooks) -> None:
    with pytest.raises(BooksError, match=rf"migration {schema.VERSION + 1:04d} is missing .* Nothing was changed"):
        await books.write(lambda tx: upgrade(tx, schema.VERSION, to_version=schema.VERSION + 1))


def test_a_migration_that_would_break_references_is_taken_back(tmp_path: Path) -> None:
    """With foreign keys off, as the books set them while they migrate."""
    folder = written(tmp_path / "m", "op.execute(\"insert into identities values ('web', 'x', 'nobody', 1)\")")
    engine = create_engine(f"sqlite:///{tmp_path / 'nexus.db'}")
    with engine.begin() as connection:
        upgrade(connection, 0)
    with pytest.raises(BooksError, match="1 rows of 'identities' would point nowhere"), engine.begin() as connection:
        upgrade(connection, schema.VERSION, to_version=schema.VERSION + 1, folder=folder)
    with engine.begin() as connection:
        assert connection.exec_driver_sql("select count(*) from identities").scalar_one() == 0
    engine.dispose()


KILLED = """
import sys
from pathlib import Path
from sqlalchemy import create_engine, event
from company import schema
from company.books import bring_up_to_date
from company.migrate import upgrade
import os, signal, asyncio
from company.books import SqliteBooks

books = SqliteBooks(Path(sys.argv[1]), audit_key=b"k")
after = int(sys.argv[2])
folder = sys.argv[3]
seen = 0

def die(*_):
    global seen
    seen += 1
    if seen > after:
        os.kill(os.getpid(), signal.SIGKILL)

engine = books._engine(writing=True)
event.listen(engine, "after_cursor_execute", die)
with engine.connect() as connection, connection.begin():
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    if folder == "-":
        bring_up_to_date(connection)
    else:
        upgrade(connection, schema.VERSION, to_version=schema.VERSION + 1, folder=Path(folder))
"""


def killed_after(statements: int, path: Path, folder: Path | str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(statements), str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == -signal.SIGKILL, ran.stderr


@pytest.mark.kills
@pytest.mark.parametrize("statements", [5, 20, 45])
async def test_a_killed_creation_is_begun_afresh(tmp_path: Path, statements: int) -> None:
    path = tmp_path / "nexus.db"
    await asyncio.to_thread(killed_after, statements, path, "-")
    books = SqliteBooks(path, audit_key=AUDIT_KEY)
    await books.open()
    assert await books.read(shape) == created()
    await books.close()


@pytest.mark.kills
@pytest.mark.parametrize("statements", [1, 2, 3])
async def test_a_killed_migration_leaves_the_older_books(books: SqliteBooks, tmp_path: Path, statements: int) -> None:
    folder = written(tmp_path / "migrations", GROW + '\n    op.execute("select 1")\n    op.execute("select 2")')
    await books.close()
    await asyncio.to_thread(killed_after, statements, books.path, folder)
    again = SqliteBooks(books.path, audit_key=AUDIT_KEY)
    await again.open()
    assert await again.read(shape) == created()
    await again.close()


def test_books_without_a_version_count_as_older(tmp_path: Path) -> None:
    """`bring_up_to_date` calls the migrations, and names the one that can't fit rather than going on."""
    engine = create_engine(f"sqlite:///{tmp_path / 'nexus.db'}")
    with engine.begin() as connection:
        schema.metadata.create_all(connection)
    with engine.connect() as connection, pytest.raises(Exception, match="already exists"):
        bring_up_to_date(connection)
    engine.dispose()
    with sqlite3.connect(tmp_path / "nexus.db") as raw:
        assert raw.execute("select count(*) from about").fetchone() == (0,)
    raw.close()
