"""The bot's face: its name for mentions, its command menu, its short description. Set only when it changed."""

from __future__ import annotations

import hashlib
import json
import logging

from bot import failures, notes
from bot.backoff import Backoff
from bot.commands import BOARDS_MENU, MENU
from bot.gate import Bot
from bot.limiter import Limiter, Priority
from bot.texts import LANGUAGES, Texts
from bot.wire import Wire
from company import people
from company.books import Books, to_json
from company.clock import Clock
from company.records import Json, Role

log = logging.getLogger(__name__)

FACE_NOTE = "face"
STRANGERS = ("help",)
"""What the default menu shows; the rest is for those whom the company knows, chat by chat."""
MENUS = {Role.BOARD: BOARDS_MENU, Role.OBSERVER: ("status", "settings", "help")}


class Profile:
    """Keeps the bot's face at Telegram true."""

    def __init__(self, wire: Wire, books: Books, clock: Clock, limiter: Limiter, texts: Texts) -> None:
        self._wire = wire
        self._books = books
        self._clock = clock
        self._limiter = limiter
        self._texts = texts

    async def remembered(self) -> Bot:
        """Who the bot was when Telegram was last asked."""
        return Bot(self._wire.bot_id, await self._books.read(notes.get, notes.NAME))

    async def ask(self) -> Bot:
        """Who the bot is (getMe), asked until there is an answer."""
        backoff = Backoff(1.0, 60.0)
        while True:
            try:
                me: Json = await self._wire.call("getMe", {})
            except failures.WireError as failure:
                log.info("%s", failure)
                await self._clock.sleep(backoff.next_s())
                continue
            reads_all = bool(me.get("can_read_all_group_messages"))
            bot = Bot(int(me["id"]), str(me.get("username") or "").lower(), reads_all)
            await self._books.write(notes.put, notes.NAME, bot.username)
            return bot

    async def dress(self) -> None:
        """Set the menus and the short description, if they differ from what was set last."""
        known = _read(await self._books.read(notes.get, FACE_NOTE))
        set_now = dict(known)
        for name, (method, params) in (await self._wanted()).items():
            face = hashlib.sha256(to_json(params).encode()).hexdigest()[:16]
            if known.get(name) != face:
                if not await self._set(method, params):
                    break
                set_now[name] = face
        if set_now != known:
            await self._books.write(notes.put, FACE_NOTE, to_json(set_now))

    async def _set(self, method: str, params: Json) -> bool:
        """One call; False when it is to be tried later, with all that follow."""
        await self._limiter.acquire("", Priority.ERRAND, counts=False)
        try:
            await self._wire.call(method, params)
        except failures.Declined as failure:  # a Board member who never opened the chat has no menu yet
            log.info("%s", failure)
        except failures.Flood as flood:
            self._limiter.flood("", flood.retry_after_s)
            return False
        except failures.WireError as failure:
            log.info("%s", failure)
            return False
        return True

    async def _wanted(self) -> dict[str, tuple[str, Json]]:
        """Every call that makes the face, by a name under which what was set last is remembered."""
        calls: dict[str, tuple[str, Json]] = {}
        for code in LANGUAGES:
            spoken: Json = {} if code == "en" else {"language_code": code}
            calls[f"menu:{code}"] = ("setMyCommands", {"commands": self._menu(code, STRANGERS), **spoken})
            short = self._texts.say(code, "profile_short")
            calls[f"short:{code}"] = ("setMyShortDescription", {"short_description": short, **spoken})
        for role in Role:
            for chat in await self._books.read(people.addresses, notes.DESK, role=role):
                person = await self._books.read(people.find, notes.DESK, chat)
                language = person.language if person else "en"
                scope = {"type": "chat", "chat_id": int(chat)}
                names = MENUS.get(role, MENU)
                calls[f"menu:{chat}"] = ("setMyCommands", {"commands": self._menu(language, names), "scope": scope})
        return calls

    def _menu(self, language: str, names: tuple[str, ...]) -> list[Json]:
        return [{"command": name, "description": self._texts.say(language, f"menu_{name}")} for name in names]


def _read(kept: str) -> dict[str, str]:
    """What was set last, by name; an older note, which was one sum over all, is no help."""
    return dict(json.loads(kept)) if kept.startswith("{") else {}
