"""Which links are shown as links. Owns the checks on a URL and the breaking-up of addresses that nobody vouched for.

A link in a model's answer can carry the Board's data to a stranger's server, and Telegram makes links of bare
addresses by itself. So an address that the policy does not keep is shown, but broken up: `example[.]com`. The finder
follows the server's rules (TDLib, match_urls and fix_url in td/telegram/MessageEntity.cpp) and where in doubt finds
too much.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlsplit

from bot.markup.marks import Mark
from bot.markup.records import SOLID, EntityKind

KeepLink = Callable[[str], bool]

_LONGEST_URL = 2048
_HOST = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?\.[\w-]*[^\W_]\.?")
_SAFE = "!#$%&'()*+,/:;=?@[]~"

# What the server takes for a part of a domain: the ASCII of host names, `~`, and all from U+00C0 on but separators.
_DOMAIN = "0-9A-Za-z_~\\-\u00c0-\u167f\u1681-\u1fff\u200c\u200d\u2010-\u2015\u2070-\u2fff\u3001-\U0010ffff"
_RUN = re.compile(f"[{_DOMAIN}.]+")
_NAME = re.compile(f"[{_DOMAIN}]+(?:\\.[{_DOMAIN}]+)+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+-]{1,30}://$")
_USER = re.compile(r"[^\s/\[\]{}()'`<>\"@«»]{1,256}@$")
_MAILBOX = re.compile(r"[A-Za-z0-9._+-]+@$")
_TAIL = re.compile('(?::[0-9]{1,5})?(?:[/?#][^\\s<>"«»\u2000-\u200b\u200e\u200f\u2016-\u206f]{0,2048})?')
_BRACKET = re.compile(r"[()\[\]{}]")
_APP = re.compile(r"(?i)(?:tg|ton|tonsite)(://)[a-z0-9_-]+[^\s<>\"«»]{0,2048}")
_ASCII_HEAD = re.compile(r"[a-z]{2,}")
_OPENER = {")": "(", "]": "[", "}": "{"}

# Endings of common file names that are top-level domains too. A bare name like README.md becomes code instead of being
# broken up: Telegram makes no links inside code, and the name stays whole.
_FILE_ENDINGS = frozenset(["cc", "md", "ml", "mm", "mov", "pl", "pm", "ps", "py", "rs", "sh", "so", "zip"])


class TopLevel:
    """The known top-level domains, made a set once."""

    def __init__(self) -> None:
        from bot.markup.tlds import ROOT_ZONE

        self._names = frozenset(ROOT_ZONE.split())

    def __contains__(self, label: str) -> bool:
        label = label.lower()
        if label.startswith("xn--") or label in self._names:
            return True
        head = _ASCII_HEAD.match(label)  # "example.com的": the server sees one label; a client need not
        return head is not None and head.group() in self._names


@lru_cache(maxsize=1)
def top_level() -> TopLevel:
    """The one list of them: 200 kB, made at first use (1 ms)."""
    return TopLevel()


def nothing(_: str) -> bool:
    """Keeps no link."""
    return False


def vouched(texts: Iterable[str]) -> KeepLink:
    """Keeps the links that stand in these texts, whole; with or without their scheme, http or https."""
    known = {_essence(address) for text in texts for address in _addresses(text)}
    return (lambda url: _essence(url) in known) if known else nothing


def _addresses(text: str) -> Iterator[str]:
    for found in _names(text, 0, len(text)):
        if _linkable(text, 0, len(text), found, top_level()):
            first, last = _whole_url(text, 0, len(text), found)
            yield text[first:last]
    yield from (found.group() for found in _APP.finditer(text))


def _essence(address: str) -> str:
    scheme, mark, rest = address.partition("://")
    if not mark:
        scheme, rest = "http", address
    url = web_link(f"{scheme}://{rest}") or f"{scheme}://{rest}"
    scheme, _, rest = url.partition("://")
    host = re.match(r"[^/?#]*", rest)
    name = host.group() if host else ""
    scheme = "" if scheme.lower() in ("http", "https") else scheme.lower()
    return f"{scheme}://{name.lower()}{rest[len(name) :]}".rstrip("/")


def unlinked(text: str) -> str:
    """`text` without entities, in which Telegram finds no address; names that look like files are broken up too."""
    edits, codes = break_up(text, [], nothing, top_level())
    dots = [Edit(at, at + 1, "[.]") for mark in codes for at in range(mark.start, mark.end) if text[at] == "."]
    return apply(text, sorted(edits + dots, key=lambda edit: edit.start), [])[0]


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text between two code points."""

    start: int
    end: int
    text: str


def web_link(href: str) -> str:
    """`href` as a URL that Telegram accepts for a text_link, or '' when it is not one.

    Accepted: http and https, a dotted host name or address, no user part (`https://bank.com@evil.com` deceives), at
    most 2048 characters. Characters that do not belong into a URL are percent-encoded.
    """
    href = href.strip()
    try:
        url = urlsplit(href)
        port = url.port
    except ValueError:
        return ""
    if url.scheme not in ("http", "https") or "@" in url.netloc or port == 0 or not _good_host(url.hostname or ""):
        return ""
    encoded = "".join(char if char > "\x7f" and not char.isspace() else quote(char, safe=_SAFE) for char in href)
    return encoded if len(encoded) <= _LONGEST_URL else ""


def _good_host(host: str) -> bool:
    if ":" in host:
        return re.fullmatch(r"[0-9a-f:.]+", host) is not None
    return ".." not in host and len(host) <= 253 and _HOST.fullmatch(host) is not None


def deceptive(label: str, url: str) -> bool:
    """Whether `label` shows one site's address while `url` leads to another."""
    label = label.strip()
    if not re.match(r"(?i)(?:https?://|www\.)\S+$", label):
        return False
    try:
        shown = urlsplit(label if "://" in label else "http://" + label).hostname or ""
    except ValueError:
        return True
    return _bare(shown) != _bare(urlsplit(url).hostname or "")


def _bare(host: str) -> str:
    return host.rstrip(".").removeprefix("www.")


def break_up(text: str, marks: list[Mark], keep: KeepLink, top_level: TopLevel) -> tuple[list[Edit], list[Mark]]:
    """Edits that break up every address in `text` that is not kept, and code marks for names that look like files.

    Text inside code, pre and text_link is left alone: Telegram makes no links there. `keep` is asked with the address
    as written; "http://" is put before one without a scheme, because that is where the server would lead.
    """
    edits: list[Edit] = []
    codes: list[Mark] = []
    for start, end in _open_ground(len(text), marks):
        edits += _app_links(text, start, end, keep)
        cursor = start
        for found in _names(text, start, end):
            if found.start() < cursor or not _linkable(text, start, end, found, top_level):
                continue
            first, last = _whole_url(text, start, end, found)
            address = text[first:last]
            if keep(address if "://" in address else "http://" + address):
                cursor = last
            elif address == found.group() and address.rpartition(".")[2].lower() in _FILE_ENDINGS:
                codes.append(Mark(first, last, EntityKind.CODE))
            else:
                edits += [Edit(dot, dot + 1, "[.]") for dot in range(*found.span()) if text[dot] == "."]
    edits.sort(key=lambda edit: edit.start)
    return edits, codes


def _open_ground(length: int, marks: list[Mark]) -> Iterator[tuple[int, int]]:
    at = 0
    for mark in sorted((mark for mark in marks if mark.kind in SOLID), key=lambda mark: mark.start):
        if mark.start > at:
            yield at, mark.start
        at = max(at, mark.end)
    if at < length:
        yield at, length


def _names(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Dotted names in text[start:end]. Two steps keep a long word without a dot linear."""
    for run in _RUN.finditer(text, start, end):
        if "." in run.group().strip("."):
            yield from _NAME.finditer(text, *run.span())


def _linkable(text: str, start: int, end: int, found: re.Match[str], top_level: TopLevel) -> bool:
    labels = found.group().split(".")
    before = text[max(start, found.start() - 300) : found.start()]
    if before.endswith("@"):
        mailbox = _MAILBOX.search(before)
        tail = _TAIL.match(text, found.end(), end)
        if mailbox and not before[: mailbox.start()].endswith("/") and not (tail and tail.group()):
            return False  # an e-mail address
        before = before[: user.start()] if (user := _USER.search(before)) else before
    numeric = len(labels) == 4 and all(label.isdecimal() for label in labels)
    if _SCHEME.search(before):
        return numeric or len(labels[-1]) > 1
    if before.endswith(("/", "#")) or text.startswith("@", found.end()):
        return False  # a path, a tag, the first half of an e-mail address
    return numeric or labels[-1] in top_level


def _whole_url(text: str, start: int, end: int, found: re.Match[str]) -> tuple[int, int]:
    """The bounds of the address around a host name: scheme, user and port, path without closing punctuation."""
    first = found.start()
    floor = max(start, first - 300)
    if user := _USER.search(text[floor:first]):
        first = floor + user.start()
    if scheme := _SCHEME.search(text[max(start, first - 40) : first]):
        first = max(start, first - 40) + scheme.start()
    tail = _TAIL.match(text, found.end(), end)
    last = tail.end() if tail else found.end()
    return first, _without_punctuation(text, found.end(), last)


def _without_punctuation(text: str, start: int, end: int) -> int:
    """Where a path ends: before a bracket that it did not open, and before punctuation that closes a sentence."""
    opened: list[str] = []
    for found in _BRACKET.finditer(text, start, end):
        bracket = found.group()
        if bracket not in _OPENER:
            opened.append(bracket)
        elif not opened or opened.pop() != _OPENER[bracket]:
            end = found.start()
            break
    while end > start and text[end - 1] in ".:;,('?!`":
        end -= 1
    return end


def _app_links(text: str, start: int, end: int, keep: KeepLink) -> list[Edit]:
    return [
        Edit(found.start(1), found.end(1), "[:]//")
        for found in _APP.finditer(text, start, end)
        if not keep(found.group())
    ]


def apply(text: str, edits: list[Edit], marks: list[Mark]) -> tuple[str, list[Mark]]:
    """`text` after sorted, disjoint `edits`, with `marks` moved along."""
    if not edits:
        return text, marks
    pieces: list[str] = []
    at = 0
    for edit in edits:
        pieces += (text[at : edit.start], edit.text)
        at = edit.end
    pieces.append(text[at:])
    borders = sorted({border for mark in marks for border in (mark.start, mark.end)})
    moved: dict[int, int] = {}
    shift = nth = 0
    for border in borders:
        while nth < len(edits) and edits[nth].start < border:
            shift += len(edits[nth].text) - (edits[nth].end - edits[nth].start)
            nth += 1
        moved[border] = border + shift
    return "".join(pieces), [
        Mark(moved[mark.start], moved[mark.end], mark.kind, mark.url, mark.language) for mark in marks
    ]
