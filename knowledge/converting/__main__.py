"""The child process that reads one file: the file is its standard input, blocks go out as lines of JSON.

Run by `knowledge.converting.converter` alone. Before it touches the file it shuts itself in (`company.shut_in`).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module

from company.shut_in import own_streams, shut_in
from knowledge.converting.building import Building
from knowledge.converting.records import Format, Limits, OnStep, Step, Unit, Unreadable
from knowledge.converting.wire import TOO_MUCH, reading_lines, refusal_line, step_line

_MODULES = {
    Format.PDF: "pdf", Format.WORD: "word", Format.SLIDES: "slides", Format.SHEET: "sheets", Format.CSV: "sheets",
    Format.HTML: "web_page", Format.MAIL: "mail", Format.IMAGE: "pictures",
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """`format limits-as-JSON pid-of-the-company`; 0 when the file was read or refused with a reason."""
    format, limits = Format(arguments[0]), Limits(**json.loads(arguments[1]))
    import_module(f"knowledge.converting.{_MODULES[format]}")  # while it may still write its compiled form
    shut_in(limits, int(arguments[2]))
    with own_streams() as (answer, news):
        data = sys.stdin.buffer.read()

        def tell(step: Step) -> None:
            os.write(news, step_line(step))

        _write(answer, _answer(data, format, limits, tell), limits)
    return 0


def _write(answer: int, lines: Iterable[bytes], limits: Limits) -> None:
    left = limits.text_mb * 1_000_000
    with os.fdopen(os.dup(answer), "wb") as out:
        for line in lines:
            left -= len(line)
            if left < 0:
                raise SystemExit(TOO_MUCH)
            out.write(line)


def _answer(data: bytes, format: Format, limits: Limits, tell: OnStep) -> Iterable[bytes]:
    try:
        return list(_convert(data, format, limits, tell))
    except Unreadable as error:
        return [refusal_line(str(error))]
    except MemoryError:
        return [
            refusal_line(f"reading it takes more than {limits.memory_mb} MB of memory (knowledge.convert_memory_mb)")
        ]
    except RecursionError:
        return [refusal_line("its parts lie too deep inside one another")]
    except BaseException as error:  # noqa: BLE001 - whatever a library throws at a stranger's file is its damage; Rust's panics are no Exception
        return [refusal_line(f"it is damaged ({type(error).__name__})")]


@dataclass(slots=True)
class _Found:
    """What a converter found, before it is told."""

    building: Building
    title: str = ""
    unit: Unit = "paragraph"
    pages: int = 0
    notes: tuple[str, ...] = ()


def _convert(data: bytes, format: Format, limits: Limits, tell: OnStep) -> Iterator[bytes]:
    found = _READERS[format](data, limits, tell)
    if not any(block.text.strip() for block in found.building.blocks):
        raise Unreadable("no text was found in it")
    yield from reading_lines(
        found.building, title=found.title, format=format, unit=found.unit, pages=found.pages, notes=found.notes
    )


def _pdf(data: bytes, limits: Limits, tell: OnStep) -> _Found:
    from knowledge.converting.pdf import read_pdf
    from knowledge.converting.pictures import HOW_TO_INSTALL, can_read_pictures, recognise

    able = can_read_pictures()
    found = read_pdf(data, limits, tell, recognise if able else None)
    if found.empty == found.pages and not able:
        raise Unreadable(f"its pages have no text; if they are pictures of text, {HOW_TO_INSTALL}")
    notes: list[str] = []
    if found.recognised:
        notes.append(
            f"the text of {found.recognised} of its {found.pages} pages was recognised in pictures, and may err"
        )
    if found.empty:
        notes.append(f"{found.empty} of its {found.pages} pages have no text")
    return _Found(found.building, found.title, "page", found.pages, tuple(notes))


def _word(data: bytes, limits: Limits, tell: OnStep) -> _Found:
    from knowledge.converting.archives import check_archive
    from knowledge.converting.word import read_word

    check_archive(data, Format.WORD, limits)
    title, building, unit, pages = read_word(data)
    return _Found(building, title, unit, pages)


def _slides(data: bytes, limits: Limits, tell: OnStep) -> _Found:
    from knowledge.converting.archives import check_archive
    from knowledge.converting.slides import read_slides

    check_archive(data, Format.SLIDES, limits)
    title, building, slides = read_slides(data, limits, tell)
    return _Found(building, title, "slide", slides)


def _sheet(data: bytes, limits: Limits, tell: OnStep) -> _Found:
    from knowledge.converting.archives import check_archive
    from knowledge.converting.sheets import read_workbook

    if data.startswith(b"PK"):
        check_archive(data, Format.SHEET, limits)
    building, notes = read_workbook(data, tell)
    return _Found(building, unit="row", notes=notes)


def _csv(data: bytes, limits: Limits, tell: OnStep) -> _Found:
    from knowledge.converting.sheets import read_csv

    return _Found(read_csv(data), unit="row")


def _html(data: bytes, limits: Limits, tell: OnStep) -> _Found:
    from knowledge.converting.web_page import read_web_page

    title, building = read_web_page(data)
    return _Found(building, title)


def _mail(data: bytes, limits: Limits, tell: OnStep) -> _Found:
    from knowledge.converting.mail import read_mail

    title, building, notes = read_mail(data)
    return _Found(building, title, notes=notes)


def _image(data: bytes, limits: Limits, tell: OnStep) -> _Found:
    from knowledge.converting.pictures import read_picture

    return _Found(read_picture(data), notes=("its text was recognised in a picture, and may have mistakes",))


_READERS: dict[Format, Callable[[bytes, Limits, OnStep], _Found]] = {
    Format.PDF: _pdf, Format.WORD: _word, Format.SLIDES: _slides, Format.SHEET: _sheet, Format.CSV: _csv,
    Format.HTML: _html, Format.MAIL: _mail, Format.IMAGE: _image,
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
