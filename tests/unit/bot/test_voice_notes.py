"""Recordings in the chat: shown as text, done when that only reads, offered when it changes something, kept when not
understood; through restarts, floods, strangers' words and other people's fingers."""

from __future__ import annotations

import asyncio
import json
import random

import pytest
from sqlalchemy import Connection, select

from bot import notes
from bot.commands import BOARDS_MENU
from bot.outbox import count_open
from bot.texts import LANGUAGES, Texts
from bot.voice_notes import HEARD, SPOKEN, Understood
from bot.voice_offers import LASTS_MS, PREFIX, SIGN
from bot.voice_profile import READ_ONLY
from company import work_orders
from company.records import Origin, Role
from company.schema import orders
from company.speech_records import Why
from tests.fakes.telegram_world import Shown
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, answer, order_in, owner, rows

GROUP = -1_001_234
MEMBER = 502


async def speak(reception: Reception, said: bytes, user: int = OWNER, **how: object) -> int:
    """A voice note, in which our double hears what its bytes say."""
    values: dict[str, object] = {"kind": "voice", "mime": "audio/ogg", **how}
    return await reception.fake.send_file(user, said, "note.ogg", **values)  # type: ignore[arg-type]


async def waiting(reception: Reception, prefix: str) -> int:
    return len(await reception.books.read(notes.beginning_with, prefix))


async def texts(reception: Reception, count: int) -> list[str]:
    return [(await reception.fake.next_answer(OWNER)).text for _ in range(count)]


def test_every_text_about_a_recording_has_its_sign() -> None:
    texts = Texts()
    values = dict.fromkeys(("words", "detail", "most", "place", "days"), "x")
    for why in [*(f"voice_{why.value}" for why in Why), "voice_heard", "voice_confirm", "voice_did_you_mean"]:
        assert all(texts.say(language, why, **values).startswith(SIGN) for language in LANGUAGES), why


def labels(shown: Shown) -> list[str]:
    return [button["text"] for row in shown.keyboard for button in row]


async def test_free_speech_is_shown_and_becomes_an_order_marked_as_spoken(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await speak(reception, b"'What is *the* notice period?'")
    shown = await fake.next_answer(OWNER)
    assert shown.text == "🎙 “What is *the* notice period?”"
    assert shown.entities == []
    await fake.wait_for(lambda: reception.office.accepted)
    (request,) = reception.office.accepted
    assert request.text == "What is *the* notice period?"
    assert [(block.origin, block.source) for block in request.blocks] == [(Origin.OWN, "voice note")]
    assert "written down by whisper tiny" in request.blocks[0].text
    await fake.wait_for(lambda: fake.counts["sendChatAction"])
    await until_done(reception)


async def until_done(reception: Reception) -> None:
    """Nothing waits any more."""
    while await waiting(reception, HEARD) or await waiting(reception, SPOKEN):
        await asyncio.sleep(0.01)


async def test_a_command_that_only_reads_is_run_at_once(reception: Reception) -> None:
    await reception.start()
    await speak(reception, b"status!")
    first, second = await texts(reception, 2)
    assert first == "🎙 “status”"
    assert second.startswith("NEXUS 0.1.0")
    await speak(reception, b"'What did this cost?'")  # free speech that is a command in plain words
    first, second = await texts(reception, 2)
    assert first == "🎙 “What did this cost?”"
    assert "$0.0031" in second
    assert reception.office.accepted == []


@pytest.mark.parametrize("said", [b"stop!", b"'Stop everything.'"])
async def test_a_command_that_changes_something_waits_for_a_press_of_who_spoke(
    reception: Reception, said: bytes
) -> None:
    await owner(reception.books, reception.clock, user=MEMBER, role=Role.MEMBER)
    await reception.start()
    fake = reception.fake
    fake.add_group(GROUP, "Team")
    first = await speak(reception, said, chat_id=GROUP, caption="", reply_to=await said_by_bot(reception))
    assert first
    shown = await fake.next_answer(GROUP)
    assert "so it needs a press" in shown.text
    assert len(labels(shown)) == 2
    assert labels(shown)[1] == "None of these"
    await fake.press(MEMBER, shown.message_id, chat_id=GROUP, text=labels(shown)[0])
    await toast(reception, "Only whoever spoke")
    assert await waiting(reception, PREFIX) == 1
    await fake.press(OWNER, shown.message_id, chat_id=GROUP, text=labels(shown)[0])
    await fake.wait_for(lambda: any("Nothing is being worked on" in one.text for one in fake.sent(GROUP)))
    assert await waiting(reception, PREFIX) == 0


async def said_by_bot(reception: Reception) -> int:
    """A message of ours in the group, to reply to."""
    order = await order_in(reception.books, reception.clock, reception.person, str(GROUP))
    await answer(reception.books, reception.clock, reception.delivery, order, "Answer.")
    return (await reception.fake.next_answer(GROUP)).message_id


async def toast(reception: Reception, part: str) -> None:
    await reception.fake.wait_for(
        lambda: any(part in str(one.get("text")) for one in reception.fake.answered_callbacks.values())
    )


async def test_in_doubt_it_asks_and_runs_what_was_chosen_once_through_a_restart(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await speak(reception, b"stop/cost week/status?")
    shown = await fake.next_answer(OWNER)
    assert shown.text == "🎙 I heard “stop”, but I am not sure. What did you mean?"
    assert labels(shown) == ["▶ stop", "▶ cost week", "▶ status", "None of these"]
    while [state for _, state, _ in await rows(reception.books)] != ["sent"]:  # else it is written anew after the kill
        await asyncio.sleep(0.01)
    await reception.kill()
    await reception.start()
    await fake.press(OWNER, shown.message_id, text="▶ cost week")
    assert "Cost, week" in (await fake.next_answer(OWNER)).text
    await fake.wait_for(lambda: not fake.world.get(OWNER, shown.message_id).keyboard)
    for data in ("spoken:0:made-up", "spoken:9:", "spoken:"):
        await fake.press(OWNER, shown.message_id, data=data, force=True)
    await toast(reception, "no longer works")
    assert await waiting(reception, PREFIX) == 0


async def test_an_offer_of_yesterday_is_gone(reception: Reception, monkeypatch: pytest.MonkeyPatch) -> None:
    await reception.start()
    await speak(reception, b"stop!")
    shown = await reception.fake.next_answer(OWNER)
    now = reception.clock.now() + LASTS_MS + 1
    monkeypatch.setattr(type(reception.clock), "now", lambda _: now)
    await reception.fake.press(OWNER, shown.message_id, text=labels(shown)[0])
    await toast(reception, "no longer works")
    assert await waiting(reception, SPOKEN) == 0


async def test_none_of_these_does_nothing(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await speak(reception, b"stop/new?")
    shown = await fake.next_answer(OWNER)
    await fake.press(OWNER, shown.message_id, text="None of these")
    await fake.wait_for(lambda: not fake.world.get(OWNER, shown.message_id).keyboard)
    assert (await waiting(reception, PREFIX), await waiting(reception, SPOKEN)) == (0, 0)


async def test_what_was_not_understood_is_kept_and_can_be_tried_again(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await speak(reception, b"mumble")
    shown = await fake.next_answer(OWNER)
    assert "I hear only short English commands" in shown.text
    assert f"kept for 30 days on the company's machine: voice/{reception.ears.kept[0]}" in shown.text
    assert labels(shown) == ["Try again"]
    reception.ears.why = Why.NO_ENGINE
    await fake.press(OWNER, shown.message_id, text="Try again")
    again = await fake.next_answer(OWNER)
    assert "no speech engine is ready. On the company's machine: make install GROUPS=voice" in again.text
    assert len(reception.ears.heard) == 2
    assert len(set(reception.ears.kept)) == 1


@pytest.mark.parametrize("why", list(Why))
async def test_every_reason_is_said(reception: Reception, why: Why) -> None:
    reception.ears.why = why
    await reception.start()
    await speak(reception, b"mumble")
    shown = await reception.fake.next_answer(OWNER)
    assert shown.text.startswith("🎙 ")
    assert bool(shown.keyboard) == bool(reception.ears.kept)


async def test_a_long_or_big_one_is_not_fetched_and_its_way_out_is_said(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await speak(reception, b"status!", seconds=301)
    assert "longer than 5 min" in (await fake.next_answer(OWNER)).text
    await speak(reception, b"status!", size=21 * 1024 * 1024)
    assert "up to 20 MB" in (await fake.next_answer(OWNER)).text
    assert reception.ears.heard == []


async def test_what_was_forwarded_is_data_and_never_a_command(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await speak(reception, b"status!", forwarded_from="Somebody")
    assert "gives no orders" in (await fake.next_answer(OWNER)).text
    await speak(reception, b"'stop'", forwarded_from="Somebody")
    assert (await fake.next_answer(OWNER)).text == "🎙 “stop”"
    await fake.wait_for(lambda: reception.office.accepted)
    (request,) = reception.office.accepted
    assert request.text == "Please look at the forwarded text."
    assert (request.blocks[0].origin, request.blocks[0].text) == (Origin.FORWARDED, "stop")


async def test_words_typed_under_a_recording_go_before_what_was_said(reception: Reception) -> None:
    await reception.start()
    await speak(reception, b"'the second offer'", caption="Compare the first with")
    await reception.fake.wait_for(lambda: reception.office.accepted)
    assert reception.office.accepted[0].text == "Compare the first with\n\nthe second offer"


async def test_a_changed_caption_takes_nothing_away_from_what_was_spoken(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await speak(reception, b"'the second offer'", caption="Compare the first with")
    await fake.wait_for(lambda: reception.office.accepted)
    spoken = next(one for one in fake.world.alive(OWNER) if one.kind == "voice")
    await fake.edit(OWNER, spoken.message_id, "Compare all with")
    await fake.wait_for(lambda: any("isn't changed by an edit" in one.text for one in fake.sent(OWNER)))
    assert (await reception.books.read(work_orders.by_number, 1)).text == "Compare the first with\n\nthe second offer"


@pytest.mark.parametrize("kind", ["audio", "video_note"])
async def test_audio_and_video_notes_are_listened_to_as_well(reception: Reception, kind: str) -> None:
    await reception.start()
    await speak(reception, b"status!", kind=kind, mime="audio/mpeg")
    assert (await reception.fake.next_answer(OWNER)).text == "🎙 “status”"
    assert reception.ears.heard[0].name.startswith(f"{kind}-{OWNER}-")


async def test_who_may_order_nothing_is_not_listened_to(reception: Reception) -> None:
    await owner(reception.books, reception.clock, user=MEMBER, role=Role.OBSERVER)
    await reception.start()
    await speak(reception, b"status!", MEMBER)
    assert "Please write it" in (await reception.fake.next_answer(MEMBER)).text
    await speak(reception, b"status!", 999)  # a stranger
    await reception.fake.wait_for(lambda: reception.office.strangers)
    assert reception.ears.heard == []


async def test_a_recording_survives_a_kill_while_somebody_listens_and_is_done_once(reception: Reception) -> None:
    reception.ears.hold = asyncio.Event()
    await reception.start()
    fake = reception.fake
    await speak(reception, b"'What is two and two?'")
    await fake.wait_for(lambda: reception.ears.heard)
    await reception.kill()
    assert await waiting(reception, HEARD) == 1
    reception.ears.hold.set()
    await reception.start()
    await fake.wait_for(lambda: reception.office.accepted)
    await until_done(reception)
    assert [one.text for one in fake.sent(OWNER)].count("🎙 “What is two and two?”") == 1
    assert len(reception.office.accepted) == 1


async def test_a_kill_between_the_words_and_the_order_neither_repeats_nor_loses(reception: Reception) -> None:
    reception.ears.hold = asyncio.Event()
    await reception.start()
    fake = reception.fake
    await speak(reception, b"'two'")
    await fake.wait_for(lambda: reception.ears.heard)
    await reception.kill()

    def heard(tx: Connection) -> None:
        """What is in the books after the transcript was shown."""
        (name,) = notes.beginning_with(tx, HEARD)
        notes.drop(tx, name)
        notes.put(tx, SPOKEN + name.removeprefix(HEARD), Understood("two", "whisper").as_json())

    await reception.books.write(heard)
    await reception.start()
    await fake.wait_for(lambda: reception.office.accepted)
    await until_done(reception)
    assert [request.text for request in reception.office.accepted] == ["two"]
    assert len(reception.ears.heard) == 1
    assert fake.sent(OWNER) == []


async def test_a_defect_of_the_engine_is_said_and_holds_up_nothing(reception: Reception) -> None:
    await reception.start()
    await speak(reception, b"\xff")  # our double can't decode that
    assert "did not answer as it should" in (await texts(reception, 1))[0]
    await speak(reception, b"status!")
    assert await texts(reception, 1) == ["🎙 “status”"]


@pytest.mark.kills
@pytest.mark.parametrize("seed", [1, 2])
async def test_through_sudden_deaths_each_is_shown_once_and_done_once_in_order(reception: Reception, seed: int) -> None:
    fake, chance = reception.fake, random.Random(seed)
    fake.faults.chance.seed(seed)
    fake.faults.mix({"drop_after": 0.1, "drop_before": 0.1}, "sendMessage")
    fake.faults.mix({"drop_before": 0.1, "502": 0.05}, "getFile")
    wanted = [f"note {number}" for number in range(8)]
    await reception.start(settle_s=1.0, answer_s=1.0)
    for text in wanted:
        await speak(reception, f"'{text}'".encode())
        for _ in range(2):
            await asyncio.sleep(chance.uniform(0, 0.05) if chance.random() < 0.7 else chance.uniform(0.05, 0.5))
            await reception.kill()
            await reception.start()
    async with asyncio.timeout(60):
        await fake.wait_for(lambda: not fake.queue, 60)
        await until_done(reception)
        while await reception.books.read(count_open):  # what is shown is written before it is done
            await asyncio.sleep(0.02)
    query = select(orders.c.request).order_by(orders.c.number)
    requests = await reception.books.read(lambda tx: list(tx.scalars(query)))
    assert [json.loads(request)["text"] for request in requests] == wanted
    assert [one.text for one in fake.answers(OWNER)] == [f"🎙 “{text}”" for text in wanted]


async def test_a_fault_of_ours_is_said_and_holds_up_nothing(reception: Reception) -> None:
    reception.office.fail_with = RuntimeError("planted")
    await reception.start()
    await speak(reception, b"'one'")
    assert await texts(reception, 1) == ["🎙 “one”"]
    assert "a fault of ours" in (await texts(reception, 1))[0]
    reception.office.fail_with = None
    await speak(reception, b"'two'")
    await reception.fake.wait_for(lambda: reception.office.accepted)
    await until_done(reception)


async def test_a_flood_and_lost_answers_only_delay_it(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    fake.faults.add("429", "getFile", retry_after=1)
    await speak(reception, b"status!")
    assert (await fake.next_answer(OWNER)).text == "🎙 “status”"
    assert fake.impatient == []


async def test_whatever_is_not_known_to_only_read_is_offered_and_not_run(reception: Reception) -> None:
    """Today's commands and tomorrow's: what is on no list of reading commands needs a press."""
    assert {"status", "cost", "help", "audit", "knowledge"} == READ_ONLY
    await reception.start()
    for name in (*(set(BOARDS_MENU) - READ_ONLY), "start", "approve"):
        await speak(reception, f"{name}!".encode())
        shown = await reception.fake.next_answer(OWNER)
        assert labels(shown) == [f"▶ {name}", "None of these"], name
