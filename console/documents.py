"""`nexus ingest` and `nexus search`: documents handed in and looked for from a terminal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from company.document_records import Added, Reading
from company.errors import Refused
from company.figures import count
from company.records import Passage
from console import views
from console.client import Client
from console.protocol import Command, Name

NO_PAGE = "There are no links: the page of this machine is off. Set [web] enabled = true, and start NEXUS."
LONGEST_EXCERPT = 600
"""Characters of a passage that a search shows."""


@dataclass(slots=True)
class _Sum:
    """What became of the files."""

    documents: int = 0
    passages: int = 0
    known: int = 0
    refused: list[str] = field(default_factory=list)

    def line(self) -> str:
        """ "2 documents, 31 passages; 1 known already; 1 not read"."""
        said = f"{count(self.documents, 'document')}, {count(self.passages, 'passage')}"
        said += f"; {self.known} known already" if self.known else ""
        return said + (f"; {len(self.refused)} not read" if self.refused else "")


async def ingest(client: Client, paths: Sequence[Path], out: Console) -> int:
    """Hand in files, and all files of folders; 1 when one of them could not be read.

    Raises:
        Refused: there is nothing at one of the paths.
    """
    files = await asyncio.to_thread(lambda: list(_files(paths)))
    total = _Sum()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as progress:
        all_files = progress.add_task("documents", total=len(files))
        for path in files:
            row = progress.add_task(_short(path.name), total=None)
            await _hand_in(client, path, total, progress, row)
            progress.remove_task(row)
            progress.advance(all_files)
    out.print(Text(total.line(), style="yellow" if total.refused else "green"))
    return 1 if total.refused or not files else 0


async def _hand_in(client: Client, path: Path, total: _Sum, progress: Progress, row: TaskID) -> None:
    try:
        async for piece in client.pieces(Command(name=Name.INGEST, path=str(path))):
            if piece.reading is not None and piece.reading.total:
                _show(progress, row, piece.reading)
            if piece.added is not None:
                _note(total, piece.added, progress.console)
    except Refused as error:
        total.refused.append(str(error))
        progress.console.print(Text(f"✖ {views.one_line(str(error))}", style="red"))


def _show(progress: Progress, row: TaskID, reading: Reading) -> None:
    progress.update(row, completed=reading.done, total=reading.total)


def _note(total: _Sum, added: Added, out: Console) -> None:
    name = views.one_line(added.name)
    if added.same_as:
        total.known += 1
        out.print(Text(f"= {name}: the same as {views.one_line(added.same_as)}", style="dim"))
        return
    total.documents += 1
    total.passages += added.passages
    out.print(Text.assemble(("● ", "green"), name, (f"  {count(added.passages, 'passage')}", "dim")))
    for note in added.notes:
        out.print(Text(f"  ▲ {views.one_line(note)}", style="yellow"))


def _short(name: str, width: int = 32) -> str:
    name = views.one_line(name)
    return escape(name if len(name) <= width else f"{name[: width - 1]}…")


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """Files by name, and those in folders in order; hidden ones and links in folders are left out. Blocks."""
    for path in paths:
        path = Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - a named link is followed by the company
        if not path.exists():
            raise Refused(f"There is nothing at {path}.")
        if not path.is_dir():
            yield path
            continue
        for parent, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for file in (Path(parent, name) for name in sorted(names) if not name.startswith((".", "~"))):
                if file.is_file() and not file.is_symlink():
                    yield file


async def search(client: Client, text: str, out: Console, *, limit: int, link: bool = False) -> int:
    """Show the passages that fit, with their places; 1 when nothing does. `link`: where each can be read."""
    brought = await client.command(Command(name=Name.SEARCH, text=text, limit=limit, link=link))
    passages = brought.found.passages if brought.found is not None else ()
    if not passages:
        out.print("That is not in your documents.")
        return 1
    links = brought.found.links if brought.found is not None else ()
    for number, passage in enumerate(passages, 1):
        out.print(_passage(number, passage))
        if number <= len(links) and links[number - 1]:
            out.print(views.reading_link(links[number - 1]), "", soft_wrap=True)
    if link and not any(links):
        out.print(Text(NO_PAGE, style="yellow"))
    return 0


def _passage(number: int, passage: Passage) -> RenderableType:
    place = Text.assemble((f"[{number}]  ", "bold"), (views.one_line(passage.document), "bold"))
    place.append(f" · {views.one_line(passage.place)}", style="dim")
    excerpt = views.plain(passage.text)
    cut = f"{excerpt[:LONGEST_EXCERPT].rstrip()} …" if len(excerpt) > LONGEST_EXCERPT else excerpt
    return Group(place, Text(cut), Text(""))
