"""A small part of JSON Schema (2020-12), enough for specs: what a value must look like, and where it does not.

Keywords: type, enum, const, properties, required, additionalProperties (true, false or a schema), items, minItems,
maxItems, minLength, maxLength, minimum, maximum, anyOf; title, description, default, examples and $schema are read
over. Another keyword is an error when the spec is loaded: a rule that is not checked must not look as if it were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: (
        not isinstance(value, bool) and isinstance(value, int | float) and float(value).is_integer()
    ),
    "number": lambda value: not isinstance(value, bool) and isinstance(value, int | float),
}
_SIZES = {"minItems", "maxItems", "minLength", "maxLength"}
_BOUNDS = {"minimum", "maximum"}
_LISTS = {"required", "enum", "anyOf"}
_SILENT = {"title", "description", "default", "examples", "$schema"}
_KNOWN = (
    {"type", "const", "properties", "additionalProperties", "items"} | _SIZES | _BOUNDS | _LISTS | _SILENT
)  # fmt: skip
_DEEPEST = 64


class SchemaError(ValueError):
    """The schema itself is wrong; `path` begins after the schema's own place."""

    def __init__(self, path: str, sentence: str) -> None:
        super().__init__(sentence)
        self.path = path


def check_schema(schema: Any, path: str = "") -> None:
    """Raise `SchemaError` at the first keyword that is unknown or has a wrong value."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        raise SchemaError(path, "a schema is an object.")
    if path.count(".") > _DEEPEST:
        raise SchemaError(path, "the schema is nested too deep.")
    for key, value in schema.items():
        if key not in _KNOWN:
            raise SchemaError(f"{path}.{key}", "this keyword of JSON Schema is not checked here. Take it out.")
        _check_value(key, value, f"{path}.{key}")
    for below, part in _parts(schema):
        check_schema(part, path + below)


def violations(value: Any, schema: Any, path: str = "$") -> Iterator[tuple[str, str]]:
    """(JSON path, what is wrong there) for each place where `value` does not fit `schema`."""
    if isinstance(schema, bool):
        if not schema:
            yield path, "nothing is allowed here"
        return
    wrong = _wrong_type(value, schema)
    if wrong:
        yield path, wrong
        return
    if "const" in schema and value != schema["const"]:
        yield path, f"must be {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield path, "must be one of " + ", ".join(map(repr, schema["enum"]))
    if "anyOf" in schema and not any(next(violations(value, part), None) is None for part in schema["anyOf"]):
        yield path, "fits none of the allowed forms"
    if isinstance(value, dict):
        yield from _in_object(value, schema, path)
    elif isinstance(value, list):
        yield from _in_array(value, schema, path)
    else:
        yield from _in_scalar(value, schema, path)


def _check_value(key: str, value: Any, path: str) -> None:
    names = value if isinstance(value, list) else [value]
    if key == "type" and not (names and all(isinstance(name, str) and name in _TYPES for name in names)):
        raise SchemaError(path, "must be one of " + ", ".join(_TYPES) + ".")
    if key in _SIZES and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise SchemaError(path, "must be a whole number from 0.")
    if key in _BOUNDS and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise SchemaError(path, "must be a number.")
    if key in _LISTS and not isinstance(value, list):
        raise SchemaError(path, "must be a list.")
    if key == "required" and not all(isinstance(name, str) for name in value):
        raise SchemaError(path, "must be a list of names.")
    if key == "properties" and not isinstance(value, dict):
        raise SchemaError(path, "must be an object.")


def _parts(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, part in schema.get("properties", {}).items():
        yield f".properties.{name}", part
    for index, part in enumerate(schema.get("anyOf", [])):
        yield f".anyOf[{index}]", part
    for key in ("items", "additionalProperties"):
        if key in schema:
            yield f".{key}", schema[key]


def _wrong_type(value: Any, schema: Mapping[str, Any]) -> str:
    names = schema.get("type")
    if names is None:
        return ""
    names = names if isinstance(names, list) else [names]
    return "" if any(_TYPES[name](value) for name in names) else f"must be of type {' or '.join(names)}"


def _in_object(value: dict[str, Any], schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name in schema.get("required", []):
        if name not in value:
            yield f"{path}.{name}", "is missing"
    known = schema.get("properties", {})
    rest = schema.get("additionalProperties", True)
    for name, item in value.items():
        if name in known:
            yield from violations(item, known[name], f"{path}.{name}")
        elif rest is False:
            yield f"{path}.{name}", "is not allowed"
        else:
            yield from violations(item, rest, f"{path}.{name}")


def _in_array(value: list[Any], schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    if len(value) < schema.get("minItems", 0):
        yield path, f"has {len(value)} items, at least {schema['minItems']} are needed"
    if len(value) > schema.get("maxItems", len(value)):
        yield path, f"has {len(value)} items, at most {schema['maxItems']} are allowed"
    if "items" in schema:
        for index, item in enumerate(value):
            yield from violations(item, schema["items"], f"{path}[{index}]")


def _in_scalar(value: Any, schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            yield path, f"is shorter than {schema['minLength']} characters"
        if len(value) > schema.get("maxLength", len(value)):
            yield path, f"is longer than {schema['maxLength']} characters"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if value < schema.get("minimum", value):
            yield path, f"is below {schema['minimum']}"
        if value > schema.get("maximum", value):
            yield path, f"is above {schema['maximum']}"
