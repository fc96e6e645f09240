"""A status page that serves a busy house on a free port."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest

from company.clock import SystemClock
from company.config_desks import WebSettings
from tests.unit.web.web_double import Office, busy
from web.server import StatusPage

Serve = Callable[..., AbstractAsyncContextManager[StatusPage]]


@asynccontextmanager
async def served(office: Office, port: int = 0) -> AsyncIterator[StatusPage]:
    """Open, run, and close a page over an office."""
    page = StatusPage(
        WebSettings(port=port), office, office.board, office.changes, SystemClock(),  # type: ignore[arg-type]
    )  # fmt: skip
    await page.open()
    running = asyncio.create_task(page.run())
    try:
        yield page
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await page.close()


@pytest.fixture
def serve() -> Serve:
    return served


@pytest.fixture
def office() -> Office:
    return Office(busy(SystemClock().now()))


@pytest.fixture
async def page(office: Office) -> AsyncIterator[StatusPage]:
    async with served(office) as opened:
        yield opened


@pytest.fixture
async def browser(page: StatusPage) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=page.url, timeout=20, trust_env=False) as client:
        yield client
