"""The documents keep their word: claims name tests that exist, links lead somewhere, commands are real."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from itertools import takewhile
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, name_of

PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "*/README.md")
    for path in ROOT.glob(pattern)
    if not name_of(path).startswith((".", "documents/", "data/"))
)
CLAIM = re.compile(r"^\| (?P<promise>[^|]+) \| `(?P<file>tests/[\w/]+\.py)::(?P<test>\w+)` \|$")


FAULT = re.compile(
    r"^\| (?P<rows>[^|]*)\| (?P<what>[^|]+) \| (?P<does>[^|]+) \| `(?P<file>tests/[\w/]+\.py)::(?P<test>\w+)` \|$"
)


def claims() -> list[re.Match[str] | None]:
    lines = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8").splitlines()
    start = lines.index("|---|---|") + 1
    return [CLAIM.match(line) for line in lines[start:] if line.startswith("|")]


def test_each_claim_names_a_test_that_exists() -> None:
    found = claims()
    assert len(found) >= 10
    for row, claim in enumerate(found, 1):
        assert claim is not None, f"row {row} of docs/claims.md is not `| promise | `tests/file.py::test` |`"
        must_be_a_test(claim["file"], claim["test"])


def must_be_a_test(file: str, test: str) -> None:
    path = ROOT / file
    assert path.is_file(), file
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tests = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert test in tests, f"{file} has no {test}"
    assert test.startswith("test_")


def test_each_fault_of_the_telegram_desk_names_a_test_that_exists() -> None:
    lines = (ROOT / "docs" / "telegram.md").read_text(encoding="utf-8").splitlines()
    start = lines.index("|---|---|---|---|") + 1
    rows = list(takewhile(lambda line: line.startswith("|"), lines[start:]))
    assert len(rows) >= 20
    for row in rows:
        fault = FAULT.match(row)
        assert fault is not None, f"not `| rows | what happens | what NEXUS does | `tests/file.py::test` |`: {row}"
        must_be_a_test(fault["file"], fault["test"])
    told = {int(number) for row in rows for number in re.findall(r"\bF(\d+)", row.split("|")[1])}
    assert set(range(1, 28)) <= told, "a fault of the table is not told of"


def test_no_promise_is_made_twice() -> None:
    promises = [claim["promise"] for claim in claims() if claim]
    assert len(promises) == len(set(promises))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            continue
        if not (page.parent / target.partition("#")[0]).exists():
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_targets_that_a_page_names_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^ {4}|^\$ )make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_that_a_page_names_exist(page: Path) -> None:
    folders = (
        "company|bot|web|console|employees|knowledge|qa|sandbox|voice|heartbeat|tests|docs|systemd|scripts|migrations"
    )
    named = set(
        re.findall(rf"`((?:{folders})/[\w./-]+\.(?:py|md|json|service|txt|toml))`", page.read_text(encoding="utf-8"))
    )
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_every_make_target_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony is not None
    for target in phony[1].split():
        assert re.search(rf"^{target}:[^\n]*## \S", makefile, re.MULTILINE), target


def test_the_changelog_keeps_its_form() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# Changelog"
    versions = [line for line in lines if line.startswith("## ")]
    assert versions[0] == "## [Unreleased]"
    for line in versions[1:]:
        assert re.fullmatch(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", line), line
    kinds = {line for line in lines if line.startswith("### ")}
    assert kinds <= {f"### {kind}" for kind in ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")}
    body = lines[lines.index(versions[0]) :]
    assert all(re.match(r"(## |### |- |  \S|\[)", line) or not line for line in body)


def test_the_service_is_shut_in() -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed here")
    ran = subprocess.run(
        [analyze, "security", "--offline=true", str(ROOT / "systemd" / "nexus.service")],
        capture_output=True, text=True, timeout=60, check=False, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    score = re.search(r"exposure level for nexus\.service: (\d+\.\d+)", ran.stdout)
    assert score is not None, ran.stdout + ran.stderr
    assert float(score[1]) <= 1.2
