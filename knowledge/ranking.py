"""Which passages fit a question best, and whether any fits at all. Pure functions over what the index found.

The order is BM25 (S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009) over
the question's content words, each word counted under all of its stems together and as often as the question says it,
with the headings as a field of their own (after BM25F, ibid. 3.6), plus a bonus for neighbouring words of the question
that stand near each other (after T. Tao and C. Zhai, "An exploration of proximity measures in information retrieval",
SIGIR 2007).

"Nothing relevant" is decided by coverage: the share of the question's weight that a passage has. A word's weight is
its inverse document frequency, smoothed by `BACKGROUND` unseen passages so that five documents behave like five
thousand; a word that occurs nowhere weighs most, so that "dentist" alone can sink a question about somebody's
dentist. A word that only names the sort of answer ("cost", "date") is taken as said when the passage has such a
thing. `RELEVANT` was chosen where questions answered by a collection and questions put to another collection part
best; docs/knowledge.md has the figures.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from company.language.questions import SOFT, Asked, asked, holds
from knowledge.analyser import Word
from knowledge.engine import K1, B
from knowledge.records import Counts, Hit

HEADINGS = 0.5
"""Weight of the headings' BM25 beside the body's; .2 to .5 do the same within .005."""
NEAR = 1.0
"""Weight of the proximity bonus."""
HEADING = 0.8
"""What a word counts for coverage that stands in the headings or the name only."""
PARTIAL = 0.6
"""What a word counts that is there only as part of a longer or shorter one: "Vertrag" in "Mietvertrag"."""
RELATED_SWAY = 0.2
"""How far such a part moves the order; more costs precision on SciFact and CACM."""
BACKGROUND = 50
RELEVANT = 0.3
STEM = 5
"""The fewest letters that a part of a word must have to count as the word."""
_OFTEN = 30  # more of one term change its weight by less than a thousandth


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A passage with its rank: `score` orders, `coverage` (0 to 1) decides whether it is relevant.

    `meaning` is the cosine of its vector with the question's, 0 where they were not compared.
    """

    hit: Hit
    score: float
    coverage: float
    meaning: float = 0.0


@dataclass(frozen=True, slots=True)
class _Weighed:
    word: Word
    idf: float  # times the word's own weight
    weight: float  # for coverage
    related: frozenset[str]  # terms of the collection that contain the word or are contained in it
    sorts: tuple[Asked, ...]  # the sorts of answer that stand for this word
    terms: frozenset[str]  # all in which it may be found
    plain: bool  # it is there only where one of those is


def rarity(passages: int, with_term: int) -> float:
    """The inverse document frequency of BM25, never negative."""
    return math.log(1 + (passages - with_term + 0.5) / (with_term + 0.5))


class Ranking:
    """One question against one state of the index: made once, then asked for each batch of passages.

    `frequencies` is passages per term, `related` near terms per surface of a word.
    """

    def __init__(
        self, question: str, words: Sequence[Word], counts: Counts, frequencies: Mapping[str, int],
        related: Mapping[str, frozenset[str]],
    ) -> None:  # fmt: skip
        wanted = asked(question)
        self._weighed = [_weigh(word, counts, frequencies, related, wanted) for word in words]
        self._whole = sum(one.weight for one in self._weighed)
        self.says = sum(one.idf for one in self._weighed) / math.log(1 + counts.passages)
        """How much the question says: its words, each by its rarity over about the greatest there is."""
        self._terms = frozenset(term for one in self._weighed for term in one.terms)
        self._mean = counts.words / counts.passages if counts.words else 1.0
        self._mean_heading = counts.heading_words / counts.passages if counts.heading_words else 1.0

    def rank(self, hits: Sequence[Hit]) -> list[Ranked]:
        """The hits, best first."""
        ranked = [self._one(hit) for hit in hits]
        ranked.sort(key=lambda one: (-one.score, one.hit.number))
        return ranked

    def _one(self, hit: Hit) -> Ranked:
        places = _places(hit.terms, self._terms)
        heading = hit.heading_terms
        of_heading = self._terms.intersection(heading)
        said = of_heading.union(places)
        norm = K1 * (1 - B + B * hit.length / self._mean)
        heading_norm = K1 * (1 - B + B * len(heading) / self._mean_heading)
        score = covered = 0.0
        present: list[tuple[float, list[int]]] = []
        for one in self._weighed:
            if one.plain and one.terms.isdisjoint(said):
                continue
            at = [place for term in one.word.variants if term in places for place in places[term]]
            part = 1.0
            sway = one.idf
            if not at:
                at, part = _weaker(one, hit, places, of_heading)
                sway *= RELATED_SWAY
            if at:
                score += sway * len(at) * (K1 + 1) / (len(at) + norm)
                present.append((sway, at))
            elif not part and one.sorts and any(holds(sort, hit.text) for sort in one.sorts):
                part = 1.0
            if not of_heading.isdisjoint(one.word.variants):
                times = sum(heading.count(term) for term in one.word.variants)
                score += HEADINGS * one.idf * times * (K1 + 1) / (times + heading_norm)
            covered += part * one.weight
        return Ranked(
            hit=hit, score=score + NEAR * _near(present), coverage=covered / self._whole if self._whole else 0.0
        )


def _weigh(
    word: Word, counts: Counts, frequencies: Mapping[str, int], related: Mapping[str, frozenset[str]],
    wanted: Sequence[Asked],
) -> _Weighed:  # fmt: skip
    df = max((frequencies.get(term, 0) for term in word.variants), default=0)
    idf = rarity(counts.passages, df) * word.weight
    weight = math.log(1 + (counts.passages + BACKGROUND - df) / (df + 0.5)) * min(1.0, word.weight)
    sorts = tuple(sort for sort in wanted if word.surface in SOFT[sort])
    near = related.get(word.surface, frozenset())
    return _Weighed(
        word, idf, weight * (0.5 if sorts or word.cjk else 1.0), near, sorts,
        terms=word.variants | near, plain=not sorts and not word.cjk,
    )  # fmt: skip


def _places(terms: list[str], wanted: frozenset[str]) -> dict[str, list[int]]:
    """Where each of the wanted terms stands, up to `_OFTEN` times."""
    found: dict[str, list[int]] = {}
    for term in wanted.intersection(terms):
        times = terms.count(term)
        at = [terms.index(term)]
        for _ in range(min(times, _OFTEN) - 1 if times > 1 else 0):
            at.append(terms.index(term, at[-1] + 1))
        found[term] = at
    return found


def _weaker(
    one: _Weighed, hit: Hit, places: Mapping[str, list[int]], heading: frozenset[str]
) -> tuple[list[int], float]:
    """Where a word is that is not in the body as such, and what that counts."""
    if one.word.cjk and one.word.surface in hit.text:
        return [], 1.0  # a single character, which no bigram finds
    if one.word.variants & heading:
        return [], HEADING
    near = [place for term in one.related for place in places.get(term, ())]
    if near:
        return near, PARTIAL
    return [], PARTIAL * HEADING if one.related & heading else 0.0


def _near(present: Sequence[tuple[float, list[int]]]) -> float:
    bonus = 0.0
    for (left_weight, left), (right_weight, right) in itertools.pairwise(present):
        distance = min(abs(a - b) for a in left[:10] for b in right[:10])
        bonus += min(left_weight, right_weight) / (1 + distance)
    return bonus
