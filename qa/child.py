"""Runs the command of a spec: no shell, no secrets in its environment, bounded in time and output.

At the time limit, and when the command ends, all that it started is killed: its process group, and what left that for a
session of its own (`setsid`, a daemon), which is known by a mark in its environment. This is not a sandbox: a spec's
command is the Board's own and is trusted like any other command they type.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import selectors
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from company.errors import ConfigError

_MOST_BYTES = 2 * 1024 * 1024
_PATH = "/usr/local/bin:/usr/bin:/bin"
_MARK = "NEXUS_QA_RUN"
_PROCESSES = Path("/proc")
_OPERATORS = frozenset("();<>|&")
_ROUNDS = 20  # looks for what was left behind; a process that is killed starts none


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a command left. `exit_code` is None when it was killed at a limit."""

    exit_code: int | None
    stdout: str
    stderr: str
    timed_out: bool
    too_long: bool  # its output was longer than what is read
    seconds: float


def run_command(command: str, *, timeout_s: float, in_shell: bool = False, cwd: Path | None = None) -> Output:
    """Run `command` and wait; blocks.

    Raises `ConfigError` when it can't be split into words, can't be started, or is meant for a shell and gets none.
    """
    words = ["/bin/sh", "-c", command] if in_shell and command.strip() else _words(command)
    mark = secrets.token_hex(16)
    begun = time.monotonic()
    try:
        process = subprocess.Popen(  # noqa: S603 - the Board's own command, without a shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env={
                "PATH": f"{Path(sys.executable).parent}:{_PATH}", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
                _MARK: mark,
            },
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise ConfigError(f"the command {words[0]!r} can't be started ({error.strerror}). Is it installed?") from error
    with process:
        streams, timed_out, too_long = _read(process, begun + timeout_s)
        if not (timed_out or too_long):
            try:
                process.wait(max(0.0, begun + timeout_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                timed_out = True
        _kill_group(process)  # also what the command left behind in the background
        _kill_marked(mark)
        code = process.wait()
    return Output(
        exit_code=None if timed_out or too_long else code,
        stdout=streams[0].decode(errors="replace"),
        stderr=streams[1].decode(errors="replace"),
        timed_out=timed_out,
        too_long=too_long,
        seconds=time.monotonic() - begun,
    )


def _words(command: str) -> list[str]:
    """The program and its arguments. A bare "|" or ">" would only be one more argument: that is said, not done."""
    try:
        words = shlex.split(command)
        bare = shlex.shlex(command, posix=False, punctuation_chars=True)
        bare.whitespace_split, bare.commenters = True, ""
        operator = next((word for word in bare if _OPERATORS.issuperset(word)), None)
    except ValueError as error:
        raise ConfigError(f"the command {command!r} can't be read ({error}). Close its quotes.") from error
    if not words:
        raise ConfigError('the spec has no command to run. Add "command", or use the spec for inspecting answers only.')
    if operator is not None:
        raise ConfigError(
            f"{operator!r} is for a shell, and commands run without one. Put it in quotes if it is meant as it stands, "
            'or write "shell": true and run the spec with --allow-shell.'
        )
    return words


def _read(process: subprocess.Popen[bytes], deadline: float) -> tuple[tuple[bytes, bytes], bool, bool]:
    """(stdout, stderr), whether the deadline came first, whether there was too much."""
    parts: dict[int, bytearray] = {}
    with selectors.DefaultSelector() as selector:
        pipes: list[IO[bytes]] = [pipe for pipe in (process.stdout, process.stderr) if pipe is not None]
        for pipe in pipes:
            parts[pipe.fileno()] = bytearray()
            selector.register(pipe, selectors.EVENT_READ)
        order = list(parts)
        timed_out = too_long = False
        while selector.get_map() and not (timed_out or too_long):
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            timed_out = not ready and time.monotonic() >= deadline
            for key, _ in ready:
                piece = os.read(key.fd, 65536)
                parts[key.fd] += piece
                if not piece:
                    selector.unregister(key.fileobj)
            too_long = any(len(part) > _MOST_BYTES for part in parts.values())
    return (bytes(parts[order[0]]), bytes(parts[order[1]])), timed_out, too_long


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    # The leader is not reaped while `process.wait` was not called, so its number is still ours.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _kill_marked(mark: str) -> None:
    """Kill what left the group, where the system shows its processes' environments (Linux), until none is left."""
    sign = f"{_MARK}={mark}".encode()
    for _ in range(_ROUNDS):
        found = [int(folder.name) for folder in _PROCESSES.glob("[0-9]*") if sign in _environment(folder)]
        if not found:
            return
        for number in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(number, signal.SIGKILL)


def _environment(folder: Path) -> list[bytes]:
    try:
        return (folder / "environ").read_bytes().split(b"\0")
    except OSError:  # ended meanwhile, or another user's
        return []
