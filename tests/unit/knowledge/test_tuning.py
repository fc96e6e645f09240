"""Trials of retrieval: the planted best choice is found, chance is not taken for it, and only the Board changes anything."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection

from company import audit, people, retrieval_choice
from company.books import SqliteBooks
from company.config import KnowledgeSettings
from company.errors import Refused
from company.operations.retrieval import Retrieval
from company.records import Person, Role
from company.retrieval_choice import CHANGED, TRIED, JudgedQuestion, RetrievalChoice
from company.texts import Texts
from console import tuning as view
from knowledge.library import LocalLibrary
from knowledge.ranking import RELEVANT, Ranked
from knowledge.records import Hit
from knowledge.tuning import Looked, questions_of, tried, value
from tests.fakes.clock import TurnedClock


def found(rows: Sequence[tuple[str, float, float, str]]) -> list[Ranked]:
    """(document, score, coverage, words) as candidates."""
    return [
        Ranked(
            hit=Hit(
                number=n, id=f"p{n}", document_id=n, document=document, ordinal=0, place="", headings=(), text=words,
                terms=[*words.split(), f"mark{n}"], heading_terms=[], length=9,
            ), score=score, coverage=coverage,
        )
        for n, (document, score, coverage, words) in enumerate(rows, 1)
    ]  # fmt: skip


def looked(rows: Sequence[tuple[str, float, float, str]], *documents: str) -> Looked:
    return Looked(JudgedQuestion(question="?", documents=frozenset(documents)), found(rows))


def planted(rng: random.Random) -> Looked:
    """Best at two passages, from .4 on, with some diversity: two documents answer, the second behind twins of the first.

    Behind those stand passages of others, which more passages would bring in; a third of the questions is answered by
    nothing, and what they find has a coverage of .35.
    """
    if rng.random() < 0.33:
        return looked([("x.md", 1.0, 0.35, "far from it"), ("y.md", 0.9, 0.32, "nor this")])
    twin = "rent of the flat in euros a month for the tenant in the house of the owner"
    rows = [("a.md", 1.0, 0.8, twin), ("old.md", 0.98, 0.8, twin), ("older.md", 0.97, 0.8, twin)]
    rows.append(("b.md", 0.9, 0.7, "deposit lies at another bank since spring"))
    rows += [("c.md", 0.5 - n / 20, 0.6, f"noise number {n} about gardens and ponds {n}") for n in range(6)]
    return looked(rows, "a.md", "b.md")


def test_the_planted_best_is_found_and_worth_it():
    rng = random.Random(3)
    trial = tried([planted(rng) for _ in range(60)], RetrievalChoice())
    assert trial.best.passages == 2
    assert trial.best.diversity > 0
    assert trial.best.relevant > 0.35
    assert trial.worth
    assert trial.expected_best > trial.expected_now + 0.2
    assert trial.value_best >= trial.expected_best - 1e-9


def test_chance_is_no_gain():
    rng = random.Random(5)
    noise = [
        looked([(f"{rng.choice('ab')}.md", 1 - n / 10, rng.random(), f"word {rng.random()}") for n in range(8)], "a.md")
        for _ in range(30)
    ]
    best_already = [looked([("a.md", 1.0, 0.9, "the answer")], "a.md")] * 20
    assert not tried(best_already, RetrievalChoice()).worth
    trial = tried(noise, RetrievalChoice())
    assert trial.expected_best <= trial.value_best, "what it was picked on flatters it"


def test_the_value_of_a_question():
    rows = [("a.md", 1.0, 0.9, "one"), ("b.md", 0.9, 0.9, "two")]
    assert value(looked(rows, "a.md", "b.md"), RetrievalChoice()) == 1.0
    assert value(looked(rows, "c.md"), RetrievalChoice()) == 0.0
    assert value(looked(rows), RetrievalChoice()) == 0.0
    assert value(looked(rows), RetrievalChoice(relevant=0.95)) == 1.0
    assert value(looked(rows, "a.md"), RetrievalChoice()) == pytest.approx(5 * 0.5 / (4 * 0.5 + 1))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("x", "Line 1"),
        ('{"question": "a"}', "Line 1"),
        ('{"question": "", "documents": []}', "Line 1 needs"),
        ('{"question": "a", "documents": "b"}', "Line 1 needs"),
        ('{"question": "a", "documents": []}', "There are 1 questions"),
        ("", "There are 0 questions"),
    ],
)
def test_questions_that_cannot_be_used_are_said(lines: str, said: str):
    with pytest.raises(Refused, match=said):
        questions_of(lines)


def test_what_nexus_comes_with_is_what_the_search_was_measured_with():
    assert RetrievalChoice().relevant == RELEVANT
    assert RetrievalChoice().diversity == 0.0


@pytest.fixture
async def library(tmp_path: Path, clock: TurnedClock, books: SqliteBooks) -> AsyncIterator[LocalLibrary]:
    (tmp_path / "docs").mkdir()
    made = LocalLibrary(
        KnowledgeSettings(folders=(Path("docs"),)), data_dir=tmp_path / "data", root=tmp_path, clock=clock,
        choice=lambda: books.read(retrieval_choice.in_force),
    )  # fmt: skip
    await made.open()
    yield made
    await made.close()


def _people(tx: Connection) -> tuple[Person, Person]:
    return (
        people.add(tx, 0, name="Ada", role=Role.BOARD, language="en", by="test"),
        people.add(tx, 0, name="Bo", role=Role.MEMBER, language="en", by="test"),
    )


async def test_the_board_tries_decides_and_goes_back_and_each_step_is_recorded(
    library: LocalLibrary, books: SqliteBooks, clock: TurnedClock
):
    board, member = await books.write(_people)
    for n in range(12):
        text = f"The rent of flat {n} is {800 + n} euros. " + " ".join(f"w{n}x{k}" for k in range(6))
        await library.keep(f"flat{n}.md", text.encode())
    lines = "\n".join(
        json.dumps({"question": f"What is the rent of flat {n} w{n}x1 w{n}x2?", "documents": [f"flat{n}.md"]})
        for n in range(12)
    )
    office = Retrieval(books, clock, await asyncio.to_thread(Texts), library)
    usual = await office.in_force(board)
    asked = "What is the rent of flat 3 w3x1 w3x2?"
    before = await library.find(asked, person_id=board.id)
    trial = await office.tried(board, lines)
    assert await library.find(asked, person_id=board.id) == before, "a trial changes nothing"
    assert trial.best.passages < usual.passages
    assert trial.worth
    assert "--adopt" in view.verdict(trial, adopted=False)
    await office.choose(board, trial.best)
    assert len(await library.find(asked, person_id=board.id)) < len(before)
    assert (await library.find(asked, person_id=board.id))[0] == before[0]
    await library.close()
    await library.open()
    assert len(await library.find(asked, person_id=board.id)) < len(before), "a choice survives a restart"
    await office.choose(board, RetrievalChoice())
    assert await library.find(asked, person_id=board.id) == before
    facts = await books.read(lambda tx: audit.entries(tx, facts=frozenset({CHANGED, TRIED}), limit=9))
    assert sorted(fact.fact for fact in facts) == [CHANGED, CHANGED, TRIED]
    for step in (office.in_force(member), office.tried(member, lines), office.choose(member, trial.best)):
        with pytest.raises(Refused):
            await step
