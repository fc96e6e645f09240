"""Cutting a formatted text into messages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.markup import EntityKind, Rendered, Renderer, plain, split, to_html, utf16_len
from tests.unit.bot.test_markup_reference import check_entities, read_html

RENDERER = Renderer()


def checked(rendered: Rendered, limit: int, reserve: int = 0) -> list[str]:
    parts = split(rendered, limit, reserve)
    assert "".join(part.text for part in parts) == rendered.text
    for nth, part in enumerate(parts, start=1):
        assert 0 < utf16_len(part.text) <= limit - reserve
        assert (part.number, part.total) == (nth, len(parts))
        found = [entity.as_api() for entity in part.entities]
        check_entities(part.text, found)
        assert read_html(to_html(part)) == (part.text, found)
    return [part.text for part in parts]


def test_short_texts_are_one_part() -> None:
    assert checked(plain("abc"), 4096) == ["abc"]
    assert split(plain("")) == ()
    assert len(split(plain("a" * 4096))) == 1
    assert len(split(plain("a" * 4097))) == 2
    assert len(split(plain("😀" * 2048))) == 1
    assert len(split(plain("😀" * 2049))) == 2


def test_cut_prefers_blank_line_then_line_then_sentence_then_space() -> None:
    assert checked(plain("aaaaaaaaaa\n\nbbb bbb\nccc ccc"), 20) == ["aaaaaaaaaa\n\n", "bbb bbb\nccc ccc"]
    assert checked(plain("aaa aaa aaa\nbbb. bbb bbb bbb"), 20) == ["aaa aaa aaa\n", "bbb. bbb bbb bbb"]
    assert checked(plain("aaa aaa. bbb bbb bbb bbb"), 20) == ["aaa aaa. ", "bbb bbb bbb bbb"]
    assert checked(plain("aaa aaa bbb bbb bbb bbb bbb"), 20) == ["aaa aaa bbb bbb bbb ", "bbb bbb"]
    assert checked(plain("a" * 45), 20) == ["a" * 20, "a" * 20, "a" * 5]
    assert checked(plain("一二三四五。六七八九十一二三四五六七八九十"), 20)[0] == "一二三四五。"


def test_a_block_of_code_is_not_cut_when_a_line_before_it_will_do() -> None:
    rendered = RENDERER.render("text\n" * 12 + "\n```py\n" + "code()\n\n" * 5 + "```")
    texts = checked(rendered, 90)
    assert texts[1].startswith("code()")


def test_code_goes_on_in_the_next_part_with_its_language() -> None:
    rendered = RENDERER.render("```python\n" + "\n".join(f"    line {n}" for n in range(60)) + "\n```")
    parts = split(rendered, 200)
    assert len(parts) > 3
    for part in parts:
        assert to_html(part).startswith('<pre><code class="language-python">    line ')
        assert "</code></pre>" in to_html(part)
    checked(rendered, 200)


def test_nested_styles_are_closed_and_opened_again() -> None:
    rendered = RENDERER.render("> **bold *both* [link words here](https://e.com) bold** tail of the quote")
    parts = split(rendered, 20)
    checked(rendered, 20)
    assert len(parts) == 3
    assert all(part.entities[0].kind is EntityKind.BLOCKQUOTE for part in parts)
    assert any(entity.url for entity in parts[0].entities + parts[1].entities)


@pytest.mark.parametrize(
    "grapheme",
    ["👨\u200d👩\u200d👧\u200d👦", "🇫🇷", "e\u0301\u0323", "👍🏽", "1\ufe0f\u20e3", "한", "\u1112\u1161\u11ab", "क्षि",
     "ก\u0e33", "🏴\U000e0067\U000e0062\U000e007f"],
)  # fmt: skip
def test_no_grapheme_is_cut(grapheme: str) -> None:
    for limit in range(16, 32):
        for text in checked(plain(grapheme * 40), limit):
            assert text == grapheme * (len(text) // len(grapheme))


def test_a_grapheme_longer_than_a_message_is_cut_all_the_same() -> None:
    assert len(checked(plain("a" + "\u0301" * 5_000), 4096)) == 2


def test_reserve_leaves_room_for_the_caller() -> None:
    rendered = plain("word " * 3_000)
    assert all(utf16_len(text) <= 4096 - 10 for text in checked(rendered, 4096, reserve=10))
    with pytest.raises(ValueError, match="at least 16"):
        split(rendered, 20, reserve=10)


def test_a_part_keeps_the_hundred_entities_that_say_most() -> None:
    rendered = RENDERER.render("**b** " * 150 + "[l](https://e.com)")
    (part,) = split(rendered)
    assert len(part.entities) == 100
    assert part.entities[-1].kind is EntityKind.TEXT_LINK
    checked(rendered, 4096)


def test_parts_of_white_space_are_recognised() -> None:
    assert [part.blank for part in split(Rendered("a" + "\n" * 50), 16)] == [False, True, True, True]


MIXED = st.lists(
    st.sampled_from(["a", "word ", "\n", "\n\n", "😀", "🇫🇷", "e\u0301", "👩\u200d🚀", "**", "*", "`", "```py\n",
    "> ", ". ",
                     "[l](", "https://e.com)", "- ", "  ", "~~", "。", "| a | b |\n|-|-|\n"]),
    max_size=80,
).map("".join)  # fmt: skip


@settings(max_examples=300, deadline=None, database=None)
@given(MIXED, st.integers(16, 60))
def test_any_text_any_limit(source: str, limit: int) -> None:
    checked(RENDERER.render(source), limit)
