"""The graph as Cypher, the language of Neo4j and its kin: what a document says stays a string, whatever it says.

Neo4j reads a backslash with a `u` behind it as a character before it looks for the end of a string
(neo4j.com/docs/cypher-manual, "Using Unicode in Cypher"), so no text ever brings those two side by side: a string is
parted there and joined with `+`. All else is escaped as openCypher 9 says, section "String literals".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.graph.records import Edge

_ESCAPED = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def string(text: str) -> str:
    """A literal, or several joined with `+`; characters that can't be read are left out."""
    parts = [[]]  # type: list[list[str]]
    for sign in text:
        if sign in "uU" and parts[-1] and parts[-1][-1] == "\\\\":
            parts.append([])
        if sign in _ESCAPED:
            parts[-1].append(_ESCAPED[sign])
        elif sign.isprintable():
            parts[-1].append(sign)
    return " + ".join(f"'{''.join(part)}'" for part in parts)


def statements(edges: Iterable[Edge]) -> Iterator[str]:
    """One statement a line: the things first met are merged, then each relation between two of them is made."""
    yield "CREATE CONSTRAINT thing_key IF NOT EXISTS FOR (t:Thing) REQUIRE t.key IS UNIQUE;"
    met: set[str] = set()
    for edge in edges:
        one = edge.stored
        for key, written in ((one.subject, one.subject_written), (one.object, one.object_written)):
            if key not in met:
                met.add(key)
                yield f"MERGE (t:Thing {{key: {string(key)}}}) SET t.name = {string(written)};"
        facts = {
            "predicate": one.predicate, "quote": edge.quote, "document": edge.hit.document, "place": edge.hit.place,
            "passage": edge.hit.id,
        }  # fmt: skip
        told = ", ".join(f"{name}: {string(value)}" for name, value in facts.items())
        yield (
            f"MATCH (a:Thing {{key: {string(one.subject)}}}), (b:Thing {{key: {string(one.object)}}}) "
            f"CREATE (a)-[:SAYS {{{told}}}]->(b);"
        )
