"""The people's side of the fake Telegram: they write, press, react, edit, block; a test speaks for them."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from dataclasses import dataclass
from typing import Any

from tests.fakes.telegram_check import Reader
from tests.fakes.telegram_markup import utf16_len
from tests.fakes.telegram_world import DAY_S, Room, Shown, Stored, World, plain_entities

Wire = dict[str, Any]
UNASKED_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(frozen=True)
class Pending:
    """An update that waits for getUpdates. born: its date in seconds (it expires a day later)."""

    update_id: int
    kind: str
    wire: Wire
    born: int


class Driving:
    """Makes updates. Each driving method returns the update_id, or 0 if the bot has not asked for this kind."""

    world: World
    reader: Reader | None
    callbacks: dict[str, int]

    def _init_driving(self, first_update_id: int) -> None:
        self.queue: deque[Pending] = deque()
        self.again: list[Pending] = []
        self.allowed: frozenset[str] | None = None
        self.unasked: list[Wire] = []
        self.message_of: dict[int, Shown] = {}
        self._next_update_id = first_update_id
        self._queries = itertools.count(7_000_000_000_000_000)
        self._poll: asyncio.Future[str] | None = None

    def changed(self) -> None:
        raise NotImplementedError

    def emit(self, kind: str, payload: Wire, born: int | None = None) -> int:
        """Queue an update of any kind (a field name of Update). payload: the wire form, checked by aiogram's types."""
        if kind in UNASKED_BY_DEFAULT if self.allowed is None else kind not in self.allowed:
            self.unasked.append({kind: payload})
            self.changed()
            return 0
        update_id, self._next_update_id = self._next_update_id, self._next_update_id + 1
        wire = {"update_id": update_id, kind: payload}
        if self.reader is not None:
            self.reader.update(wire)
        self.queue.append(Pending(update_id, kind, wire, self.world.now() if born is None else born))
        if self._poll is not None and not self._poll.done():
            self._poll.set_result("updates")
        self.changed()
        return update_id

    async def say(
        self,
        user_id: int,
        text: str,
        chat_id: int | None = None,
        *,
        first_name: str | None = None,
        username: str | None = None,
        language_code: str | None = None,
        reply_to: int | None = None,
        forwarded_from: str | int | None = None,
        quote: str | None = None,
        topic: int | None = None,
    ) -> int:
        """A person writes. chat_id None: in private. forwarded_from: the id of a user, or a name without an account.

        quote: the part of the message `reply_to` that is quoted. topic: a thread id of `add_topic`.
        """
        self.world.person(user_id, first_name, username, language_code)
        room = self._room(user_id, chat_id)
        extra: Wire = {}
        if forwarded_from is not None:
            extra["forward_origin"] = self._origin(forwarded_from)
        if quote is not None:
            target = self.world.get(room.id, reply_to or 0)
            if target is None or quote not in target.text:
                raise ValueError("a quote must be a part of the message that reply_to names")
            extra["quote"] = {
                "text": quote,
                "position": utf16_len(target.text[: target.text.index(quote)]),
                "is_manual": True,
            }
        shown = self.world.post(
            room, from_bot=False, sender_id=user_id, text=text, entities=plain_entities(text), reply_to=reply_to,
            topic=topic, extra=extra,
        )  # fmt: skip
        return self._announce("message", shown)

    async def whisper(self, user_id: int, text: str, chat_id: int) -> int:
        """A person sends a command that nobody else in the group sees (BotCommand.is_ephemeral)."""
        room = self._room(user_id, chat_id)
        shown = Shown(
            room.id, 0, self.world.next_number(), False, user_id, self.world.now(), text=text,
            entities=plain_entities(text), ephemeral_id=len(self.world.ephemerals) + 1,
        )  # fmt: skip
        self.world.ephemerals[room.id, shown.ephemeral_id] = shown
        return self._announce("message", shown)

    async def press_whisper(self, user_id: int, shown: Shown, text: str) -> int:
        """A person presses a button under a message that they alone see."""
        query = str(next(self._queries))
        self.callbacks[query] = self.world.now()
        payload: Wire = {
            "id": query, "from": self.world.person(user_id), "chat_instance": f"instance-{shown.chat_id}",
            "data": str(shown.button(text)["callback_data"]), "message": self.world.message_wire(shown),
        }  # fmt: skip
        return self.emit("callback_query", payload)

    async def send_file(
        self,
        user_id: int,
        data: bytes,
        name: str = "file.txt",
        mime: str = "text/plain",
        *,
        kind: str = "document",
        caption: str = "",
        chat_id: int | None = None,
        album: str | None = None,
        size: int | None = None,
        reply_to: int | None = None,
        topic: int | None = None,
        seconds: int = 3,
        forwarded_from: str | int | None = None,
    ) -> int:
        """A person sends a document, photo, voice, audio or video note.

        album: media_group_id. size: declared bytes. seconds: declared duration. forwarded_from: as in `say`.
        """
        room = self._room(user_id, chat_id)
        stored: Stored = self.world.keep_file(data, name, mime, kind, size, seconds)
        extra: Wire = {"media_group_id": album} if album else {}
        if forwarded_from is not None:
            extra["forward_origin"] = self._origin(forwarded_from)
        shown = self.world.post(
            room, from_bot=False, sender_id=user_id, kind=kind, file_id=stored.file_id, text=caption,
            entities=plain_entities(caption), extra=extra, reply_to=reply_to, topic=topic,
        )  # fmt: skip
        return self._announce("message", shown)

    async def send_thing(
        self,
        user_id: int,
        chat_id: int | None = None,
        *,
        forwarded_from: str | int | None = None,
        reply_to: int | None = None,
        caption: str = "",
        **thing: Any,
    ) -> int:
        """A person sends what has no text of its own: `location={...}`, `contact={...}`, `sticker={...}`, in the shape
        of the field of Message that has this name."""
        extra: Wire = dict(thing)
        if forwarded_from is not None:
            extra["forward_origin"] = self._origin(forwarded_from)
        if caption:
            extra |= {"caption": caption, "caption_entities": plain_entities(caption)}
        shown = self.world.post(
            self._room(user_id, chat_id), from_bot=False, sender_id=user_id, kind=next(iter(thing)), extra=extra,
            reply_to=reply_to,
        )  # fmt: skip
        return self._announce("message", shown)

    async def edit(self, user_id: int, message_id: int, text: str, chat_id: int | None = None) -> int:
        """A person edits the own message."""
        shown = self._existing(chat_id or user_id, message_id)
        if shown.from_bot or shown.sender_id != user_id:
            raise ValueError(f"message {message_id} is not user {user_id}'s own")
        self.world.rewrite(shown, text=text, entities=plain_entities(text), markup=shown.markup)
        return self._announce("edited_message", shown)

    async def join(self, user_id: int, chat_id: int) -> int:
        """A person brings the bot into a group."""
        bot = {key: self.world.bot[key] for key in ("id", "is_bot", "first_name", "username")}
        payload = {
            "chat": self.world.chat_wire(self._room(user_id, chat_id)), "from": self.world.person(user_id),
            "date": self.world.now(), "old_chat_member": {"status": "left", "user": bot},
            "new_chat_member": {"status": "member", "user": bot},
        }  # fmt: skip
        return self.emit("my_chat_member", payload)

    async def press(
        self,
        user_id: int,
        message_id: int,
        data: str | None = None,
        *,
        text: str | None = None,
        chat_id: int | None = None,
        repeated: int = 0,
        force: bool = False,
    ) -> int:
        """A person presses the button with this data, or the one whose text contains `text`. Returns the last id.

        repeated: the app sends the press again so many times, each under a new query id and update_id (tdlib #699).
        force: press although the message is gone or no longer has such a button (an old card on a slow phone).
        """
        chat = chat_id or user_id
        shown = self.world.shown.get((chat, message_id)) if force else self._existing(chat, message_id)
        if text is not None and shown is not None:
            data = str(shown.button(text)["callback_data"])
        offered = [button.get("callback_data") for button in shown.buttons] if shown is not None else []
        if data is None or (not force and data not in offered):
            raise ValueError(f"message {message_id} has no button with data {data!r}, only {offered}")
        last = 0
        for _ in range(repeated + 1):
            query = str(next(self._queries))
            self.callbacks[query] = self.world.now()
            payload: Wire = {
                "id": query,
                "from": self.world.person(user_id),
                "chat_instance": f"instance-{chat}",
                "data": data,
            }
            payload["message"] = self._pressed(chat, message_id, shown)
            last = self.emit("callback_query", payload)
        return last

    async def stop_draft(self, user_id: int, draft_id: int, topic: int | None = None) -> int:
        """A person presses the stop button of a draft that was sent with can_stop (Bot API 10.3)."""
        payload: Wire = {"chat": self.world.chat_wire(self.world.rooms[user_id]), "draft_id": draft_id}
        if topic is not None:
            payload["message_thread_id"] = topic
        return self.emit("stopped_message_generation", payload)

    async def react(self, user_id: int, message_id: int, emoji: str | None, chat_id: int | None = None) -> int:
        """A person sets (None: takes back) the reaction to a message."""
        shown = self._existing(chat_id or user_id, message_id)
        before, now = shown.user_reactions.get(user_id, []), [emoji] if emoji else []
        shown.user_reactions[user_id] = now
        payload = {
            "chat": self.world.chat_wire(self.world.rooms[shown.chat_id]), "message_id": message_id,
            "date": self.world.now(), "user": self.world.person(user_id),
            "old_reaction": [{"type": "emoji", "emoji": e} for e in before],
            "new_reaction": [{"type": "emoji", "emoji": e} for e in now],
        }  # fmt: skip
        return self.emit("message_reaction", payload)

    async def remove(self, chat_id: int, message_id: int) -> None:
        """A person deletes a message; bots are not told."""
        self._existing(chat_id, message_id).deleted = True
        self.changed()

    async def block(self, user_id: int) -> int:
        """The person blocks the bot: sends are answered with 403."""
        return self._membership(user_id, blocked=True)

    async def unblock(self, user_id: int) -> int:
        """The person lets the bot in again."""
        return self._membership(user_id, blocked=False)

    def add_group(self, chat_id: int, title: str = "Group", *members: int, forum: bool = False) -> Room:
        """A group that the bot is in. Ids below -1000000000000 are supergroups, other negative ones basic groups."""
        if chat_id >= 0:
            raise ValueError("a group's id is negative")
        room = Room(chat_id, "supergroup" if chat_id < -(10**12) else "group", title, forum, members=set(members))
        if forum and room.kind != "supergroup":
            raise ValueError("only a supergroup can have topics")
        room.last_message_id = int(forum)  # thread 1 is General
        self.world.rooms[chat_id] = room
        self.changed()
        return room

    def add_topic(self, chat_id: int, name: str) -> int:
        """A topic in a forum or (Bot API 9.3) in a private chat. Returns its message_thread_id."""
        room = self.world.rooms[chat_id]
        if room.kind == "supergroup" and not room.forum:
            raise ValueError("this supergroup has no topics: add_group(..., forum=True)")
        thread = self.world.next_message_id(room)
        room.topics[thread] = name
        return thread

    async def close_topic(self, user_id: int, chat_id: int, thread: int, *, opened: bool = False) -> int:
        """A person closes a topic, or opens it again."""
        room = self._room(user_id, chat_id)
        (room.closed_topics.discard if opened else room.closed_topics.add)(thread)
        extra: Wire = {"forum_topic_reopened" if opened else "forum_topic_closed": {}}
        shown = self.world.post(room, from_bot=False, sender_id=user_id, kind="service", topic=thread, extra=extra)
        return self._announce("message", shown)

    async def migrate(self, chat_id: int, new_id: int) -> int:
        """A basic group becomes a supergroup under a new id; the old id is answered with migrate_to_chat_id."""
        old = self.world.rooms[chat_id]
        if old.kind != "group":
            raise ValueError("only a basic group migrates")
        new = self.add_group(new_id, old.title, *old.members)
        actor = next(iter(old.members), self.world.bot["id"])
        told = self.world.post(
            old, from_bot=False, sender_id=actor, kind="service", extra={"migrate_to_chat_id": new_id}
        )
        last = self._announce("message", told)
        old.migrated_to = new_id
        told = self.world.post(
            new, from_bot=False, sender_id=actor, kind="service", extra={"migrate_from_chat_id": chat_id}
        )
        return self._announce("message", told) or last

    def expire_callbacks(self) -> None:
        """All presses become too old to be answered."""
        self.callbacks.clear()

    def jump_update_id(self, to: int) -> None:
        """The next update gets this id (the server restarts its numbers after a quiet week)."""
        self._next_update_id = to

    def redeliver(self, *update_ids: int) -> None:
        """Deliver these known updates once more with the next answer to getUpdates, confirmed or not."""
        known = {pending.update_id: pending for pending in self.delivered}
        self.again += [known[update_id] for update_id in update_ids]
        if self._poll is not None and not self._poll.done():
            self._poll.set_result("updates")

    @property
    def delivered(self) -> list[Pending]:
        """Updates that a getUpdates answer has carried."""
        raise NotImplementedError

    def turn_clock(self, seconds: float) -> None:
        """Move the fake's clock; updates older than a day are then gone."""
        self.world.turned_s += seconds
        edge = self.world.now() - DAY_S
        self.queue = deque(pending for pending in self.queue if pending.born > edge)
        self.changed()

    def _announce(self, kind: str, shown: Shown) -> int:
        update_id = self.emit(kind, self.world.message_wire(shown), shown.edited or shown.date)
        self.message_of[update_id] = shown
        return update_id

    def _room(self, user_id: int, chat_id: int | None) -> Room:
        self.world.person(user_id)
        room = self.world.room(chat_id or user_id, user_id)
        room.members.add(user_id)
        return room

    def _existing(self, chat_id: int, message_id: int) -> Shown:
        shown = self.world.get(chat_id, message_id)
        if shown is None:
            raise LookupError(f"no message {message_id} in chat {chat_id}")
        return shown

    def _pressed(self, chat_id: int, message_id: int, shown: Shown | None) -> Wire:
        if shown is None or shown.deleted:
            return {"chat": self.world.chat_wire(self.world.rooms[chat_id]), "message_id": message_id, "date": 0}
        return self.world.message_wire(shown)

    def _origin(self, source: str | int) -> Wire:
        if isinstance(source, int):
            return {"type": "user", "date": self.world.now(), "sender_user": self.world.person(source)}
        return {"type": "hidden_user", "date": self.world.now(), "sender_user_name": source}

    def _membership(self, user_id: int, *, blocked: bool) -> int:
        room = self._room(user_id, None)
        room.blocked = blocked
        bot = {key: self.world.bot[key] for key in ("id", "is_bot", "first_name", "username")}
        member, kicked = {"status": "member", "user": bot}, {"status": "kicked", "user": bot, "until_date": 0}
        payload = {
            "chat": self.world.chat_wire(room), "from": self.world.person(user_id), "date": self.world.now(),
            "old_chat_member": member if blocked else kicked, "new_chat_member": kicked if blocked else member,
        }  # fmt: skip
        return self.emit("my_chat_member", payload)
