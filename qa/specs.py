"""QA specs: what an answer of a kind must be, as JSON that the Board can read and change.

The format is the one of the product's first description (name, command, timeout_seconds, expected_exit_code, format,
completeness, security, code_execution) with optional additions: `kind`, `version`, `facts`, `patch` and `judge` at the
top, `pattern`, `min_length`, `max_length`, `max_words`, `json_schema` and `check_language` in `format`,
`answers_question` and `check_refusals` in `completeness`. `schemas/spec.schema.json` says the same for editors.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from company.errors import ConfigError
from company.records import Json, Kind
from qa.jsonshape import SchemaError, check_schema
from qa.patches.rules import PatchRules

SPECS = Path(__file__).parent / "specs"
"""The specs that come with the house, one per kind of order."""

_LONGEST_SPEC = 256 * 1024  # bytes


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class FormatRules(_Part):
    """The shape of the answer. Lengths are characters."""

    type: Literal["json", "markdown", "text"] = "text"
    required_keys: tuple[str, ...] = Field(default=(), strict=False)
    pattern: str | None = None
    """A regular expression (Python's `re`) that must occur in the text."""
    min_length: int = Field(default=1, ge=0)
    max_length: int | None = Field(default=None, ge=1)
    max_words: int | None = Field(default=None, ge=1)
    """Words of the answer without its code; of Chinese and Japanese, signs."""
    json_schema: Json | None = None
    """A JSON Schema of the answer; the keywords of `qa.jsonshape`."""
    check_language: bool = False
    """The answer must be in the language of the order."""


class CompletenessRules(_Part):
    """What must be in the answer and what must not."""

    required_substrings: tuple[str, ...] = Field(default=(), strict=False)
    forbidden_substrings: tuple[str, ...] = Field(default=(), strict=False)
    answers_question: bool = False
    """Numbered questions, asked counts and asked forms (JSON, table, code) must be met."""
    check_refusals: bool = False
    """Refusals and empty promises are found."""


class SecurityRules(_Part):
    """Leaks and placeholders. `forbidden_patterns` are regular expressions (Python's `re`)."""

    enabled: bool = True
    check_placeholders: bool = True
    forbidden_patterns: tuple[str, ...] = Field(default=(), strict=False)


class FactRules(_Part):
    """What in the answer can be held against the calendar, arithmetic and the books."""

    check_arithmetic: bool = True
    """Sums, percentages, conversions and totals of tables are calculated again."""
    check_dates: bool = True
    """Weekdays, days of a month, leap years and spans of days are looked up in the calendar."""
    check_actions: bool = True
    """"I saved it", "it was sent" must have a tool's receipt in this order."""


class CodeRules(_Part):
    """Code in the answer. `language` is that of a text which is nothing but code."""

    enabled: bool = False
    language: str = "python"
    execute_in_sandbox: bool = False


class JudgeRules(_Part):
    """A model that reads the answer, where rules can't decide. Off: each look costs money or a local model's time."""

    enabled: bool = False
    when: Literal["unverified", "always"] = "unverified"
    """unverified: only what the rules could not decide and a reader can; always: what the rules let pass as well."""
    judges: int = Field(default=1, ge=1, le=2)
    """Two must agree; where they don't, the answer is labelled."""
    rubric: tuple[str, ...] = Field(default=(), strict=False)
    """Points to look at, beside those of the house."""


class Spec(_Part):
    """One QA spec. `command` is only for the runner; a spec of a kind has none."""

    name: str = Field(min_length=1)
    version: int = Field(default=1, ge=1)
    kind: Kind | None = Field(default=None, strict=False)
    command: str = ""
    shell: bool = False
    timeout_seconds: float = Field(default=10, gt=0, le=3600)
    expected_exit_code: int = 0
    format: FormatRules = FormatRules()
    completeness: CompletenessRules = CompletenessRules()
    security: SecurityRules = SecurityRules()
    facts: FactRules = FactRules()
    code_execution: CodeRules = CodeRules()
    patch: PatchRules = PatchRules()
    judge: JudgeRules = JudgeRules()

    @property
    def patterns(self) -> tuple[str, ...]:
        """Every regular expression that the spec's author wrote."""
        own = (self.format.pattern,) if self.format.pattern else ()
        return own + self.security.forbidden_patterns


def parse_spec(text: str, name: str) -> Spec:
    """The spec in `text`, which people know as `name`. Raises `ConfigError` with the file and the JSON path."""
    try:
        data = json.loads(text, object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{name}: this is not JSON ({error}). Mend the file or take it out.") from error
    try:
        spec = Spec.model_validate(data)
    except ValidationError as error:
        raise ConfigError(_sentence(name, error)) from error
    if spec.format.json_schema is not None:
        try:
            check_schema(spec.format.json_schema)
        except SchemaError as error:
            raise ConfigError(f"{name}: $.format.json_schema{error.path}: {error}") from error
    return spec


def read_spec(path: Path) -> Spec:
    """The spec in the file at `path`; blocks on the disk. Raises `ConfigError`."""
    try:
        if path.stat().st_size > _LONGEST_SPEC:
            raise ConfigError(f"{path}: a spec has at most {_LONGEST_SPEC // 1024} kB. Is this the right file?")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no such spec. Check the path.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: the spec can't be read ({error}). It must be a UTF-8 text file.") from error
    return parse_spec(text, str(path))


def read_specs(directories: Sequence[Path], probe: Callable[[Sequence[str]], Mapping[str, str]]) -> dict[Kind, Spec]:
    """One spec per kind; a later directory overrides an earlier one. Blocks on the disk.

    Only the first directory must exist. `probe` tells of each regular expression what is wrong with it (see
    `qa.patterns.probe`). Raises `ConfigError` for the first bad file, a kind twice in one directory, a missing kind.
    """
    specs: dict[Kind, Spec] = {}
    for number, directory in enumerate(directories):
        if number and not directory.is_dir():
            continue
        specs |= _read_directory(directory)
    missing = [kind.value for kind in Kind if kind not in specs]
    if missing:
        where = directories[0] if directories else "(no directory)"
        raise ConfigError(f"{where}: no spec of kind {', '.join(missing)}. Every kind of order needs one.")
    wrong = probe(sorted({pattern for spec in specs.values() for pattern in spec.patterns}))
    for spec in specs.values():
        refuse_bad_patterns(spec, wrong, f"the spec {spec.name!r}")
    return specs


def refuse_bad_patterns(spec: Spec, wrong: Mapping[str, str], name: str) -> None:
    """Raise `ConfigError` when one of the spec's regular expressions is among `wrong` (pattern -> what is wrong)."""
    places = [("$.format.pattern", spec.format.pattern or "")]
    places += [
        (f"$.security.forbidden_patterns[{index}]", pattern)
        for index, pattern in enumerate(spec.security.forbidden_patterns)
    ]
    for path, pattern in places:
        if pattern in wrong:
            raise ConfigError(f"{name}: {path}: {wrong[pattern]}")


def _read_directory(directory: Path) -> dict[Kind, Spec]:
    found: dict[Kind, Spec] = {}
    for path in sorted(directory.glob("*.json")):
        spec = read_spec(path)
        if spec.kind is None:
            raise ConfigError(f'{path}: $.kind: say which kind of order this spec is for, as in "kind": "chat".')
        if spec.kind in found:
            raise ConfigError(f"{path}: $.kind: {directory} holds two specs of kind {spec.kind.value}. Keep one.")
        found[spec.kind] = spec
    return found


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        twice = next(key for key in data if sum(key == name for name, _ in pairs) > 1)
        raise ValueError(f"the key {twice!r} occurs twice")
    return data


def _sentence(name: str, error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    path = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{name}: {path}: there is no such field. Take it out or correct its name."
    if first["type"] == "missing":
        return f"{name}: {path}: this field is missing. Add it."
    return f"{name}: {path}: {first['msg'][0].lower()}{first['msg'][1:]}."
