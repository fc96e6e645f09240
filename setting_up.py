"""What `nexus init` and `nexus doctor` need of several departments at once: secrets tried out, the owner paired."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from sqlalchemy import Connection

from bot.failures import Unauthorized
from bot.webhook import Hook, hook_of, way_in
from bot.wire import Wire
from company import people
from company.books import Books, PostgresBooks, SqliteBooks
from company.clock import Clock, SystemClock
from company.config import Settings, load_settings
from company.errors import NotReady, SecretError
from company.instance import InstanceLock
from company.opening import open_the_books
from company.ports import Model
from company.records import Condition, Desk, Health, Role
from company.secrets import Secret, Secrets
from company.texts import Texts
from console import views
from console.doctor import Check, Probes, diagnose, exit_code
from console.setup import KEY_SHAPE, TOKEN_SHAPE, Pairing, Terminal, Wanted, init
from employees.claude import Claude
from employees.doors import build_doors
from employees.litellm_door import LiteLLMDoor
from heartbeat.anchor import Anchoring
from nexus import Nexus
from sandbox.bubblewrap import Bubblewrap
from sandbox.unit import forbids_the_sandbox
from voice.building import listening_room

Opener = Callable[[Path], AbstractAsyncContextManager[Nexus]]
"""Opens the company with its doors for as long as a block runs."""

LOOK_AGAIN_S = 0.5


# -- nexus doctor -----------------------------------------------------------------------------------------------------


async def doctor_command(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus doctor`: every problem, with its mend; 0 when nothing is ill."""
    clock = SystemClock()
    if arguments.mend:
        await _remove_webhook(root)

    def probes(settings: Settings, secrets: Secrets) -> Probes:
        return _probes(root, clock, settings, secrets)

    rows = await diagnose(
        root, clock, lambda: load_settings(root), lambda s: Secrets(root / s.company.data_dir / "secrets"), probes
    )
    Console().print(views.diagnosis(rows))
    return exit_code(rows)


async def _remove_webhook(root: Path) -> None:
    """`nexus doctor --mend`: take away a webhook that another program left; updates are kept. Ours stays."""
    settings = await asyncio.to_thread(load_settings, root)
    secrets = Secrets(root / settings.company.data_dir / "secrets")
    token = await asyncio.to_thread(secrets.get, "telegram_bot_token")
    if token is None:
        return
    hook = await asyncio.to_thread(_hook, settings, secrets)
    wire = Wire(settings.telegram.base_url, token)
    await wire.open()
    try:
        info = await wire.call("getWebhookInfo", {})
        if hook is None or info.get("url") != hook.url:
            await wire.call("deleteWebhook", {"drop_pending_updates": False})
    finally:
        await wire.close()


def _probes(root: Path, clock: Clock, settings: Settings, secrets: Secrets) -> Probes:
    """What only other departments can find out. Blocking: it reads secrets."""
    data_dir = root / settings.company.data_dir
    token, url = secrets.get("telegram_bot_token"), secrets.get("database_url")
    key = secrets.get("audit_key")
    audit_key = key.reveal().encode() if key is not None else b""
    local = SqliteBooks(data_dir / settings.database.sqlite_path, audit_key=audit_key)
    books: Books = PostgresBooks(url, audit_key=audit_key) if url is not None else local
    anchoring = Anchoring(settings.audit, data_dir, books, {}, clock, ZoneInfo(settings.company.timezone), Texts())
    doors = build_doors(settings, secrets, clock)
    return Probes(
        telegram=_telegram_check(settings, token, _hook(settings, secrets)) if token is not None else None,
        models={name: _door_check(door) for name, door in doors.items()},
        books=lambda: books,
        sandbox=lambda: sandbox_check(settings, clock),
        voice=listening_room(settings, secrets, root, data_dir, clock, None).check,
        witnesses=anchoring.witnesses,
    )


async def sandbox_check(settings: Settings, clock: Clock) -> Health:
    """Makes one, as a start of NEXUS does."""
    sandbox = Bubblewrap(settings.sandbox, clock)
    await sandbox.open()
    health = await sandbox.check()
    if health.condition is Condition.OK and await asyncio.to_thread(forbids_the_sandbox):
        detail = "this shell has one, but nexus.service may not make it: run as the service, NEXUS runs no code"
        mend = "install systemd/sandbox.conf as its head says, or leave it: such answers are labelled"
        return replace(health, condition=Condition.OFF, detail=detail, mend=mend)
    return health


def _door_check(door: Model) -> Check:
    return lambda: _asked(door)


async def _asked(door: Model) -> Health:
    """What the provider itself says to its key; spends nothing. The door is closed afterwards.

    A running company loads no library for a check. Here somebody waits for the truth, so Claude's is loaded first, and
    an OpenAI key is shown to OpenAI.
    """
    try:
        if isinstance(door, Claude):
            await door.warm()
        if isinstance(door, LiteLLMDoor):
            return await door.try_key()
        return await door.check()
    finally:
        await door.close()


def _hook(settings: Settings, secrets: Secrets) -> Hook | None:
    """Where Telegram shall call us; None when it is polled, or before the first start. Blocking: it reads a secret."""
    try:
        return hook_of(settings, secrets, make=False)
    except SecretError:  # it has a row of its own
        return None


def _telegram_check(settings: Settings, token: Secret, hook: Hook | None) -> Check:
    async def check() -> Health:
        try:
            name = await bot_name(settings, token)
            return await _webhook_check(settings, token, hook, name)
        except Unauthorized as refused:
            mend = "take the token from @BotFather again: ./nexus init --again"
            return Health(part="telegram", condition=Condition.ILL, detail=str(refused), mend=mend)

    return check


async def _webhook_check(settings: Settings, token: Secret, hook: Hook | None, name: str) -> Health:
    """What Telegram says of the way by which updates come."""
    wire = Wire(settings.telegram.base_url, token)
    await wire.open()
    try:
        info = await wire.call("getWebhookInfo", {})
    finally:
        await wire.close()
    condition, detail, mend = way_in(info, hook, polled=settings.telegram.mode == "polling")
    return Health(part="telegram", condition=condition, detail=f"@{name}{detail}", mend=mend)


async def bot_name(settings: Settings, token: Secret) -> str:
    """The bot's user name (getMe). Raises a `bot.failures.WireError`, which is a `NexusError`, with a sentence."""
    wire = Wire(settings.telegram.base_url, token)
    await wire.open()
    try:
        me = await wire.call("getMe", {})
    except Unauthorized:
        raise Unauthorized("Telegram refuses this token; perhaps it was revoked, or a piece of it is missing") from None
    finally:
        await wire.close()
    return str(me["username"])


# -- nexus init -------------------------------------------------------------------------------------------------------


async def init_command(root: Path, arguments: argparse.Namespace, opener: Opener) -> int:
    """`nexus init`: token and keys, each tried out, and the owner paired."""
    settings, clock = await asyncio.to_thread(load_settings, root), SystemClock()
    data_dir = root / settings.company.data_dir
    secrets = Secrets(data_dir / "secrets")
    wanted = (
        Wanted(
            name="telegram_bot_token", title="Telegram bot token", where="from @BotFather: /newbot", shape=TOKEN_SHAPE,
            test=_try_token(settings),
        ),
        Wanted(
            name="anthropic_api_key", title="Claude API key", where="from platform.claude.com", shape=KEY_SHAPE,
            test=_try_door(lambda key: Claude(settings.anthropic.base_url, key, clock)),
        ),
        Wanted(
            name="openai_api_key", title="OpenAI API key (a fallback)", where="from platform.openai.com",
            shape=KEY_SHAPE,
            test=_try_door(lambda key: LiteLLMDoor("openai", settings.openai.base_url, key, clock)),
        ),
    )  # fmt: skip
    replace = frozenset({"all"} if arguments.again else ())
    folders = (data_dir, *(root / folder for folder in settings.knowledge.folders))
    async with AsyncExitStack() as stack:
        pairing = _Pairing(root, settings, secrets, clock, opener, stack)
        cards = Pairing(
            bot=pairing.bot, owner=pairing.owner, code=pairing.code, paired=pairing.paired, runs=pairing.runs
        )  # fmt: skip
        asker = stack.enter_context(Terminal(secrets.directory))
        return await init(Console(), asker, secrets, wanted, cards, folders=folders, replace=replace)


def _try_token(settings: Settings) -> Callable[[str], Awaitable[str]]:
    async def test(value: str) -> str:
        return f"@{await bot_name(settings, Secret(value, 'typed'))}"

    return test


def _try_door(build: Callable[[Secret], Model]) -> Callable[[str], Awaitable[str]]:
    async def test(value: str) -> str:
        health = await _asked(build(Secret(value, "typed")))
        if health.condition is Condition.ILL:
            raise NotReady(f"{health.part}: {health.detail}")
        if health.condition is Condition.OK:
            return f"{health.part}: {health.detail}"
        return f"{health.part}: not tried, {health.detail}; run: {health.mend}"

    return test


@dataclass(slots=True)
class _Pairing:
    """The owner's pairing, in the books; a company is opened for it when none runs, so that the bot can hear."""

    root: Path
    settings: Settings
    secrets: Secrets
    clock: Clock
    opener: Opener
    stack: AsyncExitStack
    books: Books | None = None

    async def bot(self) -> str:
        """The bot's name; "" without a token."""
        token = await asyncio.to_thread(self.secrets.get, "telegram_bot_token")
        return await bot_name(self.settings, token) if token is not None else ""

    async def owner(self) -> str:
        """Who owns the Telegram desk already; "" when nobody does."""
        return await (await self._opened()).read(_owner)

    async def code(self) -> str:
        """A one-time code, and a company that hears it."""
        books = await self._opened()
        code = await books.write(people.issue_code, self.clock.now(), Role.BOARD, by="nexus init")
        if not await self.runs():
            await self.stack.enter_async_context(self.opener(self.root))
        return code

    async def runs(self) -> bool:
        """Whether a company runs on this folder already."""
        data_dir = self.root / self.settings.company.data_dir
        return await asyncio.to_thread(InstanceLock(data_dir).held_elsewhere)

    async def paired(self) -> str:
        """Wait until the code was redeemed; the owner's name."""
        books = await self._opened()
        while not (name := await books.read(_owner)):
            await self.clock.sleep(LOOK_AGAIN_S)
        return name

    async def _opened(self) -> Books:
        if self.books is None:
            data_dir = self.root / self.settings.company.data_dir
            self.books, _ = await open_the_books(self.settings, data_dir, self.secrets, self.clock)
            self.stack.push_async_callback(self.books.close)
        return self.books


def _owner(tx: Connection) -> str:
    chats = people.addresses(tx, Desk.TELEGRAM, role=Role.BOARD)
    owner = people.find(tx, Desk.TELEGRAM, chats[0]) if chats else None
    return owner.name if owner is not None else ""
