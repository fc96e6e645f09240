"""Opens the books for whoever needs them: the running company, and the commands that need no more than the books.

The first start makes the data folder and the key of the audit chain.
"""

from __future__ import annotations

import asyncio
import os
import secrets as randomness
from pathlib import Path

from sqlalchemy import Connection

from company import audit, org_chart, people
from company.books import Books
from company.clock import Clock
from company.config import Settings
from company.errors import BooksError, SecretError
from company.records import Desk, Role
from company.secrets import Secret, Secrets
from company.stand_in import FILE as STAND_IN
from company.stand_in import open_books


def take_in(tx: Connection, now: int, settings: Settings, chart: org_chart.OrgChart) -> None:
    """The seeds of the settings, and an owner for whoever runs this process: no owner, no service."""
    org_chart.take_in(tx, now, settings)
    chart.refresh(tx)
    uid = str(os.getuid())
    if people.find(tx, Desk.CONSOLE, uid) is None:
        owner = people.board(tx) or people.add(
            tx, now, name="Board", role=Role.BOARD, language=settings.company.language, by="company"
        )
        people.identify(tx, now, owner, Desk.CONSOLE, uid)


async def open_the_books(
    settings: Settings, data_dir: Path, secrets: Secrets, clock: Clock, *, schema_name: str = ""
) -> tuple[Books, str]:
    """The books with the key of their record, open, and a warning for people. The first start makes folder and key.

    Raises:
        BooksError, SecretError: one sentence; no key is kept for books that were written with another.
    """
    key, url, made = await asyncio.to_thread(_books_secrets, settings, data_dir, secrets)
    try:
        books, warning = await open_books(settings.database, url, data_dir, key, clock, schema_name=schema_name)
    except SecretError:
        if made:
            await asyncio.to_thread(secrets.withdraw, "audit_key")
        raise
    try:
        if not await books.read(audit.knows_its_key):
            await books.write(audit.adopt_key)
    except BaseException:
        await books.close()
        raise
    return books, warning


def _books_secrets(settings: Settings, data_dir: Path, secrets: Secrets) -> tuple[bytes, Secret | None, bool]:
    """The key of the audit chain, the URL of Postgres, and whether the key was made just now. Blocking."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BooksError(
            f"The data folder {data_dir} can't be written ({error.strerror}); give this user the right to write there, "
            "or set [company] data_dir to another folder."
        ) from None
    url, kept = secrets.get("database_url"), secrets.get("audit_key")
    if kept is not None:
        return kept.reveal().encode(), url, False
    there = (path for name in (settings.database.sqlite_path, STAND_IN) if (path := data_dir / name).exists())
    if books := next(there, None):
        raise SecretError(
            f"The key of the audit chain is missing, but {books} was written with it; put the file audit_key back "
            f"into {data_dir / 'secrets'} from your backup, or set AUDIT_KEY; a new key could not verify them."
        )
    secrets.store("audit_key", randomness.token_hex(32))  # before there are books: they must never be without it
    return secrets.need("audit_key", "The audit chain").reveal().encode(), url, True
