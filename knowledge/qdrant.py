"""A Qdrant server as the engine, for more than one machine can hold or search. The one door to `qdrant_client`.

Every point goes there with `wait`, so that what was put survives a kill from then on, as with the embedded engine. When
the server is away the index searches by itself, and what came in meanwhile is put there when it is back. One collection
belongs to one index: what that does not know is deleted from it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

from knowledge.engine import EngineBroken, Found, Point, Scope

LAYOUT = 1
"""Version of what is stored in a point; part of the collection's name, so that another one starts empty."""
BATCH = 256
"""Points of one request, about a megabyte."""
TIMEOUT_S = 5
"""A search is not worth waiting longer for: the index answers by itself."""
_PAGE = 10_000


class QdrantEngine:
    """One collection of a server. Searches and updates may come from different threads."""

    name = "qdrant"

    def __init__(self, url: str, collection: str, api_key: Callable[[], str | None] = lambda: None) -> None:
        """`collection` is what others call it, without the version; `api_key` is asked when the server is called."""
        self._url = url
        self._collection = f"{re.sub(r'[^A-Za-z0-9_-]', '-', collection)}-v{LAYOUT}"
        self._api_key = api_key
        self._client: Any = None

    def open(self, dimensions: int) -> None:
        """See `Engine`."""
        with self._told():
            from qdrant_client import QdrantClient

            key = self._api_key()
            if key and not self._is_private():
                raise EngineBroken(f"its key would travel readable to {self._url}; write https://")
            headers = {"api-key": key} if key else {}  # as an argument it would warn about http on this machine too
            client = QdrantClient(url=self._url, headers=headers, timeout=TIMEOUT_S, check_compatibility=False)
            if client.collection_exists(self._collection):
                vectors = client.get_collection(self._collection).config.params.vectors
                there = vectors["meaning"].size if isinstance(vectors, dict) and "meaning" in vectors else 0
                if there != dimensions:
                    client.delete_collection(self._collection)
                    self._create(client, dimensions)
            else:
                self._create(client, dimensions)
            self._client = client

    def close(self) -> None:
        """See `Engine`."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(EngineBroken), self._told():
                client.close()

    def put(self, points: Sequence[Point]) -> None:
        """See `Engine`."""
        for begin in range(0, len(points), BATCH):
            with self._told():
                some = [_point(one) for one in points[begin : begin + BATCH]]
                self._open.upsert(self._collection, points=some, wait=True)

    def drop(self, numbers: Sequence[int]) -> None:
        """See `Engine`."""
        for begin in range(0, len(numbers), BATCH):
            with self._told():
                some = list(numbers[begin : begin + BATCH])
                self._open.delete(self._collection, points_selector=some, wait=True)

    def numbers(self) -> set[int]:
        """See `Engine`."""
        found: set[int] = set()
        after = None
        with self._told():
            while True:
                page, after = self._open.scroll(
                    self._collection, limit=_PAGE, offset=after, with_payload=False, with_vectors=False
                )
                found.update(int(one.id) for one in page)
                if after is None:
                    return found

    def words(self, query: Mapping[str, float], scope: Scope, limit: int) -> list[Found]:
        """See `Engine`."""
        with self._told():
            return self._nearest(_sparse(query), "words", _conditions(scope), limit) if query else []

    def meanings(
        self, vector: Sequence[float], model: str, scope: Scope, limit: int, among: Collection[int] | None = None
    ) -> list[Found]:
        """See `Engine`."""
        with self._told():
            from qdrant_client.models import FieldCondition, HasIdCondition, MatchValue

            conditions: list[Any] = [FieldCondition(key="model", match=MatchValue(value=model)), *_conditions(scope)]
            if among is not None:
                conditions.append(HasIdCondition(has_id=list(among)))
            return self._nearest(list(vector), "meaning", conditions, limit)

    def tidy(self) -> None:
        """See `Engine`. The server does it by itself."""

    # -- inside -------------------------------------------------------------------------------------------------------

    def _is_private(self) -> bool:
        """Whether nobody else can read what is sent there: encrypted, or on this machine."""
        url = urlsplit(self._url)
        return url.scheme == "https" or url.hostname in ("127.0.0.1", "::1", "localhost")

    @property
    def _open(self) -> Any:
        if self._client is None:
            raise EngineBroken("it is closed")
        return self._client

    def _nearest(self, vector: Any, using: str, conditions: list[Any], limit: int) -> list[Found]:
        from qdrant_client.models import Filter

        answer = self._open.query_points(
            self._collection, query=vector, using=using, limit=limit, with_payload=False,
            query_filter=Filter(must=conditions) if conditions else None,
        )  # fmt: skip
        return [Found(int(one.id), float(one.score)) for one in answer.points]

    def _create(self, client: Any, dimensions: int) -> None:
        from qdrant_client import models

        client.create_collection(
            self._collection,
            vectors_config={"meaning": models.VectorParams(size=dimensions, distance=models.Distance.COSINE)}
            if dimensions
            else {},
            sparse_vectors_config={"words": models.SparseVectorParams(modifier=models.Modifier.IDF)},
        )
        for key, kind in (
            ("owner", models.PayloadSchemaType.KEYWORD), ("collection", models.PayloadSchemaType.KEYWORD),
            ("model", models.PayloadSchemaType.KEYWORD), ("time", models.PayloadSchemaType.INTEGER),
        ):  # fmt: skip
            client.create_payload_index(self._collection, field_name=key, field_schema=kind, wait=True)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever goes wrong as `EngineBroken`, without what the server or the library quotes of the request."""
        try:
            yield
        except EngineBroken:
            raise
        except ImportError:
            raise EngineBroken("a Qdrant server needs its library; run `make install GROUPS=qdrant`") from None
        except Exception as error:  # noqa: BLE001 - its transport's errors come through too, and no two versions' are alike
            status = getattr(error, "status_code", None)
            reason = f"it answered {status}" if status else type(error).__name__
            raise EngineBroken(f"the Qdrant server at {self._url} can't be used ({reason})") from None


def _sparse(terms: Mapping[str, float]) -> Any:
    """Terms as numbers, as in the embedded engine."""
    from qdrant_client.models import SparseVector

    by_number = {crc32(term.encode()): weight for term, weight in terms.items()}
    return SparseVector(indices=list(by_number), values=list(by_number.values()))


def _point(one: Point) -> Any:
    from qdrant_client.models import PointStruct

    vectors: dict[str, Any] = {"words": _sparse(one.words)}
    if one.meaning is not None:
        vectors["meaning"] = list(one.meaning)
    payload = {"owner": one.owner, "collection": one.collection, "time": one.time, "model": one.model}
    return PointStruct(id=one.number, vector=vectors, payload=payload)


def _conditions(scope: Scope) -> list[Any]:
    from qdrant_client.models import FieldCondition, MatchAny, Range

    found = [
        FieldCondition(key=key, match=MatchAny(any=sorted(wanted)))
        for key, wanted in (("owner", scope.owners), ("collection", scope.collections))
        if wanted is not None
    ]
    if scope.since is not None or scope.until is not None:
        found.append(FieldCondition(key="time", range=Range(gte=scope.since, lte=scope.until)))
    return found
