"""Checks a backup without restoring it, and restores one into a folder of its own."""

from __future__ import annotations

import asyncio
import os
import secrets as randomness
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from company import audit
from company.backups.copying import DUMPED
from company.backups.making import Backups
from company.backups.manifest import Kept, Manifest, What
from company.books import SqliteBooks
from company.errors import BackupError, BooksError, ObjectLost
from company.schema import orders
from company.secrets import Secret

OF_SQLITE = (What.BOOKS, What.STAND_IN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found in a backup: each problem is one sentence; `notes` are what could not be looked at, and why."""

    objects: int
    orders: int | None
    entries: int | None
    problems: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Where it lies, how many files, and what is left for a person to do."""

    folder: Path
    files: int
    orders: int | None
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Books:
    """What a copy of the books is like when it is opened."""

    orders: int
    fits: bool
    verification: audit.Verification | None


async def check(
    backups: Backups,
    manifest: Manifest,
    key: Secret | None,
    tell: Callable[[int, int], None] | None = None,
    *,
    books_only: bool = False,
) -> Checked:
    """Read and hash every object, or those of the books; open their copy, check it whole, walk its record with `key`.

    Raises:
        BackupsBusy: another process makes, checks or restores one.
        ObjectsError: the place of the backups can't be reached.
    """
    problems, notes, done, seen = list[str](), list[str](), 0, set[str]()
    counted = verified = None
    files = [one for one in manifest.files if not books_only or one.what in (*OF_SQLITE, What.DUMP)]
    async with backups.alone() as aside:
        for number, file in enumerate(files):
            place = aside / str(number) if file.what in (*OF_SQLITE, What.DUMP) else None
            try:
                await _fetch(backups, file, place)
            except ObjectLost as lost:
                problems.append(f"{file.path}: {lost}")
            else:
                if place is not None and file.what is What.DUMP:
                    problems += await asyncio.to_thread(_unfinished, place)
                    notes.append("The record in the copy of a Postgres database is walked once it is restored.")
                elif place is not None:
                    looked, wrong, noted = await _opened(place, key)
                    problems, notes = [*problems, *wrong], [*notes, *noted]
                    if looked is not None and file.what is What.BOOKS:
                        counted = looked.orders
                        verified = looked.verification.entries if looked.verification else None
            seen |= set(file.parts)
            done += file.size
            if tell is not None:
                tell(done, manifest.size)
    return Checked(
        objects=len(seen), orders=counted, entries=verified, problems=tuple(problems), notes=tuple(notes)
    )  # fmt: skip


async def restore(
    backups: Backups, manifest: Manifest, into: Path, key: Secret | None,
    tell: Callable[[int, int], None] | None = None,
) -> Restored:  # fmt: skip
    """The backup as a data folder at `into`, which must be empty or not there; whole or not at all.

    The key of the record is put there when the backup has it, or when `key` is the one the books were written with.

    Raises:
        BackupError: there is something at `into`, it can't be written, or the backup is damaged.
        ObjectsError: the place of the backups can't be reached.
    """
    async with backups.alone():
        fresh = await asyncio.to_thread(_prepared, into)
        try:
            counted, left = await _fill(backups, manifest, fresh, into, key, tell)
            await asyncio.to_thread(_put_in_place, fresh, into)
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)
            raise
    return Restored(folder=into, files=len(manifest.files), orders=counted, left=tuple(left))


async def _fill(
    backups: Backups, manifest: Manifest, fresh: Path, into: Path, key: Secret | None,
    tell: Callable[[int, int], None] | None,
) -> tuple[int | None, list[str]]:  # fmt: skip
    """Every file below `fresh`; how many orders there are in the books, and what is left to do."""
    done = 0
    for file in manifest.files:
        try:
            await _fetch(backups, file, fresh / file.path)
        except (ObjectLost, OSError) as fault:
            said = fault if isinstance(fault, ObjectLost) else fault.strerror
            raise BackupError(
                f"{file.path} can't be restored: {said} Nothing was written to {into}; take an earlier backup."
            ) from None
        done += file.size
        if tell is not None:
            tell(done, manifest.size)
    return await _finish(manifest, fresh, into, key)


async def _finish(manifest: Manifest, fresh: Path, into: Path, key: Secret | None) -> tuple[int | None, list[str]]:
    """The key of the record where it belongs, and what a person has to do yet."""
    left: list[str] = []
    counted, has_key = None, any(file.what is What.KEY for file in manifest.files)
    books = next((file for file in manifest.files if file.what is What.BOOKS), None)
    if books is not None:
        looked, wrong, _ = await _opened(fresh / books.path, key)
        if looked is None:
            raise BackupError(f"{wrong[0]} Nothing was written to {into}; take an earlier backup.")
        counted = looked.orders
        if not has_key and key is not None and looked.fits:
            await asyncio.to_thread(_store_key, fresh / "secrets", key)
            has_key = True
    if not has_key:
        left.append(f"Put the key of the record, the file audit_key, into {into / 'secrets'} with mode 0600.")
    if any(file.what is What.DUMP for file in manifest.files):
        left.append(f'Read the books into an empty database: psql "$DATABASE_URL" -f {into / "books.sql"}')
    if any(file.what is What.SETTINGS for file in manifest.files):
        left.append(f"Your settings are {into / 'config.local.toml'}; copy them beside config.toml.")
    left.append("Other secrets (token, keys) are in no backup: `./nexus init` asks for them.")
    left.append(f"To open it: NEXUS_COMPANY__DATA_DIR={into} ./nexus run, or make it [company] data_dir.")
    return counted, left


async def _fetch(backups: Backups, file: Kept, target: Path | None) -> None:
    """Every part, hashed; written to `target` in private folders when there is one.

    Raises:
        ObjectLost: a part is gone or damaged, or the whole is not as long as it was.
    """
    size = 0
    if target is not None:
        await asyncio.to_thread(_touch, target)
    for part in file.parts:
        data = await backups.objects.get(file.tree, part)
        size += len(data)
        if target is not None:
            await asyncio.to_thread(_append, target, data)
    if size != file.size:
        raise ObjectLost(f"It has {size} bytes instead of {file.size}.")
    if target is not None:
        await asyncio.to_thread(os.utime, target, ns=(file.modified_ms * 1_000_000,) * 2)


async def _opened(path: Path, key: Secret | None) -> tuple[_Books | None, list[str], list[str]]:
    """The books at `path`, problems, and notes. An older schema is brought up to date there: it is a copy."""
    wrong = await asyncio.to_thread(_damage, path)
    if wrong:
        return None, [f"The copy of the books is damaged: {wrong}."], []
    books = SqliteBooks(path, audit_key=key.reveal().encode() if key is not None else b"no key")
    try:
        await books.open()
        looked = await books.read(_look, key is not None)
    except BooksError as error:
        return None, [str(error)], []
    finally:
        await books.close()
    if key is None:
        return looked, [], ["The record was not walked: the secret audit_key is not here."]
    if not looked.fits or looked.verification is None:
        return looked, ["The record was written with another key than the present audit_key."], []
    return looked, [] if looked.verification.sound else [f"The record: {looked.verification.problem}."], []


def _look(tx: Connection, has_key: bool) -> _Books:
    fits = has_key and audit.key_fits(tx)
    counted = tx.scalar(select(func.count()).select_from(orders)) or 0
    return _Books(orders=counted, fits=fits, verification=audit.verify(tx) if fits else None)


def _damage(path: Path) -> str:
    """What `PRAGMA integrity_check` finds, "" when all is well. Blocking."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            rows = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)")]
    except sqlite3.Error as error:
        return str(error)
    return "" if rows == ["ok"] else " ".join("; ".join(rows).split())


def _unfinished(path: Path) -> list[str]:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 4096, 0))
        return [] if DUMPED.encode() in file.read() else ["The copy of the Postgres database ends too early."]


def _prepared(into: Path) -> Path:
    """A fresh folder beside `into`, which becomes it in the end. Blocking."""
    try:
        if into.is_symlink() or (into.exists() and (not into.is_dir() or any(into.iterdir()))):
            raise BackupError(f"There is something at {into} already; name a folder that is empty or not there.")
        into.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = into.parent / f".{into.name}-{randomness.token_hex(4)}"
        fresh.mkdir(mode=0o700)
    except OSError as error:
        raise BackupError(f"The folder {into} can't be made ({error.strerror}); name another one.") from None
    return fresh


def _put_in_place(fresh: Path, into: Path) -> None:
    try:
        fresh.replace(into)
    except OSError as error:
        raise BackupError(f"{into} can't be put in place ({error.strerror}); name another folder.") from None


def _touch(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _store_key(folder: Path, key: Secret) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(folder / "audit_key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key.reveal() + "\n")
