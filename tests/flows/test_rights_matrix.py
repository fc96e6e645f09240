"""Every command and every button, by every role, in private and in a group: the sender's own role decides, default deny."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import outbox
from bot.desk import TelegramDesk
from company.records import Role, State
from company.schema import audit
from tests.fakes.models import Reply
from tests.fakes.telegram_world import Shown
from tests.flows.company import OWNER, PATIENCE_S, Lab, a_lab

MEMBER, OBSERVER, STRANGER, GROUP = 43, 44, 666, -1_000_000_000_777
USERS = {"board": OWNER, "member": MEMBER, "observer": OBSERVER, "stranger": STRANGER}
DENIED = "ask the Board"
EVERYBODY, ORDERING, BOARD = (
    frozenset({"board", "member", "observer"}),
    frozenset({"board", "member"}),
    frozenset({"board"}),
)
COMMANDS = {
    "start": EVERYBODY, "help": EVERYBODY, "status": EVERYBODY, "settings": EVERYBODY, "quiet": EVERYBODY,
    "budget": EVERYBODY, "cost": ORDERING, "knowledge": ORDERING, "escalate": ORDERING, "stop": ORDERING,
    "new": ORDERING, "topic": ORDERING, "project": ORDERING, "quota": ORDERING, "forget": EVERYBODY, "audit": BOARD, "sessions": BOARD, "qa": BOARD, "voice": EVERYBODY,
}  # fmt: skip
"""Who may use a command. A command that is missing here fails the test: nothing is allowed by being forgotten."""
BUTTONS = {
    "sources": ORDERING, "why": ORDERING, "escalate": ORDERING, "rate_up": ORDERING, "rate_down": ORDERING,
    "decide": BOARD, "stop": ORDERING, "section": ORDERING, "cost": ORDERING, "picture": EVERYBODY, "lang": EVERYBODY,
    "qa": BOARD, "cap": BOARD, "set": EVERYBODY, "quiet": EVERYBODY, "digest": ORDERING, "hear": EVERYBODY,
    "stream": EVERYBODY, "mute": EVERYBODY, "unmute": EVERYBODY, "late": EVERYBODY, "try": EVERYBODY, "revoke": BOARD, "pin": ORDERING, "open": EVERYBODY, "forget": ORDERING, "page": ORDERING, "read": ORDERING, "spoken": ORDERING, "anew": ORDERING,
}  # fmt: skip
IN_A_GROUP = {"mute": BOARD, "unmute": BOARD}
"""What one person may choose for themselves the Board alone may choose for a group."""
ARGUMENTS = {
    "cost": "week", "lang": "en", "picture": "status", "qa": "", "section": "{order}:0", "decide": "nothing:add",
    "cap": "day:5", "forget": "999999", "page": "{order}:1", "set": "main", "quiet": "off", "digest": "off", "hear": "outage:on", "stream": "edits", "mute": "outage",
    "unmute": "outage", "spoken": "0:nothing", "late": "do:1", "try": "status", "revoke": "nobody", "pin": "off", "open": "budget",
}  # fmt: skip
NOT_HERE = (
    "in our own chat",
    "There is no such order",
    "not known any more",
    "no longer works",
    "over already",
    "a copy of a card",
)


def tables(lab: Lab) -> tuple[set[str], set[str]]:
    """The commands and the buttons that there are."""
    desk = next(part for part in lab.company.departments if isinstance(part, TelegramDesk))
    return set(desk._intake._commands._table), set(desk._intake._presses._table)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Lab]:
    """Everybody in one group; one delivered order of the Board's and one of the member's in each place."""
    async with a_lab(tmp_path, NEXUS_TELEGRAM__GROUP_MESSAGES_PER_MINUTE="10000") as lab:
        await lab.open()
        await lab.pair()
        await lab.pair(MEMBER, role=Role.MEMBER, name="Bob")
        await lab.pair(OBSERVER, role=Role.OBSERVER, name="Cy")
        lab.telegram.add_group(GROUP, "House", *USERS.values())
        lab.anthropic.answer = lambda ask: Reply("It is a city.")
        yield lab


async def quiet(lab: Lab) -> None:
    """Everything that came is taken, and everything that is to be said is said."""
    await lab.telegram.wait_for(lambda: not lab.telegram.queue, PATIENCE_S)
    async with asyncio.timeout(PATIENCE_S):
        while await lab.company.books.read(outbox.count_open):
            await asyncio.sleep(0.01)


def heard(lab: Lab, user: int, chat: int) -> list[Shown]:
    """Everything that the desk said to a person or to the place where they spoke."""
    return [*lab.telegram.sent(user), *lab.telegram.sent(chat), *lab.telegram.whispers(chat, user)]


@pytest.mark.parametrize("place", ["private", "group"])
async def test_every_command_by_every_role(house: Lab, place: str):
    assert tables(house)[0] == set(COMMANDS)
    name = f"@{house.telegram.world.bot['username']}" if place == "group" else ""
    for command, allowed in COMMANDS.items():
        for role, user in USERS.items():
            chat = GROUP if place == "group" else user
            before = max((shown.number for shown in house.telegram.messages()), default=0)
            await house.telegram.say(user, f"/{command}{name}", GROUP if place == "group" else None)
            await quiet(house)
            if role == "stranger":
                assert house.telegram.sent(STRANGER) == [], command
                continue
            said = " ".join(shown.text for shown in heard(house, user, chat) if shown.number > before)
            assert said, (command, role)
            assert (DENIED in said) is (role not in allowed), (command, role, said)
    assert await house.orders() == []


@pytest.mark.parametrize("place", ["private", "group"])
async def test_every_button_by_every_role(house: Lab, place: str):
    assert tables(house)[1] == set(BUTTONS)
    name = f"@{house.telegram.world.bot['username']} " if place == "group" else ""
    where = GROUP if place == "group" else None
    for role, user in USERS.items():
        author = user if role in ORDERING else MEMBER
        await house.telegram.say(author, f"{name}What is the capital of Peru?", where)
        number = len(await house.orders()) + 1
        order = await house.until(lambda found: found.state is State.DELIVERED, number)
        shown = house.telegram.sent(GROUP if place == "group" else author)[-1]
        for action, allowed in (BUTTONS | (IN_A_GROUP if where else {})).items():
            data = f"{action}:{ARGUMENTS.get(action, '{order}').format(order=order.id)}"
            chat = GROUP if place == "group" else user
            if place == "private" and author != user:
                continue  # nobody but its owner has a message of a private chat to press on
            await house.telegram.press(user, shown.message_id, data, chat_id=chat, force=True)
            await house.telegram.wait_for(lambda: not house.telegram.queue, PATIENCE_S)
            if role == "stranger":
                continue
            toast = (await house.toast()).get("text", "")
            refused = DENIED in toast or any(words in toast for words in NOT_HERE)
            assert refused or role in allowed, (action, role, toast)
    answered = set(house.telegram.answered_callbacks)
    assert len(answered) == len(house.telegram.callbacks) - (len(BUTTONS) if place == "group" else 0)
    assert house.telegram.sent(STRANGER) == []


async def test_nobody_speaks_for_a_chat(house: Lab):
    """Anonymous administrators, channels, linked channels and bots are nobody, whatever id they come with."""
    name = f"@{house.telegram.world.bot['username']}"
    room = {"id": GROUP, "type": "supergroup", "title": "House"}
    owner = {"id": OWNER, "is_bot": False, "first_name": "Ada"}
    channel = {"id": -1_000_000_000_999, "type": "channel", "title": "News"}
    entities = [{"type": "bot_command", "offset": 0, "length": len("/cost" + name)}]
    speakers = (
        {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}, "sender_chat": room},
        {"from": {"id": 777000, "is_bot": False, "first_name": "Telegram"}, "sender_chat": channel},
        {"from": {"id": 136817688, "is_bot": True, "first_name": "Channel"}, "sender_chat": channel},
        {"from": owner, "sender_chat": room},
        {"from": {**owner, "is_bot": True}},
        {},
    )
    for number, speaker in enumerate(speakers, 900):
        message = {"message_id": number, "date": house.telegram.world.now(), "chat": room, **speaker}
        house.telegram.emit("message", {**message, "text": f"/cost{name}", "entities": entities})
    await house.telegram.wait_for(lambda: not house.telegram.queue, PATIENCE_S)
    assert house.telegram.sent(GROUP) == []
    facts = await house.company.books.read(lambda tx: list(tx.scalars(select(audit.c.fact))))
    assert "stranger.turned_away" in facts


async def test_what_an_inline_bot_wrote_is_no_command(house: Lab):
    via = {"id": 99, "is_bot": True, "first_name": "Gif"}
    message = {
        "message_id": 901, "date": house.telegram.world.now(), "text": "/new", "via_bot": via,
        "chat": {"id": OWNER, "type": "private", "first_name": "Ada"},
        "from": {"id": OWNER, "is_bot": False, "first_name": "Ada"},
        "entities": [{"type": "bot_command", "offset": 0, "length": 4}],
    }  # fmt: skip
    house.telegram.emit("message", message)
    order = await house.until(lambda found: found.state.ended, 1)
    assert [(block.origin, block.text) for block in order.blocks] == [("forwarded", "/new")]


async def test_a_reaction_rates_only_for_whom_the_button_would(house: Lab):
    name = f"@{house.telegram.world.bot['username']}"
    await house.telegram.say(OWNER, f"{name} What is the capital of Peru?", GROUP)
    await house.until(lambda found: found.state is State.DELIVERED, 1)
    shown = house.telegram.sent(GROUP)[-1]
    for user in (STRANGER, OBSERVER, MEMBER):
        await house.telegram.react(user, shown.message_id, "👎", GROUP)
        await quiet(house)
        assert (await house.orders())[0].rating == 0, user
    await house.telegram.react(OWNER, shown.message_id, "👍", GROUP)
    await quiet(house)
    assert (await house.orders())[0].rating == 1
