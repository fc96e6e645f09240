"""Topics: made on request, remembered, left when they are closed or gone, each with a memory of its own."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from sqlalchemy import Connection

from bot import notes, topic_notes
from bot.forum import WANTED, Wish
from bot.whispers import refused_note
from company import people, work_orders
from company.records import ConversationKey, Desk, Person, Role
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, answer

GROUP, BASIC, BIGGER = -1_000_000_000_901, -777, -1_000_000_000_902
BOB = 43
NAME = "@nexus_test_bot"


async def said(reception: Reception, part: str, chat: int = GROUP):
    found = await reception.fake.wait_for(lambda: next((s for s in reception.fake.sent(chat) if part in s.text), None))
    assert found is not None
    return found


async def test_a_topic_is_made_and_has_a_memory_of_its_own(reception: Reception) -> None:
    room = reception.fake.add_group(GROUP, "House", OWNER, forum=True)
    await reception.start()
    await reception.desk.until_known()
    await reception.fake.say(OWNER, f"/topic{NAME} Garden  shed", GROUP)
    welcome = await said(reception, "This is the topic “Garden shed”")
    assert room.topics == {welcome.topic: "Garden shed"}
    assert (await said(reception, "The topic “Garden shed” is there")).topic is None
    await reception.fake.say(OWNER, f"{NAME} What do we build?", GROUP, topic=welcome.topic)
    await reception.fake.wait_for(lambda: reception.office.accepted)
    assert reception.office.accepted[0].conversation.topic == str(welcome.topic)
    await reception.fake.say(OWNER, f"/topic{NAME} garden shed", GROUP)
    await said(reception, "There is a topic “garden shed” here already")
    await reception.fake.say(OWNER, f"/topic{NAME}", GROUP)
    await said(reception, "Topics made here: Garden shed")
    assert len(reception.fake.called("createForumTopic")) == 1


@pytest.mark.parametrize(
    ("chat", "forum", "right", "words"),
    [
        (BASIC, False, True, "This group has no topics"),
        (GROUP, True, False, "I may not make topics here"),
        (OWNER, False, True, "This chat has no topics"),
    ],
)
async def test_where_no_topic_can_be_made_it_says_what_works(
    reception: Reception, chat: int, forum: bool, right: bool, words: str
) -> None:
    if chat < 0:
        reception.fake.add_group(chat, "House", OWNER, forum=forum).may_make_topics = right
    await reception.start()
    await reception.desk.until_known()
    await reception.fake.say(OWNER, f"/topic{NAME} Garden", chat if chat < 0 else None)
    await said(reception, words, chat)
    assert await reception.books.read(notes.under, WANTED) == ()


async def test_a_private_chat_with_topics_can_have_one(reception: Reception) -> None:
    reception.fake.world.bot["has_topics_enabled"] = True
    await reception.start()
    await reception.desk.until_known()
    await reception.fake.say(OWNER, "/topic Garden")
    assert (await said(reception, "This is the topic “Garden”", OWNER)).topic


async def test_a_topic_that_may_have_been_made_is_not_made_twice(reception: Reception) -> None:
    reception.fake.add_group(GROUP, "House", OWNER, forum=True)
    wish = Wish(str(GROUP), "", "group", "Garden", "en", tried=True)  # died between the call and its answer
    await reception.books.write(notes.put, f"{WANTED}1", json.dumps(asdict(wish)))
    await reception.start()
    await reception.desk.until_known()
    await said(reception, "did not say whether the topic “Garden” was made")
    assert not reception.fake.called("createForumTopic")


@pytest.mark.parametrize("deleted", [True, False])
async def test_a_topic_that_is_gone_is_answered_in_the_main_chat_and_that_is_said_once(
    reception: Reception, deleted: bool
) -> None:
    room = reception.fake.add_group(GROUP, "House", OWNER, forum=True)
    thread = reception.fake.add_topic(GROUP, "Garden")
    await reception.books.write(topic_notes.keep, str(GROUP), str(thread), "Garden")
    await reception.start()
    await reception.desk.until_known()
    for number in (1, 2):
        await reception.fake.say(OWNER, f"{NAME} Question {number}?", GROUP, topic=thread)
        await reception.fake.wait_for(lambda: len(reception.office.accepted) == number)  # noqa: B023
    if deleted:
        room.topics.pop(thread)
    else:
        await reception.fake.close_topic(OWNER, GROUP, thread)
        await reception.fake.wait_for(lambda: not reception.fake.queue)
    for number in (1, 2):
        order = await reception.books.read(work_orders.by_number, number)
        assert order is not None
        await answer(reception.books, reception.clock, reception.delivery, order, f"Answer {number}.")
        assert (await said(reception, f"Answer {number}.")).topic is None
    await said(reception, "The topic “Garden” is closed or gone, so I answer here.")
    assert sum("closed or gone" in shown.text for shown in reception.fake.sent(GROUP)) == 1
    tries = [call for call in reception.fake.called("sendMessage") if call.params.get("message_thread_id")]
    assert len(tries) == 1  # the second answer did not try the topic again


async def test_a_topic_that_is_opened_again_is_written_to_again(reception: Reception) -> None:
    reception.fake.add_group(GROUP, "House", OWNER, forum=True)
    thread = reception.fake.add_topic(GROUP, "Garden")
    await reception.books.write(topic_notes.lost, str(GROUP), str(thread))
    await reception.start()
    await reception.desk.until_known()
    await reception.fake.close_topic(OWNER, GROUP, thread)
    await reception.fake.wait_for(lambda: not reception.fake.queue)
    assert await reception.books.read(topic_notes.gone, str(GROUP), str(thread))
    await reception.fake.close_topic(OWNER, GROUP, thread, opened=True)
    await reception.fake.say(OWNER, f"/help{NAME}", GROUP, topic=thread)
    assert (await said(reception, "What I understand")).topic == thread


async def test_the_general_topic_is_never_named(reception: Reception) -> None:
    reception.fake.add_group(GROUP, "House", OWNER, forum=True)
    await reception.start()
    await reception.desk.until_known()
    message = {
        "message_id": 900, "date": reception.fake.world.now(), "text": f"/help{NAME}", "message_thread_id": 1,
        "is_topic_message": True, "from": {"id": OWNER, "is_bot": False, "first_name": "Ada"},
        "chat": {"id": GROUP, "type": "supergroup", "title": "House", "is_forum": True},
        "entities": [{"type": "bot_command", "offset": 0, "length": len(f"/help{NAME}")}],
    }  # fmt: skip
    reception.fake.emit("message", message)
    assert (await said(reception, "What I understand")).topic is None
    assert not any("message_thread_id" in call.params for call in reception.fake.called("sendMessage"))


async def test_what_was_remembered_for_a_group_moves_with_it(reception: Reception) -> None:
    reception.fake.add_group(BASIC, "House", OWNER)
    for name in (f"topic:{BASIC}:5", f"quiet:{BASIC}", refused_note(str(BASIC)), f"mute:{BASIC}:outage"):
        await reception.books.write(notes.put, name, "x")
    await reception.books.write(notes.put, f"quiet:{BIGGER}", "newer")
    await reception.start()
    await reception.desk.until_known()
    await reception.fake.migrate(BASIC, BIGGER)
    await reception.fake.wait_for(lambda: not reception.fake.queue)
    for name in (f"topic:{BIGGER}:5", refused_note(str(BIGGER)), f"mute:{BIGGER}:outage"):
        assert await reception.books.read(notes.get, name) == "x", name
    assert await reception.books.read(notes.get, f"quiet:{BIGGER}") == "newer"
    left = await reception.books.read(notes.under, "")
    assert [name for name, _ in left if str(BASIC) in name.split(":") and not name.startswith("high:")] == []


@pytest.mark.parametrize(
    ("reads_all", "hint"), [(False, "only messages that are meant for me"), (True, "every message")]
)
async def test_who_brings_it_into_a_group_hears_what_it_is_shown_there(
    reception: Reception, reads_all: bool, hint: str
) -> None:
    reception.fake.world.bot["can_read_all_group_messages"] = reads_all
    reception.fake.add_group(GROUP, "House", OWNER)
    await reception.start()
    await reception.desk.until_known()
    await reception.fake.join(OWNER, GROUP)
    assert "/setprivacy" in (await said(reception, hint)).text


@pytest.mark.parametrize("chat", [OWNER, GROUP])
async def test_a_topic_that_is_called_as_a_project_uses_it_from_its_first_line(reception: Reception, chat: int) -> None:
    reception.fake.world.bot["has_topics_enabled"] = True
    reception.fake.add_group(GROUP, "House", OWNER, forum=True)
    await reception.start()
    await reception.desk.until_known()
    owner = await reception.office.known(Desk.TELEGRAM, str(OWNER))
    assert owner is not None
    await reception.office.projects.make(owner, "Apollo")
    await reception.fake.say(OWNER, f"/topic{NAME} apollo", chat if chat < 0 else None)
    welcome = await said(reception, "This is the topic “apollo”. The project apollo is in use here", chat)
    assert ("everybody here reads that" in welcome.text) is (chat < 0)
    where = ConversationKey(desk=Desk.TELEGRAM, chat=str(chat), topic=str(welcome.topic))
    assert (await reception.office.projects.standing(owner, where)).here_name == "Apollo"
    main = ConversationKey(desk=Desk.TELEGRAM, chat=str(chat))
    assert (await reception.office.projects.standing(owner, main)).here_name == ""


@pytest.mark.parametrize("case", ["not in it", "closed", "in it, but in a group it is another's to decide"])
async def test_a_topic_that_may_not_use_the_project_is_a_topic_as_any_other(reception: Reception, case: str) -> None:
    room = reception.fake.add_group(GROUP, "House", OWNER, BOB, forum=True)
    await reception.start()
    await reception.desk.until_known()
    projects, owner = reception.office.projects, await reception.office.known(Desk.TELEGRAM, str(OWNER))
    bob = await another(reception, BOB)
    assert owner is not None
    await projects.make(owner, "Apollo")
    if case != "not in it":
        await projects.let_in(owner, "Apollo", "Bob")
    if case == "closed":
        await projects.close(owner, "Apollo")
    speaker = OWNER if case == "closed" else BOB
    await reception.fake.say(speaker, f"/topic{NAME} Apollo", GROUP)
    welcome = await said(reception, "This is the topic “Apollo”. What we say here")
    assert room.topics == {welcome.topic: "Apollo"}
    where = ConversationKey(desk=Desk.TELEGRAM, chat=str(GROUP), topic=str(welcome.topic))
    assert [(await projects.standing(one, where)).here_name for one in (owner, bob)] == ["", ""]
    assert await reception.books.read(notes.under, WANTED) == ()


async def another(reception: Reception, user: int) -> Person:
    def write(tx: Connection) -> Person:
        person = people.add(tx, 1, name="Bob", role=Role.MEMBER, language="en", by="test")
        people.identify(tx, 1, person, Desk.TELEGRAM, str(user))
        return person

    return await reception.books.write(write)
