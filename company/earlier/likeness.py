"""Whether two answers say the same, without a model: strict, for a wrong yes breaks the bound, a wrong no only costs.

Equal numbers, the same stand (yes or no), the same documents behind them, and mostly the same words. Two models seldom
choose the same words for a long answer, so of a long one only the beginning, which answers, is held to that.
"""

from __future__ import annotations

import re
from collections import Counter
from math import sqrt

from company.language.tokens import content_words, fold, language_of, raw_words, terms

ALIKE = 0.6
"""Cosine of the counts of terms."""
BEGINNING = 400
"""Characters of an answer that are compared word for word; numbers are compared in `NUMBERS_IN`."""
NUMBERS_IN = 1_500
_YES = frozenset(["yes", "yep", "oui", "ja", "si", "да"])
_NO = frozenset(["no", "nope", "non", "nein", "нет"])
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_MARKER = re.compile(r"\[\d+\]")
_HAN_YES, _HAN_NO = ("是", "对", "可以"), ("不", "否", "没")


def alike(one: str, other: str, *, sources: frozenset[str] = frozenset(), others: frozenset[str] = frozenset()) -> bool:
    """Whether two answers to two questions are the same answer. `sources` and `others` name the documents cited."""
    if sources != others:
        return False
    one, other = _MARKER.sub("", one).strip(), _MARKER.sub("", other).strip()
    if one == other:
        return True
    if _stand(one) != _stand(other) or _numbers(one) != _numbers(other):
        return False
    return _cosine(_terms(one), _terms(other)) >= ALIKE


def _stand(text: str) -> str:
    first = next(iter(raw_words(text[:80])), "")
    word = fold(first)
    if word in _YES or text.startswith(_HAN_YES):
        return "yes"
    return "no" if word in _NO or text.startswith(_HAN_NO) else ""


def _numbers(text: str) -> Counter[str]:
    """Each number counts once: how often it is said is style."""
    return Counter(set(_NUMBER.findall(text[:NUMBERS_IN])))


def _terms(text: str) -> Counter[str]:
    beginning = text[:BEGINNING]
    said = {word.surface for word in content_words(beginning)}
    language = language_of(beginning)
    carrying = Counter(terms(" ".join(sorted(said)), language))
    return carrying or Counter(terms(beginning, language))


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    shared = sum(one[term] * other[term] for term in one.keys() & other.keys())
    length = sqrt(sum(count**2 for count in one.values()) * sum(count**2 for count in other.values()))
    return shared / length if length else 0.0
