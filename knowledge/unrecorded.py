"""A library without books: nobody is in a project, and nothing is written down of where documents come from."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from company.document_records import Brought, Origin, Standing


class Unrecorded:
    """Port `DocumentBooks` for a library that stands alone."""

    async def standing(self, reader: str) -> Standing:
        """In no project."""
        return Standing()

    async def origins(self, wanted: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Origin]:
        """Nothing is known."""
        return {}

    async def kept(self, brought: Brought) -> None:
        """Not written down."""

    async def renamed(self, owner: str, name: str, to: str) -> None:
        """Not written down."""

    async def refused(self, owner: str, name: str, reader: str, limit: str) -> None:
        """Not written down."""

    async def shared(self, owner: str, name: str, reader: str, *, to: str, as_name: str) -> None:
        """Not written down."""

    async def deleting(self, owner: str, name: str, reader: str) -> None:
        """Not written down."""
