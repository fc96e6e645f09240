"""Long pastes: an app cuts a text at 4,096 signs into several messages; here they become one order again.

A message that is nearly as long as one may be is held for a moment. What the same person says in the same place before
that moment is over belongs to it; then all of it is one request, under the first message's id.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from bot import held
from bot.held import Held
from bot.markup.records import utf16_len
from bot.updates import Said
from bot.waiting import Bell
from company.books import Books
from company.clock import Clock

PREFIX = "paste:"
NEARLY_FULL = 3_500  # UTF-16 units; apps cut at 4,096, or at the last paragraph before
SILENCE_S = 0.8
MOST_PARTS = 50

Whole = Callable[[Said, Sequence[Held]], Awaitable[None]]
"""Takes the first message with the whole text, and the messages it was made of."""


class Pastes:
    """Holds parts of a paste until it is whole.

    Args:
        books: where the parts are.
        clock: time.
    """

    def __init__(self, books: Books, clock: Clock) -> None:
        self._books = books
        self._clock = clock
        self._bell = Bell(clock)
        self._newest: dict[tuple[str, str, int], float] = {}  # by place and person: when the last part came

    def holds(self, said: Said) -> bool:
        """Whether a message is a part of a paste: long itself, or close behind a long one."""
        if said.edited or said.media or said.forwarded_from is not None:
            return False
        return _of(said) in self._newest or utf16_len(said.text) >= NEARLY_FULL

    def is_first(self, said: Said) -> bool:
        """Whether no part came before it."""
        return _of(said) not in self._newest

    def write(self, tx: Connection, said: Said) -> None:
        """Note a part, in the transaction that writes its update down."""
        held.hold(tx, PREFIX, said)

    def ring(self, said: Said) -> None:
        """After the commit: the part is there."""
        self._newest[_of(said)] = self._clock.monotonic()
        self._bell.ring()

    async def run(self, whole: Whole) -> None:
        """Hand over each paste that is whole, until cancelled. What was held when the process ended is whole."""
        while True:
            parts: dict[tuple[str, str, int], list[Held]] = {}
            for one in await self._books.read(held.waiting, PREFIX):
                parts.setdefault(_of(one.said), []).append(one)
            pause: float | None = None
            for of, paste in parts.items():
                left = self._newest.get(of, float("-inf")) + SILENCE_S - self._clock.monotonic()
                if left > 0 and len(paste) < MOST_PARTS:
                    pause = left if pause is None else min(left, pause)
                    continue
                text = "\n".join(part.said.text for part in paste)
                await whole(replace(paste[0].said, text=text, key=f"{paste[0].said.key}-paste"), paste)
                self._newest.pop(of, None)  # not before: what came meanwhile is held, and so stays behind it
            await self._bell.wait(pause)


def _of(said: Said) -> tuple[str, str, int]:
    return said.place.chat, said.place.topic, said.sender.id
