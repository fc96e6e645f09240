"""Providers that are down, slow, wrong or unpaid for: who works instead, what the Board reads, what it costs."""

from __future__ import annotations

import json

import pytest

from company import attempts, audit
from company.records import Difficulty, State, Tier
from tests.fakes.models import Reply
from tests.flows.company import OWNER, Lab

QUESTION = "What is the capital of France?"
ANSWER = "The capital of France is Paris."
HARD_TO_TELL = "My flatmate and I share a garden; sketch something for it, please, nothing big."
HAIKU = "anthropic/claude-haiku-5-5"
LUNA = "openai/gpt-5.6-luna"
OPENAI = {"OPENAI_API_KEY": "sk-fake-openai", "NEXUS_ADMIN__ENABLED": "false"}
LOCAL = {
    "NEXUS_OLLAMA__ENABLED": "true", "NEXUS_EMPLOYEES__INTERN__FALLBACKS": '["ollama/qwen3:4b"]',
    "NEXUS_ADMIN__ENABLED": "false",
}  # fmt: skip
ADMIN = {"NEXUS_OLLAMA__ENABLED": "true", "NEXUS_ADMIN__MODEL": "ollama/qwen3:4b"}
ONE_DATABASE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what never touches the books in a way of its own."""


@pytest.mark.filterwarnings("ignore:Accessing the 'model_:DeprecationWarning")  # inside LiteLLM
@pytest.mark.settings(**OPENAI)
@pytest.mark.parametrize("fault", ["refused", "overloaded", "500", "429", "401"])
@ONE_DATABASE
async def test_the_fallback_works_and_is_shown(lab: Lab, fault: str):
    lab.openai.models.append("gpt-5.6-luna")
    lab.openai.reply_with(ANSWER)
    if fault == "refused":
        await lab.anthropic.down()
    else:
        lab.anthropic.faults.add(fault, "/v1/messages", times=None, retry_after=60)

    answer = await lab.ask(QUESTION)

    assert answer.text.startswith(ANSWER)
    assert f"stand-in for {HAIKU}" in answer.text
    tries = {"refused": 0, "overloaded": 3, "500": 3, "429": 1, "401": 1}[fault]
    assert len(lab.anthropic.calls) == tries, "a passing fault is tried again; a refused key and a long wait are not"
    order = await lab.until(lambda found: found.state is State.DELIVERED, 1)
    (attempt,) = await lab.company.books.read(attempts.of_order, order.id)
    assert attempt.model == LUNA
    charged = [row for row in await lab.ledger() if row.state == "charged"]
    assert [(row.provider, row.model, row.outcome) for row in charged] == [("openai", "gpt-5.6-luna", "ok")]
    (call,) = lab.openai.calls
    assert charged[0].charged_micro == -(-(call.tokens.input * 20 + call.tokens.output * 120) // 100)
    assert all(row.charged_micro == 0 for row in await lab.ledger() if row.provider == "anthropic")
    assert lab.openai.violations == []


@pytest.mark.settings(**LOCAL)
async def test_a_local_model_steps_in_for_nothing(lab: Lab):
    await lab.anthropic.down()
    lab.ollama.reply_with(ANSWER)
    answer = await lab.ask(QUESTION)
    assert answer.text.startswith(ANSWER)
    assert "Intern · $0.00" in answer.text
    assert f"stand-in for {HAIKU}" in answer.text
    assert lab.ollama.violations == []


@ONE_DATABASE
async def test_a_short_wait_is_waited_for(lab: Lab):
    """429 with a retry-after that is worth it: the same model, not before its time."""
    lab.anthropic.faults.add("429", "/v1/messages", retry_after=1)
    lab.anthropic.reply_when(".", ANSWER)
    answer = await lab.ask(QUESTION)
    assert answer.text.startswith(ANSWER)
    assert "stand-in" not in answer.text
    first, second = lab.anthropic.calls
    assert first.ended is not None
    assert second.at - first.ended >= 0.99


async def test_all_down_parks_and_goes_on_by_itself(lab: Lab):
    lab.anthropic.reply_when(".", ANSWER)
    await lab.anthropic.down()
    await lab.telegram.say(OWNER, QUESTION)
    await lab.said("#1 is kept")
    order = await lab.until(lambda found: found.state is State.WAITING, 1)
    assert order.waiting_for == "provider"
    status = await lab.ask("/status")
    assert "waiting: 1" in status.text

    await lab.anthropic.up()
    answer = await lab.telegram.next_answer(OWNER, 20)

    assert answer.text.startswith(ANSWER)
    assert "QA passed" in answer.text
    await lab.until(lambda found: found.state is State.DELIVERED, 1)
    assert len([shown for shown in lab.telegram.sent(OWNER) if "is kept" in shown.text]) == 1, "said once"
    assert sum(row.charged_micro > 0 for row in await lab.ledger()) == 1
    assert all(row.state in ("charged", "released") for row in await lab.ledger())


async def test_parked_through_a_restart(lab: Lab):
    lab.anthropic.reply_when(".", ANSWER)
    await lab.anthropic.down()
    await lab.telegram.say(OWNER, QUESTION)
    await lab.said("#1 is kept")
    await lab.close()
    await lab.anthropic.up()
    await lab.open()
    answer = await lab.telegram.next_answer(OWNER, 20)
    assert answer.text.startswith(ANSWER)
    assert len([shown for shown in lab.telegram.sent(OWNER) if "is kept" in shown.text]) == 1


@ONE_DATABASE
async def test_a_refused_key_is_named(lab: Lab):
    """Nothing is said to be out of reach that answered: the Board must learn that it is the key."""
    lab.anthropic.api_key = "sk-ant-another-key"
    await lab.telegram.say(OWNER, QUESTION)
    notice = await lab.said("#1 is kept")
    assert "key" in notice.text
    assert len(lab.anthropic.calls) == 1, "a refused key is not tried over and over"


async def test_a_stream_that_breaks_is_never_delivered(lab: Lab):
    long = "The capital of France is Paris, " + "on the river Seine, " * 40 + "and so it has been for long."
    lab.anthropic.reply_when(".", long)
    lab.anthropic.faults.add("cut", "/v1/messages", at_byte=2500)
    answer = await lab.ask(QUESTION)
    assert answer.text.startswith(long)
    assert [call.outcome for call in lab.anthropic.calls] == ["cut", "ok"]
    assert [shown for shown in lab.telegram.answers(OWNER) if "capital" in shown.text] == [answer]
    assert answer.edits == []
    broken, whole = await lab.ledger()
    assert broken.outcome == "ModelNonsense"
    assert 0 < broken.charged_micro < whole.charged_micro, "what had arrived is paid for"


@ONE_DATABASE
async def test_too_long_is_tried_smaller_then_higher(lab: Lab):
    lab.anthropic.faults.add("context", "/v1/messages", model="claude-haiku-5-5", times=None)
    lab.anthropic.reply_when(".", ANSWER)
    answer = await lab.ask(QUESTION)
    assert answer.text.startswith(ANSWER)
    assert "Director" in answer.text
    assert [call.model for call in lab.anthropic.calls] == ["claude-haiku-5-5"] * 2 + ["claude-sonnet-5-5"]


@ONE_DATABASE
async def test_too_long_for_all_is_said(lab: Lab):
    lab.anthropic.faults.add("context", "/v1/messages", times=None)
    answer = await lab.ask(QUESTION)
    assert "#1 could not be done" in answer.text
    assert "too long" in answer.text
    assert (await lab.order(1)).state is State.FAILED
    assert all(row.state == "released" for row in await lab.ledger())


async def test_a_refusal_climbs(lab: Lab):
    lab.anthropic.faults.add("refusal", "/v1/messages", model="claude-haiku-5-5", times=None)
    lab.anthropic.reply_when(".", ANSWER)
    answer = await lab.ask(QUESTION)
    assert answer.text.startswith(ANSWER)
    assert "Director" in answer.text
    assert [call.model for call in lab.anthropic.calls] == ["claude-haiku-5-5", "claude-sonnet-5-5"], "not asked twice"


@pytest.mark.settings(
    NEXUS_EMPLOYEES__INTERN__MODEL="openai/gpt-6-mini", NEXUS_EMPLOYEES__INTERN__FALLBACKS="[]", **OPENAI
)
async def test_a_model_without_a_price_is_refused(lab: Lab):
    await lab.telegram.say(OWNER, f"/intern {QUESTION}")
    answer = await lab.telegram.next_answer(OWNER, 20)
    assert '[prices."openai/gpt-6-mini"]' in answer.text
    assert "unknown_price" in answer.text
    assert (await lab.order(1)).state is State.REFUSED
    assert lab.openai.calls == []
    assert await lab.ledger() == []


def triage(**changed: object) -> str:
    """What a good Admin says."""
    judged = {
        "kind": "chat", "difficulty": "complex", "language": "en", "needs_documents": False, "brief": "",
        "why": "A plan with trade-offs.",
    }  # fmt: skip
    return json.dumps(judged | changed)


@pytest.mark.settings(**ADMIN)
async def test_the_admin_decides_through_ollama_for_nothing(lab: Lab):
    lab.ollama.answer = lambda ask: Reply(triage())
    answer = await lab.ask(HARD_TO_TELL)
    order = await lab.until(lambda found: found.state is State.DELIVERED, 1)
    assert order.assignment is not None
    assert (order.assignment.router, order.assignment.difficulty) == ("ollama/qwen3:4b", Difficulty.COMPLEX)
    assert order.tier is Tier.CEO
    assert "CEO" in answer.text
    (ask,) = lab.ollama.asks
    assert ask.schema is not None
    assert "enum" in json.dumps(ask.schema)
    admin = [row for row in await lab.ledger() if row.employee == "admin"]
    assert [(row.state, row.charged_micro, row.purpose) for row in admin] == [("charged", 0, "triage")]
    assert admin[0].input_tokens == lab.ollama.calls[0].tokens.input
    (fact,) = await lab.company.books.read(audit.entries, facts=frozenset({"order.assigned"}))
    assert fact.actor == "ollama/qwen3:4b"
    report = await lab.ask("/cost")
    assert "Admin" in report.text
    assert "$0.00" in report.text


@pytest.mark.settings(NEXUS_ADMIN__TIMEOUT_S="0.3", **ADMIN)
@pytest.mark.parametrize("trouble", ["absent", "hang", "banana", "out of range", "broken_json", "cut", "not_found"])
@ONE_DATABASE
async def test_without_the_admin_the_builtin_router_decides(lab: Lab, trouble: str):
    if trouble == "absent":
        await lab.ollama.down()
    elif trouble == "banana":
        lab.ollama.answer = lambda ask: Reply("banana")
    elif trouble == "out of range":
        lab.ollama.answer = lambda ask: Reply(triage(difficulty="cosmic"))
    else:
        lab.ollama.answer = lambda ask: Reply(triage())
        lab.ollama.faults.add(trouble, "/api/chat", times=None, at_byte=20)
    answer = await lab.ask(HARD_TO_TELL)
    assert "QA passed" in answer.text
    order = await lab.until(lambda found: found.state is State.DELIVERED, 1)
    assert order.assignment is not None
    assert order.assignment.router == "built-in"
    assert "admin-unavailable" in [reason.code for reason in order.assignment.reasons]
    assert order.assignment.elapsed_ms < 10_000, "the model would hang for longer; a busy machine takes its time too"
