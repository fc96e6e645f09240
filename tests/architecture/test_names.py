"""Names that say only "something happens here" are not used for modules and classes."""

from __future__ import annotations

import ast
import re

from tests.architecture.source import name_of, product_files, tree_of

BANNED = {"manager", "handler", "service", "util", "utils", "helper", "helpers", "common", "base", "core", "misc"}


def words(name: str) -> set[str]:
    """snake_case and CamelCase, taken apart and lowered."""
    return {part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}


def test_words_are_taken_apart() -> None:
    assert words("BudgetManager") == {"budget", "manager"}
    assert words("http_util") == {"http", "util"}
    assert words("HTTPHandler") == {"http", "handler"}
    assert words("Database") == {"database"}


def test_no_module_or_class_has_an_empty_name() -> None:
    found = []
    for path in product_files():
        if words(path.stem) & BANNED or words(path.parent.name) & BANNED:
            found.append(name_of(path))
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef) and words(node.name) & BANNED:
                found.append(f"{name_of(path)}:{node.lineno} {node.name}")
    assert found == []


def test_every_module_says_what_it_owns() -> None:
    silent = [name_of(path) for path in product_files() if not ast.get_docstring(tree_of(path))]
    assert silent == []
