"""Where the chat's lines come from: a person at a terminal, or a pipe. Both are read in a thread of their own.

The threads are daemons and hold no lock of Python's while they wait, so that the process can end under them.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import sys
import termios
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

LONGEST = 200_000
HISTORY_LINES = 500


class Lines(Protocol):
    """A source of lines."""

    interactive: bool

    async def read(self, prompt: str) -> str | None:
        """The next line without its end; None at the end of the input. A cancelled read is taken up by the next."""
        ...

    def over(self, show: Callable[[], None]) -> None:
        """Call `show` to print something while a line may be half typed."""
        ...

    def forget(self) -> None:
        """Let go of the lines that were kept for the next time. Blocks on the disk."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was."""
        ...


class PipedLines:
    """Lines from a pipe or a file.

    Args:
        descriptor: where to read; standard input by default.
    """

    interactive = False

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._started = False

    async def read(self, prompt: str) -> str | None:
        """The next line."""
        if not self._started:
            self._started = True
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._pump, args=(loop,), name="console:stdin", daemon=True).start()
        line = await self._lines.get()
        if line is None:
            self._lines.put_nowait(None)
        return line

    def _pump(self, loop: asyncio.AbstractEventLoop) -> None:
        rest = b""
        while True:
            try:
                piece = os.read(self._descriptor, 65_536)
            except OSError:
                piece = b""
            *whole, rest = (rest + piece).split(b"\n")
            lines: list[str | None] = [line.decode("utf-8", "replace").rstrip("\r") for line in whole]
            if not piece:
                lines += [rest.decode("utf-8", "replace"), None]
            with contextlib.suppress(RuntimeError):  # the loop has closed: nobody listens any more
                for line in lines:
                    loop.call_soon_threadsafe(self._lines.put_nowait, line)
            if not piece:
                return

    def over(self, show: Callable[[], None]) -> None:
        """Nobody types: just show."""
        show()

    def forget(self) -> None:
        """Nothing was kept."""

    def close(self) -> None:
        """Nothing to leave as it was."""


class TypedLines:
    """Lines that a person types, with editing and a history (readline, where Python has it).

    Args:
        history: file of earlier lines, kept with mode 0600; None for none.
    """

    interactive = True

    def __init__(self, history: Path | None = None) -> None:
        self._history = history
        self._wanted: SimpleQueue[tuple[str, asyncio.AbstractEventLoop, asyncio.Future[str | None]]] = SimpleQueue()
        self._pending: asyncio.Future[str | None] | None = None
        self._prompt = ""
        self._thread: threading.Thread | None = None
        self._terminal = termios.tcgetattr(sys.stdin.fileno())

    async def read(self, prompt: str) -> str | None:
        """The next line."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._pump, name="console:typing", daemon=True)
            self._thread.start()
        if self._pending is None:
            loop = asyncio.get_running_loop()
            self._pending, self._prompt = loop.create_future(), prompt
            self._wanted.put((prompt, loop, self._pending))
        line = await asyncio.shield(self._pending)
        self._pending = None
        return line

    def _pump(self) -> None:
        remember = _with_history(self._history)
        while True:
            prompt, loop, answer = self._wanted.get()
            try:
                line: str | None = input(prompt)[:LONGEST]
            except (EOFError, OSError, ValueError):
                line = None
            if line:
                remember()
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_set, answer, line)

    def over(self, show: Callable[[], None]) -> None:
        """Clear the line that is being typed, show, and put the line back."""
        if self._pending is None:
            show()
            return
        sys.stdout.write("\r\x1b[K")
        sys.stdout.flush()
        show()
        sys.stdout.write(self._prompt + _half_typed())
        sys.stdout.flush()

    def forget(self) -> None:
        """Let go of the lines that were typed, here and in the file."""
        with contextlib.suppress(ImportError):
            import readline

            readline.clear_history()
        if self._history is not None:
            self._history.unlink(missing_ok=True)

    def close(self) -> None:
        """The terminal as it was: readline may be waiting with echo off."""
        with contextlib.suppress(termios.error, ValueError, OSError):
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, self._terminal)


def lines_of_stdin(history: Path | None = None) -> Lines:
    """What standard input is: a person or a pipe."""
    try:
        if sys.stdin.isatty() and sys.stdout.isatty():
            return TypedLines(history)
        return PipedLines(sys.stdin.fileno())
    except (AttributeError, io.UnsupportedOperation, ValueError):  # no standard input at all
        return PipedLines(os.open(os.devnull, os.O_RDONLY))


def _set(answer: asyncio.Future[str | None], line: str | None) -> None:
    if not answer.done():
        answer.set_result(line)


def _with_history(path: Path | None) -> Callable[[], None]:
    """Load the history; what to call after each line."""
    try:
        import readline  # changes how `input` behaves; not on every Python, so only where it is wanted
    except ImportError:
        return lambda: None
    readline.set_auto_history(True)
    readline.set_history_length(HISTORY_LINES)
    if path is None:
        return lambda: None
    with contextlib.suppress(OSError):
        readline.read_history_file(path)

    def remember() -> None:
        with contextlib.suppress(OSError):
            path.touch(mode=0o600)
            readline.write_history_file(path)

    return remember


def _half_typed() -> str:
    try:
        import readline
    except ImportError:
        return ""
    return readline.get_line_buffer()
