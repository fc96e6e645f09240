"""The joint behind which an engine of the search stands, and what goes through it.

An engine holds, under each passage's number, its weighted terms and perhaps a vector of its meaning, and finds the
numbers nearest to a question. It is derived from `knowledge.index`, which alone decides what exists: a number that the
index does not know is passed over. So an engine needs no transactions: what is put before the index commits, and
dropped after, is never seen in halves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

K1 = 1.2
B = 0.75
TYPICAL_LENGTH = 100.0
"""Terms of a passage that an engine takes as the mean: it stores weights before the mean is known. What it finds is
weighed again with the true one (`knowledge.ranking`); as an order of its own it loses less than .005 nDCG@10."""
TYPICAL_HEADING = 6.0
HEADING_MARK = "^"
"""Before a term that stands in the headings: terms are letters and digits, so it meets no other."""

COMPANY = "company"
"""The owner of what everybody here may read. A person's own is `person:<id>`, a group's `group:<id>`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where to search; None leaves that side open. Times are ms since 1970, both ends included."""

    owners: frozenset[str] | None = None
    collections: frozenset[str] | None = None
    since: int | None = None
    until: int | None = None


EVERYWHERE = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A passage as an engine holds it. `meaning` is a vector of the model `model`, or None."""

    number: int
    words: Mapping[str, float]
    owner: str
    collection: str
    time: int
    meaning: Sequence[float] | None = field(default=None, repr=False)
    model: str = ""


class Found(NamedTuple):
    """The number of a passage with its score there, greater is better."""

    number: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A passage as a model of meaning may read it: its text, or its analysed terms."""

    text: str
    terms: Sequence[str]
    heading_terms: Sequence[str]


class FromTerms(Protocol):
    """What makes vectors of meaning here and at once, from terms. `model` names it and its version: another name means
    making all again. A model that reads text and takes its time is a `company.library_ports.Embedder`."""

    model: str
    dimensions: int

    def passages(self, pieces: Sequence[Piece]) -> Sequence[Sequence[float] | None]:
        """A vector of `dimensions` numbers for each; None for one that means nothing to it. Blocks."""
        ...

    def question(self, text: str, terms: Mapping[str, float]) -> Sequence[float] | None:
        """The vector of a question, given as written and as weighted terms. Blocks."""
        ...


class EngineBroken(Exception):
    """The engine can't be used now; the first argument is the reason. The index searches by itself meanwhile."""


class Engine(Protocol):
    """What an engine does. Everything blocks and is called in a thread. Each call may raise `EngineBroken`."""

    name: str

    def open(self, dimensions: int) -> None:
        """Open or create what it keeps, for vectors of that many numbers (0: none); another size starts empty."""
        ...

    def close(self) -> None:
        """Let go; safe when it was never opened."""
        ...

    def put(self, points: Sequence[Point]) -> None:
        """Hold these, in place of what was under their numbers; they survive a kill from then on."""
        ...

    def drop(self, numbers: Sequence[int]) -> None:
        """Forget these; unknown ones are passed over."""
        ...

    def numbers(self) -> set[int]:
        """All that it holds."""
        ...

    def words(self, query: Mapping[str, float], scope: Scope, limit: int) -> list[Found]:
        """The best by BM25 over the weighted terms, best first."""
        ...

    def meanings(
        self, vector: Sequence[float], model: str, scope: Scope, limit: int, among: Collection[int] | None = None
    ) -> list[Found]:
        """The nearest by cosine among the vectors of that model, best first; of the numbers `among`, or of all."""
        ...

    def tidy(self) -> None:
        """Give back the space of what was dropped. May take seconds."""
        ...


def weights(body: Sequence[str], heading: Sequence[str]) -> dict[str, float]:
    """The terms of a passage with the part of BM25 that does not hang on the collection, saturation and length.

    Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, formula 3.15; the inverse
    document frequency is the engine's. Terms of the headings are a field of their own.
    """
    found = _saturated(Counter(body), len(body) / TYPICAL_LENGTH)
    marked = Counter(HEADING_MARK + term for term in heading)
    found.update(_saturated(marked, len(heading) / TYPICAL_HEADING))
    return found


def _saturated(times: Counter[str], length: float) -> dict[str, float]:
    norm = K1 * (1 - B + B * length)
    return {term: count * (K1 + 1) / (count + norm) for term, count in times.items()}
