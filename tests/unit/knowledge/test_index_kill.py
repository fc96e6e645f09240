"""kill -9 at any moment of indexing leaves each document whole or absent, in the index and in what a search finds."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from knowledge.edge import EdgeEngine
from knowledge.engine import EVERYWHERE, Engine
from knowledge.index import Chunk, DocumentRow, DocumentState, Index

ROOT = Path(__file__).parents[3]
KILLS = 10
PASSAGES = 60

CHILD = f"""
import sys
from itertools import count
from pathlib import Path
from knowledge.edge import EdgeEngine
from knowledge.index import Chunk, DocumentRow, DocumentState, Index
folder = Path(sys.argv[1])
engine = EdgeEngine(folder / "vectors") if sys.argv[2] == "edge" else None
index = Index(folder / "knowledge.db", engine=engine)
index.open()
if engine:
    engine.open(0)
    index.agree()
print("open", flush=True)
for turn in count():
    name = f"doc{{turn % 5}}.md"
    chunks = [Chunk(text=f"version{{turn}} passage {{n}} of the text about kettles. The kettle needs part{{n}}.", line=n + 1)
              for n in range({PASSAGES})]
    row = DocumentRow(path="/x/" + name, name=name, content_hash=str(turn), size=1, modified_ns=1, checked_at=1,
                      state=DocumentState.INDEXED)
    index.replace(row, chunks, "en")
"""


@pytest.mark.kills
@pytest.mark.parametrize("kind", ["edge", "fts"])
def test_whole_or_absent(tmp_path: Path, kind: str) -> None:
    seen = 0
    for turn in range(KILLS):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path), kind],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": str(ROOT)},
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"open\n"
        time.sleep(random.Random(turn).uniform(0.0, 0.15))  # the moment of the kill is what is varied here
        child.kill()
        child.wait()
        child.stdout.close()
        seen += _check_whole(tmp_path, EdgeEngine(tmp_path / "vectors") if kind == "edge" else None)
    assert seen > 0, "no document was ever finished: the test kills too early to show anything"


def _check_whole(folder: Path, engine: Engine | None) -> int:
    index = Index(folder / "knowledge.db", engine=engine)
    index.open()  # must not find a broken file: that would throw it away
    if engine is not None:
        engine.open(0)
    known = index.documents()
    for healed in (False, True):  # at once after the kill, and after the start has taken out what nobody sees
        if healed:
            assert index.agree() == 0, "a passage that was committed is not in the engine"
        hits = index.hits(found.number for found in index.by_words({"kettl": 1.0}, EVERYWHERE, 10_000))
        by_document: dict[str, set[str]] = {}
        for hit in hits:
            by_document.setdefault(hit.document, set()).add(hit.text.split()[0])
        assert by_document.keys() == {row.name for row in known.values()}
        assert all(len(versions) == 1 for versions in by_document.values()), by_document
        assert len(hits) == PASSAGES * len(known)
    if engine is not None:
        assert len(engine.numbers()) == len(hits)
        engine.close()
    index.close()
    db = sqlite3.connect(folder / "knowledge.db")
    try:
        db.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
        said = db.execute("SELECT number, object FROM relations ORDER BY number").fetchall()
        passages = db.execute("SELECT number, 'part' || ordinal FROM passages ORDER BY number").fetchall()
        assert said == passages, "what is read from a passage is there with it, once, and gone with it"
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        db.close()
    return len(known)


EMBEDDING_CHILD = """
import sys
from pathlib import Path
from knowledge.edge import EdgeEngine
from knowledge.index import Chunk, DocumentRow, DocumentState, Index
from knowledge.search import Search
from knowledge.upkeep import Upkeep
folder = Path(sys.argv[1])
engine = EdgeEngine(folder / "vectors")
index = Index(folder / "knowledge.db", engine=engine)
index.open()
upkeep = Upkeep(index, Search(index), engine, folder, wanted=sys.argv[2])
upkeep.open()
print("open", flush=True)
while batch := index.unembedded(sys.argv[2], 4):
    print(" ".join(str(one.number) for one in batch), flush=True)
    index.keep_vectors(sys.argv[2], {one.number: [1.0, float(one.number), 2.0] for one in batch})
    upkeep.step()
while upkeep.step():
    pass
upkeep.close()
"""


@pytest.mark.kills
def test_embedding_goes_on_where_it_was(tmp_path: Path) -> None:
    """Killed at any moment: no vector is lost that was kept, none is asked for twice but those of the last batch."""
    index = Index(tmp_path / "knowledge.db")
    index.open()
    chunks = [Chunk(text=f"passage {n} of the text about kettles", line=n + 1) for n in range(200)]
    index.replace(_row("a.md"), chunks, "en")
    index.close()
    asked: list[int] = []
    kills = 0
    for turn, wait in enumerate((0.02, 0.04, 0.08, 0.12, None)):
        child = subprocess.Popen(
            [sys.executable, "-c", EMBEDDING_CHILD, str(tmp_path), "m"],
            cwd=ROOT, stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT)}, text=True,
        )  # fmt: skip
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        if wait is not None:
            time.sleep(wait)
            child.kill()
            kills += 1
        said = child.stdout.read()
        child.wait()
        child.stdout.close()
        asked += [int(number) for line in said.splitlines() if line.strip() for number in line.split()]
        assert wait is not None or child.returncode == 0, turn
    assert set(asked) == set(range(1, 201))
    assert len(asked) <= 200 + 4 * kills
    engine = EdgeEngine(tmp_path / "vectors")
    engine.open(3)
    assert len(engine.meanings([1.0, 1.0, 1.0], "m", EVERYWHERE, 1000)) == 200
    engine.close()


def _row(name: str) -> DocumentRow:
    return DocumentRow(
        path=f"/x/{name}", name=name, content_hash="x", size=1, modified_ns=1, checked_at=1,
        state=DocumentState.INDEXED,
    )  # fmt: skip
