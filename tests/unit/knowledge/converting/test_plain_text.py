"""Text in whatever encoding, and what is no text."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.converting.converter import Converter
from knowledge.converting.decoding import decode
from knowledge.converting.records import Limits, NotADocument, Unreadable

LIMIT = 1_000_000


@pytest.fixture
def converter() -> Converter:
    return Converter(Limits(), max_bytes=LIMIT)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_encodings(encoding: str) -> None:
    text = "Die Miete beträgt 900 Euro für die Wohnung in der Straße.\r\n"
    assert decode(text.encode(encoding)) == text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Аренда квартиры стоит девятьсот евро в месяц, и платить нужно до десятого числа каждого месяца."),
        ("koi8-r", "Аренда квартиры стоит девятьсот евро в месяц, и платить нужно до десятого числа каждого месяца."),
        ("gb18030", "公寓的租金是每月九百欧元，必须在每月十日之前支付。暖气和水费另外计算，合同为期两年。"),
        ("cp1252", "Le loyer est de 900 € par mois, à payer avant le dix. L’été, le chauffage est coupé."),
    ],
)
def test_encodings_that_must_be_guessed(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.rtf", b"{", "RTF is not supported yet"),
        ("a.xyz", b"PK", ".xyz is not supported yet"),
        ("a.md", b"", "it is empty"),
        ("a.md", b" \n ", "it is empty"),
        ("a.txt", b"\x00\x01\x02\x03" * 50, "it is not text"),
        ("a.md", b"x" * (LIMIT + 1), "the limit is 1 MB"),
    ],
)
async def test_what_cannot_be_read_says_why(
    converter: Converter, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=reason):
        await converter.convert(path)


@pytest.mark.parametrize("name", ["a.log", "a.json"])
@pytest.mark.parametrize("mark", ["\n", ""])
async def test_text_without_an_end_comes_in_pieces_that_are_all_there(
    converter: Converter, name: str, mark: str
) -> None:
    text = mark.join(f'{{"key": "value number {n}"}},' for n in range(5000))
    document = await converter.convert(text.encode(), name=name)
    assert max(len(block.text) for block in document.blocks) <= 8000
    assert all(document.text[block.start : block.end] == block.text for block in document.blocks)
    assert mark.join(block.text for block in document.blocks) == text


async def test_a_file_may_say_that_it_is_no_document(converter: Converter, tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("<!-- nexus: not a document -->\n# Drop files here\n", encoding="utf-8")
    with pytest.raises(NotADocument):
        await converter.convert(path)
