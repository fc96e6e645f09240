"""The outside world of the kill tests, in a process of its own: Telegram and Claude, and the truth about both.

`python -m tests.kills.world --seed 7` prints one line {"urls": {...}, "token": ..., "api_key": ...} and serves until its
input ends. What people ask carries a *mark* ("ch17z": kind and number), and what the model answers carries it too, so
that each answer in a chat can be told from every other without asking NEXUS.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import re
import sys
import threading
from typing import Any

from tests.fakes.anthropic import FakeAnthropic
from tests.fakes.control import Control
from tests.fakes.models import Ask, Reply, ToolUse
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_world import Shown

MARK = re.compile(r"\b(?:ch|nt|qa|sl|bu)\d+z\b")
DATA = re.compile(r"<(data|draft|passages)\b.*?</\1>", re.DOTALL)


def mark_of(ask: Ask) -> str:
    """The mark of the order that a model call is about: in the first message, outside of what is only data."""
    found = MARK.search(DATA.sub("", ask.turns[0][1] if ask.turns else ""))
    return found[0] if found else ""


class Mind:
    """The model: answers by the kind in the mark, after a while that differs from call to call."""

    def __init__(self, seed: int, latency_s: float) -> None:
        self.chance = random.Random(seed)
        self.latency_s = latency_s

    def __call__(self, ask: Ask) -> Reply:
        mark = mark_of(ask)
        kind, wait = mark[:2], self.chance.uniform(0, self.latency_s)
        if kind == "nt" and not ask.tool_results and "save_note" in ask.tools:
            body = f"Three ideas for {mark}: music, lanterns, lemonade."
            return Reply(tool_uses=(ToolUse("save_note", {"title": mark, "text": body}),), latency_s=wait)
        if kind == "nt":
            return Reply(f"The note {mark} with three ideas is saved: music, lanterns and lemonade.", latency_s=wait)
        if kind == "qa" and "haiku" in ask.model:
            return Reply(f"The capital of {mark} is TODO: insert the city here.", latency_s=wait)
        if kind == "sl":
            return Reply(f"The capital of {mark} is Lima.", latency_s=0.3)
        return Reply(f"The capital of {mark} is Paris.", latency_s=wait, pause_s=wait / 8)


class World:
    """Both fakes and the verbs that the tests need beyond theirs."""

    def __init__(self, seed: int, latency_s: float, *, validate: bool) -> None:
        self.telegram = FakeTelegram(seed=seed, validate=validate)
        self.claude = FakeAnthropic(seed=seed + 1, validate=validate)
        self.claude.answer = Mind(seed + 2, latency_s)
        self.chance = random.Random(seed + 3)
        self.pressed: set[tuple[int, int, str]] = set()

    async def start(self) -> None:
        """Listen; `press_any`, `truth` and `bill` are verbs of the Telegram and the Claude control endpoints."""
        verbs = Control(self.telegram).verbs
        verbs |= {"press_any": self.press_any, "truth": self.truth, "hits": lambda: self.telegram.faults.counts}
        verbs["last_update"] = lambda: self.telegram._next_update_id - 1
        claude = Control(self.claude).verbs
        claude |= {"bill": self.bill, "hits": lambda: self.claude.faults.counts}
        await self.telegram.start()
        await self.claude.start()

    async def press_any(self, action: str, repeated: int = 0, fresh: bool = False) -> dict[str, Any] | None:
        """Somebody presses a button of this action under a late message, pressed before or not (unless `fresh`).

        Returns None when there is no such button.
        """
        shown = [one for one in self.telegram.sent() if any(_action(b) == action for b in one.buttons)]
        if fresh:
            shown = [one for one in shown if (one.chat_id, one.message_id, action) not in self.pressed]
        if not shown:
            return None
        chosen = self.chance.choice(shown[-30:])
        data = next(str(b["callback_data"]) for b in chosen.buttons if _action(b) == action)
        self.pressed.add((chosen.chat_id, chosen.message_id, action))
        await self.telegram.press(chosen.chat_id, chosen.message_id, data, repeated=repeated)
        mark = MARK.search(chosen.text)
        return {"chat": chosen.chat_id, "message_id": chosen.message_id, "data": data, "mark": mark[0] if mark else ""}

    def truth(self, chat: int = 0, since: int = 0) -> list[dict[str, Any]]:
        """Every message that exists now, oldest first; of one chat, with a greater message id, if asked so."""
        shown = self.telegram.messages(chat or None)
        return [_plain(one) for one in shown if one.message_id > since]

    def bill(self, since: int = 0) -> list[dict[str, Any]]:
        """Every model call from number `since` on: its mark, model, outcome and what it cost in tokens."""
        return [
            {
                "number": call.number, "mark": mark_of(call.ask) if call.ask else "", "model": call.model,
                "outcome": call.outcome, "sent": call.sent, "input": call.tokens.input, "output": call.tokens.output,
                "cache_read": call.tokens.cache_read, "cache_write": call.tokens.cache_write,
            }
            for call in self.claude.calls
            if call.path == "/v1/messages" and call.number >= since
        ]  # fmt: skip


def _action(button: dict[str, Any]) -> str:
    return str(button.get("callback_data", "")).partition(":")[0]


def _plain(shown: Shown) -> dict[str, Any]:
    return {
        "chat": shown.chat_id, "id": shown.message_id, "bot": shown.from_bot, "text": shown.text,
        "silent": shown.silent, "edits": len(shown.edits), "reply_to": shown.reply_to,
        "data": [str(button.get("callback_data", "")) for button in shown.buttons],
    }  # fmt: skip


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.kills.world", description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="the model's longest silence before it answers, s")
    parser.add_argument("--light", action="store_true", help="no validation of requests (the losing baseline)")
    args = parser.parse_args()
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # clients that vanish are the point here
    world = World(args.seed, args.latency, validate=not args.light)
    await world.start()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def watch() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=watch, daemon=True).start()
    told = {
        "urls": {"telegram": world.telegram.url, "anthropic": world.claude.url},
        "token": world.telegram.token,
        "api_key": world.claude.api_key,
    }
    print(json.dumps(told), flush=True)
    await ended.wait()
    await world.telegram.stop()
    await world.claude.stop()


if __name__ == "__main__":
    asyncio.run(main())
