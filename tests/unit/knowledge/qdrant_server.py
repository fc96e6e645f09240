"""A Qdrant server for tests: its REST wire in front of the embedded engine, which is the same engine in a library.

Requests are read with the models of Qdrant's own client, extra fields forbidden, so that what a real server would
refuse is refused here.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import qdrant_edge as edge
from qdrant_client import models
from qdrant_client.http.models import models as wire

KINDS = {"keyword": edge.PayloadSchemaType.Keyword, "integer": edge.PayloadSchemaType.Integer}


class QdrantServer:
    """Serves until `stop`. `key` is what callers must send, `down` makes it answer 503."""

    def __init__(self, folder: Path, key: str = "") -> None:
        self._folder = folder
        self.key = key
        self.down = False
        self._shards: dict[str, tuple[edge.EdgeShard, dict[str, Any]]] = {}
        self._made = 0
        self._one = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                if server.down:
                    status, answer = 503, {"status": {"error": "down"}}
                elif server.key and self.headers.get("api-key") != server.key:
                    status, answer = 401, {"status": {"error": "Must provide an API key"}}
                else:
                    with server._one:
                        status, answer = server._answer(self.command, self.path.split("?")[0], json.loads(body or "{}"))
                data = json.dumps({"time": 0.0, "status": "ok", **answer}).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_PUT = do_POST = do_DELETE = _serve

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        for shard, _ in self._shards.values():
            shard.close()

    def points(self, collection: str) -> int:
        return int(self._shards[collection][0].count(edge.CountRequest(exact=True)))

    # -- the wire -----------------------------------------------------------------------------------------------------

    def _answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        found = re.fullmatch(r"/collections/([\w-]+)(/.*)?", path)
        assert found is not None, path
        name, rest = found[1], found[2] or ""
        if (method, rest) == ("GET", "/exists"):
            return 200, {"result": {"exists": name in self._shards}}
        if (method, rest) == ("PUT", ""):
            return self._create(name, body)
        if name not in self._shards:
            return 404, {"status": {"error": f"Collection `{name}` doesn't exist!"}}
        calls: dict[tuple[str, str], Callable[[str, dict[str, Any]], Any]] = {
            ("GET", ""): self._info, ("DELETE", ""): self._delete_all, ("PUT", "/index"): self._index,
            ("PUT", "/points"): self._upsert, ("POST", "/points/delete"): self._delete,
            ("POST", "/points/query"): self._query, ("POST", "/points/scroll"): self._scroll,
        }  # fmt: skip
        return 200, {"result": calls[method, rest](name, body)}

    def _create(self, name: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if name in self._shards:
            return 409, {"status": {"error": f"Collection `{name}` already exists!"}}
        asked = wire.CreateCollection.model_validate(body)
        self._made += 1
        folder = self._folder / f"{name}-{self._made}"
        folder.mkdir(parents=True)
        vectors = asked.vectors if isinstance(asked.vectors, dict) else {}
        assert asked.sparse_vectors is not None
        assert asked.sparse_vectors["words"].modifier is models.Modifier.IDF
        config = edge.EdgeConfig(
            vectors={
                key: edge.EdgeVectorParams(size=one.size, distance=edge.Distance.Cosine) for key, one in vectors.items()
            }
            or None,
            sparse_vectors={"words": edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
        )
        self._shards[name] = edge.EdgeShard.create(str(folder), config), body
        return 200, {"result": True}

    def _info(self, name: str, _: dict[str, Any]) -> Any:
        asked = self._shards[name][1]
        return {
            "status": "green", "optimizer_status": "ok", "segments_count": 1, "payload_schema": {},
            "points_count": self.points(name),
            "config": {
                "params": {"vectors": asked.get("vectors", {}), "sparse_vectors": asked.get("sparse_vectors")},
                "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000},
                "optimizer_config": {
                    "deleted_threshold": 0.2, "vacuum_min_vector_number": 1000, "default_segment_number": 0,
                    "flush_interval_sec": 5,
                },
            },
        }  # fmt: skip

    def _delete_all(self, name: str, _: dict[str, Any]) -> Any:
        self._shards.pop(name)[0].close()
        return True

    def _index(self, name: str, body: dict[str, Any]) -> Any:
        asked = wire.CreateFieldIndex.model_validate(body)
        operation = edge.UpdateOperation.create_field_index(asked.field_name, KINDS[body["field_schema"]])
        self._shards[name][0].update(operation)
        return _done()

    def _upsert(self, name: str, body: dict[str, Any]) -> Any:
        points = []
        for one in wire.PointsList.model_validate(body).points:
            assert isinstance(one.vector, dict)
            vectors = {key: _vector(value) for key, value in one.vector.items()}
            points.append(edge.Point(one.id, vectors, one.payload))
        self._shards[name][0].update(edge.UpdateOperation.upsert_points(points))
        return _done()

    def _delete(self, name: str, body: dict[str, Any]) -> Any:
        asked = wire.PointIdsList.model_validate(body)
        self._shards[name][0].update(edge.UpdateOperation.delete_points(asked.points))
        return _done()

    def _query(self, name: str, body: dict[str, Any]) -> Any:
        asked = wire.QueryRequest.model_validate(body)
        request = edge.QueryRequest(
            limit=asked.limit or 10, query=edge.Query.Nearest(_vector(asked.query.nearest), using=asked.using),
            filter=_filter(asked.filter),
        )  # fmt: skip
        found = self._shards[name][0].query(request)
        return {"points": [{"id": one.id, "version": one.version, "score": one.score} for one in found]}

    def _scroll(self, name: str, body: dict[str, Any]) -> Any:
        asked = wire.ScrollRequest.model_validate(body)
        request = edge.ScrollRequest(limit=asked.limit, offset=asked.offset, with_payload=False, with_vector=False)
        records, after = self._shards[name][0].scroll(request)
        return {"points": [{"id": one.id} for one in records], "next_page_offset": after}


def _done() -> dict[str, Any]:
    return {"operation_id": 1, "status": "completed"}


def _vector(given: Any) -> Any:
    return edge.SparseVector(given.indices, given.values) if isinstance(given, models.SparseVector) else list(given)


def _filter(given: models.Filter | None) -> edge.Filter | None:
    if given is None:
        return None
    assert isinstance(given.must, list)
    conditions: list[edge.FieldCondition | edge.HasIdCondition] = []
    for one in given.must:
        if isinstance(one, models.HasIdCondition):
            conditions.append(edge.HasIdCondition({int(str(number)) for number in one.has_id}))
            continue
        assert isinstance(one, models.FieldCondition)
        if one.range is not None:
            assert isinstance(one.range, models.Range)
            conditions.append(
                edge.FieldCondition(key=one.key, range=edge.RangeFloat(gte=one.range.gte, lte=one.range.lte))
            )
        elif isinstance(one.match, models.MatchAny):
            conditions.append(edge.FieldCondition(key=one.key, match=edge.MatchAny(any=list(one.match.any))))
        else:
            assert isinstance(one.match, models.MatchValue)
            conditions.append(edge.FieldCondition(key=one.key, match=edge.MatchValue(value=one.match.value)))
    return edge.Filter(must=conditions)
