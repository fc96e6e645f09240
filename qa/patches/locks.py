"""Lock files: a package whose hash or address changed while its version stayed is not the package it was."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from company.records import Finding
from qa.patches.diff import FileChange
from qa.patches.telling import finding

_NAMES = frozenset(
    {"uv.lock", "poetry.lock", "pdm.lock", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml",
     "pipfile.lock", "cargo.lock", "go.sum", "gemfile.lock", "composer.lock"}
)  # fmt: skip
_HASH = re.compile(r"\b(?:sha(?:1|256|384|512)[-:=][A-Za-z0-9+/=]{20,}|h1:[A-Za-z0-9+/=]{20,})|\b[0-9a-f]{64}\b")
_VERSION = re.compile(r"^\s*[\"']?version[\"']?\s*[:=]?\s|==|^\S+ v\d|^\s{0,4}[\"']?/?@?[\w./-]+@[^:]+:\s*$")
_URL = re.compile(r"https?://([\w.-]+)/")
_USUAL = frozenset(
    {"registry.npmjs.org", "files.pythonhosted.org", "pypi.org", "registry.yarnpkg.com", "github.com",
     "index.crates.io", "static.crates.io", "crates.io", "repo.packagist.org", "api.github.com", "codeload.github.com",
     "rubygems.org", "opencollective.com", "tidelift.com", "www.patreon.com"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Locked:
    hashes: frozenset[str]
    places: frozenset[str]


def is_lock(path: str) -> bool:
    """By its name; a requirements file with hashes is one too."""
    return path.rpartition("/")[2].lower() in _NAMES


def check(file: FileChange, before: str | None, after: str | None) -> Iterator[Finding]:
    """What changed in a lock file and should not have."""
    old, new = (_read(file.path, text) if text is not None else None for text in (before, after))
    if old is not None and new is not None:
        yield from _compared(file.path, old, new)
    else:
        yield from _by_lines(file)
    for host in sorted(_hosts(file.added().values()) - _hosts(file.removed()) - _USUAL):
        yield finding(
            "lock-source", f"{file.path}: packages come from {host} now. Take them from where they came from."
        )


def _compared(path: str, old: dict[tuple[str, str], _Locked], new: dict[tuple[str, str], _Locked]) -> Iterator[Finding]:
    for (name, version), locked in new.items():
        known = old.get((name, version))
        if known is None or not known.hashes:
            continue
        if not locked.hashes:
            yield finding("lock-hash", f"{path}: {name} {version} has lost its hash. Lock it again with the tool.")
        elif not locked.hashes <= known.hashes and not known.hashes <= locked.hashes:
            yield finding(
                "lock-hash",
                f"{path}: the hash of {name} changed, but its version {version} did not. Lock it again with the tool.",
            )


def _by_lines(file: FileChange) -> Iterator[Finding]:
    for hunk in file.hunks:
        lines = [line for line in hunk.lines if line.sign != " "]
        old = {match for line in lines if line.sign == "-" for match in _HASH.findall(line.text)}
        new = {match for line in lines if line.sign == "+" for match in _HASH.findall(line.text)}
        if old and new - old and not any(_VERSION.search(line.text) for line in lines):
            yield finding(
                "lock-hash",
                f"{file.path}, line {hunk.new_start}: a hash changed, but no version did. Lock it again with the tool.",
            )


def _hosts(lines: Any) -> set[str]:
    return {host for line in lines for host in _URL.findall(line)}


def _read(path: str, text: str) -> dict[tuple[str, str], _Locked] | None:
    """(name, version) -> what is known of it; None where the format is not one of those read whole."""
    name = path.rpartition("/")[2].lower()
    try:
        if name in ("uv.lock", "poetry.lock", "pdm.lock", "cargo.lock"):
            return dict(_toml(tomllib.loads(text)))
        if name in ("package-lock.json", "npm-shrinkwrap.json"):
            return dict(_npm(json.loads(text)))
    except (ValueError, RecursionError, AttributeError, TypeError):
        return None
    return None


def _toml(data: dict[str, Any]) -> Iterator[tuple[tuple[str, str], _Locked]]:
    files = data.get("metadata", {}).get("files", {})
    for package in data.get("package", ()):
        name, version = str(package.get("name")), str(package.get("version"))
        parts = [*package.get("wheels", ()), *package.get("files", ()), *files.get(name, ()), package.get("sdist", {})]
        hashes = {str(part["hash"]) for part in parts if isinstance(part, dict) and "hash" in part}
        hashes |= {str(package["checksum"])} if "checksum" in package else set()
        yield (name, version), _Locked(frozenset(hashes), frozenset())


def _npm(data: dict[str, Any]) -> Iterator[tuple[tuple[str, str], _Locked]]:
    for name, package in data.get("packages", data.get("dependencies", {})).items():
        if name and isinstance(package, dict):
            hashes = {str(package["integrity"])} if "integrity" in package else set()
            yield (
                (name.rpartition("node_modules/")[2], str(package.get("version"))),
                _Locked(frozenset(hashes), frozenset({str(package.get("resolved", ""))})),
            )
