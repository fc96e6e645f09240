"""Which books to open, and the stand-in: SQLite for as long as Postgres is away, joined to it when it is back (ADR 14).

The rule. Postgres is decided on at start only. Away, and `when_unreachable = "stand-in"`: the stand-in is opened, with
a warning on every face, and is the only book until the next start. Back: its rows join Postgres in one transaction, its
own audit chain is sealed by a fact that names its tip, and the file is set aside. It joins once. There is never a
moment with two books in use.

So that the stand-in knows whom to serve and what is left of the budget, a copy of that is laid ready at each start on
Postgres.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, Table, create_engine, func, insert, select, text, update
from sqlalchemy.pool import NullPool

from company import audit, budget, spec_book
from company.books import Books, PostgresBooks, SqliteBooks
from company.clock import Clock, new_id
from company.config import DatabaseSettings
from company.errors import BooksUnreachable, SecretError
from company.records import Json
from company.schema import (
    VERSION,
    about,
    attempts,
    cap_raises,
    conversations,
    decisions,
    desk_notes,
    documents,
    employees,
    identities,
    incoming,
    ledger,
    orders,
    outbox,
    people,
    prices,
    project_members,
    project_places,
    projects,
    receipts,
    sessions,
    spending,
    turns,
    verdicts,
)
from company.secrets import Secret

log = logging.getLogger(__name__)

FILE = "stand-in.db"
RECENT_DAYS_MS = 40 * 86_400_000
LAID_READY: tuple[Table, ...] = (people, identities, sessions, employees, prices, spending, cap_raises, desk_notes)
OF_DOCUMENTS: tuple[Table, ...] = (projects, project_members, project_places, documents)
OF_AN_ORDER: tuple[Table, ...] = (attempts, turns, receipts, verdicts, decisions)
Rows = dict[str, list[Json]]


async def open_books(
    settings: DatabaseSettings, url: Secret | None, data_dir: Path, audit_key: bytes, clock: Clock, *,
    schema_name: str = "",
) -> tuple[Books, str]:  # fmt: skip
    """The books by the rule above, open, and a warning for people ("" when all is as configured).

    Raises:
        BooksError: they can't be used; the sentence says why and how to mend it.
        SecretError: their record was made with another key; nothing was written.
    """
    if url is None:
        path = data_dir / settings.sqlite_path
        local = SqliteBooks(path, audit_key=audit_key, busy_timeout_s=settings.busy_timeout_s)
        await local.open()
        await _must_be_ours(local, str(path), data_dir)
        return local, ""
    server = PostgresBooks(url, audit_key=audit_key, schema_name=schema_name)
    stand_in_file = data_dir / FILE
    try:
        await server.open()
    except BooksUnreachable as away:
        await server.close()
        if settings.when_unreachable == "refuse":
            raise
        stand_in = SqliteBooks(stand_in_file, audit_key=audit_key, busy_timeout_s=settings.busy_timeout_s)
        await stand_in.open()
        await _must_be_ours(stand_in, str(stand_in_file), data_dir)
        await stand_in.write(_baptise, clock.now())
        warning = f"{away} Until the next start the books are kept in the stand-in {stand_in_file}."
        log.warning("%s", warning)
        return stand_in, warning
    await _must_be_ours(server, "on Postgres", data_dir)
    try:
        if await asyncio.to_thread(stand_in_file.exists):
            await _join(server, stand_in_file, clock)
        await _lay_ready(server, stand_in_file, clock)
    except BaseException:
        await server.close()
        raise
    return server, ""


async def _must_be_ours(books: Books, where: str, data_dir: Path) -> None:
    if not await books.read(audit.key_fits):
        await books.close()
        raise SecretError(
            f"The books {where} were written with another key of the audit chain; put the file audit_key back into "
            f"{data_dir / 'secrets'} from your backup, or set AUDIT_KEY; a new key could not verify them."
        )


def _baptise(tx: Connection, now: int) -> None:
    """Give a stand-in that is used for the first time its name."""
    if tx.execute(select(about.c.name).where(about.c.name == "stand_in")).first() is None:
        tx.execute(insert(about), [{"name": "stand_in", "value": new_id(now)}])
        audit.record(tx, now, "company", "stand_in.opened")


async def _lay_ready(server: Books, path: Path, clock: Clock) -> None:
    """A fresh stand-in file with whom to serve and what is left of the caps."""
    rows = await server.read(_ready_rows, clock.now())
    await asyncio.to_thread(_write_ready, path, rows)


def _ready_rows(tx: Connection, now: int) -> Rows:
    rows = {table.name: _all(tx, table) for table in LAID_READY if table is not cap_raises}
    recent = select(cap_raises).where(cap_raises.c.created_at > now - RECENT_DAYS_MS)
    rows[cap_raises.name] = [dict(row._mapping) for row in tx.execute(recent)]
    rows[spending.name] = [row for row in rows[spending.name] if row["scope"] != "order"]
    rows[about.name] = _specs(tx)
    return rows


def _write_ready(path: Path, rows: Rows) -> None:
    fresh = path.with_suffix(".new")
    _remove(path)
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    engine = create_engine(f"sqlite:///{fresh}", poolclass=NullPool)
    with engine.begin() as tx:
        for table in about.metadata.sorted_tables:
            table.create(tx)
        tx.execute(insert(about), [{"name": "schema_version", "value": str(VERSION)}])
        for table in (about, *LAID_READY):
            if rows[table.name]:
                tx.execute(insert(table), rows[table.name])
    engine.dispose()
    fresh.replace(path)


async def _join(server: Books, path: Path, clock: Clock) -> None:
    """Bring a used stand-in's rows into Postgres, once, and set the file aside."""
    rows = await asyncio.to_thread(_read_used, path)
    if rows is not None:
        name = rows[about.name][0]["value"]
        joined = await server.write(_join_rows, clock.now(), name, rows)
        if joined:
            log.warning("The stand-in's %d orders have joined Postgres.", len(rows[orders.name]))
        await asyncio.to_thread(path.rename, path.with_name(f"stand-in-joined-{name}.db"))
    await asyncio.to_thread(_remove, path)


def _remove(path: Path) -> None:
    for stale in _with_wal(path):
        stale.unlink(missing_ok=True)


def _with_wal(path: Path) -> tuple[Path, ...]:
    return path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


def _read_used(path: Path) -> Rows | None:
    """Everything of a stand-in that was in use; None when it was only laid ready."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    try:
        with engine.connect() as tx:
            name = tx.execute(select(about).where(about.c.name == "stand_in")).first()
            if name is None:
                return None
            tables = (
                people, identities, sessions, conversations, incoming, orders, *OF_AN_ORDER, ledger, cap_raises,
                *OF_DOCUMENTS,
            )  # fmt: skip
            rows = {table.name: _all(tx, table) for table in (*tables, outbox, desk_notes)}
            rows[about.name] = [dict(name._mapping), *_specs(tx)]
            number, digest = audit.tip(tx)
            rows["tip"] = [{"number": number, "hash": digest}]
        with engine.connect() as tx:  # so that the file set aside is whole by itself
            tx.execute(text("pragma wal_checkpoint(truncate)"))
        return rows
    finally:
        engine.dispose()


def _join_rows(tx: Connection, now: int, name: str, rows: Rows) -> bool:
    """All rows in one transaction; False when this stand-in has joined before."""
    mark = f"joined.{name}"
    if tx.execute(select(about.c.name).where(about.c.name == mark)).first() is not None:
        return False
    _add_missing(tx, people, rows, ("id",))
    _add_missing(tx, identities, rows, ("desk", "external_id"))
    _join_sessions(tx, rows)
    _join_documents(tx, rows)
    _add_missing(tx, incoming, rows, ("desk", "external_id"))
    for row in _add_missing(tx, cap_raises, rows, ("id",)):
        budget.count_raise(tx, row)
    thread_of = _join_conversations(tx, rows[conversations.name])
    number = tx.scalar(select(func.max(orders.c.number))) or 0
    for offset, row in enumerate(sorted(rows[orders.name], key=lambda row: int(row["number"])), 1):
        changed = {"number": number + offset, "conversation_id": thread_of[row["conversation_id"]], "claimed_by": ""}
        tx.execute(insert(orders), [row | changed])
    for table in OF_AN_ORDER:
        if rows[table.name]:
            tx.execute(insert(table), rows[table.name])
    for row in rows[ledger.name]:
        tx.execute(insert(ledger), [row])
        budget.count_in(tx, row)
    seq = tx.scalar(select(func.max(outbox.c.seq))) or 0
    for offset, row in enumerate(sorted(rows[outbox.name], key=lambda row: int(row["seq"])), 1):
        tx.execute(insert(outbox), [row | {"seq": seq + offset}])
    for row in rows[desk_notes.name]:
        where = (desk_notes.c.desk == row["desk"]) & (desk_notes.c.name == row["name"])
        tx.execute(desk_notes.delete().where(where))
        tx.execute(insert(desk_notes), [row])
    tx.execute(insert(about), [{"name": mark, "value": str(now)}])
    _add_missing(tx, about, {about.name: rows[about.name][1:]}, ("name",))
    tip = rows["tip"][0]
    audit.record(
        tx, now, "company", "stand_in.joined", stand_in=name, orders=len(rows[orders.name]), tip=tip["hash"],
        entries=tip["number"],
    )  # fmt: skip
    return True


def _join_sessions(tx: Connection, rows: Rows) -> None:
    """Who was seen for the first time, and who was put out: what was ended in either of the two stays ended."""
    _add_missing(tx, sessions, rows, ("person_id", "desk", "device"))
    for row in rows[sessions.name]:
        same = (sessions.c.person_id == row["person_id"]) & (sessions.c.desk == row["desk"])
        goes_on = same & (sessions.c.device == row["device"]) & sessions.c.revoked_at.is_(None)
        tx.execute(update(sessions).where(goes_on).values(revoked_at=row["revoked_at"]))


def _join_documents(tx: Connection, rows: Rows) -> None:
    """Projects that were made meanwhile, and where documents come from; a name that is taken gets its project's id."""
    taken = set(tx.scalars(select(projects.c.key)))
    for row in rows[projects.name]:
        if row["key"] in taken:
            row |= {"key": f"{row['key']} {row['id']}", "name": f"{row['name']} {row['id']}"}
    _add_missing(tx, projects, rows, ("id",))
    _add_missing(tx, project_members, rows, ("project_id", "person_id"))
    _add_missing(tx, project_places, rows, ("place",))
    _add_missing(tx, documents, rows, ("owner", "name"))


def _join_conversations(tx: Connection, rows: Iterable[Json]) -> dict[str, str]:
    """The id in Postgres of each of the stand-in's conversations."""
    thread_of = {}
    for row in rows:
        c = conversations.c
        same = (c.desk == row["desk"]) & (c.chat == row["chat"]) & (c.topic == row["topic"])
        known = tx.scalar(select(c.id).where(same))
        if known is None:
            tx.execute(insert(conversations), [row])
        thread_of[row["id"]] = known or row["id"]
    return thread_of


def _add_missing(tx: Connection, table: Table, rows: Rows, key: tuple[str, ...]) -> list[Json]:
    columns = [table.c[name] for name in key]
    known = {tuple(row) for row in tx.execute(select(*columns))}
    missing = [row for row in rows[table.name] if tuple(row[name] for name in key) not in known]
    if missing:
        tx.execute(insert(table), missing)
    return missing


def _specs(tx: Connection) -> list[Json]:
    """The versions of QA's specs."""
    query = select(about).where(about.c.name.startswith(spec_book.PREFIX, autoescape=True))
    return [dict(row._mapping) for row in tx.execute(query)]


def _all(tx: Connection, table: Table) -> list[Json]:
    return [dict(row._mapping) for row in tx.execute(select(table))]
