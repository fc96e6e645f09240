"""From a document to passages: where it is cut. What is a document, and in which format, is `knowledge.converting`'s.

Everything here blocks and is called in a thread. Passages follow the structure (sections, paragraphs, list items, table
rows, code blocks) up to 200 words, without overlap: on 472 questions with marked spans such pieces found the answer
with the fewest words handed on. Passages of one section are in order, so the neighbours are known by their ordinal.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from company.language.sentences import sentences
from company.language.tokens import is_cjk, raw_words
from knowledge.converting.building import LONGEST_BLOCK
from knowledge.converting.plain import as_document
from knowledge.converting.records import Block, BlockKind, Converted, Format, Unit
from knowledge.records import Chunk, Piece

MOST_WORDS = 200
ENOUGH_WORDS = 120
_HAN_PER_WORD = 1.7
_LONGEST_PIECE = 2400  # characters of a "sentence" or a row before it is cut by size


@dataclass(frozen=True, slots=True)
class _Part:
    """A block, or a part of one that was too long: its text, the place it begins at, and where its text stands."""

    text: str
    place: int
    pieces: tuple[Piece, ...]
    item: bool = False  # of a list


class _Bit(NamedTuple):
    """A sentence, a line or a row of a block: its line and its offset in the block."""

    text: str
    line: int
    offset: int


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
            held.append(_Part(block.text, block.place, _title(block, document.text)))
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


def _whole(block: Block) -> tuple[Piece, ...]:
    return (Piece(0, block.start, block.end),)


def _title(block: Block, source: str) -> tuple[Piece, ...]:
    """Where the words of a heading stand: in Markdown there are marks around them, and blanks of any number between."""
    pieces, at, begun = [], 0, block.start
    for word in block.text.split(" "):
        found = source.find(word, begun)
        if found < 0:
            return ()
        begun = found + len(word)
        pieces.append(Piece(at, found, begun))
        at += len(word) + 1
    return tuple(pieces)


def _chunk(held: list[_Part], headings: tuple[str, ...], unit: Unit) -> Chunk:
    text, pieces = held[0].text, list(held[0].pieces)
    for before, part in itertools.pairwise(held):
        text += "\n" if before.item and part.item else "\n\n"
        pieces += [one._replace(at=len(text) + one.at) for one in part.pieces]
        text += part.text
    return Chunk(text=text, line=held[0].place, headings=headings, unit=unit, pieces=tuple(pieces))


def _cut(block: Block, unit: Unit) -> Iterator[_Part]:
    """A block that is too long in parts: tables with their head repeated, code by lines, prose by sentences."""
    item = block.kind is BlockKind.ITEM
    if len(block.text) <= LONGEST_BLOCK and words_in(block.text) <= MOST_WORDS:  # the length first: it is known at once
        yield _Part(block.text, block.place, _whole(block), item)
        return
    head, joint = "", "\n"
    if block.kind is BlockKind.TABLE:
        head = "\n".join(block.text.split("\n")[:2]) + "\n"
        first = 2 if unit == "line" else 0  # the place of a table is its head's line, else its first row's number
        bits = [one._replace(line=one.line - 2 + first) for one in _lines(block.text) if one.line >= 2]
    elif block.kind is BlockKind.CODE:
        bits = list(_lines(block.text))
    else:
        bits, joint = list(_prose(block.text)), " "
    counts = unit in ("line", "row")
    for some in _group(bits):
        text, pieces = head, [Piece(0, block.start, block.start + len(head))] if head else []
        for number, one in enumerate(some):
            text += joint if number else ""
            pieces.append(Piece(len(text), block.start + one.offset, block.start + one.offset + len(one.text)))
            text += one.text
        yield _Part(text, block.place + (some[0].line if counts else 0), tuple(pieces), item)


def _lines(text: str) -> Iterator[_Bit]:
    """Its lines."""
    offset = 0
    for number, line in enumerate(text.split("\n")):
        yield from _split(_Bit(line, number, offset))
        offset += len(line) + 1


def _prose(text: str) -> Iterator[_Bit]:
    """Its sentences."""
    line = counted = 0
    for span in sentences(text):
        line += text.count("\n", counted, span.start)
        counted = span.start
        yield from _split(_Bit(text[span.start : span.end], line, span.start))


def _split(bit: _Bit) -> Iterator[_Bit]:
    """A "sentence" or row without an end (logs, minified text, sheets of a hundred columns) by size."""
    step = _LONGEST_PIECE // 2 if len(bit.text) > _LONGEST_PIECE else max(len(bit.text), 1)
    for at in range(0, max(len(bit.text), 1), step):
        yield _Bit(bit.text[at : at + step], bit.line, bit.offset + at)


def _group(bits: Iterable[_Bit]) -> Iterator[list[_Bit]]:
    """Neighbouring bits together up to the limit."""
    held: list[_Bit] = []
    words = 0.0
    for bit in bits:
        more = words_in(bit.text)
        if held and words + more > MOST_WORDS:
            yield held
            held, words = [], 0.0
        held.append(bit)
        words += more
    if held:
        yield held
