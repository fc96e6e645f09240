"""/forget in the chat and `nexus forget`: what was said is shown first, and goes when that is confirmed."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.text import Text

from company.figures import count
from console import views
from console.client import Client
from console.protocol import Brought, Command, Exchange, Name

HOW = "Write /forget and words of what shall be forgotten, or /forget #12 for one order. It is shown before it goes."
NOTHING = "Nothing that was said here fits that."
_NUMBER = re.compile(r"#(\d{1,9})")


def wish(argument: str) -> Command | str:
    """What `/forget` was asked: by words, or "#12"; a sentence where there is neither."""
    argument = argument.strip()
    if found := _NUMBER.fullmatch(argument):
        return Command(name=Name.FORGET, number=int(found.group(1)))
    return Command(name=Name.FORGET, text=argument) if argument else HOW


def numbers(brought: Brought) -> tuple[int, ...]:
    """The orders that would be forgotten."""
    return tuple(one.number for one in brought.forgetting.exchanges) if brought.forgetting is not None else ()


def listed(brought: Brought) -> RenderableType:
    """What would be forgotten, one exchange a line."""
    shown = brought.forgetting.exchanges if brought.forgetting is not None else ()
    if not shown:
        return Text(NOTHING, style="dim")
    return Group(Text("This was said here. Shall it be forgotten?", style="bold"), *map(_line, shown))


async def forget(client: Client, confirmed: tuple[int, ...]) -> RenderableType:
    """Have these orders forgotten; what is said of it."""
    brought = await client.command(Command(name=Name.FORGET, numbers=confirmed))
    done = brought.forgetting.done if brought.forgetting is not None else 0
    if not done:
        return Text("Nothing was forgotten: it was gone already.", style="yellow")
    said = f"Forgotten: {count(done, 'exchange')}. Gone from the memory, the books and the lines kept of this chat;"
    return Text(f"{said} a screen that shows it still does.", style="green")


async def forget_command(client: Client, asked: Command, out: Console, *, yes: bool, history: Path) -> int:
    """`nexus forget`: show, ask where somebody sits there, forget; 1 when nothing was.

    Args:
        asked: what `wish` made of the line.
        yes: don't ask.
        history: the lines that were typed in the chat of `nexus run`; they go too, for they may hold the words.
    """
    brought = await client.command(asked)
    out.print(listed(brought))
    confirmed = numbers(brought)
    if not confirmed or not (yes or await _agreed(out)):
        return 1
    out.print(await forget(client, confirmed))
    await asyncio.to_thread(history.unlink, missing_ok=True)
    return 0


async def _agreed(out: Console, ask: Callable[[str], str] = input) -> bool:
    if not sys.stdin.isatty():
        out.print(Text("Nothing was forgotten; add --yes to forget it.", style="yellow"))
        return False
    try:
        return (await asyncio.to_thread(ask, "Forget it? [y/N] ")).strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _line(one: Exchange) -> Text:
    words = views.one_line(one.words)
    who = f", {views.one_line(one.who)}" if one.who else ""
    return Text.assemble((f"  #{one.number}", "cyan"), (f" {one.day}{who}: ", "dim"), words)
