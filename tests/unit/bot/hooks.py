"""A webhook for tests: a port of this machine, and calls as Telegram or anybody else makes them."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import httpx

from bot.webhook import SECRET, Hook
from company.config_desks import WebhookSettings
from company.secrets import Secret
from tests.unit.bot.doubles import OWNER

VALUE = "aB3-dE6_gH9kLmN0pQrStUvWxYz1234567890abc"


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def hook(**changes: Any) -> Hook:
    """A webhook on this machine, called without a proxy."""
    port = free_port()
    values: dict[str, Any] = {"url": f"http://127.0.0.1:{port}", "port": port, **changes}
    return Hook(WebhookSettings.model_validate(values), Secret(VALUE, SECRET))


def forged(update_id: int = 555_000_001, text: str = "hello", user: int = OWNER) -> dict[str, Any]:
    """An update as Telegram would send it."""
    person = {"id": user, "is_bot": False, "first_name": "Ada"}
    chat = {"id": user, "type": "private", "first_name": "Ada"}
    message = {"message_id": update_id % 1000, "date": int(time.time()), "chat": chat, "from": person, "text": text}
    return {"update_id": update_id, "message": message}


async def post(
    to: Hook, body: object = None, *, secret: str | None = VALUE, path: str | None = None, method: str = "POST",
    content: bytes | None = None, headers: dict[str, str] | None = None,
) -> int:  # fmt: skip
    """Call the webhook with a real HTTP client; the status."""
    given = {"content-type": "application/json"} | ({"x-telegram-bot-api-secret-token": secret} if secret else {})
    data = json.dumps(forged() if body is None else body).encode() if content is None else content
    url = f"http://127.0.0.1:{to.settings.port}{to.path if path is None else path}"
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        answer = await client.request(method, url, content=data, headers=given | (headers or {}))
        return answer.status_code
