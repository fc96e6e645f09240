"""No address that the policy does not keep may become a link."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.markup import Renderer, to_html
from tests.unit.bot.test_markup_reference import auto_links

RENDERER = Renderer()


def none(_: str) -> bool:
    return False


CASES = [
    ("[label](https://evil.com/?q=secret)", "label (https://evil[.]com/?q=secret)"),
    ("![label](https://evil.com/p.png)", "label (https://evil[.]com/p.png)"),
    ("<https://evil.com>", "https://evil[.]com"),
    ("https://a.evil.co.uk/x", "https://a[.]evil[.]co[.]uk/x"),
    ("see evil.com.", "see evil[.]com."),
    ("evil.com/?u=other.org&v=1", "evil[.]com/?u=other[.]org&amp;v=1"),
    ("**evil**.com", "<b>evil</b>[.]com"),
    ("https://user:pw@evil.com/x", "https://user:pw@evil[.]com/x"),
    ("1.2.3.4:80/x version 1.2.3", "1[.]2[.]3[.]4:80/x version 1.2.3"),
    ("пример.рф и example.com的", "пример[.]рф и example[.]com的"),
    ("t.me/evilbot?start=x tg://resolve?domain=evil", "t[.]me/evilbot?start=x tg[:]//resolve?domain=evil"),
    ("mail me@example.com please", "mail me@example.com please"),
    (
        "me@example.com: hello, write to jo.me@example.org",
        "me@example.com: hello, write to jo.me@example.org",
    ),
    ("me@evil.com/x", "me@evil[.]com/x"),
    (
        "use README.md, x.py and node.js e.g. config.toml",
        "use <code>README.md</code>, <code>x.py</code> and node.js e.g. config.toml",
    ),
    ("README.md/x", "README[.]md/x"),
    ("`https://evil.com`", "<code>https://evil.com</code>"),
    ("```\nevil.com\n```", "<pre>evil.com</pre>"),
    ("[1]: https://evil.com", "[1]: https://evil[.]com"),
    ("HTTPS://EVIL.COM/X", "HTTPS://EVIL[.]COM/X"),
    ("(https://evil.com/a_(b))", "(https://evil[.]com/a_(b))"),
]


@pytest.mark.parametrize(("source", "html"), CASES)
def test_nothing_kept(source: str, html: str) -> None:
    assert to_html(RENDERER.render(source, none)) == html


def test_kept_links_stay() -> None:
    asked: list[str] = []

    def keep(url: str) -> bool:
        asked.append(url)
        return "good.com" in url

    source = "[a](https://good.com/x) https://good.com/y?u=evil.com (good.com/z). evil.com 😀 http://good.com:8080"
    rendered = RENDERER.render(source, keep)
    assert to_html(rendered) == (
        '<a href="https://good.com/x">a</a> https://good.com/y?u=evil.com (good.com/z). evil[.]com 😀 '
        "http://good.com:8080"
    )
    assert asked == [
        "https://good.com/x",
        "https://good.com/y?u=evil.com",
        "http://good.com/z",
        "http://evil.com",
        "http://good.com:8080",
    ]


def test_without_a_policy_addresses_stay() -> None:
    assert RENDERER.render("evil.com https://evil.com tg://x").text == "evil.com https://evil.com tg://x"


PIECES = st.sampled_from(
    ["evil.com", "https://", "http://", "ftp://", "a.b", ".", "..", "@", "/", "?", "#", ":", "x", " ", "\n", "[", "]",
     "(", ")", "**", "*", "`", "_", "-", "~", "🦊", ".рф", "1.2.3.4", "co.uk", "README.md", "user:pw@", "<", ">", "é",
     "\u00a0", "\u200b", "\u2014", "“", "«", "|", "\\", "&#46;", "com", "![a](https://evil.com/x)", "www."]
)  # fmt: skip


@settings(max_examples=300, deadline=None, database=None)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_whatever_is_written_no_auto_link_remains(source: str) -> None:
    rendered = RENDERER.render(source, none)
    hidden = []
    for entity in rendered.entities:
        assert entity.kind != "text_link"
        if entity.kind in ("code", "pre"):
            wide = rendered.text.encode("utf-16-le")
            start = len(wide[: entity.offset * 2].decode("utf-16-le"))
            hidden.append((start, start + len(wide[entity.offset * 2 : entity.end * 2].decode("utf-16-le"))))
    assert auto_links(rendered.text, hidden) == []


@pytest.mark.parametrize(
    "source",
    ["a" * 100_000 + ".com", "@" * 50_000 + "evil.com", "http://" * 14_000, "a.com/(" * 14_000, "a@b.com@" * 12_000,
     "a.b" * 33_000, "tg://" * 20_000, "tg://a" * 16_000, "https://a.com/?" * 7_000, "a.." * 33_000],
)  # fmt: skip
@pytest.mark.parametrize("keep", [True, False])
def test_the_policy_is_bounded_in_time_on_hostile_text(source: str, keep: bool) -> None:
    begun = time.process_time()
    assert RENDERER.render(source, lambda _: keep).text
    assert time.process_time() - begun < 8
