"""Web addresses that carry something out: pictures loaded from afar, and links with data in them.

A picture's address is fetched when the answer is shown, so it can report to its owner (the usual way of leaking data
through a chat). A link is suspicious only when nobody gave it and it carries a payload: a long query or an opaque path.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from qa.layers.tokens import entropy
from qa.prose import word_set

_PICTURE = re.compile(
    r"!\[[^\]\n]{0,300}\]\(\s*<?((?:https?:)?//[^\s)>]{1,4000})|"
    r"<img\b[^>]{0,500}?\bsrc\s*=\s*[\"']?((?:https?:)?//[^\s\"'>]{1,4000})",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://[^\s<>\"'`|\\^{}]{4,4000}", re.IGNORECASE)
_PIECE = re.compile(r"[A-Za-z0-9_=+-]{28,}")
_NAMED_LINK = re.compile(r"(?<!!)\[([^\]\n]{3,200})\]\(\s*<?(https?://[^\s)>]{4,2000})", re.IGNORECASE)
_DOMAIN = re.compile(
    r"(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,4}(?:com|org|net|gov|edu|eu|io|de|fr|es|it|ru|cn|uk|ch|at|nl|info)\b", re.I
)
_SHORTENERS = word_set(
    "bit.ly tinyurl.com t.co goo.gl ow.ly is.gd buff.ly cutt.ly rb.gy shorturl.at tiny.cc t.ly rebrand.ly v.gd s.id "
    "shorte.st adf.ly lnkd.in clck.ru u.to dwz.cn suo.im"
)
_LONG_QUERY = 60  # characters of values after the "?"
_QUERY_VALUE = re.compile(r"=([^&#]*)")


def find(text: str, given: str, *, own: str | None = None) -> Iterator[tuple[str, str]]:
    """(code, host) of each address in `text` that could carry data out and is not in `given`.

    A picture is loaded when the answer is shown, so only the person's `own` words and documents may name it; without
    them, `given`.
    """
    pictures = {address for match in _PICTURE.finditer(text) for address in match.groups() if address}
    for address in sorted(pictures):
        if address not in (given if own is None else own):
            yield "remote-picture", _host(address)
    for match in _LINK.finditer(text):
        address = match.group().rstrip(".,;:!?)]*_")
        if address in pictures or any(address in picture for picture in pictures) or address in given:
            continue
        if carries_data(address):
            yield "unknown-link", _host(address)


def disguised(text: str, given: str) -> Iterator[tuple[str, str]]:
    """(code, host) of each address in `text`, code left out, that hides where it leads and is not in `given`."""
    for match in _NAMED_LINK.finditer(text):
        shown, host = _DOMAIN.search(match[1]), _host(match[2])
        if shown and match[2] not in given and _owner(shown.group()) != _owner(host):
            yield "link-disguised", host
    for match in _LINK.finditer(text):
        address = match.group().rstrip(".,;:!?)]*_")
        host = _host(address)
        if address in given or host in given:
            continue
        if host.removeprefix("www.") in _SHORTENERS:
            yield "link-shortened", host
        elif _is_public_number(host):
            yield "link-to-number", host


def _owner(host: str) -> str:
    """The last two labels of a host, three where the last two are a public suffix such as co.uk."""
    labels = host.lower().removeprefix("www.").rstrip(".").split(".")
    short = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in ("co", "com", "org", "gov", "ac", "net", "edu")
    return ".".join(labels[-3 if short else -2 :])


def _is_public_number(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def carries_data(address: str) -> bool:
    """Whether a web address has a long query or an opaque piece in its path or fragment."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return True
    values = [unquote(value) for value in _QUERY_VALUE.findall(parts.query)]
    if sum(map(len, values)) >= _LONG_QUERY or (
        parts.query and "=" not in parts.query and len(parts.query) >= _LONG_QUERY
    ):
        return True
    if parts.username or parts.password:
        return True
    return any(
        _is_opaque(piece)
        for part in (parts.netloc, parts.path, parts.query, parts.fragment)
        for piece in _PIECE.findall(part)
    )


def _is_opaque(piece: str) -> bool:
    """Long, of mixed signs, and not words joined by hyphens."""
    longest = max(re.split(r"[-_=+]", piece), key=len)
    mixed = sum(any(map(test, longest)) for test in (str.isdigit, str.islower, str.isupper))
    if len(longest) >= 20 and mixed == 3:
        return entropy(longest) >= 3.3
    return len(longest) >= 48 and mixed >= 2 and entropy(longest) >= 3.0


def _host(address: str) -> str:
    try:
        return urlsplit(address if "://" in address else "https:" + address).hostname or "?"
    except ValueError:
        return "?"
