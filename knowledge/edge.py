"""The embedded engine: a flat Qdrant shard in a folder of ours, in this process. The one door to `qdrant_edge`.

Kept flat on purpose: its graph index holds the interpreter for minutes while it is built, and a flat search of 50,000
passages takes a millisecond or two. Updates go through its write-ahead log and survive kill -9. One process at a time:
a second one is told that it is taken and searches without. The library is beta and raises plain `Exception`, so every
one of them becomes `EngineBroken` here.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

from knowledge.engine import EngineBroken, Found, Point, Scope

LAYOUT = 1
"""Version of what is stored in a point; another one on disk means: start empty."""
BATCH = 32
"""Points of one update. The library holds the interpreter during a call: this many take 1 to 3 ms."""
_NEVER = 10**9
_PAGE = 10_000


class EdgeEngine:
    """One shard. Searches and updates may come from different threads."""

    name = "edge"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shard: Any = None
        self._dimensions = 0

    def open(self, dimensions: int) -> None:
        """See `Engine`. A broken folder or one of another layout is thrown away: all of it is derived."""
        self._dimensions = dimensions
        with _told():
            if self._marked() == _mark(dimensions):
                try:
                    self._load()
                except Exception as error:  # noqa: BLE001 - it knows no other; a damaged shard is made again
                    if "WouldBlock" in str(error):
                        raise EngineBroken("another NEXUS has the search engine open") from None
                    self._create(dimensions)
            else:
                self._create(dimensions)

    def close(self) -> None:
        """See `Engine`."""
        shard, self._shard = self._shard, None
        if shard is not None:
            with contextlib.suppress(EngineBroken), _told():
                shard.flush()
                shard.close()

    def put(self, points: Sequence[Point]) -> None:
        """See `Engine`."""
        shard = self._open  # before the library: a closed engine need not load it
        from qdrant_edge import UpdateOperation

        for begin in range(0, len(points), BATCH):
            with _told():
                shard.update(UpdateOperation.upsert_points([_point(one) for one in points[begin : begin + BATCH]]))

    def drop(self, numbers: Sequence[int]) -> None:
        """See `Engine`."""
        shard = self._open
        from qdrant_edge import UpdateOperation

        for begin in range(0, len(numbers), BATCH):
            with _told():
                shard.update(UpdateOperation.delete_points(list(numbers[begin : begin + BATCH])))

    def numbers(self) -> set[int]:
        """See `Engine`."""
        from qdrant_edge import ScrollRequest

        found: set[int] = set()
        after = None
        with _told():
            while True:
                page, after = self._open.scroll(
                    ScrollRequest(limit=_PAGE, offset=after, with_payload=False, with_vector=False)
                )
                found.update(one.id for one in page)
                if after is None:
                    return found

    def words(self, query: Mapping[str, float], scope: Scope, limit: int) -> list[Found]:
        """See `Engine`."""
        return self._nearest(_sparse(query), "words", _conditions(scope), limit) if query else []

    def meanings(
        self, vector: Sequence[float], model: str, scope: Scope, limit: int, among: Collection[int] | None = None
    ) -> list[Found]:
        """See `Engine`."""
        from qdrant_edge import FieldCondition, HasIdCondition, MatchValue

        conditions: list[Any] = [FieldCondition(key="model", match=MatchValue(value=model)), *_conditions(scope)]
        if among is not None:
            conditions.append(HasIdCondition(set(among)))
        return self._nearest(list(vector), "meaning", conditions, limit)

    def tidy(self) -> None:
        """See `Engine`. Holds the interpreter meanwhile (about a second for 25,000 points): only when nobody waits."""
        with _told():
            self._open.optimize()

    # -- inside -------------------------------------------------------------------------------------------------------

    @property
    def _open(self) -> Any:
        if self._shard is None:
            raise EngineBroken("it is closed")
        return self._shard

    def _nearest(self, vector: Any, using: str, conditions: list[Any], limit: int) -> list[Found]:
        from qdrant_edge import Filter, Query, QueryRequest

        request = QueryRequest(
            limit=limit,
            query=Query.Nearest(vector, using=using),
            filter=Filter(must=conditions) if conditions else None,
        )
        with _told():
            return [Found(int(one.id), float(one.score)) for one in self._open.query(request)]

    def _marked(self) -> str:
        try:
            return (self._folder / "nexus.json").read_text(encoding="utf-8")
        except OSError:
            return ""

    def _load(self) -> None:
        from qdrant_edge import EdgeShard

        self._shard = EdgeShard.load(str(self._folder / "shard"))

    def _create(self, dimensions: int) -> None:
        import qdrant_edge as edge

        shutil.rmtree(self._folder, ignore_errors=True)
        folder = self._folder / "shard"
        folder.mkdir(mode=0o700, parents=True)
        meaning = edge.EdgeVectorParams(size=dimensions, distance=edge.Distance.Cosine) if dimensions else None
        shard = edge.EdgeShard.create(
            str(folder),
            edge.EdgeConfig(
                vectors={"meaning": meaning} if meaning else None,
                sparse_vectors={"words": edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
                optimizers=edge.EdgeOptimizersConfig(indexing_threshold=_NEVER),
            ),
        )
        for key, kind in (
            ("owner", edge.PayloadSchemaType.Keyword), ("collection", edge.PayloadSchemaType.Keyword),
            ("model", edge.PayloadSchemaType.Keyword), ("time", edge.PayloadSchemaType.Integer),
        ):  # fmt: skip
            shard.update(edge.UpdateOperation.create_field_index(key, kind))
        self._shard = shard
        # written last: without it a half-made shard is not taken for ours
        (self._folder / "nexus.json").write_text(_mark(dimensions), encoding="utf-8")


def _mark(dimensions: int) -> str:
    return json.dumps({"layout": LAYOUT, "dimensions": dimensions})


def _sparse(terms: Mapping[str, float]) -> Any:
    """Terms as numbers: CRC-32, one meeting in 20 among 20,000 different terms, and then of two rare words."""
    from qdrant_edge import SparseVector

    by_number = {crc32(term.encode()): weight for term, weight in terms.items()}
    return SparseVector(list(by_number), list(by_number.values()))


def _point(one: Point) -> Any:
    from qdrant_edge import Point as Stored

    vectors: dict[str, Any] = {"words": _sparse(one.words)}
    if one.meaning is not None:
        vectors["meaning"] = list(one.meaning)
    payload = {"owner": one.owner, "collection": one.collection, "time": one.time, "model": one.model}
    return Stored(one.number, vectors, payload)


def _conditions(scope: Scope) -> list[Any]:
    from qdrant_edge import FieldCondition, MatchAny, RangeFloat

    found = [
        FieldCondition(key=key, match=MatchAny(any=sorted(wanted)))
        for key, wanted in (("owner", scope.owners), ("collection", scope.collections))
        if wanted is not None
    ]
    if scope.since is not None or scope.until is not None:
        found.append(FieldCondition(key="time", range=RangeFloat(gte=scope.since, lte=scope.until)))
    return found


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except EngineBroken:
        raise
    except ImportError:
        raise EngineBroken("its library has no wheel for this machine") from None
    except Exception as error:  # the library raises nothing narrower
        raise EngineBroken(str(error)) from error
