"""`nexus doctor`: every known trouble with its mend. Each check is a small function that says how one thing is.

It changes nothing: no folder is made, no SQLite file migrated, no token spent. What needs another department's library
(the bot's door, the models', the books) comes in as a `Probes` record from the composition root.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import site
import socket
import sqlite3
import stat
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from company import audit, schema
from company.audit import Anchor
from company.books import Books
from company.clock import Clock, as_datetime
from company.config import Settings
from company.errors import ConfigError, NexusError, NotReady, SecretError, StartupError
from company.figures import age
from company.records import Condition, Health
from company.secrets import KNOWN, Secrets
from console import place

Check = Callable[[], Awaitable[Health]]

OLDEST, TOO_NEW = (3, 11), (3, 14)
BORN_MS = 1_735_689_600_000  # 2025-01-01: a clock before it is wrong
DAY_MS = 86_400_000
OLD_SECRET_DAYS = 365
ENOUGH_MB, LITTLE_MB = 1024, 100
PATIENCE_S = 10.0
EXPECTED_PTH = frozenset({"_virtualenv.pth", "distutils-precedence.pth", "a1_coverage.pth", "_manylinux.pth"})
WHAT_FOR = {
    "telegram_bot_token": "the Telegram desk", "anthropic_api_key": "Claude", "openai_api_key": "OpenAI",
    "voice_api_key": "the server of [voice] base_url", "database_url": "Postgres in place of SQLite",
    "audit_key": "the audit chain; made at the first start",
    "telegram_webhook_secret": "Telegram's calls in webhook mode; made at the first start",
}  # fmt: skip
MADE = frozenset({"audit_key", "telegram_webhook_secret"})
"""What NEXUS makes for itself."""

OTHER_KEY = "the books were written with another key of the audit chain"
MEND_KEY = "put the file audit_key back from your backup, or set AUDIT_KEY"
ASKED_FOR = frozenset({"telegram_bot_token", "anthropic_api_key", "openai_api_key"})
"""What `nexus init` asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """What only other departments can find out.

    Args:
        telegram: asks getMe; None while there is no token.
        models: `Model.check` of each configured provider, by its name.
        books: makes the books, not yet open. Raises a `StartupError`.
        sandbox: tries whether code can be run safely here; None leaves its row out.
        voice: who listens to voice notes; None leaves its row out.
        witnesses: reads the anchors kept outside the database; called in a thread.
    """

    telegram: Check | None = None
    models: Mapping[str, Check] = field(default_factory=dict)
    books: Callable[[], Books] | None = None
    sandbox: Check | None = None
    voice: Check | None = None
    witnesses: Callable[[], tuple[Anchor, ...]] = tuple


async def diagnose(
    root: Path,
    clock: Clock,
    settings: Callable[[], Settings],
    secrets: Callable[[Settings], Secrets],
    probes: Callable[[Settings, Secrets], Probes],
) -> list[Health]:
    """Look at everything.

    Args:
        root: the checkout.
        clock: time.
        settings: loads them. A `ConfigError` becomes a row, and what needs no settings is looked at all the same.
        secrets: the reader for these settings.
        probes: made once the settings are known.
    """
    rows = [python_version(), *await asyncio.to_thread(startup_files), await asyncio.to_thread(wall_clock, root, clock)]
    try:
        found = await asyncio.to_thread(settings)
    except ConfigError as error:
        return [*rows, Health(part="settings", condition=Condition.ILL, detail=str(error), mend="edit the named file")]
    rows.append(Health(part="settings", condition=Condition.OK, detail="config.toml and what is laid over it"))
    data_dir = root / found.company.data_dir
    reader = secrets(found)
    rows += [await asyncio.to_thread(data_folder, data_dir), await asyncio.to_thread(disk, data_dir)]
    rows += await asyncio.to_thread(secret_rows, reader, found, clock)
    running = await asyncio.to_thread(instance, data_dir)
    rows += [running, await asyncio.to_thread(port, found, running.condition is Condition.OK)]
    rows += await asyncio.to_thread(documents, root, found)
    rows += await asyncio.to_thread(formats)
    try:
        sought = await asyncio.to_thread(probes, found, reader)
    except (StartupError, SecretError) as error:
        return [*rows, Health(part="secrets", condition=Condition.ILL, detail=str(error), mend="./nexus init")]
    rows += await books(data_dir / found.database.sqlite_path, reader, sought)
    outside = [("telegram", sought.telegram), *sought.models.items()]
    if sought.sandbox is not None:
        outside.append(("sandbox", sought.sandbox))
    if sought.voice is not None:
        outside.append(("voice", sought.voice))
    return rows + list(await asyncio.gather(*(reach(name, check, reader) for name, check in outside)))


def exit_code(rows: Iterable[Health]) -> int:
    """0 unless something is ill."""
    return int(any(row.condition is Condition.ILL for row in rows))


# -- this machine -----------------------------------------------------------------------------------------------------


def python_version(version: tuple[int, int] = sys.version_info[:2]) -> Health:
    """Whether this Python is one that NEXUS is tested on."""
    words = f"Python {version[0]}.{version[1]}"
    if version < OLDEST:
        mend = "install Python 3.11, 3.12 or 3.13, then: make clean && make run PYTHON=python3.12"
        return Health(part="python", condition=Condition.ILL, detail=f"{words} is too old", mend=mend)
    if version >= TOO_NEW:
        return Health(part="python", condition=Condition.WARNING, detail=f"{words} is not tested", mend="use 3.13")
    return Health(part="python", condition=Condition.OK, detail=words)


def startup_files(folders: Iterable[str] | None = None) -> list[Health]:
    """Files that run code at every start of Python (docs.python.org/3/library/site.html): a way in for bad packages."""
    places = site.getsitepackages() if folders is None else folders
    strange = []
    for path in (path for folder in places if Path(folder).is_dir() for path in sorted(Path(folder).glob("*.pth"))):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        if path.name not in EXPECTED_PTH and any(line.startswith(("import ", "import\t")) for line in lines):
            strange.append(path)
    if not strange:
        return [Health(part="packages", condition=Condition.OK, detail="none runs code at start")]
    return [
        Health(
            part="packages", condition=Condition.WARNING, detail=f"{path} runs code at every start of Python",
            mend="read it; if you don't know it: make clean, then make run",
        )
        for path in strange
    ]  # fmt: skip


def wall_clock(root: Path, clock: Clock) -> Health:
    """Caps and deadlines hang on the calendar."""
    now = clock.now()
    words = as_datetime(now).strftime("%Y-%m-%d %H:%M UTC")
    newest = max((path.stat().st_mtime for path in root.glob("*.toml")), default=0.0) * 1000
    if now < BORN_MS or newest > now + DAY_MS:
        mend = "set the clock: sudo timedatectl set-ntp true"
        return Health(part="clock", condition=Condition.ILL, detail=f"{words} can't be right", mend=mend)
    return Health(part="clock", condition=Condition.OK, detail=words)


def data_folder(folder: Path) -> Health:
    """It must be ours, and for nobody else to read."""
    if not folder.exists():
        parent = next(parent for parent in folder.absolute().parents if parent.exists())
        if os.access(parent, os.W_OK | os.X_OK):
            return Health(part="data", condition=Condition.OK, detail=f"{folder} is made at the first start")
        mend = f"sudo install -d -m 700 -o $USER {folder}"
        return Health(part="data", condition=Condition.ILL, detail=f"{folder} can't be made", mend=mend)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        mend = f"sudo chown -R $USER {folder}, or set [company] data_dir"
        return Health(part="data", condition=Condition.ILL, detail=f"{folder} can't be written", mend=mend)
    if folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        detail = f"{folder} can be read by other users"
        return Health(part="data", condition=Condition.WARNING, detail=detail, mend=f"chmod 700 {folder}")
    return Health(part="data", condition=Condition.OK, detail=str(folder))


def disk(folder: Path) -> Health:
    """Room for the books."""
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    free_mb = shutil.disk_usage(there).free // 1_048_576
    words = f"{free_mb / 1024:.1f} GB free"
    if free_mb < LITTLE_MB:
        return Health(part="disk", condition=Condition.ILL, detail=f"{free_mb} MB free", mend="make room: 1 GB or more")
    if free_mb < ENOUGH_MB:
        return Health(part="disk", condition=Condition.WARNING, detail=words, mend="make room: 1 GB or more")
    return Health(part="disk", condition=Condition.OK, detail=words)


def instance(data_dir: Path) -> Health:
    """Whether a company works with this folder now."""
    try:
        place.connect(data_dir).close()
    except NotReady:
        return Health(part="company", condition=Condition.OFF, detail="does not run now", mend="./nexus run")
    return Health(part="company", condition=Condition.OK, detail="runs with this data folder")


def port(settings: Settings, running: bool) -> Health:
    """Whether the page can have its port."""
    web = settings.web
    if not web.enabled:
        return Health(part="page", condition=Condition.OFF, detail="turned off", mend="[web] enabled = true")
    family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((web.host, web.port))
        except OSError as error:
            if running:
                return Health(part="page", condition=Condition.OK, detail=f"http://{web.host}:{web.port}/")
            detail = f"port {web.port} can't be had ({error.strerror})"
            mend = "stop the program that has it, or set [web] port to another one"
            return Health(part="page", condition=Condition.ILL, detail=detail, mend=mend)
    return Health(part="page", condition=Condition.OK, detail=f"port {web.port} is free")


def documents(root: Path, settings: Settings) -> list[Health]:
    """What the company may answer from."""
    rows = []
    for folder in settings.knowledge.folders:
        path = root / folder
        if not path.is_dir():
            mend = f"mkdir {path}, and put documents there"
            rows.append(Health(part="documents", condition=Condition.OFF, detail=f"{folder} is not there", mend=mend))
            continue
        files = [file for file in path.rglob("*") if file.is_file() and not file.name.startswith(".")]
        large = [file for file in files if file.stat().st_size > settings.knowledge.max_file_mb * 1_048_576]
        if large:
            detail = f"{large[0].name} is larger than {settings.knowledge.max_file_mb:g} MB and left out"
            mend = "split it, or raise [knowledge] max_file_mb"
            rows.append(Health(part="documents", condition=Condition.WARNING, detail=detail, mend=mend))
        rows.append(Health(part="documents", condition=Condition.OK, detail=f"{folder}: {len(files)} files"))
    return rows


def formats(
    known: Callable[[str], object | None] = find_spec, program: Callable[[str], str | None] = shutil.which
) -> list[Health]:
    """Which kinds of documents need something that is not installed. Blocks: it looks through folders."""
    rows = []
    if known("docx") is None:
        detail, mend = "Word, PowerPoint and Excel are not read", "make install GROUPS=documents"
        rows.append(Health(part="formats", condition=Condition.OFF, detail=detail, mend=mend))
    if program("tesseract") is None:
        detail, mend = "text in pictures is not read", "install Tesseract (Debian: apt install tesseract-ocr)"
        rows.append(Health(part="formats", condition=Condition.OFF, detail=detail, mend=mend))
    whole = Health(part="formats", condition=Condition.OK, detail="documents of every known kind are read")
    return rows or [whole]


# -- secrets ----------------------------------------------------------------------------------------------------------


def secret_rows(reader: Secrets, settings: Settings, clock: Clock) -> list[Health]:
    """Each secret: there or not, from where, how old, how long. Never its value."""
    others = tuple(f"{name}_api_key" for name in settings.providers)
    return [_secret(reader, name, clock.now()) for name in (*KNOWN, *others)]


def _secret(reader: Secrets, name: str, now: int) -> Health:
    try:
        secret = reader.get(name)
    except SecretError as error:
        return Health(part=name, condition=Condition.ILL, detail=str(error), mend="./nexus init")
    except (OSError, UnicodeDecodeError) as error:
        detail = f"can't be read ({type(error).__name__})"
        return Health(part=name, condition=Condition.ILL, detail=detail, mend=f"chmod 600 {reader.directory / name}")
    if secret is None:
        what_for = WHAT_FOR.get(name, "its provider")
        asked_for = "./nexus init, or " if name in ASKED_FOR else ""
        mend = "" if name in MADE else f"{asked_for}set {name.upper()}"
        return Health(part=name, condition=Condition.OFF, detail=f"not set ({what_for})", mend=mend)
    detail = f"{secret.source}, {len(secret)} characters"
    path = reader.directory / name
    if secret.source.startswith("file ") and path.exists():
        days_ms = now - int(path.stat().st_mtime * 1000)
        detail += f", {age(days_ms)} old"
        if days_ms > OLD_SECRET_DAYS * DAY_MS and name not in MADE:
            mend = "have a new one made by its provider, then: ./nexus init --again"
            return Health(part=name, condition=Condition.WARNING, detail=detail, mend=mend)
    return Health(part=name, condition=Condition.OK, detail=detail)


# -- the books --------------------------------------------------------------------------------------------------------


async def books(path: Path, reader: Secrets, probes: Probes) -> list[Health]:
    """Does the database open, has it the right age, is it sound, is the record whole?"""
    if probes.books is None:
        return []
    if await asyncio.to_thread(reader.get, "database_url") is None:
        there, first = await asyncio.to_thread(lambda: (path.exists(), sqlite_file(path)))
        if first.condition is not Condition.OK or not there:
            return [first]
    else:
        first = Health(part="books", condition=Condition.OK, detail="Postgres answers")
    opened = probes.books()
    try:
        async with asyncio.timeout(60):
            await opened.open()
            if not await opened.read(audit.key_fits):
                return [first, Health(part="audit", condition=Condition.ILL, detail=OTHER_KEY, mend=MEND_KEY)]
            found = await opened.read(audit.verify, await asyncio.to_thread(probes.witnesses))
    except (NexusError, TimeoutError) as error:
        detail = reader.redact(str(error)) or "the database does not answer"
        return [Health(part="books", condition=Condition.ILL, detail=detail, mend="see the sentence")]
    finally:
        await opened.close()
    if not found.sound:
        mend = "keep a copy, find out who wrote to the database, restore a backup"
        return [first, Health(part="audit", condition=Condition.ILL, detail=found.problem, mend=mend)]
    detail = f"{found.entries} facts, {found.anchors} anchors agree"
    return [first, Health(part="audit", condition=Condition.OK, detail=detail)]


def sqlite_file(path: Path) -> Health:
    """The SQLite file, read without changing it: its schema's version, and `PRAGMA quick_check`."""
    if not path.exists():
        return Health(part="books", condition=Condition.OK, detail=f"{path.name} is made at the first start")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
        try:
            result = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            found = connection.execute("SELECT value FROM about WHERE name = 'schema_version'").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        mend = "move it aside and restore a backup, or set [database] sqlite_path"
        return Health(part="books", condition=Condition.ILL, detail=f"{path.name}: {error}", mend=mend)
    version = int(found[0]) if found else 0
    if result != "ok":
        return Health(part="books", condition=Condition.ILL, detail=f"{path.name}: {result}", mend="restore a backup")
    if version > schema.VERSION:
        detail = f"{path.name} was written by a newer NEXUS (schema {version}, this one knows {schema.VERSION})"
        return Health(part="books", condition=Condition.ILL, detail=detail, mend="update NEXUS, or restore a backup")
    if version < schema.VERSION:
        detail = f"schema {version} becomes {schema.VERSION} at the next start"
        return Health(part="books", condition=Condition.WARNING, detail=detail, mend=f"copy {path} first")
    size = path.stat().st_size / 1_048_576
    return Health(part="books", condition=Condition.OK, detail=f"SQLite, {size:.1f} MB, schema {version}, sound")


# -- the world outside ------------------------------------------------------------------------------------------------


async def reach(name: str, check: Check | None, reader: Secrets) -> Health:
    """Ask one service; whatever happens becomes a row, without secrets."""
    if check is None:
        return Health(part=name, condition=Condition.OFF, detail="not configured", mend="./nexus init")
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await check()
    except TimeoutError:
        detail, mend = f"no answer within {PATIENCE_S:g} s", "look at this machine's network, then at base_url"
    except (NexusError, OSError) as error:
        detail, mend = reader.redact(str(error)), "see the sentence"
    return Health(part=name, condition=Condition.ILL, detail=detail, mend=mend)
