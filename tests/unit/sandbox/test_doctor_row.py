"""What `nexus doctor` says of the sandbox: it makes one, as a start of NEXUS does."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path

from company.clock import SystemClock
from company.config import SandboxSettings, Settings
from company.records import Condition, Health
from company.secrets import Secrets
from console.doctor import Probes, diagnose
from sandbox.bubblewrap import Bubblewrap
from setting_up import sandbox_check


async def test_doctor_makes_one_and_says_how_to_get_one(sandbox: Bubblewrap, tmp_path: Path) -> None:
    def rows(settings: SandboxSettings) -> Awaitable[list[Health]]:
        probes = Probes(sandbox=lambda: sandbox_check(Settings(sandbox=settings), SystemClock()))
        secrets = Secrets(tmp_path, environment={})
        return diagnose(tmp_path, SystemClock(), lambda: Settings(), lambda _: secrets, lambda *_: probes)

    (there,) = (row for row in await rows(SandboxSettings()) if row.part == "sandbox")
    assert there.condition is Condition.OK
    (absent,) = (row for row in await rows(SandboxSettings(enabled=False)) if row.part == "sandbox")
    assert (absent.condition, absent.mend) == (Condition.OFF, "set [sandbox] enabled = true and start NEXUS again")
