"""The command line as a person or a script uses it: against a running company, and where none runs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import text

from company.instance import InstanceLock
from company.money import dollars
from company.records import State
from tests.fakes.anthropic import FakeAnthropic
from tests.fakes.models import Reply
from tests.flows.company import Lab
from tests.flows.process import begin, checkout, command
from tests.unit.knowledge.converting import making

QUESTION = "What is the capital of France?"
ANSWER = "The capital of France is Paris."
ONE_DATABASE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
async def company(lab: Lab) -> Lab:
    """The open company of a lab; it holds its folder as `nexus run` does."""
    assert await asyncio.to_thread(InstanceLock(lab.root / "data").held_elsewhere)
    return lab


async def test_ask_a_running_company(company: Lab):
    """The answer on stdout and nothing else; the receipt on stderr; one order, delivered, of the Board."""
    company.anthropic.reply_when(".", ANSWER)
    ended = await command(company.root, "ask", QUESTION)
    assert (ended.code, ended.out.strip()) == (0, ANSWER)
    assert "#1 · Intern · $" in ended.err
    assert "QA passed" in ended.err
    order = await company.until(lambda found: found.state is State.DELIVERED, 1)
    assert order.conversation.desk == "console"
    assert len(company.anthropic.calls) == 1

    cost = dollars(sum(row.charged_micro for row in await company.ledger()))
    assert cost in (await command(company.root, "cost")).out
    assert cost in (await command(company.root, "cost", "all")).out
    status = (await command(company.root, "status")).out
    assert "1 order today" in status
    assert "Intern" in status
    audit = (await command(company.root, "audit", "--order", "1")).out
    assert "answer.delivered" in audit
    exported = [json.loads(line) for line in (await command(company.root, "audit", "export")).out.splitlines()]
    assert [entry["number"] for entry in exported] == list(range(1, len(exported) + 1))
    assert (await command(company.root, "audit", "verify")).code == 0

    await company.company.books.write(lambda tx: tx.execute(text("update audit set actor = 'x' where number = 3")))
    ended = await command(company.root, "audit", "verify")
    assert ended.code == 1
    assert "changed" in ended.out
    assert "Traceback" not in ended.err


@ONE_DATABASE
async def test_a_question_that_fails_is_no_success(company: Lab):
    company.anthropic.faults.add("context", "/v1/messages", times=None)
    ended = await command(company.root, "ask", QUESTION)
    assert ended.code != 0
    assert "too long" in ended.out + ended.err
    assert "Traceback" not in ended.err


@ONE_DATABASE
async def test_chat_from_a_pipe(company: Lab):
    """Line by line, in order, with receipts; commands work; the end of the input ends it."""
    company.anthropic.answer = lambda ask: Reply(f"Answer to {ask.text.strip()[-9:]}")
    said = "What is the capital of Peru?\n/cost\nWhat is the capital of Cuba?\n"
    ended = await command(company.root, "chat", given=said)
    assert ended.code == 0, ended.err
    text = ended.out + ended.err
    assert ended.out.index("of Peru?") < ended.out.index("of Cuba?")
    assert "#1 · Intern" in text
    assert "#2 · Intern" in text
    assert "$0.00" in text
    assert [row.state for row in await company.orders()] == ["delivered"] * 2
    assert "Traceback" not in ended.err


@ONE_DATABASE
async def test_quality_from_the_chat(company: Lab):
    """What QA demands is read and changed, an answer is rated, and what passed and was bad is a miss."""
    company.anthropic.answer = lambda ask: Reply("The capital of Peru is Lima, which lies by the sea.")
    said = (
        "What is the capital of Peru?\n/why\n/bad\n/qa misses\n/qa set chat max_words 300\n/qa set chat max_wrods 3\n"
        "/qa chat\n/qa back chat\n"
    )
    ended = await command(company.root, "chat", given=said)
    assert ended.code == 0, ended.err
    text = " ".join((ended.out + ended.err).replace("*", "").replace("`", "").split())
    assert "Attempt 1, Intern" in text
    assert "1 of 1 passed answers got a 👎" in text
    assert "chat is version 3 now: format.max_words is 300" in text
    assert "Did you mean format.max_words?" in text
    assert "format.max_words: 300" in text
    assert "version 3 is taken back" in text


@ONE_DATABASE
async def test_the_answer_comes_piece_by_piece(company: Lab):
    """What the model has said is on the screen while it still speaks."""
    words = " ".join(f"word{number}" for number in range(60)) + "."
    company.anthropic.reply_with(Reply(words, pieces=10, pause_s=0.05))
    process = await begin(company.root, "chat", stdin=True)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{QUESTION}\n".encode())
    heard = b""
    async with asyncio.timeout(20):
        while b"word3" not in heard:
            piece = await process.stdout.read(64)
            assert piece
            heard += piece
    streamed = company.anthropic.calls[0].ended is None
    process.stdin.close()
    async with asyncio.timeout(20):
        rest = await process.stdout.read()
        await process.wait()
    if process.stderr is not None:
        await process.stderr.read()
    whole = " ".join((heard + rest).decode().split())
    assert whole.count("word59") == 1, "said once"
    assert streamed
    assert process.returncode == 0


async def test_without_a_running_company(tmp_path: Path):
    """The command opens the company for itself, and leaves the folder free."""
    root = checkout(tmp_path)
    async with FakeAnthropic() as anthropic:
        anthropic.reply_when(".", ANSWER)
        keys = {"ANTHROPIC_API_KEY": anthropic.api_key, "NEXUS_ANTHROPIC__BASE_URL": anthropic.url}
        ended = await command(root, "ask", QUESTION, **keys)
        assert (ended.code, ended.out.strip()) == (0, ANSWER)
        ended = await command(root, "status", **keys)
        assert ended.code == 0
        assert "1 order today" in ended.out
        assert "$" in (await command(root, "cost", "all", **keys)).out
        assert (await command(root, "audit", "verify", **keys)).code == 0
        assert not await asyncio.to_thread(InstanceLock(root / "data").held_elsewhere)
    ended = await command(root, "ask", "thanks!")
    assert ended.code == 0
    assert "Clerk · $0.00" in ended.err


async def test_a_command_that_is_none(tmp_path: Path):
    ended = await command(checkout(tmp_path), "frobnicate")
    assert ended.code == 2
    assert "invalid choice" in ended.err
    assert "Traceback" not in ended.err
    assert not (tmp_path / "data").exists()


async def test_a_pdf_is_ingested_and_its_page_is_cited(tmp_path: Path):
    """The newcomer's path without an account: hand in a PDF, search it, ask, read the page in the citation."""
    root = checkout(tmp_path)
    (tmp_path / "papers").mkdir()
    pages = [making.prose("The flat has three rooms."), making.prose("The rent is 900 euros a month.")]
    (tmp_path / "papers" / "lease.pdf").write_bytes(making.pdf(pages))
    (tmp_path / "papers" / "broken.pdf").write_bytes(b"%PDF-1.7")
    ended = await command(root, "ingest", "papers")
    assert ended.code == 1
    assert "✖ broken.pdf can't be used: it is damaged, or not a PDF." in ended.out
    assert "1 document, 2 passages; 1 not read" in ended.out
    found = await command(root, "search", "how", "much", "is", "the", "rent?")
    assert (found.code, "lease.pdf · page 2\nThe rent is 900 euros a month." in found.out) == (0, True), found
    answer = await command(root, "ask", "How much is the rent in the lease?")
    assert "The rent is 900 euros a month. [1]" in answer.out
    assert "lease.pdf · page 2" in answer.out + answer.err
    assert (await command(root, "ingest", "nowhere")).err.startswith("nexus: There is nothing at ")
    assert (await command(root, "search", "submarines")).code == 1
