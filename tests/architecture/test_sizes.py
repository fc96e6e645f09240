"""A file can be read in one sitting and a function on one screen. Raising a limit is a reviewed line here."""

from __future__ import annotations

import ast
from collections import Counter

from tests.architecture.source import ROOT, all_files, name_of, product_files, tree_of

FILE_LINES = 500
FUNCTION_LINES = 60
SMALL_README_LINES = 150


def test_no_file_is_longer_than_five_hundred_lines() -> None:
    counted = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in all_files()}
    assert {name: lines for name, lines in counted.items() if lines > FILE_LINES} == {}
    assert len(counted) > 50, "the search found next to nothing: is it looking in the right place?"


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = []
    for path in product_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    long.append(f"{name_of(path)}:{node.lineno} {node.name}: {lines}")
    assert long == []


def test_the_readme_is_short() -> None:
    readme = ROOT / "README.md"
    assert len(readme.read_text(encoding="utf-8").splitlines()) <= SMALL_README_LINES


def test_no_module_is_called_twice_within_a_folder_of_tests() -> None:
    """Test files are found by name: two of one name in one folder tree of a department confuse people."""
    for department in (ROOT / "tests" / "unit").iterdir():
        names = Counter(path.name for path in department.rglob("test_*.py"))
        assert {name: n for name, n in names.items() if n > 1} == {}, department.name
