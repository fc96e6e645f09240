"""`nexus tune`: how documents are looked for, tried on the Board's own questions; the Board decides."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from company.errors import Refused
from company.retrieval_choice import RetrievalChoice, Trial
from console import views
from console.client import Client
from console.protocol import Command, Name


async def tune(client: Client, path: Path | None, out: Console, *, adopt: bool, usual: bool) -> int:
    """Show what is in force, or try others on the questions of a file.

    Raises:
        Refused: the file can't be read, or its questions can't be used.
    """
    try:
        body = await asyncio.to_thread(lambda: path.expanduser().read_text("utf-8")) if path is not None else ""
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path} can't be read ({error}).") from None
    if path is not None and not body.strip():
        raise Refused(f"{path} has no questions.")
    choice = "usual" if usual else "adopt" if adopt else ""
    brought = await client.command(Command(name=Name.TUNE, body=body, choice=choice))
    if brought.trial is not None:
        out.print(view(brought.trial))
        out.print(Text(verdict(brought.trial, adopted=brought.retrieval == brought.trial.best)))
    elif brought.retrieval is not None:
        out.print(Text(f"In force: {said(brought.retrieval)}."))
    return 0


def said(choice: RetrievalChoice) -> str:
    """A choice in words."""
    return f"at most {choice.passages} passages, diversity {choice.diversity:g}, relevant from {choice.relevant:g}"


def view(trial: Trial) -> Table:
    """The choice in force beside the best one."""
    table = Table(box=None, pad_edge=False)
    for name in ("", "now", "best"):
        table.add_column(name, justify="left" if not name else "right")
    now, best = trial.now, trial.best
    table.add_row("passages", str(now.passages), str(best.passages))
    table.add_row("diversity", f"{now.diversity:g}", f"{best.diversity:g}")
    table.add_row("relevant from", f"{now.relevant:g}", f"{best.relevant:g}")
    table.add_row(f"value on all {trial.questions} questions", f"{trial.value_now:.3f}", f"{trial.value_best:.3f}")
    table.add_row("value on questions held out", f"{trial.expected_now:.3f}", f"{trial.expected_best:.3f}")
    return table


def verdict(trial: Trial, *, adopted: bool) -> str:
    """What follows from it, and what the Board can do."""
    lines = [f"Not in your documents: {', '.join(map(views.one_line, trial.unknown[:10]))}."] if trial.unknown else []
    if trial.best == trial.now or not trial.worth:
        lines.append("Nothing is better by more than chance; what is in force stays.")
    elif adopted:
        lines.append(f"In force from now on: {said(trial.best)}. Back: ./nexus tune --usual")
    else:
        lines.append("Nothing was changed. To put the best in force: the same command with --adopt.")
    return "\n".join(lines)
