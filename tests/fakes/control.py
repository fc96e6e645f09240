"""The remote control of fakes that run apart: POST /control/<verb> with JSON arguments on each fake's own URL."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

from tests.fakes.models import ModelFake, Reply, ToolUse
from tests.fakes.telegram import FakeTelegram
from tests.fakes.wire import Server

TELEGRAM_VERBS = (
    "say", "press", "react", "edit", "remove", "block", "unblock", "add_group", "add_topic", "migrate",
    "expire_callbacks", "jump_update_id", "redeliver", "turn_clock", "flood", "messages", "sent", "answers", "called",
)  # fmt: skip
TELEGRAM_FACTS = (
    "calls", "violations", "polls", "counts", "answered_callbacks", "actions", "deleted", "impatient", "unasked",
    "token",
)  # fmt: skip
MODEL_FACTS = ("calls", "violations", "counts", "models")


def plain(value: Any) -> Any:
    """Any ground truth as JSON: records become objects, bytes their length, tuple keys "a:b"."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {":".join(map(str, k)) if isinstance(k, tuple) else str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return {"bytes": len(value)}
    return value


def reply_from(given: Any) -> Reply:
    """A Reply from its JSON form: a text, or an object with Reply's fields."""
    if isinstance(given, str):
        return Reply(given)
    fields = dict(given)
    fields["tool_uses"] = tuple(ToolUse(**use) for use in fields.get("tool_uses", ()))
    if isinstance(fields.get("pieces"), list):
        fields["pieces"] = tuple(fields["pieces"])
    return Reply(**fields)


class Control:
    """Answers the control requests of one fake."""

    def __init__(self, fake: Server) -> None:
        self.fake = fake
        self.verbs: dict[str, Callable[..., Any]] = {
            "wait": self._wait,
            "down_for": self._down_for,
            "release": fake.release,
        }
        faulty: Any = fake
        self.verbs |= {"fault": faulty.faults.add, "mix": faulty.faults.mix, "clear": faulty.faults.clear}
        self.facts: tuple[str, ...] = ()
        if isinstance(fake, FakeTelegram):
            self.verbs |= {name: getattr(fake, name) for name in TELEGRAM_VERBS} | {"say_many": self._say_many}
            self.facts = TELEGRAM_FACTS
        elif isinstance(fake, ModelFake):
            self.verbs |= {"script": self._script, "rule": self._rule}
            self.facts = MODEL_FACTS
        fake.on_control = self.answer

    async def answer(self, verb: str, given: dict[str, Any]) -> Any:
        """Do it and return the result as JSON. Raises LookupError, TypeError, ValueError (answered with 400)."""
        if verb in self.facts:
            return plain(getattr(self.fake, verb))
        act = self.verbs.get(verb)
        if act is None:
            raise LookupError(f"no such verb {verb}; there are {sorted((*self.verbs, *self.facts))}")
        positional = given.pop("args", [])
        result = act(*positional, **given)
        if inspect.isawaitable(result):
            result = await result
        return plain(result)

    async def _wait(self, version: int = 0, timeout: float = 10.0) -> int:
        return await self.fake.changes.past(version, timeout)

    async def _say_many(self, sayings: list[dict[str, Any]]) -> list[int]:
        fake = self.fake
        assert isinstance(fake, FakeTelegram)
        return [await fake.say(**saying) for saying in sayings]

    def _down_for(self, seconds: float) -> None:
        """Refuse connections for so long (the answer to this very request still goes out)."""
        import asyncio

        async def outage() -> None:
            await asyncio.sleep(0.05)
            await self.fake.down()
            await asyncio.sleep(seconds)
            await self.fake.up()

        self._outage = asyncio.get_running_loop().create_task(outage())

    def _script(self, replies: list[Any]) -> None:
        assert isinstance(self.fake, ModelFake)
        self.fake.reply_with(*map(reply_from, replies))

    def _rule(self, pattern: str, reply: Any) -> None:
        assert isinstance(self.fake, ModelFake)
        self.fake.reply_when(pattern, reply_from(reply))
