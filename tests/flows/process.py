"""NEXUS as a process of its own: the real command line, with a folder of the test in the place of the checkout."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.flows import forked
from tests.flows.forked import Forked

ROOT = Path(__file__).parents[2]
PATIENCE_S = 40.0
DRIVER = (
    "import sys, pathlib, nexus, command_line; nexus.ROOT = pathlib.Path(sys.argv[1]); "
    "sys.exit(command_line.main(sys.argv[2:]))"
)
LOCKS = ("nexus.lock", "-wal", "-shm", ".pyc")


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str


def checkout(root: Path) -> Path:
    """A folder with what a checkout needs to start from."""
    (root / "documents").mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "qa" / "specs", root / "qa" / "specs", dirs_exist_ok=True)
    return root


def environment(**more: str) -> dict[str, str]:
    """Nothing of whoever runs the suite, no page, no Ollama."""
    return {
        "PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(ROOT), "COLUMNS": "200", "LANG": "C.UTF-8",
        "NEXUS_WEB__ENABLED": "false", "NEXUS_OLLAMA__ENABLED": "false", **more,
    }  # fmt: skip


async def begin(root: Path, *arguments: str, stdin: bool = False, **more: str) -> Forked:
    """Start a command."""
    return await forked.begin(root, arguments, environment(**more), stdin=stdin)


async def command(root: Path, *arguments: str, given: str | None = None, **more: str) -> Ended:
    """Run a command to its end."""
    process = await begin(root, *arguments, stdin=given is not None, **more)
    try:
        async with asyncio.timeout(PATIENCE_S):
            out, err = await process.communicate(given.encode() if given is not None else None)
    except TimeoutError:
        process.kill()
        out, err = await process.communicate()
        raise AssertionError(f"{arguments} did not end: {out.decode()} {err.decode()}") from None
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@dataclass(slots=True)
class Running:
    """A company that runs; `err` is what it has said on stderr, known when it has ended."""

    process: Forked
    err: str = ""


@asynccontextmanager
async def running(root: Path, **more: str) -> AsyncIterator[Running]:
    """`nexus run --no-chat`, open; stopped in order at the end, and it must end well."""
    process = await begin(root, "run", "--no-chat", **more)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while b"heartbeat" not in (line := await process.stdout.readline()):
                assert line, (await process.communicate())[1].decode()
        run = Running(process)
        yield run
        process.terminate()
        async with asyncio.timeout(PATIENCE_S):
            run.err = (await process.communicate())[1].decode()
        assert process.returncode == 0, run.err
        assert "Traceback" not in run.err
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def fingerprint(root: Path) -> dict[str, str]:
    """A hash of every file, but for locks and what SQLite keeps beside a database."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.endswith(LOCKS)
    }
