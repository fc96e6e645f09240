"""A tool whose effect can't be taken back, as a plugin would bring it: it sends a letter by appending it to a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from pydantic import Field

from employees.toolbox import Equipment, Outcome, Repeat, Tool, Work, tool


def _append(folder: Path, line: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "letters.txt").open("a") as file:
        file.write(line)


def build(equipment: Equipment) -> Tool:
    """The tool; letters go to letters.txt beside the notes."""

    async def send_letter(
        work: Work, to: Annotated[str, Field(max_length=200)], text: Annotated[str, Field(max_length=5000)]
    ) -> Outcome:
        """Send a letter."""
        await asyncio.to_thread(_append, equipment.notes_dir, f"{to}: {text}\n")
        return Outcome(text="Sent.")

    return tool(send_letter, repeat=Repeat.ONCE, approval=True)
