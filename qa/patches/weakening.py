"""Tests and checks that a patch takes away or turns off instead of meeting them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from company.records import Finding
from qa.patches.diff import Change, FileChange, Patch
from qa.patches.python_dangers import is_test
from qa.patches.python_source import Names, Piece, comments, is_python
from qa.patches.telling import finding, quoted

_LONGEST = 500  # characters of a line
_MARKERS = (
    ("# noqa", re.compile(r"#\s*(?:ruff:\s*|flake8:\s*)?noqa\b", re.I)),
    ("# type: ignore", re.compile(r"#\s*type:\s*ignore\b")),
    ("# pyright: ignore", re.compile(r"#\s*pyright:\s*(?:ignore|basic|off)\b")),
    ("# mypy: ignore-errors", re.compile(r"#\s*mypy:\s*(?:ignore-errors|disable-error-code|allow-)")),
    ("# pragma: no cover", re.compile(r"#\s*pragma:\s*no\s?cover\b")),
    ("# nosec", re.compile(r"#\s*nosec\b")),
    ("# pylint: disable", re.compile(r"#\s*pylint:\s*(?:disable|skip-file)\b")),
)
_JS_MARKERS = (
    ("eslint-disable", re.compile(r"(?://|/\*)\s*eslint-disable\b")),
    ("@ts-ignore", re.compile(r"(?://|/\*)\s*@ts-(?:ignore|nocheck|expect-error)\b")),
    ("istanbul ignore", re.compile(r"/\*\s*(?:istanbul|c8|v8) ignore\b")),
    ("biome-ignore", re.compile(r"(?://|/\*)\s*biome-ignore\b")),
)
_SKIPS = frozenset(
    {
        "pytest.mark.skip", "pytest.mark.xfail", "pytest.skip", "pytest.xfail", "unittest.skip",
        "unittest.expectedFailure", "unittest.SkipTest",
    }
)  # fmt: skip
_AT_RUN = frozenset({"pytest.skip", "pytest.xfail"})
_CONDITIONAL = frozenset({"pytest.mark.skipif", "unittest.skipIf"})
_JS_SKIP = re.compile(
    r"(?<![\w.])(?:(?:it|test|describe|suite)\.(?:skip|only|todo)|xit|xdescribe|xtest|fit|fdescribe)\s?\("
)
_TEST_DEF = re.compile(r"^\s*(?:async\s+)?def\s+(test\w*)\s*\(|^\s*(?:it|test)\s?\(\s?[\"'`]([^\"'`]+)")
_ASSERT = re.compile(r"^\s*(?:assert\b|self\.assert\w+\(|expect\()")
_CONFIG = re.compile(
    r"(?:^|/)(?:pyproject\.toml|setup\.cfg|tox\.ini|pytest\.ini|\.?ruff\.toml|\.?mypy\.ini|\.flake8|\.pylintrc|\.coveragerc|"
    r"pyrightconfig\.json|tsconfig[\w.]*\.json|\.eslintrc[\w.]*|eslint\.config\.\w+|biome\.json|\.pre-commit-config\.yaml)$"
)
_CI = re.compile(
    r"^\.github/workflows/|(?:^|/)(?:\.gitlab-ci\.yml|Jenkinsfile|azure-pipelines\.yml|Makefile|noxfile\.py|tox\.ini|"
    r"\.pre-commit-config\.yaml|\.circleci/config\.yml)$"
)
_OFF = re.compile(
    r"^\s*\"?(strict|strict_optional|strict_equality|disallow_\w+|warn_\w+|check_untyped_defs|no_implicit_\w+|xfail_strict|"
    r"noImplicit\w+|strict[A-Z]\w*|noUnused\w+|noFallthrough\w+|enabled?|branch|show_error_codes)\"?\s*[=:]\s*"
    r"(?:false|False|0|no|\"?off\"?)\s*,?\s*$"
)
_ON = re.compile(
    r"^\s*\"?(ignore_errors|ignore_missing_imports|allow_\w+|skipLibCheck|implicit_reexport|follow_imports|"
    r"continue-on-error|allow_failure|exit-zero)\"?\s*[=:]\s*\"?(?:true|True|1|yes|skip|silent)\"?\s*,?\s*$"
)
_LEAST = re.compile(
    r"(?:fail[_-]under|--cov-fail-under|min[_-]coverage|branches|functions|lines|statements)"
    r"\"?\s*[=: ]\s*(\d+(?:\.\d+)?)"
)
_MOST = re.compile(
    r"(?:max-complexity|max-line-length|line-length|max-statements|max-args|max-warnings)\"?\s*[=: ]\s*(\d+)"
)
_IGNORES = re.compile(
    r"^\s*\"?(?:extend-ignore|ignore|disable|extend-per-file-ignores|per-file-ignores|disable_error_code|omit|"
    r"exclude_lines|extend-exclude)\"?\s*[=:]"
)
_RULE = re.compile(r"[\"']([A-Z]{1,4}\d{0,4}|[a-z]+(?:-[a-z]+)+)[\"']|[=,\s]([A-Z]{1,3}\d{2,4})\b")
_RULE_OFF = re.compile(r"^\s*[\"']?[@\w/-]+[\"']?\s*:\s*\[?\s*(?:[\"'](?:off)[\"']|0)\s*[\],]")
_RUNS = re.compile(
    r"\b(pytest|unittest|tox|nox|ruff|mypy|pyright|flake8|pylint|eslint|tsc|jest|vitest|coverage|bandit|"
    r"(?:npm|yarn|pnpm)\s+(?:run\s+)?(?:test|lint)|make\s+(?:test|lint|check)|cargo\s+(?:test|clippy)|"
    r"go\s+(?:test|vet))\b"
)
_ANYHOW = re.compile(r"\s*(?:-\s+)?(?:continue-on-error|allow_failure)\s*:\s*true")
_FORGIVEN = re.compile(r"\|\|\s*(?:true|:|exit 0)\b|--exit-zero\b|--no-verify\b|set \+e\b")


def check(patch: Patch, pieces: dict[str, tuple[Piece, ...]], after: dict[str, str]) -> Iterator[Finding]:
    """What a patch takes away.

    Args:
        patch: the whole of it, since a test may have moved to another file.
        pieces: the Python of each changed file.
        after: the text of each changed file where it is known.
    """
    patch = Patch(tuple(_short(file) for file in patch.files))
    yield from _lost_tests(patch)
    for file in patch.files:
        if file.change is Change.DELETED:
            continue
        for piece in pieces.get(file.path, ()):
            yield from _skips(file.path, piece)
        yield from _markers(file, after.get(file.path))
        yield from _emptied(file)
        if not is_python(file.path) and is_test(file.path):
            for number, text in file.added().items():
                if _JS_SKIP.search(text):
                    yield _off(file.path, number, text, "leaves tests out")
        if _CONFIG.search(file.path):
            yield from _loosened(file)
        if _CI.search(file.path):
            yield from _fewer_checks(file)


def _short(file: FileChange) -> FileChange:
    """A change whose lines are cut where no such line is as long: no search in one of them is slow."""
    hunks = tuple(
        replace(hunk, lines=tuple(replace(line, text=line.text[:_LONGEST].rstrip()) for line in hunk.lines))
        for hunk in file.hunks
    )
    return replace(file, hunks=hunks)


def _off(path: str, number: int, text: str, what: str) -> Finding:
    return finding(
        "check-weakened", f"{path}, line {number}: {quoted(text)} {what}. Mend what the check finds instead."
    )


def _lost_tests(patch: Patch) -> Iterator[Finding]:
    names = Counter(name for file in patch.files for line in file.removed() for name in _tests(line))
    made = Counter(name for file in patch.files for line in file.added().values() for name in _tests(line))
    lost = list((names - made).elements())
    for file in patch.files:
        if file.change is Change.DELETED and is_test(file.path):
            own = [name for line in file.removed() for name in _tests(line)]
            if not own or any(name in lost for name in own):
                yield finding("test-deleted", f"{file.path} is a file of tests and is deleted. Keep it.")
                lost = [name for name in lost if name not in own]
    if names.total() > made.total() and lost:
        shown = ", ".join(lost[:4])
        yield finding("test-deleted", f"These tests are taken out: {shown}. Keep them, and mend what they test.")


def _tests(line: str) -> Iterator[str]:
    match = _TEST_DEF.match(line)
    if match is not None:
        yield match[1] or match[2]


def _skips(path: str, piece: Piece) -> Iterator[Finding]:
    names = Names(piece.tree)
    bodies = (node.body for node in ast.walk(piece.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    statements = [one for body in (*bodies, piece.tree.body) for one in body]
    unconditional = {id(one.value) for one in statements if isinstance(one, ast.Expr)}
    for node in ast.walk(piece.tree):
        if not isinstance(node, ast.Call | ast.Attribute) or getattr(node, "lineno", 0) not in piece.added:
            continue
        called = node.func if isinstance(node, ast.Call) else node
        name = names.of(called)
        always = (
            isinstance(node, ast.Call)
            and name in _CONDITIONAL
            and bool(node.args)
            and isinstance(node.args[0], ast.Constant)
            and bool(node.args[0].value)
        )
        own = isinstance(node, ast.Call) and isinstance(called, ast.Attribute) and called.attr == "skipTest"
        if (own or name in _AT_RUN) and id(node) not in unconditional:
            continue  # where something is missing on this machine
        if name in _SKIPS or always or own:
            yield _off(path, node.lineno, ast.unparse(called), "leaves a test out")
            return


def _markers(file: FileChange, after: str | None) -> Iterator[Finding]:
    """Marks that silence a check; one that stood there before is not new."""
    added = file.added()
    if is_python(file.path):
        markers: tuple[tuple[str, re.Pattern[str]], ...] = _MARKERS
        source = after if after is not None else "\n".join(added.values())
        numbers = set(added) if after is not None else set(range(1, len(added) + 1))
        said = [(number, text) for number, text in comments(source) if number in numbers]
        before = [text for line in file.removed() for _, text in comments(line.strip())]
    else:
        markers, said, before = _JS_MARKERS, list(added.items()), list(file.removed())
    for name, shape in markers:
        new = [number for number, text in said if shape.search(text)]
        if len(new) > sum(1 for text in before if shape.search(text)):
            where = f", line {new[-1]}" if after is not None or not is_python(file.path) else ""
            yield finding(
                "check-silenced", f"{file.path}{where}: `{name}` silences a check. Mend what the check finds instead."
            )


def _emptied(file: FileChange) -> Iterator[Finding]:
    """A test that asserts nothing any more."""
    if not is_test(file.path):
        return
    added, removed = list(file.added().values()), file.removed()
    hollow = [
        text
        for text in added
        if re.fullmatch(r"\s*(?:assert True|self\.assertTrue\(True\)|expect\(true\)\.toBe\(true\);?)\s*", text)
    ]
    gone = sum(1 for text in removed if _ASSERT.match(text))
    tests_stay = not any(name for text in removed for name in _tests(text))
    if hollow or (gone and tests_stay and not any(_ASSERT.match(text) for text in added)):
        yield finding("test-emptied", f"{file.path}: a test asserts less than before. Keep its assertions.")


def _loosened(file: FileChange) -> Iterator[Finding]:
    removed = file.removed()
    for number, text in file.added().items():
        if (_OFF.match(text) or _ON.match(text) or _RULE_OFF.match(text)) and text not in removed:
            yield _off(file.path, number, text, "loosens a check")
    yield from _numbers(file, _LEAST, lower=True)
    yield from _numbers(file, _MOST, lower=False)
    yield from _ignored(file)


def _numbers(file: FileChange, shape: re.Pattern[str], *, lower: bool) -> Iterator[Finding]:
    before = [float(match[1]) for text in file.removed() if (match := shape.search(text))]
    for number, text in file.added().items():
        match = shape.search(text)
        if match is None or not before:
            continue
        now = float(match[1])
        if (now < min(before)) if lower else (now > max(before)):
            yield _off(file.path, number, text, "loosens a limit")


def _ignored(file: FileChange) -> Iterator[Finding]:
    """Rules that are ignored now and were not: on a line `ignore = [...]`, or inside such a list."""
    for hunk in file.hunks:
        inside = False
        number = hunk.new_start - 1
        before = {rule for text in hunk.removed() for rule in _rules(text)}
        for line in hunk.new:
            number += 1
            begins = bool(_IGNORES.match(line.text))
            inside = (inside or begins) and not (line.text.strip() in ("]", "}") and not begins)
            new = [rule for rule in _rules(line.text) if rule not in before]
            if line.sign == "+" and inside and new:
                yield _off(file.path, number, line.text, "lets a check leave something out")
            if begins and "]" in line.text:
                inside = False


def _rules(text: str) -> Iterable[str]:
    return [first or second for first, second in _RULE.findall(text)]


def _fewer_checks(file: FileChange) -> Iterator[Finding]:
    added = "\n".join(file.added().values())
    stays = set(_RUNS.findall(added))
    for text in file.removed():
        bare = text.strip()
        if bare.startswith("#") or re.match(r"-?\s*(?:name|uses|pip)\b", bare) or "install" in bare:
            continue
        if lost := [name for name in _RUNS.findall(bare) if name not in stays]:
            yield finding(
                "check-removed", f"{file.path}: {quoted(bare)} is taken out, so {lost[0]} is not run. Keep it."
            )
            return
    for number, text in file.added().items():
        forgiven = _RUNS.search(text) and _FORGIVEN.search(text) and not text.strip().startswith("#")
        if forgiven or _ANYHOW.match(text):
            yield _off(file.path, number, text, "lets a failed check pass")
