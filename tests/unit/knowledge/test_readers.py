"""Files become passages with their place, whatever their encoding; what can't be read says why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company.language.sentences import sentences
from knowledge.converting.building import Building
from knowledge.converting.records import Converted, Format, Unit
from knowledge.readers import MOST_WORDS, chunks_of, markdown_chunks, text_chunks, words_in


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


@pytest.mark.parametrize("unit", ["page", "slide", "paragraph"])
def test_a_place_is_a_page_where_there_are_pages(unit: Unit) -> None:
    building = Building()
    building.heading("Terms", 1, 3)
    building.text("A sentence of six words stands. " * 80, 3)
    building.text("The rent is due.", 4)
    chunks = chunks_of(document(building, unit))
    assert {chunk.place for chunk in chunks[:-1]} == {f"Terms, {unit} 3"}
    assert chunks[-1].text.endswith("The rent is due.")
    if unit != "paragraph":
        assert (chunks[-1].text, chunks[-1].place) == ("The rent is due.", f"Terms, {unit} 4"), (
            "no passage over two pages"
        )


def test_a_cut_sheet_knows_its_rows() -> None:
    building = Building()
    building.heading("Stock", 1, 1)
    building.table([["Item", "Note"], *([f"item {n}", "a note of some more words"] for n in range(2, 42))], 2)
    chunks = chunks_of(document(building, "row"))
    assert len(chunks) > 1
    for chunk in chunks:
        head, _, first = chunk.text.split("\n")[:3]
        assert (head, chunk.headings) == ("| Item | Note |", ("Stock",))
        assert f"item {chunk.line} " in first, "the place is the row of the sheet"
    assert sum(chunk.text.count("item ") for chunk in chunks) == 40


def document(building: Building, unit: Unit) -> Converted:
    text = "\n\n".join(block.text for block in building.blocks)
    return Converted(title="", format=Format.PDF, unit=unit, text=text, blocks=tuple(building.blocks))


def test_a_row_of_a_hundred_columns_is_cut_by_size() -> None:
    building = Building()
    building.table([[f"name {n}" for n in range(100)], [f"a longer value {n}" for n in range(400)]], 2)
    assert max(len(chunk.text) for chunk in chunks_of(document(building, "row"))) < 8000
