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
from knowledge.ranking import Ranked, Ranking
from knowledge.subjects import named_in, normal, outermost

ROUNDS = 2
WIDTH = 4
NAMED = 0.25
"""What a passage gains whose subject the question names."""
FROM_PARENT = 0.6
OWN = 0.3
RELATION = 0.3
"""Shares of a followed passage's score: of the one that mentions it, its own, and of the question's words that stand
near the mention."""
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
    greatest = max((one.score for one in ranking.rank([one.hit for one in ranked[:1]])), default=0.0) or 1.0
    known = {one.hit.number: one for one in ranked}
    own = {number: one.score for number, one in known.items()}
    named = _links(index, outermost(_present(index, named_in(question, capitals=False))))
    _take_in(known, own, index, ranking, scope, (number for _, number in named), greatest)
    for number in {number for _, number in named} & known.keys():
        known[number] = replace(known[number], score=known[number].score + NAMED)
    done: set[int] = set()
    sought = _relation(words, question, {name for name, _ in named})
    for _ in range(ROUNDS):
        best = sorted((one for one in known.values() if one.hit.number not in done), key=lambda one: -one.score)[:WIDTH]
        for parent in best:
            done.add(parent.hit.number)
            for number, near in _mentioned(index, parent, sought).items():
                _take_in(known, own, index, ranking, scope, [number], greatest)
                if number in known and number not in done:
                    score = FROM_PARENT * parent.score + OWN * own[number] + RELATION * near
                    if score > known[number].score:
                        known[number] = replace(
                            known[number], score=score, coverage=max(known[number].coverage, parent.coverage)
                        )
    return sorted(known.values(), key=lambda one: (-one.score, one.hit.number))


def _present(index: Lookups, names: list[tuple[str, int]]) -> list[tuple[str, int]]:
    there = {name for name, _ in index.about({name for name, _ in names}, _MOST_LINKS * 8)}
    return [(name, place) for name, place in names if name in there]


def _links(index: Lookups, names: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """(name, number) for names that few passages are about, and of one word only when few passages say it."""
    by_name: dict[str, list[int]] = {}
    for name, number in index.about({name for name, _ in names}, _MOST_LINKS * 8):
        by_name.setdefault(name, []).append(number)
    found = {name: numbers for name, numbers in by_name.items() if len(numbers) <= _COMMON_NAME}
    single = {name: stem(name, "en") for name in found if " " not in name}
    often = index.frequencies(single.values())
    rare = max(_RARE, index.counts().passages // 100)
    return [
        (name, number)
        for name, numbers in found.items()
        if often.get(single.get(name, ""), 0) <= rare
        for number in numbers
    ]


def _take_in(
    known: dict[int, Ranked], own: dict[int, float], index: Lookups, ranking: Ranking, scope: Scope,
    numbers: Iterable[int], greatest: float,
) -> None:  # fmt: skip
    missing = [number for number in numbers if number not in known]
    for one in ranking.rank(index.hits(missing, scope)) if missing else []:
        score = min(1.0, one.score / greatest)
        own[one.hit.number] = score
        known[one.hit.number] = replace(one, score=score)


def _relation(words: Sequence[Word], question: str, names: set[str]) -> frozenset[str]:
    """Beginnings of the question's content words that are not part of a name."""
    in_names = {word for name in names for word in name.split(" ")}
    content = {word.surface for word in words}
    return frozenset(
        folded[:PREFIX]
        for folded in map(fold, raw_words(question))
        if folded in content and folded not in in_names and len(folded) >= PREFIX
    )


def _mentioned(index: Lookups, parent: Ranked, sought: frozenset[str]) -> dict[int, float]:
    """The passages about what `parent` mentions, with the share of the sought words near the mention."""
    names = named_in(parent.hit.text, capitals=True)
    about_itself = {normal(heading) for heading in parent.hit.headings[-1:]}
    present = outermost(_present(index, [one for one in names if one[0] not in about_itself]))
    words = [fold(word)[:PREFIX] for word in raw_words(parent.hit.text)]
    near: dict[str, float] = {}
    for name, place in present:
        end = place + len(name.split(" "))
        around = {*words[max(0, place - REACH) : place], *words[end : end + REACH]}
        share = len(sought & around) / len(sought) if sought else 0.0
        near[name] = max(near.get(name, 0.0), share)
    found: dict[int, float] = {}
    for name, number in _links(index, present)[:_MOST_LINKS]:
        if number != parent.hit.number:
            found[number] = max(found.get(number, 0.0), near.get(name, 0.0))
    return found
