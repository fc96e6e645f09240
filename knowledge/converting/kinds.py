"""Which format a file has: its name must say what its first bytes say. Files that are two things are refused."""

from __future__ import annotations

import re
from pathlib import PurePath

from knowledge.converting.records import Format, Unreadable

HEAD = 4096
"""How many first bytes are looked at."""
TAIL = 65_557
"""The longest end record of a ZIP archive: 22 bytes and a comment of 65,535."""

BY_ENDING = {
    Format.MARKDOWN: ".md .markdown .mdown .mkd",
    Format.TEXT: ".txt .text .log .rst .org .adoc",
    Format.CODE: (
        ".py .pyi .js .mjs .jsx .ts .tsx .java .kt .kts .scala .go .rs .c .h .cc .cpp .cxx .hpp .cs .swift .rb .php "
        ".pl .lua .r .jl .dart .ex .exs .erl .hs .clj .sh .bash .zsh .fish .ps1 .sql .toml .yaml .yml .ini .cfg .conf "
        ".json .xml .css .scss .proto .tf .nix .gradle .cmake .vue .svelte"
    ),
    Format.PDF: ".pdf",
    Format.WORD: ".docx",
    Format.SLIDES: ".pptx",
    Format.SHEET: ".xlsx .xls .xlsb .ods",
    Format.CSV: ".csv .tsv",
    Format.HTML: ".html .htm .xhtml",
    Format.MAIL: ".eml",
    Format.IMAGE: ".png .jpg .jpeg .tif .tiff .bmp .webp",
}
FORMATS = {ending: format for format, endings in BY_ENDING.items() for ending in endings.split()}
KNOWN = {
    ".doc": "old Word", ".docm": "Word with macros", ".odt": "OpenDocument text", ".ppt": "old PowerPoint",
    ".pptm": "PowerPoint with macros", ".xlsm": "Excel with macros", ".odp": "OpenDocument slides", ".epub": "EPUB",
    ".rtf": "RTF", ".msg": "Outlook", ".pages": "Pages", ".numbers": "Numbers", ".key": "Keynote", ".zip": "ZIP",
    ".gif": "GIF", ".heic": "HEIC", ".svg": "SVG", ".mp3": "audio", ".m4a": "audio", ".ogg": "audio", ".wav": "audio",
    ".mp4": "video", ".mov": "video", ".mkv": "video",
}  # fmt: skip
"""Formats that people drop in and that are named when they are turned away."""

OWN_CODE = frozenset({Format.MARKDOWN, Format.TEXT, Format.CODE})
"""Read in this process by our own linear parsers; everything else in a child."""

ZIP, OLE = "ZIP archive", "OLE container"
_ARCHIVES = {Format.WORD: (".docx",), Format.SLIDES: (".pptx",), Format.SHEET: (".xlsx", ".xlsb", ".ods")}
_MAGIC = (
    (b"%PDF-", "PDF"), (b"PK\x03\x04", ZIP), (b"PK\x05\x06", ZIP), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"\x89PNG\r\n\x1a\n", "PNG image"), (b"\xff\xd8\xff", "JPEG image"), (b"GIF8", "GIF image"),
    (b"II*\0", "TIFF image"), (b"MM\0*", "TIFF image"), (b"BM", "BMP image"), (b"\x7fELF", "program"),
    (b"MZ", "program"), (b"\x1f\x8b", "gzip archive"), (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (b"Rar!", "RAR archive"), (b"SQLite format 3\0", "database"),
)  # fmt: skip
_SHORT = frozenset({"BMP image", "program"})
"""Signatures of two letters: a text may begin with them, so they count only before bytes that no text has."""


def supported(name: str) -> bool:
    """True for the kinds of file that can be read, by the name alone."""
    path = PurePath(name)
    return path.suffix.casefold() in FORMATS or (not path.suffix and path.name.isupper())


def format_of(name: str) -> Format:
    """The format that a name promises.

    Raises:
        Unreadable: it is none that can be read.
    """
    path = PurePath(name)
    ending = path.suffix.casefold()
    if ending in FORMATS:
        return FORMATS[ending]
    if not ending and path.name.isupper():
        return Format.TEXT
    raise Unreadable(
        f"{KNOWN.get(ending) or ending or 'This kind of file'} is not supported yet; save it as PDF, Word or text"
    )


def signature(head: bytes) -> str:
    """What the first bytes say of a binary format; "" for text and for unknown formats."""
    for magic, what in _MAGIC:
        if head.startswith(magic) and (what not in _SHORT or b"\0" in head[:64]):
            return what
    return "WebP image" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else ""


def recognise(name: str, head: bytes, tail: bytes) -> Format:
    """The format of a file by its name, checked against its bytes.

    Args:
        name: with its ending.
        head: the first `HEAD` bytes, or all of a shorter file.
        tail: the last `TAIL` bytes, or all of a shorter file.

    Raises:
        Unreadable: not supported, not what its name says, encrypted, or two formats at once.
    """
    found = format_of(name)
    ending = PurePath(name).suffix.casefold()
    if not head.strip():
        raise Unreadable("it is empty")
    what = signature(head)
    if found is Format.PDF:
        _is_pdf(head, tail, what)
    elif found in _ARCHIVES and ending in _ARCHIVES[found]:
        _is_archive(head, what, ending)
    elif ending == ".xls":
        if what != OLE:
            raise Unreadable(_misnamed(ending, what))
    elif found is Format.IMAGE:
        if not what.endswith("image") or what == "GIF image":
            raise Unreadable(_misnamed(ending, what))
        _alone(tail, what)
    elif what:
        raise Unreadable(_misnamed(ending, what))
    return found


def _misnamed(ending: str, what: str) -> str:
    return f"its name ends in {ending}, but it is {_a(what)}" if what else f"it is not what its ending {ending} says"


def _a(what: str) -> str:
    return f"{'an' if what[0] in 'AEIOU' else 'a'} {what}"


def _is_pdf(head: bytes, tail: bytes, what: str) -> None:
    """Readers accept junk before the mark; we accept little, and no other format's mark."""
    at = head[:1024].find(b"%PDF-")
    before = head[: max(at, 0)].lstrip(b"\xef\xbb\xbf")
    if (
        at < 0
        or (what and what != "PDF")
        or re.search(rb"<\s*(html|script|!doctype|\?xml|svg)|#!", before, re.IGNORECASE)
    ):
        raise Unreadable(_misnamed(".pdf", what) if at < 0 or not what else f"it is a PDF and {_a(what)} at once")
    _alone(tail, "PDF")


def _alone(tail: bytes, what: str) -> None:
    """No ZIP archive ends exactly where the file ends: that is how a file is made to be two things."""
    at = tail.rfind(b"PK\x05\x06")
    if at >= 0 and len(tail) >= at + 22 and at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail):
        raise Unreadable(f"it is {_a(what)} and a ZIP archive at once")


def _is_archive(head: bytes, what: str, ending: str) -> None:
    if what == OLE:
        raise Unreadable("it is protected by a password; save a copy without one")
    if what != ZIP:
        raise Unreadable(f"it is {_a('PDF')} and a ZIP archive at once" if what == "PDF" else _misnamed(ending, what))
    if b"%PDF-" in head[:1024]:
        raise Unreadable("it is a ZIP archive and a PDF at once")
