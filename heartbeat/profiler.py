"""Samples what each order is doing while it is worked on: one thread that looks every few milliseconds.

The thread lives only while an order is in hand, so an idle house pays nothing. It reads frames of the loop's thread and
the chain of awaits of the watched tasks (docs.python.org/3/library/inspect.html, "cr_await"); it never runs their code.
What is seen stays in memory: the profiles of the latest orders, the commonest places of each.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType

from company.profiling import Profile, ProfileLine

ORDERS = 200
PLACES = 200
"""Different places of one order; what is seen beyond them is counted under `ELSEWHERE`."""
DEEPEST = 40
ROOT = f"{Path(__file__).resolve().parents[1]}/"
"""Functions of files below it are ours."""
_CODES = ("cr_code", "gi_code", "ag_code")
_AWAITED = ("cr_await", "gi_yieldfrom", "ag_await")
Place = tuple[str, tuple[str, ...]]
"""A department, and the stack that ends in it."""
ELSEWHERE: Place = ("", ("elsewhere",))
_LOOP = ("asyncio/events.py", "_run")


@dataclass(slots=True)
class _Watched:
    """A task at work on an order."""

    order_id: str
    task: asyncio.Task[object]
    loop: asyncio.AbstractEventLoop
    thread: int


@dataclass(slots=True)
class _Seen:
    running: Counter[Place] = field(default_factory=Counter)
    waiting: Counter[Place] = field(default_factory=Counter)


class Profiler:
    """A `company.profiling.Profiles`.

    Args:
        every_ms: between two samples; 0 takes none.
    """

    def __init__(self, every_ms: float) -> None:
        self._every_ms = every_ms
        self._lock = threading.Lock()
        self._watched: list[_Watched] = []
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._names: dict[CodeType, tuple[str, str]] = {}
        self._over = threading.Event()  # nobody is watched any more: the thread that got it ends

    @contextmanager
    def of(self, order_id: str) -> Iterator[None]:
        """Watch the current task for as long as the block runs."""
        task = asyncio.current_task()
        if not self._every_ms or task is None:
            yield
            return
        watched = _Watched(order_id, task, asyncio.get_running_loop(), threading.get_ident())
        with self._lock:
            self._watched.append(watched)
            if len(self._watched) == 1:
                self._over = threading.Event()
                threading.Thread(target=self._look, args=(self._over,), name="profiler", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._watched.remove(watched)
                if not self._watched:
                    self._over.set()

    def profile(self, order_id: str) -> Profile | None:
        """What was seen of an order up to now; None when nothing was, or it was long ago or before a restart."""
        with self._lock:
            seen = self._seen.get(order_id)
            if seen is None:
                return None
            running, waiting = Counter(seen.running), Counter(seen.waiting)
        lines = [
            ProfileLine(part=place[0], stack=place[1], running=running[place], waiting=waiting[place])
            for place, _ in (running + waiting).most_common()
        ]
        return Profile(
            order_id=order_id, every_ms=self._every_ms, samples=running.total() + waiting.total(), lines=tuple(lines)
        )  # fmt: skip

    def _look(self, over: threading.Event) -> None:
        """The thread: sample, pause, until nobody is watched."""
        while not over.is_set():
            with self._lock:
                watched = tuple(self._watched)
            for one in watched:
                self._sample(one)
            over.wait(self._every_ms / 1000)

    def _sample(self, one: _Watched) -> None:
        if one.task.done():
            return
        running = asyncio.current_task(one.loop) is one.task
        codes = _on_loop(sys._current_frames().get(one.thread), one.task) if running else _awaited(one.task)
        if running != (asyncio.current_task(one.loop) is one.task):
            return  # the loop went on meanwhile: what was read is half of one thing and half of another
        if (place := self._place(codes)) is None:
            return
        with self._lock:
            seen = self._seen.setdefault(one.order_id, _Seen())
            self._seen.move_to_end(one.order_id)
            while len(self._seen) > ORDERS:
                self._seen.popitem(last=False)
            counts = seen.running if running else seen.waiting
            known = place in counts or len(seen.running) + len(seen.waiting) < PLACES
            counts[place if known else ELSEWHERE] += 1

    def _place(self, codes: list[CodeType]) -> Place | None:
        """Our functions, and behind them the one of somebody else in which they are just now."""
        named = [self._name(code) for code in codes]
        ours = [(part, name) for part, name in named if part]
        if not ours:
            return None
        foreign = () if named[-1][0] else (named[-1][1],)
        return ours[-1][0], (*(name for _, name in ours), *foreign)

    def _name(self, code: CodeType) -> tuple[str, str]:
        """The department of a function, "" where it is not ours, and its file and name."""
        if (known := self._names.get(code)) is None:
            path, folder = code.co_filename, ""
            if path.startswith(ROOT) and "/site-packages/" not in path:
                path = path.removeprefix(ROOT)
                folder = path.partition("/")[0]
            else:
                path = "/".join(Path(path).parts[-2:])
            known = self._names[code] = (folder, f"{path} {code.co_qualname}")
        return known


def _on_loop(frame: FrameType | None, task: asyncio.Task[object]) -> list[CodeType]:
    """The stack of the loop's thread below the loop itself, outermost first.

    In a greenlet, as SQLAlchemy runs statements for PostgreSQL, the stack ends at its first function: what the task
    began with is put before that.
    """
    found: list[CodeType] = []
    while frame is not None:
        code = frame.f_code
        if code.co_name == _LOOP[1] and code.co_filename.endswith(_LOOP[0]):
            break
        found.append(code)
        frame = frame.f_back
    if frame is None:
        found += [began for name in _CODES if (began := getattr(task.get_coro(), name, None)) is not None]
    return found[DEEPEST - 1 :: -1] if len(found) > DEEPEST else found[::-1]


def _awaited(task: asyncio.Task[object]) -> list[CodeType]:
    """Where a task waits: its coroutine, what that awaits, and so on."""
    found: list[CodeType] = []
    awaited: object = task.get_coro()
    while awaited is not None and len(found) < DEEPEST:
        code = next((code for name in _CODES if (code := getattr(awaited, name, None)) is not None), None)
        if code is None:
            break
        found.append(code)
        awaited = next((beyond for name in _AWAITED if (beyond := getattr(awaited, name, None)) is not None), None)
    return found
