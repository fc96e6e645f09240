"""Documents in: watched folders, named files and uploads become passages of the index, each whole or not at all.

A file is converted first, in a process of its own where its format is foreign, and written to the index afterwards in
one transaction; until then its old version answers. The same content under two names is stored once.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

from company.clock import Clock
from company.document_records import Added, OnReading, Reading
from company.language.tokens import language_of
from knowledge.converting.converter import Converter
from knowledge.converting.records import Converted, NotADocument, Step, Unreadable
from knowledge.engine import COMPANY
from knowledge.index import Chunk, DocumentRow, DocumentState, Index
from knowledge.owners import owner_in, whose
from knowledge.readers import chunks_of
from knowledge.uploads import DocumentRefused, Uploads

SETTLED_MS = 2000
"""A file changed this shortly before it was read is read again: its time stamp may hide a second change."""
SAME_AS = "the same as "
"""How the reason of a file begins whose content is in the index under another name."""

T = TypeVar("T")


class InThread(Protocol):
    """Runs a blocking call in the thread that writes the index."""

    async def __call__(self, call: Callable[[], T]) -> T:
        """Its result."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as it lies there now."""

    path: str
    name: str
    size: int
    modified_ns: int
    added: bool = False
    owner: str = COMPANY


class Intake:
    """Reads files into the index.

    Args:
        folders: that are watched, absolute.
        private: where the folders of what is not the company's lie (`knowledge.owners`).
        converter: from files to documents.
        index: the writing connection; used inside `write` only.
        write: its thread.
        clock: time.
    """

    def __init__(
        self, folders: tuple[Path, ...], private: Path, converter: Converter, index: Index, write: InThread,
        clock: Clock,
    ) -> None:  # fmt: skip
        self._folders = folders
        self._private = private
        self._converter = converter
        self._index = index
        self._write = write
        self._clock = clock
        self._failed_get_another_try = True  # once a start: a library may have been installed, a limit raised
        self._one_at_a_time = asyncio.Lock()
        self._named = 0  # files that somebody waits for
        self.reading: Reading | None = None
        """The file that is being read now."""

    async def sync(self, on_new: Callable[[], Awaitable[None]]) -> bool:
        """Make the index agree with the folders; `on_new` is called after each file that was not there before.

        False when it broke off between two files, because somebody named one and waits for it.
        """
        async with self._one_at_a_time:
            known = await self._write(self._index.documents)
            files = {file.path: file for file in await self._write(lambda: scan(self._folders, self._private, known))}
            for path in known.keys() - files.keys():
                await self._write(lambda path=path: self._index.remove(path))  # type: ignore[misc]
                known.pop(path)
            again = self._failed(known) if self._failed_get_another_try else []
            for path, file in files.items():
                row = known.get(path)
                if path not in again and (row is None or may_have_changed(file, row)):
                    if self._named:
                        return False
                    known[path] = await self.take_in(file, known)
                    if row is None:
                        await on_new()
            for path in [*again, *orphans(known)]:
                if self._named:
                    return False
                if path in files:
                    known[path] = await self.take_in(files[path], known, anew=True)
            self._failed_get_another_try = False
            return True

    @staticmethod
    def _failed(known: dict[str, DocumentRow]) -> list[str]:
        return [path for path, row in known.items() if row.state is DocumentState.FAILED]

    async def add(self, path: Path, on_reading: OnReading | None = None) -> Added:
        """Take in one file from anywhere, and keep watching it.

        Raises:
            DocumentRefused: it can't be read; the sentence says why.
        """
        self._named += 1
        try:
            async with self._one_at_a_time:
                return await self._add(path, on_reading)
        finally:
            self._named -= 1

    async def _add(self, path: Path, on_reading: OnReading | None) -> Added:
        known = await self._write(self._index.documents)
        file = await self._write(lambda: named_file(path, self._private, known))
        notes: list[str] = []
        row = await self.take_in(file, known, anew=True, on_reading=on_reading, notes=notes)
        if row.state is DocumentState.INDEXED:
            passages = await self._write(lambda: self._index.size_of(row.path))
            return Added(name=row.name, passages=passages, notes=tuple(notes), whose=whose(row.owner))
        twin = twin_of(row, known)
        if twin is None:
            raise DocumentRefused(f"{file.name} can't be used: {row.reason or 'it says that it is no document'}.")
        passages = await self._write(lambda: self._index.size_of(twin.path))
        return Added(name=row.name, passages=passages, same_as=twin.name, whose=whose(row.owner))

    async def remove(
        self, name: str, owners: Sequence[str], uploads: Uploads,
        first: Callable[[DocumentRow, frozenset[str]], Awaitable[None]],
    ) -> None:  # fmt: skip
        """Forget a document; delete its file if it was handed in. `first` hears of it and of its passages.

        Of several of that name it is the one whose owner stands first in `owners`.

        Raises:
            DocumentRefused: there is none of this name, or it lies in a watched folder.
        """
        async with self._one_at_a_time:
            row = await self._named_row(name, owners)
            path = Path(row.path)
            if not row.added and not uploads.holds(path):
                raise DocumentRefused(f"{name} lies in the watched folder {path.parent}; take it out there.")

            def forget() -> None:
                if uploads.holds(path):
                    path.unlink(missing_ok=True)
                self._index.remove(row.path)
                self._index.scrub()

            await first(row, await self._write(lambda: self._index.ids_of(row.path)))

            await self._write(forget)

    async def forget_all(self, owner: str, uploads: Uploads, first: Callable[[frozenset[str]], Awaitable[None]]) -> int:
        """Forget everything of an owner that is no more, with its files; how many documents that were.

        Raises:
            OSError: the files can't be deleted; nothing else is gone then, so that it can be tried again.
        """
        async with self._one_at_a_time:
            known = await self._write(self._index.documents)
            mine = [row for row in known.values() if row.owner == owner]
            for row in mine:
                await first(await self._write(lambda row=row: self._index.ids_of(row.path)))  # type: ignore[misc]

            def forget() -> None:
                if uploads.folder_of(owner).exists():
                    shutil.rmtree(uploads.folder_of(owner))
                for row in mine:
                    self._index.remove(row.path)
                if mine:
                    self._index.scrub()

            await self._write(forget)
            return len(mine)

    async def forget_failed(self, before: int, limit: int, uploads: Uploads) -> list[DocumentRow]:
        """Delete up to so many files that were handed in before a moment (ms) and could not be read; what they were."""
        async with self._one_at_a_time:
            known = (await self._write(self._index.documents)).values()
            old = [
                row for row in known
                if row.state is DocumentState.FAILED and row.modified_ns // 1_000_000 < before
                and uploads.holds(Path(row.path))
            ][:limit]  # fmt: skip

            def forget() -> None:
                for row in old:
                    Path(row.path).unlink(missing_ok=True)
                    self._index.remove(row.path)

            await self._write(forget)
            return old

    async def share(self, name: str, owners: Sequence[str], uploads: Uploads, to: str) -> tuple[DocumentRow, str]:
        """Give a document of one of `owners` to another owner; as it was, and its name there.

        Raises:
            DocumentRefused: there is none of this name, it is theirs already, or they have another by it, or no room.
            OSError: its file can't be moved.
        """
        async with self._one_at_a_time:
            row = await self._named_row(name, owners)
            if row.owner == to:
                who = "Everybody may read" if to == COMPANY else "The project has"
                raise DocumentRefused(f"{who} {name} already.")
            if not uploads.holds(Path(row.path)):
                raise DocumentRefused(f"{name} lies in a watched folder, so it is everybody's.")
            known = await self._write(self._index.documents)

            def give() -> str:
                path = uploads.share(Path(row.path), to).resolve()
                stat = path.stat()
                taken = {one.name for one in known.values() if one.owner == to}
                new = replace(
                    row, path=str(path), name=_unique(path.name, path, taken), owner=to, size=stat.st_size,
                    modified_ns=stat.st_mtime_ns, checked_at=0,
                )  # fmt: skip
                self._index.give(row.path, new)
                return new.name

            return row, await self._write(give)

    async def _named_row(self, name: str, owners: Sequence[str]) -> DocumentRow:
        """The document of that name, of the first of the owners who has one."""
        rows = (await self._write(self._index.documents)).values()
        fitting = sorted(
            (one for one in rows if one.name == name and one.owner in owners), key=lambda one: owners.index(one.owner)
        )
        if not fitting:
            raise DocumentRefused(f"There is no document {name}.")
        return fitting[0]

    async def take_in(
        self, file: File, known: dict[str, DocumentRow], *, anew: bool = False,
        on_reading: OnReading | None = None, notes: list[str] | None = None,
    ) -> DocumentRow:  # fmt: skip
        """Read one file and store what became of it.

        Args:
            file: as it lies there.
            known: all rows of the index by path.
            anew: even if its content is the one that was read before.
            on_reading: hears how far it has come.
            notes: gets what was left out.
        """
        row = known.get(file.path)
        new = DocumentRow(
            path=file.path, name=file.name, content_hash="", size=file.size, modified_ns=file.modified_ns,
            checked_at=self._clock.now(), state=DocumentState.INDEXED, added=file.added, owner=file.owner,
        )  # fmt: skip
        try:
            if file.size <= self._converter.max_bytes:
                new = replace(new, content_hash=await self._write(lambda: fingerprint(file)))
            if not anew and row is not None and (row.content_hash, row.name) == (new.content_hash, new.name):
                await self._write(
                    lambda: self._index.touch(
                        new.path, size=new.size, modified_ns=new.modified_ns, checked_at=new.checked_at
                    )
                )
                return row
            if twin := twin_of(new, known):
                return await self._store(replace(new, state=DocumentState.SKIPPED, reason=f"{SAME_AS}{twin.name}"))
            document = await self._converted(file, on_reading)
        except Unreadable as error:
            return await self._store(replace(new, state=DocumentState.FAILED, reason=str(error)))
        except NotADocument:
            return await self._store(replace(new, state=DocumentState.SKIPPED))
        except (OSError, ValueError, RecursionError) as error:  # looked at again next time
            reason = f"it can't be read ({error})"
            if row is not None and (row.state, row.reason) == (DocumentState.FAILED, reason):
                return row
            failed = replace(new, content_hash="", checked_at=0, state=DocumentState.FAILED, reason=reason)
            return await self._store(failed)
        if notes is not None:
            notes.extend(document.notes)
        return await self._store(new, document)

    async def _converted(self, file: File, on_reading: OnReading | None) -> Converted:
        def on_step(step: Step) -> None:
            self.reading = Reading(name=file.name, done=step.done, total=step.total, whose=whose(file.owner))
            if on_reading is not None:
                on_reading(self.reading)

        on_step(Step(done=0, total=0))
        try:
            return await self._converter.convert(Path(file.path), on_step=on_step)
        finally:
            self.reading = None

    async def _store(self, row: DocumentRow, document: Converted | None = None) -> DocumentRow:
        def store() -> None:
            chunks: list[Chunk] = [] if document is None else chunks_of(document)
            self._index.replace(row, chunks, "en" if document is None else language_of(document.text))

        await self._write(store)
        return row


def fingerprint(file: File) -> str:
    """SHA-256 of the content. Raises `OSError`."""
    with Path(file.path).open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def twin_of(row: DocumentRow, known: dict[str, DocumentRow]) -> DocumentRow | None:
    """The indexed document of the same owner with the same content under another path, if there is one."""
    if not row.content_hash:
        return None
    same = (one for one in known.values() if (one.content_hash, one.owner) == (row.content_hash, row.owner))
    return next((one for one in same if one.path != row.path and one.state is DocumentState.INDEXED), None)


def orphans(known: dict[str, DocumentRow]) -> list[str]:
    """Paths of files that were left out for a twin that is gone or has changed since."""
    left_out = [row for row in known.values() if row.reason.startswith(SAME_AS)]
    seen: set[tuple[str, str]] = set()
    found = []
    for row in left_out:
        content = (row.content_hash, row.owner)
        if content not in seen and twin_of(row, known) is None:
            found.append(row.path)
            seen.add(content)  # the others of this content are its twins then
    return found


def may_have_changed(file: File, row: DocumentRow) -> bool:
    """Whether a file must be looked into."""
    unsettled = abs(row.checked_at - row.modified_ns // 1_000_000) < SETTLED_MS or row.checked_at == 0
    return (file.size, file.modified_ns, file.name) != (row.size, row.modified_ns, row.name) or unsettled


# -- files ------------------------------------------------------------------------------------------------------------


def scan(folders: tuple[Path, ...], private: Path, known: dict[str, DocumentRow]) -> list[File]:
    """Every file of the folders, those that a person named, and everybody's own. Blocks."""
    found: dict[str, File] = {}
    names: dict[str, set[str]] = {}
    private = private.resolve()
    candidates: list[tuple[Path, str, bool]] = []
    for folder in (one.resolve() for one in folders):
        candidates += [(path, path.relative_to(folder).as_posix(), False) for path in sorted(walk(folder))]
    for folder in sorted(private.iterdir()) if private.is_dir() else ():
        candidates += [(path, path.relative_to(folder).as_posix(), False) for path in sorted(walk(folder))]
    candidates += [(Path(row.path), row.name, True) for row in known.values() if row.added]
    for path, name, added in candidates:
        if str(path) in found:
            continue
        try:
            stat = path.stat()
        except OSError:
            continue  # gone since
        owner = owner_in(private, path)
        taken = names.setdefault(owner, set())
        name = _unique(name, path, taken)
        taken.add(name)
        found[str(path)] = File(
            path=str(path), name=name, size=stat.st_size, modified_ns=stat.st_mtime_ns, added=added, owner=owner
        )
    return list(found.values())


def walk(folder: Path) -> Iterator[Path]:
    """Files below `folder`; hidden ones and links are left out, so that nothing outside the folder gets in."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            path = Path(parent, name)
            if not name.startswith((".", "~$")) and not name.endswith("~") and not path.is_symlink() and path.is_file():
                yield path


def named_file(path: Path, private: Path, rows: dict[str, DocumentRow]) -> File:
    """A file that a person named. Blocks. Raises `DocumentRefused` when it can't be looked at."""
    resolved = path.expanduser().resolve()
    try:
        stat = resolved.stat()
    except OSError as error:
        raise DocumentRefused(f"{path} can't be read ({error.strerror}).") from None
    if not resolved.is_file():
        raise DocumentRefused(f"{path} is not a file.")
    known, owner = rows.get(str(resolved)), owner_in(private.resolve(), resolved)
    taken = {row.name for row in rows.values() if row.owner == owner}
    name = known.name if known else _unique(resolved.name, resolved, taken)
    return File(
        path=str(resolved), name=name, size=stat.st_size, modified_ns=stat.st_mtime_ns,
        added=known.added if known else True, owner=owner,
    )  # fmt: skip


def _unique(name: str, path: Path, taken: set[str]) -> str:
    """`name`, or with as many of its folders before it as it needs to be the only one."""
    for parent in (None, *path.parents):
        candidate = name if parent is None else path.relative_to(parent).as_posix()
        if candidate not in taken:
            return candidate
    return str(path)
