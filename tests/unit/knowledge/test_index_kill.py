"""kill -9 at any moment of indexing leaves each document whole or absent."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from knowledge.index import Index

ROOT = Path(__file__).parents[3]
KILLS = 12
PASSAGES = 60

CHILD = f"""
import sys
from itertools import count
from pathlib import Path
from knowledge.index import Chunk, DocumentRow, DocumentState, Index
index = Index(Path(sys.argv[1]))
index.open()
print("open", flush=True)
for turn in count():
    name = f"doc{{turn % 5}}.md"
    chunks = [Chunk(text=f"version{{turn}} passage {{n}} of the text about kettles", line=n + 1) for n in range({PASSAGES})]
    row = DocumentRow(path="/x/" + name, name=name, content_hash=str(turn), size=1, modified_ns=1, checked_at=1,
                      state=DocumentState.INDEXED)
    index.replace(row, chunks, "en")
"""


@pytest.mark.kills
def test_whole_or_absent(tmp_path: Path) -> None:
    file = tmp_path / "knowledge.db"
    seen = 0
    for turn in range(KILLS):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(file)], cwd=ROOT, stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT)}
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"open\n"
        time.sleep(random.Random(turn).uniform(0.0, 0.15))  # the moment of the kill is what is varied here
        child.kill()
        child.wait()
        child.stdout.close()
        seen += _check_whole(file)
    assert seen > 0, "no document was ever finished: the test kills too early to show anything"


def _check_whole(file: Path) -> int:
    index = Index(file)
    index.open()  # must not find a broken file: that would throw it away
    known = index.documents()
    hits = index.matching(["kettl"], 10_000)
    index.close()
    by_document: dict[str, set[str]] = {}
    for hit in hits:
        by_document.setdefault(hit.document, set()).add(hit.text.split()[0])
    assert by_document.keys() == {row.name for row in known.values()}
    assert all(len(versions) == 1 for versions in by_document.values()), by_document
    assert len(hits) == PASSAGES * len(known)
    db = sqlite3.connect(file)
    try:
        db.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        db.close()
    return len(known)
