"""What a child process says of a file: JSON, a line for each block, and the records read back from it, checked.

The child has read a stranger's file, so nothing that it says is trusted further than its shape.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from knowledge.converting.building import JOINT, Building
from knowledge.converting.records import Block, BlockKind, Converted, Format, Step, Unit, Unreadable

TOO_MUCH = 3
"""Exit code of a child that had more text than it may say."""
LONGEST_BLOCK = 2_000_000
"""Characters of one block; a file with a longer one is refused."""


def reading_lines(
    building: Building, *, title: str, format: Format, unit: Unit, pages: int, notes: Iterable[str]
) -> Iterator[bytes]:
    """A converted document as lines."""
    yield _line({"title": title, "format": format, "unit": unit, "pages": pages, "notes": list(notes)})
    for block in building.blocks:
        said = {"kind": block.kind, "text": block.text, "place": block.place, "headings": block.headings}
        if block.level:
            said["level"] = block.level
        if block.cells:
            said["cells"] = block.cells
        yield _line(said)
    yield _line({"end": len(building.blocks)})


def refusal_line(reason: str) -> bytes:
    """Why the file can't be a document."""
    return _line({"refused": reason})


def step_line(step: Step) -> bytes:
    """How far it has come."""
    return b"%d %d\n" % (step.done, step.total)


def _line(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def read_step(line: bytes) -> Step | None:
    """None for anything else."""
    words = line.split()
    if len(words) != 2 or not all(word.isdigit() and len(word) < 10 for word in words):
        return None
    return Step(done=int(words[0]), total=int(words[1]))


def read_converted(data: bytes) -> Converted:
    """The document that a child's lines tell; a line at a time, so that other threads get their turn. Blocks.

    Raises:
        Unreadable: the child refused the file, or did not say a whole document.
    """
    lines = data.split(b"\n")
    try:
        head = json.loads(lines[0])
        if "refused" in head:
            raise Unreadable(str(head["refused"])[:500])
        blocks = list(_blocks(lines[1:-2]))
        if json.loads(lines[-2]) != {"end": len(blocks)} or lines[-1]:
            raise ValueError("cut off")
        unit: Unit = head["unit"]
        if unit not in get_args(Unit):
            raise ValueError("unit")
        return Converted(
            title=str(head["title"])[:500], format=Format(head["format"]), unit=unit, pages=int(head["pages"]),
            text=JOINT.join(block.text for block in blocks), blocks=tuple(blocks),
            notes=tuple(str(note)[:500] for note in head["notes"][:100]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        raise Unreadable("its conversion ended in the middle") from None


def _blocks(lines: Iterable[bytes]) -> Iterator[Block]:
    at = 0
    for number, line in enumerate(lines):
        said = json.loads(line)
        text = str(said["text"])
        if len(text) > LONGEST_BLOCK:
            raise Unreadable("it holds one piece of text that is too long")
        at += len(JOINT) if number else 0
        yield Block(
            kind=BlockKind(said["kind"]), text=text, place=max(1, int(said["place"])),
            headings=tuple(str(title)[:500] for title in said["headings"][:20]), start=at, end=at + len(text),
            level=int(said.get("level", 0)), cells=tuple(tuple(map(str, row)) for row in said.get("cells", ())),
        )  # fmt: skip
        at += len(text)
