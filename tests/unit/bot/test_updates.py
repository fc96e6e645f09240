"""Updates of the wire as records, and who may come in."""

from __future__ import annotations

from typing import Any

import pytest

from bot.conversation import named_tier
from bot.gate import Bot, Gate
from bot.updates import BadUpdate, Joined, Other, Place, Pressed, Reacted, Said, Sender, read
from company.records import Tier
from tests.fakes.clock import TurnedClock

ADA = {"id": 7, "is_bot": False, "first_name": "Ada", "last_name": "L.", "language_code": "de-AT"}
CHAT = {"id": 7, "type": "private"}


def message(text: str = "hello", **fields: Any) -> dict[str, Any]:
    entities = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}] if text.startswith("/") else []
    return {"message_id": 5, "date": 1, "chat": CHAT, "from": ADA, "text": text, "entities": entities, **fields}


def said(**fields: Any) -> Said:
    update = read({"update_id": 1, "message": message(**fields)})
    assert isinstance(update, Said)
    return update


def test_a_message() -> None:
    update = said(text="/Cost@MyBot  week 2")
    assert (update.key, update.command, update.addressee, update.argument) == ("1-m5", "cost", "mybot", "week 2")
    assert (update.sender.name, update.sender.language, update.place.private) == ("Ada L.", "de", True)


def test_a_slash_is_a_command_only_where_telegram_saw_one() -> None:
    assert said(text="/etc/passwd is a file", entities=[]).command == ""
    assert said(text="see /stop", entities=[{"type": "bot_command", "offset": 4, "length": 5}]).command == ""


def test_a_forwarded_command_is_text() -> None:
    update = said(text="/stop", forward_origin={"type": "hidden_user", "date": 1, "sender_user_name": "Mallory"})
    assert (update.command, update.forwarded_from) == ("", "Mallory")
    assert named_tier(said(text="CEO: pay", forward_origin={"type": "hidden_user", "sender_user_name": "M"}))[0] is None


def test_an_employee_named_in_words() -> None:
    assert named_tier(said(text="CEO: shall we?")) == (Tier.CEO, "shall we?")
    assert named_tier(said(text="ceo pay is high")) == (None, "ceo pay is high")
    assert named_tier(said(text="/intern do it")) == (Tier.INTERN, "do it")


def test_mentions_count_utf16() -> None:
    update = said(text="😀 @MyBot hi", entities=[{"type": "mention", "offset": 3, "length": 6}])
    assert update.mentions == ("mybot",)


def test_the_first_message_of_a_topic_is_no_reply() -> None:
    origin = {"message_id": 2, "chat": CHAT, "date": 1, "forum_topic_created": {"name": "x", "icon_color": 1}}
    update = said(reply_to_message=origin, is_topic_message=True, message_thread_id=2)
    assert update.replied is None
    assert update.place.topic == "2"


def test_the_same_number_for_another_message_is_another_key() -> None:
    first, second = said(), read({"update_id": 1, "message": message() | {"message_id": 6}})
    assert first.key != second.key


def test_the_other_kinds() -> None:
    query = {"id": "9", "from": ADA, "chat_instance": "1", "data": "why:1", "message": message()}
    pressed = read({"update_id": 2, "callback_query": query})
    assert isinstance(pressed, Pressed)
    assert (pressed.data, pressed.message_id, pressed.text) == ("why:1", 5, "hello")
    emoji = [{"type": "emoji", "emoji": "👍"}, {"type": "custom_emoji", "custom_emoji_id": "1"}]
    reacted = read({
        "update_id": 3,
        "message_reaction": {"chat": CHAT, "message_id": 5, "user": ADA, "new_reaction": emoji, "old_reaction": []},
    })  # fmt: skip
    assert isinstance(reacted, Reacted)
    assert reacted.emoji == ("👍",)
    change = {"chat": CHAT, "from": ADA, "new_chat_member": {"status": "kicked"}}
    joined = read({"update_id": 4, "my_chat_member": change})
    assert isinstance(joined, Joined)
    assert not joined.open
    assert isinstance(read({"update_id": 5, "poll": {}}), Other)


@pytest.mark.parametrize(
    "raw",
    [{}, {"update_id": "x"}, {"update_id": 1, "message": {}}, {"update_id": 1, "message": None},
     {"update_id": 1, "message": message() | {"chat": {"id": "a", "type": "private"}}},
     {"update_id": 1, "callback_query": {"id": "1"}}, {"update_id": 1, "message_reaction": []}],
)  # fmt: skip
def test_a_bad_update_is_one_kind_of_error(raw: dict[str, Any]) -> None:
    with pytest.raises(BadUpdate):
        read(raw)


def test_in_a_group_only_what_is_for_us_is_heard(clock: TurnedClock) -> None:
    gate, bot = Gate(None, clock), Bot(99, "mybot")  # type: ignore[arg-type]
    group = {"id": -5, "type": "group", "title": "G"}

    def hears(**fields: Any) -> bool:
        return gate.listens(said(chat=group, **fields), bot)

    assert not hears(text="hello all")
    assert hears(text="@mybot hello", entities=[{"type": "mention", "offset": 0, "length": 6}])
    assert not hears(text="@other hello", entities=[{"type": "mention", "offset": 0, "length": 6}])
    assert hears(text="/status")
    assert hears(text="/status@mybot")
    assert not hears(text="/status@other")
    ours = {"message_id": 2, "chat": group, "date": 1, "from": {"id": 99, "is_bot": True, "first_name": "N"}}
    assert hears(text="and?", reply_to_message=ours)


async def test_bots_and_channels_are_nobody(clock: TurnedClock) -> None:
    gate = Gate(None, clock)  # type: ignore[arg-type]
    assert await gate.who(Sender(id=5, name="B", language="", is_bot=True)) is None
    assert await gate.who(Sender(id=0, name="", language="", is_bot=False)) is None


def test_ten_codes_an_hour(clock: TurnedClock) -> None:
    gate = Gate(None, clock)  # type: ignore[arg-type]
    sender = Sender(id=5, name="S", language="", is_bot=False)
    assert [gate.may_try_code(sender) for _ in range(12)] == [True] * 10 + [False] * 2
    assert gate.may_try_code(Sender(id=6, name="T", language="", is_bot=False))
    clock.turn(3601)
    assert gate.may_try_code(sender)
    assert Place(chat="1", kind="private").private
