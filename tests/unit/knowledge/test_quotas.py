"""Room for what is handed in: nobody gets past a limit, however many come at once; what is refused says why, and is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from company import audit, document_origins, people, projects
from company.books import SqliteBooks
from company.config import KnowledgeSettings
from company.config_documents import QuotaSettings
from company.document_records import Trust, Way, Whose
from company.operations.papers import Papers
from company.records import ConversationKey, Desk, Person, Role
from company.schema import documents
from knowledge.library import DocumentRefused, LocalLibrary
from knowledge.uploads import NoRoom
from tests.fakes.clock import TurnedClock

WORDS = b"The rent of the house in Mill Lane is nine hundred euros a month. " * 150  # 9,900 bytes
GROUP = ConversationKey(desk=Desk.TELEGRAM, chat="-1001", topic="7")


def text(number: int) -> bytes:
    return b"%04d " % number + WORDS


def make(
    folder: Path, clock: TurnedClock, books: SqliteBooks, uploads_mb: float = 2000.0, **quotas: float
) -> LocalLibrary:
    (folder / "docs").mkdir(exist_ok=True)
    return LocalLibrary(
        KnowledgeSettings.model_validate({"folders": (Path("docs"),), "uploads_mb": uploads_mb}),
        data_dir=folder / "data", root=folder, clock=clock, books=Papers(books, clock),
        quotas=QuotaSettings.model_validate(quotas),
    )  # fmt: skip


@pytest.fixture
async def everybody(books: SqliteBooks) -> dict[str, Person]:
    def write(tx: object) -> dict[str, Person]:
        return {
            name: people.add(tx, 1, name=name, role=role, language="en", by="test")  # type: ignore[arg-type]
            for name, role in (("Ada", Role.BOARD), ("Bob", Role.MEMBER))
        }

    return await books.write(write)


@pytest.fixture
async def library(tmp_path: Path, clock: TurnedClock, books: SqliteBooks) -> AsyncIterator[LocalLibrary]:
    made = make(tmp_path, clock, books, person_documents=5, person_mb=0.2, project_documents=2)
    await made.open()
    yield made
    await made.close()


@pytest.mark.parametrize(
    "limit", ["quotas.person_documents", "quotas.person_mb", "quotas.documents", "knowledge.uploads_mb"]
)
async def test_twenty_at_once_do_not_pass_the_limit(
    tmp_path: Path, clock: TurnedClock, books: SqliteBooks, everybody: dict[str, Person], limit: str
) -> None:
    table, _, name = limit.partition(".")
    most = 5 if name.endswith("documents") else 0.05  # megabytes: five of 9,905 bytes
    limits = {name: most} if table == "quotas" else {"uploads_mb": most}
    library = make(tmp_path, clock, books, **limits)  # type: ignore[arg-type]
    await library.open()
    ada = everybody["Ada"].id

    keeping = (library.keep(f"doc{number}.txt", text(number), reader=ada) for number in range(20))
    became = await asyncio.gather(*keeping, return_exceptions=True)
    refused = [one for one in became if isinstance(one, NoRoom)]
    assert (len(became) - len(refused), len(refused)) == (5, 15)
    assert {one.limit for one in refused} == {limit}
    assert all(f"({limit}). Delete some (/knowledge delete NAME)" in str(one) for one in refused)
    *_, everything = await library.quotas(person_id=ada)
    assert (everything.documents, everything.size) == (5, 5 * len(text(1)))
    lying = await asyncio.to_thread(lambda: [path for path in (tmp_path / "data/private").rglob("*") if path.is_file()])
    assert len(lying) == 5
    facts = await books.read(audit.count_since, 0, frozenset({"document.kept", "document.refused"}))
    assert facts == {"document.kept": 5, "document.refused": 15}
    told = (await books.read(audit.entries, fact="document.refused"))[0]
    assert (told.actor, told.payload["limit"], told.payload["owner"]) == (ada, limit, f"person:{ada}")
    await library.close()


async def test_below_the_limit_work_goes_on_and_a_new_version_takes_no_second_place(
    library: LocalLibrary, everybody: dict[str, Person]
) -> None:
    ada, bob = everybody["Ada"].id, everybody["Bob"].id
    for number in range(5):
        await library.keep(f"doc{number}.txt", text(number), reader=ada)
    with pytest.raises(
        NoRoom, match=r"your documents hold 5 documents, and the limit is 5 \(quotas.person_documents\)"
    ):
        await library.keep("more.txt", text(6), reader=ada)
    await library.keep("doc1.txt", text(7), reader=ada)  # a new version
    await library.keep("doc1.txt", text(8), reader=bob)  # somebody else
    await library.keep("ours.txt", text(9), reader=GROUP.reader(ada))
    assert [(one.whose, one.documents) for one in await library.quotas(person_id=ada)] == [(Whose.PERSON, 5), (None, 7)]
    await library.remove("doc0.txt", person_id=ada)
    await library.keep("more.txt", text(6), reader=ada)
    with pytest.raises(NoRoom, match=r"hold 0 MB, and the limit is 0\.2 MB \(quotas\.person_mb\)"):
        await library.keep("doc1.txt", WORDS * 30, reader=bob)
    assert [one.size for one in await library.documents(person_id=bob)] == [len(text(8))]  # the old version is there


async def test_a_project_has_room_of_its_own_for_what_is_sent_and_shared(
    library: LocalLibrary, books: SqliteBooks, everybody: dict[str, Person]
) -> None:
    ada, bob = everybody["Ada"], everybody["Bob"]

    def write(tx: object) -> None:
        project = projects.make(tx, 1, "Apollo", ada)  # type: ignore[arg-type]
        assert project is not None
        projects.let_in(tx, 1, project, bob, by=ada)  # type: ignore[arg-type]
        projects.use(tx, 1, "telegram:-1001:7", project, by=ada)  # type: ignore[arg-type]

    await books.write(write)
    there = GROUP.reader(bob.id)
    added = await library.keep("one.txt", text(1), reader=there)
    assert (added.whose, added.project) == (Whose.PROJECT, "Apollo")
    await library.keep("two.txt", text(2), reader=ada.id)
    await library.share("two.txt", person_id=ada.id, project="apollo")
    await library.keep("three.txt", text(3), reader=ada.id)
    with pytest.raises(NoRoom, match="this project's documents hold 2 documents"):
        await library.share("three.txt", person_id=ada.id, project="Apollo")
    with pytest.raises(DocumentRefused, match="You are in no project Gemini"):
        await library.share("three.txt", person_id=ada.id, project="Gemini")
    with pytest.raises(DocumentRefused, match=r"The project has two\.txt already"):
        await library.share("two.txt", person_id=bob.id, project="Apollo")
    assert {(one.name, one.project) for one in await library.documents(person_id=bob.id)} == {
        ("one.txt", "Apollo"), ("two.txt", "Apollo"),
    }  # fmt: skip
    facts = [one.fact for one in await books.read(audit.entries, fact="document.")]
    assert facts == ["document.kept", "document.kept", "document.shared", "document.kept", "document.refused"]


async def test_who_brought_a_document_stays_through_a_share_a_new_version_and_a_lost_index(
    tmp_path: Path, clock: TurnedClock, books: SqliteBooks, everybody: dict[str, Person]
) -> None:
    ada, bob = everybody["Ada"].id, everybody["Bob"].id
    library = make(tmp_path, clock, books)
    await library.open()

    async def found() -> tuple[str, str, str, int]:
        (passage, *_) = await library.find("What is the rent in Mill Lane?", person_id=ada)
        return passage.brought_by, passage.way, passage.trust, passage.brought_at

    await library.keep("rent.txt", text(1), reader=ada, foreign=True)
    assert await found() == ("Ada", Way.CHAT, Trust.FOREIGN, clock.now())
    brought = clock.now()
    clock.turn(60)
    await library.share("rent.txt", person_id=ada)
    assert await found() == ("Ada", Way.CHAT, Trust.FOREIGN, brought)
    await library.close()
    for path in await asyncio.to_thread(lambda: list((tmp_path / "data").glob("knowledge.db*"))):
        await asyncio.to_thread(path.unlink)
    library = make(tmp_path, clock, books)
    await library.open()
    await library.sync()
    assert await found() == ("Ada", Way.CHAT, Trust.FOREIGN, brought)
    await library.remove("rent.txt", person_id=ada)
    assert await books.read(lambda tx: tx.execute(select(documents)).all()) == []

    await library.keep("rent.txt", text(2), reader=bob, way=Way.PAGE)
    (passage, *_) = await library.find("What is the rent in Mill Lane?", person_id=bob)
    assert (passage.brought_by, passage.way, passage.trust) == ("Bob", Way.PAGE, Trust.MEMBER)
    await library.keep("rent.txt", text(3), reader=bob)
    facts = [one.fact for one in await books.read(audit.entries, fact="document.")]
    assert facts[-2:] == ["document.kept", "document.replaced"]
    await library.close()


async def test_a_folder_is_the_boards_word_and_a_named_file_that_of_who_named_it(
    tmp_path: Path, clock: TurnedClock, books: SqliteBooks, everybody: dict[str, Person]
) -> None:
    library = make(tmp_path, clock, books)
    await library.open()
    await asyncio.to_thread((tmp_path / "docs" / "house.txt").write_bytes, text(1))
    named = tmp_path / "elsewhere.txt"
    await asyncio.to_thread(named.write_bytes, b"The notice period of the garage is two weeks.")
    await library.sync()
    await library.add(named, reader=everybody["Ada"].id)
    (passage, *_) = await library.find("What is the rent in Mill Lane?", person_id="")
    assert (passage.brought_by, passage.way, passage.trust, passage.owner) == ("", Way.FOLDER, Trust.BOARD, "company")
    (passage, *_) = await library.find("notice period of the garage", person_id="")
    assert (passage.brought_by, passage.way, passage.trust) == ("Ada", Way.COMMAND, Trust.BOARD)
    await library.close()


async def test_a_name_in_the_record_is_sealed_and_the_same_each_time(books: SqliteBooks) -> None:
    def seals(tx: object) -> set[str]:
        return {document_origins.seal(tx, owner, "divorce.pdf") for owner in ("person:a", "person:a", "person:b")}  # type: ignore[arg-type]

    found = await books.write(seals)
    assert len(found) == 2
    assert all(len(one) == 16 for one in found)
