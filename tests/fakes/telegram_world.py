"""What exists behind the fake Bot API: people, chats, topics, messages, files, and how each looks on the wire."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fakes.telegram_markup import Entity, utf16_len

Wire = dict[str, Any]
ChatKind = Literal["private", "group", "supergroup", "channel"]
DAY_S = 86_400
_PLAIN_ENTITIES = re.compile(
    r"(?P<bot_command>(?<!\S)/[A-Za-z0-9_]+(?:@\w+)?)|(?P<url>https?://\S+)|(?P<mention>(?<!\w)@\w{4,})"
)


@dataclass(frozen=True)
class Edit:
    """An earlier state of a message: what it was until `until_s` (seconds, the fake's clock)."""

    text: str
    entities: list[Entity]
    markup: Wire | None
    until_s: float


@dataclass
class Shown:
    """A message as people see it now. Offsets of entities are UTF-16 units; dates seconds."""

    chat_id: int
    message_id: int
    number: int
    from_bot: bool
    sender_id: int
    date: int
    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    markup: Wire | None = None
    kind: str = "text"
    reply_to: int | None = None
    topic: int | None = None
    silent: bool = False
    pinned: bool = False
    file_id: str | None = None
    edited: int | None = None
    deleted: bool = False
    edits: list[Edit] = field(default_factory=list)
    bot_reactions: list[str] = field(default_factory=list)
    user_reactions: dict[int, list[str]] = field(default_factory=dict)
    extra: Wire = field(default_factory=dict)
    params: Wire = field(default_factory=dict)
    receiver: int | None = None  # of an ephemeral message
    ephemeral_id: int = 0

    @property
    def keyboard(self) -> list[list[Wire]]:
        """The inline keyboard: rows of buttons; empty if there is none."""
        return (self.markup or {}).get("inline_keyboard") or []

    @property
    def buttons(self) -> list[Wire]:
        """All inline buttons in reading order."""
        return [button for row in self.keyboard for button in row]

    def button(self, text: str) -> Wire:
        """The first inline button whose text contains `text`. Raises LookupError."""
        for button in self.buttons:
            if text in button["text"]:
                return button
        raise LookupError(f"message {self.message_id} has no button {text!r}, only {[b['text'] for b in self.buttons]}")


@dataclass
class Room:
    """A chat. `topics`: thread id -> name. `migrated_to`: the supergroup that a basic group has become."""

    id: int
    kind: ChatKind
    title: str = ""
    forum: bool = False
    topics: dict[int, str] = field(default_factory=dict)
    closed_topics: set[int] = field(default_factory=set)
    may_make_topics: bool = True
    members: set[int] = field(default_factory=set)
    blocked: bool = False
    migrated_to: int | None = None
    bot_is_admin: bool = False
    last_message_id: int = 0


@dataclass(frozen=True)
class Stored:
    """A file on Telegram's side. `size` may be declared larger than the bytes that are kept."""

    file_id: str
    name: str
    mime: str
    size: int
    data: bytes
    kind: str
    seconds: int = 0  # of sound, as declared


class World:
    """People, chats, messages and files; the id counters; the clock that a test may turn."""

    def __init__(self, bot_id: int, username: str) -> None:
        self.bot: Wire = {
            "id": bot_id, "is_bot": True, "first_name": "NEXUS", "username": username, "can_join_groups": True,
            "can_read_all_group_messages": False, "supports_inline_queries": False, "has_topics_enabled": False,
        }  # fmt: skip
        self.users: dict[int, Wire] = {}
        self.rooms: dict[int, Room] = {}
        self.shown: dict[tuple[int, int], Shown] = {}
        self.ephemerals: dict[tuple[int, int], Shown] = {}
        self.files: dict[str, Stored] = {}
        self.turned_s = 0.0
        self._shared_id = 0
        self._number = 0

    def now(self) -> int:
        """Seconds since the epoch on the fake's clock."""
        return int(time.time() + self.turned_s)

    def person(
        self, user_id: int, first_name: str | None = None, username: str | None = None, language_code: str | None = None
    ) -> Wire:
        """The user, made at first mention; what is given replaces what was known."""
        user = self.users.setdefault(user_id, {"id": user_id, "is_bot": False, "first_name": f"User {user_id}"})
        for key, value in (("first_name", first_name), ("username", username), ("language_code", language_code)):
            if value is not None:
                user[key] = value
        return user

    def room(self, chat_id: int, user_id: int | None = None) -> Room:
        """The chat; a private one is opened when its user first speaks. Raises LookupError for an unknown group."""
        room = self.rooms.get(chat_id)
        if room is None:
            if chat_id <= 0 or chat_id != user_id:
                raise LookupError(f"no chat {chat_id}: add it with add_group first")
            room = self.rooms[chat_id] = Room(chat_id, "private", members={chat_id})
        return room

    def next_message_id(self, room: Room) -> int:
        """One counter for all private chats and basic groups, one for each supergroup and channel."""
        if room.kind in ("supergroup", "channel"):
            room.last_message_id += 1
            return room.last_message_id
        self._shared_id += 1
        room.last_message_id = self._shared_id
        return self._shared_id

    def post(self, room: Room, *, from_bot: bool, sender_id: int, **fields: Any) -> Shown:
        """Put a new message into the chat."""
        shown = Shown(
            room.id,
            self.next_message_id(room),
            self.next_number(),
            from_bot,
            sender_id,
            fields.pop("date", self.now()),
            **fields,
        )
        self.shown[room.id, shown.message_id] = shown
        return shown

    def next_number(self) -> int:
        """Counts all messages, in the order they came."""
        self._number += 1
        return self._number

    def get(self, chat_id: int, message_id: int) -> Shown | None:
        """The message, unless it never was or is deleted."""
        shown = self.shown.get((chat_id, message_id))
        return None if shown is None or shown.deleted else shown

    def alive(self, chat_id: int | None = None) -> Iterator[Shown]:
        """Every message that exists now, oldest first; of one chat, or of all."""
        return (s for s in self.shown.values() if not s.deleted and (chat_id is None or s.chat_id == chat_id))

    def rewrite(self, shown: Shown, *, text: str, entities: list[Entity], markup: Wire | None) -> None:
        """Change a message and keep what it was."""
        shown.edits.append(Edit(shown.text, shown.entities, shown.markup, self.now()))
        shown.text, shown.entities, shown.markup, shown.edited = text, entities, markup, self.now()

    def keep_file(
        self, data: bytes, name: str, mime: str, kind: str, size: int | None = None, seconds: int = 0
    ) -> Stored:
        """Store a file under a new id."""
        file_id = f"fake-{kind}-{len(self.files) + 1}"
        stored = Stored(file_id, name, mime, len(data) if size is None else size, data, kind, seconds)
        self.files[file_id] = stored
        return stored

    def chat_wire(self, room: Room) -> Wire:
        """A Chat object."""
        if room.kind == "private":
            user = self.person(room.id)
            named: Wire = {key: user[key] for key in ("first_name", "last_name", "username") if key in user}
            return {"id": room.id, "type": "private", **named}
        return {"id": room.id, "type": room.kind, "title": room.title, **({"is_forum": True} if room.forum else {})}

    def message_wire(self, shown: Shown, *, with_reply: bool = True) -> Wire:
        """A Message object."""
        room = self.rooms[shown.chat_id]
        sender = self.bot if shown.from_bot else self.person(shown.sender_id)
        author = {
            k: sender[k]
            for k in ("id", "is_bot", "first_name", "last_name", "username", "language_code")
            if k in sender
        }
        wire: Wire = {
            "message_id": shown.message_id, "date": shown.date, "chat": self.chat_wire(room), "from": author,
        }  # fmt: skip
        wire.update(self._content_wire(shown))
        if shown.ephemeral_id:
            receiver = self.bot if not shown.from_bot else self.person(shown.receiver or 0)
            keys = ("id", "is_bot", "first_name", "username")
            wire["receiver_user"] = {key: receiver[key] for key in keys if key in receiver}
            wire["ephemeral_message_id"] = shown.ephemeral_id
        if shown.edited:
            wire["edit_date"] = shown.edited
        if shown.keyboard:
            wire["reply_markup"] = shown.markup
        if shown.topic is not None:
            wire |= {"message_thread_id": shown.topic, "is_topic_message": True}
        if with_reply and shown.reply_to is not None and (target := self.get(shown.chat_id, shown.reply_to)):
            wire["reply_to_message"] = self.message_wire(target, with_reply=False)
        return wire | shown.extra

    def _content_wire(self, shown: Shown) -> Wire:
        if shown.kind == "service" or shown.kind in shown.extra:
            return {}
        if shown.kind == "text":
            return {"text": shown.text, **({"entities": shown.entities} if shown.entities else {})}
        wire: Wire = {shown.kind: self._file_wire(self.files[shown.file_id or ""])}
        if shown.text:
            wire["caption"] = shown.text
        if shown.entities:
            wire["caption_entities"] = shown.entities
        return wire

    @staticmethod
    def _file_wire(stored: Stored) -> Any:
        ids: Wire = {"file_id": stored.file_id, "file_unique_id": f"u-{stored.file_id}", "file_size": stored.size}
        if stored.kind == "photo":
            return [{**ids, "width": 640, "height": 480}]
        if stored.kind == "voice":
            return {**ids, "duration": stored.seconds, "mime_type": stored.mime}
        if stored.kind == "video_note":
            return {**ids, "length": 240, "duration": stored.seconds}
        if stored.kind in ("audio", "video", "animation"):
            ids["duration"] = stored.seconds
        if stored.kind in ("video", "animation"):
            ids |= {"width": 640, "height": 480}
        return {**ids, "file_name": stored.name, "mime_type": stored.mime}


def plain_entities(text: str) -> list[Entity]:
    """The entities that the server finds by itself in what people write: commands, links, mentions."""
    return [
        {"type": match.lastgroup, "offset": utf16_len(text[: match.start()]), "length": utf16_len(match.group())}
        for match in _PLAIN_ENTITIES.finditer(text)
    ]
