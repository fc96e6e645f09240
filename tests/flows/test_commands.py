"""Every command, as a command and in plain words, in three languages, each held against the books."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from company import audit
from company.money import dollars
from company.records import State, Tier
from tests.fakes.models import Reply
from tests.flows.company import OWNER, Lab
from tests.stopwatch import Stopwatch

QUESTION = "What is the capital of France?"
ANSWER = "The capital of France is Paris."
LONG = "Paris lies on the Seine and has many bridges. " * 200

WORDS = {
    "help": {"en": "what can you do?", "fr": "que peux-tu faire ?", "ru": "что ты умеешь?"},
    "status": {"en": "what are you working on?", "fr": "que fais-tu ?", "ru": "чем занимаешься?"},
    "cost": {"en": "what did this cost?", "fr": "combien ça a coûté ?", "ru": "сколько это стоило?"},
    "audit": {"en": "show the audit", "fr": "montre l'audit", "ru": "покажи аудит"},
    "audit verify": {"en": "verify the audit", "fr": "vérifie l'audit", "ru": "проверь аудит"},
    "new": {"en": "start over", "fr": "nouvelle conversation", "ru": "новый разговор"},
    "settings": {"en": "settings", "fr": "réglages", "ru": "настройки"},
    "stop": {"en": "stop", "fr": "arrête", "ru": "стоп"},
    "escalate": {"en": "ask your boss", "fr": "demande à ton chef", "ru": "спроси начальника"},
}
SIGNS = {
    "help": {"en": "What I understand", "fr": "Ce que je comprends", "ru": "Что я понимаю"},
    "new": {"en": "A new conversation", "fr": "Une nouvelle conversation", "ru": "Начинается новый разговор"},
    "settings": {"en": "Settings", "fr": "Réglages", "ru": "Настройки"},
    "stop": {"en": "Nothing is being worked on", "fr": "Rien n'est en cours", "ru": "ничего не делается"},
    "start": {"en": "Hello Ada", "fr": "Bonjour Ada", "ru": "Здравствуй, Ada"},
}
LANGUAGES = ("en", "fr", "ru")
NAMES = {"en": "English", "fr": "Français", "ru": "Русский"}


async def speak(lab: Lab, language: str) -> None:
    """Choose a language as a person does: with the button under /settings."""
    if language == "en":
        return
    shown = await lab.ask("/settings")
    await lab.telegram.press(OWNER, shown.message_id, text=NAMES[language])
    await lab.telegram.wait_for(lambda: f"✓ {NAMES[language]}" in [b["text"] for b in shown.buttons], 10)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_commands_and_plain_words_say_the_same_truth(lab: Lab, language: str):
    lab.anthropic.reply_when(".", ANSWER)
    await speak(lab, language)
    await lab.ask(QUESTION)
    await lab.until(lambda found: found.state is State.DELIVERED, 1)
    calls = len(lab.anthropic.calls)

    assert SIGNS["start"][language] in (await lab.ask("/start")).text
    for name in ("help", "settings", "stop", "new"):
        for said in (f"/{name}", WORDS[name][language]):
            assert SIGNS[name][language] in (await lab.ask(said)).text, said

    cost = dollars(sum(row.charged_micro for row in await lab.ledger()))
    for said in ("/cost", WORDS["cost"][language]):
        answer = await lab.ask(said)
        assert cost in answer.text.partition("\n")[0], said
        assert "Intern (anthropic/claude-haiku-5-5)" in answer.text
        assert "$5.00" in answer.text
    for said in ("/status", WORDS["status"][language]):
        answer = await lab.ask(said)
        assert f"#1 {QUESTION}" in answer.text, said
        assert cost in answer.text
    for said in ("/audit 50", WORDS["audit"][language]):
        answer = await lab.ask(said)
        total = await lab.company.books.read(audit.count)
        assert str(total) in answer.text.partition("\n")[0], said
        assert "answer.delivered" in answer.text
    for said in ("/audit verify", WORDS["audit verify"][language]):
        answer = await lab.ask(said)
        assert answer.text.startswith("✅"), said
        assert (await lab.company.books.read(audit.tip))[1][:16] in answer.text
        assert str(await lab.company.books.read(audit.count)) in answer.text
    assert len(lab.anthropic.calls) == calls, "none of it costs a token"
    assert [row.number for row in await lab.orders()] == [1], "none of it is an order"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_escalate_the_last_in_plain_words(lab: Lab, language: str):
    await speak(lab, language)
    lab.anthropic.answer = lambda ask: Reply(f"Paris, says {ask.model}.")
    await lab.ask(QUESTION)
    await lab.telegram.say(OWNER, WORDS["escalate"][language])
    answer = await lab.telegram.next_answer(OWNER, 20, where=lambda shown: "says" in shown.text)
    assert "claude-sonnet-5-5" in answer.text
    order = await lab.until(lambda found: found.state is State.DELIVERED, 2)
    assert (order.tier, order.parent_id) == (Tier.DIRECTOR, (await lab.order(1)).id)


async def test_escalate_the_named_the_replied_to_and_the_top(lab: Lab):
    lab.anthropic.answer = lambda ask: Reply(f"{ask.model} says: {ask.text[-60:]}")
    first = await lab.ask(QUESTION)
    second = await lab.ask("What is the capital of Peru?")

    def by(model: str, city: str):
        return lambda shown: shown.text.startswith(model) and city in shown.text

    await lab.telegram.say(OWNER, "/escalate #1")
    await lab.telegram.next_answer(OWNER, 20, where=by("claude-sonnet-5-5", "France"))
    await lab.telegram.say(OWNER, "/escalate", reply_to=first.message_id)
    await lab.telegram.next_answer(OWNER, 20, where=by("claude-opus-5-5", "France"))
    refused = await lab.ask("/escalate")
    assert "nobody stands above" in refused.text
    await lab.telegram.press(OWNER, second.message_id, text="Escalate", repeated=1)
    await lab.telegram.next_answer(OWNER, 20, where=by("claude-sonnet-5-5", "Peru"))
    assert "no such order" in (await lab.ask("/escalate #99")).text
    assert len(await lab.orders()) == 5, "a press that came twice is one order"


async def test_escalate_a_running_order(lab: Lab):
    """Whoever works on it puts it down; the next one begins at once, and one answer comes."""
    lab.anthropic.reply_with(Reply(LONG, pause_s=0.05))
    lab.anthropic.reply_when(".", ANSWER)
    await lab.telegram.say(OWNER, QUESTION)
    await lab.anthropic.wait_for(lambda: lab.anthropic.calls and lab.anthropic.calls[0].sent > 500)
    await lab.telegram.say(OWNER, "/escalate")
    answer = await lab.telegram.next_answer(OWNER, 20, where=lambda shown: "#1 ·" in shown.text)
    assert answer.text.startswith(ANSWER)
    assert "Director" in answer.text
    assert [call.model for call in lab.anthropic.calls] == ["claude-haiku-5-5", "claude-sonnet-5-5"]
    assert [row.number for row in await lab.orders()] == [1]
    stopped, _ = await lab.ledger()
    assert stopped.outcome == "stopped"
    assert stopped.charged_micro > 0


async def test_stop_ends_a_stream_within_two_seconds(lab: Lab):
    lab.anthropic.reply_with(Reply(LONG, pause_s=0.05))
    await lab.telegram.say(OWNER, QUESTION)
    await lab.anthropic.wait_for(lambda: lab.anthropic.calls and lab.anthropic.calls[0].sent > 1500)
    watch = Stopwatch()
    await lab.telegram.say(OWNER, "stop")
    said = await lab.telegram.next_answer(OWNER, 20)
    assert "Stopped. Order #1" in said.text
    assert watch.seconds < 2
    call = lab.anthropic.calls[0]
    await lab.anthropic.wait_for(lambda: call.ended is not None)
    assert watch.seconds < 2
    assert call.outcome != "ok"
    assert (await lab.order(1)).state is State.STOPPED
    (row,) = await lab.ledger()
    assert (row.state, row.outcome) == ("charged", "stopped")
    assert 0 < row.output_tokens < len(LONG) // 4
    assert dollars(row.charged_micro) in (await lab.ask("/cost")).text
    assert not [shown for shown in lab.telegram.answers(OWNER) if "Seine" in shown.text]


@pytest.mark.parametrize(
    "tampering",
    [
        "update audit set payload = replace(payload, 'trivial', 'complex') where fact = 'order.assigned'",
        "delete from audit where fact = 'answer.inspected'",
        "update audit set actor = 'somebody' where number = (select max(number) from audit)",
        "delete from audit where number > 4",
    ],
)
async def test_tampering_is_told(lab: Lab, tampering: str):
    """Any edit, a gap, and a cut before the last anchor."""
    await lab.ask(QUESTION)
    await lab.until(lambda found: found.state is State.DELIVERED, 1)
    await lab.company.pulse._anchoring.anchor()  # by itself it does so at its hour, which may be hours away
    assert (await lab.ask("/audit verify")).text.startswith("✅")
    await lab.company.books.write(lambda tx: tx.execute(text(tampering)))
    answer = await lab.ask("/audit verify")
    assert answer.text.startswith("⛔ The record was changed")


async def test_settings_change_the_language_at_once(lab: Lab):
    await speak(lab, "ru")
    assert "Язык: Русский" in (await lab.ask("/settings")).text
    await lab.close()
    await lab.open()
    assert "Что я понимаю" in (await lab.ask("/help")).text


async def test_an_unknown_command_says_so(lab: Lab):
    assert "I don't know /frobnicate" in (await lab.ask("/frobnicate now")).text
    assert await lab.orders() == []


async def test_the_record_names_people(lab: Lab):
    lab.anthropic.reply_with("Paris.")
    await lab.ask("What is the capital of France?")
    assert "order.accepted Ada" in (await lab.ask("/audit")).text
