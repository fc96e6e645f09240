"""Quiet hours, digests, muted subjects: what nobody asked for, on turned time, through restarts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select

from bot import choices, hours, notes
from bot.delivery import Delivery
from bot.outbox import Dress
from bot.sender import _take
from company.books import Books
from company.config_desks import TelegramSettings
from company.records import ConversationKey, Desk, Json, Role
from company.schema import outbox
from company.topics import MUTABLE, Topic
from tests.fakes.clock import TurnedClock
from tests.unit.bot.doubles import OWNER, Office, owner

PARIS = ZoneInfo("Europe/Paris")
CHAT = str(OWNER)
HERE = ConversationKey(desk=Desk.TELEGRAM, chat=CHAT)
HOUR_S = 3600


def at(*when: int) -> int:
    return int(datetime(*when, tzinfo=PARIS).timestamp() * 1000)  # type: ignore[arg-type]


@dataclass
class Night:
    """A courier on the books, at a time of the wall in Paris; `again()` is the courier after a restart."""

    books: Books
    clock: TurnedClock
    office: Office
    delivery: Delivery

    async def again(self) -> None:
        self.delivery = Delivery(TelegramSettings(), self.clock, zone=PARIS)
        await self.delivery.warm()

    async def tell(self, text: str, topic: Topic | None = Topic.BUDGET, *, silent: bool = False) -> bool:
        return await self.books.write(lambda tx: self.delivery.notice(tx, HERE, text, topic=topic, silent=silent))

    async def look(self) -> float | None:
        return await self.delivery.proactive.look(self.books, self.office)

    async def choose(self, span: str) -> None:
        await self.books.write(choices.set_quiet, CHAT, hours.read(span))

    async def messages(self) -> list[Json]:
        def read(tx: Connection) -> list[Json]:
            return [json.loads(row.payload)["message"] for row in tx.execute(select(outbox).order_by(outbox.c.seq))]

        return await self.books.read(read)

    async def until(self, *when: int) -> None:
        self.clock.turn((at(*when) - self.clock.now()) / 1000)
        await self.look()


@pytest.fixture
async def night(books: Books) -> Night:
    """Half past eleven in the evening; the owner is quiet from 22:30 to 7."""
    clock = TurnedClock(at(2026, 11, 20, 23, 30))
    await owner(books, clock)
    night = Night(books, clock, Office(books, clock), Delivery(TelegramSettings(), clock, zone=PARIS))
    await night.delivery.warm()
    await night.choose("22:30-7")
    return night


async def test_what_nobody_asked_for_waits_and_comes_as_one_digest_at_the_end_of_the_night(night: Night) -> None:
    assert await night.tell("80 % of today's budget is used.")
    assert await night.look() == 60.0
    await night.until(2026, 11, 21, 4, 0)
    await night.tell("Back after 3 min.", Topic.OUTAGE)
    await night.until(2026, 11, 21, 6, 59)
    assert await night.messages() == []
    await night.again()
    await night.until(2026, 11, 21, 7, 0)
    (digest,) = await night.messages()
    assert digest["text"] == (
        "🌙 While it was quiet (2)\n23:30  80 % of today's budget is used.\n04:00  Back after 3 min."
    )
    labels = [button["text"] for button in digest["reply_markup"]["inline_keyboard"][0]]
    assert labels == ["🔕 Budget nearly used", "🔕 Back after an outage"]
    await night.look()
    await night.again()
    await night.until(2026, 11, 22, 7, 0)
    assert len(await night.messages()) == 1, "it came twice"


async def test_by_day_it_comes_at_once_with_its_button(night: Night) -> None:
    night.clock.turn(10 * HOUR_S)
    await night.tell("80 % of today's budget is used.")
    (shown,) = await night.messages()
    assert shown["disable_notification"] is False
    assert shown["reply_markup"]["inline_keyboard"][0][0] == {"text": "🔕 Mute this", "callback_data": "mute:budget"}


async def test_a_crash_between_reading_and_writing_loses_nothing_and_doubles_nothing(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    await night.tell("one")
    night.clock.turn(8 * HOUR_S)
    with monkeypatch.context() as patch:
        patch.setattr("bot.outbox.post", _dies)
        with pytest.raises(RuntimeError, match="the process died"):
            await night.look()
    assert await night.messages() == []
    await night.again()
    await night.look()
    await night.look()
    assert len(await night.messages()) == 1


def _dies(*_given: object, **_named: object) -> None:
    raise RuntimeError("the process died")


@pytest.mark.parametrize(
    ("evening", "morning"),
    [((2026, 3, 28, 23, 0), (2026, 3, 29, 7, 0)), ((2026, 10, 24, 23, 0), (2026, 10, 25, 7, 0))],
)
async def test_the_night_ends_by_the_wall_when_the_clock_is_changed(
    night: Night, evening: tuple[int, ...], morning: tuple[int, ...]
) -> None:
    night.clock.jump((at(*evening) - night.clock.now()) / 1000)
    await night.tell("one")
    night.clock.turn((at(*morning) - night.clock.now()) / 1000 - 60)
    await night.look()
    assert await night.messages() == []
    night.clock.turn(60)
    await night.look()
    assert len(await night.messages()) == 1


async def test_hours_that_are_switched_off_let_go_at_once(night: Night) -> None:
    await night.tell("one")
    await night.choose("off")
    await night.look()
    assert len(await night.messages()) == 1


async def test_an_answer_comes_at_night_as_always_but_without_a_sound(night: Night) -> None:
    for evening, quiet in ((True, True), (False, False)):
        if not evening:
            night.clock.turn(10 * HOUR_S)
        await night.tell("The answer.", topic=None, silent=False)
        _, begun = await night.books.write(_take, night.clock.now(), PARIS, CHAT, True)
        assert begun is not None
        assert begun.payload["message"]["disable_notification"] is quiet
        assert begun.dress is Dress.NOTICE
        await night.books.write(lambda tx: tx.execute(outbox.delete()))


async def test_a_muted_subject_is_never_heard_and_others_are(night: Night) -> None:
    night.clock.turn(10 * HOUR_S)
    for topic in Topic:
        await night.books.write(lambda tx, topic=topic: choices.mute(tx, CHAT, topic, on=True))
    told = {topic: await night.tell("x", topic) for topic in Topic}
    assert told == {topic: topic not in MUTABLE for topic in Topic}
    assert await night.tell("the answer to an order", topic=None)
    assert await night.books.read(choices.muted, CHAT) == MUTABLE
    assert len(await night.messages()) == 2


async def test_what_waits_for_somebody_who_is_gone_is_dropped(night: Night) -> None:
    stranger = ConversationKey(desk=Desk.TELEGRAM, chat="999")
    await night.books.write(choices.set_quiet, "999", hours.read("22-7"))
    await night.books.write(lambda tx: night.delivery.notice(tx, stranger, "secret", topic=Topic.ANCHOR))
    night.clock.turn(10 * HOUR_S)
    await night.look()
    assert await night.messages() == []
    assert await night.books.read(notes.beginning_with, choices.HELD) == ()


async def test_what_waits_is_bounded(night: Night) -> None:
    for number in range(choices.MOST_HELD + 5):
        await night.tell(f"message {number}")
    held = await night.books.read(choices.held, CHAT)
    assert [len(held), held[0].text] == [choices.MOST_HELD, "message 5"]


async def test_the_daily_digest_comes_once_a_day_from_its_hour_on_after_the_night(night: Night) -> None:
    await night.books.write(lambda tx: choices.set_digest(tx, CHAT, 6, done="2026-11-20"))
    await night.tell("80 % used.")
    await night.until(2026, 11, 21, 6, 30)
    assert await night.messages() == [], "it is still quiet"
    await night.until(2026, 11, 21, 7, 0)
    (digest,) = await night.messages()
    assert digest["text"].startswith(
        "🗞 The last day\nOrders: 3 delivered, 1 failed, 1 not done yet\nSpent: $0.42\n"
        "❗ Decisions that wait for the Board: 2\n⚠️ Another program took this bot's messages\n\n🌙 While it was quiet (1)"
    )
    await night.again()
    await night.until(2026, 11, 21, 22, 0)
    assert len(await night.messages()) == 1
    await night.until(2026, 11, 22, 9, 0)
    assert len(await night.messages()) == 2, "a day on which it slept past the hour has its digest too"


async def test_a_digest_that_may_not_be_seen_any_more_ends(night: Night) -> None:
    night.clock.turn(12 * HOUR_S)
    await owner(night.books, night.clock, user=77, role=Role.OBSERVER)
    night.office.day = _refused  # type: ignore[method-assign,assignment]
    await night.books.write(lambda tx: choices.set_digest(tx, "77", 6, done=""))
    assert await night.look() is None
    assert await night.books.read(choices.digests) == {}


async def _refused(person: object) -> None:
    from company.errors import Refused

    raise Refused("You may not do that here.")
