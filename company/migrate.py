"""Brings older books up to this version's schema. The only importer of Alembic (1 s: loaded only when it has work).

The version of the books is the number in `about.schema_version`; migration n is `migrations/versions/000n_*.py` and
leads from n-1 to n. All that lie between run in the caller's transaction: a migration that fails or is killed leaves
nothing. They read files and block their thread: they run while the books open, before any door does.
How a new one is written: CONTRIBUTING.md, "A change of the schema".
"""

from __future__ import annotations

from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, update

from company import schema
from company.errors import BooksError

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def upgrade(
    connection: Connection, from_version: int, *, to_version: int = schema.VERSION, folder: Path = MIGRATIONS
) -> None:
    """Run the migrations from `from_version` (0: an empty database) to `to_version`.

    Args:
        connection: inside a transaction, which the caller commits. On SQLite its foreign keys must have been off before
            the transaction began (sqlite.org/lang_altertable.html section 7); they are checked here at the end.
        from_version: the version that the books have.
        to_version: the version to reach.
        folder: where `versions/` lies.

    Raises:
        BooksError: a migration is missing, or the books don't fit the new schema.
    """
    scripts = ScriptDirectory(str(folder))
    context = MigrationContext.configure(connection, opts={"target_metadata": schema.metadata})
    with Operations.context(context):
        for version in range(from_version + 1, to_version + 1):
            try:
                script = scripts.get_revision(f"{version:04d}")
            except CommandError:
                raise BooksError(
                    f"The migration {version:04d} is missing from {folder}; fetch a whole copy of NEXUS. "
                    "Nothing was changed."
                ) from None
            script.module.upgrade()
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise BooksError(
                f"{len(broken)} rows of '{broken[0][0]}' would point nowhere after the migration; restore a backup or "
                "ask for help with this sentence. Nothing was changed."
            )
    about = schema.about
    written = connection.execute(update(about).where(about.c.name == "schema_version").values(value=str(to_version)))
    if not written.rowcount:
        connection.execute(about.insert(), [{"name": "schema_version", "value": str(to_version)}])
