"""How well and how fast the library finds, beside bm25s in the same run, with the same parameters on every set.

The sets are not part of the project (benchmarks/retrieval_sets.py says where they are looked for); without them only
the part about size runs, on made-up text. NEXUS is measured with the core alone, with the vectors that
`make install GROUPS=meaning` adds, and with a model that reads text where one is named
(benchmarks/retrieval_model.py). bm25s has its own tokeniser and stop words, Snowball's English stemmer as its manual
shows it, and sees title and text.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.retrieval_memory import in_memory
from benchmarks.retrieval_model import Cost, costs, embedder, prepare
from benchmarks.retrieval_scale import scale
from benchmarks.retrieval_sets import Question, TestSet, fill, ndcg, read, recall, relevance, root, row
from benchmarks.table import Row, Skip, show
from knowledge.edge import EdgeEngine
from knowledge.engine import Scope
from knowledge.index import Index
from knowledge.meaning import DIMENSIONS
from knowledge.onnx_model import OnnxEmbedder
from knowledge.ranking import RELEVANT
from knowledge.search import Meant, Search
from knowledge.upkeep import Upkeep

DEPTH = 100
Ranker = Callable[[Question], list[str]]


@dataclass(frozen=True, slots=True)
class Measure:
    """What is said of a set: nDCG@10 (depth 0) or recall at a depth, and what we want it to be."""

    depth: int
    aim: str = ""
    aim_with_model: str = ""

    @property
    def name(self) -> str:
        """As papers write it."""
        return f"R@{self.depth}" if self.depth else "nDCG@10"

    def of(self, questions: Sequence[Question], rank: Ranker) -> float:
        """The mean over the questions."""
        values = [
            recall(ranked, one.grades, self.depth) if self.depth else ndcg(ranked, one.grades)
            for one, ranked in ((one, rank(one)) for one in questions)
        ]
        return sum(values) / len(values)


SETS: dict[str, Measure] = {
    "scifact": Measure(0, ".695, good .71", ".725, good .74"),
    "nfcorpus-tok": Measure(0, ".36", ".36"),
    "cacm": Measure(0, ".56", ".60"),
    "vaswani": Measure(0),
    "agset-msmarco": Measure(0),
    "agset-dbpedia": Measure(0),
    "anthropic-code": Measure(10, ".86", ".88"),
    "2wiki-6119": Measure(5, ".85, good .93"),
    "hotpot-100": Measure(5, ".92"),
    "locomo": Measure(10, ".70", ".75"),
}


def run(quick: bool) -> None:
    """Quality on each set that is there, the threshold, then size and speed."""
    try:
        folder = root()
    except Skip as absent:
        show("Search, 50,000 passages of made-up text", "bm25s", scale([], [], quick), notes=[str(absent)])
        return
    plain, meant, read_by_model, texts, asked = [], [], [], [], []
    model, taken = embedder(), []
    for name, measure in SETS.items():
        if not (folder / name / "corpus.jsonl.gz").exists():
            continue
        tested = read(folder / name)
        ours, with_meaning = _measure(tested, measure, quick)
        theirs = measure.of(tested.questions[:: 5 if quick else 1], _bm25s(tested))
        label = f"{name}, {measure.name}"
        plain.append(Row(what=label, unit="", ours=ours, baseline=theirs, aim=measure.aim))
        meant.append(Row(what=label, unit="", ours=with_meaning, baseline=theirs, aim=measure.aim))
        if model is not None:
            with_model, cost = _measure_with(model, tested, measure, quick)
            taken.append(cost)
            aim = measure.aim_with_model
            read_by_model.append(Row(what=label, unit="", ours=with_model, baseline=theirs, aim=aim))
        if name == "locomo":
            said = in_memory(tested, quick=quick)
            plain.append(Row(what="the same as what was said, R@10", unit="", ours=said, baseline=theirs, aim=".70"))
        else:
            texts += [(one.title, one.text) for one in tested.entries]
            asked += [one.text for one in tested.questions[:40]]
    show("Search, the core alone", "bm25s", plain)
    show("Search, with vectors of meaning", "bm25s", meant)
    if model is not None and taken:
        show(f"Search, with {model.model}", "bm25s", [*read_by_model, *costs(taken)])
    if (folder / "chroma-chunking").is_dir():
        show("Nothing relevant", "", _relevance(folder / "chroma-chunking"))
    show("Search, 50,000 passages", "bm25s", scale(texts, asked, quick))


def _measure(tested: TestSet, measure: Measure, quick: bool) -> tuple[float, float]:
    """Our figure, and ours with fitted vectors."""
    questions = tested.questions[:: 5 if quick else 1]
    with tempfile.TemporaryDirectory() as work:
        engine = EdgeEngine(Path(work) / "vectors")
        index = Index(Path(work) / "knowledge.db", engine=engine)
        index.open()
        engine.open(DIMENSIONS)
        search = Search(index)
        fill(index, tested.entries)
        rank = _ranker(search, tested, {})
        ours = measure.of(questions, rank)
        upkeep = Upkeep(index, search, engine, Path(work))
        engine.close()
        upkeep.open()
        upkeep.finish()
        with_meaning = measure.of(questions, rank)
        index.close()
        engine.close()
    return ours, with_meaning


def _measure_with(model: OnnxEmbedder, tested: TestSet, measure: Measure, quick: bool) -> tuple[float, Cost]:
    """Our figure with a model that reads text, and what it took."""
    questions = tested.questions[:: 5 if quick else 1]
    with tempfile.TemporaryDirectory() as work:
        engine = EdgeEngine(Path(work) / "vectors")
        index = Index(Path(work) / "knowledge.db", engine=engine)
        index.open()
        fill(index, tested.entries)
        meant, cost = prepare(model, index, engine, Path(work), [one.text for one in questions])
        found = measure.of(questions, _ranker(Search(index), tested, meant))
        index.close()
        engine.close()
    return found, cost


def _ranker(search: Search, tested: TestSet, meant: Mapping[str, Meant]) -> Ranker:
    """NEXUS on a filled index; `meant` has the vectors of questions that a model made."""
    groups = {one.group for one in tested.entries if one.group}

    def rank(question: Question) -> list[str]:
        scope = Scope(collections=frozenset({question.within}) if question.within else None)
        hits = [one.hit for one in search.order(question.text, scope, meant.get(question.text))[:DEPTH]]
        return [f"{hit.document}:{hit.ordinal + 1}" if hit.document in groups else hit.document for hit in hits]

    return rank


def _bm25s(tested: TestSet) -> Ranker:
    """bm25s with its defaults, one index for each collection that questions are put to."""
    import bm25s
    from snowballstemmer import stemmer

    def split(texts: list[str]) -> Any:
        return bm25s.tokenize(texts, stopwords="en", stemmer=stemmer("english").stemWords, show_progress=False)

    made: dict[str, tuple[Any, list[str]]] = {}
    for within in sorted({one.within for one in tested.questions}):
        entries = [one for one in tested.entries if not within or one.group.split("/")[0] == within]
        retriever = bm25s.BM25()
        texts = [f"{one.title}\n{one.text}" for one in entries]
        retriever.index(split(texts), show_progress=False)
        made[within] = retriever, [one.id for one in entries]

    def rank(question: Question) -> list[str]:
        retriever, names = made[question.within]
        found, _ = retriever.retrieve(split([question.text]), k=min(DEPTH, len(names)), show_progress=False)
        return [names[place] for place in found[0]]

    return rank


def _relevance(folder: Path) -> list[Row]:
    """Questions put to the collection that answers them, and to the others, which don't."""
    collections = list(relevance(folder))
    kept = own = refused = other = 0
    with tempfile.TemporaryDirectory() as work:
        for name, chunks, _ in collections:
            index = Index(Path(work) / f"{name}.db")
            index.open()
            index.replace(row(f"{name}.md"), chunks, "en")
            search = Search(index)
            for asked_of, _, questions in collections:
                for question in questions:
                    found = any(one.coverage >= RELEVANT for one in search.find(question, 6))
                    if asked_of == name:
                        own, kept = own + 1, kept + found
                    else:
                        other, refused = other + 1, refused + (not found)
            index.close()
    return [
        Row(what="questions that the collection answers: something found", unit="%", ours=100 * kept / own, aim="95"),
        Row(what="questions put to another collection: nothing found", unit="%", ours=100 * refused / other, aim="90"),
    ]
