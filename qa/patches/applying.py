"""A patch on a tree, in memory: exact, byte for byte, or one sentence why it does not fit. No fuzz, no offset."""

from __future__ import annotations

from dataclasses import replace

from company.errors import NexusError
from qa.patches.diff import Change, FileChange, Hunk, Patch
from qa.patches.trees import Entry, Tree


class DoesNotApply(NexusError):
    """The patch and the files don't fit each other; the sentence says where."""


def applied(patch: Patch, tree: Tree) -> Tree:
    """The tree after the patch; the given one stays as it is. Raises `DoesNotApply`."""
    entries = dict(tree.entries)
    for file in patch.files:
        before = _before(file, tree)
        if file.change in (Change.DELETED, Change.RENAMED):
            entries.pop(file.old, None)
        content = _content(file, before.content or b"")
        if file.change is Change.DELETED:
            if content:
                raise DoesNotApply(f"{file.old} is to be deleted, but the diff leaves lines of it. Remove all of them.")
            continue
        entries[file.new] = Entry(content, file.new_mode or before.mode)
    for file in patch.files:
        if file.new and (away := replace(tree, entries=entries).leads_away(file.new)):
            raise DoesNotApply(f"{file.new} leads through {away}, which is no folder. Choose another path.")
    return Tree(entries)


def _before(file: FileChange, tree: Tree) -> Entry:
    """The file as it stands; an empty one for a new file."""
    if file.change in (Change.ADDED, Change.RENAMED, Change.COPIED) and file.new in tree.entries:
        raise DoesNotApply(f"{file.new} is there already. Change it (`--- a/{file.new}`) instead of making it anew.")
    if file.change is Change.ADDED:
        return Entry(b"")
    before = tree.entries.get(file.old)
    if before is None:
        near = _near(file.old, tree)
        meant = f" Is {near} meant?" if near else " Correct the path."
        raise DoesNotApply(f"There is no file {file.old}.{meant}")
    if file.old_mode and file.old_mode != before.mode:
        raise DoesNotApply(f"{file.old} has the mode {before.mode}, not {file.old_mode} as the diff says.")
    if before.content is None:
        raise DoesNotApply(f"{file.old} is too large to be patched here.")
    return before


def _near(path: str, tree: Tree) -> str:
    """The one file of the same name elsewhere."""
    name = path.rpartition("/")[2]
    found = [one for one in tree.entries if one.rpartition("/")[2] == name]
    return found[0] if len(found) == 1 else ""


def _content(file: FileChange, before: bytes) -> bytes:
    if file.binary:
        return before
    lines = _split(before)
    made: list[bytes] = []
    done = 0
    for hunk in file.hunks:
        start = hunk.old_start - 1 if hunk.old_count else hunk.old_start
        old = [line.content for line in hunk.old]
        if start > len(lines) or lines[start : start + len(old)] != old:
            raise DoesNotApply(_misfit(file, hunk, lines, start, old))
        made += lines[done:start]
        made += [line.content for line in hunk.new]
        done = start + len(old)
    made += lines[done:]
    if any(not line.endswith(b"\n") for line in made[:-1]):
        raise DoesNotApply(
            f"{file.path}: a line without an end of its own is followed by another. Correct the last one."
        )
    return b"".join(made)


def _split(content: bytes) -> list[bytes]:
    """Lines by "\\n" alone, each with its end."""
    parts = content.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _misfit(file: FileChange, hunk: Hunk, lines: list[bytes], start: int, old: list[bytes]) -> str:
    """What to mend. The file's own lines are not told: whoever reads this may not be whoever may read the file."""
    found = [at for at in range(len(lines) - len(old) + 1) if old and lines[at : at + len(old)] == old]
    where = f"{file.old}: the hunk in line {hunk.at} of the diff"
    if len(found) == 1:
        shift = found[0] - start
        return (
            f"{where} does not fit at line {hunk.old_start}; these lines stand at line {found[0] + 1}. Write "
            f"`@@ -{found[0] + 1},{hunk.old_count} +{hunk.new_start + shift},{hunk.new_count} @@`."
        )
    if len(found) > 1:
        places = ", ".join(str(at + 1) for at in found[:5])
        return f"{where} does not fit at line {hunk.old_start}; its lines stand at lines {places}. Say which, exactly."
    for number, (want, line) in enumerate(zip(old, hunk.old, strict=True), start):
        have = lines[number] if number < len(lines) else None
        if have is None:
            return f"{where}: the file has {len(lines)} lines, and {line.text.strip()[:80]!r} is expected beyond them."
        if have == want:
            continue
        if have.rstrip(b"\r\n") == want.rstrip(b"\r\n"):
            return f"{where}: line {number + 1} ends otherwise in the file (\\r\\n, \\n or none). Keep its end."
        return (
            f"{where}: line {number + 1} of the file is not {line.text[:80]!r}. Take the lines without a plus from the "
            "file as they are, each space included."
        )
    return f"{where} begins at line {hunk.old_start}, but the file has {len(lines)} lines."
