"""What bubblewrap inherits, and the pipe on which it reports."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from company.sandbox_records import SandboxLimits
from sandbox import profile

_PIECE = 4096


@dataclass(frozen=True, slots=True)
class Told:
    """One report of `--json-status-fd` in bwrap(1): process 1 as numbered outside, or the exit code of the command."""

    first: int | None = None
    exit_code: int | None = None


class Descriptors:
    """Whoever forgets them has closed them. Made in a thread: it blocks, if only for memory.

    Args:
        limits: of the task.
        inside: path in the sandbox -> content.
        program_of_filter: the seccomp program.
        proc: whether /proc is mounted.
        hidden: folders that are not to be seen.
    """

    def __init__(
        self,
        limits: SandboxLimits,
        inside: Mapping[str, bytes],
        program_of_filter: bytes,
        *,
        proc: bool,
        hidden: Iterable[Path] = (),
    ) -> None:
        self.report, status = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.report, False)
        self.inherited = [status]
        self._heard = b""
        files = {path: self._hold(content) for path, content in inside.items()}
        filter_fd = self._hold(program_of_filter)
        self.options = self._hold(
            profile.options(limits, files, filter_fd=filter_fd, status_fd=status, proc=proc, hidden=hidden)
        )

    def _hold(self, content: bytes) -> int:
        descriptor = os.memfd_create("sandbox")
        self.inherited.append(descriptor)
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor

    def hear(self) -> list[Told] | None:
        """What was reported since; None at the end. Does not block: [] when there is nothing new."""
        try:
            piece = os.read(self.report, _PIECE)
        except BlockingIOError:
            return []
        if not piece:
            return None
        *lines, self._heard = (self._heard + piece).split(b"\n")
        said = [json.loads(line) for line in lines if line.strip()]
        return [Told(first=each.get("child-pid"), exit_code=each.get("exit-code")) for each in said]

    def close_inherited(self) -> None:
        """Ours are no longer needed once bubblewrap has its own."""
        while self.inherited:
            os.close(self.inherited.pop())

    def close(self) -> None:
        """Let go of everything; again does nothing."""
        self.close_inherited()
        if self.report >= 0:
            os.close(self.report)
            self.report = -1

    def __del__(self) -> None:  # the thread that made it may have been given up while it did
        with contextlib.suppress(AttributeError):
            self.close()
