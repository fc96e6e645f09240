"""Private data asked for in a group: shown to whoever asked, alone, or told in their private chat."""

from __future__ import annotations

import pytest

from bot import notes, whispers
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, answer, order_in, rows

GROUP, OTHER = -1_000_000_000_801, 502
NAME = "nexus_test_bot"


async def house(reception: Reception, *, admin: bool = False) -> None:
    """A group with the owner and somebody else; the private chat is open."""
    reception.fake.add_group(GROUP, "House", OWNER, OTHER).bot_is_admin = admin
    await reception.fake.say(OWNER, "/help")
    await reception.start()
    await reception.fake.next_answer(OWNER)


def public(reception: Reception) -> str:
    """What everybody in the group sees of ours."""
    return "\n".join(shown.text for shown in reception.fake.sent(GROUP))


async def told_in_private(reception: Reception, part: str) -> None:
    found = await reception.fake.wait_for(lambda: next((s for s in reception.fake.sent(OWNER) if part in s.text), None))
    assert found is not None


@pytest.mark.parametrize("command", ["status", "cost", "audit", "settings", "knowledge"])
async def test_what_is_private_is_shown_to_the_asker_alone(reception: Reception, command: str) -> None:
    await house(reception, admin=True)
    await reception.fake.say(OWNER, f"/{command}@{NAME}", GROUP)
    shown = await reception.fake.wait_for(lambda: reception.fake.whispers(GROUP, OWNER)[1:])
    assert "for you alone" in reception.fake.whispers(GROUP, OWNER)[0].text
    assert shown
    assert public(reception) == ""
    assert len(reception.fake.sent(OWNER)) == 1
    await reception.fake.say(OWNER, f"/{command}@{NAME}", GROUP)  # the second one needs no trial
    await reception.fake.wait_for(lambda: len(reception.fake.whispers(GROUP, OWNER)) == 3)


async def test_where_telegram_declines_it_is_told_in_private_and_remembered(reception: Reception) -> None:
    await house(reception)
    await reception.fake.say(OWNER, f"/cost@{NAME}", GROUP)
    await reception.fake.wait_for(lambda: reception.fake.sent(GROUP))
    await reception.fake.say(OWNER, f"/cost@{NAME}", GROUP)
    await reception.fake.wait_for(lambda: len(reception.fake.sent(GROUP)) == 2)
    assert {shown.text for shown in reception.fake.sent(GROUP)} == {"🔒 Ada, I answered you privately."}
    assert "$0.0031" not in public(reception)
    assert sum("$0.0031" in shown.text for shown in reception.fake.sent(OWNER)) == 2
    declined = [call for call in reception.fake.called("sendMessage", GROUP) if "ephemeral" in str(call.params)]
    assert len(declined) == 1
    assert await reception.books.read(notes.get, whispers.refused_note(str(GROUP)))


async def test_a_bot_that_becomes_an_administrator_tries_again(reception: Reception) -> None:
    await house(reception)
    await reception.fake.say(OWNER, f"/cost@{NAME}", GROUP)
    await reception.fake.wait_for(lambda: reception.fake.sent(GROUP))
    reception.fake.world.rooms[GROUP].bot_is_admin = True
    await reception.fake.join(OWNER, GROUP)
    await reception.fake.say(OWNER, f"/cost@{NAME}", GROUP)
    await reception.fake.wait_for(lambda: any("$0.0031" in s.text for s in reception.fake.whispers(GROUP, OWNER)))


async def test_a_server_that_does_not_know_whispers_shows_nothing_private(reception: Reception) -> None:
    reception.fake.methods.whispers.known = False
    await house(reception, admin=True)
    await reception.fake.say(OWNER, f"/cost@{NAME}", GROUP)
    await told_in_private(reception, "$0.0031")
    await reception.fake.wait_for(lambda: "I answered you privately" in public(reception))
    assert "the answer is for you alone" in public(reception)
    assert await reception.books.read(notes.get, whispers.SERVER_NOTE) == whispers.NO
    await reception.fake.join(OWNER, GROUP)  # what the bot may do changed: it is tried anew, as harmlessly
    await reception.fake.wait_for(lambda: not reception.fake.queue)
    assert await reception.books.read(notes.get, whispers.SERVER_NOTE) == ""
    assert "$0.0031" not in public(reception)


@pytest.mark.parametrize("told", [True, False])
async def test_a_private_chat_that_is_closed_gets_a_button_that_opens_it(reception: Reception, told: bool) -> None:
    await house(reception)
    if told:
        await reception.fake.block(OWNER)
    else:  # blocked while nobody listened, as far as the books know
        reception.fake.world.rooms[OWNER].blocked = True
    await reception.fake.say(OWNER, f"/cost@{NAME}", GROUP)
    [line] = await reception.fake.wait_for(lambda: reception.fake.sent(GROUP))
    assert line.text.startswith("🔒 Ada, that is private")
    assert line.button("Open the chat")["url"] == f"https://t.me/{NAME}?start=private"
    assert not any("$0.0031" in shown.text for shown in reception.fake.messages())


async def test_a_whisper_whose_answer_was_lost_is_told_in_private(reception: Reception) -> None:
    await house(reception, admin=True)
    await reception.books.write(notes.put, whispers.SERVER_NOTE, whispers.YES)
    reception.fake.faults.add("drop_after", "sendMessage", chat_id=GROUP)
    await reception.fake.say(OWNER, f"/cost@{NAME}", GROUP)
    await told_in_private(reception, "$0.0031")
    assert not reception.fake.called("editMessageText", GROUP)
    assert "$0.0031" not in public(reception)


async def test_a_hidden_command_is_answered_to_its_sender_alone(reception: Reception) -> None:
    await house(reception)
    await reception.fake.whisper(OWNER, f"/cost@{NAME}", GROUP)
    await reception.fake.wait_for(lambda: any("$0.0031" in s.text for s in reception.fake.whispers(GROUP, OWNER)))
    await reception.fake.whisper(OWNER, f"/help@{NAME}", GROUP)
    await reception.fake.wait_for(
        lambda: any("What I understand" in s.text for s in reception.fake.whispers(GROUP, OWNER))
    )
    await reception.fake.whisper(OWNER, f"/ceo@{NAME} what shall I do?", GROUP)
    await reception.fake.wait_for(
        lambda: any("in our own chat" in s.text for s in reception.fake.whispers(GROUP, OWNER))
    )
    assert public(reception) == ""
    assert reception.office.accepted == []


async def test_buttons_in_a_group_answer_whoever_pressed_alone(reception: Reception) -> None:
    await house(reception)
    order = await order_in(reception.books, reception.clock, reception.person, str(GROUP))
    await answer(reception.books, reception.clock, reception.delivery, order, "It is 4.")
    [shown] = await reception.fake.wait_for(lambda: reception.fake.sent(GROUP))
    for action in ("why", "cost:week", "lang:de"):
        data = action if ":" in action else f"{action}:{order.id}"
        await reception.fake.press(OWNER, shown.message_id, data, chat_id=GROUP, force=True)
    await reception.fake.wait_for(lambda: len(reception.fake.answered_callbacks) == 3)
    await reception.fake.wait_for(lambda: any("short" in s.text for s in reception.fake.whispers(GROUP, OWNER)))
    toasts = [answered.get("text", "") for answered in reception.fake.answered_callbacks.values()]
    assert sum("in our own chat" in toast for toast in toasts) == 2
    assert public(reception).count("\n\n") <= 1  # the answer with its receipt, as it was
    assert "short" not in public(reception)
    assert [kind for kind, state, _ in await rows(reception.books) if state == "dead"] == []


async def test_the_buttons_of_a_whisper_change_it_in_place(reception: Reception) -> None:
    await house(reception, admin=True)
    await reception.fake.say(OWNER, f"/settings@{NAME}", GROUP)
    shown = (await reception.fake.wait_for(lambda: reception.fake.whispers(GROUP, OWNER)[1:]))[0]
    await reception.fake.press_whisper(OWNER, shown, "Deutsch")
    await reception.fake.wait_for(lambda: "Einstellungen" in shown.text)
    assert public(reception) == ""
