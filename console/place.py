"""Where the console's socket lies, and the care around it: rights, stale files, paths too long for a socket.

A Unix socket's path has room for about 107 bytes (`sun_path`, man 7 unix; 103 on macOS). It is
`<data_dir>/console.sock` where that fits; else it lies in a 0700 folder of our own under the runtime folder, and
`<data_dir>/console.path` says where.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import tempfile
from pathlib import Path

from company.errors import NotReady, StartupError

LONGEST = 100
"""Bytes of a socket's path that fit everywhere."""
SOCKET = "console.sock"
POINTER = "console.path"
BACKLOG = 16


def find(data_dir: Path) -> Path:
    """The socket of the company that works in this data folder, whether or not one runs now."""
    try:
        return Path((data_dir / POINTER).read_text(encoding="utf-8").strip())
    except OSError:
        return _plain(data_dir)


def bind(data_dir: Path) -> tuple[socket.socket, Path]:
    """A listening socket that only this user can reach (0600 in a 0700 folder), and where it lies.

    Raises:
        StartupError: another NEXUS listens there, or the folder can't be written.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = _plain(data_dir)
        if _too_long(path):
            path = _short(data_dir) / SOCKET
        else:
            (data_dir / POINTER).unlink(missing_ok=True)
        _take_away_stale(path)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(str(path))
        path.chmod(0o600)
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except OSError as error:
        raise StartupError(
            f"The console's socket can't be made in {data_dir} ({error.strerror or error}); give this user the right "
            f"to write there, or set [company] data_dir to another folder."
        ) from None
    return listening, path


def take_away(data_dir: Path, path: Path) -> None:
    """Remove what `bind` made."""
    path.unlink(missing_ok=True)
    pointer = data_dir / POINTER
    if path.parent != data_dir.absolute() and pointer.exists():
        pointer.unlink()
        path.parent.rmdir()


def connect(data_dir: Path) -> socket.socket:
    """A connection to the running company.

    Raises:
        NotReady: none runs with this data folder.
    """
    path = find(data_dir)
    joined = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        joined.connect(str(path))
    except OSError as error:
        joined.close()
        if isinstance(error, PermissionError):
            raise NotReady(f"The company at {data_dir} belongs to another user of this machine.") from None
        raise NotReady(f"No NEXUS runs with the data folder {data_dir}; start it with `./nexus run`.") from None
    joined.setblocking(False)
    return joined


def peer_uid(connection: socket.socket) -> int:
    """The user id of the process at the other end (SO_PEERCRED, man 7 unix); where that is missing, the file's rights
    have let only ourselves in."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return os.getuid()
    raw = connection.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i"))
    return int(struct.unpack("3i", raw)[1])


def _plain(data_dir: Path) -> Path:
    return data_dir.absolute() / SOCKET


def _too_long(path: Path) -> bool:
    return len(os.fsencode(path)) > LONGEST


def _short(data_dir: Path) -> Path:
    """The recorded folder when it is still ours alone, else a new one; recorded before it is used."""
    pointer = data_dir / POINTER
    if pointer.exists():
        recorded = Path(pointer.read_text(encoding="utf-8").strip()).parent
        if _ours_alone(recorded):
            return recorded
    runtime = Path("/run/user") / str(os.getuid())
    folder = Path(tempfile.mkdtemp(prefix="nexus-", dir=runtime if _ours_alone(runtime) else None))
    if _too_long(folder / SOCKET):
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="nexus-", dir="/tmp"))
    pointer.write_text(f"{folder / SOCKET}\n", encoding="utf-8")
    return folder


def _ours_alone(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077


def _take_away_stale(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise StartupError(f"Another NEXUS already listens at {path}; stop it, or give this one its own data_dir.")
