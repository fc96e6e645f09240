"""Vectors of meaning fitted to the documents themselves: latent semantic analysis. The one door to numpy.

S. Deerwester et al., "Indexing by latent semantic analysis", JASIS 41(6), 1990: the terms of the passages, weighted by
BM25, are projected on the directions in which they vary together, so that a question finds passages that speak of the
same things in other words. The directions come from a randomised decomposition (N. Halko, P. Martinsson, J. Tropp,
"Finding structure with randomness", SIAM Review 53(2), 2011, algorithms 4.4 and 5.1) of at most `SAMPLE` passages. It
costs no model, no download and a few seconds of CPU in a child process (`knowledge.fitting`); what it is worth stands
in docs/knowledge.md. Without numpy (`make install GROUPS=meaning`) the search goes by words alone. Everything here
blocks.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from knowledge.engine import K1, TYPICAL_LENGTH, B, Piece

DIMENSIONS = 128
SAMPLE = 8_000
LEAST = 200
"""Passages below which there is nothing to learn from."""
_TERMS = 40_000
_SPARE = 16  # directions beyond those kept (Halko et al., section 4.2: 5 to 10 suffice)
_ROUNDS = 3  # power iterations: the spectrum of text falls slowly
_SLICE = 8_000  # entries multiplied at a time: 5 MB, and a few ms during which the interpreter is held


class FittedMeaning:
    """The terms that are known, with their direction. Implements `knowledge.engine.FromTerms`."""

    dimensions = DIMENSIONS

    def __init__(self, terms: Sequence[str], directions: Any, rarity: Any, fitted_on: int) -> None:
        """`directions` is (terms, DIMENSIONS) float32, `rarity` (terms,) float32; `fitted_on` passages there were."""
        self.fitted_on = fitted_on
        self._place = {term: place for place, term in enumerate(terms)}
        self._directions = directions
        self._rarity = rarity
        digest = hashlib.sha256("\n".join(terms).encode() + directions.tobytes()).hexdigest()[:12]
        self.model = f"lsa-{DIMENSIONS}-{digest}"

    def passages(self, pieces: Sequence[Piece]) -> list[list[float] | None]:
        """See `FromTerms`."""
        return [self._vector(_weights(piece.terms)) for piece in pieces]

    def question(self, text: str, terms: Mapping[str, float]) -> list[float] | None:
        """See `FromTerms`."""
        return self._vector(terms)

    def _vector(self, weights: Mapping[str, float]) -> list[float] | None:
        import numpy

        known = [(self._place[term], weight) for term, weight in weights.items() if term in self._place]
        if not known:
            return None
        places = numpy.fromiter((place for place, _ in known), dtype=numpy.int64, count=len(known))
        values = numpy.fromiter((weight for _, weight in known), dtype=numpy.float32, count=len(known))
        vector = (values * self._rarity[places]) @ self._directions[places]
        length = float(numpy.linalg.norm(vector))
        found: list[float] | None = (vector / length).tolist() if length > 1e-9 else None
        return found

    def save(self, path: Path) -> None:
        """Keep it in a file, whole or not at all."""
        import numpy

        beside = path.with_suffix(".new")
        with beside.open("wb") as file:
            numpy.savez(
                file,
                terms=numpy.frombuffer("\n".join(self._place).encode(), dtype=numpy.uint8),
                directions=self._directions,
                rarity=self._rarity,
                fitted_on=numpy.array(self.fitted_on),
            )
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> FittedMeaning | None:
        """What `save` kept; None where there is none, it is broken or of other dimensions, or numpy is missing."""
        if not path.exists():
            return None  # and numpy is not loaded for nothing
        try:
            import numpy

            with numpy.load(path, allow_pickle=False) as kept:
                terms = kept["terms"].tobytes().decode().split("\n")
                directions, rarity, fitted_on = kept["directions"], kept["rarity"], int(kept["fitted_on"])
        except (ImportError, OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        if directions.shape != (len(terms), DIMENSIONS) or rarity.shape != (len(terms),):
            return None
        return cls(terms, directions, rarity, fitted_on)


def available() -> bool:
    """Whether numpy is installed; it is not loaded for that."""
    return find_spec("numpy") is not None


def fit(sample: Sequence[Sequence[str]], passages: int) -> FittedMeaning:
    """Learn from the terms of some of that many passages."""
    import numpy

    often = Counter(term for terms in sample for term in set(terms))
    chosen = [term for term, count in sorted(often.items(), key=lambda one: (-one[1], one[0])) if count > 1][:_TERMS]
    place = {term: at for at, term in enumerate(chosen)}
    counts = numpy.array([often[term] for term in chosen], dtype=numpy.float32)
    rarity = numpy.log(1 + (len(sample) - counts + 0.5) / (counts + 0.5)).astype(numpy.float32)
    starts, columns, values = [0], [], []
    for terms in sample:
        row = [(place[term], weight) for term, weight in _weights(terms).items() if term in place]
        columns += [at for at, _ in row]
        values += [weight for _, weight in row]
        starts.append(len(columns))
    table = _Table(starts, columns, values, rarity)
    directions = _directions(table, len(chosen))
    return FittedMeaning(chosen, directions, rarity, passages)


def _weights(terms: Sequence[str]) -> dict[str, float]:
    norm = K1 * (1 - B + B * len(terms) / TYPICAL_LENGTH)
    return {term: count * (K1 + 1) / (count + norm) for term, count in Counter(terms).items()}


class _Table:
    """A sparse matrix, passages by terms, each row of length one; only what the decomposition asks of it."""

    def __init__(self, starts: list[int], columns: list[int], values: list[float], rarity: Any) -> None:
        import numpy

        self._starts = numpy.array(starts)
        self._columns = numpy.array(columns, dtype=numpy.int64)
        weighted = numpy.array(values, dtype=numpy.float32) * rarity[self._columns]
        self._rows = numpy.repeat(numpy.arange(len(starts) - 1), numpy.diff(self._starts))
        squares = numpy.bincount(self._rows, weights=weighted**2, minlength=len(starts) - 1)
        self._values = weighted / numpy.sqrt(numpy.maximum(squares, 1e-12))[self._rows].astype(numpy.float32)
        self._by_term = numpy.argsort(self._columns, kind="stable")

    def times(self, dense: Any) -> Any:
        """(passages, k) from (terms, k)."""
        return self._gather(self._rows, self._columns, self._values, dense, len(self._starts) - 1)

    def turned_times(self, dense: Any, terms: int) -> Any:
        """(terms, k) from (passages, k)."""
        order = self._by_term
        return self._gather(self._columns[order], self._rows[order], self._values[order], dense, terms)

    @staticmethod
    def _gather(into: Any, source: Any, values: Any, dense: Any, size: int) -> Any:
        """Sum `values * dense[source]` per `into`, which is sorted; in slices, so that memory stays small."""
        import numpy

        out = numpy.zeros((size, dense.shape[1]), dtype=numpy.float32)
        for begin in range(0, len(into), _SLICE):
            part = slice(begin, begin + _SLICE)
            keys, first = numpy.unique(into[part], return_index=True)
            out[keys] += numpy.add.reduceat(values[part, None] * dense[source[part]], first, axis=0)
        return out


def _directions(table: _Table, terms: int) -> Any:
    """(terms, DIMENSIONS) float32, orthonormal; fewer terms than that leave columns of zeros."""
    import numpy

    width = min(DIMENSIONS + _SPARE, terms)
    start = numpy.random.default_rng(0).standard_normal((terms, width)).astype(numpy.float32)
    basis, _ = numpy.linalg.qr(table.times(start))
    for _ in range(_ROUNDS):
        other, _ = numpy.linalg.qr(table.turned_times(basis, terms))
        basis, _ = numpy.linalg.qr(table.times(other))
    _, _, turned = numpy.linalg.svd(table.turned_times(basis, terms).T, full_matrices=False)
    found = numpy.zeros((terms, DIMENSIONS), dtype=numpy.float32)
    kept = min(DIMENSIONS, turned.shape[0])
    found[:, :kept] = turned[:kept].T
    return found
