"""Markdown grown from structure, through everything that is shown: answers, captions, cards, sources, drafts, sentences.

The entities of each are read by the independent reader of `test_markup_reference`: not one may be refused.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from bot import dress
from bot.delivery import Delivery
from bot.drafts import Draft, view
from bot.inbox import Voice
from bot.markup import Renderer, plain, split, utf16_len
from bot.sources import opened
from bot.texts import LANGUAGES
from bot.updates import Place
from company.clock import SystemClock
from company.config_desks import TelegramSettings
from company.records import Citation, Passage, Receipt
from tests.unit.bot.test_markup_reference import auto_links, check_entities

WORDS = (
    "tax", "évidence", "naïve", "e\u0301te\u0301", "k\u0336o\u0336", "日本語", "漢字かな", "שלום", "مرحبا", "हिन्दी", "👍🏽",
    "👨‍👩‍👧‍👦", "🇫🇷", "1️⃣", "a_b_c", "2*3*4", "C:\\dir", "x<y>z", "R&D", "3.14", "evil.com", "notes.md", "me@example.org",
    "https://e.com/a_(b)?c=d&e=f", "~tilde~", "|pipe|", "`", "*", "_", "[", "]", "(", ")", "\u200f", "\u202b", "ﬁ", "𝒳",
)  # fmt: skip
Grow = Callable[[random.Random, int], str]


def inline(dice: random.Random, depth: int) -> str:
    words = " ".join(dice.choice(WORDS) for _ in range(dice.randint(1, 6)))
    if depth <= 0:
        return words
    inner = inline(dice, depth - 1)
    return dice.choice(
        (words, f"**{inner}**", f"*{inner}*", f"_{inner}_", f"***{inner}***", f"~~{inner}~~", f"`{words}`",
         f"[{inner}](https://e.com/{dice.randint(0, 9)})", f"![{words}](https://e.com/p.png)", f"{words} {inner}",
         f"**a *b {words}*** c", f"<b>{inner}</b>", f"[^1] {inner}", f"{words}  \n{inner}")
    )  # fmt: skip


def paragraph(dice: random.Random, depth: int) -> str:
    return "\n".join(inline(dice, depth) for _ in range(dice.randint(1, 3)))


def heading(dice: random.Random, depth: int) -> str:
    return "#" * dice.randint(1, 6) + " " + inline(dice, depth).replace("\n", " ")


def code(dice: random.Random, depth: int) -> str:
    fence, lines = dice.choice(("```", "~~~", "````")), [dice.choice(WORDS) for _ in range(dice.randint(0, 4))]
    return "\n".join(
        (fence + dice.choice(("", "python", "c++", "a b", "日")), *lines, fence if dice.random() < 0.9 else "")
    )


def table(dice: random.Random, depth: int) -> str:
    columns = dice.randint(1, 5)

    def row() -> str:
        return "|" + "|".join(inline(dice, 1).replace("\n", " ") for _ in range(columns)) + "|"

    return "\n".join((row(), "|" + "|".join(dice.choice(("-", ":-", "-:", ":-:")) for _ in range(columns)) + "|",
                      *(row() for _ in range(dice.randint(0, 4)))))  # fmt: skip


def indented(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *(rest + line for line in lines[1:])])


def listing(dice: random.Random, depth: int) -> str:
    items = []
    for number in range(dice.randint(1, 4)):
        mark = dice.choice(("- ", "* ", f"{number + 1}. ", "- [ ] ", "- [x] "))
        items.append(indented(block(dice, depth - 1), mark, " " * len(mark)))
    return dice.choice(("\n", "\n\n")).join(items)


def quote(dice: random.Random, depth: int) -> str:
    return indented(document(dice, depth - 1), "> ", "> ")


def block(dice: random.Random, depth: int) -> str:
    kinds: tuple[Grow, ...] = (paragraph, heading, code, table)
    return dice.choice((*kinds, listing, quote) if depth > 0 else kinds)(dice, depth)


def document(dice: random.Random, depth: int) -> str:
    return "\n\n".join(block(dice, depth) for _ in range(dice.randint(1, 3)))


def must_be_taken(message: dict[str, Any], seen: Counter[str]) -> None:
    """The Bot API would take it as it is, and nothing in it can be tapped that was not vouched for."""
    caption = "caption" in message
    text, found = (
        (message["caption"], message.get("caption_entities")) if caption else (message["text"], message.get("entities"))
    )
    found = found or []
    assert utf16_len(text) <= (dress.CAPTION_LIMIT if caption else 4096)
    assert text.strip()
    text.encode()
    check_entities(text, found)
    assert "parse_mode" not in message
    assert caption or message["link_preview_options"] == {"is_disabled": True}
    assert "text_link" not in {entity["type"] for entity in found}
    wide = text.encode("utf-16-le")
    hidden = [
        tuple(len(wide[: place * 2].decode("utf-16-le")) for place in (e["offset"], e["offset"] + e["length"]))
        for e in found
        if e["type"] in ("code", "pre")
    ]
    assert auto_links(text, hidden) == []  # type: ignore[arg-type]
    seen.update(entity["type"] for entity in found)


@pytest.fixture(scope="module")
def delivery() -> Delivery:
    made = Delivery(TelegramSettings(), SystemClock())
    made._load()
    return made


async def everything(source: str, dice: random.Random, delivery: Delivery) -> list[dict[str, Any]]:
    """Each way on which such a text may be shown."""
    texts, renderer = delivery.texts, delivery.renderer
    found: list[dict[str, Any]] = []
    language = dice.choice(sorted(LANGUAGES))
    rendered = renderer.render(source, lambda _: False)
    receipt = Receipt(
        order_number=41, employee=source[:20], model="m", cost_micro=3_100, seconds=2.4, verdict="QA passed"
    )  # fmt: skip
    under = dress.receipt_line(receipt, texts, language)
    found += dress.messages(rendered, under)
    note = plain(texts.say(language, "answer_in_file", name="answer-41.md"))
    found.append(dress.beginning(rendered, note, under, lambda _: False))
    first = dress.messages(rendered)[0]
    if utf16_len(first["text"]) <= dress.CAPTION_LIMIT:
        found.append(dress.captioned(first))
    found += Voice(delivery, SystemClock()).words(Place(chat="1", kind="private"), source).messages
    citation = Citation(marker=1, document=source[:30], place="page 1", passage_id="p", quote=source[5:60])
    passage = Passage(id="p", document="d", place="page 1", text=f"{source}\n{citation.quote}\n{source}", score=1.0)
    found.append(dress.message(opened((citation, citation), (passage, None), texts, language)))
    draft = Draft()
    for start in range(0, len(source), 37):
        draft.add(source[start : start + 37])
    shown = await view(draft, renderer, lambda text: text, texts.say(language, "draft_title"), finished=False)
    if not shown.blank:
        found.append(dress.message(shown))
    return found


async def test_structure_of_any_depth_is_taken_in_every_form(delivery: Delivery) -> None:
    seen: Counter[str] = Counter()
    forms = 0
    for seed in range(400):
        dice = random.Random(seed)
        source = document(dice, dice.randint(0, 4))
        for message in await everything(source, dice, delivery):
            must_be_taken(message, seen)
            forms += 1
    assert forms > 2_000
    assert {"bold", "italic", "code", "pre", "blockquote", "strikethrough", "expandable_blockquote"} <= set(seen)


def test_ten_thousand_grown_texts_have_no_parse_error() -> None:
    renderer, degraded = Renderer(), 0
    for seed in range(10_000):
        dice = random.Random(seed)
        rendered = renderer.render(block(dice, dice.randint(0, 2)), dice.choice((None, lambda _: False)))
        degraded += rendered.degraded
        for part in split(rendered, 200):
            check_entities(part.text, [entity.as_api() for entity in part.entities])
    assert degraded == 0
