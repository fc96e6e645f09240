"""`nexus init`: nothing is stored untested, nothing is shown, nothing is changed that nobody asked for."""

from __future__ import annotations

import asyncio
import io
import stat
from pathlib import Path

import pytest
from rich.console import Console

from company.errors import ConfigError, NexusError
from company.secrets import Secrets
from console.setup import KEY_SHAPE, TOKEN_SHAPE, Pairing, Terminal, Wanted, init, qr

TOKEN = "123456789:AAF-not-a-real-token-not-a-real-token"
KEY = "sk-ant-not-a-real-key-0123456789"


class Person:
    """Answers from a list; `presses` says whether Enter is pressed when waited for."""

    def __init__(self, *answers: str, presses: bool = False) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.presses = presses

    async def secret(self, prompt: str) -> str:
        self.asked += 1
        return self.answers.pop(0)

    async def enter(self, prompt: str) -> None:
        if not self.presses:
            await asyncio.get_running_loop().create_future()


class Telegram:
    """The bot and its owner."""

    def __init__(self, bot: str = "my_bot", owner: str = "", pairs: bool = True) -> None:
        self.name, self.owner_name, self.pairs = bot, owner, pairs
        self.codes = 0
        self.company_runs = False

    async def bot(self) -> str:
        return self.name

    async def owner(self) -> str:
        return self.owner_name

    async def code(self) -> str:
        self.codes += 1
        return "ABCDEFGHJK"

    async def paired(self) -> str:
        if not self.pairs:
            await asyncio.get_running_loop().create_future()
        return "Ada"

    async def runs(self) -> bool:
        return self.company_runs

    @property
    def pairing(self) -> Pairing:
        return Pairing(bot=self.bot, owner=self.owner, code=self.code, paired=self.paired, runs=self.runs)


async def token_works(value: str) -> str:
    if value != TOKEN:
        raise NexusError(f"Telegram does not know this token ({value}).")
    return "@my_bot"


async def key_works(value: str) -> str:
    return "Claude answers"


WANTED = (
    Wanted(name="telegram_bot_token", title="Telegram", where="@BotFather", shape=TOKEN_SHAPE, test=token_works),
    Wanted(name="anthropic_api_key", title="Claude", where="console.anthropic.com", shape=KEY_SHAPE, test=key_works),
)


async def run(tmp_path: Path, person: Person, telegram: Telegram, **more: object) -> tuple[int, str, Secrets]:
    secrets = Secrets(tmp_path / "secrets", environment={})
    file = io.StringIO()
    code = await init(
        Console(file=file, width=60, no_color=True, highlight=False), person, secrets, WANTED, telegram.pairing,
        folders=(tmp_path / "data", tmp_path / "documents"), **more,  # type: ignore[arg-type]
    )  # fmt: skip
    assert TOKEN not in file.getvalue()
    assert KEY not in file.getvalue()
    return code, file.getvalue(), secrets


async def test_the_whole_way(tmp_path: Path) -> None:
    code, shown, secrets = await run(tmp_path, Person(TOKEN, f"  {KEY}\n"), Telegram())
    assert code == 0
    assert "https://t.me/my_bot?start=ABCDEFGHJK" in shown
    assert "▄" in shown  # the QR code
    assert "@my_bot belongs to Ada now" in shown
    stored = secrets.get("anthropic_api_key")
    assert stored is not None
    assert stored.reveal() == KEY
    assert stat.S_IMODE((tmp_path / "secrets" / "telegram_bot_token").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


async def test_run_again_it_changes_nothing(tmp_path: Path) -> None:
    await run(tmp_path, Person(TOKEN, KEY), Telegram())
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "secrets").iterdir()}
    person, telegram = Person(), Telegram(owner="Ada")
    code, shown, _ = await run(tmp_path, person, telegram)
    assert (code, person.asked, telegram.codes) == (0, 0, 0)
    assert "kept" in shown
    assert "@my_bot belongs to Ada" in shown
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "secrets").iterdir()} == files


async def test_one_is_replaced_when_asked(tmp_path: Path) -> None:
    await run(tmp_path, Person(TOKEN, KEY), Telegram())
    person = Person(KEY + "-new")
    _, _, secrets = await run(tmp_path, person, Telegram(owner="Ada"), replace=frozenset({"anthropic_api_key"}))
    stored = secrets.get("anthropic_api_key")
    assert person.asked == 1
    assert stored is not None
    assert stored.reveal() == KEY + "-new"


async def test_asked_again_enter_keeps_what_is_there(tmp_path: Path) -> None:
    await run(tmp_path, Person(TOKEN, KEY), Telegram())
    code, shown, secrets = await run(tmp_path, Person("", ""), Telegram(owner="Ada"), replace=frozenset({"all"}))
    stored = secrets.get("anthropic_api_key")
    assert (code, stored is not None and stored.reveal()) == (0, KEY)
    assert "kept as it was" in shown
    assert "left out" not in shown


async def test_a_company_that_runs_has_to_be_started_again(tmp_path: Path) -> None:
    telegram = Telegram(owner="Ada")
    telegram.company_runs = True
    _, shown, _ = await run(tmp_path, Person(TOKEN, KEY), telegram)
    assert "start it again" in " ".join(shown.split())
    _, shown, _ = await run(tmp_path, Person(), telegram)
    assert "start it again" not in " ".join(shown.split()), "nothing was changed"


async def test_what_does_not_work_is_not_stored(tmp_path: Path) -> None:
    wrong = "999999999:AAF-another-token-another-token-another"
    code, shown, secrets = await run(tmp_path, Person("no token", wrong, wrong, ""), Telegram(bot=""))
    assert code == 1
    assert await asyncio.to_thread(secrets.get, "telegram_bot_token") is None
    assert wrong not in shown
    assert "does not look like one" in shown
    assert "«secret»" in shown
    assert not (tmp_path / "secrets").exists()


async def test_everything_can_be_left_out(tmp_path: Path) -> None:
    code, shown, _ = await run(tmp_path, Person("", ""), Telegram(bot=""))
    assert code == 0
    assert "left out" in shown
    assert "t.me" not in shown


async def test_enter_goes_on_without_pairing(tmp_path: Path) -> None:
    code, shown, _ = await run(tmp_path, Person("", "", presses=True), Telegram(pairs=False))
    assert code == 0
    assert "Not paired yet" in shown


def test_without_a_terminal_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(ConfigError, match="TELEGRAM_BOT_TOKEN"):
        Terminal(tmp_path)


def test_the_code_is_a_square_of_blocks() -> None:
    rows = qr("https://t.me/my_bot?start=ABCDEFGHJK").rstrip("\n").splitlines()
    assert len({len(row) for row in rows}) == 1
    assert set("".join(rows)) <= set(" ▀▄█")
    assert len(rows[0]) <= 60
