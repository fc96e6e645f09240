"""From a question to passages: order, neighbours, links between documents, repetitions, vectors of meaning."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from knowledge import meaning
from knowledge.edge import EdgeEngine
from knowledge.engine import Found, Scope
from knowledge.index import Chunk, DocumentRow, DocumentState, Index
from knowledge.ranking import RELEVANT
from knowledge.search import CANDIDATES, Meant, Search
from knowledge.subjects import named_in, outermost, subjects
from knowledge.upkeep import Upkeep


def put(index: Index, name: str, *pieces: tuple[str, str] | str, owner: str = "company", language: str = "en") -> None:
    chunks = [
        Chunk(text=piece, line=n) if isinstance(piece, str) else Chunk(text=piece[1], line=n, headings=(piece[0],))
        for n, piece in enumerate(pieces, 1)
    ]
    row = DocumentRow(
        path=f"/x/{name}", name=name, content_hash="", size=0, modified_ns=0, checked_at=0,
        state=DocumentState.INDEXED, owner=owner,
    )  # fmt: skip
    index.replace(row, chunks, language)


@pytest.fixture(params=["edge", "fts"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    engine = EdgeEngine(tmp_path / "vectors") if request.param == "edge" else None
    opened = Index(tmp_path / "knowledge.db", engine=engine)
    opened.open()
    if engine is not None:
        engine.open(0)
    yield opened
    opened.close()
    if engine is not None:
        engine.close()


def texts(index: Index, question: str, limit: int = 5, scope: Scope | None = None) -> list[str]:
    ranked = Search(index).find(question, limit, scope or Scope())
    return [one.hit.text for one in ranked if one.coverage >= RELEVANT]


def test_a_question_that_needs_two_documents_finds_both(index: Index) -> None:
    put(index, "suppliers.md", ("Suppliers", "The flour of the Juno Bakery is milled by Anton Keller in Ulm."))
    put(index, "anton-keller.md", ("Anton Keller", "The mill was founded in 1931. The phone number is 0731 5567."))
    put(index, "ovens.md", ("Ovens", "The large oven has a phone line of its own."))
    for n in range(30):
        put(index, f"filler{n}.md", (f"Chapter {n}", f"Bread number {n} is baked at dawn and sold before noon."))
    found = Search(index).find("What is the phone number of the miller of the Juno Bakery's flour?", 3)
    assert [one.hit.document for one in found][:2] == ["suppliers.md", "anton-keller.md"]


def test_links_do_not_lead_to_what_somebody_may_not_read(index: Index) -> None:
    put(index, "suppliers.md", ("Suppliers", "The flour of the Juno Bakery is milled by Anton Keller in Ulm."))
    put(index, "anton-keller.md", ("Anton Keller", "His salary is 4,100 euros."), owner="person:other")
    mine = Scope(owners=frozenset({"company", "person:me"}))
    found = Search(index).order("What is the salary of the miller of the Juno Bakery's flour?", mine)
    assert {one.hit.document for one in found} == {"suppliers.md"}


def test_a_short_turn_is_read_with_those_beside_it(index: Index) -> None:
    put(
        index, "chat.md",
        ("8 May", "Mel: Where did you spend the weekend?"), ("8 May", "Caro: At the lake with my sister."),
        ("8 May", "Mel: How lovely!"),
        ("9 May", "Mel: Did you see the news?"), ("9 May", "Caro: No, I was at work."),
    )  # fmt: skip
    found = Search(index).order("Where did Caro spend the weekend?")
    assert {one.hit.ordinal for one in found[:2]} == {0, 1}


def test_the_same_text_twice_takes_one_place_and_another_number_takes_its_own(index: Index) -> None:
    for name in ("a.md", "b.md"):
        put(index, name, "Delivery inside the city costs 8 euros.")
    put(index, "c.md", "Delivery inside the city costs 6 euros.")
    put(index, "d.md", "Delivery inside the city does not cost 8 euros.")
    assert sorted(texts(index, "What does delivery in the city cost?")) == [
        "Delivery inside the city costs 6 euros.",
        "Delivery inside the city costs 8 euros.",
        "Delivery inside the city does not cost 8 euros.",
    ]


def test_nothing_is_found_rather_than_anything(index: Index) -> None:
    put(index, "a.md", "The boiler is serviced every October by the firm Rossi.")
    assert texts(index, "Who is the dentist of the family?") == []
    assert texts(index, "When is the boiler serviced?") != []
    assert texts(index, "???") == []


@pytest.mark.parametrize(
    ("language", "text", "question"),
    [
        ("fr", "Les locataires ont réservé la salle pour samedi.", "Qui a reserve la salle ?"),
        ("de", "Der Mietvertrag endet am 31. März.", "Wann enden die Mietverträge?"),
        ("es", "Las clases empiezan en septiembre.", "¿Cuándo empieza la clase?"),
        ("ru", "Самолёты летят в Казань.", "Куда летит самолет?"),
        ("zh", "办公室的租金每月八千元。", "办公室租金是多少?"),
        ("en", "Call maxRetries before giving up.", "What about max retries?"),
    ],
)
def test_words_are_found_in_their_forms(index: Index, language: str, text: str, question: str) -> None:
    put(index, "a.md", text, language=language)
    assert texts(index, question) == [text]


def test_what_a_passage_is_about() -> None:
    names = subjects("docs/anton-keller.md", ("Mills (southern Germany)",), "The Old Mill of Ulm was built in 1931.")
    assert names == {"anton keller", "mills southern germany", "mills", "old mill of ulm"}
    assert subjects("", (), "Although it rained, they came.") == set()
    assert ("juno bakery", 3) in named_in("flour of the Juno Bakery", capitals=True)
    assert outermost([("juno", 3), ("juno bakery", 3), ("bakery", 4)]) == [("juno bakery", 3)]


def test_vectors_of_meaning_find_other_words_for_the_same(tmp_path: Path) -> None:
    """In this collection the words of the sea stand together: a question with one of them finds the others."""
    pytest.importorskip("numpy")
    engine = EdgeEngine(tmp_path / "vectors")
    index = Index(tmp_path / "knowledge.db", engine=engine)
    index.open()
    search = Search(index)
    upkeep = Upkeep(index, search, engine, tmp_path)
    upkeep.open()
    dice = random.Random(1)
    put(
        index, "log.md",
        *(" ".join(f"{topic}{dice.randrange(150)}" for _ in range(12)) for topic in ("sea", "oven") for _ in range(300)),
    )  # fmt: skip
    upkeep.finish()
    assert search.embedder is not None
    assert search.embedder.model.startswith("lsa-")
    meant = search.embedder.question("sea7", {"sea7": 1.0})
    assert meant is not None
    near = index.hits(one.number for one in index.by_meaning(meant, search.embedder.model, Scope(), 80))
    assert sum("sea" in hit.text for hit in near) >= 55  # half would be chance
    assert sum("sea7" not in hit.terms for hit in near) >= 30
    kept = meaning.FittedMeaning.load(tmp_path / "knowledge.meaning.npz")
    assert kept is not None
    assert kept.model == search.embedder.model
    index.close()
    engine.close()
    again = Upkeep(index, search, engine, tmp_path)
    index.open()
    again.open()
    assert not again.step(), "nothing waits after a restart with the same model"
    index.close()
    engine.close()


def test_what_words_found_is_judged_by_its_meaning_too(tmp_path: Path) -> None:
    """A passage that is not among the nearest by meaning has a cosine all the same, not none."""
    engine = EdgeEngine(tmp_path / "vectors")
    index = Index(tmp_path / "knowledge.db", engine=engine)
    index.open()
    engine.open(2)
    index.model = "m"
    put(index, "log.md", *(f"a harbour with {n} boats" for n in range(CANDIDATES + 20)), "the heron sleeps")
    numbers = sorted(engine.numbers())
    index.keep_vectors("m", {number: [1.0, 0.0] for number in numbers[:-1]} | {numbers[-1]: [0.6, 0.8]})
    while index.catch_up():
        pass
    ranked = Search(index).order("Where does the heron sleep?", meant=Meant([1.0, 0.0], "m"))
    (heron,) = (one for one in ranked if one.hit.text == "the heron sleeps")
    assert heron.meaning == pytest.approx(0.6, abs=0.001)
    assert ranked[0] is heron
    index.close()
    engine.close()


def test_what_a_word_or_two_leave_open_is_guessed_more_than_what_a_sentence_says(index: Index) -> None:
    """A passage about the subject in other words comes before one that drops the word; not when more is asked for."""
    for n in range(10):
        put(index, f"bird{n}.md", f"The heron waits among reeds in the marsh, nest {n}, fishing the shallow marsh.")
    put(index, "kin.md", "Among reeds in the marsh, at the nest, fishing the shallow marsh.")
    put(index, "pub.md", "The Heron brews amber ale for thirsty sailors and bakes pies with onions on Sundays.")
    for n in range(40):
        put(index, f"filler{n}.md", f"Ledger page {n} lists invoices, stamps and postage of the office for the year.")

    def places(question: str) -> list[int]:
        order = [one.hit.document for one in Search(index).order(question)]
        return [order.index(name) if name in order else len(order) for name in ("kin.md", "pub.md")]

    kin, pub = places("heron")
    assert kin < pub
    kin, pub = places("Does the Heron brew amber ale for thirsty sailors?")
    assert pub < kin


def test_feedback_asks_for_no_term_that_leads_back_to_one_passage(index: Index) -> None:
    """But for the question's own, which name what is asked for."""
    for n in range(6):
        put(index, f"boat{n}.md", f"The harbour keeps boats, pier{n} has ropes and lanterns.")
    put(index, "one.md", "The zephyra is moored at the harbour with ropes.")
    asked: list[set[str]] = []
    by_words = index.by_words

    def noting(query: Mapping[str, float], scope: Scope, limit: int) -> list[Found]:
        asked.append(set(query))
        return by_words(query, scope, limit)

    index.by_words = noting  # type: ignore[method-assign]
    Search(index).order("Is the zephyra in the harbour?")
    guessed = asked[-1]
    assert {"rope", "zephyra"} <= guessed
    assert not guessed & {f"pier{n}" for n in range(6)}
    assert "moor" not in guessed


def test_with_a_model_a_passage_gains_by_what_its_section_says(tmp_path: Path) -> None:
    """Of two that fit alike, the one whose talk is about the thing comes first."""
    engine = EdgeEngine(tmp_path / "vectors")
    index = Index(tmp_path / "knowledge.db", engine=engine)
    index.open()
    engine.open(2)
    index.model = "m"
    put(index, "other.md", ("9 May", "Tom saw one heron yesterday"))
    fillers = [("8 May", f"Ann bought {n} stamps") for n in range(4)]
    put(
        index, "talk.md", ("8 May", "the heron sleeps in the reeds"), *fillers, ("8 May", "Bob saw one heron yesterday")
    )
    other, first, *between, last = sorted(engine.numbers())
    vectors = {other: [0.62, 0.78], first: [1.0, 0.0], last: [0.6, 0.8]} | {number: [0.0, 1.0] for number in between}
    index.keep_vectors("m", vectors)
    while index.catch_up():
        pass
    meant = Meant([1.0, 0.0], "m")
    scores = {one.hit.number: one.score for one in Search(index).order("Where does the heron sleep?", meant=meant)}
    assert scores[first] > scores[last] > scores[other]
    index.close()
    engine.close()


def test_a_broken_model_file_is_fitted_again(tmp_path: Path) -> None:
    (tmp_path / "broken.npz").write_bytes(b"PK no archive")
    assert meaning.FittedMeaning.load(tmp_path / "broken.npz") is None
    assert meaning.FittedMeaning.load(tmp_path / "none.npz") is None
