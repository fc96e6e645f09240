"""The conversation in a terminal: `chat` for a person or a pipe, `ask` for one question.

Ctrl-C stops the running order; pressed again, or when nothing runs, it leaves. A pipe is one question a line, answered
one after the other.
"""

from __future__ import annotations

import asyncio
import difflib
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

from company.errors import NexusError, Refused
from company.records import Button, ReplyKind
from console import forgetting, views
from console.client import Client, Gone
from console.lines import Lines
from console.protocol import LONGEST_QUESTION, Command, Name, News, Said
from console.telling import Telling

PROMPT = "› "
HELP = (
    ("/status", "orders, employees, money, health"),
    ("/cost [week|month|all]", "what was spent, by employee"),
    ("/audit [verify|fact|number]", "the record; verify walks the whole chain"),
    ("/escalate [number]", "one tier up for the last or the named order"),
    ("/anew [number]", "the same question again, answered anew; once for each"),
    ("/sources, /why [number]", "what an answer rests on; why this employee, verdict and price"),
    ("/good, /bad [number]", "rate an answer; what passed and is bad counts as a miss of QA"),
    ("/qa [kind]", "what QA demands; /qa set chat max_words 300 changes it"),
    ("/knowledge [find|list|page]", "the documents: all, a search, those of a project; your own page"),
    ("/project [new|add|use ...]", "documents for some people alone, project by project"),
    ("/quota", "what is used of every limit: documents, tokens, money"),
    ("/forget WORDS, /forget #N", "forget what was said; it is shown first"),
    ("/stop [number]", "stop what runs"),
    ("/new", "begin anew: earlier talk is no longer shown to anybody"),
    ("/quit", "leave; the company goes on"),
)
ENDS = frozenset({ReplyKind.ANSWER, ReplyKind.UNVERIFIED, ReplyKind.REFUSED, ReplyKind.FAILED, ReplyKind.STOPPED})
DECIDE = "decide"
_ON_AN_ANSWER = ("sources", "why", "good", "bad", "anew")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Card:
    """A card whose choices can be typed as numbers."""

    number: int  # the order's
    buttons: tuple[Button, ...]


async def chat(client: Client, lines: Lines, out: Console, *, catch_interrupts: bool = True) -> int:
    """Talk until the person leaves or the input ends.

    Args:
        client: connected, in mode CHAT.
        lines: where questions come from.
        out: the screen.
        catch_interrupts: take Ctrl-C on this loop; False when the caller passes it to `Chat.interrupt` himself.

    Returns:
        0 when the person left or the input ended; 1 when the company closed, or a pipe met a card.
    """
    talk = Chat(client, lines, out)
    loop = asyncio.get_running_loop()
    if catch_interrupts:
        loop.add_signal_handler(signal.SIGINT, talk.interrupt)
    try:
        return await talk.run()
    finally:
        if catch_interrupts:
            loop.remove_signal_handler(signal.SIGINT)
        lines.close()


async def ask(client: Client, text: str, out: Console, notes: Console) -> int:
    """One question. The answer goes to `out`, dressed where that is a terminal; receipt and notices go to `notes`.

    Returns:
        0 when it was answered; 1 when it was refused, failed, stopped, or waits for a decision.
    """
    telling = Telling(out, notes, await asyncio.to_thread(_markdown) if out.is_terminal else None)
    try:
        taken = await client.ask(text)
        telling.taken(taken.number)
        while True:
            heard = await client.next()
            if isinstance(heard, News):
                telling.news(heard)
                continue
            telling.said(heard)
            if heard.reply.kind is ReplyKind.CARD:  # not acknowledged: `nexus chat` brings it again
                notes.print(Text("Decide in Telegram or with `./nexus chat`; the order waits.", style="yellow"))
                return 1
            await client.printed(heard)
            if heard.number == taken.number and heard.reply.kind in ENDS:
                return 0 if heard.reply.kind in (ReplyKind.ANSWER, ReplyKind.UNVERIFIED) else 1
    except NexusError as error:
        telling.pause()
        notes.print(Text(views.one_line(str(error)), style="red"))
        return 1
    finally:
        telling.pause()


class Chat:
    """One sitting at the console; see `chat`."""

    def __init__(self, client: Client, lines: Lines, out: Console) -> None:
        self._client = client
        self._lines = lines
        self._out = out
        self._telling = Telling(out, out)
        self._dress: Callable[[str], RenderableType] | None = None  # Markdown, for a person
        self._answered: int | None = None  # the last one that was
        self._order: int | None = None  # the order whose answer is awaited before the next line is read
        self._cards: list[_Card] = []
        self._to_forget: tuple[int, ...] = ()  # orders on the screen that the next line may have forgotten
        self._away_said = False
        self._undecided = False  # a pipe met a card
        self._pressed = False  # Ctrl-C, once
        self._leave = asyncio.Event()
        self._stopping: asyncio.Task[None] | None = None

    async def run(self) -> int:
        """Talk; the exit code."""
        if self._lines.interactive:
            await self._welcome()
        tasks: dict[str, asyncio.Task[Any]] = {}
        try:
            return await self._talk(tasks)
        except Gone as error:
            self._telling.pause()
            self._say(str(error), "red")
            return 1
        finally:
            self._telling.pause()
            if self._stopping is not None:
                tasks["stop"] = self._stopping
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)

    def interrupt(self) -> None:
        """Ctrl-C: stop the running order; the second time, or with nothing running, leave. Call it on the loop."""
        if self._pressed:
            self._leave.set()
            return
        self._pressed = True
        if self._order is None:
            self._lines.over(lambda: self._say("Ctrl-C again, or /quit, leaves.", "dim"))
            return
        self._telling.pause()
        self._say(f"Stopping #{self._order} ... (Ctrl-C again leaves)", "dim")
        command = Command(name=Name.STOP, number=self._order)
        self._stopping = asyncio.create_task(self._quietly(command), name="console:stop")

    async def _quietly(self, command: Command) -> None:
        try:
            await self._client.command(command)
        except NexusError as error:
            self._say(str(error), "red")

    async def _welcome(self) -> None:
        welcome = self._client.welcome
        name = welcome.company if welcome is not None else "The company"
        self._out.print(Text.assemble((views.one_line(name), "bold"), (" listens. /help lists the commands.", "dim")))
        self._dress = await asyncio.to_thread(_markdown)
        self._telling = Telling(self._out, self._out, self._dress)

    async def _talk(self, tasks: dict[str, asyncio.Task[Any]]) -> int:
        def begin(name: str, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
            if name not in tasks:
                tasks[name] = asyncio.create_task(work(), name=f"console:{name}")

        while True:
            begin("leave", self._leave.wait)
            begin("hear", self._client.next)
            if self._order is None:
                begin("read", lambda: self._lines.read(PROMPT if self._lines.interactive else ""))
            await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_COMPLETED)
            if tasks["leave"].done():
                return 0
            if tasks["hear"].done():
                await self._hear(tasks.pop("hear").result())
            if "read" in tasks and tasks["read"].done() and self._order is None:
                line = tasks.pop("read").result()
                if line is None or not await self._do(line.strip()):
                    return 1 if self._undecided else 0

    # -- the company speaks -------------------------------------------------------------------------------------------

    async def _hear(self, heard: News | Said) -> None:
        if isinstance(heard, News):
            if heard.number == self._order:
                self._telling.news(heard)
            return
        if self._order is None:
            self._lines.over(lambda: self._show(heard))
        else:
            self._show(heard)
        card = heard.reply.kind is ReplyKind.CARD
        if card and not self._lines.interactive:
            self._undecided = True  # not acknowledged: a person's chat brings it again
        else:
            await self._client.printed(heard)
        if heard.number == self._order and (heard.reply.kind in ENDS or card or self._lines.interactive):
            self._order = None  # a notice gives a person the prompt back; a pipe waits for the end

    def _show(self, said: Said) -> None:
        if said.away and not self._away_said:
            self._away_said = True
            self._say("While you were away:", "bold")
        if said.number not in (0, self._order):
            again = " (perhaps shown before)" if said.again and said.reply.kind is not ReplyKind.CARD else ""
            self._say(f"#{said.number}{again}", "dim")
        self._telling.said(said)
        if said.number and said.reply.kind in (ReplyKind.ANSWER, ReplyKind.UNVERIFIED):
            self._answered = said.number
        buttons = tuple(button for row in said.reply.buttons for button in row if button.action == DECIDE)
        if said.reply.kind is ReplyKind.CARD and buttons:
            self._cards.append(_Card(number=said.number, buttons=buttons))
            self._out.print(views.choices([button.label for button in buttons]))

    # -- the person speaks --------------------------------------------------------------------------------------------

    async def _do(self, line: str) -> bool:
        """One line; False when the person leaves."""
        self._pressed = False
        if not line:
            return True
        if line in ("/quit", "/exit", "/q"):
            return False
        to_forget, self._to_forget = self._to_forget, ()
        try:
            if line.startswith("/"):
                await self._command(line)
            elif to_forget and line == "1":
                await self._forget(to_forget)
            elif not (line.isdecimal() and await self._choose(int(line))):
                await self._question(line)
        except Refused as error:
            self._say(str(error), "red")
        return True

    async def _forget(self, numbers: tuple[int, ...]) -> None:
        self._out.print(await forgetting.forget(self._client, numbers))
        await asyncio.to_thread(self._lines.forget)  # what was typed may hold the words

    async def _question(self, text: str) -> None:
        if len(text) > LONGEST_QUESTION:
            self._say(f"That is longer than {LONGEST_QUESTION:,} characters; put it into a document.", "red")
            return
        taken = await self._client.ask(text)
        self._order = taken.number
        self._telling.taken(taken.number)

    async def _choose(self, number: int) -> bool:
        """A number answers the newest open card, if it has such a choice."""
        if not self._cards or not 1 <= number <= len(self._cards[-1].buttons):
            return False
        card = self._cards.pop()
        decision, _, choice = card.buttons[number - 1].argument.partition(":")
        brought = await self._client.command(Command(name=Name.DECIDE, decision=decision, choice=choice))
        if brought.decision is not None:
            self._say(brought.decision.text, "green" if brought.decision.taken else "yellow")
            if brought.decision.taken:
                self._order = card.number  # it goes on, or says that it was stopped
        return True

    async def _command(self, line: str) -> None:
        word, _, rest = line[1:].partition(" ")
        command = _parse(word.lower(), rest.strip(), self._answered)
        if isinstance(command, str):
            self._say(command, "yellow")
        elif command is None:
            for usage, meaning in HELP:
                self._out.print(Text.assemble((f"{usage:<28}", "cyan"), meaning))
        else:
            brought = await self._client.command(command)
            if brought.taken is not None:
                self._order = brought.taken.number
                self._telling.taken(brought.taken.number)
                return
            if brought.forgetting is not None:
                self._out.print(forgetting.listed(brought))
                self._to_forget = forgetting.numbers(brought)
                if self._to_forget:
                    self._say("Type 1 to forget it; anything else keeps it.", "dim")
                return
            if command.name is Name.PAGE and brought.words is not None:
                self._out.print(views.reading_link(brought.words.text, views.OWN_PAGE), soft_wrap=True)
                return
            words = views.plain(brought.words.text) if brought.words is not None else ""
            self._out.print(self._dress(words) if self._dress and words else views.brought(command, brought))
            if brought.sources is not None and brought.sources.link:
                self._out.print(views.reading_link(brought.sources.link), soft_wrap=True)

    def _say(self, words: str, style: str) -> None:
        self._out.print(Text(views.one_line(words), style=style))


def _on_an_order(word: str, rest: str, number: int | None, answered: int | None) -> Command | str:
    if word in _ON_AN_ANSWER and not rest:
        number = answered
    if number is None and (rest or word in _ON_AN_ANSWER):
        return f"Which order? Write /{word} with its number, for example /{word} 12."
    rating = {"good": 1, "bad": -1}.get(word, 0)
    return Command(name=Name.RATE if rating else Name(word), number=number, rating=rating)


def _with_words(word: str, rest: str) -> Command | str:
    if word == "forget":
        return forgetting.wish(rest)
    if word == "knowledge" and rest.lower() in ("add", "upload"):
        return (
            "Hand files in with ./nexus ingest PATH: they are everybody's. On your own page (/knowledge page) they are "
            "yours. Send a project's files in Telegram."
        )
    if word == "knowledge" and rest.lower() == "page":
        return Command(name=Name.PAGE)
    return Command(name=Name(word), text=rest)


def _parse(word: str, rest: str, answered: int | None) -> Command | str | None:
    """A typed command; a sentence when it makes no sense; None for /help. `answered`: the last order that was."""
    number = int(rest.lstrip("#")) if rest.lstrip("#").isdecimal() else None
    if word in ("stop", "escalate", *_ON_AN_ANSWER):
        return _on_an_order(word, rest, number, answered)
    if word in ("forget", "qa", "project", "knowledge", "quota"):
        return _with_words(word, rest)
    if word == "cost":
        period = rest or "today"
        if period not in views.PERIODS:
            return "Write /cost with today, week, month or all."
        return Command(name=Name.COST, period=period)  # type: ignore[arg-type]
    if word == "audit":
        if rest == "verify":
            return Command(name=Name.VERIFY)
        return Command(name=Name.AUDIT, number=number, fact="" if number is not None else rest)
    if word in ("status", "new"):
        return Command(name=Name(word))
    if word in ("help", "h", "?"):
        return None
    words = [usage.split()[0].strip("/,") for usage, _ in HELP]
    near = difflib.get_close_matches(word, words, n=1)
    return f"There is no command /{word}; " + (f"did you mean /{near[0]}?" if near else "/help lists them.")


def _markdown() -> Callable[[str], RenderableType]:
    """Markdown for a terminal; its library takes 0.1 s to load, so this is called in a thread."""
    from rich.markdown import Markdown

    return lambda text: Markdown(text, hyperlinks=False)
