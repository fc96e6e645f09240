"""Waiting longer after each failure, with jitter, so that many waiters don't come back at once."""

from __future__ import annotations

import random


class Backoff:
    """Doubling delays between `first_s` and `most_s`, each drawn from its upper half ("equal jitter",
    aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter)."""

    def __init__(self, first_s: float, most_s: float, chance: random.Random | None = None) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._chance = chance
        self._failures = 0

    def next_s(self) -> float:
        """The delay after one more failure, seconds."""
        full = min(self._most_s, self._first_s * 2.0 ** min(self._failures, 30))
        self._failures += 1
        if self._chance is None:  # made at the first failure: seeding costs more than most calls
            self._chance = random.Random()  # noqa: S311 - jitter, not a secret
        return max(min(self._first_s, full), full * self._chance.uniform(0.5, 1))

    def reset(self) -> None:
        """It worked."""
        self._failures = 0
