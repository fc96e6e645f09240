"""Retrieval over links: from the best passages along the names that they mention to the passages about those names.

"When did Lothair II's mother die?" is answered by a passage about his mother, whose name the question does not say; the
passage about him does. Measured on questions that need two documents (docs/knowledge.md) this beats personalised
PageRank over co-occurrence, needs no model, and is bounded: `ROUNDS` rounds from the `WIDTH` best.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from company.language.tokens import fold, raw_words
from knowledge.analyser import Word, stem
from knowledge.engine import Scope
from knowledge.lookups import Lookups
from knowledge.ranking import RELEVANT, Ranked, Ranking
from knowledge.subjects import named_in, names_among, normal, outermost

ROUNDS = 2
WIDTH = 4
NAMED = 0.25
"""What a passage gains whose subject the question names."""
FROM_PARENT = 0.6
OWN = 0.3
RELATION = 0.3
"""Shares of a followed passage's score: of the one that mentions it, its own, and of the question's words that stand
near the mention."""
WHOLE = 0.98
"""A best passage that has this share of the question needs no second one; from irrelevant ones nothing is followed."""
REACH = 8
PREFIX = 4
"""Words about a mention count to this distance, as the same word when this many first letters agree."""
_MOST_LINKS = 24
_RARE = 5
_COMMON_NAME = 4  # a name that more passages are about leads nowhere


def follow(
    question: str, words: Sequence[Word], ranked: list[Ranked], index: Lookups, ranking: Ranking, scope: Scope
) -> list[Ranked]:  # fmt: skip
    """`ranked` (fused, best first, 1 at most) with what the links add and lift, best first."""
    if not ranked or ranked[0].coverage >= WHOLE or max(one.coverage for one in ranked[:WIDTH]) < RELEVANT:
        return ranked
    greatest = max((one.score for one in ranking.rank([one.hit for one in ranked[:1]])), default=0.0) or 1.0
    known = {one.hit.number: one for one in ranked}
    own = {number: one.score for number, one in known.items()}
    named = _links(index, named_in(question, capitals=False))
    numbers = {number for _, about in named.values() for number in about}
    _take_in(known, own, index, ranking, scope, numbers, greatest)
    for number in numbers & known.keys():
        known[number] = replace(known[number], score=known[number].score + NAMED)
    done: set[int] = set()
    sought = _relation(words, question, named)
    for _ in range(ROUNDS):
        best = sorted((one for one in known.values() if one.hit.number not in done), key=lambda one: -one.score)[:WIDTH]
        mentions = _mentioned(index, best, sought)
        _take_in(known, own, index, ranking, scope, {number for _, number, _ in mentions}, greatest)
        for parent, number, near in mentions:
            done.add(parent.hit.number)  # in order: a better one may still lift one of those after it
            if number in known and number not in done:
                score = FROM_PARENT * parent.score + OWN * own[number] + RELATION * near
                if score > known[number].score:
                    coverage = max(known[number].coverage, parent.coverage)
                    known[number] = replace(known[number], score=score, coverage=coverage)
        done.update(parent.hit.number for parent in best)
    return sorted(known.values(), key=lambda one: (-one.score, one.hit.number))


def _links(index: Lookups, names: list[tuple[str, int]]) -> dict[str, tuple[list[int], list[int]]]:
    """Name -> (its places in the text, numbers of the passages about it), for names that lead somewhere."""
    return _leading(names, _about(index, {name for name, _ in names}))


def _about(index: Lookups, names: set[str]) -> dict[str, list[int]]:
    """Name -> passages about it; none for a name that many are about, or of one word that many passages say."""
    found: dict[str, list[int]] = {}
    for name, number in index.about(names, _MOST_LINKS * 8 * WIDTH):
        found.setdefault(name, []).append(number)
    single = {name: stem(name, "en") for name in found if " " not in name}
    often = index.frequencies(single.values()) if single else {}
    rare = max(_RARE, index.counts().passages // 100)
    return {
        name: numbers if len(numbers) <= _COMMON_NAME and often.get(single.get(name, ""), 0) <= rare else []
        for name, numbers in found.items()
    }


def _leading(names: list[tuple[str, int]], about: dict[str, list[int]]) -> dict[str, tuple[list[int], list[int]]]:
    """Those of one text's names that lead somewhere, without names inside a longer one that is a subject too."""
    places: dict[str, list[int]] = {}
    for name, place in outermost([one for one in names if one[0] in about]):
        places.setdefault(name, []).append(place)
    kept = [name for name in places if about[name]][:_MOST_LINKS]
    return {name: (places[name], about[name]) for name in kept}


def _take_in(
    known: dict[int, Ranked], own: dict[int, float], index: Lookups, ranking: Ranking, scope: Scope,
    numbers: Iterable[int], greatest: float,
) -> None:  # fmt: skip
    missing = [number for number in numbers if number not in known]
    for one in ranking.rank(index.hits(missing, scope)) if missing else []:
        score = min(1.0, one.score / greatest)
        own[one.hit.number] = score
        known[one.hit.number] = replace(one, score=score)


def _relation(words: Sequence[Word], question: str, names: Iterable[str]) -> frozenset[str]:
    """Beginnings of the question's content words that are not part of a name."""
    in_names = {word for name in names for word in name.split(" ")}
    content = {word.surface for word in words}
    return frozenset(
        folded[:PREFIX]
        for folded in map(fold, raw_words(question))
        if folded in content and folded not in in_names and len(folded) >= PREFIX
    )


def _mentioned(index: Lookups, parents: Sequence[Ranked], sought: frozenset[str]) -> list[tuple[Ranked, int, float]]:
    """(parent, passage about what it mentions, share of the sought words near the mention); one look for all."""
    texts = [raw_words(parent.hit.text) for parent in parents]
    names = [names_among(text, capitals=True) for text in texts]
    about = _about(index, {name for some in names for name, _ in some})
    found: dict[tuple[int, int], tuple[Ranked, int, float]] = {}
    for parent, text, some in zip(parents, texts, names, strict=True):
        itself = {normal(heading) for heading in parent.hit.headings[-1:]}
        links = _leading([one for one in some if one[0] not in itself], about)
        words = [fold(word)[:PREFIX] for word in text] if links else []
        for name, (places, numbers) in links.items():
            near = max(_near(words, place, len(name.split(" ")), sought) for place in places)
            for number in numbers:
                before = found.get((parent.hit.number, number))
                if number != parent.hit.number and (before is None or before[2] < near):
                    found[parent.hit.number, number] = (parent, number, near)
    return list(found.values())


def _near(words: list[str], place: int, length: int, sought: frozenset[str]) -> float:
    """The share of the sought beginnings that stand within `REACH` words of a mention."""
    around = {*words[max(0, place - REACH) : place], *words[place + length : place + length + REACH]}
    return len(sought & around) / len(sought) if sought else 0.0
