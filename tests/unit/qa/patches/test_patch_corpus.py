"""The corpus of patches: large, its held-out half as it was frozen, and the shares of docs/qa.md kept."""

from __future__ import annotations

import hashlib

import pytest

from benchmarks.patch_corpus.cases import CODES, HALVES, Half, cases, project
from benchmarks.patches import tally

FROZEN = "a0ec6f7bfc082ef6cc36d8b078d9085fc426fdad2431958fcd11533721749e57"
"""Of the held-out half, taken at its first run. A new value means a new half: say so in docs/qa.md."""


def fingerprint(half: Half) -> str:
    whole = "\0".join(
        f"{case.planted}\0{case.title}\0{case.request}\0{case.diff(project(half))}" for case in cases(half)
    )
    return hashlib.sha256(whole.encode()).hexdigest()


def test_the_held_out_half_is_as_it_was_frozen() -> None:
    assert fingerprint("held-out") == FROZEN


@pytest.mark.parametrize("half", HALVES)
def test_a_half_has_every_sort_and_thirty_of_each(half: Half) -> None:
    planted = [case.planted for case in cases(half) if case.planted]
    assert set(planted) == set(CODES)
    assert len(planted) >= 30
    assert len(cases(half)) - len(planted) >= 30


@pytest.mark.parametrize("half", HALVES)
def test_the_shares_are_kept(half: Half) -> None:
    whole, alone = tally(half), tally(half, alone=True)
    assert whole.recall >= 0.95
    assert len(whole.rejected) / whole.clean <= 0.03
    assert len(alone.rejected) / alone.clean <= 0.03
    seen_alone = [name for name in CODES if name not in ("application", "made up")]
    assert sum(alone.caught[name] for name in seen_alone) / sum(alone.planted[name] for name in seen_alone) >= 0.95
