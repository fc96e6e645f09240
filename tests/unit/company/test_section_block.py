"""The block SUIVI: last, exact, four to eight lines, and read back as it was written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company.outlines import outline_of
from company.section_block import KEYWORD, for_program, read_block, with_block

BLOCK = f"{KEYWORD}\n[S1] One\n[S2] Two\n[S3] Three\n[S4] Four"
TITLES = st.lists(
    st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=90).map(lambda one: f"{one}t"),
    min_size=4, max_size=12,
)  # fmt: skip
PIECES = st.sampled_from(
    [
        "word",
        "```",
        "````",
        "~~~",
        "```python",
        " ```",
        KEYWORD,
        "[S1] A",
        "[S2] B",
        "[S3] C",
        "[S4] D",
        BLOCK,
        "",
        "\r",
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=30), max_size=14).map("\n".join)


def plan(count: int) -> str:
    return "\n\n".join(f"## {n}. Part {n}\nWhat is to be said of it." for n in range(1, count + 1))


@given(TEXTS, TITLES)
def test_what_is_written_is_read_back(text: str, titles: list[str]):
    written = with_block(text, titles)
    found = read_block(written)
    assert len(found.titles) == min(len(titles), 8)
    assert read_block(with_block(found.text, found.titles)) == found, "once more gives the same"
    assert [title.split() for title in found.titles if not title.endswith("…")] == [
        one.split() for one, title in zip(titles, found.titles, strict=False) if not title.endswith("…")
    ]
    assert found.text.startswith(text.rstrip()), "the text is all there; at most an open code block was closed"
    assert re.fullmatch(r"\s*[`~]*", found.text[len(text.rstrip()) :])


@given(TEXTS, TITLES)
def test_the_block_is_last_and_exact(text: str, titles: list[str]):
    lines = with_block(text, titles).split("\n")
    block = lines[len(lines) - lines[::-1].index(KEYWORD) - 1 :]
    assert block[0] == KEYWORD
    assert 4 <= len(block) - 1 <= 8
    assert all(re.fullmatch(rf"\[S{n}\] \S.*", line) for n, line in enumerate(block[1:], 1))


@given(st.text(max_size=200) | TEXTS)
def test_any_text_is_read_without_a_fault(text: str):
    found = read_block(text)
    assert found.text == text or (4 <= len(found.titles) <= 8 and text.startswith(found.text))


@pytest.mark.parametrize(
    "text",
    [
        f"An example:\n```\n{BLOCK}\n```",
        f"An example that was cut off:\n~~~text\n{BLOCK}",
        f"{BLOCK}\nand more",
        f"{KEYWORD}\n[S1] One\n[S2] Two\n[S3] Three",
        BLOCK.replace("[S3]", "[S5]"),
        BLOCK.replace(KEYWORD, "Suivi"),
        BLOCK.replace("[S2] Two", "[S2] "),
    ],
)
def test_what_looks_like_a_block_is_none(text: str):
    assert read_block(text).titles == ()


def test_brackets_and_line_breaks_in_titles_stay_on_their_line():
    titles = ["a [S2] b]", "two\nlines\u2028three", f"{KEYWORD}", "d"]
    found = read_block(with_block("Text.", titles))
    assert found.titles == ("a [S2] b]", "two lines three", KEYWORD, "d")


@pytest.mark.parametrize(("sections", "named"), [(0, 0), (3, 0), (4, 4), (8, 8), (12, 8)])
def test_fewer_than_four_sections_have_no_block_and_more_than_eight_name_eight(sections: int, named: int):
    answer = plan(sections) or "Just a sentence."
    given_out = for_program(answer)
    assert read_block(given_out).titles == tuple(section.title for section in outline_of(answer))[:named]
    assert named or given_out == answer


def test_a_block_that_a_model_wrote_is_replaced_by_that_of_the_outline():
    answer = f"{plan(4)}\n\n{KEYWORD}\n[S1] x\n[S2] y\n[S3] z\n[S4] w"
    assert read_block(for_program(answer)).titles == ("Part 1", "Part 2", "Part 3", "Part 4")
    assert for_program(answer).count(KEYWORD) == 1


def test_an_open_code_block_is_closed_first():
    answer = f"{plan(4)}\n\n```python\nprint(1)"
    assert "\n```\n\nSUIVI\n" in for_program(answer)
