"""Files become passages with their place, whatever their encoding; what can't be read says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company.language.sentences import sentences
from knowledge.readers import MOST_WORDS, NotADocument, Unreadable, decode, markdown_chunks, read, text_chunks, words_in

LIMIT = 1_000_000


def test_a_passage_knows_its_headings_and_line() -> None:
    chunks = markdown_chunks("---\ntitle: x\n---\n# House\n\nIntro.\n\n## Rent\n\nIt is 900 euros.\n")
    assert [(chunk.text, chunk.place) for chunk in chunks] == [
        ("Intro.", "House, line 6"),
        ("It is 900 euros.", "House > Rent, line 10"),
    ]


def test_a_heading_goes_out_of_force_with_the_next_of_its_level() -> None:
    chunks = markdown_chunks("# A\n\none\n\n### Deep\n\ntwo\n\n## B\n\nthree\n")
    assert [chunk.headings for chunk in chunks] == [("A",), ("A", "Deep"), ("A", "B")]


def test_a_table_stays_whole_and_a_long_one_repeats_its_head() -> None:
    rows = "\n".join(f"| item {number} | costs {number} euros today |" for number in range(150))
    chunks = markdown_chunks(f"| Item | Price |\n|---|---|\n{rows}\n")
    assert len(chunks) > 1
    assert all(chunk.text.startswith("| Item | Price |\n|---|---|\n") for chunk in chunks)
    assert sum(chunk.text.count("costs") for chunk in chunks) == 150


def test_code_keeps_its_lines() -> None:
    (chunk,) = markdown_chunks("# Run\n\n```sh\nmake run\n\nmake test\n```\n")
    assert chunk.text == "```sh\nmake run\n\nmake test\n```"


def test_comments_are_no_text() -> None:
    assert [chunk.text for chunk in markdown_chunks("<!-- hidden -->\n\nseen\n")] == ["seen"]


def test_a_very_long_text_is_still_cut_by_headings() -> None:
    long = "# Part\n\n" + "A sentence of six words stands. " * 60_000
    chunks = markdown_chunks(long)
    assert chunks[0].headings == ("Part",)
    assert max(words_in(chunk.text) for chunk in chunks) <= MOST_WORDS


@given(
    st.lists(
        st.sampled_from(["One two three four. ", "Ein Satz mit Wörtern! ", "这是一句话。", "\n\n", "x" * 90 + ". "])
    )
)
def test_nothing_is_lost_and_nothing_too_long(pieces: list[str]) -> None:
    text = "".join(pieces)
    chunks = text_chunks(text)
    assert all(words_in(chunk.text) <= MOST_WORDS for chunk in chunks)
    kept = "".join("".join(chunk.text.split()) for chunk in chunks)
    assert kept == "".join(text.split())


@given(st.text(max_size=300))
def test_sentences_are_pieces_of_the_text_in_order(text: str) -> None:
    end = 0
    for span in sentences(text):
        assert end <= span.start < span.end <= len(text)
        end = span.end


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_encodings(encoding: str) -> None:
    text = "Die Miete beträgt 900 Euro für die Wohnung in der Straße.\r\n"
    assert decode(text.encode(encoding)) == text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"%PDF-1.7", "PDF is not supported yet"),
        ("a.docx", b"PK", "Word is not supported yet"),
        ("a.md", b"", "it is empty"),
        ("a.txt", b"\x00\x01\x02\x03" * 50, "it is not text"),
        ("a.md", b"x" * (LIMIT + 1), "the limit is 1 MB"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=reason):
        read(path, max_bytes=LIMIT)


def test_a_file_may_say_that_it_is_no_document(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("<!-- nexus: not a document -->\n# Drop files here\n", encoding="utf-8")
    with pytest.raises(NotADocument):
        read(path, max_bytes=LIMIT)
