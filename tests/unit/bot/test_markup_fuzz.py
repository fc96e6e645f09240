"""Whatever a model writes, Telegram can read it."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.markup import Rendered, Renderer, escape_markdown_v2, split, to_html, utf16_len
from tests.unit.bot.test_markup_reference import check_entities, read_html, read_markdown_v2

RENDERER = Renderer()

PIECES = [
    *"*_`~[]()<>#+-=|{}.!\\&\"'^:/ \n\t1aé漢",
    "**", "__", "~~", "```", "```py\n", "\n\n", "\n- ", "\n1. ", "\n> ", "\n>> ", "\n    ", "\n# ", "\n---\n",
    "\n===\n", "![",
    "](", "](https://e.com)", "](javascript:x)", '](https://e.com/"q")', "[a](http://e.com 'b')", "[1]",
    "\n\n[1]: http://e.com\n\n",
    "<b>", "</b>", "<br>", "<!-- x -->", "<http://e.com>", "&amp;", "&#0;", "&#8238;", "&#xd800;",
    "| a | b |\n", "|-|:-:|\n",
    "\n|a|b|\n|-|-|\n|`c`|[d](http://e.com)|\n", "😀", "👨\u200d👩\u200d👧", "🇫🇷", "\u202e", "\u2066", "\x00",
    "\ud83d", "\u200b", "\u00a0",
    "\u0301", "word", "evil.com", "- [ ] ", "- [x] ", "\r\n", "https://e.com/a?b=c&d=(e)", "**：**", "||",
    "$x_1$", "\u2028", "\ufffe",
]  # fmt: skip


def must_hold(source: str, keep: bool | None) -> None:
    rendered = RENDERER.render(source, None if keep is None else lambda _: keep)
    assert not rendered.degraded
    rendered.text.encode()  # no lone surrogates
    assert not set(rendered.text) & set("\x00\x07\r\t\u202e\u2066")
    check(rendered)
    for part in split(rendered, 64):
        check(part)


def check(part: Rendered) -> None:
    found = [entity.as_api() for entity in part.entities]
    check_entities(part.text, found)
    assert read_html(to_html(part)) == (part.text, found)
    assert read_markdown_v2(escape_markdown_v2(part.text)) == part.text


@settings(max_examples=300, deadline=None, database=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.sampled_from([None, True, False]))
def test_markdown_like_text(source: str, keep: bool | None) -> None:
    must_hold(source, keep)


@settings(max_examples=300, deadline=None, database=None)
@given(st.text(st.characters(exclude_categories=[]), max_size=200))
def test_any_text(source: str) -> None:
    must_hold(source, None)


@pytest.mark.parametrize("seed", [1])
def test_ten_thousand_random_texts(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(10_000):
        source = "".join(dice.choices(PIECES, k=dice.randint(1, 24)))
        rendered = RENDERER.render(source, dice.choice((None, lambda _: True, lambda _: False)))
        found = [entity.as_api() for entity in rendered.entities]
        check_entities(rendered.text, found)
        assert read_html(to_html(rendered)) == (rendered.text, found), source
        assert read_markdown_v2(escape_markdown_v2(rendered.text)) == rendered.text


def test_no_word_is_lost() -> None:
    """Every word of a source without links, tables or character references is in the result."""
    dice = random.Random(7)
    marks = [piece for piece in PIECES if not set(piece) & set("&|<:\u030a") and piece.isascii() and "](" not in piece]
    for _ in range(500):
        words = [f"w{n}w" for n in range(dice.randint(1, 12))]
        source = "".join(word + "".join(dice.choices(marks, k=2)) + " " for word in words)
        text = RENDERER.render(source.replace("```", "\n```\n")).text
        assert [word for word in words if word in text] == words, source


HOSTILE = [
    "[", "![", "*a ", "**a", "_a", "`", "> ", ">", "- ", "1. ", "<", "&", "\\", "|", "[a](", "](", "[x][y",
    "~~", "***", "```\n",
    "*_", "a\n", "# a\n", "- a\n", "|a|b|\n|-|-|\n", "[x](<", "**a.com** ", "> `a`\n\n", "\n",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hundred_kilobytes_of_anything_are_bounded(unit: str) -> None:
    """Measured 0.05 to 0.9 s of CPU on the machine this was written on; quadratic behaviour would take minutes."""
    source = (unit * (100_000 // len(unit) + 1))[:100_000]
    begun = time.process_time()
    rendered = RENDERER.render(source, lambda _: False)
    parts = split(rendered)
    assert time.process_time() - begun < 8
    assert all(utf16_len(part.text) <= 4096 for part in parts)
    assert "".join(part.text for part in parts) == rendered.text


@pytest.mark.parametrize(
    "source",
    ["[" * 5_000 + "a" + "](b)" * 5_000, "![" * 5_000 + "a" + "](b)" * 5_000, "*a **b " * 5_000 + "c** d*" * 5_000,
     "(" * 5_000, "> " * 5_000 + "a", "- " * 5_000 + "a", '"' * 5_000, "[a" * 5_000 + "]" * 5_000],
)  # fmt: skip
def test_five_thousand_levels(source: str) -> None:
    begun = time.process_time()
    rendered = RENDERER.render(source)
    assert time.process_time() - begun < 8
    assert "a" in rendered.text or rendered.text == source
    assert not rendered.degraded
