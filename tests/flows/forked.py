"""NEXUS is loaded once, in a process without threads, and each command of a test is a fork of it: loading takes 1.5 s.

    process = await begin(root, ("status",), environment)

Whoever tests the start itself begins an interpreter of its own (`tests.flows.pseudo_terminal`, test_one_question.py).
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STREAMS = 4  # stdin, stdout, stderr, and where its number and its end are told


class Forked:
    """A command that runs; as `asyncio.subprocess.Process`, as far as tests need it."""

    def __init__(self) -> None:
        self.stdin: asyncio.StreamWriter | None = None
        self.stdout = asyncio.StreamReader()
        self.stderr = asyncio.StreamReader()
        self.pid = 0
        self.returncode: int | None = None
        self._told = asyncio.StreamReader()

    async def begin(self, nursery: socket.socket, order: Mapping[str, object], *, stdin: bool) -> None:
        loop = asyncio.get_running_loop()
        theirs: list[int] = []
        try:
            if stdin:
                there, here = os.pipe()
                theirs.append(there)
                pipe = os.fdopen(here, "wb", 0)
                transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, pipe)
                self.stdin = asyncio.StreamWriter(transport, protocol, None, loop)
            else:
                theirs.append(os.open(os.devnull, os.O_RDONLY))
            for reader in (self.stdout, self.stderr, self._told):
                here, there = os.pipe()
                theirs.append(there)
                pipe = os.fdopen(here, "rb", 0)
                await loop.connect_read_pipe(lambda reader=reader: asyncio.StreamReaderProtocol(reader), pipe)
            await asyncio.to_thread(socket.send_fds, nursery, [json.dumps(order).encode()], theirs)
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        self.pid = int(await self._told.readline())

    async def wait(self) -> int:
        """Its exit code, or minus the signal that ended it."""
        if self.returncode is None:
            self.returncode = int(await self._told.read())
            await asyncio.sleep(0)  # in which the pipe that is read to its end is closed
        return self.returncode

    async def communicate(self, given: bytes | None = None) -> tuple[bytes, bytes]:
        """What it still says, to its end."""
        if self.stdin is not None:
            if given:
                self.stdin.write(given)
            self.stdin.close()
        said = await asyncio.gather(self.stdout.read(), self.stderr.read())
        await self.wait()
        return said[0], said[1]

    def terminate(self) -> None:
        """SIGTERM."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(self.pid, number)


async def begin(
    root: Path, arguments: Sequence[str], environment: Mapping[str, str], *, stdin: bool = False
) -> Forked:  # fmt: skip
    """Start a command in `root`, which stands for the checkout."""
    made = Forked()
    order = {"root": str(root), "arguments": [*arguments], "environment": dict(environment)}
    await made.begin(await asyncio.to_thread(_nursery), order, stdin=stdin)
    return made


@cache
def _nursery() -> socket.socket:
    """The way to the process that forks; it ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    kept = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.flows.forked", str(theirs.fileno())], env=kept, pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()

    atexit.register(end)
    return ours


# -- the process that forks -------------------------------------------------------------------------------------------


def _serve(orders: socket.socket) -> int:
    """Fork for each order until there are no more. Returns the exit code of a command, in the process that ran it."""
    import command_line
    import nexus

    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever waits for a command is buried by the system
    while True:
        order, streams, _, _ = socket.recv_fds(orders, 1 << 20, STREAMS)
        if not order:
            return 0
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            orders.close()
            asked = json.loads(order)
            _become(asked, streams)
            nexus.ROOT = Path(asked["root"])
            return command_line.main(asked["arguments"])
        for descriptor in streams:
            os.close(descriptor)


def _become(order: dict[str, Any], streams: list[int]) -> None:
    """The command; behind it stays who waits for its end."""
    telling = streams.pop()
    pid = os.fork()
    if pid:
        for descriptor in (*streams, 0, 1, 2):
            os.close(descriptor)
        os.write(telling, b"%d\n" % pid)
        _, status = os.waitpid(pid, 0)
        os.write(telling, b"%d\n" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    os.close(telling)
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["root"])


if __name__ == "__main__":
    sys.exit(_serve(socket.socket(fileno=int(sys.argv[1]))))
