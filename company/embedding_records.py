"""Texts on their way to a model of meaning and the vectors that come back. Frozen, like every record at an edge."""

from __future__ import annotations

from dataclasses import dataclass, field

from company.model_records import Usage

Vector = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingCall:
    """One call of a provider. `model` is its own name for it; all texts are answered within `timeout_s` seconds."""

    model: str
    texts: tuple[str, ...] = field(repr=False)
    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A vector for each text, in their order, all of the same number of dimensions."""

    vectors: tuple[Vector, ...] = field(repr=False)
    usage: Usage
