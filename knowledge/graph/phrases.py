"""From a sentence to what it says of two things: noun phrases, and the words between them when one is a verb.

After ReVerb (A. Fader, S. Soderland and O. Etzioni, "Identifying relations for open information extraction", EMNLP
2011): a relation is a verb, a verb with a preposition, or a verb, some words and a preposition, between two noun
phrases. Its part-of-speech tagger is replaced by the word lists of `knowledge.graph.grammar`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from company.language.stopwords import words as word_list
from company.language.tokens import fold
from knowledge.graph.grammar import Grammar

MOST_TOKENS = 90
"""Tokens of a sentence that are looked at: what is longer is mostly a table."""
_BETWEEN = 4  # words between a verb and the preposition that ends its phrase
_LONGEST = 6  # words of a noun phrase
_TOKEN = re.compile(r"\([^()\n]{0,60}\)|[^\W_]+(?:[’'_.-][^\W_]+)*|[^\w\s]")
_ELISION = re.compile(r"([ldnscjm]|qu)[’']", re.IGNORECASE)
_QUIET = frozenset('*_`"“”„«»')  # marks that part nothing
_ARTICLE, _BEING, _JOINT, _SOFT, _BREAK, _VERB, _WORD, _COMMA = "abjsxvwc"


class Token(NamedTuple):
    """A word or a sign; `start` and `end` are its place in the passage."""

    text: str
    folded: str
    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Said:
    """Two phrases and what stands between: each as (start, end) in the passage. No subject: the sentence before's."""

    subject: tuple[int, int] | None
    predicate: str
    object: tuple[int, int]


def tokens(text: str, start: int, end: int, grammar: Grammar) -> list[Token]:
    """The tokens of `text[start:end]`, each with what it may be."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text, start, end):
        written, begin = match.group(), match.start()
        if written in _QUIET or (len(written) > 1 and written[0] == "("):  # what stands in brackets is said beside it
            continue
        if grammar.relative and (elided := _ELISION.match(written)):  # French: l'ordre
            found.append(_token(elided.group(1), begin, begin + elided.end(), grammar))
            written, begin = written[elided.end() :], begin + elided.end()
        found.append(_token(written, begin, begin + len(written), grammar))
        if len(found) >= MOST_TOKENS:
            break
    return found


def _token(written: str, start: int, end: int, grammar: Grammar) -> Token:
    folded, kind = _kind(written, grammar)
    return Token(written, folded, kind, start, end)


@lru_cache(maxsize=65_536)  # words repeat
def _kind(written: str, grammar: Grammar) -> tuple[str, str]:
    """(folded, what it may be) of one word or sign."""
    folded = fold(written)
    if not written[0].isalnum():
        return folded, _COMMA if written == "," else _BREAK
    for kind, those in (
        (_ARTICLE, grammar.articles), (_BEING, grammar.being), (_SOFT, grammar.soft), (_JOINT, grammar.joints),
        (_BREAK, grammar.breaks), (_BREAK, grammar.relative), (_BREAK, grammar.back), (_VERB, grammar.verbs),
    ):  # fmt: skip
        if folded in those:
            return folded, kind
    return folded, _WORD


def said(found: Sequence[Token], grammar: Grammar) -> Iterator[Said]:
    """What a sentence says of two things at a time, in its order."""
    place = 0
    before: tuple[int, int] | None = None  # a subject that "and" joins to the next
    if found and found[0].folded in grammar.back:
        yield from (one for one, _ in _from(found, None, 1, grammar))
    while place < len(found):
        phrase = phrase_at(found, place, grammar)
        if phrase is None:
            place += 1
            before = None
            continue
        reached = phrase[1]
        for one, end in _from(found, phrase, phrase[1], grammar):
            yield one
            if before is not None:
                yield Said(_span(found, before), one.predicate, one.object)
            reached = max(reached, end)
        joined = reached == phrase[1] and reached < len(found) and found[reached].folded in ("and", "et", "und", "y")
        before = phrase if joined else None
        place = reached + 1 if joined else max(reached, place + 1)


def _from(
    found: Sequence[Token], subject: tuple[int, int] | None, place: int, grammar: Grammar
) -> list[tuple[Said, int]]:
    """What is said of a subject by the words from `place` on; each with the token it should be gone on from."""
    while place < len(found) and (found[place].kind == _COMMA or found[place].folded in grammar.relative):
        place += 1
    verb = _verb(found, subject, place, grammar)
    if verb is None:
        return []
    whose = _span(found, subject) if subject is not None else None
    begin, after = place, verb
    if after < len(found) and found[after].kind == _JOINT:
        return _objects(found, whose, begin, after + 1, grammar)
    near = phrase_at(found, after, grammar)
    far = near[1] if near is not None else after
    plain_being = all(one.kind in (_BEING, _SOFT) for one in found[begin:after])
    results: list[tuple[Said, int]] = []
    if near is not None and not plain_being:
        results = _objects(found, whose, begin, after, grammar)
    if far < len(found) and found[far].kind == _JOINT and far - after <= _BETWEEN + 1:
        longer = _objects(found, whose, begin, far + 1, grammar)
        if longer:
            return results + [(one, near[0] if near and not plain_being else end) for one, end in longer]
    if not results and near is not None:
        results = _objects(found, whose, begin, after, grammar)
    return results


def _verb(found: Sequence[Token], subject: tuple[int, int] | None, place: int, grammar: Grammar) -> int | None:
    """The token after the verbs that begin at `place`; None where there is none."""
    begun, carried = place, False
    while place < len(found):
        one = found[place]
        if one.kind == _SOFT or (one.kind == _WORD and one.folded.endswith("ly") and carried):
            place += 1
        elif _carries(found, subject, place, grammar, carried=carried):
            place, carried = place + 1, True
        else:
            break
    return place if carried and place > begun else None


def _carries(
    found: Sequence[Token], subject: tuple[int, int] | None, place: int, grammar: Grammar, *, carried: bool
) -> bool:
    """Whether a word is the verb, or one more of them."""
    one = found[place]
    if one.kind == _BEING or (carried and _participle(one, found, place)):
        return True
    if one.kind == _VERB:
        return carried or _agrees(found, subject, place, grammar)
    return not carried and subject is not None and _unlisted_verb(found, place, subject[0], grammar)


def _participle(one: Token, found: Sequence[Token], place: int) -> bool:
    """A word that looks like a participle, with a preposition behind it: "is milled by"."""
    shaped = one.kind in (_VERB, _WORD) and one.text[0].islower() and one.folded.endswith(("ed", "en", "t", "ee", "e"))
    follows = place + 1 < len(found) and found[place + 1].kind == _JOINT
    return one.kind == _VERB or (shaped and follows and one.folded.endswith("ed"))


def _agrees(found: Sequence[Token], subject: tuple[int, int] | None, place: int, grammar: Grammar) -> bool:
    """Whether what may be a verb is one here: "the orchestrator calls", not "the sales calls" nor "the uses of"."""
    one = found[place]
    if place + 1 < len(found) and found[place + 1].folded == "of" and one.folded not in _OF:
        return False
    if subject is None or grammar.plural is None or grammar.of_one is None:
        return True
    last = found[subject[1] - 1]
    many = bool(grammar.plural.search(last.folded)) and last.text[0].islower()
    if grammar.of_one.search(one.folded):
        return not many
    return many or one.folded.endswith(("ed", "t", "n", "d")) or one.folded in _IRREGULAR


_OF = frozenset({"consists", "consist", "disposes", "dispose", "approves", "approve"})
_IRREGULAR = word_list(
    "became began came chose drew drove fell gave grew held knew led made met paid put ran saw set shot spoke stole "
    "taught took understood won wore wrote includes has"
)


def phrase_at(found: Sequence[Token], place: int, grammar: Grammar) -> tuple[int, int] | None:
    """The noun phrase that begins at a token, as (first, after the last); None where none begins."""
    begun = place
    while place < len(found) and found[place].kind in (_ARTICLE, _SOFT):
        place += 1
    first = place
    while place < len(found) and place - first < _LONGEST and _belongs(found, place, first, begun, grammar):
        place += 1
    return (first, place) if place > first else None


def _belongs(found: Sequence[Token], place: int, first: int, begun: int, grammar: Grammar) -> bool:
    """Whether a token goes on with a noun phrase."""
    kind = found[place].kind
    if kind == _WORD:
        if place > first and grammar.of_one is not None and found[place].text.endswith("ly"):
            return False  # "Old Bravo gladly"
        return not _unlisted_verb(found, place, first, grammar)
    if kind == _VERB:
        return _noun(found, place, first, begun, grammar)
    return kind in (_JOINT, _ARTICLE) and _inside_name(found, place, first, grammar)


def _noun(found: Sequence[Token], place: int, first: int, begun: int, grammar: Grammar) -> bool:
    """Whether what may be a verb is part of a noun phrase: behind an article or a capital, or before another verb."""
    one = found[place]
    if place == first:
        opened = begun < place or one.text[0].isupper()
        nexts = found[place + 1].kind if place + 1 < len(found) else ""
        return opened or nexts in (_BEING, _VERB)
    return not _agrees(found, (first, place), place, grammar) and not one.folded.endswith("ed")


def _unlisted_verb(found: Sequence[Token], place: int, first: int, grammar: Grammar) -> bool:
    """An English word that no list has but that stands and ends like a verb: "the wheel grinds the flour"."""
    one = found[place]
    if place == first or grammar.of_one is None or one.kind != _WORD or not one.text[0].islower():
        return False
    if place + 1 >= len(found) or not _UNLISTED.search(one.folded):
        return False
    after, before = found[place + 1], found[place - 1]
    opens = after.kind == _ARTICLE or (after.kind == _WORD and after.text[0].isupper())
    return opens and not (before.text[0].islower() and before.folded.endswith("s"))


_UNLISTED = re.compile(r"(?:[^s]s|ed)$")


def _inside_name(found: Sequence[Token], place: int, first: int, grammar: Grammar) -> bool:
    """ "University of the Arts", "base de données": small words that part no name."""
    if place == first or place + 1 >= len(found):
        return False
    one, after = found[place], found[place + 1]
    if one.folded in grammar.compound and after.kind == _WORD:
        return True
    capitals = found[place - 1].text[0].isupper() and after.text[0].isupper()
    return capitals and one.folded in _NAME_JOINTS


_NAME_JOINTS = word_list("of de du von van der la del di da")


def _objects(
    found: Sequence[Token], subject: tuple[int, int] | None, begin: int, place: int, grammar: Grammar
) -> list[tuple[Said, int]]:
    """The phrase at `place`, and those that commas and an "and" join to it, unless one begins a sentence of its own."""
    predicate = " ".join(one.text for one in found[begin:place])
    results: list[tuple[Said, int]] = []
    listed = False
    while (phrase := phrase_at(found, place, grammar)) is not None and len(results) < _MOST_OBJECTS:
        after = phrase[1]
        if results and _verb(found, phrase, after, grammar) is not None:
            listed = False
            break
        results.append((Said(subject, predicate, _span(found, phrase)), after))
        if listed or after + 1 >= len(found):
            break
        listed = found[after].folded in _AND or found[after + 1].folded in _AND
        if found[after].kind != _COMMA and not listed:
            break
        place = after + (2 if found[after].kind == _COMMA and found[after + 1].folded in _AND else 1)
    return results if listed else results[:1]  # commas alone part one thing from what is added about it


_MOST_OBJECTS = 6
_AND = frozenset({"and", "et", "und", "y", "и"})


def _span(found: Sequence[Token], phrase: tuple[int, int]) -> tuple[int, int]:
    return found[phrase[0]].start, found[phrase[1] - 1].end
