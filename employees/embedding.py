"""What a provider answered to an embedding call, made sure of: the part of it that is the same for every provider."""

from __future__ import annotations

import math
from collections.abc import Sequence

from company.embedding_records import Embedded
from company.records import Usage
from employees.draft import Draft


def embedded(who: Draft, rows: Sequence[Sequence[float]], texts: int, used: int | None) -> Embedded:
    """The vectors as a record. `used`: the input tokens that the provider counted; None when it does not say.

    Raises `ModelNonsense`: a vector is missing, they differ in length, or hold something else than finite numbers.
    """
    try:
        vectors = tuple(tuple(float(number) for number in row) for row in rows)
    except (TypeError, ValueError):
        raise who.nonsense("answered something else than vectors") from None
    if len(vectors) != texts:
        raise who.nonsense(f"answered {len(vectors)} vectors to {texts} texts")
    lengths = {len(vector) for vector in vectors}
    if len(lengths) > 1 or 0 in lengths or not all(math.isfinite(number) for row in vectors for number in row):
        raise who.nonsense("answered vectors that are of no use")
    return Embedded(vectors=vectors, usage=Usage(input_tokens=used or 0))
