"""The desk on its socket: who may speak, what is delivered when, and what waits."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from pathlib import Path

import pytest

from company import audit
from company.books import SqliteBooks
from company.errors import NotReady, Refused, StartupError
from company.records import Button, Condition, Person, Progress, ProgressStage, Receipt, Reply, ReplyKind
from console import outbox, place
from console.client import Client, Gone
from console.desk import ConsoleDesk
from console.protocol import Command, Mode, Name, News, Said
from tests.fakes.clock import TurnedClock
from tests.unit.console.desk_double import Office, Shelf


def answer(text: str, number: int = 1, **more: object) -> Reply:
    receipt = Receipt(
        order_number=number, employee="Intern", model="m", cost_micro=31, seconds=1.2, verdict="QA passed"
    )
    return Reply(kind=ReplyKind.ANSWER, text=text, receipt=receipt, **more)  # type: ignore[arg-type]


async def said(client: Client) -> Said:
    async with asyncio.timeout(5):
        while not isinstance(heard := await client.next(), Said):
            pass
    return heard


async def until_settled(books: SqliteBooks) -> None:
    async with asyncio.timeout(5):
        while await books.read(outbox.count_waiting):
            await asyncio.sleep(0)


async def test_a_question_becomes_an_order_and_its_answer_is_delivered_when_printed(
    tmp_path: Path, desk: ConsoleDesk, office: Office, books: SqliteBooks
) -> None:
    async with Client(tmp_path) as client:
        assert client.welcome is not None
        assert client.welcome.person == "Ada"
        taken = await client.ask("How long is the Loire?")
        order = office.accepted[0]
        assert (taken.number, order.text) == (order.number, "How long is the Loire?")
        desk.progress(order, Progress(stage=ProgressStage.TEXT, text="1,006"))
        await office.answer(order, answer("1,006 km"))
        first = await client.next()
        assert isinstance(first, News)
        assert first.text == "1,006"
        reply = await said(client)
        assert (reply.reply.text, reply.number, reply.away, reply.again) == ("1,006 km", order.number, False, False)
        assert await office.state(order) == "ready"
        await client.printed(reply)
        await until_settled(books)
    assert await office.state(order) == "delivered"


async def test_an_answer_that_came_while_nobody_was_here_waits_and_says_so(
    tmp_path: Path, desk: ConsoleDesk, office: Office, books: SqliteBooks, clock: TurnedClock
) -> None:
    async with Client(tmp_path, mode=Mode.ASK) as client:
        await client.ask("slow question")
    await office.answer(office.accepted[0], answer("at last"))
    clock.turn(60)
    async with Client(tmp_path, mode=Mode.COMMAND) as passer_by:
        await passer_by.command(Command(name=Name.STATUS))  # a report takes no replies away
    async with Client(tmp_path) as client:
        assert client.welcome is not None
        assert client.welcome.waiting == 1
        reply = await said(client)
        assert (reply.reply.text, reply.away, reply.again) == ("at last", True, False)
    async with Client(tmp_path) as client:  # the first one never said that it was printed
        reply = await said(client)
        assert reply.again
        await client.printed(reply)
        await until_settled(books)
    assert await office.state(office.accepted[0]) == "delivered"


async def test_each_client_hears_of_its_own_orders(tmp_path: Path, desk: ConsoleDesk, office: Office) -> None:
    async with Client(tmp_path) as one, Client(tmp_path, conversation="garden") as two:
        first, second = await one.ask("one?"), await two.ask("two?")
        await office.answer(office.accepted[1], answer("two!"))
        await office.answer(office.accepted[0], answer("one!"))
        heard_by_one, heard_by_two = await said(one), await said(two)
        assert (heard_by_one.number, heard_by_one.reply.text) == (first.number, "one!")
        assert (heard_by_two.number, heard_by_two.reply.text) == (second.number, "two!")
        assert office.accepted[1].conversation.topic == "garden"
        await one.printed(heard_by_one)
        await two.printed(heard_by_two)


async def test_rows_are_numbered_in_their_transaction(
    books: SqliteBooks, desk: ConsoleDesk, office: Office, tmp_path: Path
) -> None:
    async with Client(tmp_path, mode=Mode.ASK) as client:
        for text in ("a", "b", "c"):
            await client.ask(text)
    for order in office.accepted:
        await office.answer(order, answer(f"to {order.text}"))
    rows = await books.read(outbox.waiting)
    assert [row.number for row in rows] == [order.number for order in office.accepted]


async def test_a_stranger_is_told_so_and_leaves_one_fact(
    tmp_path: Path, desk: ConsoleDesk, books: SqliteBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "peer_uid", lambda connection: 4242)
    with pytest.raises(Refused, match="does not know you"):
        async with Client(tmp_path):
            pass
    facts = await books.read(audit.entries, fact="stranger.turned_away")
    assert [entry.actor for entry in facts] == ["console:4242"]


async def test_the_peer_is_asked_for_its_user() -> None:
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        assert place.peer_uid(one) == os.getuid()


async def test_a_refusal_reaches_the_person(tmp_path: Path, desk: ConsoleDesk, office: Office) -> None:
    office.refuse = "You may not do that here; ask the Board."
    async with Client(tmp_path) as client:
        with pytest.raises(Refused, match="ask the Board"):
            await client.ask("do it")
        with pytest.raises(Refused, match="no such order"):
            await client.command(Command(name=Name.ESCALATE))
        assert (await client.command(Command(name=Name.STATUS))).status is not None  # the talk goes on


async def test_commands_bring_their_reports(tmp_path: Path, desk: ConsoleDesk, office: Office) -> None:
    async with Client(tmp_path, mode=Mode.COMMAND) as client:
        cost = (await client.command(Command(name=Name.COST, period="week"))).cost
        assert cost is not None
        assert cost.period == "week"
        page = (await client.command(Command(name=Name.AUDIT, limit=1))).audit
        assert page is not None
        assert [entry.fact for entry in page.entries] == ["identity.bound"]
        verified = (await client.command(Command(name=Name.VERIFY))).audit
        assert verified is not None
        assert verified.verification is not None
        assert verified.verification.sound
        await client.command(Command(name=Name.NEW))
        assert len(office.forgotten) == 1
        nothing = await client.command(Command(name=Name.WHY, number=99))
        assert nothing.words is not None
        assert "no order #99" in nothing.words.text


async def test_the_whole_record_is_exported_in_pieces(
    tmp_path: Path, desk: ConsoleDesk, books: SqliteBooks, clock: TurnedClock
) -> None:
    def many(tx):  # type: ignore[no-untyped-def]
        for number in range(1200):
            audit.record(tx, clock.now(), "test", "thing.happened", number=number)

    await books.write(many)
    async with Client(tmp_path, mode=Mode.COMMAND) as client:
        pieces = [piece.audit async for piece in client.pieces(Command(name=Name.EXPORT))]
    numbers = [entry.number for page in pieces if page is not None for entry in page.entries]
    assert numbers == list(range(1, 1203))
    assert len(pieces) == 4


async def test_nonsense_gets_a_sentence_and_the_desk_goes_on(tmp_path: Path, desk: ConsoleDesk) -> None:
    for line in (b"not json\n", b'{"type":"ask","id":"12345678","text":"hi"}\n', b'{"type":"hello","version":99}\n'):
        reader, writer = await asyncio.open_unix_connection(str(place.find(tmp_path)))
        writer.write(line)
        heard = await reader.readline()
        assert b'"problem"' in heard
        assert await reader.read() == b""
        writer.close()
    async with Client(tmp_path) as client:
        assert client.welcome is not None


async def test_a_client_that_does_not_read_holds_nobody_up(tmp_path: Path, desk: ConsoleDesk, office: Office) -> None:
    async with Client(tmp_path) as client:
        await client.ask("long story")
        order = office.accepted[0]
        for _ in range(5000):
            desk.progress(order, Progress(stage=ProgressStage.TEXT, text="x" * 100))  # returns at once
        await office.answer(order, answer("the end"))
        reply = await said(client)
        assert reply.reply.text == "the end"


async def test_the_company_closing_is_told_to_the_client(
    tmp_path: Path, books: SqliteBooks, clock: TurnedClock, office: Office
) -> None:
    desk = ConsoleDesk(tmp_path, books, office, clock, company="NEXUS", shelf=Shelf())  # type: ignore[arg-type]
    await desk.open()
    running = asyncio.create_task(desk.run())
    async with Client(tmp_path) as client:
        running.cancel()
        with pytest.raises(Gone, match="keeps your orders"):
            await client.next()
        with pytest.raises(Gone):
            await client.ask("still there?")
    with pytest.raises(asyncio.CancelledError):
        await running
    await desk.close()
    assert not place.find(tmp_path).exists()
    with pytest.raises(NotReady, match="nexus run"):
        async with Client(tmp_path):
            pass


async def test_the_socket_is_for_this_user_alone(tmp_path: Path, desk: ConsoleDesk) -> None:
    mode = stat.S_IMODE(place.find(tmp_path).stat().st_mode)
    assert mode == 0o600


async def test_a_second_company_is_refused_and_a_dead_ones_socket_is_taken_over(
    tmp_path: Path, desk: ConsoleDesk, books: SqliteBooks, clock: TurnedClock, office: Office
) -> None:
    second = ConsoleDesk(tmp_path, books, office, clock, company="NEXUS", shelf=Shelf())  # type: ignore[arg-type]
    with pytest.raises(StartupError, match="Another NEXUS"):
        await second.open()
    await second.close()
    async with Client(tmp_path) as client:  # the first is unharmed
        assert client.welcome is not None

    elsewhere = tmp_path / "killed"
    listening, path = await asyncio.to_thread(place.bind, elsewhere)
    listening.close()  # as kill -9 leaves it: the file is there, nobody listens
    assert path.exists()
    listening, _ = await asyncio.to_thread(place.bind, elsewhere)
    listening.close()


async def test_a_data_folder_with_a_long_path(
    tmp_path: Path, books: SqliteBooks, clock: TurnedClock, office: Office
) -> None:
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    desk = ConsoleDesk(deep, books, office, clock, company="NEXUS", shelf=Shelf())  # type: ignore[arg-type]
    await desk.open()
    path = await asyncio.to_thread(place.find, deep)
    assert len(os.fsencode(path)) <= place.LONGEST
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    running = asyncio.create_task(desk.run())
    async with Client(deep) as client:
        assert client.welcome is not None
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await desk.close()
    assert not path.parent.exists()
    assert list(deep.iterdir()) == []


async def test_an_unwritable_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StartupError, match="data_dir"):
        await asyncio.to_thread(place.bind, tmp_path / "file")


async def test_it_says_how_it_is(desk: ConsoleDesk, owner: Person) -> None:
    health = await desk.check()
    assert (health.part, health.condition) == ("console", Condition.OK)


async def test_a_card_for_the_board_reaches_a_chat(tmp_path: Path, desk: ConsoleDesk, office: Office) -> None:
    async with Client(tmp_path, mode=Mode.ASK) as client:
        await client.ask("dear question")
        card = Reply(
            kind=ReplyKind.CARD, text="needs money", closes_order=False,
            buttons=((Button(label="Add $1", action="decide", argument="d1:add"),),),
        )  # fmt: skip
        await office.answer(office.accepted[0], card)
        assert (await said(client)).reply.kind is ReplyKind.CARD
    async with Client(tmp_path) as chat:
        reply = await said(chat)
        assert reply.reply.buttons[0][0].argument == "d1:add"
        brought = await chat.command(Command(name=Name.DECIDE, decision="d1", choice="add"))
        assert brought.decision is not None
        assert office.decided == [("d1", "add")]
        await chat.printed(reply)
