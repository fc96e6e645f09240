"""Keeps the engine and the vectors of meaning in step with the index. Blocks; called in the thread that writes.

What comes in is put into the engine at once (`Index.replace`). What this module sees to is the rest: a start after a
kill, an engine that was away, another model of meaning. Each is a list of passages that wait, worked off a slice at a
time, while searches go on by what there is.
"""

from __future__ import annotations

from pathlib import Path

from knowledge import meaning
from knowledge.engine import Engine, EngineBroken
from knowledge.index import Index
from knowledge.search import Search

GROWTH = 2.0
"""The model is fitted again when there are this many times more (or fewer) passages than it was fitted on."""


class Upkeep:
    """For one index with its engine. `without` says why the engine is not used, "" when it is."""

    def __init__(self, index: Index, search: Search, engine: Engine | None, folder: Path) -> None:
        """`folder` is where the fitted model is kept."""
        self._index = index
        self._search = search
        self._engine = engine
        self._file = folder / "knowledge.meaning.npz"
        self._fits = False
        self.without = ""

    def open(self) -> None:
        """Open the engine, load the model, and note what has to be put there. Never fails: without, words are left."""
        if self._engine is None:
            return
        self._fits = meaning.available()
        try:
            self._engine.open(meaning.DIMENSIONS if self._fits else 0)
        except EngineBroken as error:
            self._fits = False
            self.without = f"searching by SQLite alone: {error}"
            return
        self.without = ""
        self._use(meaning.FittedMeaning.load(self._file) if self._fits else None)
        self._index.agree()

    def step(self) -> bool:
        """Do one piece of what waits; False when nothing does."""
        if self._engine is None or self.without:
            return False
        if self._index.catch_up():
            return True
        passages = self._index.counts().passages
        if not self._fits or passages < meaning.LEAST:
            return False
        model = self._index.embedder
        fitted_on = model.fitted_on if isinstance(model, meaning.FittedMeaning) else 0
        if fitted_on and fitted_on / GROWTH <= passages <= fitted_on * GROWTH:
            return False
        fitted = meaning.fit(self._index.sample(meaning.SAMPLE), passages)
        fitted.save(self._file)
        self._use(fitted)
        return self._index.agree() > 0

    def _use(self, model: meaning.FittedMeaning | None) -> None:
        self._index.embedder = self._search.embedder = model
