"""Where the time of an order goes: samples of what its code is doing, taken at even intervals while it is worked on.

The frozen records of a profile, and the port of whoever takes the samples. A sample holds names of functions, nothing
of what they work on.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileLine:
    """One place in the code, and in how many samples the order was there.

    Attributes:
        part: the department of the innermost function of ours, "employees".
        stack: from the outermost function to the innermost, "employees/clerk.py Clerk.work".
        running: samples in which it had the event loop.
        waiting: samples in which it waited there: for a model, the books, a thread, or its turn.
    """

    part: str
    stack: tuple[str, ...]
    running: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The samples of one order, the places with the most of them first.

    Attributes:
        every_ms: milliseconds between two samples; on a busy machine it may be longer.
        samples: all of them: the sum of the lines.
    """

    order_id: str
    every_ms: float
    samples: int
    lines: tuple[ProfileLine, ...]


class Profiles(Protocol):
    """Takes samples of orders while they are worked on."""

    def of(self, order_id: str) -> AbstractContextManager[None]:
        """Watch the current task for as long as the block runs."""
        ...

    def profile(self, order_id: str) -> Profile | None:
        """What was seen of an order up to now; None when nothing was, or it was long ago or before a restart."""
        ...


class NoProfiles:
    """Takes none."""

    def of(self, order_id: str) -> AbstractContextManager[None]:
        """Nothing is watched."""
        return nullcontext()

    def profile(self, order_id: str) -> Profile | None:
        """Nothing was seen."""
        return None
