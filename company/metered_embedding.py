"""Vectors of meaning from a provider, through the ledger: reserve, call, settle. A local model's calls are counted too.

One try a call: who asks goes on without vectors, and tries again when the provider may be back. Beside the caps that
hold for every call, all of them together have one of their own, `[budget] embeddings_day`.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from company import budget, org_chart
from company.books import Books
from company.budget import Busy, Caps, Reservation, Scope, Wish
from company.clock import Clock, day_of
from company.embedding_records import Embedded, EmbeddingCall, Vector
from company.errors import BudgetExceeded, ModelError, ModelNonsense
from company.library_ports import Embeds
from company.money import dollars, micro
from company.records import Account, ModelRef, Purpose, Usage
from company.schema import ledger

EMPLOYEE = "library"
"""Its line in `/cost`."""
COMPANY = "company"
"""Who pays for the vectors of documents: nobody's own day."""
QUESTION_S = 8.0
PASSAGES_S = 120.0
TOKENS_BESIDE = 8  # marks that a model sets round each text


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefixes:
    """What some models want to read before a question and before a passage ("query: ", "search_document: ")."""

    question: str = ""
    passage: str = ""


class MeteredEmbedder:
    """Implements `company.library_ports.Embedder`.

    Args:
        books: where the ledger is.
        door: to the provider.
        ref: the model.
        clock: time.
        caps: the caps in force.
        holder: "instance/run" of this process, for finding orphaned reservations.
        prefixes: of the model; another one before passages makes other vectors, so it is part of `model`.
    """

    def __init__(
        self, books: Books, door: Embeds, ref: ModelRef, clock: Clock, caps: Caps, holder: str, prefixes: Prefixes
    ) -> None:
        self._books = books
        self._door = door
        self._ref = ref
        self._clock = clock
        self._caps = caps
        self._holder = holder
        self._prefixes = prefixes
        self._running: set[asyncio.Task[Embedded]] = set()
        mark = hashlib.sha256(prefixes.passage.encode()).hexdigest()[:8] if prefixes.passage else ""
        self.model = f"{ref}#{mark}" if mark else str(ref)

    async def passages(self, texts: Sequence[str]) -> Sequence[Vector]:
        """See `Embedder`."""
        said = tuple(self._prefixes.passage + text for text in texts)
        return (await self._embed(said, COMPANY, PASSAGES_S)).vectors

    async def question(self, text: str, *, person_id: str) -> Vector:
        """See `Embedder`."""
        return (await self._embed((self._prefixes.question + text,), person_id, QUESTION_S)).vectors[0]

    async def close(self) -> None:
        """End what runs; each call settles what it has used."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)

    async def _embed(self, texts: tuple[str, ...], person_id: str, timeout_s: float) -> Embedded:
        """Who asked may stop waiting: the call then runs to its end behind their back, and is settled."""
        task = asyncio.create_task(self._once(texts, person_id, timeout_s))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        task.add_done_callback(_heard)
        return await asyncio.shield(task)

    async def _once(self, texts: tuple[str, ...], person_id: str, timeout_s: float) -> Embedded:
        account = Account(person_id=person_id, employee=EMPLOYEE, purpose=Purpose.EMBEDDING)
        wish, reservation = await self._books.write(
            _reserve, self._clock.now(), self._caps, self._ref, texts, account, self._holder
        )
        started = self._clock.monotonic()
        try:
            answer = await self._door.embed(EmbeddingCall(model=self._ref.model, texts=texts, timeout_s=timeout_s))
        except BaseException as error:
            # an answer that was of no use, and a call that was cut off, may have been charged: about four bytes a token
            lost = isinstance(error, ModelNonsense) or not isinstance(error, ModelError)
            used = Usage(input_tokens=wish.input_tokens // 4) if lost else Usage()
            await asyncio.shield(self._settle(wish, reservation, used, started, type(error).__name__))
            raise
        used = answer.usage if answer.usage.input_tokens else Usage(input_tokens=wish.input_tokens)
        await asyncio.shield(self._settle(wish, reservation, used, started, "ok"))
        return answer

    async def _settle(
        self, wish: Wish, reservation: Reservation | None, usage: Usage, started: float, outcome: str
    ) -> None:
        latency = round((self._clock.monotonic() - started) * 1000)
        await self._books.write(
            _settle, self._clock.now(), self._caps, wish, reservation, usage, latency, outcome, self._holder
        )


def _heard(task: asyncio.Task[Embedded]) -> None:
    """The error of a call that nobody waits for any more is settled; it needs no traceback."""
    if not task.cancelled():
        task.exception()


def _reserve(
    tx: Connection, now: int, caps: Caps, ref: ModelRef, texts: tuple[str, ...], account: Account, holder: str
) -> tuple[Wish, Reservation | None]:
    """Set money aside; None for a model that is free. Raises `BudgetExceeded` or `PriceUnknown`."""
    price = org_chart.price_of(tx, ref, caps.settings)
    bound = sum(len(text.encode()) + TOKENS_BESIDE for text in texts)
    wish = Wish(
        ref=ref, price=price, account=account, input_tokens=bound, max_output_tokens=0, typical_output_tokens=0
    )  # fmt: skip
    if price.free:
        return wish, None
    outcome = budget.reserve(tx, now, caps, wish, holder)
    if isinstance(outcome, Busy):
        raise BudgetExceeded(
            "Running orders hold the rest of the budget in reserve.", scope=outcome.scope, needed_micro=0, left_micro=0
        )  # fmt: skip
    cap, used = micro(caps.settings.embeddings_day), _used_today(tx, now, caps)
    if used > cap:  # raising undoes the reservation: check and reserve are one act
        left = max(0, cap - used + outcome.micro)
        raise BudgetExceeded(
            f"Vectors of meaning may cost {dollars(cap)} a day ([budget] embeddings_day), and {dollars(left)} is left.",
            scope=Scope.DAY, needed_micro=outcome.micro, left_micro=left, cap_micro=cap,
        )  # fmt: skip
    return wish, outcome


def _used_today(tx: Connection, now: int, caps: Caps) -> int:
    charged = func.coalesce(func.sum(ledger.c.charged_micro), 0)
    held = select(func.coalesce(func.sum(ledger.c.reserved_micro), 0)).where(ledger.c.state == "reserved")
    mine = (ledger.c.day == day_of(now, caps.zone)) & (ledger.c.purpose == Purpose.EMBEDDING)
    return int(tx.scalar(select(charged).where(mine)) or 0) + int(tx.scalar(held.where(mine)) or 0)


def _settle(
    tx: Connection, now: int, caps: Caps, wish: Wish, reservation: Reservation | None, usage: Usage, latency_ms: int,
    outcome: str, holder: str,
) -> None:  # fmt: skip
    if reservation is None:
        budget.free_call(tx, now, caps, wish, usage=usage, latency_ms=latency_ms, outcome=outcome, holder=holder)
    elif usage == Usage():
        budget.release(tx, now, reservation.id, outcome=outcome, latency_ms=latency_ms)
    else:
        budget.settle(
            tx, now, caps, reservation.id, usage=usage, charged=wish.price.cost(usage), latency_ms=latency_ms,
            outcome=outcome,
        )  # fmt: skip
