"""The knowledge department as the house sees it: watched folders in, passages out. Implements `company.ports.Library`.

Two threads of its own, one that reads files and writes the index, one that searches; the event loop does neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from company.clock import Clock
from company.config import KnowledgeSettings
from company.errors import NexusError, NotReady
from company.language.tokens import content_words, language_of
from company.records import Condition, Health, Passage
from knowledge.index import Chunk, Counts, DocumentRow, DocumentState, Hit, Index
from knowledge.ranking import RELEVANT, STEM, Ranked, rank
from knowledge.readers import NotADocument, Unreadable, read

CANDIDATES = 100
"""How many passages are ranked closely for a question."""
SETTLED_MS = 2000
"""A file changed this shortly before it was read is read again: its time stamp may hide a second change."""
_SHOWN = 10  # failed files named in check()

T = TypeVar("T")


class DocumentRefused(NexusError):
    """A file can't become a document; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file of a watched folder as it lies there now."""

    path: str
    name: str
    size: int
    modified_ns: int
    added: bool = False


class LocalLibrary:
    """Documents from folders on this machine, searched by words.

    A question whose words are not covered well enough by any passage gets (): see `knowledge.ranking`. All documents
    are the company's; `person_id` is taken so that per-person collections can come without a change of the port.
    """

    name = "knowledge"

    def __init__(
        self,
        settings: KnowledgeSettings,
        *,
        data_dir: Path,
        root: Path,
        clock: Clock,
        interval_s: float = 5.0,
    ) -> None:
        """`root` is what relative folders are relative to; `interval_s` is the time between two looks at them."""
        self._folders = tuple(root / folder for folder in settings.folders)
        self._max_bytes = int(settings.max_file_mb * 1_000_000)
        self._clock = clock
        self._interval_s = interval_s
        path = data_dir / "knowledge.db"
        self._writing, self._reading = Index(path), Index(path)
        self._writer: ThreadPoolExecutor | None = None
        self._reader: ThreadPoolExecutor | None = None
        self._one_sync = asyncio.Lock()
        self._counts = Counts(documents=0, passages=0, words=0)
        self._trouble = ""
        self.synced = asyncio.Event()
        """Set when the folders were read through for the first time since `open`."""

    # -- the four verbs -----------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Open the index. The folders are first read in `run`. Raises `BooksError`."""
        self.synced.clear()
        self._writer = ThreadPoolExecutor(1, "knowledge-write")
        self._reader = ThreadPoolExecutor(1, "knowledge-read")
        await self._write(self._writing.open)
        await self._read(self._reading.open)
        self._counts = await self._read(self._reading.counts)

    async def run(self) -> None:
        """Look at the folders at once and then every `interval_s` seconds, until cancelled."""
        while True:
            await self.sync()
            await self._clock.sleep(self._interval_s)

    async def close(self) -> None:
        """Stop after the document that is being read; safe after a failed `open`."""
        for executor, index in ((self._reader, self._reading), (self._writer, self._writing)):
            if executor is not None:
                executor.shutdown(wait=False, cancel_futures=True)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.to_thread(_end, executor, index), 5.0)
        self._reader = self._writer = None

    async def check(self) -> Health:
        """How many documents and passages there are, and which files could not be read and why."""
        if self._reader is None:
            return Health(part=self.name, condition=Condition.ILL, detail="The library is closed.")
        counts = await self._read(self._reading.counts)
        rows = await self._read(self._reading.documents)
        failed = sorted((row.name, row.reason) for row in rows.values() if row.state is DocumentState.FAILED)
        facts = {
            "documents": counts.documents,
            "passages": counts.passages,
            "failed": [{"name": name, "reason": reason} for name, reason in failed[:_SHOWN]],
            "failed_count": len(failed),
        }
        detail = f"{counts.documents} documents, {counts.passages} passages"
        if self._trouble:
            return Health(part=self.name, condition=Condition.WARNING, detail=f"{detail}; {self._trouble}", facts=facts)
        if failed:
            detail += f"; {len(failed)} not readable: {failed[0][0]} ({failed[0][1]})"
            mend = "Save them as Markdown or plain text, or take them out of the folder."
            return Health(part=self.name, condition=Condition.WARNING, detail=detail, mend=mend, facts=facts)
        if not counts.documents:
            where = self._folders[0].name if self._folders else "a folder named in knowledge.folders"
            mend = f"Put Markdown or text files into {where}."
            return Health(part=self.name, condition=Condition.OFF, detail="no documents", mend=mend, facts=facts)
        return Health(part=self.name, condition=Condition.OK, detail=detail, facts=facts)

    # -- the port -----------------------------------------------------------------------------------------------------

    async def find(self, question: str, *, person_id: str, limit: int = 6) -> tuple[Passage, ...]:
        """The passages that fit best, best first; () when nothing is relevant."""
        ranked = await self._read(lambda: self.search(question, limit))
        return tuple(_passage(one.hit, one.score) for one in ranked if one.coverage >= RELEVANT)

    async def passage(self, passage_id: str, *, person_id: str) -> Passage | None:
        """One stored passage, or None when it is gone."""
        hit = await self._read(lambda: self._reading.passage(passage_id))
        return None if hit is None else _passage(hit)

    async def neighbours(self, passage_id: str, *, person_id: str) -> tuple[Passage, ...]:
        """The passages before and after one in its document, as far as there are any."""
        hits = await self._read(lambda: self._reading.around(passage_id))
        return tuple(_passage(hit) for hit in hits)

    def is_empty(self) -> bool:
        """True while there is no document at all (as of the last look at the folders)."""
        return self._counts.documents == 0

    def search(self, question: str, limit: int, *, relevant_first: bool = True) -> list[Ranked]:
        """Rank without a threshold; blocks, for the reading thread and for benchmarks.

        With `relevant_first`, passages that cover the question come before better scored ones that don't.
        """
        words = content_words(question)
        index = self._reading
        variants = {term for word in words for term in word.variants}
        related = {word.surface: index.related(word.variants, STEM) - word.variants for word in words if not word.cjk}
        nearby = {term for terms in related.values() for term in terms}
        hits = index.matching(variants, CANDIDATES)
        if nearby - variants and len(hits) < CANDIDATES:
            known = {hit.rowid for hit in hits}
            hits += [hit for hit in index.matching(nearby, CANDIDATES // 2) if hit.rowid not in known]
        ranked = rank(question, words, hits, index.counts(), index.frequencies(variants), related)
        if not relevant_first:
            return ranked[:limit]
        return sorted(ranked[: 4 * limit], key=lambda one: one.coverage < RELEVANT)[:limit]

    # -- documents in -------------------------------------------------------------------------------------------------

    async def add(self, path: Path) -> int:
        """Index one file from anywhere and keep watching it; the number of its passages.

        Raises:
            DocumentRefused: it can't be read; the sentence says why.
        """
        async with self._one_sync:
            rows = await self._write(self._writing.documents)
            file = await self._write(lambda: _named_file(path, rows))
            row = await self._write(lambda: self._take_in(file, rows.get(file.path)))
            await self._recount()
        if row.state is not DocumentState.INDEXED:
            raise DocumentRefused(f"{file.name} can't be used: {row.reason or 'it says that it is no document'}.")
        return await self._read(lambda: self._reading.size_of(file.path))

    async def sync(self) -> None:
        """Make the index agree with the folders: new and changed files are read, vanished ones are forgotten."""
        async with self._one_sync:
            try:
                await self._sync_once()
                self._trouble = ""
            except (OSError, NotReady) as error:  # a full disk or a vanished folder ends this round, not the house
                self._trouble = f"the folders could not be read through: {error}"
            finally:
                await self._recount()
        self.synced.set()

    async def _sync_once(self) -> None:
        known = await self._write(self._writing.documents)
        files = {file.path: file for file in await self._write(lambda: self._scan(known))}
        for path in known.keys() - files.keys():
            await self._write(lambda path=path: self._writing.remove(path))  # type: ignore[misc]
            known.pop(path)
        for path, file in files.items():
            row = known.get(path)
            if row is None or self._may_have_changed(file, row):
                await self._write(lambda file=file, row=row: self._take_in(file, row))  # type: ignore[misc]
                if row is None:
                    self._counts = await self._read(self._reading.counts)

    async def _recount(self) -> None:
        if self._reader is not None:
            self._counts = await self._read(self._reading.counts)

    @staticmethod
    def _may_have_changed(file: _File, row: DocumentRow) -> bool:
        unsettled = abs(row.checked_at - row.modified_ns // 1_000_000) < SETTLED_MS or row.checked_at == 0
        return (file.size, file.modified_ns, file.name) != (row.size, row.modified_ns, row.name) or unsettled

    def _scan(self, known: dict[str, DocumentRow]) -> list[_File]:
        """Every file of the folders, and those that a person named."""
        found: dict[str, _File] = {}
        names: set[str] = set()
        candidates: list[tuple[Path, str, bool]] = []
        for folder in (one.resolve() for one in self._folders):
            candidates += [(path, path.relative_to(folder).as_posix(), False) for path in sorted(_walk(folder))]
        candidates += [(Path(row.path), row.name, True) for row in known.values() if row.added]
        for path, name, added in candidates:
            if str(path) in found:
                continue
            try:
                stat = path.stat()
            except OSError:
                continue  # gone since
            name = _unique(name, path, names)
            names.add(name)
            found[str(path)] = _File(
                path=str(path), name=name, size=stat.st_size, modified_ns=stat.st_mtime_ns, added=added
            )
        return list(found.values())

    def _take_in(self, file: _File, row: DocumentRow | None) -> DocumentRow:
        """Read one file and store what became of it."""
        now = self._clock.now()
        path = Path(file.path)
        content_hash, language, reason, state = "", "en", "", DocumentState.INDEXED
        chunks: list[Chunk] = []
        try:
            if file.size <= self._max_bytes:
                content_hash = hashlib.sha256(path.read_bytes()).hexdigest()
            if row is not None and (row.content_hash, row.name) == (content_hash, file.name) and content_hash:
                self._writing.touch(file.path, size=file.size, modified_ns=file.modified_ns, checked_at=now)
                return row
            text, chunks = read(path, max_bytes=self._max_bytes)
            language = language_of(text)
        except Unreadable as error:
            state, reason = DocumentState.FAILED, str(error)
        except NotADocument:
            state = DocumentState.SKIPPED
        except (OSError, ValueError, RecursionError) as error:
            state, reason, now = DocumentState.FAILED, f"it can't be read ({error})", 0
            content_hash = ""  # looked at again next time
            if row is not None and (row.state, row.reason) == (state, reason):
                return row
        new = DocumentRow(
            path=file.path, name=file.name, content_hash=content_hash, size=file.size, modified_ns=file.modified_ns,
            checked_at=now, state=state, reason=reason, added=file.added,
        )  # fmt: skip
        self._writing.replace(new, chunks, language)
        return new

    # -- threads ------------------------------------------------------------------------------------------------------

    async def _write(self, call: Callable[[], T]) -> T:
        return await _in_thread(self._writer, call)

    async def _read(self, call: Callable[[], T]) -> T:
        return await _in_thread(self._reader, call)


async def _in_thread(executor: ThreadPoolExecutor | None, call: Callable[[], T]) -> T:
    if executor is None:
        raise NotReady("The library is closed.")
    try:
        return await asyncio.get_running_loop().run_in_executor(executor, call)
    except sqlite3.Error as error:
        raise NotReady(f"The index of the documents can't be used now ({error}).") from error


def _end(executor: ThreadPoolExecutor, index: Index) -> None:
    executor.shutdown()
    index.close()


def _passage(hit: Hit, score: float = 0.0) -> Passage:
    return Passage(id=hit.id, document=hit.document, place=hit.place, text=hit.text, score=score)


def _walk(folder: Path) -> Iterator[Path]:
    """Files below `folder`; hidden ones and links are left out, so that nothing outside the folder gets in."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            path = Path(parent, name)
            if not name.startswith((".", "~$")) and not name.endswith("~") and not path.is_symlink() and path.is_file():
                yield path


def _unique(name: str, path: Path, taken: set[str]) -> str:
    """`name`, or with as many of its folders before it as it needs to be the only one."""
    for parent in (None, *path.parents):
        candidate = name if parent is None else path.relative_to(parent).as_posix()
        if candidate not in taken:
            return candidate
    return str(path)


def _named_file(path: Path, rows: dict[str, DocumentRow]) -> _File:
    resolved = path.expanduser().resolve()
    try:
        stat = resolved.stat()
    except OSError as error:
        raise DocumentRefused(f"{path} can't be read ({error.strerror}).") from None
    if not resolved.is_file():
        raise DocumentRefused(f"{path} is not a file.")
    known = rows.get(str(resolved))
    name = known.name if known else _unique(resolved.name, resolved, {row.name for row in rows.values()})
    return _File(
        path=str(resolved), name=name, size=stat.st_size, modified_ns=stat.st_mtime_ns,
        added=known.added if known else True,
    )  # fmt: skip
