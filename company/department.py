"""The four verbs of every department; `nexus.py` opens them in order, runs them side by side, closes in reverse."""

from __future__ import annotations

from typing import Protocol

from company.records import Health


class Department(Protocol):
    """A part of the house with a life of its own."""

    name: str

    async def open(self) -> None:
        """Acquire what is needed. Raises `StartupError` with a sentence that helps, or `NotReady` to be tried later."""
        ...

    async def run(self) -> None:
        """Work until cancelled."""
        ...

    async def close(self) -> None:
        """Let go; bounded in time, and safe after a failed `open`."""
        ...

    async def check(self) -> Health:
        """Cheap, quick, without effects."""
        ...
