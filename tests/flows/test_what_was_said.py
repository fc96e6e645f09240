"""What was said long ago comes back: in a brief, by a tool, from the Clerk; and goes for good when it is forgotten."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection

from company import audit
from company.clock import day_of
from company.config import OpenAISettings
from company.records import ConversationKey, Desk, Person, State
from company.schema import incoming, orders, outbox, turns
from knowledge.library import LocalLibrary
from knowledge.memory import Memory
from tests.fakes.models import Ask, Reply, ToolUse
from tests.flows.company import OWNER, PATIENCE_S, Lab, a_lab
from tests.unit.knowledge.talking import an_exchange

NO_MODEL = {"ANTHROPIC_API_KEY": "", "NEXUS_OPENAI__BASE_URL": OpenAISettings().base_url}
FACT = "My landlord is called Frau Kessler and her office is in Lindenstrasse 14."
OTHERS = ("Water the plants on Friday.", "The printer needs toner.", "Book a table for two.", "I like short answers.")


def chat() -> ConversationKey:
    return ConversationKey(desk=Desk.TELEGRAM, chat=str(OWNER))


async def tell(
    lab: Lab, person: Person, *texts: str, at: int | None = None, where: ConversationKey | None = None
) -> None:
    """Exchanges in the books as the house leaves them."""
    now = at or lab.company.clock.now()
    for offset, text in enumerate(texts):
        await lab.company.books.write(
            lambda tx, text=text, offset=offset: an_exchange(tx, now + offset, person, text, where=where or chat())
        )


def memory_of(lab: Lab) -> Memory:
    return next(one for one in lab.company.departments if isinstance(one, Memory))


async def remembered(lab: Lab) -> None:
    """The memory has all that the books have by now."""
    await memory_of(lab).catch_up()


async def again(lab: Lab) -> None:
    """The company is closed and opened on the same books."""
    await lab.close()
    await lab.open()
    await remembered(lab)


def prompt(ask: Ask) -> str:
    return str(ask.raw["messages"])


async def test_a_fact_from_long_ago_is_in_the_brief_after_sixty_exchanges_and_a_restart(lab: Lab):
    person = await board(lab)
    now = lab.company.clock.now()
    await tell(lab, person, FACT, at=now - 90 * 86_400_000)
    await tell(lab, person, *(f"{OTHERS[number % 4]} Note {number}." for number in range(60)))
    await again(lab)
    lab.anthropic.reply_with(Reply("Dear Frau Kessler, ..."))
    await lab.ask("Please write a polite letter to my landlord Frau Kessler about the heating.")
    said = prompt(lab.anthropic.asks[-1])
    day = day_of(now - 90 * 86_400_000)
    assert 'origin=\\"said earlier\\"' in said or 'origin="said earlier"' in said
    assert f"{day} " in said
    assert "Frau Kessler and her office is in Lindenstrasse 14" in said


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_the_running_conversation_ends_after_its_days_through_a_restart_too(lab: Lab):
    """Short-term memory has an age (`[work] history_days`); what is older has to fit to come back."""
    person, now = await board(lab), lab.company.clock.now()
    await tell(lab, person, "The tram was late, and I walked.", at=now - 31 * 86_400_000)
    await tell(lab, person, "The bakery was closed, so there is no bread.", at=now - 29 * 86_400_000)
    await again(lab)
    lab.anthropic.reply_with(Reply("Blue, since short waves are scattered most."))
    await lab.ask("Please explain in two sentences why the sky is blue on a clear day.")
    told = prompt(lab.anthropic.asks[-1])
    assert "bakery was closed" in told
    assert "tram was late" not in told


async def test_an_order_to_which_nothing_fits_is_told_nothing(lab: Lab):
    person = await board(lab)
    await tell(lab, person, FACT, at=lab.company.clock.now() - 90 * 86_400_000)
    await remembered(lab)
    lab.anthropic.reply_with(Reply("Gravity pulls."))
    await lab.ask("Explain briefly why apples fall from trees.")
    assert "said earlier" not in prompt(lab.anthropic.asks[-1])


async def board(lab: Lab) -> Person:
    found = await lab.company.board()
    assert found is not None
    return found


QUESTIONS = {
    "en": (
        "What did I tell you about the landlord?",
        "you said",
        "Nothing of that",
        "What did I tell you about the dentist?",
    ),
    "fr": ("Que t'ai-je dit sur la chaudière ?", "vous avez dit", "Rien de tel", "Que t'ai-je dit sur le dentiste ?"),
    "de": (
        "Was habe ich dir über den Mietvertrag gesagt?",
        "haben Sie gesagt",
        "nicht die Rede",
        "Was habe ich dir über den Zahnarzt gesagt?",
    ),
    "es": ("¿Qué te dije sobre la bicicleta?", "usted dijo", "no se ha dicho nada", "¿Qué te dije sobre el dentista?"),
    "ru": (
        "Что я тебе говорил о велосипеде?",
        "вы сказали",
        "ничего не говорилось",
        "Что я тебе говорил о зубном враче?",
    ),
    "zh": ("我跟你说过自行车的什么事？", "您说过", "没有说过", "我跟你说过牙医的什么事？"),
}
SAID = {
    "en": FACT, "fr": "La chaudière a été réparée par Thermo.", "de": "Der Mietvertrag läuft bis Ende 2027.",
    "es": "La bicicleta roja está en el sótano.", "ru": "Мой велосипед стоит в подвале.", "zh": "我的自行车放在地下室。",
}  # fmt: skip


async def test_without_a_model_the_clerk_answers_with_day_and_source_in_six_languages(tmp_path: Path):
    async with a_lab(tmp_path, **NO_MODEL) as lab:
        await lab.open()
        await lab.pair()
        person = await board(lab)
        then = lab.company.clock.now() - 40 * 86_400_000
        await tell(lab, person, *SAID.values(), at=then)
        await again(lab)
        for language, (question, form, none, absent) in QUESTIONS.items():
            said = await lab.ask(question)
            assert form in said.text, (language, said.text)
            assert day_of(then) in said.text
            assert SAID[language].rstrip(".。") in said.text
            assert "could not be verified" not in said.text
            assert none in (await lab.ask(absent)).text, language
        assert not lab.anthropic.calls
        number = (await lab.orders())[-1].number
        assert number == len(SAID) + 2 * len(QUESTIONS)


async def test_a_time_filters_and_another_time_is_said(tmp_path: Path):
    async with a_lab(tmp_path, **NO_MODEL) as lab:
        await lab.open()
        await lab.pair()
        person = await board(lab)
        now = lab.company.clock.now()
        await tell(lab, person, "We take the blue paint for the kitchen.", at=now - 86_400_000)
        await tell(lab, person, "The kitchen shall be painted in green.", at=now - 200 * 86_400_000)
        await remembered(lab)
        said = (await lab.ask("What did I say about the kitchen yesterday?")).text
        assert "blue paint" in said
        assert "green" not in said
        said = (await lab.ask("What did we decide yesterday?")).text
        assert "blue paint" in said
        assert "green" not in said
        said = (await lab.ask("What did I say about the kitchen two days ago?")).text
        assert "at that time" in said


async def test_the_sources_of_what_was_said_open(tmp_path: Path):
    async with a_lab(tmp_path, **NO_MODEL) as lab:
        await lab.open()
        await lab.pair()
        await tell(lab, await board(lab), FACT)
        await remembered(lab)
        said = await lab.ask("What did I tell you about the landlord?")
        await lab.telegram.press(OWNER, said.message_id, text="Sources")
        opened = await lab.said("💬 Telegram", "Lindenstrasse")
        assert "Ada" in opened.text or "Board" in opened.text


async def test_one_search_finds_documents_and_what_was_said(lab: Lab):
    (lab.root / "documents" / "lease.md").write_text("# Lease\n\nThe landlord must repair the heating.\n")
    await tell(lab, await board(lab), FACT)
    await tell(
        lab,
        await board(lab),
        "The landlord rang about the heating.",
        where=ConversationKey(desk=Desk.CONSOLE, chat="0"),
    )
    await remembered(lab)
    await next(one for one in lab.company.departments if isinstance(one, LocalLibrary)).sync()
    said = (await lab.ask("/knowledge search landlord heating")).text
    assert "lease.md" in said
    assert "💬 Console" in said
    assert "rang about the heating" in said


async def test_the_tool_searches_what_was_said(lab: Lab):
    person = await board(lab)
    await tell(lab, person, FACT, at=lab.company.clock.now() - 50 * 86_400_000)
    await remembered(lab)
    lab.anthropic.reply_with(
        Reply(tool_uses=(ToolUse("search_memory", {"query": "landlord office street"}),)), Reply("Lindenstrasse 14.")
    )
    await lab.ask(
        "Please compare three ways in which one could send papers to an office, with costs and time for each."
    )
    results = [result for ask in lab.anthropic.asks for result in ask.tool_results]
    assert any("Lindenstrasse 14" in result and person.name in result for result in results)


async def words_left(lab: Lab, *needles: str) -> list[str]:
    """Where in the books and in the data folder the words still stand."""

    def read(tx: Connection) -> list[str]:
        found = []
        for table in (orders, incoming, outbox, turns):
            for row in tx.execute(table.select()):
                found += [
                    f"{table.name}: {value!r}"
                    for value in row
                    if isinstance(value, str) and any(n in value for n in needles)
                ]
        return found

    return await lab.company.books.read(read)


def on_disk(folder: Path, needle: str) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and needle.encode() in path.read_bytes()]


async def test_forget_by_words_shows_what_goes_and_a_press_takes_it_out_everywhere(lab: Lab):
    lab.anthropic.reply_with(Reply("I will keep it in mind: zebra-771."), Reply("Blue, mostly."))
    await lab.ask("The code of the safe behind the picture is zebra-771, remember it.")
    await lab.until(lambda order: order.state is State.DELIVERED, 1)
    await lab.ask("What colour is the sky on a clear day?")
    await lab.until(lambda order: order.state is State.DELIVERED, 2)
    await remembered(lab)
    assert "zebra-771" in (await lab.ask("/knowledge find code of the safe")).text
    shown = await lab.ask("/forget safe picture")
    assert "zebra-771" in shown.text, shown.text
    assert "#2" not in shown.text, shown.text
    await lab.telegram.press(OWNER, shown.message_id, text="Forget")
    await lab.toast()
    await lab.telegram.wait_for(
        lambda: "Forgotten" in next(s.text for s in lab.telegram.sent(OWNER) if s.message_id == shown.message_id),
        PATIENCE_S,
    )
    assert (await lab.order(1)).text == "(forgotten)"
    assert await words_left(lab, "zebra-771") == []
    await remembered(lab)
    left = await memory_of(lab).recall("safe behind the picture code", reader=(await board(lab)).id)
    assert all("zebra" not in one.words for one in left)
    lab.anthropic.reply_with(Reply("I do not know."))
    await lab.ask("Please tell me again: which code has the safe behind the picture?")
    assert "zebra-771" not in prompt(lab.anthropic.asks[-1])
    entries = await lab.company.books.read(audit.entries, fact="exchange.forgotten")
    assert [(one.order_id, one.payload) for one in entries] == [((await lab.order(1)).id, {})]
    if lab.company.books.dialect == "sqlite":
        assert await asyncio.to_thread(on_disk, lab.root / "data", "zebra-771") == []


async def test_forget_by_reply_and_nobody_elses(lab: Lab):
    answer = await lab.ask("My shoe size is 43 and a half.")
    await lab.until(lambda order: order.state is State.DELIVERED, 1)
    shown = await lab.ask("/forget", reply_to=answer.message_id)
    assert "#1" in shown.text
    await lab.telegram.press(OWNER, shown.message_id, text="Forget")
    await lab.toast()
    assert (await lab.order(1)).answer == "(forgotten)"
    assert "shoe size" not in str(await words_left(lab, "shoe size"))
    assert "Nothing" in (await lab.ask("/forget shoe size")).text


@pytest.mark.settings(NEXUS_MEMORY__ENABLED="false")
async def test_switched_off_nothing_is_kept(lab: Lab):
    await tell(lab, await board(lab), FACT, where=ConversationKey(desk=Desk.CONSOLE, chat="0"))
    await remembered(lab)
    assert not (lab.root / "data" / "memory.db").exists()
    lab.anthropic.reply_with(Reply("Dear ..."))
    await lab.ask("Please write a polite letter to my landlord Frau Kessler about the heating.")
    assert "Lindenstrasse" not in prompt(lab.anthropic.asks[-1])
