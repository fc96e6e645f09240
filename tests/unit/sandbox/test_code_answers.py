"""Every right answer of `code_answers.md` is let through, every wrong one is refused by its order's own tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from company.records import Outcome
from sandbox.bubblewrap import Bubblewrap
from tests.unit.sandbox.test_execution import codes, inspected, python, time_enough

__all__ = ["time_enough"]  # the fixture


def orders() -> list[tuple[str, str, str]]:
    """(what is asked, the right code, the wrong code)."""
    found = []
    for part in (Path(__file__).parent / "code_answers.md").read_text(encoding="utf-8").split("\n@@\n")[1:]:
        asked, _, answers = part.partition("\n=== right\n")
        right, _, wrong = answers.partition("\n=== wrong\n")
        found.append((asked, right, wrong.rstrip("\n")))
    return found


def test_the_file_is_read() -> None:
    assert len(orders()) >= 20
    assert all(all(parts) for parts in orders())


@pytest.mark.parametrize(("asked", "right", "wrong"), orders(), ids=lambda text: text.strip().split("\n")[0][:40])
async def test_the_right_code_passes_and_the_wrong_does_not(
    asked: str, right: str, wrong: str, sandbox: Bubblewrap
) -> None:
    passed = await inspected(python(right), asked, sandbox)
    assert codes(passed) == [], passed.findings
    refused = await inspected(python(wrong), asked, sandbox)
    assert refused.outcome is Outcome.FAIL
    assert set(codes(refused)) == {"test-failed"}, refused.findings
