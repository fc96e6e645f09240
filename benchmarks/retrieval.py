"""How well the library finds, on test collections that are not part of the project.

    python -m benchmarks.retrieval FOLDER [SET ...]

A set is a folder with corpus.jsonl.gz (_id, title, text), queries.jsonl (_id, text) and qrels.tsv (query, document,
grade). Each document is indexed as one passage, with the same parameters for every set. Prints nDCG@10 of the library's
order and of FTS5's own, and milliseconds per query and per document. Says so and ends when FOLDER is not there.
"""

from __future__ import annotations

import gzip
import json
import math
import sys
import tempfile
import time
from pathlib import Path

from company.clock import SystemClock
from company.config import KnowledgeSettings
from company.language.tokens import content_words
from knowledge.index import Chunk, DocumentRow, DocumentState
from knowledge.library import LocalLibrary

DEFAULT = ("scifact", "nfcorpus-tok", "cacm", "anthropic-code", "agset-msmarco")


def ndcg(ranked: list[str], grades: dict[str, int], depth: int = 10) -> float:
    """nDCG with linear gain, as trec_eval counts it."""
    gained = sum(grades.get(name, 0) / math.log2(place + 2) for place, name in enumerate(ranked[:depth]))
    ideal = sorted(grades.values(), reverse=True)[:depth]
    best = sum(grade / math.log2(place + 2) for place, grade in enumerate(ideal))
    return gained / best if best else 0.0


def grades_of(path: Path) -> dict[str, dict[str, int]]:
    """Query -> document -> grade; a header line is passed over."""
    found: dict[str, dict[str, int]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        query, document, grade = line.split("\t")[:3] if "\t" in line else line.split()[:3]
        if grade.strip().lstrip("-").isdigit():
            found.setdefault(query, {})[document] = int(grade)
    return found


def measure(folder: Path, work: Path) -> str:
    """One line of figures for one set."""
    library = LocalLibrary(KnowledgeSettings(folders=()), data_dir=work / folder.name, root=work, clock=SystemClock())
    index, reading = library._writing, library._reading
    index.open()
    begun = time.perf_counter()
    documents = 0
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        for documents, line in enumerate(lines, 1):
            entry = json.loads(line)
            text = f"{entry.get('title') or ''}\n{entry['text']}".strip()
            row = DocumentRow(
                path=str(documents), name=str(entry["_id"]), content_hash="", size=0, modified_ns=0, checked_at=0,
                state=DocumentState.INDEXED,
            )  # fmt: skip
            index.replace(row, [Chunk(text=text, line=1)], "en")
    indexing = time.perf_counter() - begun
    reading.open()
    grades = grades_of(folder / "qrels.tsv")
    queries = [json.loads(line) for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()]
    ours, plain, times = [], [], []
    for query in queries:
        wanted = grades.get(str(query["_id"]))
        if not wanted:
            continue
        started = time.perf_counter()
        found = library.search(query["text"], 10, relevant_first=False)
        times.append(time.perf_counter() - started)
        ours.append(ndcg([one.hit.document for one in found], wanted))
        terms = {term for word in content_words(query["text"]) for term in word.variants}
        plain.append(ndcg([hit.document for hit in reading.matching(terms, 10)], wanted))
    index.close()
    reading.close()
    times.sort()
    return (
        f"{folder.name:16} {documents:6} documents {len(ours):4} queries   nDCG@10 {sum(ours) / len(ours):.4f}"
        f"   FTS5 alone {sum(plain) / len(plain):.4f}   query p50 {times[len(times) // 2] * 1000:.1f} ms"
        f" p99 {times[int(len(times) * 0.99)] * 1000:.1f} ms   indexing {documents / indexing:.0f} documents/s"
    )


def main() -> None:
    """Measure each set that is there."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("data-retrieval")
    names = sys.argv[2:] or DEFAULT
    with tempfile.TemporaryDirectory() as work:
        for name in names:
            if (root / name / "corpus.jsonl.gz").exists():
                print(measure(root / name, Path(work)), flush=True)
            else:
                print(f"{name}: not in {root}, skipped")


if __name__ == "__main__":
    main()
