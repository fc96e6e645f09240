"""`nexus query` and `nexus populate`: the operations for other programs, JSON in and JSON out."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from company.errors import Refused
from company.program_records import populate_of
from console.client import Client
from console.protocol import LONGEST_BODY, Command, Name

ROOM = LONGEST_BODY // 2
"""Characters of documents that are handed over at a time; escaped they may take twice as many."""


async def body_of(given: str, path: Path | None) -> str:
    """A request's JSON: given on the command line, from a file, or from standard input ("-" or nothing).

    Raises:
        Refused: the file can't be read as text.
    """
    if given and given != "-":
        return given
    try:
        return await asyncio.to_thread(_text_of, path)
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path or 'The input'} can't be read ({error}).") from None


def _text_of(path: Path | None) -> str:
    return sys.stdin.read() if path is None or str(path) == "-" else path.expanduser().read_text(encoding="utf-8")


async def query(client: Client, body: str, *, program: str) -> int:
    """Put a query and print what became of it; 1 without an answer."""
    brought = await client.command(Command(name=Name.QUERY, body=body, program=program))
    said = brought.words.text if brought.words is not None else "{}"
    print(said)
    return 0 if json.loads(said).get("status") in ("answered", "unverified") else 1


async def show(client: Client, what: Name, wanted: str, *, program: str) -> int:
    """Print an earlier query's result or trace, or how the documents stand."""
    brought = await client.command(Command(name=what, text=wanted, program=program))
    print(brought.words.text if brought.words is not None else "{}")
    return 0


async def populate(client: Client, body: str, *, program: str) -> int:
    """Hand documents in and print what became of each; 1 when one failed. Many go in several pieces."""
    done: list[object] = []
    for piece in _pieces(body):
        brought = await client.command(Command(name=Name.POPULATE, body=piece, program=program))
        done += json.loads(brought.words.text)["documents"] if brought.words is not None else []
    failed = sum(isinstance(one, dict) and one.get("status") != "indexed" for one in done)
    counts = {"documents": done, "indexed": len(done) - failed, "failed": failed}
    print(json.dumps(counts, indent=2, ensure_ascii=False))
    return 1 if failed else 0


def _pieces(body: str) -> Iterator[str]:
    """The request in parts that fit a line of the protocol. Raises `Refused` when it is none."""
    if len(body) <= ROOM:
        yield body
        return
    held: list[object] = []
    size = 0
    for one in populate_of(body).documents:
        text = one if isinstance(one, str) else one.text
        if held and size + len(text) > ROOM:
            yield json.dumps({"documents": held}, ensure_ascii=False)
            held, size = [], 0
        held.append(text if isinstance(one, str) else {"name": one.name, "text": text})
        size += len(text)
    yield json.dumps({"documents": held}, ensure_ascii=False)
