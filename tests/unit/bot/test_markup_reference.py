"""An independent reading of what Telegram accepts, and tests that it is strict.

Written from https://core.telegram.org/bots/api#formatting-options and from the server's own parser (TDLib), not from
our code: the other test files check `bot.markup` against it.
"""

from __future__ import annotations

import re
import unicodedata

import pytest

TAGS = {
    "b": "bold",
    "i": "italic",
    "u": "underline",
    "s": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
ORDER = [
    "blockquote",
    "expandable_blockquote",
    "pre",
    "code",
    "text_link",
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
]
STYLES = {"bold", "italic", "underline", "strikethrough", "spoiler"}
QUOTES = {"blockquote", "expandable_blockquote"}

Found = dict[str, str | int]


class Refused(Exception):
    """The Bot API would answer 400: can't parse entities."""


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def unescape(text: str) -> str:
    out = []
    at = 0
    while at < len(text):
        char = text[at]
        if char in '<>"':
            raise Refused(f"bare {char}")
        if char != "&":
            out.append(char)
            at += 1
            continue
        end = text.find(";", at)
        if end < 0 or text[at + 1 : end] not in NAMED:
            raise Refused("unknown character reference")
        out.append(NAMED[text[at + 1 : end]])
        at = end + 1
    return "".join(out)


def read_html(html: str) -> tuple[str, list[Found]]:
    """Text and entities of parse_mode=HTML. Raises Refused for anything that is not exactly in the rules."""
    text = ""
    found: list[Found] = []
    stack: list[tuple[str, Found]] = []
    for piece in re.split(r"(<[^>]*>)", html):
        if not piece.startswith("<"):
            text += unescape(piece)
            continue
        if piece.startswith("</"):
            if not stack or stack[-1][0] != piece[2:-1]:
                raise Refused(f"unmatched {piece}")
            _, entity = stack.pop()
            entity["length"] = units(text) - int(entity["offset"])
            found.append(entity)
            continue
        match = re.fullmatch(r'<([a-z-]+)(?: (href|class)="([^"]*)"| (expandable))?>', piece)
        if not match or match[1] not in TAGS:
            raise Refused(f"unsupported tag {piece}")
        entity = {"type": TAGS[match[1]], "offset": units(text)}
        if match[1] == "a":
            if match[2] != "href" or not match[3]:
                raise Refused("a link without a target")
            entity["url"] = unescape(match[3])
        elif match[2] == "class":
            if match[1] != "code" or not match[3].startswith("language-") or stack[-1][0] != "pre":
                raise Refused("a class where none may be")
            entity["language"] = unescape(match[3][9:])
        elif match[4]:
            if match[1] != "blockquote":
                raise Refused("expandable where it may not be")
            entity["type"] = "expandable_blockquote"
        elif match[2]:
            raise Refused("an attribute where none may be")
        stack.append((match[1], entity))
    if stack:
        raise Refused(f"unclosed {stack[-1][0]}")
    return text, _with_languages(found)


def _with_languages(found: list[Found]) -> list[Found]:
    coded = {(e["offset"], e["length"]): e for e in found if e["type"] == "code" and "language" in e}
    kept = []
    for entity in found:
        inner = coded.get((entity["offset"], entity["length"]))
        if entity["type"] == "pre" and inner:
            entity = {**entity, "language": inner["language"]}
        if "language" not in entity or entity["type"] == "pre":
            kept.append(entity)
    return sorted(kept, key=lambda e: (e["offset"], -int(e["length"]), ORDER.index(str(e["type"]))))


def check_entities(text: str, entities: list[Found]) -> None:
    """Raises Refused (or AssertionError for what Telegram would silently change) unless all rules hold."""
    wide = text.encode("utf-16-le")
    spans = []
    for entity in entities:
        start, length = int(entity["offset"]), int(entity["length"])
        if length <= 0 or start < 0 or (start + length) * 2 > len(wide):
            raise Refused(f"out of the text: {entity}")
        covered = wide[start * 2 : (start + length) * 2]
        inside = covered.decode("utf-16-le")  # UnicodeDecodeError: begins or ends inside a surrogate pair
        assert inside.strip(), f"blank: {entity}"
        assert not inside[-1].isspace(), f"ends in white space: {entity}"
        assert ("url" in entity) == (entity["type"] == "text_link")
        spans.append((start, start + length, str(entity["type"])))
    stack: list[tuple[int, int, str]] = []
    for start, end, kind in spans:
        while stack and stack[-1][1] <= start:
            stack.pop()
        if stack and end > stack[-1][1]:
            raise Refused(f"crossing: {kind} and {stack[-1][2]}")
        outer = {name for _, _, name in stack}
        if outer & {"pre", "code"}:
            raise Refused(f"{kind} inside code")
        if kind in ("pre", "code") and outer - QUOTES:
            raise Refused(f"{kind} inside {outer}")
        if kind in QUOTES and outer:
            raise Refused(f"a quote inside {outer}")
        if kind in outer:
            raise Refused(f"{kind} inside itself")
        stack.append((start, end, kind))


def read_markdown_v2(source: str) -> str:
    """The text of MarkdownV2 without any markup. Raises Refused at a reserved character that is not escaped."""
    out = []
    at = 0
    while at < len(source):
        char = source[at]
        if char == "\\" and at + 1 < len(source) and 0 < ord(source[at + 1]) <= 126:
            at += 1
            char = source[at]
        elif char in "_*[]()~`>#+-=|{}.!\\":
            raise Refused(f"character '{char}' is reserved and must be escaped")
        out.append(char)
        at += 1
    return "".join(out)


TLDS = {"com", "org", "net", "io", "md", "ru", "uk", "co", "me", "рф"}


def auto_links(text: str, hidden: list[tuple[int, int]]) -> list[str]:
    """What the server makes links of by itself: a plain, slow version of match_urls and fix_url in TDLib."""

    def domain(char: str) -> bool:
        if ord(char) < 0xC0:
            return char.isascii() and (char.isalnum() or char in "._-~")
        if 0x2000 <= ord(char) <= 0x206F:
            return ord(char) in (0x200C, 0x200D) or 0x2010 <= ord(char) <= 0x2015
        return not unicodedata.category(char).startswith("Z")

    found = []
    at = 0
    while (dot := text.find(".", at)) >= 0:
        start = end = dot
        while start > 0 and domain(text[start - 1]):
            start -= 1
        while end < len(text) and domain(text[end]):
            end += 1
        at = end
        host = text[start:end].rstrip(".")
        labels = host.split(".")
        before = text[:start]
        schemed = re.search(r"(?i)(https?|ftp|tonsite)://$", before)
        first = schemed.start() if schemed else start  # a link whose scheme is code is dropped as well
        if len(labels) < 2 or not all(labels) or any(a < end and first < b for a, b in hidden):
            continue
        if not schemed and (text[end : end + 1] == "@" or re.search(r"[\w/#@]$", before)):
            continue
        address = len(labels) == 4 and all(label.isdigit() and int(label) < 256 for label in labels)
        if address or (schemed and len(labels[-1]) > 1) or labels[-1].lower() in TLDS:
            found.append(host)
    return found


@pytest.mark.parametrize(
    "html",
    ["<b>a", "a</b>", "<b>a</i>", "<x>a</x>", "a < b", "a > b", "&nbsp;", "&", "<a>x</a>", '<a href="x>y</a>', "<br>"],
)
def test_the_reference_refuses_what_telegram_refuses(html: str) -> None:
    with pytest.raises(Refused):
        read_html(html)


def test_the_reference_reads_nested_tags() -> None:
    text, entities = read_html(
        '😀<b>x <i>y</i></b> <pre><code class="language-py">a &lt; b</code></pre><a href="http://e.com/?a&amp;b">l</a>'
    )
    assert text == "😀x y a < bl"
    assert entities == [
        {"type": "bold", "offset": 2, "length": 3},
        {"type": "italic", "offset": 4, "length": 1},
        {"type": "pre", "offset": 6, "length": 5, "language": "py"},
        {"type": "text_link", "offset": 11, "length": 1, "url": "http://e.com/?a&b"},
    ]


@pytest.mark.parametrize(
    "kinds",
    [("code", "bold"), ("bold", "code"), ("text_link", "code"), ("blockquote", "blockquote"), ("bold", "blockquote")],
)
def test_the_reference_refuses_wrong_nesting(kinds: tuple[str, str]) -> None:
    outer: Found = {"type": kinds[0], "offset": 0, "length": 5}
    inner: Found = {"type": kinds[1], "offset": 1, "length": 3}
    for entity in (outer, inner):
        if entity["type"] == "text_link":
            entity["url"] = "http://e.com"
    with pytest.raises(Refused):
        check_entities("abcde", [outer, inner])


def test_the_reference_finds_auto_links() -> None:
    text = "see evil.com, https://x.y.zz/a?b=c.d a.b 1.2.3.4 a/foo.com x@evil.org evil[.]com 🦊.рф"
    assert auto_links(text, []) == ["evil.com", "x.y.zz", "1.2.3.4", "🦊.рф"]
