"""The word lists of all languages as one index, searched in one pass over the tokens of a message.

Labels: a kind's name ("code") is a strong sign of it, the name with "?" ("code?") a weak one; "edit" is writing that
changes a given text; "quick", "deep", "hard", "stakes", "steps", "constraint" speak of difficulty; "thanks", "greet",
"bye", "ack", "help", "about" are small talk, "fill" the words that may stand beside it; "state" and "state_fill"
likewise for the company's own state; "language:fr" is the name of a language in any language.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from company.language.tokens import fold
from company.router.tokens import Token, split
from company.router.words import de, en, es, fr, ru, zh
from company.router.words.names import NAMES, STOP_ONLY

LANGUAGES = {"en": en, "fr": fr, "de": de, "es": es, "ru": ru, "zh": zh}
_MANY = 3  # a word that more languages share says nothing about the language
_SHORTEST_STEM = 2


Labels = frozenset[tuple[str, str]]
"""Pairs of label and language."""


@dataclass(slots=True)
class _Node:
    """One step of the index: what ends here, exact next words, and next stems (entries with a star).

    There are ten thousand, most of them ends: what has no next step holds no dictionary, equal labels are one set.
    """

    labels: Labels = frozenset()
    words: dict[str, _Node] | None = None
    stems: dict[str, _Node] | None = None
    lengths: tuple[int, ...] = ()  # of the stems


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase that was found: tokens `start` to `end` (exclusive) carry `labels`, pairs of label and language."""

    start: int
    end: int
    labels: Labels


class Lexicon:
    """The index. Nothing changes it; take `the_lexicon`, for building one costs some forty milliseconds."""

    def __init__(self) -> None:
        self._root = _Node()
        self._known: dict[Labels, Labels] = {}
        stops: dict[str, set[str]] = {}
        for language, module in LANGUAGES.items():
            for label, entries in module.CUES.items():
                self._add(label, language, entries)
            _collect(stops, language, module.STOP)
        for language, text in STOP_ONLY.items():
            _collect(stops, language, text)
        for language, entries in NAMES.items():
            self._add(f"language:{language}", "", entries)
        self.stop: dict[str, tuple[str, ...]] = {word: tuple(sorted(languages)) for word, languages in stops.items()}
        self._finish(self._root)

    def _add(self, label: str, language: str, entries: str) -> None:
        mine = (label, language)
        for entry in entries.split(","):
            node = self._root
            for word in entry.split():
                *firsts, last = split(fold(word))
                for first in firsts:
                    node = _next_word(node, first)
                node = _next_stem(node, last) if word.endswith("*") else _next_word(node, last)
            labels = node.labels | {mine}
            node.labels = self._known.setdefault(labels, labels)

    def _finish(self, node: _Node) -> None:
        words, stems = node.words or {}, node.stems or {}
        node.lengths = tuple(sorted({len(stem) for stem in stems}, reverse=True))
        for child in (*words.values(), *stems.values()):
            self._finish(child)

    def _nexts(self, node: _Node, word: str) -> Iterator[_Node]:
        exact = node.words.get(word) if node.words is not None else None
        if exact is not None:
            yield exact
        if node.stems is None:
            return
        size = len(word)
        for length in node.lengths:
            if length <= size:
                stem = node.stems.get(word[:length])
                if stem is not None:
                    yield stem

    def at(self, tokens: Sequence[Token], place: int) -> list[Hit]:
        """Every phrase that begins at token `place`."""
        found: list[Hit] = []
        open_nodes = [self._root]
        for end in range(place, len(tokens)):
            word = tokens[end].text
            open_nodes = [child for node in open_nodes for child in self._nexts(node, word)]
            if not open_nodes:
                break
            for node in open_nodes:
                if node.labels:
                    found.append(Hit(place, end + 1, node.labels))
        return found

    def scan(self, tokens: Sequence[Token]) -> list[Hit]:
        """Every phrase in the message, in order."""
        return [hit for place in range(len(tokens)) for hit in self.at(tokens, place)]


@cache
def the_lexicon() -> Lexicon:
    """The one index of this process, built when a router first needs it."""
    return Lexicon()


def _next_word(node: _Node, word: str) -> _Node:
    if node.words is None:
        node.words = {}
    found = node.words.get(word)
    if found is None:
        found = node.words[word] = _Node()
    return found


def _next_stem(node: _Node, stem: str) -> _Node:
    if node.stems is None:
        node.stems = {}
    found = node.stems.get(stem)
    if found is None:
        found = node.stems[stem] = _Node()
    return found


def covered(hits: Sequence[Hit], count: int, allowed: Collection[str], language: str) -> tuple[set[int], set[str]]:
    """Which of `count` tokens are explained by `allowed` labels of one language, and by which; longest phrase first.

    English entries count beside every language: "ok", "budget" and the like are at home everywhere.
    """
    best: dict[int, tuple[int, set[str]]] = {}
    for hit in hits:
        labels = {label for label, tongue in hit.labels if label in allowed and tongue in (language, "en")}
        if labels and hit.end > best.get(hit.start, (0, set()))[0]:
            best[hit.start] = (hit.end, labels)
    explained: set[int] = set()
    used: set[str] = set()
    place = 0
    while place < count:
        end, labels = best.get(place, (place + 1, set()))
        if labels:
            explained.update(range(place, end))
            used |= labels
        place = end
    return explained, used


def languages_of(hit: Hit) -> tuple[str, ...]:
    """The languages a phrase speaks for; () when too many share it."""
    tongues = {tongue for _, tongue in hit.labels if tongue}
    return tuple(tongues) if len(tongues) <= _MANY else ()


def _collect(stops: dict[str, set[str]], language: str, text: str) -> None:
    for word in split(fold(text)):
        stops.setdefault(word, set()).add(language)
