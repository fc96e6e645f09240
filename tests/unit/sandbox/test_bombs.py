"""Programs that take all they can get: each is held or ended, the reason is told, and nothing is left of it."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from company.clock import SystemClock
from company.config import SandboxSettings
from company.sandbox_records import MB, SandboxEnd, SandboxLimits, SandboxResult, SandboxTask
from sandbox.bubblewrap import Bubblewrap
from tests.conftest import ROOT

SMALL = SandboxLimits(
    wall_s=40.0, cpu_s=30, memory=256 * MB, processes=40, disk=16 * MB, entries=2000, output=64 * 1024
)
SPIN = "while True: pass"

FORKS = """
import os, time
made = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(60)
        made += 1
except OSError:
    print(made)
"""
THREADS = """
import threading, time
made = 0
threading.stack_size(65536)
try:
    while True:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        made += 1
except RuntimeError:
    print(made, flush=True)
    import os; os._exit(0)
"""
MANY_HOLD = """
import os, time
for _ in range(10):
    if os.fork() == 0:
        held = bytearray(60 << 20)
        held[::4096] = b"x" * len(held[::4096])
        time.sleep(60)
time.sleep(60)
"""
MANY_HOLD_SHARED = """
import mmap, os, time
for _ in range(10):
    if os.fork() == 0:
        held = mmap.mmap(-1, 60 << 20)
        for at in range(0, len(held), 4096):
            held[at] = 1
        time.sleep(60)
time.sleep(60)
"""
CHILDREN_SHARE = """
import os
held = bytearray(60 << 20)
held[::4096] = b"x" * len(held[::4096])
for _ in range(10):
    if os.fork() == 0:
        import time
        time.sleep(0.4)
        os._exit(0)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
print("done")
"""
SPIN_MANY = """
import os
for _ in range(8):
    if os.fork() == 0:
        break
while True: pass
"""
DEAF = """
import signal, time
for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except OSError:
        pass
time.sleep(60)
"""
FILL_THE_DISK = """
written = 0
try:
    for number in range(1000):
        with open(str(number), "wb", buffering=0) as file:
            written += file.write(b"x" * (1 << 20))
except OSError as error:
    print(error.errno, written >> 20)
"""
FILL_SHARED_MEMORY = """
written = 0
try:
    with open("/dev/shm/all", "wb", buffering=0) as file:
        while True:
            written += file.write(b"x" * (1 << 20))
except OSError as error:
    print(error.errno, written >> 20)
"""
FILL_SOCKETS = """
import os, socket
for _ in range(30):
    if os.fork() == 0:
        break
held = []
while True:
    try:
        pair = socket.socketpair()
    except OSError:
        continue
    held.append(pair)
    for each in pair:
        each.setblocking(False)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
        try:
            while True:
                each.send(b"x" * 65536)
        except BlockingIOError:
            pass
"""
FILL_CONNECTIONS = """
import socket
server = socket.create_server(("127.0.0.1", 0))
held = []
while True:
    try:
        pair = socket.create_connection(server.getsockname()), server.accept()[0]
    except OSError:
        continue
    held.append(pair)
    for each in pair:
        each.setblocking(False)
        try:
            while True:
                each.send(b"x" * 65536)
        except BlockingIOError:
            pass
"""
LARGE_FILE = """
try:
    open("large", "wb").truncate(1 << 40)
except OSError as error:
    print(error.errno)
"""
MANY_FILES = """
number = 0
while True:
    open(str(number), "w").close()
    number += 1
"""
FLOOD = "import sys\nwhile True: sys.{}.write('x' * 100_000)"
DAEMON = """
import os, signal, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        if {closed}:
            os.closerange(0, 3)
        time.sleep(60)
    os._exit(0)
os.wait()
print("gone")
"""
ZOMBIES = """
import os, time
for _ in range(20):
    if os.fork() == 0:
        os._exit(0)
time.sleep(0.1)
print("left")
"""


def left_over(token: str) -> list[int]:
    """The processes of this machine whose command line has the token in it."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        if token in (process.info["cmdline"] or ()) and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found


async def ran(sandbox: Bubblewrap, source: str, limits: SandboxLimits = SMALL) -> SandboxResult:
    token = secrets.token_hex(8)
    result = await sandbox.execute(SandboxTask(argv=("python3", "-I", "-c", source, token), limits=limits))
    assert await asyncio.to_thread(left_over, token) == []
    return result


def printed(text: str) -> Callable[[SandboxResult], bool]:
    return lambda result: result.end is SandboxEnd.EXITED and result.stdout.strip() == text


def ended(why: SandboxEnd) -> Callable[[SandboxResult], bool]:
    return lambda result: result.end is why and result.exit_code in (None, 128 + signal.SIGXCPU)


def fewer_than(most: int) -> Callable[[SandboxResult], bool]:
    return lambda result: result.end is SandboxEnd.EXITED and 5 < int(result.stdout) < most


@pytest.mark.parametrize(
    ("source", "as_it_should", "changed"),
    [
        pytest.param(FORKS, fewer_than(40), {}, id="forks"),
        pytest.param(THREADS, fewer_than(40), {}, id="threads"),
        pytest.param("x = b'x' * (400 << 20)", lambda result: "MemoryError" in result.stderr, {}, id="memory-of-one"),
        pytest.param(MANY_HOLD, ended(SandboxEnd.MEMORY), {}, id="memory-of-many"),
        pytest.param(MANY_HOLD_SHARED, ended(SandboxEnd.MEMORY), {}, id="shared-memory-of-many"),
        pytest.param(CHILDREN_SHARE, printed("done"), {}, id="memory-shared-by-children-counts-once"),
        pytest.param(SPIN, ended(SandboxEnd.CPU), {"cpu_s": 1}, id="spin"),
        pytest.param(SPIN_MANY, ended(SandboxEnd.TIME), {"wall_s": 0.5}, id="spin-of-many"),
        pytest.param("import time; time.sleep(60)", ended(SandboxEnd.TIME), {"wall_s": 0.3}, id="sleep"),
        pytest.param(DEAF, ended(SandboxEnd.TIME), {"wall_s": 0.3}, id="deaf-to-signals"),
        pytest.param(FILL_THE_DISK, printed("28 16"), {}, id="disk"),
        pytest.param(FILL_SHARED_MEMORY, printed("28 16"), {"disk": 60 * MB}, id="shared-memory-folder"),
        pytest.param(FILL_SOCKETS, ended(SandboxEnd.MEMORY), {}, id="memory-of-sockets"),
        pytest.param(FILL_CONNECTIONS, ended(SandboxEnd.MEMORY), {"memory": 128 * MB}, id="memory-of-connections"),
        pytest.param(LARGE_FILE, printed("27"), {}, id="one-large-file"),
        pytest.param(MANY_FILES, ended(SandboxEnd.DISK), {}, id="files"),
        pytest.param(FLOOD.format("stdout"), ended(SandboxEnd.OUTPUT), {}, id="output"),
        pytest.param(FLOOD.format("stderr"), ended(SandboxEnd.OUTPUT), {}, id="error-output"),
        pytest.param(DAEMON.format(closed=0), printed("gone"), {}, id="daemon-that-holds-the-pipe"),
        pytest.param(DAEMON.format(closed=1), printed("gone"), {}, id="daemon-that-closed-the-pipe"),
        pytest.param(ZOMBIES, printed("left"), {}, id="zombies"),
    ],
)
async def test_a_bomb_is_contained(
    source: str, as_it_should: Callable[[SandboxResult], bool], changed: dict[str, int], sandbox: Bubblewrap
) -> None:
    limits = replace(SMALL, **changed)
    result = await ran(sandbox, source, limits)
    assert as_it_should(result), result
    assert max(len(result.stdout), len(result.stderr)) <= limits.output
    assert result.elapsed_ms < 45_000


async def test_who_gives_up_waiting_leaves_nothing_behind(sandbox: Bubblewrap) -> None:
    """As /stop does: the task is cancelled while the command works."""
    token = secrets.token_hex(8)
    task = SandboxTask(argv=("python3", "-I", "-c", "import time; time.sleep(60)", token), limits=SMALL)
    running = asyncio.create_task(sandbox.execute(task))
    while not await asyncio.to_thread(left_over, token):
        assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await asyncio.to_thread(left_over, token) == []


async def test_given_up_at_any_moment_nothing_is_left(sandbox: Bubblewrap) -> None:
    """Also while bubblewrap's two processes do not know of each other yet."""
    token = f"58.{secrets.randbelow(10**9):09}"
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    for turns in range(0, 300, 2):
        running = asyncio.create_task(sandbox.execute(SandboxTask(argv=("sleep", token), limits=SMALL)))
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert await asyncio.to_thread(left_over, token) == []
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors


HOUSE = """
import asyncio, sys
from company.clock import SystemClock
from company.config import SandboxSettings
from company.sandbox_records import SandboxTask
from sandbox.bubblewrap import Bubblewrap

async def main():
    made = Bubblewrap(SandboxSettings(wall_s=60), SystemClock())
    await made.open()
    await made.execute(SandboxTask(argv=("sleep", sys.argv[1])))

asyncio.run(main())
"""


@pytest.mark.usefixtures("sandbox")
async def test_nothing_outlives_a_house_that_is_killed() -> None:
    seconds = f"59.{secrets.randbelow(10**9):09}"  # the token: sleep takes no other argument
    house = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        HOUSE,
        seconds,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )
    while not (found := await asyncio.to_thread(sleepers, seconds)):
        assert house.returncode is None
    watched = [os.pidfd_open(pid) for pid in found]
    house.kill()
    await house.wait()
    until = time.monotonic() + 10
    for each in watched:
        ready, _, _ = await asyncio.to_thread(select.select, [each], [], [], max(0, until - time.monotonic()))
        assert ready, "a command outlived the house"
        os.close(each)


async def test_what_outlived_a_house_is_ended_at_the_next_start(sandbox: Bubblewrap) -> None:
    """A death in the two milliseconds in which bubblewrap's inner process does not hear of it."""
    seconds = f"57.{secrets.randbelow(10**9):09}"
    words = ["--unshare-pid", "--unshare-user", "--ro-bind", "/", "/"]  # and no --die-with-parent
    options = os.memfd_create("options")
    os.write(options, "".join(f"{word}\0" for word in words).encode())
    os.lseek(options, 0, os.SEEK_SET)
    outer = await asyncio.create_subprocess_exec(
        "bwrap", "--args", str(options), "--", "prlimit", "--nproc=100", "--", "sleep", seconds, pass_fds=[options]
    )
    os.close(options)
    while not (found := await asyncio.to_thread(sleepers, seconds)):
        assert outer.returncode is None
    outer.kill()
    await outer.wait()
    (orphan,) = found
    watched = os.pidfd_open(orphan)
    await Bubblewrap(SandboxSettings(), SystemClock()).open()
    ready, _, _ = await asyncio.to_thread(select.select, [watched], [], [], 10)
    os.close(watched)
    assert ready, "it lives on"


async def test_a_start_ends_nothing_that_somebody_waits_for(sandbox: Bubblewrap) -> None:
    token = secrets.token_hex(8)
    task = SandboxTask(argv=("python3", "-I", "-c", "import time; print('up'); time.sleep(60)", token), limits=SMALL)
    running = asyncio.create_task(sandbox.execute(task))
    while len(await asyncio.to_thread(left_over, token)) < 3:
        assert not running.done()
    await Bubblewrap(SandboxSettings(), SystemClock()).open()
    assert len(await asyncio.to_thread(left_over, token)) == 3
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def sleepers(seconds: str) -> list[int]:
    return [
        process.pid
        for process in psutil.process_iter(["cmdline", "name"])
        if process.info["name"] == "sleep" and seconds in (process.info["cmdline"] or ())
    ]


async def test_a_task_gets_no_more_than_the_settings_allow(sandbox: Bubblewrap) -> None:
    made = Bubblewrap(SandboxSettings(wall_s=0.3, memory_mb=100), SystemClock())
    await made.open()
    greedy = SandboxLimits(wall_s=60, memory=4096 * MB)
    assert (await ran(made, "import time; time.sleep(60)", greedy)).end is SandboxEnd.TIME
    assert "MemoryError" in (await ran(made, "x = b'x' * (120 << 20)", greedy)).stderr


async def test_places_are_limited_and_given_back(sandbox: Bubblewrap) -> None:
    made = Bubblewrap(SandboxSettings(at_once=2), SystemClock())
    await made.open()
    token = secrets.token_hex(8)
    task = SandboxTask(argv=("python3", "-I", "-c", "input()", token))
    waiting = SandboxTask(argv=("python3", "-I", "-c", "import time; time.sleep(60)", token), limits=SMALL)
    first, second = (asyncio.create_task(made.execute(waiting)) for _ in range(2))
    third = asyncio.create_task(made.execute(task))
    while len(await asyncio.to_thread(left_over, token)) < 2 * 3:  # bubblewrap's two, and the command
        assert not first.done()
    assert not third.done()
    for each in (first, second):
        each.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    assert (await third).exit_code == 1  # nobody answered its question
