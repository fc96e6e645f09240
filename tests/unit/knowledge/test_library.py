"""The library keeps up with its folders, never blocks, and finds nothing rather than anything."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from company.config import KnowledgeSettings
from company.document_records import Added
from company.errors import BooksError, NotReady
from company.records import Condition
from knowledge.converting.converter import Converter
from knowledge.index import Chunk, DocumentRow, DocumentState, Index
from knowledge.library import DocumentRefused, LocalLibrary
from knowledge.qdrant import QdrantEngine
from tests.fakes.clock import TurnedClock

WHO = "person"


def make(tmp_path: Path, clock: TurnedClock) -> LocalLibrary:
    (tmp_path / "docs").mkdir(exist_ok=True)
    settings = KnowledgeSettings(folders=(Path("docs"),), max_file_mb=1)
    return LocalLibrary(settings, data_dir=tmp_path / "data", root=tmp_path, clock=clock)


@pytest.fixture
async def library(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[LocalLibrary]:
    made = make(tmp_path, clock)
    await made.open()
    yield made
    await made.close()


def put(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / "docs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


async def documents(library: LocalLibrary, question: str) -> list[str]:
    return [passage.document for passage in await library.find(question, person_id=WHO)]


async def test_a_file_comes_changes_and_goes(library: LocalLibrary, tmp_path: Path) -> None:
    assert library.is_empty()
    path = put(tmp_path, "sub/rent.md", "# Flat\n\nThe rent is 900 euros.\n")
    await library.sync()
    assert not library.is_empty()
    (found,) = await library.find("How much is the rent?", person_id=WHO)
    assert (found.document, found.place, found.text) == ("sub/rent.md", "Flat, line 3", "The rent is 900 euros.")
    assert await library.passage(found.id, person_id=WHO) is not None

    path.write_text("# Flat\n\nThe rent is 950 euros.\n", encoding="utf-8")  # same size, perhaps the same stamp
    await library.sync()
    (changed,) = await library.find("How much is the rent?", person_id=WHO)
    assert changed.text == "The rent is 950 euros."
    assert await library.passage(found.id, person_id=WHO) is None

    path.unlink()
    await library.sync()
    assert library.is_empty()
    assert await library.find("How much is the rent?", person_id=WHO) == ()
    assert await library.passage(changed.id, person_id=WHO) is None


async def test_an_untouched_file_is_not_read_again(
    library: LocalLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: TurnedClock
) -> None:
    path = put(tmp_path, "rent.md", "The rent is 900 euros.")
    os.utime(path, ns=(0, (clock.now() - 60_000) * 1_000_000))
    await library.sync()
    monkeypatch.setattr(Converter, "convert", lambda *_, **__: pytest.fail("read again"))
    monkeypatch.setattr("knowledge.intake.fingerprint", lambda _: pytest.fail("hashed again"))
    await library.sync()
    assert (await library.check()).facts["documents"] == 1


async def test_run_looks_again_after_its_interval(library: LocalLibrary, tmp_path: Path, clock: TurnedClock) -> None:
    running = asyncio.create_task(library.run())
    await asyncio.wait_for(library.synced.wait(), 10)
    await clock.until_asleep()
    put(tmp_path, "late.md", "The gardener comes on Friday.")
    clock.turn(5)
    await clock.until_asleep()
    assert await documents(library, "When does the gardener come?") == ["late.md"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_cannot_be_read_is_named(library: LocalLibrary, tmp_path: Path) -> None:
    put(tmp_path, "plan.rtf", "{\\rtf1 plan}")
    put(tmp_path, "ok.md", "Fine text.")
    put(tmp_path, "README.md", "<!-- nexus: not a document -->\nFine text.")
    put(tmp_path, ".hidden.md", "Fine text.")
    await library.sync()
    health = await library.check()
    assert health.condition is Condition.WARNING
    assert health.facts == {
        "documents": 1,
        "passages": 1,
        "failed": [{"name": "plan.rtf", "reason": "RTF is not supported yet; save it as PDF, Word or text"}],
        "failed_count": 1,
    }


async def test_a_file_that_could_not_be_opened_is_tried_again(
    library: LocalLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "locked.md", "The gate opens at nine.")

    def refuse(file: object) -> str:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as locked:
        locked.setattr("knowledge.intake.fingerprint", refuse)
        await library.sync()
        assert (await library.check()).facts["failed_count"] == 1
    await library.sync()
    assert await documents(library, "When does the gate open?") == ["locked.md"]


async def test_a_broken_disk_is_told_and_not_fatal(
    library: LocalLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a.md", "The gate opens at nine.")

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(Index, "replace", full)
        await library.sync()
        health = await library.check()
        assert (health.condition, "disk is full" in health.detail) == (Condition.WARNING, True)
    await library.sync()
    assert (await library.check()).condition is Condition.OK


async def test_a_closed_library_says_so(library: LocalLibrary) -> None:
    await library.close()
    with pytest.raises(NotReady, match="closed"):
        await library.find("anything", person_id=WHO)
    assert (await library.check()).condition is Condition.ILL
    await library.close()


async def test_no_document_is_off_with_a_mend(library: LocalLibrary) -> None:
    health = await library.check()
    assert (health.condition, health.mend) == (Condition.OFF, "Put documents into docs.")


async def test_links_do_not_lead_out_of_the_folder(library: LocalLibrary, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("The code of the safe is 4711.", encoding="utf-8")
    (tmp_path / "docs" / "link.txt").symlink_to(secret)
    (tmp_path / "docs" / "around").symlink_to(tmp_path)
    await library.sync()
    assert await documents(library, "What is the code of the safe?") == []


async def test_a_named_file_is_kept_until_it_is_gone(library: LocalLibrary, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere.txt"
    outside.write_text("The gate code is 2580.", encoding="utf-8")
    assert await library.add(outside) == Added(name="elsewhere.txt", passages=1)
    await library.sync()
    assert await documents(library, "What is the gate code?") == ["elsewhere.txt"]
    outside.unlink()
    await library.sync()
    assert await documents(library, "What is the gate code?") == []
    with pytest.raises(DocumentRefused, match="can't be read"):
        await library.add(outside)
    pdf = tmp_path / "x.pdf"
    pdf.write_bytes(b"%PDF-1.7\ngarbage")
    with pytest.raises(DocumentRefused, match=r"^x\.pdf can't be used: it is damaged, or not a PDF\.$"):
        await library.add(pdf)


async def test_equal_names_in_two_places_stay_apart(library: LocalLibrary, tmp_path: Path) -> None:
    put(tmp_path, "notes.md", "The boat is blue.")
    other = tmp_path / "away" / "notes.md"
    other.parent.mkdir()
    other.write_text("The boat has a mast.", encoding="utf-8")
    await library.sync()
    await library.add(other)
    assert sorted(await documents(library, "boat")) == ["away/notes.md", "notes.md"]


async def test_neighbours(library: LocalLibrary, tmp_path: Path) -> None:
    put(tmp_path, "a.md", "# One\n\nalpha\n\n# Two\n\nbeta\n\n# Three\n\ngamma\n")
    await library.sync()
    (middle,) = await library.find("beta", person_id=WHO)
    assert [passage.text for passage in await library.neighbours(middle.id, person_id=WHO)] == ["alpha", "gamma"]


async def test_ids_survive_a_rebuild(library: LocalLibrary, tmp_path: Path, clock: TurnedClock) -> None:
    put(tmp_path, "a.md", "The kettle whistles.")
    await library.sync()
    (before,) = await library.find("kettle", person_id=WHO)
    await library.close()
    for path in (tmp_path / "data").glob("knowledge.db*"):
        path.unlink()
    again = make(tmp_path, clock)
    await again.open()
    await again.sync()
    (after,) = await again.find("kettle", person_id=WHO)
    await again.close()
    assert before.id == after.id


@pytest.mark.parametrize("damage", ["garbage", "layout"])
async def test_a_broken_or_older_index_is_built_again(tmp_path: Path, clock: TurnedClock, damage: str) -> None:
    put_first = make(tmp_path, clock)
    put(tmp_path, "a.md", "The kettle whistles.")
    await put_first.open()
    await put_first.sync()
    await put_first.close()
    file = tmp_path / "data" / "knowledge.db"
    if damage == "garbage":
        file.write_bytes(b"not a database at all" * 500)
    else:
        with sqlite3.connect(file) as db:
            db.execute("PRAGMA user_version = 999")
        db.close()
    again = make(tmp_path, clock)
    await again.open()
    assert again.is_empty()
    await again.sync()
    assert await documents(again, "kettle") == ["a.md"]
    await again.close()


async def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, clock: TurnedClock) -> None:
    (tmp_path / "data").write_text("a file where the folder should be", encoding="utf-8")
    library = make(tmp_path, clock)
    with pytest.raises(BooksError, match="make that folder writable"):
        await library.open()
    await library.close()


WORDS = [f"{a}{b}{c}" for a in ("mar", "tel", "nov", "rus") for b in ("lin", "dor", "ket") for c in ("a", "en", "ix")]


def build_big(tmp_path: Path) -> None:
    index = Index(tmp_path / "data" / "knowledge.db")
    index.open()
    chunks = [
        Chunk(text=" ".join(WORDS[(n * k + k) % len(WORDS)] for k in range(1, 120)) + f" unit{n}.", line=n + 1)
        for n in range(5000)
    ]
    row = DocumentRow(
        path=str(tmp_path / "docs" / "big.txt"), name="big.txt", content_hash="", size=0, modified_ns=0, checked_at=0,
        state=DocumentState.INDEXED,
    )  # fmt: skip
    index.replace(row, chunks, "en")
    index.close()


async def test_five_thousand_passages_open_and_answer_quickly(tmp_path: Path, clock: TurnedClock) -> None:
    """In processor time of all threads, which a busy machine stretches least; docs/knowledge.md has the figures."""
    await asyncio.to_thread(build_big, tmp_path)
    library = make(tmp_path, clock)
    begun = time.process_time()
    await library.open()
    opening = time.process_time() - begun
    times = []
    for n in range(0, 5000, 250):
        begun = time.process_time()
        found = await library.find(f"Where is unit{n} kept with {WORDS[n % 7]}?", person_id=WHO)
        times.append(time.process_time() - begun)
        assert any(f"unit{n}." in passage.text for passage in found)
    await library.close()
    print(f"open {opening * 1000:.0f} ms, query p50 {sorted(times)[10] * 1000:.1f} ms, max {max(times) * 1000:.1f} ms")
    assert opening < 0.5
    assert sorted(times)[10] < 0.25


async def test_an_engine_that_cannot_be_used_is_told_and_done_without(tmp_path: Path, clock: TurnedClock) -> None:
    (tmp_path / "docs").mkdir()
    put(tmp_path, "a.md", "The kettle whistles.")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, and nobody listens
        engine = QdrantEngine(f"http://127.0.0.1:{closed.getsockname()[1]}", "nobody")
        settings = KnowledgeSettings(folders=(Path("docs"),), max_file_mb=1)
        library = LocalLibrary(settings, data_dir=tmp_path / "data", root=tmp_path, clock=clock, engine=engine)
        await library.open()
        await library.sync()
        health = await library.check()
        assert health.condition is Condition.OK
        assert "searching by SQLite alone: the Qdrant server at http://127.0.0.1" in health.detail
        assert await documents(library, "kettle") == ["a.md"]
        await library.close()
