"""`python -m benchmarks.router [--errors]`: accuracy, confusion, cost of errors and time, beside simple baselines.

`--errors` lists the errors of the development part, and of no other.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.router.labelled import Labelled, load
from company.clock import SystemClock
from company.records import ConversationKey, Desk, Difficulty, Exchange, Kind, State, WorkOrder
from company.router.builtin import BuiltinRouter

_LEVELS = tuple(Difficulty)
_COST = {Difficulty.TRIVIAL: 1, Difficulty.NORMAL: 3, Difficulty.COMPLEX: 5}
"""Relative price of the tier an order starts at: list prices of Haiku, Sonnet and Opus, 1 : 3 : 5."""

Judgement = tuple[Kind, Difficulty, str]


def order_of(text: str) -> WorkOrder:
    """A bare order around a message."""
    key = ConversationKey(desk=Desk.CONSOLE, chat="bench")
    return WorkOrder(
        id="o", number=1, conversation_id="c", conversation=key, person_id="p", parent_id=None, state=State.ACCEPTED,
        claim=1, text=text, blocks=(), message_id="", reply_to_order=None, wanted_tier=None, priority=0,
        deadline_at=None, assignment=None, rung=0, crashes=0, waiting_for="", answer="", label="", end_reason="",
        created_at=0, updated_at=0, finished_at=None,
    )  # fmt: skip


def _always_normal(_text: str) -> Judgement:
    return Kind.CHAT, Difficulty.NORMAL, "en"


def _length_only(text: str) -> Judgement:
    size = len(text.encode())
    level = Difficulty.TRIVIAL if size < 50 else Difficulty.NORMAL if size < 180 else Difficulty.COMPLEX
    return Kind.CHAT, level, "en"


def _share(count: float, total: int) -> str:
    return f"{100 * count / total:.1f} %" if total else "-"


def _accuracies(
    console: Console, parts: dict[str, list[Labelled]], judges: dict[str, Callable[[str], Judgement]]
) -> None:
    table = Table(
        "part", "messages", "router", "kind", "difficulty", "language", "under", "over", "cost", title="Accuracy"
    )
    for part, messages in parts.items():
        for name, judge in judges.items():
            verdicts = [judge(message.text) for message in messages]
            pairs = list(zip(messages, verdicts, strict=True))
            right = [
                sum(message.kind is kind for message, (kind, _, _) in pairs),
                sum(message.difficulty is level for message, (_, level, _) in pairs),
                sum(message.language in (tongue, "xx") for message, (_, _, tongue) in pairs),
            ]
            steps = [_LEVELS.index(level) - _LEVELS.index(message.difficulty) for message, (_, level, _) in pairs]
            spent = sum(_COST[level] for _, level, _ in verdicts) / sum(_COST[entry.difficulty] for entry in messages)
            table.add_row(
                part, str(len(messages)), name, *(_share(count, len(messages)) for count in right),
                _share(sum(step < 0 for step in steps), len(steps)),
                _share(sum(step > 0 for step in steps), len(steps)),
                f"{spent:.2f}",
            )  # fmt: skip
    table.caption = (
        "under/over: started below or above the right tier. cost: first attempts against perfect routing, prices 1:3:5."
    )
    console.print(table)


def _confusion(console: Console, title: str, messages: Sequence[Labelled], judge: Callable[[str], Judgement]) -> None:
    table = Table("is \\ judged", *(level.value for level in _LEVELS), title=title)
    counts = Counter((message.difficulty, judge(message.text)[1]) for message in messages)
    for level in _LEVELS:
        table.add_row(level.value, *(str(counts[level, other]) for other in _LEVELS))
    console.print(table)


def _by_language(console: Console, messages: Sequence[Labelled], judge: Callable[[str], Judgement]) -> None:
    table = Table(
        "language", "messages", "kind", "difficulty", "language right", title="Held-out and fresh, by language"
    )
    for tongue in sorted({message.language for message in messages}):
        own = [message for message in messages if message.language == tongue]
        verdicts = [judge(message.text) for message in own]
        pairs = list(zip(own, verdicts, strict=True))
        table.add_row(
            tongue, str(len(own)), _share(sum(entry.kind is kind for entry, (kind, _, _) in pairs), len(own)),
            _share(sum(entry.difficulty is level for entry, (_, level, _) in pairs), len(own)),
            _share(sum(entry.language in (found, "xx") for entry, (_, _, found) in pairs), len(own)),
        )  # fmt: skip
    console.print(table)


def _times(console: Console, router: BuiltinRouter, messages: Sequence[Labelled]) -> None:
    history = tuple(
        Exchange(number=number, question=f"Question {number} about plan B{number}?", answer="Some words. " * 20, at=0)
        for number in range(1, 31)
    )
    table = Table("what", "p50 ms", "p99 ms", title="Time of one decision")
    cases: dict[str, tuple[tuple[Exchange, ...], Sequence[Labelled]]] = {
        "message alone": ((), [*messages] * 5),
        "with 30 earlier exchanges": (history, messages),
    }
    for name, (earlier, texts) in cases.items():
        taken = []
        for message in texts:
            order = order_of(message.text)
            began = time.perf_counter()
            router.decide(order, earlier)
            taken.append((time.perf_counter() - began) * 1000)
        cuts = statistics.quantiles(taken, n=100)
        table.add_row(name, f"{statistics.median(taken):.2f}", f"{cuts[98]:.2f}")
    console.print(table)


def _errors(console: Console, messages: Sequence[Labelled], judge: Callable[[str], Judgement]) -> None:
    for message in messages:
        kind, level, tongue = judge(message.text)
        if (kind, level) != (message.kind, message.difficulty) or message.language not in (tongue, "xx"):
            console.print(
                f"{message.kind.value}->{kind.value} {message.difficulty.value}->{level.value} "
                f"{message.language}->{tongue} | "
                f"{message.text[:150]!r}",
                markup=False, highlight=False, soft_wrap=True,
            )  # fmt: skip


def main() -> None:
    """Run everything and print it."""
    console = Console()
    router = BuiltinRouter(
        SystemClock(), available=lambda: frozenset({"intern", "director", "ceo"}), library_is_empty=lambda: False
    )

    def builtin(text: str) -> Judgement:
        decided = router.decide(order_of(text), ()).assignment
        return decided.kind, decided.difficulty, decided.language

    messages = load()
    parts = {
        part: [message for message in messages if message.part == part]
        for part in ("dev", "hard", "everyday", "held", "fresh")
    }
    parts = {part: own for part, own in parts.items() if own}
    judges = {"built-in": builtin, "always normal": _always_normal, "length only": _length_only}
    if "--errors" in sys.argv:
        _errors(console, [*parts["dev"], *parts["hard"], *parts["everyday"]], builtin)
        return
    _accuracies(console, parts, judges)
    for part, own in parts.items():
        _confusion(console, f"Difficulty, {part}", own, builtin)
    _by_language(console, [message for message in messages if message.part != "dev"], builtin)
    _times(console, router, messages)


if __name__ == "__main__":
    main()
