"""kill -9 at any moment of a backup: earlier backups stay whole, and the next one finishes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from company.backups.making import ASIDE, Backups
from company.backups.restoring import check
from company.books import SqliteBooks
from company.clock import SystemClock
from company.objects import UNFINISHED, LocalObjects
from company.secrets import Secret
from tests.conftest import AUDIT_KEY
from tests.stepping import killed_at

ROOT = Path(__file__).parents[3]
FILES = 40

CHILD = """
import asyncio, sys
from pathlib import Path
from company.backups.making import Backups, Sources
from company.clock import SystemClock
from company import objects
folder = Path(sys.argv[1])
sync = objects._sync
def slow(of):  # tells of each step towards the disk, so that the kill falls between two of them
    print("step", flush=True)
    if sys.argv[2] == "wait":
        sys.stdin.readline()
    sync(of)
objects._sync = slow
sources = Sources(data_dir=folder, settings_file=folder / "none", sqlite_path=Path("nexus.db"), stand_in=Path("none"),
                  anchor_file=Path("none"), company="ACME", version="1")
made = asyncio.run(Backups(objects.LocalObjects(folder / "objects"), SystemClock(), folder).make(sources, keep=2))
print(made.id, flush=True)
"""


def start(folder: Path, how: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), how], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def whole_run(folder: Path) -> str:
    out, _ = start(folder, "on").communicate(timeout=60)
    return out.split()[-1]


async def problems_of_all(folder: Path) -> dict[str, tuple[str, ...]]:
    backups = Backups(LocalObjects(folder / "objects"), SystemClock(), folder)
    found = {}
    for one in await backups.all():
        assert one.manifest is not None
        found[one.id] = (await check(backups, one.manifest, Secret(AUDIT_KEY.decode(), "test"))).problems
    return found


@pytest.mark.kills
async def test_earlier_backups_are_whole_and_the_next_one_finishes(tmp_path: Path, books: SqliteBooks) -> None:
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "first.txt").write_text("the first")
    first = await asyncio.to_thread(whole_run, tmp_path)
    for number in range(FILES):
        (tmp_path / "uploads" / f"{number}.txt").write_text(f"file {number} " * 1000)
    cut_short = 0
    for steps in (1, 4, 9, 15, 23):
        cut_short += await asyncio.to_thread(killed_at, start(tmp_path, "wait"), steps) == steps
        found = await problems_of_all(tmp_path)
        assert found[first] == ()
        assert set(found.values()) == {()}
    assert cut_short == 5, "the kills came too late to show anything"
    last = await asyncio.to_thread(whole_run, tmp_path)
    found = await problems_of_all(tmp_path)
    assert set(found.values()) == {()}
    assert last in found
    assert not (tmp_path / ASIDE).exists()
    assert not list((tmp_path / "objects" / UNFINISHED).iterdir())
