"""Two companies on one machine with one bot's token: each folder is its own, so only Telegram can tell them."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.telegram import FakeTelegram
from tests.flows.process import checkout, command, running

OWNER = 42


async def test_f9_two_processes_with_one_token(tmp_path: Path) -> None:
    mine, rival = checkout(tmp_path / "mine"), checkout(tmp_path / "rival")
    async with FakeTelegram(conflict_pause_s=0.2) as telegram:
        settings = {"NEXUS_TELEGRAM__BASE_URL": telegram.url, "TELEGRAM_BOT_TOKEN": telegram.token}
        code = (await command(mine, "pair", **settings)).out.split()[0]
        async with running(mine, **settings) as here:
            await telegram.say(OWNER, f"/start {code}", first_name="Ada")
            assert "You are now Board" in (await telegram.next_answer(OWNER, 30)).text
            async with running(rival, **settings) as there:
                await telegram.wait_for(lambda: telegram.polls.conflicts >= 2, 40)
            polls = telegram.polls.conflicts
            second = await command(mine, "run", "--no-chat", **settings)
            assert second.code == 1
            assert "runs" in second.err, "the same folder a second time is refused by its lock"
            await telegram.say(OWNER, "/help")
            assert "/status" in (await telegram.next_answer(OWNER, 70)).text
        told = "another instance is running"
        assert (here.err + there.err).count(told) in (1, 2)
        assert max(here.err.count(told), there.err.count(told)) == 1
        assert polls <= 12, "no ping-pong"
