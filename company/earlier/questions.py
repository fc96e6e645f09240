"""What must be the same in two questions, whatever their vectors say, and which questions are looked at at all.

Vectors of sentences put "flights to Paris" beside "flights from Paris" and 5 mg beside 50 mg. So numbers with their
units, names, what is quoted, negations, the sort of asking and words of opposites must be equal, and in the same order.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from company.earlier import words
from company.language.stopwords import ASKING, FUNCTION
from company.language.tokens import HAN, content_words, fold, language_of

LONGEST = 400
"""Characters; what is longer is a paste or a brief of its own."""
LEAST_WORDS = 2
"""Words that carry the subject of what is no question by its form."""
_EDGE = "".join((".,;:!?¿¡…。，；：！？、", "\"'`“”„«»‘’「」『』", "()[]{}<>（）【】《》"))
_QUOTED = re.compile(r"[\"“„«「『]([^\"“”„«»「」『』]+)[\"”»」』]|`([^`]+)`|(?<!\w)'([^']+)'(?!\w)")
_HAN = re.compile(f"[{HAN}]")
_URL = re.compile(r"https?://|www\.|```|\n")
_SHORTENED = (
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\b(what|who|where|when|why|how|there|it|that|he|she)'s\b"), r"\1 is"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"\bi'm\b"), "i am"),
    (re.compile(r"\bs'il (?:te|vous) pla[iî]t\b"), " "),
    (re.compile(r"\bpor favor\b"), " "),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question as the cache sees it: hashes of what must be equal, and whether it may be looked at."""

    alone: bool  # it needs no conversation, no clock and no person to be understood
    asks: bool  # it is a question by its form, not a remark or a wish that goes on from something
    wording: str  # hash: the same words in the same order
    fixed: str  # hash: the same numbers, names, quotations, negations, sort of asking and opposites
    subject: frozenset[str]  # its content words, folded


def read(text: str) -> Question:
    """Look at a question. Pure; well under a millisecond."""
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").strip()
    spelled = plain.lower()
    for pattern, whole in _SHORTENED:
        spelled = pattern.sub(whole, spelled)
    said = _split(spelled)
    subject, tongues = _subject(text), _tongues(text)
    short = 0 < len(plain) <= LONGEST and _URL.search(plain) is None
    generic = fold(spelled)
    for pattern in _generic():
        generic = pattern.sub(" ", generic)
    passing = _holds(said, spelled, [_PASSING[one] for one in tongues], words.PASSING_HAN)
    bound = _holds(_split(generic), generic, [_BOUND[one] for one in tongues], words.BOUND_HAN)
    asks = bool(said) and (fold(said[0]) in _ASKING or any(han in spelled for han in words.ASKING_HAN.split()))
    return Question(
        alone=short and not passing and not bound and not _GOING_ON.search(spelled)
        and len(subject) >= (1 if asks else LEAST_WORDS),
        asks=asks,
        wording=_hash([one for one in said if fold(one) not in _ASIDE]), fixed=_hash(_fixed(plain, said, spelled)),
        subject=subject,
    )  # fmt: skip


def states(text: str) -> bool:
    """Whether a message tells something, rather than asks: it may bear on later questions."""
    one = read(text)
    return not one.asks and not text.rstrip().endswith(("?", "？"))


@dataclass(frozen=True, slots=True)
class _List:
    """Words of a list: whole ones, and beginnings."""

    whole: frozenset[str]
    stems: tuple[str, ...]

    def __contains__(self, word: str) -> bool:
        return word in self.whole or (bool(self.stems) and word.startswith(self.stems))


def _list(text: str) -> _List:
    every = [fold(one) for one in text.split()]
    return _List(
        frozenset(one for one in every if not one.endswith("*")), tuple(one[:-1] for one in every if one[-1] == "*")
    )


_PASSING = {language: _list(text) for language, text in words.PASSING.items()}
_BOUND = {language: _list(text) for language, text in words.BOUND.items()}
_ASKING, _ASIDE, _NOT, _OPPOSITES = map(_list, (words.ASKING, words.ASIDE, words.NOT, words.OPPOSITES))
_EMPTY = frozenset().union(*FUNCTION.values(), *ASKING.values())
_GOING_ON = re.compile(words.GOING_ON)


@lru_cache(maxsize=1)
def _generic() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in words.GENERIC)


def _split(text: str) -> list[str]:
    """The words as they are written, without the marks around them: "C++", "5%" and "-5" stay what they are."""
    stripped = (word.strip(_EDGE) for word in text.split())
    return [word for word in (_without_aside(word) for word in stripped) if word]


def _without_aside(word: str) -> str:
    if not _HAN.search(word):
        return word
    for han in words.ASIDE_HAN.split():
        word = word.replace(han, "")
    return word


def _subject(text: str) -> frozenset[str]:
    """The content words; none where a question is made of function words alone."""
    found = frozenset(word.surface for word in content_words(text))
    return found - _EMPTY if found <= _EMPTY else found


def _tongues(text: str) -> tuple[str, ...]:
    """The languages whose lists are held against a text: its own and English, or all where nothing tells."""
    own = language_of(text, default="")
    return tuple(words.BOUND) if not own else tuple({one for one in (own, "en") if one in words.BOUND})


def _holds(said: Sequence[str], text: str, lists: Sequence[_List], han: str) -> bool:
    parts = [part for word in said for part in (fold(word), *re.split("['-]", fold(word))) if part]
    return any(part in those for part in parts for those in lists) or any(one in text for one in han.split())


def _fixed(plain: str, said: Sequence[str], text: str) -> list[str]:
    """What must be equal, in its order."""
    found = ["quoted " + "".join(groups).strip() for groups in _QUOTED.findall(plain)]
    found += _numbers_and_names(plain)
    folded = [fold(word) for word in said]
    negations = sum(word in _NOT for word in folded) + sum(text.count(han) for han in words.NOT_HAN.split())
    found.append(f"not {negations}")
    for number, sort in enumerate(words.KINDS_OF_ASKING):
        if any(word in folded or (_HAN.match(word) and word in text) for word in sort.split()):
            found.append(f"sort {number}")
    found += [f"opposite {word}" for word in folded if word in _OPPOSITES]
    found += [f"opposite {han}" for han in words.OPPOSITES_HAN.split() if han in text]
    return found


def _numbers_and_names(plain: str) -> Iterable[str]:
    """Words with a digit or a sign in them, with the word after them (a unit), and words with a capital but "I"."""
    written = [word for word in (one.strip(_EDGE) for one in plain.split()) if word and word.partition("'")[0] != "I"]
    for place, word in enumerate(written):
        if any(character.isdigit() for character in word):
            unit = written[place + 1].lower() if place + 1 < len(written) else ""
            yield f"number {word.lower()} {unit}"
        elif re.search(r"[^\w'-]|_", word) or (place > 0 and word[0].isupper()) or word[1:] != word[1:].lower():
            yield f"name {word.casefold()}"


def _hash(parts: Sequence[str]) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
