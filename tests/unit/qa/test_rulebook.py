"""The specs in force: a change is tried before it is anybody's, and a bad one is refused with its path."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from company.errors import Refused
from company.records import Condition, Json, Kind, Outcome
from company.spec_records import SpecVersion
from qa.inspector import SpecInspector
from qa.rulebook import RuleBook, fields
from qa.specs import SPECS
from tests.fakes.clock import TurnedClock
from tests.unit.qa.making import answer, order


async def _open(**versions: SpecVersion) -> RuleBook:
    async def known() -> Mapping[Kind, SpecVersion]:
        return {Kind(kind): version for kind, version in versions.items()}

    book = RuleBook((SPECS,), known)
    await book.open()
    return book


def _version(spec: Json | None, number: int = 3) -> SpecVersion:
    return SpecVersion(kind=Kind.CHAT, version=number, spec=spec, before=0, path="x", value="", by="Ada", at=0)


def _at(spec: Json, path: str) -> object:
    part, _, name = path.rpartition(".")
    return spec[part][name] if part else spec[name]


@pytest.mark.parametrize(
    ("path", "value", "whole", "now"),
    [
        ("format.max_words", "300", "format.max_words", 300),
        ("max_words", " 300 ", "format.max_words", 300),
        ("$.format.max_words", "300", "format.max_words", 300),
        ("format.max_length", "none", "format.max_length", None),
        ("format.check_language", "off", "format.check_language", False),
        ("check_refusals", "No", "completeness.check_refusals", False),
        ("name", "2026", "name", "2026"),
        ("format.type", "text", "format.type", "text"),
        ("forbidden_substrings", "+ as an AI", "completeness.forbidden_substrings", ["as an AI"]),
        ("forbidden_substrings", '["a", "b"]', "completeness.forbidden_substrings", ["a", "b"]),
        ("forbidden_substrings", "[“a”, „b“]", "completeness.forbidden_substrings", ["a", "b"]),
        ("format.json_schema", '{"type": "object"}', "format.json_schema", {"type": "object"}),
    ],
)
async def test_a_change_as_a_person_types_it(path: str, value: str, whole: str, now: object) -> None:
    draft = await (await _open()).draft(Kind.CHAT, path, value)
    assert draft.path == whole
    assert _at(draft.spec, whole) == now


@pytest.mark.parametrize(
    ("path", "value", "was", "now"),
    [
        ("max_words", "300", "none", "300"),
        ("check_refusals", "off", "on", "off"),
        ("format.type", "text", "markdown", "text"),
        ("forbidden_substrings", "+ TBD", "none", '["TBD"]'),
    ],
)
async def test_values_are_shown_as_they_are_typed(path: str, value: str, was: str, now: str) -> None:
    draft = await (await _open()).draft(Kind.CHAT, path, value)
    assert (draft.was, draft.now) == (was, now)
    again = await (await _open(chat=_version(draft.spec))).draft(Kind.CHAT, path, draft.now)
    assert (again.was, again.now) == (now, now)


async def test_an_item_is_taken_out_of_a_list() -> None:
    book = await _open()
    spec = (await book.draft(Kind.CHAT, "forbidden_substrings", '["a", "b"]')).spec
    changed = await _open(chat=_version(spec))
    assert _at(
        (await changed.draft(Kind.CHAT, "forbidden_substrings", "- a")).spec, "completeness.forbidden_substrings"
    ) == ["b"]
    with pytest.raises(Refused, match="is not in this list"):
        await changed.draft(Kind.CHAT, "forbidden_substrings", "- c")


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("format.max_words", "many", r"\$\.format\.max_words: input should be a valid integer"),
        ("format.max_words", "0", r"\$\.format\.max_words: input should be greater than or equal to 1"),
        ("format.max_words", "2.5", r"\$\.format\.max_words"),
        ("format.type", "yaml", r"\$\.format\.type: input should be 'json', 'markdown' or 'text'"),
        ("format.max_word", "300", r"no such field in a spec\. Did you mean format\.max_words"),
        ("enabled", "off", "Did you mean security.enabled or code_execution.enabled"),
        ("kind", "code", "no such field"),
        ("command", "rm -rf /", "no such field"),
        ("version", "9", "no such field"),
        ("format.pattern", "(a+)+$", r"\$\.format\.pattern"),
        ("format.pattern", "(", r"\$\.format\.pattern"),
        ("security.forbidden_patterns", "+ (", r"\$\.security\.forbidden_patterns\[0\]"),
        ("format.json_schema", '{"type": "objekt"}', r"\$\.format\.json_schema"),
        ("security.enabled", "off", "can't be turned off from a chat"),
        ("name", "x" * 9000, "at most 8000 characters"),
    ],
)
async def test_a_bad_change_is_refused_with_its_path(path: str, value: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        await (await _open()).draft(Kind.CHAT, path, value)


async def test_the_boards_version_is_in_force_and_named_by_the_verdict() -> None:
    draft = await (await _open()).draft(Kind.CHAT, "max_words", "5")

    async def known() -> Mapping[Kind, SpecVersion]:
        return {Kind.CHAT: _version({**draft.spec, "version": 7}, 7)}

    qa = SpecInspector(clock=TurnedClock(), versions=known)
    await qa.open()
    verdict = await qa.inspect(order("How?"), answer("One two three four five six seven."))
    assert (verdict.outcome, verdict.spec_version) == (Outcome.FAIL, 7)
    assert verdict.findings[0].message == "The answer has 7 words; at most 5 are allowed. Shorten it."
    assert (await qa.inspect(order("How?"), answer("It is so."))).outcome is Outcome.PASS


async def test_a_version_that_can_t_be_read_any_more_is_said_and_the_files_is_in_force() -> None:
    async def known() -> Mapping[Kind, SpecVersion]:
        return {Kind.CHAT: _version({"name": "x", "kind": "chat", "an_older_field": 1})}

    qa = SpecInspector(clock=TurnedClock(), versions=known)
    await qa.open()
    health = await qa.check()
    assert health.condition is Condition.WARNING
    assert "chat" in health.detail
    assert not qa.rulebook.sheet(Kind.CHAT).changed
    with pytest.raises(Refused, match="an_older_field"):
        qa.rulebook.checked(_version({"name": "x", "an_older_field": 1}))


async def test_the_files_are_in_force_where_the_board_took_everything_back(tmp_path: Path) -> None:
    shutil.copytree(SPECS, tmp_path / "specs")
    book = await _open(chat=_version(None))
    assert book.sheet(Kind.CHAT).version == book.files_version(Kind.CHAT)
    assert book.checked(replace(_version(None), version=9)).spec is None


def test_every_field_that_can_be_changed_is_one_of_the_specs() -> None:
    assert {"name", "format.max_words", "facts.check_dates", "code_execution.execute_in_sandbox"} <= set(fields())
    assert not {"kind", "version", "command", "shell"} & set(fields())


@pytest.mark.parametrize("path", ["patch.tree", "patch.tests", "patch.lint", "patch.coverage"])
async def test_no_chat_names_a_folder_of_this_machine_or_what_is_run_in_it(path: str) -> None:
    book = RuleBook((SPECS,))
    await book.open()
    with pytest.raises(Refused, match=r"can't be set from a chat; write it into data/specs/code\.json"):
        await book.draft(Kind.CODE, path, "/root")
    with pytest.raises(Refused, match="can't be turned off from a chat"):
        await book.draft(Kind.CODE, "patch.check_security", "off")
    assert (await book.draft(Kind.CODE, "patch.allowed", "+ src/**")).now == '["src/**"]'
