"""From candidates to what is handed on: relevant ones first, repetitions left out, and variety where it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from company.language.stopwords import FUNCTION, words
from knowledge.ranking import Ranked

_NEGATIONS = words("not no never without kein keine nicht nie ohne pas jamais sans nunca sin не нет без")
_EMPTY = frozenset().union(*FUNCTION.values()) - _NEGATIONS
_POOL = 3
"""Among how many times the wanted passages variety is sought."""


def chosen(
    ranked: Sequence[Ranked], fits: Callable[[Ranked], bool], limit: int, diversity: float = 0.0
) -> list[Ranked]:  # fmt: skip
    """The best of candidates in their order, those that fit before better scored ones that don't."""
    first = sorted(ranked[: 4 * limit + 10], key=lambda one: not fits(one))
    if not diversity:
        return _without_repetitions(first, limit)
    pool = _without_repetitions(first, _POOL * limit)
    return _varied([one for one in pool if fits(one)], limit, diversity) or pool[:limit]


def _varied(pool: list[Ranked], limit: int, diversity: float) -> list[Ranked]:
    """Greedily the one that scores best less what it shares with one already there (Jaccard over content terms)."""
    said = {one.hit.number: frozenset(one.hit.terms) - _EMPTY for one in pool}
    greatest = max((one.score for one in pool), default=0.0) or 1.0
    nearest = dict.fromkeys(said, 0.0)
    kept: list[Ranked] = []
    while pool and len(kept) < limit:
        best = max(
            pool,
            key=lambda one: (1 - diversity) * one.score / greatest - diversity * nearest[one.hit.number],
        )
        kept.append(best)
        pool = [one for one in pool if one is not best]
        mine = said[best.hit.number]
        for one in pool:
            other = said[one.hit.number]
            shared = len(mine & other) / (len(mine | other) or 1)
            nearest[one.hit.number] = max(nearest[one.hit.number], shared)
    return kept


def _without_repetitions(ranked: Sequence[Ranked], limit: int) -> list[Ranked]:
    """Of passages that say the same words the first; one number or one "not" more is not the same."""
    seen: set[frozenset[str]] = set()
    kept: list[Ranked] = []
    for one in ranked:
        said = frozenset(one.hit.terms) - _EMPTY
        if not said or said not in seen:
            kept.append(one)
        if len(kept) == limit:
            break
        seen.add(said)
    return kept
