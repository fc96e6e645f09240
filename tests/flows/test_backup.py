"""`nexus backup`: made while the company runs, checked, restored, and opened by NEXUS again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.s3 import KEY_ID, SECRET, FakeS3
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
