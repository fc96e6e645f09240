"""The way of a document: what it must be, what is made of it and in which order, and what is only added to it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from company.config import KnowledgeSettings
from company.document_records import Origin, Standing, Trust, Way
from company.errors import Refused
from knowledge import intake, uploads
from knowledge.converting.converter import Converter
from knowledge.index import Index
from knowledge.library import LocalLibrary
from knowledge.passages import bare, told_of
from knowledge.records import Hit
from knowledge.uploads import DocumentRefused, NoRoom
from tests.fakes.clock import TurnedClock

HIT = Hit(
    number=1, id="p1", document_id=1, document="rent.md", ordinal=0, place="Rent, line 3", headings=("Rent",),
    text="The rent is 900 euros.", terms=["rent", "900", "euro"], heading_terms=["rent"], length=3, owner="project:x",
)  # fmt: skip


@pytest.fixture
async def library(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[LocalLibrary]:
    (tmp_path / "docs").mkdir()
    settings = KnowledgeSettings(folders=(Path("docs"),), max_file_mb=0.01, uploads_mb=0.015)
    made = LocalLibrary(settings, data_dir=tmp_path / "data", root=tmp_path, clock=clock)
    await made.open()
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("name", "data", "error", "words"),
    [
        ("../../etc/passwd", b"x", DocumentRefused, "must have no slash"),
        ("..", b"x", DocumentRefused, "no dot first"),
        (".ssh", b"x", DocumentRefused, "no dot first"),
        ("a\u202etxt.exe", b"x", DocumentRefused, "no control sign"),
        ("tool.exe", b"MZ", DocumentRefused, "can't be used"),
        ("big.txt", b"x" * 10_001, DocumentRefused, "knowledge.max_file_mb"),
        ("full.txt", b"words " * 1_400, NoRoom, "knowledge.uploads_mb"),
        ("broken.pdf", b"%PDF-1.7 and no more", DocumentRefused, "can't be used"),
    ],
)
async def test_what_is_no_document_is_refused_by_a_named_error(
    library: LocalLibrary, tmp_path: Path, name: str, data: bytes, error: type[Refused], words: str
) -> None:
    await library.keep("first.txt", b"The first words. " * 500, reader="ada")
    with pytest.raises(error, match=words) as refused:
        await library.keep(name, data, reader="ada")
    assert type(refused.value) is error
    outside = [path for path in tmp_path.iterdir() if path.name not in ("docs", "data")]
    assert outside == []
    assert len(await library.find("first words", person_id="ada")) == 1  # below the limit work goes on


async def test_what_is_made_of_a_document_is_made_in_this_order(
    library: LocalLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def told(where: Any, name: str, step: str) -> None:
        before = getattr(where, name)

        def after(*args: Any, **kwargs: Any) -> Any:
            order.append(step)
            return before(*args, **kwargs)

        monkeypatch.setattr(where, name, after)

    told(uploads, "format_of", "told from its name")
    told(uploads, "_write_whole", "written down")
    told(intake, "fingerprint", "its content is known")
    told(Converter, "convert", "converted")
    told(intake, "chunks_of", "cut into passages")
    told(intake, "language_of", "its language is told")
    told(Index, "replace", "indexed")
    await library.keep("rent.md", b"# Rent\n\nThe rent is 900 euros.", reader="ada")
    assert order == [
        "told from its name", "written down", "its content is known", "converted", "cut into passages",
        "its language is told", "indexed",
    ]  # fmt: skip


def test_what_is_added_to_a_passage_takes_nothing_away() -> None:
    plain = bare(HIT, 0.5)
    origin = Origin(person="Ada", way=Way.PAGE, trust=Trust.MEMBER, at=5)
    told = told_of(plain, Standing(projects={"x": "Apollo"}), origin)
    had = {name: value for name, value in asdict(plain).items() if value not in ("", 0)}
    assert {name: asdict(told)[name] for name in had} == had
    assert (told.project, told.brought_by, told.way, told.trust, told.brought_at) == (
        "Apollo",
        "Ada",
        "page",
        "member",
        5,
    )


async def test_a_write_that_is_cut_off_leaves_the_old_version_whole(
    library: LocalLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await library.keep("rent.md", b"The rent is 900 euros.", reader="ada")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DocumentRefused, match="No space left on device"):
        await library.keep("rent.md", b"The rent is 1000 euros.", reader="ada")
    lying = await asyncio.to_thread(lambda: [one for one in (tmp_path / "data/private").rglob("*") if one.is_file()])
    assert [(one.name, await asyncio.to_thread(one.read_bytes)) for one in lying] == [
        ("rent.md", b"The rent is 900 euros.")
    ]
    (passage,) = await library.find("rent euros", person_id="ada")
    assert passage.text == "The rent is 900 euros."
