"""`nexus init` as a person meets it: at a terminal, with Telegram and Claude answering; then doctor, then the company."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.fakes.anthropic import FakeAnthropic
from tests.fakes.telegram import FakeTelegram
from tests.flows.process import checkout, command, running
from tests.flows.pseudo_terminal import at_a_terminal

OWNER, STRANGER = 42, 43
CLEAR_LINE = "\x15"  # Ctrl-U
HASTY = "sk-ant-pasted-too-early-0123456789"
WRONG_TOKEN = "7123456789:AAF-a-token-that-was-revoked-long-ago-0001"
WRONG_KEY = "sk-ant-a-key-that-is-not-known-0123456789"
KEY = "sk-ant-the-key-of-the-fake-0123456789"


async def test_from_nothing_to_the_first_answer(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    async with FakeTelegram() as telegram, FakeAnthropic(api_key=KEY) as anthropic:
        addresses = {
            "NEXUS_TELEGRAM__BASE_URL": telegram.url, "NEXUS_ANTHROPIC__BASE_URL": anthropic.url,
        }  # fmt: skip
        typed = (WRONG_TOKEN, telegram.token, WRONG_KEY, KEY, HASTY)
        async with at_a_terminal(root, "init", **addresses) as screen:

            async def paste(secret: str) -> None:
                await screen.until("Enter to leave it out: ")
                assert not screen.echoes
                screen.type(f"{CLEAR_LINE}{secret}\n{HASTY}")  # and more, while this one is being tried out

            await screen.until("Telegram bot token")
            await paste("123:too short")
            await screen.until("does not look like one")
            await paste(WRONG_TOKEN)
            await screen.until("Telegram refuses this token")
            await paste(telegram.token)
            await screen.until("@nexus_test_bot")
            await screen.until("Claude API key")
            await paste(WRONG_KEY)
            await screen.until("the key is refused")
            await paste(KEY)
            await screen.until("anthropic: answers")
            await screen.until("OpenAI API key")
            await paste("")
            await screen.until("left out")
            code = (await screen.until(r"https://t\.me/nexus_test_bot\?start=(\w+)")).group(1)
            await screen.until("Waiting for you")
            arguments = screen.arguments()
            await telegram.say(STRANGER, "/start WRONGCODE1")
            await telegram.say(OWNER, f"/start {code}", first_name="Ada")
            welcome = await telegram.next_answer(OWNER, timeout=30)
            assert "You are now Board" in welcome.text
            await screen.until("belongs to Ada now")
            await screen.until("Ready")
            assert await screen.end() == 0
            assert screen.echoes, "the terminal is left as it was"
            for secret in typed:
                assert secret not in screen.shown
                assert secret not in arguments
        assert [shown.text for shown in telegram.sent(STRANGER) if "Board" in shown.text] == []
        secrets = root / "data" / "secrets"
        assert (secrets / "telegram_bot_token").read_text().strip() == telegram.token
        assert (secrets / "anthropic_api_key").read_text().strip() == KEY
        assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in secrets.iterdir())
        for path in (path for path in root.rglob("*") if path.is_file() and path.parent != secrets):
            assert not [secret for secret in typed if secret.encode() in path.read_bytes()], path

        doctor = await command(root, "doctor", **addresses)
        assert doctor.code == 0, doctor.out
        told = " ".join(doctor.out.split())
        assert "telegram on @nexus_test_bot" in told
        assert "anthropic on answers" in told

        async with running(root, **addresses):
            await telegram.say(OWNER, "What is the capital of France?")
            answer = await telegram.next_answer(OWNER, timeout=30)
            assert "Intern" in answer.text


async def test_a_secret_that_went_bad_is_found_by_the_doctor(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    async with FakeTelegram() as telegram, FakeAnthropic(api_key=KEY) as anthropic:
        doctor = await command(
            root, "doctor", NEXUS_TELEGRAM__BASE_URL=telegram.url, NEXUS_ANTHROPIC__BASE_URL=anthropic.url,
            TELEGRAM_BOT_TOKEN=WRONG_TOKEN, ANTHROPIC_API_KEY=WRONG_KEY,
        )  # fmt: skip
    told = " ".join(doctor.out.split())
    assert doctor.code == 1
    assert "Telegram refuses this token" in told
    assert "anthropic ill the key is refused" in told
    assert WRONG_TOKEN not in doctor.out + doctor.err
    assert WRONG_KEY not in doctor.out + doctor.err


async def test_ctrl_c_at_a_question_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    async with at_a_terminal(root, "init") as screen:
        await screen.until("Enter to leave it out: ")
        assert not screen.echoes
        screen.type("\x03")
        assert await screen.end() == 130
        assert screen.echoes
        assert "Traceback" not in screen.shown
    assert not (root / "data" / "secrets").exists()
