"""Every prompt is readable and strict, every spec is there for its kind, every catalogue speaks of the same things."""

from __future__ import annotations

import json
import re
from string import Formatter

import pytest

from company.records import Kind
from employees.prompts import load_prompts
from qa.specs import read_spec
from tests.architecture.source import PACKAGES, ROOT

PROMPTS = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("prompts/*.md"))
CATALOGUES = sorted((ROOT / "company" / "texts").glob("*.json"))


def test_there_are_prompts_specs_and_catalogues() -> None:
    assert PROMPTS
    assert {path.stem for path in CATALOGUES} == {"en", "fr", "de", "es", "ru", "zh"}


@pytest.mark.parametrize("path", PROMPTS, ids=lambda path: path.stem)
def test_a_prompt_is_clean_text(path) -> None:  # type: ignore[no-untyped-def]
    text = path.read_text(encoding="utf-8")
    assert text.strip()
    assert "\t" not in text
    assert not re.search(r"TODO|FIXME|XXX|lorem ipsum", text, re.IGNORECASE)
    assert text.count("{{") == text.count("}}")


def test_there_is_a_spec_for_each_kind_of_order() -> None:
    specs = {path.stem: read_spec(path) for path in (ROOT / "qa" / "specs").glob("*.json")}
    assert set(specs) == {kind.value for kind in Kind}
    assert all(spec.kind == name for name, spec in specs.items())


def test_every_prompt_of_an_employee_loads_and_names_its_variables() -> None:
    names = frozenset(path.stem for path in (ROOT / "employees" / "prompts").glob("*.md"))
    assert set(load_prompts(names)) == names


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def flat(tree: object, at: str = "") -> dict[str, str]:
    if isinstance(tree, dict):
        return {key: text for name, inner in tree.items() for key, text in flat(inner, f"{at}.{name}").items()}
    return {at: str(tree)}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_catalogue_says_what_the_english_one_says(path) -> None:  # type: ignore[no-untyped-def]
    english = flat(json.loads((ROOT / "company" / "texts" / "en.json").read_text(encoding="utf-8")))
    other = flat(json.loads(path.read_text(encoding="utf-8")))
    assert set(other) == set(english)
    assert {key: fields(text) for key, text in other.items()} == {key: fields(text) for key, text in english.items()}
