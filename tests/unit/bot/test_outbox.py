"""The outbox and the desk's notes, on SQLite and Postgres."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from bot import mending, notes, outbox
from bot.failures import TooLong, declined
from bot.outbox import Dress, Sending, Stage
from bot.reconcile import WINDOW, candidates
from company import work_orders
from company.books import Books
from company.clock import SystemClock
from company.document_records import Admission
from company.records import Desk
from web.admissions import Admissions
from web.tickets import Tickets

pytestmark = pytest.mark.timeout(60)
SUPER = "-1001234567890"


def put(tx: Connection, chat: str, text: str = "x", **fields: object) -> Sending:
    row_id = outbox.post(tx, 1, chat, {"message": {"text": text}}, dress=Dress.ANSWER, **fields)  # type: ignore[arg-type]
    row = outbox.get(tx, row_id)
    assert row is not None
    return row


async def test_rows_of_a_chat_come_in_order_and_settle(any_books: Books) -> None:
    def write(tx: Connection) -> None:
        first, second, other = put(tx, "1", "a"), put(tx, "1", "b"), put(tx, "2", "c")
        assert outbox.open_chats(tx) == ("1", "2")
        assert outbox.head(tx, "1") == first
        begun = outbox.begin(tx, 2, first, 40)
        assert begun is not None
        assert begun == outbox.get(tx, first.id)
        assert (begun.stage, begun.floor, begun.tries) == (Stage.SENDING, 40, 1)
        outbox.sent(tx, 3, begun, 41)
        assert outbox.head(tx, "1") == second
        assert notes.highest(tx, "1") == notes.highest(tx, "2") == 41
        assert notes.highest(tx, SUPER) == 0
        found = outbox.at_message(tx, "1", 41)
        assert found is not None
        assert found.id == first.id
        outbox.bury(tx, 4, second.id, "gone")
        assert outbox.open_chats(tx) == ("2",)
        assert outbox.begin(tx, 5, second, 1) is None
        assert outbox.count_open(tx) == 1
        assert other.seq > second.seq

    await any_books.write(write)


async def test_the_floor_of_the_first_try_is_kept_while_its_fate_is_unknown(any_books: Books) -> None:
    def write(tx: Connection) -> None:
        row = outbox.begin(tx, 2, put(tx, "1"), 40)
        assert row is not None
        outbox.unknown(tx, 3, row, until=9, error="lost")
        row = outbox.head(tx, "1")
        assert row is not None
        again = outbox.begin(tx, 4, row, 77)
        assert again is not None
        assert (again.floor, again.tries) == (40, 2)
        outbox.postpone(tx, 5, again, until=9, error="flood")
        row = outbox.head(tx, "1")
        assert row is not None
        kept = outbox.begin(tx, 6, row, 99)
        assert kept is not None
        assert kept.floor == 40

    await any_books.write(write)


async def test_a_first_try_that_never_left_is_forgotten(any_books: Books) -> None:
    def write(tx: Connection) -> None:
        row = outbox.begin(tx, 2, put(tx, "1"), 40)
        assert row is not None
        outbox.postpone(tx, 3, row, until=9, error="no network")
        row = outbox.head(tx, "1")
        assert row is not None
        again = outbox.begin(tx, 4, row, 77)
        assert again is not None
        assert again.floor == 77

    await any_books.write(write)


async def test_candidates_are_unknown_ids_above_the_floor_in_the_same_space(any_books: Books) -> None:
    def write(tx: Connection) -> None:
        for chat, ids in (("1", (41, 43)), ("-77", (42,)), (SUPER, (44,))):
            for number in ids:
                outbox.sent(tx, 2, put(tx, chat), number)
        work_orders.note_incoming(tx, 2, Desk.TELEGRAM, "u1", chat="5", message_id="45")
        notes.raise_highest(tx, "5", 45)
        notes.raise_highest(tx, "5", 3)
        row = outbox.begin(tx, 3, put(tx, "9"), 40)
        assert row is not None
        assert candidates(tx, row) == (44, *range(46, 45 + WINDOW + 1))
        other = outbox.begin(tx, 3, put(tx, "10"), 40)  # its own fate is unknown: its copy may lie below ours
        assert other is not None
        assert candidates(tx, row) == (44, *range(46, 45 + WINDOW + 2))
        in_super = outbox.begin(tx, 3, put(tx, SUPER), 40)
        assert in_super is not None
        assert 44 not in candidates(tx, in_super)
        assert 41 in candidates(tx, in_super)

    await any_books.write(write)


async def test_a_cut_row_keeps_its_place_its_buttons_and_its_end(any_books: Books) -> None:
    def say(language: str, key: str, /, **values: object) -> str:
        return key

    def write(tx: Connection) -> None:
        long = put(tx, "1", "word " * 2000, closes_order=True)
        last = put(tx, "1", "last")
        mending.decline(tx, 5, long, declined("sendMessage", 400, "Bad Request: message is too long"), say)
        texts, closing = [], []
        while (row := outbox.head(tx, "1")) is not None:
            texts.append(row.payload["message"]["text"])
            closing.append(row.closes_order)
            outbox.sent(tx, 6, row, len(texts))
        assert sum(text.count("word") for text in texts) == 2000
        assert all(len(text) <= 4096 for text in texts)
        assert texts[-1] == last.payload["message"]["text"]
        assert closing == [False] * (len(texts) - 2) + [True, False]

    assert isinstance(declined("x", 400, "Bad Request: MESSAGE_TOO_LONG"), TooLong)
    await any_books.write(write)


async def test_notes(any_books: Books) -> None:
    def write(tx: Connection) -> None:
        assert notes.several(tx, "a", "b", "c") == ("", "", "")
        notes.put(tx, "a", "1")
        notes.put(tx, "a", "2")
        assert notes.several(tx, "b", "a", "c") == ("", "2", "")
        notes.block(tx, "5", "blocked")
        assert notes.blocked(tx, "5") == "blocked"
        assert notes.unblock(tx, "5")
        assert not notes.unblock(tx, "5")
        assert (notes.id_space("5"), notes.id_space("-5"), notes.id_space(SUPER)) == ("shared", "shared", SUPER)

    await any_books.write(write)


async def test_status_lines_that_were_not_sent_are_withdrawn(any_books: Books) -> None:
    def write(tx: Connection) -> None:
        outbox.post(tx, 1, "1", {"message": {"text": "working"}}, dress=Dress.STATUS, order_id="o")
        outbox.withdraw_status(tx, 2, "o")
        assert outbox.head(tx, "1") is None
        assert outbox.standing_status(tx) == ()

    await any_books.write(write)


def tickets() -> tuple[str, str]:
    """One for handing in, one for reading."""
    reading = Admissions(SystemClock(), lambda: b"k" * 32).issue(Admission(desk=Desk.TELEGRAM, external_id="501"))
    return Tickets(SystemClock()).issue("ada"), reading[1]


@pytest.mark.parametrize("end", ["sent", "dead"])
@pytest.mark.parametrize("ticket", tickets(), ids=["upload", "reading"])
async def test_a_settled_row_keeps_no_ticket(any_books: Books, end: str, ticket: str) -> None:
    text = f"On the machine: http://127.0.0.1:8000/upload#{ticket}\nIt is yours; see #12 and http://x.y/#anchor"

    def write(tx: Connection) -> str:
        row = outbox.begin(tx, 2, put(tx, "1", text), 40)
        assert row is not None
        assert row.payload["message"]["text"] == text  # it has to be sent first
        if end == "sent":
            outbox.sent(tx, 3, row, 41)
        else:
            outbox.bury(tx, 3, row.id, "the bot was blocked")
        left = outbox.get(tx, row.id)
        assert left is not None
        return str(left.payload["message"]["text"])

    left = await any_books.write(write)
    assert ticket not in left
    assert left == text.replace(ticket, "*" * len(ticket))
