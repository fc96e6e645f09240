"""Telegram's limits as a server that enforces them without mercy, on whatever clock it is given.

Published (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this): about one message a second in
a chat, short bursts allowed; 20 a minute in a group; 30 a second in all. Edits count as messages. Drafts have a limit of
their own, about 40 in 30 seconds (observed). How long a burst may be is not published: six here, one more than NEXUS
takes. Each limit is one of every window of that length, wherever it begins.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

BURST = 6
FREE = frozenset({
    "sendchataction", "setmessagereaction", "deletemessage", "deletemessages", "answercallbackquery", "getfile",
})  # fmt: skip
"""Calls that are about a chat and are no messages in it."""


@dataclass(frozen=True)
class Breach:
    """A call beyond a limit."""

    rule: str
    method: str
    chat: int | None
    at: float


@dataclass
class Pause:
    """A forced flood: nothing of this chat (None: of the bot) before `until`.

    told: when that was heard. Nothing in a 429 says whether it is about the chat or the bot: the second chat's tells.
    """

    chat: int | None
    until: float
    told: float = math.inf
    _heard: set[int | None] = field(default_factory=set)

    def hear(self, chat: int | None, now: float) -> None:
        """A refusal for this chat has reached the bot."""
        self._heard.add(chat)
        if self.chat is not None or len(self._heard) > 1 or None in self._heard:
            self.told = min(self.told, now)


@dataclass(frozen=True)
class Refusal:
    """A 429: for how long, and the pause that it tells of (None: a limit was broken)."""

    wait_s: float
    pause: Pause | None = None


@dataclass
class Limits:
    """Says for each call whether it is one too many. Times: seconds of one clock."""

    breaches: list[Breach] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    early: list[tuple[str, int | None, float, float]] = field(default_factory=list)
    calls: int = 0
    most_in_a_second: int = 0
    most_in_a_minute: int = 0
    _all: deque[float] = field(default_factory=deque)
    _chats: dict[int, tuple[float, float]] = field(default_factory=dict)
    _windows: dict[tuple[int, str], deque[float]] = field(default_factory=dict)

    def refuse(self, method: str, chat: int | None, left_at: float, now: float) -> Refusal | None:
        """None where the call is fine. `left_at`: when the caller sent it."""
        name = method.lower()
        if name == "getupdates":
            return None
        self.calls += 1
        for pause in self.pauses:
            if now < pause.until and pause.chat in (None, chat):
                if left_at > pause.told:
                    self.early.append((method, chat, left_at, pause.until))
                return Refusal(pause.until - now, pause)
        rule = self._broken(name, chat, now)
        if rule:
            self.breaches.append(Breach(rule, method, chat, now))
            return Refusal(5.0)
        return None

    def _broken(self, name: str, chat: int | None, now: float) -> str:
        self.most_in_a_second = max(self.most_in_a_second, in_all := _count(self._all, now, 1.0))
        if in_all > 30:
            return "30 a second"
        if chat is None or name in FREE:
            return ""
        if name.endswith("draft"):
            return "40 drafts in 30 seconds" if self._window(chat, "drafts", now, 30.0) > 40 else ""
        tokens, at = self._chats.get(chat, (float(BURST), now))
        tokens = min(float(BURST), tokens + now - at)
        self._chats[chat] = (tokens - 1, now)
        if tokens < 1:
            return "one a second"
        if chat < 0:
            self.most_in_a_minute = max(self.most_in_a_minute, minute := self._window(chat, "group", now, 60.0))
            return "20 a minute" if minute > 20 else ""
        return ""

    def _window(self, chat: int, name: str, now: float, length: float) -> int:
        return _count(self._windows.setdefault((chat, name), deque()), now, length)


def _count(times: deque[float], now: float, length: float) -> int:
    times.append(now)
    while times[0] <= now - length:
        times.popleft()
    return len(times)
