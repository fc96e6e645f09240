"""One contract for every way to search: the embedded engine, a Qdrant server, and SQLite's FTS5 alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge import meaning
from knowledge.edge import EdgeEngine
from knowledge.engine import EVERYWHERE, Engine, EngineBroken, Point, Scope
from knowledge.index import Chunk, DocumentRow, DocumentState, Index
from knowledge.qdrant import QdrantEngine
from knowledge.search import Search
from knowledge.upkeep import Upkeep
from tests.unit.knowledge.qdrant_server import QdrantServer

KINDS = ("edge", "qdrant", "fts")
KEY = "a key for tests"


def document(name: str, *, owner: str = "company", collection: str = "", time: int = 0) -> DocumentRow:
    return DocumentRow(
        path=f"/x/{name}", name=name, content_hash="", size=0, modified_ns=0, checked_at=0,
        state=DocumentState.INDEXED, owner=owner, collection=collection, time=time,
    )  # fmt: skip


def chunks(*texts: str) -> list[Chunk]:
    return [Chunk(text=text, line=number) for number, text in enumerate(texts, 1)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[QdrantServer]:
    running = QdrantServer(tmp_path / "server", KEY)
    yield running
    running.stop()


def engine_of(folder: Path, kind: str, server: QdrantServer) -> Engine | None:
    if kind == "edge":
        return EdgeEngine(folder / "vectors")
    return QdrantEngine(server.url, f"test {folder.name}", lambda: KEY) if kind == "qdrant" else None


def make(folder: Path, kind: str, server: QdrantServer, dimensions: int = 0) -> tuple[Index, Engine | None]:
    engine = engine_of(folder, kind, server)
    index = Index(folder / "knowledge.db", engine=engine)
    index.open()
    if engine is not None:
        engine.open(dimensions)
        index.agree()
    return index, engine


@pytest.fixture(params=KINDS)
def index(request: pytest.FixtureRequest, tmp_path: Path, server: QdrantServer) -> Iterator[Index]:
    opened, engine = make(tmp_path, request.param, server)
    yield opened
    opened.close()
    if engine is not None:
        engine.close()


def found(index: Index, *terms: str, scope: Scope = EVERYWHERE, limit: int = 10) -> list[str]:
    numbers = [one.number for one in index.by_words(dict.fromkeys(terms, 1.0), scope, limit)]
    texts = {hit.number: hit.text for hit in index.hits(numbers, scope)}
    return [texts[number] for number in numbers if number in texts]


def test_the_rarer_word_weighs_more(index: Index) -> None:
    index.replace(document("a.md"), chunks("a blue boat", "a red boat", "a boat and a kite", "a red kite"), "en")
    assert found(index, "red", "boat")[0] == "a red boat"
    assert found(index, "kite", "boat")[0] == "a boat and a kite"
    assert found(index, "submarin") == []


def test_all_that_matches_is_found_up_to_the_limit(index: Index) -> None:
    index.replace(document("a.md"), chunks(*(f"kettle number {n}" for n in range(300))), "en")
    assert len(found(index, "kettl", limit=1000)) == 300
    assert len(found(index, "kettl", limit=7)) == 7


def test_a_new_version_replaces_the_old_one(index: Index) -> None:
    index.replace(document("a.md"), chunks("the gate opens at nine", "bring a lantern"), "en")
    index.replace(document("a.md"), chunks("the gate opens at ten"), "en")
    assert found(index, "gate", "lantern") == ["the gate opens at ten"]
    index.remove("/x/a.md")
    assert found(index, "gate", "lantern") == []


def test_filters_are_inside_the_query(index: Index) -> None:
    """What others have fits better and is more than the limit: still nothing of it takes a place."""
    for n in range(40):
        index.replace(
            document(f"o{n}.md", owner="person:other", collection="work", time=n), chunks("safe code safe"), "en"
        )
    mine = document("mine.md", owner="person:me", collection="home", time=1000)
    index.replace(mine, chunks("where the code of the old iron safe in the long corridor of the house is kept"), "en")
    mine_text = "where the code of the old iron safe in the long corridor of the house is kept"
    for scope in (
        Scope(owners=frozenset({"person:me", "company"})),
        Scope(collections=frozenset({"home"})),
        Scope(since=1000),
        Scope(since=500, until=1000, owners=frozenset({"person:me"})),
    ):
        assert found(index, "safe", "code", scope=scope, limit=3) == [mine_text], scope
    assert len(found(index, "safe", scope=Scope(until=9), limit=100)) == 10
    assert found(index, "safe", scope=Scope(owners=frozenset())) == []
    assert found(index, "safe", scope=Scope(owners=frozenset({"person:nobody"}))) == []


def test_a_document_changes_hands(index: Index) -> None:
    """On every engine the new owner finds it at once, the old one no more, and nothing of it is written anew."""
    mine = document("a.md", owner="person:me")
    index.replace(mine, chunks("the code of the safe", "the key of the shed"), "en")
    index.replace(document("b.md", owner="person:me"), chunks("the safe is green"), "en")
    me, all_of_us = Scope(owners=frozenset({"person:me"})), Scope(owners=frozenset({"company"}))
    before = {hit.number for hit in index.hits(range(100))}
    (old_id,) = (hit.id for hit in index.hits(range(100)) if hit.text == "the code of the safe")
    index.give(mine.path, replace(mine, path="/uploads/a.md", owner="company"))
    assert found(index, "safe", scope=me) == ["the safe is green"]
    assert found(index, "safe", scope=all_of_us) == ["the code of the safe"]
    assert found(index, "shed", scope=all_of_us) == ["the key of the shed"]
    assert {hit.number for hit in index.hits(range(100))} == before
    assert index.passage(old_id) is None
    assert "/x/a.md" not in index.documents()
    index.remove("/uploads/a.md")
    assert found(index, "safe", scope=all_of_us) == []


def test_headings_are_found_too(index: Index) -> None:
    index.replace(document("a.md"), [Chunk(text="Six euros.", line=3, headings=("Prices", "Delivery"))], "en")
    assert found(index, "deliveri") == ["Six euros."]
    assert found(index, "^price") == ["Six euros."]


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_stored_is_there_after_a_restart(tmp_path: Path, server: QdrantServer, kind: str) -> None:
    for turn in range(3):
        index, engine = make(tmp_path, kind, server)
        index.replace(document(f"{turn}.md"), chunks(f"kettle of the year {turn}"), "en")
        assert len(found(index, "kettl")) == turn + 1
        index.close()
        if engine is not None:
            engine.close()


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
def test_nobody_finds_what_is_not_theirs(
    tmp_path_factory: pytest.TempPathFactory, server: QdrantServer, kind: str, seed: int
) -> None:
    """Random documents of three people come, change hands and go: each finds all of their own, and only that."""
    folder = tmp_path_factory.mktemp("isolation")
    index, engine = make(folder, kind, server)
    dice = random.Random(seed)
    owners: dict[str, tuple[str, int]] = {}
    people = ("person:a", "person:b", "person:c")
    for turn in range(30):
        name = f"doc{dice.randrange(8)}.md"
        if dice.random() < 0.25:
            index.remove(f"/x/{name}")
            owners.pop(name, None)
        else:
            owner = dice.choice(people)
            index.replace(document(name, owner=owner), chunks(f"secret {name} of turn {turn}"), "en")
            owners[name] = (owner, turn)
    for person in people:
        scope = Scope(owners=frozenset({person}))
        theirs = {f"secret {name} of turn {turn}" for name, (owner, turn) in owners.items() if owner == person}
        assert set(found(index, "secret", scope=scope, limit=100)) == theirs
        for hit in index.hits(range(200), scope):
            assert hit.text in theirs
            assert index.passage(hit.id, Scope(owners=frozenset(set(people) - {person}))) is None
    index.close()
    if engine is not None:
        assert engine.numbers() == {one.number for one in _all(folder)}
        engine.close()


def _all(folder: Path) -> list:  # type: ignore[type-arg]
    index = Index(folder / "knowledge.db")
    index.open()
    hits = index.hits(range(1000))
    index.close()
    return hits


# -- what only an engine has ----------------------------------------------------------------------------------------------


def test_a_second_process_searches_by_itself_and_its_documents_reach_the_engine(
    tmp_path: Path, server: QdrantServer
) -> None:
    first, engine = make(tmp_path, "edge", server)
    first.replace(document("a.md"), chunks("the gate opens at nine"), "en")
    other_engine = EdgeEngine(tmp_path / "vectors")
    other = Index(tmp_path / "knowledge.db", engine=other_engine)
    other.open()
    with pytest.raises(EngineBroken, match="another NEXUS"):
        other_engine.open(0)
    assert found(other, "gate") == ["the gate opens at nine"]
    other.replace(document("b.md"), chunks("the gate is green"), "en")
    assert set(found(first, "gate")) == {"the gate opens at nine", "the gate is green"}
    assert engine is not None
    assert len(engine.numbers()) == 1
    while first.catch_up():
        pass
    assert len(engine.numbers()) == 2
    assert len(found(first, "gate")) == 2
    other.close()
    first.close()
    engine.close()


@pytest.mark.parametrize("damage", ["lost", "garbage", "layout"])
def test_a_damaged_engine_is_filled_again(tmp_path: Path, server: QdrantServer, damage: str) -> None:
    index, engine = make(tmp_path, "edge", server)
    index.replace(document("a.md"), chunks(*(f"kettle number {n}" for n in range(300))), "en")
    index.close()
    assert engine is not None
    engine.close()
    for path in (tmp_path / "vectors").rglob("*"):
        if path.name == "nexus.json" and damage != "garbage":
            path.write_text("another layout") if damage == "layout" else path.unlink()
        elif path.name == "edge_config.json" and damage == "garbage":
            path.write_text("no json")
    index, engine = make(tmp_path, "edge", server)
    assert engine is not None
    assert len(found(index, "kettl", limit=1000)) == 300
    assert engine.numbers() == set()
    while index.catch_up():
        pass
    assert len(engine.numbers()) == 300
    assert len(found(index, "kettl", limit=1000)) == 300
    index.close()
    engine.close()


@pytest.mark.parametrize("kind", ["edge", "qdrant"])
def test_another_model_marks_all_and_embeds_again(tmp_path: Path, server: QdrantServer, kind: str) -> None:
    pytest.importorskip("numpy")
    index, engine = make(tmp_path, kind, server, meaning.DIMENSIONS)
    assert engine is not None
    texts = [f"{'boat sail harbour' if n % 2 else 'oven bread flour'} number{n % 17} word{n % 29}" for n in range(240)]
    index.replace(document("a.md"), chunks(*texts), "en")
    models = [meaning.fit(index.sample(limit), 240) for limit in (240, 120)]
    assert models[0].model != models[1].model
    for model in models:
        index.embedder = model
        assert index.agree() == 240
        vector = model.question("sail", {"sail": 1.0})
        assert vector is not None
        assert index.by_meaning(vector, model.model, EVERYWHERE, 10) == []  # nothing of another model is compared
        while index.catch_up():
            pass
        assert index.agree() == 0
        near = index.by_meaning(vector, model.model, EVERYWHERE, 10)
        assert len(near) == 10
        assert all("boat" in hit.text for hit in index.hits(one.number for one in near))
    index.close()
    engine.close()


@pytest.mark.parametrize("kind", ["edge", "qdrant"])
def test_meanings_of_given_passages_only_and_never_beyond_the_scope(
    tmp_path: Path, server: QdrantServer, kind: str
) -> None:
    engine = engine_of(tmp_path, kind, server)
    assert engine is not None
    engine.open(2)
    engine.put(
        [
            Point(
                number=number, words={"kettl": 1.0}, owner="company" if number % 2 else "person:ann", collection="",
                time=0, meaning=[1.0, number / 10], model="m",
            )
            for number in range(1, 61)
        ]
    )  # fmt: skip
    ours = Scope(owners=frozenset({"company"}))
    assert [one.number for one in engine.meanings([1.0, 0.0], "m", ours, 3)] == [1, 3, 5]
    found = engine.meanings([1.0, 0.0], "m", ours, 10, among={41, 7, 8, 55, 999})
    assert [one.number for one in found] == [7, 41, 55]
    assert found[0].score == pytest.approx(1 / 1.49**0.5, abs=0.001)
    assert engine.meanings([1.0, 0.0], "m", ours, 10, among=set()) == []
    engine.close()


def test_dropped_points_give_their_space_back(tmp_path: Path, server: QdrantServer) -> None:
    index, engine = make(tmp_path, "edge", server)
    upkeep = Upkeep(index, Search(index), engine, tmp_path)
    index.replace(document("big.md"), chunks(*(f"lantern {n} {n * n}" for n in range(3000))), "en")
    index.replace(document("a.md"), chunks("a kettle"), "en")
    index.remove("/x/big.md")
    upkeep.close()
    assert engine is not None
    with pytest.raises(EngineBroken, match="closed"):
        engine.numbers()
    engine.open(0)
    assert len(engine.numbers()) == 1
    assert found(index, "kettl") == ["a kettle"]
    assert found(index, "lantern") == []
    index.close()
    engine.close()


def test_a_server_that_is_away_is_done_without_and_caught_up_with(tmp_path: Path, server: QdrantServer) -> None:
    engine = QdrantEngine(server.url, "away", lambda: KEY)
    index = Index(tmp_path / "knowledge.db", engine=engine)
    index.open()
    upkeep = Upkeep(index, Search(index), engine, tmp_path)
    server.down = True
    upkeep.open()
    assert "can't be used (it answered 503)" in upkeep.without
    index.replace(document("a.md"), chunks("the gate opens at nine"), "en")
    assert found(index, "gate") == ["the gate opens at nine"]
    server.down = False
    upkeep.finish()
    assert upkeep.without == ""
    assert server.points("away-v1") == 1
    server.down = True  # and in the middle of everything
    index.replace(document("b.md"), chunks("the gate is green"), "en")
    assert len(found(index, "gate")) == 2
    server.down = False
    upkeep.finish()
    assert server.points("away-v1") == 2
    index.close()
    engine.close()


def test_a_wrong_key_is_said_and_not_shown(tmp_path: Path, server: QdrantServer) -> None:
    engine = QdrantEngine(server.url, "locked", lambda: "a wrong key")
    with pytest.raises(EngineBroken, match="it answered 401") as said:
        engine.open(0)
    assert "a wrong key" not in str(said.value)
    with pytest.raises(EngineBroken, match="travel readable"):
        QdrantEngine("http://qdrant.example:6333", "clear", lambda: KEY).open(0)


def test_vectors_of_another_size_start_the_collection_anew(tmp_path: Path, server: QdrantServer) -> None:
    for dimensions in (0, 8, 8, 4):
        index, engine = make(tmp_path, "qdrant", server, dimensions)
        assert engine is not None
        while index.catch_up():
            pass
        index.replace(document(f"{dimensions}.md"), chunks("a boat"), "en")
        assert len(engine.numbers()) == index.counts().passages
        index.close()
        engine.close()


def test_a_small_library_opens_no_engine_until_it_has_grown(tmp_path: Path, server: QdrantServer) -> None:
    index, engine = make(tmp_path, "edge", server)
    assert engine is not None
    engine.close()
    upkeep = Upkeep(index, Search(index), engine, tmp_path, least=3)
    upkeep.open()
    index.replace(document("a.md"), chunks("the gate opens at nine", "a kettle"), "en")
    assert not upkeep.step()
    assert upkeep.without == ""
    assert found(index, "gate") == ["the gate opens at nine"]
    with pytest.raises(EngineBroken):
        engine.numbers()
    index.replace(document("b.md"), chunks("a lantern"), "en")
    upkeep.finish()
    assert len(engine.numbers()) == 3
    assert found(index, "lantern") == ["a lantern"]
    upkeep.close()
    index.close()
