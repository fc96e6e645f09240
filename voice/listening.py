"""A recording goes to a child process of its own, which decodes it and listens; its answer comes back, checked."""

from __future__ import annotations

import asyncio
import json
import tempfile
from dataclasses import asdict
from typing import BinaryIO

from company.children import end, start
from company.shut_in import UNBOUND
from company.speech_records import Why
from voice.wire import MOST_BYTES, Answer, Task, read_answer


async def listen(data: bytes, task: Task) -> Answer:
    """What the child made of a recording; never raises for what is in it."""
    file = await asyncio.to_thread(_file, data)
    try:
        child = await start("voice", (json.dumps(asdict(task)),), file)
    finally:
        file.close()
    try:
        async with asyncio.timeout(task.seconds):
            said, code = await _answer(child), await child.wait()
    except TimeoutError:
        return Answer(why=Why.FAILED, detail=f"it took longer than {task.seconds:g} seconds")
    finally:
        await end(child)
    if code == UNBOUND:
        return Answer(why=Why.FAILED, detail="this system does not let the process that listens be bounded")
    if code:
        return Answer(why=Why.FAILED, detail=f"the process that listened ended with {code}")
    return read_answer(said)


def _file(data: bytes) -> BinaryIO:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the caller
    file.write(data)
    file.seek(0)
    return file


async def _answer(child: asyncio.subprocess.Process) -> bytes:
    assert child.stdout is not None  # noqa: S101 - it was asked for
    pieces, size = list[bytes](), 0
    while (piece := await child.stdout.read(65_536)) and size <= MOST_BYTES:
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)[:MOST_BYTES]
