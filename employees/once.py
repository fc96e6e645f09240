"""Builds a costly thing exactly once, in a thread, however many ask for it at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """A value that is built at its first use.

    The build runs to its end even when everybody who waited was cancelled, so that it never runs twice side by side; a
    build that failed is tried again by the next who asks.

    Args:
        build: makes the value; runs in a thread, so it may import and read files.
    """

    def __init__(self, build: Callable[[], T]) -> None:
        self._build = build
        self._task: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """The value; raises what `build` raised."""
        task = self._task
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = self._task = asyncio.create_task(asyncio.to_thread(self._build))
        return await asyncio.shield(task)

    @property
    def built(self) -> T | None:
        """The value if it is there already."""
        task = self._task
        if task is None or not task.done() or task.cancelled() or task.exception() is not None:
            return None
        return task.result()

    async def settled(self) -> T | None:
        """Wait for a build under way; the value, or None when there is none."""
        if self._task is not None:
            await asyncio.wait({self._task})
        return self.built
