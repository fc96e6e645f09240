"""How a case is written down: edits of a small project, from which the exact diff is made, and what was planted."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

Half = Literal["development", "held-out"]
HALVES: tuple[Half, ...] = ("development", "held-out")

CODES: dict[str, frozenset[str]] = {
    "form": frozenset({"bad-diff", "no-diff"}),
    "application": frozenset({"does-not-apply", "syntax"}),
    "scope": frozenset({"path-outside", "out-of-scope", "symlink", "binary", "patch-too-large"}),
    "secret": frozenset({"secret-added"}),
    "danger": frozenset({"dangerous-call", "dangerous-line"}),
    "made up": frozenset({"unknown-module", "unknown-name", "unknown-argument", "undefined-name"}),
    "dependency": frozenset(
        {
            "dependency-added", "dependency-swapped", "dependency-lookalike", "dependency-source",
            "dependency-unpinned", "dependency-lowered", "lock-hash", "lock-source",
        }
    ),
    "weakened": frozenset(
        {"check-weakened", "check-silenced", "check-removed", "test-deleted", "test-emptied"}
    ),
}  # fmt: skip
"""What is planted -> the codes of which one must be found."""

Edit = tuple[str, str | None, str | None]
"""(path, what stands there, what stands there afterwards). None first: a new file; None last: a deleted one."""


@dataclass(frozen=True)
class Case:
    """One patch of the corpus. `planted` is a key of `CODES`, or "" for a clean one."""

    planted: str
    title: str
    edits: tuple[Edit, ...]
    mangled: tuple[str, str] = ("", "")  # replaced once in the finished diff
    request: str = ""

    def diff(self, files: Mapping[str, str]) -> str:
        """The diff, made from the project's `files`."""
        after: dict[str, str | None] = {}
        for path, old, new in self.edits:
            if old is None or new is None:
                after[path] = new
                continue
            text = after.get(path, files[path])
            assert text is not None, f"{self.title}: {path} is deleted already"
            assert text.count(old) == 1, f"{self.title}: {old!r} does not stand there once"
            after[path] = text.replace(old, new)
        made = "".join(_one(path, files.get(path), text) for path, text in after.items())
        old, new = self.mangled
        assert not old or old in made, f"{self.title}: {old!r} is not in the diff"
        return made.replace(old, new, 1) if old else made


def _one(path: str, before: str | None, after: str | None) -> str:
    head = f"diff --git a/{path} b/{path}\n"
    head += "new file mode 100644\n" if before is None else "deleted file mode 100644\n" if after is None else ""
    lines = difflib.unified_diff(
        (before or "").splitlines(keepends=True), (after or "").splitlines(keepends=True),
        "/dev/null" if before is None else f"a/{path}", "/dev/null" if after is None else f"b/{path}",
    )  # fmt: skip
    return head + "".join(lines)


@cache
def project(half: Half) -> dict[str, str]:
    """The files that a half's patches are for."""
    from benchmarks.patch_corpus import dev, held

    return dev.FILES if half == "development" else held.FILES


@cache
def cases(half: Half) -> tuple[Case, ...]:
    """All patches of a half."""
    from benchmarks.patch_corpus import dev, held

    return (dev if half == "development" else held).CASES
