"""The fake Bot API, driven by python-telegram-bot: a reader of the wire that is neither ours nor aiogram's."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, ChatMigrated, EndPointNotFound, Forbidden, InvalidToken, RetryAfter

from tests.fakes.telegram import FakeTelegram

BOARD = 42
CARD = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Approve", callback_data="a:1"), InlineKeyboardButton("Reject", callback_data="r:1")]]
)


async def greet(fake: FakeTelegram, bot: Bot) -> int:
    """Open the private chat and confirm the greeting. Returns the id of the person's message."""
    update_id = await fake.say(BOARD, "hello", first_name="Ada", username="ada_l", language_code="en")
    await bot.get_updates(offset=update_id + 1)
    return fake.message_of[update_id].message_id


async def test_a_message_of_a_person_arrives_as_said(fake: FakeTelegram, bot: Bot) -> None:
    first = await fake.say(BOARD, "/start CODE", first_name="Ada", language_code="fr")
    original = fake.message_of[first].message_id
    await fake.say(BOARD, "as a reply", reply_to=original, quote="CODE")
    await fake.say(BOARD, "spam", forwarded_from="Mallory")
    one, two, three = await bot.get_updates()
    assert one.update_id == first
    assert one.message is not None
    assert one.message.from_user is not None
    assert (one.message.text, one.message.from_user.language_code) == ("/start CODE", "fr")
    assert [entity.type for entity in one.message.entities] == ["bot_command"]
    assert two.message is not None
    assert two.message.reply_to_message is not None
    assert two.message.quote is not None
    assert (two.message.reply_to_message.message_id, two.message.quote.text) == (original, "CODE")
    assert three.message is not None
    assert three.message.forward_origin is not None
    assert three.message.forward_origin.type == "hidden_user"


async def test_offset_confirms_and_unconfirmed_updates_come_again(fake: FakeTelegram, bot: Bot) -> None:
    ids = [await fake.say(BOARD, str(number)) for number in range(3)]
    assert [u.update_id for u in await bot.get_updates(limit=2)] == ids[:2]
    assert [u.update_id for u in await bot.get_updates()] == ids
    assert [u.update_id for u in await bot.get_updates(offset=ids[1])] == ids[1:]
    assert [u.update_id for u in await bot.get_updates(offset=-1)] == ids[2:]
    assert await bot.get_updates(offset=ids[2] + 1) == ()


async def test_long_poll_answers_at_once_when_somebody_writes(fake: FakeTelegram, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await fake.wait_for(lambda: fake.polls.open)
    update_id = await fake.say(BOARD, "now")
    async with asyncio.timeout(2):
        assert [u.update_id for u in await poll] == [update_id]
    assert (fake.polls.started, fake.polls.answered, fake.polls.conflicts) == (1, 1, 0)


async def test_updates_repeat_shuffle_jump_and_expire_on_demand(fake: FakeTelegram, bot: Bot) -> None:
    ids = [await fake.say(BOARD, str(number)) for number in range(8)]
    fake.twice = fake.shuffled = True
    got = [u.update_id for u in await bot.get_updates()]
    assert sorted(got) == sorted(ids * 2)
    assert got != sorted(got)
    fake.twice = fake.shuffled = False
    assert await bot.get_updates(offset=ids[-1] + 1) == ()
    fake.redeliver(ids[3])
    assert [u.update_id for u in await bot.get_updates(offset=ids[-1] + 1)] == [ids[3]]
    fake.jump_update_id(7)
    assert await fake.say(BOARD, "after a week") == 7
    assert [u.update_id for u in await bot.get_updates(offset=ids[-1] + 1)] == [7]
    assert await bot.get_updates(offset=8) == ()
    await fake.say(BOARD, "too late")
    fake.turn_clock(25 * 3600)
    assert await bot.get_updates() == ()


async def test_a_second_poller_ends_the_first_with_409(fake: FakeTelegram, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=20))
    await fake.wait_for(lambda: fake.polls.open)
    other = Bot(fake.token, base_url=f"{fake.url}/bot")
    async with other:
        second = asyncio.create_task(other.get_updates(timeout=20))
        with pytest.raises(Exception, match="make sure that only one bot instance is running"):
            await first
        await fake.say(BOARD, "who hears me?")
        assert len(await second) == 1
    assert fake.polls.conflicts == 1


async def test_a_poller_that_died_is_no_rival(fake: FakeTelegram, bot: Bot) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", fake.port)
    writer.write(f"GET /bot{fake.token}/getUpdates?timeout=30 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await fake.wait_for(lambda: fake.polls.open)
    writer.transport.abort()
    await fake.wait_for(lambda: not fake.polls.open)
    assert await bot.get_updates() == ()
    assert fake.polls.conflicts == 0
    assert reader.at_eof() or reader.exception()


async def test_a_webhook_left_set_is_a_conflict(fake: FakeTelegram, bot: Bot) -> None:
    await bot.set_webhook("https://example.org/hook")
    with pytest.raises(Exception, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    assert (await bot.get_webhook_info()).url == "https://example.org/hook"
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_sending_html_shows_text_and_entities(fake: FakeTelegram, bot: Bot) -> None:
    hers = await greet(fake, bot)
    message = await bot.send_message(
        BOARD, "😀 <b>bold &amp; <i>more</i></b> <a href='https://example.org'>link</a>\n"
        "<pre><code class='language-py'>x=1</code></pre>  ",
        parse_mode="HTML", reply_markup=CARD, disable_notification=True, reply_parameters=ReplyParameters(hers),
    )  # fmt: skip
    shown = fake.sent(BOARD)[0]
    assert shown.text == "😀 bold & more link\nx=1"
    assert [(e["type"], e["offset"], e["length"]) for e in shown.entities] == [
        ("bold", 3, 11), ("italic", 10, 4), ("text_link", 15, 4), ("pre", 20, 3),
    ]  # fmt: skip
    assert shown.entities[3]["language"] == "py"
    assert message.parse_entities() == {
        entity: shown.text.encode("utf-16-le")[2 * entity.offset : 2 * (entity.offset + entity.length)].decode(
            "utf-16-le"
        )
        for entity in message.entities
    }
    assert (shown.silent, shown.reply_to, shown.button("Rej")["callback_data"]) == (True, hers, "r:1")
    assert fake.answers(BOARD) == []
    assert fake.violations == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<b>open", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</b></i>", 'expected "</i>", found "</b>"'),
        ("<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b", "Unclosed start tag"),
        ("<code><b>x</b></code>", "code entities can't contain other entities"),
        ("<b><code>x</code></b>", "bold entities can't contain code"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "blockquote entities can't be nested"),
        ("<span class='x'>a</span>", 'Tag "span" must have class "tg-spoiler"'),
        ("<a>x</a>", 'must have attribute "href"'),
    ],
)
async def test_bad_html_is_refused(fake: FakeTelegram, bot: Bot, text: str, reason: str) -> None:
    await greet(fake, bot)
    with pytest.raises(BadRequest) as refusal:
        await bot.send_message(BOARD, text, parse_mode="HTML")
    assert "an't parse entities" in str(refusal.value)
    assert reason.lower() in str(refusal.value).lower()
    assert [violation.method for violation in fake.violations] == ["sendMessage"]
    assert fake.sent() == []


@pytest.mark.parametrize(
    ("entities", "reason"),
    [
        ([("bold", 0, 9)], "outside of the text"),
        ([("bold", 1, 2)], "(?i)middle of a UTF-16 symbol"),
        ([("bold", 0, 4), ("italic", 3, 3)], "overlap without nesting"),
        ([("text_link", 0, 2)], "lacks url"),
        ([("fancy", 0, 2)], "unsupported entity type"),
    ],
)
async def test_bad_entities_are_refused(
    fake: FakeTelegram, bot: Bot, entities: list[tuple[str, int, int]], reason: str
) -> None:
    await greet(fake, bot)
    with pytest.raises(BadRequest, match=reason):
        await bot.send_message(BOARD, "😀 abcd", entities=[MessageEntity(*entity) for entity in entities])


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ({"chat_id": 777, "text": "x"}, "Chat not found"),
        ({"chat_id": BOARD, "text": "  \n"}, "Message text is empty"),
        ({"chat_id": BOARD, "text": "😀" * 2049}, "Message is too long"),
        ({"chat_id": BOARD, "text": "x", "reply_parameters": ReplyParameters(999)}, "Message to be replied not found"),
        ({"chat_id": BOARD, "text": "x", "message_thread_id": 5}, "Message thread not found"),
        ({"chat_id": BOARD, "text": "x", "api_kwargs": {"colour": "red"}}, "unknown field sendMessage.colour"),
        (
            {"chat_id": BOARD, "text": "x", "api_kwargs": {"link_preview_options": {"prefer": 1}}},
            "link_preview_options.prefer",
        ),
    ],
)
async def test_refused_sends(fake: FakeTelegram, bot: Bot, call: dict[str, Any], reason: str) -> None:
    await greet(fake, bot)
    with pytest.raises(BadRequest) as refusal:
        await bot.send_message(**call)
    assert reason.lower() in str(refusal.value).lower()
    assert fake.sent() == []


@pytest.mark.parametrize(
    "button", [{"callback_data": "x" * 65}, {"url": "nowhere"}, {}, {"callback_data": "a", "style": "pink"}]
)
async def test_bad_buttons_are_refused(fake: FakeTelegram, bot: Bot, button: dict[str, str]) -> None:
    await greet(fake, bot)
    markup = {"inline_keyboard": [[{"text": "b", **button}]]}
    with pytest.raises(BadRequest):
        await bot.send_message(BOARD, "x", api_kwargs={"reply_markup": markup})
    assert len(fake.violations) == 1


async def test_text_of_exactly_the_limit_passes(fake: FakeTelegram, bot: Bot) -> None:
    await greet(fake, bot)
    await bot.send_message(BOARD, "<b>" + "😀" * 2048 + "</b>", parse_mode="HTML")
    assert len(fake.sent(BOARD)) == 1


async def test_edits_and_their_refusals(fake: FakeTelegram, bot: Bot) -> None:
    hers = await greet(fake, bot)
    sent = await bot.send_message(BOARD, "<b>one</b>", parse_mode="HTML", reply_markup=CARD)
    with pytest.raises(BadRequest, match="exactly the same as a current content and reply markup"):
        await bot.edit_message_text(
            "one", BOARD, sent.message_id, entities=[MessageEntity("bold", 0, 3)], reply_markup=CARD
        )
    await bot.edit_message_text("two", BOARD, sent.message_id)
    shown = fake.sent(BOARD)[0]
    assert (shown.text, shown.keyboard, [edit.text for edit in shown.edits]) == ("two", [], ["one"])
    await bot.edit_message_reply_markup(BOARD, sent.message_id, reply_markup=CARD)
    assert len(shown.buttons) == 2
    with pytest.raises(BadRequest, match="can't be edited"):
        await bot.edit_message_text("x", BOARD, hers)
    with pytest.raises(BadRequest, match="essage to edit not found"):
        await bot.edit_message_text("x", BOARD, 999)
    assert await bot.delete_message(BOARD, sent.message_id)
    with pytest.raises(BadRequest, match="essage to edit not found"):
        await bot.edit_message_text("x", BOARD, sent.message_id)
    with pytest.raises(BadRequest, match="essage to delete not found"):
        await bot.delete_message(BOARD, sent.message_id)
    assert (fake.sent(BOARD), [gone.message_id for gone in fake.deleted]) == ([], [sent.message_id])


async def test_message_ids_share_one_counter_except_in_supergroups(fake: FakeTelegram, bot: Bot) -> None:
    await fake.say(1, "a")
    await fake.say(2, "b")
    fake.add_group(-5, "basic", 1)
    fake.add_group(-1000000000005, "super", 1)
    ids = [(await bot.send_message(chat, "x")).message_id for chat in (1, -5, 2, -1000000000005, 1, -1000000000005)]
    assert ids == [3, 4, 5, 1, 6, 2]


async def test_presses_with_repetition_and_old_cards(fake: FakeTelegram, bot: Bot) -> None:
    await greet(fake, bot)
    card = await bot.send_message(BOARD, "decide", reply_markup=CARD)
    await fake.press(BOARD, card.message_id, text="Approve", repeated=1)
    first, second = [u.callback_query for u in await bot.get_updates()]
    assert first is not None
    assert second is not None
    assert first.data == second.data == "a:1"
    assert first.id != second.id
    await bot.answer_callback_query(first.id, "done", show_alert=True)
    assert fake.answered_callbacks[first.id]["text"] == "done"
    fake.expire_callbacks()
    with pytest.raises(BadRequest, match="uery is too old"):
        await bot.answer_callback_query(second.id)
    await bot.delete_message(BOARD, card.message_id)
    with pytest.raises(LookupError):
        await fake.press(BOARD, card.message_id, "a:1")
    await fake.press(BOARD, card.message_id, "a:1", force=True)
    last = (await bot.get_updates(offset=-1))[0].callback_query
    assert last is not None
    assert last.message is not None
    assert not last.message.is_accessible


async def test_reactions_both_ways(fake: FakeTelegram, bot: Bot) -> None:
    hers = await greet(fake, bot)
    await bot.set_message_reaction(BOARD, hers, "👀")
    assert fake.reactions == {(BOARD, hers): ["👀"]}
    with pytest.raises(BadRequest, match="eaction"):
        await bot.set_message_reaction(BOARD, hers, "✅")
    answer = await bot.send_message(BOARD, "x")
    assert await fake.react(BOARD, answer.message_id, "👍") == 0
    assert len(fake.unasked) == 1
    await bot.get_updates(allowed_updates=["message", "message_reaction"])
    assert await fake.react(BOARD, answer.message_id, None) > 0
    (update,) = await bot.get_updates()
    assert update.message_reaction is not None
    assert [reaction.to_dict()["emoji"] for reaction in update.message_reaction.old_reaction] == ["👍"]


async def test_files_go_up_and_come_down(fake: FakeTelegram, bot: Bot) -> None:
    await greet(fake, bot)
    sent = await bot.send_document(
        BOARD, b"%PDF-1.7 x", filename="report.pdf", caption="<b>Report</b>", parse_mode="HTML"
    )
    assert sent.document is not None
    assert sent.document.file_name == "report.pdf"
    shown = fake.sent(BOARD)[0]
    assert (shown.kind, shown.text, fake.world.files[shown.file_id or ""].data) == ("document", "Report", b"%PDF-1.7 x")
    await bot.send_photo(BOARD, b"\x89PNG", reply_markup=CARD)
    await fake.send_file(BOARD, b"note", "note.txt", caption="read this", album="album-1")
    await fake.send_file(BOARD, b"big", "big.bin", size=21 * 1024 * 1024)
    small, big = [u.message for u in await bot.get_updates()]
    assert small is not None
    assert big is not None
    assert small.document is not None
    assert big.document is not None
    assert (small.caption, small.media_group_id) == ("read this", "album-1")
    file = await bot.get_file(small.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"note"
    with pytest.raises(BadRequest, match="ile is too big"):
        await bot.get_file(big.document.file_id)
    assert fake.violations == []


async def test_profile_commands_pins_topics_and_edits_by_people(fake: FakeTelegram, bot: Bot) -> None:
    hers = await greet(fake, bot)
    await bot.set_my_commands([BotCommand("status", "How it goes")], language_code="en")
    await bot.delete_my_commands(language_code="en")
    await bot.set_my_short_description("running")
    await bot.set_my_description("A company")
    await bot.send_chat_action(BOARD, "typing")
    await bot.pin_chat_message(BOARD, hers)
    assert (await bot.get_chat(BOARD)).first_name == "Ada"
    assert fake.methods.profile["short_description:"] == "running"
    assert (fake.actions, fake.methods.pinned) == ([(BOARD, "typing")], {BOARD: [hers]})
    fake.add_group(-1000000000007, "office", BOARD, forum=True)
    topic = fake.add_topic(-1000000000007, "Research")
    await fake.say(BOARD, "in a topic", -1000000000007, topic=topic)
    await fake.edit(BOARD, hers, "hello again")
    in_topic, edited = await bot.get_updates()
    assert in_topic.message is not None
    assert edited.edited_message is not None
    assert (in_topic.message.message_thread_id, edited.edited_message.text) == (topic, "hello again")
    await bot.send_message(-1000000000007, "there", message_thread_id=topic)
    with pytest.raises(BadRequest, match="essage thread not found"):
        await bot.send_message(-1000000000007, "there", message_thread_id=1)
    assert fake.violations == []


async def test_blocked_then_let_in(fake: FakeTelegram, bot: Bot) -> None:
    await greet(fake, bot)
    await fake.block(BOARD)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(BOARD, "x")
    await fake.unblock(BOARD)
    await bot.send_message(BOARD, "x")
    kinds = [
        update.my_chat_member.new_chat_member.status for update in await bot.get_updates() if update.my_chat_member
    ]
    assert kinds == ["kicked", "member"]


async def test_a_group_moves(fake: FakeTelegram, bot: Bot) -> None:
    fake.add_group(-8, "team", BOARD)
    await fake.say(BOARD, "hi", -8)
    await fake.migrate(-8, -1000000000008)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(-8, "x")
    assert moved.value.new_chat_id == -1000000000008
    assert (await bot.send_message(-1000000000008, "x")).message_id == 2
    told = [u.message.migrate_to_chat_id for u in await bot.get_updates() if u.message]
    assert told == [None, -1000000000008, None]


async def test_wrong_token_and_unknown_method(fake: FakeTelegram, bot: Bot) -> None:
    with pytest.raises(InvalidToken):
        async with Bot("1:wrong", base_url=f"{fake.url}/bot"):
            pass
    with pytest.raises(EndPointNotFound):
        await bot.do_api_request("sendRichMessage", {"chat_id": BOARD, "rich_message": {"html": "x"}})


async def test_next_answer_waits_and_skips_silent_lines(fake: FakeTelegram, bot: Bot) -> None:
    await greet(fake, bot)
    waiting = asyncio.create_task(fake.next_answer(BOARD))
    await bot.send_message(BOARD, "working", disable_notification=True)
    await bot.send_message(BOARD, "first")
    await bot.send_message(BOARD, "second")
    assert (await waiting).text == "first"
    assert (await fake.next_answer(BOARD)).text == "second"
    with pytest.raises(TimeoutError):
        await fake.next_answer(BOARD, timeout=0.02)


async def test_updates_are_what_ptb_writes_itself(fake: FakeTelegram, bot: Bot) -> None:
    await fake.say(BOARD, "https://example.org by @ada_l")
    (update,) = await bot.get_updates()
    wire = fake.delivered[0].wire
    assert Update.de_json(wire, bot).to_dict() == update.to_dict()
    assert update.api_kwargs == {}
    assert update.message is not None
    assert update.message.api_kwargs == {}
    assert [e.type for e in update.message.entities] == ["url", "mention"]


@pytest.mark.filterwarnings("ignore:.*retry_after")
async def test_a_flood_counts_the_impatient(fake: FakeTelegram, bot: Bot) -> None:
    await greet(fake, bot)
    await fake.say(43, "other")
    fake.flood(0.2, chat_id=BOARD)
    with pytest.raises(RetryAfter):
        await bot.send_message(BOARD, "x")
    await bot.send_message(43, "others go on")
    with pytest.raises(RetryAfter):
        await bot.send_message(BOARD, "x")
    assert [call.chat_id for call in fake.impatient] == [BOARD]
