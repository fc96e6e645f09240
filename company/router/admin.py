"""The Admin: triage by a local model through the metered door, with the built-in router behind it.

The model is asked only when the built-in router is not certain, and is believed only as far as it can be checked: the
ladder is computed here, the brief may lose no fact that extraction kept, and small talk or a question of state must
show in the words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from string import Template

from company.clock import Clock
from company.errors import NexusError
from company.ports import Metered
from company.records import Account, Assignment, Difficulty, Exchange, Kind, ModelRef, Purpose, Reason, WorkOrder
from company.router.builtin import BuiltinRouter, Decision
from company.router.compress import merge
from company.router.features import Features
from company.router.triage import Triage, build_call, has_history, load_prompt, parse

_FAILURES = 3  # in a row, then the model is left alone
_REST_S = 60.0
_CLERK_WORDS = 20
_SIGNS_OF = {Kind.SMALLTALK: ("thanks", "greet", "bye", "ack", "help", "about"), Kind.STATE: ("state",)}


class Admin:
    """Implements the `Router` port.

    Args:
        metered: the door for model calls, or None to work without a model.
        builtin: decides what is certain, and everything when the model is absent, slow, busy or talks nonsense.
        clock: measures; after three failures in a row the model is left alone for 60 s of it.
        model: whom to ask, e.g. ollama/qwen3:8b, or None.
        timeout_s: after that many seconds the built-in decision is taken.
        brief_tokens: limit of the brief, estimated tokens.
        in_flight: at most so many questions at once; further orders are decided built-in rather than made to wait.
        present: whether the model's provider is there; when it says no the built-in decision is taken at once.
    """

    def __init__(
        self,
        metered: Metered | None,
        builtin: BuiltinRouter,
        clock: Clock,
        model: ModelRef | None,
        timeout_s: float = 4.0,
        brief_tokens: int = 700,
        *,
        in_flight: int = 4,
        present: Callable[[], bool] = lambda: True,
    ) -> None:
        self._metered = metered
        self._builtin = builtin
        self._clock = clock
        self._model = model
        self._timeout_s = timeout_s
        self._brief_tokens = brief_tokens
        self._free = in_flight
        self._present = present
        self._failures = 0
        self._rest_until = 0.0
        self._prompt: Template | None = None

    async def assign(self, order: WorkOrder, history: tuple[Exchange, ...]) -> Assignment:
        """Decide who works on the order and with which brief. Raises nothing but `CancelledError`."""
        began = self._clock.monotonic()
        decision = await self._builtin.consider(order, history)
        assignment = await self._ask(order, history, decision)
        return replace(assignment, elapsed_ms=(self._clock.monotonic() - began) * 1000)

    async def _ask(self, order: WorkOrder, history: tuple[Exchange, ...], decision: Decision) -> Assignment:
        if decision.certain or self._metered is None or self._model is None:
            return decision.assignment
        idle = self._why_not_now()
        if idle is not None:
            return _because(decision.assignment, idle)
        self._free -= 1
        try:
            triage, problem = await self._triage(self._metered, self._model, order, decision)
        finally:
            self._free += 1
        if triage is None:
            self._failed()
            return _because(decision.assignment, Reason(code="admin-unavailable", text=problem))
        self._failures = 0
        return self._combine(order, history, decision, triage, self._model)

    def _why_not_now(self) -> Reason | None:
        if not self._present():
            return Reason(code="admin-absent", text="The Admin's model is not there; decided without it.")
        if self._free <= 0:
            return Reason(code="admin-busy", text="The Admin's model is busy; decided without it.")
        if self._failures >= _FAILURES:
            if self._clock.monotonic() < self._rest_until:
                return Reason(
                    code="admin-resting", text="The Admin's model failed three times; it is tried again soon."
                )
            self._rest_until = self._clock.monotonic() + _REST_S  # this one tries; the others go on without
        return None

    def _failed(self) -> None:
        self._failures += 1
        if self._failures >= _FAILURES:
            self._rest_until = self._clock.monotonic() + _REST_S

    async def _triage(
        self, metered: Metered, model: ModelRef, order: WorkOrder, decision: Decision
    ) -> tuple[Triage | None, str]:
        """The model's judgement, or None and why there is none."""
        account = Account(person_id=order.person_id, employee="admin", purpose=Purpose.TRIAGE, order_id=order.id)
        try:
            if self._prompt is None:
                self._prompt = await asyncio.to_thread(load_prompt)
            call = build_call(
                self._prompt, model, order, decision.assignment.brief,
                library_is_empty=self._builtin.library_is_empty(), timeout_s=self._timeout_s,
            )  # fmt: skip
            async with asyncio.timeout(self._timeout_s):
                completion = await metered.complete((model,), call, account, cache=True)
        except TimeoutError:
            return None, f"The Admin's model took longer than {self._timeout_s:g} s; decided without it."
        except (NexusError, OSError, ValueError) as error:
            return None, f"The Admin's model could not be asked ({type(error).__name__}); decided without it."
        triage = parse(completion.text)
        return triage, "" if triage else "The Admin's model gave no usable answer; decided without it."

    def _combine(
        self, order: WorkOrder, history: tuple[Exchange, ...], decision: Decision, triage: Triage, model: ModelRef
    ) -> Assignment:
        built = decision.assignment
        kind, level, reasons = self._believed(decision, triage)
        brief = merge(triage.brief, built.brief, self._brief_tokens) if has_history(history) else ""
        assignment = self._builtin.assignment(
            order, decision.features, kind, level, triage.language or built.language, brief, reasons
        )
        return replace(assignment, router=str(model))

    def _believed(self, decision: Decision, triage: Triage) -> tuple[Kind, Difficulty, tuple[Reason, ...]]:
        """The model's kind and difficulty, corrected where the text shows that they can't be."""
        kind, level = triage.kind, triage.difficulty
        reasons = [Reason(code="admin", text=triage.why or f"Judged {kind.value}, {level.value}.")]
        if kind in _SIGNS_OF and not _shows(decision.features, kind):
            reasons.append(Reason(code="corrected", text=f"No word of it is {kind.value}; a model must answer."))
            kind = Kind.CHAT
        if triage.needs_documents and kind in (Kind.CHAT, Kind.STATE) and not self._builtin.library_is_empty():
            kind = Kind.DOCUMENTS
            reasons.append(Reason(code="needs-documents", text="The answer is looked for in your documents."))
        if kind in _SIGNS_OF:
            level = Difficulty.TRIVIAL
        return kind, level, tuple(reasons)


def _shows(features: Features, kind: Kind) -> bool:
    """Whether the Clerk could answer it as that: a short message, the words are there, thanks ask nothing besides."""
    if features.words > _CLERK_WORDS or features.block_chars or (kind is Kind.SMALLTALK and features.questions):
        return False
    return any(features.asked[sign] for sign in _SIGNS_OF[kind])


def _because(assignment: Assignment, reason: Reason) -> Assignment:
    return replace(assignment, reasons=(*assignment.reasons, reason))
