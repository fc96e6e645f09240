"""D53: Postgres away at start opens the stand-in with a warning; back again, its rows join once and nothing is split."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select, text

from company import audit, document_origins, people, projects, spec_book, work_orders
from company.asking import Asking
from company.books import PostgresBooks, SqliteBooks
from company.config import DatabaseSettings
from company.document_records import Brought, Standing, Trust, Way
from company.errors import BooksUnreachable, SecretError
from company.records import ConversationKey, Desk, Kind, Request, Role
from company.schema import orders
from company.secrets import Secret
from company.stand_in import FILE, open_books

KEY = b"k" * 32
NOWHERE = Secret("postgresql://nobody@127.0.0.1:1/none", "test")


def _request(person, text="hello", number=1):
    where = ConversationKey(desk=Desk.CONSOLE, chat="1")
    return Request(
        desk=Desk.CONSOLE, external_id=f"u{number}", conversation=where, person=person, text=text, received_at=0
    )


def _accept(tx, now, request):
    work_orders.note_incoming(tx, now, request.desk, request.external_id)
    return work_orders.accept(tx, now, request)


async def test_no_url_is_plain_sqlite(tmp_path, clock):
    books, warning = await open_books(DatabaseSettings(), None, tmp_path, KEY, clock)
    assert isinstance(books, SqliteBooks)
    assert warning == ""
    await books.close()


async def test_refuse_refuses(tmp_path, clock):
    with pytest.raises(BooksUnreachable, match=r"Postgres at 127\.0\.0\.1:1"):
        await open_books(DatabaseSettings(when_unreachable="refuse"), NOWHERE, tmp_path, KEY, clock)
    assert not (tmp_path / FILE).exists()


async def test_away_opens_the_stand_in_with_a_warning(tmp_path, clock):
    books, warning = await open_books(DatabaseSettings(), NOWHERE, tmp_path, KEY, clock)
    assert books.dialect == "sqlite"
    assert "stand-in" in warning
    await books.close()
    again, _ = await open_books(DatabaseSettings(), NOWHERE, tmp_path, KEY, clock)  # a second start goes on with it
    assert len(await again.read(audit.entries, facts=frozenset({"stand_in.opened"}))) == 1
    await again.close()


@pytest.mark.postgres
async def test_back_again_its_rows_join_once(tmp_path: Path, clock, postgres_books: PostgresBooks):
    url, schema_name, key = postgres_books._url, postgres_books._schema_name, postgres_books._audit_key
    owner = await postgres_books.write(people.add, clock.now(), name="Ada", role=Role.BOARD, language="en", by="test")
    first = await postgres_books.write(_accept, clock.now(), _request(owner))
    server, _ = await open_books(DatabaseSettings(), url, tmp_path, key, clock, schema_name=schema_name)
    await server.close()  # laid ready

    stand_in, warning = await open_books(DatabaseSettings(), NOWHERE, tmp_path, key, clock)
    assert warning
    known = await stand_in.read(people.board)
    assert known == owner, "the stand-in knows whom to serve"
    kept = await stand_in.write(_accept, clock.now(), _request(known, "while away", 2))
    assert kept.number == 1
    await stand_in.close()

    for _ in range(2):  # the second start finds nothing more to join
        server, warning = await open_books(DatabaseSettings(), url, tmp_path, key, clock, schema_name=schema_name)
        assert warning == ""
        rows = await server.read(lambda tx: tx.execute(select(orders).order_by(orders.c.number)).all())
        assert [row.number for row in rows] == [1, 2]
        assert [row.id for row in rows] == [first.id, kept.id]
        assert len({row.conversation_id for row in rows}) == 1, "one conversation, not two"
        assert len(await server.read(audit.entries, facts=frozenset({"stand_in.joined"}))) == 1
        assert (await server.read(audit.verify)).sound
        await server.close()
    assert len(list(tmp_path.glob("stand-in-joined-*.db"))) == 1


@pytest.mark.postgres
async def test_the_boards_specs_are_in_force_in_both(tmp_path: Path, clock, postgres_books: PostgresBooks):
    url, schema_name, key = postgres_books._url, postgres_books._schema_name, postgres_books._audit_key

    def change(tx, above: int, words: int):
        return spec_book.add(
            tx, clock.now(), kind=Kind.CHAT, spec={"max_words": words}, before=0, above=above, path="max_words",
            value=str(words), by="Ada", by_id="p1",
        )  # fmt: skip

    await postgres_books.write(change, 2, 10)
    server, _ = await open_books(DatabaseSettings(), url, tmp_path, key, clock, schema_name=schema_name)
    await server.close()
    stand_in, _ = await open_books(DatabaseSettings(), NOWHERE, tmp_path, key, clock)
    assert (await stand_in.read(spec_book.newest, Kind.CHAT)).spec == {"max_words": 10, "version": 3}
    await stand_in.write(change, 2, 20)
    await stand_in.close()
    server, _ = await open_books(DatabaseSettings(), url, tmp_path, key, clock, schema_name=schema_name)
    versions = await server.read(spec_book.history, Kind.CHAT)
    assert [(one.version, one.spec["max_words"]) for one in versions] == [(4, 20), (3, 10)]
    await server.close()


@pytest.mark.postgres
async def test_a_session_that_was_ended_stays_ended_in_both(tmp_path: Path, clock, postgres_books: PostgresBooks):
    url, schema_name, key = postgres_books._url, postgres_books._schema_name, postgres_books._audit_key

    def end(tx, device: str) -> None:
        (known,) = (one for one in people.session_list(tx) if one.device == device)
        assert people.revoke(tx, clock.now(), known.id, by="test")

    bea = await postgres_books.write(people.add, clock.now(), name="Bea", role=Role.MEMBER, language="en", by="test")
    for device in ("7", "8"):
        await postgres_books.write(people.seen, clock.now(), bea, Desk.TELEGRAM, device)
    await postgres_books.write(end, "7")
    server, _ = await open_books(DatabaseSettings(), url, tmp_path, key, clock, schema_name=schema_name)
    await server.close()
    stand_in, _ = await open_books(DatabaseSettings(), NOWHERE, tmp_path, key, clock)
    assert not await stand_in.write(people.seen, clock.now(), bea, Desk.TELEGRAM, "7"), (
        "put out while Postgres was there"
    )
    assert await stand_in.write(people.seen, clock.now(), bea, Desk.TELEGRAM, "8")
    await stand_in.write(end, "8")
    await stand_in.close()
    server, _ = await open_books(DatabaseSettings(), url, tmp_path, key, clock, schema_name=schema_name)
    for device in ("7", "8"):
        assert await server.read(people.revoked, bea, Desk.TELEGRAM, device), device
    await server.close()


@pytest.mark.postgres
async def test_a_project_of_the_stand_in_joins_with_its_documents(tmp_path: Path, clock, postgres_books: PostgresBooks):
    url, schema_name, key = postgres_books._url, postgres_books._schema_name, postgres_books._audit_key
    ada = await postgres_books.write(people.add, clock.now(), name="Ada", role=Role.BOARD, language="en", by="test")
    first = await postgres_books.write(projects.make, clock.now(), "Apollo", ada)
    server, _ = await open_books(DatabaseSettings(), url, tmp_path, key, clock, schema_name=schema_name)
    await server.close()
    stand_in, _ = await open_books(DatabaseSettings(), NOWHERE, tmp_path, key, clock)
    assert await stand_in.read(projects.standing, Asking(person_id=ada.id)) == Standing(), "who is in it is not known"
    same, other = [await stand_in.write(projects.make, clock.now(), name, ada) for name in ("apollo", "Gemini")]
    brought = Brought(owner=f"project:{other.id}", name="plan.txt", reader=ada.id, way=Way.CHAT, foreign=True)
    await stand_in.write(document_origins.kept, clock.now(), brought)
    await stand_in.close()
    server, _ = await open_books(DatabaseSettings(), url, tmp_path, key, clock, schema_name=schema_name)
    known = (await server.read(projects.standing, Asking(person_id=ada.id))).projects
    assert known == {first.id: "Apollo", same.id: f"apollo {same.id}", other.id: "Gemini"}
    (origin,) = (await server.read(document_origins.origins, [(brought.owner, brought.name)])).values()
    assert origin.trust is Trust.FOREIGN
    await server.close()


@pytest.mark.postgres
async def test_books_of_another_key_are_refused_before_anything_joins(tmp_path: Path, clock, postgres_books):
    """A fresh folder, a key made while Postgres was away, and on Postgres the books of an earlier folder."""
    url, schema_name = postgres_books._url, postgres_books._schema_name
    await postgres_books.write(audit.record, clock.now(), "company", "thing.done")
    stand_in, _ = await open_books(DatabaseSettings(), NOWHERE, tmp_path, KEY, clock)
    await stand_in.close()
    with pytest.raises(SecretError, match=r"on Postgres were written with another key .* audit_key back"):
        await open_books(DatabaseSettings(), url, tmp_path, KEY, clock, schema_name=schema_name)
    assert (tmp_path / FILE).exists(), "the stand-in is kept until its rows have joined"
    assert (await postgres_books.read(audit.verify)).sound
    assert await postgres_books.read(audit.count) == 1


@pytest.mark.postgres
async def test_a_crash_between_join_and_rename_joins_once(tmp_path, clock, postgres_books, monkeypatch):
    url, schema_name, key = postgres_books._url, postgres_books._schema_name, postgres_books._audit_key
    await postgres_books.write(people.add, clock.now(), name="Ada", role=Role.BOARD, language="en", by="test")
    server, _ = await open_books(DatabaseSettings(), url, tmp_path, key, clock, schema_name=schema_name)
    await server.close()
    stand_in, _ = await open_books(DatabaseSettings(), NOWHERE, tmp_path, key, clock)
    owner = await stand_in.read(people.board)
    await stand_in.write(_accept, clock.now(), _request(owner, "while away", 2))
    await stand_in.close()

    def crash(self: Path, target: Path) -> Path:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch, suppress(RuntimeError):
        patch.setattr(Path, "rename", crash)
        await open_books(DatabaseSettings(), url, tmp_path, key, clock, schema_name=schema_name)
    server, _ = await open_books(DatabaseSettings(), url, tmp_path, key, clock, schema_name=schema_name)
    assert await server.read(lambda tx: tx.scalar(text("select count(*) from orders"))) == 1
    await server.close()
