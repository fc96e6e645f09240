"""What a command sees: an empty root, the system's programs to read, one bounded folder to write, nobody else.

Everything is told to bubblewrap (`bwrap(1)`, 0.8 or newer for `--size` and `--disable-userns`). Its options go through
a file descriptor, because process 1 of the sandbox is bubblewrap itself and its command line can be read from inside;
for the same reason it is started with an empty environment.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from company.errors import NotReady, ToolError
from company.sandbox_records import SandboxLimits, SandboxTask

WORK = "/tmp/work"  # noqa: S108 - inside the sandbox, where all of /tmp is its own
_TRUSTED_PATH = "/usr/local/bin:/usr/bin:/bin"
_UID = 1000  # inside; it owns the work folder and nothing else
OUTER_UIDS = range(65_000, 65_400)  # for a company that runs as root; Debian policy 9.2.2 keeps them for nobody
_SHM = 16 * 1024 * 1024  # bytes of /dev/shm, for the semaphores of multiprocessing
_MOST_FILES = 200
_PASSWD = f"work:x:{_UID}:{_UID}::{WORK}:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n".encode()
_GROUP = f"work:x:{_UID}:\nnogroup:x:65534:\n".encode()
_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_SETTINGS = ("/etc/ld.so.cache", "/etc/alternatives")
_VARIABLES = {
    "PATH": _TRUSTED_PATH,
    "HOME": WORK,
    "LANG": "C.UTF-8",
    "USER": "work",
    "PYTHONDONTWRITEBYTECODE": "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """The programs of this machine that make the sandbox, as absolute paths. `setpriv` is "" when we are not root."""

    bwrap: str
    prlimit: str
    setpriv: str = ""


def find_programs(path: str = _TRUSTED_PATH) -> Programs:
    """Look for them; blocks on the disk. Raises `NotReady` with the package to install."""
    bwrap = shutil.which("bwrap", path=path)
    if bwrap is None:
        raise NotReady("bubblewrap is not installed; install it with: sudo apt install bubblewrap.")
    prlimit = shutil.which("prlimit", path=path)
    setpriv = shutil.which("setpriv", path=path) if os.geteuid() == 0 else ""
    if prlimit is None or setpriv is None:
        raise NotReady("prlimit or setpriv is not installed; install them with: sudo apt install util-linux.")
    return Programs(bwrap=bwrap, prlimit=prlimit, setpriv=setpriv)


def head(programs: Programs, uid: int) -> list[str]:
    """What comes before bubblewrap: as root, the change to `uid`, a user who owns nothing.

    Root itself would be exempt from the limit on processes, and its files readable behind any mount.
    """
    if not programs.setpriv:
        return [programs.bwrap]
    user = ("--reuid", str(uid), "--regid", str(uid), "--clear-groups")
    return [programs.setpriv, *user, "--no-new-privs", "--", programs.bwrap]


def command(programs: Programs, task: SandboxTask) -> list[str]:
    """What bubblewrap runs: the task under the limits that the kernel keeps for each process.

    They are set inside, because the number of processes is counted for each user namespace (Linux 5.14); set outside,
    other processes of the same user would count too.
    """
    limits = task.limits
    return [
        programs.prlimit,
        f"--cpu={limits.cpu_s}:{limits.cpu_s + 1}",  # a warning that ends it, then one that nobody survives
        f"--as={limits.memory}",
        f"--nproc={limits.processes}",
        f"--fsize={limits.disk}",
        f"--nofile={limits.open_files}",
        "--core=0",
        "--",
        *task.argv,
    ]


def options(
    limits: SandboxLimits, files: Mapping[str, int], *, filter_fd: int, status_fd: int, proc: bool,
    hidden: Iterable[Path] = (),
) -> bytes:  # fmt: skip
    """Bubblewrap's options, each ended by a zero byte.

    Args:
        limits: for the size of the work folder.
        files: path in the sandbox -> descriptor to copy it from.
        filter_fd: descriptor of the seccomp program.
        status_fd: descriptor where bubblewrap reports the process and its exit code.
        proc: mount /proc. Containers that hide parts of theirs forbid it; most programs do without.
        hidden: folders that are empty inside, should they lie among the system's programs.
    """
    words = [
        *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup"),
        *("--disable-userns", "--uid", str(_UID), "--gid", str(_UID), "--cap-drop", "ALL", "--hostname", "sandbox"),
        *("--die-with-parent", "--new-session"),
        *_system(),
        *_covered(hidden),
        *(("--proc", "/proc") if proc else ("--dir", "/proc")),
        *("--dev", "/dev", "--size", str(_SHM), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"),  # noqa: S108 - inside
        *("--size", str(limits.disk), "--tmpfs", "/tmp", "--dir", WORK, "--chdir", WORK),  # noqa: S108 - inside
    ]
    for path, descriptor in files.items():
        words += ("--file", str(descriptor), path)
    for name, value in _VARIABLES.items():
        words += ("--setenv", name, value)
    words += ("--remount-ro", "/", "--seccomp", str(filter_fd), "--json-status-fd", str(status_fd))
    return b"".join(word.encode() + b"\0" for word in words)


def contents(task: SandboxTask) -> dict[str, bytes]:
    """The files to make in the sandbox, by their path there. Raises `ToolError` for a name that leads elsewhere."""
    if len(task.files) > _MOST_FILES:
        raise ToolError(f"At most {_MOST_FILES} files go into the sandbox at once; {len(task.files)} were given.")
    if not task.argv or any("\0" in word for word in task.argv):
        raise ToolError("The sandbox needs a command: its name and its arguments, without zero bytes.")
    size = sum(map(len, task.files.values()))
    if size > task.limits.disk:
        raise ToolError(f"The files have {size} bytes; the work folder holds {task.limits.disk}. Give fewer.")
    made = {"/etc/passwd": _PASSWD, "/etc/group": _GROUP}
    for name, content in task.files.items():
        path = PurePosixPath(name)
        if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in name:
            raise ToolError(f"{name!r} is no name for a file in the work folder; write one like 'tests/test_area.py'.")
        made[f"{WORK}/{path}"] = content
    return made


def _covered(hidden: Iterable[Path]) -> Iterator[str]:
    """A house below /usr would be seen with all that its user may read."""
    covered: list[Path] = []
    for folder in sorted(hidden):  # an outer folder comes before those in it, which are gone with it
        among_programs = folder.parts[1:2] and folder.parts[1] in ("usr", *_SYSTEM)
        if among_programs and not any(folder.is_relative_to(outer) for outer in covered):
            covered.append(folder)
            yield from ("--tmpfs", str(folder), "--remount-ro", str(folder))


def _system() -> Iterator[str]:
    """The system's programs, read-only, as they lie on this machine (merged into /usr or not)."""
    yield from ("--ro-bind", "/usr", "/usr")
    for name in _SYSTEM:
        path = Path("/") / name
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    for name in _SETTINGS:
        yield from ("--ro-bind-try", name, name)
