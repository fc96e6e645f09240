"""Vectors of meaning by a model that reads text: of what waits, batch after batch, and of questions.

The model may be far away, cost money, be slow or be down, so nothing waits for it longer than it must: passages are
found by their words from the moment they are in, and a question that gets no vector in time is answered by words.
What was made is kept in the index at once (`Index.keep_vectors`): after a kill it goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

from company.clock import Clock
from company.embedding_records import Vector
from company.errors import ContextTooLong, ModelError, NotReady, OrderError
from company.library_ports import Embedder
from knowledge.index import Index
from knowledge.intake import InThread
from knowledge.search import Meant
from knowledge.vectors import Unembedded

BATCH = 16
"""Passages of one call: about 20 kB of text, and a few milliseconds to read its answer."""
AHEAD = 512
"""Passages that are looked up at a time."""
SHORTER = 1_000
"""Characters of a passage that a model is shown which finds more too long."""
PATIENCE_S = 2.0
"""How long a question waits for its vector."""
BUSY_S = 10.0
"""How long questions do without after one had to."""
REST_S = (15.0, 300.0)
"""How long a model that failed is left alone, first and at most; a restart asks it at once."""
REMEMBERED = 256


class Dense:
    """For one index. `trouble` says why there are no new vectors now, "" when there is nothing to say.

    Args:
        embedder: the model.
        index: the writing connection; used inside `write` only.
        write: its thread.
        in_use: whether the engine holds the model's vectors.
        clock: time.
    """

    def __init__(
        self, embedder: Embedder, index: Index, write: InThread, in_use: Callable[[], bool], clock: Clock
    ) -> None:
        self._embedder = embedder
        self._index = index
        self._write = write
        self._in_use = in_use
        self._clock = clock
        self._ahead: deque[Unembedded] = deque()
        self._known: OrderedDict[str, Vector] = OrderedDict()
        self._rest_s = 0.0
        self._until = self._busy_until = 0.0
        self._used = False
        self.trouble = ""
        self.done = self.whole = 0
        """Passages that have a vector, and all of them, when there was last a look."""

    async def step(self) -> bool:
        """Embed the next batch; False when nothing waits, or the model is left alone for a while."""
        if self._clock.monotonic() < self._until:
            return False
        batch = await self._write(self._next)
        if not batch:
            return False
        try:
            found = await self._vectors([one.text for one in batch])
        except (ModelError, OrderError, NotReady) as error:
            self._ahead.clear()
            self._leave_alone(error)
            return False
        self._well()
        by_number = {one.number: vector for one, vector in zip(batch, found, strict=True)}
        await self._write(lambda: self._index.keep_vectors(self._embedder.model, by_number))
        self.done = min(self.whole, self.done + len(batch))
        return True

    async def _vectors(self, texts: list[str]) -> Sequence[Vector]:
        try:
            return await self._embedder.passages(texts)
        except ContextTooLong:
            return await self._embedder.passages([text[:SHORTER] for text in texts])

    async def look(self) -> None:
        """See how far it is, and whether the vectors are in use."""
        await self._write(self._look)

    async def question(self, text: str, *, person_id: str) -> Meant | None:
        """The vector of a question, when there is something to compare it with and the model answers soon."""
        if not self._used:
            return None
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return Meant(known, self._embedder.model)
        if self._clock.monotonic() < max(self._until, self._busy_until):
            return None
        try:
            async with asyncio.timeout(PATIENCE_S):
                vector = await self._embedder.question(text, person_id=person_id)
        except TimeoutError:  # it may be loading its model; an answer that searches thrice does not wait thrice
            self._busy_until = self._clock.monotonic() + BUSY_S
            return None
        except (ModelError, OrderError, NotReady) as error:
            self._leave_alone(error)
            return None
        self._well()
        self._known[text] = vector
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return Meant(vector, self._embedder.model)

    async def close(self) -> None:
        """Let the model go."""
        await self._embedder.close()

    @property
    def detail(self) -> str:
        """How it stands, for people; "" when all is done and well."""
        if self.trouble:
            return (
                f"searching by words: {self.trouble}" if not self.done else f"no new vectors of meaning: {self.trouble}"
            )
        if self.done < self.whole:
            return f"reading for meaning ({self._embedder.model}): {self.done} of {self.whole} passages"
        return ""

    def _next(self) -> list[Unembedded]:
        if not self._ahead:
            self._look()
            if self.done < self.whole:
                self._ahead.extend(self._index.unembedded(self._embedder.model, AHEAD))
        return [self._ahead.popleft() for _ in range(min(BATCH, len(self._ahead)))]

    def _look(self) -> None:
        self.done, self.whole = self._index.embedded(self._embedder.model), self._index.counts().passages
        self._used = self._in_use()

    def _leave_alone(self, error: Exception) -> None:
        self.trouble = str(error)
        self._rest_s = min(max(2 * self._rest_s, REST_S[0]), REST_S[1])
        self._until = self._clock.monotonic() + self._rest_s

    def _well(self) -> None:
        self.trouble, self._rest_s, self._until = "", 0.0, 0.0
