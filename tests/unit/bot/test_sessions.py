"""/sessions: one list over the desks; whoever is revoked is a stranger from then on, until a new code lets them in."""

from __future__ import annotations

from company import people
from company.records import Desk, Role
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, owner
from tests.unit.bot.test_settings import opened, pressed

MEMBER = 777


async def seen(reception: Reception) -> None:
    """The owner in Telegram and at the console, a member in Telegram."""
    member = await owner(reception.books, reception.clock, user=MEMBER, role=Role.MEMBER)
    now = reception.clock.now()
    for person, desk, device in (
        (reception.person, Desk.TELEGRAM, str(OWNER)), (reception.person, Desk.CONSOLE, "laptop"),
        (member, Desk.TELEGRAM, str(MEMBER)),
    ):  # fmt: skip
        now += 1000
        await reception.books.write(people.seen, now, person, desk, device)


async def test_one_list_with_desk_device_and_a_button_for_each_other(reception: Reception) -> None:
    await seen(reception)
    await reception.start()
    shown = await opened(reception, "/sessions")
    lines = shown.text.split("\n")
    assert lines[0] == "Sessions: 3"
    assert [line.split(" · since")[0] for line in lines[2:]] == [
        "1. Ada · telegram 777", "2. Ada · console laptop", "3. Ada · telegram 501",
    ]  # fmt: skip
    assert lines[3].endswith("(you)")
    assert lines[4].endswith("(you, here)")
    assert [button["text"] for button in shown.buttons] == ["Revoke 1: Ada"]
    said = await pressed(reception, shown, "Revoke 1")
    assert said == "Ended. Nothing more is taken from there."
    assert shown.text.split("\n")[2].endswith("(revoked)")
    assert shown.buttons == []
    assert await reception.books.read(people.addresses, Desk.TELEGRAM) == (str(OWNER),)


async def test_ones_own_session_and_others_lists_are_refused(reception: Reception) -> None:
    await seen(reception)
    await reception.start()
    assert "ask the Board" in (await opened(reception, "/sessions", who=MEMBER)).text
    shown = await opened(reception, "/sessions")
    own = next(one for one in await reception.books.read(people.session_list) if one.device == str(OWNER))
    await reception.fake.press(OWNER, shown.message_id, f"revoke:{own.id}", force=True)
    await reception.fake.wait_for(lambda: reception.fake.answered_callbacks)
    (said,) = reception.fake.answered_callbacks.values()
    assert said["text"].startswith("That is your own session")
    assert all(one.revoked_at is None for one in await reception.books.read(people.session_list))


async def test_a_new_code_lets_a_revoked_person_in_again(reception: Reception) -> None:
    await seen(reception)
    session = next(one for one in await reception.books.read(people.session_list) if one.device == str(MEMBER))
    await reception.books.write(people.revoke, reception.clock.now(), session.id, by="test")
    code = await reception.books.write(people.issue_code, reception.clock.now(), Role.MEMBER, by="test")

    def redeem(tx: object) -> object:
        return people.redeem(tx, reception.clock.now(), Desk.TELEGRAM, str(MEMBER), code, name="Bob", language="en")  # type: ignore[arg-type]

    await reception.books.write(redeem)
    assert str(MEMBER) in await reception.books.read(people.addresses, Desk.TELEGRAM)
