"""A whole company for a flow: the real composition root against fake servers over HTTP, on SQLite or Postgres."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nexus
from company import people
from company.config import load_settings
from company.records import Person, Role, WorkOrder
from company.schema import ledger, orders
from company.secrets import Secrets
from company.work_orders import by_number
from tests.fakes.anthropic import FakeAnthropic
from tests.fakes.ollama import FakeOllama
from tests.fakes.openai import FakeOpenAI
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_world import Shown

ROOT = Path(__file__).parents[2]
OWNER = 42
PATIENCE_S = 20.0


@dataclass(slots=True)
class Lab:
    """The fakes, the running company and ways to talk to it."""

    root: Path
    telegram: FakeTelegram
    anthropic: FakeAnthropic
    openai: FakeOpenAI
    ollama: FakeOllama
    postgres_url: str = ""
    schema_name: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    nexus: nexus.Nexus | None = None
    stop: asyncio.Event | None = None
    serving: asyncio.Task[None] | None = None

    def settings(self) -> dict[str, str]:
        """The environment of the company: every outside service is a fake."""
        return {
            "NEXUS_TELEGRAM__BASE_URL": self.telegram.url, "NEXUS_ANTHROPIC__BASE_URL": self.anthropic.url,
            "NEXUS_OPENAI__BASE_URL": self.openai.base_url, "NEXUS_OLLAMA__BASE_URL": self.ollama.url,
            "NEXUS_OLLAMA__ENABLED": "false", "NEXUS_WEB__ENABLED": "false", "NEXUS_WEB__PORT": "0", "NEXUS_TELEGRAM__SETTLE_S": "0.3",
            "NEXUS_TELEGRAM__CHAT_BURST": "100", "NEXUS_TELEGRAM__CHAT_MESSAGES_PER_SECOND": "100",
            "NEXUS_TELEGRAM__MESSAGES_PER_SECOND": "1000", "NEXUS_WORK__PARK_S": "0.3",
            **{name: value for name, value in self.environment.items() if name.startswith("NEXUS_")},
        }  # fmt: skip

    def secrets(self) -> dict[str, str]:
        """The environment's secrets: what of `environment` is no setting is one."""
        found = {"TELEGRAM_BOT_TOKEN": self.telegram.token, "ANTHROPIC_API_KEY": self.anthropic.api_key}
        found |= {name: value for name, value in self.environment.items() if not name.startswith("NEXUS_")}
        return found | ({"DATABASE_URL": self.postgres_url} if self.postgres_url else {})

    async def open(self) -> None:
        """Start the company in this loop and wait until its doors are open."""
        environment = self.settings()
        settings = load_settings(self.root, environment)
        secrets = Secrets(self.root / "data" / "secrets", self.secrets())
        self.nexus = await nexus.assemble(self.root, settings=settings, secrets=secrets, schema_name=self.schema_name)
        self.stop, opened = asyncio.Event(), asyncio.Event()
        self.serving = asyncio.create_task(nexus.serve(self.nexus, self.stop, opened=opened.set))
        waiting = asyncio.create_task(opened.wait())
        await asyncio.wait((waiting, self.serving), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self.serving.done():
            self.serving.result()

    async def close(self) -> None:
        """Stop the company in order."""
        if self.serving is not None and self.stop is not None:
            self.stop.set()
            await self.serving
            self.serving = None

    @property
    def company(self) -> nexus.Nexus:
        """The running company."""
        assert self.nexus is not None
        return self.nexus

    async def pair(self, user: int = OWNER, *, role: Role = Role.BOARD, name: str = "Ada") -> Person:
        """Redeem a one-time code in Telegram, as a person would."""
        company = self.company
        code = await company.books.write(people.issue_code, company.clock.now(), role, by="test")
        await self.telegram.say(user, f"/start {code}", first_name=name)
        await self.telegram.next_answer(user, timeout=PATIENCE_S)
        person = await company.books.read(people.find, nexus.Desk.TELEGRAM, str(user))
        assert person is not None
        return person

    async def ask(self, text: str, user: int = OWNER, **how: Any) -> Any:
        """Say something in Telegram and wait for the answer."""
        await self.telegram.say(user, text, **how)
        return await self.telegram.next_answer(user, timeout=PATIENCE_S)

    async def order(self, number: int) -> WorkOrder:
        """One order from the books."""
        found = await self.company.books.read(by_number, number)
        assert found is not None, f"there is no order #{number}"
        return found

    async def until(self, holds: Callable[[Any], bool], number: int) -> WorkOrder:
        """Wait until the order fits; told of each change by the audit feed, so nothing is slept."""
        async with asyncio.timeout(PATIENCE_S):
            async for _ in self.company.feed.changes():
                found = await self.company.books.read(by_number, number)
                if found is not None and holds(found):
                    return found
        raise AssertionError

    async def orders(self) -> list[Any]:
        """Every order row."""
        return await self.company.books.read(lambda tx: list(tx.execute(orders.select().order_by(orders.c.number))))

    async def ledger(self) -> list[Any]:
        """Every row of the ledger, oldest first."""
        return await self.company.books.read(lambda tx: list(tx.execute(ledger.select().order_by(ledger.c.id))))

    async def said(self, *parts: str, chat: int = OWNER) -> Shown:
        """Wait for a message of the bot, silent or not, that has all `parts` in it; told by the fake."""

        def found() -> Shown | None:
            return next((s for s in self.telegram.sent(chat) if all(part in s.text for part in parts)), None)

        shown = await self.telegram.wait_for(found, PATIENCE_S)
        assert shown is not None
        return shown

    async def toast(self, query: str | None = None) -> dict[str, Any]:
        """What the app shows to who pressed: the answer to this press, or to the last one."""
        query = query or max(self.telegram.callbacks, key=int)
        await self.telegram.wait_for(lambda: query in self.telegram.answered_callbacks, PATIENCE_S)
        return self.telegram.answered_callbacks[query]


@asynccontextmanager
async def a_lab(root: Path, *, postgres_url: str = "", schema_name: str = "", **environment: str) -> AsyncIterator[Lab]:
    """Fakes and an empty checkout; the company is opened by the test (or `open_company`)."""
    (root / "documents").mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "qa" / "specs", root / "qa" / "specs", dirs_exist_ok=True)
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(FakeTelegram())
        anthropic = await stack.enter_async_context(FakeAnthropic())
        openai = await stack.enter_async_context(FakeOpenAI())
        ollama = await stack.enter_async_context(FakeOllama())
        lab = Lab(root, telegram, anthropic, openai, ollama, postgres_url, schema_name, environment=dict(environment))
        stack.push_async_callback(lab.close)
        yield lab
