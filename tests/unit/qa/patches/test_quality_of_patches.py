"""The project's own checks, in the sandbox, before and after: what fails only afterwards blocks, in the tool's words."""

from __future__ import annotations

import pytest

from company.errors import NotReady
from company.records import Finding
from company.sandbox_records import SandboxEnd, SandboxResult, SandboxTask
from qa.patches.quality import run_checks, told
from qa.patches.rules import PatchRules
from qa.patches.trees import Tree
from sandbox.bubblewrap import Bubblewrap
from tests.unit.qa.patches.making_patches import tree
from tests.unit.sandbox.conftest import sandbox

__all__ = ["sandbox"]

TEST = "import unittest\nfrom area import area\n\n\nclass Areas(unittest.TestCase):\n    def test_area(self):\n        self.assertEqual(area(2, 3), 6)\n"
GOOD = "def area(a, b):\n    return a * b\n"
BAD = GOOD.replace("*", "+")
COVERAGE = 'import pathlib\nprint("TOTAL 12 %s%%" % pathlib.Path("covered").read_text().strip())\n'
TESTS = "python3 -m unittest -q"
LINT = "python3 -m py_compile area.py extra.py"


def files(area: str, **more: str) -> Tree:
    return tree(
        {"area.py": area, "extra.py": "x = 1\n", "test_area.py": TEST, "count.py": COVERAGE, "covered": "90", **more}
    )


def rules(**commands: object) -> PatchRules:
    return PatchRules.model_validate({"enabled": True, **commands})


async def found(sandbox: Bubblewrap, before: Tree, after: Tree, **commands: object) -> tuple[Finding, ...]:
    return await run_checks(before, after, rules(**commands), sandbox)


async def test_a_test_that_failed_only_after_the_patch_blocks_with_its_message(sandbox: Bubblewrap) -> None:
    (one,) = await found(sandbox, files(GOOD), files(BAD), tests=TESTS)
    assert one.code == "tests-failed"
    assert "AssertionError: 5 != 6" in one.message
    assert "/tmp/work" not in one.message
    assert await found(sandbox, files(BAD), files(GOOD), tests=TESTS, lint=LINT) == ()


async def test_what_failed_before_is_not_the_patchs_but_what_comes_on_top_is(sandbox: Bubblewrap) -> None:
    assert await found(sandbox, files(BAD), files(BAD, **{"extra.py": "x = 2\n"}), tests=TESTS) == ()
    worse = files(BAD, **{"test_more.py": TEST.replace("Areas", "More").replace("6)", "7)")})
    (one,) = await found(sandbox, files(BAD), worse, tests=TESTS)
    assert "failed before too, but not with this" in one.message
    assert "7" in one.message


async def test_lint_and_types_block_each_with_the_tools_words(sandbox: Bubblewrap) -> None:
    (one,) = await found(sandbox, files(GOOD), files(GOOD, **{"extra.py": "x = (\n"}), lint=LINT)
    assert one.code == "lint-failed"
    assert "SyntaxError" in one.message
    types = "grep -q -- '-> int' area.py"
    typed = GOOD.replace(":", " -> int:", 1)
    (one,) = await found(sandbox, files(typed), files(GOOD), types=types)
    assert one.code == "types-failed"


async def test_a_drop_of_coverage_blocks_with_both_numbers(sandbox: Bubblewrap) -> None:
    less = files(GOOD, covered="84.5")
    (one,) = await found(sandbox, files(GOOD), less, coverage="python3 count.py")
    assert one.code == "coverage-dropped"
    assert "from 90 % to 84.5 %; 0 points are allowed" in one.message
    assert await found(sandbox, files(GOOD), less, coverage="python3 count.py", max_coverage_drop=6.0) == ()
    assert await found(sandbox, files(GOOD), files(GOOD), coverage="python3 count.py") == ()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("no-such-linter .", "sees no no-such-linter"),
        ("python3 -m no_such_tool", "sees no no_such_tool"),
        ("python3 -c 'while True: print(\"x\" * 9999)'", "it printed too much"),
    ],
)
async def test_what_could_not_be_run_is_not_verified(sandbox: Bubblewrap, command: str, said: str) -> None:
    (one,) = await found(sandbox, files(GOOD), files(GOOD), lint=command)
    assert one.code == "patch-unverified"
    assert said in one.message


async def test_a_coverage_without_a_number_is_not_verified(sandbox: Bubblewrap) -> None:
    (one,) = await found(sandbox, files(GOOD), files(GOOD), coverage="true")
    assert "it printed no percentage" in one.message


async def test_a_test_that_claims_to_have_passed_deceives_nobody(sandbox: Bubblewrap) -> None:
    """The exit code is the command's own; there is no report to forge."""
    forged = files(BAD, **{"sitecustomize.py": "print('OK')\n", "test_z.py": "print('Ran 9 tests OK')\n"})
    (one,) = await found(sandbox, files(GOOD), forged, tests=TESTS)
    assert one.code == "tests-failed"


class Refusing:
    """A machine without a sandbox."""

    async def execute(self, task: SandboxTask) -> SandboxResult:
        raise NotReady("There is no sandbox: bubblewrap is not installed.")


class Slow:
    """Every command is stopped at the limit."""

    async def execute(self, task: SandboxTask) -> SandboxResult:
        return SandboxResult(end=SandboxEnd.TIME, exit_code=None, stdout="", stderr="", elapsed_ms=1)


async def test_without_a_sandbox_nothing_is_passed() -> None:
    for none, said in (
        (None, "no sandbox is installed"),
        (Refusing(), "bubblewrap is not installed"),
        (Slow(), "in time"),
    ):
        (one,) = await run_checks(files(GOOD), files(BAD), rules(tests=TESTS), none)
        assert one.code == "patch-unverified"
        assert said in one.message


def test_a_tools_words_are_bounded() -> None:
    assert len(told("error: x\n" * 500 + "y" * 5000)) <= 600
    assert told("") == "it said nothing"
    assert told("fine\nE   assert 1 == 2\nmore") == "E   assert 1 == 2"
