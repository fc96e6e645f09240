"""A blocking look at an index, in the one thread that its connection belongs to."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from company.errors import NotReady

T = TypeVar("T")


async def in_thread(executor: ThreadPoolExecutor | None, call: Callable[[], T], *, name: str) -> T:
    """What `call` returns.

    Args:
        executor: of the connection's thread; None while it is closed.
        name: what people call what is looked at: "the library".

    Raises:
        NotReady: it is closed, or its file can't be used now; one sentence.
    """
    if executor is None:
        raise NotReady(f"{name[0].upper()}{name[1:]} is closed.")
    try:
        return await asyncio.get_running_loop().run_in_executor(executor, call)
    except sqlite3.Error as error:
        raise NotReady(f"The index of {name} can't be used now ({error}).") from error
