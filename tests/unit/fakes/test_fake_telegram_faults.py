"""Each fault of the fake Bot API, seen from a raw client, with the ground truth beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.fakes.telegram import RIVAL, FakeTelegram

BOARD = 42


class Raw:
    """A client that sends JSON and returns (status, body)."""

    def __init__(self, fake: FakeTelegram, session: aiohttp.ClientSession) -> None:
        self.fake, self.session = fake, session

    async def __call__(self, method: str, **params: Any) -> tuple[int, Any]:
        async with self.session.post(f"{self.fake.url}/bot{self.fake.token}/{method}", json=params) as answer:
            body = await answer.json() if answer.content_type == "application/json" else await answer.text()
            return answer.status, body

    async def send(self, text: str = "x", chat_id: int = BOARD) -> tuple[int, Any]:
        return await self("sendMessage", chat_id=chat_id, text=text)


@pytest.fixture
async def raw(fake: FakeTelegram) -> AsyncIterator[Raw]:
    await fake.say(BOARD, "hello")
    async with aiohttp.ClientSession() as session:
        yield Raw(fake, session)


async def test_drop_after_leaves_the_message_and_drop_before_none(fake: FakeTelegram, raw: Raw) -> None:
    fake.faults.add("drop_after", "sendMessage")
    with pytest.raises(aiohttp.ClientError):
        await raw.send("kept")
    fake.faults.add("drop_before", "sendMessage")
    with pytest.raises(aiohttp.ClientError):
        await raw.send("lost")
    assert [shown.text for shown in fake.sent(BOARD)] == ["kept"]
    assert [call.outcome for call in fake.called("sendMessage")] == ["drop_after (ok)", "drop_before"]
    assert (await raw.send("fine"))[0] == 200


async def test_late_accept_comes_after_the_drop(fake: FakeTelegram, raw: Raw) -> None:
    fake.faults.add("late", "sendMessage", delay_s=0.1)
    with pytest.raises(aiohttp.ClientError):
        await raw.send("late")
    assert fake.sent(BOARD) == []
    (shown,) = await fake.wait_for(lambda: fake.sent(BOARD))
    assert shown.text == "late"


@pytest.mark.parametrize(
    ("kind", "details", "status", "expected"),
    [
        ("429", {"retry_after": 35}, 429, {"error_code": 429, "parameters": {"retry_after": 35}}),
        ("500", {}, 500, {"error_code": 500, "description": "Internal Server Error"}),
        ("401", {}, 401, {"error_code": 401, "description": "Unauthorized"}),
        ("403", {}, 403, {"error_code": 403, "description": "Forbidden: bot was blocked by the user"}),
        ("409", {}, 409, {"error_code": 409, "description": RIVAL}),
        (
            "400",
            {"text": "Bad Request: message thread not found"},
            400,
            {"description": "Bad Request: message thread not found"},
        ),
        ("migrate", {"migrate_to": -1000000000009}, 400, {"parameters": {"migrate_to_chat_id": -1000000000009}}),
    ],
)
async def test_error_answers(
    fake: FakeTelegram, raw: Raw, kind: str, details: dict[str, Any], status: int, expected: dict[str, Any]
) -> None:
    fake.faults.add(kind, "sendMessage", chat_id=BOARD, **details)
    seen, body = await raw.send()
    assert seen == status
    assert body["ok"] is False
    assert expected.items() <= body.items()
    assert fake.sent(BOARD) == []
    assert (await raw.send())[0] == 200


async def test_502_is_not_json_and_500_after_was_done(fake: FakeTelegram, raw: Raw) -> None:
    fake.faults.add("502")
    status, body = await raw.send()
    assert (status, type(body)) == (502, str)
    fake.faults.add("500_after")
    assert (await raw.send("done"))[0] == 500
    assert [shown.text for shown in fake.sent()] == ["done"]


async def test_a_fault_keeps_to_its_chat_its_count_and_its_turn(fake: FakeTelegram, raw: Raw) -> None:
    await fake.say(43, "other")
    fake.faults.add("429", "sendMessage", chat_id=43, times=2, after=1)
    statuses = [(await raw.send(chat_id=chat))[0] for chat in (43, 43, BOARD, 43, 43)]
    assert statuses == [200, 429, 200, 429, 200]
    with pytest.raises(ValueError, match="unknown fault"):
        fake.faults.add("earthquake")


async def test_a_hung_request_ends_when_released(fake: FakeTelegram, raw: Raw) -> None:
    fake.faults.add("hang", "getUpdates")
    poll = asyncio.create_task(raw("getUpdates", timeout=1))
    await fake.wait_for(lambda: any(call.outcome == "hang" for call in fake.calls))
    assert not poll.done()
    fake.release()
    with pytest.raises(aiohttp.ClientError):
        await poll


async def test_slow_after_is_done_before_it_is_answered(fake: FakeTelegram, raw: Raw) -> None:
    fake.faults.add("slow_after", "sendMessage", delay_s=30)
    send = asyncio.create_task(raw.send("seen"))
    await fake.wait_for(lambda: fake.sent(BOARD))
    assert not send.done()
    send.cancel()
    with pytest.raises(asyncio.CancelledError):
        await send


async def test_a_mixture_is_seeded_and_near_its_table(fake: FakeTelegram, raw: Raw) -> None:
    table = {"502": 0.2, "429": 0.1}
    fake.faults.mix(table, "sendMessage")
    statuses = [(await raw.send())[0] for _ in range(300)]
    assert 40 <= statuses.count(502) <= 80
    assert 15 <= statuses.count(429) <= 45
    async with FakeTelegram(validate=False) as twin:
        await twin.say(BOARD, "hello")
        twin.faults.mix(table, "sendMessage")
        again = Raw(twin, raw.session)
        assert [(await again.send())[0] for _ in range(300)] == statuses
    fake.faults.clear()
    assert (await raw.send())[0] == 200


async def test_outage_and_return_on_the_same_port(fake: FakeTelegram, raw: Raw) -> None:
    poll = asyncio.create_task(raw("getUpdates", offset=fake.queue[-1].update_id + 1, timeout=30))
    await fake.wait_for(lambda: fake.polls.open)
    await fake.down()
    with pytest.raises(aiohttp.ClientError):
        await poll
    with pytest.raises(aiohttp.ClientConnectorError):
        await raw.send()
    await fake.up()
    assert (await raw.send())[0] == 200


async def test_form_get_and_json_are_read_alike(fake: FakeTelegram, raw: Raw) -> None:
    base = f"{fake.url}/bot{fake.token}"
    form = {
        "chat_id": str(BOARD),
        "text": "x",
        "disable_notification": "true",
        "entities": '[{"type":"bold","offset":0,"length":1}]',
    }
    async with raw.session.post(f"{base}/sendMessage", data=form) as answer:
        assert answer.status == 200
    async with raw.session.get(f"{base}/sendmessage", params={"chat_id": str(BOARD), "text": "y"}) as answer:
        assert answer.status == 200
    async with raw.session.post(f"{base}/sendMessage", data={**form, "entities": "[{"}) as answer:
        assert (await answer.json())["description"] == "Bad Request: can't parse entities JSON object"
    assert [(s.text, s.silent, len(s.entities)) for s in fake.sent()] == [("x", True, 1), ("y", False, 0)]


async def test_light_mode_still_checks_what_the_server_checks(raw: Raw) -> None:
    async with FakeTelegram(validate=False, keep_calls=False) as light:
        await light.say(BOARD, "hello")
        client = Raw(light, raw.session)
        assert (await client("sendMessage", chat_id=BOARD, text="<b>x", parse_mode="HTML"))[0] == 400
        assert (await client.send())[0] == 200
        assert (light.reader, light.calls, light.counts["sendMessage"]) == (None, [], 2)
