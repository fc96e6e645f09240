"""The code of an answer, run with the order's own tests: what is found, what stays open, what is stopped."""

from __future__ import annotations

import asyncio
import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from company.clock import SystemClock
from company.errors import NotReady
from company.records import DataBlock, Kind, Origin, Outcome, Verdict
from company.sandbox_records import SandboxResult, SandboxTask
from qa import execution, prose
from qa.execution import Program, program_of
from qa.inspector import SpecInspector
from qa.specs import SPECS, CodeRules, Spec, read_spec
from qa.trial import run_spec
from sandbox.bubblewrap import Bubblewrap
from tests.unit.qa import making

CODE = read_spec(SPECS / "code.json")
RUN_IT = CODE.model_copy(update={"code_execution": CodeRules(enabled=True, execute_in_sandbox=True)})
AREA = "```python\ndef area(width, height):\n    return width * height\n```"
WRONG = AREA.replace("*", "+")
ASKED = "Write area(width, height). It must hold:\n```python\nassert area(2, 3) == 6\n```"


@pytest.fixture(autouse=True)
def time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine that tests may be busy."""
    monkeypatch.setattr(execution, "LIMITS", replace(execution.LIMITS, wall_s=50.0, cpu_s=30))


async def inspected(
    text: str, asked: str, sandbox: Bubblewrap | None, *, blocks: tuple[DataBlock, ...] = (), spec: Spec = RUN_IT
) -> Verdict:
    """The verdict of an inspector whose code spec is `spec`."""
    inspector = SpecInspector(clock=SystemClock(), sandbox=sandbox)
    # its `open` would read them all, and try their patterns, for each test
    inspector.rulebook._force = {Kind.CODE: spec}
    return await inspector.inspect(making.order(asked, kind=Kind.CODE, blocks=blocks), making.answer(text))


def codes(verdict: Verdict) -> list[str]:
    return [finding.code for finding in verdict.findings if finding.layer == "code_execution"]


def python(source: str) -> str:
    return f"Here it is:\n\n```python\n{source}\n```\n"


@pytest.mark.parametrize(
    "asked",
    [
        ASKED,
        "Write area(width, height), so that `assert area(2, 3) == 6`.",
        "Write area.\n\nassert area(2, 3) == 6\nassert area(1, 1) == 1",
        "Make these pass:\n```python\nfrom shapes import area\n\ndef test_area():\n    assert area(2, 3) == 6\n```",
        "Make these pass:\n```python\nimport shapes\n\ndef test_area():\n    assert shapes.area(2, 3) == 6\n```",
        "Make this pass:\n```python\nimport unittest\n\nclass Area(unittest.TestCase):\n"
        "    def test_it(self):\n        self.assertEqual(area(2, 3), 6)\n```",
        "Write this:\n```\n>>> area(2, 3)\n6\n```",
        'Finish this:\n```python\ndef area(width, height):\n    """The area.\n\n    >>> area(2, 3)\n    6\n    """\n```',
        "Mend this:\n```python\ndef area(width, height):\n    return width - height\n\nassert area(2, 3) == 6\n```",
        "Write area.\n```python\nasync def test_area():\n    assert area(2, 3) == 6\n```",
    ],
)
async def test_the_orders_own_tests_decide(asked: str, sandbox: Bubblewrap) -> None:
    assert codes(await inspected(AREA, asked, sandbox)) == []
    failed = await inspected(WRONG, asked, sandbox)
    assert failed.outcome is Outcome.FAIL
    assert set(codes(failed)) == {"test-failed"}


async def test_the_finding_says_what_was_asked_and_what_came(sandbox: Bubblewrap) -> None:
    (finding,) = (await inspected(WRONG, ASKED, sandbox)).findings
    assert finding.message == ("The order's own test fails: area(2, 3) == 6: the left side is 5. Correct the code.")


async def test_tests_that_came_along_with_the_order_count(sandbox: Bubblewrap) -> None:
    block = DataBlock(origin=Origin.FORWARDED, text="```python\nassert area(2, 3) == 6\n```")
    assert codes(await inspected(WRONG, "Make these pass.", sandbox, blocks=(block,))) == ["test-failed"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (AREA, []),
        (python("total = 1\nprint(totl)"), ["run-failed"]),
        (python("print(math.pi)"), ["run-failed"]),
        (python("def f():\n    return frobnicate(1)\n\nf()"), ["run-failed"]),
        (python("print(your_frame.head())"), ["needs-more"]),
        (python("from math import square"), ["run-failed"]),
        (python("import os\nprint(os.environ['API_KEY'])"), ["needs-more"]),
        (python("import sys\nprint(sys.argv[1])"), ["needs-more"]),
        (python("import subprocess\nsubprocess.run(['false'], check=True)"), ["needs-more"]),
        (python("def f():\n    return 1 / 0\n\nif __name__ == '__main__':\n    f()"), ["run-failed"]),
        (python("values = [1, 2]\nprint(values[5])") + "\nThis raises an IndexError, as you see.", []),
        (python("import numpy_of_another_world\n"), ["needs-more"]),
        (python("name = input('Your name? ')\nprint(name)"), ["needs-more"]),
        (python("print(open('sales.csv').read())"), ["needs-more"]),
        (python("import sys\nsys.exit('usage: x FILE')"), ["needs-more"]),
        (python("import sys\nsys.exit(0)"), []),
        (python("import os\nos._exit(0)"), ["run-failed"]),
        (python("import os\nos.abort()"), ["run-failed"]),
        (python("x = [0]\nwhile True:\n    x = x * 2"), ["run-failed"]),
        (
            python("def twice(x):\n    '''Twice.\n\n    >>> twice(2)\n    5\n    '''\n    return 2 * x"),
            ["example-wrong"],
        ),
        (AREA + "\n\n```pycon\n>>> area(2, 3)\n7\n```", ["example-wrong"]),
        (AREA + "\n\n```pycon\n>>> area(2, 3)\n6\n```", []),
        (AREA + "\n\nUse it so:\n\n```python\nprint(area(2, 3))\n```", []),
        ("```go\nfunc main() {}\n```", ["not-run"]),
        ("No code is needed for that.", []),
    ],
)
async def test_without_tests_the_code_is_run_as_a_program(text: str, wanted: list[str], sandbox: Bubblewrap) -> None:
    verdict = await inspected(text, "Write it.", sandbox)
    assert codes(verdict) == wanted


@pytest.mark.parametrize(
    ("source", "code", "wall_s"),
    [("while True:\n    pass", "no-end", 50.0), ("import time\ntime.sleep(60)", "still-running", 1.0)],
)
async def test_what_has_no_end_is_stopped(
    source: str, code: str, wall_s: float, sandbox: Bubblewrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "LIMITS", replace(execution.LIMITS, wall_s=wall_s, cpu_s=1))
    assert codes(await inspected(python(source), "Write it.", sandbox)) == [code]


async def test_a_call_to_the_network_is_stopped(sandbox: Bubblewrap) -> None:
    source = "import urllib.request\nprint(urllib.request.urlopen('http://192.0.2.1/').read())"
    verdict = await inspected(python(source), "Write it.", sandbox)
    assert codes(verdict) == ["needs-more"]
    assert "unreachable" in verdict.findings[0].message.lower()
    assert verdict.outcome is Outcome.UNVERIFIED


async def test_code_can_not_write_its_own_report(sandbox: Bubblewrap) -> None:
    """Whatever it prints goes nowhere, and ending the process before the tests is found out."""
    source = """
import json, os
report = json.dumps({"ran": 1, "faults": []})
for descriptor in range(1, 20):
    try:
        os.write(descriptor, ("0" * 32 + report + "\\n").encode())
    except OSError:
        pass
os._exit(0)
"""
    verdict = await inspected(python(source + "\ndef area(width, height): ..."), ASKED, sandbox)
    assert codes(verdict) == ["run-failed"]


async def test_a_usage_example_that_wants_more_does_not_hide_passed_tests(sandbox: Bubblewrap) -> None:
    text = AREA + "\n\n```python\nprint(area(int(input()), 2))\n```"
    assert codes(await inspected(text, ASKED, sandbox)) == []


async def test_without_a_sandbox_it_is_said_and_nothing_is_run() -> None:
    verdict = await inspected(AREA, ASKED, None)
    assert (verdict.outcome, codes(verdict)) == (Outcome.UNVERIFIED, ["sandbox-missing"])

    class Refuses:
        async def execute(self, task: SandboxTask) -> SandboxResult:
            raise NotReady("There is no sandbox: bubblewrap is not installed; install it.")

    verdict = await inspected(AREA, ASKED, Refuses())
    assert (verdict.outcome, codes(verdict)) == (Outcome.UNVERIFIED, ["sandbox-missing"])
    assert "bubblewrap is not installed" in verdict.findings[0].message


async def test_a_spec_that_does_not_ask_runs_nothing() -> None:
    class MustNotBeAsked:
        async def execute(self, task: SandboxTask) -> SandboxResult:
            raise AssertionError("the spec did not ask for it")

    assert codes(await inspected(WRONG, ASKED, MustNotBeAsked(), spec=CODE)) == []


@pytest.mark.parametrize(
    "asked",
    [
        "Assert that area works. Why does `assert x > 0` fail?",
        "Explain:\n```python\ndef other(x):\n    assert x > 0\n    return x\n```",
        "Explain:\n```python\nassert other(2) == 3\n```",
        "I assert area is fine.",
    ],
)
def test_not_every_assert_is_a_test_of_the_answer(asked: str) -> None:
    program = program_of(prose.read(AREA), RUN_IT, (asked,))
    assert program is not None
    assert not program.is_tested


def test_what_is_no_whole_python_is_not_run() -> None:
    cut = "```python\ndef area(width, height):\n```"
    assert program_of(prose.read(cut), RUN_IT) is None
    assert program_of(prose.read("```python\n>>> 1 + 1\n2\n```"), RUN_IT) is None
    whole = program_of(prose.read("    " + AREA.replace("\n", "\n    ")), RUN_IT)
    assert whole == Program(
        blocks=("def area(width, height):\n    return width * height",), known=frozenset({"area", "width", "height"})
    )


@pytest.mark.parametrize(
    ("source", "outcome", "code"),
    [
        ("print(1 + 1)", Outcome.PASS, None),
        ("print(math.pi)", Outcome.FAIL, "run-failed"),
        ("import socket; socket.create_connection((chr(49) + '92.0.2.1', 80))", Outcome.UNVERIFIED, "needs-more"),
    ],
)
async def test_the_runner_of_specs_runs_what_a_command_prints(
    source: str, outcome: Outcome, code: str | None, sandbox: Bubblewrap, tmp_path: Path
) -> None:
    spec = {
        "name": "printed code",
        "command": shlex.join(["echo", source]),
        "code_execution": {"enabled": True, "language": "python", "execute_in_sandbox": True},
    }
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(spec))
    report = await asyncio.to_thread(run_spec, path, sandbox=sandbox)
    assert report.outcome is outcome
    assert [finding.code for finding in report.findings] == ([code] if code else [])
