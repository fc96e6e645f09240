"""The graph as the house sees it: implements `company.library_ports.Graph` over the thread that searches."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, TypeVar

from company.graph_records import Link, Neighbourhood, Ties
from knowledge.engine import Scope
from knowledge.graph.asking import two_things
from knowledge.graph.cypher import statements
from knowledge.graph.records import Edge
from knowledge.graph.walk import Walk
from knowledge.lookups import Lookups
from knowledge.passages import bare

PIECE = 500
"""Statements of one piece of an export."""
MOST_LIKE = 12

T = TypeVar("T")


class InReader(Protocol):
    """Runs a blocking call in the thread that searches."""

    def __call__(self, call: Callable[[], T]) -> Awaitable[T]:
        """Its result."""
        ...


class PassageGraph:
    """What the passages say of things, to whoever may read them.

    Args:
        index: the reading connection; used inside `read` only.
        read: its thread.
        scope_of: what a reader may read.
    """

    def __init__(self, index: Lookups, read: InReader, scope_of: Callable[[str], Awaitable[Scope]]) -> None:
        self._index = index
        self._read = read
        self._scope_of = scope_of

    async def ties(self, question: str, *, person_id: str) -> Ties | None:
        """How the two things of a question hang together; None for another question, or where nothing is known."""
        asked = two_things(question)
        if asked is None:
            return None
        walk = await self._walk(person_id)
        found = await self._read(lambda: walk.between(*asked))
        if found is None:
            return None
        steps, about = map(_link, found.steps), map(_link, found.about)
        return Ties(one=found.one, other=found.other, steps=tuple(steps), about=tuple(about))

    async def around(self, name: str, *, person_id: str, limit: int = 30) -> Neighbourhood:
        """What is said of a thing."""

        walk = await self._walk(person_id)

        def look() -> Neighbourhood:
            links = tuple(map(_link, walk.neighbours(name, limit)))
            written = walk.written(walk.named(name)) or name
            return Neighbourhood(name=written, links=links, like=() if links else tuple(walk.like(name, MOST_LIKE)))

        return await self._read(look)

    async def cypher(self, *, person_id: str) -> AsyncIterator[str]:
        """The whole graph as statements of Cypher, in pieces of whole lines."""
        lines = statements((await self._walk(person_id)).everything())
        while piece := await self._read(lambda: list(itertools.islice(lines, PIECE))):
            yield "\n".join(piece)

    async def _walk(self, person_id: str) -> Walk:
        return Walk(self._index, await self._scope_of(person_id))


def _link(edge: Edge) -> Link:
    hit, one = edge.hit, edge.stored
    passage = bare(hit)
    return Link(
        subject=one.subject_written, predicate=one.predicate, object=one.object_written, passage=passage,
        quote=edge.quote, read_by=one.read_by,
    )  # fmt: skip
