"""Flows walk the whole company, on SQLite and on Postgres, against fakes that speak the real wire formats."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flows.company import Lab, a_lab


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The URL and the schema of Postgres; both empty for SQLite."""
    if request.param == "sqlite":
        return "", ""
    return request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres_schema")


@pytest.fixture
async def lab(request: pytest.FixtureRequest, database: tuple[str, str], tmp_path: Path) -> AsyncIterator[Lab]:
    """An open company whose owner is paired."""
    url, schema_name = database
    marker = request.node.get_closest_marker("settings")
    environment = dict(marker.kwargs) if marker else {}
    async with a_lab(tmp_path, postgres_url=url, schema_name=schema_name, **environment) as found:
        await found.open()
        await found.pair()
        yield found
        assert found.telegram.previewed() == []
