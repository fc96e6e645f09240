"""`nexus ask` where no company runs: it is opened for one question, and closed behind the answer."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.flows.process import DRIVER, PATIENCE_S, checkout, command, environment


async def test_the_very_first_question_is_answered_from_the_documents_and_delivered(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    (root / "documents" / "bakery.md").write_text("# Juno\n\nOn Sunday the bakery opens at half past seven.\n")
    ended = await command(root, "ask", "When", "does the bakery open on Sunday?")
    assert ended.code == 0, ended.err
    assert "half past seven" in ended.out
    assert "QA passed" in ended.err
    told = (await command(root, "audit", "--order", "1")).out
    assert "answer.delivered" in told, "the company closed before it had heard that the answer was printed"


async def test_a_question_without_words_is_no_order(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    ended = await command(root, "ask", "  ")
    assert ended.code == 2
    assert ended.err.startswith("nexus: There is no question")
    assert not (root / "data").exists()


async def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    """`nexus audit export | head -1`, with a reader that has gone before the first line."""
    root = checkout(tmp_path)
    assert (await command(root, "ask", "thanks!")).code == 0
    reading, writing = os.pipe()
    os.close(reading)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DRIVER, str(root), "audit", "export", env=environment(), cwd=root, stdout=writing,
        stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    os.close(writing)
    async with asyncio.timeout(PATIENCE_S):
        _, said = await process.communicate()
    assert (process.returncode, said) == (128 + signal.SIGPIPE, b"")
