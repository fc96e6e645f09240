"""The knowledge department as the house sees it: watched folders in, passages out.

Implements `company.library_ports.Library`. Two threads of its own, one that reads files and writes the index, one that
searches; the event loop does neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from company.asking import Asking
from company.clock import Clock
from company.config import KnowledgeSettings, model_ref
from company.config_documents import QuotaSettings
from company.document_records import Reading, Standing, Whose
from company.errors import NotReady
from company.library_ports import DocumentBooks, Embedder
from company.ports import Metered
from company.records import Condition, Health, Passage
from company.retrieval_choice import RetrievalChoice, Trial
from knowledge.converting.converter import Converter
from knowledge.converting.records import Limits
from knowledge.dense import Dense
from knowledge.engine import COMPANY, Engine, Scope
from knowledge.graph.model_reader import ModelReader
from knowledge.graph.told import PassageGraph
from knowledge.index import DocumentState, Hit, Index
from knowledge.intake import Intake
from knowledge.owners import owner_of, readable_by
from knowledge.passages import bare, told_of
from knowledge.ranking import Ranked
from knowledge.reading_room import ReadingRoom
from knowledge.repeated import Repeated
from knowledge.search import Search
from knowledge.shelving import OnForgetting, Shelving
from knowledge.tuning import Looked, look_at, questions_of, tried
from knowledge.unrecorded import Unrecorded
from knowledge.upkeep import Upkeep
from knowledge.uploads import DocumentRefused as DocumentRefused
from knowledge.uploads import Uploads

_SHOWN = 10  # failed files named in check()


class LocalLibrary(Shelving):
    """Documents from folders on this machine, searched by words.

    A question whose words are not covered well enough by any passage gets (): see `knowledge.ranking`. What
    lies in the folders is the company's; what was sent is its sender's or their group's until it is shared.
    """

    name = "knowledge"

    def __init__(
        self,
        settings: KnowledgeSettings,
        *,
        data_dir: Path,
        root: Path,
        clock: Clock,
        engine: Engine | None = None,
        engine_from: int = 0,
        embedder: Embedder | None = None,
        on_forgetting: OnForgetting | None = None,
        books: DocumentBooks | None = None,
        quotas: QuotaSettings | None = None,
        choice: Callable[[], Awaitable[RetrievalChoice]] | None = None,
        metered: Metered | None = None,
        interval_s: float = 5.0,
    ) -> None:
        """`root` is what relative folders are relative to; `interval_s` is the time between two looks at them.

        Without an `engine`, and below `engine_from` passages, the index searches by itself, with SQLite's FTS5. The
        `on_forgetting` hears which passages a person is about to delete. The `books` know who is in which project and
        where documents come from. The `choice` is the Board's, asked for at `open`. The vectors of an `embedder` are
        put into the engine, in place of fitted ones. `metered` is asked for what passages say where the settings name a
        model for that.
        """
        super().__init__()
        self._folders = tuple(root / folder for folder in settings.folders)
        max_bytes = int(settings.max_file_mb * 1_000_000)
        self._uploads = Uploads(
            data_dir / "uploads", data_dir / "private", max_bytes=max_bytes,
            quota_bytes=int(settings.uploads_mb * 1_000_000), quotas=quotas,
        )  # fmt: skip
        self._books = books or Unrecorded()
        self._own = settings.sent == "sender"
        self._on_forgetting = on_forgetting or _nobody
        self._clock = clock
        self._interval_s = interval_s
        path = data_dir / "knowledge.db"
        self._writing, self._reading = Index(path, engine=engine), Index(path, engine=engine)
        self._search = Search(self._reading)
        self._search.fit = settings.embeddings_fit
        self._choice = choice
        self._repeated = Repeated(self._search, self._reading, clock)
        wanted = embedder.model if embedder is not None else ""
        self.graph = PassageGraph(self._reading, self._read, self._scope)
        """What the documents say of things, and how they hang together."""
        self._upkeep = Upkeep(self._writing, self._search, engine, data_dir, least=engine_from, wanted=wanted)
        self._dense = (
            None if embedder is None else Dense(embedder, self._writing, self._write, self._upkeep.in_use, clock)
        )
        self._reader_model = self._model_reader(settings, metered)
        self._intake = Intake(
            (*self._folders, self._uploads.folder), self._uploads.private,
            Converter(limits(settings), max_bytes=max_bytes), self._writing, self._write, clock,
        )  # fmt: skip
        self.room = ReadingRoom(self._reading, self._read, self._books, limits(settings), max_bytes=max_bytes)
        """Where a citation is followed to its place."""
        self._trouble = ""
        self.synced = asyncio.Event()
        """Set when the folders were read through for the first time since `open`."""

    def _model_reader(self, settings: KnowledgeSettings, metered: Metered | None) -> ModelReader | None:
        """What has a model read relations, where the settings name one."""
        if not settings.graph_model or metered is None:
            return None
        return ModelReader(metered, model_ref(settings.graph_model), self._writing, self._write, self._clock)

    # -- the four verbs -----------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Open the index. The folders are first read in `run`. Raises `BooksError`."""
        self.synced.clear()
        if self._choice is not None:
            self.use(await self._choice())
        self._writer = ThreadPoolExecutor(1, "knowledge-write")
        self._reader = ThreadPoolExecutor(1, "knowledge-read")
        await self._write(self._writing.open)
        await self._read(self._reading.open)
        self._repeated.forget()
        self._counts = await self._read(self._reading.counts)

    async def run(self) -> None:
        """Look at the folders at once and then every `interval_s` seconds, until cancelled."""
        with contextlib.suppress(NotReady):  # `_keep_up` tries again, and says so
            await self._write(self._upkeep.open)  # not in `open`: a search goes without it, and the house opens sooner
        async with asyncio.TaskGroup() as both:  # a slow model holds up no file
            both.create_task(self._again(self.sync))
            if self._dense is not None:
                both.create_task(self._again(self.embed))
            if self._reader_model is not None:
                both.create_task(self._again(self.read_relations))

    async def _again(self, look: Callable[[], Awaitable[None]]) -> None:
        while True:
            await look()
            await self._clock.sleep(self._interval_s)

    async def close(self) -> None:
        """Stop after the document that is being read; safe after a failed `open`."""
        if self._dense is not None:
            await self._dense.close()
        for executor, index in ((self._reader, self._reading), (self._writer, self._writing)):
            if executor is not None:
                executor.shutdown(wait=False, cancel_futures=True)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.to_thread(_end, executor, index), 5.0)
        self._reader = self._writer = None
        await asyncio.to_thread(self._upkeep.close)

    async def check(self) -> Health:
        """How many documents and passages there are, and which files could not be read and why."""
        if self._reader is None:
            return Health(part=self.name, condition=Condition.ILL, detail="The library is closed.")
        counts = await self._read(self._reading.counts)
        rows = await self._read(self._reading.documents)
        failed = sorted(  # what is not the company's is not everybody's to see: it is counted, and its owner is told
            (row.name, row.reason) if row.owner == COMPANY else ("a private document", "ask whoever sent it")
            for row in rows.values()
            if row.state is DocumentState.FAILED
        )
        facts = {
            "documents": counts.documents,
            "passages": counts.passages,
            "failed": [{"name": name, "reason": reason} for name, reason in failed[:_SHOWN]],
            "failed_count": len(failed),
        }
        detail = f"{counts.documents} documents, {counts.passages} passages"
        if self._intake.reading is not None:
            detail += f"; {told(self._intake.reading)}"
        if self._upkeep.without:
            facts["engine"] = self._upkeep.without
            detail += f"; {self._upkeep.without}"
        if self._dense is not None and self._dense.detail:
            facts["doing"] = "" if self._dense.trouble else self._dense.detail
            detail += f"; {self._dense.detail}"
        trouble = self._trouble or (self._dense.trouble if self._dense is not None else "")
        if not trouble and self._reader_model is not None and self._reader_model.trouble:
            trouble = f"no relations are read by the model: {self._reader_model.trouble}"
        if trouble:
            told_so = detail if trouble in detail else f"{detail}; {trouble}"
            return Health(part=self.name, condition=Condition.WARNING, detail=told_so, facts=facts)
        if failed:
            detail += f"; {len(failed)} not readable: {failed[0][0]} ({failed[0][1]})"
            mend = "Mend what the reason says, or take them out of the folder."
            return Health(part=self.name, condition=Condition.WARNING, detail=detail, mend=mend, facts=facts)
        if not counts.documents and self._intake.reading is None:
            where = self._folders[0].name if self._folders else "a folder named in knowledge.folders"
            mend = f"Put documents into {where}."
            return Health(part=self.name, condition=Condition.OFF, detail="no documents", mend=mend, facts=facts)
        return Health(part=self.name, condition=Condition.OK, detail=detail, facts=facts)

    # -- the port -----------------------------------------------------------------------------------------------------

    async def find(self, question: str, *, person_id: str, limit: int = 6) -> tuple[Passage, ...]:
        """The passages that fit best, best first; () when nothing is relevant."""
        account = Asking.parse(person_id).account
        meant = None if self._dense is None else await self._dense.question(question, person_id=account)
        standing = await self._books.standing(person_id)  # after the wait for the vector: it holds now
        scope = Scope(owners=readable_by(person_id, standing))

        def look(inside: Scope) -> list[Ranked]:
            return [one for one in self._repeated.find(question, limit, inside, meant) if self._search.fits(one, meant)]

        def search() -> list[Ranked]:
            found = look(scope)
            if not standing.here:
                return found
            here = look(Scope(owners=frozenset({owner_of(person_id, standing)})))
            return _first(here, found, limit)

        ranked = await self._read(search)
        found = await self._passages([(one.hit, one.score) for one in ranked], standing)
        if (ties := await self.graph.ties(question, person_id=person_id)) is not None:
            first = await self._told([link.passage for link in ties.links], standing)
            found = tuple({one.id: one for one in (*first, *found)}.values())
        return found[:limit]

    async def try_out(self, questions: str, *, person_id: str) -> Trial:
        """What each choice of a grid is worth on questions (`knowledge.tuning`); each is searched once.

        Raises:
            Refused: the questions can't be read.
        """
        asked = questions_of(questions)
        scope, looked = await self._scope(person_id), list[Looked]()
        for one in asked:
            meant = None if self._dense is None else await self._dense.question(one.question, person_id=person_id)
            looked.append(await self._read(functools.partial(look_at, self._search, one, scope, meant)))
        there = {document.name for document in await self.documents(person_id=person_id)}
        unknown = sorted(frozenset().union(*(one.documents for one in asked)) - there)
        return await asyncio.to_thread(tried, looked, self._search.choice, unknown)

    def use(self, choice: RetrievalChoice) -> None:
        """From the next question on."""
        self._search.choice = choice

    async def passage(self, passage_id: str, *, person_id: str) -> Passage | None:
        """One stored passage, or None when it is gone or not this reader's."""
        standing = await self._books.standing(person_id)
        scope = Scope(owners=readable_by(person_id, standing))
        hit = await self._read(lambda: self._reading.passage(passage_id, scope))
        return None if hit is None else (await self._passages([(hit, 0.0)], standing))[0]

    async def neighbours(self, passage_id: str, *, person_id: str) -> tuple[Passage, ...]:
        """The passages before and after one in its document, as far as there are any."""
        standing = await self._books.standing(person_id)
        scope = Scope(owners=readable_by(person_id, standing))
        hits = await self._read(lambda: self._reading.around(passage_id, scope))
        return await self._passages([(hit, 0.0) for hit in hits], standing)

    async def _passages(self, found: Sequence[tuple[Hit, float]], standing: Standing) -> tuple[Passage, ...]:
        """Hits with their scores as the house sees them, each with where its document comes from."""
        return await self._told([bare(hit, score) for hit, score in found], standing)

    async def _told(self, found: Sequence[Passage], standing: Standing) -> tuple[Passage, ...]:
        origins = await self._books.origins({(one.owner, one.document) for one in found})
        return tuple(told_of(one, standing, origins.get((one.owner, one.document))) for one in found)

    async def _scope(self, reader: str) -> Scope:
        """What a reader may read at this moment."""
        return Scope(owners=readable_by(reader, await self._books.standing(reader)))

    async def version(self, person_id: str) -> str:
        """What this reader may read at this moment, as one word: another when a document of it comes, goes or changes,
        or when they may read more or less than before."""
        standing = await self._books.standing(person_id)
        owners = readable_by(person_id, standing)
        return await self._read(lambda: self._reading.state_for(owners, standing.here))

    def is_empty(self) -> bool:
        """True while there is no document at all (as of the last look at the folders)."""
        return self._counts.documents == 0

    async def sync(self) -> None:
        """Make the index agree with the folders: new and changed files are read, vanished ones are forgotten."""
        whole = False
        try:
            whole = await self._intake.sync(on_new=self._recount)
            self._trouble = ""
        except (OSError, NotReady) as error:  # a full disk or a vanished folder ends this round, not the house
            whole, self._trouble = True, f"the folders could not be read through: {error}"
        finally:
            await self._recount()
        if whole:
            self.synced.set()
        await self._keep_up()

    async def embed(self) -> None:
        """Have the model make the vectors that are missing, and the engine take them, as far as the model answers."""
        if self._dense is None:
            return
        try:
            await self._dense.look()
            while await self._dense.step():
                await self._write(self._upkeep.step)
            await self._keep_up()
            await self._dense.look()
        except NotReady as error:
            self._trouble = f"the vectors of meaning could not be kept: {error}"

    async def read_relations(self) -> None:
        """Have the model read the passages that it was not shown, as far as it answers."""
        with contextlib.suppress(NotReady):
            while self._reader_model is not None and await self._reader_model.step():
                pass

    async def _keep_up(self) -> None:
        """Bring the engine up to date, a slice at a time, so that nobody waits long for the thread."""
        try:
            while await self._write(self._upkeep.step):
                pass
        except NotReady as error:
            self._trouble = f"the search engine could not be brought up to date: {error}"


def _end(executor: ThreadPoolExecutor, index: Index) -> None:
    executor.shutdown()
    index.close()


async def _nobody(_: frozenset[str]) -> None:
    """Nobody else has anything of a document."""


def _first(here: Sequence[Ranked], found: Sequence[Ranked], limit: int) -> list[Ranked]:
    """What the project in use has comes first, but leaves a third to what fits better elsewhere."""
    mine = {one.hit.number for one in here}
    others = [one for one in found if one.hit.number not in mine]
    first = list(here[: max(limit - limit // 3, limit - len(others))])
    return [*first, *others][:limit]


def limits(settings: KnowledgeSettings) -> Limits:
    """What one conversion may take."""
    return Limits(seconds=settings.convert_s, memory_mb=settings.convert_memory_mb, pages=settings.max_pages)


def told(reading: Reading) -> str:
    """ "reading report.pdf, page 12 of 300"."""
    where = f", page {reading.done} of {reading.total}" if reading.total else ""
    name = reading.name if reading.whose is Whose.COMPANY else "a document"  # its name is not everybody's
    return f"reading {name}{where}"
