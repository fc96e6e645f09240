"""A diff in an answer, from a message to its delivery: read, held against its spec and its tree, mended, or refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from company.records import Kind, State
from qa.specs import SPECS
from tests.fakes.models import Reply
from tests.flows.company import Lab, a_lab
from tests.unit.sandbox.conftest import sandbox

__all__ = ["sandbox"]

ASKED = "Write Python code: mend area(width, height) in shop/area.py. Give me a unified diff."
AREA = "def area(width, height):\n    return width + height\n"
HEAD = "--- a/shop/area.py\n+++ b/shop/area.py\n"
GOOD = HEAD + "@@ -1,2 +1,2 @@\n def area(width, height):\n-    return width + height\n+    return width * height\n"
INVALID = GOOD.replace("+1,2", "+1,3")
OUTSIDE = GOOD + "--- /dev/null\n+++ b/deploy/run.py\n@@ -0,0 +1 @@\n+print(1)\n"
EVIL = GOOD.replace("width * height", 'eval(f"{width} * {height}")')


def _fenced(diff: str) -> Reply:
    return Reply(f"Here is the change:\n\n```diff\n{diff}```\n")


def _prepare(root: Path, **rules: object) -> None:
    """A checkout of the person's, and the spec that names it."""
    checkout, specs = root / "checkout", root / "data" / "specs"
    (checkout / "shop").mkdir(parents=True)
    (checkout / "shop" / "area.py").write_text(AREA, encoding="utf-8")
    specs.mkdir(parents=True)
    spec = json.loads((SPECS / "code.json").read_text(encoding="utf-8"))
    spec["patch"] |= {"tree": str(checkout), "allowed": ["shop/**"], **rules}
    (specs / "code.json").write_text(json.dumps(spec), encoding="utf-8")


async def _opened(lab: Lab) -> None:
    await lab.open()
    await lab.pair()


async def test_it_is_mended_finding_by_finding_and_then_delivered(tmp_path: Path) -> None:
    _prepare(tmp_path)
    async with a_lab(tmp_path) as lab:
        await _opened(lab)
        lab.anthropic.reply_with(_fenced(INVALID), _fenced(OUTSIDE), _fenced(GOOD))
        answer = await lab.ask(ASKED)
        assert "return width * height" in answer.text
        order = await lab.until(lambda found: found.state is State.DELIVERED, 1)
        assert order.assignment is not None
        assert order.assignment.kind is Kind.CODE
        assert not order.label
        asks = [ask.text for ask in lab.anthropic.asks]
        assert len(asks) == 3
        assert "has 2 old and 2 new lines, but its header says 2 and 3. Write `@@ -1,2 +1,2 @@`" in asks[1]
        assert "deploy/run.py may not be changed; only shop/** may. Leave it out." in asks[2]
        assert (tmp_path / "checkout" / "shop" / "area.py").read_text(encoding="utf-8") == AREA


async def test_one_that_never_gets_better_ends_as_an_honest_report(tmp_path: Path) -> None:
    _prepare(tmp_path)
    async with a_lab(tmp_path) as lab:
        await _opened(lab)
        lab.anthropic.answer = lambda ask: _fenced(EVIL)
        answer = await lab.ask(ASKED)
        order = await lab.until(lambda found: found.state.ended, 1)
        assert order.state is State.FAILED
        assert "runs text as code" in answer.text
        assert "eval(f" not in answer.text, "the patch itself is not handed out"
        assert order.assignment is not None
        most = (lab.company.settings.work.retries_per_tier + 1) * len(order.assignment.ladder)
        assert len(lab.anthropic.asks) == most
        assert all("runs text as code" in ask.text for ask in lab.anthropic.asks[1:])


async def test_words_beside_a_shown_change_are_no_patch(tmp_path: Path) -> None:
    async with a_lab(tmp_path) as lab:
        await _opened(lab)
        lab.anthropic.reply_with(Reply("Only the sign changes:\n\n```diff\n-return a + b\n+return a * b\n```"))
        answer = await lab.ask("Write Python code: what has to change in my function area(a, b), which adds?")
        assert "return a * b" in answer.text
        assert len(lab.anthropic.asks) == 1


@pytest.mark.usefixtures("sandbox")
async def test_a_patch_that_breaks_the_projects_tests_is_mended_by_their_words(tmp_path: Path) -> None:
    _prepare(tmp_path, tests="python3 -m unittest -q")
    test = "import unittest\nfrom shop.area import area\n\n\nclass Areas(unittest.TestCase):\n    def test_one(self):\n        self.assertEqual(area(1, 0), 1)\n"
    (tmp_path / "checkout" / "test_area.py").write_text(test, encoding="utf-8")
    fine = GOOD.replace("width * height", "width + abs(height)")
    async with a_lab(tmp_path) as lab:
        await _opened(lab)
        lab.anthropic.reply_with(_fenced(GOOD), _fenced(fine))
        answer = await lab.ask(ASKED)
        assert "abs(height)" in answer.text
        assert "AssertionError: 0 != 1" in lab.anthropic.asks[1].text
        assert not (await lab.until(lambda found: found.state is State.DELIVERED, 1)).label
