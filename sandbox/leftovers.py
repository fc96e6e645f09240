"""Finds commands that outlived a NEXUS which was killed while their sandbox was being made, and ends them.

Such a command has lost bubblewrap's outer process: its inner one, process 1 of the sandbox, is somebody else's child.
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

_OURS = (b"--args", b"prlimit", b"--nproc=")  # of the command line, see `sandbox.profile`


def sweep() -> int:
    """End them all, whichever NEXUS of this user they were of; how many. Blocks."""
    ended = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and _is_orphan(folder):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(int(folder.name), signal.SIGKILL)
                ended += 1
    return ended


def _is_orphan(folder: Path) -> bool:
    try:
        command = (folder / "cmdline").read_bytes()
        if not _is_bubblewrap(command) or not all(mark in command for mark in _OURS):
            return False
        status = dict(
            line.split(":", 1) for line in (folder / "status").read_text(errors="replace").splitlines() if ":" in line
        )
        numbers = status["NSpid"].split()  # its number here, and in its own namespace
        parent = Path(f"/proc/{status['PPid'].strip()}/cmdline").read_bytes()
    except (OSError, KeyError, ValueError):
        return False
    return len(numbers) > 1 and numbers[-1] == "1" and not _is_bubblewrap(parent)


def _is_bubblewrap(command: bytes) -> bool:
    return command.partition(b"\0")[0].rpartition(b"/")[2] == b"bwrap"
