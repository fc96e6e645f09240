"""The child process that draws one page: what is wanted as a line of JSON, then the file, are its standard input.

It answers with a line of JSON and a PNG. Before it looks at the file it shuts itself in (`company.shut_in`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import knowledge.drawing.raster as raster
from company.png import encoded
from company.shut_in import own_streams, shut_in
from knowledge.converting.pdf_lines import open_pdf
from knowledge.converting.pictures import PROGRAM, can_read_pictures
from knowledge.converting.records import Limits, Unreadable
from knowledge.drawing.marks import Box, boxes, places
from knowledge.drawing.records import Told, Wanted

EFFORT = 6
DOTS = 150  # an inch, of a picture that goes to Tesseract: only the size of the page that it makes depends on it


def main(arguments: list[str]) -> int:
    """`limits-as-JSON pid-of-the-company`; 0 when the page was drawn, or refused with a reason."""
    import pypdfium2  # noqa: F401 - while it may still read and write its compiled form

    limits = Limits(**json.loads(arguments[0]))
    shut_in(limits, int(arguments[1]))
    with own_streams() as (answer, _news):
        wanted = Wanted(**json.loads(sys.stdin.buffer.readline()))
        said, picture = _answer(sys.stdin.buffer.read(), wanted, limits)
        with os.fdopen(os.dup(answer), "wb") as out:
            out.write(json.dumps(asdict(said)).encode() + b"\n" + picture)
    return 0


def _answer(data: bytes, wanted: Wanted, limits: Limits) -> tuple[Told, bytes]:
    try:
        return _drawn(data, wanted)
    except Unreadable as error:
        return Told(refused=str(error)), b""
    except MemoryError:
        return Told(refused=f"drawing it takes more than {limits.memory_mb} MB (knowledge.convert_memory_mb)"), b""
    except BaseException as error:  # noqa: BLE001 - whatever a library throws at a stranger's file is its damage
        return Told(refused=f"it is damaged ({type(error).__name__})"), b""


def _drawn(data: bytes, wanted: Wanted) -> tuple[Told, bytes]:
    if not wanted.pages:
        if (read := _recognised(data)) is None:
            raise Unreadable("drawing a picture with its words needs Tesseract")
        document, number, marked = open_pdf(read), 0, _marked(open_pdf(read), 0, wanted)
    else:
        document = open_pdf(data)
        number, marked = _page(document, wanted)
        if not marked and not any(sign.text.isalnum() for sign in raster.signs_of(document, number)):
            scan = raster.drawn(document, number, ())
            read = _recognised(encoded(scan.data, scan.width, scan.height, effort=1))
            if read is not None:
                drawn = _shown(open_pdf(read), 0, _marked(open_pdf(read), 0, wanted), whole=True)
                return Told(page=number + 1, marked=drawn[1]), drawn[0]
    picture, shown = _shown(document, number, marked, whole=not wanted.pages)
    return Told(page=number + 1, marked=shown), picture


def _shown(document: Any, number: int, marked: Sequence[Box], *, whole: bool) -> tuple[bytes, int]:
    pixels = raster.drawn(document, number, marked, whole=whole)
    return encoded(pixels.data, pixels.width, pixels.height, effort=EFFORT), len(marked)


def _page(document: Any, wanted: Wanted) -> tuple[int, tuple[Box, ...]]:
    """The page that the quote stands on, counted from 0: the passage's, or the one that it runs on to."""
    first = wanted.page - 1
    if not 0 <= first < len(document):
        raise Unreadable(f"it has no page {wanted.page}")
    for number in range(first, min(first + 2, len(document))):
        if marked := _marked(document, number, wanted):
            return number, marked
    return first, ()


def _marked(document: Any, number: int, wanted: Wanted) -> tuple[Box, ...]:
    signs = raster.signs_of(document, number)
    return boxes(signs, places(signs, wanted.quote or wanted.passage, wanted.passage))


def _recognised(picture: bytes) -> bytes | None:
    """A picture as a PDF with the words that Tesseract reads in it, unseen, where they stand; None without it."""
    if not can_read_pictures():
        return None
    command = [PROGRAM, "stdin", "stdout", "--dpi", str(DOTS), "pdf"]
    ran = subprocess.run(command, input=picture, capture_output=True, check=False)  # noqa: S603 - fixed words, no shell
    return ran.stdout if ran.returncode == 0 and ran.stdout.startswith(b"%PDF-") else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
