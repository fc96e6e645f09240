"""The settings of the desks that outsiders see: Telegram and the page."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator

from company.config_section import Section, Url


class TelegramSettings(Section):
    """The Telegram desk; on when the secret `telegram_bot_token` is there."""

    enabled: bool = True
    """False turns the desk off even when there is a token."""
    base_url: Url = "https://api.telegram.org"
    """Bot API server; a local one is set here."""
    mode: Literal["polling", "webhook"] = "polling"
    """How updates come: polling asks for them and needs no public address; webhook has Telegram call one of yours."""
    poll_timeout_s: int = Field(default=30, ge=1, le=50)
    """Long-poll time of getUpdates, seconds (Bot API: at most 50)."""
    settle_s: float = Field(default=5.0, ge=0)
    """How long a send whose answer was lost may still arrive at Telegram before we look for it, seconds."""
    status_after_s: float = Field(default=1.5, ge=0)
    """A status line appears when an order works longer than this, seconds."""
    silent_after_s: float = Field(default=180.0, ge=10)
    """The status line says so and offers to stop or escalate when an order gave no news for so long, seconds."""
    stream: Literal["edits", "drafts", "off"] = "edits"
    """How private chats see an answer being written: "edits" of the status line, Telegram's own "drafts", or "off".
    A person can choose otherwise under /settings; groups see none unless somebody there does."""
    late_command_min: float = Field(default=10.0, gt=0)
    """A command that changes something and waited longer for us (an outage) is asked again first, minutes."""
    late_question_h: float = Field(default=12.0, gt=0, le=24)
    """A question that waited longer for us is asked again first, hours (Telegram keeps messages for 24)."""
    messages_per_second: float = Field(default=30.0, gt=0)
    """Sends per second over all chats (Bot API: about 30)."""
    chat_messages_per_second: float = Field(default=1.0, gt=0)
    """Sustained sends per second to one chat (Bot API: about 1); short bursts are allowed."""
    chat_burst: int = Field(default=5, ge=1)
    """How many sends to one chat may go out at once before the sustained rate holds."""
    group_messages_per_minute: float = Field(default=20.0, gt=0)
    """Sends per minute to one group (Bot API: 20)."""


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _loopback(value: str) -> str:
    if not _is_this_machine(value):
        raise ValueError("only this machine may be listened on, behind a reverse proxy or tunnel; write '127.0.0.1'")
    return value


class WebhookSettings(Section):
    """Where Telegram calls us, with `[telegram] mode = "webhook"`. The calls carry a secret (`telegram_webhook_secret`,
    made at the first start); what comes without it is turned away."""

    url: Url = ""
    """The public address that leads here through a reverse proxy or tunnel, as https://bot.example.org."""
    host: Annotated[str, AfterValidator(_loopback)] = "127.0.0.1"
    """Address to listen on; only loopback addresses are accepted: the proxy speaks TLS, and stands before it."""
    port: int = Field(default=8443, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    path: str = ""
    """Path behind the public address; empty takes one below /telegram/ that nobody can guess."""
    max_connections: int = Field(default=8, ge=1, le=100)
    """How many calls Telegram may make at the same time (Bot API: at most 100)."""

    @field_validator("url")
    @classmethod
    def _public(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.query or parts.fragment or parts.username or parts.password:
            raise ValueError("it must be an address without a name, a question mark or a hash sign; no secrets in it")
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("it must begin with https://; plain http is for a Bot API server on this machine alone")
        return value

    @field_validator("path")
    @classmethod
    def _a_path(cls, value: str) -> str:
        if value and not re.fullmatch(r"(/[\w.~-]+)+", value, re.ASCII):
            raise ValueError("it must begin with / and hold letters, digits and . _ ~ - only")
        return value


class WebSettings(Section):
    """The page on this machine."""

    enabled: bool = True
    """False: no page, no /health."""
    host: str = "127.0.0.1"
    """Address to listen on. Only loopback addresses are accepted until the gateway with login exists."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""

    @field_validator("host")
    @classmethod
    def _loopback(cls, value: str) -> str:
        if not _is_this_machine(value):
            raise ValueError("only this machine may see the page until it has a login; write '127.0.0.1'")
        return value
