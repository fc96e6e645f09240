"""What shall go wrong, and when: single faults, standing faults and seeded mixtures of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Fault:
    """One rule. It hits a request that fits `on`, `chat_id` and `model`; then it is spent by one.

    kind: what happens (see `telegram.KINDS`, `models.KINDS`). on: the methods or paths it concerns (None: all).
    times: how often it hits (None: never spent). after: how many fitting requests pass unharmed before.
    probability: of hitting a fitting request. The rest are details of the kind: seconds, bytes, HTTP codes.
    """

    kind: str
    on: frozenset[str] | None = None
    chat_id: int | None = None
    model: str | None = None
    times: int | None = 1
    after: int = 0
    probability: float = 1.0
    retry_after: float = 1
    delay_s: float = 0.05
    at_byte: int = 200
    text: str = ""
    code: int = 400
    migrate_to: int | None = None
    table: tuple[tuple[str, float], ...] = ()
    hits: int = field(default=0, compare=False)

    def fits(self, on: str, chat_id: int | None, model: str | None) -> bool:
        if self.times is not None and self.hits >= self.times:
            return False
        if self.on is not None and on not in self.on:
            return False
        if self.chat_id is not None and chat_id != self.chat_id:
            return False
        return self.model is None or model == self.model


@dataclass(frozen=True)
class Struck:
    """A fault that hits this request: its kind (chosen, if the rule is a mixture) and its rule with the details."""

    kind: str
    rule: Fault


class Faults:
    """The list of rules of one fake. The first rule that hits wins. Chance comes from one seeded generator."""

    def __init__(self, kinds: Iterable[str], seed: int = 0) -> None:
        self.kinds = frozenset(kinds)
        self.rules: list[Fault] = []
        self.chance = random.Random(seed)
        self.counts: dict[str, int] = {}

    def add(self, kind: str, on: str | Iterable[str] | None = None, **details: Any) -> Fault:
        """Add a rule at the end. Raises ValueError for a kind that the fake cannot do."""
        self._known([kind])
        rule = Fault(kind, _names(on), **details)
        self.rules.append(rule)
        return rule

    def mix(
        self,
        table: Mapping[str, float],
        on: str | Iterable[str] | None = None,
        *,
        times: int | None = None,
        **details: Any,
    ) -> Fault:
        """Add one rule that draws once a request: kind -> probability, together at most 1."""
        self._known(table)
        if sum(table.values()) > 1 + 1e-9:
            raise ValueError("the probabilities of a mixture exceed 1")
        rule = Fault("mix", _names(on), times=times, table=tuple(table.items()), **details)
        self.rules.append(rule)
        return rule

    def clear(self, kind: str | None = None) -> None:
        """Forget all rules, or those of one kind."""
        self.rules = [rule for rule in self.rules if kind is not None and rule.kind != kind]

    def draw(self, on: str, chat_id: int | None = None, model: str | None = None) -> Struck | None:
        """The fault that hits this request, counted as spent; None if none does."""
        if not self.rules:
            return None
        for rule in self.rules:
            if not rule.fits(on, chat_id, model):
                continue
            kind = self._choose(rule)
            if kind is not None:
                rule.hits += 1
                self.counts[kind] = self.counts.get(kind, 0) + 1
                return Struck(kind, rule)
        return None

    def _choose(self, rule: Fault) -> str | None:
        if rule.after > 0:
            rule.after -= 1
            return None
        if not rule.table:
            return rule.kind if rule.probability >= 1 or self.chance.random() < rule.probability else None
        drawn = self.chance.random()
        for kind, probability in rule.table:
            if drawn < probability:
                return kind
            drawn -= probability
        return None

    def _known(self, kinds: Iterable[str]) -> None:
        if strange := set(kinds) - self.kinds:
            raise ValueError(f"unknown fault {sorted(strange)}; this fake knows {sorted(self.kinds)}")


def _names(on: str | Iterable[str] | None) -> frozenset[str] | None:
    if on is None:
        return None
    return frozenset([on]) if isinstance(on, str) else frozenset(on)
