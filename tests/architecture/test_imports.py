"""The layers and the doors of [tool.importlinter], run as a test; and that the contracts name every folder."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.source import PACKAGES, ROOT


def test_the_contracts_hold() -> None:
    ran = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_contracts_know_every_folder_of_the_house() -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert folders == set(PACKAGES) == set(linter["root_packages"])
    layers, doors = linter["contracts"][:2]
    assert {name.strip() for layer in layers["layers"] for name in layer.split("|")} == folders
    assert set(doors["source_modules"]) == folders


def test_a_forbidden_import_is_caught(tmp_path: Path) -> None:
    """The contracts on a small copy of the house with one planted fault each: a test that could not fail is none."""
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    planted = {
        "bot/x.py": ("import web", "Departments stand on company"),
        "company/x.py": ("import bot", "Departments stand on company"),
        "qa/x.py": ("import anthropic", "One door per outside library"),
        "company/y.py": ("import asyncpg", "One door per outside library"),
    }
    for name, (line, contract) in planted.items():
        (tmp_path / name).write_text(line + "\n")
        ran = subprocess.run(
            [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"],
            cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip
        (tmp_path / name).unlink()
        assert ran.returncode != 0, name
        assert f"{contract}, side by side BROKEN" in ran.stdout or f"{contract} BROKEN" in ran.stdout, ran.stdout
