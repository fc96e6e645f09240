"""Searches that were made before: the same question of the same reader, while nothing in the index has changed.

In the process only, bounded, for one thread (the reading one). Whose documents were searched is part of the key, and
whatever changes the index, a deletion or a share too, drops all of it before the next look.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from company.clock import Clock
from company.retrieval_choice import RetrievalChoice
from knowledge.engine import Scope
from knowledge.lookups import Lookups
from knowledge.ranking import Ranked
from knowledge.search import Meant, Search

MOST = 256
KEEP_S = 600.0
"""An engine that was away for a moment leaves its mark on what is found, but no longer than this."""

_Key = tuple[str, int, Scope, str, str, RetrievalChoice]


class Repeated:
    """Stands before one `Search` of one index."""

    def __init__(self, search: Search, index: Lookups, clock: Clock) -> None:
        self._search = search
        self._index = index
        self._clock = clock
        self._known: OrderedDict[_Key, tuple[float, Sequence[Ranked]]] = OrderedDict()
        self._version = -1

    def forget(self) -> None:
        """The index is opened anew: its versions are counted from the beginning."""
        self._known.clear()
        self._version = -1

    def find(self, question: str, limit: int, scope: Scope, meant: Meant | None) -> Sequence[Ranked]:
        """See `Search.find`. Blocks."""
        version, now = self._index.version(), self._clock.monotonic()
        if version != self._version:
            self._known.clear()
            self._version = version
        embedder, model = self._search.embedder, meant.model if meant is not None else ""
        key = (question, limit, scope, model, embedder.model if embedder else "", self._search.choice)
        known = self._known.get(key)
        if known is not None and now - known[0] < KEEP_S:
            self._known.move_to_end(key)
            return known[1]
        found = self._search.find(question, limit, scope, meant)
        if self._index.version() == version:  # nothing changed meanwhile
            self._known[key] = (now, found)
            self._known.move_to_end(key)
            if len(self._known) > MOST:
                self._known.popitem(last=False)
        return found
