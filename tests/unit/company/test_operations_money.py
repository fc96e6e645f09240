"""company/operations: cards, caps, people and reports over real books."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from sqlalchemy import Connection, select

from company import audit, decisions, people, work_orders
from company.books import Books
from company.errors import BudgetExceeded, LostClaim, Refused
from company.operations.replies import Replies
from company.records import (
    ConversationKey,
    Desk,
    Job,
    Person,
    Role,
    State,
    Tier,
)
from company.reports import DecisionResult
from company.schema import decisions as cards
from company.topics import MUTABLE, Topic
from tests.fakes.clock import TurnedClock
from tests.unit.company.at_work import (
    TELEGRAM,
    accepted,
    member_of,
    reaches,
    running,
)
from tests.unit.company.house_doubles import (
    TEXTS,
    World,
    books_are_sound,
    budget_of,
    posted,
    settle_in,
    sums_kept,
)

# -- money -------------------------------------------------------------------------------------------------------------


async def short(books: Books, clock: TurnedClock, **caps: str) -> World:
    return World(books, clock, budget=budget_of(**({"per_order": "0.0001"} | caps)))


async def card_of(world: World) -> decisions.Decision:
    row = await world.books.read(lambda tx: tx.execute(select(cards.c.id).order_by(cards.c.id.desc())).first())
    assert row is not None
    card = await world.books.read(decisions.get, row.id)
    assert card is not None
    return card


async def press(world: World, person: Person, choice: str) -> DecisionResult:
    """Press a button of the newest card, as it was shown."""
    card = await card_of(world)
    return await world.ops.decide(person, card.id, f"{choice}:{card.seal}")


async def test_a_card_asks_and_add_goes_on(any_books: Books, clock: TurnedClock) -> None:
    person = await settle_in(any_books, clock)
    world = await short(any_books, clock)
    order = await world.fulfil(await accepted(world, person))
    assert (order.state, order.waiting_for) == (State.WAITING, "money")
    card = await card_of(world)
    [(kind, chat, payload)] = await posted(any_books)
    assert (kind, chat) == ("card", "100")
    assert json.loads(payload)["buttons"] == [
        f"{card.id}:{choice}:{card.seal}" for choice in ("add", "cheaper", "stop")
    ]
    taken = await world.ops.decide(person, card.id, f"add:{card.seal}")
    assert (taken.taken, taken.by) == (True, "Ada")
    again = await world.ops.decide(person, card.id, f"stop:{card.seal}")
    assert not again.taken
    assert "Ada" in again.text
    order = await world.fulfil(order)
    assert order.state is State.READY
    assert len({job.attempt_id for job in world.staff.jobs}) == 1
    await books_are_sound(any_books)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "left of the cap of this order"), ("fr", "plafond de cet ordre"), ("de", "Obergrenze dieses Auftrags"),
        ("es", "límite de esta orden"), ("ru", "предел этого заказа"), ("zh", "此工单的上限"),
    ],
)  # fmt: skip
async def test_the_card_says_why_in_the_persons_language(
    books: Books, clock: TurnedClock, language: str, words: str
) -> None:
    person = await settle_in(books, clock)
    person = await books.write(people.set_language, clock.now(), person, language)
    world = await short(books, clock)
    await world.fulfil(await accepted(world, person))
    [(_, _, payload)] = await posted(books)
    assert words in json.loads(payload)["text"]


async def test_money_held_by_others_is_said_without_figures() -> None:
    busy = BudgetExceeded("others hold it", scope="day", needed_micro=0, left_micro=0)
    assert "in reserve" in Replies(TEXTS).shortage(busy, "en")


async def test_finish_cheaper_goes_down_to_the_clerk(world: World, owner: Person, clock: TurnedClock) -> None:
    poor = await short(world.books, clock)
    order = await poor.fulfil(await accepted(poor, owner))
    assert (await press(poor, owner, "cheaper")).taken
    for _ in range(3):
        order = await poor.fulfil(order)
    assert order.state is State.READY
    assert poor.staff.jobs[-1].tier is Tier.CLERK
    assert [kind for kind, _, _ in await posted(world.books)] == ["card", "answer"]


async def test_stop_on_the_card(world: World, owner: Person, clock: TurnedClock) -> None:
    poor = await short(world.books, clock)
    order = await poor.fulfil(await accepted(poor, owner))
    card = await card_of(poor)
    result = await poor.ops.decide(owner, card.id, f"stop:{card.seal}")
    assert result.taken
    assert (await poor.order(order.id)).state is State.STOPPED
    assert not (await poor.ops.decide(owner, card.id, f"add:{card.seal}")).taken
    assert [kind for kind, _, _ in await posted(world.books)] == ["card", "stopped"]


async def test_silence_is_a_no_and_is_said(world: World, owner: Person, clock: TurnedClock) -> None:
    poor = await short(world.books, clock)
    order = await poor.fulfil(await accepted(poor, owner))
    clock.turn(24 * 3600 + 1)
    late = await press(poor, owner, "add")
    assert not late.taken
    assert "counts as a no" in late.text
    for _ in range(2):
        await poor.ops.look_after()
    assert (await poor.order(order.id)).state is State.REFUSED
    assert [kind for kind, _, _ in await posted(world.books)] == ["card", "refused"]


async def test_stop_by_command_closes_the_card(world: World, owner: Person, clock: TurnedClock) -> None:
    poor = await short(world.books, clock)
    await poor.fulfil(await accepted(poor, owner))
    assert await poor.ops.stop(owner, TELEGRAM) == (1,)
    assert not (await press(poor, owner, "add")).taken


async def test_a_members_card_goes_to_the_board(world: World, owner: Person, clock: TurnedClock) -> None:
    bob = await member_of(world.books, clock)
    poor = await short(world.books, clock)
    order = await poor.fulfil(await accepted(poor, bob, chat="200"))
    assert [(kind, chat) for kind, chat, _ in await posted(world.books)] == [("card", "100"), ("notice", "200")]
    card = await card_of(poor)
    with pytest.raises(Refused):
        await poor.ops.decide(bob, card.id, f"add:{card.seal}")
    assert (await poor.ops.decide(owner, card.id, f"add:{card.seal}")).taken
    await poor.fulfil(order)
    assert [(kind, chat) for kind, chat, _ in await posted(world.books)][-1] == ("answer", "200")


async def test_a_members_card_comes_to_the_member_where_the_boards_desk_is_off(
    world: World, clock: TurnedClock
) -> None:
    bob = await member_of(world.books, clock)
    poor = World(world.books, clock, budget=budget_of(per_order="0.0001"), desks=(Desk.CONSOLE,))
    console = ConversationKey(desk=Desk.CONSOLE, chat="bob")
    await poor.fulfil(await accepted(poor, bob, desk=Desk.CONSOLE, conversation=console))
    assert [(kind, chat) for kind, chat, _ in await posted(world.books)] == [("card", "bob")]


async def test_a_cap_of_zero_spends_nothing(world: World, owner: Person, clock: TurnedClock) -> None:
    poor = await short(world.books, clock, day="0", month="0", per_person_day="0", per_order="0")
    await poor.fulfil(await accepted(poor, owner))
    assert poor.door.calls == []
    assert await world.books.read(sums_kept) == {}


async def test_the_board_is_told_once_when_a_cap_is_near(world: World, owner: Person, clock: TurnedClock) -> None:
    near = World(world.books, clock, budget=budget_of(day="0.004"))
    order = await accepted(near, owner)
    near.door.usage = type(near.door.usage)(output_tokens=100)
    async with running(near):
        for number in range(2):
            await reaches(near, order.id, State.READY)
            if number == 0:
                order = await accepted(near, owner, "2")
        async with asyncio.timeout(10):
            while not (told := [p for kind, _, p in await posted(world.books) if kind == "plain"]):
                clock.turn(0.1)
    assert len(told) == 1
    assert "75 %" in told[0]


async def test_a_cap_that_is_lowered_below_what_is_used_lets_nothing_more_be_spent(
    world: World, owner: Person, clock: TurnedClock
) -> None:
    await world.fulfil(await accepted(world, owner))
    spent = world.door.spent_micro
    assert spent > 0
    await world.ops.set_cap(owner, "day", 1)
    order = await world.fulfil(await accepted(world, owner, "2"))
    assert (order.state, order.waiting_for, world.door.spent_micro) == (State.WAITING, "money", spent)
    line = next(cap for cap in (await world.ops.status(owner)).caps if cap.scope == "day")
    assert (line.cap_micro, line.used_micro) == (1, spent)
    assert (await press(world, owner, "add")).taken, "what is added covers what lies above the cap too"
    assert (await world.fulfil(order)).state is State.READY
    member = replace(owner, role=Role.MEMBER)
    for person, scope, micro in ((member, "day", 5), (owner, "order", 5), (owner, "day", -1), (owner, "day", 10**12)):
        with pytest.raises(Refused):
            await world.ops.set_cap(person, scope, micro)


async def test_the_board_is_told_who_may_speak_here_now(world: World, owner: Person, clock: TurnedClock) -> None:
    """Each other Board member, once; the newcomer's own chat hears a welcome instead. It can't be muted."""

    def joins(tx: Connection) -> None:
        bob = people.add(tx, clock.now(), name="Bob", role=Role.MEMBER, language="en", by="test")
        people.identify(tx, clock.now(), bob, Desk.TELEGRAM, "200")

    async with running(world):
        await world.books.write(joins)
        async with asyncio.timeout(10):
            while not (told := [(c, p) for kind, c, p in await posted(world.books) if kind == "plain"]):
                clock.turn(0.1)
    assert [chat for chat, _ in told] == ["100"]
    assert "Bob may now speak here as member (telegram)" in told[0][1]
    assert Topic.SECURITY not in MUTABLE


# -- people ------------------------------------------------------------------------------------------------------------


async def test_strangers_and_revoked_sessions_are_nobody_at_once(world: World, owner: Person) -> None:
    assert await world.ops.known(Desk.TELEGRAM, "666") is None
    assert (await world.ops.known(Desk.TELEGRAM, "100", device="phone")) == owner
    [session] = await world.books.read(people.session_list)
    assert await world.books.write(people.revoke, 1, session.id, by=owner.id)
    assert await world.ops.known(Desk.TELEGRAM, "100", device="phone") is None
    assert await world.ops.known(Desk.TELEGRAM, "100", device="laptop") == owner


async def test_a_stranger_costs_one_row_a_day(world: World) -> None:
    for _ in range(5):
        await world.ops.turned_away(Desk.TELEGRAM, "666", "hi")
    entries = await world.books.read(audit.entries, fact="stranger")
    assert len(entries) == 1


async def test_memory_ends_where_a_new_conversation_begins(world: World, owner: Person) -> None:
    await world.fulfil(await accepted(world, owner))
    second = await world.fulfil(await accepted(world, owner, "2"))
    await world.ops.new_conversation(owner, TELEGRAM)
    third = await world.fulfil(await accepted(world, owner, "3"))
    briefs = [(await world.order(o.id)).assignment for o in (second, third)]
    assert [a.brief for a in briefs if a is not None] == ["1 before", "0 before"]


async def test_a_lost_claim_writes_nothing(world: World, owner: Person) -> None:
    async def taken_meanwhile(job: Job) -> str:
        def write(tx: Connection) -> None:
            current = work_orders.get(tx, job.order.id)
            assert current is not None
            assert current.assignment is not None
            work_orders.reassign(tx, 0, current, current.assignment, rung=2, by="test")

        await world.books.write(write)
        raise LostClaim("another has it")

    world.steps.append(taken_meanwhile)
    order = await world.fulfil(await accepted(world, owner))
    assert (order.state, order.rung) == (State.ASSIGNED, 2)
    assert await posted(world.books) == []
    assert (await world.fulfil(order)).state is State.READY
    assert world.staff.jobs[-1].tier is Tier.CEO


async def test_reports_agree_with_the_books(world: World, owner: Person, clock: TurnedClock) -> None:
    bob = await member_of(world.books, clock)
    await world.fulfil(await accepted(world, owner))
    await world.fulfil(await accepted(world, bob, "2", chat="200"))
    for period in ("today", "week", "month", "all"):
        report = await world.ops.cost(owner, period=period)
        assert report.total_micro == world.door.spent_micro == 660
        assert (await world.ops.cost(bob, period=period)).total_micro == 330
        assert sum(spent.charged_micro for spent in report.series.spent) == 660
        assert {spent.slot for spent in report.series.spent} <= set(report.series.slots)
    status = await world.ops.status(owner)
    assert (len(status.running), status.orders_today) == (2, 2)
    assert len((await world.ops.status(bob)).running) == 1
    page = await world.ops.audit_verify(owner)
    assert page.verification is not None
    assert page.verification.sound
