"""The specs in force: those of the files, and over them the versions that the Board made (port `Specs`).

A change from the chat is tried here before it is anybody's: the path must be a field, the whole spec must be one, and
its regular expressions must be harmless. What keeps secrets in the house can't be turned off from a chat.
"""

from __future__ import annotations

import asyncio
import difflib
import json
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection

from company import spec_book
from company.audit import Entry
from company.errors import ConfigError, Refused
from company.records import Json, Kind
from company.spec_records import SpecDraft, SpecSheet, SpecVersion
from qa import patterns
from qa.specs import Spec, parse_spec, read_specs, refuse_bad_patterns

_log = logging.getLogger(__name__)

RUNNERS_OWN = frozenset({"kind", "version", "command", "shell", "timeout_seconds", "expected_exit_code"})
"""Fields that mean nothing in the spec of a kind, or that nobody sets by hand."""
LOCKED = frozenset({"security.enabled", "patch.check_security"})
"""Only whoever has the machine's files may turn these off."""
FILES_ONLY = frozenset({"patch.tree", "patch.lint", "patch.types", "patch.tests", "patch.coverage"})
"""A folder of this machine, and what is run on a copy of it: whoever got hold of a phone could read any file by it."""
LONGEST_VALUE = 8_000  # characters of one value
_ON, _OFF = frozenset({"on", "yes", "true"}), frozenset({"off", "no", "false"})
_NONE = frozenset({"none", "null"})
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})


class RuleBook:
    """One spec per kind.

    Args:
        directories: of specs; the first must exist and be whole, later ones override single kinds.
        versions: the Board's newest version of each kind that it changed.
    """

    def __init__(
        self, directories: Sequence[Path], versions: Callable[[], Awaitable[Mapping[Kind, SpecVersion]]] | None = None
    ) -> None:
        self._directories = tuple(directories)
        self._versions = versions
        self._files: dict[Kind, Spec] = {}
        self._force: dict[Kind, Spec] = {}
        self._unfit: tuple[str, ...] = ()

    async def open(self) -> None:
        """Read the files, then the Board's versions. Raises `ConfigError` for a file and keeps what was in force."""
        self._files = await asyncio.to_thread(read_specs, self._directories, patterns.probe)
        self._take(await self._versions() if self._versions is not None else {})

    def refresh(self, tx: Connection, entry: Entry | None = None) -> None:
        """Take in the Board's versions again; also what the feed calls for each fact "spec.changed"."""
        if self._files:
            self._take(spec_book.in_force(tx))

    def _take(self, versions: Mapping[Kind, SpecVersion]) -> None:
        """A version that this NEXUS can't read any more is left out, and said: the file's spec is in force."""
        force, unfit = dict(self._files), []
        for kind, version in versions.items():
            if version.spec is None:
                continue
            try:
                force[kind] = parse_spec(json.dumps(version.spec), f"version {version.version} of {kind.value}")
            except ConfigError as error:
                _log.warning("%s The file's spec is in force.", error)
                unfit.append(kind.value)
        self._force, self._unfit = force, tuple(unfit)

    def __len__(self) -> int:
        return len(self._force)

    @property
    def unfit(self) -> tuple[str, ...]:
        """The kinds whose last version can't be read."""
        return self._unfit

    def of(self, kind: Kind) -> Spec | None:
        """The spec in force."""
        return self._force.get(kind)

    def sheet(self, kind: Kind) -> SpecSheet:
        """The spec in force, with every field. Raises `KeyError` before `open`."""
        spec, file = self._force[kind], self._files[kind]
        written = frozenset(
            name
            for name, field in Spec.model_fields.items()
            if name in file.model_fields_set or getattr(spec, name) != field.default
        )
        return SpecSheet(
            kind=kind, name=spec.name, version=spec.version, spec=spec.model_dump(mode="json"),
            changed=spec is not file, written=written,
        )  # fmt: skip

    def files_version(self, kind: Kind) -> int:
        """The version of the file's spec. Raises `KeyError` before `open`."""
        return self._files[kind].version

    async def draft(self, kind: Kind, path: str, value: str) -> SpecDraft:
        """The spec in force with one field changed, found good.

        Args:
            kind: whose spec.
            path: "format.max_words"; its last part is enough where no other field is called so.
            value: JSON, a plain word or number, on or off, none; "+ text" and "- text" for one item of a list.

        Raises:
            Refused: one sentence with the path and what is wrong.
        """
        whole = _resolved(path)
        if whole in FILES_ONLY:
            raise Refused(
                f"{whole}: this reads a folder of this machine and can't be set from a chat; write it into "
                f"data/specs/{kind.value}.json."
            )
        if len(value) > LONGEST_VALUE:
            raise Refused(f"{whole}: a value has at most {LONGEST_VALUE} characters here; write it into the file.")
        data = self._force[kind].model_dump(mode="json")
        was = _at(data, whole)
        spec = await self._tried(kind, data, whole, value, was)
        made = spec.model_dump(mode="json")
        now = _at(made, whole)
        if whole in LOCKED and not now:
            raise Refused(
                f"{whole}: this keeps keys and private data in the house and can't be turned off from a chat; whoever "
                "has the files of this machine can."
            )
        return SpecDraft(spec=made, path=whole, was=_text(was), now=_text(now))

    async def _tried(self, kind: Kind, data: Json, path: str, value: str, was: object) -> Spec:
        """The first reading of the value that makes a spec. Raises `Refused` with what is wrong with the likeliest."""
        problem: ConfigError | None = None
        for read in _readings(path, value, was):
            try:
                spec = parse_spec(json.dumps(_with(data, path, read)), kind.value)
                wrong = await asyncio.to_thread(patterns.probe, spec.patterns) if spec.patterns else {}
                refuse_bad_patterns(spec, wrong, kind.value)
            except ConfigError as error:
                problem = problem or error
            else:
                return spec
        raise Refused(str(problem))

    def checked(self, version: SpecVersion) -> SpecVersion:
        """An old version, if this NEXUS can still read it. Raises `Refused`."""
        if version.spec is not None:
            try:
                spec = parse_spec(json.dumps(version.spec), f"version {version.version}")
            except ConfigError as error:
                raise Refused(str(error)) from None
            return replace(version, spec=spec.model_dump(mode="json"))
        return version


def fields() -> tuple[str, ...]:
    """The path of every field that may be changed."""
    return tuple(_leaves(Spec, ""))


def _leaves(part: type[BaseModel], above: str) -> Iterator[str]:
    for name, field in part.model_fields.items():
        if not above and name in RUNNERS_OWN:
            continue
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _leaves(inner, f"{above}{name}.")
        else:
            yield f"{above}{name}"


def _resolved(path: str) -> str:
    """The whole path of the field that is meant. Raises `Refused`."""
    wanted, known = path.strip().removeprefix("$.").lower(), fields()
    if wanted in known:
        return wanted
    ends = [one for one in known if one.endswith(f".{wanted}")]
    if len(ends) == 1:
        return ends[0]
    near = ends or difflib.get_close_matches(wanted, known, n=2, cutoff=0.5)
    near = near or [one for one in known if wanted and wanted.rpartition(".")[2] in one][:3]
    hint = f" Did you mean {' or '.join(near)}?" if near else f" There are: {', '.join(known)}."
    raise Refused(f"$.{wanted[:60]}: there is no such field in a spec.{hint}")


def _readings(path: str, value: str, was: object) -> Iterator[object]:
    """What a person may have meant by a value, the likeliest first. Raises `Refused` for an item that is not there."""
    text = value.strip()
    low = text.lower()
    if isinstance(was, list) and text[:1] in ("+", "-"):
        item = text[1:].strip()
        if text[0] == "+":
            yield [*was, item]
        elif item in was:
            yield [one for one in was if one != item]
        else:
            raise Refused(f"$.{path}: {item!r} is not in this list.")
        return
    if isinstance(was, bool) and low in _ON | _OFF:
        yield low in _ON
    elif low in _NONE:
        yield [] if isinstance(was, list) else None
    else:
        yield from _json_of(text)
        yield text


def _json_of(text: str) -> Iterator[object]:
    for written in dict.fromkeys((text, text.translate(_QUOTES))):
        try:
            yield json.loads(written)
        except (ValueError, RecursionError):
            continue


def _at(data: Json, path: str) -> Any:
    found: Any = data
    for part in path.split("."):
        found = found[part]
    return found


def _with(data: Json, path: str, value: object) -> Json:
    first, _, rest = path.partition(".")
    return {**data, first: _with(data[first], rest, value) if rest else value}


def _text(value: object) -> str:
    """A value as a person would type it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None or value == []:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
