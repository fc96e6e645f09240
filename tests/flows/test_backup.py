"""`nexus backup`: made while the company runs, checked, restored, and opened by NEXUS again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import nexus
from company import audit
from company.clock import SystemClock
from company.config import load_settings
from company.records import Condition
from company.secrets import Secrets
from heartbeat.nightly import MADE, NightlyBackup
from tests.fakes.s3 import KEY_ID, SECRET, FakeS3
from tests.flows.company import Lab, a_lab
from tests.flows.process import checkout, command, running


@pytest.fixture
async def server() -> AsyncIterator[FakeS3]:
    opened = FakeS3(page=1000)
    await opened.start()
    yield opened
    await opened.stop()


async def test_a_backup_of_a_running_company_is_opened_again(tmp_path: Path) -> None:
    root = await asyncio.to_thread(checkout, tmp_path / "house")
    refused = await command(root, "backup")
    assert refused.code == 1
    assert "There are no books" in refused.err
    async with running(root):
        asked = await command(root, "ask", "What is 2+2?")
        assert asked.code == 0, asked
        made = await command(root, "backup")
        assert made.code == 0, made
    name = re.match(r"Backup ([0-9a-f]{12}):", made.out)
    assert name, made.out
    assert "audit_key in another safe place" in made.out
    listed = await command(root, "backup", "list")
    assert name[1] in listed.out
    verified = await command(root, "backup", "verify", name[1])
    assert verified.code == 0, verified
    assert "is sound" in verified.out
    assert "1 orders" in verified.out
    living = await command(root, "backup", "restore", name[1], "--into", str(root / "data"))
    assert living.code == 2
    assert "restore into another folder" in living.err
    back = tmp_path / "back"
    restored = await command(root, "backup", "restore", name[1], "--into", str(back))
    assert restored.code == 0, restored
    audit = await command(root, "audit", "verify", NEXUS_COMPANY__DATA_DIR=str(back))
    assert audit.code == 0, audit
    status = await command(root, "audit", "export", NEXUS_COMPANY__DATA_DIR=str(back))
    assert '"order.accepted"' in status.out

    objects = root / "data" / "objects" / "artefacts"
    damaged = next(path for path in objects.rglob("*") if path.is_file() and path.stat().st_size > 100_000)
    damaged.write_bytes(b"spoilt")
    spoilt = await command(root, "backup", "verify")
    assert spoilt.code == 1
    assert "is damaged" in spoilt.out


async def test_a_new_machine_gets_it_back_from_a_server(tmp_path: Path, server: FakeS3) -> None:
    root = await asyncio.to_thread(checkout, tmp_path / "house")
    there = {
        "NEXUS_BACKUP__S3_URL": server.url, "NEXUS_BACKUP__S3_BUCKET": "backups", "S3_KEY_ID": KEY_ID,
        "S3_SECRET_KEY": SECRET.replace(" ", "."),
    }  # fmt: skip
    assert (await command(root, "ask", "What is 2+2?")).code == 0
    wrong = await command(root, "backup", **there)
    assert wrong.code == 1
    assert "SignatureDoesNotMatch" in wrong.err
    server.secret = there["S3_SECRET_KEY"]
    made = await command(root, "backup", "make", "--with-key", **there)
    assert made.code == 0, made
    assert not (root / "data" / "objects").exists()
    other = await asyncio.to_thread(checkout, tmp_path / "other")
    restored = await command(other, "backup", "restore", "--into", str(tmp_path / "back"), **there)
    assert restored.code == 0, restored
    audit = await command(other, "audit", "verify", NEXUS_COMPANY__DATA_DIR=str(tmp_path / "back"))
    assert audit.code == 0, audit


class Tomorrow(SystemClock):
    """The machine's clock, so many days on."""

    def __init__(self, days: int) -> None:
        self._ahead = days * 86_400_000

    def now(self) -> int:
        return super().now() + self._ahead


async def test_the_company_backs_itself_up_at_night_and_says_to_the_board_when_it_can_not(tmp_path: Path) -> None:
    """The company as it is put together: its place, its record, its Telegram, its status."""
    async with a_lab(tmp_path, NEXUS_BACKUP__NIGHTLY="03:30") as lab:
        await lab.open()
        await lab.pair()
        await lab.close()
        department = await reopened(lab, days=1)
        assert await department.if_due()
        assert not await department.if_due()
        (fact,) = await lab.company.books.read(audit.entries, fact=MADE)
        assert fact.payload["verified"] == "everything"
        await lab.company.pulse.look()
        (health,) = [one for one in lab.company.pulse.health() if one.part == "backups"]
        assert (health.condition, "read back" in health.detail) == (Condition.OK, True)
        await lab.close()

        lab.environment |= {"NEXUS_BACKUP__S3_URL": "http://127.0.0.1:1"}
        department = await reopened(lab, days=2)
        assert not await department.if_due()
        said = await lab.said("The backup of the night failed", "[backup] s3_bucket must name a bucket")
        assert not said.silent
        await lab.company.pulse.look()
        assert "s3_bucket" in (await lab.ask("/status")).text


async def reopened(lab: Lab, *, days: int) -> NightlyBackup:
    """The company so many days later, and the department that makes its backups."""
    secrets = Secrets(lab.root / "data" / "secrets", lab.secrets())
    settings = await asyncio.to_thread(load_settings, lab.root, lab.settings())
    lab.nexus = await nexus.assemble(lab.root, settings=settings, secrets=secrets, clock=Tomorrow(days))
    lab.stop, opened = asyncio.Event(), asyncio.Event()
    lab.serving = asyncio.create_task(nexus.serve(lab.nexus, lab.stop, opened=opened.set))
    await opened.wait()
    (found,) = [one for one in lab.nexus.departments if isinstance(one, NightlyBackup)]
    return found
