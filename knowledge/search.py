"""From a question to passages: candidates, their exact rank, feedback, meaning, neighbours, links. Blocks throughout.

1  candidates   the best by weighted terms (headings marked), from the engine or FTS5, and by meaning
2  rank         exact BM25 with headings and proximity (`knowledge.ranking`)
3  lift         a short passage (a chat turn, a list item) is read with those beside it in its section
4  feedback     the terms that the best share find more, as a second opinion, never instead, and the louder the less
                the question says (after V. Lavrenko and W. B. Croft, "Relevance-based language models", SIGIR 2001)
5  fuse         the opinions of every candidate, whichever of them found it, each over its greatest, summed; on nine
                collections better than reciprocal ranks; with a model, passages of one section share their best score
6  follow       names that the best passages mention lead to the passages about them (`knowledge.following`)
7  choose       relevant ones first, repetitions left out
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from typing import NamedTuple

from company.retrieval_choice import RetrievalChoice
from knowledge.analyser import Word, content_words
from knowledge.choosing import chosen
from knowledge.engine import EVERYWHERE, HEADING_MARK, K1, B, FromTerms, Scope
from knowledge.following import follow
from knowledge.lookups import Lookups
from knowledge.ranking import HEADINGS, RELEVANT, STEM, Ranked, Ranking, rarity
from knowledge.records import Counts, Hit

CANDIDATES = 40
"""How many passages of each opinion are ranked closely."""
MORE = 16
"""How many passages feedback may add."""
OFTEN = 20
"""A word that this many passages (or one in a hundred) say as such is not looked for inside other words."""
FEEDBACK_FROM = 8
FEEDBACK_TERMS = 30
FEEDBACK = 0.15
"""The least weight of the second opinion, and its weight beside a model that reads text."""
FEEDBACK_MOST = 0.75
SAYS_LITTLE = 3.0
"""A question says n: its words' rarities summed, over the greatest there is. The second opinion then weighs
SAYS_LITTLE / (SAYS_LITTLE + n * n), and FEEDBACK from four rare words on: who asks with a word or two leaves the other
words of the subject to be guessed, who makes a claim has said them. Against FEEDBACK throughout: MS MARCO +.02,
NFCorpus and LoCoMo +.01, SciFact -.005, the other six within that."""
TAUGHT_BY = 2
"""Passages that must have a term for feedback: one that a single passage has leads back to where it came from. Words
of the question count however rare."""
MEANING = 0.12
"""Weight of fitted vectors: CACM +.01, the rest within .005; from .2 on questions that follow links lose up to .02."""
DENSE = 0.45
"""Weight of the vectors of a model that reads text, with an English MiniLM: on six collections .3 loses .007 of their
mean and .55 .011, and both lose whichever of them is left out."""
SECTION = 0.3
"""What a passage's score takes of the best one's in its section, beside a model that reads text, which misjudges single
turns of a talk: LoCoMo +.024 (.2: +.021, .4: +.028), 0 without a model. Sets of one passage a document stay."""
LIFT = 0.35
"""What a short passage takes of the score of each neighbour, half of that from the next but one."""
LIFTED = 12
"""How many of the best are looked at for that."""
MOST_HANDED_ON = 10
"""Passages; who asks for more looks for something among them."""
SHORT = 60
"""Terms below which a passage is short."""


class Meant(NamedTuple):
    """The vector of a question, and the model that made it."""

    vector: Sequence[float]
    model: str


@dataclass(frozen=True, slots=True)
class _Asked:
    question: str
    words: Sequence[Word]
    scope: Scope
    counts: Counts
    ranking: Ranking


class Search:
    """Searches one index. `embedder` is the model that the vectors in the engine were made with."""

    def __init__(self, index: Lookups) -> None:
        self._index = index
        self.embedder: FromTerms | None = None
        self.choice = RetrievalChoice(relevant=RELEVANT)
        """What is handed on, as the Board chose it."""
        self.fit = 0.0
        """The cosine from which a passage fits whatever its words, with a model that reads text; 0: words decide."""

    def find(self, question: str, limit: int, scope: Scope = EVERYWHERE, meant: Meant | None = None) -> list[Ranked]:
        """The best passages, best first; those that cover the question before better scored ones that don't.

        `meant` is what a model of meaning made of the question, in place of `embedder`.
        """
        return chosen(
            self.order(question, scope, meant), lambda one: self.fits(one, meant), self._most(limit),
            self.choice.diversity,
        )  # fmt: skip

    def _most(self, limit: int) -> int:
        """How many the Board's choice leaves of what was asked for; a wide look is not what is handed on."""
        return limit if limit > MOST_HANDED_ON else min(limit, self.choice.passages)

    def fits(self, one: Ranked, meant: Meant | None = None) -> bool:
        """Whether a passage has to do with the question: it has enough of its words, or its vector is near."""
        near = meant is not None and 0 < self.fit <= one.meaning
        return near or one.coverage >= self.choice.relevant

    def order(self, question: str, scope: Scope = EVERYWHERE, meant: Meant | None = None) -> list[Ranked]:
        """All candidates in the order of their fused score, relevant or not."""
        counts = self._index.counts()
        words = content_words(question, counts.languages)
        if not words or not counts.passages:
            return []
        asked, ranked = self._first(question, words, scope, counts)
        compared = meant or self._meant(question, words)
        meaning = self._by_meaning(compared, scope)
        ranked = self._with_more(asked, ranked, list(meaning))
        if not ranked:
            return []
        ranked = self._lifted(asked, ranked)
        feedback, ranked = self._feedback(asked, ranked)
        others = {one.hit.number for one in ranked} - meaning.keys()  # each is judged by both, whichever found it
        meaning |= self._by_meaning(compared, scope, others) if meaning and others else {}
        second = FEEDBACK if meant else _second(asked.ranking.says, 1.0 - (MEANING if meaning else 0.0))
        fused = _fused(ranked, (feedback, second), (meaning, DENSE if meant else MEANING))
        fused = _in_sections(fused) if meant else fused
        return follow(asked.question, asked.words, fused, self._index, asked.ranking, asked.scope)

    # -- the steps ----------------------------------------------------------------------------------------------------

    def _first(self, question: str, words: Sequence[Word], scope: Scope, counts: Counts) -> tuple[_Asked, list[Ranked]]:
        query = {term: word.weight for word in words for term in word.variants}
        query |= {HEADING_MARK + term: HEADINGS * weight for term, weight in query.items()}
        numbers = [one.number for one in self._index.by_words(query, scope, CANDIDATES)]
        frequencies = self._index.frequencies({term for word in words for term in word.variants})
        often = max(OFTEN, counts.passages // 100)
        rare = [word for word in words if not word.cjk and all(frequencies.get(t, 0) < often for t in word.variants)]
        stems = self._index.related({term for word in rare for term in word.variants}, STEM)
        related = {
            word.surface: frozenset().union(*(stems.get(term, ()) for term in word.variants)) - word.variants
            for word in words
        }
        nearby = {term: 1.0 for terms in related.values() for term in terms if term not in query}
        if nearby and len(numbers) < CANDIDATES:
            numbers += [one.number for one in self._index.by_words(nearby, scope, CANDIDATES // 2)]
        asked = _Asked(question, words, scope, counts, Ranking(question, words, counts, frequencies, related))
        return asked, asked.ranking.rank(self._index.hits(set(numbers), scope))

    def _meant(self, question: str, words: Sequence[Word]) -> Meant | None:
        if self.embedder is None:
            return None
        vector = self.embedder.question(question, {term: word.weight for word in words for term in word.variants})
        return None if vector is None else Meant(vector, self.embedder.model)

    def _by_meaning(self, meant: Meant | None, scope: Scope, among: Collection[int] | None = None) -> dict[int, float]:
        """Cosines above 0: of the nearest, or of the given passages."""
        if meant is None:
            return {}
        limit = CANDIDATES if among is None else len(among)
        found = self._index.by_meaning(meant.vector, meant.model, scope, limit, among)
        return {one.number: one.score for one in found if one.score > 0}

    def _with_more(self, asked: _Asked, ranked: list[Ranked], numbers: Iterable[int]) -> list[Ranked]:
        missing = set(numbers) - {one.hit.number for one in ranked}
        if not missing:
            return ranked
        more = asked.ranking.rank(self._index.hits(missing, asked.scope))
        return sorted([*ranked, *more], key=_best_first)

    def _lifted(self, asked: _Asked, ranked: list[Ranked]) -> list[Ranked]:
        """Short passages with what those beside them, under the same heading, give them."""
        if not any(one.hit.length < SHORT for one in ranked[:CANDIDATES]):
            return ranked
        at = {(one.hit.document_id, one.hit.ordinal): one for one in ranked}
        beside = {
            (*place, one.hit.headings)
            for one in ranked[:LIFTED]
            if one.hit.length < SHORT
            for place in _beside(one.hit)
            if place[1] >= 0 and place not in at
        }
        for one in asked.ranking.rank(self._index.beside(beside, asked.scope)) if beside else []:
            at[one.hit.document_id, one.hit.ordinal] = one
        return sorted((_lift(one, at) for one in at.values()), key=_best_first)

    def _feedback(self, asked: _Asked, ranked: list[Ranked]) -> tuple[dict[int, float], list[Ranked]]:
        """What the second opinion says of each candidate, and the candidates with those that it adds."""
        if max(one.coverage for one in ranked[:CANDIDATES]) < RELEVANT:
            return {}, ranked  # what does not fit has nothing to say about what would
        query, heavier = self._shared_terms(asked, ranked[:FEEDBACK_FROM])
        if not query:
            return {}, ranked
        found = self._index.by_words(query, asked.scope, MORE)
        ranked = self._with_more(asked, ranked, [one.number for one in found])
        mean = asked.counts.words / asked.counts.passages or 1.0
        return {one.hit.number: _score(one.hit, heavier, mean) for one in ranked}, ranked

    def _shared_terms(self, asked: _Asked, best: Sequence[Ranked]) -> tuple[dict[str, float], dict[str, float]]:
        """The heaviest terms of the best passages by weight times rarity, and the same times their rarity once more.

        The first is what an engine is asked, which knows the rarities by itself.
        """
        whole = sum(one.score for one in best) or 1.0
        counts = asked.counts
        own = {term for word in asked.words for term in word.variants}
        mean = counts.words / counts.passages or 1.0
        heavy: dict[str, float] = {}
        for one in best:
            norm = K1 * (1 - B + B * one.hit.length / mean)
            share = one.score / whole * (K1 + 1)
            for term, times in Counter(one.hit.terms).items():
                heavy[term] = heavy.get(term, 0.0) + share * times / (times + norm)
        found = self._index.frequencies(heavy)
        frequencies = {term: times for term, times in found.items() if times >= TAUGHT_BY or term in own}
        idf = {times: rarity(counts.passages, times) for times in set(frequencies.values())}
        chosen = nlargest(FEEDBACK_TERMS, [(heavy[term] * idf[times], term) for term, times in frequencies.items()])
        total = sum(weight for weight, _ in chosen) or 1.0
        query = {term: weight / total for weight, term in chosen}
        return query, {term: weight * idf[frequencies[term]] for term, weight in query.items()}


def _best_first(one: Ranked) -> tuple[float, int]:
    return -one.score, one.hit.number


def _beside(hit: Hit) -> list[tuple[int, int]]:
    return [(hit.document_id, hit.ordinal + step) for step in (-2, -1, 1, 2)]


def _lift(one: Ranked, at: Mapping[tuple[int, int], Ranked]) -> Ranked:
    if one.hit.length >= SHORT:
        return one
    lift = 0.0
    for place in _beside(one.hit):
        other = at.get(place)
        if other is not None and other.hit.headings == one.hit.headings:
            lift += other.score * (LIFT if abs(place[1] - one.hit.ordinal) == 1 else LIFT / 2)
    return replace(one, score=one.score + lift) if lift else one


def _in_sections(fused: list[Ranked]) -> list[Ranked]:
    """With a share of the best score under the same heading of the same document; what is alone there keeps its own."""
    best: dict[tuple[int, tuple[str, ...]], float] = {}
    for one in fused:  # best first
        best.setdefault((one.hit.document_id, one.hit.headings), one.score)
    if len(best) == len(fused):
        return fused
    shared = (
        replace(one, score=one.score + SECTION * (best[one.hit.document_id, one.hit.headings] - one.score))
        for one in fused
    )
    return sorted(shared, key=_best_first)


def _score(hit: Hit, query: Mapping[str, float], mean: float) -> float:
    """BM25 over terms whose weights have the rarity in them."""
    norm = K1 * (1 - B + B * hit.length / mean)
    score = 0.0
    for term, times in Counter([term for term in hit.terms if term in query]).items():
        score += query[term] * times * (K1 + 1) / (times + norm)
    return score


def _second(says: float, left: float) -> float:
    """The weight of feedback for a question that says so much, of what the other opinions leave."""
    return max(FEEDBACK, left * min(FEEDBACK_MOST, SAYS_LITTLE / (SAYS_LITTLE + says * says)))


def _fused(
    ranked: Sequence[Ranked], feedback: tuple[Mapping[int, float], float], meant: tuple[Mapping[int, float], float]
) -> list[Ranked]:
    """The opinions over their greatest, summed by their weights; 1 is a passage that every opinion calls the best."""
    meaning = meant[0]
    first = 1.0 - feedback[1] - (meant[1] if meaning else 0.0)
    shares = [({one.hit.number: one.score for one in ranked}, first), feedback, meant]
    totals: dict[int, float] = {}
    for scores, share in shares:
        greatest = max(scores.values(), default=0.0)
        for number, score in scores.items() if greatest > 0 else ():
            totals[number] = totals.get(number, 0.0) + share * score / greatest
    fused = [
        Ranked(
            hit=one.hit, score=totals.get(one.hit.number, 0.0), coverage=one.coverage,
            meaning=meaning.get(one.hit.number, 0.0),
        )
        for one in ranked
    ]  # fmt: skip
    return sorted(fused, key=_best_first)
