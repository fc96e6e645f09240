"""Draws docs/images/telegram.png, what the Board sees: a conversation with a real company against the fake Bot API.

.venv/bin/python scripts/telegram_picture.py [PATH]        needs the development group and a `chromium`
"""

from __future__ import annotations

import asyncio
import html
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.fakes.telegram_world import Shown  # noqa: E402 - the checkout is no package
from tests.flows.company import OWNER, Lab, a_lab  # noqa: E402
from tests.unit.knowledge.converting.making import pdf, prose  # noqa: E402

WIDTH, HEIGHT = 560, 1170
TAGS = {"bold": "b", "italic": "i", "code": "code", "pre": "pre", "underline": "u", "strikethrough": "s"}
LEASE = pdf(
    [
        prose("Lease of the house in Mill Lane", "", "The tenant keeps the garden in order and may hold one dog."),
        prose("Ending the lease", "", "The notice period is three months to the end of a quarter."),
    ]
)
CALENDAR = """A letter that arrives by **30 September** ends it on **31 December**. Three steps:

1. Write the letter.
2. Send it registered.
3. Keep the receipt."""
STYLE = """
body { margin: 0; background: #d5dfe6; padding: 14px; font: 15px/1.4 'DejaVu Sans', 'Noto Color Emoji', sans-serif }
.m { max-width: 86%; margin: 7px 0; padding: 8px 12px; border-radius: 14px; background: #fff; width: fit-content }
.m { white-space: pre-wrap; overflow-wrap: anywhere }
.me { margin-left: auto; background: #e2f7cb }
.k { display: flex; flex-wrap: wrap; gap: 4px; margin-top: 7px }
.k span { flex: 1; text-align: center; background: #e9eef2; border-radius: 8px; padding: 4px 9px; color: #2a6b9c }
.k span { white-space: nowrap }
blockquote { margin: 4px 0; padding: 2px 9px; border-left: 3px solid #5b9bd0; background: #f2f7fb }
.f { color: #2a6b9c }
.r { font-size: 13px }
"""


async def conversation(lab: Lab) -> list[Shown]:
    """A lease is sent, asked about, thought about; what it cost."""
    telegram = lab.telegram
    lab.anthropic.reply_when("(?s).*letter", CALENDAR)
    lab.anthropic.reply_when(".", "The notice period is three months to the end of a quarter [1].")
    await telegram.send_file(OWNER, LEASE, "lease.pdf", "application/pdf")
    await telegram.next_answer(OWNER, timeout=30)
    for text in (
        "What does my lease say about the notice period?",
        "Director: when must my letter arrive to end it this year?",
        "/cost",
        "/knowledge",
    ):
        await lab.ask(text)
    return list(telegram.world.alive(OWNER))


def drawn(shown: Shown) -> str:
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
    file = (
        f"<span class=f>📄 {html.escape(str(shown.extra.get('name', 'lease.pdf')))}</span>\n"
        if shown.kind != "text"
        else ""
    )
    rows = ""
    for row in shown.keyboard:
        buttons = "".join("<span>" + html.escape(button["text"]) + "</span>" for button in row)
        rows += f"<div class=k>{buttons}</div>"
    marks = f"<div class=r>{' '.join(shown.bot_reactions)}</div>" if shown.bot_reactions else ""
    return f"<div class='m{'' if shown.from_bot else ' me'}'>{file}{text}{rows}{marks}</div>"


async def main(target: Path) -> None:
    """Hold the conversation, draw it, take its picture."""
    with tempfile.TemporaryDirectory() as folder:
        async with a_lab(Path(folder)) as lab:
            await lab.open()
            await lab.pair()
            messages = [one for one in await conversation(lab) if "Seal of the record" not in one.text][2:]
        page = Path(folder) / "chat.html"
        page.write_text(f"<meta charset=utf-8><style>{STYLE}</style>{''.join(map(drawn, messages))}", encoding="utf-8")
        await asyncio.to_thread(
            subprocess.run,
            ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={WIDTH},{HEIGHT}",
             f"--screenshot={target}", page.as_uri()],
            check=True, capture_output=True,
        )  # fmt: skip


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images" / "telegram.png"))
