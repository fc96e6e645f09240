"""Logging to stderr in one line each, with every loaded secret taken out of messages and tracebacks."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable

BOT_TOKEN = re.compile(r"(?<!\d)\d{6,}:[\w-]{30,}")  # a token that never went through our secrets reader
QUIET = (
    "httpx", "httpx2", "httpcore", "httpcore2", "telegram", "anthropic", "alembic", "asyncio", "uvicorn.access",
    "LiteLLM",
)  # fmt: skip


BREAKS = re.compile(
    r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]"
)  # what ends a line or drives a terminal; a tab may stay


class RedactingFormatter(logging.Formatter):
    """Formats as usual, then takes out what must not be read."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
        self._redact = redact

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging calls it so
        """The line itself: what came from outside can't begin another one."""
        return BREAKS.sub(lambda found: found[0].encode("unicode_escape").decode(), super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        """The line (and traceback) without secrets."""
        return BOT_TOKEN.sub("«token»", self._redact(super().format(record)))


def set_up_logging(redact: Callable[[str], str], *, level: int = logging.INFO) -> None:
    """Send everything to stderr through the redactor; libraries only from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(redact))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
