"""The sandbox as its callers see it: what goes in, what comes out, and the refusal when the walls can't be made."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from company.clock import SystemClock
from company.config import SandboxSettings
from company.errors import NotReady, ToolError
from company.records import Condition
from company.sandbox_records import SandboxEnd, SandboxLimits, SandboxTask
from sandbox import filter as system_calls
from sandbox import usage
from sandbox.bubblewrap import Bubblewrap

USUAL_PATH = "/usr/local/bin:/usr/bin:/bin"
TASK = SandboxTask(argv=("true",))


async def opened(path: str = "", **settings: object) -> Bubblewrap:
    made = Bubblewrap(SandboxSettings(**settings), SystemClock(), path=path)
    await made.open()
    return made


async def test_files_and_words_go_in_and_what_is_printed_comes_out(sandbox: Bubblewrap) -> None:
    source = b"""
import sys
print(open("data/words.txt").read(), sys.stdin.read(), flush=True)
print("aside", file=sys.stderr)
sys.stdout.buffer.write(b"\\xff")
sys.exit(3)
"""
    task = SandboxTask(
        argv=("python3", "src/main.py"),
        files={"src/main.py": source, "data/words.txt": "gr\u00fc\u00dfe".encode()},
        stdin=b"from outside",
    )
    result = await sandbox.execute(task)
    assert (result.end, result.exit_code) == (SandboxEnd.EXITED, 3)
    assert result.stdout == "gr\u00fc\u00dfe from outside\n\ufffd"
    assert result.stderr == "aside\n"
    assert result.elapsed_ms > 0


async def test_one_run_leaves_nothing_for_the_next(sandbox: Bubblewrap) -> None:
    await sandbox.execute(SandboxTask(argv=("sh", "-c", "echo here > trace; echo here > /tmp/trace")))
    result = await sandbox.execute(SandboxTask(argv=("sh", "-c", "ls -A . /tmp")))
    assert "trace" not in result.stdout


async def test_a_signal_and_a_missing_program_are_told_as_a_shell_does(sandbox: Bubblewrap) -> None:
    assert (await sandbox.execute(SandboxTask(argv=("sh", "-c", "kill -SEGV $$")))).exit_code == 128 + 11
    missing = await sandbox.execute(SandboxTask(argv=("no-such-program",)))
    assert missing.exit_code == 127
    assert "no-such-program" in missing.stderr


ORDINARY = """
import asyncio, concurrent.futures, getpass, multiprocessing, os, socket, sqlite3, subprocess, sys, tempfile, threading

def double(number):
    return 2 * number

async def echo(reader, writer):
    writer.write(await reader.readline())
    writer.close()

async def talk():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"hello\\n")
    line = await reader.readline()
    writer.close()
    server.close()
    return line

if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        print(pool.map(double, [1, 2]))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        print(list(pool.map(double, [1, 2])))
    print(asyncio.run(talk()), getpass.getuser(), os.path.expanduser("~"))
    with tempfile.TemporaryDirectory() as folder, sqlite3.connect(folder + "/x.db") as books:
        print(books.execute("select 1").fetchone())
    print(subprocess.run(["sh", "-c", "echo out | sort"], capture_output=True, text=True).stdout, end="")
    print(sys.version_info >= (3, 9), len(os.urandom(8)), multiprocessing.cpu_count() > 0)
"""


async def test_ordinary_programs_work(sandbox: Bubblewrap) -> None:
    task = SandboxTask(argv=("python3", "main.py"), files={"main.py": ORDINARY.encode()})
    result = await sandbox.execute(task)
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "[2, 4]", "[2, 4]", r"b'hello\n' work /tmp/work", "(1,)", "out", "True 8 True"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        (SandboxTask(argv=("true",), files={"/etc/passwd": b""}), r"'/etc/passwd' is no name for a file"),
        (SandboxTask(argv=("true",), files={"../../etc/passwd": b""}), r"no name for a file .* 'tests/test_area.py'"),
        (SandboxTask(argv=("true",), files={"": b""}), r"'' is no name for a file"),
        (SandboxTask(argv=("true",), files={"a\0b": b""}), r"is no name for a file"),
        (SandboxTask(argv=()), r"needs a command"),
        (SandboxTask(argv=("true", "a\0--bind")), r"without zero bytes"),
        (SandboxTask(argv=("true",), files={f"{n}": b"" for n in range(201)}), r"At most 200 files"),
        (SandboxTask(argv=("true",), files={"a": b"12"}, limits=SandboxLimits(disk=1)), r"have 2 bytes; .* holds 1"),
    ],
)
async def test_a_task_that_can_not_be_put_in_is_refused(task: SandboxTask, sentence: str, sandbox: Bubblewrap) -> None:
    with pytest.raises(ToolError, match=sentence):
        await sandbox.execute(task)


async def refused(made: Bubblewrap) -> tuple[str, str]:
    """(detail, mend) of the health, when a request is refused with them."""
    health = await made.check()
    assert health.condition is Condition.OFF
    with pytest.raises(NotReady) as caught:
        await made.execute(TASK)
    assert health.detail in str(caught.value)
    return health.detail, health.mend


async def test_without_bubblewrap_nothing_is_run(tmp_path: Path) -> None:
    detail, mend = await refused(await opened(str(tmp_path)))
    assert detail == "There is no sandbox: bubblewrap is not installed"
    assert mend == "install it with: sudo apt install bubblewrap"


async def test_turned_off_nothing_is_run() -> None:
    detail, mend = await refused(await opened(enabled=False))
    assert detail == "The sandbox is turned off"
    assert mend == "set [sandbox] enabled = true and start NEXUS again"


async def test_without_the_filter_nothing_is_run(sandbox: Bubblewrap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_calls, "_LIBRARY", "libseccomp.so.none")
    detail, mend = await refused(await opened())
    assert "no system call can be forbidden" in detail
    assert mend == "install it with: sudo apt install libseccomp2"


def stand_in(folder: Path, source: str) -> str:
    """A path on which `bwrap` is this script."""
    for place in (folder, *folder.parents):
        if place == Path(tempfile.gettempdir()):
            break
        place.chmod(0o755)  # as root, it is started by another user
    program = folder / "bwrap"
    program.write_text(source)
    program.chmod(0o755)
    return f"{folder}:{USUAL_PATH}"


async def test_where_namespaces_are_forbidden_nothing_is_run(tmp_path: Path) -> None:
    """As on Ubuntu 24.04 without a profile, or in a container: bubblewrap is there and may not."""
    if shutil.which("prlimit") is None:
        pytest.skip("util-linux is not installed here")
    path = stand_in(tmp_path, "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    made = await opened(path)
    detail, mend = await refused(made)
    assert detail == "There is no sandbox: the sandbox could not be made (bwrap: setting up uid map: Permission denied)"
    assert "docs/sandbox.md" in mend


async def test_a_bubblewrap_that_runs_nothing_is_not_believed(tmp_path: Path) -> None:
    if shutil.which("prlimit") is None:
        pytest.skip("util-linux is not installed here")
    detail, _ = await refused(await opened(stand_in(tmp_path, "#!/bin/sh\nexit 0\n")))
    assert "could not be made" in detail


async def test_where_proc_is_forbidden_there_is_none_inside(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """As in a container that hides parts of its own: the walls are then tighter, never wider."""
    real = shutil.which("bwrap", path=USUAL_PATH)
    path = stand_in(
        tmp_path,
        f"""#!/usr/bin/python3 -I
import os, sys
options = os.pread(int(sys.argv[2]), 100_000, 0)
if b"--proc" in options.split(b"\\0"):
    sys.exit("bwrap: Can't mount proc on /newroot/proc: Operation not permitted")
for name in os.listdir("/proc/self/fd"):
    if int(name) > 2 and os.path.exists("/proc/self/fd/" + name):
        os.set_inheritable(int(name), True)
os.execv({real!r}, [{real!r}, *sys.argv[1:]])
""",
    )
    made = await opened(path)
    assert (await made.check()).detail == "bubblewrap, no network, seccomp, no /proc"
    result = await made.execute(SandboxTask(argv=("python3", "-c", "import os; print(os.listdir('/proc'))")))
    assert result.stdout == "[]\n"


async def test_health_counts_how_commands_ended(sandbox: Bubblewrap) -> None:
    await sandbox.execute(TASK)
    await sandbox.execute(SandboxTask(argv=("sleep", "60"), limits=SandboxLimits(wall_s=0.1)))
    facts = (await sandbox.check()).facts
    assert (facts["exited"], facts["time"]) == (1, 1)


async def test_folders_of_the_machine_are_not_taken_for_those_of_the_sandbox(
    tmp_path: Path, sandbox: Bubblewrap
) -> None:
    """Looked at before bubblewrap has changed the root, as happens on a busy machine, it is not made yet."""
    assert await asyncio.to_thread(usage.measure, os.getpid(), SandboxLimits()) is None
    made = await opened(
        stand_in(
            tmp_path,
            """#!/usr/bin/python3 -I
import json, os, sys, time
options = os.pread(int(sys.argv[2]), 100_000, 0).split(b"\\0")
status = int(options[options.index(b"--json-status-fd") + 1])
if os.fork() == 0:
    time.sleep(0.5)  # slow to change the root
    os._exit(0)
os.write(status, json.dumps({"child-pid": os.getpid()}).encode() + b"\\n")
os.wait()
os.write(status, b'{"exit-code": 0}\\n')
""",
        )
    )
    assert (await made.execute(TASK)).end is SandboxEnd.EXITED


async def test_a_house_among_the_systems_programs_is_not_seen(sandbox: Bubblewrap) -> None:
    """As an ordinary user NEXUS and its commands are one person to the kernel: what it may read, they might."""
    try:
        house = Path(tempfile.mkdtemp(prefix="nexus-test-", dir="/usr/local"))
    except PermissionError:
        pytest.skip("only root may write below /usr")
    try:
        house.chmod(0o755)
        (house / "data").mkdir()
        (house / "secret").write_text("4711")
        task = SandboxTask(argv=("cat", str(house / "secret")))
        assert (await sandbox.execute(task)).stdout == "4711"
        made = Bubblewrap(
            SandboxSettings(), SystemClock(), hidden=[house / "data", house, house / "none", Path("/root")]
        )
        await made.open()
        assert "No such file" in (await made.execute(task)).stderr
        assert "Read-only" in (await made.execute(SandboxTask(argv=("touch", str(house / "x"))))).stderr
    finally:
        shutil.rmtree(house)
