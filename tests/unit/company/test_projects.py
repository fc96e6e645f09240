"""Projects in the books: who decides, who reads, what ends at once; on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from company import audit, people, projects
from company.asking import Asking
from company.books import Books
from company.clock import Clock
from company.document_records import Standing
from company.errors import Refused
from company.operations.projects import Projects
from company.records import ConversationKey, Desk, Person, Role
from company.schema import answer_cache, project_members
from company.texts import Texts

TEXTS = Texts()
GROUP = ConversationKey(desk=Desk.TELEGRAM, chat="-1001", topic="7")
OTHER_TOPIC = ConversationKey(desk=Desk.TELEGRAM, chat="-1001", topic="8")


def private(person: Person) -> ConversationKey:
    return ConversationKey(desk=Desk.TELEGRAM, chat=f"5{person.name}")


@pytest.fixture
def office(any_books: Books, clock: Clock) -> Projects:
    return Projects(any_books, clock, TEXTS)


@pytest.fixture
async def everybody(any_books: Books, clock: Clock) -> dict[str, Person]:
    roles = {"Ada": Role.BOARD, "Bob": Role.MEMBER, "Eve": Role.MEMBER, "Cy": Role.OBSERVER}

    def write(tx: Any) -> dict[str, Person]:
        return {
            name: people.add(tx, clock.now(), name=name, role=role, language="en", by="test")
            for name, role in roles.items()
        }

    return await any_books.write(write)


def test_a_reader_is_taken_apart_as_it_was_written() -> None:
    assert Asking.at(GROUP, "ada") == Asking(person_id="ada", group="group:telegram:-1001", place="telegram:-1001:7")
    whole = ConversationKey(desk=Desk.TELEGRAM, chat="-1001")
    assert Asking.at(whole, "ada") == Asking(person_id="ada", group="group:telegram:-1001", place="telegram:-1001:")
    assert Asking.at(ConversationKey(desk=Desk.TELEGRAM, chat="5"), "ada") == Asking(
        person_id="ada", place="person:ada"
    )
    topic = ConversationKey(desk=Desk.TELEGRAM, chat="5", topic="9")
    assert Asking.at(topic, "ada") == Asking(person_id="ada", place="telegram:5:9")
    crooked = ConversationKey(desk=Desk.CONSOLE, chat="1000", topic="x@eve/y")
    assert Asking.at(crooked, "ada").person_id == "ada"
    assert Asking.parse("") == Asking()
    assert Asking.parse("group:telegram:-1001") == Asking(group="group:telegram:-1001")


async def test_who_is_in_it_reads_it_and_nobody_else(
    office: Projects, everybody: dict[str, Person], any_books: Books
) -> None:
    ada, bob, eve = everybody["Ada"], everybody["Bob"], everybody["Eve"]
    await office.make(bob, "  Apollo   11 ")
    (line,) = await office.lines(bob, private(bob))
    assert (line.name, line.members, line.mine, line.decides, line.here) == ("Apollo 11", ("Bob",), True, True, False)
    assert [one.mine for one in await office.lines(ada, private(ada))] == [
        False
    ]  # the Board knows of it, and reads it not
    assert await office.standing(ada, private(ada)) == Standing()
    assert await office.lines(eve, private(eve)) == ()
    assert list((await office.standing(bob, private(bob))).projects.values()) == ["Apollo 11"]

    with pytest.raises(Refused, match="I know no project"):
        await office.let_in(eve, "apollo 11", "Eve")
    assert await office.let_in(ada, "APOLLO 11", "eve") == "Eve"  # the Board decides too
    assert list((await office.standing(eve, private(eve))).projects.values()) == ["Apollo 11"]
    with pytest.raises(Refused, match="Only whoever made"):
        await office.put_out(eve, "Apollo 11", "Bob")
    await office.put_out(bob, "Apollo 11", "@Eve")
    assert await office.standing(eve, private(eve)) == Standing()
    facts = [one.fact for one in await any_books.read(audit.entries, fact="project.")]
    assert facts == ["project.made", "project.member_added", "project.member_added", "project.member_removed"]


async def test_in_a_group_the_project_in_use_is_read_for_its_members_alone(
    office: Projects, everybody: dict[str, Person]
) -> None:
    bob, eve = everybody["Bob"], everybody["Eve"]
    await office.make(bob, "Apollo")
    await office.make(bob, "Gemini")
    await office.let_in(bob, "Apollo", "Eve")
    with pytest.raises(Refused, match="Only whoever made"):
        await office.use(eve, GROUP, "Apollo")  # the whole group would read the answers
    assert await office.use(bob, GROUP, "apollo") == "Apollo"
    for one in (bob, eve):
        standing = await office.standing(one, GROUP)
        assert (list(standing.projects.values()), standing.here_name) == (
            ["Apollo"],
            "Apollo",
        )  # Gemini is not told here
        assert await office.standing(one, OTHER_TOPIC) == Standing()
    assert await office.standing(everybody["Ada"], GROUP) == Standing()
    assert await office.takes_documents(eve, GROUP)
    assert not await office.takes_documents(eve, OTHER_TOPIC)
    await office.put_out(eve, "Apollo", "me")  # one may go
    assert await office.standing(eve, GROUP) == Standing()
    assert not await office.takes_documents(eve, GROUP)
    assert await office.leave(eve, GROUP)
    assert await office.standing(bob, GROUP) == Standing()
    assert not await office.leave(eve, GROUP)


async def test_in_private_ones_projects_are_read_and_the_one_in_use_comes_first(
    office: Projects, everybody: dict[str, Person]
) -> None:
    bob = everybody["Bob"]
    for name in ("Apollo", "Gemini"):
        await office.make(bob, name)
    await office.use(bob, private(bob), "Gemini")
    standing = await office.standing(bob, private(bob))
    assert (sorted(standing.projects.values()), standing.here_name) == (["Apollo", "Gemini"], "Gemini")
    assert [one.here for one in await office.lines(bob, private(bob))] == [False, True]
    await office.use(bob, private(bob), "Apollo")
    assert (await office.standing(bob, private(bob))).here_name == "Apollo"
    topic = ConversationKey(desk=Desk.TELEGRAM, chat="5Bob", topic="3")
    assert (await office.standing(bob, topic)).here == ""


async def test_closed_nobody_reads_it_and_kept_answers_are_gone(
    office: Projects, everybody: dict[str, Person], any_books: Books
) -> None:
    bob, eve = everybody["Bob"], everybody["Eve"]
    await office.make(bob, "Apollo")
    await office.let_in(bob, "Apollo", "Eve")
    await office.use(bob, private(bob), "Apollo")

    async def kept() -> list[str]:
        return await any_books.read(lambda tx: list(tx.scalars(select(answer_cache.c.completion))))

    async def keep() -> None:
        row = {"key": "k", "completion": "The rocket is red.", "saved_micro": 5, "created_at": 9**15}
        await any_books.write(lambda tx: (tx.execute(answer_cache.delete()), tx.execute(answer_cache.insert(), [row])))

    await keep()
    await office.put_out(bob, "Apollo", "Eve")
    assert await kept() == [""]
    await keep()
    await office.close(bob, "Apollo")
    assert await kept() == [""]
    assert await office.standing(bob, private(bob)) == Standing()
    with pytest.raises(Refused, match="closed already"):
        await office.close(bob, "Apollo")
    with pytest.raises(Refused, match="I know no project"):
        await office.use(bob, private(bob), "Apollo")
    with pytest.raises(Refused, match="There is a project"):
        await office.make(eve, "apollo")
    await office.reopen(bob, "Apollo")
    assert (await office.standing(bob, private(bob))).here_name == "Apollo"
    assert await any_books.read(lambda tx: tx.scalars(select(project_members.c.person_id)).all()) == [bob.id]


@pytest.mark.parametrize(
    ("who", "words"), [("Nobody", "I know nobody"), ("Twin", "Several people"), ("Bob", "is in “Apollo” already")]
)
async def test_a_name_that_means_nobody_or_several_is_said(
    office: Projects, everybody: dict[str, Person], any_books: Books, clock: Clock, who: str, words: str
) -> None:
    bob = everybody["Bob"]

    def write(tx: Any) -> None:
        for number in ("71", "72"):
            twin = people.add(tx, clock.now(), name="Twin", role=Role.MEMBER, language="en", by="test")
            people.identify(tx, clock.now(), twin, Desk.TELEGRAM, number)

    await any_books.write(write)
    await office.make(bob, "Apollo")
    with pytest.raises(Refused, match=words):
        await office.let_in(bob, "Apollo", who)
    assert await office.let_in(bob, "Apollo", "72") == "Twin"


@pytest.mark.parametrize("name", ["", "x" * 61, "a\x07b", "a\u202eb"])
async def test_a_name_that_is_none_is_refused(office: Projects, everybody: dict[str, Person], name: str) -> None:
    with pytest.raises(Refused, match="1 to 60 signs"):
        await office.make(everybody["Bob"], name)


async def test_an_observer_has_no_project(office: Projects, everybody: dict[str, Person]) -> None:
    cy = everybody["Cy"]
    for act in (office.lines(cy, private(cy)), office.make(cy, "Apollo"), office.use(cy, private(cy), "Apollo")):
        with pytest.raises(Refused, match="ask the Board"):
            await act


async def test_a_closed_project_is_forgotten_once_and_an_open_one_never(
    office: Projects, everybody: dict[str, Person], any_books: Books, clock: Clock
) -> None:
    bob = everybody["Bob"]
    for name in ("Apollo", "Gemini"):
        await office.make(bob, name)
        await office.use(bob, GROUP, name)
    await office.close(bob, "Apollo")
    found = await any_books.read(projects.closed_before, clock.now() + 1, 10)
    assert [one.name for one in found] == ["Apollo"]
    open_one = await any_books.read(projects.by_name, "Gemini")
    assert open_one is not None
    for project in (found[0], found[0], open_one):
        doomed = await any_books.write(projects.doom, project.id)
        assert doomed == (project is found[0] and not await any_books.read(audit.entries, fact="project.forgotten"))
        with pytest.raises(Refused, match=r"I know no project|is open"):
            await office.reopen(bob, project.name)
        await any_books.write(projects.forget, clock.now(), project.id, by="company")
    assert [one.name for one in await any_books.read(projects.listed)] == ["Gemini"]
    assert [one.fact for one in await any_books.read(audit.entries, fact="project.forgotten")] == ["project.forgotten"]
    assert (await any_books.read(audit.verify)).sound
