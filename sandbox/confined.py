"""One command in the sandbox: started, fed, read within bounds, watched, ended, waited for until nothing is left."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import select
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from company.clock import Clock
from company.errors import NotReady
from company.sandbox_records import SandboxEnd, SandboxLimits, SandboxResult, SandboxTask
from sandbox import profile, usage
from sandbox.descriptors import Descriptors
from sandbox.profile import Programs

log = logging.getLogger(__name__)

_End = Callable[[SandboxEnd], None]

_LOOK_S = 0.05  # between two looks at memory
_PIECE = 64 * 1024
_LEAVE_S = 5.0  # the kernel frees the memory of what was killed; a gigabyte takes a fraction of a second
_SHELL_SIGNALS = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What every run of this machine has in common."""

    programs: Programs
    program_of_filter: bytes
    proc: bool  # whether /proc can be mounted inside
    hidden: tuple[Path, ...] = ()  # folders that are empty inside, wherever they lie


class Confined:
    """A command while it runs. Used once, on the loop's thread: bubblewrap dies with the thread that started it."""

    def __init__(self, engine: Engine, task: SandboxTask, clock: Clock, *, uid: int) -> None:
        self._engine = engine
        self._task = task
        self._clock = clock
        self._uid = uid
        self._end = SandboxEnd.EXITED
        self._stop = asyncio.Event()
        self._first = 0  # process 1 of the sandbox, as numbered outside
        self._exit_code: int | None = None

    async def run(self) -> SandboxResult:
        """Run it to its end.

        Raises:
            NotReady: bubblewrap could not make the sandbox; the command was not started.
            ToolError: the task can't be put into a sandbox.
        """
        begun = self._clock.monotonic()
        engine, limits, inside = self._engine, self._task.limits, profile.contents(self._task)
        descriptors = await asyncio.to_thread(
            Descriptors, limits, inside, engine.program_of_filter, proc=engine.proc, hidden=engine.hidden
        )
        try:
            async with self._running(descriptors) as process, asyncio.timeout(limits.wall_s + 2 * _LEAVE_S):
                stdout, stderr = await self._attend(process, descriptors)
        except TimeoutError:
            raise NotReady("the sandbox did not come to its end, although it was killed.") from None
        finally:
            descriptors.close()
        if self._end is SandboxEnd.EXITED and self._exit_code is None:
            raise NotReady(f"the sandbox could not be made ({_first_line(stderr)}).")
        if self._exit_code == _SHELL_SIGNALS + signal.SIGXCPU:
            self._end = SandboxEnd.CPU
        return SandboxResult(
            end=self._end,
            exit_code=self._exit_code if self._end in (SandboxEnd.EXITED, SandboxEnd.CPU) else None,
            stdout=stdout.decode(errors="replace"),
            stderr=stderr.decode(errors="replace"),
            elapsed_ms=(self._clock.monotonic() - begun) * 1000,
        )

    @contextlib.asynccontextmanager
    async def _running(self, descriptors: Descriptors) -> AsyncIterator[asyncio.subprocess.Process]:
        """Bubblewrap, started wholly; if the block fails, nothing of it is left behind.

        Who is cancelled while it starts waits these milliseconds, and then kills it.
        """
        starting = asyncio.ensure_future(self._started(descriptors))
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            with contextlib.suppress(NotReady):
                process = await starting
                await self._kill(process, descriptors)
                await _forgotten(process)
            raise
        descriptors.close_inherited()
        try:
            yield process
        except BaseException:
            await self._kill(process, descriptors)
            await _forgotten(process)
            raise

    async def _started(self, descriptors: Descriptors) -> asyncio.subprocess.Process:
        programs = self._engine.programs
        words = [*profile.head(programs, self._uid), "--args", str(descriptors.options), "--"]
        try:
            return await asyncio.create_subprocess_exec(
                *words,
                *profile.command(programs, self._task),
                stdin=asyncio.subprocess.PIPE if self._task.stdin else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={},
                cwd="/",
                pass_fds=tuple(descriptors.inherited),
                start_new_session=True,
            )
        except OSError as error:
            raise NotReady(f"bubblewrap can't be started ({error.strerror}).") from error

    async def _attend(self, process: asyncio.subprocess.Process, descriptors: Descriptors) -> tuple[bytes, bytes]:
        """(stdout, stderr), when the last process is gone."""
        limits = self._task.limits
        alarm = asyncio.get_running_loop().call_later(limits.wall_s, self._give_up, SandboxEnd.TIME)
        try:
            async with asyncio.TaskGroup() as group:
                out = group.create_task(_bounded(process.stdout, limits.output, self._give_up))
                err = group.create_task(_bounded(process.stderr, limits.output, self._give_up))
                group.create_task(_feed(process, self._task.stdin))
                watch = group.create_task(self._watch(process, limits))
                stopped = group.create_task(self._stop.wait())
                ended = group.create_task(self._follow(descriptors))
                await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
                if not ended.done():
                    ended.cancel()
                    await asyncio.wait((ended,))
                    await self._kill(process, descriptors)
                await process.wait()
                watch.cancel()
                stopped.cancel()
        finally:
            alarm.cancel()
        return out.result(), err.result()

    def _give_up(self, why: SandboxEnd) -> None:
        # Its last words may be read after its exit was told; nothing else comes too late.
        if self._end is SandboxEnd.EXITED and (self._exit_code is None or why is SandboxEnd.OUTPUT):
            self._end = why
            self._stop.set()

    async def _follow(self, descriptors: Descriptors) -> None:
        """Hear bubblewrap's reports to their end, then wait for the death of process 1.

        The reports end with bubblewrap's outer process, with which the kernel kills process 1, and with that every
        process of its namespace. It is gone only when all of them are.
        """
        gone = -1
        try:
            while (told := descriptors.hear()) is not None:
                for each in told:
                    self._exit_code = each.exit_code if each.exit_code is not None else self._exit_code
                    if each.first is not None:
                        self._first = each.first
                        with contextlib.suppress(ProcessLookupError):
                            gone = os.pidfd_open(each.first)
                await _readable(descriptors.report)
            if gone >= 0:
                async with asyncio.timeout(_LEAVE_S):
                    await _readable(gone)
        except TimeoutError:
            log.warning("process %d of a sandbox was killed and is still there", self._first)
        finally:
            if gone >= 0:
                os.close(gone)

    async def _kill(self, process: asyncio.subprocess.Process, descriptors: Descriptors) -> None:
        """Kill both processes of bubblewrap, and with its inner one, process 1, all that are in the sandbox."""
        running = process.returncode is None
        await asyncio.to_thread(_kill_both, process.pid, descriptors, self._first, running=running)
        try:
            async with asyncio.timeout(_LEAVE_S):
                await process.wait()
        except TimeoutError:
            log.warning("process %d of a sandbox was killed and is still there", process.pid)

    async def _watch(self, process: asyncio.subprocess.Process, limits: SandboxLimits) -> None:
        """Look at memory and files every few milliseconds, until cancelled."""
        await asyncio.to_thread(usage.humble, process.pid)
        while True:
            await asyncio.sleep(_LOOK_S)
            if not self._first:
                continue
            used = await asyncio.to_thread(usage.measure, self._first, limits)
            if used is None:
                continue
            if used.memory > limits.memory or await asyncio.to_thread(usage.is_short_of_memory):
                self._give_up(SandboxEnd.MEMORY)
            elif used.entries > limits.entries:
                self._give_up(SandboxEnd.DISK)


async def _bounded(stream: asyncio.StreamReader | None, most: int, end: _End) -> bytes:
    """What comes out of `stream`, at most `most` bytes; more ends the command."""
    kept = bytearray()
    while stream is not None and (piece := await stream.read(_PIECE)):
        if len(kept) + len(piece) > most:
            end(SandboxEnd.OUTPUT)
        kept += piece[: most - len(kept)]
    return bytes(kept)


async def _feed(process: asyncio.subprocess.Process, data: bytes) -> None:
    if process.stdin is None:
        return
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it need not listen
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()


async def _forgotten(process: asyncio.subprocess.Process) -> None:
    """Nobody wants its last words; its pipes are closed once they are read."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LEAVE_S):
            for stream in (process.stdout, process.stderr):
                while stream is not None and await stream.read(_PIECE):
                    pass


async def _readable(descriptor: int) -> None:
    """Return when `descriptor` can be read; a pidfd can be when its process has ended (pidfd_open(2))."""
    ready = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


def _kill_both(outer: int, descriptors: Descriptors, first: int, *, running: bool) -> None:
    """Kill the outer process, then the inner one, and wait for its death; blocks.

    While the sandbox is being made, the inner one leaves the outer one's process group, and does not hear of its death.
    It is therefore killed by its number, which the outer one may have told in its last moment.
    """
    if running:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(outer, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_PID, outer, os.WEXITED | os.WNOWAIT)
    while not first and (told := descriptors.hear()):
        first = next((each.first for each in told if each.first is not None), 0)
    if not first:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        inner = os.pidfd_open(first)
        try:
            if _is_bubblewrap(first):
                signal.pidfd_send_signal(inner, signal.SIGKILL)
                select.select([inner], [], [], _LEAVE_S)
        finally:
            os.close(inner)


def _is_bubblewrap(pid: int) -> bool:
    """A number that was told a while ago may be somebody else's by now."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0].endswith(b"bwrap")
    except OSError:
        return False


def _first_line(stderr: bytes) -> str:
    return (stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"])[0][:200]
