"""The chat in a terminal and in a pipe, against a desk that runs."""

from __future__ import annotations

import asyncio
import io
import os
import re
import readline
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from company.books import SqliteBooks
from company.document_records import Admission
from company.memory_records import Recalled
from company.records import (
    Button,
    Citation,
    Desk,
    Passage,
    Progress,
    ProgressStage,
    Receipt,
    Reply,
    ReplyKind,
    WorkOrder,
)
from console import outbox
from console.chat import Chat, ask, chat
from console.client import Client
from console.desk import ConsoleDesk
from console.lines import PipedLines, TypedLines
from console.protocol import Mode
from tests.unit.console.desk_double import Office, Shelf


class Typed:
    """A person at a terminal: lines are typed by the test."""

    interactive = True

    def __init__(self) -> None:
        self.queue: asyncio.Queue[str | None] = asyncio.Queue()
        self.prompts: list[str] = []
        self.waiting = asyncio.Event()
        self.kept = True

    async def read(self, prompt: str) -> str | None:
        self.prompts.append(prompt)
        self.waiting.set()
        line = await self.queue.get()
        self.waiting.clear()
        return line

    def over(self, show: Callable[[], None]) -> None:
        show()

    def forget(self) -> None:
        self.kept = False

    def close(self) -> None:
        pass


class Screen:
    """A rich console whose text can be read and waited for."""

    def __init__(self, width: int = 60, *, terminal: bool = False) -> None:
        self.file = io.StringIO()
        self.out = Console(file=self.file, width=width, highlight=False, force_terminal=terminal, no_color=True)

    @property
    def text(self) -> str:
        return self.file.getvalue()

    async def shows(self, words: str) -> None:
        async with asyncio.timeout(5):
            while words not in self.text:
                await asyncio.sleep(0.001)


def reply(kind: ReplyKind, text: str, **more: object) -> Reply:
    return Reply(kind=kind, text=text, closes_order=kind is ReplyKind.ANSWER, **more)  # type: ignore[arg-type]


RECEIPT = Receipt(order_number=1, employee="Intern", model="m", cost_micro=3100, seconds=2.13, verdict="QA passed")


async def taken(office: Office, number: int = 1) -> WorkOrder:
    async with asyncio.timeout(5):
        while len(office.accepted) < number:
            await asyncio.sleep(0.001)
    return office.accepted[number - 1]


def streams(desk: ConsoleDesk, order: WorkOrder, *pieces: str) -> None:
    for piece in pieces:
        desk.progress(order, Progress(stage=ProgressStage.TEXT, text=piece))


async def test_ask_streams_the_answer_once_and_puts_the_receipt_elsewhere(
    tmp_path: Path, desk: ConsoleDesk, office: Office
) -> None:
    answers, notes = Screen(), Screen()
    async with Client(tmp_path, mode=Mode.ASK) as client:
        asking = asyncio.create_task(ask(client, "How long?", answers.out, notes.out))
        order = await taken(office)
        streams(desk, order, "\n1,006 ", "km")
        await answers.shows("1,006 km")
        await office.answer(order, reply(ReplyKind.ANSWER, "1,006 km", receipt=RECEIPT))
        assert await asking == 0
    assert answers.text == "1,006 km\n"
    assert "#1 · Intern · $0.0031 · 2.1 s · QA passed" in notes.text


async def test_a_refused_draft_is_named_and_the_answer_streams_anew(
    tmp_path: Path, desk: ConsoleDesk, office: Office
) -> None:
    answers, notes = Screen(), Screen()
    async with Client(tmp_path, mode=Mode.ASK) as client:
        asking = asyncio.create_task(ask(client, "JSON please", answers.out, notes.out))
        order = await taken(office)
        streams(desk, order, '{"a": ')
        desk.progress(order, Progress(stage=ProgressStage.ESCALATED, text="the JSON is cut off.", employee="director"))
        streams(desk, order, '{"a": 1}')
        await office.answer(order, reply(ReplyKind.ANSWER, '{"a": 1}', receipt=RECEIPT))
        assert await asking == 0
    assert answers.text == '{"a": \n{"a": 1}\n'
    assert "QA: the JSON is cut off; the Director takes over." in notes.text


async def test_an_answer_that_differs_from_what_was_streamed_is_shown(
    tmp_path: Path, desk: ConsoleDesk, office: Office
) -> None:
    answers, notes = Screen(), Screen()
    async with Client(tmp_path, mode=Mode.ASK) as client:
        asking = asyncio.create_task(ask(client, "?", answers.out, notes.out))
        order = await taken(office)
        streams(desk, order, "a draft")
        await office.answer(order, reply(ReplyKind.ANSWER, "the answer"))
        assert await asking == 0
    assert answers.text.endswith("the answer\n")
    assert "What was inspected" in notes.text


@pytest.mark.parametrize(("terminal", "shown"), [(True, "This is bold."), (False, "This is **bold**.")])
async def test_an_answer_is_dressed_for_a_person_and_bare_for_a_program(
    tmp_path: Path, desk: ConsoleDesk, office: Office, terminal: bool, shown: str
) -> None:
    answers, notes = Screen(terminal=terminal), Screen()
    async with Client(tmp_path, mode=Mode.ASK) as client:
        asking = asyncio.create_task(ask(client, "?", answers.out, notes.out))
        order = await taken(office)
        await office.answer(order, reply(ReplyKind.ANSWER, "This is **bold**."))
        assert await asking == 0
    assert shown in re.sub(r"\x1b\[[0-9;]*m", "", answers.text)


async def test_an_answer_is_acknowledged_before_the_client_goes(
    tmp_path: Path, desk: ConsoleDesk, office: Office, books: SqliteBooks
) -> None:
    """A company that was opened for one question closes right behind its client."""
    notes = Screen()
    async with Client(tmp_path, mode=Mode.ASK) as client:
        asking = asyncio.create_task(ask(client, "?", notes.out, notes.out))
        order = await taken(office)
        await office.answer(order, reply(ReplyKind.ANSWER, "Yes."))
        assert await asking == 0
    assert await books.read(outbox.count_waiting) == 0


async def test_no_answer_can_steer_the_terminal(tmp_path: Path, desk: ConsoleDesk, office: Office) -> None:
    answers, notes = Screen(), Screen()
    evil = "ok\x1b]0;pwned\x07\x1b[2J \u202egnp.exe [bold]x[/bold]"
    async with Client(tmp_path, mode=Mode.ASK) as client:
        asking = asyncio.create_task(ask(client, "?", answers.out, notes.out))
        order = await taken(office)
        citation = Citation(marker=1, passage_id="p", document="a\x1b[31m.md", place="line 1", quote="q\x9b")
        await office.answer(order, reply(ReplyKind.ANSWER, evil, citations=(citation,)))
        assert await asking == 0
    assert not set("\x1b\x07\x9b\u202e") & set(answers.text + notes.text)
    assert "[bold]x[/bold]" in answers.text


@pytest.mark.parametrize("kind", [ReplyKind.FAILED, ReplyKind.REFUSED, ReplyKind.STOPPED])
async def test_ask_ends_with_one_when_there_is_no_answer(
    tmp_path: Path, desk: ConsoleDesk, office: Office, kind: ReplyKind
) -> None:
    answers, notes = Screen(), Screen()
    async with Client(tmp_path, mode=Mode.ASK) as client:
        asking = asyncio.create_task(ask(client, "?", answers.out, notes.out))
        await office.answer(await taken(office), reply(kind, "It was not done."))
        assert await asking == 1
    assert (answers.text, notes.text) == ("", "It was not done.\n")


async def test_ask_when_the_company_refuses(tmp_path: Path, desk: ConsoleDesk, office: Office) -> None:
    office.refuse = "You may not do that here."
    answers, notes = Screen(), Screen()
    async with Client(tmp_path, mode=Mode.ASK) as client:
        assert await ask(client, "?", answers.out, notes.out) == 1
    assert notes.text == "You may not do that here.\n"


async def test_a_pipe_is_one_question_a_line(
    tmp_path: Path, desk: ConsoleDesk, office: Office, books: SqliteBooks
) -> None:
    reading, writing = os.pipe()
    os.write(writing, "one?\n\ntwo é?\r\n/status\nthree?".encode())
    os.close(writing)
    screen = Screen()
    async with Client(tmp_path) as client:
        talking = asyncio.create_task(chat(client, PipedLines(reading), screen.out))
        for number, text in enumerate(("one?", "two é?", "three?"), 1):
            order = await taken(office, number)
            assert order.text == text
            assert len(office.accepted) == number  # one after the other
            await office.answer(order, reply(ReplyKind.ANSWER, f"answer {number}"))
        assert await talking == 0
    os.close(reading)
    at = [screen.text.index(f"answer {number}") for number in (1, 2, 3)]
    assert at == sorted(at)
    assert "No order is being worked on." in screen.text  # /status, between two and three
    assert "›" not in screen.text
    async with asyncio.timeout(5):  # the desk reads the last "printed" after the client has gone
        while await books.read(outbox.count_waiting):
            await asyncio.sleep(0.001)


async def test_a_person_asks_commands_and_leaves(tmp_path: Path, desk: ConsoleDesk, office: Office) -> None:
    typed, screen = Typed(), Screen()
    async with Client(tmp_path) as client:
        talking = asyncio.create_task(chat(client, typed, screen.out))
        for line in ("/help", "/statsu", "/cost year", "/why", "/audit verify", "/cost week", "/new", "/stop"):
            typed.queue.put_nowait(line)
        await screen.shows("Nothing was running.")
        assert "did you mean /status?" in screen.text
        assert "Write /cost with today, week, month or all." in screen.text
        assert "Which order?" in screen.text
        assert "The record is whole" in screen.text
        assert "the last seven days" in screen.text
        assert "A new conversation begins." in screen.text
        typed.queue.put_nowait("hello?")
        order = await taken(office)
        await office.answer(order, reply(ReplyKind.ANSWER, "**hi**", receipt=RECEIPT))
        await screen.shows("QA passed")
        typed.queue.put_nowait(f"/why {order.number}")
        await screen.shows("Because it is so.")
        typed.queue.put_nowait("/bad")  # the last answer is meant
        await screen.shows("Only the Board rates here.")
        typed.queue.put_nowait("/qa chat")
        await screen.shows("/qa is not answered here.")
        typed.queue.put_nowait("/quit")
        assert await talking == 0
    assert typed.prompts[0] == "› "


async def test_an_answer_is_asked_anew_once(tmp_path: Path, desk: ConsoleDesk, office: Office) -> None:
    typed, screen = Typed(), Screen()
    async with Client(tmp_path) as client:
        talking = asyncio.create_task(chat(client, typed, screen.out))
        typed.queue.put_nowait("what is the notice period?")
        await office.answer(await taken(office), reply(ReplyKind.ANSWER, "Three months.", receipt=RECEIPT))
        await screen.shows("Three months.")
        typed.queue.put_nowait("/anew")  # the last answer is meant
        again = await taken(office, 2)
        assert again.text == "what is the notice period?"
        await office.answer(again, reply(ReplyKind.ANSWER, "Four months.", receipt=RECEIPT))
        await screen.shows("Four months.")
        typed.queue.put_nowait(f"/anew {office.accepted[0].number}")
        await screen.shows("was asked anew already")
        typed.queue.put_nowait(None)
        assert await talking == 0


async def test_the_link_to_a_cited_place_stands_in_one_piece_in_a_narrow_terminal(
    tmp_path: Path, desk: ConsoleDesk, office: Office
) -> None:
    link = "http://127.0.0.1:8000/source/01KABC#" + "eyJhbGciOi" * 30
    desk.read_link = lambda _: link  # type: ignore[method-assign]
    office.cited = (Citation(marker=1, passage_id="p", document="lease.md", place="line 1", quote="The rent is due."),)
    typed, screen = Typed(), Screen(width=60, terminal=True)
    async with Client(tmp_path) as client:
        talking = asyncio.create_task(chat(client, typed, screen.out))
        typed.queue.put_nowait("when is the rent due?")
        order = await taken(office)
        await office.answer(order, reply(ReplyKind.ANSWER, "On the first [1].", receipt=RECEIPT))
        await screen.shows("QA passed")
        typed.queue.put_nowait("/sources")  # the last answer is meant
        typed.queue.put_nowait(None)
        assert await talking == 0
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.text)
    assert "lease.md" in shown
    assert f"read there, within the hour: {link}\n" in shown


async def test_the_link_to_ones_own_page_stands_in_one_piece_too(tmp_path: Path, desk: ConsoleDesk) -> None:
    typed, screen, asked = Typed(), Screen(width=60, terminal=True), list[Admission]()
    link = "http://127.0.0.1:8000/mine/01KABC#" + "eyJhbGciOi" * 30
    async with Client(tmp_path) as client:
        talking = asyncio.create_task(chat(client, typed, screen.out))
        typed.queue.put_nowait("/knowledge page")
        await screen.shows("There is no page")  # nothing is served
        desk.read_link = lambda admission: (asked.append(admission), link)[1]  # type: ignore[func-returns-value]
        typed.queue.put_nowait("/knowledge page")
        typed.queue.put_nowait(None)
        assert await talking == 0
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.text)
    assert f"your own page, for twelve hours: {link}\n" in shown
    assert asked == [Admission(desk=Desk.CONSOLE, external_id=str(os.getuid()), device="console")]


async def test_a_decision_is_taken_by_its_number(tmp_path: Path, desk: ConsoleDesk, office: Office) -> None:
    typed, screen = Typed(), Screen()
    buttons = ((
        Button(label="Add $1.00", action="decide", argument="d1:add"),
        Button(label="Stop", action="decide", argument="d1:stop"),
    ),)  # fmt: skip
    async with Client(tmp_path) as client:
        talking = asyncio.create_task(chat(client, typed, screen.out))
        typed.queue.put_nowait("a dear question")
        order = await taken(office)
        await office.answer(order, reply(ReplyKind.CARD, "It needs money.", buttons=buttons))
        await screen.shows("1 Add $1.00")
        typed.queue.put_nowait("7")  # no such choice: a question like any other
        second = await taken(office, 2)
        assert second.text == "7"
        await office.answer(second, reply(ReplyKind.ANSWER, "seven"))
        await screen.shows("seven")
        typed.queue.put_nowait("1")
        await screen.shows("$1.00 added")
        assert office.decided == [("d1", "add")]
        streams(desk, order, "and so it went on")
        await screen.shows("and so it went on")  # the order it was about is followed again
        await office.answer(order, reply(ReplyKind.ANSWER, "and so it went on"))
        typed.queue.put_nowait(None)
        assert await talking == 0


async def test_ctrl_c_stops_the_order_and_then_leaves(tmp_path: Path, desk: ConsoleDesk, office: Office) -> None:
    typed, screen = Typed(), Screen()
    office.stops_with = reply(ReplyKind.STOPPED, "Stopped. Order #1 ends here.")
    async with Client(tmp_path) as client:
        talk = Chat(client, typed, screen.out)
        talking = asyncio.create_task(talk.run())
        typed.queue.put_nowait("a long one")
        order = await taken(office)
        streams(desk, order, "Once upon a")
        await screen.shows("Once upon a")
        talk.interrupt()
        await screen.shows("Order #1 ends here.")
        assert office.stopped == [1]
        typed.queue.put_nowait("/stop")  # the prompt is back, and a line takes the first press back
        await screen.shows("Stopped: #1")
        talk.interrupt()
        await screen.shows("Ctrl-C again")
        assert not talking.done()
        talk.interrupt()
        assert await talking == 0


async def test_an_answer_from_before_is_shown_first(tmp_path: Path, desk: ConsoleDesk, office: Office, clock) -> None:  # type: ignore[no-untyped-def]
    async with Client(tmp_path, mode=Mode.ASK) as client:
        await client.ask("slow")
    await office.answer(office.accepted[0], reply(ReplyKind.ANSWER, "done meanwhile", receipt=RECEIPT))
    clock.turn(60)
    typed, screen = Typed(), Screen()
    async with Client(tmp_path) as client:
        talking = asyncio.create_task(chat(client, typed, screen.out))
        await screen.shows("QA passed")
        typed.queue.put_nowait(None)
        assert await talking == 0
    assert screen.text.index("While you were away:") < screen.text.index("done meanwhile")


async def test_the_company_closes_under_a_chat(tmp_path: Path, books: SqliteBooks, clock, office: Office) -> None:  # type: ignore[no-untyped-def]
    desk = ConsoleDesk(tmp_path, books, office, clock, company="NEXUS", shelf=Shelf())  # type: ignore[arg-type]
    await desk.open()
    running = asyncio.create_task(desk.run())
    typed, screen = Typed(), Screen()
    async with Client(tmp_path) as client:
        talking = asyncio.create_task(chat(client, typed, screen.out))
        await screen.shows("listens")
        running.cancel()
        assert await talking == 1
    with pytest.raises(asyncio.CancelledError):
        await running
    await desk.close()
    assert "it keeps your orders" in " ".join(screen.text.split())


async def test_what_is_kept_of_a_terminal_goes_from_memory_and_file(tmp_path: Path) -> None:
    history = tmp_path / "chat-history"
    history.write_text("the code is zebra-771\n")
    lines = TypedLines.__new__(TypedLines)
    lines._history = history
    readline.add_history("the code is zebra-771")
    await asyncio.to_thread(lines.forget)
    assert not history.exists()
    assert readline.get_current_history_length() == 0


async def test_what_is_forgotten_was_shown_and_confirmed_by_the_next_line(
    tmp_path: Path, desk: ConsoleDesk, office: Office
) -> None:
    past = Past()
    office.past = past  # type: ignore[attr-defined]
    typed, screen = Typed(), Screen(120)
    async with Client(tmp_path) as client:
        talking = asyncio.create_task(chat(client, typed, screen.out))
        for line in ("/forget the safe", "/new", "1"):  # the 1 answers no list any more: it is a question
            typed.queue.put_nowait(line)
        await screen.shows("A new conversation begins.")
        async with asyncio.timeout(5):
            while not office.accepted:
                await asyncio.sleep(0)
        assert office.accepted[0].text == "1"
        assert (past.forgotten, typed.kept) == ([], True)
        await office.answer(office.accepted[0], Reply(kind=ReplyKind.ANSWER, text="One.", closes_order=True))
        await screen.shows("One.")
        for line in ("/forget the safe", "1", "/quit"):
            typed.queue.put_nowait(line)
        await talking
    assert "#7 2026-03-03, Ada: the [31mcode" in screen.text
    assert "Forgotten: 1 exchange." in screen.text
    assert (past.forgotten, typed.kept) == ([7], False)


class Past:
    """What was said, of `company.ports.PastOffice`: one exchange."""

    def __init__(self) -> None:
        self.forgotten: list[int] = []

    async def about(self, person: object, where: object, words: str) -> tuple[Recalled, ...]:
        passage = Passage(id="1", document="d", place="p", text="t")
        said = "the \x1b[31mcode"
        return (
            Recalled(
                passage=passage, conversation_id="c", number=7, day="2026-03-03", moment="", who="Ada", own=True, words=said
            ),
        )  # fmt: skip

    async def forget(self, person: object, where: object, numbers: tuple[int, ...]) -> int:
        self.forgotten += numbers
        return len(numbers)
