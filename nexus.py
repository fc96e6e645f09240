"""NEXUS: the composition root and the command line. It builds the departments, introduces them, opens, runs, closes.

Imports all; imported by none. `python nexus.py --help` lists the commands.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.delivery import Delivery
from bot.desk import TelegramDesk
from bot.in_words import InWords
from bot.texts import Texts as ChatTexts
from bot.webhook import hook_of
from company import (
    org_chart,
    people,
    retrieval_choice,
    spec_book,
)
from company.backups.place import BackupPlace
from company.books import Books
from company.budget import Caps
from company.clock import Clock, SystemClock, new_id
from company.config import Settings, load_settings, model_ref
from company.department import Department
from company.dispatch import InProcessDispatcher
from company.feed import Feed, Subscription
from company.instance import InstanceLock
from company.library_ports import Embedder
from company.metered_embedding import MeteredEmbedder, Prefixes
from company.metering import MeteredModel
from company.opening import open_the_books, take_in
from company.operations import Operations
from company.operations.earlier import where_wanted
from company.operations.house import House
from company.operations.papers import Papers
from company.operations.program_desk import ProgramDesk
from company.operations.programs import Programs
from company.operations.replies import Replies
from company.operations.retrieval import Retrieval
from company.operations.state_text import StateText
from company.ports import Courier, Model
from company.records import Condition, Desk, Health, Person
from company.router.admin import Admin
from company.router.builtin import BuiltinRouter
from company.router.ladder import Policy
from company.secrets import Secrets
from company.speech_metering import SpeechTill
from company.texts import Texts
from console.desk import ConsoleDesk
from employees.clerk import Clerk
from employees.doors import build_doors, embedding_door
from employees.forgetting import forget_exchange, forget_passages
from employees.staff import Employees
from employees.toolbox import uses_of_tools
from heartbeat.anchor import Anchoring
from heartbeat.nightly import NightlyBackup
from heartbeat.profiler import Profiler
from heartbeat.pulse import Pulse
from heartbeat.retention import retention_of
from heartbeat.supervise import supervise
from knowledge.building import search_engine
from knowledge.everything import Everything
from knowledge.library import LocalLibrary
from knowledge.memory import Memory
from knowledge.onnx_model import OnnxEmbedder
from knowledge.upkeep import WORTH_AN_ENGINE
from qa.inspector import SpecInspector
from qa.judge import Judge
from sandbox.bubblewrap import Bubblewrap
from voice.building import listening_room
from voice.room import ListeningRoom
from web.admissions import key_of_tickets
from web.server import StatusPage

VERSION = "0.1.0"
ROOT = Path(__file__).resolve().parent
CLOSE_S = 20.0

log = logging.getLogger("nexus")


@dataclass(slots=True)
class Nexus:
    """The company, put together and not yet open. `departments` are in the order in which they open."""

    settings: Settings
    secrets: Secrets
    books: Books
    clock: Clock
    operations: Operations
    pulse: Pulse
    feed: Feed
    departments: list[Department]
    data_dir: Path
    warnings: list[str] = field(default_factory=list)

    async def board(self) -> Person | None:
        """The owner."""
        return await self.books.read(people.board)


async def assemble(
    root: Path, *, settings: Settings | None = None, secrets: Secrets | None = None, clock: Clock | None = None,
    doors_open: bool = True, schema_name: str = "",
) -> Nexus:  # fmt: skip
    """Open the books and put the company together.

    Args:
        root: the checkout; relative folders of the settings start here.
        settings, secrets, clock: given by tests; read from `root` and the environment otherwise.
        doors_open: False leaves Telegram and the page out (a company that serves one console command).
        schema_name: a Postgres schema of its own, for tests.

    Raises:
        StartupError: one sentence that says what is wrong and how to mend it.
    """
    if settings is None:
        settings = await asyncio.to_thread(load_settings, root)
    data_dir = root / settings.company.data_dir
    clock = clock or SystemClock()
    secrets = secrets or Secrets(data_dir / "secrets")
    books, warning = await open_the_books(settings, data_dir, secrets, clock, schema_name=schema_name)
    try:
        chart = org_chart.OrgChart()
        await books.write(take_in, clock.now(), settings, chart)
        nexus = await asyncio.to_thread(
            _introduce, root, data_dir, settings, secrets, books, clock, chart, doors_open=doors_open
        )
    except BaseException:
        await books.close()
        raise
    if warning:
        nexus.warnings.append(warning)
    return nexus


def _introduce(
    root: Path, data_dir: Path, settings: Settings, secrets: Secrets, books: Books, clock: Clock,
    chart: org_chart.OrgChart, *, doors_open: bool,
) -> Nexus:  # fmt: skip
    """Make every department and hand each what it needs. Blocking: secrets and catalogues are read, nothing else."""
    zone = ZoneInfo(settings.company.timezone)
    caps, texts, warnings, off = Caps(settings.budget, zone), Texts(), list[str](), list[Health]()
    replies, feed = Replies(texts), Feed(books, clock)
    instance = InstanceLock(data_dir).instance
    holder = f"{instance}/{new_id(clock.now())}"
    books.on_audit = feed.heard
    feed.subscribe(Subscription(name="org-chart", facts=frozenset({"employee.changed"}), on_fact=chart.refresh))
    doors = build_doors(settings, secrets, clock)
    metered = MeteredModel(books, doors, clock, caps, holder, keep_ms=settings.cache.exact_ms)
    engine = search_engine(settings.knowledge, secrets, data_dir, instance)
    embedder = _embedder(settings, root, books, doors, clock, caps, holder)
    library = LocalLibrary(
        settings.knowledge, data_dir=data_dir, root=root, clock=clock, engine=engine,
        engine_from=0 if settings.knowledge.qdrant_url else WORTH_AN_ENGINE,
        embedder=embedder, on_forgetting=lambda passages: books.write(forget_passages, passages),
        books=Papers(books, clock), quotas=settings.quotas, choice=lambda: books.read(retrieval_choice.in_force),
        metered=metered,
    )  # fmt: skip
    memory = _memory(settings, data_dir, books, feed, clock)
    shelf = Everything(library, memory)
    state = StateText(books, clock, caps, texts, settings.company.name, lambda: staff.available())
    clerk = _clerk(settings, library, memory, state, lambda: len(staff.available()) > 1)
    staff = Employees(
        books=books, metered=metered, library=library, memory=memory, settings=settings, doors=doors,
        roster=chart.current, clerk=clerk, clock=clock, notes_dir=data_dir / "notes",
    )  # fmt: skip
    sandbox = Bubblewrap(settings.sandbox, clock, hidden=(root, data_dir))
    earlier = where_wanted(books, clock, settings.cache, embedder, memory, library.version, staff.version_of)
    inspector = _inspector(root, data_dir, settings, secrets, books, clock, shelf, sandbox, staff, chart, metered)
    feed.subscribe(
        Subscription(name="specs", facts=frozenset({spec_book.CHANGED}), on_fact=inspector.rulebook.refresh)
    )  # fmt: skip
    couriers: dict[Desk, Courier] = {}
    anchoring = Anchoring(settings.audit, data_dir, books, couriers, clock, zone, texts)
    ears = listening_room(settings, secrets, root, data_dir, clock, SpeechTill(books, clock, caps, holder))
    departments: list[Department] = [library, memory, sandbox, inspector, staff, ears]
    aging, ill = retention_of(settings.retention, books, clock, library), lambda: (*staff.missing(), *off)
    pulse = Pulse(settings.heartbeat, departments, ill, data_dir, anchoring, clock, aging)
    house = House(
        books=books, clock=clock, router=_router(settings, metered, clock, staff, library), staff=staff,
        inspector=inspector, dispatcher=InProcessDispatcher(books, clock, max_running=settings.work.max_running),
        couriers=couriers, caps=caps, work=settings.work, replies=replies, holder=holder, health=pulse.health,
        witnesses=anchoring.witnesses, warnings=lambda: tuple(warnings), company_name=settings.company.name,
        version=VERSION, specs=inspector.rulebook, memory=memory, forget=forget_exchange, cache=settings.cache,
        earlier=earlier, profiles=Profiler(settings.heartbeat.profile_ms),
    )  # fmt: skip
    operations = Operations(house, feed)
    console = _desks_here(data_dir, house, operations, couriers, library, shelf)
    departments += [operations, console]
    nexus = Nexus(settings, secrets, books, clock, operations, pulse, feed, departments, data_dir, warnings)
    if doors_open:
        _open_doors(nexus, couriers, console, feed, shelf, ears, replies, off)
        departments.append(_nightly(root, nexus, couriers, texts))
    departments.append(pulse)
    return nexus


def _nightly(root: Path, nexus: Nexus, couriers: Mapping[Desk, Courier], texts: Texts) -> NightlyBackup:
    """What makes a backup every night, where that is wanted."""
    settings, clock, instance = nexus.settings, nexus.clock, InstanceLock(nexus.data_dir).instance
    place = BackupPlace(root, settings, nexus.secrets, clock, VERSION)
    zone = ZoneInfo(settings.company.timezone)
    return NightlyBackup(settings.backup, place, nexus.books, instance, couriers, clock, zone, texts)


def _desks_here(
    data_dir: Path, house: House, operations: Operations, couriers: dict[Desk, Courier], library: LocalLibrary,
    shelf: Everything,
) -> ConsoleDesk:  # fmt: skip
    """The console, and the desk of programs behind it: the one late introduction."""
    couriers[Desk.API] = program_desk = ProgramDesk()
    couriers[Desk.CONSOLE] = console = ConsoleDesk(
        data_dir, house.books, operations, house.clock, company=house.company_name, shelf=shelf,
        programs=Programs(house, operations, library, program_desk),
        retrieval=Retrieval(house.books, house.clock, house.replies.texts, library),
        in_words=InWords(ChatTexts(), operations, shelf),
    )  # fmt: skip
    return console


def _inspector(
    root: Path, data_dir: Path, settings: Settings, secrets: Secrets, books: Books, clock: Clock, library: Everything,
    sandbox: Bubblewrap, staff: Employees, chart: org_chart.OrgChart, metered: MeteredModel,
) -> SpecInspector:  # fmt: skip
    """QA with its specs, what it holds answers against, and a judge for where the Board wants one."""
    judges = [model_ref(text) for text in settings.qa.judges]
    return SpecInspector(
        clock=clock, specs=(root / settings.qa.specs_dir, data_dir / "specs"), library=library, sandbox=sandbox,
        versions=lambda: books.read(spec_book.in_force), known_secrets=secrets.values, prompts=staff.prompt_texts,
        tool_uses=lambda order_id: books.read(uses_of_tools, order_id),
        judge=Judge(metered, roster=chart.current, reachable=staff.reachable, named=judges),
    )  # fmt: skip


def _clerk(
    settings: Settings, library: LocalLibrary, memory: Memory, state: StateText, has_models: Callable[[], bool]
) -> Clerk:
    return Clerk(
        library, state, has_models, company=settings.company.name, graph=library.graph, memory=memory
    )  # fmt: skip


def _memory(settings: Settings, data_dir: Path, books: Books, feed: Feed, clock: Clock) -> Memory:
    return Memory(
        settings.memory, data_dir=data_dir, books=books, changes=feed.changes, clock=clock,
        company=settings.company.name, zone=ZoneInfo(settings.company.timezone),
    )  # fmt: skip


def _embedder(
    settings: Settings, root: Path, books: Books, doors: Mapping[str, Model], clock: Clock, caps: Caps, holder: str
) -> Embedder | None:
    """What gives the documents vectors of meaning, when the settings name something that reads text."""
    knowledge = settings.knowledge
    if not knowledge.embeddings:
        return None
    if knowledge.embeddings == "onnx":
        return OnnxEmbedder(
            settings.onnx, root, question_prefix=knowledge.question_prefix, passage_prefix=knowledge.passage_prefix
        )
    prefixes = Prefixes(question=knowledge.question_prefix, passage=knowledge.passage_prefix)
    ref = model_ref(knowledge.embeddings)
    return MeteredEmbedder(books, embedding_door(doors, ref.provider), ref, clock, caps, holder, prefixes)


def _router(settings: Settings, metered: MeteredModel, clock: Clock, staff: Employees, library: LocalLibrary) -> Admin:
    builtin = BuiltinRouter(
        clock, available=staff.available, library_is_empty=library.is_empty, policy=Policy(settings.admin.policy),
        brief_tokens=settings.admin.brief_tokens, zone=ZoneInfo(settings.company.timezone),
    )  # fmt: skip
    model = model_ref(settings.admin.model) if settings.admin.enabled else None
    return Admin(
        metered, builtin, clock, model, settings.admin.timeout_s, settings.admin.brief_tokens,
        present=lambda: model is not None and staff.reachable(model),
    )  # fmt: skip


def _open_doors(
    nexus: Nexus,
    couriers: dict[Desk, Courier],
    console: ConsoleDesk,
    feed: Feed,
    shelf: Everything,
    ears: ListeningRoom,
    replies: Replies,
    off: list[Health],
) -> None:
    """The desks that outsiders see: the page and Telegram, each only where it is configured."""
    settings, clock, operations = nexus.settings, nexus.clock, nexus.operations
    page: StatusPage | None = None
    if settings.web.enabled:
        page = StatusPage(
            settings.web, operations, nexus.board, feed.changes, clock, company=settings.company.name, shelf=shelf,
            max_file_mb=settings.knowledge.max_file_mb, room=shelf.room, reading_key=key_of_tickets(nexus.secrets),
        )  # fmt: skip
        nexus.departments.append(page)
        console.read_link = page.read_link
    else:
        off.append(Health(part="web", condition=Condition.OFF, mend="set [web] enabled = true"))
    token = nexus.secrets.get("telegram_bot_token") if settings.telegram.enabled else None
    if token is None:
        mend = "run `./nexus init` with a token from @BotFather"
        off.append(Health(part="telegram", condition=Condition.OFF, detail="no bot token", mend=mend))
        return
    delivery = Delivery(
        settings.telegram, clock, default_language=settings.company.language, zone=ZoneInfo(settings.company.timezone)
    )
    couriers[Desk.TELEGRAM] = delivery
    desk = TelegramDesk(
        settings.telegram, token, nexus.books, operations, delivery, shelf, shelf.room, ears, clock,
        nexus.secrets.redact, company_name=settings.company.name, hook=hook_of(settings, nexus.secrets),
        newest=lambda: feed.newest, upload_link=page.upload_link if page is not None else None,
        read_link=page.read_link if page is not None else None,
        describe_card=replies.outcome, stored=lambda: nexus.secrets.again("telegram_bot_token"),
    )  # fmt: skip
    feed.subscribe(desk.cards.subscription)
    nexus.departments.append(desk)


async def serve(nexus: Nexus, stop: asyncio.Event, *, opened: Callable[[], None] | None = None) -> None:
    """Open the departments in order, run them side by side until `stop`, close in reverse, then the books.

    The data folder's lock is held meanwhile: it is what proves that an earlier run of this instance is dead.

    Raises:
        StartupError: another NEXUS runs on the data folder, or a department could not open.
        FellTooOften: one fell over three times in ten minutes.
    """
    async with AsyncExitStack() as stack:
        stack.push_async_callback(nexus.books.close)
        lock = InstanceLock(nexus.data_dir)
        stack.callback(lock.release)
        await asyncio.to_thread(lock.acquire)
        for department in nexus.departments:
            stack.push_async_callback(_close, department)
            await department.open()
        if opened is not None:
            opened()
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(supervise(d, nexus.clock), name=d.name) for d in nexus.departments]
            await stop.wait()
            for task in running:
                task.cancel()


async def _close(department: Department) -> None:
    try:
        async with asyncio.timeout(CLOSE_S):
            await department.close()
    except TimeoutError:
        log.warning("%s did not close within %g s", department.name, CLOSE_S)


if __name__ == "__main__":
    from command_line import main  # it imports this module by its name, as anybody else does

    sys.exit(main())
