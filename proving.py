"""What `nexus qa` and `nexus eval` need of several departments at once: specs that are run, a sandbox, the books."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markdown import Markdown
from sqlalchemy import Connection

from bot.quality import in_words
from bot.texts import Texts as ChatTexts
from company import attempts, org_chart, people, spec_book, work_orders
from company.books import Books
from company.clock import Clock, SystemClock
from company.config import load_settings
from company.errors import ConfigError, Refused
from company.opening import open_the_books, take_in
from company.operations.quality import Quality
from company.records import Finding, Verdict
from company.secrets import Secrets
from company.texts import Texts
from qa import trial
from qa.evaluation import sets
from qa.report import Report
from qa.rulebook import RuleBook
from sandbox.bubblewrap import Bubblewrap

_NUMBERED = "wo-"
_VERBS = frozenset({"list", "show", "set", "back", "misses"})


class BooksLog:
    """Writes the verdicts of `nexus qa` into the books; called from a thread beside the loop.

    Args:
        books: open books.
        clock: for the time of the verdict.
        loop: the loop that the books were opened on.
    """

    def __init__(self, books: Books, clock: Clock, loop: asyncio.AbstractEventLoop) -> None:
        self._books, self._clock, self._loop = books, clock, loop

    def write(self, report: Report) -> str:
        """Store one report under its work order. Raises `BooksError`."""
        writing = self._books.write(log_verdict, self._clock.now(), report)
        return asyncio.run_coroutine_threadsafe(writing, self._loop).result()


def log_verdict(tx: Connection, now: int, report: Report) -> str:
    """Keep the verdict of a run under the order that is meant: by its id, its number or "wo-<number>".

    When there is no such order, it is kept under the name that was given. Returns one line that says which.
    """
    name = report.work_order_id or ""
    number = name.removeprefix(_NUMBERED).removeprefix("#")
    order = work_orders.get(tx, name)
    if order is None and number.isdecimal() and len(number) < 10:
        order = work_orders.by_number(tx, int(number))
    verdict = Verdict(
        outcome=report.outcome,
        spec=report.spec,
        spec_version=report.spec_version,
        findings=tuple(Finding(layer=one.layer, code=one.code, message=one.message) for one in report.findings),
        elapsed_ms=report.inspection_ms,
    )
    attempts.judged_by_hand(tx, now, order.id if order is not None else name, verdict)
    if order is None:
        return f"Logged under “{name}”; the books hold no order of that name."
    return f"Logged with order #{order.number}."


async def qa_command(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus qa`: what `/qa` does in the chat, or with `--spec` run a spec and judge what its command prints.

    Raises:
        ConfigError, BooksError: one sentence.
    """
    if arguments.spec is None:
        return await _as_the_board(root, " ".join(arguments.what))
    if arguments.what and arguments.diff is None and len(arguments.what) == 1 and arguments.what[0] not in _VERBS:
        arguments.diff, arguments.what = Path(arguments.what[0]), []
    if arguments.what:
        raise ConfigError("--spec runs a spec from a file; it goes without list, show, set, back or misses.")
    if arguments.log_to_db and not arguments.work_order_id:
        raise ConfigError("--log-to-db needs --work-order-id: say which work order the verdict belongs to.")
    settings, clock, log = await asyncio.to_thread(load_settings, root), SystemClock(), None
    async with AsyncExitStack() as stack:
        sandbox = Bubblewrap(settings.sandbox, clock, hidden=(root, root / settings.company.data_dir))
        await sandbox.open()
        stack.push_async_callback(sandbox.close)
        if arguments.log_to_db:
            data_dir = root / settings.company.data_dir
            books, _ = await open_the_books(settings, data_dir, Secrets(data_dir / "secrets"), clock)
            stack.push_async_callback(books.close)
            log = BooksLog(books, clock, asyncio.get_running_loop())
        return await asyncio.to_thread(trial.follow, arguments, log=log, sandbox=sandbox)


async def _as_the_board(root: Path, argument: str) -> int:
    """Straight on the books, whether or not a company runs: that one hears of a change by the record."""
    settings, clock = await asyncio.to_thread(load_settings, root), SystemClock()
    data_dir = root / settings.company.data_dir
    books, _ = await open_the_books(settings, data_dir, Secrets(data_dir / "secrets"), clock)
    try:
        await books.write(take_in, clock.now(), settings, org_chart.OrgChart())
        rulebook = RuleBook((root / settings.qa.specs_dir, data_dir / "specs"), lambda: books.read(spec_book.in_force))
        await rulebook.open()
        office = Quality(books, clock, Texts(), rulebook, ZoneInfo(settings.company.timezone))
        owner = await books.read(people.board)
        if owner is None:
            raise ConfigError("These books have no owner; run `./nexus init`.")
        try:
            text = await in_words(ChatTexts(), office, owner, argument)
        except Refused as refusal:
            raise ConfigError(str(refusal)) from None
        Console().print(Markdown(text.replace("/qa", "nexus qa")))
    finally:
        await books.close()
    return 0


def add_qa_options(parser: argparse.ArgumentParser) -> None:
    """The options of `nexus qa`."""
    does = "list, show KIND, set KIND FIELD VALUE, back KIND, or misses; or with --spec a diff to judge"
    parser.add_argument("what", nargs="*", metavar="WHAT", help=does)
    trial.add_options(parser, required=False)


async def eval_command(root: Path, arguments: argparse.Namespace) -> int:
    """`nexus eval`: score answers from documents; 1 when a mean is below `--least`. Raises `ConfigError`."""
    questions = await asyncio.to_thread(sets.read_set, arguments.set)
    results = await asyncio.to_thread(sets.evaluate, questions)
    sets.show(results, Console())
    if arguments.report_json is not None:
        await asyncio.to_thread(sets.save, results, arguments.report_json)
    means = [sets.mean(results[sets.GOOD], measure) for measure in sets.MEASURES]
    return 1 if any(value < arguments.least for value in means if value is not None) else 0


def add_eval_options(parser: argparse.ArgumentParser) -> None:
    """The options of `nexus eval`."""
    parser.add_argument("set", nargs="?", type=Path, default=sets.HOUSE, help="a JSON file; the house's own set else")
    parser.add_argument("--least", type=float, default=0.0, metavar="SHARE", help="end with 1 when a mean is below it")
    parser.add_argument("--report-json", type=Path, default=None, help="also write the means to this file")
