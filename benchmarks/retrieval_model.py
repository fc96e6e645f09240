"""The model of meaning that the retrieval bench searches with, where somebody has one: an ONNX file of their own.

`NEXUS_RETRIEVAL_MODEL` names the file; its tokenizer.json lies beside it. It goes the product's own way: passages are
embedded in batches behind the words, kept in the index, given to the engine once there are all, and a question waits
for its vector.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from benchmarks.table import Row, percentile
from company.clock import SystemClock
from company.config import OnnxSettings
from knowledge.dense import Dense
from knowledge.edge import EdgeEngine
from knowledge.index import Index
from knowledge.onnx_model import OnnxEmbedder
from knowledge.search import Meant, Search
from knowledge.upkeep import Upkeep

T = TypeVar("T")
VARIABLE = "NEXUS_RETRIEVAL_MODEL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Processor time of a collection's passages, seconds, and of each question's vector, ms; memory."""

    passages: int
    passages_s: float
    questions_ms: list[float]
    memory_mb: float  # what loading the model and reading its first text added


def embedder() -> OnnxEmbedder | None:
    """The model of `NEXUS_RETRIEVAL_MODEL`, or None where it names none."""
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    file = Path(named).resolve()
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    return OnnxEmbedder(OnnxSettings(model=Path(file.name), sha256=sha256), file.parent)


async def read_for_meaning(
    model: OnnxEmbedder, index: Index, engine: EdgeEngine, folder: Path, asked: list[str]
) -> tuple[dict[str, Meant], Cost]:
    """Have the engine hold the model's vectors of all passages; the vectors of the questions, and what it took."""

    upkeep = Upkeep(index, Search(index), engine, folder, wanted=model.model)
    upkeep.open()
    dense = Dense(model, index, _at_once, upkeep.in_use, SystemClock())
    us = psutil.Process()
    before = us.memory_info().rss
    await model.passages(["loaded before the clock starts"])
    memory_mb = (us.memory_info().rss - before) / 1e6
    begun = time.process_time()
    await dense.look()
    while await dense.step():
        pass
    while upkeep.step():
        pass
    await dense.look()
    passages_s = time.process_time() - begun
    if dense.trouble or not upkeep.in_use():
        raise RuntimeError(f"the vectors are not in use: {dense.trouble or upkeep.without}")
    meant: dict[str, Meant] = {}
    questions_ms = []
    for text in asked:
        begun = time.process_time()
        vector = await model.question(text, person_id="bench")
        questions_ms.append((time.process_time() - begun) * 1000)
        meant[text] = Meant(vector, model.model)
    return meant, Cost(passages=dense.whole, passages_s=passages_s, questions_ms=questions_ms, memory_mb=memory_mb)


async def _at_once(call: Callable[[], T]) -> T:
    return call()


def costs(taken: list[Cost]) -> list[Row]:
    """What the model took, over all sets."""
    passages, seconds = sum(one.passages for one in taken), sum(one.passages_s for one in taken)
    questions = [ms for one in taken for ms in one.questions_ms]
    return [
        Row(what="a passage: vector, keeping, engine; processor time", unit="ms", ours=1000 * seconds / passages),
        Row(what="a question's vector, processor time, p50", unit="ms", ours=percentile(questions, 50)),
        Row(what="a question's vector, processor time, p99", unit="ms", ours=percentile(questions, 99)),
        Row(what="memory of the model, once loaded", unit="MB", ours=max(one.memory_mb for one in taken)),
    ]


def prepare(
    model: OnnxEmbedder, index: Index, engine: EdgeEngine, folder: Path, asked: list[str]
) -> tuple[dict[str, Meant], Cost]:
    """`read_for_meaning` from a program that has no loop."""
    return asyncio.run(read_for_meaning(model, index, engine, folder, asked))
