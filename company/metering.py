"""The one metered door: every model call goes through `MeteredModel.complete`, so none escapes the ledger.

For each model of the caller's list: is its circuit closed, is there a price, reserve, call, settle. A call that fails
for a passing reason is repeated with jittered backoff ("full jitter", AWS Architecture Blog, "Exponential Backoff And
Jitter", 2015), then the next model is tried. Each try is its own row of the ledger.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from company import budget, exact_cache, org_chart, token_quota
from company.books import Books, to_json
from company.budget import Busy, Caps, Price, Reservation, Wish
from company.clock import Clock
from company.errors import (
    BudgetExceeded,
    ContextTooLong,
    ModelError,
    ModelNonsense,
    ModelOverloaded,
    ModelRefusedKey,
    ModelRejected,
    ModelUnavailable,
    NobodyAvailable,
    PriceUnknown,
)
from company.exact_cache import Flights
from company.ports import Also, Model, OnText
from company.records import Account, Completion, ModelCall, ModelRef, Purpose, Usage

log = logging.getLogger(__name__)

TRIES = 3
BACKOFF_S = (0.4, 1.5)  # before the second and third try, times a random 0.5 to 1
LONGEST_WAIT_S = 8.0  # a provider that asks for more is left for its fallback
CIRCUIT_FAILURES = 5
CIRCUIT_OPEN_S = 30.0
KEY_REFUSED_OPEN_S = 300.0
LONGEST_REST_S = 300.0  # a provider that asks for a longer rest is tried again after this
BUSY_WAIT_S = 660.0  # reservations of running calls end with them; none runs longer than this
LOOK_AGAIN_S = 1.0
TOOLS_PREAMBLE_TOKENS = 1024  # what a provider writes around tools or a schema: some hundreds at Claude
TYPICAL_EVERY = 25

Reserved = tuple[Wish, Reservation | Completion | None]
"""What a call may go on with: its money, or an earlier answer to the same; None when it costs nothing."""


@dataclass(slots=True)
class Circuit:
    """Whether a model is worth a try: opens after failures in a row, lets one call through when its time is over."""

    failures: int = 0
    open_until: float = 0.0
    probing: bool = False

    def closed(self, now: float) -> bool:
        """True when a call may be made; after an open time the first asker becomes the probe."""
        if self.open_until == 0.0:
            return True
        if now < self.open_until or self.probing:
            return False
        self.probing = True
        return True

    def worked(self) -> None:
        """A call came back."""
        self.failures, self.open_until, self.probing = 0, 0.0, False

    def failed(self, now: float, *, open_s: float = CIRCUIT_OPEN_S, at_once: bool = False) -> None:
        """A call did not come back."""
        self.failures += 1
        self.probing = False
        if at_once or self.failures >= CIRCUIT_FAILURES:
            self.open_until = now + open_s


@dataclass(slots=True)
class _Failures:
    """What the models of one call answered, to say at the end why nobody did."""

    passing: bool = False
    last: ModelError | PriceUnknown | None = None
    wait_s: float = 0.0
    reasons: list[str] = field(default_factory=list)

    def add(self, ref: ModelRef, error: ModelError | PriceUnknown | None, why: str = "") -> None:
        self.reasons.append(f"{ref}: {why or str(error).rstrip('.')}")
        if isinstance(error, (ModelUnavailable, ModelOverloaded, ModelNonsense)) or error is None:
            self.passing = True
            if error is not None and error.retry_after_s:
                self.wait_s = error.retry_after_s
        if error is not None:
            self.last = error


class MeteredModel:
    """Reserve, cache, call, retry, fall back, settle (the `Metered` port).

    Args:
        books: where the ledger is.
        doors: one `Model` per provider name.
        clock: time.
        caps: the caps in force.
        holder: "instance/run" of this process, for finding orphaned reservations.
        keep_ms: how long an answer is kept for the same call (`company.exact_cache`); 0 keeps none.
    """

    def __init__(
        self, books: Books, doors: Mapping[str, Model], clock: Clock, caps: Caps, holder: str, *,
        keep_ms: int = 24 * exact_cache.HOUR_MS,
    ) -> None:  # fmt: skip
        self._books = books
        self._doors = doors
        self._clock = clock
        self._caps = caps
        self._holder = holder
        self._keep_ms = keep_ms
        self._flights = Flights()
        self._circuits: dict[str, Circuit] = {}
        self._settled = asyncio.Event()
        self._typical: dict[tuple[str, str], tuple[int, int]] = {}

    def down(self, ref: ModelRef) -> bool:
        """Whether a model's circuit is open now (for status lines)."""
        circuit = self._circuits.get(str(ref))
        return circuit is not None and self._clock.monotonic() < circuit.open_until

    async def complete(
        self,
        models: tuple[ModelRef, ...],
        call: ModelCall,
        account: Account,
        *,
        on_text: OnText | None = None,
        also: Also | None = None,
        cache: bool = False,
    ) -> Completion:
        """The first of `models` that answers; see `company.ports.Metered`."""
        failures = _Failures()
        for ref in models:
            mine = replace(call, model=ref.model)
            key = exact_cache.key_of(ref, mine, account.person_id) if cache and self._keep_ms else ""
            async with self._flights.turn(key) as flight:
                completion = await self._with_retries(ref, mine, account, on_text, also, key, failures)
                flight.landed = completion is not None
            if completion is None and key:  # nobody is asked now, but the same may have been asked before
                hit = await self._books.read(exact_cache.find, self._clock.now(), key, self._keep_ms)
                completion = await self._serve_cached(_free(ref, account), hit, key, also) if hit else None
            if completion is not None:
                return completion
        if isinstance(failures.last, (ModelRejected, PriceUnknown)) and not failures.passing:
            raise failures.last
        raise NobodyAvailable(
            f"{'; '.join(failures.reasons) or 'none is configured'}.",
            retry_after_s=failures.wait_s,
        )

    async def _with_retries(
        self, ref: ModelRef, call: ModelCall, account: Account, on_text: OnText | None, also: Also | None, key: str,
        failures: _Failures,
    ) -> Completion | None:  # fmt: skip
        """One model, a few tries; None when the next model should be asked."""
        door = self._doors.get(ref.provider)
        circuit = self._circuits.setdefault(str(ref), Circuit())
        for number in range(_first_try(account), TRIES):
            if door is None:
                failures.add(ref, failures.last, "not configured")
                return None
            if not circuit.closed(self._clock.monotonic()):
                failures.add(ref, None, "resting after failures")
                return None
            try:
                completion = await self._once(door, ref, call, account, on_text, also, key)
            except PriceUnknown as error:
                circuit.probing = False
                failures.add(ref, error)
                return None
            except ContextTooLong:
                circuit.worked()
                raise
            except ModelError as error:
                self._note(circuit, error)
                if self.down(ref) or not await self._worth_another(error, number):
                    failures.add(ref, error)
                    return None
            except BaseException:  # no money, stopped, or a fault of ours: nothing is known of the model
                circuit.probing = False
                raise
            else:
                circuit.worked()
                return completion
        return None

    def _note(self, circuit: Circuit, error: ModelError) -> None:
        now = self._clock.monotonic()
        if isinstance(error, ModelRefusedKey):
            circuit.failed(now, open_s=KEY_REFUSED_OPEN_S, at_once=True)
        elif isinstance(error, ModelRejected):
            circuit.worked()  # it answered: the call was wrong, not the provider
        elif (rest := error.retry_after_s or 0.0) > LONGEST_WAIT_S:
            circuit.failed(now, open_s=min(rest, LONGEST_REST_S), at_once=True)
        else:
            circuit.failed(now)

    async def _worth_another(self, error: ModelError, number: int) -> bool:
        """Wait and say yes, or say no."""
        if isinstance(error, (ModelRejected, ModelRefusedKey)) or number >= len(BACKOFF_S):
            return False
        asked = error.retry_after_s or 0.0
        if asked > LONGEST_WAIT_S:
            return False
        jitter = BACKOFF_S[number] * (0.5 + random.random() / 2)  # noqa: S311 - spreads load, guards nothing
        await self._clock.sleep(max(asked, jitter))
        return True

    async def _once(
        self, door: Model, ref: ModelRef, call: ModelCall, account: Account, on_text: OnText | None, also: Also | None,
        key: str,
    ) -> Completion:  # fmt: skip
        """Reserve, call, settle: one row of the ledger. `key` finds an earlier answer to the same call."""
        wish, reservation = await self._reserve(ref, call, account, key)
        if isinstance(reservation, Completion):
            return await self._serve_cached(wish, reservation, key, also)
        if reservation is not None:
            call = replace(call, max_output_tokens=reservation.max_output_tokens)
        heard = _Heard(on_text)
        started = self._clock.monotonic()
        try:
            completion = await door.complete(call, heard)
        except ModelError as error:
            used = heard.at_least(error.usage, wish, call)
            heard.void()
            await asyncio.shield(self._close(wish, reservation, used, started, type(error).__name__))
            raise
        except BaseException:  # cancelled in mid-stream: what was streamed is charged by estimate, then on it goes
            await asyncio.shield(self._close(wish, reservation, heard.estimate(wish, call), started, "stopped"))
            raise
        latency = self._ms_since(started)
        completion = replace(completion, latency_ms=latency)
        try:
            await asyncio.shield(
                self._settle(wish, reservation, completion.usage, latency, "ok", completion, also, key)
            )
        except Exception:  # the turn can't be recorded (its claim is lost, say), but the money is spent
            await asyncio.shield(self._settle(wish, reservation, completion.usage, latency, "unrecorded", None, None))
            raise
        return completion

    async def _reserve(self, ref: ModelRef, call: ModelCall, account: Account, key: str) -> Reserved:
        """Set the money aside, waiting while other calls hold what is left."""
        typical = await self._typical_output(account.employee, ref.model)
        patience = self._clock.monotonic() + BUSY_WAIT_S
        while True:
            settled = self._settled
            outcome = await self._reserve_or_give_back(ref, call, account, typical, key)
            if not isinstance(outcome, Busy):
                return outcome
            if self._clock.monotonic() >= patience:
                raise BudgetExceeded(
                    "Other orders hold the rest of the budget in reserve; try again when they are done.",
                    scope=outcome.scope, needed_micro=0, left_micro=0,
                )  # fmt: skip
            await self._wait_for(settled)

    async def _reserve_or_give_back(
        self, ref: ModelRef, call: ModelCall, account: Account, typical: int, key: str
    ) -> Reserved | Busy:
        """A write that was begun is finished even when we are cancelled, so what it reserved must be given back."""
        writing = asyncio.ensure_future(
            self._books.write(
                _reserve, self._clock.now(), self._caps, ref, call, account, typical, self._holder, key, self._keep_ms
            )
        )
        try:
            return await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(writing))
            raise

    async def _give_back(self, writing: asyncio.Future[Reserved | Busy]) -> None:
        try:
            outcome = await writing
            if not isinstance(outcome, Busy) and isinstance(outcome[1], Reservation):
                await self._books.write(budget.release, self._clock.now(), outcome[1].id, outcome="stopped")
                self._tell_waiters()
        except BudgetExceeded:
            return  # nothing was reserved
        except Exception:  # the call is off, whatever it was; what stays reserved is returned at the next start
            log.exception("a reservation could not be given back")

    async def _wait_for(self, settled: asyncio.Event) -> None:
        """Another process may settle too, so look again after a while in any case."""
        waiting = asyncio.ensure_future(settled.wait())
        sleeping = asyncio.ensure_future(self._clock.sleep(LOOK_AGAIN_S))
        try:
            await asyncio.wait((waiting, sleeping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            sleeping.cancel()

    async def _typical_output(self, employee: str, model: str) -> int:
        """Measured anew every `TYPICAL_EVERY` calls."""
        uses, tokens = self._typical.get((employee, model), (0, 0))
        if uses % TYPICAL_EVERY == 0:
            tokens = await self._books.read(budget.typical_output, employee, model)
        self._typical[employee, model] = (uses + 1, tokens)
        return tokens

    async def _close(
        self, wish: Wish, reservation: Reservation | None, usage: Usage | None, started: float, outcome: str
    ) -> None:
        latency = self._ms_since(started)
        if usage is not None:
            await self._settle(wish, reservation, usage, latency, outcome, None, None)
        elif reservation is not None:
            await self._books.write(
                budget.release, self._clock.now(), reservation.id, outcome=outcome, latency_ms=latency
            )
            self._tell_waiters()

    async def _settle(
        self, wish: Wish, reservation: Reservation | None, usage: Usage, latency_ms: int, outcome: str,
        completion: Completion | None, also: Also | None, key: str = "",
    ) -> None:  # fmt: skip
        await self._books.write(
            _settle, self._clock.now(), self._caps, wish, reservation, usage, latency_ms, outcome, self._holder,
            completion, also, key,
        )  # fmt: skip
        self._tell_waiters()

    def _tell_waiters(self) -> None:
        self._settled.set()
        self._settled = asyncio.Event()

    async def _serve_cached(self, wish: Wish, hit: Completion, key: str, also: Also | None) -> Completion:
        completion, now = replace(hit, cached=True, latency_ms=0), self._clock.now()

        def write(tx: Connection) -> None:
            _settle(tx, now, self._caps, wish, None, Usage(), 0, "cached", self._holder, completion, also)
            exact_cache.saved(tx, now, wish.account, key, wish.ref, hit.usage, self._caps)

        await self._books.write(write)
        return completion

    def _ms_since(self, started: float) -> int:
        return round((self._clock.monotonic() - started) * 1000)


class _Heard:
    """Counts what was streamed, so that a call that is cut off can be charged by estimate."""

    def __init__(self, on_text: OnText | None) -> None:
        self._on_text = on_text
        self._bytes = 0

    def __call__(self, piece: str) -> None:
        self._bytes += len(piece.encode())
        if self._on_text is not None:
            self._on_text(piece)

    def void(self) -> None:
        """What was streamed comes to nothing: an empty piece says so."""
        if self._bytes and self._on_text is not None:
            self._on_text("")

    def estimate(self, wish: Wish, call: ModelCall) -> Usage:
        """About four bytes to a token, both ways; never more than the call was bounded to."""
        output = min(-(-self._bytes // 4), call.max_output_tokens)
        return Usage(input_tokens=wish.input_tokens // 4, output_tokens=output)

    def at_least(self, told: Usage | None, wish: Wish, call: ModelCall) -> Usage | None:
        """What a provider told before its stream broke, with the output that had arrived by then counted in."""
        guess = self.estimate(wish, call)
        if told is None:
            return guess if self._bytes else None
        return replace(told, output_tokens=max(told.output_tokens, guess.output_tokens))


def _first_try(account: Account) -> int:
    """Triage is tried once: the built-in router decides sooner than a pause is over."""
    return TRIES - 1 if account.purpose is Purpose.TRIAGE else 0


def input_bound(call: ModelCall) -> int:
    """An upper bound of a call's input tokens: a byte-level tokenizer makes at most one token of a byte."""
    size = len(call.system.encode()) + budget.MESSAGE_OVERHEAD_TOKENS
    for message in call.messages:
        size += budget.MESSAGE_OVERHEAD_TOKENS + len(message.text.encode()) + len(message.opaque.encode())
        size += sum(len(result.text.encode()) for result in message.tool_results)
        size += sum(len(to_json(tool_call.arguments).encode()) + 40 for tool_call in message.tool_calls)
    size += sum(len(to_json(tool).encode()) + 60 for tool in call.tools)
    size += len(to_json(call.schema).encode()) if call.schema else 0
    return size + (TOOLS_PREAMBLE_TOKENS if call.tools or call.schema else 0)


def _free(ref: ModelRef, account: Account) -> Wish:
    return Wish(
        ref=ref, price=budget.FREE, account=account, input_tokens=0, max_output_tokens=0, typical_output_tokens=0
    )  # fmt: skip


def _reserve(
    tx: Connection, now: int, caps: Caps, ref: ModelRef, call: ModelCall, account: Account, typical: int, holder: str,
    key: str, keep_ms: int,
) -> Reserved | Busy:  # fmt: skip
    if key and (hit := exact_cache.find(tx, now, key, keep_ms)) is not None:
        return _free(ref, account), hit
    if account.purpose is not Purpose.QA:  # what was written within the quota is inspected in any case
        token_quota.checked(tx, now, caps, account.person_id)
    price: Price = org_chart.price_of(tx, ref, caps.settings)
    wish = Wish(
        ref=ref, price=price, account=account, input_tokens=input_bound(call),
        max_output_tokens=call.max_output_tokens, typical_output_tokens=typical,
    )  # fmt: skip
    if price.free:
        return wish, None
    outcome = budget.reserve(tx, now, caps, wish, holder)
    return outcome if isinstance(outcome, Busy) else (wish, outcome)


def _settle(
    tx: Connection, now: int, caps: Caps, wish: Wish, reservation: Reservation | None, usage: Usage, latency_ms: int,
    outcome: str, holder: str, completion: Completion | None, also: Also | None, key: str = "",
) -> None:  # fmt: skip
    if reservation is None:
        budget.free_call(tx, now, caps, wish, usage=usage, latency_ms=latency_ms, outcome=outcome, holder=holder)
    else:
        charged = wish.price.cost(usage)
        budget.settle(
            tx, now, caps, reservation.id, usage=usage, charged=charged, latency_ms=latency_ms, outcome=outcome
        )
    if completion is None:
        return
    if also is not None:
        also(tx, completion)
    if key:
        exact_cache.keep(tx, now, key, completion)
