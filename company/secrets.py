"""The only reader of secrets, and the redactor that keeps their values out of everything that is shown or kept.

Looked up in this order: systemd credential (`$CREDENTIALS_DIRECTORY/<name>`), a file `<data_dir>/secrets/<name>` with
mode 0600, the environment (`NAME` in capitals). A file that others may read is refused.
"""

from __future__ import annotations

import base64
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote

from company.errors import SecretError

KNOWN = (
    "telegram_bot_token",
    "telegram_webhook_secret",
    "anthropic_api_key",
    "openai_api_key",
    "qdrant_api_key",
    "voice_api_key",
    "database_url",
    "audit_key",
    "s3_key_id",
    "s3_secret_key",
)
"""Secrets that NEXUS itself knows; other providers' are `<provider>_api_key`."""

HIDDEN = "«secret»"
SHORTEST = 6
"""Values shorter than this are not looked for in texts: they would be found everywhere."""
PLACEHOLDERS = frozenset({"changeme", "undefined", "null", "none", "your-token-here", "your-api-key", "xxx"})


class Secret:
    """A value that does not show itself: `repr`, `str` and format give «secret»; `reveal()` gives the value."""

    __slots__ = ("_value", "source")

    def __init__(self, value: str, source: str) -> None:
        self._value = value
        self.source = source

    def reveal(self) -> str:
        """The value; hand it to the library that needs it and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def __len__(self) -> int:
        return len(self._value)


@dataclass(slots=True)
class Secrets:
    """Reads secrets by name and remembers each value that was read, so that `redact` finds it anywhere.

    Args:
        directory: `<data_dir>/secrets`; may be absent.
        environment: where the last look-up goes; the process environment by default.
    """

    directory: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    _read: dict[str, Secret] = field(default_factory=dict)
    _values: set[str] = field(default_factory=set)
    _shapes: tuple[str, ...] = ()

    def get(self, name: str) -> Secret | None:
        """The secret, or None when it is nowhere.

        Raises:
            SecretError: the file is readable by others, or the value is empty, a placeholder or has blanks in it.
        """
        if name in self._read:
            return self._read[name]
        _check_name(name)
        secret = self._find(name)
        if secret is None:
            return None
        value = secret.reveal()
        if not value or value.lower() in PLACEHOLDERS or any(c.isspace() for c in value):
            raise SecretError(
                f"The secret {name} ({secret.source}) holds a placeholder or blanks, not a value; "
                f"set it with `./nexus init` or remove it."
            )
        self._read[name] = secret
        self._values |= {value, *_passwords(value)}
        shapes = {shape for value in self._values if len(value) >= SHORTEST for shape in _shapes(value)}
        self._shapes = tuple(sorted(shapes, key=len, reverse=True))
        return secret

    def _find(self, name: str) -> Secret | None:
        credentials = self.environment.get("CREDENTIALS_DIRECTORY")
        if credentials:
            path = Path(credentials) / name
            if path.is_file():
                return Secret(_content(path), "systemd credential")
        path = self.directory / name
        if path.is_file():
            if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise SecretError(f"The secret file {path} can be read by others; run: chmod 600 {path}")
            return Secret(_content(path), f"file {path}")
        value = self.environment.get(name.upper(), "").strip()
        return Secret(value, f"environment variable {name.upper()}") if value else None

    def again(self, name: str) -> Secret | None:
        """As `get`, but from where it is kept now; the value it had before stays hidden."""
        self._read.pop(name, None)
        return self.get(name)

    def need(self, name: str, why: str) -> Secret:
        """The secret, or a sentence that says how to give it.

        Raises:
            SecretError: it is nowhere.
        """
        secret = self.get(name)
        if secret is None:
            raise SecretError(f"{why} needs the secret {name}: run `./nexus init`, or set {name.upper()}.")
        return secret

    def store(self, name: str, value: str) -> Path:
        """Write a secret as a 0600 file in a 0700 folder, whole or not at all, and remember it for redaction."""
        _check_name(name)
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        path = self.directory / name
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)  # left by a crash, maybe with other permissions
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(value + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        self._read.pop(name, None)
        self.get(name)
        return path

    def withdraw(self, name: str) -> None:
        """Take away a file that `store` wrote; its value stays hidden in what is shown. Blocking."""
        _check_name(name)
        (self.directory / name).unlink(missing_ok=True)
        self._read.pop(name, None)

    def values(self) -> tuple[str, ...]:
        """Every shape of every value read so far: plain, URL-quoted, base64, hex, JSON-escaped. For detectors only."""
        return self._shapes

    def redact(self, text: str) -> str:
        """`text` with each known secret, in any of its shapes, replaced."""
        for shape in self._shapes:
            if shape in text:
                text = text.replace(shape, HIDDEN)
        return text


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise SecretError(f"'{name}' is no name of a secret: use small letters, digits and underscores.")


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise SecretError(f"The secret file {path} is no text; store the secret again with `./nexus init`.") from None
    except OSError as error:
        raise SecretError(
            f"The secret file {path} can't be read ({error.strerror}); mend its owner or rights."
        ) from None


def _passwords(value: str) -> Iterator[str]:
    """The password inside a URL, as written and decoded: servers quote it alone in their errors."""
    match = re.match(r"[a-z][a-z0-9+.-]*://[^/:@]*:(.+)@", value)
    if match:
        yield from (match[1], unquote(match[1]))


def _shapes(value: str) -> Iterator[str]:
    raw = value.encode()
    yield from (
        value,
        quote(value, safe=""),
        quote(value),
        quote_plus(value),
        json.dumps(value)[1:-1],
        repr(value)[1:-1],
    )
    yield from (base64.b64encode(raw).decode().rstrip("="), base64.urlsafe_b64encode(raw).decode().rstrip("="))
    yield from (raw.hex(), raw.hex().upper())
