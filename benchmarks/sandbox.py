"""Milliseconds that the sandbox adds to a command, beside the same command as a bare subprocess in the same run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from benchmarks.table import Row, Skip, percentile, show
from company.clock import SystemClock
from company.config import SandboxSettings
from company.records import Condition
from company.sandbox_records import SandboxEnd, SandboxTask
from sandbox.bubblewrap import Bubblewrap

COMMANDS = {
    "an empty command": ("/usr/bin/true",),
    "Python that does nothing": ("/usr/bin/python3", "-I", "-c", "pass"),
    "Python with a test of one function": (
        "/usr/bin/python3", "-I", "-c", "def area(w, h):\n    return w * h\nassert area(2, 3) == 6",
    ),
}  # fmt: skip
KILLED_AFTER_S = 0.2


async def _bare(argv: Sequence[str]) -> float:
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    await process.communicate()
    return 1000 * (time.perf_counter() - begun)


async def _measure(number: int) -> list[Row]:
    sandbox = Bubblewrap(SandboxSettings(wall_s=KILLED_AFTER_S), SystemClock())
    begun = time.perf_counter()
    await sandbox.open()
    opened = 1000 * (time.perf_counter() - begun)
    health = await sandbox.check()
    if health.condition is not Condition.OK:
        raise Skip(f"{health.detail} ({health.mend})")
    rows = [Row(what="the trial at the start", unit="ms", ours=opened, aim="below 100")]
    for name, argv in COMMANDS.items():
        ours, theirs = list[float](), list[float]()
        for _ in range(number):
            ours.append((await sandbox.execute(SandboxTask(argv=argv))).elapsed_ms)
            theirs.append(await _bare(argv))
        for percent in (50, 99):
            mine, bare = percentile(ours, percent), percentile(theirs, percent)
            aim = "40 more" if percent == 50 else ""
            rows.append(Row(what=f"{name}, p{percent}", unit="ms", ours=mine, baseline=bare, aim=aim))
    late = []
    for _ in range(max(3, number // 20)):
        result = await sandbox.execute(SandboxTask(argv=("sleep", "60")))
        assert result.end is SandboxEnd.TIME
        late.append(result.elapsed_ms - 1000 * KILLED_AFTER_S)
    rows.append(Row(what="from the wall limit to nothing left, worst", unit="ms", ours=max(late), aim="below 2,000"))
    return rows


def run(quick: bool) -> None:
    """Measure and print."""
    rows = asyncio.run(_measure(20 if quick else 200))
    show("A command in the sandbox, from the request to the last process's end", "bare subprocess", rows)
