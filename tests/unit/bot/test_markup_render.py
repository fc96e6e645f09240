"""How each Markdown construct looks in a chat."""

from __future__ import annotations

import pytest

from bot.markup import (
    EntityKind,
    Rendered,
    Renderer,
    collapsed,
    escape_html,
    escape_markdown_v2,
    join,
    plain,
    styled,
    to_html,
    utf16_len,
)
from bot.markup.tables import columns


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    made = Renderer()
    made.warm()
    return made


CASES = [
    ("**b** *i* ~~s~~ `c`", "<b>b</b> <i>i</i> <s>s</s> <code>c</code>"),
    ("**b *bi* b**", "<b>b <i>bi</i> b</b>"),
    ("**b `c` b**", "<b>b</b> <code>c</code> <b>b</b>"),
    ("# H `c`\n\nText", "<b>H</b> <code>c</code>\n\nText"),
    ("Title\n---\ntext", "<b>Title</b>\n\ntext"),
    ("first line\nsecond line\n---\ntext", "first line\nsecond line\n\n———\n\ntext"),
    ("a\n\n---\n\nb", "a\n\n———\n\nb"),
    ("- a\n- b\n  - c\n    d\n- e", "• a\n• b\n  • c\n    d\n• e"),
    ("3. a\n4. b\n\ntext", "3. a\n4. b\n\ntext"),
    ("1) a\n2) b", "1) a\n2) b"),
    ("- a\n\n- b", "• a\n\n• b"),
    ("- - a", "• • a"),
    ("-\n- b", "•\n• b"),
    ("- [ ] open\n- [x] done\n- [X] done", "• ☐ open\n• ☑ done\n• ☑ done"),
    ("- a\n  ```py\n  x\n  ```\n- b", '• a\n<pre><code class="language-py">x</code></pre>\n• b'),
    ("> q **b**\n> r\n\nafter", "<blockquote>q <b>b</b>\nr</blockquote>\n\nafter"),
    ("> a\n> > b\n> > c", "<blockquote>a\n\n&gt; b\n&gt; c</blockquote>"),
    ("> a\n>\n> - b", "<blockquote>a\n\n• b</blockquote>"),
    ("```python title=x\na < b\n```", '<pre><code class="language-python">a &lt; b</code></pre>'),
    ("```\nunclosed\n**x**", "<pre>unclosed\n**x**</pre>"),
    ("```\n```\nafter", "after"),
    ("```c++\nx\n```", '<pre><code class="language-c++">x</code></pre>'),
    ('```py"><b>\nx\n```', "<pre>x</pre>"),
    ("```\n\tif x:\n\t\ty\n```", "<pre>    if x:\n        y</pre>"),
    ("<b>raw</b> <script>alert(1)</script>", "&lt;b&gt;raw&lt;/b&gt; &lt;script&gt;alert(1)&lt;/script&gt;"),
    ("<div>\n\n**x**\n\n</div>", "&lt;div&gt;\n\n<b>x</b>\n\n&lt;/div&gt;"),
    ("2 * 3 * 4 and a_b_c and **open", "2 * 3 * 4 and a_b_c and **open"),
    ('[a "q"](https://e.com/?a="b"&c=<d>)', '<a href="https://e.com/?a=%22b%22&amp;c=%3Cd%3E">a &quot;q&quot;</a>'),
    ("[a](https://e.com 'title')", '<a href="https://e.com">a</a>'),
    ("[`c`](https://e.com)", '<a href="https://e.com">c</a>'),
    ("[](https://e.com)", '<a href="https://e.com">https://e.com</a>'),
    ("[a](<https://e.com/x y>)", '<a href="https://e.com/x%20y">a</a>'),
    ("[a](javascript:alert(1))", "a (javascript:alert(1))"),
    ("[a](tg://user?id=1)", "a (tg://user?id=1)"),
    ("[a](mailto:x@e.com) <y@e.com>", "a (mailto:x@e.com) y@e.com"),
    ("[a](./b.md) [c](#d)", "a (./b.md) c (#d)"),
    ("[a](http://localhost:8000/x)", "a (http://localhost:8000/x)"),
    ("[https://bank.com](https://evil.com)", "https://bank.com (https://evil.com)"),
    ("[www.e.com](https://e.com/x)", '<a href="https://e.com/x">www.e.com</a>'),
    ("[a](https://bank.com@evil.com)", "a (https://bank.com@evil.com)"),
    ("<https://e.com/a>", '<a href="https://e.com/a">https://e.com/a</a>'),
    (
        "![alt](https://e.com/i.png) ![](https://e.com/j.png)",
        '<a href="https://e.com/i.png">alt</a> <a href="https://e.com/j.png">image</a>',
    ),
    ("[![alt](https://e.com/i.png)](https://e.com)", '<a href="https://e.com">alt</a>'),
    ("[a][1] and [1]\n\n[1]: https://e.com", '<a href="https://e.com">a</a> and [<a href="https://e.com">1</a>]'),
    ("text\n\n[1]: https://e.com", "text\n\n[1]: https://e.com"),
    ("[1]: https://e.com", "[1]: https://e.com"),
    ("**标题：**内容 与**“重点”**吗", "<b>标题：</b>内容 与<b>“重点”</b>吗"),
    ("a  \nb\\\nc\nd", "a\nb\nc\nd"),
    ("&lt;b&gt; &amp;amp; &copy;", "&lt;b&gt; &amp;amp; ©"),
    ("**\n**", "**\n**"),
    ("", ""),
    (" \n\n ", ""),
]


@pytest.mark.parametrize(("source", "html"), CASES)
def test_construct(renderer: Renderer, source: str, html: str) -> None:
    rendered = renderer.render(source)
    assert to_html(rendered) == html
    assert not rendered.degraded


def test_table_is_aligned_with_wide_characters_as_two_columns(renderer: Renderer) -> None:
    source = "|名|n|c|\n|:--|--:|:-:|\n|漢字|1|x|\n|**a**|`200`|y<br>z|\n"
    rendered = renderer.render(source)
    lines = rendered.text.split("\n")
    assert lines == ["名   |   n |  c", "-----+-----+----", "漢字 |   1 |  x", "a    | 200 | y z"]
    assert [columns(line.split("|")[0]) for line in (lines[0], *lines[2:])] == [5, 5, 5]
    assert [entity.kind for entity in rendered.entities] == [EntityKind.PRE]


def test_links_of_a_table_stand_below_it(renderer: Renderer) -> None:
    html = to_html(renderer.render("|a|\n|-|\n|[x](https://e.com)|\n\nafter"))
    assert html == '<pre>a\n-\nx</pre>\n\n↗ <a href="https://e.com">x</a>\n\nafter'


def test_a_hostile_table_does_not_grow_without_bound(renderer: Renderer) -> None:
    source = "|" + "a" * 50_000 + "|b|\n|-|-|\n" + "|x|y|\n" * 8_000
    assert len(renderer.render(source).text) < 3 * len(source)


def test_columns() -> None:
    assert [columns(text) for text in ("ab", "漢", "é", "e\u0301", "👍", "👍🏽", "👨\u200d👩\u200d👧", "ｱ")] == [
        2, 2, 1, 1, 2, 2, 2, 1,
    ]  # fmt: skip


def test_entities_count_utf16_units(renderer: Renderer) -> None:
    rendered = renderer.render("😀 **b😀** [l](https://e.com)")
    assert [entity.as_api() for entity in rendered.entities] == [
        {"type": "bold", "offset": 3, "length": 3},
        {"type": "text_link", "offset": 7, "length": 1, "url": "https://e.com"},
    ]
    assert utf16_len(rendered.text) == 8


def test_nothing_is_lost_in_deep_nesting(renderer: Renderer) -> None:
    for source in (">" * 5_000 + " word", "- " * 2_500 + "word", "\n".join("  " * n + f"- w{n}" for n in range(40))):
        rendered = renderer.render(source)
        assert "word" in rendered.text or "w39" in rendered.text
        assert not rendered.degraded


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a\x00b\x07c\x7f\x9bd", "abcd"),
        ("a\u202eb\u2066c\u2069", "abc"),
        ("&#8238;a&#x2066;b", "ab"),
        ("`a\u202eb`", "ab"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("\ud83d\ude00 \ud83d x", "😀 \ufffd x"),
        ("a\u030angstrom", "ångstrom"),
        ("\u200e\u200f\u200ea", "\u200ea"),
        ("a\tb", "a b"),
    ],
)
def test_dangerous_characters(renderer: Renderer, source: str, text: str) -> None:
    assert renderer.render(source).text == text


def test_long_emptiness_is_shortened(renderer: Renderer) -> None:
    assert len(renderer.render("a&nbsp;" + "&nbsp;" * 9_000 + "b").text) < 300
    assert len(renderer.render("```\na" + "\n" * 9_000 + "b\n```").text) < 300
    assert Rendered("\u200b \u2800\n").blank
    assert not Rendered("\u200b.").blank


def test_composition_keeps_entities_valid() -> None:
    head = styled("1/3", EntityKind.BOLD)
    quote = collapsed(join([plain("see "), styled("here", EntityKind.TEXT_LINK, url="https://e.com")]))
    whole = join([head, quote, styled("x < y", EntityKind.PRE, language="py")], "\n")
    assert to_html(whole) == (
        '<b>1/3</b>\n<blockquote expandable>see <a href="https://e.com">here</a></blockquote>\n'
        '<pre><code class="language-py">x &lt; y</code></pre>'
    )
    nested = collapsed(collapsed(plain("a")))
    assert [entity.kind for entity in nested.entities] == [EntityKind.EXPANDABLE_BLOCKQUOTE]


def test_escapes() -> None:
    assert escape_html('<a href="x">&') == "&lt;a href=&quot;x&quot;&gt;&amp;"
    assert escape_markdown_v2("a.b_c\\") == "a\\.b\\_c\\\\"


def test_a_failing_parser_costs_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = Renderer()
    fresh.warm()

    def fail(*_: object) -> None:
        raise RecursionError

    assert fresh._tools is not None
    monkeypatch.setattr(fresh._tools[0], "parse", fail)
    rendered = fresh.render("**a** <b> https://evil.com", lambda url: False)
    assert rendered.text == "**a** <b> https://evil[.]com"
    assert rendered.degraded
