"""The tool that saves a note as a Markdown file in the company's own folder, whole or not at all."""

from __future__ import annotations

import asyncio
import os
import re
import unicodedata
from pathlib import Path
from typing import Annotated

from pydantic import Field

from company.errors import ToolError
from employees.toolbox import Equipment, Outcome, Repeat, Tool, Work, tool

LONGEST_NAME = 60


def file_name(title: str, receipt_id: str) -> str:
    """A plain file name from a title, made unique by the receipt: letters, digits and dashes, no path in it."""
    plain = unicodedata.normalize("NFC", title).casefold()
    slug = re.sub(r"[^\w]+", "-", plain).strip("-_")
    while len(slug.encode()) > LONGEST_NAME * 2 or len(slug) > LONGEST_NAME:
        slug = slug[:-1]
    return f"{slug.strip('-_') or 'note'}-{receipt_id[-8:]}.md"


def _write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".{name}.new"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text if text.endswith("\n") else text + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / name)


def build(equipment: Equipment) -> Tool:
    """The tool over this folder."""

    async def save_note(
        work: Work,
        title: Annotated[str, Field(max_length=200)],
        text: Annotated[str, Field(description="Markdown.", max_length=100_000)],
    ) -> Outcome:
        """Save a note as a file; only when the Board asks for it."""
        name = file_name(title, work.receipt_id)
        try:
            await asyncio.to_thread(_write, equipment.notes_dir, name, text)
        except OSError as error:
            raise ToolError(f"The note was not saved ({error.strerror}).") from None
        return Outcome(text=f"Saved as notes/{name}")

    return tool(save_note, repeat=Repeat.IDEMPOTENT)
