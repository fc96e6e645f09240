"""From [Sources] to the page: its picture at a press, in private, while it may be read; and the link for this machine."""

from __future__ import annotations

import pytest

from bot.reading import AGAIN_MS, SHORT_NAME, SHORT_QUOTE
from company import work_orders
from company.document_records import Admission
from company.errors import Refused
from company.records import Citation, Desk, Passage
from tests.fakes.telegram_world import Shown
from tests.unit.bot.conftest import Reception, TurnedDesk
from tests.unit.bot.doubles import OWNER, answer, order_in

GROUP, OTHER = -1_000_000_000_803, 502
QUOTE = "The notice period is three months."


def cite(reception: Reception, count: int = 1, quote: str = QUOTE, place: str = "Ending, page 2") -> None:
    reception.office.citations = tuple(
        Citation(marker=number, passage_id=f"p{number}", document="lease.pdf", place=place, quote=quote)
        for number in range(1, count + 1)
    )
    for one in reception.office.citations:
        reception.shelf.passages[one.passage_id] = Passage(
            id=one.passage_id, document="lease.pdf", place=place, text=f"Before. {QUOTE} After."
        )


async def sources(reception: Reception, chat: int = OWNER) -> Shown:
    """The answer's sources, opened."""
    order = await order_in(reception.books, reception.clock, reception.person, str(chat), text=f"notice? {chat}")
    await answer(reception.books, reception.clock, reception.delivery, order, "Three months [1].")
    shown = await reception.fake.wait_for(
        lambda: next((s for s in reception.fake.sent(chat) if "Three months [1]" in s.text), None)
    )
    await reception.fake.press(OWNER, shown.message_id, text="Sources", chat_id=chat)
    if chat != OWNER:
        return (await reception.fake.wait_for(lambda: reception.fake.whispers(chat, OWNER)[1:]))[0]
    return await reception.fake.wait_for(
        lambda: next((s for s in reception.fake.sent(chat) if s.text.startswith("Sources")), None)
    )


async def pictured(reception: Reception, count: int = 1) -> list[Shown]:
    found: list[Shown] = await reception.fake.wait_for(
        lambda: found if len(found := [s for s in reception.fake.sent(OWNER) if s.kind == "photo"]) == count else None
    )
    return found


async def told(reception: Reception, part: str) -> dict[str, object]:
    """What the box after a press says."""
    return await reception.fake.wait_for(
        lambda: next((a for a in reception.fake.answered_callbacks.values() if part in a.get("text", "")), None)
    )


async def test_a_press_on_a_page_sends_its_picture_with_document_page_and_quote(reception: Reception) -> None:
    cite(reception, 4)
    await reception.start()
    await reception.fake.say(OWNER, "/help")
    shown = await sources(reception)
    assert [button["text"] for button in shown.buttons] == [f"[{number}] page 2" for number in range(1, 5)]
    await reception.fake.press(OWNER, shown.message_id, text="[3] page 2", repeated=2)
    (photo,) = await pictured(reception)
    assert photo.text == f"lease.pdf, Ending, page 2\n{QUOTE}"
    assert {entity["type"] for entity in photo.entities} == {"bold", "blockquote"}
    assert reception.shelf.drawn == [("p3", QUOTE, reception.person.id)]
    await reception.fake.wait_for(lambda: len(reception.fake.answered_callbacks) == 4)
    assert len(await pictured(reception)) == 1


async def test_a_source_without_a_page_has_no_button(reception: Reception) -> None:
    cite(reception, place="line 3")
    await reception.start()
    await reception.fake.say(OWNER, "/help")
    assert (await sources(reception)).buttons == []


async def test_who_may_not_read_it_any_more_is_told_and_sees_no_page(reception: Reception) -> None:
    cite(reception)
    await reception.start()
    await reception.fake.say(OWNER, "/help")
    shown = await sources(reception)
    reception.shelf.shut.add(reception.person.id)
    await reception.fake.press(OWNER, shown.message_id, text="[1] page 2")
    said = await told(reception, "no longer yours to read")
    assert said["show_alert"]
    assert QUOTE in str(said["text"])
    assert reception.shelf.drawn == []


async def test_a_page_that_can_t_be_drawn_is_said_with_what_was_quoted(reception: Reception) -> None:
    cite(reception)
    reception.shelf.fail_with = Refused("lease.pdf has changed since it was read; ask again in a moment.")
    await reception.start()
    await reception.fake.say(OWNER, "/help")
    shown = await sources(reception)
    await reception.fake.press(OWNER, shown.message_id, text="[1] page 2")
    said = await reception.fake.wait_for(
        lambda: next((s for s in reception.fake.sent(OWNER) if "can't be shown" in s.text), None)
    )
    assert said.kind == "text"
    assert QUOTE in said.text


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "502", "late"])
async def test_a_page_whose_answer_was_lost_is_found_and_never_doubled(reception: Reception, fault: str) -> None:
    cite(reception)
    reception.fake.faults.add(fault, "sendPhoto", delay_s=0.05)
    await reception.start()
    await reception.fake.say(OWNER, "/help")
    shown = await sources(reception)
    await reception.fake.press(OWNER, shown.message_id, text="[1] page 2")
    await pictured(reception)
    await reception.fake.say(OWNER, "/help")
    await reception.fake.wait_for(lambda: sum("What I understand" in s.text for s in reception.fake.sent(OWNER)) == 2)
    assert len(await pictured(reception)) == 1


async def test_a_deleted_document_leaves_no_word_behind_its_button(reception: Reception) -> None:
    cite(reception)
    await reception.start()
    await reception.fake.say(OWNER, "/help")
    shown = await sources(reception)
    cite(reception, quote="")
    reception.shelf.passages.clear()
    await reception.fake.press(OWNER, shown.message_id, text="[1] page 2")
    assert QUOTE not in str(await told(reception, "was deleted"))


async def test_in_a_group_the_picture_goes_to_whoever_pressed_alone(reception: Reception) -> None:
    cite(reception)
    reception.fake.add_group(GROUP, "House", OWNER, OTHER).bot_is_admin = True
    await reception.fake.say(OWNER, "/help")
    await reception.start()
    await reception.fake.next_answer(OWNER)
    whisper = await sources(reception, GROUP)
    await reception.fake.press_whisper(OWNER, whisper, "[1] page 2")
    (photo,) = await pictured(reception)
    assert QUOTE in photo.text
    assert (
        reception.shelf.drawn[0][2] == f"group:telegram:{GROUP}@{reception.person.id}"
    )  # what the group may read, not the person
    public = "\n".join(shown.text for shown in reception.fake.sent(GROUP))
    assert QUOTE not in public
    assert await reception.fake.wait_for(lambda: [s for s in reception.fake.sent(GROUP) if "privately" in s.text])


async def test_the_link_for_this_machine_is_made_at_the_press_for_whoever_pressed(reception: Reception) -> None:
    cite(reception)
    asked: list[Admission] = []

    def link(admission: Admission) -> str:
        asked.append(admission)
        return "http://127.0.0.1:8000/source/abc#ticket"

    await reception.start(read_link=link)
    await reception.fake.say(OWNER, "/help")
    shown = await sources(reception)
    assert asked == []
    await reception.fake.press(OWNER, shown.message_id, text="🔗 Read in the document")
    said = await reception.fake.wait_for(
        lambda: next((s for s in reception.fake.sent(OWNER) if "#ticket" in s.text), None)
    )
    assert "for an hour" in said.text
    order = await reception.books.read(work_orders.by_number, 1)
    assert order is not None
    assert asked == [
        Admission(desk=Desk.TELEGRAM, external_id=str(OWNER), order_id=order.id, reader=reception.person.id)
    ]


async def test_the_same_page_can_be_asked_for_again_later(desk: TurnedDesk) -> None:
    cite(desk)
    await desk.start()
    await desk.fake.say(OWNER, "/help")
    shown = await sources(desk)
    for count in (1, 2):
        await desk.fake.press(OWNER, shown.message_id, text="[1] page 2")
        await pictured(desk, count)
        desk.clock.turn(AGAIN_MS / 1000)


@pytest.mark.parametrize("language", ["en", "fr", "de", "es", "ru", "zh"])
async def test_the_box_after_a_press_is_not_cut_in_any_language(reception: Reception, language: str) -> None:
    await reception.start()
    said = reception.delivery.texts.say(language, "source_page_gone", name="n" * SHORT_NAME, quote="q" * SHORT_QUOTE)
    assert len(said) <= 190
