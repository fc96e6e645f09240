"""Money for writing out recordings, which is priced by the minute: reserved before it is sent, settled after.

The rules are those of `company.metering`: no price, no call; no cap is overshot; what may have been spent is charged.
The ledger's row has no tokens, and its price is micro-dollars a second.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from decimal import Decimal

from company import budget
from company.books import Books
from company.budget import Busy, Caps, Price, Reservation, Wish
from company.clock import Clock
from company.errors import BudgetExceeded, ModelError, PriceUnknown
from company.records import Account, ModelRef, Purpose, Usage

EMPLOYEE = "voice"
"""Under this name it stands in the ledger and in /cost."""


class SpeechTill:
    """Pays for recordings.

    Args:
        books: where the ledger is.
        clock: time.
        caps: the caps in force.
        holder: "instance/run" of this process, for finding orphaned reservations.
    """

    def __init__(self, books: Books, clock: Clock, caps: Caps, holder: str) -> None:
        self._books = books
        self._clock = clock
        self._caps = caps
        self._holder = holder

    async def paid(
        self, ref: ModelRef, person_id: str, seconds: float, dollars_per_minute: Decimal | None,
        call: Callable[[], Awaitable[str]],
    ) -> str:  # fmt: skip
        """What `call` returns, with its price charged to the person.

        A `ModelError` of it with `usage` says that the provider may have done the work all the same: that is charged.

        Raises:
            PriceUnknown: there is no price.
            BudgetExceeded: a cap does not allow it, or others hold what is left.
        """
        if dollars_per_minute is None:
            raise PriceUnknown(f"{ref} has no price: set [voice] dollars_per_minute (0 for a server of your own).")
        wish = _wish(ref, person_id, seconds, dollars_per_minute)
        reservation = await self._reserve(wish)
        started = self._clock.monotonic()
        try:
            text = await call()
        except ModelError as error:
            await asyncio.shield(self._close(wish, reservation, started, type(error).__name__, error.usage is not None))
            raise
        except BaseException:  # cancelled: it may be on its way
            await asyncio.shield(self._close(wish, reservation, started, "stopped", True))
            raise
        await asyncio.shield(self._close(wish, reservation, started, "ok", True))
        return text

    async def _reserve(self, wish: Wish) -> Reservation | None:
        if wish.price.free:
            return None
        outcome = await self._books.write(budget.reserve, self._clock.now(), self._caps, wish, self._holder)
        if isinstance(outcome, Busy):
            raise BudgetExceeded(
                "Other orders hold the rest of the budget in reserve; try again when they are done.",
                scope=outcome.scope, needed_micro=0, left_micro=0,
            )  # fmt: skip
        return outcome

    async def _close(
        self, wish: Wish, reservation: Reservation | None, started: float, outcome: str, spent: bool
    ) -> None:
        latency, now = round((self._clock.monotonic() - started) * 1000), self._clock.now()
        if reservation is None:
            await self._books.write(
                budget.free_call, now, self._caps, wish, usage=Usage(), latency_ms=latency, outcome=outcome,
                holder=self._holder,
            )  # fmt: skip
        elif spent:
            await self._books.write(
                budget.settle, now, self._caps, reservation.id, usage=Usage(), charged=reservation.micro,
                latency_ms=latency, outcome=outcome,
            )  # fmt: skip
        else:
            await self._books.write(budget.release, now, reservation.id, outcome=outcome, latency_ms=latency)


def _wish(ref: ModelRef, person_id: str, seconds: float, dollars_per_minute: Decimal) -> Wish:
    """Whole seconds, rounded up: what providers bill."""
    second = dollars_per_minute * 1_000_000 / 60
    price = Price(input=second, output=Decimal(0), cache_read=Decimal(0), cache_write=Decimal(0))
    account = Account(person_id=person_id, employee=EMPLOYEE, purpose=Purpose.WORK)
    return Wish(
        ref=ref, price=price, account=account, input_tokens=math.ceil(seconds), max_output_tokens=0,
        typical_output_tokens=0,
    )  # fmt: skip
