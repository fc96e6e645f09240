"""A company that is called by Telegram instead of asking: the whole way, through kill -9, and what the doctor says."""

from __future__ import annotations

import stat
from pathlib import Path

import httpx

from company.records import State
from tests.fakes.anthropic import FakeAnthropic
from tests.fakes.models import Reply
from tests.fakes.telegram import FakeTelegram
from tests.flows.company import OWNER, a_lab
from tests.flows.process import begin, checkout, command, running
from tests.unit.bot.hooks import free_port
from web.server import StatusPage

KEY = "sk-ant-the-key-of-the-fake-0123456789"


def webhook(port: int) -> dict[str, str]:
    """The settings of a webhook that is called without a proxy."""
    return {
        "NEXUS_TELEGRAM__MODE": "webhook", "NEXUS_TELEGRAM_WEBHOOK__URL": f"http://127.0.0.1:{port}",
        "NEXUS_TELEGRAM_WEBHOOK__PORT": str(port),
    }  # fmt: skip


async def test_a_message_through_the_webhook_is_answered(tmp_path: Path) -> None:
    async with a_lab(tmp_path, **webhook(free_port()), NEXUS_WEB__ENABLED="true") as lab:
        await lab.open()
        await lab.pair()
        lab.anthropic.reply_with(Reply("The capital of France is **Paris**."))
        answer = await lab.ask("What is the capital of France?")
        assert answer.text.startswith("The capital of France is Paris.")
        await lab.until(lambda found: found.state is State.DELIVERED, 1)
        assert lab.telegram.counts["getUpdates"] == 0
        assert {call.status for call in lab.telegram.hooks.calls} == {200}
        assert lab.telegram.violations == []
        secret = lab.root / "data" / "secrets" / "telegram_webhook_secret"
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        value = secret.read_text().strip()
        assert len(value) >= 32
        assert value == lab.telegram.called("setWebhook")[0].params["secret_token"]
        page = next(part for part in lab.company.departments if isinstance(part, StatusPage))
        async with httpx.AsyncClient(trust_env=False, base_url=page.url) as visitor:
            pages = [(await visitor.get(path)).text for path in ("/", "/health")]
        assert "telegram" in pages[0]
        for canary in (value, lab.telegram.token.split(":")[1], lab.telegram.methods.webhook.rpartition("/")[2]):
            assert canary not in "".join(pages)
    for path in (path for path in tmp_path.rglob("*") if path.is_file() and path != secret):
        assert value.encode() not in path.read_bytes(), path


async def test_killed_between_record_and_answer_the_answer_comes_once(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    async with FakeTelegram() as telegram, FakeAnthropic(api_key=KEY) as anthropic:
        settings = {
            "NEXUS_TELEGRAM__BASE_URL": telegram.url, "NEXUS_ANTHROPIC__BASE_URL": anthropic.url,
            "TELEGRAM_BOT_TOKEN": telegram.token, "ANTHROPIC_API_KEY": KEY, **webhook(free_port()),
        }  # fmt: skip
        code = (await command(root, "pair", **settings)).out.split()[0]
        anthropic.reply_with(Reply("Paris.", latency_s=30), Reply("Paris."))
        process = await begin(root, "run", "--no-chat", **settings)
        try:
            await telegram.say(OWNER, f"/start {code}", first_name="Ada")
            await telegram.wait_for(lambda: telegram.methods.webhook, 30)
            await telegram.next_answer(OWNER, timeout=30)
            asked = await telegram.say(OWNER, "What is the capital of France?")
            await telegram.wait_for(
                lambda: any((c.update_id, c.status) == (asked, 200) for c in telegram.hooks.calls), 30
            )
        finally:
            process.kill()
            await process.communicate()
        await telegram.say(OWNER, "And of Spain?")
        await telegram.wait_for(lambda: telegram.hooks.calls[-1].status == 0, 30)
        async with running(root, **settings):
            await telegram.wait_for(lambda: len(answers(telegram)) == 2, 40)
        assert answers(telegram)[0].startswith("Paris.")
        assert not telegram.queue


def answers(telegram: FakeTelegram) -> list[str]:
    """The answers to questions: they bring a receipt."""
    return [shown.text for shown in telegram.answers(OWNER) if "QA " in shown.text]


async def test_the_mode_without_an_address_or_with_a_poor_secret_does_not_start(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    without = await command(root, "run", "--no-chat", NEXUS_TELEGRAM__MODE="webhook")
    assert (without.code, "[telegram_webhook] url" in without.err, "Traceback" in without.err) == (2, True, False)
    token = "123456789:TEST-token_of_the_fake_Bot_API_0000"
    poor = await command(
        root, "run", "--no-chat", **webhook(free_port()), TELEGRAM_BOT_TOKEN=token, TELEGRAM_WEBHOOK_SECRET="hunter2",
    )  # fmt: skip
    assert (poor.code, "32 to 256 random characters" in poor.err, "Traceback" in poor.err) == (3, True, False)
    assert "hunter2" not in poor.err


async def test_the_doctor_mends_a_foreign_webhook_and_leaves_ours(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    async with FakeTelegram() as telegram:
        settings = {
            "NEXUS_TELEGRAM__BASE_URL": telegram.url,
            "TELEGRAM_BOT_TOKEN": telegram.token,
            **webhook(free_port()),
        }
        telegram.methods.webhook = "https://elsewhere.example/hook"
        seen = await command(root, "doctor", **settings)
        assert "nexus doctor --mend" in " ".join(seen.out.split())
        await command(root, "doctor", "--mend", **settings)
        assert telegram.methods.webhook == ""
        async with running(root, **settings):
            await telegram.wait_for(lambda: telegram.methods.webhook, 30)
            ours = " ".join((await command(root, "doctor", "--mend", **settings)).out.split())
            assert "called at 127.0.0.1:" in ours, ours
        assert telegram.methods.webhook.startswith("http://127.0.0.1:")
