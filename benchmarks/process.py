"""A program under measurement: started, watched from outside with psutil, ended by its process id."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")


@dataclass(frozen=True, slots=True)
class Program:
    """How a program is started. `environment` is all it sees beside PATH and the like."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]


class Running:
    """A started program, its children included in each figure. `began`: monotonic seconds just before the start."""

    def __init__(self, process: subprocess.Popen[bytes], began: float, output: Path) -> None:
        self.began = began
        self.output = output
        self._process = process
        self._seen = psutil.Process(process.pid)

    def _family(self) -> list[psutil.Process]:
        return [self._seen, *self._seen.children(recursive=True)]

    def memory_mb(self) -> float:
        """Resident memory, MB (10^6 bytes)."""
        return float(sum(each.memory_info().rss for each in self._family())) / 1e6

    def cpu_s(self) -> float:
        """CPU seconds used so far, user and system, children that ended included."""
        own = self._seen.cpu_times()
        living = [each.cpu_times() for each in self._seen.children(recursive=True)]
        ended = own.children_user + own.children_system
        return float(own.user + own.system + ended + sum(each.user + each.system for each in living))

    def said(self) -> str:
        """The end of what it printed."""
        return self.output.read_text(encoding="utf-8", errors="replace")[-2000:]

    def need_alive(self) -> None:
        """Raises RuntimeError with its last words when it has ended."""
        if (code := self._process.poll()) is not None:
            raise RuntimeError(f"the program ended with exit code {code}:\n{self.said()}")


@contextmanager
def started(program: Program) -> Iterator[Running]:
    """Start it; on leaving end it (SIGTERM, after 20 s SIGKILL)."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | dict(program.environment)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output.txt"
        with output.open("wb") as file:
            began = time.monotonic()
            process = subprocess.Popen(
                list(program.command), cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file
            )
        try:
            yield Running(process, began, output)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
