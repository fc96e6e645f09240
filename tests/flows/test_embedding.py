"""The snippet of docs/architecture.md starts the bot, as it is printed there (D80)."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

from company import people
from company.books import SqliteBooks
from company.clock import SystemClock
from company.records import Role
from tests.fakes.telegram import FakeTelegram

ROOT = Path(__file__).parents[2]


async def test_the_snippet_starts_the_bot(tmp_path: Path):
    page = await asyncio.to_thread((ROOT / "docs" / "architecture.md").read_text)
    (snippet,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    await asyncio.to_thread(shutil.copytree, ROOT / "qa" / "specs", tmp_path / "qa" / "specs")
    async with FakeTelegram() as telegram:
        environment = {
            **os.environ, "PYTHONPATH": str(ROOT), "TELEGRAM_BOT_TOKEN": telegram.token,
            "NEXUS_TELEGRAM__BASE_URL": telegram.url, "NEXUS_WEB__ENABLED": "false", "NEXUS_OLLAMA__ENABLED": "false",
            "AUDIT_KEY": "a-key-for-this-test-alone",
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", snippet, cwd=tmp_path, env=environment, stderr=asyncio.subprocess.PIPE
        )
        try:
            await telegram.wait_for(lambda: telegram.polls.started > 0, timeout=30)
            books = SqliteBooks(tmp_path / "data" / "nexus.db", audit_key=b"a-key-for-this-test-alone")
            await books.open()
            code = await books.write(people.issue_code, SystemClock().now(), Role.BOARD, by="test")
            await books.close()
            await telegram.say(42, f"/start {code}", first_name="Ada")
            assert "Ada" in (await telegram.next_answer(42, timeout=20)).text
        finally:
            process.terminate()
            await process.communicate()
