"""Whose documents are: sent ones are their sender's or their group's until they are shared, whatever is asked how often."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, insert

from company import projects
from company.asking import Asking
from company.books import SqliteBooks
from company.budget import Caps
from company.config import BudgetSettings, KnowledgeSettings
from company.document_records import Whose
from company.metering import MeteredModel
from company.ports import OnText
from company.projects import Project
from company.records import (
    Account,
    Completion,
    Condition,
    ConversationKey,
    Desk,
    Health,
    Message,
    ModelCall,
    ModelRef,
    Passage,
    Person,
    Purpose,
    Role,
    Stop,
    Usage,
)
from company.schema import people as people_table
from employees.briefing import numbered
from employees.citations import citations
from knowledge.edge import EdgeEngine
from knowledge.engine import COMPANY, Engine, Scope
from knowledge.index import Chunk, DocumentRow, DocumentState, Index
from knowledge.library import DocumentRefused, LocalLibrary
from knowledge.owners import owner_of, readable_by
from knowledge.search import Search
from tests.fakes.clock import TurnedClock

GROUP = ConversationKey(desk=Desk.TELEGRAM, chat="-1001", topic="7").reader("ada")
OPERATIONS = 10_000
PEOPLE = ("ada", "bob", "eve")
TOPICS = tuple(ConversationKey(desk=Desk.TELEGRAM, chat="-1001", topic="8").reader(one) for one in PEOPLE)
"""Three people in a topic of a group where a project is in use."""
READERS = (*PEOPLE, GROUP, "group:telegram:-1002", "", *TOPICS)


def make(folder: Path, clock: TurnedClock, **settings: object) -> LocalLibrary:
    (folder / "docs").mkdir(exist_ok=True)
    given = KnowledgeSettings.model_validate({"folders": (Path("docs"),), **settings})
    return LocalLibrary(given, data_dir=folder / "data", root=folder, clock=clock)


@pytest.fixture
async def library(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[LocalLibrary]:
    made = make(tmp_path, clock)
    await made.open()
    yield made
    await made.close()


async def found(library: LocalLibrary, reader: str, question: str = "How much is the rent?") -> list[str]:
    return [passage.text for passage in await library.find(question, person_id=reader)]


async def names(library: LocalLibrary, reader: str) -> list[tuple[str, Whose]]:
    return [(one.name, one.whose) for one in await library.documents(person_id=reader)]


def test_who_reads_where() -> None:
    private = ConversationKey(desk=Desk.TELEGRAM, chat="501")
    assert private.reader("ada") == "ada"
    assert GROUP == "group:telegram:-1001/7@ada"
    assert readable_by("ada") == {"company", "person:ada"}
    assert readable_by(GROUP) == {"company", "group:telegram:-1001"}
    assert owner_of(GROUP) == "group:telegram:-1001"
    assert readable_by("") == {"company"}


async def test_what_is_sent_is_the_senders_until_it_is_shared(library: LocalLibrary) -> None:
    added = await library.keep("rent.md", b"The rent is 900 euros.", reader="ada")
    assert added.whose is Whose.PERSON
    assert await found(library, "ada") == ["The rent is 900 euros."]
    for other in ("bob", GROUP, ""):
        assert await found(library, other) == []
        assert await names(library, other) == []
        with pytest.raises(DocumentRefused, match="There is no document"):
            await library.remove("rent.md", person_id=other)
        with pytest.raises(DocumentRefused, match="There is no document"):
            await library.share("rent.md", person_id=other)
    (mine,) = await library.find("rent euros", person_id="ada")
    assert await library.passage(mine.id, person_id="bob") is None

    await library.share("rent.md", person_id="ada")
    for reader in ("ada", "bob", GROUP, ""):
        assert await found(library, reader) == ["The rent is 900 euros."]
        assert await names(library, reader) == [("rent.md", Whose.COMPANY)]
    with pytest.raises(DocumentRefused, match="already"):
        await library.share("rent.md", person_id="ada")
    await library.sync()
    assert await names(library, "bob") == [("rent.md", Whose.COMPANY)]
    await library.remove("rent.md", person_id="bob")
    assert await found(library, "ada") == []


async def test_a_group_reads_its_own_and_nothing_of_its_members(library: LocalLibrary) -> None:
    await library.keep("mine.md", b"The rent is 900 euros.", reader="ada")
    await library.keep("ours.md", b"The rent of the hall is 50 euros.", reader=GROUP)
    assert await found(library, GROUP) == ["The rent of the hall is 50 euros."]
    assert await found(library, "group:telegram:-1002") == []
    assert await found(library, "ada") == ["The rent is 900 euros."]
    assert await names(library, GROUP) == [("ours.md", Whose.GROUP)]


async def test_the_same_name_and_the_same_words_of_two_people_are_two_documents(library: LocalLibrary) -> None:
    for reader in ("ada", "bob"):
        await library.keep("rent.md", b"The rent is 900 euros.", reader=reader)
    (hers,) = await library.find("rent", person_id="ada")
    (his,) = await library.find("rent", person_id="bob")
    assert (hers.document, hers.text) == (his.document, his.text)
    assert hers.id != his.id
    assert await library.passage(his.id, person_id="ada") is None
    await library.remove("rent.md", person_id="ada")
    assert await found(library, "ada") == []
    assert await found(library, "bob") == ["The rent is 900 euros."]
    await library.keep("rent.md", b"The rent is 1 euro.", reader="")
    with pytest.raises(DocumentRefused, match=r"The company has another rent\.md"):
        await library.share("rent.md", person_id="bob")
    assert sorted(await found(library, "bob")) == ["The rent is 1 euro.", "The rent is 900 euros."]
    await library.remove("rent.md", person_id="bob")  # one's own goes before the company's
    assert await found(library, "bob") == ["The rent is 1 euro."]


async def test_owners_survive_a_restart_and_a_lost_index(tmp_path: Path, clock: TurnedClock) -> None:
    first = make(tmp_path, clock)
    await first.open()
    await first.keep("mine.md", b"The rent is 900 euros.", reader="ada")
    await first.keep("ours.md", b"The rent of the hall is 50 euros.", reader=GROUP)
    await first.close()
    for lost in (False, True):
        if lost:
            for path in (tmp_path / "data").glob("knowledge.db*"):
                path.unlink()
        again = make(tmp_path, clock)
        await again.open()
        await again.sync()
        assert await found(again, "ada") == ["The rent is 900 euros."]
        assert await found(again, GROUP) == ["The rent of the hall is 50 euros."]
        assert await found(again, "bob") == []
        await again.close()


async def test_a_share_that_was_cut_off_is_finished_by_the_next_look(library: LocalLibrary, tmp_path: Path) -> None:
    await library.keep("rent.md", b"The rent is 900 euros.", reader="ada")
    (lies,) = (tmp_path / "data" / "private").rglob("rent.md")
    (tmp_path / "data" / "uploads").mkdir()
    lies.rename(tmp_path / "data" / "uploads" / "rent.md")  # and a kill before the index heard of it
    assert await found(library, "bob") == []
    await library.sync()
    assert await found(library, "bob") == ["The rent is 900 euros."]
    assert await names(library, "ada") == [("rent.md", Whose.COMPANY)]


async def test_health_names_nobodys_private_document(library: LocalLibrary) -> None:
    with pytest.raises(DocumentRefused):
        await library.keep("divorce.pdf", b"no pdf", reader="ada")
    health = await library.check()
    assert health.condition is Condition.WARNING
    assert "divorce" not in f"{health}"


async def test_the_settings_may_give_all_that_is_sent_to_everybody(tmp_path: Path, clock: TurnedClock) -> None:
    library = make(tmp_path, clock, sent="company")
    await library.open()
    assert (await library.keep("rent.md", b"The rent is 900 euros.", reader="ada")).whose is Whose.COMPANY
    assert await found(library, "bob") == ["The rent is 900 euros."]
    await library.close()


# -- ten thousand operations ------------------------------------------------------------------------------------------

BOSS = Person(id="boss", name="boss", role=Role.MEMBER)


class Echo:
    """A model that repeats all that it was shown."""

    provider = "ollama"

    async def complete(self, call: ModelCall, on_text: OnText | None = None) -> Completion:
        text = call.messages[0].text
        return Completion(text=text, usage=Usage(), stop=Stop.END, provider="ollama", model=call.model)

    async def check(self) -> Health:
        return Health(part="ollama", condition=Condition.OK)

    async def close(self) -> None:
        return None


@dataclass
class Truth:
    """What there is: path -> (owner, the words that stand in no other version of any document); who is in what."""

    index: Index
    search: Search
    dice: random.Random
    books: SqliteBooks
    there: dict[str, tuple[str, str]] = field(default_factory=dict)
    made: int = 0
    projects: dict[str, Project] = field(default_factory=dict)
    within: dict[str, set[str]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    seen: list[str] = field(default_factory=list)

    async def found(self) -> None:
        """Three people and two projects; the first one is in use in the topic."""

        def write(tx: Connection) -> None:
            for name in (BOSS.id, *PEOPLE):
                row = {"id": name, "name": name, "role": Role.MEMBER, "language": "en", "created_at": 0}
                tx.execute(insert(people_table), [row])
            for name in ("apollo", "gemini"):
                made = projects.make(tx, 0, name, BOSS)
                assert made is not None
                self.projects[made.id], self.within[made.id] = made, {BOSS.id}
            projects.use(tx, 0, "telegram:-1001:8", next(iter(self.projects.values())), by=BOSS)

        await self.books.write(write)

    async def rearrange(self) -> None:
        """Somebody joins or leaves a project, or one is closed or opened again."""
        project = self.dice.choice(list(self.projects.values()))
        who = Person(id=self.dice.choice(PEOPLE), name="", role=Role.MEMBER)
        act = self.dice.random()
        if act < 0.10:
            shut = project.id in self.closed
            await self.books.write(projects.reopen if shut else projects.close, 0, project, by=BOSS)
            self.closed ^= {project.id}
        elif act < 0.60:
            await self.books.write(projects.let_in, 0, project, who, by=BOSS)
            self.within[project.id].add(who.id)
        else:
            await self.books.write(projects.put_out, 0, project, who, by=BOSS)
            self.within[project.id].discard(who.id)

    def may_read(self, reader: str) -> set[str]:
        """Whose documents may be read, by the rules alone: nothing here asks the code that is tested."""
        own = {"": set(), GROUP: {"group:telegram:-1001"}}.get(reader)
        if reader.startswith("group:telegram:-1002"):
            own = {reader}
        if reader in PEOPLE:
            mine = {one for one, inside in self.within.items() if reader in inside}
            own = {f"person:{reader}", *(f"project:{one}" for one in mine - self.closed)}
        if reader in TOPICS:
            first = next(iter(self.projects))
            inside = PEOPLE[TOPICS.index(reader)] in self.within[first] and first not in self.closed
            own = {"group:telegram:-1001", *([f"project:{first}"] if inside else [])}
        assert own is not None
        return own | {COMPANY}

    async def scope(self, reader: str) -> Scope:
        standing = await self.books.read(projects.standing, Asking.parse(reader))
        return Scope(owners=readable_by(reader, standing))

    def row(self, owner: str, name: str) -> DocumentRow:
        return DocumentRow(
            path=f"/{owner}/{name}", name=name, content_hash="", size=0, modified_ns=0, checked_at=0,
            state=DocumentState.INDEXED, owner=owner,
        )  # fmt: skip

    def put(self) -> None:
        owners = (*(owner_of(one) for one in READERS[:6]), *(f"project:{one}" for one in self.projects))
        owner, name = self.dice.choice(owners), f"doc{self.dice.randrange(6)}.md"
        self.made += 1
        secret = f"zq{self.made}x"
        chunks = [Chunk(text=f"The kettle number {n} of the boat is {secret}.", line=n) for n in range(1, 3)]
        row = self.row(owner, name)
        self.index.replace(row, chunks, "en")
        self.there[row.path] = (owner, secret)

    def share(self) -> None:
        own = sorted(path for path, (owner, _) in self.there.items() if owner != COMPANY)
        if not own:
            return
        path = self.dice.choice(own)
        owner = self.dice.choice((COMPANY, *(f"project:{one}" for one in self.projects)))
        to = self.row(owner, path.rpartition("/")[2])
        if to.path not in self.there:
            self.index.give(path, to)
            self.there[to.path] = (owner, self.there.pop(path)[1])

    def delete(self) -> None:
        if self.there:
            path = self.dice.choice(sorted(self.there))
            self.index.remove(path)
            del self.there[path]

    def ask(self, scope: Scope) -> tuple[Passage, ...]:
        question = self.dice.choice(
            ("Where is the kettle of the boat?", "kettle number 1", f"zq{self.dice.randrange(self.made + 1)}x")
        )
        ranked = self.search.find(question, 6, scope)
        hits = [one.hit for one in ranked]
        beside = [near for hit in hits[:1] for near in self.index.around(hit.id, scope)]
        self.seen = [*self.seen[-200:], *(hit.id for hit in hits)]
        return tuple(
            Passage(id=h.id, document=h.document, place=h.place, text=h.text, score=0) for h in (*hits, *beside)
        )

    def again(self, scope: Scope) -> tuple[Passage, ...]:
        """Passages that somebody was shown before, fetched as [Sources] and the check of citations do."""
        ids = self.dice.sample(self.seen, min(4, len(self.seen)))
        hits = [hit for one in ids if (hit := self.index.passage(one, scope)) is not None]
        return tuple(Passage(id=h.id, document=h.document, place=h.place, text=h.text, score=0) for h in hits)

    def readable(self, reader: str) -> set[str]:
        owners = self.may_read(reader)
        return {secret for owner, secret in self.there.values() if owner in owners}


def secrets_in(text: str) -> set[str]:
    return {word.strip(".,") for word in text.split() if word.startswith("zq")}


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("kind", "operations"), [("fts", OPERATIONS), ("edge", OPERATIONS // 5)])
async def test_nobody_is_shown_what_is_anothers(
    tmp_path: Path, clock: TurnedClock, books: SqliteBooks, kind: str, operations: int
) -> None:
    """Come, change, be shared, go, be asked for by nine readers who join and leave projects, with a cache of answers:
    nothing of another anywhere."""
    engine: Engine | None = EdgeEngine(tmp_path / "engine") if kind == "edge" else None
    index = Index(tmp_path / "knowledge.db", engine=engine)
    metered = MeteredModel(books, {"ollama": Echo()}, clock, Caps(BudgetSettings(), ZoneInfo("UTC")), "here/1")
    truth = Truth(index, Search(index), random.Random(7), books)
    asked = shown = hits = of_projects = fetched = 0

    def start() -> None:
        index.open()
        if engine is not None:
            engine.open(0)
            index.agree()

    await asyncio.to_thread(start)
    await truth.found()
    for turn in range(operations):
        act = truth.dice.random()
        if act < 0.16:
            await asyncio.to_thread(truth.put)
        elif act < 0.24:
            await asyncio.to_thread(truth.share)
        elif act < 0.34:
            await asyncio.to_thread(truth.delete)
        elif act < 0.44:
            await truth.rearrange()
        else:
            reader = truth.dice.choice(READERS)
            scope = await truth.scope(reader)
            passages = await asyncio.to_thread(truth.ask, scope)
            allowed = truth.readable(reader)
            asked += 1
            old = await asyncio.to_thread(truth.again, scope)
            fetched += len(old)
            assert secrets_in(" ".join(one.text for one in old)) <= allowed, turn
            theirs = {secret for owner, secret in truth.there.values() if owner.startswith("project:")}
            of_projects += len(secrets_in(" ".join(one.text for one in passages)) & theirs)
            shown += len(passages)
            assert secrets_in(" ".join(one.text for one in passages)) <= allowed, turn
            if turn % 5 == 0:
                prompt = f"The passages:\n{numbered(passages, 1)}"
                call = ModelCall(model="m", system="", messages=(Message(role="user", text=prompt),))
                account = Account(person_id=reader or "all", employee="intern", purpose=Purpose.WORK)
                answer = await metered.complete((ModelRef(provider="ollama", model="m"),), call, account, cache=True)
                hits += answer.cached
                assert secrets_in(answer.text) <= allowed, turn
                cited = citations(answer.text, passages)
                assert secrets_in(" ".join(one.quote for one in cited)) <= allowed, turn
    assert asked > operations // 2
    assert shown > asked
    assert hits > 0
    assert of_projects > asked // 10
    assert fetched > asked // 2
    await asyncio.to_thread(index.close)
    if engine is not None:
        engine.close()


# -- deletion ---------------------------------------------------------------------------------------------------------


async def test_a_deleted_document_leaves_no_word_on_the_disk(tmp_path: Path, clock: TurnedClock) -> None:
    told: list[frozenset[str]] = []

    async def forgetting(ids: frozenset[str]) -> None:
        told.append(ids)

    (tmp_path / "docs").mkdir()
    library = LocalLibrary(
        KnowledgeSettings(folders=(Path("docs"),)), data_dir=tmp_path / "data", root=tmp_path, clock=clock,
        on_forgetting=forgetting,
    )  # fmt: skip
    await library.open()
    await library.keep("kept.md", b"The orchard has ninety trees.", reader="ada")
    await library.keep("gone.md", b"The password of the vault is xylophone42.", reader="ada")
    (passage,) = await library.find("password of the vault", person_id="ada")
    assert await asyncio.to_thread(_holding, tmp_path / "data", b"xylophone42") != []
    await library.remove("gone.md", person_id="ada")
    assert told == [frozenset({passage.id})]
    assert await library.find("password of the vault", person_id="ada") == ()
    assert await library.passage(passage.id, person_id="ada") is None
    assert await library.neighbours(passage.id, person_id="ada") == ()
    assert await asyncio.to_thread(_holding, tmp_path / "data", b"xylophone42") == []
    assert len(await library.find("trees in the orchard", person_id="ada")) == 1
    await library.close()


async def test_what_the_books_refuse_to_forget_is_not_deleted(tmp_path: Path, clock: TurnedClock) -> None:
    async def refuse(_: frozenset[str]) -> None:
        raise DocumentRefused("The books can't be written.")

    (tmp_path / "docs").mkdir()
    library = LocalLibrary(
        KnowledgeSettings(folders=(Path("docs"),)), data_dir=tmp_path / "data", root=tmp_path, clock=clock,
        on_forgetting=refuse,
    )  # fmt: skip
    await library.open()
    await library.keep("kept.md", b"The orchard has ninety trees.", reader="ada")
    with pytest.raises(DocumentRefused, match="books"):
        await library.remove("kept.md", person_id="ada")
    assert len(await library.find("trees in the orchard", person_id="ada")) == 1
    await library.close()


def _holding(folder: Path, word: bytes) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and word in path.read_bytes()]
