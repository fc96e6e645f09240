"""The bot's token and the webhook's secret show nowhere, whatever fails: not in errors, logs, books or health."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from bot import failures
from bot.wire import Upload, Wire
from company import audit
from company.secrets import Secret
from tests.fakes.telegram import FakeTelegram
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER
from tests.unit.bot.hooks import VALUE, hook, post
from tests.unit.bot.waits import answered, asked, until_fact

FAULTS = ("drop_before", "drop_after", "502", "500", "500_after", "401", "403", "409", "400", "429")
LIBRARIES = ("httpcore2", "h11", "asyncio")


def shown(error: BaseException | None) -> str:
    """All that an error could show anybody: itself, its fields, and whatever is chained to it."""
    found = []
    while error is not None:
        found += [repr(error), str(error), repr(vars(error)), repr(error.args)]
        error = error.__cause__ or error.__context__
    return " ".join(found)


@pytest.mark.parametrize("way", ["call", "text upload", "download", "poll", "webhook"])
async def test_no_error_of_any_call_shows_the_token(
    fake: FakeTelegram, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    wire = Wire(fake.url, Secret(fake.token, "test"), answer_s=0.3)
    await wire.open()
    fake.world.room(OWNER, OWNER)
    stored = fake.world.keep_file(b"data", "a.txt", "text/plain", "document")

    async def attempt() -> Any:
        match way:
            case "call":
                return await wire.call("sendMessage", {"chat_id": OWNER, "text": "hello"})
            case "text upload":
                file = Upload("document", "a.txt", "text/plain", b"text")
                return await wire.upload("sendDocument", {"chat_id": OWNER}, file)
            case "download":
                return await wire.download(stored.file_id, 1000)
            case "poll":
                return await wire.get_updates(0, timeout_s=1, allowed=("message",), patience_s=0.3)
            case _:
                secret = {"url": "https://bot.example.org/x", "secret_token": VALUE}
                return await wire.call("setWebhook", secret)

    method = {"call": "sendMessage", "text upload": "sendDocument", "download": "getFile", "poll": "getUpdates"}
    seen = []
    with caplog.at_level(logging.DEBUG):
        for name in LIBRARIES:
            caplog.set_level(logging.DEBUG, name)
        for fault in (*FAULTS, "hang"):
            fake.faults.add(fault, method.get(way, "setWebhook"), text=f"Bad Request: {fake.url}/bot{fake.token}/x")
            with pytest.raises(failures.WireError) as caught:
                await attempt()
            seen.append(shown(caught.value))
            fake.release()
        await fake.down()
        with pytest.raises(failures.WireError) as caught:
            await attempt()
        seen.append(shown(caught.value))
        await fake.up()
        del fake.world.files[stored.file_id]
        await wire.close()
        with pytest.raises(failures.WireError) as caught:
            await attempt()
        seen.append(shown(caught.value) + repr(wire))
    everything = " ".join(seen) + caplog.text
    assert fake.token.split(":")[1] not in everything
    assert VALUE not in everything
    assert len(seen) == len(FAULTS) + 3


async def test_a_file_that_can_not_be_fetched_shows_no_address(fake: FakeTelegram) -> None:
    wire = Wire(fake.url, Secret(fake.token, "test"))
    await wire.open()
    stored = fake.world.keep_file(b"data", "a.txt", "text/plain", "document")
    kept, fake.world.files = fake.world.files, _Once(fake.world.files)
    with pytest.raises(failures.WireError) as caught:
        await wire.download(stored.file_id, 1000)
    fake.world.files = kept
    await wire.close()
    assert fake.token.split(":")[1] not in shown(caught.value)
    assert "/file/" not in shown(caught.value)


class _Once(dict[str, Any]):
    """A store of files that knows each when it is asked about, and has lost it when it is fetched."""

    def get(self, key: str, default: Any = None) -> Any:
        return self.pop(key, default)


async def test_after_a_day_of_faults_books_log_and_health_hold_neither_token_nor_address(
    reception: Reception, caplog: pytest.LogCaptureFixture
) -> None:
    fake, at = reception.fake, hook()
    with caplog.at_level(logging.DEBUG):
        for name in LIBRARIES:
            caplog.set_level(logging.DEBUG, name)
        await reception.start(hook=at)
        await fake.wait_for(lambda: fake.methods.webhook)
        fake.faults.mix(dict.fromkeys(("drop_after", "500", "429", "drop_before"), 0.2), "sendMessage", times=6)
        for number in range(4):
            await answered(reception, await asked(reception, f"question {number}"), f"answer {number}")
        await fake.send_file(OWNER, b"\x89PNG", "p.png", "image/png", kind="photo")
        await fake.wait_for(lambda: fake.counts["download"], 30)
        await post(at, secret="wrong")
        for number in range(4):
            await fake.next_answer(OWNER, 30, where=lambda s, n=number: s.text.startswith(f"answer {n}"))
        fake.faults.add("401", "getWebhookInfo", times=None)
        health = await reception.desk.check()
        await until_fact(reception, "webhook.set")
        record = [repr(entry) for entry in await reception.books.read(audit.entries, limit=1000)]
        await reception.kill()
    token = fake.token.split(":")[1]
    said = caplog.text + json.dumps(record) + repr(health)
    kept = b"".join(
        path.read_bytes() for path in Path(reception.books.path).parent.glob(f"{reception.books.path.name}*")
    )
    assert len(kept) > 100_000
    for canary in (token, VALUE):
        assert canary not in said
        assert canary.encode() not in kept
    for address in ("/file/bot", "photos/fake-photo"):
        assert address.encode() not in kept, "an address of a file is never stored"
        assert address not in json.dumps(record)
