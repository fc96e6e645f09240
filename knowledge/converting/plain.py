"""Markdown, plain text and source code to blocks, in this process. The one door to markdown-it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from knowledge.converting.building import LONGEST_BLOCK, trimmed
from knowledge.converting.decoding import decode
from knowledge.converting.records import Block, BlockKind, Converted, Format, NotADocument, Unreadable

if TYPE_CHECKING:
    from markdown_it.token import Token

NOT_A_DOCUMENT = "<!-- nexus: not a document -->"
"""A first line that keeps a file out of the index: a note about the folder, not for answers."""

MARKDOWN_LIMIT = 1_500_000
"""Characters; beyond it the parser takes seconds (3 s/MB), so headings are found by line."""
_KINDS = {
    "table_open": BlockKind.TABLE, "fence": BlockKind.CODE, "code_block": BlockKind.CODE,
    "list_item_open": BlockKind.ITEM,
}  # fmt: skip
_DEFINITION = re.compile(
    r"(?P<indent>[ \t]*)(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|"
    r"pub(?:\([a-z]+\))?|unsafe|extern|inline|virtual|override|open|sealed|data|create(?:\s+or\s+replace)?)\s+){0,5}"
    r"(?:def|class|func|function|fn|fun|interface|struct|enum|trait|impl|module|namespace|protocol|object|record|type|"
    r"table|view|procedure|trigger|message|resource)\b\s*(?:\([^()]{0,80}\)\s*)?(?P<name>[\w$.]+(?:::[\w$]+)*)",
    re.IGNORECASE,
)
_ABOVE = re.compile(r"\s*(?:@|#|//|/\*|\*|--|;)")
"""Comments and decorators that belong to the definition below them."""


def read_plain(data: bytes, name: str, format: Format) -> Converted:
    """A file of one of these formats as a document.

    Raises:
        Unreadable: it is empty or binary.
        NotADocument: its first line is `NOT_A_DOCUMENT`.
    """
    text = decode(data)
    if text.lstrip().startswith(NOT_A_DOCUMENT):
        raise NotADocument
    if not text.strip():
        raise Unreadable("it is empty")
    return as_document(text, format)


def as_document(text: str, format: Format) -> Converted:
    """Text of one of these formats as a document; its title is its first heading."""
    source = _Source(text)
    if format is Format.MARKDOWN:
        blocks = source.by_lines() if len(text) > MARKDOWN_LIMIT else source.markdown()
    else:
        blocks = source.code() if format is Format.CODE else source.paragraphs(0, len(source.lines), ())
    kept = tuple(blocks)
    title = next((block.text for block in kept if block.kind is BlockKind.HEADING), "")
    return Converted(title=title, format=format, unit="line", text=text, blocks=kept)


class _Source:
    """A text by its lines; blocks are exact pieces of it, and their place is the line from 1."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self._starts = list(itertools.accumulate((len(line) + 1 for line in self.lines), initial=0))

    def _pieces(
        self, first: int, end: int, headings: tuple[str, ...], kind: BlockKind = BlockKind.PARAGRAPH
    ) -> Iterator[Block]:
        """The lines from `first` up to `end` without empty ones around: one block, or several where it is very long."""
        while first < end and not self.lines[first]:
            first += 1
        while end > first and not self.lines[end - 1]:
            end -= 1
        while first < end:
            stop = first + 1
            while stop < end and (
                kind is BlockKind.TABLE or self._starts[stop + 1] - self._starts[first] <= LONGEST_BLOCK
            ):
                stop += 1
            yield from self._block(first, stop, headings, kind)
            first = stop

    def _block(self, first: int, end: int, headings: tuple[str, ...], kind: BlockKind) -> Iterator[Block]:
        """Lines as a block; a single one without end (minified, a dump) comes by size."""
        text = "\n".join(self.lines[first:end])
        cells = _cells(self.lines[first:end]) if kind is BlockKind.TABLE else ()
        step = LONGEST_BLOCK if end == first + 1 else len(text)
        for at in range(0, len(text), max(step, 1)):
            piece, start = text[at : at + step], self._starts[first] + at
            yield Block(
                kind=kind, text=piece, place=first + 1, headings=headings, start=start, end=start + len(piece),
                cells=cells,
            )  # fmt: skip

    def _heading(self, title: str, level: int, line: int, headings: tuple[str, ...]) -> Block:
        """Its span is that of its line, marks included."""
        return Block(
            kind=BlockKind.HEADING, text=title, place=line + 1, headings=headings, level=level,
            start=self._starts[line], end=self._starts[line] + len(self.lines[line]),
        )  # fmt: skip

    def paragraphs(self, first: int, end: int, headings: tuple[str, ...]) -> Iterator[Block]:
        """Plain text: paragraphs are parted by empty lines."""
        begun: int | None = None
        for number in range(first, end + 1):
            if number < end and self.lines[number].strip():
                begun = number if begun is None else begun
            elif begun is not None:
                yield from self._pieces(begun, number, headings)
                begun = None

    def markdown(self) -> Iterator[Block]:
        """Blocks at the top; list items one level down: a list is cut between its items, not inside."""
        from markdown_it import MarkdownIt  # loaded when the first Markdown file is read

        skipped = self._front_matter()
        source = "\n" * skipped + "\n".join(self.lines[skipped:])
        tokens = MarkdownIt("commonmark", {"maxNesting": 40}).enable("table").parse(source)
        path: list[tuple[int, str]] = []
        for place, token in enumerate(tokens):
            if token.map is None or token.level > (1 if token.type == "list_item_open" else 0):
                continue
            headings = tuple(title for _, title in path if title)
            if token.type == "heading_open":
                level, title = int(token.tag[1:]), " ".join(tokens[place + 1].content.split())
                path = [*(one for one in path if one[0] < level), (level, title)]
                yield self._heading(title, level, token.map[0], tuple(title for _, title in path if title))
            elif not _is_left_out(token):
                kind = _KINDS.get(token.type, BlockKind.PARAGRAPH)
                yield from self._pieces(token.map[0], token.map[1], headings, kind)

    def _front_matter(self) -> int:
        """How many lines of YAML stand before the text."""
        if self.lines[0].strip() != "---":
            return 0
        ends = (number for number, line in enumerate(self.lines[1:60], 1) if line.strip() in ("---", "..."))
        return next(ends, -1) + 1

    def by_lines(self) -> Iterator[Block]:
        """A very long Markdown text: headings by their # alone."""
        path: list[tuple[int, str]] = []
        begun = 0
        for number, line in enumerate([*self.lines, "# "]):
            mark = re.match(r"(#{1,6})\s(.*)", line)
            if mark is None:
                continue
            yield from self.paragraphs(begun, number, tuple(title for _, title in path if title))
            begun, level, title = number + 1, len(mark.group(1)), mark.group(2).strip(" #")
            path = [*(one for one in path if one[0] < level), (level, title)]
            if number < len(self.lines):
                yield self._heading(title, level, number, tuple(title for _, title in path if title))

    def code(self) -> Iterator[Block]:
        """Source code: a block for each definition, whose path are the definitions around it, told by indentation."""
        path: list[tuple[int, str]] = []
        begun = 0
        for number, line in enumerate(self.lines):
            indent = len(line) - len(line.lstrip())
            found = _DEFINITION.match(line) if len(line) < 400 else None
            left = bool(line.strip()) and bool(path) and indent <= path[-1][0] and line.lstrip()[0] not in ")]}#@/*-"
            if found is None and not left:
                continue
            first = self._with_comments(number, begun) if found else number
            yield from self._pieces(begun, first, tuple(name for _, name in path), BlockKind.CODE)
            begun = first
            path = [one for one in path if one[0] < indent]
            if found:
                path.append((indent, found["name"]))
        yield from self._pieces(begun, len(self.lines), tuple(name for _, name in path), BlockKind.CODE)

    def _with_comments(self, number: int, begun: int) -> int:
        """The first line of a definition with what stands directly above it."""
        while number > begun and _ABOVE.match(self.lines[number - 1]):
            number -= 1
        return number


def _is_left_out(token: Token) -> bool:
    if token.type in ("bullet_list_open", "ordered_list_open", "hr"):
        return True
    return token.content.lstrip().startswith("<!--") and token.content.rstrip().endswith("-->")


def _cells(lines: list[str]) -> tuple[tuple[str, ...], ...]:
    """The cells of a Markdown table."""
    rows = [re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|")) for line in lines]
    return trimmed([cell.replace("\\|", "|") for cell in row] for number, row in enumerate(rows) if number != 1)
