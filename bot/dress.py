"""Texts, receipts and buttons as the parameters of sendMessage (https://core.telegram.org/bots/api#sendmessage)."""

from __future__ import annotations

from collections.abc import Sequence

from bot.markup import MESSAGE_LIMIT, EntityKind, KeepLink, Rendered, defanged, join, nothing, split, styled
from bot.texts import Texts
from company.clock import day_of
from company.money import dollars
from company.records import Button, Json, Receipt

RECEIPT_ROOM = 400  # UTF-16 units kept free for the receipt under the last part
BEGINNING = 1500  # UTF-16 units of a long answer that stand in the chat
CALLBACK_BYTES = 64  # https://core.telegram.org/bots/api#inlinekeyboardbutton
STYLES = ("primary", "success", "danger")
CAPTION_LIMIT = 1024  # UTF-16 units: https://core.telegram.org/bots/api#sendphoto
CAPTIONED = {"text": "caption", "entities": "caption_entities"}
NO_PREVIEW: Json = {"is_disabled": True}


def message(rendered: Rendered, keep_link: KeepLink = nothing) -> Json:
    """One text with its entities: whatever is said goes through here.

    No link is ever previewed: the preview itself would be a request to its host. None can be tapped but those that are
    kept; Telegram would make a link of every address and of names like notes.md.
    """
    rendered = defanged(rendered, keep_link)
    params: Json = {"text": rendered.text, "link_preview_options": NO_PREVIEW}
    if rendered.entities:
        params["entities"] = [entity.as_api() for entity in rendered.entities]
    return params


def captioned(message: Json) -> Json:
    """The same words as the caption of a picture (https://core.telegram.org/bots/api#sendphoto), without a preview."""
    return {CAPTIONED.get(name, name): value for name, value in message.items() if name != "link_preview_options"}


def uncaptioned(message: Json) -> Json:
    """The caption of a picture as a message of its own."""
    names = {caption: name for name, caption in CAPTIONED.items()}
    return {names.get(name, name): value for name, value in message.items()} | {"link_preview_options": NO_PREVIEW}


def messages(rendered: Rendered, under: Rendered | None = None, keep_link: KeepLink = nothing) -> list[Json]:
    """A text of any length in as many messages as it needs, `under` at the foot of the last one."""
    cut = split(rendered, reserve=RECEIPT_ROOM if under else 0)
    parts: list[Rendered] = [part for part in cut if not part.blank] or [Rendered("…")]
    if under is not None:
        parts[-1] = join((_trimmed(parts[-1]), under), "\n\n")
    return [message(part, keep_link) for part in parts]


def beginning(rendered: Rendered, note: Rendered, under: Rendered | None, keep_link: KeepLink) -> Json:
    """The first of a long text in one message, with a note about the rest and `under` at its foot."""
    first = split(rendered, reserve=MESSAGE_LIMIT - BEGINNING)[0]
    feet = (note,) if under is None else (note, under)
    return message(join((_trimmed(first), *feet), "\n\n"), keep_link)


def _trimmed(part: Rendered) -> Rendered:
    return Rendered(part.text.rstrip(), part.entities, part.degraded)


def receipt_line(receipt: Receipt, texts: Texts, language: str) -> Rendered:
    """ "#41 · Intern · $0.0031 · 2.4 s · QA passed", small and italic."""
    facts = [
        f"#{receipt.order_number}", receipt.employee, dollars(receipt.cost_micro), seconds(receipt.seconds),
        receipt.verdict,
    ]  # fmt: skip
    if receipt.escalations:
        facts.insert(2, texts.say(language, "receipt_escalated", times=receipt.escalations))
    if receipt.fallback:
        facts.append(texts.say(language, "receipt_fallback", model=receipt.fallback))
    if receipt.project:
        facts.append(f"📁 {receipt.project}")
    if receipt.earlier_at is not None:
        facts.append(texts.say(language, "receipt_earlier", date=day_of(receipt.earlier_at)))
    elif receipt.cached:
        facts.append(texts.say(language, "receipt_cached"))
    line = " · ".join(fact for fact in facts if fact)
    return styled(line if len(line) <= RECEIPT_ROOM // 2 else line[: RECEIPT_ROOM // 2 - 1] + "…", EntityKind.ITALIC)


def seconds(value: float) -> str:
    """A duration as people read it: "2.4 s", "48 s", "3 min", "2 h 5 min", "4 d 3 h"."""
    if value < 10:
        return f"{value:.1f} s"
    if value < 120:
        return f"{value:.0f} s"
    minutes = round(value / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def keyboard(rows: Sequence[Sequence[Button]]) -> Json | None:
    """Buttons as an inline keyboard; None without any. A button whose data would not fit is left out."""
    shown = [[_button(button) for button in row if len(data_of(button).encode()) <= CALLBACK_BYTES] for row in rows]
    shown = [row for row in shown if row]
    return {"inline_keyboard": shown} if shown else None


def data_of(button: Button) -> str:
    """What comes back when a button is pressed: "action:argument"."""
    return f"{button.action}:{button.argument}"


def _button(button: Button) -> Json:
    wire: Json = {"text": button.label, "callback_data": data_of(button)}
    if button.style in STYLES:
        wire["style"] = button.style
    return wire
