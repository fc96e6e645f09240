"""From passages to entities and relations, without a model. Pure functions; time grows with the length alone.

An entity is a name (capitals), what a heading is about, a defined term (quoted and defined, or in bold), an acronym, a
phrase that a relation is about, and a lower-case phrase that a document says `OFTEN` times ("knowledge retriever").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from company.language.sentences import Span, sentences
from company.language.tokens import fold
from knowledge.graph.grammar import Grammar, grammar
from knowledge.graph.naming import aliases_in, key_of
from knowledge.graph.phrases import phrase_at, said, tokens
from knowledge.graph.records import Mention, Reading, Relation
from knowledge.records import Chunk

OFTEN = 2
"""How often a document must say a lower-case phrase of several words for it to be a thing of its own."""
MOST_CHARACTERS = 6_000
MOST_RELATIONS = 24
MOST_MENTIONS = 48
_NAME = re.compile(
    r"(?:[A-ZÀ-ÞА-ЯЁ][\w'’-]*|\d[\w-]*[A-Z][\w-]*)"
    r"(?:[ \u00a0](?:(?:of|de|la|du|von|van|der|di|da|del)[ \u00a0]){0,2}(?:[A-ZÀ-ÞА-ЯЁ][\w'’-]*|\d+(?![\w.,])))*"
)
_BOLD = re.compile(r"(?:\*\*|__)([^*_\n]{2,60}?)(?:\*\*|__)")
_DEFINED = re.compile(
    r"[\"“„«]([^\"“”„«»\n]{2,60})[\"”“»]\s+(?:means?|is|are|refers|bezeichnet|ist|designe|désigne|signifie|est|significa|"
    r"es|означает|это)\b"
)


def read(chunks: Sequence[Chunk], language: str) -> list[Reading]:
    """What each passage of one document says; phrases that the document repeats are told over all of them."""
    rules = grammar(language)
    drafts = [_Draft(chunk, language, rules) for chunk in chunks]
    times = Counter(key for draft in drafts for key in draft.phrases)
    known = {mention.key for draft in drafts for mention in draft.mentions.values()}
    for draft in drafts:
        for key, written in draft.phrases.items():
            if times[key] >= OFTEN or draft.times[key] >= OFTEN or key in known:
                draft.note(written)
    return [draft.reading() for draft in drafts]


class _Draft:
    """One passage while it is read."""

    def __init__(self, chunk: Chunk, language: str, rules: Grammar | None) -> None:
        self.text = chunk.text[:MOST_CHARACTERS]
        self.mentions: dict[str, Mention] = {}
        self.relations: list[Relation] = []
        self.phrases: dict[str, str] = {}
        self.times: Counter[str] = Counter()
        for heading in chunk.headings[-1:]:
            self.note(heading)
        spans = sentences(self.text)
        self._names(spans, nouns_are_capital=language == "de")
        if rules is not None and "```" not in self.text:
            self._sentences(spans, rules)
        self.aliases = aliases_in(self.text)

    def note(self, written: str) -> Mention | None:
        """A thing that the passage names; None when it is none."""
        written = " ".join(written.split())
        key = key_of(written)
        if not key:
            return None
        if key not in self.mentions and len(self.mentions) < MOST_MENTIONS:
            self.mentions[key] = Mention(key, _without_article(written))
        return self.mentions.get(key)

    def reading(self) -> Reading:
        """All of it."""
        return Reading(tuple(self.mentions.values()), tuple(self.relations), tuple(self.aliases))

    def _names(self, spans: Sequence[Span], *, nouns_are_capital: bool) -> None:
        """Names by their capitals; one word at the beginning of a sentence only when it is in capitals or holds one."""
        begins = {span.start for span in spans}
        for match in _NAME.finditer(self.text):
            written = match.group()
            alone = " " not in written and "\u00a0" not in written
            if alone and (match.start() in begins or nouns_are_capital) and written[1:].islower():
                continue
            self.note(written)
        for pattern in (_BOLD, _DEFINED):
            for match in pattern.finditer(self.text):
                self.note(match.group(1).rstrip(":"))

    def _sentences(self, spans: Sequence[Span], rules: Grammar) -> None:
        before: tuple[tuple[int, int], int] | None = None  # the subject of the sentence before, and where that begins
        for span in spans:
            found = tokens(self.text, span.start, span.end, rules)
            first: tuple[int, int] | None = None
            for one in said(found, rules):
                subject, start = one.subject, span.start
                if subject is None and before is not None and self._may_mean(found[0].folded, before[0]):
                    subject, start = before  # "It calls ...": the quote begins where "it" was named
                if subject is None:
                    continue
                first = first or (one.subject or subject)
                self._relate(subject, one.predicate, one.object, start, span.end)
            before = (first, before[1] if before and first == before[0] else span.start) if first else None
            place = 0
            while place < len(found):
                phrase = phrase_at(found, place, rules)
                if phrase is not None and 2 <= phrase[1] - phrase[0] <= 3:
                    written = self.text[found[phrase[0]].start : found[phrase[1] - 1].end]
                    if key := key_of(written):
                        self.phrases.setdefault(key, written)
                        self.times[key] += 1
                place = phrase[1] if phrase is not None else place + 1

    def _may_mean(self, pronoun: str, subject: tuple[int, int]) -> bool:
        """Whether a pronoun can stand for a subject: nobody calls "the bakery" he."""
        if pronoun not in _PERSONAL:
            return True
        return self.text[subject[0]].isupper() and not self.text[: subject[0]].lower().endswith(("the ", "a ", "an "))

    def _relate(
        self, subject: tuple[int, int], predicate: str, thing: tuple[int, int], start: int, end: int
    ) -> None:  # fmt: skip
        if len(self.relations) >= MOST_RELATIONS:
            return
        one, other = self.note(self.text[slice(*subject)]), self.note(self.text[slice(*thing)])
        if one is not None and other is not None and one.key != other.key:
            self.relations.append(Relation(one, " ".join(predicate.split()), other, start, end))


_PERSONAL = frozenset({"he", "she"})
_ARTICLES = frozenset(
    ["the", "a", "an", "le", "la", "les", "un", "une", "der", "die", "das", "ein", "eine", "el", "los", "las", "una"]
)


def _without_article(written: str) -> str:
    first, _, rest = written.partition(" ")
    return rest if rest and fold(first) in _ARTICLES else written
