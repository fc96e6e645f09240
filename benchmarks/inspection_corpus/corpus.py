"""The corpus of QA: answers with planted defects and clean ones, in a development half and a held-out half.

The development half may be looked at, and the layers are tuned on it. The held-out half was written before the layers
and is only run: its figures are reported as sums per layer, never case by case. A test holds its fingerprint.
"""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Literal

from benchmarks.inspection_corpus import dev_templates, drawn, held_templates
from benchmarks.inspection_corpus.sample import Sample, read_samples

Half = Literal["development", "held-out"]
HALVES: tuple[Half, ...] = ("development", "held-out")
_HERE = Path(__file__).parent
_WRITTEN = {
    "passages": ("id", "document", "place", "text", "score"),
    "citations": ("marker", "passage_id", "document", "place", "quote"),
    "blocks": ("origin", "text", "source"),
}
"""What the corpus says of a passage, a citation and a block, however much else those records may hold."""
_MORE = (
    _HERE.parents[1] / "tests" / "unit" / "qa" / "clean_answers.md", _HERE / "fresh.txt", _HERE / "fresh_second.txt"
)  # fmt: skip


@cache
def samples(half: Half) -> tuple[Sample, ...]:
    """All answers of a half, hand-written ones first."""
    templates, name, seed = (
        (dev_templates, "dev.txt", 1809) if half == "development" else (held_templates, "held.txt", 20261121)
    )
    chance = random.Random(seed)
    return (
        *read_samples(_HERE / name),
        *((each for path in _MORE for each in read_samples(path)) if half == "development" else ()),
        *drawn.sums(templates.SUMS, 3, chance),
        *drawn.days(templates.DAYS, 2, chance),
        *drawn.spans(templates.SPANS, 2, chance),
        *drawn.totals(templates.TOTALS, 2, chance),
        *drawn.leaks(templates.LEAKS, 2, chance),
    )


def fingerprint(half: Half) -> str:
    """SHA-256 of everything in a half: it changes when a single sign does, and not when a record gets a new field."""
    found = [asdict(sample) for sample in samples(half)]
    for sample in found:
        for part, names in _WRITTEN.items():
            sample[part] = [{name: one[name] for name in names} for one in sample[part]]
    return hashlib.sha256(json.dumps(found, sort_keys=True, default=str).encode()).hexdigest()
