"""No byte of one place is in a prompt of another: private chats, groups and topics each have a memory of their own.

Hypothesis writes the talk: who says, forwards, replies, uploads, edits or commands what, where. Every text carries a
mark of the place it was said in, every answer one of the order it was given to; no prompt may hold marks of two places.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from company import work_orders
from company.records import Role
from tests.fakes.models import Ask, Reply
from tests.flows.company import OWNER, PATIENCE_S, Lab, a_lab

BOB = 43
HOUSE, CLUB = -1_000_000_000_701, -1_000_000_000_702
MARK = re.compile(r"zq\d+x\d+z")
MARKED = re.compile(r"zq(\d+)x(\d+)z")  # place, number


@dataclass(frozen=True)
class Place:
    """A place of talk: the chat (None: the speaker's own), and whether it is a topic of it."""

    number: int
    chat: int | None
    topic: bool = False


PLACES = (Place(1, None), Place(2, HOUSE), Place(3, HOUSE, topic=True), Place(4, CLUB))


@dataclass(frozen=True)
class Step:
    """One thing that somebody does in a place."""

    deed: str
    place: Place
    who: int


DEEDS = (
    "say", "say", "say", "ask back", "reply", "forward", "quote", "slow", "state", "status", "escalate named", "escalate",
    "new", "edit", "recall", "recall a day", "forget",
)  # fmt: skip
STEPS = st.lists(
    st.builds(Step, deed=st.sampled_from(DEEDS), place=st.sampled_from(PLACES), who=st.sampled_from((OWNER, BOB))),
    min_size=4, max_size=14,
)  # fmt: skip


@dataclass
class Talk:
    """Plays steps in a running company and keeps what was said where."""

    lab: Lab
    topic: int
    numbers: itertools.count[int] = field(default_factory=itertools.count)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def mark(self, place: int) -> str:
        return f"zq{place}x{next(self.numbers)}z"

    async def answer(self, ask: Ask) -> Reply:
        """Repeats a mark of the prompt's own words, so that the answer is known by its place too."""
        if "hold on" in ask.text.rpartition("\n\n")[2]:  # the order's own words stand last
            await self.gate.wait()
        own = MARKED.findall(ask.text)
        return Reply(f"It is noted: {self.mark(int(own[-1][0]))}, and that is all." if own else "It is noted.")

    async def play(self, step: Step) -> None:
        chat = step.place.chat or step.who
        number = step.place.number if step.place.chat else 100 + step.who
        topic = self.topic if step.place.topic else None
        name = f"@{self.lab.telegram.world.bot['username']} " if step.place.chat else ""
        mark = self.mark(number)
        how = {"chat_id": step.place.chat, "topic": topic}
        here = [
            shown
            for shown in self.lab.telegram.messages(chat)
            if shown.topic == topic and shown.kind == "text" and places_in(shown.text) == {number}
        ]  # the Board's private /status tells of the groups: to quote that is the person's own act
        say = self.lab.telegram.say
        match step.deed:
            case "say":
                await say(
                    step.who, f"{name}My name for the project is {mark}, please remember to always use it.", **how
                )
            case "ask back":
                await say(step.who, f"{name}What was the name of the project, and what else did I say? {mark}", **how)
            case "reply" if here:
                await say(step.who, f"{name}Say more about this, {mark}.", reply_to=here[-1].message_id, **how)
            case "quote" if here and MARK.search(here[-1].text):
                part = MARK.search(here[-1].text)
                assert part is not None
                await say(
                    step.who, f"{name}What is this? {mark}", reply_to=here[-1].message_id, quote=part.group(), **how
                )
            case "forward":
                await say(step.who, f"{name}Someone wrote {mark} to me.", forwarded_from="A friend", **how)
            case "slow":
                self.gate.clear()
                await say(step.who, f"{name}hold on and describe the project {mark} in one line", **how)
                return  # not waited for: what follows happens while it is at work
            case "state":
                await say(step.who, f"{name}How many orders are running and what did you spend today?", **how)
            case "status":
                await say(step.who, "/status" + name.strip(), **how)
            case "escalate named":
                last = (await self.lab.orders())[-1:] or [None]
                if last[0] is not None:
                    await say(step.who, f"/escalate{name.strip()} #{last[0].number}", **how)
            case "escalate":
                await say(step.who, "/escalate" + name.strip(), **how)
            case "recall":
                await say(step.who, f"{name}What did I tell you about the name of the project? {mark}", **how)
            case "recall a day":
                await say(step.who, f"{name}What did we talk about today? {mark}", **how)
            case "forget":
                await say(step.who, f"/forget{name.strip()} name of the project", **how)
                await self.settled()
                cards = [
                    s
                    for s in self.lab.telegram.messages(chat)
                    if s.topic == topic and any("Forget" in b["text"] for b in s.buttons)
                ]
                if cards and step.who == OWNER:
                    assert places_in(cards[-1].text) <= {number}, cards[-1].text
                    await self.lab.telegram.press(step.who, cards[-1].message_id, text="Forget", chat_id=chat)
            case "new":
                await say(step.who, "/new" + name.strip(), **how)
            case "edit" if mine := [s for s in here if s.sender_id == step.who and "forward_origin" not in s.extra]:
                await self.lab.telegram.edit(step.who, mine[-1].message_id, f"{name}It is called {mark}.", chat)
            case _:
                return
        await self.settled()

    async def settled(self) -> None:
        """Every update is taken, and every order has its end that is not held up."""
        telegram = self.lab.telegram
        await telegram.wait_for(lambda: not telegram.queue, PATIENCE_S)
        async with asyncio.timeout(PATIENCE_S):
            async for _ in self.lab.company.feed.changes():
                left = await self.lab.company.books.read(work_orders.unfinished)
                held = set() if self.gate.is_set() else {one.conversation for one in left if "hold on" in one.text}
                if all(order.conversation in held for order in left):
                    return

    async def finish(self) -> None:
        self.gate.set()
        await self.settled()


def places_in(text: str) -> set[int]:
    """The places whose marks a text holds."""
    return {int(place) for place, _ in MARKED.findall(text)}


async def check(lab: Lab, before: int) -> None:
    """No prompt holds two places' marks; each answer stands in the conversation whose marks it holds."""
    for call in lab.anthropic.calls[before:]:
        assert len(places_in(str(call.raw))) <= 1, call.raw
    for chat in (HOUSE, CLUB):
        said = " ".join(shown.text for shown in lab.telegram.messages(chat))
        own = {place.number for place in PLACES if place.chat == chat}
        assert places_in(said) <= own, said


async def a_talk(lab: Lab, topic: int, steps: list[Step]) -> None:
    before = len(lab.anthropic.calls)
    talk = Talk(lab, topic)
    talk.gate.set()
    lab.anthropic.answer = talk.answer
    for step in steps:
        await talk.play(step)
    await talk.finish()
    await check(lab, before)


async def a_company(stack: AsyncExitStack, root: Path) -> tuple[Lab, int]:
    lab = await stack.enter_async_context(a_lab(root))
    await lab.open()
    await lab.pair()
    await lab.pair(BOB, role=Role.MEMBER, name="Bob")
    lab.telegram.add_group(HOUSE, "House", OWNER, BOB, forum=True)
    lab.telegram.add_group(CLUB, "Club", OWNER, BOB)
    return lab, lab.telegram.add_topic(HOUSE, "Project")


def test_no_byte_of_one_place_is_in_a_prompt_of_another(tmp_path: Path):
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        lab, topic = runner.run(a_company(stack, tmp_path))

        @settings(max_examples=12, deadline=None, derandomize=True, database=None, phases=(Phase.generate,))
        @given(STEPS)
        def holds(steps: list[Step]) -> None:
            runner.run(a_talk(lab, topic, steps))

        try:
            holds()
            assert len(lab.anthropic.calls) > 30
        finally:
            runner.run(stack.aclose())
