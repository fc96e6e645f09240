"""A search that was made before is not made again, until something in the index changes; nothing is shared by readers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from company.config import KnowledgeSettings
from knowledge import repeated
from knowledge.library import LocalLibrary
from knowledge.search import Search
from tests.fakes.clock import TurnedClock

ASKED = "How much is the rent?"


@pytest.fixture
async def library(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[LocalLibrary]:
    (tmp_path / "docs").mkdir()
    made = LocalLibrary(
        KnowledgeSettings(folders=(Path("docs"),)), data_dir=tmp_path / "data", root=tmp_path, clock=clock
    )  # fmt: skip
    await made.open()
    await made.keep("rent.md", b"The rent is 900 euros.", reader="ada")
    yield made
    await made.close()


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every search that is really made."""
    made: list[str] = []
    find = Search.find

    def counted(self: Search, question: str, *more: object) -> object:
        made.append(question)
        return find(self, question, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Search, "find", counted)
    return made


async def texts(library: LocalLibrary, reader: str) -> list[str]:
    return [passage.text for passage in await library.find(ASKED, person_id=reader)]


async def test_the_same_question_of_the_same_reader_is_searched_once(
    library: LocalLibrary, searches: list[str], clock: TurnedClock
) -> None:
    first = await texts(library, "ada")
    assert await texts(library, "ada") == first == ["The rent is 900 euros."]
    assert len(searches) == 1
    assert await texts(library, "bea") == []
    assert len(searches) == 2
    clock.turn(repeated.KEEP_S + 1)
    assert await texts(library, "ada") == first
    assert len(searches) == 3


async def test_whatever_comes_changes_is_shared_or_goes_is_found_at_once(
    library: LocalLibrary, searches: list[str]
) -> None:
    assert await texts(library, "bea") == []
    await library.share("rent.md", person_id="ada")
    assert await texts(library, "bea") == ["The rent is 900 euros."]
    await library.keep("rent.md", b"The rent is 950 euros.", reader="")
    assert "The rent is 950 euros." in await texts(library, "bea")
    await library.remove("rent.md", person_id="bea")
    assert await texts(library, "bea") == []
    assert len(searches) == 4


async def test_it_is_bounded(library: LocalLibrary, searches: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeated, "MOST", 2)
    for rent in ("rent one", "rent two", "rent three", "rent one"):
        await library.find(rent, person_id="ada")
    assert searches == ["rent one", "rent two", "rent three", "rent one"]
    await library.find("rent three", person_id="ada")
    assert len(searches) == 4


async def test_what_a_reader_may_read_has_a_version(library: LocalLibrary) -> None:
    ada, bea = await library.version("ada"), await library.version("bea")
    assert ada != bea
    await library.keep("more.md", b"The rent is due on Monday.", reader="ada")
    assert await library.version("bea") == bea
    assert (more := await library.version("ada")) != ada
    await library.keep("more.md", b"The rent is due on Friday.", reader="ada")
    assert await library.version("ada") not in (ada, more)
    await library.remove("more.md", person_id="ada")
    assert await library.version("ada") == ada
    await library.share("rent.md", person_id="ada")
    assert await library.version("bea") != bea
