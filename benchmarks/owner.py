"""Lets a company know its owner and members before it is started, through the same functions that pairing uses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import Connection

from benchmarks.process import ROOT
from company import people
from company.config import load_settings
from company.records import Desk, Role
from company.secrets import Secrets


def settle_in(data_dir: Path, environment: Mapping[str, str], *, owner: int, members: Iterable[int]) -> None:
    """Make the books in `data_dir`; `owner` and `members` are numeric Telegram ids."""
    asyncio.run(_settle_in(data_dir, environment, owner, tuple(members)))


async def _settle_in(data_dir: Path, environment: Mapping[str, str], owner: int, members: tuple[int, ...]) -> None:
    from nexus import assemble

    secrets = Secrets(data_dir / "secrets", environment)
    settings = load_settings(ROOT, environment)
    company = await assemble(ROOT, settings=settings, secrets=secrets, doors_open=False)
    try:
        await company.books.write(_pair, company.clock.now(), owner, members)
    finally:
        await company.books.close()


def _pair(tx: Connection, now: int, owner: int, members: tuple[int, ...]) -> None:
    board = people.board(tx)
    if board is None:
        board = people.add(tx, now, name="Ada", role=Role.BOARD, language="en", by="benchmark")
    people.identify(tx, now, board, Desk.TELEGRAM, str(owner))
    for member in members:
        person = people.add(tx, now, name=f"Member {member}", role=Role.MEMBER, language="en", by="benchmark")
        people.identify(tx, now, person, Desk.TELEGRAM, str(member))
