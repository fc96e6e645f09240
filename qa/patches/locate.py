"""Where in an answer the patch is: a fenced block of language diff or patch, or the whole of it."""

from __future__ import annotations

import re

from qa.prose import DIFFS, Prose, is_diff

_FILE = re.compile(r"^(?:diff --git .+|--- \S.*\n\+\+\+ \S.*)$", re.MULTILINE)
_APPLIES = re.compile(r"^(?:@@ |diff --git )", re.MULTILINE)
_WANTS_A_PATCH = re.compile(
    r"\b(?:unified diff|git diff|as an? (?:\w+ )?(?:diff|patch)|als (?:\w+ )?(?:diff|patch)|(?:un|le) (?:diff|patch)\b|"
    r"(?:write|give|send|make|produce|return|answer with)\b[^.\n]{0,40}\b(?:diff|patch)\b(?! notes)|как (?:diff|патч))",
    re.IGNORECASE,
)


def patch_of(answer: Prose, request: str = "") -> str | None:
    """The diff in an answer, several blocks joined; None when it holds none.

    A block that names no file or no lines only shows a change, and is a patch only where the order asked for one.
    """
    if is_diff(answer.text):
        return answer.text.strip("\n") + "\n"
    blocks = [_outdented(fence.body) for fence in answer.fences if fence.language in DIFFS]
    named = [block for block in blocks if _FILE.search(block) and _APPLIES.search(block)]
    if not named and _WANTS_A_PATCH.search(request):
        named = blocks
    return "\n".join(block.strip("\n") for block in named) + "\n" if named else None


def _outdented(body: str) -> str:
    """A block that stands in a list is indented with it; the spaces of the diff's own lines stay."""
    lines = body.split("\n")
    indent = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    return "\n".join(line[indent:] for line in lines) if indent else body
