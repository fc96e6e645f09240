"""From which similarity an earlier answer may be given again: learnt from outcomes, with a bounded error rate.

After vCache (L. G. Schroeder et al., "vCache: Verified Semantic Prompt Caching", arXiv 2502.03771, sections 3 and 4).
Each kept question x has a threshold t and a steepness g of its own; that its answer is right for a question at the
similarity s has the probability

    L(s; t, g) = 1 / (1 + exp(-g (s - t))).

A question near x is either *explored* (an employee is asked, the two answers are compared, and that is one observation
of x) or gets x's answer. With a lower estimate a of L(s) and exploring at the probability tau, the share of right
answers is at least tau + (1 - tau) a, so the error rate is at most delta for

    tau = 1 - delta / (1 - a)     (0 when that is negative).

Two departures from the paper, both because one person repeats a question a few times, not hundreds of times:

- The paper fits (t, g) by maximum likelihood with a normal band, which is undefined while right and wrong observations
  can be told apart by a threshold: the usual state of a kept question with few. Here (t, g) has a posterior over a
  grid, and a = max over e of (1 - e) q(e), where q(e) is the e-quantile of L(s) under it: the paper's union over
  confidence levels. The prior is the mean posterior of all kept questions with vectors of the same model (empirical
  Bayes by EM), beside `UNKNOWN` questions of which nothing is known. Only similarities and outcomes enter it, no words.
- The bound is over questions that were near one: a cache could spend it on few but mostly wrong answers. So nothing is
  given again below a = 1 - `AT_MOST` delta either.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

Seen = Sequence[tuple[float, bool]]
"""Observations of one kept question: the similarity, and whether its answer was right."""
Weights = tuple[float, ...]
"""A distribution over `GRID`."""

NEAR = 0.70
"""Cosine below which two questions are not looked at: nothing is learnt from what nobody would mistake."""
GRID = tuple((0.64 + 0.02 * step, steepness) for step in range(22) for steepness in (12.0, 30.0, 75.0, 190.0))
"""(t, g). The last t, 1.06, stands for questions whose answer is hardly ever right for another."""
UNKNOWN = 3.0
"""How many kept questions the flat part of the prior counts as."""
AT_MOST = 5.0
LEAST = 6
"""Observations of all kept questions together before any answer is given again (the paper's least, per question)."""
_ROUNDS = 25
_FLAT: Weights = (1.0 / len(GRID),) * len(GRID)


class Threshold:
    """For the vectors of one model. `delta` is the bound of the error rate."""

    def __init__(self, delta: float) -> None:
        self.delta = delta
        self._prior = _FLAT
        self._learnt = 0

    def learn(self, seen: Iterable[Seen]) -> None:
        """Take the observations of all kept questions, each its own, for a prior. Some tens of ms for a thousand."""
        known = [one for one in seen if one]
        likelihoods = [_likelihood(one) for one in known]
        prior = _FLAT
        for _ in range(_ROUNDS):
            total = [UNKNOWN * flat for flat in _FLAT]
            for likelihood in likelihoods:
                total = [have + more for have, more in zip(total, _posterior(prior, likelihood), strict=True)]
            whole = UNKNOWN + len(known)
            prior = tuple(value / whole for value in total)
        self._prior, self._learnt = prior, sum(len(one) for one in known)

    def right(self, seen: Seen, similarity: float) -> float:
        """The lower estimate `a` that the answer is right at this similarity."""
        chances = _chances(round(similarity, 3))
        tail, best = 1.0, 0.0
        for chance, weight in sorted(zip(chances, _posterior(self._prior, _likelihood(seen)), strict=True)):
            best = max(best, tail * chance)
            tail -= weight
        return min(best, 1.0 - 1e-9)

    def explore(self, seen: Seen, similarity: float) -> float:
        """The probability with which an employee must be asked, 0 to 1."""
        right = self.right(seen, similarity)
        if self._learnt < LEAST or right < 1.0 - AT_MOST * self.delta:
            return 1.0
        return max(0.0, 1.0 - self.delta / (1.0 - right))


@lru_cache(maxsize=2048)
def _chances(similarity: float) -> Weights:
    return tuple(1.0 / (1.0 + math.exp(-steepness * (similarity - at))) for at, steepness in GRID)


def _likelihood(seen: Seen) -> Weights:
    """How probable the observations are under each (t, g); scaled, for only the ratios count."""
    found = [1.0] * len(GRID)
    for similarity, right in seen:
        chances = _chances(round(similarity, 3))
        found = [have * (c if right else 1.0 - c) for have, c in zip(found, chances, strict=True)]
        greatest = max(found) or 1.0
        found = [value / greatest for value in found]
    return tuple(found)


def _posterior(prior: Weights, likelihood: Weights) -> Weights:
    weights = [before * likely for before, likely in zip(prior, likelihood, strict=True)]
    whole = sum(weights) or 1.0
    return tuple(weight / whole for weight in weights)
