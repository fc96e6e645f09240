"""What is to be said of one patch: read, within its scope, applied to a copy, then looked at line by line.

Everything here works on texts in memory and blocks for as long as that takes (milliseconds for an ordinary patch, more
for a large tree); nothing of the patch is executed. Commands are run by `qa.patches.quality`, in the sandbox.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from company.records import Finding
from qa.patches import apis, dependencies, locks, other_dangers, python_dangers, scope, weakening
from qa.patches.applying import DoesNotApply, applied
from qa.patches.diff import BadDiff, Patch, read_diff
from qa.patches.manifests import normal
from qa.patches.modules import Modules
from qa.patches.python_source import is_python, pieces, read
from qa.patches.rules import PatchRules
from qa.patches.telling import finding
from qa.patches.trees import Tree

_NAME = re.compile(r"@?[A-Za-z0-9](?:[\w./-]*[\w])?")

_NEWER = re.compile(r"^\s*(?:type\s+\w+\b[^=\n]*=|(?:async\s+)?(?:def|class)\s+\w+\[)", re.MULTILINE)
"""What Python 3.12 reads and 3.11 does not (PEP 695, PEP 701): a project may be written for another one than ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a patch came to. `after` is None when there is no tree, or the patch does not fit it."""

    findings: tuple[Finding, ...] = ()
    patch: Patch | None = None
    before: Tree | None = None
    after: Tree | None = None


def review(text: str, rules: PatchRules, *, tree: Tree | None = None, request: str = "") -> Review:
    """Judge a diff; blocks.

    Args:
        text: nothing but the diff.
        rules: the spec's.
        tree: the files that it is for; None when nobody named them.
        request: the words of the order: a dependency that they name may be added.
    """
    try:
        patch = read_diff(text)
    except BadDiff as error:
        return Review(findings=(finding("bad-diff", str(error)),))
    found = list(scope.check(patch, rules, tree))
    after: Tree | None = None
    if tree is not None and not any(one.code in ("path-outside", "symlink") for one in found):
        try:
            after = applied(patch, tree)
        except DoesNotApply as error:
            found.append(finding("does-not-apply", str(error)))
    if tree is None or after is not None:
        try:
            found += _looked_at(patch, rules, tree, after, request)
        except RecursionError:
            found.append(
                finding("unreadable", "The patch holds code that is nested too deep to be looked at. Flatten it.")
            )
    return Review(findings=tuple(dict.fromkeys(found)), patch=patch, before=tree, after=after)


def _looked_at(
    patch: Patch, rules: PatchRules, before: Tree | None, after: Tree | None, request: str
) -> Iterator[Finding]:
    texts: dict[str, str] = {}
    for file in patch.files:
        text = after.text(file.new) if after is not None and file.new else None
        if after is None and file.new and not file.old and len(file.hunks) == 1:
            text = "".join(line.content.decode("utf-8", "surrogateescape") for line in file.hunks[0].new)
        if text is not None:
            texts[file.path] = text
    yield from _unreadable(patch, before, texts)
    changed = [file for file in patch.files if file.new and is_python(file.path)]
    python = {file.path: pieces(file, texts.get(file.path)) for file in changed}
    if rules.check_apis:
        modules = Modules(after or Tree(), before.folder if before is not None else None)
        for path, read in python.items():
            for piece in read:
                yield from apis.check(path, piece, modules, after)
    if not rules.check_security:
        return
    allowed = frozenset(map(normal, [*rules.dependencies, *_NAME.findall(request)]))
    for file in patch.files:
        old = before.text(file.old) if before is not None and file.old else None
        yield from other_dangers.secrets(file)
        yield from python_dangers.check(file.path, python.get(file.path, ()))
        yield from other_dangers.check(file)
        yield from dependencies.check(file, old, texts.get(file.path), allowed=allowed)
        if locks.is_lock(file.path):
            yield from locks.check(file, old, texts.get(file.path))
    yield from weakening.check(patch, python, texts)


def _unreadable(patch: Patch, before: Tree | None, texts: dict[str, str]) -> Iterator[Finding]:
    """Files that no longer are what their name says, and were before."""
    for file in patch.files:
        text = texts.get(file.path)
        if text is None or not (fault := _fault(file.path, text)):
            continue
        old = before.text(file.old) if before is not None and file.old else None
        if old is None or not _fault(file.old, old):
            yield finding("syntax", f"{file.path} is no longer readable after the patch: {fault}. Correct it.")


def _fault(path: str, text: str) -> str:
    try:
        if is_python(path):
            read(text)
        elif path.endswith(".json") and not path.rpartition("/")[2].startswith(("tsconfig", ".")):
            json.loads(text)
        elif path.endswith(".toml"):
            tomllib.loads(text)
    except SyntaxError as error:
        newer = "f-string" in error.msg or _NEWER.search(text)
        return "" if newer else f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or "it is nested too deep"
    return ""
