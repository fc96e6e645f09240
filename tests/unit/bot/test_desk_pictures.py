"""Pictures in the chat: /cost shows one, its buttons change it in place, /status has one behind a button; and faults."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest
from PIL import Image

from bot import outbox
from bot.pictures import Studio
from tests.fakes.telegram_world import Shown
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, owner, rows

BROKEN = (sys.executable, "-c", "raise SystemExit('no room')")


def picture_in(reception: Reception, shown: Shown) -> Image.Image:
    assert shown.kind == "photo"
    return Image.open(io.BytesIO(reception.fake.world.files[str(shown.file_id)].data))


async def asked_cost(reception: Reception) -> Shown:
    await reception.fake.say(OWNER, "/cost")
    return await reception.fake.next_answer(OWNER)


async def test_cost_is_a_picture_with_its_words_and_a_button_changes_both_in_place(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    shown = await asked_cost(reception)
    assert picture_in(reception, shown).size == (1200, 825)
    assert shown.text.startswith("Cost, today: $0.0031\n")
    assert [entity["type"] for entity in shown.entities][:2] == ["bold", "bold"]
    assert [button["text"] for button in shown.buttons] == ["week", "month", "all time"]
    first = shown.file_id
    await fake.press(OWNER, shown.message_id, text="week")
    await fake.wait_for(lambda: shown.text.startswith("Cost, week: $0.0031\n"))
    assert shown.file_id != first
    assert picture_in(reception, shown).size == (1200, 825)
    assert [button["text"] for button in shown.buttons] == ["today", "month", "all time"]
    assert len(fake.sent(OWNER)) == 1
    assert (await fake.wait_for(lambda: fake.called("answerCallbackQuery")))[0].outcome == "ok"


async def test_nothing_spent_is_said_in_words_and_becomes_a_picture_where_there_is_one(reception: Reception) -> None:
    reception.office.spent_micro = 0
    await reception.start()
    fake = reception.fake
    shown = await asked_cost(reception)
    assert shown.kind == "text"
    assert "Nothing was spent." in shown.text
    reception.office.spent_micro = 3_100
    await fake.press(OWNER, shown.message_id, text="week")
    await fake.wait_for(lambda: shown.kind == "photo")
    assert shown.text.startswith("Cost, week: $0.0031\n")
    reception.office.spent_micro = 0
    await fake.press(OWNER, shown.message_id, text="today")  # a picture can't go away any more
    await fake.wait_for(lambda: shown.text.startswith("Cost, today: $0.00\n"))
    assert "Nothing was spent." in shown.text
    assert shown.kind == "photo"


async def test_the_glance_at_the_company_is_one_tap_away_and_comes_once(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await fake.say(OWNER, "/status")
    status = await fake.next_answer(OWNER)
    assert status.kind == "text"
    await fake.press(OWNER, status.message_id, text="📊 Picture", repeated=2)
    shown = await fake.next_answer(OWNER)
    assert picture_in(reception, shown).size == (1200, 1000)
    assert shown.text.startswith("The last 24 hours\n")
    assert "🟦 delivered: 24" in shown.text
    await fake.wait_for(lambda: len(fake.answered_callbacks) == 3)
    assert len(fake.sent(OWNER)) == 2


@pytest.mark.parametrize("language", ["fr", "ru", "de", "es", "zh"])
async def test_the_caption_speaks_the_language_of_the_person(reception: Reception, language: str) -> None:
    await owner(reception.books, reception.clock, user=700, language=language)
    await reception.start()
    await reception.fake.say(700, "/cost")
    shown = await reception.fake.next_answer(700)
    assert shown.kind == "photo"
    assert "Cost," not in shown.text
    assert "$0.0031" in shown.text


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "502", "500_after", "late"])
async def test_a_picture_whose_answer_was_lost_is_found_and_never_doubled(reception: Reception, fault: str) -> None:
    fake = reception.fake
    fake.faults.add(fault, "sendPhoto", delay_s=0.05)
    await reception.start()
    shown = await asked_cost(reception)
    await fake.say(OWNER, "/help")
    await fake.next_answer(OWNER)
    pictures = [one for one in fake.sent(OWNER) if one.kind == "photo"]
    assert pictures == [shown]
    assert shown.text.startswith("Cost, today: $0.0031\n")
    assert picture_in(reception, shown).size == (1200, 825)
    row = await reception.books.read(outbox.at_message, str(OWNER), shown.message_id)
    assert row is not None
    assert "photo" in row.payload


async def test_a_picture_survives_a_kill_on_the_wire(reception: Reception) -> None:
    fake = reception.fake
    fake.faults.add("hang", "sendPhoto")
    await reception.start()
    await fake.say(OWNER, "/cost")
    await fake.wait_for(lambda: fake.counts["sendPhoto"])
    await reception.kill()
    await reception.start()
    shown = await fake.next_answer(OWNER)
    assert picture_in(reception, shown).size == (1200, 825)
    assert fake.counts["sendPhoto"] == 2


@pytest.mark.parametrize(
    "refusal",
    ["Bad Request: IMAGE_PROCESS_FAILED", "Bad Request: not enough rights to send photos to the chat"],
)
async def test_a_picture_that_is_not_taken_is_said_in_words_and_the_chat_stays_open(
    reception: Reception, refusal: str
) -> None:
    reception.fake.faults.add("400", "sendPhoto", text=refusal)
    await reception.start()
    shown = await asked_cost(reception)
    assert shown.kind == "text"
    assert shown.text.startswith("Cost, today: $0.0031\n")
    assert shown.params["link_preview_options"] == {"is_disabled": True}
    assert len(shown.buttons) == 3
    await reception.fake.say(OWNER, "/help")
    await reception.fake.next_answer(OWNER)
    assert (await rows(reception.books))[0][1] == "sent"


async def test_a_picture_that_can_not_be_drawn_is_said_in_words(
    reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Any:
        return Studio(BROKEN)

    monkeypatch.setattr("bot.desk.Studio", broken)
    await reception.start()
    shown = await asked_cost(reception)
    assert shown.kind == "text"
    assert shown.text.startswith("Cost, today: $0.0031\n")
    await reception.fake.say(OWNER, "/help")
    assert "What I understand" in (await reception.fake.next_answer(OWNER)).text
