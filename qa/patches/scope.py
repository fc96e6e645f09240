"""What a patch may touch: paths that stay in the tree, kinds of files that can be judged, and the spec's own bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache

from company.records import Finding
from qa.patches.diff import SUBMODULE, SYMLINK, Change, FileChange, Patch
from qa.patches.rules import PatchRules
from qa.patches.telling import finding
from qa.patches.trees import Tree

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_GITS_OWN = re.compile(r"(?:\.git|git~\d+)[ .]*", re.IGNORECASE)  # other systems take these for .git too
_LONGEST = 1000  # signs of a path
_DRIVE = re.compile(r"[A-Za-z]:")


def check(patch: Patch, rules: PatchRules, tree: Tree | None) -> Iterator[Finding]:
    """Everything that lies outside of what the patch may do."""
    for file in patch.files:
        for path in dict.fromkeys(name for name in (file.old, file.new) if name):
            yield from _path(path, rules, tree)
        yield from _sort(file)
    if len(patch.files) > rules.max_files:
        yield finding(
            "patch-too-large", f"The diff changes {len(patch.files)} files; {rules.max_files} are allowed. Do less."
        )
    if patch.changed_lines > rules.max_lines:
        yield finding(
            "patch-too-large", f"The diff changes {patch.changed_lines} lines; {rules.max_lines} are allowed. Do less."
        )


def fault_of(path: str) -> str:
    """Why no patch may have this path; "" for an ordinary one."""
    parts = path.split("/")
    if not path or len(path) > _LONGEST or _CONTROL.search(path):
        return "is no name of a file"
    if path.startswith(("/", "~")) or _DRIVE.match(path) or "\\" in path:
        return "is not relative to the top of the tree, with “/” between its parts"
    if any(part in ("", ".", "..") for part in parts):
        return "has “..”, “.” or nothing between its slashes"
    if any(_GITS_OWN.fullmatch(part) for part in parts):
        return "lies in git's own folder"
    return ""


def _path(path: str, rules: PatchRules, tree: Tree | None) -> Iterator[Finding]:
    if fault := fault_of(path):
        yield finding("path-outside", f"The path {path!r} {fault}. Change only files of the tree.")
        return
    if tree is not None and (away := tree.leads_away(path)):
        yield finding("path-outside", f"The path {path} leads through {away}, a symlink or a file. Choose another.")
    if rules.allowed and not any(fits(path, glob) for glob in rules.allowed):
        allowed = ", ".join(rules.allowed)
        yield finding("out-of-scope", f"{path} may not be changed; only {allowed} may. Leave it out.")
    elif hit := next((glob for glob in rules.forbidden if fits(path, glob)), ""):
        yield finding("out-of-scope", f"{path} may not be changed ({hit} is forbidden). Leave it out.")


def _sort(file: FileChange) -> Iterator[Finding]:
    if SYMLINK in (file.old_mode, file.new_mode):
        yield finding("symlink", f"{file.path} is a symlink; a patch may not make or change one. Use a plain file.")
    elif SUBMODULE in (file.old_mode, file.new_mode):
        yield finding("symlink", f"{file.path} is a submodule; a patch may not change one. Leave it out.")
    if file.binary and file.change is not Change.DELETED:
        yield finding("binary", f"{file.path} is changed as a binary file, which nobody can inspect. Leave it out.")


def fits(path: str, glob: str) -> bool:
    """Whether a path is meant by a glob: `*` within a part, `**` over any parts, `docs/` for all below docs."""
    wanted = glob.removeprefix("./")
    return _fit(tuple(path.split("/")), tuple((wanted + "**" if wanted.endswith("/") else wanted).split("/")))


def _fit(parts: Sequence[str], globs: Sequence[str]) -> bool:
    @cache
    def fit(at: int, glob: int) -> bool:
        if glob == len(globs):
            return at == len(parts)
        if globs[glob] == "**":
            return fit(at, glob + 1) or (at < len(parts) and fit(at + 1, glob))
        return at < len(parts) and fnmatchcase(parts[at], globs[glob]) and fit(at + 1, glob + 1)

    return fit(0, 0)
