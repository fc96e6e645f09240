"""A text that the app had to cut is one order again; short messages don't wait."""

from __future__ import annotations

import asyncio

from sqlalchemy import select

from bot import held
from bot.pastes import PREFIX
from company.schema import incoming
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER

FULL = "word " * 800
REST = "and the rest of it."


async def test_the_parts_of_a_paste_are_one_order(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    for part in (FULL, FULL, REST):
        await fake.say(OWNER, part)
    await fake.wait_for(lambda: reception.office.accepted)
    assert [request.text for request in reception.office.accepted] == ["\n".join((FULL, FULL, REST)).strip()]
    assert reception.office.accepted[0].message_id == "1"
    await fake.say(OWNER, "Thanks!")
    await fake.wait_for(lambda: len(reception.office.accepted) == 2)
    assert reception.office.accepted[1].text == "Thanks!"
    assert await reception.books.read(held.waiting, PREFIX) == []


async def test_commands_and_other_people_do_not_join(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await fake.say(OWNER, FULL)
    await fake.say(OWNER, "/help")
    assert "What I understand" in (await fake.next_answer(OWNER)).text
    await fake.wait_for(lambda: reception.office.accepted)
    assert [request.text for request in reception.office.accepted] == [FULL.strip()]


async def test_a_paste_survives_a_restart(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await fake.say(OWNER, FULL)
    await fake.say(OWNER, REST)

    async def noted() -> int:
        return len(await reception.books.read(lambda tx: list(tx.scalars(select(incoming.c.external_id)))))

    async with asyncio.timeout(5):
        while await noted() < 2:
            await asyncio.sleep(0)
    await reception.kill()
    before = list(reception.office.accepted)
    await reception.start()
    await fake.wait_for(lambda: reception.office.accepted)
    assert [request.text for request in reception.office.accepted] == [f"{FULL}\n{REST}".strip()]
    assert before == [] or before == reception.office.accepted
