"""Updates of the Bot API as frozen records (https://core.telegram.org/bots/api#update). Raw JSON goes no further.

`key` names an update for ever: its update_id alone would not, because the server restarts its numbers at random after
a quiet week, so the message or query it is about is part of it.
"""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.markup.records import Units
from bot.wordless import Thing, thing_in
from company.records import Json

ALLOWED = (
    "message", "edited_message", "callback_query", "message_reaction", "my_chat_member", "stopped_message_generation",
)  # fmt: skip
"""The kinds we ask for."""
MEDIA = (
    "photo", "animation", "document", "voice", "audio", "video", "video_note", "sticker", "venue", "location",
    "contact", "poll", "dice", "story", "checklist",
)  # fmt: skip  # an animation comes with a document, a venue with a location
GENERAL = "1"
"""The thread of a forum's General topic."""
AWAY = ("kicked", "left")  # https://core.telegram.org/bots/api#chatmember
COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?:\s+|$)")


class BadUpdate(ValueError):
    """An update that is not what the Bot API documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The account that wrote or pressed. `id` 0: nobody in particular (a channel)."""

    id: int
    name: str
    language: str  # ISO 639-1 as the person's app says, or ""
    is_bot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where: the chat's id as text, its kind, and the topic ("" for none)."""

    chat: str
    kind: str  # private, group, supergroup, channel
    topic: str = ""

    @property
    def private(self) -> bool:
        """Whether only the person and the bot are here."""
        return self.kind == "private"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepliedTo:
    """The message that was replied to."""

    message_id: int
    text: str
    author_id: int
    author: str
    thing: Thing | None = None
    file: str = ""  # the name that a file is kept under


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that can be fetched: its id for getFile, and the name it is kept under."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A recording that can be fetched: its id for getFile, the name it is kept under, its length as declared."""

    id: str
    name: str
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message, or an edited one."""

    key: str
    update_id: int
    sender: Sender
    place: Place
    message_id: int
    date: int  # when it was sent, by Telegram's clock: seconds since 1970 UTC
    text: str  # the text, or the caption of media
    command: str  # "" or the command at its very start, lower case, without the slash
    argument: str  # what follows the command
    addressee: str  # the bot's name behind the command (/stop@name), lower case, or ""
    mentions: tuple[str, ...]  # user names without @, lower case
    forwarded_from: str | None  # None: written by the sender
    replied: RepliedTo | None
    quote: str
    media: str  # "" or one of MEDIA
    file: Attached | None  # a document or a picture
    thing: Thing | None  # what it is, where it is something without words
    recorded: Recorded | None  # a voice note, audio or video note
    album: str  # "" or the id of the album that the message is a part of
    edited: bool
    edited_after_s: int  # seconds from the message to its edit; 0 where it is not one
    migrated_to: str  # "" or the new id of this group
    heard_by: str = ""  # who wrote the text down, when it was spoken
    ephemeral_id: int = 0  # of a message in a group that its sender and we alone see; its message_id is 0
    closes_topic: bool = False  # it tells that its topic was closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A press on a button. The same press may come again under a new id."""

    key: str
    update_id: int
    sender: Sender
    place: Place
    message_id: int
    query_id: str
    data: str
    text: str  # of the message that carries the button, "" when Telegram no longer shows it
    pictured: bool = False  # that message is a picture
    ephemeral_id: int = 0  # of a message in a group that this person alone sees; its message_id is 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted:
    """A person changed their reaction to a message; `emoji` are those that stand now."""

    key: str
    update_id: int
    sender: Sender
    place: Place
    message_id: int
    emoji: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What the bot may do in a chat changed; `open` False: blocked or removed; `entered`: it was not there before."""

    key: str
    update_id: int
    sender: Sender
    place: Place
    open: bool
    entered: bool
    admin: bool = False  # Telegram shows an administrator every message


@dataclass(frozen=True, slots=True, kw_only=True)
class Halted:
    """The button of a draft was pressed: `draft_id` shall be written no further. Only private chats have drafts, so
    the chat is the person (https://core.telegram.org/bots/api#messagegenerationstopped)."""

    key: str
    update_id: int
    sender: Sender
    place: Place
    draft_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """An update that we have no use for."""

    key: str
    update_id: int


Update = Said | Pressed | Reacted | Joined | Halted | Other


def update_id(raw: object) -> int:
    """The id of an update, or -1 where there is none."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return number if isinstance(number, int) else -1


def read(raw: Json) -> Update:
    """An update as a record.

    Raises:
        BadUpdate: a field that the Bot API promises is missing or of another type.
    """
    number = update_id(raw)
    if number < 0:
        raise BadUpdate("an update without update_id")
    try:
        if "message" in raw:
            return _said(number, raw["message"], edited=False)
        if "edited_message" in raw:
            return _said(number, raw["edited_message"], edited=True)
        if "callback_query" in raw:
            return _pressed(number, raw["callback_query"])
        if "message_reaction" in raw:
            return _reacted(number, raw["message_reaction"])
        if "my_chat_member" in raw:
            return _joined(number, raw["my_chat_member"])
        if "stopped_message_generation" in raw:
            return _halted(number, raw["stopped_message_generation"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadUpdate(f"update {number}: {type(error).__name__} {error}") from None
    return Other(key=str(number), update_id=number)


def _said(number: int, message: Json, *, edited: bool) -> Said:
    text = str(message.get("text") or message.get("caption") or "")
    entities = message.get("entities") or message.get("caption_entities") or []
    forwarded = _forwarded(message)
    command, addressee, argument = _command(text, entities) if forwarded is None else ("", "", "")
    stamp = f".{int(message['edit_date'])}" if edited and "edit_date" in message else ""
    return Said(
        key=f"{number}-{'e' if edited else 'm'}{int(message['message_id'])}{stamp}", update_id=number,
        sender=_author(message), place=_place(message), message_id=int(message["message_id"]), text=text,
        date=int(message.get("date") or 0), command=command, argument=argument, addressee=addressee,
        mentions=_mentions(text, entities),
        forwarded_from=forwarded, replied=_replied(message.get("reply_to_message") or {}),
        quote=str((message.get("quote") or {}).get("text") or ""),
        media=next((kind for kind in MEDIA if kind in message), ""), file=_attached(message),
        thing=thing_in(message),
        recorded=_recorded(message),
        album=str(message.get("media_group_id") or ""), edited=edited,
        edited_after_s=int(message["edit_date"]) - int(message["date"]) if edited and "edit_date" in message else 0,
        migrated_to=str(message.get("migrate_to_chat_id") or ""),
        ephemeral_id=int(message.get("ephemeral_message_id") or 0), closes_topic="forum_topic_closed" in message,
    )  # fmt: skip


def _pressed(number: int, query: Json) -> Pressed:
    message = query.get("message") or {}
    place = _place(message) if "chat" in message else Place(chat="", kind="private")
    return Pressed(
        key=f"{number}-q{query['id']}", update_id=number, sender=_sender(query["from"]), place=place,
        message_id=int(message.get("message_id") or 0), query_id=str(query["id"]), data=str(query.get("data") or ""),
        text=str(message.get("text") or ""), pictured="photo" in message,
        ephemeral_id=int(message.get("ephemeral_message_id") or 0),
    )  # fmt: skip


def _reacted(number: int, change: Json) -> Reacted:
    emoji = tuple(str(r["emoji"]) for r in change["new_reaction"] if r.get("type") == "emoji")
    return Reacted(
        key=f"{number}-r{int(change['message_id'])}", update_id=number, sender=_sender(change.get("user")),
        place=_place(change), message_id=int(change["message_id"]), emoji=emoji,
    )  # fmt: skip


def _joined(number: int, change: Json) -> Joined:
    status = str(change["new_chat_member"]["status"])
    before = str((change.get("old_chat_member") or {}).get("status") or "")
    return Joined(
        key=f"{number}-j", update_id=number, sender=_sender(change.get("from")), place=_place(change),
        open=status not in AWAY, entered=before in AWAY and status not in AWAY,
        admin=status == "administrator",
    )  # fmt: skip


def _halted(number: int, stopped: Json) -> Halted:
    place = _place({**stopped, "is_topic_message": bool(stopped.get("message_thread_id"))})
    person = stopped["chat"] if place.private else None
    return Halted(
        key=f"{number}-h", update_id=number, sender=_sender(person), place=place, draft_id=int(stopped["draft_id"])
    )


def _author(message: Json) -> Sender:
    """Who wrote it: nobody we could know where a chat speaks (an anonymous administrator, a channel, a linked one)."""
    return _sender(None if message.get("sender_chat") else message.get("from"))


def _sender(user: Json | None) -> Sender:
    if not user:
        return Sender(id=0, name="", language="", is_bot=False)
    name = " ".join(str(user[key]) for key in ("first_name", "last_name") if user.get(key))
    language = str(user.get("language_code") or "").split("-")[0].lower()
    return Sender(id=int(user["id"]), name=name, language=language, is_bot=bool(user.get("is_bot")))


def _place(message: Json) -> Place:
    chat = message["chat"]
    topic = str(message["message_thread_id"]) if message.get("is_topic_message") else ""
    if topic == GENERAL and chat["type"] == "supergroup":  # a message to General is sent without a topic
        topic = ""
    return Place(chat=str(int(chat["id"])), kind=str(chat["type"]), topic=topic)


def _forwarded(message: Json) -> str | None:
    origin = message.get("forward_origin")
    if not origin:  # what an inline bot wrote is no more the sender's own word than a forwarded text
        return str((message.get("via_bot") or {}).get("first_name") or "a bot") if message.get("via_bot") else None
    user = origin.get("sender_user") or {}
    chat = origin.get("sender_chat") or origin.get("chat") or {}
    return str(user.get("first_name") or origin.get("sender_user_name") or chat.get("title") or "")


def _attached(message: Json) -> Attached | None:
    """A document under its name; a picture in its largest size, under its date (UTC)."""
    if "animation" in message:  # it comes with a "document" of the same file
        return None
    if document := message.get("document"):
        name = str(document.get("file_name") or "")
        kind = mimetypes.guess_extension(str(document.get("mime_type") or "")) or ".bin"
        return Attached(id=str(document["file_id"]), name=name or f"document-{message['message_id']}{kind}")
    if sizes := message.get("photo"):
        largest = max(sizes, key=lambda size: int(size["width"]) * int(size["height"]))
        taken = datetime.fromtimestamp(int(message["date"]), UTC)
        return Attached(id=str(largest["file_id"]), name=f"photo-{taken:%Y-%m-%d-%H%M%S}-{message['message_id']}.jpg")
    return None


def _recorded(message: Json) -> Recorded | None:
    """What somebody said, by any of the three ways to send sound (https://core.telegram.org/bots/api#voice)."""
    for kind, ending in (("voice", ".ogg"), ("audio", ".mp3"), ("video_note", ".mp4")):
        if sound := message.get(kind):
            known = mimetypes.guess_extension(str(sound.get("mime_type") or "")) or ending
            name = f"{kind}-{message['chat']['id']}-{message['message_id']}{ending if kind == 'voice' else known}"
            return Recorded(id=str(sound["file_id"]), name=name, seconds=int(sound.get("duration") or 0))
    return None


def _replied(message: Json) -> RepliedTo | None:
    if not message or "forum_topic_created" in message:  # the first message of a topic is "replied to" by all others
        return None
    author, file = message.get("from") or {}, _attached(message)
    return RepliedTo(
        message_id=int(message["message_id"]), text=str(message.get("text") or message.get("caption") or ""),
        author_id=int(author.get("id") or 0), author=str(author.get("first_name") or ""), thing=thing_in(message),
        file=file.name if file is not None else "",
    )  # fmt: skip


def _command(text: str, entities: list[Json]) -> tuple[str, str, str]:
    if not any(entity.get("type") == "bot_command" and entity.get("offset") == 0 for entity in entities):
        return "", "", ""
    found = COMMAND.match(text)
    if found is None:
        return "", "", ""
    return found.group(1).lower(), (found.group(2) or "").lower(), text[found.end() :].strip()


def _mentions(text: str, entities: list[Json]) -> tuple[str, ...]:
    wanted = [entity for entity in entities if entity.get("type") == "mention"]
    if not wanted:
        return ()
    units = Units(text)
    return tuple(
        text[units.point(e["offset"]) : units.point(e["offset"] + e["length"])].lstrip("@").lower() for e in wanted
    )
