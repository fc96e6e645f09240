"""A server that speaks as much S3 as NEXUS does, and checks every signature as the specification says.

The check is written from the specification anew, not with the product's own function: a mistake there must not be
mirrored here. Listings come in pages of `page` names, so that whoever forgets the next page is found out.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from urllib.parse import parse_qsl, quote, unquote
from xml.sax.saxutils import escape

from aiohttp import web

from tests.fakes.wire import Server

KEY_ID, SECRET, REGION = "AKIDFORTESTS", "a secret key/for tests+only", "us-east-1"


class FakeS3(Server):
    """One bucket. `failing` answers 503 so many times; `secret` is the key's; `asked` holds the methods and paths that came."""

    def __init__(self, bucket: str = "backups", *, page: int = 2) -> None:
        super().__init__()
        self.bucket = bucket
        self.page = page
        self.objects: dict[str, bytes] = {}
        self.secret = SECRET
        self.failing = 0
        self.asked: list[str] = []

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        self.asked.append(f"{request.method} {request.path}")
        if self.failing:
            self.failing -= 1
            return _refusal(503, "SlowDown")
        if wrong := _signature_problem(request, body, self.secret):
            return _refusal(403, wrong)
        bucket, _, key = unquote(request.raw_path.partition("?")[0]).removeprefix("/").partition("/")
        if bucket != self.bucket:
            return _refusal(404, "NoSuchBucket")
        if request.method == "GET" and not key:
            return self._listing(dict(parse_qsl(request.query_string)))
        if request.method == "PUT":
            self.objects[key] = body
            return web.Response()
        if request.method == "DELETE":
            self.objects.pop(key, None)
            return web.Response(status=204)
        if key not in self.objects:
            return _refusal(404, "NoSuchKey")
        return web.Response(body=self.objects[key])

    def _listing(self, query: dict[str, str]) -> web.Response:
        assert query["list-type"] == "2"
        after = query.get("continuation-token", "").removeprefix("after &")
        names = sorted(name for name in self.objects if name.startswith(query["prefix"]) and name > after)
        shown, more = names[: self.page], names[self.page :]
        entries = "".join(
            f"<Contents><Key>{escape(name)}</Key><Size>{len(self.objects[name])}</Size></Contents>" for name in shown
        )
        token = f"<NextContinuationToken>{escape('after &' + shown[-1])}</NextContinuationToken>" if more else ""
        return web.Response(
            text=f"<ListBucketResult><IsTruncated>{str(bool(more)).lower()}</IsTruncated>{entries}{token}</ListBucketResult>",
            content_type="application/xml",
        )


def _refusal(status: int, code: str) -> web.Response:
    text = f"<Error><Code>{code}</Code><AWSAccessKeyId>{KEY_ID}</AWSAccessKeyId></Error>"
    return web.Response(status=status, text=text, content_type="application/xml")


def _signature_problem(request: web.BaseRequest, body: bytes, secret: str) -> str:
    """S3's word for what is wrong with the signature; "" when it is right."""
    found = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([\w-]+)/s3/aws4_request,\s*SignedHeaders=([\w;-]+),\s*"
        r"Signature=([0-9a-f]{64})",
        request.headers.get("authorization", ""),
    )
    if found is None:
        return "AccessDenied"
    key_id, day, region, names, given = found.groups()
    if key_id != KEY_ID:
        return "InvalidAccessKeyId"
    stamp, digest = request.headers["x-amz-date"], request.headers["x-amz-content-sha256"]
    if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names.split(";")) or not stamp.startswith(day):
        return "AccessDenied"
    if digest != hashlib.sha256(body).hexdigest():
        return "XAmzContentSHA256Mismatch"
    raw_path, _, _ = request.raw_path.partition("?")
    pairs = sorted((quote(n, safe="-_.~"), quote(v, safe="-_.~")) for n, v in parse_qsl(request.query_string, True))
    canonical = [request.method, raw_path, "&".join("=".join(pair) for pair in pairs)]
    canonical += [f"{name}:{' '.join(request.headers[name].split())}" for name in names.split(";")]
    canonical += ["", names, digest]
    hashed = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    signing = b"AWS4" + secret.encode()
    for step in (day, region, "s3", "aws4_request"):
        signing = hmac.new(signing, step.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{day}/{region}/s3/aws4_request\n{hashed}"
    right = hmac.new(signing, text.encode(), hashlib.sha256).hexdigest()
    return "" if hmac.compare_digest(right, given) and region == REGION else "SignatureDoesNotMatch"
