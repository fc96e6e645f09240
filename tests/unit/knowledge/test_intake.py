"""Files come into the library: converted, stored once, replaced when they change, refused with a reason, told meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from company.config import KnowledgeSettings
from company.document_records import Added, Reading, Shelved
from company.records import Condition
from knowledge.converting.converter import Converter
from knowledge.converting.records import Converted
from knowledge.library import DocumentRefused, LocalLibrary
from tests.fakes.clock import TurnedClock
from tests.unit.knowledge.converting import making

WHO = "person"


def make(tmp_path: Path, clock: TurnedClock) -> LocalLibrary:
    (tmp_path / "docs").mkdir(exist_ok=True)
    settings = KnowledgeSettings(folders=(Path("docs"),), max_file_mb=20, uploads_mb=1)
    return LocalLibrary(settings, data_dir=tmp_path / "data", root=tmp_path, clock=clock)


@pytest.fixture
async def library(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[LocalLibrary]:
    made = make(tmp_path, clock)
    await made.open()
    yield made
    await made.close()


def put(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / "docs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


async def found(library: LocalLibrary, question: str) -> list[tuple[str, str]]:
    return [(passage.document, passage.place) for passage in await library.find(question, person_id=WHO)]


async def failed(library: LocalLibrary) -> dict[str, str]:
    return {one["name"]: one["reason"] for one in (await library.check()).facts["failed"]}


LEASE = making.pdf(
    [
        [("Lease", 24.0, 72.0, 60.0), *making.prose("The flat has three rooms.", top=100)],
        [("Rent", 16.0, 72.0, 60.0), *making.prose("The rent is 900 euros a month.", top=100)],
    ]
)


async def test_a_citation_opens_the_page_and_the_heading(library: LocalLibrary, tmp_path: Path) -> None:
    put(tmp_path, "lease.pdf", LEASE)
    put(tmp_path, "handbook.docx", making.word(pages_noted=True))
    put(tmp_path, "prices.pptx", making.slides())
    put(tmp_path, "stock.xlsx", making.workbook([["Item", "Left"], ["Flour", 12], ["Saffron", 3]]))
    await library.sync()
    assert await failed(library) == {}
    assert (await found(library, "How much is the rent of the flat?"))[0] == ("lease.pdf", "Lease > Rent, page 2")
    assert (await found(library, "How much do rolls cost?"))[0] == ("prices.pptx", "Prices this year, slide 1")
    assert (await found(library, "How much saffron is left?"))[0] == ("stock.xlsx", "Stock, row 2")
    assert (await found(library, "What does the city zone of delivery cost?"))[0] == (
        "handbook.docx", "Handbook of the bakery > Delivery, page 1",
    )  # fmt: skip


async def test_a_broken_file_ends_as_failed_with_its_reason_and_the_rest_is_read(
    library: LocalLibrary, tmp_path: Path
) -> None:
    put(tmp_path, "a-broken.pdf", LEASE[:300])
    put(tmp_path, "b-locked.pdf", making.pdf([making.prose("Secret.")], encrypt=making.LOCKED))
    put(tmp_path, "c-empty.pdf", making.pdf([[]]))
    put(tmp_path, "d-misnamed.docx", making.workbook([["a", "b"]]))
    put(tmp_path, "rent.md", b"The rent is 900 euros.")
    await library.sync()
    reasons = await failed(library)
    assert reasons["a-broken.pdf"] == "it is damaged, or not a PDF"
    assert reasons["b-locked.pdf"] == "it is protected by a password; save a copy without one"
    assert reasons["d-misnamed.docx"] == "its name says Word, but it is Excel"
    assert set(reasons) == {"a-broken.pdf", "b-locked.pdf", "c-empty.pdf", "d-misnamed.docx"}
    assert await found(library, "How much is the rent?") == [("rent.md", "line 1")]
    assert (await library.check()).condition is Condition.WARNING


async def test_the_same_content_twice_is_stored_once(library: LocalLibrary, tmp_path: Path) -> None:
    first = put(tmp_path, "lease.pdf", LEASE)
    second = put(tmp_path, "copy of lease.pdf", LEASE)
    third = put(tmp_path, "another copy.pdf", LEASE)
    await library.sync()
    assert (await library.check()).facts["documents"] == 1
    assert [name for name, _ in await found(library, "How much is the rent?")] == ["another copy.pdf"]
    third.unlink()
    await library.sync()
    assert [name for name, _ in await found(library, "How much is the rent?")] == ["copy of lease.pdf"], "the next one"
    second.write_bytes(making.pdf([making.prose("Quite another text about boats.")]))
    await library.sync()
    assert [name for name, _ in await found(library, "How much is the rent?")] == ["lease.pdf"]
    assert [name for name, _ in await found(library, "boats")] == ["copy of lease.pdf"]
    first.unlink()
    await library.sync()
    assert await found(library, "How much is the rent?") == []


async def test_a_changed_file_replaces_its_old_version(library: LocalLibrary, tmp_path: Path) -> None:
    put(tmp_path, "stock.xlsx", making.workbook([["Item", "Left"], ["Flour", 12]]))
    await library.sync()
    (before,) = await library.find("How much flour is left?", person_id=WHO)
    put(tmp_path, "stock.xlsx", making.workbook([["Item", "Left"], ["Flour", 40]]))
    await library.sync()
    (after,) = await library.find("How much flour is left?", person_id=WHO)
    assert ("12" in before.text, "40" in after.text, "12" in after.text) == (True, True, False)
    assert await library.passage(before.id, person_id=WHO) is None


async def test_a_file_that_breaks_takes_its_old_version_away(library: LocalLibrary, tmp_path: Path) -> None:
    put(tmp_path, "lease.pdf", LEASE)
    await library.sync()
    put(tmp_path, "lease.pdf", LEASE[:200])
    await library.sync()
    assert await found(library, "How much is the rent?") == []
    assert set(await failed(library)) == {"lease.pdf"}


async def test_what_failed_gets_another_try_after_a_restart(
    tmp_path: Path, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library may have been installed, a limit raised; within one run the same file is not tried over and over."""
    put(tmp_path, "handbook.docx", making.word())
    tries: list[str] = []
    convert = Converter.convert

    async def counted(self: Converter, source: Path | bytes, **named: object) -> Converted:
        tries.append(getattr(source, "name", ""))
        return await convert(self, source, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Converter, "convert", counted)
    for _ in range(2):
        library = make(tmp_path, clock)
        library._intake._converter._limits = library._intake._converter._limits.__class__(unpacked_mb=0)
        await library.open()
        await library.sync()
        clock.turn(60)
        await library.sync()
        await library.close()
    library = make(tmp_path, clock)
    await library.open()
    await library.sync()
    assert await failed(library) == {}
    await library.close()
    assert tries == ["handbook.docx"] * 3


async def test_progress_is_told(library: LocalLibrary, tmp_path: Path) -> None:
    heard: list[Reading] = []
    path = tmp_path / "outside.pdf"
    path.write_bytes(making.pdf([making.prose(f"Page {n} speaks of kettles.") for n in range(1, 301)]))
    added = await library.add(path, on_reading=heard.append)
    assert added.name == "outside.pdf"
    assert added.passages > 0
    assert heard[0] == Reading(name="outside.pdf")
    assert heard[-1] == Reading(name="outside.pdf", done=300, total=300)
    assert [one.done for one in heard] == sorted(one.done for one in heard)


async def test_the_state_of_the_house_says_what_is_being_read(
    library: LocalLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    convert = Converter.convert

    async def held(self: Converter, source: Path | bytes, **named: object) -> Converted:
        begun.set()
        await go_on.wait()
        return await convert(self, source, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Converter, "convert", held)
    put(tmp_path, "lease.pdf", LEASE)
    syncing = asyncio.create_task(library.sync())
    await begun.wait()
    assert (await library.check()).detail.endswith("; reading lease.pdf")
    go_on.set()
    await syncing
    assert "reading" not in (await library.check()).detail


async def test_a_named_file_does_not_wait_for_a_whole_folder(
    library: LocalLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    order: list[str] = []
    convert = Converter.convert

    async def held(self: Converter, source: Path, **named: object) -> Converted:
        order.append(source.name)
        begun.set()
        await go_on.wait()
        return await convert(self, source, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Converter, "convert", held)
    for number in range(3):
        put(tmp_path, f"{number}.txt", f"Text number {number}.".encode())
    outside = tmp_path / "wanted.txt"
    outside.write_text("The gate code is 2580.")
    syncing = asyncio.create_task(library.sync())
    await begun.wait()
    adding = asyncio.create_task(library.add(outside))
    await asyncio.sleep(0)
    go_on.set()
    assert (await adding).passages == 1
    await syncing
    assert order == ["0.txt", "wanted.txt"]
    assert not library.synced.is_set()
    await library.sync()
    assert library.synced.is_set()
    assert (await library.check()).facts["documents"] == 4


# -- uploads ----------------------------------------------------------------------------------------------------------


async def test_an_upload_is_kept_and_a_new_version_replaces_it(library: LocalLibrary, tmp_path: Path) -> None:
    assert await library.keep("Lease 2026.pdf", LEASE) == Added(name="Lease 2026.pdf", passages=2)
    kept = tmp_path / "data" / "uploads" / "Lease 2026.pdf"
    assert (kept.read_bytes() == LEASE, kept.stat().st_mode & 0o777) == (True, 0o600)
    await library.sync()
    assert (await found(library, "How much is the rent?"))[0] == ("Lease 2026.pdf", "Lease > Rent, page 2")
    await library.keep("Lease 2026.pdf", making.pdf([making.prose("The rent is 950 euros a month.")]))
    (passage,) = await library.find("How much is the rent?", person_id=WHO)
    assert "950" in passage.text
    assert await library.keep("again.pdf", kept.read_bytes()) == Added(
        name="again.pdf", passages=1, same_as="Lease 2026.pdf"
    )
    assert [path.name for path in kept.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    "name",
    [
        "../x.md",
        "a/../../x.md",
        "/etc/x.md",
        "..\\x.md",
        ".hidden.md",
        "a\0.md",
        "",
        "  ",
        "..",
        "a\u202egm.md",
        "~$a.docx",
    ],
)
async def test_a_name_that_leads_elsewhere_is_refused(library: LocalLibrary, tmp_path: Path, name: str) -> None:
    with pytest.raises(DocumentRefused, match="name of the file can't be used"):
        await library.keep(name, b"text")
    assert not (tmp_path / "data" / "uploads").exists()


async def test_uploads_have_room_for_so_much(library: LocalLibrary, tmp_path: Path) -> None:
    await library.keep("a.txt", b"words and more words. " * 30_000)
    with pytest.raises(
        DocumentRefused, match=r"There is no room for b\.txt: the uploads hold 0\.7 MB, and the limit is 1 MB"
    ):
        await library.keep("b.txt", b"other words, and more. " * 30_000)
    await library.keep("a.txt", b"other words, and more. " * 30_000)
    assert [path.name for path in (tmp_path / "data" / "uploads").iterdir()] == ["a.txt"]


async def test_an_upload_that_can_not_be_read_says_why(library: LocalLibrary) -> None:
    with pytest.raises(
        DocumentRefused, match=r"^x\.rtf can't be used: RTF is not supported yet; save it as PDF, Word or text\.$"
    ):
        await library.keep("x.rtf", b"{")
    with pytest.raises(DocumentRefused, match=r"^x\.pdf can't be used: it is damaged, or not a PDF\.$"):
        await library.keep("x.pdf", b"%PDF-1.7")
    assert set(await failed(library)) == {"x.pdf"}


async def test_a_deleted_document_is_gone_everywhere(library: LocalLibrary, tmp_path: Path) -> None:
    """Its file, its passages and its place in the search; a copy that waited behind it takes over."""
    await library.keep("lease.pdf", LEASE)
    await library.keep("copy.pdf", LEASE)
    listed = [(one.name, one.state, one.same_as) for one in await library.documents(person_id=WHO)]
    assert listed == [("copy.pdf", Shelved.DOUBLE, "lease.pdf"), ("lease.pdf", Shelved.READ, "")]
    await library.remove("lease.pdf", person_id=WHO)
    uploads = tmp_path / "data" / "uploads"
    assert [path.name for path in uploads.iterdir()] == ["copy.pdf"]
    await library.sync()
    assert (await found(library, "How much is the rent?"))[0][0] == "copy.pdf"
    await library.remove("copy.pdf", person_id=WHO)
    await library.sync()
    assert await library.find("How much is the rent?", person_id=WHO) == ()
    assert await library.documents(person_id=WHO) == ()
    assert list(uploads.iterdir()) == []


async def test_a_document_of_a_watched_folder_is_its_owners_to_take_out(library: LocalLibrary, tmp_path: Path) -> None:
    path = put(tmp_path, "lease.pdf", LEASE)
    await library.sync()
    with pytest.raises(DocumentRefused, match=r"lease\.pdf lies in the watched folder .*docs; take it out there"):
        await library.remove("lease.pdf", person_id=WHO)
    with pytest.raises(DocumentRefused, match=r"There is no document other\.pdf"):
        await library.remove("other.pdf", person_id=WHO)
    assert path.exists()


# -- the loop ---------------------------------------------------------------------------------------------------------


async def stalls(until: asyncio.Event) -> tuple[list[float], float]:
    """How late the loop came to each turn of a millisecond, s, less the time this process had no processor; and the
    most that it computed itself in one, s, which no other thread or process adds to."""
    late, own = [], 0.0
    while not until.is_set():
        wall, used, mine = time.perf_counter(), time.process_time(), time.thread_time()
        await asyncio.sleep(0.001)
        late.append(min(time.perf_counter() - wall, time.process_time() - used))
        own = max(own, time.thread_time() - mine)
    return sorted(late), own


async def test_the_loop_is_not_held_up_while_a_thousand_pages_come_in(library: LocalLibrary, tmp_path: Path) -> None:
    """The aim is 50 ms; the bound is wider, for a machine that others use too. The figure is printed."""
    text = [
        f"Fact {n} of the long report says that kettle number {n} boils at {n % 90 + 10} degrees." for n in range(20)
    ]
    pages = [making.prose(*(f"{line} Page {page}." for line in text)) for page in range(1000)]
    path = put(tmp_path, "long.pdf", making.pdf(pages))
    done = asyncio.Event()
    measuring = asyncio.create_task(stalls(done))
    begun = time.perf_counter()
    await library.add(path)
    took = time.perf_counter() - begun
    done.set()
    late, own = await measuring
    passages = (await library.check()).facts["passages"]
    print(
        f"{passages} passages of 1000 pages in {took:.1f} s; longest stall {late[-1] * 1000:.0f} ms, p99 {late[len(late) * 99 // 100] * 1000:.0f} ms"
    )
    assert passages >= 1000
    assert own < 0.1
    assert late[len(late) * 99 // 100] < 0.1
