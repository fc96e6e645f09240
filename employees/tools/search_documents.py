"""The tool that searches the Board's documents."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from employees.briefing import numbered
from employees.toolbox import Equipment, Outcome, Repeat, Tool, Work, tool


def build(equipment: Equipment) -> Tool:
    """The tool over this library."""

    async def search_documents(
        work: Work, query: Annotated[str, Field(description="Words or a question.", max_length=1000)]
    ) -> Outcome:
        """Search the Board's documents; returns numbered passages to cite."""
        passages = await equipment.library.find(query, person_id=work.person_id)
        if not passages:
            return Outcome(text="No passage in the documents fits.")
        return Outcome(text=numbered(passages, work.next_number), passages=passages)

    return tool(search_documents, repeat=Repeat.PURE)
