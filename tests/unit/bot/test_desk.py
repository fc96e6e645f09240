"""The desk end to end against the fake Bot API: in, out, commands, presses, strangers."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import Connection, select

from bot import desk, notes, outbox
from bot.outbox import Dress
from company import people, work_orders
from company.records import Button, Citation, Origin, Role, State, Tier
from company.schema import desk_notes, incoming
from company.secrets import Secret
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, answer, at_work, facts

STRANGER = 666


async def test_a_message_becomes_an_order_and_its_answer_comes_back(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await fake.say(OWNER, "What is 2+2?")
    await fake.wait_for(lambda: reception.office.accepted)
    request = reception.office.accepted[0]
    assert (request.text, request.person.name, request.conversation.chat) == ("What is 2+2?", "Ada", str(OWNER))
    assert json.loads(request.raw)["message"]["text"] == "What is 2+2?"
    await fake.wait_for(lambda: list(fake.reactions.values()) == [["👀"]])
    order = await reception.books.read(work_orders.by_number, 1)
    assert order is not None
    await answer(reception.books, reception.clock, reception.delivery, order, "It is **four**.")
    shown = await fake.next_answer(OWNER)
    assert shown.text == "It is four.\n\n#1 · Intern · $0.0031 · 2.4 s · QA passed"
    assert [entity["type"] for entity in shown.entities] == ["bold", "italic"]
    assert [button["text"] for button in shown.buttons] == ["Sources", "Escalate", "👍", "👎"]
    assert shown.params["link_preview_options"] == {"is_disabled": True}
    await fake.wait_for(lambda: list(fake.reactions.values()) == [["👌"]])
    after = await reception.books.read(work_orders.get, order.id)
    assert after is not None
    assert after.state is State.DELIVERED


async def test_a_stranger_hears_nothing_and_costs_one_row(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    for text in ("hello", "/start", "/status", "stop"):
        await fake.say(STRANGER, text)
    await fake.say(OWNER, "hello")
    await fake.wait_for(lambda: reception.office.accepted)
    assert reception.office.strangers == {str(STRANGER): 4}
    assert fake.sent(STRANGER) == []
    assert [call.method for call in fake.calls if call.chat_id == STRANGER] == []
    assert (await facts(reception.books)).count("stranger.turned_away") == 1


async def test_a_stranger_in_a_group_of_the_owner_is_nobody(reception: Reception) -> None:
    fake = reception.fake
    fake.add_group(-100_500_000_000_001, "Family", OWNER, STRANGER)
    await reception.start()
    await reception.desk.until_known()
    group = -100_500_000_000_001
    await fake.say(STRANGER, "@nexus_test_bot what is the budget?", group)
    await fake.say(OWNER, "just talking", group)
    await fake.say(OWNER, "@nexus_test_bot what is the budget?", group)
    await fake.wait_for(lambda: reception.office.accepted)
    assert [request.text for request in reception.office.accepted] == ["what is the budget?"]
    assert reception.office.strangers == {str(STRANGER): 1}
    assert fake.sent(group) == []


async def test_pairing_by_code_and_its_limit(reception: Reception) -> None:
    code = await reception.books.write(people.issue_code, reception.clock.now(), Role.MEMBER, by="test")
    await reception.start()
    fake = reception.fake
    for _ in range(12):
        await fake.say(STRANGER, "/start WRONGCODE12", language_code="de")
    await fake.say(OWNER, "hello")
    await fake.wait_for(lambda: reception.office.accepted and len(fake.sent(STRANGER)) >= 10)
    assert len(fake.sent(STRANGER)) == 10
    assert fake.sent(STRANGER)[0].text.startswith("Dieser Code ist falsch")
    await fake.say(777, f"/start {code}", first_name="Bob", language_code="fr")
    welcome = await fake.next_answer(777)
    assert welcome.text.startswith("Bienvenue, Bob. Tu es maintenant membre de NEXUS.")
    await fake.say(777, "Bonjour, quel temps fait-il ?")
    await fake.wait_for(lambda: len(reception.office.accepted) == 2)


async def test_commands_answer_in_words_and_by_name(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    for text, wanted in (
        ("/status", "NEXUS 0.1.0 · up 93 s"),
        ("What did this cost?", "Cost, today: $0.0031"),
        ("/cost week", "Cost, week: $0.0031"),
        ("wie viel hat das gekostet?", "Cost, today"),
        ("/audit verify", "✅ The record is whole"),
        ("/audit 3", "Audit, rows: "),
        ("/settings", "Language: English"),
        ("/help", "What I understand"),
        ("帮助", "What I understand"),
        ("/stop", "Nothing is being worked on here."),
        ("停", "Nothing is being worked on here."),
        ("/new", "A new conversation begins."),
        ("/ceo", "Write the question behind the command: /ceo …"),
        ("/nonsense", "I don't know /nonsense."),
        ("/start", "Hello Ada."),
    ):
        await fake.say(OWNER, text)
        shown = await fake.next_answer(OWNER)
        assert wanted in shown.text, text
    assert reception.office.accepted == []


async def test_an_employee_can_be_named(reception: Reception) -> None:
    await reception.start()
    await reception.fake.say(OWNER, "/ceo Shall we buy it?")
    await reception.fake.say(OWNER, "Director: and how?")
    await reception.fake.wait_for(lambda: len(reception.office.accepted) == 2)
    named = [(request.tier, request.text) for request in reception.office.accepted]
    assert named == [(Tier.CEO, "Shall we buy it?"), (Tier.DIRECTOR, "and how?")]


async def test_forwarded_and_replied_text_is_data_and_never_a_command(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await fake.say(OWNER, "/stop", forwarded_from="Mallory")
    await fake.say(OWNER, "status", forwarded_from="Mallory")
    await fake.wait_for(lambda: len(reception.office.accepted) == 2)
    first = reception.office.accepted[0]
    assert first.text == "Please look at the forwarded text."
    assert [(block.origin, block.text, block.source) for block in first.blocks] == [
        (Origin.FORWARDED, "/stop", "Mallory")
    ]
    original = fake.messages(OWNER)[0]
    await fake.say(OWNER, "what about this?", reply_to=original.message_id, quote="/sto")
    await fake.wait_for(lambda: len(reception.office.accepted) == 3)
    assert [(b.origin, b.text) for b in reception.office.accepted[2].blocks] == [(Origin.QUOTED, "/sto")]


async def test_a_reply_to_an_answer_names_its_order(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await fake.say(OWNER, "first question")
    await fake.wait_for(lambda: reception.office.accepted)
    order = await reception.books.read(work_orders.by_number, 1)
    assert order is not None
    await answer(reception.books, reception.clock, reception.delivery, order, "Answer.")
    shown = await fake.next_answer(OWNER)
    await fake.say(OWNER, "and then?", reply_to=shown.message_id)
    await fake.wait_for(lambda: len(reception.office.accepted) == 2)
    assert reception.office.accepted[1].reply_to_order == order.id
    await fake.say(OWNER, "/escalate", reply_to=shown.message_id)
    told = await fake.next_answer(OWNER)
    assert told.text == "Order #1 goes to the CEO."
    assert reception.office.escalations == [order.id]


async def test_a_video_is_not_opened_and_its_words_are_taken(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await fake.send_file(OWNER, b"x", "a.mp4", "video/mp4", kind="video", caption="What is this?")
    assert "I have taken the text" in (await fake.next_answer(OWNER)).text
    assert [request.text for request in reception.office.accepted] == ["What is this?"]


async def test_a_long_answer_comes_in_parts_with_the_receipt_under_the_last(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await fake.say(OWNER, "tell me everything")
    await fake.wait_for(lambda: reception.office.accepted)
    order = await reception.books.read(work_orders.by_number, 1)
    assert order is not None
    text = "\n\n".join(f"**Chapter {n}** " + "word 😀 " * 100 for n in range(12))
    await answer(reception.books, reception.clock, reception.delivery, order, text)
    last = await fake.next_answer(OWNER)
    parts = fake.sent(OWNER)
    assert len(parts) == 3
    assert last is parts[-1]
    assert "".join(p.text for p in parts).count("Chapter") == 12
    assert last.text.endswith("QA passed")
    assert [bool(part.buttons) for part in parts] == [False] * (len(parts) - 1) + [True]


LONG = "\n\n".join(f"**Chapter {n}** " + "word 😀 " * 100 for n in range(40))


async def long_answer(reception: Reception) -> None:
    await reception.fake.say(OWNER, "tell me everything")
    await reception.fake.wait_for(lambda: reception.office.accepted)
    order = await reception.books.read(work_orders.by_number, 1)
    assert order is not None
    await answer(reception.books, reception.clock, reception.delivery, order, LONG)


async def test_an_answer_of_more_than_three_messages_is_a_file_and_its_beginning(reception: Reception) -> None:
    await reception.start()
    await long_answer(reception)
    shown = await reception.fake.next_answer(OWNER)
    file, last = reception.fake.sent(OWNER)
    assert shown is last
    assert (file.kind, file.silent) == ("document", True)
    stored = reception.fake.world.files[file.file_id]
    assert (stored.name, stored.data.decode()) == ("answer-1.md", LONG)
    assert last.text.startswith("Chapter 0 word")
    assert "the whole answer is in the file answer-1.md" in last.text
    assert last.text.endswith("QA passed")
    assert last.buttons
    order = await reception.books.read(work_orders.by_number, 1)
    await reception.fake.wait_for(lambda: list(reception.fake.reactions.values()) == [["👌"]])
    assert order is not None
    after = await reception.books.read(work_orders.get, order.id)
    assert after is not None
    assert after.state is State.DELIVERED


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "502"])
async def test_a_file_whose_send_was_not_answered_is_there_once(reception: Reception, fault: str) -> None:
    reception.fake.faults.add(fault, "sendDocument")
    await reception.start()
    await long_answer(reception)
    await reception.fake.next_answer(OWNER)
    kinds = [shown.kind for shown in reception.fake.sent(OWNER)]
    assert kinds == ["document", "text"]


async def test_refusals_are_said(reception: Reception) -> None:
    reception.office.refuse = "You may not do that here; ask the Board."
    await reception.start()
    await reception.fake.say(OWNER, "do it")
    assert (await reception.fake.next_answer(OWNER)).text == "You may not do that here; ask the Board."
    await reception.fake.say(OWNER, "/escalate")
    assert (await reception.fake.next_answer(OWNER)).text == "You may not do that here; ask the Board."


async def test_an_edit_changes_an_order_that_nobody_has_begun(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    update = await fake.say(OWNER, "buy apples")
    await fake.wait_for(lambda: reception.office.accepted)
    await fake.edit(OWNER, fake.message_of[update].message_id, "CEO: buy pears")
    await fake.say(OWNER, "and now?")
    await fake.wait_for(lambda: len(reception.office.accepted) == 2)
    order = await reception.books.read(work_orders.by_number, 1)
    assert order is not None
    assert order.text == "buy pears"
    assert "order.amended" in await facts(reception.books)
    assert fake.sent(OWNER) == []


@pytest.mark.parametrize("late", [False, True], ids=["begun", "after a minute"])
async def test_an_edit_that_comes_too_late_is_said_once(reception: Reception, late: bool) -> None:
    await reception.start()
    fake = reception.fake
    update = await fake.say(OWNER, "buy apples")
    await fake.wait_for(lambda: reception.office.accepted)
    message = fake.message_of[update]
    order = await reception.books.read(work_orders.by_number, 1)
    assert order is not None
    if late:
        fake.world.turned_s += 61
    else:
        await reception.books.write(at_work, reception.clock.now(), order)
    await fake.edit(OWNER, message.message_id, "buy pears")
    assert "isn't changed by an edit" in (await fake.next_answer(OWNER)).text
    await fake.edit(OWNER, message.message_id, "buy plums")
    await fake.say(OWNER, "thanks a lot, and now?")
    await fake.wait_for(lambda: len(reception.office.accepted) == 2)
    assert len(fake.sent(OWNER)) == 1


async def test_presses_have_one_effect_and_always_an_answer(reception: Reception) -> None:
    reception.office.citations = (
        Citation(marker=1, passage_id="p", document="prices.md", place="line 3", quote="A pear is $1."),
    )
    await reception.start()
    fake = reception.fake
    await fake.say(OWNER, "price of a pear?")
    await fake.wait_for(lambda: reception.office.accepted)
    order = await reception.books.read(work_orders.by_number, 1)
    assert order is not None
    await answer(reception.books, reception.clock, reception.delivery, order, "One dollar [1].")
    shown = await fake.next_answer(OWNER)
    await fake.press(OWNER, shown.message_id, text="Sources", repeated=2)
    sources = await fake.next_answer(OWNER)
    assert "[1] prices.md, line 3" in sources.text
    assert "A pear is $1." in sources.text
    await fake.press(OWNER, shown.message_id, text="Escalate", repeated=2)
    await fake.press(OWNER, shown.message_id, text="👍", repeated=1)
    await fake.press(OWNER, shown.message_id, "bogus:1", force=True)
    await fake.wait_for(lambda: len(fake.answered_callbacks) == 9)
    assert reception.office.escalations == [order.id]
    assert set(reception.office.ratings) == {(order.id, 1)}
    assert len(fake.answers(OWNER)) == 2
    texts = [given.get("text", "") for given in fake.answered_callbacks.values()]
    assert texts.count("That was done already.") == 4
    assert "This button no longer works." in texts
    await fake.react(OWNER, shown.message_id, "👎")
    await fake.wait_for(lambda: (order.id, -1) in reception.office.ratings)


async def test_a_decision_card_shows_who_decided_and_loses_its_buttons(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await fake.say(OWNER, "expensive question")
    await fake.wait_for(lambda: reception.office.accepted)
    order = await reception.books.read(work_orders.by_number, 1)
    assert order is not None
    decision = "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000"
    buttons = ((
        Button(label="Add $1.00", action="decide", argument=f"{decision}:add", style="success"),
        Button(label="Stop", action="decide", argument=f"{decision}:stop", style="danger"),
    ),)  # fmt: skip
    await answer(
        reception.books, reception.clock, reception.delivery, order, "**Order #1 needs money**", kind="card",
        receipt=None, buttons=buttons, closes_order=False,
    )  # fmt: skip
    card = await fake.next_answer(OWNER)
    assert [button["style"] for button in card.buttons] == ["success", "danger"]
    await fake.press(OWNER, card.message_id, text="Add", repeated=1)
    await fake.wait_for(lambda: len(fake.answered_callbacks) == 2 and card.edits)
    await fake.wait_for(lambda: not card.buttons)
    assert card.text == "Order #1 needs money\n\n✅ add, by Ada" or card.text.endswith("add, by Ada")
    assert reception.office.decisions[0] == (decision, "add")
    await fake.press(OWNER, card.message_id, f"decide:{decision}:expired", force=True)
    await fake.wait_for(lambda: len(fake.answered_callbacks) == 3)
    assert list(fake.answered_callbacks.values())[-1]["show_alert"] in (True, "true")


async def test_the_language_can_be_switched_by_button(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await fake.say(OWNER, "/settings")
    shown = await fake.next_answer(OWNER)
    await fake.press(OWNER, shown.message_id, text="Deutsch")
    await fake.wait_for(lambda: "Sprache: Deutsch" in shown.text)
    await fake.say(OWNER, "Hilfe")
    assert (await fake.next_answer(OWNER)).text.startswith("Was ich verstehe")


async def test_menus_are_set_once(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await fake.say(OWNER, "hello")
    await fake.wait_for(lambda: fake.counts["setMyShortDescription"] == 6)
    await fake.wait_for(lambda: fake.counts["setMyCommands"] == 7)
    commands = fake.methods.commands
    assert [entry["command"] for entry in commands[f"chat:{OWNER}:"]][:2] == ["status", "cost"]
    assert commands["default:ru"][0]["description"] == "Что я понимаю"
    async with asyncio.timeout(5):
        while not await reception.books.read(notes.get, "face"):
            await asyncio.sleep(0.01)
    await reception.kill()
    await reception.start()
    await fake.say(OWNER, "hello again")
    await fake.wait_for(lambda: len(reception.office.accepted) == 2)
    assert fake.counts["setMyCommands"] == 7


async def test_the_token_is_nowhere_in_the_books(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await fake.say(OWNER, "hello")
    await fake.say(OWNER, "/audit 20")
    await fake.next_answer(OWNER)

    def dump(tx: Connection) -> str:
        return repr([tx.execute(select(table)).all() for table in (incoming, desk_notes)])

    assert fake.token not in await reception.books.read(dump)
    assert fake.token.split(":")[1] not in repr(Secret(fake.token, "test"))


@pytest.mark.parametrize("known", [True, False], ids=["one of us", "a stranger"])
async def test_in_a_group_it_says_how_it_listens_if_one_of_us_brought_it(reception: Reception, known: bool) -> None:
    await reception.start()
    await reception.desk.until_known()
    fake, group = reception.fake, -1_001_234_567_890
    fake.add_group(group, "Family", OWNER, STRANGER)
    await fake.join(OWNER if known else STRANGER, group)
    await fake.say(OWNER, "hello")
    await fake.wait_for(lambda: reception.office.accepted)
    if known:
        shown = await fake.next_answer(group)
        assert "mentions me (@nexus_test_bot)" in shown.text
    assert len(fake.sent(group)) == known


async def test_a_status_line_without_an_order_at_work_is_taken_away(
    reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "LINES_EVERY_S", 0.05)
    await reception.start()
    fake = reception.fake
    await fake.say(OWNER, "hello")
    await fake.wait_for(lambda: reception.office.accepted)

    def lost(tx: Connection) -> None:
        now = reception.clock.now()
        outbox.post(tx, now, str(OWNER), {"message": {"text": "Intern works on it"}}, dress=Dress.STATUS)

    reception.delivery.lines.shown = lambda row: True  # type: ignore[method-assign] - as if a line had taken it
    await reception.books.write(lost)
    reception.delivery.mail.announce(str(OWNER))
    reception.delivery.wake()
    await fake.wait_for(lambda: fake.deleted)
    assert fake.deleted[0].text == "Intern works on it"
