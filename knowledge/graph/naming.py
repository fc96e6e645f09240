"""What a thing is called, however it is written: "The Orchestrators", "orchestrator" and "ORCHESTRATOR" are one key."""

from __future__ import annotations

import re
from functools import lru_cache

from company.language.stopwords import ASKING, FUNCTION, words
from company.language.tokens import fold, raw_words
from knowledge.analyser import stem
from knowledge.graph.records import Alias

MOST_WORDS = 6
_EMPTY = frozenset().union(*FUNCTION.values(), *ASKING.values()) | words(
    "thing things way ways example examples kind sort lot one ones chose choses exemple ding dinge beispiel cosa cosas"
)
_BARE_PLURAL = re.compile(r"(?:[^aeiousi]|[aeo])s$")
_SHORT = re.compile(r"[A-ZÄÖÜА-Я][A-ZÄÖÜА-Я\d]{1,9}")
_SHORT_BESIDE = re.compile(r"[(\[]\s*[\"“„«]?([A-ZÄÖÜА-Я][A-ZÄÖÜА-Я\d]{1,9}s?)[\"”“»]?\s*[)\]]")
_LONG_BESIDE = re.compile(r"\b([A-ZÄÖÜА-Я][A-ZÄÖÜА-Я\d]{1,9}) ?[(\[]([^()\[\]\n]{4,80})[)\]]")
_LOOK_BACK = 120  # characters before a short form in which its long one stands


@lru_cache(maxsize=65_536)  # names repeat
def key_of(text: str) -> str:
    """The key of a name; "" for what is none: function words or figures alone, or more than `MOST_WORDS` words."""
    folded = [fold(word) for word in raw_words(text.replace("’s ", " ").replace("'s ", " "))]
    while folded and folded[0] in _EMPTY:
        folded = folded[1:]
    while folded and folded[-1] in _EMPTY:
        folded = folded[:-1]
    if not 1 <= len(folded) <= MOST_WORDS or all(word.isdigit() for word in folded) or len("".join(folded)) < 2:
        return ""
    if "\u0400" <= folded[-1][0] <= "\u04ff":  # Russian nouns are declined, and what stands before them with them
        return " ".join(stem(word, "ru") for word in folded)
    return " ".join([*folded[:-1], _one(folded[-1])])


@lru_cache(maxsize=16_384)
def _one(word: str) -> str:
    """The singular, as far as its letters tell; the same for a name that only looks like a plural, on both sides."""
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and _BARE_PLURAL.search(word) else word


def aliases_in(text: str) -> list[Alias]:
    """Short forms with their long ones, in either order; the first letters must agree."""
    found = []
    pairs = [(text[max(0, one.start() - _LOOK_BACK) : one.start()], one[1]) for one in _SHORT_BESIDE.finditer(text)]
    pairs += [(one[2], one[1]) for one in _LONG_BESIDE.finditer(text)]
    for long, short in pairs:
        spelled = _spelling(long, short)
        if spelled and key_of(spelled) and not _SHORT.fullmatch(spelled):
            found.append(Alias(key_of(short), key_of(spelled)))
    return found


def _spelling(long: str, short: str) -> str:
    """The last words of `long` whose first letters spell `short`; "" when none do (after Schwartz and Hearst, 2003)."""
    letters = [letter for letter in fold(short.removesuffix("s")) if letter.isalpha()]
    split = re.findall(r"[\w'’-]+", long)
    for count in range(1, min(len(split), MOST_WORDS + 1) + 1):
        tail = [part for word in split[-count:] for part in word.split("-") if part]
        if tail and [fold(part)[:1] for part in tail if fold(part) not in _EMPTY] == letters:
            return " ".join(split[-count:])
        if tail and [fold(part)[:1] for part in tail] == letters:
            return " ".join(split[-count:])
    return ""
