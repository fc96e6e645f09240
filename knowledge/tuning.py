"""Which choice of passages, diversity and threshold answers the Board's own questions best: a grid, cross-validated.

A question's value is F2 over documents: what share of the passages handed on is from documents that answer it, and what
share of those documents is there, the latter counting double (van Rijsbergen 1979), since a missing document costs more
than a passage too many. A question that nothing answers is worth 1 when nothing is handed on, else 0. Each question is
searched once; the grid is sums over what was found.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from company.errors import Refused
from company.retrieval_choice import JudgedQuestion, RetrievalChoice, Trial
from knowledge.choosing import chosen
from knowledge.engine import Scope
from knowledge.ranking import Ranked
from knowledge.search import Meant, Search

PASSAGES = (2, 3, 4, 5, 6, 8, 10)
DIVERSITY = (0.0, 0.15, 0.3, 0.5)
RELEVANT = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
FOLDS = 5
LEAST = 10
"""Questions below which nothing can be told from chance."""
MOST = 500
_CANDIDATES = 4 * max(PASSAGES) + 10
_BETA2 = 4.0  # F2


@dataclass(frozen=True, slots=True)
class Looked:
    """A question with the candidates of its search, in their order. `near` has what fits by its vector alone."""

    asked: JudgedQuestion
    ranked: Sequence[Ranked]
    near: frozenset[int] = frozenset()


def questions_of(lines: str) -> tuple[JudgedQuestion, ...]:
    """Questions from JSON lines: {"question": "...", "documents": ["lease.pdf"]}; [] where nothing answers.

    Raises:
        Refused: a line is no such object, or there are too few or too many.
    """
    found: list[JudgedQuestion] = []
    for number, line in enumerate(lines.splitlines(), 1):
        if not line.strip():
            continue
        try:
            one = json.loads(line)
            question, documents = one["question"], one["documents"]
        except (ValueError, TypeError, KeyError):
            raise Refused(f'Line {number} is no {{"question": "...", "documents": ["..."]}}.') from None
        if not isinstance(question, str) or not question.strip() or not _names(documents):
            raise Refused(f"Line {number} needs a question and a list of names of documents, [] for none.")
        found.append(JudgedQuestion(question=question, documents=frozenset(documents)))
    if not LEAST <= len(found) <= MOST:
        raise Refused(f"There are {len(found)} questions; between {LEAST} and {MOST:,} are needed.")
    return tuple(found)


def _names(documents: object) -> bool:
    return isinstance(documents, list) and all(isinstance(name, str) for name in documents)


def look_at(search: Search, asked: JudgedQuestion, scope: Scope, meant: Meant | None) -> Looked:
    """Search for one question; what stands too far down to be handed on is left out. Blocks."""
    ranked = search.order(asked.question, scope, meant)[:_CANDIDATES]
    near = frozenset(one.hit.number for one in ranked if meant is not None and 0 < search.fit <= one.meaning)
    return Looked(asked, ranked, near)


def grid(now: RetrievalChoice) -> list[RetrievalChoice]:
    """Every choice that is tried, the one in force first: where two are equally good, the earlier one wins."""
    cells = [
        RetrievalChoice(passages=passages, diversity=diversity, relevant=relevant)
        for passages, diversity, relevant in itertools.product(PASSAGES, DIVERSITY, RELEVANT)
    ]
    cells.sort(key=lambda one: _changes(one, now))
    return [now, *(one for one in cells if one != now)]


def _changes(one: RetrievalChoice, now: RetrievalChoice) -> tuple[int, float]:
    """How far from the choice in force: in how many of the three, then by how much."""
    pairs = ((one.passages / 10, now.passages / 10), (one.diversity, now.diversity), (one.relevant, now.relevant))
    return sum(a != b for a, b in pairs), sum(abs(a - b) for a, b in pairs)


def value(looked: Looked, choice: RetrievalChoice) -> float:
    """What one choice is worth for one question, from 0 to 1."""

    def fits(one: Ranked) -> bool:
        return one.hit.number in looked.near or one.coverage >= choice.relevant

    handed = [one for one in chosen(looked.ranked, fits, choice.passages, choice.diversity) if fits(one)]
    wanted = looked.asked.documents
    if not wanted:
        return float(not handed)
    right = sum(one.hit.document in wanted for one in handed)
    if not right:
        return 0.0
    precision = right / len(handed)
    recall = len({one.hit.document for one in handed} & wanted) / len(wanted)
    return (1 + _BETA2) * precision * recall / (_BETA2 * precision + recall)


def tried(looked: Sequence[Looked], now: RetrievalChoice, unknown: Sequence[str] = ()) -> Trial:
    """The grid over all questions: the best choice, and what to expect of it on questions that it was not picked on."""
    cells = grid(now)
    values = {cell: [value(one, cell) for one in looked] for cell in cells}
    best = _best(cells, values, range(len(looked)))
    gains: list[float] = []
    held_now: list[float] = []
    for fold in range(FOLDS):
        out = [place for place in range(len(looked)) if place % FOLDS == fold]
        kept = [place for place in range(len(looked)) if place % FOLDS != fold]
        picked = _best(cells, values, kept)
        held_now += [values[now][place] for place in out]
        gains += [values[picked][place] - values[now][place] for place in out]
    error = stdev(gains) / math.sqrt(len(gains))
    return Trial(
        questions=len(looked), now=now, best=best, value_now=fmean(values[now]), value_best=fmean(values[best]),
        expected_now=fmean(held_now), expected_best=fmean(held_now) + fmean(gains),
        worth=best != now and fmean(gains) > max(error, 1e-9), unknown=tuple(unknown),
    )  # fmt: skip


def _best(
    cells: Sequence[RetrievalChoice], values: Mapping[RetrievalChoice, Sequence[float]], places: Sequence[int]
) -> RetrievalChoice:
    mean: Callable[[RetrievalChoice], float] = lambda cell: fmean(values[cell][place] for place in places)  # noqa: E731
    best, most = cells[0], mean(cells[0])
    for cell in cells[1:]:
        if (found := mean(cell)) > most + 1e-9:
            best, most = cell, found
    return best
