"""Reads the product's own source for the tests of this folder."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("company", "bot", "web", "console", "employees", "knowledge", "qa", "sandbox", "voice", "heartbeat")
"""The folders of the house, as [tool.importlinter] has them."""


def product_files() -> Iterator[Path]:
    """Every Python file that runs in production, nexus.py included."""
    if (ROOT / "nexus.py").exists():
        yield ROOT / "nexus.py"
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def all_files() -> Iterator[Path]:
    """The product, its tests, its benchmarks and scripts; not the migrations, which a tool writes."""
    yield from product_files()
    for folder in ("tests", "benchmarks", "scripts"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    """The path as a person writes it: relative to the checkout."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of attributes, calls in it shown as `a().b`; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else node.attr
    if isinstance(node, ast.Call):
        return f"{dotted(node.func)}()"
    return ""


def calls(path: Path) -> Iterator[tuple[int, str, ast.Call]]:
    """(line, dotted name, node) of every call in the file."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, dotted(node.func), node
