"""What goes into the sandbox and what comes back (port `Sandbox` in `company/ports.py`). Sizes are bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLimits:
    """What a command may use. The defaults suit a few tests of a few functions."""

    wall_s: float = 10.0  # then everything in it is killed
    cpu_s: int = 10  # of each process
    memory: int = 512 * MB  # of all processes and files together, and the address space of each process
    processes: int = 64  # threads count too
    disk: int = 64 * MB  # of the work folder, which is kept in memory
    entries: int = 10_000  # files and folders in it
    open_files: int = 128  # of each process
    output: int = MB  # of stdout and of stderr, each


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxTask:
    """One command, without a shell, in an empty work folder that is gone when it ends.

    `files` are put into the work folder first: "tests/test_area.py" -> its content. The first word of `argv` is found
    in /usr/local/bin, /usr/bin and /bin.
    """

    argv: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    stdin: bytes = b""
    limits: SandboxLimits = SandboxLimits()


class SandboxEnd(StrEnum):
    """Why a command ended."""

    EXITED = "exited"  # by itself, or by a signal of its own making
    TIME = "time"  # the wall limit
    CPU = "cpu"
    MEMORY = "memory"
    DISK = "disk"  # too many files; a full disk is an error that the command sees itself
    OUTPUT = "output"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxResult:
    """What a command left. `exit_code` is 128 + the signal's number when a signal ended it, None when we did."""

    end: SandboxEnd
    exit_code: int | None
    stdout: str  # UTF-8, what is not is replaced
    stderr: str
    elapsed_ms: float  # from the request for a start until nothing of it was left
