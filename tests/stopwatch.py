"""How long something took, on a machine that others use too."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

TASKS = Path("/proc/self/task")


class Stopwatch:
    """Wall time, less what threads of this process waited for a processor while others had it."""

    def __init__(self) -> None:
        self._began, self._waited, self._computed = time.monotonic(), _waited(), time.process_time()

    @property
    def seconds(self) -> float:
        """Since it was made; not less than what this process has computed."""
        waited = sum(after - self._waited.get(thread, 0) for thread, after in _waited().items()) / 1e9
        return max(time.monotonic() - self._began - waited, time.process_time() - self._computed)


def _waited() -> dict[str, int]:
    """Nanoseconds of each thread that lives; {} where the kernel doesn't tell (proc(5), `schedstat`)."""
    found: dict[str, int] = {}
    with suppress(OSError):
        for task in TASKS.iterdir():
            with suppress(OSError, IndexError):  # one that has just ended
                found[task.name] = int((task / "schedstat").read_text().split()[1])
    return found
