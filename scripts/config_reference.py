"""Writes docs/reference/config.md and config.toml from the typed settings of company/config.py (`make docs`).

The docstring under each field is its text in both. `tests/architecture/test_settings.py` holds them to it.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pydantic.fields import FieldInfo  # noqa: E402

from company.config import Settings  # noqa: E402
from company.config_section import Section  # noqa: E402
from company.config_sources import ALIASES, PREFIX  # noqa: E402
from company.secrets import KNOWN  # noqa: E402

WIDTH = 110

REFERENCE_HEAD = """\
# Settings

<!-- Written by `make docs` from company/config.py: change the docstrings there. -->

Three sources, each over the one before: `config.toml` (every setting with its default), `config.local.toml` (yours;
not under version control), the environment: `{prefix}TELEGRAM__BASE_URL` sets `base_url` of `[telegram]`. Older names
that work too: {aliases}. An unknown name is an error with a suggestion; a secret in a settings file is refused.

Secrets are no settings. They are looked up as a systemd credential, then as a file of mode 0600 in
`<data_dir>/secrets/`, then in the environment in capitals: {secrets}, and `<provider>_api_key` for any other provider.
`nexus init` asks for them and keeps them.
"""

TOML_HEAD = """\
# Every setting of NEXUS with its default. Written by `make docs` from company/config.py.
# Put what you change into config.local.toml, which is laid over this file and is yours alone. The environment wins over
# both: NEXUS_TELEGRAM__BASE_URL sets base_url of [telegram]. No secrets here: `nexus init` keeps them in 0600 files.
"""


def tables() -> Iterator[tuple[str, type[Section], Section | None, str]]:
    """(dotted name, section, its default or None for a pattern, text) in the order of the settings."""
    settings = Settings()
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, Section):
            yield name, type(value), value, type(value).__doc__ or ""
            continue
        section = get_args(field.annotation)[1]
        yield f"{name}.<name>", section, None, f"{field.description or ''} {section.__doc__ or ''}".strip()


def kind_of(annotation: Any) -> str:
    """The type as a person writes it in TOML."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f'"{choice}"' for choice in inner)
    if origin is tuple:
        return f"list of {kind_of(inner[0])}"
    if origin is Union or type(annotation).__name__ == "UnionType":
        return " or nothing".join(kind_of(part) for part in inner if part is not type(None)) + " or nothing"
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return ", ".join(f'"{choice}"' for choice in annotation)
    return {str: "text", bool: "true or false", int: "whole number", float: "number", Decimal: "number", Path: "path"}[
        annotation
    ]


def toml_of(value: Any) -> str:
    """The value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f") if value == value.to_integral_value() else format(value.normalize(), "f")
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_of(item) for item in value) + "]"
    return json.dumps(str(value), ensure_ascii=False)


def bounds(field: FieldInfo) -> str:
    """The limits of a number, in words."""
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    said = [
        f"{word} {getattr(limit, name)}"
        for limit in field.metadata
        for name, word in words.items()
        if getattr(limit, name, None) is not None
    ]
    return f" ({', '.join(said)})" if said else ""


def default_of(field: FieldInfo, value: Any) -> str:
    """The default in a table cell."""
    if field.is_required():
        return "required"
    return "left out" if value is None else f"`{toml_of(value)}`"


def reference() -> str:
    """The whole of docs/reference/config.md."""
    aliases = ", ".join(f"`{name}` (`{'.'.join(path)}`)" for name, path in ALIASES.items())
    out = [REFERENCE_HEAD.format(prefix=PREFIX, aliases=aliases, secrets=", ".join(f"`{name}`" for name in KNOWN))]
    for name, section, default, description in tables():
        out += [f"## [{name}]", "", " ".join(description.split()), ""]
        out += ["| setting | type | default | |", "|---|---|---|---|"]
        for key, field in section.model_fields.items():
            value = getattr(default, key) if default is not None else field.get_default(call_default_factory=True)
            kind = kind_of(field.annotation) + bounds(field)
            text = " ".join((field.description or "").split())
            out.append(f"| `{key}` | {kind} | {default_of(field, value)} | {text} |".replace("|  |", "| |"))
        out.append("")
    return "\n".join(out).rstrip() + "\n"


def comment(text: str) -> list[str]:
    """A text as TOML comment lines."""
    return [f"# {line}" for line in textwrap.wrap(" ".join(text.split()), WIDTH)]


def example() -> str:
    """The whole of config.toml."""
    settings = Settings()
    out = [TOML_HEAD]
    for name, section, default, description in tables():
        table, _, pattern = name.partition(".")
        if default is not None:
            out += [*comment(description), f"[{table}]"]
            out += _lines(section, default, commented=True)
            continue
        out += [*comment(description)]
        seeds: dict[str, Section] = getattr(settings, table)
        for key, seed in seeds.items():
            quoted = key if key.replace("-", "").replace("_", "").isalnum() else json.dumps(key)
            out += [f"[{table}.{quoted}]", *_lines(section, seed, commented=seed is next(iter(seeds.values())))]
        if not seeds:
            out += [f"# [{table}.{pattern}]"]
            for field_name, field in section.model_fields.items():
                out += [*comment(field.description or ""), f"# {field_name} = {toml_of(field.default)}"]
            out.append("")
    return "\n".join(out).rstrip() + "\n"


def _lines(section: type[Section], values: Section, *, commented: bool) -> list[str]:
    out = []
    for key, field in section.model_fields.items():
        value = getattr(values, key)
        if commented:
            out += comment(field.description or "")
        if value is not None:
            out.append(f"{key} = {toml_of(value)}")
        elif commented:
            out.append(f"# {key} =   # left out by default")
    return [*out, ""]


PAGES = {"docs/reference/config.md": reference, "config.toml": example}


def main() -> None:
    """Write both files where they changed."""
    for name, write in PAGES.items():
        path, content = ROOT / name, write()
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")
            sys.stdout.write(f"wrote {name}\n")


if __name__ == "__main__":
    main()
