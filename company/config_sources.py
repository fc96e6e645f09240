"""How the three sources of the settings are read and laid over each other, and how a fault in them is explained."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from company.errors import ConfigError

PREFIX = "NEXUS_"
ALIASES = {"OLLAMA_BASE_URL": ("ollama", "base_url"), "SQLITE_DB_PATH": ("database", "sqlite_path")}
"""Environment names of long standing that set a setting; the NEXUS_ form wins over them."""

SECRET_SHAPE = re.compile(
    r"\b\d{6,}:[\w-]{30,}|\bsk-[\w-]{16,}|\bghp_\w{20,}|\bAKIA[0-9A-Z]{16}\b"
    r"|://[^/\s:@]+:[^@\s]+@|-----BEGIN [A-Z ]*PRIVATE KEY"
)
"""Shapes that betray a secret inside a settings file: bot tokens, provider keys, passwords in URLs, private keys."""


SECRET_NAME = re.compile(r"(^|_)(token|secret|password|passwd|api_key|audit_key|database_url)$")
"""Names under which people look for a secret's place in the settings."""


def read_toml(path: Path) -> dict[str, Any]:
    """The file's tables; none when there is no file.

    Raises:
        ConfigError: it can't be read, is no TOML, or holds a secret.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} can't be read ({error}); mend the file or its permissions.") from None
    for number, line in enumerate(text.splitlines(), 1):
        if SECRET_SHAPE.search(line):  # in a comment too: it would still lie in a readable file
            raise ConfigError(
                f"{path.name} line {number} holds something that looks like a secret; take it out, change it at its "
                "provider, and give it to NEXUS with `./nexus init` (a 0600 file) or in the environment."
            )
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name} is not valid TOML: {error}.") from None


def from_environment(environment: Mapping[str, str], settings: type[BaseModel]) -> dict[str, Any]:
    """What the variables set, as a tree: aliases first, so that the NEXUS_ form wins.

    Raises:
        ConfigError: a variable that was meant to set something and does not.
    """
    tree: dict[str, Any] = {}
    for name, path in ALIASES.items():
        if environment.get(name):
            tree.setdefault(path[0], {})[path[1]] = environment[name]
    for name, value in sorted(environment.items()):
        if not name.startswith(PREFIX):
            continue
        *tables, key = name.removeprefix(PREFIX).lower().split("__")
        if not tables:
            _refuse_single_underscore(name, key, settings)
            continue
        place: Any = tree
        for table in tables:
            place = place.setdefault(table, {}) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            raise ConfigError(f"the environment: {name} lies inside a variable that already has a value; remove one.")
        place[key] = _literal(value)
    return tree


def _refuse_single_underscore(name: str, key: str, settings: type[BaseModel]) -> None:
    """NEXUS_TELEGRAM_BASE_URL would be passed over in silence; other NEXUS_ names are not ours to judge."""
    table, _, rest = key.partition("_")
    if rest in _keys_at((table,), settings):
        raise ConfigError(
            f"the environment: {name} sets nothing; write {PREFIX}{table.upper()}__{rest.upper()} (two underscores)."
        )


def _literal(value: str) -> Any:
    """Lists and tables are written as TOML values; all else is left to the setting's own type."""
    if value[:1] in "[{":
        try:
            return tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            return value
    return value


def lay_over(
    below: dict[str, Any], above: Mapping[str, Any], source: str, sources: dict[tuple[str, ...], str],
    path: tuple[str, ...] = (),
) -> None:  # fmt: skip
    """Merge `above` into `below`, table by table, and note in `sources` where each key came from."""
    for key, value in above.items():
        here = (*path, key)
        sources[here] = source
        if isinstance(value, Mapping) and isinstance(below.get(key), dict):
            lay_over(below[key], value, source, sources, here)
        elif isinstance(value, Mapping):
            below[key] = {}
            lay_over(below[key], value, source, sources, here)
        else:
            below[key] = value


def explain(error: ValidationError, sources: Mapping[tuple[str, ...], str], settings: type[BaseModel]) -> str:
    """The first fault as one sentence: where it stands, what is wrong, how to mend it; never a secret's value."""
    first = error.errors()[0]
    path = tuple(str(part) for part in first["loc"])
    dotted = ".".join(path)
    source = next((sources[path[:n]] for n in range(len(path), 0, -1) if path[:n] in sources), "config.toml")
    if first["type"] == "extra_forbidden" and SECRET_NAME.search(path[-1].lower()):
        return (
            f"{source}: '{dotted}' is no setting but a secret; take it out and give it with `./nexus init` (a 0600 "
            "file) or in the environment."
        )
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(path[-1], _keys_at(path[:-1], settings), n=1)
        hint = f"did you mean '{near[0]}'?" if near else "remove it; docs/reference/config.md lists every setting."
        return f"{source}: there is no setting '{dotted}'; {hint}"
    if first["type"] == "missing":
        return f"{source}: '{dotted}' is missing; add it (docs/reference/config.md says what it is)."
    message = str(first["msg"]).removeprefix("Value error, ")
    given = repr(first["input"])
    shown = "something that looks like a secret" if SECRET_SHAPE.search(given) else given
    return f"{source}: '{dotted}' is {shown}, but {message[:1].lower()}{message[1:]}."


def _keys_at(path: tuple[str, ...], settings: type[BaseModel]) -> list[str]:
    section: Any = settings
    for part in path:
        field = section.model_fields.get(part) if isinstance(section, type) and issubclass(section, BaseModel) else None
        if field is None:
            return []
        section = field.annotation
        for inner in getattr(section, "__args__", ()):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                return list(inner.model_fields)
    return list(section.model_fields) if isinstance(section, type) and issubclass(section, BaseModel) else []
