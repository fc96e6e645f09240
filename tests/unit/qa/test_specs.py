"""Specs: one per kind, overrides, clear sentences for bad ones, patterns that can't run away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from company.errors import ConfigError
from company.records import Kind
from qa import patterns
from qa.jsonshape import SchemaError, check_schema, violations
from qa.report import Report
from qa.specs import SPECS, Spec, parse_spec, read_spec, read_specs, refuse_bad_patterns
from tests.stopwatch import Stopwatch

HOUSE = Path(__file__).parents[3]
SEED = """{
  "name": "Validation Name",
  "command": "echo 'test output'",
  "timeout_seconds": 10,
  "expected_exit_code": 0,
  "format": {"type": "json", "required_keys": ["status", "result"]},
  "completeness": {"required_substrings": ["success"], "forbidden_substrings": ["TODO", "placeholder"]},
  "security": {"enabled": true, "check_placeholders": true, "forbidden_patterns": ["sk-[a-zA-Z0-9]{20,}"]},
  "code_execution": {"enabled": true, "language": "python", "execute_in_sandbox": false}
}"""


def _nothing(found: object) -> dict[str, str]:
    return {}


def test_the_first_description_s_example_is_a_spec() -> None:
    spec = parse_spec(SEED, "seed")
    assert spec.name == "Validation Name"
    assert spec.format.required_keys == ("status", "result")
    assert spec.security.forbidden_patterns == ("sk-[a-zA-Z0-9]{20,}",)
    assert not spec.code_execution.execute_in_sandbox
    assert patterns.probe(spec.patterns) == {}


def test_every_kind_has_its_spec() -> None:
    specs = read_specs((SPECS,), patterns.probe)
    assert set(specs) == set(Kind)
    assert all(spec.kind is kind and spec.security.enabled for kind, spec in specs.items())


@pytest.mark.parametrize("path", sorted((SPECS / "examples").glob("*.json")), ids=lambda path: path.stem)
def test_the_examples_are_specs(path: Path) -> None:
    assert patterns.probe(read_spec(path).patterns) == {}


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"name": ""}, "$.name", "at least 1"),
        ({"colour": "red"}, "$.colour", "no such field"),
        ({"patch": {"max_files": 0}}, "$.patch.max_files", "greater than or equal to 1"),
        ({"patch": {"tree": "checkout"}}, "$.patch.tree", "named by its whole path"),
        ({"patch": {"tests": "pytest 'x"}}, "$.patch.tests", "close its quotes"),
        ({"patch": {"allow": ["src/**"]}}, "$.patch.allow", "no such field"),
        ({"format": {"type": "yaml"}}, "$.format.type", "json"),
        ({"format": {"type": "json", "required_keys": "status"}}, "$.format.required_keys", "tuple"),
        ({"format": {"type": "json", "required_keys": ["a", 1]}}, "$.format.required_keys[1]", "string"),
        ({"timeout_seconds": 0}, "$.timeout_seconds", "greater than 0"),
        ({"timeout_seconds": "10"}, "$.timeout_seconds", "number"),
        ({"expected_exit_code": 0.5}, "$.expected_exit_code", "integer"),
        ({"security": {"enabled": "yes"}}, "$.security.enabled", "boolean"),
        ({"kind": "poetry"}, "$.kind", "chat"),
        ({"version": 0}, "$.version", "1"),
        ({"format": {"json_schema": {"type": "thing"}}}, "$.format.json_schema.type", "one of"),
        ({"format": {"json_schema": {"properties": {"a": {"oneOf": []}}}}}, ".properties.a.oneOf", "not checked"),
    ],
)
def test_a_bad_spec_is_refused_with_its_place(change: dict[str, Any], place: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_spec(json.dumps({"name": "x", **change}), "mine.json")
    sentence = str(refused.value)
    assert sentence.startswith("mine.json: ")
    assert place in sentence
    assert words in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', '{"name": "a", "name": "b"}', "[" * 100_000])
def test_what_is_no_spec_at_all(text: str) -> None:
    with pytest.raises(ConfigError, match=r"mine\.json: "):
        parse_spec(text, "mine.json")


def test_a_name_is_needed() -> None:
    with pytest.raises(ConfigError, match=r"\$\.name: this field is missing"):
        parse_spec("{}", "mine.json")


def test_files_that_can_t_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such spec"):
        read_spec(tmp_path / "none.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="can't be read"):
        read_spec(tmp_path / "binary.json")
    (tmp_path / "long.json").write_text(" " * 300_000)
    with pytest.raises(ConfigError, match="256 kB"):
        read_spec(tmp_path / "long.json")


def test_the_board_overrides_one_kind(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(
        '{"name": "Short chat", "version": 2, "kind": "chat", "format": {"max_length": 99}}'
    )
    specs = read_specs((SPECS, tmp_path, tmp_path / "absent"), _nothing)
    assert (specs[Kind.CHAT].name, specs[Kind.CHAT].version) == ("Short chat", 2)
    assert specs[Kind.CODE] == read_spec(SPECS / "code.json")


def test_directories_that_are_not_whole(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no spec of kind chat, documents"):
        read_specs((tmp_path,), _nothing)
    (tmp_path / "a.json").write_text('{"name": "a"}')
    with pytest.raises(ConfigError, match=r"a\.json: \$\.kind"):
        read_specs((SPECS, tmp_path), _nothing)
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text('{"name": "a", "kind": "chat"}')
    with pytest.raises(ConfigError, match="two specs of kind chat"):
        read_specs((SPECS, tmp_path), _nothing)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|ab)*c", r"(\w+\s?)*!", "([a-zA-Z]+)*$"])
def test_patterns_that_run_away_are_refused(pattern: str) -> None:
    spec = parse_spec(json.dumps({"name": "x", "security": {"forbidden_patterns": ["ok", pattern]}}), "x")
    with pytest.raises(ConfigError, match=r"mine: \$\.security\.forbidden_patterns\[1\]: .* very long"):
        refuse_bad_patterns(spec, patterns.probe(spec.patterns), "mine")


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "a{2,1}", "(?P<x>", "*a", "a" * 1001])
def test_patterns_that_are_not_valid_are_refused(pattern: str) -> None:
    assert list(patterns.probe((pattern, "fine"))) == [pattern]


def test_usual_patterns_are_accepted() -> None:
    usual = (
        r"[\w.+-]+@[\w-]+\.[\w.]+",
        r"\b\d{3}-\d{2}-\d{4}\b",
        r"(?i)password\s*[:=]\s*\S+",
        r"^\s*$",
        r"wo-[0-9]+",
        "sk-[a-zA-Z0-9]{20,}",
        r"https?://[^\s]+",
    )
    assert patterns.probe(usual) == {}
    assert patterns.search(usual, "see wo-12 at https://example.com") == {r"wo-[0-9]+", r"https?://[^\s]+"}


def test_a_pattern_that_slipped_through_is_stopped() -> None:
    watch = Stopwatch()
    with pytest.raises(patterns.PatternTimeout):
        patterns.search(("(b+)+$",), "b" * 40 + "!", limit_s=0.5)
    assert watch.seconds < 5


@pytest.mark.parametrize(
    ("value", "schema", "paths"),
    [
        (1, True, []),
        (1, False, ["$"]),
        (1, {"type": "integer"}, []),
        (1.0, {"type": "integer"}, []),
        (True, {"type": "integer"}, ["$"]),
        (1.5, {"type": ["string", "number"]}, []),
        (None, {"type": "null"}, []),
        ("b", {"enum": ["a"]}, ["$"]),
        ("b", {"const": "b"}, []),
        ("abc", {"maxLength": 2}, ["$"]),
        ("a", {"minLength": 2}, ["$"]),
        (5, {"maximum": 4}, ["$"]),
        ([1, 2], {"maxItems": 1}, ["$"]),
        ([1, "2"], {"items": {"type": "integer"}}, ["$[1]"]),
        ({"a": 1}, {"additionalProperties": {"type": "string"}}, ["$.a"]),
        ("x", {"anyOf": [{"type": "integer"}, {"enum": ["x"]}]}, []),
        ("y", {"anyOf": [{"type": "integer"}, {"enum": ["x"]}]}, ["$"]),
    ],
)
def test_json_schema(value: object, schema: Any, paths: list[str]) -> None:
    check_schema(schema)
    assert [path for path, _ in violations(value, schema)] == paths


@pytest.mark.parametrize(
    "schema", [1, {"type": []}, {"minItems": -1}, {"maximum": "1"}, {"required": "a"}, {"anyOf": {}}]
)
def test_bad_schemas(schema: Any) -> None:
    with pytest.raises(SchemaError):
        check_schema(schema)


@pytest.mark.parametrize(("model", "name"), [(Spec, "spec"), (Report, "report")])
def test_the_written_schemas_are_those_of_the_code(model: type[Spec], name: str) -> None:
    """After a change: `python -m qa.write_schemas`."""
    written = json.loads((HOUSE / "qa" / "schemas" / f"{name}.schema.json").read_text())
    assert written == model.model_json_schema()
