"""`nexus ask` where no company runs: it is opened for one question, and closed behind the answer."""

from __future__ import annotations

from pathlib import Path

from tests.flows.process import checkout, command


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
