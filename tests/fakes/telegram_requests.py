"""How a request to the Bot API is read: query, form, multipart and JSON bodies, nested JSON fields, attached files."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web

from tests.fakes.telegram_check import JSON_FIELDS, bad_request

Wire = dict[str, Any]


async def read_params(request: web.BaseRequest) -> Wire:
    """The parameters of a request, from its query and its form, multipart or JSON body. Raises Refused."""
    params: Wire = dict(parse_qsl(request.query_string, keep_blank_values=True))
    kind = request.content_type
    if kind == "multipart/form-data":
        params |= await _multipart(request)
    else:
        body = await request.read()
        if kind == "application/json" and body:
            params |= _json("body", body)
        elif body:
            params |= parse_qsl(body.decode(), keep_blank_values=True)
    for name in JSON_FIELDS & params.keys():
        if isinstance(params[name], str) and params[name]:
            params[name] = _json(name, params[name])
    for name in ("chat_id", "from_chat_id"):
        value = params.get(name)
        if isinstance(value, str) and value.lstrip("-").isdigit():
            params[name] = int(value)
    return params


def _json(name: str, text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise bad_request(f"can't parse {name} JSON object", violation=True) from None


def _nested(params: Wire, files: dict[str, Wire]) -> None:
    """`media` of editMessageMedia names its file inside of a JSON object."""
    media = _json("media", params["media"]) if "media" in params else None
    if isinstance(media, dict) and (name := str(media.get("media"))).startswith("attach://"):
        if (found := files.pop(name.removeprefix("attach://"), None)) is None:
            raise bad_request(f"attached files are missing: {name}", violation=True)
        params["media"] = {**media, "media": found}


async def _multipart(request: web.BaseRequest) -> Wire:
    params: Wire = {}
    files: dict[str, Wire] = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        name, data = part.name or "", bytes(await part.read(decode=True))
        if part.filename is None:
            params[name] = data.decode()
        else:
            files[name] = {
                "data": data,
                "name": part.filename,
                "mime": part.headers.get("Content-Type", "application/octet-stream"),
            }
    _nested(params, files)
    used = {value.removeprefix("attach://") for value in params.values() if str(value).startswith("attach://")}
    if missing := used - files.keys():
        raise bad_request(f"attached files are missing: {sorted(missing)}", violation=True)
    attached = {k: files[v.removeprefix("attach://")] for k, v in params.items() if str(v).startswith("attach://")}
    direct = {name: found for name, found in files.items() if name not in used}
    return params | attached | direct
