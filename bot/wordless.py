"""A place, a contact, a poll, a list of tasks: what is sent without words, as text. It is data, never an instruction.

Shapes: https://core.telegram.org/bots/api#location and its neighbours. No word of ours is in the text, so that it reads
the same in every language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from company.records import Json

LONGEST = 2000
CARD_LINE = re.compile(r"(?im)^(?:item\d+\.)?(?:EMAIL|ORG|TITLE|ADR|URL|NOTE|BDAY)\b[^:\n]*:(.+)$")
"""What a vCard has beyond the name and the number (RFC 6350)."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One of them: its kind, as the Bot API names it, and what it says."""

    kind: str
    text: str


def thing_in(message: Json) -> Thing | None:
    """What a message brings, if it is such a thing. Raises KeyError, TypeError, ValueError for other shapes."""
    for kind, lines in _KINDS.items():
        if kind in message:
            text = "\n".join(line for line in map(_clean, lines(message[kind])) if line)
            return Thing(kind, text[:LONGEST])
    return None


def _clean(line: str) -> str:
    return " ".join(line.split())


def _location(place: Json) -> Iterator[str]:
    exactness = f" ±{float(place['horizontal_accuracy']):.0f} m" if place.get("horizontal_accuracy") else ""
    yield f"{float(place['latitude']):.5f}, {float(place['longitude']):.5f}{exactness}"


def _venue(venue: Json) -> Iterator[str]:
    yield str(venue["title"])
    yield str(venue["address"])
    yield from _location(venue["location"])


def _contact(contact: Json) -> Iterator[str]:
    yield " ".join(str(contact[key]) for key in ("first_name", "last_name") if contact.get(key))
    yield str(contact["phone_number"])
    for found in CARD_LINE.findall(str(contact.get("vcard") or "")):
        yield ", ".join(part for part in found.split(";") if part.strip())


def _poll(poll: Json) -> Iterator[str]:
    yield str(poll["question"])
    yield str(poll.get("description") or "")
    for option in poll["options"]:
        yield f"• {option['text']}: {int(option['voter_count'])}"


def _checklist(checklist: Json) -> Iterator[str]:
    yield str(checklist["title"])
    for task in checklist["tasks"]:
        yield f"{'☑' if task.get('completion_date') else '☐'} {task['text']}"


_KINDS: dict[str, Callable[[Json], Iterator[str]]] = {
    "venue": _venue,  # it comes with a "location" of its own
    "location": _location,
    "contact": _contact,
    "poll": _poll,
    "checklist": _checklist,
}
