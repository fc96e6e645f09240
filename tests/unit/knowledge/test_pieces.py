"""Each passage of each reader maps back to its document to the character, and nothing of the document is missing."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.converting.converter import Converter
from knowledge.converting.plain import read_plain
from knowledge.converting.records import BlockKind, Converted, Format, Limits, NotADocument, Unreadable
from knowledge.readers import chunks_of
from tests.unit.knowledge.converting import making

WORDS = [
    "the",
    "rent",
    "of",
    "a",
    "flat",
    "is",
    "due",
    "on",
    "each",
    "first",
    "day",
    "unless",
    "1,000",
    "euros",
    "were",
    "paid",
    "before;",
    "Größe,",
    "цена,",
    "价格",
]


def check(document: Converted) -> int:
    """Every passage is pieces of the document and white space between; every word of every block is in some passage."""
    covered = bytearray(len(document.text))
    chunks = chunks_of(document)
    for chunk in chunks:
        reached = 0
        for piece in chunk.pieces:
            length = piece.end - piece.start
            assert 0 <= piece.start <= piece.end <= len(document.text)
            assert chunk.text[reached : piece.at].strip() == ""
            assert chunk.text[piece.at : piece.at + length] == document.text[piece.start : piece.end]
            covered[piece.start : piece.end] = b"\1" * length
            reached = piece.at + length
        assert reached == len(chunk.text)
    for block in document.blocks:
        if block.kind is not BlockKind.HEADING:
            assert document.text[block.start : block.end] == block.text
            missing = [document.text[n] for n in range(block.start, block.end) if not covered[n]]
            assert not any(sign.isalnum() for sign in missing), block  # a sign alone makes no sentence
    return len(chunks)


def sentences(rng: random.Random, count: int) -> str:
    return " ".join(f"{' '.join(rng.choices(WORDS, k=rng.randint(3, 30))).capitalize()}." for _ in range(count))


LINES = st.lists(
    st.sampled_from(
        ["# One", "## Two", "text of a line. And more!", "- an item", "  - one below", "1. first", "", "", "```", "    code",
         "| a | b |", "|---|---|", "| 1 | 2 |", "> said", "def f(x):", "class A:", "    return 1", "word " * 250, "x" * 2600,
         "\t", "<!-- out -->", "** bold", "é\u0301 Ж 价"]
    ) | st.text(max_size=40),
    max_size=40,
).map("\n".join)  # fmt: skip


@pytest.mark.parametrize("format", [Format.MARKDOWN, Format.TEXT, Format.CODE])
@settings(deadline=None)
@given(text=LINES)
def test_our_own_formats(format: Format, text: str):
    with suppress(Unreadable, NotADocument):
        check(read_plain(text.encode("utf-8", "replace"), "a", format))


def files(rng: random.Random) -> dict[str, bytes]:
    """One file of each foreign format, long enough to be cut within its blocks."""
    rows = [["item", "price", "note"], *([f"row {n}", str(n), sentences(rng, 1)] for n in range(90))]
    paragraphs = [sentences(rng, rng.randint(1, 30)) for _ in range(6)]
    mail = EmailMessage()
    mail["Subject"], mail["From"] = "The lease", "a@example.org"
    mail.set_content("\n\n".join(paragraphs))
    html = "".join(f"<h2>Part {n}</h2><p>{text}</p>" for n, text in enumerate(paragraphs))
    table = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    pages = [making.prose(*(f"Line {n} of page {page}: rent and price." for n in range(40))) for page in range(3)]
    return {
        "a.csv": "\n".join(",".join(json.dumps(cell, ensure_ascii=False) for cell in row) for row in rows).encode(),
        "a.html": f"<html><body>{html}<table>{table}</table><pre>{'code();' * 500}</pre></body></html>".encode(),
        "a.eml": mail.as_bytes(),
        "a.pdf": making.pdf(pages), "a.docx": making.word(), "a.pptx": making.slides(4), "a.xlsx": making.workbook(rows),
    }  # fmt: skip


async def test_the_formats_of_others(tmp_path: Path):
    converter = Converter(Limits(seconds=60.0, memory_mb=1024, pages=100), max_bytes=10_000_000)
    for name, data in files(random.Random(11)).items():
        path = tmp_path / name
        path.write_bytes(data)
        assert check(await converter.convert(path, on_step=lambda _: None)) > 1, name
