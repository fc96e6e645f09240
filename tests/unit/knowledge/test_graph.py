"""Things and what is said of them: read without a model, kept with the passages, walked by who may read them."""

from __future__ import annotations

import itertools
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.engine import Scope
from knowledge.graph import walk as walking
from knowledge.graph.asking import two_things
from knowledge.graph.extraction import read
from knowledge.graph.naming import aliases_in, key_of
from knowledge.graph.walk import Walk
from knowledge.index import Chunk, DocumentRow, DocumentState, Index

CORE = "The NEXUS orchestrator is the core of the system."
TALKS = "The orchestrator communicates with the knowledge retriever to get context."


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    opened = Index(tmp_path / "knowledge.db")
    opened.open()
    yield opened
    opened.close()


def put(index: Index, name: str, *texts: str, owner: str = "company", language: str = "en") -> None:
    row = DocumentRow(
        path=f"/x/{owner}/{name}", name=name, content_hash="", size=0, modified_ns=0, checked_at=0,
        state=DocumentState.INDEXED, owner=owner,
    )  # fmt: skip
    index.replace(row, [Chunk(text=text, line=n) for n, text in enumerate(texts, 1)], language)


def triples(text: str, language: str = "en") -> list[tuple[str, str, str]]:
    (reading,) = read([Chunk(text=text, line=1)], language)
    return [(one.subject.key, one.predicate, one.object.key) for one in reading.relations]


def way(index: Index, one: str, other: str, scope: Scope | None = None) -> list[str]:
    found = Walk(index, scope or Scope()).between(one, other)
    return [edge.quote for edge in found.steps] if found is not None else []


# -- reading ----------------------------------------------------------------------------------------------------------


def test_the_orchestrator_and_the_knowledge_retriever_are_things_with_a_relation():
    readings = read([Chunk(text=CORE, line=1), Chunk(text=TALKS, line=2)], "en")
    named = {mention.key for reading in readings for mention in reading.mentions}
    assert {"orchestrator", "knowledge retriever"} <= named
    assert ("orchestrator", "communicates with", "knowledge retriever") in triples(TALKS)
    assert ("nexus orchestrator", "is the core of", "system") in triples(CORE)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Invoices are approved by the finance team.", ("invoice", "are approved by", "finance team")),
        ("en", "The gateway calls OpenAI, Anthropic and Ollama.", ("gateway", "calls", "ollama")),
        ("en", "Anna and Bert run the shop.", ("anna", "run", "shop")),
        ("en", "The clerk stores the passages in the database.", ("clerk", "stores the passages in", "database")),
        ("en", "The mill lies in Ulm. It belongs to Anton Keller.", ("mill", "belongs to", "anton keller")),
        ("en", "The wheel grinds the flour.", ("wheel", "grinds", "flour")),
        ("fr", "L'orchestrateur communique avec le moteur de recherche.",
         ("orchestrateur", "communique avec", "moteur de recherche")),
        ("de", "Der Orchestrator kommuniziert mit dem Wissensspeicher.",
         ("orchestrator", "kommuniziert mit", "wissensspeicher")),
        ("es", "El orquestador se comunica con el buscador.", ("orquestador", "se comunica con", "buscador")),
        ("ru", "Оркестратор взаимодействует с хранилищем знаний.",
         ("оркестратор", "взаимодействует с", key_of("хранилище знаний"))),
    ],
)  # fmt: skip
def test_what_is_said_of_two_things(language: str, text: str, expected: tuple[str, str, str]):
    assert expected in triples(text, language)


def test_nothing_is_said_where_no_verb_stands_between():
    assert triples("The uses of the oven. The annual sales reports of the firm in Ulm. Prices, dates and places.") == []
    assert triples("Juno Bakery, 12 Mill Street, 89073 Ulm") == []


def test_the_place_of_a_relation_is_its_sentence():
    text = "Bread is good. " + TALKS + " Nobody knows why."
    (reading,) = read([Chunk(text=text, line=1)], "en")
    (one,) = [relation for relation in reading.relations if relation.predicate == "communicates with"]
    assert text[one.start : one.end] == TALKS


def test_lower_case_phrases_are_things_when_a_document_repeats_them():
    once = read([Chunk(text="Nobody stood near the vector store.", line=1)], "en")
    twice = read([Chunk(text="Nobody stood near the vector store.", line=n) for n in (1, 2)], "en")
    assert not any(mention.key == "vector store" for one in once for mention in one.mentions)
    assert all("vector store" in {mention.key for mention in one.mentions} for one in twice)


def test_names_headings_defined_terms_and_short_forms_are_things():
    text = 'We met Juno Bakery. "Delivery day" means Monday. **Night rate**: double. The Retrieval Plan (RP) is new.'
    (reading,) = read([Chunk(text=text, line=1, headings=("Terms", "Opening hours"))], "en")
    named = {mention.key for mention in reading.mentions}
    assert {"juno bakery", "delivery day", "night rate", "retrieval plan", "opening hour"} <= named
    assert [(one.short, one.long) for one in reading.aliases] == [("rp", "retrieval plan")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Orchestrator", "orchestrator"),
        ("the knowledge retrievers", "Knowledge  Retriever"),
        ("la Société", "société"),
        ("хранилища знаний", "Хранилище знаний"),
        ("Keller's", "KELLER"),
    ],
)
def test_one_thing_however_it_is_written(one: str, other: str):
    assert key_of(one) == key_of(other) != ""


def test_no_thing_is_made_of_small_words_or_figures():
    assert [key_of(text) for text in ("the", "of it", "12 30", "", "?", "two three four five six seven eight")] == [
        ""
    ] * 6


def test_short_forms_need_letters_that_agree():
    assert aliases_in("the Large Language Models (LLMs) and KG (knowledge graph)")[0].long == "large language model"
    assert aliases_in("in the far north (UK)") == []


def test_strange_text_is_read_in_bounds():
    rng = random.Random(7)
    signs = "aZé( )[]*\"'«».,:- \nÄßЖ中0\u200b\ud83d" + "the is of "
    for _ in range(300):
        text = "".join(rng.choice(signs) for _ in range(rng.randint(0, 400))).encode("utf-8", "replace").decode()
        for language in ("en", "fr", "de", "es", "ru", "zh"):
            for reading in read([Chunk(text=text, line=1)], language):
                assert all(0 <= one.start < one.end <= len(text) for one in reading.relations)
    (reading,) = read([Chunk(text=f"{TALKS} " * 2000, line=1)], "en")
    assert len(reading.relations) <= 24


# -- walking ----------------------------------------------------------------------------------------------------------


def test_how_two_things_hang_together_is_told_with_both_passages(index: Index):
    put(index, "one.txt", CORE)
    put(index, "two.txt", TALKS)
    found = Walk(index, Scope()).between("the orchestrator", "the knowledge retriever")
    assert found is not None
    assert [(edge.hit.document, edge.quote) for edge in (*found.steps, *found.about)] == [
        ("two.txt", TALKS), ("one.txt", CORE),
    ]  # fmt: skip


def test_a_way_has_three_steps_at_most_and_runs_either_way(index: Index):
    chain = ["Alpha", "Bravo", "Carol", "Delta", "Echoes"]
    for one, other in itertools.pairwise(chain):
        put(index, f"{one}.txt", f"We know that Old {one} supports Old {other} gladly.")
    assert len(way(index, "Old Alpha", "Old Delta")) == 3
    assert len(way(index, "Old Delta", "Old Alpha")) == 3
    assert way(index, "Old Alpha", "Old Echoes") == []


def test_a_long_walk_ends_by_the_clock(index: Index):
    put(index, "a.txt", "The Old Mill supports the Old Shop.", "The Old Shop supports the Old Oven.")
    ticks = iter(range(100))
    assert Walk(index, Scope(), now=lambda: float(next(ticks))).between("Old Mill", "Old Oven") is None
    assert Walk(index, Scope()).between("Old Mill", "Old Oven") is not None


def test_no_way_leads_through_what_everything_is_tied_to(index: Index):
    put(index, "hub.txt", *(f"The worker {n} reports to the office." for n in range(walking.HUB + 5)))
    put(index, "out.txt", "The Blue Lamp belongs to the office.", "Worker Zed reports to the office.")
    assert way(index, "Blue Lamp", "Worker Zed") == []


def test_short_and_long_forms_and_last_names_are_one_thing(index: Index):
    put(index, "a.txt", "The Retrieval Plan (RP) was written in May.", "The RP depends on the archive.")
    put(index, "b.txt", "Anton Keller owns the mill.", "Keller sells the flour.")
    assert way(index, "retrieval plan", "archive") == ["The RP depends on the archive."]
    assert way(index, "Anton Keller", "flour") == ["Keller sells the flour."]
    put(index, "c.txt", "Anna Keller paints the gate.")
    assert way(index, "Anton Keller", "flour") == [], "of two Kellers neither is meant for sure"


def test_without_a_relation_a_sentence_that_names_both_is_told(index: Index):
    put(index, "a.txt", "We rest. Nothing about Juno Bakery or Anton Keller today.")
    assert way(index, "Juno Bakery", "Anton Keller") == ["Nothing about Juno Bakery or Anton Keller today."]


def test_neither_names_nor_relations_of_others_are_seen(index: Index):
    put(index, "mine.txt", "The Blue Mill supports the Red Shop.", owner="person:me")
    put(
        index,
        "theirs.txt",
        "The Red Shop supports the Secret Oven.",
        "The SO (Secret Oven) is old.",
        owner="person:you",
    )
    mine, theirs = Scope(owners=frozenset({"company", "person:me"})), Scope(owners=frozenset({"person:you"}))
    walk = Walk(index, mine)
    assert way(index, "Blue Mill", "Secret Oven", mine) == []
    assert walk.named("Secret Oven") == walk.named("SO") == frozenset()
    assert walk.like("oven", 9) == []
    assert [edge.hit.document for edge in walk.neighbours("Red Shop")] == ["mine.txt"]
    assert {edge.hit.document for edge in walk.everything()} == {"mine.txt"}
    assert {edge.hit.document for edge in Walk(index, theirs).everything()} == {"theirs.txt"}


def test_the_graph_changes_and_goes_with_its_document(index: Index, tmp_path: Path):
    put(index, "a.txt", TALKS)
    put(index, "a.txt", "The orchestrator calls the archive.")
    assert way(index, "orchestrator", "knowledge retriever") == []
    assert way(index, "orchestrator", "archive") != []
    index.remove("/x/company/a.txt")
    with sqlite3.connect(tmp_path / "knowledge.db") as db:
        counts = [
            db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("mentions", "relations", "aliases")
        ]
    db.close()
    assert counts == [0, 0, 0]


# -- questions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        "How is the orchestrator related to the knowledge retriever?",
        "how are the orchestrator and the knowledge retriever connected?",
        "What is the relationship between the orchestrator and the knowledge retriever?",
        "How does the orchestrator interact with the knowledge retriever?",
        "Quel est le lien entre the orchestrator et the knowledge retriever ?",
        "Wie hängt the orchestrator mit the knowledge retriever zusammen?",
        "¿Cómo se relaciona the orchestrator con the knowledge retriever?",
        "Как связаны the orchestrator и the knowledge retriever?",
        "the orchestrator和the knowledge retriever有什么关系？",
    ],
)
def test_a_question_after_two_things(question: str):
    found = two_things(question)
    assert found is not None
    assert [key_of(name) for name in found] == ["orchestrator", "knowledge retriever"]


@pytest.mark.parametrize("question", ["How is the weather?", "What is the price of bread and milk?", "", "x" * 5000])
def test_other_questions_are_left_to_the_search(question: str):
    assert two_things(question) is None
