"""Code in an answer, from a message to its delivery: run in the sandbox with the order's own test, mended, delivered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from company.records import Kind, State
from qa.specs import SPECS
from tests.fakes.models import Reply
from tests.flows.company import a_lab
from tests.unit.sandbox.conftest import sandbox

__all__ = ["sandbox"]

ASKED = "Write a Python function area(width, height). It must hold:\nassert area(2, 3) == 6"
CODE = "```python\ndef area(width, height):\n    return width {} height\n```"


@pytest.mark.usefixtures("sandbox")
async def test_code_that_fails_the_orders_test_is_mended_before_it_is_delivered(tmp_path: Path) -> None:
    specs = tmp_path / "data" / "specs"
    specs.mkdir(parents=True)
    spec = json.loads((SPECS / "code.json").read_text(encoding="utf-8"))
    spec["code_execution"]["execute_in_sandbox"] = True
    (specs / "code.json").write_text(json.dumps(spec), encoding="utf-8")
    async with a_lab(tmp_path) as lab:
        await lab.open()
        await lab.pair()
        lab.anthropic.reply_with(Reply(CODE.format("+")), Reply(CODE.format("*")))
        answer = await lab.ask(ASKED)
        assert "return width * height" in answer.text
        assert "area(2, 3) == 6: the left side is 5" in lab.anthropic.asks[1].text
        order = await lab.until(lambda found: found.state is State.DELIVERED, 1)
        assert order.assignment is not None
        assert order.assignment.kind is Kind.CODE
        assert not order.label
        (walls,) = (part for part in lab.company.departments if part.name == "sandbox")
        assert (await walls.check()).facts["exited"] == 2
