"""The command line: `python nexus.py COMMAND`. Each command opens what it needs, and closes it.

A person's mistake is one sentence and an exit code, never a traceback.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

import nexus
from backing_up import add_backup_options, backup_command
from bot.desk import TelegramDesk
from company import org_chart, people
from company.books import to_json
from company.clock import SystemClock
from company.config import Settings, load_settings
from company.errors import ConfigError, NexusError, StartupError
from company.instance import InstanceLock
from company.logs import set_up_logging
from company.opening import open_the_books, take_in
from company.records import Desk, Role
from company.secrets import Secrets
from console import book_commands, demo, documents, forgetting, programs, tuning, views
from console import graph as graph_view
from console.chat import ask, chat
from console.client import Client
from console.lines import lines_of_stdin
from console.protocol import Brought, Command, Mode, Name
from knowledge.library import LocalLibrary
from nexus import VERSION, Nexus
from proving import add_eval_options, add_qa_options, eval_command, qa_command
from setting_up import doctor_command, init_command

HISTORY = "chat-history"
"""Where in the data folder the lines are kept that were typed in the chat of `nexus run`."""
FIRST_LOOK_S = 2.0
ASKED_LOOK_S = 30.0
"""Who asks a company that is opened for this one question waits for the documents: it would not know them else."""


@asynccontextmanager
async def _open_company(
    root: Path, *, doors_open: bool, settings: Settings | None = None, secrets: Secrets | None = None
) -> AsyncIterator[Nexus]:
    """A company that is open as long as the block runs; a department's fatal fault ends the block."""
    if settings is None:
        settings = await asyncio.to_thread(load_settings, root)
    company = await nexus.assemble(root, settings=settings, secrets=secrets, doors_open=doors_open)
    set_up_logging(company.secrets.redact, level=logging.WARNING)
    stop, opened = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(nexus.serve(company, stop, opened=opened.set), name="serve")
        serving.add_done_callback(lambda _: opened.set())
        await opened.wait()
        gc.freeze()  # what was loaded so far stays: to look through it for garbage would hold up the loop for 50 ms
        if not serving.done():
            try:
                yield company
            finally:
                stop.set()


@asynccontextmanager
async def _client(root: Path, mode: Mode, *, read: bool = False) -> AsyncIterator[Client]:
    """The running company, or one that is opened for as long as this command needs it; `read`: with its documents."""
    settings = await asyncio.to_thread(load_settings, root)
    data_dir = root / settings.company.data_dir
    async with AsyncExitStack() as stack:
        if not await asyncio.to_thread(InstanceLock(data_dir).held_elsewhere):
            company = await stack.enter_async_context(_open_company(root, doors_open=False))
            if read or mode is not Mode.COMMAND:
                await _library_read(company, ASKED_LOOK_S)
        yield await stack.enter_async_context(Client(data_dir, mode=mode))


async def run_company(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus run`: open, say what is on and off, offer the chat where there is a terminal, until stopped."""
    stop, out = asyncio.Event(), Console()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with _open_company(root, doors_open=True) as company, asyncio.TaskGroup() as group:
        await _library_read(company, FIRST_LOOK_S)
        await company.pulse.look()
        out.print(views.start_up(company.settings.company.name, VERSION, company.pulse.health()))
        for warning in company.warnings:
            out.print(Text(warning, style="bold yellow"))
        tasks = [group.create_task(_offer_pairing(company, out), name="pairing")]
        if sys.stdin.isatty() and not arguments.no_chat:
            tasks.append(group.create_task(_chat_here(company, out, stop), name="chat"))
        await stop.wait()
        for task in tasks:
            task.cancel()
    return 0


async def _library_read(company: Nexus, patience_s: float) -> None:
    """Wait for the first look into the folders, so that the table of the start and the first answer tell the truth."""
    library = next(d for d in company.departments if isinstance(d, LocalLibrary))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience_s):
            await library.synced.wait()


async def _chat_here(company: Nexus, out: Console, stop: asyncio.Event) -> None:
    """The console chat inside `nexus run`; leaving it closes the company."""
    async with Client(company.data_dir, mode=Mode.CHAT) as client:
        lines = await asyncio.to_thread(lines_of_stdin, company.data_dir / HISTORY)
        try:
            await chat(client, lines, out, catch_interrupts=False)
        finally:
            lines.close()
            stop.set()


async def _offer_pairing(company: Nexus, out: Console) -> None:
    """While nobody owns the Telegram desk, print the link that makes its opener the owner."""
    desk = next((d for d in company.departments if isinstance(d, TelegramDesk)), None)
    paired = await company.books.read(people.addresses, Desk.TELEGRAM, role=Role.BOARD)
    if desk is None or paired:
        return
    code = await company.books.write(people.issue_code, company.clock.now(), Role.BOARD, by="company")
    out.print(f"To pair Telegram, send your bot: [bold]/start {code}[/] (good for a day, once)")
    username = await desk.until_known()
    out.print(f"or open [bold]https://t.me/{username}?start={code}[/]")


async def chat_command(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus chat`."""
    async with _client(root, Mode.CHAT) as client:
        lines = await asyncio.to_thread(lines_of_stdin, None)
        try:
            return await chat(client, lines, Console())
        finally:
            lines.close()


async def ask_command(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus ask "..."`: the answer on stdout, the receipt on stderr."""
    if not " ".join(arguments.text).strip():
        raise ConfigError('There is no question; write it behind the command: ./nexus ask "When is the lease due?"')
    async with _client(root, Mode.ASK) as client:
        return await ask(client, " ".join(arguments.text), Console(), Console(stderr=True))


async def show_command(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus status | cost | audit`."""
    out, command = Console(), Command(name=Name(arguments.report))
    if arguments.report == "cost":
        command = replace(command, period=arguments.period)
    if arguments.report == "audit":
        command = replace(command, name=Name({"show": "audit"}.get(arguments.what, arguments.what)))
        command = replace(command, number=arguments.order, limit=arguments.limit)
    async with _client(root, Mode.COMMAND) as client:
        sound = True
        async for piece in client.pieces(command):
            if command.name is Name.EXPORT:
                for entry in piece.audit.entries if piece.audit is not None else ():
                    print(to_json(asdict(entry)))
                continue
            out.print(_view(piece))
            if piece.audit is not None and piece.audit.verification is not None:
                sound = piece.audit.verification.sound
    return 0 if sound else 1


def _view(piece: Brought) -> RenderableType:
    """The report that a command brought, for a terminal."""
    if piece.status is not None:
        return views.status(piece.status)
    if piece.cost is not None:
        return views.cost(piece.cost)
    return views.audit(piece.audit) if piece.audit is not None else ""


async def documents_command(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus ingest PATH ...` and `nexus search "..."`."""
    async with _client(root, Mode.COMMAND) as client:
        if arguments.report == "ingest":
            return await documents.ingest(client, arguments.paths, Console())
        return await documents.search(
            client, " ".join(arguments.text), Console(), limit=arguments.limit, link=arguments.link
        )


async def page_command(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus page`: a link to one's own page."""
    async with _client(root, Mode.COMMAND) as client:
        brought = await client.command(Command(name=Name.PAGE))
        print(brought.words.text if brought.words is not None else "")  # a link that is wrapped is no link
    return 0


async def forget_here(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus forget WORDS` and `nexus forget --order N`."""
    asked = forgetting.wish(f"#{arguments.order}" if arguments.order else " ".join(arguments.text))
    if isinstance(asked, str):
        raise ConfigError("There is nothing to forget; write words of what was said: ./nexus forget the landlord")
    settings = await asyncio.to_thread(load_settings, root)
    history = root / settings.company.data_dir / HISTORY
    async with _client(root, Mode.COMMAND, read=True) as client:
        return await forgetting.forget_command(client, asked, Console(), yes=arguments.yes, history=history)


async def graph_command(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus graph NAME` and `nexus graph --cypher`."""
    async with _client(root, Mode.COMMAND, read=True) as client:
        if arguments.cypher:
            return await graph_view.cypher(client)
        return await graph_view.graph(client, " ".join(arguments.name), Console())


async def program_command(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus query` and `nexus populate`."""
    async with _client(root, Mode.COMMAND, read=True) as client:
        as_program = arguments.program
        if arguments.report == "populate":
            if arguments.status:
                return await programs.show(client, Name.DOCUMENTS, "", program=as_program)
            return await programs.populate(client, await programs.body_of("", arguments.file), program=as_program)
        for what, wanted in ((Name.TRACE, arguments.trace), (Name.RESULT, arguments.result)):
            if wanted:
                return await programs.show(client, what, wanted, program=as_program)
        return await programs.query(client, await programs.body_of(arguments.json, None), program=as_program)


async def tune_command(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus tune`."""
    async with _client(root, Mode.COMMAND, read=True) as client:
        return await tuning.tune(client, arguments.file, Console(), adopt=arguments.adopt, usual=arguments.usual)


async def init_here(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus init`."""
    return await init_command(root, arguments, lambda place: _open_company(place, doors_open=True))


async def demo_command(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus demo`: a company of its own in a folder of its own, without any account; nothing of yours is touched."""
    with tempfile.TemporaryDirectory(prefix="nexus-demo-") as folder:
        settings = await asyncio.to_thread(demo.prepare, root, Path(folder))
        async with _open_company(
            root, doors_open=False, settings=settings, secrets=Secrets(Path(folder) / "secrets", environment={})
        ) as company:
            library = next(d for d in company.departments if isinstance(d, LocalLibrary))
            await library.synced.wait()
            await company.pulse.look()
            async with Client(company.data_dir, mode=Mode.ASK) as client:
                return await demo.play(client, Console())


async def books_command(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus pair | staff | sessions`: straight on the books, whether or not a company runs."""
    settings = await asyncio.to_thread(load_settings, root)
    data_dir = root / settings.company.data_dir
    secrets, clock = Secrets(data_dir / "secrets"), SystemClock()
    books, _ = await open_the_books(settings, data_dir, secrets, clock)
    try:
        await books.write(take_in, clock.now(), settings, org_chart.OrgChart())
        for line in await books.write(arguments.on_books, clock.now(), arguments):
            print(line)
    finally:
        await books.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nexus", description="An AI company that works for one client.")
    parser.add_argument("--version", action="version", version=f"NEXUS {VERSION}")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)

    def command(name: str, does: str, run: Callable[[Path, argparse.Namespace], Awaitable[int]]) -> Any:
        found = commands.add_parser(name, help=does, description=does)
        found.set_defaults(run=run, report=name)
        return found

    run = command("run", "open the company on this machine", run_company)
    run.add_argument("--no-chat", action="store_true", help="do not offer the chat in this terminal")
    command("chat", "talk to the company in this terminal", chat_command)
    command("ask", "one question, one answer", ask_command).add_argument("text", nargs="+")
    command("page", "a link to your own page: your documents, projects and sources", page_command)
    command("status", "orders, employees, money and health", show_command)
    cost = command("cost", "what was spent, by employee", show_command)
    cost.add_argument("period", nargs="?", default="today", choices=("today", "week", "month", "all"))
    audit = command("audit", "the tamper-evident record", show_command)
    audit.add_argument("what", nargs="?", default="show", choices=("show", "verify", "export"))
    audit.add_argument("--order", type=int, metavar="N", help="only this order")
    audit.add_argument("--limit", type=int, default=20, metavar="N", help="how many rows")
    _add_document_commands(command)
    add_qa_options(command("qa", "QA's specs: list, show, change; its misses; or run one spec by hand", qa_command))
    add_eval_options(command("eval", "score answers from documents: faithful, relevant, well found", eval_command))
    doctor = command("doctor", "every problem, with its mend", doctor_command)
    doctor.add_argument("--mend", action="store_true", help="remove a webhook that another program has set")
    does = "copy books, documents and settings; list, verify and restore such copies"
    add_backup_options(command("backup", does, backup_command))
    setup = command("init", "give token and keys, pair the owner", init_here)
    setup.add_argument("--again", action="store_true", help="ask again for what is there already")
    command("demo", "a scripted scenario without any account", demo_command)
    pair = command("pair", "a one-time code for a person to pair with", books_command)
    pair.add_argument("--role", default="board", choices=[role.value for role in Role])
    pair.set_defaults(on_books=book_commands.pair)
    staff = command("staff", "the org chart; with NAME and MODELS, a new version of one employee", books_command)
    staff.add_argument("name", nargs="?")
    staff.add_argument("models", nargs="*", metavar="provider/model")
    staff.set_defaults(on_books=book_commands.staff)
    sessions = command("sessions", "who was seen where; --revoke ends one", books_command)
    sessions.add_argument("--revoke", metavar="ID")
    sessions.set_defaults(on_books=book_commands.sessions)
    return parser


def _add_document_commands(command: Callable[[str, str, Callable[..., Awaitable[int]]], Any]) -> None:
    ingest = command("ingest", "read files and folders into the documents, and keep watching them", documents_command)
    ingest.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    search = command("search", "the places in the documents that fit", documents_command)
    search.add_argument("text", nargs="+")
    search.add_argument("--limit", type=int, default=6, metavar="N", choices=range(1, 51), help="how many, up to 50")
    search.add_argument("--link", action="store_true", help="with a link to each place on the page of this machine")
    forget = command("forget", "forget what was said; it is shown first", forget_here)
    forget.add_argument("text", nargs="*", metavar="WORDS", help="words of what shall be forgotten")
    forget.add_argument("--order", type=int, metavar="N", help="this order instead")
    forget.add_argument("--yes", action="store_true", help="don't ask")
    query = command("query", "a question as another program puts it: JSON in, JSON out", program_command)
    query.add_argument(
        "--json", default="-", metavar="BODY", help='{"query": "...", "thread_id": "..."}; - is the input'
    )
    query.add_argument("--result", default="", metavar="ORDER", help="what became of an earlier one")
    query.add_argument("--trace", default="", metavar="TRACE", help="the steps of an earlier one")
    populate = command("populate", 'documents as another program hands them in: {"documents": [...]}', program_command)
    populate.add_argument("file", nargs="?", type=Path, metavar="FILE", help="JSON; the input without one, or with -")
    populate.add_argument("--status", action="store_true", help="how every document stands")
    for one in (query, populate):
        one.add_argument("--as", default="", dest="program", metavar="PROGRAM", help="in the name of this program")
    known = command("programs", "the programs that may ask; with NAME, one more", books_command)
    known.add_argument("name", nargs="?", metavar="NAME")
    known.add_argument("--role", default="member", choices=[role.value for role in Role])
    known.set_defaults(on_books=book_commands.programs)
    tune = command("tune", "try how documents are best looked for, on questions of your own", tune_command)
    tune.add_argument("file", nargs="?", type=Path, metavar="FILE", help='lines of {"question": "", "documents": []}')
    tune.add_argument("--adopt", action="store_true", help="put the best in force, if it is better by more than chance")
    tune.add_argument("--usual", action="store_true", help="put what NEXUS comes with in force again")
    graph = command("graph", "what the documents say of a thing; or all of it for a graph database", graph_command)
    graph.add_argument("name", nargs="*", metavar="NAME")
    graph.add_argument("--cypher", action="store_true", help="every statement as Cypher, on standard output")


def main(argv: Sequence[str] | None = None) -> int:
    """The command line. A person's mistake is one sentence and an exit code, never a traceback."""
    arguments = _parser().parse_args(argv)
    os.umask(0o077)
    try:
        set_up_logging(str, level=logging.WARNING)
        code = int(asyncio.run(arguments.run(nexus.ROOT, arguments)))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return 130
    except NexusError as error:
        return _complain(error)
    except BrokenPipeError:
        return _nobody_reads()
    except BaseExceptionGroup as group:
        if group.split(BrokenPipeError)[1] is None:
            return _nobody_reads()
        ours, others = group.split(NexusError)
        if ours is None or others is not None:
            raise
        return _complain(_first(ours))


def _complain(error: BaseException) -> int:
    print(f"nexus: {error}", file=sys.stderr)
    return error.exit_code if isinstance(error, StartupError) else 1


def _nobody_reads() -> int:
    """Who read our output has gone (`nexus audit export | head`): no fault, and nothing to say it to.

    After docs.python.org/3/library/signal.html, "Note on SIGPIPE": else the interpreter complains when it flushes.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + signal.SIGPIPE


def _first(group: BaseExceptionGroup[NexusError]) -> BaseException:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
