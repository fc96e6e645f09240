"""More than thirty ways out of the sandbox, tried for real: 0 may succeed.

Those that do no harm are tried without the sandbox too, where they must succeed: an attempt that could not work
proves nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from company.sandbox_records import SandboxTask
from sandbox.bubblewrap import Bubblewrap
from tests.unit.sandbox import attempts

SECRET = "sk-sandbox-4711-never-to-be-seen"
NAMES = [
    name
    for name, function in vars(attempts).items()
    if inspect.isfunction(function)
    and function.__module__ == attempts.__name__
    and list(inspect.signature(function).parameters) in (["facts"], ["_"])
]
WORK_OUTSIDE = (
    "read_a_file_of_the_machine", "climb_out_by_dots", "follow_a_symlink_out", "make_a_hard_link",
    "write_a_file_of_the_machine", "connect_to_loopback", "connect_to_an_abstract_socket", "connect_to_a_socket_file",
    "read_the_environment_of_others", "find_a_secret_in_the_environment", "use_an_inherited_file", "signal_the_parent",
    "talk_to_the_kernels_network", "find_an_interface", "hide_memory_in_a_file_of_none", "read_the_machines_settings",
)  # fmt: skip


@pytest.fixture
def facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    """What the attempts are after: a secret in a file, in our environment and in an open file; sockets that listen."""
    tmp_path.chmod(0o755)
    secret_file = tmp_path / "secret.txt"
    secret_file.write_text(SECRET)
    monkeypatch.setenv("NEXUS_TEST_SECRET", SECRET)
    listening = [socket.create_server(("127.0.0.1", 0))]
    if socket.has_ipv6:
        with contextlib.suppress(OSError):  # a machine without IPv6: then nobody listens there, and nobody is reached
            listening.append(socket.create_server(("::1", 0), family=socket.AF_INET6))
    abstract, path = f"nexus-{os.getpid()}", str(tmp_path / "listens.sock")
    for address in ("\0" + abstract, path):
        listening.append(socket.socket(socket.AF_UNIX))
        listening[-1].bind(address)
        listening[-1].listen()
    open_file = secret_file.open()
    os.set_inheritable(open_file.fileno(), True)
    try:
        yield {
            "secret": SECRET, "secret_file": str(secret_file), "folder": str(tmp_path), "socket": path,
            "marker": str(tmp_path / "marker"), "port": listening[0].getsockname()[1], "abstract": abstract,
            "port_6": listening[1].getsockname()[1] if len(listening) == 4 else 1, "parent": os.getpid(),
        }  # fmt: skip
    finally:
        open_file.close()
        for each in listening:
            each.close()


def test_there_are_more_than_thirty_attempts() -> None:
    assert len(NAMES) >= 50
    assert set(WORK_OUTSIDE) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
async def test_no_attempt_escapes(name: str, facts: dict[str, object], sandbox: Bubblewrap) -> None:
    mode = Path("/usr/bin/env").stat().st_mode
    source = await asyncio.to_thread(Path(attempts.__file__).read_bytes)
    task = SandboxTask(
        argv=("python3", "-I", "attempts.py", name), files={"attempts.py": source}, stdin=json.dumps(facts).encode()
    )
    result = await sandbox.execute(task)
    assert result.stdout.startswith("HELD: "), (result.stdout, result.stderr)
    assert SECRET not in result.stdout + result.stderr
    assert not Path(str(facts["marker"])).exists()
    assert not Path("/usr/bin/nexus-was-here").exists()
    assert Path("/usr/bin/env").stat().st_mode == mode


@pytest.mark.parametrize("name", WORK_OUTSIDE)
async def test_without_the_sandbox_the_attempt_works(name: str, facts: dict[str, object], tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, attempts.__file__, name, cwd=tmp_path, close_fds=False,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate(json.dumps(facts).encode())
    assert out.decode().startswith("ESCAPED: "), out
