"""company/instance.py: one instance on one data folder, also through a kill."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from company.errors import BooksError, StartupError
from company.instance import InstanceLock
from tests.conftest import ROOT

HOLD = """
import sys; from pathlib import Path; from company.instance import InstanceLock
lock = InstanceLock(Path(sys.argv[1])); lock.acquire(); print("held", flush=True); sys.stdin.read()
"""


def test_a_second_process_is_told_who_has_it_and_gets_it_after_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        mine = InstanceLock(folder)
        assert mine.held_elsewhere()
        with pytest.raises(StartupError, match=rf"process {child.pid}\)"):
            mine.acquire()
    finally:
        child.kill()
        child.communicate()
    assert not mine.held_elsewhere()
    mine.acquire()
    mine.release()
    mine.release()


def test_the_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    lock = InstanceLock(tmp_path / "a" / "data")
    assert not lock.held_elsewhere()
    lock.acquire()
    assert (tmp_path / "a" / "data").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "a" / "data" / "nexus.lock").stat().st_mode & 0o777 == 0o600
    lock.release()


def test_a_folder_that_can_not_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BooksError, match="data_dir"):
        InstanceLock(tmp_path / "file" / "data").acquire()


def test_the_name_is_the_same_after_a_restart_and_holds_no_slash(tmp_path: Path) -> None:
    """A holder is "instance/run": a slash in the name would break it."""
    assert InstanceLock(tmp_path).instance == InstanceLock(tmp_path / "x" / "..").instance
    assert "/" not in InstanceLock(tmp_path).instance
    assert InstanceLock(tmp_path / "b").instance != InstanceLock(tmp_path).instance
