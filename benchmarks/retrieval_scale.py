"""Fifty thousand passages: how fast they come in and are searched, what they take, and whether the loop stalls."""

from __future__ import annotations

import asyncio
import gc
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.retrieval_sets import row
from benchmarks.table import Row, percentile
from company.clock import SystemClock
from company.config import KnowledgeSettings
from knowledge.edge import EdgeEngine
from knowledge.engine import Scope
from knowledge.index import Index
from knowledge.library import LocalLibrary
from knowledge.records import Chunk
from knowledge.search import Search

PASSAGES = 50_000
PEOPLE = 50
_OF_A_DOCUMENT = 50
_PAGES = 1_000
_BEAT_S = 0.002


def scale(texts: list[tuple[str, str]], asked: list[str], quick: bool) -> list[Row]:
    """Rows for (title, text) pairs and questions; made-up ones where none are given."""
    passages = PASSAGES // (10 if quick else 1)
    if not texts:
        texts, asked = made_up()
    dice = random.Random(1)
    dice.shuffle(texts)
    texts = (texts * (passages // len(texts) + 1))[:passages]
    with tempfile.TemporaryDirectory() as work:
        rows = _size_and_speed(Path(work), texts, asked)
    with tempfile.TemporaryDirectory() as work:
        rows.append(asyncio.run(_stall(Path(work), [text for _, text in texts])))
    return rows


def _size_and_speed(work: Path, texts: Sequence[tuple[str, str]], asked: Sequence[str]) -> list[Row]:
    import psutil

    us = psutil.Process()
    before = us.memory_info().rss
    engine = EdgeEngine(work / "vectors")
    index = Index(work / "knowledge.db", engine=engine)
    index.open()
    engine.open(0)
    begun = time.perf_counter()
    for number, begin in enumerate(range(0, len(texts), _OF_A_DOCUMENT)):
        chunks = [
            Chunk(text=text, line=line, headings=(title,) if title else ())
            for line, (title, text) in enumerate(texts[begin : begin + _OF_A_DOCUMENT], 1)
        ]
        index.replace(row(f"document{number}", owner=f"person:{number % PEOPLE}"), chunks, "en")
    coming_in = len(texts) / (time.perf_counter() - begun)
    search = Search(index)
    everywhere, busy = _times(search, asked, Scope())
    filtered, busy_filtered = _times(search, asked, Scope(owners=frozenset({"person:3"})))
    memory = us.memory_info().rss - before
    index.close()
    engine.close()
    disk = sum(path.stat().st_blocks * 512 for path in work.rglob("*"))
    index.open()
    reopening = time.perf_counter()
    engine.open(0)
    reopening = time.perf_counter() - reopening
    index.close()
    engine.close()
    indexing, theirs = _bm25s(texts, asked)
    return [
        Row(what="coming in", unit="passages/s", ours=coming_in, baseline=indexing, aim="300"),
        Row(what="question, p50", unit="ms", ours=percentile(everywhere, 50), baseline=percentile(theirs, 50)),
        Row(
            what="question, p99", unit="ms", ours=percentile(everywhere, 99), baseline=percentile(theirs, 99), aim="30"
        ),
        Row(what="question, processor time, p50", unit="ms", ours=percentile(busy, 50)),
        Row(what="question, processor time, p99", unit="ms", ours=percentile(busy, 99)),
        Row(what=f"question of one of {PEOPLE} people, p50", unit="ms", ours=percentile(filtered, 50)),
        Row(what=f"question of one of {PEOPLE} people, p99", unit="ms", ours=percentile(filtered, 99), aim="10"),
        Row(what="the same, processor time, p50", unit="ms", ours=percentile(busy_filtered, 50)),
        Row(what="the same, processor time, p99", unit="ms", ours=percentile(busy_filtered, 99)),
        Row(what="memory", unit="MB", ours=memory / 1e6),
        Row(what="disk", unit="MB", ours=disk / 1e6),
        Row(what="opening the engine again", unit="s", ours=reopening),
    ]


def _times(search: Search, asked: Sequence[str], scope: Scope) -> tuple[list[float], list[float]]:
    """Milliseconds of each question, after a few to warm up: by the clock, and of the processor (all threads)."""
    for question in asked[:20]:
        search.find(question, 8, scope)
    times, busy = [], []
    for question in asked:
        begun, worked = time.perf_counter(), time.process_time()
        search.find(question, 8, scope)
        busy.append((time.process_time() - worked) * 1000)
        times.append((time.perf_counter() - begun) * 1000)
    return times, busy


def _bm25s(texts: Sequence[tuple[str, str]], asked: Sequence[str]) -> tuple[float, list[float]]:
    import bm25s

    begun = time.perf_counter()
    retriever = bm25s.BM25()
    retriever.index(
        bm25s.tokenize([f"{title}\n{text}" for title, text in texts], stopwords="en", show_progress=False),
        show_progress=False,
    )
    indexing = len(texts) / (time.perf_counter() - begun)
    times = []
    for question in asked:
        begun = time.perf_counter()
        retriever.retrieve(bm25s.tokenize(question, stopwords="en", show_progress=False), k=8, show_progress=False)
        times.append((time.perf_counter() - begun) * 1000)
    return indexing, times


async def _stall(work: Path, texts: Sequence[str]) -> Row:
    """The longest time the loop did not turn while a text of a thousand pages of 300 words came in."""
    words = " ".join(texts[:6000]).split()
    pages = [" ".join(words[begin : begin + 300]) for begin in range(0, len(words), 300)]
    pages = (pages * (_PAGES // len(pages) + 1))[:_PAGES]
    (work / "documents").mkdir()
    for part in range(10):
        some = pages[part * _PAGES // 10 : (part + 1) * _PAGES // 10]
        (work / "documents" / f"part{part}.txt").write_text("\n\n".join(some), encoding="utf-8")
    settings = KnowledgeSettings(folders=(Path("documents"),))
    library = LocalLibrary(
        settings, data_dir=work / "data", root=work, clock=SystemClock(), engine=EdgeEngine(work / "vectors")
    )
    await library.open()
    gc.collect()
    gc.freeze()  # as `nexus run` does once it is open; what this program keeps of texts is not the library's to sweep
    coming = asyncio.create_task(library.sync())
    longest = 0.0
    while not coming.done():
        begun = time.perf_counter()
        await asyncio.sleep(_BEAT_S)
        longest = max(longest, time.perf_counter() - begun - _BEAT_S)
    await coming
    await library.close()
    return Row(what="longest stall of the loop, 1,000 pages coming in", unit="ms", ours=longest * 1000, aim="50")


def made_up() -> tuple[list[tuple[str, str]], list[str]]:
    """Passages of words drawn as they are in language, few often and many rarely."""
    dice = random.Random(1)

    def text(words: int) -> str:
        return " ".join(f"word{int(dice.paretovariate(0.9)) % 60_000}" for _ in range(words))

    return [(text(4), text(120)) for _ in range(5_000)], [text(8) for _ in range(300)]
