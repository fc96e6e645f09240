"""The project's own checks, run in the sandbox on the tree before and after a patch: what fails only after it blocks.

Without a safe sandbox nothing is run, and the patch is not verified. A command that can't be run there (it is not
installed where the sandbox can see it, it takes too long) has verified nothing either.
"""

from __future__ import annotations

import asyncio
import io
import re
import shlex
import tarfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from company.errors import NotReady, ToolError
from company.ports import Sandbox
from company.records import Finding
from company.sandbox_records import MB, SandboxEnd, SandboxLimits, SandboxTask
from qa.patches.diff import SYMLINK
from qa.patches.rules import PatchRules
from qa.patches.telling import finding
from qa.patches.trees import Tree

_WORKER = Path(__file__).with_name("quality_worker.py")
_LIMITS = SandboxLimits(wall_s=300.0, cpu_s=300, memory=1024 * MB, disk=256 * MB, processes=128, open_files=256)
_CANT_RUN = frozenset({126, 127})
_MISSING = re.compile(r"No module named '?([\w.]+)")
_TELLS = re.compile(r"^(?:FAIL|FAILED|ERROR|E)\b|\berror\b|Error\b|:\d+:(?:\d+:)? |\bassert", re.IGNORECASE)
_PERCENT = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d+)?)\s?%")
_DIGITS = re.compile(r"\d+")
_INSIDE = re.compile(r"/tmp/work/tree/?")  # noqa: S108 - where it lies in the sandbox
_MOST_LINES = 6
_LONGEST = 600  # characters of a tool's words in a finding
_WHAT = {"lint": "The linter", "types": "The type checker", "tests": "The tests", "coverage": "The coverage"}
_USED = {
    SandboxEnd.TIME: "it did not end in time",
    SandboxEnd.CPU: "it did not end in time",
    SandboxEnd.MEMORY: "it used too much memory",
    SandboxEnd.DISK: "it made too many files",
    SandboxEnd.OUTPUT: "it printed too much",
}


@dataclass(frozen=True, slots=True)
class _Run:
    """How a command ended. `unable`: why that says nothing."""

    output: str = ""
    code: int = 0
    unable: str = ""


async def run_checks(before: Tree, after: Tree, rules: PatchRules, sandbox: Sandbox | None) -> tuple[Finding, ...]:
    """What the commands of the spec say of the patch."""
    if sandbox is None:
        return (_unverified("The checks of the project were not run: no sandbox is installed."),)
    packed = await asyncio.to_thread(_packed, after)
    earlier: bytes | None = None
    found: list[Finding] = []
    for name, command in rules.commands.items():
        now = await _run(command, packed, sandbox)
        if now.unable:
            found.append(_unverified(f"{_WHAT[name]} could not be run: {now.unable}."))
            continue
        if now.code == 0 and name != "coverage":
            continue
        if earlier is None:
            earlier = await asyncio.to_thread(_packed, before)
        then = await _run(command, earlier, sandbox)
        one = _compared(name, then, now) or (_coverage(then, now, rules) if name == "coverage" else None)
        found += [one] if one is not None else []
    return tuple(found)


def _compared(name: str, then: _Run, now: _Run) -> Finding | None:
    """What fails now and did not before."""
    if now.code == 0:
        return None
    if then.unable:
        return _unverified(f"{_WHAT[name]} failed after the patch; before it nothing can be said: {then.unable}.")
    if then.code == 0:
        return finding(
            f"{name}-failed",
            f"{_WHAT[name]} failed with this patch, not before: “{told(now.output)}”. Correct it.",
        )
    known = Counter(_plain(line) for line in then.output.splitlines())
    new = [line for line in now.output.splitlines() if _TELLS.search(line) and not _taken(known, _plain(line))]
    if not new:
        return None
    said = told("\n".join(new))
    return finding(f"{name}-failed", f"{_WHAT[name]} failed before too, but not with this: “{said}”. Correct it.")


def _taken(known: Counter[str], line: str) -> bool:
    """Whether the line was there before; each counts once."""
    known[line] -= 1
    return known[line] >= 0


def _coverage(then: _Run, now: _Run, rules: PatchRules) -> Finding | None:
    before, after = _percent(then.output), _percent(now.output)
    if then.unable or before is None or after is None:
        return _unverified(f"The coverage could not be compared: {then.unable or 'it printed no percentage'}.")
    if before - after <= rules.max_coverage_drop:
        return None
    return finding(
        "coverage-dropped",
        f"The coverage falls from {before:g} % to {after:g} %; {rules.max_coverage_drop:g} points are allowed. "
        "Test what the patch adds.",
    )


def _percent(output: str) -> float | None:
    found = _PERCENT.findall(output)
    return float(found[-1]) if found else None


def told(output: str) -> str:
    """A tool's own words: the lines that say what is wrong, else its last ones, bounded."""
    lines = [_INSIDE.sub("", line.strip()) for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if _TELLS.search(line)]
    text = " / ".join(telling[:_MOST_LINES] or lines[-_MOST_LINES:]) or "it said nothing"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _plain(line: str) -> str:
    """A line without what changes from run to run."""
    return _DIGITS.sub("#", line.strip())


async def _run(command: str, packed: bytes, sandbox: Sandbox) -> _Run:
    words = shlex.split(command)
    files = {"tree.tar.gz": packed, "quality_worker.py": await asyncio.to_thread(_WORKER.read_bytes)}
    task = SandboxTask(argv=("python3", "-I", "quality_worker.py", *words), files=files, limits=_LIMITS)
    try:
        result = await sandbox.execute(task)
    except (NotReady, ToolError) as error:
        return _Run(unable=str(error).rstrip("."))
    output = f"{result.stdout}\n{result.stderr}".strip()
    if result.end is not SandboxEnd.EXITED or result.exit_code is None:
        return _Run(unable=_USED.get(result.end, "it was stopped"))
    missing = _MISSING.search(output)
    if result.exit_code in _CANT_RUN or (missing is not None and missing[1] in words):
        return _Run(
            unable=f"the sandbox sees no {missing[1] if missing else words[0]}; it must be installed below /usr"
        )
    return _Run(output, result.exit_code)


def _packed(tree: Tree) -> bytes:
    """The tree as an archive. A link that would lead out of it is left out, and so is a file that was too large."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", compresslevel=1) as archive:
        for path, entry in tree.entries.items():
            member = tarfile.TarInfo(path)
            if entry.content is None:
                continue
            if entry.mode == SYMLINK:
                target = entry.text
                if target.startswith("/") or ".." in target.split("/"):
                    continue
                member.type, member.linkname = tarfile.SYMTYPE, target
                archive.addfile(member)
                continue
            member.size, member.mode = len(entry.content), int(entry.mode[-3:], 8)
            archive.addfile(member, io.BytesIO(entry.content))
    return made.getvalue()


def _unverified(message: str) -> Finding:
    return finding("patch-unverified", message)
