"""From bytes to text, whatever the encoding. The one door to charset-normalizer."""

from __future__ import annotations

import re

from knowledge.converting.records import Unreadable

SAMPLE = 4096
"""How many first bytes and characters tell whether it is text at all."""
GUESSED_FROM = 65_536
"""How many bytes an encoding is guessed from."""


def decode(data: bytes, declared: str = "") -> str:
    """Text from bytes: byte order mark, UTF-8, UTF-16 by its zero bytes, the `declared` encoding, then a guess.

    The guess is charset-normalizer's where it is installed, else Windows-1252.

    Raises:
        Unreadable: it is binary.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _clean(data.decode(encoding, errors="replace"))
    head = data[:SAMPLE]
    if b"\0" in head:
        text = data.decode("utf-16-be" if head[0::2].count(0) > head[1::2].count(0) else "utf-16-le", errors="replace")
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = _decode_as(data, declared) or _decode_as(data, _guess(data)) or data.decode("cp1252", "replace")
    strange = sum((c < " " and c not in "\t\n\r\f\x1b") or c == "\ufffd" for c in text[:SAMPLE])
    if strange > min(8, len(text) // 10):
        raise Unreadable("it is not text")
    return _clean(text)


def _decode_as(data: bytes, encoding: str) -> str:
    """ "" when there is no such encoding or it does not fit."""
    if not encoding or re.sub(r"[^a-z0-9]", "", encoding.casefold()) in ("utf8", "ascii", "usascii"):
        return ""  # tried already
    try:
        return data.decode(encoding)
    except (LookupError, UnicodeError, ValueError):
        return ""


def _guess(data: bytes) -> str:
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return ""
    if all(byte < 0x80 or chr(byte).isprintable() for byte in data[:SAMPLE]) and _is_western(data[:GUESSED_FROM]):
        return "cp1252"
    best = from_bytes(data[:GUESSED_FROM]).best()
    return "" if best is None else best.encoding


def _is_western(sample: bytes) -> bool:
    """Whether bytes beyond ASCII are few and stand alone in Latin words: short texts mislead a statistical guess."""
    high = sum(byte >= 0x80 for byte in sample)
    runs = len(re.findall(rb"[\x80-\xff]{3,}", sample))
    return high * 8 < len(sample) and runs == 0


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
