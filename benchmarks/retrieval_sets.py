"""The test collections of the retrieval bench: where they lie, how they are read, how an answer is scored.

A set is a folder with corpus.jsonl.gz (_id, title, text), queries.jsonl (_id, text) and qrels.tsv (query, document,
grade). None is part of the project: their licences differ.
"""

from __future__ import annotations

import gzip
import itertools
import json
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.table import Skip
from knowledge.index import Index
from knowledge.readers import markdown_chunks
from knowledge.records import Chunk, DocumentRow, DocumentState

VARIABLE = "NEXUS_RETRIEVAL_DATA"
DEFAULT = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "retrieval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A passage of a set; `group` is the document it stands in, when it stands in one with others."""

    id: str
    title: str
    text: str
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with its graded passages; `within` is the collection to which it is put, "" for all."""

    text: str
    grades: dict[str, int]
    within: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSet:
    """One collection with its questions."""

    name: str
    entries: list[Entry]
    questions: list[Question]


def root() -> Path:
    """The folder of the sets. Raises `Skip` with the way to name it."""
    folder = Path(os.environ.get(VARIABLE) or DEFAULT)
    if not folder.is_dir():
        raise Skip(f"its test collections are not here; set {VARIABLE} to the folder that has them")
    return folder


def read(folder: Path) -> TestSet:
    """One set. In chat memory (ids like `talk/D3:7`) a session is a document and a talk a collection."""
    chat = folder.name == "locomo"
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        entries = [
            Entry(
                id=str(one["_id"]), title=one.get("title") or "", text=one["text"],
                group=str(one["_id"]).rsplit(":", 1)[0] if chat else "",
            )
            for one in map(json.loads, lines)
        ]  # fmt: skip
    grades: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        query, document, grade = line.split("\t")[:3]
        if grade.strip().lstrip("-").isdigit():
            grades.setdefault(query, {})[document] = int(grade)
    questions = [
        Question(text=one["text"], grades=grades[str(one["_id"])], within=str(one["_id"]).split("/")[0] if chat else "")
        for one in map(json.loads, (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines())
        if str(one["_id"]) in grades
    ]
    return TestSet(name=folder.name, entries=entries, questions=questions)


def fill(index: Index, entries: Sequence[Entry]) -> None:
    """Each group as a document, and each entry without one; a title is the heading over its passage."""
    for (group, alone), some in itertools.groupby(entries, key=lambda one: (one.group, "" if one.group else one.id)):
        name = group or alone
        chunks = [
            Chunk(text=one.text, line=number, headings=(one.title,) if one.title else ())
            for number, one in enumerate(some, 1)
        ]
        index.replace(row(name, collection=group.split("/")[0]), chunks, "en")


def row(name: str, *, owner: str = "company", collection: str = "") -> DocumentRow:
    """A document as if it had been read from a file of that name."""
    return DocumentRow(
        path=name, name=name, content_hash="", size=0, modified_ns=0, checked_at=0, state=DocumentState.INDEXED,
        owner=owner, collection=collection,
    )  # fmt: skip


def relevance(folder: Path) -> Iterator[tuple[str, list[Chunk], list[str]]]:
    """(name, passages, questions that it answers) of the collections with which "nothing relevant" is measured."""
    asked: dict[str, list[str]] = {}
    for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        asked.setdefault(one["corpus"], []).append(one["question"])
    for name, questions in asked.items():
        with gzip.open(folder / f"{name}.md.gz", "rt", encoding="utf-8") as file:
            yield name, markdown_chunks(file.read()), questions


def ndcg(ranked: Sequence[str], grades: dict[str, int], depth: int = 10) -> float:
    """nDCG with linear gain, as trec_eval counts it."""
    gained = sum(max(grades.get(name, 0), 0) / math.log2(place + 2) for place, name in enumerate(ranked[:depth]))
    ideal = sorted((max(grade, 0) for grade in grades.values()), reverse=True)[:depth]
    best = sum(grade / math.log2(place + 2) for place, grade in enumerate(ideal))
    return gained / best if best else 0.0


def recall(ranked: Sequence[str], grades: dict[str, int], depth: int) -> float:
    """The share of the relevant that is among the first `depth`."""
    wanted = {name for name, grade in grades.items() if grade > 0}
    return len(wanted & set(ranked[:depth])) / len(wanted) if wanted else 0.0
