"""What the caches are worth: a search made before against the search itself, and what looking for an answer costs."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.retrieval_scale import made_up
from benchmarks.retrieval_sets import row
from benchmarks.table import Row, percentile, show
from company.clock import SystemClock
from company.earlier.questions import read
from company.earlier.threshold import Threshold
from knowledge.engine import Scope
from knowledge.index import Index
from knowledge.records import Chunk
from knowledge.repeated import Repeated
from knowledge.search import Search

PASSAGES = 5_000
QUESTIONS = 200
_OF_A_DOCUMENT = 50


def run(quick: bool) -> None:
    """Two tables."""
    with tempfile.TemporaryDirectory() as work:
        times, again = _searches(Path(work), 1 + (not quick))
    show(
        f"The same search again, {PASSAGES:,} passages",
        "the search",
        [
            Row(what="p50", unit="ms", ours=percentile(again, 50), baseline=percentile(times, 50), aim="0.1 x"),
            Row(what="p99", unit="ms", ours=percentile(again, 99), baseline=percentile(times, 99), aim="0.1 x"),
        ],
    )
    show("Earlier answers", "", _answers())


def _searches(work: Path, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of questions that are asked for the first time, and of the same asked again."""
    texts, asked = made_up()
    index = Index(work / "knowledge.db")
    index.open()
    many = (texts * (PASSAGES // len(texts) + 1))[:PASSAGES]
    for number, begin in enumerate(range(0, PASSAGES, _OF_A_DOCUMENT)):
        chunks = [
            Chunk(text=text, line=line, headings=(title,) if title else ())
            for line, (title, text) in enumerate(many[begin : begin + _OF_A_DOCUMENT], 1)
        ]
        index.replace(row(f"document{number}"), chunks, "en")
    questions = asked[:QUESTIONS]
    plain, kept = Search(index), Repeated(Search(index), index, SystemClock())
    for question in questions[:20]:
        plain.find(question, 6, Scope())
    first = [_ms(lambda question=question: plain.find(question, 6, Scope())) for question in questions]  # type: ignore[misc]
    for question in questions:
        kept.find(question, 6, Scope(), None)
    again = [
        _ms(lambda question=question: kept.find(question, 6, Scope(), None))  # type: ignore[misc]
        for _ in range(rounds)
        for question in questions
    ]
    index.close()
    return first, again


def _answers() -> list[Row]:
    dice = random.Random(1)
    seen = [[(0.7 + 0.3 * dice.random(), dice.random() < 0.8) for _ in range(4)] for _ in range(500)]
    threshold = Threshold(0.02)
    learning = _ms(lambda: threshold.learn(seen))
    deciding = [_ms(lambda one=one: threshold.explore(one, 0.95)) for one in seen]  # type: ignore[misc]
    reading = [_ms(lambda: read("What's the notice period in the lease of Mill Lane 5, please?")) for _ in range(200)]
    return [
        Row(what="learning from 500 questions with 4 observations each (in a thread)", unit="ms", ours=learning),
        Row(what="whether to explore, p99", unit="ms", ours=percentile(deciding, 99)),
        Row(what="reading a question, p99", unit="ms", ours=percentile(reading, 99)),
    ]


def _ms(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000
