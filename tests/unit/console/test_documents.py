"""`nexus ingest` and `nexus search` at the desk: files handed in one by one, passages shown, who may do it."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from rich.console import Console

from company import people
from company.books import SqliteBooks
from company.document_records import Admission
from company.errors import Refused
from company.records import Desk, Passage, Person, Role
from console.client import Client
from console.commands import Commands
from console.desk import ConsoleDesk
from console.documents import NO_PAGE, ingest, search
from console.protocol import Command, Mode, Name
from console.session import Session
from tests.unit.console.desk_double import Office, Shelf


def screen() -> Console:
    return Console(file=io.StringIO(), width=100)


def text(out: Console) -> str:
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


@pytest.fixture
def shelf(desk: ConsoleDesk) -> Shelf:
    found = desk._commands._shelf
    assert isinstance(found, Shelf)
    return found


async def test_files_and_folders_are_handed_in_and_the_sum_is_told(
    tmp_path: Path, desk: ConsoleDesk, shelf: Shelf
) -> None:
    folder = tmp_path / "papers"
    (folder / ".git").mkdir(parents=True)
    for name in ("b.pdf", "a.md", "c.bad", ".hidden.md", ".git/config.md", "open~"):
        (folder / name).write_text("x")
    (folder / "link.md").symlink_to(tmp_path / "secret")
    alone = tmp_path / "alone.txt"
    alone.write_text("x")
    out = screen()
    async with Client(tmp_path, mode=Mode.COMMAND) as client:
        assert await ingest(client, [folder, alone], out) == 1
    assert [path.name for path in shelf.added] == ["a.md", "b.pdf", "open~", "alone.txt"]
    told = text(out)
    assert "✖ c.bad can't be used: it is damaged." in told
    assert "● b.pdf  3 passages" in told
    assert "▲ 1 of its 2 pages have no text" in told
    assert "4 documents, 12 passages; 1 not read" in told


async def test_progress_of_a_file_comes_before_its_end(tmp_path: Path, desk: ConsoleDesk) -> None:
    async with Client(tmp_path, mode=Mode.COMMAND) as client:
        pieces = [piece async for piece in client.pieces(Command(name=Name.INGEST, path=str(tmp_path / "a.pdf")))]
    assert [(piece.more, piece.reading and piece.reading.total, piece.added and piece.added.passages) for piece in pieces] == [
        (True, 2, None), (False, None, 3),
    ]  # fmt: skip


async def test_nothing_at_a_path_is_one_sentence(tmp_path: Path, desk: ConsoleDesk) -> None:
    async with Client(tmp_path, mode=Mode.COMMAND) as client:
        with pytest.raises(Refused, match=r"^There is nothing at .*/nowhere\.pdf\.$"):
            await ingest(client, [tmp_path / "nowhere.pdf"], screen())


async def test_a_search_shows_places_and_steers_no_terminal(
    tmp_path: Path, desk: ConsoleDesk, shelf: Shelf, owner: Person
) -> None:
    shelf.found = (
        Passage(id="1", document="lease.pdf", place="Rent, page 2", text="The rent is \x1b[31m900 euros. " * 60),
    )
    out = screen()
    async with Client(tmp_path, mode=Mode.COMMAND) as client:
        assert await search(client, "rent?", out, limit=3) == 0
    assert shelf.asked == [("rent?", owner.id, 3)]
    assert text(out).startswith("[1]  lease.pdf · Rent, page 2\nThe rent is [31m900 euros.")
    assert text(out).rstrip().endswith("…")
    assert "\x1b" not in text(out)


async def test_a_search_that_finds_nothing_says_so(tmp_path: Path, desk: ConsoleDesk) -> None:
    out = screen()
    async with Client(tmp_path, mode=Mode.COMMAND) as client:
        assert await search(client, "boats", out, limit=6) == 1
    assert text(out) == "That is not in your documents.\n"


@pytest.mark.parametrize(
    ("role", "name", "allowed"),
    [
        (Role.OBSERVER, Name.SEARCH, False), (Role.OBSERVER, Name.INGEST, False), (Role.MEMBER, Name.SEARCH, True),
        (Role.MEMBER, Name.INGEST, False), (Role.BOARD, Name.INGEST, True),
    ],
)  # fmt: skip
async def test_who_may_put_documents_in(
    books: SqliteBooks, desk: ConsoleDesk, office: Office, tmp_path: Path, role: Role, name: Name, allowed: bool
) -> None:
    person = await books.write(lambda tx: people.add(tx, 1, name="Bo", role=role, language="en", by="test"))
    session = Session.__new__(Session)
    session.person = person
    session.offer = lambda message: True  # type: ignore[method-assign]
    commands = Commands(office, Shelf(), lambda _: "")  # type: ignore[arg-type]
    performed = commands.perform(session, Command(name=name, path=str(tmp_path / "a.pdf"), text="rent"))
    if allowed:
        assert [piece.more async for piece in performed] == [False]
    else:
        with pytest.raises(Refused, match="ask the Board"):
            await anext(performed)


async def test_a_search_says_where_each_place_can_be_read(
    tmp_path: Path, desk: ConsoleDesk, shelf: Shelf, owner: Person
) -> None:
    shelf.found = (Passage(id="1", document="lease.pdf", place="Rent, page 2", text="The rent is 900 euros."),)
    asked: list[Admission] = []
    out = screen()
    async with Client(tmp_path, mode=Mode.COMMAND) as client:
        assert await search(client, "rent?", out, limit=3, link=True) == 0
        assert text(out).rstrip() == f"[1]  lease.pdf · Rent, page 2\nThe rent is 900 euros.\n\n{NO_PAGE}"
        desk.read_link = lambda admission: (asked.append(admission), "http://127.0.0.1:8000/source/a#" + "b" * 300)[1]  # type: ignore[func-returns-value]
        out = screen()
        assert await search(client, "rent?", out, limit=3) == 0
        assert "http" not in text(out)
        assert await search(client, "rent?", out, limit=3, link=True) == 0
    assert "http://127.0.0.1:8000/source/a#" + "b" * 300 in text(out)  # in one piece
    me = Admission(desk=Desk.CONSOLE, external_id=str(os.getuid()), device="console", passage_id="1")
    assert asked == [me]
