"""From a file to passages: what is a document, in which encoding, and where it is cut. The one door to markdown-it.

Everything here blocks and is called in a thread. Passages follow the structure (sections, paragraphs, list items, table
rows, code blocks) up to 200 words, without overlap: on 472 questions with marked spans such pieces found the answer
with the fewest words handed on. Passages of one section are in order, so the neighbours are known by their ordinal.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from company.language.sentences import sentences
from company.language.tokens import is_cjk, raw_words
from knowledge.index import Chunk

MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd"})
TEXT = frozenset({".txt", ".text", ".log", ".rst", ".org", ".adoc"})
KNOWN = {
    ".pdf": "PDF", ".docx": "Word", ".doc": "Word", ".odt": "OpenDocument", ".pptx": "PowerPoint", ".xlsx": "Excel",
    ".xls": "Excel", ".csv": "CSV", ".html": "HTML", ".htm": "HTML", ".eml": "e-mail", ".epub": "EPUB", ".rtf": "RTF",
    ".png": "image", ".jpg": "image", ".jpeg": "image",
}  # fmt: skip
"""Formats that people drop in and that are named when they are turned away."""

NOT_A_DOCUMENT = "<!-- nexus: not a document -->"
"""A first line that keeps a file out of the index: a note about the folder, not for answers."""

MOST_WORDS = 200
ENOUGH_WORDS = 120
_HAN_PER_WORD = 1.7
_MARKDOWN_LIMIT = 1_500_000  # characters; beyond it the parser takes seconds (3 s/MB), so headings are found by line


class Unreadable(Exception):
    """The file can't be a document; the first argument is the reason, for a person."""


class NotADocument(Exception):
    """The file says of itself that it is not to be indexed."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A piece that is kept together if it fits: its text and the line it begins on, from 0."""

    text: str
    line: int
    table: bool = False
    code: bool = False
    item: bool = False  # of a list


def supported(path: Path) -> bool:
    """True for the kinds of file that can be read today."""
    return path.suffix.casefold() in MARKDOWN | TEXT or (not path.suffix and path.name.isupper())


def read(path: Path, *, max_bytes: int) -> tuple[str, list[Chunk]]:
    """The text of a file and its passages.

    Raises:
        Unreadable: with the reason, in words for a person.
        NotADocument: its first line is `NOT_A_DOCUMENT`.
        OSError: the file can't be opened.
    """
    suffix = path.suffix.casefold()
    if not supported(path):
        raise Unreadable(f"{KNOWN.get(suffix) or suffix or 'This kind of file'} is not supported yet")
    size = path.stat().st_size
    if size > max_bytes:
        raise Unreadable(f"it is {size / 1e6:.1f} MB; the limit is {max_bytes / 1e6:.0f} MB (knowledge.max_file_mb)")
    text = decode(path.read_bytes())
    if text.lstrip().startswith(NOT_A_DOCUMENT):
        raise NotADocument
    if not text.strip():
        raise Unreadable("it is empty")
    return text, (markdown_chunks(text) if suffix in MARKDOWN else text_chunks(text))


def decode(data: bytes) -> str:
    """Text from bytes: byte order mark, UTF-8, UTF-16 by its zero bytes, else Latin-1 (Windows-1252 where it differs).

    Raises:
        Unreadable: it is binary.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _clean(data.decode(encoding, errors="replace"))
    head = data[:4096]
    if b"\0" in head:
        text = data.decode("utf-16-be" if head[0::2].count(0) > head[1::2].count(0) else "utf-16-le", errors="replace")
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    strange = sum((c < " " and c not in "\t\n\r\f\x1b") or c == "\ufffd" for c in text[:4096])
    if strange > min(8, len(text) // 10):
        raise Unreadable("it is not text")
    return _clean(text)


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def markdown_chunks(text: str) -> list[Chunk]:
    """Passages of a Markdown text; their place is the path of headings."""
    if len(text) > _MARKDOWN_LIMIT:
        return _by_lines(text)
    from markdown_it import MarkdownIt  # loaded when the first Markdown file is read

    lines = text.split("\n")
    skipped = _front_matter(lines)
    tokens = (
        MarkdownIt("commonmark", {"maxNesting": 40}).enable("table").parse("\n" * skipped + "\n".join(lines[skipped:]))
    )
    chunks: list[Chunk] = []
    headings: list[tuple[int, str]] = []
    blocks: list[_Block] = []
    for place, token in enumerate(tokens):
        if token.map is None or token.level > _depth(token.type):
            continue
        if token.type == "heading_open":
            chunks.extend(_pack(blocks, headings))
            level = int(token.tag[1:])
            title = " ".join(tokens[place + 1].content.split())
            headings = [*(one for one in headings if one[0] < level), (level, title)]
            blocks = [_Block(title, token.map[0])] if _alone(tokens, place + 3, level) else []
        elif token.type not in ("bullet_list_open", "ordered_list_open", "hr") and not _comment(token.content):
            source = "\n".join(lines[token.map[0] : token.map[1]]).strip("\n")
            blocks.append(
                _Block(
                    source, token.map[0], table=token.type == "table_open", code=token.type in ("fence", "code_block"),
                    item=token.type == "list_item_open",
                )
            )  # fmt: skip
    chunks.extend(_pack(blocks, headings))
    return chunks


def _depth(kind: str) -> int:
    """Blocks are taken at the top, list items one level down: a list is cut between its items, not inside."""
    return 1 if kind == "list_item_open" else 0


def _alone(tokens: list, place: int, level: int) -> bool:  # type: ignore[type-arg]
    """Whether the section of a heading has nothing in it, not even a smaller heading."""
    if place >= len(tokens):
        return True
    return bool(tokens[place].type == "heading_open" and int(tokens[place].tag[1:]) <= level)


def _comment(content: str) -> bool:
    return content.lstrip().startswith("<!--") and content.rstrip().endswith("-->")


def _front_matter(lines: list[str]) -> int:
    """How many lines of YAML stand before the text."""
    if lines[0].strip() != "---":
        return 0
    ends = (number for number, line in enumerate(lines[1:60], 1) if line.strip() in ("---", "..."))
    return next(ends, -1) + 1


def text_chunks(text: str) -> list[Chunk]:
    """Passages of a plain text; paragraphs are parted by empty lines."""
    return list(_pack(list(_paragraphs(text.split("\n"), 0)), []))


def _paragraphs(lines: list[str], first: int) -> Iterator[_Block]:
    begun: int | None = None
    for number, line in enumerate([*lines, ""]):
        if line.strip():
            begun = number if begun is None else begun
        elif begun is not None:
            yield _Block("\n".join(lines[begun:number]), first + begun)
            begun = None


def _by_lines(text: str) -> list[Chunk]:
    """A very long Markdown text: headings by their # alone."""
    chunks: list[Chunk] = []
    headings: list[tuple[int, str]] = []
    section: list[str] = []
    begun = 0
    for number, line in enumerate([*text.split("\n"), "# "]):
        mark = re.match(r"(#{1,6})\s(.*)", line)
        if mark is None:
            section.append(line)
            continue
        chunks.extend(_pack(list(_paragraphs(section, begun)), headings))
        level = len(mark.group(1))
        headings = [*(one for one in headings if one[0] < level), (level, mark.group(2).strip(" #"))]
        section, begun = [], number + 1
    return chunks


def words_in(text: str) -> float:
    """How long a text is, in words; 1.7 Han characters count as one."""
    return sum(len(word) / _HAN_PER_WORD if is_cjk(word) else 1 for word in raw_words(text))


def _pack(blocks: Iterable[_Block], headings: list[tuple[int, str]]) -> Iterator[Chunk]:
    """The blocks of one section as passages of at most `MOST_WORDS` words, cut between blocks where possible."""
    path = tuple(title for _, title in headings if title)
    parts = [part for block in blocks for part in _cut(block)]
    held: list[_Block] = []
    words = 0.0
    for part in parts:
        more = words_in(part.text)
        if held and (words + more > MOST_WORDS or words >= ENOUGH_WORDS):
            yield _chunk(held, path)
            held, words = [], 0.0
        held.append(part)
        words += more
    if held:
        yield _chunk(held, path)


def _chunk(held: list[_Block], path: tuple[str, ...]) -> Chunk:
    text = held[0].text
    for before, block in itertools.pairwise(held):
        text += ("\n" if before.item and block.item else "\n\n") + block.text
    return Chunk(text=text, line=held[0].line + 1, headings=path)


def _cut(block: _Block) -> Iterator[_Block]:
    """A block that is too long in pieces: tables with their head repeated, code by lines, prose by sentences."""
    if words_in(block.text) <= MOST_WORDS:
        yield block
        return
    lines = block.text.split("\n")
    if block.table:
        head = "\n".join(lines[:2])
        rows = [(line, number) for number, line in enumerate(lines[2:], 2)]
        yield from (_Block(f"{head}\n{text}", block.line + n, table=True) for text, n in _group(rows, "\n"))
    elif block.code:
        yield from (
            _Block(text, block.line + n, code=True) for text, n in _group([(a, n) for n, a in enumerate(lines)], "\n")
        )
    else:
        yield from (_Block(text, block.line + n, item=block.item) for text, n in _group(_prose(block.text), " "))


def _prose(text: str) -> list[tuple[str, int]]:
    """Its sentences, each with its line."""
    pieces: list[tuple[str, int]] = []
    line = counted = 0
    for span in sentences(text):
        line += text.count("\n", counted, span.start)
        counted = span.start
        pieces += [(piece, line) for piece in _split_long(text[span.start : span.end])]
    return pieces


def _split_long(sentence: str) -> list[str]:
    """A "sentence" without an end (logs, minified text) by size."""
    return [sentence[i : i + 1200] for i in range(0, len(sentence), 1200)] if len(sentence) > 2400 else [sentence]


def _group(pieces: list[tuple[str, int]], joint: str) -> Iterator[tuple[str, int]]:
    """Neighbouring pieces joined up to the limit, with the line offset of the first."""
    held: list[str] = []
    begun, words = 0, 0.0
    for piece, line in pieces:
        more = words_in(piece)
        if held and words + more > MOST_WORDS:
            yield joint.join(held), begun
            held, words = [], 0.0
        if not held:
            begun = line
        held.append(piece)
        words += more
    if held:
        yield joint.join(held), begun
