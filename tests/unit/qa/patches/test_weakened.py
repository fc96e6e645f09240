"""Tests and checks that are taken away or turned off, and changes that only look so."""

from __future__ import annotations

import pytest

from tests.unit.qa.patches.making_patches import change, judge, loose

TESTS = """import pytest


def test_area():
    assert area(2, 3) == 6


def test_name():
    assert name() == "x"
"""
RUFF = '[tool.ruff.lint]\nselect = ["E", "F"]\nignore = [\n    "E501",\n]\n\n[tool.mypy]\nstrict = true\n'
CI = "jobs:\n  test:\n    steps:\n      - name: tests\n        run: pytest -q\n      - run: ruff check .\n"


@pytest.mark.parametrize(
    ("path", "before", "after", "code"),
    [
        ("tests/test_a.py", TESTS, None, "test-deleted"),
        ("tests/test_a.py", TESTS, TESTS.partition("\n\n\ndef test_name")[0] + "\n", "test-deleted"),
        ("tests/test_a.py", TESTS, TESTS.replace("def test_name", "@pytest.mark.skip(reason='x')\ndef test_name"), "check-weakened"),
        ("tests/test_a.py", TESTS, TESTS.replace("def test_name", "@pytest.mark.xfail\ndef test_name"), "check-weakened"),
        ("tests/test_a.py", TESTS, TESTS.replace("def test_name", "@pytest.mark.skipif(True, reason='')\ndef test_name"), "check-weakened"),
        ("tests/test_a.py", TESTS, TESTS.replace("    assert area", "    pytest.skip('later')\n    assert area"), "check-weakened"),
        ("tests/test_a.py", TESTS, TESTS.replace("assert area(2, 3) == 6", "area(2, 3)"), "test-emptied"),
        ("tests/test_a.py", TESTS, TESTS.replace("assert area(2, 3) == 6", "assert True"), "test-emptied"),
        ("web/a.test.js", "it('adds', () => {\n", "it.skip('adds', () => {\n", "check-weakened"),
        ("web/a.test.js", "it('a', f)\nit('b', g)\n", "it('a', f)\n", "test-deleted"),
        ("app.py", "x = f()\n", "x = f()  # type: ignore[arg-type]\n", "check-silenced"),
        ("app.py", "x = f()\n", "x = f()  # noqa: F821\n", "check-silenced"),
        ("app.py", "x = f()\n", "x = f()  # pragma: no cover\n", "check-silenced"),
        ("web/a.ts", "f();\n", "// @ts-ignore\nf();\n", "check-silenced"),
        ("web/a.ts", "f();\n", "/* eslint-disable */\nf();\n", "check-silenced"),
        ("pyproject.toml", RUFF, RUFF.replace('    "E501",\n', '    "E501",\n    "F401",\n'), "check-weakened"),
        ("pyproject.toml", RUFF, RUFF.replace("strict = true", "strict = false"), "check-weakened"),
        ("pyproject.toml", RUFF, RUFF + "ignore_errors = true\n", "check-weakened"),
        ("setup.cfg", "[coverage:report]\nfail_under = 90\n", "[coverage:report]\nfail_under = 60\n", "check-weakened"),
        (".flake8", "[flake8]\nmax-complexity = 10\n", "[flake8]\nmax-complexity = 40\n", "check-weakened"),
        ("tsconfig.json", '{\n  "strict": true\n}\n', '{\n  "strict": false\n}\n', "check-weakened"),
        (".github/workflows/ci.yml", CI, CI.replace("        run: pytest -q\n", ""), "check-removed"),
        (".github/workflows/ci.yml", CI, CI.replace("pytest -q", "pytest -q || true"), "check-weakened"),
        (".github/workflows/ci.yml", CI, CI + "        continue-on-error: true\n", "check-weakened"),
        ("Makefile", "check:\n\truff check .\n\tmypy\n", "check:\n\truff check .\n", "check-removed"),
    ],
)  # fmt: skip
def test_what_is_weakened_is_found(path: str, before: str, after: str | None, code: str) -> None:
    assert code in change(path, before, after)
    assert code in loose(path, before, after), "by the hunk alone"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("tests/test_a.py", TESTS, TESTS.replace("def test_name", "def test_the_name")),
        ("tests/test_a.py", TESTS, TESTS.replace("== 6", "== 6.0")),
        ("tests/test_a.py", TESTS, TESTS + "\n\ndef test_more():\n    assert more()\n"),
        ("tests/test_a.py", TESTS, TESTS.replace("def test_name", "@pytest.mark.skipif(WINDOWS, reason='posix')\ndef test_name")),
        ("app.py", "x = f()  # noqa: E501\n", "x = g()  # noqa: E501\n"),
        ("app.py", "x = 1\n", 'x = "# noqa and # type: ignore"\n'),
        ("app.py", "x = f()  # type: ignore\n", "x = f()\n"),
        ("pyproject.toml", RUFF, RUFF.replace('    "E501",\n', "")),
        ("pyproject.toml", RUFF, RUFF.replace('"E", "F"', '"E", "F", "B"')),
        ("setup.cfg", "[coverage:report]\nfail_under = 90\n", "[coverage:report]\nfail_under = 95\n"),
        (".github/workflows/ci.yml", CI, CI.replace("pytest -q", "pytest -q --cov")),
        ("config.yml", "strict: true\n", "strict: false\n"),
    ],
)  # fmt: skip
def test_what_only_looks_so_is_let_be(path: str, before: str, after: str) -> None:
    assert change(path, before, after) == []


def test_a_test_may_move() -> None:
    before = {"tests/test_a.py": TESTS}
    moved = judge(before, {"tests/test_a.py": None, "tests/test_b.py": TESTS})
    assert moved.findings == ()
