"""`nexus backup`: makes backups, shows, checks and restores them, whether or not a company runs."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from company.backups.making import SHORT, Backups
from company.backups.place import BackupPlace
from company.backups.restoring import check, restore
from company.clock import SystemClock, as_datetime
from company.config import Settings, load_settings
from company.errors import ConfigError
from company.secrets import Secret, Secrets
from nexus import VERSION

ACTIONS = ("make", "list", "verify", "restore")
LATEST = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What every command here needs."""

    settings: Settings
    place: BackupPlace
    backups: Backups
    key: Secret | None
    out: Console


async def backup_command(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus backup [make | list | verify | restore]`; 1 when a check finds something.

    Raises:
        NexusError: one sentence; nothing of the company was changed.
    """
    if (arguments.into is None) is (arguments.what == "restore"):
        raise ConfigError("`./nexus backup restore ID --into FOLDER` restores; --into goes with it alone.")
    async with _desk(root) as desk:
        if arguments.what == "list":
            return await _list(desk)
        if arguments.what == "verify":
            return await _verify(desk, arguments.id or LATEST)
        if arguments.what == "restore":
            return await _restore(desk, arguments.id or LATEST, arguments.into)
        sources = await asyncio.to_thread(desk.place.sources, with_key=arguments.with_key)
        with _progress(desk.out, "copying") as tell:
            made = await desk.backups.make(sources, keep=desk.settings.backup.keep, tell=tell)
        gone = f"; {made.gone} older let go of" if made.gone else ""
        desk.out.print(
            f"Backup {made.id[:SHORT]}: {made.files} files, {_size(made.size)}, {_size(made.fresh)} of it new{gone}.",
            highlight=False,
        )
        if not arguments.with_key:
            key = desk.place.data_dir / "secrets" / "audit_key"
            said = f"Not in it: the secrets. Keep {key} in another safe place, once."
            desk.out.print(said, highlight=False, soft_wrap=True)
        return 0


async def _list(desk: _Desk) -> int:
    known = await desk.backups.all()
    if not known:
        desk.out.print("No backups yet; `./nexus backup` makes one.")
        return 0
    table, zone = Table("id", "made", "files", "size", "by NEXUS"), ZoneInfo(desk.settings.company.timezone)
    for one in known:
        if one.manifest is None:
            table.add_row(one.id[:SHORT], "its list is damaged", "", "", "")
            continue
        made = as_datetime(one.manifest.at, zone).strftime("%Y-%m-%d %H:%M")
        files, size = str(len(one.manifest.files)), _size(one.manifest.size)
        table.add_row(one.id[:SHORT], made, files, size, one.manifest.version)
    desk.out.print(table)
    desk.out.print(f"{_size(await desk.backups.objects.total())} in all.", highlight=False)
    return 0


async def _verify(desk: _Desk, wanted: str) -> int:
    key, manifest = await desk.backups.find(wanted)
    with _progress(desk.out, "checking") as tell:
        found = await check(desk.backups, manifest, desk.key, tell)
    for line in found.problems:
        desk.out.print(line, style="bold red", soft_wrap=True, markup=False)
    for line in found.notes:
        desk.out.print(line, style="yellow", soft_wrap=True, markup=False)
    orders = f", {found.orders} orders" if found.orders is not None else ""
    entries = f", {found.entries} rows of the record" if found.entries is not None else ""
    verdict = "is sound" if not found.problems else f"has {len(found.problems)} faults"
    desk.out.print(f"Backup {key[:SHORT]} {verdict}: {found.objects} objects read{orders}{entries}.", highlight=False)
    return 1 if found.problems else 0


async def _restore(desk: _Desk, wanted: str, into: Path) -> int:
    target, living = await asyncio.to_thread(lambda: (into.absolute(), desk.place.data_dir.resolve()))
    if living == target.resolve() or living in target.resolve().parents:
        raise ConfigError(f"{into} is the data folder of this company or inside it; restore into another folder.")
    key, manifest = await desk.backups.find(wanted)
    with _progress(desk.out, "restoring") as tell:
        done = await restore(desk.backups, manifest, target, desk.key, tell)
    orders = f", {done.orders} orders" if done.orders is not None else ""
    desk.out.print(
        f"Backup {key[:SHORT]} is in {done.folder}: {done.files} files{orders}.", highlight=False, soft_wrap=True
    )
    for line in done.left:
        desk.out.print(f"- {line}", highlight=False, markup=False, soft_wrap=True)
    return 0


@asynccontextmanager
async def _desk(root: Path) -> AsyncIterator[_Desk]:
    settings = await asyncio.to_thread(load_settings, root)
    clock = SystemClock()
    place = BackupPlace(root, settings, Secrets(root / settings.company.data_dir / "secrets"), clock, VERSION)
    objects = await asyncio.to_thread(place.objects)
    try:
        yield _Desk(
            settings=settings, place=place, backups=Backups(objects, clock, place.data_dir),
            key=await asyncio.to_thread(place.key), out=Console(),
        )  # fmt: skip
    finally:
        await objects.close()


@contextmanager
def _progress(out: Console, what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, and nothing elsewhere."""
    columns = (TextColumn(what), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, whole: progress.update(task, completed=done, total=whole)


def _size(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.2f} MB"


def add_backup_options(parser: argparse.ArgumentParser) -> None:
    """The options of `nexus backup`."""
    does = "make (the usual), list, verify or restore"
    parser.add_argument("what", nargs="?", default="make", choices=ACTIONS, help=does)
    parser.add_argument("id", nargs="?", metavar="ID", help="the backup to verify or restore; the latest without it")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="where to restore: empty or not there yet")
    parser.add_argument(
        "--with-key", action="store_true", help="keep the key of the record in the backup, readable to whoever has it"
    )
