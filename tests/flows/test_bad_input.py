"""What is wrong from outside is said in one sentence, with the mend, with a fitting exit code; nothing is changed."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import time
from pathlib import Path

import pytest

import nexus
from company.errors import SecretError
from company.secrets import Secrets
from tests.fakes.telegram import FakeTelegram
from tests.flows.process import Ended, checkout, command, environment, fingerprint, running

SECRET = "7123456789:AAF" + "x" * 32


def one_sentence(ended: Ended, code: int, *parts: str) -> None:
    """The whole of what a refused start says."""
    assert ended.code == code, ended
    assert "Traceback" not in ended.err
    lines = [line for line in ended.err.splitlines() if line.strip()]
    assert len(lines) == 1, ended.err
    assert lines[0].startswith("nexus: ")
    for part in parts:
        assert part in lines[0], ended.err
    assert SECRET not in ended.err


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[telegram]\nbase_ulr = 'http://x'\n", ("telegram.base_ulr", "did you mean 'base_url'?")),
        ("[web]\nport = 'many'\n", ("config.local.toml", "web.port", "'many'")),
        ("[web\nport = 1\n", ("config.local.toml", "not valid TOML")),
        (f"# my bot: {SECRET}\n", ("config.local.toml line 1", "secret", "nexus init")),
        ("[telegram]\ntoken = 'abc'\n", ("telegram.token", "secret", "nexus init")),
        ("[web]\nhost = '0.0.0.0'\n", ("web.host", "127.0.0.1")),
        ("[employees.intern]\nmodel = 'haiku'\n", ("'haiku'", "provider/model")),
        ("[employees.intern]\nprompt = 'nowhere'\n", ("nowhere",)),
    ],
)  # fmt: skip
async def test_broken_settings(tmp_path: Path, text: str, parts: tuple[str, ...]):
    root = checkout(tmp_path)
    (root / "config.local.toml").write_text(text)
    before = fingerprint(root)
    ended = await command(root, "run", "--no-chat")
    one_sentence(ended, 2, *parts)
    after = fingerprint(root)
    assert {name: after[name] for name in before} == before


async def opened_once(root: Path) -> None:
    """Books as a first start leaves them."""
    ended = await command(root, "status")
    assert ended.code == 0, ended.err


async def test_books_that_can_not_be_used(tmp_path: Path):
    """From a newer version, damaged, of another program: refused, and not a byte of them changed."""
    root = checkout(tmp_path)
    await opened_once(root)
    books = root / "data" / "nexus.db"
    good = books.read_bytes()

    with sqlite3.connect(books) as newer:
        newer.execute("update about set value = '99' where name = 'schema_version'")
    newer.close()
    before = fingerprint(root)
    one_sentence(await command(root, "run", "--no-chat"), 4, "newer")
    assert fingerprint(root) == before

    page = 4096
    books.write_bytes(good[: 3 * page] + b"\x5a" * (len(good) - 5 * page) + good[-2 * page :])
    before = fingerprint(root)
    one_sentence(await command(root, "run", "--no-chat"), 4, "nexus.db")
    assert fingerprint(root) == before

    books.unlink()
    with sqlite3.connect(books) as foreign:
        foreign.execute("create table holidays (place text)")
    foreign.close()
    before = fingerprint(root)
    one_sentence(await command(root, "run", "--no-chat"), 4, "another program")
    assert fingerprint(root) == before

    books.write_bytes(good)
    assert (await command(root, "audit", "verify")).code == 0


async def test_a_data_folder_that_can_not_be_written(tmp_path: Path):
    root = checkout(tmp_path)
    (root / "data").write_text("not a folder")
    before = fingerprint(root)
    one_sentence(await command(root, "run", "--no-chat"), 4, "data", "can't be written")
    assert fingerprint(root) == before


async def test_secrets_that_are_missing_or_lie_open(tmp_path: Path):
    root = checkout(tmp_path)
    await opened_once(root)
    key = root / "data" / "secrets" / "audit_key"
    kept = key.read_bytes()
    key.chmod(0o644)
    one_sentence(await command(root, "run", "--no-chat"), 3, "audit_key")
    key.unlink()
    before = fingerprint(root)
    one_sentence(await command(root, "run", "--no-chat"), 3, "audit_key")
    assert fingerprint(root) == before, "no new key is made for books that have one"
    key.write_bytes(kept)
    key.chmod(0o600)
    assert (await command(root, "audit", "verify")).code == 0


async def test_a_key_that_is_not_the_one_of_the_books(tmp_path: Path):
    """Another key, given or newly made: refused before a fact is written, and no new key is left behind."""
    root = checkout(tmp_path)
    await opened_once(root)
    key = root / "data" / "secrets" / "audit_key"
    kept = key.read_bytes()
    key.unlink()
    before = fingerprint(root)
    one_sentence(await command(root, "run", "--no-chat", AUDIT_KEY="ab" * 32), 3, "another key", "audit_key back")
    assert fingerprint(root) == before
    doctor = await command(root, "doctor", AUDIT_KEY="ab" * 32)
    assert doctor.code == 1
    assert "another key" in " ".join(doctor.out.split())
    key.write_bytes(kept)
    key.chmod(0o600)
    assert (await command(root, "audit", "verify")).code == 0


@pytest.mark.postgres
async def test_a_fresh_folder_before_old_books_on_postgres(tmp_path: Path, postgres_url: str, postgres_schema: str):
    """The folder was lost and the database was not: no key is made for a record that another key made."""
    secrets = Secrets(tmp_path / "first" / "data" / "secrets", {"DATABASE_URL": postgres_url})
    company = await nexus.assemble(checkout(tmp_path / "first"), secrets=secrets, schema_name=postgres_schema)
    await company.books.close()
    fresh = Secrets(tmp_path / "fresh" / "data" / "secrets", {"DATABASE_URL": postgres_url})
    with pytest.raises(SecretError, match="another key"):
        await nexus.assemble(checkout(tmp_path / "fresh"), secrets=fresh, schema_name=postgres_schema)
    assert not (tmp_path / "fresh" / "data" / "secrets" / "audit_key").exists()


async def test_a_busy_port(tmp_path: Path):
    root = checkout(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = await command(root, "run", "--no-chat", NEXUS_WEB__ENABLED="true", NEXUS_WEB__PORT=port)
    one_sentence(ended, 1, port, "[web] port")


async def test_postgres_that_is_away_and_must_not_be_stood_in_for(tmp_path: Path):
    root = checkout(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"postgresql://nexus:hidden-password@127.0.0.1:{port}/nexus"
    ended = await command(root, "run", "--no-chat", DATABASE_URL=url, NEXUS_DATABASE__WHEN_UNREACHABLE="refuse")
    one_sentence(ended, 4, "Postgres")
    assert "hidden-password" not in ended.err


async def test_a_second_one_on_the_same_folder(tmp_path: Path):
    """It says who holds the folder; and without documents, token or key the first serves all the same."""
    root = checkout(tmp_path)
    (root / "documents").rmdir()
    async with running(root) as first:
        one_sentence(await command(root, "run", "--no-chat"), 1, f"process {first.process.pid}", "data")
        status = await command(root, "status")
        assert status.code == 0
        assert "Traceback" not in status.err
    assert (await command(root, "audit", "verify")).code == 0


async def test_a_wrong_token_is_said_and_the_rest_works(tmp_path: Path):
    root = checkout(tmp_path)
    async with FakeTelegram() as telegram:
        wrong = {"NEXUS_TELEGRAM__BASE_URL": telegram.url, "TELEGRAM_BOT_TOKEN": SECRET}
        began = time.monotonic()
        async with running(root, **wrong) as process:
            status = await told(root, "Telegram refuses the bot token")
            assert time.monotonic() - began < 60, "within seconds; each look at the status is a process of its own"
            assert "BotFather" in status or "nexus init" in status
            answer = await command(root, "ask", "thanks!")
            assert answer.code == 0, answer.err
            assert SECRET not in status + answer.out + answer.err
        assert SECRET not in process.err
        assert process.err.count("Telegram refuses the bot token") == 1


async def test_two_bots_on_one_token(tmp_path: Path):
    """It says once that another instance polls, and takes the messages when that has gone."""
    root = checkout(tmp_path)
    async with FakeTelegram(conflict_pause_s=0.2) as telegram:
        telegram.faults.add("409", "getUpdates", times=None)
        ours = {"NEXUS_TELEGRAM__BASE_URL": telegram.url, "TELEGRAM_BOT_TOKEN": telegram.token}
        async with running(
            root, NEXUS_HEARTBEAT__INTERVAL_S="1", NEXUS_TELEGRAM__POLL_TIMEOUT_S="1", **ours
        ) as process:
            await told(root, "another instance")
            telegram.faults.clear()
            await telegram.wait_for(lambda: telegram.polls.open > 0, 60)
            await told(root, "telegram", absent="another instance")
        assert process.err.count("another instance") == 1


async def told(root: Path, *parts: str, absent: str = "") -> str:
    """Ask for the status until it says so."""
    status = ""
    async with asyncio.timeout(60):
        while True:
            ended = await command(root, "status")
            assert ended.code == 0, ended.err
            status = " ".join(ended.out.split())
            if all(part in status for part in parts) and not (absent and absent in status):
                return status


def test_the_environment_of_the_suite_does_not_leak():
    assert not {name for name in environment() if name.endswith(("_TOKEN", "_API_KEY", "_URL"))}
