"""Has a page drawn by a child process that is shut in; the parent's side. Nothing of it is kept."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from dataclasses import asdict, dataclass
from typing import BinaryIO

from company.children import end, start
from company.png import SIGNATURE
from knowledge.converting.records import Limits, Unreadable
from knowledge.drawing.records import Told, Wanted

AT_ONCE = 2
MOST_BYTES = 10_000_000
"""Of a picture: what Telegram takes (https://core.telegram.org/bots/api#sendphoto)."""
_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A page as a PNG, which page it is, and how many pieces of lines are marked on it."""

    picture: bytes
    page: int
    marked: int


class Draughtsman:
    """Draws at most two pages at a time.

    Args:
        limits: of one drawing: the same as of one conversion.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def draw(self, data: bytes, wanted: Wanted) -> Drawing:
        """A page of the file. Raises `Unreadable` with the reason, in words for a person."""
        async with self._turns:
            file = await asyncio.to_thread(_held, data, wanted)
            with contextlib.closing(file):
                said = await self._in_child(file)
        head, _, picture = said.partition(b"\n")
        try:
            told = Told(**json.loads(head))
        except (ValueError, TypeError):
            raise Unreadable("its page can't be drawn") from None
        if told.refused or not picture.startswith(SIGNATURE):
            raise Unreadable(str(told.refused)[:300] or "its page can't be drawn")
        return Drawing(picture=picture, page=int(told.page), marked=int(told.marked))

    async def _in_child(self, file: BinaryIO) -> bytes:
        child = await start("knowledge.drawing", (json.dumps(asdict(self._limits)),), file)
        try:
            async with asyncio.timeout(self._limits.seconds):
                said = await _listen(child)
                code = await child.wait()
        except TimeoutError:
            raise Unreadable(f"drawing it takes longer than {self._limits.seconds:g} seconds") from None
        finally:
            await end(child)
        if code:
            raise Unreadable(f"it is damaged, or drawing it takes more than {self._limits.memory_mb} MB of memory")
        return said


async def _listen(child: asyncio.subprocess.Process) -> bytes:
    assert child.stdout is not None  # noqa: S101 - it was asked for
    said = bytearray()
    while piece := await child.stdout.read(_PIECE):
        said += piece
        if len(said) > MOST_BYTES:
            raise Unreadable(f"its picture is larger than {MOST_BYTES // 1_000_000} MB")
    return bytes(said)


def _held(data: bytes, wanted: Wanted) -> BinaryIO:
    """The child's input: no name in any folder, and none of its words among the arguments of a process. Blocks."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the caller
    try:
        file.write(json.dumps(asdict(wanted)).encode() + b"\n" + data)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file
