"""The methods of the fake Bot API: what each does to the world, with the real server's refusals.

Source: https://core.telegram.org/bots/api and tdlib/telegram-bot-api (Client.cpp) for the descriptions of errors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.fakes.telegram_check import REACTIONS, Refused, bad_request, check_markup
from tests.fakes.telegram_markup import Entity, MarkupError, check_entities, parse_html, trim, utf16_len
from tests.fakes.telegram_whispers import Whispers
from tests.fakes.telegram_world import Room, Shown, Stored, World

Wire = dict[str, Any]
TEXT_LIMIT, CAPTION_LIMIT, DOWNLOAD_LIMIT = 4096, 1024, 20 * 1024 * 1024
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
ACTIONS = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
})  # fmt: skip


class Methods:
    """Bot API methods over a `World`. Each takes decoded parameters and returns the wire result or raises Refused."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.webhook = ""
        self.callbacks: dict[str, int] = {}
        self.answered: dict[str, Wire] = {}
        self.actions: list[tuple[int, str]] = []
        self.drafts: list[Wire] = []
        self.draftless: set[int] = set()
        self.commands: dict[str, list[Wire]] = {}
        self.profile: dict[str, str] = {}
        self.pinned: dict[int, list[int]] = {}
        self.menu_buttons: dict[int, Wire] = {}
        self.whispers = Whispers(world, self.callbacks)
        self.table: dict[str, Callable[[Wire], Any]] = {
            name.lower(): getattr(self, name)
            for name in dir(self)
            if name[0].islower() and name[-1] != "_" and name in NAMES
        }

    def room_(self, params: Wire) -> Room:
        chat_id = params.get("chat_id")
        if chat_id in (None, ""):
            raise bad_request("chat_id is empty", violation=True)
        room = self.world.rooms.get(chat_id) if isinstance(chat_id, int) else None
        if room is None:
            raise bad_request("chat not found")
        if room.migrated_to is not None:
            raise Refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": room.migrated_to},
            )
        if room.blocked:
            raise Refused(
                403,
                "Forbidden: bot was " + ("blocked by the user" if room.kind == "private" else "kicked from the chat"),
            )
        return room

    def text_(self, params: Wire, field: str = "text", limit: int = TEXT_LIMIT) -> tuple[str, list[Entity]]:
        raw = str(params.get(field) or "")
        mode = str(params.get("parse_mode") or "").lower()
        given = params.get("caption_entities" if field == "caption" else "entities")
        try:
            if mode == "html":
                text, entities = parse_html(raw)
            elif mode:
                raise bad_request("unsupported parse_mode", violation=True)
            else:
                text, entities = raw, check_entities(raw, given or [])
            entities = check_entities(text, entities)
        except MarkupError as problem:
            raise bad_request(f"can't parse entities: {problem}", violation=True) from None
        text, entities = trim(text, entities)
        if field == "text" and not text:
            raise bad_request("message text is empty", violation=True)
        if utf16_len(text) > limit:
            raise bad_request(
                "message is too long" if field == "text" else "message caption is too long", violation=True
            )
        return text, entities

    def reply_(self, params: Wire, room: Room) -> int | None:
        wanted = params.get("reply_parameters") or {}
        target = wanted.get("message_id") or params.get("reply_to_message_id")
        if not target:
            return None
        shown = self.world.get(room.id, int(target))
        if shown is None:
            if wanted.get("allow_sending_without_reply") or params.get("allow_sending_without_reply"):
                return None
            raise bad_request("message to be replied not found")
        if wanted.get("quote") and str(wanted["quote"]) not in shown.text:
            raise bad_request("QUOTE_TEXT_INVALID")
        return int(target)

    def topic_(self, params: Wire, room: Room) -> int | None:
        thread = params.get("message_thread_id")
        if thread in (None, "", 0):
            return None
        if int(thread) not in room.topics:
            raise bad_request("message thread not found")
        if int(thread) in room.closed_topics:
            raise bad_request("TOPIC_CLOSED")
        return int(thread)

    def post_(self, params: Wire, **content: Any) -> Shown:
        room = self.room_(params)
        fields = {"reply_to": self.reply_(params, room), "topic": self.topic_(params, room)}
        markup = check_markup(params.get("reply_markup"))
        silent = _truth(params.get("disable_notification"))
        return self.world.post(
            room,
            from_bot=True,
            sender_id=self.world.bot["id"],
            markup=markup,
            silent=silent,
            params=params,
            **fields,
            **content,
        )

    def own_(self, params: Wire) -> Shown:
        room = self.room_(params)
        shown = self.world.get(room.id, int(params.get("message_id") or 0))
        if shown is None:
            raise bad_request("message to edit not found")
        if not shown.from_bot:
            raise bad_request("message can't be edited")
        return shown

    def rewrite_(self, shown: Shown, text: str, entities: list[Entity], markup: Wire | None) -> Wire:
        if (text, entities, markup) == (shown.text, shown.entities, shown.markup):
            raise bad_request(NOT_MODIFIED)
        self.world.rewrite(shown, text=text, entities=entities, markup=markup)
        return self.world.message_wire(shown)

    def getMe(self, params: Wire) -> Wire:
        return self.world.bot

    def sendMessage(self, params: Wire) -> Wire:
        room = self.room_(params)
        text, entities = self.text_(params)
        if params.get("ephemeral_message_parameters") and self.whispers.known:
            return self.whispers.send(params, room, text, entities)
        return self.world.message_wire(self.post_(params, text=text, entities=entities))

    def editEphemeralMessageText(self, params: Wire) -> bool:
        return self.whispers.edit(params, *self.text_(params))

    def sendMessageDraft(self, params: Wire) -> bool:
        """https://core.telegram.org/bots/api#sendmessagedraft: in private chats; without a text, a placeholder."""
        room = self.room_(params)
        if room.kind != "private" or room.id in self.draftless:
            raise bad_request("TEXTDRAFT_PEER_INVALID")
        if not params.get("draft_id"):
            raise bad_request("RANDOM_ID_INVALID", violation=True)
        self.topic_(params, room)
        text, entities = self.text_(params) if params.get("text") else ("", [])
        self.drafts.append({**params, "text": text, "entities": entities})
        return True

    def file_(self, params: Wire, kind: str) -> Wire:
        self.room_(params)
        given = params.get(kind)
        if not isinstance(given, dict):
            stored = self.world.files.get(str(given))
            if stored is None:
                raise bad_request("wrong file identifier/HTTP URL specified")
        elif not given["data"]:
            raise bad_request("file must be non-empty")
        else:
            stored = self.world.keep_file(given["data"], given["name"], given["mime"], kind)
        check_picture_(kind, stored)
        text, entities = self.text_(params, "caption", CAPTION_LIMIT)
        shown_params = {**params, kind: stored.file_id}
        return self.world.message_wire(
            self.post_(shown_params, kind=kind, file_id=stored.file_id, text=text, entities=entities)
        )

    def sendDocument(self, params: Wire) -> Wire:
        return self.file_(params, "document")

    def sendPhoto(self, params: Wire) -> Wire:
        return self.file_(params, "photo")

    def sendVoice(self, params: Wire) -> Wire:
        return self.file_(params, "voice")

    def editMessageText(self, params: Wire) -> Wire:
        text, entities = self.text_(params)
        shown = self.own_(params)
        if shown.kind != "text":
            raise bad_request("there is no text in the message to edit")
        return self.rewrite_(shown, text, entities, check_markup(params.get("reply_markup"), inline_only=True))

    def editMessageCaption(self, params: Wire) -> Wire:
        text, entities = self.text_(params, "caption", CAPTION_LIMIT)
        shown = self.own_(params)
        if shown.kind == "text":
            raise bad_request("there is no caption in the message to edit")
        return self.rewrite_(shown, text, entities, check_markup(params.get("reply_markup"), inline_only=True))

    def editMessageMedia(self, params: Wire) -> Wire:
        media = params.get("media") or {}
        kind, given = str(media.get("type")), media.get("media")
        text, entities = self.text_(media, "caption", CAPTION_LIMIT)
        shown = self.own_(params)
        if isinstance(given, dict):
            stored = self.world.keep_file(given["data"], given["name"], given["mime"], kind)
        elif str(given) in self.world.files:
            stored = self.world.files[str(given)]
        else:
            raise bad_request("wrong file identifier/HTTP URL specified")
        check_picture_(kind, stored)
        markup = check_markup(params.get("reply_markup"), inline_only=True)
        if (stored.file_id, text, entities, markup) == (shown.file_id, shown.text, shown.entities, shown.markup):
            raise bad_request(NOT_MODIFIED)
        self.world.rewrite(shown, text=text, entities=entities, markup=markup)
        shown.kind, shown.file_id = kind, stored.file_id
        return self.world.message_wire(shown)

    def editMessageReplyMarkup(self, params: Wire) -> Wire:
        shown = self.own_(params)
        markup = check_markup(params.get("reply_markup"), inline_only=True)
        return self.rewrite_(shown, shown.text, shown.entities, markup)

    def deleteMessage(self, params: Wire) -> bool:
        room = self.room_(params)
        shown = self.world.get(room.id, int(params.get("message_id") or 0))
        if shown is None:
            raise bad_request("message to delete not found")
        if shown.date < self.world.now() - 48 * 3600 or (room.kind != "private" and not shown.from_bot):
            raise bad_request("message can't be deleted for everyone")
        shown.deleted = True
        return True

    def deleteMessages(self, params: Wire) -> bool:
        room = self.room_(params)
        for message_id in params["message_ids"]:
            if shown := self.world.get(room.id, int(message_id)):
                shown.deleted = True
        return True

    def setMessageReaction(self, params: Wire) -> bool:
        room = self.room_(params)
        shown = self.world.get(room.id, int(params.get("message_id") or 0))
        if shown is None:
            raise bad_request("message to react not found")
        wanted = [str(reaction.get("emoji")) for reaction in params.get("reaction") or []]
        if len(wanted) > 1:
            raise bad_request("REACTIONS_TOO_MANY", violation=True)
        if strange := [emoji for emoji in wanted if emoji not in REACTIONS]:
            raise bad_request(f"REACTION_INVALID: {strange}", violation=True)
        shown.bot_reactions = wanted
        return True

    def sendChatAction(self, params: Wire) -> bool:
        room = self.room_(params)
        if params.get("action") not in ACTIONS:
            raise bad_request("wrong parameter action in request", violation=True)
        self.actions.append((room.id, params["action"]))
        return True

    def answerCallbackQuery(self, params: Wire) -> bool:
        query = str(params.get("callback_query_id"))
        if utf16_len(str(params.get("text") or "")) > 200:
            raise bad_request("MESSAGE_TOO_LONG", violation=True)
        if query not in self.callbacks:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        self.answered[query] = {k: v for k, v in params.items() if k != "callback_query_id"}
        return True

    def commands_key_(self, params: Wire) -> str:
        scope = params.get("scope") or {"type": "default"}
        if "chat_id" in scope and scope["chat_id"] not in self.world.rooms:
            raise bad_request("chat not found")
        return ":".join(str(part) for part in (*scope.values(), params.get("language_code") or ""))

    def setMyCommands(self, params: Wire) -> bool:
        commands = params["commands"]
        if len(commands) > 100:
            raise bad_request("BOT_COMMANDS_TOO_MUCH", violation=True)
        for command in commands:
            name, about = str(command["command"]), str(command["description"])
            if not (
                1 <= len(name) <= 32 and name.replace("_", "a").isalnum() and name.isascii() and name == name.lower()
            ):
                raise bad_request("BOT_COMMAND_INVALID", violation=True)
            if not 1 <= utf16_len(about) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID", violation=True)
        self.commands[self.commands_key_(params)] = commands
        return True

    def deleteMyCommands(self, params: Wire) -> bool:
        self.commands.pop(self.commands_key_(params), None)
        return True

    def getMyCommands(self, params: Wire) -> list[Wire]:
        return self.commands.get(self.commands_key_(params), [])

    def profile_(self, params: Wire, name: str, limit: int) -> bool:
        text = str(params.get(name) or "")
        if utf16_len(text) > limit:
            raise bad_request(f"{name} is too long", violation=True)
        self.profile[f"{name}:{params.get('language_code') or ''}"] = text
        return True

    def setMyName(self, params: Wire) -> bool:
        return self.profile_(params, "name", 64)

    def setMyDescription(self, params: Wire) -> bool:
        return self.profile_(params, "description", 512)

    def setMyShortDescription(self, params: Wire) -> bool:
        return self.profile_(params, "short_description", 120)

    def setChatMenuButton(self, params: Wire) -> bool:
        self.menu_buttons[int(params.get("chat_id") or 0)] = params.get("menu_button") or {"type": "default"}
        return True

    def pinChatMessage(self, params: Wire) -> bool:
        room = self.room_(params)
        shown = self.world.get(room.id, int(params.get("message_id") or 0))
        if shown is None:
            raise bad_request("message to pin not found")
        shown.pinned = True
        self.pinned.setdefault(room.id, []).append(shown.message_id)
        return True

    def unpinChatMessage(self, params: Wire) -> bool:
        room = self.room_(params)
        pinned = self.pinned.get(room.id, [])
        target = int(params.get("message_id") or (pinned[-1] if pinned else 0))
        if target not in pinned:
            raise bad_request("message to unpin not found")
        pinned.remove(target)
        if shown := self.world.get(room.id, target):
            shown.pinned = False
        return True

    def createForumTopic(self, params: Wire) -> Wire:
        room = self.room_(params)
        if not (self.world.bot["has_topics_enabled"] if room.kind == "private" else room.forum):
            raise bad_request("the chat is not a forum")
        if not room.may_make_topics:
            raise bad_request("not enough rights to create a topic")
        thread = self.world.next_message_id(room)
        room.topics[thread] = str(params["name"])
        return {"message_thread_id": thread, "name": room.topics[thread], "icon_color": 7322096}

    def getChat(self, params: Wire) -> Wire:
        room = self.room_(params)
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
        return {
            **self.world.chat_wire(room), "accent_color_id": 0, "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts, True),
        }  # fmt: skip

    def getChatMember(self, params: Wire) -> Wire:
        room = self.room_(params)
        user_id = int(params["user_id"])
        status = "member" if user_id in room.members else "left"
        return {"status": status, "user": self.world.person(user_id)}

    def setWebhook(self, params: Wire) -> bool:
        self.webhook = str(params.get("url") or "")
        return True

    def deleteWebhook(self, params: Wire) -> bool:
        self.webhook = ""
        return True

    def getFile(self, params: Wire) -> Wire:
        stored = self.world.files.get(str(params.get("file_id")))
        if stored is None:
            raise bad_request("invalid file_id")
        if stored.size > DOWNLOAD_LIMIT:
            raise bad_request("file is too big")
        return {
            "file_id": stored.file_id, "file_unique_id": f"u-{stored.file_id}", "file_size": stored.size,
            "file_path": f"{stored.kind}s/{stored.file_id}",
        }  # fmt: skip


def check_picture_(kind: str, stored: Stored) -> None:
    if kind == "photo" and not stored.data.startswith((b"\x89PNG", b"\xff\xd8")):
        raise bad_request("IMAGE_PROCESS_FAILED", violation=True)


NAMES = frozenset(name for name in vars(Methods) if not name.startswith("_") and not name.endswith("_"))


def _truth(value: Any) -> bool:
    return value is True or str(value).lower() in ("true", "yes", "1")
