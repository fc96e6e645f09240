"""One instance on one data folder: a lock file held for the life of the process (flock(2); a dead process lets go)."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path

from company.errors import BooksError, StartupError


class InstanceLock:
    """The lock of a data folder.

    Args:
        data_dir: the folder; it is made with mode 0700 when it is not there.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._path = data_dir / "nexus.lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock. Blocking, but never for long.

        Raises:
            BooksError: the folder can't be made or written.
            StartupError: another NEXUS runs on this folder.
        """
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise BooksError(
                f"The data folder {self.data_dir} can't be written ({error.strerror}); give this user the right to "
                "write there, or set [company] data_dir to another folder."
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(descriptor, 64).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise StartupError(
                f"Another NEXUS (process {holder}) runs on {self.data_dir}; talk to it with `./nexus chat`, stop it, "
                "or give this one its own [company] data_dir."
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go; safe when it was never held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def held_elsewhere(self) -> bool:
        """Whether another process holds it now."""
        try:
            descriptor = os.open(self._path, os.O_RDWR)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        else:
            return False
        finally:
            os.close(descriptor)

    @property
    def instance(self) -> str:
        """The name under which this folder's processes hold orders: the same after a restart, unlike anybody else's."""
        return f"{socket.gethostname()}:{self.data_dir.resolve()}".replace("/", "_")
