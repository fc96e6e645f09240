"""Files that are broken or meant to harm are refused with a reason, within their limits, and leave nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import os
import random
import resource
import shutil
import signal
import sys
import time
import zipfile
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from company.shut_in import UNBOUND, shut_in
from knowledge.converting.converter import Converter
from knowledge.converting.kinds import KNOWN, format_of
from knowledge.converting.records import Limits, Unreadable
from knowledge.converting.wire import read_converted
from tests.unit.knowledge.converting import making

LIMIT = 20_000_000
ROOT = Path(__file__).parents[4]


def small(**limits: float) -> Converter:
    return Converter(Limits(**{"seconds": 30.0, **limits}), max_bytes=LIMIT)  # type: ignore[arg-type]


async def refused(source: bytes | Path, name: str, **limits: float) -> str:
    with pytest.raises(Unreadable) as caught:
        await small(**limits).convert(source, name=name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def bomb(size_mb: int) -> bytes:
    """A workbook whose sheet unpacks to `size_mb` megabytes of blanks."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml", '<Types><Override ContentType="x.spreadsheetml.sheet.main+xml"/></Types>'
        )
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(size_mb):
                part.write(b" " * 1_000_000)
    return out.getvalue()


async def test_a_zip_bomb() -> None:
    packed = bomb(301)
    assert len(packed) < 400_000
    assert await refused(packed, "bomb.xlsx") == "it would unpack to 301 MB; the limit is 300 MB"


async def test_a_zip_bomb_that_lies_about_its_size() -> None:
    """The directory says 1 kB: the archive is read no further than that, and its checksum is wrong."""
    packed = bytearray(bomb(40))
    at = packed.rfind(b"PK\x01\x02")
    packed[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    assert "it is damaged" in await refused(bytes(packed), "bomb.xlsx", unpacked_mb=30)


async def test_overlapping_parts_count_each() -> None:
    """A bomb whose directory names one compressed part many times (D. Fifield, "A better zip bomb", 2019)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", b" " * 20_000_000)
        first = archive.infolist()[0]
        for number in range(1, 30):
            copy = zipfile.ZipInfo(f"b{number:04}.xml")
            for field in ("header_offset", "CRC", "compress_size", "file_size", "compress_type", "flag_bits"):
                setattr(copy, field, getattr(first, field))
            archive.filelist.append(copy)
            archive.NameToInfo[copy.filename] = copy
    assert "it would unpack to 600 MB" in await refused(out.getvalue(), "bomb.docx")


@pytest.mark.parametrize(
    "doctype",
    [
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
        b"<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
async def test_xxe_and_entity_bombs(doctype: bytes, encoding: str) -> None:
    part = f'<?xml version="1.0" encoding="{encoding}"?><!-- a -->{doctype.decode()}<w:document>&e;</w:document>'
    hostile = making.repacked(making.word(), {"word/document.xml": part.encode(encoding)})
    assert await refused(hostile, "x.docx") == (
        "its part word/document.xml declares a document type, which office files never do (XXE)"
    )


async def test_a_pdf_of_ten_thousand_pages() -> None:
    many = making.pdf([[]] * 10_000)
    assert await refused(many, "long.pdf") == "it has 10,000 pages; the limit is 5,000 (knowledge.max_pages)"


async def test_a_pdf_that_claims_a_billion_pages() -> None:
    claimed = making.pdf([making.prose("One page.")], claimed=1_000_000_000)
    document = await small(seconds=20).convert(claimed, name="claims.pdf")
    assert (document.pages, document.text) == (1, "One page."), (
        "the pages that are there count, not those that are said"
    )


async def test_too_many_slides() -> None:
    assert "it has 4 slides; the limit is 3" in await refused(making.slides(4), "x.pptx", pages=3)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.pdf", making.pdf([[]]) + making.bare_zip(), "a PDF and a ZIP archive at once"),
        ("a.docx", b"%PDF-1.7\n" + making.bare_zip(), "a PDF and a ZIP archive at once"),
        ("a.docx", making.bare_zip(b"%PDF-1.7"), "a ZIP archive and a PDF at once"),
        ("a.pdf", b"<html><script>1</script>" + making.pdf([[]]), "not what its ending"),
        ("a.pdf", b"GIF89a  " + making.pdf([[]]), "a PDF and a GIF image at once"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(100) + making.bare_zip(), "a PNG image and a ZIP archive at once"),
        ("a.pdf", b"MZ\0\0" + bytes(200), "but it is a program"),
        ("a.md", b"%PDF-1.7 x", "its name ends in .md, but it is a PDF"),
        ("a.txt", b"\x7fELF\x02\x01\x01\0", "but it is a program"),
        ("a.csv", b"PK\x03\x04xxxx", "but it is a ZIP archive"),
        ("a.xlsx", b"hello", "not what its ending .xlsx says"),
        ("a.jpg", b"GIF89a", "but it is a GIF image"),
        ("a.docx", making.bare_zip(), "a ZIP archive, not an office file"),
    ],
)
async def test_files_that_are_not_what_they_say_or_two_things_at_once(name: str, data: bytes, reason: str) -> None:
    assert reason in await refused(data, name)


async def test_a_workbook_named_as_a_document() -> None:
    assert await refused(making.workbook([["a", "b"]]), "a.docx") == "its name says Word, but it is Excel"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", making.pdf([making.prose("Secret.")], encrypt=making.LOCKED)),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("a.docx", making.with_password_flag(making.word())),
    ],
)
async def test_files_with_a_password(name: str, data: bytes) -> None:
    assert await refused(data, name) == "it is protected by a password; save a copy without one"


WHOLE = {
    "a.pdf": making.pdf([making.prose("Text of a page.")]), "a.docx": making.word(), "a.pptx": making.slides(),
    "a.xlsx": making.workbook([["a", "b"], ["c", "d"]]),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
async def test_files_cut_in_the_middle(name: str) -> None:
    data = WHOLE[name]
    reason = await refused(data[: len(data) // 2], name)
    assert "damaged" in reason or reason == "no text was found in it", reason


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx"])
async def test_parts_that_are_no_xml(name: str) -> None:
    main = {"a.docx": "word/document.xml", "a.pptx": "ppt/slides/slide1.xml", "a.xlsx": "xl/worksheets/sheet1.xml"}[
        name
    ]
    reason = await refused(making.repacked(WHOLE[name], {main: b"<w:document><unclosed"}), name)
    assert "it is damaged" in reason or reason == "no text was found in it", reason


@pytest.mark.parametrize("seed", range(12))
async def test_random_damage_is_read_or_refused(seed: int) -> None:
    """Never a crash, never more than the text and a reason; thousands of other seeds were tried by hand."""
    chance = random.Random(seed)
    name = chance.choice(sorted(WHOLE))
    if name == "a.pdf":
        damaged = harmed(WHOLE[name], chance)
    else:
        with zipfile.ZipFile(io.BytesIO(WHOLE[name])) as archive:
            part = chance.choice([part for part in archive.namelist() if part.endswith(".xml")])
            damaged = making.repacked(WHOLE[name], {part: harmed(archive.read(part), chance)})
    try:
        told = (await small(seconds=20).convert(damaged, name=name)).text
    except Unreadable as error:
        told = str(error)
    assert told.strip()


def harmed(data: bytes, chance: random.Random) -> bytes:
    """Bytes changed, taken out, doubled or put in."""
    out = bytearray(data)
    for _ in range(chance.choice([1, 3, 10])):
        at = chance.randrange(len(out))
        out[at : at + chance.randrange(20)] = chance.choice(
            [b"", b"\0", b"-1", b"<a>", b"99999999999", out[at : at + 60] * 2]
        )
    return bytes(out)


async def test_a_sheet_with_two_cells_a_billion_apart() -> None:
    """The corner cells of a sheet make a table of 17 billion: refused by the limit on memory, if not before."""
    sheet = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData></worksheet>'
    )
    reason = await refused(
        making.repacked(WHOLE["a.xlsx"], {"xl/worksheets/sheet1.xml": sheet}), "a.xlsx", memory_mb=512
    )
    assert "memory" in reason or "cells" in reason


async def test_a_page_without_end() -> None:
    """A stream of a PDF that unpacks to a fifth of a gigabyte is stopped by the limit on memory."""
    import zlib

    packer = zlib.compressobj(9)
    stream = b"".join(packer.compress(b"BT (a) Tj ET " * 80_000) for _ in range(200)) + packer.flush()
    assert len(stream) < 1_000_000
    hostile = making.with_stream(stream)
    reason = await refused(hostile, "a.pdf", memory_mb=250, seconds=20)
    assert "memory" in reason, reason


async def test_nesting_without_end() -> None:
    page = b"<div>" * 60_000 + b"deep text" + b"</div>" * 60_000
    document = await small().convert(page, name="deep.html")
    assert [block.text for block in document.blocks] == ["deep text"]


async def test_more_text_than_may_come_out() -> None:
    assert await refused(b"<p>" + b"word " * 400_000, "a.html", text_mb=1) == "it holds more than 1 MB of text"


async def test_time_is_over_and_nothing_is_left(tmp_path: Path) -> None:
    begun = time.monotonic()
    reason = await refused(slow_page(), "slow.html", seconds=1)
    assert reason == "reading it takes longer than 1 seconds (knowledge.convert_s)"
    assert time.monotonic() - begun < 15
    assert children() == []


def slow_page() -> bytes:
    """HTML that takes the parser minutes: each of many open elements is looked through for each end."""
    return b"<b>" * 200 + b"</i><p>x" * 2_000_000


def children() -> list[psutil.Process]:
    """Those of the product; flows that ran before leave the process that commands are forked from."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # of which a zombie is one
            if child.status() != psutil.STATUS_ZOMBIE and "tests.flows.forked" not in child.cmdline():
                found.append(child)
    return found


async def test_who_gives_up_waiting_leaves_nothing_behind() -> None:
    task = asyncio.create_task(small().convert(slow_page(), name="slow.html"))
    while not children():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() == []


async def test_a_killed_child_is_a_damaged_file() -> None:
    task = asyncio.create_task(small().convert(slow_page(), name="slow.html"))
    while not (found := children()):
        await asyncio.sleep(0.01)
    os.kill(found[0].pid, signal.SIGKILL)
    with pytest.raises(Unreadable, match=r"it is damaged, or reading it takes more than 1024 MB"):
        await task


def open_files(pid: int) -> set[Path]:
    """What a process has open; it may close a file while it is looked at."""
    found = set()
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.add(path.readlink())
    return found


async def test_the_child_inherits_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No secret of the environment and no open file of the company reaches the process that reads a stranger's file."""
    monkeypatch.setenv("PLANTED_SECRET", "sk-1234567890")
    kept, other = os.pipe()
    os.set_inheritable(other, True)
    task = asyncio.create_task(small().convert(slow_page(), name="slow.html"))
    try:
        while not (found := children()) or "knowledge.converting" not in found[0].cmdline():  # before, it is still we
            await asyncio.sleep(0.01)
        environment, files = found[0].environ(), open_files(found[0].pid)
        planted = Path(f"/proc/self/fd/{other}").readlink()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        os.close(kept)
        os.close(other)
    assert set(environment) == {"PATH", "LC_ALL", "OMP_THREAD_LIMIT"}
    assert files
    assert planted not in files


@pytest.mark.parametrize(
    "said", [b"", b"garbage\n", b'{"title":1}\n', b'{"refused"', b"[]\n", b"null\n{}\n{}\n", b"\xff\xfe\n"]
)
def test_what_a_child_says_is_not_trusted(said: bytes) -> None:
    with pytest.raises(Unreadable, match="ended in the middle"):
        read_converted(said)


async def test_a_file_that_is_too_large_is_not_opened_at_all(tmp_path: Path) -> None:
    path = tmp_path / "big.pdf"
    with path.open("wb") as file:
        file.truncate(LIMIT + 1)
    assert await refused(path, "") == "it is 20.0 MB; the limit is 20 MB (knowledge.max_file_mb)"


@pytest.mark.parametrize("ending", sorted(KNOWN))
def test_known_formats_are_named_when_they_are_turned_away(ending: str) -> None:
    with pytest.raises(Unreadable, match=f"^{KNOWN[ending]} is not supported yet; save it as "):
        format_of(f"a{ending}")


def test_without_bounds_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service unit may forbid a process to bound itself: then it ends, before it has looked at the file."""

    def forbidden(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(resource, "setrlimit", forbidden)
    with pytest.raises(SystemExit) as ended:
        shut_in(Limits(), os.getppid())
    assert ended.value.code == UNBOUND
    assert "does not let the process that reads it be bounded" in small()._why(UNBOUND)


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx"])
async def test_a_missing_library_says_how_to_get_it(name: str) -> None:
    """The child without what is installed, as in a core without the group `documents`."""
    format, limits = format_of(name), json.dumps(asdict(Limits()))
    command = (sys.executable, "-S", "-m", "knowledge.converting", format, limits, str(os.getpid()))
    child = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await child.communicate(WHOLE[name])
    with pytest.raises(Unreadable, match=f"^reading {format.value} needs `make install GROUPS=documents`$"):
        read_converted(said)


async def gone(process: psutil.Process) -> bool:
    """Ended within five seconds; one that nobody has collected yet has ended too."""
    for _ in range(500):
        try:
            if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
                return True
        except psutil.NoSuchProcess:
            return True
        await asyncio.sleep(0.01)
    return False


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed here")
async def test_what_the_child_started_dies_with_it() -> None:
    """Tesseract, at a picture that would take it long, is killed with the child whose time is over."""
    width = 4000
    noise = b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(width * width // 32))
    bmp = making.grey_bmp(width, noise)
    task = asyncio.create_task(small().convert(bmp, name="noise.bmp"))
    while not (found := [child for child in children() if child.name() == "tesseract"]):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await gone(found[0])


COMPANY = """
import asyncio, sys
from knowledge.converting.converter import Converter
from knowledge.converting.records import Limits
data = sys.stdin.buffer.read()
asyncio.run(Converter(Limits(), max_bytes=10**9).convert(data, name="slow.html"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's promise is Linux's")
async def test_a_child_does_not_outlive_a_company_that_is_killed() -> None:
    company = await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMPANY, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdin=asyncio.subprocess.PIPE
    )
    assert company.stdin is not None
    company.stdin.write(slow_page())
    company.stdin.write_eof()
    parent = psutil.Process(company.pid)
    while not (found := parent.children()):
        await asyncio.sleep(0.01)
    while not any(found[0].environ()):  # its own program has begun
        await asyncio.sleep(0.01)
    company.kill()
    await company.wait()
    assert await gone(found[0])


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
async def test_the_child_has_no_network_where_the_system_allows_that() -> None:
    """Told by its own list of interfaces; a system that forbids namespaces leaves the other bounds."""
    probe = "import ctypes; print(ctypes.CDLL(None).unshare(0x50000000))"
    asked = await asyncio.create_subprocess_exec(sys.executable, "-c", probe, stdout=asyncio.subprocess.PIPE)
    said, _ = await asked.communicate()
    if said.strip() != b"0":
        pytest.skip("this system forbids namespaces to its processes")
    task = asyncio.create_task(small().convert(slow_page(), name="slow.html"))
    while not (found := children()):
        await asyncio.sleep(0.01)
    here, there = Path("/proc/self/ns/net").readlink(), None
    while there in (None, here) and not task.done():  # until it has shut itself in
        there = Path(f"/proc/{found[0].pid}/ns/net").readlink()
        await asyncio.sleep(0.01)
    lines = Path(f"/proc/{found[0].pid}/net/dev").read_text().splitlines()[2:]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [line.split(":")[0].strip() for line in lines] in ([], ["lo"])
