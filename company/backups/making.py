"""Makes backups, lists them, and lets go of old ones.

The parts come first and the list that names them last: a process that dies in the middle leaves every earlier backup
whole, and what it had put is found again by the next one.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from company.backups.copying import copy_sqlite, dump_postgres
from company.backups.manifest import PART, Kept, Manifest, What, read_manifest
from company.clock import Clock
from company.errors import BackupError, BackupsBusy, ObjectLost
from company.objects import Objects, Tree
from company.secrets import Secret

FOLDERS = ("uploads", "private", "notes", "specs")
"""What people handed in, what employees noted for them, and their specs. What is derived from these is not here."""
LOCK = "backup.lock"
ASIDE = ".backup"
SHORT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is backed up.

    Args:
        data_dir: the data folder.
        settings_file: config.local.toml; may be absent.
        sqlite_path, stand_in, anchor_file: as the settings have them, relative to the data folder.
        database_url: where the books are on Postgres.
        schema_name: a schema of its own there, for tests.
        audit_key: given only when it was asked to be kept beside the books.
        company, version: whose backup, made by which NEXUS.
    """

    data_dir: Path
    settings_file: Path
    sqlite_path: Path
    stand_in: Path
    anchor_file: Path
    database_url: Secret | None = None
    schema_name: str = ""
    audit_key: Secret | None = None
    company: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One that is kept; without a `manifest`, its list is damaged."""

    id: str
    manifest: Manifest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of a backup: files and bytes in it, bytes that were not there before, older ones that went."""

    id: str
    files: int
    size: int
    fresh: int
    gone: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """A file to keep: where it lies, and what it is in the backup."""

    at: Path
    path: str
    what: What
    tree: Tree


class Backups:
    """The backups that are kept in one place.

    Args:
        objects: the place.
        clock: time.
        data_dir: the data folder; one process at a time works on its backups.
    """

    def __init__(self, objects: Objects, clock: Clock, data_dir: Path) -> None:
        self.objects = objects
        self._clock = clock
        self._data_dir = data_dir

    async def make(
        self, sources: Sources, *, keep: int | None, tell: Callable[[int, int], None] | None = None
    ) -> Made:  # fmt: skip
        """A new backup; then no more than `keep` stay (None: all). `tell` hears (bytes done, bytes in all).

        Raises:
            BackupsBusy: another backup is being made.
            BackupError: the books can't be copied.
            ObjectsError: the place refuses; earlier backups are whole.
        """
        async with self.alone() as aside:
            now = self._clock.now()
            found = await self._books(sources, aside)  # first: a file that comes meanwhile is one too many, not too few
            found += await asyncio.to_thread(_files, sources)
            whole = await asyncio.to_thread(lambda: sum(_size(one.at) for one in found))
            kept, fresh, done = list[Kept](), 0, 0
            for one in found:
                file, new = await self._keep(one)
                if file is None:
                    continue
                kept, fresh, done = [*kept, file], fresh + new, done + file.size
                if tell is not None:
                    tell(done, max(whole, done))
            if sources.audit_key is not None:
                file, new = await self._keep_key(sources.audit_key, now)
                kept, fresh = [*kept, file], fresh + new
            manifest = Manifest(at=now, company=sources.company, version=sources.version, files=tuple(kept))
            stored = await self.objects.put(Tree.BACKUPS, manifest.model_dump_json().encode())
            made = Made(id=stored.key, files=len(kept), size=manifest.size, fresh=fresh + stored.size)
            return made if keep is None else replace(made, gone=await self._prune(keep))

    async def prune(self, keep: int) -> int:
        """Let go of all but the `keep` newest, and of what only older ones need; how many went.

        Raises:
            BackupsBusy: another process makes, checks or restores one.
            ObjectsError: the place refuses.
        """
        async with self.alone():
            return await self._prune(keep)

    async def all(self) -> tuple[Backup, ...]:
        """Every backup, newest first; those whose list is damaged last."""
        found = [await self._read(one.key) for one in await self.objects.stored(Tree.BACKUPS)]
        return tuple(sorted(found, key=lambda one: one.manifest.at if one.manifest else 0, reverse=True))

    async def find(self, wanted: str) -> tuple[str, Manifest]:
        """The backup whose id begins so, or with "latest" the newest one.

        Raises:
            BackupError: there is none, more than one, or its list is damaged.
        """
        known = await self.all()
        fit = [one for one in known if one.id.startswith(wanted.lower())] if wanted != "latest" else list(known[:1])
        if len(fit) != 1 or not wanted:
            what = "more than one backup begins" if len(fit) > 1 and wanted else "no backup begins"
            raise BackupError(f"There {what} with '{wanted}'; `./nexus backup list` shows what there is.")
        manifest = fit[0].manifest
        if manifest is None:
            raise BackupError(f"The list of the backup {fit[0].id[:SHORT]} is damaged; take an earlier one.")
        return fit[0].id, manifest

    async def _read(self, key: str) -> Backup:
        try:
            return Backup(id=key, manifest=read_manifest(await self.objects.get(Tree.BACKUPS, key)))
        except ObjectLost:
            return Backup(id=key, manifest=None)

    async def _books(self, sources: Sources, aside: Path) -> list[_Found]:
        found: list[_Found] = []
        if sources.database_url is not None:
            await dump_postgres(sources.database_url, aside / "books.sql", schema_name=sources.schema_name)
            found.append(_Found(aside / "books.sql", "books.sql", What.DUMP, Tree.ARTEFACTS))
        own = What.BOOKS if sources.database_url is None else None
        for path, what in ((sources.sqlite_path, own), (sources.stand_in, What.STAND_IN)):
            source = sources.data_dir / path
            if what is not None and await asyncio.to_thread(source.is_file):
                copy = aside / what.value
                await asyncio.to_thread(copy_sqlite, source, copy)
                found.append(_Found(copy, _name_of(path), what, Tree.ARTEFACTS))
        if not found:
            raise BackupError(f"There are no books in {sources.data_dir} yet; run `./nexus init` or `make run` first.")
        return found

    async def _keep(self, one: _Found) -> tuple[Kept | None, int]:
        """The file as objects, and how many bytes of it are new; None when it went away meanwhile."""
        parts, size, fresh = list[str](), 0, 0
        try:
            file = await asyncio.to_thread(one.at.open, "rb")
        except FileNotFoundError:
            return None, 0
        except OSError as error:
            raise BackupError(
                f"{one.at} can't be read ({error.strerror}); mend its rights. Nothing was kept."
            ) from None
        try:
            modified = (await asyncio.to_thread(os.fstat, file.fileno())).st_mtime_ns // 1_000_000
            while data := await asyncio.to_thread(file.read, PART):
                stored = await self.objects.put(one.tree, data)
                parts.append(stored.key)
                size, fresh = size + stored.size, fresh + (stored.size if stored.fresh else 0)
        finally:
            await asyncio.to_thread(file.close)
        kept = Kept(
            path=one.path, what=one.what, tree=one.tree, size=size, modified_ms=modified, parts=tuple(parts)
        )  # fmt: skip
        return kept, fresh

    async def _keep_key(self, key: Secret, now: int) -> tuple[Kept, int]:
        stored = await self.objects.put(Tree.ARTEFACTS, key.reveal().encode() + b"\n")
        kept = Kept(
            path="secrets/audit_key", what=What.KEY, tree=Tree.ARTEFACTS, size=stored.size, modified_ms=now,
            parts=(stored.key,),
        )  # fmt: skip
        return kept, stored.size if stored.fresh else 0

    async def _prune(self, keep: int) -> int:
        """Let go of all but the newest, then of what no list names; while a list is unreadable, only of lists."""
        known = await self.all()
        sound = [one for one in known if one.manifest is not None]
        for one in sound[keep:]:
            await self.objects.delete(Tree.BACKUPS, one.id)
        if len(sound) == len(known):
            files = [file for one in sound[:keep] if one.manifest for file in one.manifest.files]
            needed = {(file.tree, part) for file in files for part in file.parts}
            for tree in (Tree.UPLOADS, Tree.ARTEFACTS):
                for stored in await self.objects.stored(tree):
                    if (tree, stored.key) not in needed:
                        await self.objects.delete(tree, stored.key)
        return len(sound[keep:])

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[Path]:
        """While it lasts no other process makes, checks or restores; a folder for copies. A dead process lets go.

        Raises:
            BackupsBusy: another one does.
            BackupError: the data folder can't be written.
        """
        descriptor = await asyncio.to_thread(_locked, self._data_dir / LOCK)
        try:
            aside = await asyncio.to_thread(_fresh_folder, self._data_dir)
            try:
                yield aside
            finally:
                await asyncio.to_thread(shutil.rmtree, aside, ignore_errors=True)
        finally:
            await asyncio.to_thread(os.close, descriptor)


def _locked(path: Path) -> int:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # on a new machine that restores there is none
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise BackupError(
            f"The data folder {path.parent} can't be written ({error.strerror}); mend its rights."
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise BackupsBusy("Another backup of this company is at work; wait until it is done.") from None
    return descriptor


def _fresh_folder(data_dir: Path) -> Path:
    """A private folder on the disk of the data, for copies of the books; what a killed process left in it goes."""
    folder = data_dir / ASIDE
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise BackupError(f"The folder {folder} can't be made ({error.strerror}); mend the rights there.") from None
    return folder


def _files(sources: Sources) -> list[_Found]:
    """Everything but the books, in a fixed order. Blocking."""
    found: list[_Found] = []
    for name in FOLDERS:
        tree = Tree.UPLOADS if name in ("uploads", "private") else Tree.ARTEFACTS
        for path in _below(sources.data_dir / name):
            inside = path.relative_to(sources.data_dir).as_posix()
            found.append(_Found(path, inside, What.FILE, tree))
    anchors = sources.data_dir / sources.anchor_file
    if anchors.is_file():
        found.append(_Found(anchors, _name_of(sources.anchor_file), What.FILE, Tree.ARTEFACTS))
    if sources.settings_file.is_file():
        found.append(_Found(sources.settings_file, sources.settings_file.name, What.SETTINGS, Tree.ARTEFACTS))
    return found


def _below(folder: Path) -> Iterator[Path]:
    """Plain files; a link is not followed: it could lead anywhere."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            if _not_text(path):
                raise BackupError(f"The name of the file {path.name!a} in {folder} is no UTF-8 text; rename it.")
            yield path


def _not_text(path: Path) -> bool:
    """Whether a name holds bytes that are no text (PEP 383): no list could name it."""
    try:
        path.as_posix().encode()
    except UnicodeEncodeError:
        return True
    return False


def _name_of(path: Path) -> str:
    """Where a file of the settings goes below the restored folder: as it was, or by its name if it lay elsewhere."""
    outside = path.is_absolute() or ".." in PurePosixPath(path.as_posix()).parts
    return path.name if outside else path.as_posix()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
