"""Messages through a bad line and many deaths: ours beside sending again blindly, and beside never sending again.

The same books, rows, limits and faults for all three; they differ in what they do about a message whose fate is not
known. The truth is read at the server: how often each message stands there, and in which order.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC
from itertools import pairwise
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from benchmarks.outbox_world import FAULTS, Counted, Server, turn
from benchmarks.table import WIDTH, load
from bot import outbox
from bot.limiter import Limiter
from bot.outbox import Dress, Sending
from bot.pictures import Darkroom, Studio
from bot.sender import Mailbox, Sender
from company.config_desks import TelegramSettings
from tests.fakes.clock import TurnedClock

CHATS = range(8001, 8041)
MESSAGES_A_KILL = 3
SETTLE_S = 5.0
KILLED_WITHIN_S = 0.5  # of a life, at random


class BlindResend(Sender):
    """What is not answered is sent again: the habit of most bots."""

    async def _look_for(self, row: Sending) -> int | None:
        return 0


class NeverResend(Sender):
    """What is not answered is given up, whether it arrived or not."""

    async def _look_for(self, row: Sending) -> int | None:
        await self._books.write(outbox.bury, self._clock.now(), row.id, "its fate is not known")
        return None


SENDERS: dict[str, type[Sender]] = {"NEXUS": Sender, "blind resend": BlindResend, "never resend": NeverResend}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The truth at the server. lost: messages that are not there; doubled: there more than once; disordered: that stand
    behind a later one of their chat."""

    messages: int
    kills: int
    lost: int
    doubled: int
    disordered: int
    sends: int
    probes: int
    faults: int
    turned_s: float
    took_s: float


async def simulate(policy: type[Sender], messages: int, *, seed: int = 1, chats: range = CHATS) -> Outcome:
    """Bring so many messages to their chats with one kill for every third."""
    begun, chance, clock = time.monotonic(), random.Random(seed), TurnedClock()
    with tempfile.TemporaryDirectory(prefix="nexus-outbox-") as folder:
        books = Counted(Path(folder) / "books.db", audit_key=b"a key for a simulation, 32 bytes")
        await books.open()
        server = Server(clock, books, chance, chats)
        try:
            kills = await _drive(policy, messages, clock, books, server, chance, chats)
        finally:
            server.close()
            await books.close()
    lost, doubled, disordered = _truth(server, messages, chats)
    return Outcome(
        messages=messages, kills=kills, lost=lost, doubled=doubled, disordered=disordered, sends=server.sends,
        probes=server.probes, faults=server.faults, turned_s=clock.monotonic(), took_s=time.monotonic() - begun,
    )  # fmt: skip


async def _drive(
    policy: type[Sender], messages: int, clock: TurnedClock, books: Counted, server: Server, chance: random.Random,
    chats: range,
) -> int:  # fmt: skip
    kills, written = 0, 0
    while True:
        async with _life(policy, clock, books, server) as mail:
            for _ in range(MESSAGES_A_KILL):
                if written < messages:
                    chat = chats[written % len(chats)]
                    await books.write(_post, clock, str(chat), f"message {written // len(chats)}")
                    mail.announce(str(chat))
                    written += 1
            mail.ring()
            if chance.random() < 0.3:
                server.write_something(chance.choice(chats))
            if written >= messages and kills >= messages // MESSAGES_A_KILL:

                async def settled() -> bool:
                    return await books.read(outbox.count_open) == 0

                await turn(clock, books, settled)
                return kills
            end = clock.monotonic() + chance.uniform(0, KILLED_WITHIN_S)
            dies = asyncio.get_running_loop().create_task(clock.sleep(end - clock.monotonic()))
            await turn(clock, books, dies.done)
        kills += 1


def _post(tx: Connection, clock: TurnedClock, chat: str, text: str) -> None:
    outbox.post(tx, clock.now(), chat, {"message": {"text": text}}, dress=Dress.ANSWER)


@asynccontextmanager
async def _life(policy: type[Sender], clock: TurnedClock, books: Counted, server: Server) -> AsyncIterator[Mailbox]:
    """A sender from its start to its sudden death; no grace."""
    mail = Mailbox(clock)
    limiter = Limiter(TelegramSettings(), clock)
    sender = policy(
        server, books, clock, limiter, mail, settle_s=SETTLE_S, grace_s=0.0, caught_up=server.caught_up,  # type: ignore[arg-type]
        on_sent=lambda row, message_id: None, darkroom=Darkroom(Studio()), zone=UTC,
        say=lambda *_, **__: "",
    )  # fmt: skip
    tasks = [asyncio.get_running_loop().create_task(part.run()) for part in (limiter, sender)]
    try:
        yield mail
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


def _truth(server: Server, messages: int, chats: range) -> tuple[int, int, int]:
    lost = doubled = disordered = 0
    for place, chat in enumerate(chats):
        stands = [int(shown.text.split()[1]) for shown in server.world.alive(chat) if shown.from_bot]
        copies = Counter(stands)
        wanted = range(len(range(place, messages, len(chats))))
        lost += sum(number not in copies for number in wanted)
        doubled += sum(count > 1 for count in copies.values())
        first = list(dict.fromkeys(stands))
        disordered += sum(later < earlier for earlier, later in pairwise(first))
    return lost, doubled, disordered


def run(quick: bool) -> None:
    """Print the table."""
    messages = 300 if quick else 3000
    found = {name: asyncio.run(simulate(policy, messages)) for name, policy in SENDERS.items()}
    table = Table(title=f"{messages:,} messages, {messages // MESSAGES_A_KILL:,} deaths", title_justify="left")
    table.add_column("what")
    for name in found:
        table.add_column(name, justify="right")
    for what in ("lost", "doubled", "disordered", "sends", "probes", "faults"):
        table.add_row(what, *(f"{getattr(outcome, what):,}" for outcome in found.values()))
    table.add_row("turned, minutes", *(f"{outcome.turned_s / 60:,.0f}" for outcome in found.values()))
    table.add_row("took, s", *(f"{outcome.took_s:,.0f}" for outcome in found.values()))
    console = Console()
    console.width = max(console.width, WIDTH)
    console.print(table)
    share = 100 * sum(FAULTS.values())
    console.print(f"  {share:.0f} % of the sends are dropped, delayed, refused or answered with an error. {load()}")
