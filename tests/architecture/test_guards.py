"""The guards of conftest.py catch what they are there for."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_socket import SocketConnectBlockedError

ROOT = Path(__file__).parents[2]

PLANTED = """
import asyncio, socket, time
import pytest
from company.books import SqliteBooks

async def test_task():
    asyncio.get_running_loop().create_task(asyncio.sleep(60), name="forgotten")

async def test_blocking(tmp_path):
    SqliteBooks(tmp_path / "x.db", audit_key=b"k")._prepare()  # on the loop, where it must never run
"""


def test_no_name_beyond_this_machine_is_looked_up() -> None:
    with pytest.raises(RuntimeError, match=r"tests talk to 127\.0\.0\.1 only"):
        socket.getaddrinfo("api.anthropic.com", 443)


def test_no_address_beyond_this_machine_is_connected_to() -> None:
    with socket.socket() as outside, pytest.raises((SocketConnectBlockedError, UserWarning), match=r"192\.0\.2\.1"):
        outside.connect(("192.0.2.1", 443))


async def test_this_machine_answers_itself() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        _, writer = await asyncio.open_connection(
            "localhost", server.sockets[0].getsockname()[1], family=socket.AF_INET
        )
        writer.close()
        await writer.wait_closed()


def test_no_secret_or_setting_of_the_machine_is_left() -> None:
    leaked = [
        name for name in os.environ if name.endswith("_API_KEY") or name.startswith(("NEXUS_TELEGRAM", "TELEGRAM_"))
    ]
    assert not leaked


def test_planted_faults_are_caught(tmp_path: Path) -> None:
    """A run of planted faults in a process of its own: each must fail, and for its own reason."""
    planted = tmp_path / "test_planted.py"
    planted.write_text(PLANTED, encoding="utf-8")
    (tmp_path / "conftest.py").write_text("from tests.conftest import *  # noqa\n", encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", "-c",
         str(ROOT / "pyproject.toml"), str(planted)],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "still running after the test: ['forgotten" in ran.stdout, ran.stdout
    assert "BlockingError: Blocking call to" in ran.stdout, ran.stdout
    assert "1 failed, 1 passed, 1 error" in ran.stdout, ran.stdout
