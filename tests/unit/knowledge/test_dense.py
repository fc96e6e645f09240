"""Vectors by a model that reads text: made in the background, never of two models at once, never waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from company.books import Books
from company.budget import Caps
from company.config import BudgetSettings, KnowledgeSettings
from company.metered_embedding import MeteredEmbedder, Prefixes
from company.records import Condition, ModelRef
from employees.ollama_door import OllamaDoor
from knowledge import dense, vectors
from knowledge.edge import EdgeEngine
from knowledge.engine import EVERYWHERE, Found, Scope
from knowledge.index import Index
from knowledge.library import LocalLibrary
from tests.fakes.clock import TurnedClock
from tests.fakes.ollama import FakeOllama

WHO = "ada"


@dataclass
class Setup:
    """A library whose vectors come from a fake Ollama."""

    folder: Path
    clock: TurnedClock
    books: Books
    ollama: FakeOllama
    opened: list[tuple[LocalLibrary, OllamaDoor]] = field(default_factory=list)

    def write(self, name: str, text: str) -> None:
        (self.folder / "docs").mkdir(exist_ok=True)
        (self.folder / "docs" / name).write_text(text, encoding="utf-8")

    async def library(self, model: str = "nomic-embed-text", **more: object) -> LocalLibrary:
        await self.close()
        door = OllamaDoor(self.ollama.url, self.clock)
        ref = ModelRef(provider="ollama", model=model)
        caps = Caps(BudgetSettings(), ZoneInfo("UTC"))
        embedder = MeteredEmbedder(self.books, door, ref, self.clock, caps, "here/1", Prefixes())
        settings = KnowledgeSettings.model_validate({"folders": (Path("docs"),), **more})
        made = LocalLibrary(
            settings, data_dir=self.folder / "data", root=self.folder, clock=self.clock,
            engine=EdgeEngine(self.folder / "data" / "search"), embedder=embedder,
        )  # fmt: skip
        await made.open()
        await made._write(made._upkeep.open)
        self.opened.append((made, door))
        return made

    async def close(self) -> None:
        while self.opened:
            library, door = self.opened.pop()
            await library.close()
            await door.close()

    def asked(self) -> list[int]:
        """The number of texts of each call, since the last time."""
        sizes = [len(call.raw["input"]) for call in self.ollama.calls if call.path == "/api/embed"]
        self.ollama.calls.clear()
        return sizes


@pytest.fixture
async def setup(tmp_path: Path, clock: TurnedClock, books: Books) -> AsyncIterator[Setup]:
    ollama = FakeOllama(models=["nomic-embed-text:latest", "mxbai-embed-large:latest"])
    await ollama.start()
    made = Setup(tmp_path, clock, books, ollama)
    yield made
    await made.close()
    await ollama.stop()


def notes(count: int) -> str:
    return "\n\n".join(
        f"# Topic {n}\n\nThe word of topic {n} is tulip{n}, planted on day {n} of spring." for n in range(count)
    )


def numbers_of(library: LocalLibrary, vector: list[float], model: str) -> list[Found]:
    return library._writing.by_meaning(vector, model, EVERYWHERE, 1000)


async def state(library: LocalLibrary) -> str:
    return (await library.check()).detail


async def test_what_comes_in_is_found_by_words_at_once_and_by_meaning_later(setup: Setup) -> None:
    library = await setup.library(embeddings_fit=0.3)
    setup.write("a.md", notes(40))
    await library.sync()
    assert len(await library.find("tulip7", person_id=WHO)) == 1
    assert setup.asked() == []  # nothing is asked before there are vectors to compare with
    await library.embed()
    assert sum(setup.asked()) == 40
    assert "40 of 40" not in await state(library)
    (best, *_) = await library.find("tulip7", person_id=WHO)
    assert "tulip7" in best.text
    assert setup.asked() == [1]
    await library.find("tulip7", person_id=WHO)
    assert setup.asked() == []  # the vector of a question is remembered
    await library.embed()
    assert setup.asked() == []


async def test_meaning_finds_what_words_do_not(setup: Setup) -> None:
    """The fake's vectors know words as they are written, stop words too: "which" is no term of the search by words."""
    setup.write("a.md", "Once upon a hill.\n\n# Other\n\nKettles boil.\n")
    library = await setup.library(embeddings_fit=0.5)
    await library.sync()
    question = "hill. upon a once castle"
    await library.embed()
    assert [one.text for one in await library.find(question, person_id=WHO)] == ["Once upon a hill."]
    library = await setup.library(embeddings_fit=0.99)
    await library.sync()
    await library.embed()
    assert await library.find("upon once of a castle tower moat", person_id=WHO) == ()


async def test_another_model_takes_over_when_it_has_all_and_never_before(setup: Setup) -> None:
    setup.write("a.md", notes(60))
    library = await setup.library()
    await library.sync()
    await library.embed()
    old = "ollama/nomic-embed-text"
    some = [1.0] + [0.0] * 63
    assert len(numbers_of(library, some, old)) == 60

    setup.ollama.dimensions = 32
    library = await setup.library("mxbai-embed-large")
    await library.sync()
    new = "ollama/mxbai-embed-large"
    setup.asked()
    await library._dense.look()  # type: ignore[union-attr]
    assert await library._dense.step()  # type: ignore[union-attr]
    assert setup.asked() == [dense.BATCH]
    assert f"reading for meaning ({new}): {dense.BATCH} of 60 passages" in await state(library)
    assert (await library.check()).condition is Condition.OK
    await library.find("tulip5 topic", person_id=WHO)
    assert setup.asked() == []  # its vectors are not in use, so the question gets none

    library = await setup.library("mxbai-embed-large")  # a restart (or a kill) goes on where it was
    await library.sync()
    await library.embed()
    assert sum(setup.asked()) == 60 - dense.BATCH
    assert len(numbers_of(library, some[:32], new)) == 60
    assert numbers_of(library, some[:32], old) == []
    assert {len(blob) for blob in _blobs(library)} == {64}
    (best, *_) = await library.find("tulip5", person_id=WHO)
    assert "tulip5" in best.text
    assert setup.asked() == [1]


def _blobs(library: LocalLibrary) -> list[bytes]:
    return [row[0] for row in library._writing._open.execute("SELECT vector FROM vectors")]


async def test_another_version_by_the_same_name_is_another_model(setup: Setup) -> None:
    setup.write("a.md", notes(20))
    library = await setup.library()
    await library.sync()
    await library.embed()
    setup.ollama.dimensions = 48  # pulled anew
    setup.write("b.md", "A new page about rivers.")
    await library.sync()
    await library.embed()
    assert {len(blob) for blob in _blobs(library)} == {96}
    assert len(_blobs(library)) == 21
    assert len(numbers_of(library, [1.0] * 48, "ollama/nomic-embed-text")) == 21


async def test_a_model_that_is_down_is_said_and_words_go_on(setup: Setup) -> None:
    setup.write("a.md", notes(20))
    library = await setup.library()
    await library.sync()
    setup.ollama.faults.add("overloaded")
    await library.embed()
    health = await library.check()
    assert health.condition is Condition.WARNING
    assert "searching by words: Ollama (nomic-embed-text) is overloaded." in health.detail
    assert len(await library.find("tulip7", person_id=WHO)) == 1
    tries = len(setup.asked())
    assert tries == 1
    await library.embed()
    assert setup.asked() == []  # left alone for a while
    setup.ollama.faults.rules.clear()
    setup.clock.turn(dense.REST_S[0] + 1)
    await library.embed()
    assert (await library.check()).condition is Condition.OK
    setup.asked()
    setup.ollama.faults.add("500")
    assert len(await library.find("tulip7", person_id=WHO)) == 1
    assert (await library.check()).condition is Condition.WARNING
    assert "trouble" in await state(library)


async def test_an_unchanged_passage_is_not_paid_for_twice(setup: Setup) -> None:
    setup.write("a.md", notes(30))
    library = await setup.library()
    await library.sync()
    await library.embed()
    setup.asked()
    setup.write("a.md", notes(30) + "\n\n# Topic 30\n\nA line more, about herons.")
    setup.clock.turn(10)
    await library.sync()
    assert (await library.check()).facts["passages"] == 31
    await library.embed()
    assert setup.asked() == [1]
    assert len(numbers_of(library, [1.0] * 64, "ollama/nomic-embed-text")) == 31


async def test_what_is_deleted_leaves_no_vector(setup: Setup) -> None:
    setup.write("a.md", notes(20))
    setup.write("b.md", "A page about rivers.")
    library = await setup.library()
    await library.sync()
    await library.embed()
    (setup.folder / "docs" / "a.md").unlink()
    await library.sync()
    assert len(_blobs(library)) == 1
    assert len(numbers_of(library, [1.0] * 64, "ollama/nomic-embed-text")) == 1


def test_vectors_survive_their_packing() -> None:
    assert vectors.unpack(vectors.pack([3.0, 4.0])) == pytest.approx((0.6, 0.8), abs=0.0005)
    assert vectors.pack([0.0, 0.0]) == b""


def test_an_owner_is_asked_for_in_the_query_by_meaning_too(tmp_path: Path) -> None:
    engine = EdgeEngine(tmp_path / "v")
    engine.open(2)
    index = Index(tmp_path / "k.db", engine=engine)
    index.open()
    scope = Scope(owners=frozenset({"person:nobody"}))
    assert index.by_meaning([1.0, 0.0], "m", scope, 5) == []
    index.close()
    engine.close()
