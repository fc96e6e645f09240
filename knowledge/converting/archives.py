"""What is checked of an office file before a library opens it: it is a ZIP archive of XML, and both can be weapons."""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO
from pathlib import PurePath
from xml.parsers import expat

from knowledge.converting.records import Format, Limits, Unreadable

MOST_PARTS = 20_000
_PIECE = 256 * 1024
_MAIN = {
    "wordprocessingml": Format.WORD, "presentationml": Format.SLIDES, "spreadsheetml": Format.SHEET,
    "ms-excel.sheet.binary": Format.SHEET,
}  # fmt: skip


_MAIN_TYPE = re.compile(rf"({'|'.join(map(re.escape, _MAIN))})[\w.]*\.main")


class _RootReached(Exception):
    """The root element begins: there was no document type before it."""


def check_archive(data: bytes, format: Format, limits: Limits) -> None:
    """Raises `Unreadable` for a bomb, a document type (XXE, "billion laughs"), a locked or a wrongly named archive."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            _check_sizes(archive.infolist(), limits)
            for part in archive.infolist():
                _check_part(archive, part)
            _check_kind(archive, format)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, ValueError, zlib.error):
        raise Unreadable("it is damaged: the archive is not whole") from None
    except RuntimeError:  # what zipfile raises for an entry with a password
        raise Unreadable("it is protected by a password; save a copy without one") from None


def _check_sizes(parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    total = sum(part.file_size for part in parts)
    if total > limits.unpacked_mb * 1_000_000:
        raise Unreadable(f"it would unpack to {total / 1e6:,.0f} MB; the limit is {limits.unpacked_mb} MB")
    if len(parts) > MOST_PARTS:
        raise Unreadable(f"it is an archive of {len(parts):,} files; the limit is {MOST_PARTS:,}")
    if len({part.filename for part in parts}) != len(parts):
        raise Unreadable("it holds two files of one name")


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Unpack it once, so that its real size and checksum are known, and look for a document type."""
    suspect = PurePath(part.filename).suffix.casefold() in (".xml", ".rels", ".vml")
    with archive.open(part) as stream:
        first = stream.read(_PIECE)
        if suspect and has_document_type(first):
            raise Unreadable(f"its part {part.filename} declares a document type, which office files never do (XXE)")
        while stream.read(_PIECE):
            pass


def has_document_type(data: bytes) -> bool:
    """Whether XML declares a document type before its root; the parser reads no further than that root."""
    found = False

    def doctype(*_: object) -> None:
        nonlocal found
        found = True
        raise _RootReached

    def root(*_: object) -> None:
        raise _RootReached

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = root
    try:
        parser.Parse(data, False)
    except _RootReached:
        return found
    except expat.ExpatError:
        return b"<!DOCTYPE" in data.upper()
    return len(data) >= _PIECE  # so much, and no root yet: nothing that a program has written


def _check_kind(archive: zipfile.ZipFile, format: Format) -> None:
    names = set(archive.namelist())
    if "mimetype" in names and "content.xml" in names:  # OpenDocument; only its tables are read
        kind = archive.read("mimetype")[:100].decode("ascii", "replace")
        if "spreadsheet" in kind and format is Format.SHEET:
            return
        raise Unreadable("it is an OpenDocument file, not what its name says")
    if "[Content_Types].xml" not in names:
        raise Unreadable("it is a ZIP archive, not an office file")
    types = archive.read("[Content_Types].xml").decode("utf-8", "replace")
    kinds = {_MAIN[word] for word in _MAIN_TYPE.findall(types)}
    if kinds and format not in kinds:
        raise Unreadable(f"its name says {format.value}, but it is {' and '.join(sorted(kinds))}")
