"""A sandbox for each test: skipped with a notice where the machine can't make one, a failure in CI."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest

from company.clock import SystemClock
from company.config import SandboxSettings
from company.records import Condition
from sandbox.bubblewrap import Bubblewrap


@pytest.fixture
async def sandbox() -> AsyncIterator[Bubblewrap]:
    """Open, with the usual settings but for time: this machine may be busy."""
    made = Bubblewrap(SandboxSettings(wall_s=60), SystemClock())
    await made.open()
    health = await made.check()
    if health.condition is not Condition.OK:
        notice = f"{health.detail} Mend: {health.mend}"
        if os.environ.get("NEXUS_TEST_REQUIRE_SANDBOX", "") not in ("", "0"):
            pytest.fail(notice)
        pytest.skip(notice)
    yield made
    await made.close()
