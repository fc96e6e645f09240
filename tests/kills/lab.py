"""The laboratory: one company that lives many short lives, the outside world beside it, and the reading of its books.

The parent is single-threaded and has everything heavy imported, so that a life is a fork away. Nothing here asks a
running NEXUS anything: what people saw is read at the fake Telegram, what was computed at the fake Claude.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from sqlalchemy import Connection, create_engine, func
from sqlalchemy import select as query
from sqlalchemy.pool import NullPool

import nexus
from company import people
from company.books import AUDIT_KEY, PostgresBooks
from company.config import Settings, load_settings
from company.records import Role
from company.schema import desk_notes, orders, outbox
from company.secrets import Secret, Secrets
from tests.fakes.client import Remote
from tests.kills.life import Plan, live

ROOT = Path(__file__).parents[2]
USERS = (41, 42, 43, 44, 45)
PATIENCE_S = 60.0
AT_WORK = ("accepted", "assigned", "working", "ready")
LAZY = (
    "anthropic", "anthropic.resources.messages", "anthropic.resources.models", "anthropic._streaming", "asyncpg",
    "httpx", "httpx2", "markdown_it", "markdown_it.presets", "sqlalchemy.dialects.sqlite",
    "sqlalchemy.dialects.postgresql.asyncpg", "sqlalchemy.ext.asyncio", "greenlet", "encodings.idna", "bot.markup",
    "employees.tools.calculate", "employees.tools.save_note", "employees.tools.search_documents",
)  # fmt: skip
T = TypeVar("T")


class Anomaly(AssertionError):
    """A promise was broken, or a life did not do its work in time."""


@dataclass(slots=True)
class Life:
    """A forked company. `last` is the newest moment that it told."""

    pid: int
    pipe: int
    moments: int = 0
    last: str = ""
    heard: bytes = b""
    ended: bool = False

    def listen(self, timeout_s: float) -> None:
        """Wait until it tells something or dies, at most so long, and take in all that it told."""
        if self.ended:
            return
        ready, _, _ = select.select([self.pipe], [], [], max(0.0, timeout_s))
        while ready:
            told = os.read(self.pipe, 65536)
            if not told:
                self._bury()
                return
            self.heard += told
            ready, _, _ = select.select([self.pipe], [], [], 0)
        *lines, self.heard = self.heard.split(b"\n")
        if lines:
            number, _, self.last = lines[-1].decode().partition(" ")
            self.moments = int(number)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if not self.ended:
            os.kill(self.pid, signal.SIGKILL)
            while not self.ended:
                self.listen(PATIENCE_S)

    def _bury(self) -> None:
        os.waitpid(self.pid, 0)
        os.close(self.pipe)
        self.ended = True
        for line in self.heard.split(b"\n"):
            if line:
                number, _, self.last = line.decode().partition(" ")
                self.moments = int(number)


@dataclass(slots=True)
class Lab:
    """The company's folder, its world, and its lives."""

    root: Path
    telegram: Remote
    claude: Remote
    environment: dict[str, str]
    secrets: dict[str, str]
    schema_name: str = ""
    lives: int = 0
    kills: int = 0
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)  # mark -> chat, text
    marks: int = 0
    commands: dict[int, int] = field(default_factory=dict)  # chat -> how often /status was asked
    pressed: dict[tuple[int, int, str], dict[str, Any]] = field(default_factory=dict)  # each button once
    before: set[tuple[int, int]] = field(default_factory=set)  # messages of the pairing

    def begin(
        self, *, die_at: int = 0, die_on: str = "", early: bool = False, blind: bool = False, **environment: str
    ) -> Life:  # fmt: skip
        """Fork a life."""
        plan = Plan(
            root=self.root, environment=self.environment | environment, secrets=self.secrets,
            schema_name=self.schema_name, die_at=die_at, die_on=die_on, early=early, blind=blind,
        )  # fmt: skip
        ours, theirs = os.pipe()
        self.lives += 1
        pid = os.fork()
        if pid == 0:
            os.close(ours)
            live(plan, theirs)
        os.close(theirs)
        return Life(pid, ours)

    def until(self, holds: Callable[[], bool], life: Life, *, timeout_s: float = PATIENCE_S, what: str = "") -> bool:
        """True when `holds()`, asked again after each moment; False when the life died first. Raises Anomaly."""
        end = time.monotonic() + timeout_s
        while not holds():
            if life.ended:
                return False
            if time.monotonic() > end:
                left = self.read(_unsettled)
                raise Anomaly(f"not within {timeout_s} s: {what}; last moment: {life.last}; {left}\n{self.tail()}")
            known = life.last
            life.listen(0.25)
            while life.last != known and life.last.startswith("before ") and not life.ended:
                known = life.last  # nothing has happened yet
                life.listen(0.25)
        return True

    def ask(self, chat: int, kind: str, text: str) -> str:
        """Somebody asks; the mark of what was asked."""
        self.marks += 1
        mark = f"{kind}{self.marks}z"
        self.asked[mark] = {"chat": chat, "kind": kind, "text": text.format(mark)}
        self.telegram.say(chat, self.asked[mark]["text"])
        return mark

    def command(self, chat: int) -> None:
        """Somebody wants to know the state of the house."""
        self.commands[chat] = self.commands.get(chat, 0) + 1
        self.telegram.say(chat, "/status")

    def press(self, action: str, repeated: int = 0, *, fresh: bool = False) -> None:
        """Somebody presses a button of this action, if there is one, and perhaps the app sends it again."""
        made = self.telegram.press_any(action, repeated, fresh)
        if made is not None:
            self.pressed[made["chat"], made["message_id"], made["data"]] = made

    def settled(self) -> bool:
        """Every update is taken in and has come to its end, and everything that was to be said is said."""
        return self.read(_settled, self.telegram.last_update())

    def settings(self) -> Settings:
        """As the lives have them."""
        return load_settings(self.root, self.environment)

    def read(self, ask: Callable[..., T], *args: Any) -> T:
        """Read the books beside whoever works in them: on SQLite through a connection that can't write."""
        key = Secrets(self.root / "data" / "secrets", self.secrets).need("audit_key", "The lab").reveal().encode()
        if "DATABASE_URL" in self.secrets:
            return asyncio.run(self._ask_postgres(key, ask, *args))
        engine = create_engine(f"sqlite:///file:{self.root / 'data' / 'nexus.db'}?mode=ro&uri=true", poolclass=NullPool)
        with engine.connect() as connection:
            connection.info[AUDIT_KEY] = key
            return ask(connection, *args)

    async def _ask_postgres(self, key: bytes, ask: Callable[..., T], *args: Any) -> T:
        url = Secret(self.secrets["DATABASE_URL"], "lab")
        books = PostgresBooks(url, audit_key=key, schema_name=self.schema_name)
        await books.open()
        try:
            return await books.read(ask, *args)
        finally:
            await books.close()

    async def _found(self, codes: dict[int, Role]) -> dict[int, str]:
        """Open the books for the first time, and issue a one-time code to each user."""
        secrets = Secrets(self.root / "data" / "secrets", self.secrets)
        company = await nexus.assemble(
            self.root, settings=self.settings(), secrets=secrets, schema_name=self.schema_name, doors_open=False
        )
        try:
            return {
                user: await company.books.write(people.issue_code, company.clock.now(), role, by="lab")
                for user, role in codes.items()
            }
        finally:
            await company.books.close()

    def notes(self) -> dict[str, str]:
        """The files in the folder of notes: name -> content."""
        folder = self.root / "data" / "notes"
        return {path.name: path.read_text() for path in sorted(folder.glob("*"))} if folder.is_dir() else {}

    def tail(self, lines: int = 40) -> str:
        """The last lines that the lives logged."""
        log = self.root / "lives.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""

    def pair_everybody(self) -> None:
        """Each user redeems a one-time code; the first is the owner."""
        roles = {user: Role.BOARD if user == USERS[0] else Role.MEMBER for user in USERS}
        for user, code in asyncio.run(self._found(roles)).items():
            self.telegram.say(user, f"/start {code}", first_name=f"User{user}")
        life = self.begin()
        self.until(lambda: all(self.telegram.answers(user) for user in USERS) and self.settled(), life, what="pairing")
        life.kill()
        self.before = {(one["chat"], one["id"]) for one in self.telegram.truth()}


def _settled(tx: Connection, last_update: int) -> bool:
    offset = tx.scalar(query(desk_notes.c.value).where(desk_notes.c.name == "offset"))
    if int(offset or 0) <= last_update:
        return False
    at_work = tx.scalar(query(func.count()).select_from(orders).where(orders.c.state.in_(AT_WORK)))
    parked = tx.scalar(
        query(func.count()).select_from(orders).where(orders.c.state == "waiting", orders.c.waiting_for != "money")
    )
    to_say = tx.scalar(
        query(func.count()).select_from(outbox).where(outbox.c.state.in_(("ready", "sending", "unknown")))
    )
    lines = tx.scalar(
        query(func.count()).select_from(outbox).where(outbox.c.kind == "status", outbox.c.state == "sent")
    )
    return not (at_work or parked or to_say or lines)


def _unsettled(tx: Connection) -> list[tuple[Any, ...]]:
    """What has not come to its end, to see why a life hangs."""
    open_row = outbox.c.state.in_(("ready", "sending", "unknown"))
    standing = (outbox.c.kind == "status") & (outbox.c.state == "sent")
    questions = (
        query(desk_notes.c.name, desk_notes.c.value).where(desk_notes.c.name == "offset"),
        query(orders.c.number, orders.c.state, orders.c.waiting_for).where(orders.c.state != "delivered"),
        query(outbox.c.seq, outbox.c.kind, outbox.c.state, outbox.c.error).where(open_row | standing),
    )
    return [tuple(row) for question in questions for row in tx.execute(question)]


@contextmanager
def a_lab(
    root: Path, *, seed: int = 0, latency_s: float = 0.0, postgres_url: str = "", schema_name: str = "",
    light: bool = False, **environment: str,
) -> Iterator[Lab]:  # fmt: skip
    """A world, an empty company in `root` and five paired people."""
    for name in LAZY:
        with suppress(ModuleNotFoundError):
            importlib.import_module(name)
    (root / "documents").mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "qa" / "specs", root / "qa" / "specs", dirs_exist_ok=True)
    command = [sys.executable, "-m", "tests.kills.world", "--seed", str(seed), "--latency", str(latency_s)]
    world = subprocess.Popen(
        command + ["--light"] * light, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert world.stdin is not None
    assert world.stdout is not None
    told = json.loads(world.stdout.readline())
    secrets = {"TELEGRAM_BOT_TOKEN": told["token"], "ANTHROPIC_API_KEY": told["api_key"]}
    if postgres_url:
        secrets["DATABASE_URL"] = postgres_url
    try:
        with httpx.Client(trust_env=False) as http:
            lab = Lab(
                root, Remote(told["urls"]["telegram"], http), Remote(told["urls"]["anthropic"], http),
                _environment(told["urls"]) | environment, secrets, schema_name,
            )  # fmt: skip
            lab.pair_everybody()
            gc.collect()
            gc.freeze()
            yield lab
    finally:
        world.stdin.close()
        world.terminate()
        world.wait(10)
        world.stdout.close()


def _environment(urls: dict[str, str]) -> dict[str, str]:
    return {
        "NEXUS_TELEGRAM__BASE_URL": urls["telegram"], "NEXUS_ANTHROPIC__BASE_URL": urls["anthropic"],
        "NEXUS_OLLAMA__ENABLED": "false", "NEXUS_ADMIN__ENABLED": "false", "NEXUS_WEB__ENABLED": "false",
        "NEXUS_TELEGRAM__SETTLE_S": "0.3", "NEXUS_TELEGRAM__CHAT_BURST": "100",
        "NEXUS_TELEGRAM__CHAT_MESSAGES_PER_SECOND": "100", "NEXUS_TELEGRAM__MESSAGES_PER_SECOND": "1000",
        "NEXUS_WORK__PARK_S": "0.3", "NEXUS_WORK__CRASH_LIMIT": "1000000", "NEXUS_DATABASE__WHEN_UNREACHABLE": "refuse",
        "NEXUS_BUDGET__DAY": "500", "NEXUS_BUDGET__PER_PERSON_DAY": "500", "NEXUS_BUDGET__MONTH": "500",
    }  # fmt: skip
