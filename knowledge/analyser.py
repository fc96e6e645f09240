"""From text to terms: the same on the side of passages and of questions. The one door to the Snowball stemmers.

A term is letters and digits only. A word is stemmed as it is written, with its accents (Snowball's endings need them),
and folded afterwards, so that whoever types without accents still finds it. Identifiers are kept whole and in parts
(`maxRetries` -> maxretri, max, retri); a run of Han, kana or Hangul becomes its character bigrams (see
`company.language.tokens`). Snowball (snowballstem.org) instead of the light stemmers of the house: +.003 to +.013
nDCG@10 on nine English collections, worse on none.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from company.language.stems import IRREGULAR
from company.language.stopwords import ASKING, CHINESE_FILLERS, FUNCTION, words
from company.language.tokens import fold, is_cjk, language_of, raw_words

LANGUAGES = {"en": "english", "fr": "french", "de": "german", "es": "spanish", "ru": "russian"}
"""Our code of a language -> its stemmer. Chinese has none: its terms are bigrams."""
LATIN = ("en", "fr", "de", "es")

REQUESTING = words(
    "interested concerning regarding please interessiert bitte interesse concernant interesado интересует пожалуиста"
)
"""Words that only phrase a request. Left out of a question when something else is left."""
FAINT = words(
    "article articles paper papers document documents information find relevant deal deals dealing related look "
    "looking want wants know tell give show describe explain mention exist exists artikel informationen finde finden "
    "zeige zeig erklare sage nenne suche trouve trouver montre explique dis cherche informacion busca busco encuentra "
    "muestra explica dime articulo articulos статья статьи информация наиди наити покажи объясни скажи расскажи ищу"
)
"""Words that mostly phrase a request, and sometimes are its subject: they count `FAINTLY`."""
FAINTLY = 0.3

_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_MIXED = re.compile(r"_|[a-z][A-Z]|[A-Z]{2,}[a-z]|[A-Za-z]\d|\d[A-Za-z]")
_FILLERS = re.compile("|".join(map(re.escape, CHINESE_FILLERS)))


@dataclass(frozen=True, slots=True)
class Word:
    """A content word of a question. `variants` are the terms that it may have become in a passage of any language.

    `weight` grows with how often the question says it, 1 + ln(times); a word that phrases the request counts less.
    """

    surface: str  # folded, as written
    variants: frozenset[str]
    weight: float = 1.0
    cjk: bool = False


def terms(text: str, language: str) -> list[str]:
    """The terms of a passage in reading order, function words included; `language` picks the stemmer."""
    out: list[str] = []
    for word in raw_words(text):
        if is_cjk(word):
            out.extend(_bigrams(word))
        else:
            out.extend(stem(part, language) for part in _parts(word))
    return [term for term in out if term]


def content_words(question: str, languages: Collection[str] = LATIN) -> list[Word]:
    """The words that carry the subject of a question, in order, each once.

    Function, asking and requesting words are left out; when nothing else is left they stay, so that a question made
    of them alone can still find a text that says exactly that.

    Args:
        question: what the person wrote.
        languages: those that the passages are written in; a word is looked for under its stem in each.
    """
    latin = [code for code in LATIN if code in languages] or ["en"]
    dropped = _function_words(question)
    return _collect(question, dropped | REQUESTING, latin) or _collect(question, dropped, latin) or _collect(
        question, frozenset(), latin
    )  # fmt: skip


def stem(word: str, language: str) -> str:
    """The term of one lower-case word: stemmed with its accents, then folded."""
    if "\u0400" <= word[0] <= "\u04ff":
        word, language = word.replace("ё", "е"), "ru"  # as people write it, and as Snowball wants it
    elif language not in LATIN:
        language = "en"
    return _stem(word, language)


@lru_cache(maxsize=131_072)  # words repeat; Snowball in Python takes 20 to 60 µs a word
def _stem(word: str, language: str) -> str:
    if len(word) >= 3 and not any(c.isdigit() for c in word):
        if language == "en":
            word = IRREGULAR.get(word, word)
        word = _stemmer(language, threading.get_ident()).stemWord(word)
    return "".join(c for c in fold(word) if c.isalnum())


@lru_cache(maxsize=64)
def _stemmer(language: str, thread: int) -> Any:
    """One per thread: a Snowball stemmer keeps the word that it works on in itself."""
    from snowballstemmer import stemmer  # loaded with the first text

    return stemmer(LANGUAGES[language])


def _bigrams(run: str) -> list[str]:
    return [run] if len(run) < 2 else [run[i : i + 2] for i in range(len(run) - 1)]


def _parts(word: str) -> Iterator[str]:
    """One written word in lower case: itself, and its pieces when it is an identifier."""
    if word[0].isdigit() and not word.isalnum():  # a grouped number: 1,000 or 1.000 or 1'000
        yield re.sub(r"\D", "", word)
        return
    if not _MIXED.search(word):
        yield word.lower()
        return
    yield word.lower().replace("_", "") or word
    pieces = _CAMEL.findall(word)
    if len(pieces) > 1:
        yield from (piece.lower() for piece in pieces)


def _function_words(question: str) -> frozenset[str]:
    """Those of the question's likely languages."""
    guess = language_of(question)
    folded = {fold(word) for word in raw_words(question)}
    votes = {code: len(folded & (FUNCTION[code] | ASKING[code])) for code in (*LATIN, "ru")}
    likely = [code for code, count in votes.items() if count and count >= votes.get(guess, 1) * 0.6]
    return frozenset().union(*(FUNCTION[code] | ASKING[code] for code in likely))


def _collect(question: str, dropped: frozenset[str], latin: Collection[str]) -> list[Word]:
    found: dict[str, frozenset[str]] = {}
    times: dict[str, int] = {}
    for written in raw_words(question):
        if is_cjk(written):
            pieces = [piece for piece in _FILLERS.split(written) if piece]
            grams = [gram for piece in pieces or [written] for gram in _bigrams(piece)]
            found.update((gram, frozenset({gram})) for gram in grams)
            continue
        for part in _parts(written):
            surface = fold(part)
            if surface and surface not in dropped:
                found[surface] = frozenset(stem(form, code) for form in (part, surface) for code in latin) - {""}
                times[surface] = times.get(surface, 0) + 1
    return [
        Word(surface, variants, weight=_weight(surface, times.get(surface, 1)), cjk=is_cjk(surface))
        for surface, variants in found.items()
        if variants
    ]


def _weight(surface: str, times: int) -> float:
    return (1 + math.log(times)) * (FAINTLY if surface in FAINT else 1.0)
