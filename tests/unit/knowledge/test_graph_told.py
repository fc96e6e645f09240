"""The graph as the house uses it: the Clerk answers from it, retrieval brings its passages, the console shows it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rich.console import Console

from company.config import KnowledgeSettings
from company.graph_records import Neighbourhood
from console import graph as view
from employees.clerk import Clerk
from knowledge.library import LocalLibrary
from tests.fakes.clock import TurnedClock
from tests.unit.employees.test_clerk import Company, job

CORE = "The NEXUS orchestrator is the core of the system."
TALKS = "The orchestrator communicates with the knowledge retriever to get context."
ASKED = "How is the orchestrator related to the knowledge retriever?"
ME, YOU = "me", "you"


@pytest.fixture
async def library(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[LocalLibrary]:
    (tmp_path / "docs").mkdir()
    settings = KnowledgeSettings(folders=(Path("docs"),))
    made = LocalLibrary(settings, data_dir=tmp_path / "data", root=tmp_path, clock=clock)
    await made.open()
    yield made
    await made.close()


async def test_the_clerk_answers_how_two_things_are_related_from_both_documents(library: LocalLibrary):
    await library.keep("one.txt", CORE.encode())
    await library.keep("two.txt", TALKS.encode())
    clerk = Clerk(library, Company(), lambda: False, graph=library.graph)
    done = await clerk.perform(job(ASKED), lambda _: None)
    assert done.text == f"- {TALKS} [1]\n- {CORE} [2]"
    assert [(one.document, one.quote) for one in done.citations] == [("two.txt", TALKS), ("one.txt", CORE)]
    assert done.model == ""


async def test_without_an_answer_the_clerk_looks_as_for_any_question(library: LocalLibrary):
    await library.keep("rent.txt", b"The rent is related to the flat: it is 900 euros.")
    clerk = Clerk(library, Company(), lambda: False, graph=library.graph)
    done = await clerk.perform(job("How is the rent related to the flat?"), lambda _: None)
    assert "900 euros" in done.text


async def test_what_ties_two_things_comes_first_for_employees_too(library: LocalLibrary):
    for n in range(12):
        noise = f"Note {n}: orchestrator, retriever, knowledge and related matters of the knowledge base, item {n}."
        await library.keep(f"noise{n}.txt", noise.encode())
    await library.keep("a.txt", b"The orchestrator calls the gateway.")
    await library.keep("b.txt", b"The gateway feeds the knowledge retriever.")
    found = await library.find(ASKED, person_id=ME, limit=3)
    assert [passage.document for passage in found[:2]] == ["a.txt", "b.txt"]
    assert len(found) == 3


async def test_nobody_is_told_of_ties_in_what_is_not_theirs(library: LocalLibrary):
    await library.keep("two.txt", TALKS.encode(), reader=YOU)
    assert await library.graph.ties(ASKED, person_id=ME) is None
    assert (await library.graph.around("orchestrator", person_id=ME)) == Neighbourhood(name="orchestrator")
    assert (await library.graph.ties(ASKED, person_id=YOU)) is not None
    assert "communicates" not in "".join([piece async for piece in library.graph.cypher(person_id=ME)])
    assert "communicates" in "".join([piece async for piece in library.graph.cypher(person_id=YOU)])
    await library.remove("two.txt", person_id=YOU)
    assert await library.graph.ties(ASKED, person_id=YOU) is None


async def test_a_thing_is_shown_as_a_tree_and_a_stranger_gets_names_like_it(library: LocalLibrary):
    await library.keep("two.txt", f"{TALKS} \x1b[31m".encode())
    out = Console(width=100, record=True, file=io.StringIO())
    out.print(view.tree(await library.graph.around("Orchestrators", person_id=ME)))
    shown = out.export_text()
    assert "orchestrator → communicates with → knowledge retriever" in shown
    assert "two.txt · line 1" in shown
    assert "\x1b[31m" not in shown
    assert (await library.graph.around("retriev", person_id=ME)).like == ("knowledge retriever",)
