"""One command in the sandbox: started, fed, read within bounds, watched, ended, waited for until nothing is left."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from company.clock import Clock
from company.errors import NotReady
from company.sandbox_records import SandboxEnd, SandboxLimits, SandboxResult, SandboxTask
from sandbox import profile, usage
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


class _Descriptors:
    """What bubblewrap inherits, and our end of its reports. Whoever forgets it has closed it."""

    def __init__(self) -> None:
        self.report, status = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.report, False)
        self.inherited = [status]

    def hold(self, content: bytes) -> int:
        """One more, from which `content` is read."""
        descriptor = os.memfd_create("sandbox")
        self.inherited.append(descriptor)
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor

    def take_report(self) -> int:
        """Our end of the reports, which is from now on the caller's to close."""
        report, self.report = self.report, -1
        return report

    def close(self) -> None:
        if self.report >= 0:
            os.close(self.take_report())
        while self.inherited:
            os.close(self.inherited.pop())

    __del__ = close  # the thread that made it may have been given up while it did


class Confined:
    """A command while it runs. Used once, on the loop's thread: bubblewrap dies with the thread that started it."""

    def __init__(self, engine: Engine, task: SandboxTask, clock: Clock, *, uid: int) -> None:
        self._engine = engine
        self._task = task
        self._clock = clock
        self._uid = uid
        self._end = SandboxEnd.EXITED
        self._first = 0  # process 1 of the sandbox, as numbered outside
        self._exit_code: int | None = None

    async def run(self) -> SandboxResult:
        """Run it to its end.

        Raises:
            NotReady: bubblewrap could not make the sandbox; the command was not started.
            ToolError: the task can't be put into a sandbox.
        """
        begun = self._clock.monotonic()
        inside = profile.contents(self._task)
        descriptors = await asyncio.to_thread(self._prepare, inside)
        try:
            process = await self._start(descriptors)
            report = descriptors.take_report()
            descriptors.close()
            async with self._ended_with(process), _reading(report) as reports:
                async with asyncio.timeout(self._task.limits.wall_s + 2 * _LEAVE_S):
                    stdout, stderr = await self._attend(process, reports)
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

    def _prepare(self, inside: dict[str, bytes]) -> _Descriptors:
        """Bubblewrap's options last. Blocks, if only for memory."""
        descriptors = _Descriptors()
        status = descriptors.inherited[0]
        files = {path: descriptors.hold(content) for path, content in inside.items()}
        filter_fd = descriptors.hold(self._engine.program_of_filter)
        words = profile.options(self._task.limits, files, filter_fd=filter_fd, status_fd=status, proc=self._engine.proc)
        descriptors.hold(words)
        return descriptors

    async def _start(self, descriptors: _Descriptors) -> asyncio.subprocess.Process:
        """Started wholly or not at all.

        Given up in the middle, bubblewrap's outer process would be killed before its inner one knows that it has to die
        with it, and that one would wait for ever. So who is cancelled waits these milliseconds, and kills both.
        """
        starting = asyncio.ensure_future(self._started(descriptors))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            async with self._ended_with(await starting):
                raise

    async def _started(self, descriptors: _Descriptors) -> asyncio.subprocess.Process:
        programs = self._engine.programs
        words = [*profile.head(programs, self._uid), "--args", str(descriptors.inherited[-1]), "--"]
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

    @contextlib.asynccontextmanager
    async def _ended_with(self, process: asyncio.subprocess.Process) -> AsyncIterator[None]:
        """However the block ends, nothing of the command is left behind it."""
        try:
            yield
        finally:
            if process.returncode is None:
                _kill(process)
            try:
                async with asyncio.timeout(_LEAVE_S):
                    await process.wait()
            except TimeoutError:
                _kill(process)  # its outer process ended without its inner one
                log.warning("process %d of a sandbox was slow to die", process.pid)

    async def _attend(self, process: asyncio.subprocess.Process, reports: asyncio.StreamReader) -> tuple[bytes, bytes]:
        """(stdout, stderr), when the last process is gone."""
        limits = self._task.limits

        def end(why: SandboxEnd) -> None:
            # Its last words may be read after its exit was told; nothing else comes too late.
            if self._end is SandboxEnd.EXITED and (self._exit_code is None or why is SandboxEnd.OUTPUT):
                self._end = why
                if process.returncode is None:
                    _kill(process)

        alarm = asyncio.get_running_loop().call_later(limits.wall_s, end, SandboxEnd.TIME)
        try:
            async with asyncio.TaskGroup() as group:
                out = group.create_task(_bounded(process.stdout, limits.output, end))
                err = group.create_task(_bounded(process.stderr, limits.output, end))
                group.create_task(_feed(process, self._task.stdin))
                watch = group.create_task(self._watch(process, limits, end))
                await self._follow(reports)
                await process.wait()
                watch.cancel()
        finally:
            alarm.cancel()
        return out.result(), err.result()

    async def _follow(self, reports: asyncio.StreamReader) -> None:
        """Read bubblewrap's reports, `--json-status-fd` in bwrap(1), then wait for the death of process 1.

        The end of the reports is the end of bubblewrap's outer process, with which the kernel kills process 1, and with
        that every process of its namespace. It is gone only when all of them are.
        """
        gone: int | None = None
        try:
            async for line in reports:
                said = json.loads(line)
                if (first := said.get("child-pid")) is not None:
                    self._first = first
                    with contextlib.suppress(ProcessLookupError):
                        gone = os.pidfd_open(first)
                self._exit_code = said.get("exit-code", self._exit_code)
            if gone is not None:
                async with asyncio.timeout(_LEAVE_S):
                    await _readable(gone)
        except TimeoutError:
            log.warning("process %d of a sandbox was killed and is still there", self._first)
        finally:
            if gone is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    signal.pidfd_send_signal(gone, signal.SIGKILL)
                os.close(gone)

    async def _watch(self, process: asyncio.subprocess.Process, limits: SandboxLimits, end: _End) -> None:
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
                end(SandboxEnd.MEMORY)
            elif used.entries > limits.entries:
                end(SandboxEnd.DISK)


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


@contextlib.asynccontextmanager
async def _reading(descriptor: int) -> AsyncIterator[asyncio.StreamReader]:
    """A reader of the read end of a pipe, which is closed with the block."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
    )
    try:
        yield reader
    finally:
        transport.close()


async def _readable(descriptor: int) -> None:
    """Return when `descriptor` can be read; a pidfd can be when its process has ended (pidfd_open(2))."""
    ready = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


def _kill(process: asyncio.subprocess.Process) -> None:
    """Kill both processes of bubblewrap; the kernel kills the rest with its inner one, process 1 of the sandbox.

    They are a process group of their own; once both are gone its number may belong to somebody else.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _first_line(stderr: bytes) -> str:
    return (stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"])[0][:200]
