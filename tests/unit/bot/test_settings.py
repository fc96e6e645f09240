"""/settings and its pages on a running desk: hours, digest, subjects, budget, language; who may choose."""

from __future__ import annotations

import pytest

from bot import choices
from company import people
from company.records import ConversationKey, Desk, Role
from company.topics import Topic
from tests.fakes.telegram_world import Shown
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, owner

CHAT = str(OWNER)
HERE = ConversationKey(desk=Desk.TELEGRAM, chat=CHAT)
GROUP = -4242
MEMBER = 777


async def opened(reception: Reception, text: str = "/settings", who: int = OWNER, chat: int | None = None) -> Shown:
    """Say it, and what is answered: with sound or, when the test runs in the hours that it sets, without."""
    fake, place = reception.fake, chat or who
    before = len(fake.sent(place))
    await fake.say(who, text, chat)
    await fake.wait_for(lambda: len(fake.sent(place)) > before)
    shown = fake.sent(place)[-1]
    fake.seen[place] = shown.number
    return shown


async def pressed(reception: Reception, shown: Shown, label: str, *, who: int = OWNER) -> str:
    """Press a button, wait until the message shows something else; what the app said."""
    fake, before = reception.fake, (shown.text, shown.markup)
    answered = len(fake.answered_callbacks)
    await fake.press(who, shown.message_id, text=label, chat_id=shown.chat_id)
    await fake.wait_for(lambda: len(fake.answered_callbacks) > answered)
    if not (list(fake.answered_callbacks.values())[-1]).get("show_alert"):
        await fake.wait_for(lambda: (shown.text, shown.markup) != before)
    return str(list(fake.answered_callbacks.values())[-1].get("text", ""))


def labels(shown: Shown) -> list[str]:
    return [button["text"] for button in shown.buttons]


async def test_quiet_hours_by_button_and_by_command(reception: Reception) -> None:
    await reception.start()
    card = await opened(reception)
    assert "Quiet hours: off" in card.text
    await pressed(reception, card, "🌙 Quiet hours")
    assert labels(card) == ["22-7", "23-8", "0-9", "✓ off", "‹ Back"]
    await pressed(reception, card, "22-7")
    assert labels(card)[0] == "✓ 22-7"
    await pressed(reception, card, "Back")
    assert "Quiet hours: 22:00-07:00 (UTC)" in card.text
    page = await opened(reception, "/quiet 22:30-7")
    assert "✓ 22:30-7" in labels(page)
    assert str(await reception.books.read(choices.quiet, CHAT)) == "22:30-07:00"
    assert "`" not in (await opened(reception, "/quiet noon")).text
    await opened(reception, "/quiet off")
    assert await reception.books.read(choices.quiet, CHAT) is None


async def test_a_proactive_message_is_muted_by_its_button_and_heard_again_by_settings(reception: Reception) -> None:
    await reception.start()
    await reception.fake.say(OWNER, "/help")
    await reception.fake.next_answer(OWNER)

    async def told(text: str) -> bool:
        def write(tx: object) -> bool:
            return reception.delivery.notice(tx, HERE, text, topic=Topic.BUDGET, silent=False)  # type: ignore[arg-type]

        shown = await reception.books.write(write)
        reception.delivery.wake()
        return shown

    assert await told("80 % is used.")
    shown = await reception.fake.next_answer(OWNER)
    said = await pressed(reception, shown, "🔕 Mute this")
    assert said == "Muted here: Budget nearly used. /settings undoes it."
    assert labels(shown) == ["🔔 Tell me again: Budget nearly used"]
    assert not await told("90 % is used.")
    card = await opened(reception)
    assert "Not told of: Budget nearly used" in card.text
    await pressed(reception, card, "What I tell unasked")
    await pressed(reception, card, "🔕 Budget nearly used")
    assert "🔔 Budget nearly used" in labels(card)
    assert await told("95 % is used.")


async def test_muting_the_seal_says_what_that_means(reception: Reception) -> None:
    await reception.start()
    card = await opened(reception)
    await pressed(reception, card, "What I tell unasked")
    assert not any("Security" in label for label in labels(card)), "who gains a right is always told"
    said = await pressed(reception, card, "🔔 Seal of the record")
    assert "could rewrite the record unseen" in said
    assert await reception.books.read(choices.muted, CHAT) == {Topic.ANCHOR}


async def test_the_daily_digest_is_chosen_by_its_hour(reception: Reception) -> None:
    await reception.start()
    card = await opened(reception)
    await pressed(reception, card, "Digest")
    await pressed(reception, card, "8:00")
    await pressed(reception, card, "Back")
    assert "Daily digest: at 8:00" in card.text
    await pressed(reception, card, "Digest")
    await pressed(reception, card, "off")
    assert await reception.books.read(choices.digests) == {}


async def test_the_board_sets_a_cap_by_button_and_by_command(reception: Reception) -> None:
    await reception.start()
    page = await opened(reception, "/budget")
    assert "today: $0.42 of $5.00" in page.text
    await reception.fake.press(OWNER, page.message_id, text="$20 a day")
    await reception.fake.press(OWNER, page.message_id, text="$100 a month")
    await reception.fake.wait_for(lambda: len(reception.office.caps) == 2)
    await opened(reception, "/budget 7.50")
    await opened(reception, "/budget $9,25 mois")
    assert reception.office.caps == [
        ("day", 20_000_000), ("month", 100_000_000), ("day", 7_500_000), ("month", 9_250_000),
    ]  # fmt: skip
    for wrong in ("/budget lots", "/budget 1 2", "/budget -5", "/budget 7.505"):
        assert "I read amounts like this" in (await opened(reception, wrong)).text
    assert len(reception.office.caps) == 4


@pytest.mark.parametrize("role", [Role.MEMBER, Role.OBSERVER])
async def test_a_cap_is_the_boards_alone(reception: Reception, role: Role) -> None:
    await owner(reception.books, reception.clock, user=MEMBER, role=role)
    await reception.start()
    card = await opened(reception, who=MEMBER)
    assert not any("Budget" in label for label in labels(card))
    page = await opened(reception, "/budget", who=MEMBER)
    assert page.buttons == []
    assert "ask the Board" in (await opened(reception, "/budget 100", who=MEMBER)).text
    boards = await opened(reception, "/budget")
    query = len(reception.fake.answered_callbacks)
    await reception.fake.press(MEMBER, card.message_id, str(boards.button("$20")["callback_data"]), force=True)
    await reception.fake.wait_for(lambda: len(reception.fake.answered_callbacks) > query)
    assert "ask the Board" in list(reception.fake.answered_callbacks.values())[-1]["text"]
    assert reception.office.caps == []


async def test_a_member_chooses_for_themselves_but_not_for_a_group(reception: Reception) -> None:
    await owner(reception.books, reception.clock, user=MEMBER, role=Role.MEMBER)
    reception.fake.add_group(GROUP, "Family", OWNER, MEMBER)
    await reception.start()
    await reception.desk.until_known()
    await opened(reception, "/quiet 22-7", who=MEMBER)
    assert await reception.books.read(choices.quiet, str(MEMBER)) is not None
    refused = await opened(reception, "/quiet@nexus_test_bot 22-7", who=MEMBER, chat=GROUP)
    assert "ask the Board" in refused.text
    assert await reception.books.read(choices.quiet, str(GROUP)) is None


async def test_the_language_switches_with_the_card(reception: Reception) -> None:
    await reception.start()
    card = await opened(reception)
    said = await pressed(reception, card, "Deutsch")
    assert said == "Ab jetzt spreche ich Deutsch."
    assert card.text.startswith("Einstellungen")
    person = await reception.books.read(people.find, Desk.TELEGRAM, CHAT)
    assert person is not None
    assert person.language == "de"


async def test_how_live_the_writing_is_shown_is_chosen_on_the_card(reception: Reception) -> None:
    await reception.start()
    card = await opened(reception)
    before = [label for label in labels(card) if label.startswith("✓")]
    await pressed(reception, card, labels(card)[-1])
    assert labels(card)[-1].startswith("✓ ")
    assert [label for label in labels(card) if label.startswith("✓")] != before
