"""How a child process that reads a stranger's bytes is started and ended: the parent's side of `company.shut_in`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "OMP_THREAD_LIMIT": "1"}
"""All that a child is told of the machine: no secret, no proxy, no home."""


async def start(
    module: str, arguments: Sequence[str], file: BinaryIO, *, news: bool = False
) -> asyncio.subprocess.Process:
    """A child that runs one of our modules as its program, with `file` as its standard input, in a session of its own.

    Args:
        module: with a `__main__`.
        news: whether its standard error is read; else it goes nowhere.
    """
    return await asyncio.create_subprocess_exec(
        sys.executable, "-E", "-s", "-m", module, *arguments, str(os.getpid()), stdin=file.fileno(),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE if news else asyncio.subprocess.DEVNULL,
        cwd=ROOT, env=ENVIRONMENT, start_new_session=True,
    )  # fmt: skip


async def end(child: asyncio.subprocess.Process) -> None:
    """Kill the child and all that it started; they are one session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    await child.wait()
