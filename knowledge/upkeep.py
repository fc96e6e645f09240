"""Keeps the engine and the vectors of meaning in step with the index. Blocks; called in the thread that writes.

What comes in is put into the engine at once (`Index.replace`). What this module sees to is the rest: a start after a
kill, an engine that was away, another model of meaning. Each is a list of passages that wait, worked off a slice at a
time, while searches go on by what there is. A model is fitted in a child process (`knowledge.fitting`); where a model
that reads text is wanted instead, its vectors are made by `knowledge.dense`, and come into use when there are all.
"""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

from knowledge import fitting, meaning
from knowledge.engine import Engine, EngineBroken
from knowledge.index import Index
from knowledge.search import Search

GROWTH = 2.0
"""The model is fitted again when there are this many times more (or fewer) passages than it was fitted on."""
WORTH_AN_ENGINE = 5_000
"""Passages from which the engine inside this process pays: below, SQLite alone finds the same within milliseconds, and
20 MB of memory are left to others."""
UNTIDY = 1_000
"""Dropped points from which tidying is worth the second that it takes; fewer are reused."""
MISSING = 10
"""One in so many passages may still be without its vector while questions are compared by them."""
_CLOSE_S = 5.0


class Upkeep:
    """For one index with its engine. `without` says why the engine is not used, "" when it is."""

    def __init__(
        self, index: Index, search: Search, engine: Engine | None, folder: Path, *, least: int = 0, wanted: str = ""
    ) -> None:
        """`folder` is where the index and the fitted model are kept. Below `least` passages no engine is opened.

        `wanted` is the model of meaning whose vectors are kept in the index; "" for fitted ones.
        """
        self._index = index
        self._wanted = wanted
        self._dimensions = 0
        self._least = 0 if wanted else least
        self._small = False
        self._search = search
        self._engine = engine
        self._file = folder / "knowledge.meaning.npz"
        self._child: subprocess.Popen[bytes] | None = None
        self._fits = False
        self.without = "" if engine is None else "the search engine is not open yet"

    def open(self) -> None:
        """Open the engine, load the model, and note what has to be put there. Never fails: without, words are left."""
        if self._engine is None:
            return
        self._fits = not self._wanted and meaning.available()
        least = min(self._least, meaning.LEAST) if self._fits else self._least
        self._small = self._index.counts().passages < least
        if self._small:  # looked at again by `step`
            self.without = ""
            return
        kept = bool(self._wanted) and self._index.held() == self._wanted
        if not self._opened(self._engine, self._kept_size() if kept else meaning.DIMENSIONS if self._fits else 0):
            return
        self._index.model = self._wanted if kept else ""
        self._use(meaning.FittedMeaning.load(self._file) if self._fits else None)
        self._index.agree()

    def _opened(self, engine: Engine, dimensions: int) -> bool:
        try:
            engine.open(dimensions)
        except EngineBroken as error:
            self._fits = False
            self.without = f"searching by SQLite alone: {error}"
            return False
        self.without, self._dimensions = "", dimensions
        return True

    def _kept_size(self) -> int:
        return self._index.dimensions(self._wanted)

    def in_use(self) -> bool:
        """Whether the engine has the vectors of the wanted model, or all but a few of them."""
        if not self._wanted or self.without or self._index.model != self._wanted:
            return False
        counts = self._index.counts()
        return counts.waiting * MISSING <= counts.passages

    def close(self) -> None:
        """Give up a model that is being fitted, have the engine give back what was dropped, close it. Always safe."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait(_CLOSE_S)
        if self._engine is None:
            return
        if self._index.dropped >= UNTIDY:
            with contextlib.suppress(EngineBroken):
                self._engine.tidy()
            self._index.dropped = 0
        self._engine.close()

    def step(self) -> bool:
        """Do one piece of what waits; False when there is nothing to do now (a model may still be being fitted)."""
        if self.without or self._small:
            self.open()  # a server may be back, another process may have ended, there may be more passages by now
        if self._engine is None or self.without or self._small:
            return False
        if self._wanted:
            self._take_vectors(self._engine)
        if self._index.catch_up():
            return True
        if self._child is not None:
            return self._take_over(self._child)
        if self._fits and self._outgrown():
            self._child = fitting.start(self._index.path, self._file)
        return False

    def finish(self) -> None:
        """Do all that waits, a model that is due included; for tests and benchmarks, which want it now."""
        while self.step() or self._child is not None:
            if self._child is not None:
                self._child.wait()

    def _take_vectors(self, engine: Engine) -> None:
        """Have the engine hold the vectors of the wanted model, once there is one of each passage."""
        size = self._kept_size()
        if self._index.model != self._wanted and (not size or self._index.unembedded(self._wanted, 1)):
            return
        if self._index.model == self._wanted and (not size or size == self._dimensions):
            return
        if size != self._dimensions:
            engine.close()
            if not self._opened(engine, size):
                return
        self._index.model = self._wanted
        self._index.agree()

    def _outgrown(self) -> bool:
        passages = self._index.counts().passages
        model = self._index.embedder
        fitted_on = model.fitted_on if isinstance(model, meaning.FittedMeaning) else 0
        within = fitted_on and fitted_on / GROWTH <= passages <= fitted_on * GROWTH
        return passages >= meaning.LEAST and not within

    def _take_over(self, child: subprocess.Popen[bytes]) -> bool:
        """The model that the child has written, when it has; after a failure none is tried until the next start."""
        ended = child.poll()
        if ended is None:
            return False
        self._child = None
        fitted = meaning.FittedMeaning.load(self._file) if ended == 0 else None
        if fitted is None:
            self._fits = False
            return False
        self._use(fitted)
        return self._index.agree() > 0

    def _use(self, model: meaning.FittedMeaning | None) -> None:
        self._index.embedder = self._search.embedder = model
