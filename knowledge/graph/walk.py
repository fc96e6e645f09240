"""Walking the graph: things by name, what is said of them, and the way from one to another. Blocks.

Every query carries the scope of who asks: a relation exists only for who may read its passage. A walk is bounded in
steps, things and time; it then says what it has.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from company.language.sentences import sentences
from company.language.stopwords import words
from company.language.tokens import fold
from knowledge.engine import Scope
from knowledge.graph.naming import key_of
from knowledge.graph.records import Connection, Edge, Stored
from knowledge.lookups import Lookups, conditions
from knowledge.records import Hit

STEPS = 3
MOST_THINGS = 2_000
"""Things that one walk looks at."""
MOST_EDGES = 4_000
HUB = 60
"""What more relations than this lead to is a crossing where everything meets: no way goes through it."""
LONGEST_S = 0.25
MOST_ABOUT = 2
_COLUMNS = "r.subject, r.predicate, r.object, r.number, r.start, r.end, r.subject_written, r.object_written, r.read_by"

_WRITTEN = "coalesce(nullif(m.written, ''), m.key)"
_WHOSE = "JOIN documents d ON d.id = p.document_id"
_MENTIONS = f"FROM mentions m JOIN passages p ON p.number = m.number {_WHOSE}"
_RELATIONS = f"FROM relations r JOIN passages p ON p.number = r.number {_WHOSE}"


_Reached = dict[str, tuple[float, list[Stored]]]
"""Thing -> (cost, the relations that lead there)."""


class Walk:
    """One reader's view of the graph.

    Args:
        index: where it lies.
        scope: what they may read.
        now: seconds, for the bound in time.
    """

    def __init__(self, index: Lookups, scope: Scope, now: Callable[[], float] = time.monotonic) -> None:
        self._index = index
        self._conditions, self._values = conditions(scope)
        self._scope = scope
        self._now = now

    # -- things -------------------------------------------------------------------------------------------------------

    def named(self, name: str) -> frozenset[str]:
        """The keys of the thing that is called so: its own, its short and long forms, and one longer proper name."""
        key = key_of(name)
        return self.same({key}).get(key, frozenset()) if key else frozenset()

    def same(self, keys: Collection[str]) -> dict[str, frozenset[str]]:
        """For each key that exists: all keys of the same thing."""
        found = {key: {key} for key in keys}
        asked = json.dumps(sorted(keys))
        for short, long in self._rows(
            "SELECT DISTINCT a.short, a.long FROM aliases a JOIN passages p ON p.number = a.number JOIN documents d "
            "ON d.id = p.document_id WHERE (a.short IN (SELECT value FROM json_each(?)) OR a.long IN (SELECT value "
            "FROM json_each(?)))", asked, asked,
        ):  # fmt: skip
            for key in {short, long} & found.keys():
                found[key] |= {short, long}
        ends = {key: [" ".join(key.split()[n:]) for n in range(1, len(key.split()))] for key in keys}
        longer = self._longer({*keys, *(end for some in ends.values() for end in some)})
        for key in keys:  # "Keller" is Anton Keller, and he is Keller, as long as there is no Anna
            if len(longer.get(key, ())) == 1:
                found[key] |= longer[key]
            found[key] |= {end for end in ends[key] if longer.get(end) == {key}}
        there = self._there(set().union(*found.values()) if found else set())
        return {key: frozenset(every & there) for key, every in found.items() if every & there}

    def _longer(self, keys: Collection[str]) -> dict[str, set[str]]:
        """Names that end with a key, and have nothing but capitals before it: "NEXUS orchestrator"."""
        by_last: dict[str, list[str]] = {}
        for key in keys:
            by_last.setdefault(key.rsplit(" ", 1)[-1], []).append(key)
        found: dict[str, set[str]] = {}
        for key, written, last in self._rows(
            f"SELECT m.key, m.written, m.last_word {_MENTIONS} WHERE m.last_word IN (SELECT value FROM json_each(?))",
            json.dumps(sorted(by_last)),
            limit=MOST_THINGS,
        ):  # fmt: skip
            for asked in by_last.get(last, ()):
                before = written.split()[: len(key.split()) - len(asked.split())]
                if key.endswith(f" {asked}") and before and all(word[0].isupper() for word in before):
                    found.setdefault(asked, set()).add(key)
        return found

    def _there(self, keys: Collection[str]) -> set[str]:
        rows = self._rows(
            f"SELECT DISTINCT m.key {_MENTIONS} WHERE m.key IN (SELECT value FROM json_each(?))",
            json.dumps(sorted(keys)),
        )  # fmt: skip
        return {row[0] for row in rows}

    def written(self, keys: Collection[str]) -> str:
        """How the documents that one may read mostly write a thing."""
        rows = self._rows(
            f"SELECT {_WRITTEN}, count(*) {_MENTIONS} WHERE m.key IN (SELECT value FROM json_each(?))",
            json.dumps(sorted(keys)),
            after=f"GROUP BY {_WRITTEN} ORDER BY count(*) DESC, {_WRITTEN}",
        )  # fmt: skip
        return next((row[0] for row in rows), "")

    def like(self, name: str, limit: int) -> list[str]:
        """Things whose name holds the words, as they are written; for who does not know what they are called."""
        key = key_of(name)
        if not key:
            return []
        rows = self._rows(
            f"SELECT m.key, min({_WRITTEN}) {_MENTIONS} WHERE m.key LIKE ? ESCAPE '\\'",
            f"%{key.replace('%', '').replace('_', '')}%", after="GROUP BY m.key ORDER BY count(*) DESC", limit=limit,
        )  # fmt: skip
        return [row[1] for row in rows]

    # -- relations ----------------------------------------------------------------------------------------------------

    def neighbours(self, name: str, limit: int = 30) -> list[Edge]:
        """What is said of a thing, what names things that are said of often last."""
        keys = self.named(name)
        found = self._relations(keys)[: 4 * limit]
        return self._edges(found)[:limit]

    def everything(self) -> Iterator[Edge]:
        """Every relation, in the order of the passages; a slice at a time."""
        last = 0
        while True:
            rows = self._rows(
                f"SELECT {_COLUMNS} {_RELATIONS} WHERE r.number > ? AND r.number <= ?", last, last + 500,
                after="ORDER BY r.number, r.start, r.rowid",
            )  # fmt: skip
            yield from self._edges([Stored(*row) for row in rows])
            newest = self._index.rows("SELECT max(number) FROM relations")[0][0] or 0
            last += 500
            if last >= newest:
                return

    def between(self, one: str, other: str) -> Connection | None:
        """How two things hang together, in at most `STEPS` relations; else by a sentence that names both."""
        starts, ends = self.named(one), self.named(other)
        if not starts or not ends or starts & ends:
            return None
        steps = self._edges(self._way(starts, ends))
        if not steps and (together := self._together(starts, ends)) is not None:
            steps = [together]
        if not steps:
            return None
        said = {edge.stored for edge in steps}
        about = [edge for keys in (starts, ends) for edge in self._about(keys, said)]
        return Connection(self.written(starts), self.written(ends), tuple(steps), tuple(about))

    def _way(self, starts: frozenset[str], ends: frozenset[str]) -> list[Stored]:
        """The shortest way, the rarest things between; breadth first, bounded."""
        until = self._now() + LONGEST_S
        reached: _Reached = {key: (0.0, []) for key in starts}
        last = set(starts)
        for _ in range(STEPS):
            fresh = self._further(reached, last, starts)
            arrived = [fresh[key] for key in fresh.keys() & ends]
            if arrived:
                return min(arrived, key=lambda way: (way[0], [one.number for one in way[1]]))[1]
            if self._now() > until or len(reached) + len(fresh) > MOST_THINGS:
                return []
            for key, every in self.same(list(fresh)).items():
                fresh |= dict.fromkeys(every - fresh.keys() - reached.keys(), fresh[key])
            reached |= fresh
            last = set(fresh)
        return []

    def _further(self, reached: _Reached, last: Collection[str], starts: Collection[str]) -> _Reached:
        """One step on from the things that were reached last."""
        edges = self._relations(last)
        often = Counter(key for one in edges for key in (one.subject, one.object))
        fresh: _Reached = {}
        for one in edges:
            for here, there in ((one.subject, one.object), (one.object, one.subject)):
                if here not in reached or there in reached or (often[here] > HUB and here not in starts):
                    continue
                cost = reached[here][0] + math.log1p(often[there]) + 0.01 * len(one.predicate.split())
                if there not in fresh or cost < fresh[there][0]:
                    fresh[there] = (cost, [*reached[here][1], one])
        return fresh

    def _together(self, starts: frozenset[str], ends: frozenset[str]) -> Edge | None:
        """A sentence that names both, where no relation was read."""
        rows = self._rows(
            "SELECT m.number, coalesce(nullif(m.written, ''), m.key), coalesce(nullif(n.written, ''), n.key) "
            "FROM mentions m JOIN mentions n ON n.number = m.number "
            "JOIN passages p ON p.number = m.number JOIN documents d ON d.id = p.document_id "
            "WHERE m.key IN (SELECT value FROM json_each(?)) AND n.key IN (SELECT value FROM json_each(?))",
            json.dumps(sorted(starts)), json.dumps(sorted(ends)), after="ORDER BY m.number", limit=20,
        )  # fmt: skip
        for number, one, other in rows:
            for hit in self._index.hits([number], self._scope):
                for span in sentences(hit.text):
                    text = fold(hit.text[span.start : span.end])
                    if fold(one) in text and fold(other) in text:
                        stored = Stored(key_of(one), "", key_of(other), number, span.start, span.end, one, other)
                        return Edge(stored, hit)
        return None

    def _about(self, keys: frozenset[str], said: Collection[Stored]) -> list[Edge]:
        """What a thing is, by the sentences that say so of it: other ones than those of the way."""
        sentences_said = {(one.number, one.start) for one in said}
        found = [
            one
            for one in self._relations(keys)
            if one.subject in keys and one.predicate.split()[:1] and fold(one.predicate.split()[0]) in _BEING
            and (one.number, one.start) not in sentences_said
        ]  # fmt: skip
        return self._edges(found[:MOST_ABOUT])[:1]

    def _relations(self, keys: Collection[str]) -> list[Stored]:
        """What is said of things, of every one of them, in the order of the passages."""
        asked = json.dumps(sorted(keys))
        rows = self._rows(
            f"SELECT DISTINCT r.rowid, {_COLUMNS} FROM mentions m JOIN relations r ON r.number = m.number "
            f"JOIN passages p ON p.number = r.number {_WHOSE} WHERE m.key IN (SELECT value FROM json_each(?)) "
            "AND m.key IN (r.subject, r.object)", asked,
        )  # fmt: skip
        found = dict.fromkeys(Stored(*row[1:]) for row in rows)
        return sorted(found, key=lambda one: (one.number, one.start))

    def _edges(self, stored: Iterable[Stored]) -> list[Edge]:
        """With their passages, which are looked up under the scope once more."""
        stored = list(stored)
        hits: dict[int, Hit] = {
            hit.number: hit for hit in self._index.hits({one.number for one in stored}, self._scope)
        }
        return [Edge(one, hits[one.number]) for one in stored if one.number in hits]

    def _rows(self, query: str, *values: object, after: str = "", limit: int = MOST_EDGES) -> list[tuple[Any, ...]]:
        return self._index.rows(f"{query} {self._conditions} {after} LIMIT ?", (*values, *self._values, limit))


_BEING = words("is are was were est sont ist sind war es son eran является являются")
