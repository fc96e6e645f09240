"""One life of the company: a forked child that runs the real composition root until it is killed.

Every *moment* of it, which is the point before and after each commit, each call that leaves the house and each effect of
a tool, is told through a pipe. A life can be doomed to die by its own SIGKILL at its n-th moment.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import nexus
from bot.sender import Sender
from bot.wire import Wire
from company.books import PostgresBooks, SqliteBooks
from company.config import load_settings
from company.secrets import Secrets
from employees.claude import Claude
from employees.tools import save_note

CALLS = frozenset({"sendMessage", "editMessageText", "deleteMessage"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to live. die_at: the number of the moment at which it dies; 0: never by itself. die_on: its name.

    early: moments count from the very start; otherwise from when the doors are open. blind: sends whose fate is unknown
    are simply sent again (the policy of most bots; the baseline to lose).
    """

    root: Path
    environment: dict[str, str]
    secrets: dict[str, str]
    schema_name: str = ""
    die_at: int = 0
    die_on: str = ""
    early: bool = False
    blind: bool = False


@dataclass(slots=True)
class Moments:
    """Counts and tells moments, and dies when it is time."""

    pipe: int
    die_at: int
    die_on: str
    counting: bool
    number: int = 0
    turn: threading.Lock = field(default_factory=threading.Lock)

    def at(self, name: str) -> None:
        """A moment has come. From any thread."""
        with self.turn:
            self.number += self.counting
            os.write(self.pipe, f"{self.number} {name}\n".encode())
            if name == self.die_on or (self.counting and self.number == self.die_at):
                os.kill(os.getpid(), signal.SIGKILL)


def live(plan: Plan, pipe: int) -> NoReturn:
    """Live until killed. In a forked child."""
    code = 1
    try:
        log = os.open(plan.root / "lives.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        logging.basicConfig(level=logging.WARNING, format=f"{os.getpid()} %(asctime)s %(name)s %(message)s")
        moments = Moments(pipe, plan.die_at, plan.die_on, plan.early)
        _watch(moments)
        if plan.blind:
            _forget_to_look()
        asyncio.run(_serve(plan, moments))
        code = 0
    except BaseException:
        logging.exception("this life ended by itself")
    finally:
        sys.stderr.flush()
        os._exit(code)


async def _serve(plan: Plan, moments: Moments) -> None:
    settings = load_settings(plan.root, plan.environment)
    secrets = Secrets(plan.root / settings.company.data_dir / "secrets", plan.secrets)
    company = await nexus.assemble(plan.root, settings=settings, secrets=secrets, schema_name=plan.schema_name)

    def opened() -> None:
        moments.counting = True
        moments.at("doors open")

    await nexus.serve(company, asyncio.Event(), opened=opened)


def _watch(moments: Moments) -> None:
    """Tell the moments of the real parts; nothing else about them is changed."""
    _watch_commits(moments)
    call, complete, write_note = Wire.call, Claude.complete, save_note._write

    async def watched_call(self: Wire, method: str, params: dict[str, Any]) -> Any:
        if method not in CALLS:
            return await call(self, method, params)
        moments.at(f"before {method}")
        result = await call(self, method, params)
        moments.at(f"after {method}")
        return result

    async def watched_complete(self: Claude, *args: Any, **named: Any) -> Any:
        moments.at("before the model's call")
        result = await complete(self, *args, **named)
        moments.at("after the model's call")
        return result

    def watched_note(*args: Any) -> None:
        moments.at("before the note is written")
        write_note(*args)
        moments.at("after the note is written")

    Wire.call = watched_call  # type: ignore[method-assign]
    Claude.complete = watched_complete  # type: ignore[method-assign]
    save_note._write = watched_note  # type: ignore[assignment]


def _watch_commits(moments: Moments) -> None:
    on_sqlite, on_postgres = SqliteBooks._write, PostgresBooks._write

    def sqlite(self: SqliteBooks, change: Callable[..., Any], *args: Any, **named: Any) -> Any:
        result = on_sqlite(self, _told(moments, change), *args, **named)
        moments.at(f"after the commit of {_name(change)}")
        return result

    async def postgres(self: PostgresBooks, doubt: Any, change: Callable[..., Any], *args: Any, **named: Any) -> Any:
        result = await on_postgres(self, doubt, _told(moments, change), *args, **named)
        moments.at(f"after the commit of {_name(change)}")
        return result

    SqliteBooks._write = sqlite  # type: ignore[method-assign]
    PostgresBooks._write = postgres  # type: ignore[method-assign]


def _told(moments: Moments, change: Callable[..., Any]) -> Callable[..., Any]:
    def told(*args: Any, **named: Any) -> Any:
        result = change(*args, **named)
        moments.at(f"before the commit of {_name(change)}")
        return result

    return told


def _name(change: Callable[..., Any]) -> str:
    return str(getattr(change, "__qualname__", type(change).__name__)).replace(".<locals>", "")


def _forget_to_look() -> None:
    async def never(_self: Sender, _row: Any) -> int:
        return 0

    Sender._look_for = never  # type: ignore[method-assign,assignment]
