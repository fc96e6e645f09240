"""No credential is kept anywhere but in the store of secrets: every byte of the data folder is looked through."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

from company.records import State
from company.secrets import KNOWN, Secrets
from tests.fakes.models import Reply
from tests.flows.company import OWNER, Lab, a_lab
from tests.flows.process import command

STORED = {
    "openai_api_key": "sk-planted-9f3Qz7LmWx2Tn8",
    "s3_key_id": "AKIAPLANTED77QX",
    "s3_secret_key": "planted/secret+of=the-bucket-41",
    "qdrant_api_key": "planted-qdrant-5d2c7b",
    "voice_api_key": "planted-voice-88e1fa",
    "telegram_webhook_secret": "planted-hook-c0ffee42",
}
"""As `nexus init` and `Secrets.store` keep them."""


async def test_every_byte_outside_the_store_is_free_of_credentials(tmp_path: Path) -> None:
    async with a_lab(tmp_path, NEXUS_WEB__ENABLED="true") as lab:
        kept = Secrets(tmp_path / "data" / "secrets", {})
        for name, value in STORED.items():
            await asyncio.to_thread(kept.store, name, value)
        lab.anthropic.reply_with(Reply("The kettle is on the second shelf."))
        await lab.open()
        await lab.pair()
        await lab.telegram.send_file(OWNER, b"The kettle stands on the second shelf.", name="shelf.txt")
        await lab.said("shelf.txt")
        await lab.ask("Please explain to me where a kettle is kept and why.")
        await lab.until(lambda order: order.state is State.DELIVERED, 1)
        for said in ("/status", "/audit", "/cost", "/quota"):
            await lab.ask(said)
        await lab.close()
        made = await command(tmp_path, "backup", **lab.settings())
        assert made.code == 0, made
        await found_nowhere(lab, tmp_path)


async def found_nowhere(lab: Lab, root: Path) -> None:
    """Each value, plain and as it is written in addresses, headers and JSON."""
    known = lab.company.secrets
    for name in KNOWN:
        await asyncio.to_thread(known.get, name)
    shapes = [shape.encode() for shape in known.values()]
    plain = {value.encode() for value in (*STORED.values(), lab.telegram.token, lab.anthropic.api_key)}
    assert plain <= set(shapes), "the look-out must know every one"
    looked, held = 0, 0
    for path in await asyncio.to_thread(lambda: [one for one in (root / "data").rglob("*") if one.is_file()]):
        content = await asyncio.to_thread(path.read_bytes)
        mode = stat.S_IMODE((await asyncio.to_thread(path.stat)).st_mode)
        if path.parent == root / "data" / "secrets":
            assert mode == 0o600, path
            held += any(value in content for value in plain)
            continue
        looked += len(content)
        assert [shape for shape in shapes if shape in content] == [], path
    assert held == len(STORED), "they are in the store, and the search finds them there"
    assert looked > 100_000, "the books were looked through"
