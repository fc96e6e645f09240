"""A press on a button, and what comes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.inbox import Mark
from bot.spoken import Spoken
from bot.updates import Pressed
from company.records import Person


@dataclass(frozen=True, slots=True)
class Press:
    """A known person's press, taken apart."""

    pressed: Pressed
    person: Person
    action: str
    argument: str
    mark: Mark

    @property
    def alone(self) -> bool:
        """Whether nobody else sees the message that carries the button."""
        return self.pressed.place.private or self.pressed.ephemeral_id > 0

    @property
    def key(self) -> str:
        """What makes a repeat of it harmless."""
        return f"press:{self.pressed.place.chat}:{self.pressed.message_id}:{self.action}:{self.argument}"


@dataclass(frozen=True, slots=True)
class Result:
    """What the app shows to the person who pressed; `alert`: in a box that must be closed.

    `shown` takes the place of the message that carries the button, `told` is a message of its own, once; in
    each span of time that `once` names, where it names one.
    """

    text: str = ""
    alert: bool = False
    shown: Spoken | None = None
    told: Spoken | None = None
    once: str = ""


Step = Callable[[Press], Awaitable[Result]]
"""What a button does."""
