"""Trees, diffs of them, and reviews for the tests of patches."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from company.records import Finding
from qa.patches.review import Review, review
from qa.patches.rules import PatchRules
from qa.patches.trees import Entry, Tree

RULES = PatchRules(enabled=True, check_apis=False)
"""Most tests show lines that nobody defines the names of."""


def tree(files: Mapping[str, str]) -> Tree:
    """A tree of text files."""
    return Tree({path: Entry(text.encode()) for path, text in files.items()})


def diff(path: str, before: str | None, after: str | None, *, context: int = 3) -> str:
    """The exact diff of one file, as git writes it; None is a file that is not there."""
    head = f"diff --git a/{path} b/{path}\n"
    if before is None:
        head += "new file mode 100644\n"
    elif after is None:
        head += "deleted file mode 100644\n"
    lines = difflib.unified_diff(
        (before or "").splitlines(keepends=True), (after or "").splitlines(keepends=True),
        "/dev/null" if before is None else f"a/{path}", "/dev/null" if after is None else f"b/{path}", n=context,
    )  # fmt: skip
    body = []
    for line in lines:
        body.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
    return head + "".join(body)


def judge(
    before: Mapping[str, str], after: Mapping[str, str | None], rules: PatchRules = RULES, request: str = ""
) -> Review:
    """The review of the change from `before` to `after` (None: deleted) on the whole tree."""
    text = "".join(diff(path, before.get(path), new) for path, new in after.items())
    return review(text, rules, tree=tree(before), request=request)


def change(path: str, before: str | None, after: str | None, **more: str) -> list[str]:
    """The codes of what is found in the change of one file, with and without the tree: the same, sorted."""
    files = {**more, **({path: before} if before is not None else {})}
    whole = review(diff(path, before, after), RULES, tree=tree(files))
    return sorted({finding.code for finding in whole.findings})


def loose(path: str, before: str | None, after: str | None) -> list[str]:
    """The codes of what is found by the diff alone."""
    return sorted({finding.code for finding in review(diff(path, before, after), RULES).findings})


def only(findings: tuple[Finding, ...]) -> Finding:
    """The one finding."""
    (one,) = findings
    return one
