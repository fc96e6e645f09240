"""From a citation to its place: the marker stands on the cited words, whoever may not read sees nothing, changes are said."""

from __future__ import annotations

import asyncio
import io
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from company.config import KnowledgeSettings
from company.errors import Refused
from company.records import ConversationKey, Desk
from knowledge.converting.records import Limits, Unreadable
from knowledge.drawing.draughtsman import Draughtsman, Drawing
from knowledge.drawing.marks import Sign, boxes, places
from knowledge.drawing.records import Wanted
from knowledge.library import LocalLibrary
from tests.fakes.clock import TurnedClock
from tests.unit.knowledge.converting import making

HEIGHT, WIDTH = 842, 595
QUOTE = "The notice period is three months, given in writing."
FILLER = [f"Line {number} speaks of the garden, the cellar and the bicycles in the yard." for number in range(40)]
Region = tuple[float, float, float, float]
"""Left, top, right, bottom, as shares of the picture."""


def page(*lines: str, at: int = 10, left: float = 72.0) -> list[making.Written]:
    """A page of filler with `lines` in place of those from line `at` on."""
    text = [*FILLER[:at], *lines, *FILLER[at + len(lines) :]]
    return [(line, 11.0, left, 80.0 + 14.0 * number) for number, line in enumerate(text)]


def line(number: int, left: float = 72.0, width: float = 150.0) -> Region:
    """Where line `number` of such a page begins, on a picture of the whole page."""
    top = 80.0 + 14.0 * number - 8
    return left / WIDTH, top / HEIGHT, (left + width) / WIDTH, (top + 10) / HEIGHT


async def drawn(data: bytes, quote: str = QUOTE, number: int = 1, **more: object) -> Drawing:
    wanted = {"page": number, "pages": True, "quote": quote, "passage": quote, **more}
    return await Draughtsman(Limits()).draw(data, Wanted(**wanted))  # type: ignore[arg-type]


def is_marked(colour: tuple[int, int, int]) -> bool:
    """Yellow, or letters below yellow: far less blue than red."""
    red, _, blue = colour
    return red > 120 and blue < 0.75 * red


def share(picture: bytes, region: Region) -> float:
    """How much of a region is under the marker."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    left, top, right, bottom = region
    cut = image.crop(
        (int(left * image.width), int(top * image.height), int(right * image.width), int(bottom * image.height))
    )
    colours = cut.getcolors(cut.width * cut.height) or []
    return sum(count for count, colour in colours if is_marked(colour)) / (cut.width * cut.height)  # type: ignore[arg-type]


async def test_the_marker_stands_on_the_cited_words_and_nowhere_else() -> None:
    made = await drawn(making.pdf([page(QUOTE)]))
    assert made.marked == 1
    assert share(made.picture, line(10)) > 0.6
    assert share(made.picture, line(9)) < 0.1
    assert share(made.picture, line(11)) < 0.1
    assert share(made.picture, (0, 0, 1, 1)) < 0.03
    image = Image.open(io.BytesIO(made.picture))
    assert max(image.size) == 1800
    assert min(image.size) > 1200  # as wide as a phone is sharp


async def test_a_word_that_was_broken_at_the_end_of_a_line_is_found() -> None:
    made = await drawn(
        making.pdf([page("The notice period is three months, given in wri-", "ting. Nothing else counts.")])
    )
    assert made.marked == 2
    assert share(made.picture, line(11, width=20)) > 0.5
    assert share(made.picture, line(11, left=110)) < 0.05


async def test_of_two_equal_quotes_the_one_in_the_passage_is_marked() -> None:
    data = making.pdf([page(QUOTE, *FILLER[11:20], "In the cellar another rule holds.", QUOTE)])
    made = await drawn(data, passage=f"In the cellar another rule holds.\n{QUOTE}")
    assert made.marked == 1
    assert share(made.picture, line(10)) < 0.1
    assert share(made.picture, line(21)) > 0.6


async def test_columns_that_are_read_across_are_marked_in_pieces() -> None:
    left = [(f"Left column, line {number} about rents.", 10.0, 40.0, 80.0 + 14.0 * number) for number in range(30)]
    right = [(f"Right column, line {number}.", 10.0, 310.0, 80.0 + 14.0 * number) for number in range(30)]
    right[10] = ("The notice period is three months,", 10.0, 310.0, 80.0 + 140)
    right[11] = ("given in writing.", 10.0, 310.0, 80.0 + 154)
    made = await drawn(making.pdf([[one for pair in zip(left, right, strict=True) for one in pair]]))
    assert share(made.picture, line(10, left=310.0, width=120.0)) > 0.6
    assert share(made.picture, line(11, left=310.0, width=60.0)) > 0.6
    assert share(made.picture, (0, 0, 0.5, 1)) < 0.01  # nothing of the other column


@pytest.mark.parametrize("turned", [90, 180, 270])
async def test_a_turned_page_is_marked_where_the_words_are(turned: int) -> None:
    upright = await drawn(making.pdf([page(QUOTE)]))
    data = making.pdf([page(QUOTE)]).replace(b"/MediaBox", b"/Rotate %d /MediaBox" % turned)
    made = await drawn(data)
    back = io.BytesIO()
    Image.open(io.BytesIO(made.picture)).rotate(turned, expand=True).save(back, "PNG")
    assert share(back.getvalue(), line(10)) == pytest.approx(share(upright.picture, line(10)), abs=0.15)
    assert share(back.getvalue(), line(9)) < 0.1


async def test_a_cropped_page_is_marked_where_the_words_are() -> None:
    box = b"/MediaBox [0 0 595 842] /CropBox [50 442 550 842]"
    made = await drawn(making.pdf([page(QUOTE)]).replace(b"/MediaBox [0 0 595 842]", box))
    left, top, right, bottom = line(10)
    moved = ((left * WIDTH - 50) / 500, top * HEIGHT / 400, (right * WIDTH - 50) / 500, bottom * HEIGHT / 400)
    assert share(made.picture, moved) > 0.6


async def test_words_that_run_on_to_the_next_page_are_shown_there() -> None:
    data = making.pdf([page(), page(QUOTE)])
    made = await drawn(data, number=1)
    assert (made.page, made.marked) == (2, 1)


async def test_a_quote_that_is_not_there_leaves_the_page_unmarked() -> None:
    made = await drawn(making.pdf([page()]), "Whatever is said here stands nowhere on it.")
    assert (made.page, made.marked) == (1, 0)
    assert share(made.picture, (0, 0, 1, 1)) == 0


@pytest.mark.parametrize("box", [b"[0 0 300 14000]", b"[0 0 5000 5000]", b"[0 0 14000 200]"])
async def test_a_page_of_any_shape_becomes_a_picture_that_telegram_takes(box: bytes) -> None:
    words = [(QUOTE, 11.0, 72.0, 842.0 - 100.0)]
    made = await drawn(making.pdf([words]).replace(b"/MediaBox [0 0 595 842]", b"/MediaBox " + box))
    width, height = Image.open(io.BytesIO(made.picture)).size
    assert width + height <= 10_000
    assert max(width, height) <= 3.1 * min(width, height)
    assert len(made.picture) <= 10_000_000
    assert share(made.picture, (0, 0, 1, 1)) > 0.0001  # the part with the words is the one that is shown


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")
async def test_a_scanned_page_is_marked_where_tesseract_reads_the_words() -> None:
    printed = await drawn(making.pdf([page(QUOTE)]), "none of this is there at all")
    grey = Image.open(io.BytesIO(printed.picture)).convert("L")
    scan = making.pdf([()], scans={0: (grey.width, grey.height, grey.tobytes())})
    made = await drawn(scan)
    assert share(made.picture, line(10)) > 0.5
    assert share(made.picture, line(13)) < 0.1
    picture = await drawn(printed.picture, pages=False)
    assert share(picture.picture, line(10)) > 0.5


async def test_a_damaged_or_locked_file_is_refused_with_a_reason() -> None:
    with pytest.raises(Unreadable, match="damaged"):
        await drawn(b"%PDF-1.7\nnothing of a document")
    with pytest.raises(Unreadable, match="no page 7"):
        await drawn(making.pdf([page()]), number=7)


async def test_a_drawing_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(Unreadable, match="longer than"):
        await Draughtsman(Limits(seconds=0.01)).draw(
            making.pdf([page()]), Wanted(page=1, pages=True, quote=QUOTE, passage=QUOTE)
        )


def test_the_letters_of_any_script_are_found() -> None:
    signs = [
        Sign(letter, (float(at), 0.0, at + 1.0, 1.0)) for at, letter in enumerate("租期为三个月。Срок — три месяца")
    ]
    assert places(signs, "三个月", "租期为三个月。") == (range(3, 6),)
    assert places(signs, "срок: три месяца", "") == (range(7, 24),)
    assert boxes(signs, (range(3, 6),)) == ((3.0, 0.0, 6.0, 1.0),)


# -- through the library ----------------------------------------------------------------------------------------------


@pytest.fixture
async def library(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[LocalLibrary]:
    (tmp_path / "docs").mkdir()
    settings = KnowledgeSettings(folders=(Path("docs"),))
    made = LocalLibrary(settings, data_dir=tmp_path / "data", root=tmp_path, clock=clock)
    await made.open()
    yield made
    await made.close()


LEASE = making.pdf([page(), page(QUOTE)])


async def passage_id(library: LocalLibrary, reader: str) -> str:
    found = await library.find("How long is the notice period?", person_id=reader)
    return found[0].id


async def test_a_passage_is_opened_with_its_neighbours_and_its_page(library: LocalLibrary) -> None:
    await library.keep("lease.pdf", LEASE, reader="ada")
    wanted = await passage_id(library, "ada")
    opened = await library.room.opened(wanted, person_id="ada")
    assert opened is not None
    assert (opened.page, opened.pages, opened.passage.document) == (2, True, "lease.pdf")
    assert opened.before is not None
    made = await library.room.picture(wanted, QUOTE, person_id="ada")
    assert (made.page, made.marked) == (2, 1)
    assert (await library.room.original(wanted, person_id="ada")).data == LEASE


async def test_nobody_else_opens_it(library: LocalLibrary) -> None:
    await library.keep("lease.pdf", LEASE, reader="ada")
    wanted = await passage_id(library, "ada")
    group = ConversationKey(desk=Desk.TELEGRAM, chat="-1001").reader("ada")
    for reader in ("bob", "", group):
        assert await library.room.opened(wanted, person_id=reader) is None
        for ask in (
            library.room.picture(wanted, QUOTE, person_id=reader),
            library.room.original(wanted, person_id=reader),
        ):
            with pytest.raises(Refused, match="not yours"):
                await ask


async def test_what_was_deleted_or_has_changed_is_not_shown(library: LocalLibrary, tmp_path: Path) -> None:
    await library.keep("lease.pdf", LEASE, reader="ada")
    (tmp_path / "docs" / "rules.pdf").write_bytes(making.pdf([page("The rules of the house: no smoking on the roof.")]))
    await library.sync()
    wanted = await passage_id(library, "ada")
    await library.remove("lease.pdf", person_id="ada")
    assert await library.room.opened(wanted, person_id="ada") is None
    with pytest.raises(Refused, match="no longer"):
        await library.room.picture(wanted, QUOTE, person_id="ada")
    rules = (await library.find("smoking on the roof", person_id="ada"))[0].id
    (tmp_path / "docs" / "rules.pdf").write_bytes(making.pdf([page("The rules of the house were changed.")]))
    with pytest.raises(Refused, match="changed"):
        await library.room.picture(rules, "no smoking", person_id="ada")
    (tmp_path / "docs" / "rules.pdf").unlink()
    with pytest.raises(Refused, match="no longer where"):
        await library.room.original(rules, person_id="ada")


async def test_a_document_that_is_deleted_while_it_is_drawn_is_not_shown(library: LocalLibrary) -> None:
    await library.keep("lease.pdf", LEASE, reader="ada")
    wanted = await passage_id(library, "ada")
    drawing = library.room._draughtsman.draw

    async def meanwhile(data: bytes, asked: Wanted) -> Drawing:
        made = await drawing(data, asked)
        await library.remove("lease.pdf", person_id="ada")
        return made

    library.room._draughtsman.draw = meanwhile  # type: ignore[method-assign]
    with pytest.raises(Refused, match="no longer"):
        await library.room.picture(wanted, QUOTE, person_id="ada")


async def test_a_text_has_no_page_to_be_drawn(library: LocalLibrary) -> None:
    await library.keep("house.md", b"# House\n\nThe notice period is three months.\n", reader="ada")
    wanted = await passage_id(library, "ada")
    opened = await library.room.opened(wanted, person_id="ada")
    assert opened is not None
    assert (opened.page, opened.headings) == (0, ("House",))
    with pytest.raises(Refused, match="no pages"):
        await library.room.picture(wanted, "", person_id="ada")


async def test_the_loop_goes_on_while_pages_are_drawn(library: LocalLibrary) -> None:
    await library.keep("lease.pdf", LEASE, reader="ada")
    wanted = await passage_id(library, "ada")
    turns = 0
    task = asyncio.create_task(library.room.picture(wanted, QUOTE, person_id="ada"))
    while not task.done():
        turns += 1
        await asyncio.sleep(0.001)
    assert turns > 10
    assert (await task).marked == 1
