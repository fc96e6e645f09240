"""Objects on a server that speaks S3 (MinIO, AWS and others): each one a key `<prefix>/<tree>/<sha256>` of a bucket.

Requests are signed by Signature Version 4, one chunk, with the hash of the body in it, so the server itself refuses a
body that was damaged on its way (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html; its examples
are the test). Buckets are addressed by path, which every such server understands.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from company.clock import Clock, as_datetime
from company.errors import ObjectLost, ObjectsError
from company.objects import KEY, Stored, Tree, checked_key, checked_room, key_of
from company.secrets import Secret

if TYPE_CHECKING:
    import httpx

PLAIN = "-_.~"
TRIES = 3
PAUSE_S = 0.5
TIMEOUT_S = 60.0
_ENTRY = re.compile(r"<Contents>.*?</Contents>", re.DOTALL)
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where on which server: `url` without a slash at its end, and the region that signatures name."""

    url: str
    bucket: str
    region: str
    prefix: str


def signature(
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    *,
    key_id: str,
    secret: str,
    region: str,
) -> str:
    """The Authorization header of a request.

    Args:
        method: in capitals.
        path: not yet quoted, with its slash.
        query: not yet quoted.
        headers: every header that is signed, in small letters; host, x-amz-date and x-amz-content-sha256 among them.
        key_id, secret, region: whose, and for where.
    """
    at = headers["x-amz-date"]
    scope = f"{at[:8]}/{region}/s3/aws4_request"
    names = ";".join(sorted(headers))
    asked = "&".join(f"{quote(name, safe=PLAIN)}={quote(query[name], safe=PLAIN)}" for name in sorted(query))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = "\n".join((method, quote(path, safe="/" + PLAIN), asked, lines, names, headers["x-amz-content-sha256"]))
    to_sign = "\n".join(("AWS4-HMAC-SHA256", at, scope, hashlib.sha256(request.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signed = hmac.digest(key, to_sign.encode(), "sha256").hex()
    return f"AWS4-HMAC-SHA256 Credential={key_id}/{scope},SignedHeaders={names},Signature={signed}"


class S3Objects:
    """See `company.objects.Objects`.

    Args:
        place: server, bucket and prefix.
        key_id, secret: the keys of the server.
        clock: the time in the signatures, and pauses between tries.
        quota: the most that all trees may take, bytes; 0: no limit.
    """

    def __init__(self, place: Place, key_id: Secret, secret: Secret, clock: Clock, *, quota: int = 0) -> None:
        self._place = place
        self._key_id = key_id
        self._secret = secret
        self._clock = clock
        self._quota = quota
        self._known: dict[Tree, dict[str, int]] | None = None
        self._client: httpx.AsyncClient | None = None

    async def put(self, tree: Tree, data: bytes) -> Stored:
        """See `Objects`. What is there was listed once; its content is looked at by `get` alone."""
        known, key = await self._there(), key_of(data)
        if key in known[tree]:
            return Stored(key=key, size=len(data))
        checked_room(_sum(known), len(data), self._quota)
        await self._ask("PUT", self._name(tree, key), body=data)
        known[tree][key] = len(data)
        return Stored(key=key, size=len(data), fresh=True)

    async def get(self, tree: Tree, key: str) -> bytes:
        """See `Objects`."""
        answer = await self._ask("GET", self._name(tree, checked_key(key)), missing=True)
        if answer.status_code == 404:
            raise ObjectLost(f"The object {key[:12]} of {tree.value} is gone from {self._place.bucket}.")
        if key_of(answer.content) != key:
            raise ObjectLost(f"The object {key[:12]} of {tree.value} in {self._place.bucket} is damaged.")
        return answer.content

    async def delete(self, tree: Tree, key: str) -> None:
        """See `Objects`."""
        await self._ask("DELETE", self._name(tree, checked_key(key)), missing=True)
        if self._known is not None:
            self._known[tree].pop(key, None)

    async def stored(self, tree: Tree) -> tuple[Stored, ...]:
        """See `Objects`."""
        found, token = dict[str, int](), ""
        begin = f"{self._place.prefix}/{tree.value}/"
        while True:
            query = {"list-type": "2", "prefix": begin, **({"continuation-token": token} if token else {})}
            text = (await self._ask("GET", "", query=query)).text
            for entry in _ENTRY.findall(text):
                key, size = _field(entry, "Key").removeprefix(begin), _field(entry, "Size")
                if KEY.fullmatch(key) and size.isdecimal():
                    found[key] = int(size)
            token = _field(text, "NextContinuationToken")
            if not token:
                return tuple(Stored(key=key, size=found[key]) for key in sorted(found))

    async def total(self) -> int:
        """See `Objects`."""
        return sum([one.size for tree in Tree for one in await self.stored(tree)])

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _there(self) -> dict[Tree, dict[str, int]]:
        if self._known is None:
            self._known = {tree: {one.key: one.size for one in await self.stored(tree)} for tree in Tree}
        return self._known

    def _name(self, tree: Tree, key: str) -> str:
        return f"/{self._place.prefix}/{tree.value}/{key}"

    async def _ask(
        self,
        method: str,
        name: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
        missing: bool = False,
    ) -> httpx.Response:
        """The server's answer; a dropped connection and a fault of the server are tried again, twice."""
        client = await self._connected()
        import httpx  # loaded by now

        at = urlsplit(self._place.url)
        path, fault = f"{at.path}/{self._place.bucket}{name}", ""
        for turn in range(TRIES):
            if turn:
                await self._clock.sleep(PAUSE_S * turn)
            headers = self._headers(method, path, query or {}, body, at.netloc)
            target = f"{at.scheme}://{at.netloc}{quote(path, safe='/' + PLAIN)}"
            if query:
                target += "?" + "&".join(f"{n}={quote(value, safe=PLAIN)}" for n, value in sorted(query.items()))
            try:
                answer = await client.request(method, target, headers=headers, content=body)
            except httpx.HTTPError as error:
                fault = type(error).__name__
                continue
            if answer.status_code < 300 or (
                missing and answer.status_code == 404 and "NoSuchBucket" not in answer.text
            ):
                return answer
            fault = _said(answer)
            if answer.status_code < 500:
                break
        raise ObjectsError(
            f"The S3 server {at.netloc} did not do what it was asked ({fault}); see [backup] s3_url and s3_bucket, and "
            "the secrets s3_key_id and s3_secret_key."
        )

    async def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = await asyncio.to_thread(_new_client)
        return self._client

    def _headers(self, method: str, path: str, query: Mapping[str, str], body: bytes, host: str) -> dict[str, str]:
        headers = {
            "host": host,
            "x-amz-content-sha256": key_of(body),
            "x-amz-date": as_datetime(self._clock.now()).strftime("%Y%m%dT%H%M%SZ"),
        }
        headers["authorization"] = signature(
            method, path, query, headers, key_id=self._key_id.reveal(), secret=self._secret.reveal(),
            region=self._place.region,
        )  # fmt: skip
        return headers


def _new_client() -> httpx.AsyncClient:
    import httpx  # 0.1 s: only where a server is configured

    return httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False)


def _field(text: str, name: str) -> str:
    found = re.search(f"<{name}>([^<]*)</{name}>", text)
    return html.unescape(found[1]) if found else ""


def _said(answer: httpx.Response) -> str:
    """The status and S3's own word for it; the rest of the answer may quote what we sent."""
    code = _CODE.search(answer.text)
    return f"{answer.status_code} {code[1]}" if code else str(answer.status_code)


def _sum(known: Mapping[Tree, Mapping[str, int]]) -> int:
    return sum(sum(sizes.values()) for sizes in known.values())
