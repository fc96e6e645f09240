"""From text to terms: the same on the side of documents and of questions.

A term is letters and digits only. Latin and Cyrillic words are folded (NFKD without marks, case folded) and stemmed;
identifiers are kept whole and split (`maxRetries` -> maxretries, max, retri); a run of Han, kana or Hangul becomes its
character bigrams, the usual way to search Chinese without a dictionary (J.-Y. Nie et al., "On the use of words and
n-grams for Chinese information retrieval", IRAL 2000). Measured: identifier splitting and stemming are worth more than
any change of engine.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from company.language.stems import LATIN, stem
from company.language.stopwords import ASKING, CHINESE_FILLERS, FUNCTION

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Chinese characters, as the inside of a character class."""
CJK = f"{HAN}\u3040-\u30ff\uac00-\ud7a3"
"""Scripts written without spaces between words, likewise."""

_WORD = re.compile(rf"[{CJK}]+|\d{{1,3}}(?:[.,'\u00a0\u202f]\d{{3}})+(?!\d)|[^\W{CJK}]+")
_ASCII_WORD = re.compile(r"\d{1,3}(?:[.,']\d{3})+(?!\d)|\w+")  # the same for text without other letters, twice as fast
_CJK_RUN = re.compile(rf"[{CJK}]")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_MIXED = re.compile(r"_|[a-z][A-Z]|[A-Z]{2,}[a-z]|[A-Za-z]\d|\d[A-Za-z]")
_EMAIL_WORD = re.compile(r"\be-(?=mail)", re.IGNORECASE)
_MARKS = re.compile(  # what letters break down into beside themselves: accents, points, nuktas, voicing marks
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u093c\u094d"
    "\u09bc\u0a3c\u0b3c\u3099\u309a\U000110ba]"
)
_FILLERS = re.compile("|".join(map(re.escape, CHINESE_FILLERS)))


def fold(text: str) -> str:
    """Lower case without accents: "Größe" -> "grosse", "Ёлка" -> "елка"."""
    if text.isascii():
        return text.lower()
    return _fold_word(text) if len(text) <= 32 else _fold(text)


def _fold(text: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()))


_fold_word = lru_cache(maxsize=32768)(_fold)  # words repeat, whole sentences do not


def raw_words(text: str) -> list[str]:
    """The words as written: runs of letters and digits, grouped numbers, runs of CJK."""
    if "-m" in text or "-M" in text:
        text = _EMAIL_WORD.sub("e", text)
    return (_ASCII_WORD if text.isascii() else _WORD).findall(text)


def is_cjk(word: str) -> bool:
    """True for a run of Han, kana or Hangul."""
    return bool(_CJK_RUN.match(word))


def _bigrams(run: str) -> list[str]:
    return [run] if len(run) < 2 else [run[i : i + 2] for i in range(len(run) - 1)]


def _parts(word: str) -> Iterator[str]:
    """The folded forms of one written word: itself, and its pieces when it is an identifier."""
    if word[0].isdigit() and not word.isalnum():  # a grouped number: 1,000 or 1.000 or 1'000
        yield re.sub(r"\D", "", word)
        return
    if not _MIXED.search(word):
        folded = fold(word)
        if folded.isalnum():
            yield folded
        return
    pieces = _CAMEL.findall(word)
    whole = fold(word).replace("_", "")
    if whole.isalnum():
        yield whole
    if len(pieces) > 1:
        yield from (folded for piece in pieces if (folded := fold(piece)).isalnum())


def language_of(text: str, default: str = "en") -> str:
    """The most likely of the six languages by script and function words; `default` when nothing tells."""
    words = raw_words(text[:6000])
    if sum(len(w) for w in words if is_cjk(w)) * 2 > sum(len(w) for w in words):
        return "zh"
    folded = [fold(word) for word in words]
    votes = {
        language: sum(1 for word in folded if word in FUNCTION[language] or word in ASKING[language])
        for language in (*LATIN, "ru")
    }
    best = max(votes, key=lambda language: (votes[language], language == default))
    if votes[best]:
        return best
    return "ru" if re.search("[а-яА-Я]", text) else default


def terms(text: str, language: str) -> list[str]:
    """The terms of a piece of a document in reading order, stop words included; `language` picks the stemmer."""
    out: list[str] = []
    for word in raw_words(text):
        if is_cjk(word):
            out.extend(_bigrams(word))
        else:
            out.extend(_stem(part, language) for part in _parts(word))
    return out


def _stem(word: str, language: str) -> str:
    if "\u0400" <= word[0] <= "\u04ff":
        return stem(word, "ru")
    return stem(word, language if language in LATIN else "en")


@dataclass(frozen=True, slots=True)
class Word:
    """One content word of a question. `variants` are the terms it may have become in a document of any language."""

    surface: str  # folded, as written
    variants: frozenset[str]
    cjk: bool = False
    named: bool = False  # written with a capital inside a sentence, or holds a digit: a name, a code, a year


def _variants(folded: str) -> frozenset[str]:
    if "\u0400" <= folded[0] <= "\u04ff":
        return frozenset({stem(folded, "ru")})
    return frozenset(stem(folded, language) for language in LATIN)


def content_words(question: str) -> list[Word]:
    """The words of a question that carry its subject, in order, each once.

    Function and asking words of the question's likely languages are left out; when nothing else is left they stay,
    so that a question made of them alone can still find a text that says exactly that.
    """
    guess = language_of(question)
    folded = {fold(w) for w in raw_words(question)}
    votes = {code: len(folded & (FUNCTION[code] | ASKING[code])) for code in (*LATIN, "ru")}
    drop: frozenset[str] = frozenset().union(
        *(FUNCTION[code] | ASKING[code] for code in votes if votes[code] and votes[code] >= votes.get(guess, 1) * 0.6)
    )
    found = _collect(question, drop)
    return found or _collect(question, frozenset())


def _collect(question: str, drop: frozenset[str]) -> list[Word]:
    out: dict[str, Word] = {}
    for place, written in enumerate(raw_words(question)):
        if is_cjk(written):
            pieces = [piece for piece in _FILLERS.split(written) if piece]
            for gram in (gram for piece in pieces or [written] for gram in _bigrams(piece)):
                out.setdefault(gram, Word(gram, frozenset({gram}), cjk=True))
            continue
        named = (place > 0 and written[:1].isupper()) or any(c.isdigit() for c in written)
        for part in _parts(written):
            if part not in drop:
                out.setdefault(part, Word(part, _variants(part), named=named))
    return list(out.values())
