"""From a document to passages: where it is cut. What is a document, and in which format, is `knowledge.converting`'s.

Everything here blocks and is called in a thread. Passages follow the structure (sections, paragraphs, list items, table
rows, code blocks) up to 200 words, without overlap: on 472 questions with marked spans such pieces found the answer
with the fewest words handed on. Passages of one section are in order, so the neighbours are known by their ordinal.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from company.language.sentences import sentences
from company.language.tokens import is_cjk, raw_words
from knowledge.converting.building import LONGEST_BLOCK
from knowledge.converting.plain import as_document
from knowledge.converting.records import Block, BlockKind, Converted, Format, Unit
from knowledge.index import Chunk

MOST_WORDS = 200
ENOUGH_WORDS = 120
_HAN_PER_WORD = 1.7
_LONGEST_PIECE = 2400  # characters of a "sentence" or a row before it is cut by size


@dataclass(frozen=True, slots=True)
class _Part:
    """A block, or a piece of one that was too long: its text and the place it begins at."""

    text: str
    place: int
    item: bool = False  # of a list


def chunks_of(document: Converted) -> list[Chunk]:
    """The passages of a document, in order; a heading without anything under it is one of its own.

    None goes over the end of a page: what is cited from page 3 stands on page 3 (or runs on from there).
    """
    chunks: list[Chunk] = []
    held: list[_Part] = []
    path: tuple[str, ...] = ()
    for block, after in itertools.zip_longest(document.blocks, document.blocks[1:]):
        turned = document.unit in ("page", "slide") and bool(held) and held[-1].place != block.place
        if block.kind is BlockKind.HEADING or block.headings != path or turned:
            chunks.extend(_pack(held, path, document.unit))
            held, path = [], block.headings
        if block.kind is not BlockKind.HEADING:
            held.extend(_cut(block, document.unit))
        elif after is None or (after.kind is BlockKind.HEADING and after.level <= block.level):
            held.append(_Part(block.text, block.place))
    chunks.extend(_pack(held, path, document.unit))
    return chunks


def markdown_chunks(text: str) -> list[Chunk]:
    """Passages of a Markdown text; their place is the path of headings."""
    return chunks_of(as_document(text, Format.MARKDOWN))


def text_chunks(text: str) -> list[Chunk]:
    """Passages of a plain text; paragraphs are parted by empty lines."""
    return chunks_of(as_document(text, Format.TEXT))


def words_in(text: str) -> float:
    """How long a text is, in words; 1.7 Han characters count as one."""
    return sum(len(word) / _HAN_PER_WORD if is_cjk(word) else 1 for word in raw_words(text))


def _pack(parts: Iterable[_Part], headings: tuple[str, ...], unit: Unit) -> Iterator[Chunk]:
    """The parts of one section as passages of at most `MOST_WORDS` words, cut between blocks where possible."""
    held: list[_Part] = []
    words = 0.0
    for part in parts:
        more = words_in(part.text)
        if held and (words + more > MOST_WORDS or words >= ENOUGH_WORDS):
            yield _chunk(held, headings, unit)
            held, words = [], 0.0
        held.append(part)
        words += more
    if held:
        yield _chunk(held, headings, unit)


def _chunk(held: list[_Part], headings: tuple[str, ...], unit: Unit) -> Chunk:
    text = held[0].text
    for before, part in itertools.pairwise(held):
        text += ("\n" if before.item and part.item else "\n\n") + part.text
    return Chunk(text=text, line=held[0].place, headings=headings, unit=unit)


def _cut(block: Block, unit: Unit) -> Iterator[_Part]:
    """A block that is too long in pieces: tables with their head repeated, code by lines, prose by sentences."""
    item = block.kind is BlockKind.ITEM
    if len(block.text) <= LONGEST_BLOCK and words_in(block.text) <= MOST_WORDS:  # the length first: it is known at once
        yield _Part(block.text, block.place, item)
        return
    lines = block.text.split("\n")
    head = ""
    if block.kind is BlockKind.TABLE:
        head = "\n".join(lines[:2]) + "\n"
        first = 2 if unit == "line" else 0  # the place of a table is its head's line, else its first row's number
        pieces = _group(
            [(piece, number) for number, line in enumerate(lines[2:], first) for piece in _split(line)], "\n"
        )
    elif block.kind is BlockKind.CODE:
        pieces = _group([(piece, number) for number, line in enumerate(lines) for piece in _split(line)], "\n")
    else:
        pieces = _group(_prose(block.text), " ")
    counts = unit in ("line", "row")
    yield from (_Part(head + text, block.place + (offset if counts else 0), item) for text, offset in pieces)


def _prose(text: str) -> list[tuple[str, int]]:
    """Its sentences, each with its line."""
    pieces: list[tuple[str, int]] = []
    line = counted = 0
    for span in sentences(text):
        line += text.count("\n", counted, span.start)
        counted = span.start
        pieces += [(piece, line) for piece in _split(text[span.start : span.end])]
    return pieces


def _split(piece: str) -> list[str]:
    """A "sentence" or row without an end (logs, minified text, sheets of a hundred columns) by size."""
    half = _LONGEST_PIECE // 2
    return [piece[i : i + half] for i in range(0, len(piece), half)] if len(piece) > _LONGEST_PIECE else [piece]


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
