"""Clean answers pass: varied kinds, six languages, code, tables, quotations about the very things that QA looks for."""

from __future__ import annotations

import pytest

from qa.inspector import judged
from tests.unit.qa.making import Clean, case, clean_answers

CORPUS = clean_answers()


def test_the_corpus_is_large_and_varied() -> None:
    assert len(CORPUS) >= 100
    assert {clean.language for clean in CORPUS} >= {"en", "fr", "de", "es", "ru", "zh"}
    assert len({clean.kind for clean in CORPUS}) == 10


@pytest.mark.parametrize("clean", CORPUS, ids=str)
def test_a_clean_answer_passes(clean: Clean) -> None:
    looked_at = case(clean.text, request=clean.request, kind=clean.kind, language=clean.language)
    assert judged(looked_at) == []
