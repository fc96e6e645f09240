"""Draws docs/images/telegram.png, what the Board sees: a conversation with a real company against the fake Bot API.

.venv/bin/python scripts/telegram_picture.py [PATH]

Needs the development group, a `chromium`, and for the voice note `espeak-ng`.
"""

from __future__ import annotations

import asyncio
import base64
import html
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.fakes.models import Reply  # noqa: E402 - the checkout is no package
from tests.fakes.speech import voice_note  # noqa: E402
from tests.fakes.telegram import FakeTelegram  # noqa: E402
from tests.fakes.telegram_world import Shown  # noqa: E402
from tests.flows.company import OWNER, Lab, a_lab  # noqa: E402
from tests.unit.knowledge.converting.making import pdf, prose  # noqa: E402

WIDTH, HEIGHT = 1060, 1020
TAGS = {"bold": "b", "italic": "i", "code": "code", "pre": "pre", "underline": "u", "strikethrough": "s"}
LEASE = pdf(
    [
        prose("Lease of the house in Mill Lane", "", "The tenant keeps the garden in order and may hold one dog."),
        prose("Ending the lease", "", "The notice period is three months to the end of a quarter."),
    ]
)
SPOKEN = "What does my lease say about the notice period?"
BROCHURE = (
    "**A quiet house by the water.** Mill Lane 5 has four rooms, a garden that wants a gardener, and a cellar that "
    "stays dry. The station is ten minutes away on foot, the school six. The kitchen was made new in 2024; the boiler "
    "has its yearly inspection. What it needs is somebody who likes mornings: the terrace looks east, over the pond."
)
SETTINGS = {"NEXUS_BUDGET__PER_ORDER": "0.021", "NEXUS_TELEGRAM__STATUS_AFTER_S": "0.2"}
STYLE = """
body { margin: 0; background: #d5dfe6; padding: 14px; font: 15px/1.4 'DejaVu Sans', 'Noto Color Emoji', sans-serif }
body { display: flex; gap: 26px; align-items: flex-start }
body > div { flex: 1; min-width: 0 }
.m { max-width: 90%; margin: 0 0 9px; padding: 8px 12px; border-radius: 14px; background: #fff; width: fit-content }
.m { white-space: pre-wrap; overflow-wrap: anywhere; box-sizing: border-box }
.me { margin-left: auto; background: #e2f7cb }
.m img { display: block; width: calc(100% + 24px); margin: -8px -12px 8px; border-radius: 14px 14px 0 0 }
.k { display: flex; flex-wrap: wrap; gap: 4px; margin-top: 7px }
.k span { flex: 1; text-align: center; background: #e9eef2; border-radius: 8px; padding: 4px 9px; color: #2a6b9c }
.k span { white-space: nowrap }
blockquote { margin: 4px 0; padding: 2px 9px; border-left: 3px solid #5b9bd0; background: #f2f7fb }
.f { color: #2a6b9c }
.r { font-size: 13px }
"""


async def conversation(lab: Lab) -> list[Shown]:
    """A lease is sent, asked about aloud; what needs the Board; what is written; what it cost."""
    telegram = lab.telegram
    lab.anthropic.reply_when("(?s).*brochure", Reply(BROCHURE, pieces=12, pause_s=0.12))
    lab.anthropic.reply_when(".", "The notice period is three months to the end of a quarter [1].")
    await telegram.send_file(OWNER, LEASE, "lease.pdf", "application/pdf")
    await telegram.next_answer(OWNER, timeout=30)
    lab.openai.transcripts.append(SPOKEN)
    await telegram.send_file(OWNER, voice_note(SPOKEN), "note.ogg", "audio/ogg", kind="voice", seconds=4)
    answer = await telegram.next_answer(OWNER, timeout=30, where=lambda shown: "[1]" in shown.text)
    await telegram.press(OWNER, answer.message_id, text="Sources")
    await telegram.next_answer(OWNER, timeout=30)
    await lab.ask("CEO: shall we end it, or let the house to somebody else?")
    await telegram.say(OWNER, "Director: write a brochure for the house, a few sentences")
    written = await draft(telegram)
    whole = await telegram.next_answer(OWNER, timeout=60)
    await lab.ask("/cost")
    kept = [one for one in telegram.world.alive(OWNER) if one is not whole and not one.text.startswith("Seal of")]
    return sorted([*kept, written], key=lambda shown: shown.number)[2:]


async def draft(telegram: FakeTelegram) -> Shown:
    """The status line as it looks while somebody writes."""
    found = await telegram.wait_for(
        lambda: next((replace(one) for one in telegram.sent(OWNER) if "school" in one.text and one.silent), None), 60
    )
    if found is None:
        raise LookupError("nothing was written")
    return found


def drawn(telegram: FakeTelegram, shown: Shown) -> str:
    """One message as HTML."""
    units = shown.text.encode("utf-16-le")
    opens: dict[int, list[str]] = {}
    closes: dict[int, list[str]] = {}
    for entity in shown.entities:
        kind, start, end = entity["type"], entity["offset"], entity["offset"] + entity["length"]
        tag = "blockquote" if "blockquote" in kind else TAGS.get(kind)
        if tag is not None:
            opens.setdefault(start, []).append(f"<{tag}>")
            closes.setdefault(end, []).insert(0, f"</{tag}>")
    out = []
    for place in range(len(units) // 2 + 1):
        out += closes.get(place, []) + opens.get(place, [])
        out.append(units[2 * place : 2 * place + 2].decode("utf-16-le", "surrogatepass"))
    text = "".join(piece if piece.startswith("<") and len(piece) > 1 else html.escape(piece) for piece in out)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16")
    file = ""
    if shown.kind == "photo":
        picture = base64.b64encode(telegram.world.files[str(shown.file_id)].data).decode()
        file = f'<img src="data:image/png;base64,{picture}">'
    elif shown.kind == "voice":
        file = "<span class=f>▶ ▁▂▅▃▆▂▅▇▃▂▁▃▅▂▁ 0:04</span>"
    elif shown.kind != "text":
        file = f"<span class=f>📄 {html.escape(telegram.world.files[str(shown.file_id)].name)}</span>\n"
    rows = ""
    for row in shown.keyboard:
        buttons = "".join("<span>" + html.escape(button["text"]) + "</span>" for button in row)
        rows += f"<div class=k>{buttons}</div>"
    marks = f"<div class=r>{' '.join(shown.bot_reactions)}</div>" if shown.bot_reactions else ""
    return f"<div class='m{'' if shown.from_bot else ' me'}'>{file}{text}{rows}{marks}</div>"


async def main(target: Path) -> None:
    """Hold the conversation, draw it, take its picture."""
    with tempfile.TemporaryDirectory() as folder:
        async with a_lab(Path(folder), **SETTINGS) as lab:
            lab.environment |= {
                "NEXUS_VOICE__BASE_URL": lab.openai.base_url, "NEXUS_VOICE__DOLLARS_PER_MINUTE": "0.006",
                "VOICE_API_KEY": lab.openai.api_key,
            }  # fmt: skip
            await lab.open()
            await lab.pair()
            columns = ["", ""]
            for one in await conversation(lab):
                if one.text.startswith("Welcome"):
                    continue
                columns["brochure" in one.text or bool(columns[1])] += drawn(lab.telegram, one)
            shown = "".join(f"<div>{column}</div>" for column in columns)
        page = Path(folder) / "chat.html"
        page.write_text(f"<meta charset=utf-8><style>{STYLE}</style>{shown}", encoding="utf-8")
        await asyncio.to_thread(
            subprocess.run,
            ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={WIDTH},{HEIGHT}",
             f"--screenshot={target}", page.as_uri()],
            check=True, capture_output=True,
        )  # fmt: skip


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images" / "telegram.png"))
