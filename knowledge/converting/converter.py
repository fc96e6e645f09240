"""The one door: a file goes in, a document with places comes out, or the reason why not.

Our own linear parsers (Markdown, text, source code) run in a thread. Every other format is read in a child process of
its own, which gets the file as its standard input, an empty environment and hard limits, and is killed with all that it
started when its time is over, when it says too much, or when the caller is cancelled.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from company.children import end, start
from company.shut_in import UNBOUND
from knowledge.converting.kinds import HEAD, OWN_CODE, TAIL, recognise
from knowledge.converting.plain import read_plain
from knowledge.converting.records import Converted, Format, Limits, OnStep, Unreadable
from knowledge.converting.wire import TOO_MUCH, read_converted, read_step

_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Ended:
    """A child that is over: what it said, and its exit code (negative: the signal that ended it)."""

    said: bytes
    code: int


class Converter:
    """Converts one file after the other; safe to use for several at once.

    Args:
        limits: of one conversion.
        max_bytes: of one file.
    """

    def __init__(self, limits: Limits, *, max_bytes: int) -> None:
        self._limits = limits
        self.max_bytes = max_bytes

    async def convert(self, source: Path | bytes, *, name: str = "", on_step: OnStep | None = None) -> Converted:
        """The document that a file or the bytes of one hold.

        Args:
            source: where it lies, or its bytes.
            name: with the ending that says its format; that of the path when left out.
            on_step: hears how far a long one has come.

        Raises:
            Unreadable: with the reason, in words for a person.
            NotADocument: it says so of itself.
            OSError: the file can't be opened.
        """
        name = name or (source.name if isinstance(source, Path) else "")
        file, format = await asyncio.to_thread(self._opened, source, name)
        with contextlib.closing(file):
            if format in OWN_CODE:
                return await asyncio.to_thread(lambda: read_plain(file.read(), name, format))
            ended = await self._in_child(file, format, on_step)
        if ended.code:
            raise Unreadable(self._why(ended.code))
        return await asyncio.to_thread(read_converted, ended.said)

    def _opened(self, source: Path | bytes, name: str) -> tuple[BinaryIO, Format]:
        """The file, at its beginning, and its format. Blocks."""
        if isinstance(source, Path):
            file: BinaryIO = source.open("rb")
        else:
            file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the caller
            file.write(source)
        try:
            size = file.seek(0, os.SEEK_END)
            if size > self.max_bytes:
                raise Unreadable(
                    f"it is {size / 1e6:.1f} MB; the limit is {self.max_bytes / 1e6:.0f} MB (knowledge.max_file_mb)"
                )
            file.seek(max(0, size - TAIL))
            tail = file.read(TAIL)
            file.seek(0)
            head = file.read(HEAD)
            file.seek(0)
            return file, recognise(name, head, tail)
        except BaseException:
            file.close()
            raise

    async def _in_child(self, file: BinaryIO, format: Format, on_step: OnStep | None) -> _Ended:
        limits = json.dumps(asdict(self._limits))
        child = await start("knowledge.converting", (format, limits), file, news=True)
        try:
            async with asyncio.timeout(self._limits.seconds), asyncio.TaskGroup() as group:
                said = group.create_task(self._listen(child))
                group.create_task(_follow(child, on_step))
            return _Ended(said.result(), await child.wait())
        except TimeoutError:
            raise Unreadable(
                f"reading it takes longer than {self._limits.seconds:g} seconds (knowledge.convert_s)"
            ) from None
        except BaseExceptionGroup as group_of_one:
            raise group_of_one.exceptions[0] from None
        finally:
            await end(child)

    async def _listen(self, child: asyncio.subprocess.Process) -> bytes:
        """All that the child says, up to the limit."""
        assert child.stdout is not None  # noqa: S101 - it was asked for
        pieces, left = list[bytes](), self._limits.text_mb * 1_000_000
        while piece := await child.stdout.read(_PIECE):
            pieces.append(piece)
            left -= len(piece)
            if left < 0:
                raise Unreadable(self._why(TOO_MUCH))
        return b"".join(pieces)

    def _why(self, code: int) -> str:
        """An exit code as a reason."""
        if code == TOO_MUCH:
            return f"it holds more than {self._limits.text_mb} MB of text"
        if code == UNBOUND:
            return (
                "this system does not let the process that reads it be bounded (see systemd/nexus.service: setrlimit)"
            )
        if code == -signal.SIGXCPU:
            return f"reading it takes longer than {self._limits.seconds:g} seconds (knowledge.convert_s)"
        memory = f"more than {self._limits.memory_mb} MB of memory (knowledge.convert_memory_mb)"
        return f"it is damaged, or reading it takes {memory}"


async def _follow(child: asyncio.subprocess.Process, on_step: OnStep | None) -> None:
    """News of how far it has come, until the child is over."""
    assert child.stderr is not None  # noqa: S101 - it was asked for
    rest = b""
    while piece := await child.stderr.read(4096):
        *lines, rest = (rest + piece)[-4096:].split(b"\n")
        if on_step is not None and lines and (step := read_step(lines[-1])) is not None:
            on_step(step)
