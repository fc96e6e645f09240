"""One answer of the corpus, and how the hand-written halves are read from their text files.

A file holds blocks. A block begins with a line `@@ kind | language | request`; the text below it is a clean answer, and
each `=== layer` begins the same answer with a defect planted for that layer. Lines that begin with `% ` say what was
around the answer, for the whole block or, below a `===`, for that variant alone:

    % passage ID | document | place | text      a stored passage
    % cite MARKER ID | quotation                a citation of the answer
    % block ORIGIN | text                       a text that came with the request
    % tool NAME | state | arguments             a use of a tool in this order; `% tool none` takes the block's away
    % prompt text                               a prompt in force
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from company.records import Citation, DataBlock, Kind, Origin, Passage
from company.tool_uses import ToolUse

LAYERS: dict[str, frozenset[str]] = {
    "format": frozenset({"format"}),
    "language": frozenset({"format"}),
    "completeness": frozenset({"completeness"}),
    "arithmetic": frozenset({"arithmetic"}),
    "dates": frozenset({"dates"}),
    "actions": frozenset({"actions"}),
    "citations": frozenset({"citations"}),
    "security": frozenset({"security"}),
    "injection": frozenset({"injection"}),
    "code": frozenset({"code"}),
}
"""What is planted -> the layers whose finding counts as catching it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An answer with all that QA may look at. `planted` is a key of `LAYERS`, or "" for a clean answer."""

    request: str
    text: str
    language: str
    kind: Kind
    planted: str = ""
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    blocks: tuple[DataBlock, ...] = ()
    tools: tuple[ToolUse, ...] = ()
    prompts: tuple[str, ...] = ()


def read_samples(path: Path) -> list[Sample]:
    """Every clean and every planted answer of a file, in their order."""
    found: list[Sample] = []
    for part in path.read_text(encoding="utf-8").split("\n@@ ")[1:]:
        head, _, body = part.partition("\n")
        kind, language, request = head.split(" | ", 2)
        first, *variants = ("\n" + body).split("\n=== ")
        empty = Sample(
            request=request.replace("\\n", "\n"), text="", language=language.strip(), kind=Kind(kind.strip())
        )
        clean = _with(empty, first.lstrip("\n"))
        found.append(clean)
        for variant in variants:
            planted, _, text = variant.partition("\n")
            found.append(replace(_with(clean, text), planted=planted.strip()))
    return found


def _with(sample: Sample, body: str) -> Sample:
    lines = body.split("\n")
    notes = [line[2:] for line in lines if line.startswith("% ")]
    text = "\n".join(line for line in lines if not line.startswith("% ")).strip("\n")
    passages = tuple(_passage(note) for note in notes if note.startswith("passage ")) or sample.passages
    cited = [note for note in notes if note.startswith("cite ")]
    uses = [note for note in notes if note.startswith("tool ")]
    return replace(
        sample,
        text=text,
        passages=passages,
        citations=tuple(_citation(note, passages) for note in cited) or sample.citations,
        blocks=tuple(_block(note) for note in notes if note.startswith("block ")) or sample.blocks,
        tools=tuple(_use(note) for note in uses if note != "tool none") if uses else sample.tools,
        prompts=tuple(note[7:] for note in notes if note.startswith("prompt ")) or sample.prompts,
    )


def _passage(note: str) -> Passage:
    name, document, place, text = note[8:].split(" | ", 3)
    return Passage(id=name, document=document, place=place, text=text)


def _citation(note: str, passages: tuple[Passage, ...]) -> Citation:
    head, quote = note[5:].split(" | ", 1)
    marker, name = head.split()
    known = next((one for one in passages if one.id == name), None)
    document, place = (known.document, known.place) if known else ("gone.md", "")
    return Citation(marker=int(marker), passage_id=name, document=document, place=place, quote=quote)


def _block(note: str) -> DataBlock:
    origin, text = note[6:].split(" | ", 1)
    return DataBlock(origin=Origin(origin), text=text)


def _use(note: str) -> ToolUse:
    tool, state, arguments = note[5:].split(" | ", 2)
    json.loads(arguments)
    return ToolUse(tool=tool, arguments=arguments, state=state)
