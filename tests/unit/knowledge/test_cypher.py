"""The export is Cypher of one strict form, and no text of a document ever gets out of its string."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from knowledge.graph.cypher import statements, string
from knowledge.graph.records import Edge, Stored
from knowledge.records import Hit

CONSTRAINT = "CREATE CONSTRAINT thing_key IF NOT EXISTS FOR (t:Thing) REQUIRE t.key IS UNIQUE;"
_PIECE = r"'(?:[^'\\\n\r]|\\[\\'nrt])*'"
_STRING = rf"({_PIECE}(?: \+ {_PIECE})*)"
MERGE = re.compile(rf"MERGE \(t:Thing {{key: {_STRING}}}\) SET t\.name = {_STRING};")
CREATE = re.compile(
    rf"MATCH \(a:Thing {{key: {_STRING}}}\), \(b:Thing {{key: {_STRING}}}\) "
    rf"CREATE \(a\)-\[:SAYS {{predicate: {_STRING}, quote: {_STRING}, document: {_STRING}, place: {_STRING}, "
    rf"passage: {_STRING}}}\]->\(b\);"
)
NASTY = [
    "O'Brien", "'}) DETACH DELETE n //", "\\", "\\'", "\\u0027}) DELETE", "back\\user", "a\nb\r\tc", "`x`", "$param", "\u2028;",
    "'; MATCH (n) DETACH DELETE n; //", "\\\\u0027", "\\\\\\u0027",
]  # fmt: skip


def value(literal: str) -> str:
    """What a database reads: unicode escapes first, as Neo4j does, then the pieces and their escapes."""
    early = re.sub(r"\\u+([0-9A-Fa-f]{4})", lambda found: chr(int(found[1], 16)), literal)
    assert re.fullmatch(_STRING, early), "a character that was read early ends a string"
    signs = {"n": "\n", "r": "\r", "t": "\t"}
    pieces = re.findall(_PIECE, early)
    return "".join(re.sub(r"\\(.)", lambda found: signs.get(found[1], found[1]), piece[1:-1]) for piece in pieces)


def edge(subject: str, predicate: str, thing: str, quote: str, document: str = "a.md") -> Edge:
    hit = Hit(
        number=1, id="p1", document_id=1, document=document, ordinal=0, place="line 1", headings=(), text=quote, terms=[],
        heading_terms=[], length=0,
    )  # fmt: skip
    return Edge(Stored(subject.lower(), predicate, thing.lower(), 1, 0, len(quote), subject, thing), hit)


@given(st.text(max_size=60) | st.sampled_from(NASTY) | st.text(alphabet="\\\\'uU0027 n", max_size=24))
def test_a_string_is_read_back_as_it_was(text: str):
    kept = "".join(sign for sign in text if sign.isprintable() or sign in "\n\r\t")
    assert value(string(text)) == kept


@given(st.lists(st.tuples(*[st.text(max_size=30) | st.sampled_from(NASTY)] * 5), max_size=4))
def test_every_line_is_one_of_three_statements(rows: list[tuple[str, str, str, str, str]]):
    edges = [edge(*row) for row in rows]
    first, *lines = statements(edges)
    assert first == CONSTRAINT
    merged: set[str] = set()
    made = []
    for line in lines:
        assert "\n" not in line
        if found := MERGE.fullmatch(line):
            merged.add(value(found[1]))
        else:
            found = CREATE.fullmatch(line)
            assert found is not None, line
            assert {value(found[1]), value(found[2])} <= merged, "a relation comes after its two things"
            made.append(value(found[4]))
    assert len(made) == len(edges)


def test_what_a_document_says_stays_a_string():
    (line,) = [
        one for one in statements([edge("A", "says", "B", "x'}]->(b) DETACH DELETE a; //")]) if "CREATE (a)" in one
    ]
    found = CREATE.fullmatch(line)
    assert found is not None
    assert value(found[4]) == "x'}]->(b) DETACH DELETE a; //"
