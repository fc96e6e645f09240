"""Reading a unified diff, git's extended headers included, into frozen records; or one sentence why it is none.

Stricter than git and patch(1): a hunk must have as many lines as its header says and stand where its header says, since
what two tools would read in two ways must not pass. After git-diff(1), "Generating patch text with -p", and the GNU
diffutils manual, "Detailed Description of Unified Format". Nothing here touches a disk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from company.errors import NexusError

SYMLINK, SUBMODULE = "120000", "160000"
_MODES = frozenset({"100644", "100755", SYMLINK, SUBMODULE})
_LONGEST = 2_000_000  # characters
_SIGNS: dict[str, Literal[" ", "+", "-"]] = {" ": " ", "+": "+", "-": "-"}
_LONGEST_NAMES = 4_000  # characters of a `diff --git` line
_NOWHERE = "/dev/null"
_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(?: .*)?\r?")
_HEADER = re.compile(
    r"(old mode|new mode|deleted file mode|new file mode|copy from|copy to|rename from|rename to|similarity index|"
    r"dissimilarity index|index) (.*)"
)
_SAME = re.compile(r"a/(.+) b/\1")
_ESCAPE = re.compile(r'\\(?:([abfnrtv"\\])|([0-3][0-7]{2}))')
_ESCAPES = dict(zip('abfnrtv"\\', '\a\b\f\n\r\t\v"\\', strict=True))
_BINARY = re.compile(r"(?:GIT binary patch|Binary files .* differ)\r?")


class BadDiff(NexusError):
    """The text is no diff that can be applied; the sentence says where and how to mend it."""


class Change(StrEnum):
    """What happens to a file."""

    ADDED = "added"
    DELETED = "deleted"
    MODIFIED = "modified"
    RENAMED = "renamed"
    COPIED = "copied"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a hunk, without its sign and its end. `ended`: a line break follows it in the file."""

    sign: Literal[" ", "+", "-"]
    text: str
    ended: bool = True

    @property
    def content(self) -> bytes:
        """As it stands in the file."""
        return (self.text + ("\n" if self.ended else "")).encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """Lines that belong together. Positions count from 1, as in the header; `at` is its line in the diff."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: tuple[Line, ...]
    at: int

    @property
    def old(self) -> tuple[Line, ...]:
        """What must be there before."""
        return tuple(line for line in self.lines if line.sign != "+")

    @property
    def new(self) -> tuple[Line, ...]:
        """What is there afterwards."""
        return tuple(line for line in self.lines if line.sign != "-")

    def added(self) -> Iterator[tuple[int, str]]:
        """(its number in the new file, its text) of each added line."""
        for number, line in enumerate(self.new, self.new_start):
            if line.sign == "+":
                yield number, line.text

    def removed(self) -> Iterator[str]:
        """The text of each removed line."""
        return (line.text for line in self.lines if line.sign == "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """What a diff does to one file. `old` is "" for a new one, `new` is "" for a deleted one; modes "" when unsaid."""

    change: Change
    old: str
    new: str
    old_mode: str = ""
    new_mode: str = ""
    binary: bool = False
    hunks: tuple[Hunk, ...] = ()
    at: int = 1

    @property
    def path(self) -> str:
        """The name it has afterwards, or had."""
        return self.new or self.old

    def added(self) -> dict[int, str]:
        """The added lines by their numbers in the new file."""
        return {number: text for hunk in self.hunks for number, text in hunk.added()}

    def removed(self) -> tuple[str, ...]:
        """The removed lines."""
        return tuple(text for hunk in self.hunks for text in hunk.removed())


@dataclass(frozen=True, slots=True)
class Patch:
    """A whole diff."""

    files: tuple[FileChange, ...]

    @property
    def changed_lines(self) -> int:
        """Added and removed lines together."""
        return sum(line.sign != " " for file in self.files for hunk in file.hunks for line in hunk.lines)


def read_diff(text: str) -> Patch:
    """The patch in `text`, which is nothing but a diff (words before its first file are let go). Raises `BadDiff`."""
    if len(text) > _LONGEST:
        raise BadDiff(f"The diff has more than {_LONGEST} characters. Send several smaller ones.")
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise BadDiff("The diff holds signs that no file can hold (half a UTF-16 pair). Send it as UTF-8.") from None
    reader = _Reader(text.removesuffix("\n").split("\n"))
    files = tuple(reader.files())
    if not files:
        raise BadDiff("The diff names no file. Begin each file with `--- a/PATH` and `+++ b/PATH`.")
    seen: dict[str, FileChange] = {}
    for file in files:
        if file.path in seen:
            raise BadDiff(f"The diff changes {file.path} twice (lines {seen[file.path].at} and {file.at}). Join them.")
        seen[file.path] = file
    return Patch(files)


class _Reader:
    """Goes through the lines once."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.index = 0

    def files(self) -> Iterator[FileChange]:
        begun = False
        while self.index < len(self.lines):
            line = self.here
            if line.startswith("diff --git ") or self._is_old_name():
                begun = True
                yield self._file()
            elif not begun and not line.startswith("@@"):
                self.index += 1  # words before the first file, such as a commit's message
            elif not line.strip() or line in ("-- ", "--") or self._is_signature():
                self.index += 1
            elif line.startswith("@@"):
                raise self.bad("this hunk belongs to no file. Write `--- a/PATH` and `+++ b/PATH` before it.")
            elif line[:1] in ("+", "-", " "):
                raise self.bad("a line stands after the end of its hunk. Correct the counts of the hunk's header.")
            else:
                raise self.bad(f"{_shown(line)} is neither a file's header nor a hunk. Take it out.")

    @property
    def here(self) -> str:
        return self.lines[self.index] if self.index < len(self.lines) else ""

    def bad(self, what: str, at: int | None = None) -> BadDiff:
        return BadDiff(f"Line {(self.index if at is None else at) + 1} of the diff: {what}")

    def _is_old_name(self) -> bool:
        following = self.lines[self.index + 1] if self.index + 1 < len(self.lines) else ""
        return self.here.startswith("--- ") and following.startswith("+++ ")

    def _is_signature(self) -> bool:
        """The version of git below `-- `, as format-patch writes it."""
        return self.index > 0 and self.lines[self.index - 1].rstrip() == "--" and self.here[:1].isdigit()

    def _file(self) -> FileChange:
        at, named, said = self.index, "", dict[str, str]()
        if self.here.startswith("diff --git "):
            named = self.here.removeprefix("diff --git ").rstrip("\r")
            self.index += 1
            while (match := _HEADER.fullmatch(self.here.rstrip("\r"))) is not None and self.index < len(self.lines):
                said[match[1]] = match[2]
                self.index += 1
        binary = self._binary()
        old = new = ""
        if not binary and self._is_old_name():
            old = _name(self.here[4:], "a/")
            new = _name(self.lines[self.index + 1][4:], "b/")
            self.index += 2
        elif self.here.startswith(("--- ", "+++ ")):
            raise self.bad("a file begins with both `--- a/PATH` and `+++ b/PATH`, one below the other.")
        hunks = tuple(self._hunks(at))
        return self._put_together(at, named, said, (old, new), hunks, binary=binary)

    def _put_together(
        self,
        at: int,
        named: str,
        said: dict[str, str],
        names: tuple[str, str],
        hunks: tuple[Hunk, ...],
        *,
        binary: bool,
    ) -> FileChange:
        old, new = names
        change = _change_of(said, old, new)
        if change in (Change.RENAMED, Change.COPIED):
            verb = "rename" if change is Change.RENAMED else "copy"
            old, new = _unquoted(said.get(f"{verb} from", "")), _unquoted(said.get(f"{verb} to", ""))
        elif not old and not new:
            if not (said or binary):
                raise self.bad("the file has neither hunks nor a header that says what changes.", at)
            old = new = _one_name(named)
        if change is Change.ADDED:
            old = ""
        elif change is Change.DELETED:
            new = ""
        if not (old or new) or (change is Change.MODIFIED and old != new):
            raise self.bad("the two names of the file differ, or one is missing. A rename says `rename from`.", at)
        modes = (
            said.get("old mode") or said.get("deleted file mode", ""),
            said.get("new mode") or said.get("new file mode", ""),
        )
        index = said.get("index", "").rpartition(" ")[2]
        if index.isdecimal() and not any(modes):
            modes = (index, index)
        if wrong := [mode for mode in modes if mode and mode not in _MODES]:
            raise self.bad(f"{wrong[0]!r} is no mode of a file; there are 100644 and 100755.", at)
        if not hunks and not said and not binary:
            raise self.bad("the file has no hunk. Give its changed lines below a line `@@ -1,3 +1,4 @@`.", at)
        return FileChange(
            change=change, old=old, new=new, old_mode=modes[0], new_mode=modes[1], binary=binary, hunks=hunks, at=at + 1
        )

    def _binary(self) -> bool:
        if not _BINARY.fullmatch(self.here):
            return False
        self.index += 1
        while self.index < len(self.lines) and not self.here.startswith("diff --git "):
            self.index += 1
        return True

    def _hunks(self, at: int) -> Iterator[Hunk]:
        shift, last = 0, 0
        while self.here.startswith("@@"):
            begun = self.index
            hunk = self._hunk()
            place = hunk.old_start + (not hunk.old_count)  # of an empty side the header names the line before
            new_place = hunk.new_start + (not hunk.new_count)
            if place < last:
                raise self.bad("the hunks of a file must follow each other and not overlap.", begun)
            if new_place != place + shift:
                raise self.bad(
                    f"the new side begins at {place + shift - (not hunk.new_count)}, not at {hunk.new_start}, since "
                    f"the hunks before it add {shift} lines. Correct the header.",
                    begun,
                )
            shift += hunk.new_count - hunk.old_count
            last = place + hunk.old_count
            yield hunk

    def _hunk(self) -> Hunk:
        begun = self.index
        match = _HUNK.fullmatch(self.here)
        if match is None:
            raise self.bad(f"{_shown(self.here)} is no hunk's header; write one like `@@ -10,7 +10,8 @@`.")
        old_start, new_start = int(match[1]), int(match[3])
        old_count, new_count = (int(count) if count is not None else 1 for count in (match[2], match[4]))
        self.index += 1
        lines: list[Line] = []
        old_left, new_left = old_count, new_count
        while self.index < len(self.lines) and (old_left > 0 or new_left > 0):
            line = self._line(lines)
            if line is None:
                break
            old_left -= line.sign != "+"
            new_left -= line.sign != "-"
            lines.append(line)
            self.index += 1
        if self.here.startswith("\\ ") and lines:
            self._without_end(lines)
        if old_left or new_left or self._goes_on():
            raise self._miscounted(begun, match, lines)
        return Hunk(
            old_start=old_start, old_count=old_count, new_start=new_start, new_count=new_count, lines=tuple(lines),
            at=begun + 1,
        )  # fmt: skip

    def _line(self, lines: list[Line]) -> Line | None:
        """The line here, None at the hunk's end."""
        while self.here.startswith("\\ ") and lines:
            self._without_end(lines)
        text = self.here
        if not text or text == "\r":
            return Line(" ", text)  # an empty line of context whose space was lost, as GNU diff may write it
        sign = text[0]
        return Line(_SIGNS[sign], text[1:]) if sign in _SIGNS else None

    def _without_end(self, lines: list[Line]) -> None:
        lines[-1] = Line(lines[-1].sign, lines[-1].text, ended=False)
        self.index += 1

    def _goes_on(self) -> bool:
        """Whether a line that belongs to a hunk comes after its counts are used up."""
        return self.here[:1] in ("+", "-", " ") and not self._is_old_name() and self.here.rstrip() not in ("--", "")

    def _miscounted(self, begun: int, match: re.Match[str], lines: list[Line]) -> BadDiff:
        while lines and lines[-1] == Line(" ", ""):
            lines.pop()
        while self.index < len(self.lines) and self._goes_on():
            lines.append(Line(_SIGNS[self.here[0]], ""))
            self.index += 1
        old = sum(line.sign != "+" for line in lines)
        new = sum(line.sign != "-" for line in lines)
        if self.here[:1] not in ("", "+", "-", " ", "\\", "@", "d"):
            return self.bad(f"{_shown(self.here)} begins with none of “+”, “-” and a space, as a hunk's lines do.")
        return self.bad(
            f"this hunk has {old} old and {new} new lines, but its header says {match[2] or 1} and {match[4] or 1}. "
            f"Write `@@ -{match[1]},{old} +{match[3]},{new} @@`, or give the missing lines.",
            begun,
        )


def _change_of(said: dict[str, str], old: str, new: str) -> Change:
    if "rename from" in said:
        return Change.RENAMED
    if "copy from" in said:
        return Change.COPIED
    if "new file mode" in said or old == _NOWHERE:
        return Change.ADDED
    if "deleted file mode" in said or new == _NOWHERE:
        return Change.DELETED
    return Change.MODIFIED


def _name(text: str, prefix: str) -> str:
    """The file that a `---` or `+++` line names: without a time stamp, quotes and git's prefix."""
    name = _unquoted(text.rstrip("\r").partition("\t")[0].rstrip(" "))
    return name if name == _NOWHERE else name.removeprefix(prefix)


def _one_name(named: str) -> str:
    """The file of `diff --git a/X b/X`, where no other line names it."""
    match = _SAME.fullmatch(named) if len(named) <= _LONGEST_NAMES else None
    if match is None and named.startswith('"'):
        return _unquoted(named[: len(named) // 2]).removeprefix("a/")
    return match[1] if match is not None else ""


def _unquoted(name: str) -> str:
    """A name as git quotes it when it holds unusual signs: octal bytes of UTF-8 and C's escapes."""
    if not (len(name) >= 2 and name[0] == name[-1] == '"'):
        return name

    def one(match: re.Match[str]) -> bytes:
        return _ESCAPES[match[1]].encode() if match[1] else bytes([int(match[2], 8)])

    raw, done = bytearray(), 1
    for match in _ESCAPE.finditer(name, 1, len(name) - 1):
        raw += name[done : match.start()].encode("utf-8", "surrogateescape") + one(match)
        done = match.end()
    raw += name[done:-1].encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "surrogateescape")


def _shown(line: str) -> str:
    return repr(line if len(line) <= 60 else line[:57] + "...")
