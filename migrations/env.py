"""Used when a migration is written (`make migration NAME="..."`), never when one is run: see `company/migrate.py`.

Alembic compares `company/schema.py` with an empty SQLite database in memory to which every migration so far was
applied, and writes the difference as the next numbered file.
"""

from __future__ import annotations

from typing import Any

from alembic import context
from alembic.migration import MigrationContext
from alembic.operations import MigrationScript
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from company import schema
from company.migrate import upgrade


def _number(_context: MigrationContext, _revision: object, directives: list[MigrationScript]) -> None:
    scripts = ScriptDirectory.from_config(context.config)
    directives[0].rev_id = f"{len(list(scripts.walk_revisions())) + 1:04d}"


def _write() -> None:
    scripts = ScriptDirectory.from_config(context.config)
    known = len(list(scripts.walk_revisions()))
    with create_engine("sqlite://").connect() as connection:
        if known:
            upgrade(connection, 0, to_version=known)
        options: dict[str, Any] = {"target_metadata": schema.metadata, "compare_server_default": True}
        if known:
            MigrationContext.configure(connection).stamp(scripts, "head")
        connection.commit()
        context.configure(connection, render_as_batch=True, process_revision_directives=_number, **options)
        with context.begin_transaction():
            context.run_migrations()


_write()
