"""The webhook against real HTTP: what is let in, what is confirmed when, what is done when Telegram can't get through."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import sys
import time
from pathlib import Path

import httpx
import pytest

from bot import notes, taking
from bot.listener import MOST_BODY, MOST_CONNECTIONS, Listener
from bot.webhook import SECRET, Hook, secret_of
from company import work_orders
from company.config_desks import WebhookSettings
from company.errors import SecretError, StartupError
from company.records import Condition, State
from company.schema import incoming
from company.secrets import Secret, Secrets
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, facts
from tests.unit.bot.hooks import VALUE, forged, hook, post
from tests.unit.bot.waits import answered, asked, texts, until_fact, until_state


@pytest.fixture
async def hooked(reception: Reception) -> tuple[Reception, Hook]:
    """A desk whose webhook is set."""
    at = hook()
    await reception.start(hook=at)
    await reception.fake.wait_for(lambda: reception.fake.methods.webhook)
    return reception, at


async def written(reception: Reception) -> int:
    return await reception.books.read(lambda tx: len(list(tx.execute(incoming.select()))))


async def test_a_message_comes_in_and_its_answer_goes_out(hooked: tuple[Reception, Hook]) -> None:
    reception, at = hooked
    order = await asked(reception)
    await answered(reception, order, "Four.")
    assert (await reception.fake.next_answer(OWNER)).text.startswith("Four.")
    assert reception.fake.counts["getUpdates"] == 0
    given = reception.fake.called("setWebhook")[0].params
    assert given["url"] == at.url
    assert given["secret_token"] == VALUE
    assert "message_reaction" in given["allowed_updates"]
    await until_state(reception, order, State.DELIVERED)
    await until_fact(reception, "webhook.set")
    assert (await reception.desk.check()).condition is Condition.OK


@pytest.mark.parametrize("secret", [None, "wrong", VALUE[:-1], VALUE + "x", VALUE.lower()])
async def test_without_the_secret_nothing_comes_in(
    hooked: tuple[Reception, Hook], secret: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    reception, at = hooked
    before = await written(reception)
    with caplog.at_level(logging.INFO, "bot.listener"):
        for _ in range(50):
            assert await post(at, secret=secret) == 401
    assert await written(reception) == before
    assert reception.office.accepted == []
    assert (await reception.desk.check()).facts["refused"] == 50
    assert len(caplog.records) == 1, "told once, not fifty times"


async def test_the_secret_given_twice_is_no_secret(hooked: tuple[Reception, Hook]) -> None:
    _, at = hooked
    name = b"X-Telegram-Bot-Api-Secret-Token: " + VALUE.encode() + b"\r\n"
    head = b"POST " + at.path.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + name * 2
    assert (await raw(at, head + b"Content-Length: 2\r\n\r\n{}")).startswith(b"HTTP/1.1 401 ")


async def raw(at: Hook, data: bytes) -> bytes:
    """Bytes on the wire, and all that comes back until the listener hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", at.settings.port)
    writer.write(data)
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()


async def test_only_json_posted_to_the_path_comes_in(hooked: tuple[Reception, Hook]) -> None:
    reception, at = hooked
    before = await written(reception)
    for path in ("/", "/telegram/", at.path + "x", at.path[:-1], at.path.upper(), at.path.replace("/t", "/%74")):
        assert await post(at, path=path) == 404
    for method in ("GET", "PUT", "DELETE"):
        assert await post(at, method=method) == 405
    assert await post(at, headers={"content-type": "text/plain"}) == 415
    for nonsense in (b"", b"{", b"[]", b"null", b'"text"', b"{}", b'{"update_id": "x"}', b"\xff\xfe", b"[" * 200_000):
        assert await post(at, content=nonsense) == 400
    assert await written(reception) == before


async def test_a_body_that_is_too_long_is_refused_before_it_is_read(hooked: tuple[Reception, Hook]) -> None:
    reception, at = hooked
    assert await post(at, content=b"x" * (MOST_BODY + 1)) == 413
    body = b"POST " + at.path.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    body += b"X-Telegram-Bot-Api-Secret-Token: " + VALUE.encode() + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    assert (await raw(at, body + chunk * 17)).startswith(b"HTTP/1.1 413 ")
    fits = forged(text="y" * 3000)
    fits["padding"] = "z" * 500_000
    assert await post(at, fits) == 200
    assert len(reception.office.accepted) == 1


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\n" + b"a: b\r\n" * 9000]
)
async def test_what_is_no_http_is_turned_away(hooked: tuple[Reception, Hook], garbage: bytes) -> None:
    reception, at = hooked
    assert (await raw(at, garbage + b"\r\n\r\n"))[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 431", b"HTTP/1.1 404", b"")
    assert await post(at) == 200
    assert reception.running is not None
    assert not reception.running.done()


async def test_a_body_that_trickles_is_given_up() -> None:
    async def receive(_: bytes) -> object:
        raise AssertionError

    at = hook()
    listener = Listener(
        "127.0.0.1", at.settings.port, at.paths, Secret(VALUE, ""), receive, None, request_s=0.2, idle_s=0.3,  # type: ignore[arg-type]
    )  # fmt: skip
    await listener.open()
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(listener.run())
        head = b"POST " + at.path.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        head += b"X-Telegram-Bot-Api-Secret-Token: " + VALUE.encode() + b"\r\nContent-Length: 100\r\n\r\n"
        assert (await raw(at, head + b"{")).startswith(b"HTTP/1.1 408 ")
        assert (await raw(at, b"POST ")).startswith(b"HTTP/1.1 408 ")
        assert await raw(at, b"") == b"", "who says nothing is let go"
        serving.cancel()


async def test_there_are_never_too_many_connections(hooked: tuple[Reception, Hook]) -> None:
    _, at = hooked
    held = [await asyncio.open_connection("127.0.0.1", at.settings.port) for _ in range(MOST_CONNECTIONS)]
    with pytest.raises(httpx.HTTPError):
        await post(at)
    for _, writer in held:
        writer.close()
    async with asyncio.timeout(10):
        while await tried(at) != 200:
            await asyncio.sleep(0.01)


async def tried(at: Hook) -> int:
    try:
        return await post(at)
    except httpx.HTTPError:
        return 0


async def test_an_update_is_confirmed_only_after_its_commit(hooked: tuple[Reception, Hook]) -> None:
    reception, at = hooked
    reception.office.fail_with = OSError("disk full")
    assert await post(at) == 500
    assert await written(reception) == 0
    assert "written down" in (await reception.desk.check()).detail
    reception.office.fail_with = None
    assert await post(at) == 200
    assert await written(reception) == 1
    assert (await reception.desk.check()).condition is Condition.OK


async def test_what_telegram_could_not_deliver_comes_again_in_order(hooked: tuple[Reception, Hook]) -> None:
    reception, _ = hooked
    fake = reception.fake
    reception.office.fail_with = OSError("disk full")
    for number in range(5):
        await fake.say(OWNER, f"question {number}")
    await fake.wait_for(lambda: len(fake.hooks.calls) >= 2)
    assert {call.status for call in fake.hooks.calls} == {500}
    reception.office.fail_with = None
    await fake.wait_for(lambda: len(reception.office.accepted) == 5)
    assert [request.text for request in reception.office.accepted] == [f"question {number}" for number in range(5)]


async def test_updates_that_come_twice_at_once_or_out_of_order_are_taken_once(hooked: tuple[Reception, Hook]) -> None:
    reception, at = hooked
    updates = [forged(555_000_000 + number, f"question {number}") for number in range(1, 21)]
    statuses = await asyncio.gather(*(post(at, update) for update in (*reversed(updates), *updates)))
    assert set(statuses) == {200}
    assert sorted(r.text for r in reception.office.accepted) == sorted(f"question {n}" for n in range(1, 21))


async def test_a_defect_of_ours_does_not_hold_up_the_rest(hooked: tuple[Reception, Hook]) -> None:
    reception, at = hooked
    reception.office.fail_with = ZeroDivisionError("a bug")
    assert await post(at, forged(555_000_001, "poison")) == 200
    await until_fact(reception, "update.skipped")
    reception.office.fail_with = None
    assert await post(at, forged(555_000_002, "fine")) == 200
    assert [request.text for request in reception.office.accepted] == ["fine"]


async def test_written_down_but_not_confirmed_is_taken_once(
    hooked: tuple[Reception, Hook], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies between the commit and the 200: Telegram calls again, and what is there already is not done again."""
    reception, _ = hooked
    fake = reception.fake
    died = asyncio.Event()

    async def take_and_die(*given: object) -> None:
        await take(*given)  # type: ignore[arg-type]
        died.set()
        await asyncio.Event().wait()

    take = taking.take
    with monkeypatch.context() as patch:
        patch.setattr(taking, "take", take_and_die)
        await fake.say(OWNER, "What is 2+2?")
        await died.wait()
        await reception.kill()
    assert fake.queue, "not confirmed"
    await fake.say(OWNER, "while it was dead")
    await fake.wait_for(lambda: any(call.status == 0 for call in fake.hooks.calls))
    await reception.start()
    await fake.wait_for(lambda: not fake.queue)
    assert [request.text for request in reception.office.accepted] == ["What is 2+2?", "while it was dead"]
    order = await reception.books.read(work_orders.by_number, 1)
    assert order is not None
    await answered(reception, order, "Four.")
    await until_state(reception, order, State.DELIVERED)
    assert texts(fake) == ["Four."]


async def test_f15_a_lost_answer_is_found_in_webhook_mode_too(hooked: tuple[Reception, Hook]) -> None:
    reception, _ = hooked
    fake = reception.fake
    order = await asked(reception)
    fake.faults.add("drop_after", "sendMessage")
    await answered(reception, order, "Four.")
    await until_state(reception, order, State.DELIVERED)
    assert texts(fake) == ["Four."]


async def test_from_polling_to_the_webhook_and_back(reception: Reception) -> None:
    fake = reception.fake
    await reception.start()
    await asked(reception, "polled")
    await reception.kill()
    at = hook()
    await reception.start(hook=at)
    await asked(reception, "called")
    assert await reception.books.read(notes.get, notes.OFFSET) == ""
    await reception.kill()
    await fake.say(OWNER, "in between")
    await reception.start(hook=None)
    await fake.say(OWNER, "polled again")
    await fake.wait_for(lambda: len(reception.office.accepted) == 4)
    assert fake.methods.webhook == "", "it was ours, so it was taken away"
    assert [r.text for r in reception.office.accepted] == ["polled", "called", "in between", "polled again"]


async def test_another_programs_webhook_is_explained_and_left_alone(reception: Reception) -> None:
    fake = reception.fake
    fake.methods.webhook = "https://elsewhere.example/hook"
    await reception.start(hook=hook())
    async with asyncio.timeout(5):
        while (health := await reception.desk.check()).condition is not Condition.ILL:
            await asyncio.sleep(0.01)
    assert "nexus doctor --mend" in health.mend
    assert fake.methods.webhook == "https://elsewhere.example/hook"
    assert fake.counts["setWebhook"] == 0


async def test_a_url_that_telegram_refuses_is_told_with_its_mend(reception: Reception) -> None:
    fake = reception.fake
    fake.faults.add("400", "setWebhook", text="Bad Request: bad webhook: Failed to resolve host", times=None)
    await reception.start(hook=hook())
    async with asyncio.timeout(5):
        while (health := await reception.desk.check()).condition is not Condition.ILL:
            await asyncio.sleep(0.01)
    assert "Failed to resolve host" in health.detail
    assert "[telegram_webhook] url" in health.mend


async def test_a_port_that_is_taken_is_one_sentence(reception: Reception) -> None:
    at = hook()
    with socket.socket() as rival:
        rival.bind(("127.0.0.1", at.settings.port))
        rival.listen()
        with pytest.raises(StartupError, match=r"is taken by another program.*\[telegram_webhook\] port"):
            await reception.start(hook=at)


def test_the_secret_is_made_once_and_never_short(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets", {})
    assert secret_of(secrets, make=False) is None
    made = secret_of(secrets)
    assert made is not None
    assert len(made) >= 32
    again = secret_of(Secrets(tmp_path / "secrets", {}))
    assert again is not None
    assert again.reveal() == made.reveal()
    assert secrets.redact(f"x {made.reveal()} y") == "x «secret» y"


@pytest.mark.parametrize("given", ["short", "a" * 64, "abcdefghij" * 3, VALUE + "!", "é" * 40, "x" * 257])
def test_a_poor_secret_is_refused_in_one_sentence(tmp_path: Path, given: str) -> None:
    with pytest.raises(SecretError, match="32 to 256 random characters") as caught:
        secret_of(Secrets(tmp_path / "secrets", {SECRET.upper(): given}))
    assert given not in str(caught.value)


def test_the_path_can_not_be_guessed_and_stays_the_same() -> None:
    settings = WebhookSettings(url="https://bot.example.org/nexus")
    one, other = Hook(settings, Secret(VALUE, "")), Hook(settings, Secret(VALUE[::-1], ""))
    assert one.path != other.path
    assert one.path == Hook(settings, Secret(VALUE, "")).path
    assert VALUE not in one.url
    assert one.paths == (one.path, "/nexus" + one.path), "whether or not the proxy takes its own path away"


@pytest.mark.parametrize(
    "values",
    [{"host": "0.0.0.0"}, {"host": "192.168.1.4"}, {"host": "::"}, {"host": "example.org"},
     {"url": "http://bot.example.org"}, {"url": "https://user:pass@bot.example.org"},
     {"url": "https://bot.example.org/?key=1"}, {"path": "no-slash"}, {"path": "/a b"}],
)  # fmt: skip
def test_settings_that_would_open_the_house_are_refused(values: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        WebhookSettings.model_validate(values)


async def test_the_record_and_the_books_hold_no_secret(hooked: tuple[Reception, Hook]) -> None:
    reception, at = hooked
    await asked(reception)
    await until_fact(reception, "webhook.set")
    assert at.path not in json.dumps(await facts(reception.books))
    await reception.kill()
    path = Path(reception.books.path) if hasattr(reception.books, "path") else None
    if path is not None:
        assert VALUE.encode() not in path.read_bytes()


def test_h11_is_no_weight_on_a_house_that_polls() -> None:
    import subprocess

    code = "import sys, bot.desk; sys.exit('h11' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode == 0


async def test_the_loop_is_not_held_by_the_largest_body(hooked: tuple[Reception, Hook]) -> None:
    _, at = hooked
    large = {"update_id": 555_000_009, "padding": [["x" * 50] * 50 for _ in range(300)]}
    gaps = []

    async def tick() -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            gaps.append(time.thread_time() - before)  # what the loop computed: a busy machine adds nothing to it

    ticking = asyncio.create_task(tick())
    assert await post(at, large) == 200
    ticking.cancel()
    assert max(gaps) < 0.2
