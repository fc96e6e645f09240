"""NEXUS at a terminal of its own (a pseudo terminal, pty(7)): what a person would see, and fingers to type with."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.flows.process import DRIVER, PATIENCE_S, environment

TAKE_THE_TERMINAL = (
    "import fcntl, signal, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "signal.signal(signal.SIGINT, signal.default_int_handler); "  # a suite in the background of a shell ignores it
)
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\r")
ROWS_AND_COLUMNS = struct.pack("HHHH", 50, 100, 0, 0)


class Screen:
    """A command at a terminal. `shown` is all that was ever on the screen, without colours."""

    def __init__(self, master: int, process: asyncio.subprocess.Process) -> None:
        self._master = master
        self._raw = b""
        self._read_to = 0
        self._changed = asyncio.Event()
        self.ended = False
        self.process = process
        asyncio.get_running_loop().add_reader(master, self._take)

    def _take(self) -> None:
        try:
            piece = os.read(self._master, 65_536)
        except OSError:  # EIO: the last program at the terminal has gone
            piece = b""
        if not piece:
            self.ended = True
            asyncio.get_running_loop().remove_reader(self._master)
        self._raw += piece
        self._changed.set()

    @property
    def shown(self) -> str:
        return ESCAPES.sub("", self._raw.decode("utf-8", "replace"))

    @property
    def echoes(self) -> bool:
        """Whether the terminal would show what is typed now."""
        return bool(termios.tcgetattr(self._master)[3] & termios.ECHO)

    async def until(self, pattern: str) -> re.Match[str]:
        """Wait until the screen shows it behind what the last call found."""
        async with asyncio.timeout(PATIENCE_S):
            while not (found := re.compile(pattern).search(self.shown, self._read_to)):
                assert not self.ended, f"it ended without {pattern!r}: {self.shown}"
                self._changed.clear()
                await self._changed.wait()
        self._read_to = found.end()
        return found

    def type(self, text: str) -> None:
        """Press these keys."""
        os.write(self._master, text.encode())

    async def end(self) -> int:
        """Wait until the command has ended; its exit code."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()

    def arguments(self) -> str:
        """Every argument of the command and of the programs it started, as any user of the machine can read them."""
        own = self.process.pid
        return "\n".join(
            (Path("/proc") / str(pid) / "cmdline").read_text(errors="replace") for pid in (own, *_children(own))
        )

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


@asynccontextmanager
async def at_a_terminal(root: Path, *arguments: str, **more: str) -> AsyncIterator[Screen]:
    """Start a command whose input, output and controlling terminal are a pseudo terminal; killed if it is left open."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, ROWS_AND_COLUMNS)
    settings = environment(TERM="xterm", **more)
    del settings["COLUMNS"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", TAKE_THE_TERMINAL + DRIVER, str(root), *arguments, env=settings, cwd=root, stdin=slave,
        stdout=slave, stderr=slave, start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    screen = Screen(master, process)
    try:
        yield screen
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        screen.close()
