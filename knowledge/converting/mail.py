"""An e-mail to blocks, with the standard library: who, when, about what, the text. Attachments are named, not read."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

from knowledge.converting.building import Building
from knowledge.converting.decoding import decode
from knowledge.converting.records import Block, BlockKind, Unreadable
from knowledge.converting.web_page import read_html

DEEPEST = 3
"""Forwarded messages inside one another that are read."""
_SHOWN = ("From", "To", "Cc", "Date", "Subject")


def read_mail(data: bytes) -> tuple[str, Building, tuple[str, ...]]:
    """Subject, blocks and notes of a message; places are paragraphs.

    Raises:
        Unreadable: it has no header of a mail.
    """
    message = message_from_bytes(data, policy=policy.default)
    if not any(message[name] for name in ("From", "Subject", "Date")):
        raise Unreadable("it is not an e-mail")
    building = Building()
    notes: list[str] = []
    _read(message, building, notes, level=1)
    return _header(message, "Subject"), building, tuple(notes)


def _read(message: EmailMessage, building: Building, notes: list[str], *, level: int) -> None:
    building.heading(_header(message, "Subject") or "(no subject)", level, _next(building))
    lines = [f"{name}: {value}" for name in _SHOWN if (value := _header(message, name))]
    building.text("\n".join(lines), _next(building))
    body = message.get_body(preferencelist=("plain", "html"))
    if isinstance(body, EmailMessage):
        _text(body, building, level)
    for part in message.iter_attachments():
        if part.get_content_type() == "message/rfc822" and level < DEEPEST:
            for inner in part.iter_parts():
                if isinstance(inner, EmailMessage):
                    _read(inner, building, notes, level=level + 1)
        elif name := part.get_filename():
            notes.append(f"the attachment {name} is not read; save it as a file of its own")


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message[name] or "").split())
    except (ValueError, TypeError, AttributeError, IndexError):  # the library's parser of addresses falls over some
        return ""


def _text(body: EmailMessage, building: Building, level: int) -> None:
    payload = body.get_payload(decode=True)
    text = decode(payload, body.get_content_charset() or "") if isinstance(payload, bytes) else str(payload or "")
    if body.get_content_subtype() == "html":
        for block in read_html(text)[1].blocks:
            _again(block, building, level)
        return
    for paragraph in text.split("\n\n"):
        building.text(paragraph, _next(building))


def _again(block: Block, building: Building, level: int) -> None:
    """A block of the page inside the mail, below the mail's subject."""
    if block.kind is BlockKind.HEADING:
        building.heading(block.text, level + block.level, _next(building))
    elif block.cells:
        building.table(block.cells, _next(building))
    else:
        building.text(block.text, _next(building), block.kind)


def _next(building: Building) -> int:
    return len(building.blocks) + 1
