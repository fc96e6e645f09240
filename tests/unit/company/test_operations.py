"""company/operations: the way of an order over real books, with doubles for the departments only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import Connection, select

from company import attempts, audit, forgetting, work_orders
from company.books import Books, SqliteBooks
from company.errors import GaveUp, NobodyAvailable, PriceUnknown, Refused
from company.records import (
    ConversationKey,
    Desk,
    Job,
    Person,
    Role,
    State,
    Tier,
)
from company.schema import orders
from tests.fakes.clock import TurnedClock
from tests.unit.company.at_work import (
    TELEGRAM,
    accepted,
    member_of,
    passes,
    reaches,
    running,
)
from tests.unit.company.house_doubles import (
    FAIL,
    LEAK,
    UNSURE,
    World,
    books_are_sound,
    posted,
    request,
    settle_in,
)

# -- the way of an order -----------------------------------------------------------------------------------------------


async def test_a_message_becomes_an_inspected_answer(any_books: Books, clock: TurnedClock) -> None:
    person = await settle_in(any_books, clock)
    world = World(any_books, clock)
    order = await world.fulfil(await accepted(world, person))
    assert order.state is State.READY
    assert [(kind, chat) for kind, chat, _ in await posted(any_books)] == [("answer", "100")]
    assert len(world.inspector.seen) == 1
    assert await any_books.write(work_orders.delivered, clock.now(), order.id)
    assert not await any_books.write(work_orders.delivered, clock.now(), order.id)
    facts = [entry.fact for entry in await any_books.read(audit.entries, limit=50, order_id=order.id)]
    assert facts == [
        "order.accepted", "order.assigned", "attempt.started", "answer.inspected", "answer.ready", "answer.delivered",
    ]  # fmt: skip
    await books_are_sound(any_books)


async def test_a_failed_answer_is_mended_then_climbs_then_is_labelled(world: World, owner: Person) -> None:
    world.inspector.verdicts[:] = [FAIL] * 6
    order = await world.fulfil(await accepted(world, owner))
    tiers = [(job.tier, job.attempt_number, len(job.findings)) for job in world.staff.jobs]
    assert tiers == [
        (Tier.INTERN, 1, 0), (Tier.INTERN, 2, 1), (Tier.DIRECTOR, 3, 1), (Tier.DIRECTOR, 4, 1), (Tier.CEO, 5, 1),
        (Tier.CEO, 6, 1),
    ]  # fmt: skip
    assert world.staff.jobs[1].previous_draft == "answer of the intern, attempt 1"
    assert order.state is State.READY
    assert "too short" in order.label
    [(kind, _, _)] = await posted(world.books)
    assert kind == "unverified"
    assert len(await world.books.read(attempts.verdicts_by_attempt, order.id)) == 6


async def test_undecided_is_delivered_with_a_label(world: World, owner: Person) -> None:
    world.inspector.verdicts[:] = [UNSURE]
    order = await world.fulfil(await accepted(world, owner))
    assert (order.state, bool(order.label)) == (State.READY, True)
    assert len(world.staff.jobs) == 1


async def test_a_secret_in_the_last_answer_is_never_delivered(any_books: Books, clock: TurnedClock) -> None:
    person = await settle_in(any_books, clock)
    world = World(any_books, clock)
    world.inspector.verdicts[:] = [LEAK] * 6
    world.steps += ["SECRET"] * 6
    order = await world.fulfil(await accepted(world, person))
    assert (order.state, order.answer) == (State.FAILED, "")
    [(kind, _, payload)] = await posted(any_books)
    assert kind == "failed"
    assert "SECRET" not in payload
    await books_are_sound(any_books)


async def test_an_employee_that_gives_up_hands_on_at_once(world: World, owner: Person) -> None:
    world.steps += [GaveUp("too hard for me"), GaveUp("me too"), GaveUp("and me")]
    order = await world.fulfil(await accepted(world, owner))
    assert [job.tier for job in world.staff.jobs] == [Tier.INTERN, Tier.DIRECTOR, Tier.CEO]
    assert order.state is State.FAILED
    assert "and me" in order.end_reason


@pytest.mark.parametrize("error", [Refused("that may not be done"), PriceUnknown("No price is known for x/y")])
async def test_what_may_not_be_done_is_refused_with_its_reason(world: World, owner: Person, error: Exception) -> None:
    world.steps.append(error)
    order = await world.fulfil(await accepted(world, owner))
    assert (order.state, order.end_reason) == (State.REFUSED, str(error))
    assert [kind for kind, _, _ in await posted(world.books)] == ["refused"]


async def test_with_nobody_available_it_waits_says_so_once_and_goes_on_by_itself(
    world: World, owner: Person, clock: TurnedClock
) -> None:
    world.steps += [NobodyAvailable("all are down"), NobodyAvailable("all are down")]
    order = await accepted(world, owner)
    began = clock.monotonic()
    async with running(world):
        await passes(world, order.id, State.READY)
    assert clock.monotonic() - began >= 15 + 30
    assert [kind for kind, _, _ in await posted(world.books)] == ["notice", "answer"]
    assert len(world.staff.jobs) == 3
    assert len({job.attempt_id for job in world.staff.jobs}) == 1


async def test_a_second_outage_of_an_order_is_told_again(world: World, owner: Person, clock: TurnedClock) -> None:
    world.inspector.verdicts.append(FAIL)
    world.steps += [NobodyAvailable("all are down"), "an answer that fails", NobodyAvailable("all are down again")]
    order = await accepted(world, owner)
    async with running(world):
        await passes(world, order.id, State.READY)
    assert [kind for kind, _, _ in await posted(world.books)] == ["notice", "notice", "answer"]
    assert await world.books.read(work_orders.parked_times, order.id) == 0


@pytest.mark.parametrize(("asked_s", "waits_s"), [(0, 15), (120, 120), (float("inf"), 300)])
async def test_it_waits_at_least_as_long_as_the_provider_asked_for(
    world: World, owner: Person, clock: TurnedClock, asked_s: float, waits_s: int
) -> None:
    world.steps.append(NobodyAvailable("overloaded", retry_after_s=asked_s))
    order = await world.fulfil(await accepted(world, owner))
    assert order.state is State.WAITING
    until = await world.books.read(lambda tx: tx.scalar(select(orders.c.wait_until)))
    assert until == clock.now() + waits_s * 1000


async def test_woken_by_a_person_it_tells_of_the_next_outage(world: World, owner: Person) -> None:
    world.steps.append(NobodyAvailable("all are down"))
    order = await world.fulfil(await accepted(world, owner))
    assert await world.books.read(work_orders.parked_times, order.id) == 1
    await world.books.write(lambda tx: work_orders.resume(tx, 1, order, by=owner.id))
    assert await world.books.read(work_orders.parked_times, order.id) == 0


async def test_a_fault_of_ours_is_tried_again_then_said(world: World, owner: Person, clock: TurnedClock) -> None:
    world.steps += [RuntimeError("a bug")] * 3
    order = await accepted(world, owner)
    for _ in range(2):
        assert (await world.fulfil(order)).state is State.WAITING
        clock.turn(3)
        await world.ops.look_after()
    order = await world.fulfil(order)
    assert (order.state, len(world.staff.jobs)) == (State.FAILED, 3)
    [(kind, _, payload)] = await posted(world.books)
    assert kind == "failed"
    assert "RuntimeError" in payload
    assert "a bug" not in payload  # a fault's text may hold anything


async def test_a_fault_and_then_nobody_is_still_told(world: World, owner: Person, clock: TurnedClock) -> None:
    world.steps += [RuntimeError("a bug"), NobodyAvailable("all are down")]
    order = await accepted(world, owner)
    await world.fulfil(order)
    clock.turn(3)
    await world.ops.look_after()
    await world.fulfil(order)
    assert [kind for kind, _, _ in await posted(world.books)] == ["notice"]


async def test_an_order_that_kills_the_process_three_times_is_set_aside(world: World, owner: Person) -> None:
    """F48."""
    order = await accepted(world, owner)
    other = await accepted(world, owner, "2", chat="300", conversation=ConversationKey(desk=Desk.TELEGRAM, chat="300"))
    for _ in range(3):
        claimed = await world.books.write(
            work_orders.claim, world.clock.now(), order.id, world.house.holder, lease_ms=60_000
        )
        assert claimed is not None
        await world.again()  # died with it in hand
    order = await world.fulfil(order)
    assert (order.state, order.crashes) == (State.FAILED, 3)
    assert world.staff.jobs == []
    [(kind, _, payload)] = await posted(world.books)
    assert (kind, f"/audit {order.number}" in payload) == ("failed", True)
    taken = [e.payload["crashes"] for e in await world.books.read(audit.entries, fact="order.taken_over")]
    assert taken == [1, 2, 3]
    assert (await world.fulfil(other)).state is State.READY


async def test_too_late_is_said(world: World, owner: Person, clock: TurnedClock) -> None:
    order = await accepted(world, owner)
    clock.turn(73 * 3600)
    order = await world.fulfil(order)
    assert order.state is State.FAILED
    assert [kind for kind, _, _ in await posted(world.books)] == ["failed"]


async def test_a_reply_that_can_not_be_rendered_goes_out_plain_and_harms_nobody_else(
    world: World, owner: Person, clock: TurnedClock
) -> None:
    world.couriers[Desk.TELEGRAM].unable = frozenset({"answer", "failed"})  # type: ignore[arg-type]
    order = await accepted(world, owner)
    other = await accepted(
        world, owner, "2", desk=Desk.CONSOLE, conversation=ConversationKey(desk=Desk.CONSOLE, chat="x")
    )
    async with running(world):
        await reaches(world, other.id, State.READY)
        for _ in range(3):
            if (await world.order(order.id)).state is State.FAILED:
                break
            await reaches(world, order.id, State.WAITING, State.FAILED)
            await clock.until_asleep(3)
            clock.turn(3)
        await reaches(world, order.id, State.FAILED)
    told = [(kind, chat) for kind, chat, _ in await posted(world.books)]
    assert ("plain", "100") in told
    assert len(told) == 2


async def test_an_order_of_a_desk_that_is_off_waits_for_it(
    books: SqliteBooks, clock: TurnedClock, owner: Person
) -> None:
    world = World(books, clock)
    order = await accepted(world, owner)
    without = World(books, clock, desks=(Desk.CONSOLE,), run=2)
    assert (await without.fulfil(order)).state is State.ACCEPTED
    assert without.staff.jobs == []
    assert (await World(books, clock, run=3).fulfil(order)).state is State.READY


async def test_a_clean_shutdown_gives_orders_back_without_a_crash(world: World, owner: Person) -> None:
    begun = asyncio.Event()

    async def hang(job: Job) -> str:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    world.steps.append(hang)
    order = await accepted(world, owner)
    async with running(world):
        await begun.wait()
    left = await world.books.read(lambda tx: tx.execute(select(orders)).one())
    assert (left.claimed_by, left.crashes, left.state) == ("", 0, "working")
    await world.again()
    assert world.ops.resumed == (order.number,)
    assert (await world.fulfil(order)).state is State.READY
    assert len({job.attempt_id for job in world.staff.jobs}) == 1


async def test_operations_that_fell_over_pick_up_what_they_dropped(world: World, owner: Person) -> None:
    """Supervision restarts `run` in the same process: its own claims must not keep it out."""
    order = await accepted(world, owner)
    await world.books.write(work_orders.claim, world.clock.now(), order.id, world.house.holder, lease_ms=60_000)
    async with running(world):
        done = await reaches(world, order.id, State.READY)
    assert done.crashes == 1


async def test_the_same_update_twice_is_one_order(world: World, owner: Person) -> None:
    kept: list[str] = []

    def also(tx: Connection) -> None:
        kept.append("offset")

    first = await world.ops.accept(request(owner), also=also)
    again = await world.ops.accept(request(owner), also=also)
    assert (first.fresh, again.fresh) == (True, False)
    assert first.order is not None
    assert again.order is not None
    assert first.order.id == again.order.id
    assert kept == ["offset", "offset"]
    assert await world.ops.note(Desk.TELEGRAM, "9")
    assert not await world.ops.note(Desk.TELEGRAM, "9", also=also)
    assert len(kept) == 2


async def test_what_the_desk_writes_along_stands_or_falls_with_the_order(world: World, owner: Person) -> None:
    def also(tx: Connection) -> None:
        raise KeyError("disk")

    with pytest.raises(KeyError):
        await world.ops.accept(request(owner), also=also)
    assert (await world.ops.accept(request(owner))).fresh


async def test_an_observer_orders_nothing(world: World, clock: TurnedClock) -> None:
    watcher = await member_of(world.books, clock, Role.OBSERVER)
    with pytest.raises(Refused, match="may not"):
        await world.ops.accept(request(watcher))
    assert await world.books.read(work_orders.unfinished) == ()
    await world.ops.status(watcher)
    for ask in (world.ops.cost(watcher), world.ops.audit_page(watcher), world.ops.stop(watcher, TELEGRAM)):
        with pytest.raises(Refused):
            await ask


# -- stop and escalate -------------------------------------------------------------------------------------------------


def hanging(begun: asyncio.Event) -> Callable[[Job], Awaitable[str]]:
    async def hang(job: Job) -> str:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    return hang


async def test_stop_ends_running_and_queued_orders_at_once(world: World, owner: Person) -> None:
    begun = asyncio.Event()
    world.steps.append(hanging(begun))
    first, second = await accepted(world, owner), await accepted(world, owner, "2")
    loop = asyncio.get_running_loop()
    async with running(world):
        await begun.wait()
        before = loop.time()
        assert await world.ops.stop(owner, TELEGRAM) == (first.number, second.number)
        while world.dispatcher.running:
            await asyncio.sleep(0)
        assert loop.time() - before < 2
        assert await world.ops.stop(owner, TELEGRAM) == ()
        third = await accepted(world, owner, "3")
        await reaches(world, third.id, State.READY)
    for order in (first, second):
        assert (await world.order(order.id)).state is State.STOPPED
    assert [kind for kind, _, _ in await posted(world.books)] == ["stopped", "stopped", "answer"]


async def test_a_member_stops_own_orders_only(world: World, owner: Person, clock: TurnedClock) -> None:
    bob = await member_of(world.books, clock)
    mine = await accepted(world, bob, "1", chat="group")
    theirs = await accepted(world, owner, "2", chat="group")
    group = ConversationKey(desk=Desk.TELEGRAM, chat="group")
    assert await world.ops.stop(bob, group, number=theirs.number) == ()
    assert await world.ops.stop(bob, group) == (mine.number,)
    assert await world.ops.stop(owner, group, number=theirs.number) == (theirs.number,)


async def test_stopped_while_it_is_being_claimed_leaves_nothing_held(world: World, owner: Person) -> None:
    for number in range(8):
        order = await accepted(world, owner, str(number))
        working = asyncio.ensure_future(world.ops._fulfilment.fulfil(order.id))
        for _ in range(number):
            await asyncio.sleep(0)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        held = await world.books.write(
            lambda tx: tx.scalar(select(orders.c.claimed_by).where(orders.c.claimed_by != ""))
        )
        assert held is None, f"after {number} turns of the loop"
        await world.ops.stop(owner, TELEGRAM)


async def test_escalate_a_running_order(world: World, owner: Person) -> None:
    begun = asyncio.Event()
    world.steps.append(hanging(begun))
    order = await accepted(world, owner)
    async with running(world):
        await begun.wait()
        climbed = await world.ops.escalate(owner, TELEGRAM)
        assert climbed.order is not None
        assert climbed.order.id == order.id
        await reaches(world, order.id, State.READY)  # at once: nobody turns the clock for the next look
    assert [job.tier for job in world.staff.jobs] == [Tier.INTERN, Tier.DIRECTOR]
    assert len(await posted(world.books)) == 1


async def test_escalate_an_ended_order_does_it_anew_one_tier_up_once(world: World, owner: Person) -> None:
    order = await world.fulfil(await accepted(world, owner))
    child = (await world.ops.escalate(owner, TELEGRAM, order_id=order.id)).order
    assert child is not None
    assert (child.parent_id, child.wanted_tier, child.text) == (order.id, Tier.DIRECTOR, order.text)
    pressed: list[str] = []
    again = await world.ops.escalate(owner, TELEGRAM, order_id=order.id, also=lambda tx: pressed.append("twice"))
    assert again.order is not None
    assert (again.fresh, again.order.id, pressed) == (False, child.id, ["twice"])
    done = await world.fulfil(child)
    assert (done.state, world.staff.jobs[-1].tier) == (State.READY, Tier.DIRECTOR)
    top = (await world.ops.escalate(owner, TELEGRAM, number=order.number)).order  # goes on from where the first led
    assert top is not None
    await world.fulfil(top)
    assert world.staff.jobs[-1].tier is Tier.CEO
    with pytest.raises(Refused, match="nobody stands above"):
        await world.ops.escalate(owner, TELEGRAM, number=top.number)


async def test_escalate_an_order_that_nobody_has_yet(world: World, owner: Person) -> None:
    await accepted(world, owner)
    with pytest.raises(Refused, match="only just come in"):
        await world.ops.escalate(owner, TELEGRAM)


async def test_escalate_an_order_that_ended_before_anybody_had_it(world: World, owner: Person) -> None:
    order = await accepted(world, owner)
    await world.ops.stop(owner, TELEGRAM)
    child = (await world.ops.escalate(owner, TELEGRAM, number=order.number)).order
    assert child is not None
    assert (await world.fulfil(child)).state is State.READY


async def test_what_was_forgotten_is_not_asked_again(world: World, owner: Person) -> None:
    """Its buttons are still on the screen; there is nothing left to ask."""
    order = await world.fulfil(await accepted(world, owner))
    await world.books.write(work_orders.delivered, world.clock.now(), order.id)
    gone = await world.books.read(work_orders.get, order.id)
    assert gone is not None
    await world.books.write(forgetting.forget_exchange, world.clock.now(), gone, by=owner.id)
    for ask in (
        world.ops.escalate(owner, TELEGRAM, order_id=order.id),
        world.ops.escalate(owner, TELEGRAM, number=order.number),
        world.ops.anew(owner, order.id),
    ):
        with pytest.raises(Refused, match="no such order"):
            await ask


async def test_no_order_has_a_number_that_no_database_holds(world: World, owner: Person) -> None:
    await accepted(world, owner)
    assert await world.ops.order_of(owner, TELEGRAM, 10**30) is None
    with pytest.raises(Refused, match="no such order"):
        await world.ops.escalate(owner, TELEGRAM, number=10**30)
    assert (await world.ops.audit_page(owner, order_number=10**30)).entries == ()


async def test_escalate_needs_an_order_one_may_see(world: World, owner: Person, clock: TurnedClock) -> None:
    bob = await member_of(world.books, clock)
    order = await accepted(world, owner)
    for ask in (
        world.ops.escalate(bob, TELEGRAM, number=order.number),
        world.ops.escalate(owner, TELEGRAM, number=99),
        world.ops.sources(bob, order.id),
        world.ops.why(bob, order.id),
        world.ops.rate(bob, order.id, 1),
    ):
        with pytest.raises(Refused, match="no such order"):
            await ask


async def test_an_order_that_could_not_be_taken_in_hand_is_found_again(
    world: World, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ill(*_: object, **__: object) -> None:
        raise OSError("the disk is away")

    order = await accepted(world, owner)
    with monkeypatch.context() as broken:
        broken.setattr(work_orders, "claim", ill)
        assert (await world.fulfil(order)).state is State.ACCEPTED
    assert [found.id for found in await world.books.read(work_orders.startable, 0)] == [order.id]
    assert (await world.fulfil(order)).state is State.READY


async def test_after_a_while_away_each_chat_is_told_once_what_goes_on(books: SqliteBooks, clock: TurnedClock) -> None:
    person = await settle_in(books, clock)
    first = World(books, clock)
    await accepted(first, person, "1")
    await accepted(first, person, "2")
    clock.turn(30)
    await World(books, clock, run=2).ops.open()
    assert await posted(books) == []  # nobody waited long
    clock.turn(200)
    await World(books, clock, run=3).ops.open()
    [(kind, chat, payload)] = await posted(books)
    assert (kind, chat) == ("plain", "100")
    assert "Back after 3 min. I go on with #1, #2." in payload
