"""A copy of the books while they are written: SQLite's online backup, or what `pg_dump` writes of a database."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from company.errors import BackupError
from company.secrets import Secret

DUMPED = "-- PostgreSQL database dump complete"
SAYS = 300


def copy_sqlite(source: Path, target: Path) -> None:
    """A consistent copy of the database at one moment, in one file of mode 0600; writers go on. Blocking.

    One step of the backup API (sqlite.org/backup.html) is one read transaction. Pages keep their places, unlike with
    VACUUM INTO, so that the parts of an unchanged page are the same ones in the next backup.

    Raises:
        BackupError: it can't be read, or there is no room for the copy.
    """
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        reading = sqlite3.connect(source, timeout=30.0)
        writing = sqlite3.connect(target)
        try:
            reading.execute("PRAGMA query_only=ON")
            reading.backup(writing)
            writing.execute("PRAGMA journal_mode=DELETE")  # one file, whole by itself
        finally:
            writing.close()
            reading.close()
    except (sqlite3.Error, OSError) as error:
        raise BackupError(
            f"The books {source} can't be copied ({error}); `./nexus doctor` says what is wrong."
        ) from None


async def dump_postgres(url: Secret, target: Path, *, schema_name: str = "") -> None:
    """The database as SQL, of one moment (`pg_dump` reads one snapshot); the password goes by the environment.

    Raises:
        BackupError: `pg_dump` is not installed, or what it said.
    """
    program = await asyncio.to_thread(shutil.which, "pg_dump")
    if program is None:
        raise BackupError(
            "The books are on Postgres and pg_dump is not installed here; install PostgreSQL's client programs, or "
            "back the server up by its own means. Nothing was kept."
        )
    try:
        place = make_url(url.reveal())
    except ArgumentError:
        raise BackupError("The secret database_url is no Postgres URL; `./nexus doctor` says more.") from None
    given = {
        "PGHOST": place.host, "PGPORT": str(place.port or 5432), "PGUSER": place.username, "PGPASSWORD": place.password,
        "PGDATABASE": place.database, "PGSSLMODE": place.query.get("sslmode"), "PGCONNECT_TIMEOUT": "10",
        "PATH": os.defpath, "LC_ALL": "C.UTF-8",
    }  # fmt: skip
    child = await asyncio.create_subprocess_exec(
        program, "--format=plain", "--no-owner", "--no-privileges", "--no-password", f"--file={target}",
        *([f"--schema={schema_name}"] if schema_name else []),
        env={name: str(value) for name, value in given.items() if value},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        _, said = await child.communicate()
    except BaseException:
        child.kill()
        await child.wait()
        raise
    if child.returncode:
        words = " ".join(said.decode(errors="replace").split())[:SAYS]
        raise BackupError(f"pg_dump could not copy the books: {words or child.returncode}. Nothing was kept.")
