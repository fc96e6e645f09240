"""Files that say what a project depends on: read into names, versions and sources, whole or as the lines of a hunk."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_PEP508 = re.compile(
    r"^\s*([A-Za-z0-9][A-Za-z0-9._-]{0,99})\s*(?:\[[^\]]{0,200}\])?\s*(@\s*\S+|\(?\s*(?:[=<>!~]=?=?)[^;#]{0,200})?\s*(?:;[^#]*)?(?:#.*)?$"
)
_OPTION = re.compile(r"^\s*(?:-i|--index-url|--extra-index-url|-f|--find-links|--trusted-host)\b\s*=?\s*(\S*)")
_EDITABLE = re.compile(
    r"^\s*(?:-e\s+|--editable[= ])?((?:git|hg|svn|bzr)\+\S+|https?://\S+|file:\S+|ssh://\S+|git@\S+)"
)
_HASHES = re.compile(r"--hash[= ]\s*(\S+)")
_FROM = re.compile(r"^\s*FROM\s+(?:--platform=\S+\s+)?(\S+?)(?:\s+AS\s+(\S+))?\s*$", re.IGNORECASE)
_USES = re.compile(r"^\s*(?:-\s*)?uses\s*:\s*[\"']?([^\s\"'#]+)")
_JSON_ENTRY = re.compile(r"^\s*\"(@?[\w./-]{1,100})\"\s*:\s*\"([^\"]{1,300})\"\s*,?\s*$")
_TOML_ITEM = re.compile(r"^\s*[\"']([^\"']{1,300})[\"']\s*,?\s*(?:#.*)?$")
_VERSIONISH = re.compile(r"^(?:[\^~<>=v]|\d|\*|latest|git|https?:|file:|npm:|github:|workspace:|[\w-]+/[\w.-]+(?:#|$))")
_NPM = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies", "overrides", "resolutions")


_LONGEST = 500  # characters of a line


class Sort(StrEnum):
    """What sort of file it is."""

    REQUIREMENTS = "requirements"
    PYPROJECT = "pyproject"
    PACKAGE = "package.json"
    DOCKER = "docker"
    WORKFLOW = "workflow"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing that a project depends on. `version`: as written; `source`: an address, where it has its own."""

    name: str
    version: str = ""
    source: str = ""


def sort_of(path: str) -> Sort | None:
    """By its path; None for a file of another sort."""
    name = path.rpartition("/")[2].lower()
    if name.endswith((".txt", ".in")) and ("requirements" in path.lower() or name.startswith("constraints")):
        return Sort.REQUIREMENTS
    if name == "pyproject.toml":
        return Sort.PYPROJECT
    if name == "package.json":
        return Sort.PACKAGE
    if name.startswith(("dockerfile", "containerfile")) or name.endswith(".dockerfile"):
        return Sort.DOCKER
    if path.startswith(".github/") and name.endswith((".yml", ".yaml")):
        return Sort.WORKFLOW
    return None


def wanted(sort: Sort, text: str, *, whole: bool) -> dict[str, Wanted]:
    """What `text` asks for, by name. `whole`: it is a file, else lines of one; what can't be read is left out."""
    found: Iterable[Wanted]
    if sort is not Sort.PACKAGE or not whole:
        text = short(text)
    if sort is Sort.REQUIREMENTS:
        found = _requirements(text)
    elif sort is Sort.DOCKER:
        found = _images(text)
    elif sort is Sort.WORKFLOW:
        found = _actions(text)
    elif sort is Sort.PACKAGE:
        found = _package(text) if whole else _json_lines(text)
    else:
        found = _pyproject(text) if whole else _toml_lines(text)
    return {one.name: one for one in found}


def sources(sort: Sort, text: str) -> set[str]:
    """Other places that packages may come from: an index of one's own, as whole settings."""
    text = short(text)
    if sort is Sort.REQUIREMENTS:
        return {line.strip() for line in text.split("\n") if _OPTION.match(line)}
    if sort is Sort.PYPROJECT:
        lines = (line.strip() for line in text.split("\n"))
        return {
            line for line in lines if re.match(r"(?:extra-)?index-url\s*=|find-links\s*=|url\s*=\s*[\"']http", line)
        }
    return set()


def short(text: str) -> str:
    """Each line of a text, cut where no line of such a file is as long: no search in one of them is slow."""
    return "\n".join(line[:_LONGEST].rstrip() for line in text.split("\n"))


def requirement(text: str) -> Wanted | None:
    """One requirement as pip reads it (PEP 508)."""
    match = _PEP508.match(" ".join(text[:_LONGEST].split()))
    if match is None:
        return None
    version = (match[2] or "").strip().strip("()").strip()
    if version.startswith("@"):
        return Wanted(normal(match[1]), "", version[1:].strip())
    return Wanted(normal(match[1]), version)


def normal(name: str) -> str:
    """A name of a Python package as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _requirements(text: str) -> Iterator[Wanted]:
    for line in text.replace("\\\n", " ").split("\n"):
        bare = _HASHES.sub("", line).split(" #")[0].strip().removesuffix("\\").strip()
        if not bare or bare.startswith(("#", "-r", "-c")) or _OPTION.match(bare):
            continue
        if (address := _EDITABLE.match(bare)) is not None:
            name = re.search(r"[#&]egg=([\w.-]+)", bare)
            yield Wanted(normal(name[1] if name else address[1]), "", address[1])
        elif (one := requirement(bare)) is not None:
            yield one


def _images(text: str) -> Iterator[Wanted]:
    stages: set[str] = set()
    for line in text.split("\n"):
        match = _FROM.match(line)
        if match is None:
            continue
        if match[1] not in stages and match[1] != "scratch" and "$" not in match[1]:
            image, _, digest = match[1].partition("@")
            above, slash, last = image.rpartition("/")
            name, _, tag = last.partition(":")
            yield Wanted(above + slash + name, f"{tag}@{digest}" if digest else tag)
        if match[2]:
            stages.add(match[2])


def _actions(text: str) -> Iterator[Wanted]:
    for line in text.split("\n"):
        match = _USES.match(line)
        if match is not None and not match[1].startswith("./"):
            name, _, version = match[1].partition("@")
            yield Wanted(name, version)


def _package(text: str) -> Iterator[Wanted]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        yield from _json_lines(text)
        return
    for part in _NPM:
        for name, version in _items(data.get(part) if isinstance(data, dict) else None):
            if isinstance(version, str):
                yield _npm(name, version)


def _json_lines(text: str) -> Iterator[Wanted]:
    for line in text.split("\n"):
        match = _JSON_ENTRY.match(line)
        if match is not None and match[1] not in ("version", "node", "npm") and _VERSIONISH.match(match[2]):
            yield _npm(match[1], match[2])


def _npm(name: str, version: str) -> Wanted:
    elsewhere = re.match(r"(?:git|https?:|file:|github:|gitlab:|bitbucket:|npm:|ssh:|[\w-]+/[\w.-]+(?:#|$))", version)
    return Wanted(name, "", version) if elsewhere else Wanted(name, version)


def _pyproject(text: str) -> Iterator[Wanted]:
    try:
        data: Mapping[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError):
        yield from _toml_lines(text)
        return
    project, tool = _table(data.get("project")), _table(data.get("tool"))
    lists = [project.get("dependencies"), _table(data.get("build-system")).get("requires")]
    lists += [group for _, group in _items(project.get("optional-dependencies"))]
    lists += [group for _, group in _items(data.get("dependency-groups"))]
    places = {normal(name): _address(one) for name, one in _items(_table(tool.get("uv")).get("sources"))}
    for group in lists:
        for text_ in group if isinstance(group, list) else ():
            if isinstance(text_, str) and (one := requirement(text_)) is not None:
                yield Wanted(one.name, one.version, one.source or places.get(one.name, ""))
    poetry = _table(tool.get("poetry"))
    tables = [poetry.get("dependencies"), poetry.get("dev-dependencies")]
    tables += [_table(group).get("dependencies") for _, group in _items(poetry.get("group"))]
    for table in tables:
        for name, one in _items(table):
            version = one if isinstance(one, str) else _table(one).get("version", "")
            if name != "python":
                yield Wanted(normal(name), str(version), "" if isinstance(one, str) else _address(one))


def _toml_lines(text: str) -> Iterator[Wanted]:
    for line in text.split("\n"):
        match = _TOML_ITEM.match(line)
        one = requirement(match[1]) if match is not None else None
        if one is not None and (one.version or one.source):
            yield one


def _address(one: object) -> str:
    table = _table(one)
    return next((str(table[key]) for key in ("git", "url", "path", "index", "source") if key in table), "")


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(value: object) -> Iterator[tuple[str, Any]]:
    yield from _table(value).items()
