"""Another program populates, asks, and follows up, with the JSON bodies that such programs send; nobody else can."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from company import audit, people
from company.config import OpenAISettings
from company.errors import Refused
from company.operations.programs import ANSWERED
from company.records import ConversationKey, Desk, Role, State
from company.section_block import read_block
from console.client import Client
from console.protocol import Command, Mode, Name
from knowledge.library import LocalLibrary
from tests.fakes.models import Reply
from tests.flows.company import Lab

NO_MODEL = {"ANTHROPIC_API_KEY": "", "NEXUS_OPENAI__BASE_URL": OpenAISettings().base_url}
POPULATE = """{
    "documents": [
        "The NEXUS orchestrator is the core of the system.",
        "The orchestrator communicates with the knowledge retriever to get context."
    ]
}"""
QUERY = '{"user_id": "test", "session_id": "1", "query": "How is the orchestrator related to the knowledge retriever?"}'
PLAN = "\n\n".join(
    f"## {n}. {title}\n{text}"
    for n, (title, text) in enumerate(
        (
            ("Budget", "Set aside a sum for the van and keep a reserve; the reserve is what people forget most often."),
            ("Schools", "Write to the schools in good time, because the lists close early in spring."),
            ("Transport", "The tram runs often enough that a car is not needed on most days."),
            ("Friends", "Say goodbye in person to whoever has helped you over the years."),
        ),
        1,
    )
)
OLD = ("keep a reserve", "lists close early", "tram runs often", "Say goodbye in person")
Run = Callable[..., Awaitable[Any]]


@pytest.fixture
async def run(lab: Lab) -> Run:
    """Does what `nexus query` and `nexus populate` do, for the owner or in a program's name; the JSON that they print."""

    async def do(name: Name, *, body: str | dict[str, object] = "", text: str = "", program: str = "") -> Any:
        body = body if isinstance(body, str) else json.dumps(body)
        async with Client(lab.root / "data", mode=Mode.COMMAND) as client:
            brought = await client.command(Command(name=name, body=body, text=text, program=program))
        assert brought.words is not None
        return json.loads(brought.words.text)

    for name in ("shop", "other"):
        await lab.company.books.write(_program, lab.company.clock.now(), name)
    return do


def _program(tx: Any, now: int, name: str) -> None:
    person = people.add(tx, now, name=name, role=Role.MEMBER, language="en", by="test")
    people.identify(tx, now, person, Desk.API, name)


@pytest.mark.settings(**NO_MODEL)
async def test_the_usual_bodies_work_as_they_are(lab: Lab, run: Run):
    done = await run(Name.POPULATE, body=POPULATE)
    assert [(one["status"], one["chunks"]) for one in done["documents"]] == [("indexed", 1), ("indexed", 1)]
    assert (done["indexed"], done["failed"]) == (2, 0)
    told = await run(Name.QUERY, body=QUERY)
    assert (told["status"], told["reason"]) == ("answered", "")
    assert "communicates with the knowledge retriever" in told["text"]
    assert "core of the system" in told["text"]
    assert {one["document"] for one in told["citations"]} == {one["name"] for one in done["documents"]}
    assert told["cost_micro"] == 0
    assert len(told["trace_id"]) == 32
    again = await run(Name.POPULATE, body=POPULATE)
    assert [one["name"] for one in again["documents"]] == [one["name"] for one in done["documents"]]
    assert len((await run(Name.DOCUMENTS))["documents"]) == 2


@pytest.mark.settings(**NO_MODEL)
async def test_a_document_that_cannot_be_read_has_its_reason_and_the_others_are_in(run: Run):
    documents = [
        {"name": "a.md", "text": "# A\n\nBread costs 3 euros."},
        {"name": "b.xyz", "text": "x"},
        "Milk costs 1 euro.",
    ]
    done = await run(Name.POPULATE, body={"documents": documents})
    assert [one["status"] for one in done["documents"]] == ["indexed", "failed", "indexed"]
    assert "b.xyz" in done["documents"][1]["reason"]
    assert (done["indexed"], done["failed"]) == (2, 1)


async def test_a_thread_goes_on_by_its_sections_and_no_other_one_or_caller_sees_it(lab: Lab, run: Run):
    lab.anthropic.reply_with(Reply(PLAN), Reply("Schools want the last two reports."))
    asked = "Please write a short plan for moving to another city, with four sections."
    first = await run(Name.QUERY, body={"query": asked, "thread_id": "t1"}, program="shop")
    assert (first["status"], first["thread_id"]) == ("answered", "t1")
    assert read_block(first["text"]).titles == ("Budget", "Schools", "Transport", "Friends")
    assert [one["label"] for one in first["sections"]] == ["S1", "S2", "S3", "S4"]
    assert first["cost_micro"] > 0

    second = await run(Name.QUERY, body={"query": "S2", "thread_id": "t1"}, program="shop")
    assert "last two reports" in second["text"]
    prompt = lab.anthropic.asks[-1].text
    assert "[S2] Schools" in prompt
    assert "moving to another city" in prompt
    assert not [words for words in OLD if words in prompt], "nothing of the old answer is told again"

    lab.anthropic.reply_when(".", "I do not know which section you mean; please tell me more about it.")
    for program, thread in (("shop", "t2"), ("other", "t1")):
        before = len(lab.anthropic.asks)
        await run(Name.QUERY, body={"query": "Please elaborate on S2", "thread_id": thread}, program=program)
        seen = "".join(ask.text for ask in lab.anthropic.asks[before:])
        assert not [words for words in (*OLD, "Schools", "moving to another") if words in seen]
    for name, wanted in ((Name.RESULT, first["order_id"]), (Name.TRACE, first["trace_id"])):
        with pytest.raises(Refused, match="of yours"):
            await run(name, text=wanted, program="other")


async def test_a_query_leaves_its_facts_and_one_trace_with_its_steps(lab: Lab, run: Run):
    lab.anthropic.reply_when(".", "The capital of France is Paris.")
    body = {"query": "What is the capital of France?", "request_id": "r1", "thread_id": "t"}
    told = await run(Name.QUERY, body=body, program="shop")
    (fact,) = await lab.company.books.read(lambda tx: audit.entries(tx, facts=frozenset({ANSWERED}), limit=9))
    assert fact.order_id == told["order_id"]
    assert fact.payload == {
        "status": "answered", "latency_ms": told["latency_ms"], "cost_micro": told["cost_micro"], "cached": False,
        "sources": [], "trace": told["trace_id"],
    }  # fmt: skip
    trace = await run(Name.TRACE, text=told["trace_id"], program="shop")
    assert trace["trace_id"] == told["trace_id"]
    steps = [one["step"] for one in trace["steps"]]
    for step in ("input", "gateway", "router", "AI", "response", "client update"):
        assert step in steps
    assert [one["after_ms"] for one in trace["steps"]] == sorted(one["after_ms"] for one in trace["steps"])
    assert any("anthropic/" in one["what"] for one in trace["steps"])

    calls = len(lab.anthropic.calls)
    assert await run(Name.QUERY, body=body, program="shop") == told, "the same request again is the same query"
    assert len(lab.anthropic.calls) == calls
    with pytest.raises(Refused, match="another question"):
        await run(Name.QUERY, body={**body, "query": "Something else?"}, program="shop")


@pytest.mark.settings(**NO_MODEL, NEXUS_HEARTBEAT__PROFILE_MS="1")
async def test_a_query_leaves_profile_samples_that_carry_its_id(lab: Lab, run: Run):
    await run(Name.POPULATE, body=POPULATE)
    told = await run(Name.QUERY, body=QUERY)
    profile = (await run(Name.TRACE, text=told["trace_id"]))["profile"]
    assert profile["trace_id"] == told["trace_id"]
    assert profile["every_ms"] == 1
    assert profile["samples"] == sum(line["running"] + line["waiting"] for line in profile["lines"]) > 0
    assert all(line["stack"][0] == "company/dispatch.py _one" for line in profile["lines"] if line["part"])
    assert any("Fulfilment._work" in name for line in profile["lines"] for name in line["stack"])
    said = json.dumps(profile)
    assert "orchestrator" not in said, "a profile names functions, never what they work on"
    other = await run(Name.QUERY, body={"query": "What is the core of the system?"})
    assert (await run(Name.TRACE, text=other["trace_id"]))["profile"]["trace_id"] == other["trace_id"]


@pytest.mark.settings(**NO_MODEL)
async def test_the_same_once_more_can_be_sent_twice_too(run: Run):
    """What a request is read as ("run it again": the last question) is no other question than the one it was sent as."""
    await run(Name.QUERY, body={"query": "How much is 6 * 7?", "thread_id": "t"})
    again = {"query": "run it again", "thread_id": "t", "request_id": "r2"}
    once, twice = [await run(Name.QUERY, body=again) for _ in range(2)]
    assert "42" in once["text"]
    assert (once["order_id"], once["text"]) == (twice["order_id"], twice["text"])
    with pytest.raises(Refused, match="another question"):
        await run(Name.QUERY, body={**again, "query": "How much is 6 * 8?"})


@pytest.mark.settings(**NO_MODEL)
async def test_who_is_put_out_of_a_project_gets_no_words_of_it_with_an_old_answer(lab: Lab, run: Run):
    office, where = lab.company.operations, ConversationKey(desk=Desk.CONSOLE, chat="x")
    board = await lab.company.board()
    assert board is not None
    await office.projects.make(board, "Apollo")
    await office.projects.let_in(board, "Apollo", "shop")
    (line,) = await office.projects.lines(board, where)
    owner = next(iter((await office.projects.standing(board, where)).projects))
    assert line.mine
    library = next(one for one in lab.company.departments if isinstance(one, LocalLibrary))
    await office.projects.use(board, where, "Apollo")
    await library.keep(
        "rocket.md", b"The rocket Cassiopeia starts from the pad at Kourou.", reader=where.reader(board.id)
    )
    asked = await run(Name.QUERY, body={"query": "Where does the rocket Cassiopeia start?"}, program="shop")
    assert "Kourou" in asked["citations"][0]["quote"]
    assert asked["citations"][0]["owner"] == f"project:{owner}"
    await office.projects.put_out(board, "Apollo", "shop")
    later = await run(Name.RESULT, text=asked["order_id"], program="shop")
    assert later["citations"][0]["withheld"]
    assert "Kourou" not in str(later["citations"])


async def test_who_does_not_wait_asks_for_the_result(lab: Lab, run: Run):
    lab.anthropic.reply_when(".", "The capital of France is Paris.")
    told = await run(Name.QUERY, body={"query": "What is the capital of France?", "wait_s": 0}, program="shop")
    assert told["status"] in ("working", "answered")
    assert told["thread_id"]
    await lab.until(lambda order: order.state in (State.READY, State.DELIVERED), told["order_number"])
    result = await run(Name.RESULT, text=told["order_id"], program="shop")
    assert (result["status"], result["text"]) == ("answered", "The capital of France is Paris.")
    assert (await lab.order(told["order_number"])).state is State.DELIVERED


@pytest.mark.settings(NEXUS_BUDGET__PER_PERSON_DAY="0.000001")
async def test_a_programs_money_is_capped_like_a_persons_and_the_board_is_asked(lab: Lab, run: Run):
    told = await run(Name.QUERY, body={"query": "What is the capital of France?"}, program="shop")
    assert (told["status"], told["reason"]) == ("waiting", "money")
    assert lab.anthropic.calls == []
    await lab.said("#1")


async def test_only_the_board_lends_itself_a_programs_name_and_strangers_are_none(lab: Lab, run: Run):
    with pytest.raises(Refused, match="no program"):
        await run(Name.QUERY, body={"query": "x"}, program="nobody")
    with pytest.raises(Refused, match="unknown field"):
        await run(Name.QUERY, body={"query": "x", "admin": True}, program="shop")
    with pytest.raises(Refused):
        await run(Name.POPULATE, body={"documents": ["x"]}, program="shop")  # a member keeps no documents
