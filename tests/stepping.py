"""A child that says "step" before each step and waits for a line is killed between two of them."""

from __future__ import annotations

import subprocess


def killed_at(child: subprocess.Popen[str], steps: int) -> int:
    """SIGKILL when it has taken so many steps; how many it took."""
    assert child.stdin is not None
    assert child.stdout is not None
    taken = 0
    while taken < steps and child.stdout.readline() == "step\n":
        taken += 1
        if taken < steps:
            child.stdin.write("\n")
            child.stdin.flush()
    child.kill()
    child.wait()
    child.stdin.close()
    child.stdout.close()
    return taken
