"""The house stays a checkout: its folders' names collide with nothing that is installed, and nothing of it is."""

from __future__ import annotations

import importlib.metadata
import re
import sys
import tomllib

import pytest

from tests.architecture.source import PACKAGES, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_no_installed_distribution_provides_one_of_our_names() -> None:
    provided = importlib.metadata.packages_distributions()
    assert {name: provided[name] for name in (*PACKAGES, "nexus", "migrations") if name in provided} == {}


def test_no_name_of_ours_is_in_the_standard_library() -> None:
    assert set(PACKAGES) & set(sys.stdlib_module_names) == set()


def test_nothing_of_ours_is_built_into_a_package() -> None:
    assert PROJECT["tool"]["uv"]["package"] is False
    assert "build-system" not in PROJECT


def test_the_lock_fits_the_project_and_every_file_in_it_has_a_hash() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    assert lock["requires-python"].replace(" ", "") == PROJECT["project"]["requires-python"].replace(" ", "")
    ours = next(package for package in lock["package"] if package["name"] == PROJECT["project"]["name"])
    asked = {re.split(r"[\[<>=~! ]", line)[0].lower() for line in PROJECT["project"]["dependencies"]}
    assert {entry["name"] for entry in ours["metadata"]["requires-dist"]} == asked
    for package in lock["package"]:
        for file in (*package.get("wheels", ()), *((package["sdist"],) if "sdist" in package else ())):
            assert file["hash"].startswith("sha256:"), package["name"]
            assert file["url"].startswith("https://files.pythonhosted.org/"), package["name"]


def test_uv_itself_is_pinned_with_hashes() -> None:
    pinned = (ROOT / "scripts" / "uv.txt").read_text(encoding="utf-8")
    assert re.search(r"^uv==\d+\.\d+\.\d+ \\$", pinned, re.MULTILINE)
    assert pinned.count("--hash=sha256:") >= 10


@pytest.mark.parametrize("group", ["providers", "documents"])
def test_heavy_libraries_stay_out_of_the_core(group: str) -> None:
    heavy = {re.split(r"[<>=]", line)[0] for line in PROJECT["dependency-groups"][group]}
    assert not heavy & {re.split(r"[\[<>=]", line)[0] for line in PROJECT["project"]["dependencies"]}


def test_this_interpreter_is_one_that_is_supported() -> None:
    assert (3, 11) <= sys.version_info[:2] < (3, 14)
