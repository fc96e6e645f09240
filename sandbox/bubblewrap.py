"""The sandbox as a department and as the port `Sandbox`: bubblewrap with one profile, or none.

Whether this machine can make the sandbox is found out once, at the start, by making one. When it can't, the reason is
kept, shown by `check`, and every request is refused with it: there is no weaker second way (ADR 18).
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from company.clock import Clock
from company.config import SandboxSettings
from company.errors import NotReady
from company.records import Condition, Health
from company.sandbox_records import MB, SandboxEnd, SandboxLimits, SandboxResult, SandboxTask
from sandbox.confined import Confined, Engine
from sandbox.filter import compile_filter
from sandbox.leftovers import sweep
from sandbox.profile import OUTER_UIDS, find_programs

log = logging.getLogger(__name__)

_PROBE = SandboxTask(argv=("true",), limits=SandboxLimits(wall_s=5.0))
_FORBIDDEN_HERE = "let this user make namespaces (docs/sandbox.md, 'When it is missing'), then start NEXUS again"
_TURNED_OFF = "The sandbox is turned off; set [sandbox] enabled = true and start NEXUS again."


class Bubblewrap:
    """The sandbox.

    Args:
        settings: whether there is one, and its limits; a task may ask for less, never for more.
        clock: for `elapsed_ms`.
        hidden: folders that nothing inside may see: the house and its data, should they lie below /usr.
        path: where bubblewrap and its companions are looked for; given by tests.
    """

    name = "sandbox"

    def __init__(self, settings: SandboxSettings, clock: Clock, *, hidden: Iterable[Path] = (), path: str = "") -> None:
        self._settings = settings
        self._clock = clock
        self._hidden = tuple(hidden)
        self._path = path
        self._engine: Engine | None = None
        self._refusal = "The sandbox is not open yet; try again when NEXUS has started."
        self._uids = itertools.cycle(OUTER_UIDS)
        self._places = asyncio.Semaphore(settings.at_once)
        self._runs = dict.fromkeys(SandboxEnd, 0)

    async def open(self) -> None:
        """Find out by a trial whether this machine can. Never raises: the company works without a sandbox."""
        if not self._settings.enabled:
            self._refusal = _TURNED_OFF
            return
        try:
            self._engine = await self._find()
        except NotReady as reason:
            self._refusal = f"There is no sandbox: {reason}"
        else:
            if ended := await asyncio.to_thread(sweep):
                log.warning("ended %d commands that had outlived an earlier NEXUS", ended)

    async def run(self) -> None:
        """Wait until cancelled: commands are asked for."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing is held; commands end with the tasks that asked for them."""

    async def check(self) -> Health:
        """Whether there is a sandbox, and how to get one."""
        facts = {end.value: number for end, number in self._runs.items()}
        if self._engine is None:
            detail, _, mend = self._refusal.partition("; ")
            return Health(part=self.name, condition=Condition.OFF, detail=detail, mend=mend.rstrip("."), facts=facts)
        detail = "bubblewrap, no network, seccomp" + ("" if self._engine.proc else ", no /proc")
        return Health(part=self.name, condition=Condition.OK, detail=detail, facts=facts)

    async def execute(self, task: SandboxTask) -> SandboxResult:
        """Run one command to its end; waits for a free place first. Raises `NotReady`, `ToolError`."""
        if self._engine is None:
            raise NotReady(self._refusal)
        async with self._places:
            bounded = replace(task, limits=self._bounded(task.limits))
            result = await Confined(self._engine, bounded, self._clock, uid=next(self._uids)).run()
        self._runs[result.end] += 1
        return result

    def _bounded(self, asked: SandboxLimits) -> SandboxLimits:
        ours = self._settings
        return replace(
            asked,
            wall_s=min(asked.wall_s, ours.wall_s),
            cpu_s=min(asked.cpu_s, max(1, round(ours.wall_s))),
            memory=min(asked.memory, ours.memory_mb * MB),
            processes=min(asked.processes, ours.processes),
            disk=min(asked.disk, ours.disk_mb * MB),
        )

    async def _find(self) -> Engine:
        """Raises `NotReady` when this machine can't make the sandbox; the sentence says why, `; `, and the mend."""
        programs = await asyncio.to_thread(find_programs, *([self._path] if self._path else []))
        filter_ = await asyncio.to_thread(compile_filter)
        hidden = await asyncio.to_thread(lambda: tuple(folder.resolve() for folder in self._hidden if folder.is_dir()))
        refusal = NotReady("")
        for proc in (True, False):  # without /proc it is shut in even more
            engine = Engine(programs=programs, program_of_filter=filter_, proc=proc, hidden=hidden)
            try:
                result = await Confined(engine, _PROBE, self._clock, uid=next(self._uids)).run()
            except NotReady as error:
                refusal = error
                continue
            if result.exit_code == 0:
                return engine
            refusal = NotReady(f"a trial of it ended with {result.end.value}: {result.stderr.strip()[:200]}")
        raise NotReady(f"{str(refusal).rstrip('.')}; {_FORBIDDEN_HERE}.") from refusal
