"""The corpus is large and varied, and its held-out half is as it was frozen."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.inspection_corpus.corpus import HALVES, fingerprint, samples
from benchmarks.inspection_corpus.sample import LAYERS
from benchmarks.inspection_recall import tally
from qa.inspector import judged
from tests.unit.qa.making import case

FROZEN = "4bba7968da85da6affdfbbfd77b0c6edf617d0a4c61ad27d9769f3a85ac74b6d"
"""Of the held-out half, taken before any layer was tuned. A new value means a new half: say so in docs/qa.md."""


def test_the_held_out_half_is_as_it_was_frozen() -> None:
    assert fingerprint("held-out") == FROZEN


def test_there_are_four_hundred_clean_and_four_hundred_planted() -> None:
    planted = Counter(bool(sample.planted) for half in HALVES for sample in samples(half))
    assert planted[False] >= 400
    assert planted[True] >= 400


@pytest.mark.parametrize("half", HALVES)
def test_a_half_has_every_layer_and_six_languages(half) -> None:  # type: ignore[no-untyped-def]
    planted = Counter(sample.planted for sample in samples(half))
    assert set(planted) == {"", *LAYERS}
    languages = Counter(sample.language for sample in samples(half) if not sample.planted)
    assert {language for language, number in languages.items() if number >= 10} >= {"en", "fr", "de", "es", "ru", "zh"}


def test_the_halves_share_no_answer() -> None:
    development = {sample.text for sample in samples("development") if len(sample.text) > 10}  # "You're welcome."
    assert not development & {sample.text for sample in samples("held-out")}


@pytest.mark.parametrize("half", HALVES)
def test_the_promised_shares_are_kept(half) -> None:  # type: ignore[no-untyped-def]
    """The promise of docs/qa.md; of the held-out half only sums may be looked at."""
    result = tally(half)
    assert result.recall >= 0.95
    assert result.false_rejections <= 0.02
    assert len(result.labelled) / result.clean <= 0.03  # an honest "I can't" is labelled, and may be
    shares = {layer: result.caught[layer] / number for layer, number in result.planted.items()}
    assert {layer: share for layer, share in shares.items() if share < 0.9} == {}


SLOW_ONCE = (
    "1.1.",
    "1 ",
    "1,",
    "[1]",
    "21 November 2026 is ",
    'say "',
    "2 = ",
    "Ich habe ",
    "I deleted ",
    "(1 + ",
    "的5%",
)
"""What made a search quadratic once, or comes close to it."""


@pytest.mark.parametrize("text", SLOW_ONCE)
def test_no_text_takes_forever(text: str) -> None:
    """Seconds at most where each search is linear; the suite's own limit ends it where one is not."""
    long = text * (30_000 // len(text))
    assert "layer-broken" not in [finding.code for finding in judged(case(long, request="save it"))]
