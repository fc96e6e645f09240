"""Onboarding: three examples that run as if typed, the budget and its button, menus within limits and in one's language."""

from __future__ import annotations

from bot.commands import BOARDS_MENU, MENU
from company import people
from company.records import Role
from tests.fakes.telegram_world import Shown
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER
from tests.unit.bot.test_settings import opened, pressed

NEW = 777


async def paired(reception: Reception, role: Role, language: str = "en") -> Shown:
    code = await reception.books.write(people.issue_code, reception.clock.now(), role, by="test")
    await reception.fake.say(NEW, f"/start {code}", first_name="Bob", language_code=language)
    return await reception.fake.next_answer(NEW)


async def test_three_examples_and_the_budget(reception: Reception) -> None:
    await reception.start()
    fake, welcome = reception.fake, await paired(reception, Role.BOARD)
    assert "today: $0.42 of $5.00" in welcome.text
    assert [button["text"] for button in welcome.buttons] == [
        "📄 How do I add a document?", "🏢 Who works on what?", "💬 How much did we spend today?", "💰 Change the budget",
    ]  # fmt: skip
    await fake.press(NEW, welcome.message_id, text="How do I add", repeated=1)
    assert "send me the file" in (await fake.next_answer(NEW)).text
    await fake.press(NEW, welcome.message_id, text="Who works")
    assert (await fake.next_answer(NEW)).text.startswith("NEXUS 0.1.0")
    await fake.press(NEW, welcome.message_id, text="How much", repeated=2)
    await fake.wait_for(lambda: reception.office.accepted)
    await fake.press(NEW, welcome.message_id, text="Change the budget", repeated=1)
    page = await fake.next_answer(NEW)
    await fake.press(NEW, page.message_id, text="$20 a day")
    await fake.wait_for(lambda: reception.office.caps == [("day", 20_000_000)])
    assert [request.text for request in reception.office.accepted] == ["How much did we spend today?"]
    assert reception.office.accepted[0].person.name == "Bob"
    assert len(fake.answers(NEW)) == 4, "a press that comes twice is done once"


async def test_an_observer_is_offered_what_an_observer_may(reception: Reception) -> None:
    await reception.start()
    welcome = await paired(reception, Role.OBSERVER, "fr")
    assert [button["text"] for button in welcome.buttons] == ["🏢 Qui travaille à quoi ?"]
    assert "$" not in welcome.text


async def test_the_menu_speaks_the_language_that_is_switched_to(reception: Reception) -> None:
    await reception.start()
    fake, key = reception.fake, f"chat:{OWNER}:"
    card = await opened(reception)
    await fake.wait_for(lambda: key in fake.methods.commands)
    assert fake.methods.commands[key][0]["description"] == "Who works on what"
    await pressed(reception, card, "Deutsch")
    before = fake.counts["setMyShortDescription"]
    await fake.wait_for(lambda: fake.methods.commands[key][0]["description"] == "Wer woran arbeitet")
    assert (fake.counts["setMyCommands"], fake.counts["setMyShortDescription"]) == (8, before), "one menu changed"


def test_menus_are_short() -> None:
    assert len(MENU) <= 10
    assert len(BOARDS_MENU) <= 12
    assert len(set(BOARDS_MENU)) == len(BOARDS_MENU)
