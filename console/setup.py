"""`nexus init`: asks for what the company needs, tests it, keeps it safe, and pairs the owner.

Secrets are typed at a prompt without echo, never in an argument; each is tested before it is stored. Run again, it
changes nothing that is there unless it is asked to.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import sys
import termios
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from getpass import getpass
from pathlib import Path
from typing import Protocol, TypeVar

from rich.console import Console
from rich.text import Text

from company.errors import ConfigError, NexusError
from company.secrets import Secrets
from console import views

T = TypeVar("T")
Test = Callable[[str], Awaitable[str]]
"""Tries a secret out; what it is good for ("@my_bot", "Claude answers"), or a `NexusError` with a sentence."""

TRIES = 3
NO_PROMPT = (
    "`./nexus init` asks at a prompt, and there is no terminal here; give the secrets in the environment "
    "(TELEGRAM_BOT_TOKEN, ANTHROPIC_API_KEY) or as 0600 files in {folder}."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One secret to ask for.

    Args:
        name: as in `company.secrets.KNOWN`.
        title: what people call it.
        where: where to get it, in one line.
        shape: what it looks like; a typing mistake is seen before the network is asked.
        test: tries it out.
    """

    name: str
    title: str
    where: str
    shape: re.Pattern[str]
    test: Test


TOKEN_SHAPE = re.compile(r"\d{5,}:[\w-]{30,}")
KEY_SHAPE = re.compile(r"[\x21-\x7e]{16,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """How the owner is paired in Telegram.

    Args:
        bot: the bot's name without @; "" while there is no token.
        owner: the owner's name when the pairing is done already.
        code: makes a one-time code.
        paired: returns the owner's name once the code was redeemed.
        runs: whether a company runs on this folder already; it has read its secrets.
    """

    bot: Callable[[], Awaitable[str]]
    owner: Callable[[], Awaitable[str]]
    code: Callable[[], Awaitable[str]]
    paired: Callable[[], Coroutine[object, object, str]]
    runs: Callable[[], Awaitable[bool]]


class Asker(Protocol):
    """Who answers the questions."""

    async def secret(self, prompt: str) -> str:
        """A line without echo; "" to leave it out."""
        ...

    async def enter(self, prompt: str) -> None:
        """Wait for the Enter key."""
        ...


class Terminal:
    """The person at this terminal; a context manager. Raises `ConfigError` when there is none.

    Inside, nothing that is typed is shown, between two questions neither: who pastes the next secret while the last one
    is tried out must not find it on the screen.

    Args:
        folder: where secrets may be put instead, for the sentence.
    """

    def __init__(self, folder: Path) -> None:
        if sys.stdin is None or not sys.stdin.isatty():
            raise ConfigError(NO_PROMPT.format(folder=folder))
        self._as_it_was = termios.tcgetattr(sys.stdin.fileno())

    def __enter__(self) -> Terminal:
        """No echo from here on."""
        silent = list(self._as_it_was)
        silent[3] &= ~termios.ECHO
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, silent)
        return self

    def __exit__(self, *_error: object) -> None:
        """The terminal as it was; what was typed and not read is dropped, not left to the shell."""
        with contextlib.suppress(termios.error, ValueError, OSError):
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSAFLUSH, self._as_it_was)

    async def secret(self, prompt: str) -> str:
        """A line without echo."""
        return await self._aside(lambda: getpass(prompt))

    async def enter(self, prompt: str) -> None:
        """The Enter key."""
        await self._aside(lambda: input(prompt))

    async def _aside(self, read: Callable[[], T]) -> T:
        """In a daemon thread: a question that nobody answers must not keep the process."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: BaseException | None) -> None:
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(result)  # type: ignore[arg-type]

        def run() -> None:
            result, problem = None, None
            try:
                result = read()
            except EOFError:
                problem = ConfigError("The input ended; what was stored so far is kept.")
            except (OSError, ValueError) as error:
                problem = ConfigError(f"The terminal can't be read ({error}); what was stored so far is kept.")
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, result, problem)

        threading.Thread(target=run, name="console:question", daemon=True).start()
        return await answer


async def init(
    out: Console, asker: Asker, secrets: Secrets, wanted: tuple[Wanted, ...], pairing: Pairing,
    *, folders: tuple[Path, ...], replace: frozenset[str] = frozenset(),
) -> int:  # fmt: skip
    """Set the company up.

    Args:
        out: the screen.
        asker: who answers.
        secrets: where they are kept.
        wanted: the secrets to ask for, in order.
        pairing: the owner's pairing.
        folders: folders to make (mode 0700).
        replace: names of secrets to ask for again although they are there ("all" for every one).

    Returns:
        0, or 1 when a secret was given and none of the tries was good.
    """
    for folder in folders:
        await asyncio.to_thread(folder.mkdir, 0o700, parents=True, exist_ok=True)
    good, stored = True, list[str]()
    for each in wanted:
        good &= await _one(out, asker, secrets, each, stored, again="all" in replace or each.name in replace)
    if stored and await pairing.runs():
        out.print(Text("▲ NEXUS runs already and has read its secrets: start it again to use these.", style="yellow"))
    await _pair(out, asker, pairing)
    out.print(Text("Ready: ./nexus run opens the company, ./nexus doctor looks at all of it.", style="bold"))
    return 0 if good else 1


async def _one(
    out: Console, asker: Asker, secrets: Secrets, wanted: Wanted, stored: list[str], *, again: bool
) -> bool:  # fmt: skip
    """One secret; False when none of the tries was good. Its name is added to `stored` when it was."""
    present = await asyncio.to_thread(secrets.get, wanted.name)
    if present is not None and not again:
        kept = f"kept ({present.source}, {len(present)} characters)"
        out.print(Text.assemble(("● ", "green"), f"{wanted.title}: ", (kept, "dim")))
        return True
    out.print(Text.assemble((f"\n{wanted.title}", "bold"), (f"  {wanted.where}", "dim")))
    without, left = "leave it out", "left out"
    if present is not None:
        without, left = "keep the one that is there", "kept as it was"
    for _ in range(TRIES):
        value = (await asker.secret(f"  paste it (nothing is shown), or Enter to {without}: ")).strip()
        if not value:
            out.print(Text(f"○ {wanted.title}: {left}", style="dim"))
            return True
        if not wanted.shape.fullmatch(value):
            out.print(Text("✖ That does not look like one; perhaps a piece is missing.", style="yellow"))
            continue
        out.print(Text("  trying it ...", style="dim"))
        try:
            what = await wanted.test(value)
        except (NexusError, OSError, TimeoutError) as error:
            said = views.one_line(str(error).replace(value, "«secret»")) or "no answer"
            out.print(Text(f"✖ It was not accepted: {said}", style="yellow"))
            continue
        path = await asyncio.to_thread(secrets.store, wanted.name, value)
        stored.append(wanted.name)
        out.print(Text.assemble(("● ", "green"), views.one_line(what), (f"  kept in {path}", "dim")))
        return True
    out.print(Text(f"✖ {wanted.title}: nothing was stored; run ./nexus init again when you have it.", style="red"))
    return False


async def _pair(out: Console, asker: Asker, pairing: Pairing) -> None:
    bot = await pairing.bot()
    if not bot:
        out.print(Text("○ Telegram: no bot; the console and the page work without it.", style="dim"))
        return
    owner = await pairing.owner()
    if owner:
        out.print(Text.assemble(("● ", "green"), f"@{bot} belongs to {views.one_line(owner)}"))
        return
    link = f"https://t.me/{bot}?start={await pairing.code()}"
    out.print(Text("\nOpen this on your phone and press Start; it works once, within a day:", style="bold"))
    out.print(Text(link, style="cyan"), soft_wrap=True)
    out.out(await asyncio.to_thread(qr, link), highlight=False)
    pressing = asyncio.create_task(asker.enter("Waiting for you ... (Enter goes on without)\n"), name="console:enter")
    pairs = asyncio.create_task(pairing.paired(), name="console:pairing")
    try:
        await asyncio.wait({pressing, pairs}, return_when=asyncio.FIRST_COMPLETED)
        if pairs.done():
            out.print(Text.assemble(("● ", "green"), f"@{bot} belongs to {views.one_line(pairs.result())} now"))
        else:
            out.print(Text("○ Not paired yet; the link stays good for a day while the company runs.", style="yellow"))
    finally:
        for task in (pressing, pairs):
            task.cancel()
        await asyncio.gather(pressing, pairs, return_exceptions=True)


def qr(link: str) -> str:
    """The link as a QR code for a terminal (ISO/IEC 18004, drawn by segno with half blocks)."""
    import segno  # 0.07 s

    drawn = io.StringIO()
    segno.make(link, micro=False, error="l").terminal(drawn, border=2, compact=True)
    return drawn.getvalue()
