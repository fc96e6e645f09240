"""Three guards around every test, and the fixtures that most tests start from.

The guards: no test reaches beyond this machine (so none can spend money), no code of ours blocks the event loop, no
task outlives its test. They are proved by `tests/architecture/test_guards.py`.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from blockbuster import blockbuster_ctx

from company.books import Books, PostgresBooks, SqliteBooks
from company.secrets import KNOWN, Secret
from tests.fakes.clock import TurnedClock
from tests.schemas import Schemas, drop_database, make_database

ROOT = Path(__file__).parent.parent
DEPARTMENTS = ("company", "bot", "web", "console", "employees", "knowledge", "qa", "sandbox", "voice", "heartbeat")
OURS = [name for name in DEPARTMENTS if (ROOT / name / "__init__.py").exists()]
AUDIT_KEY = b"a key for tests, 32 bytes long.."
POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
MEMORY = Path("/dev/shm")
ROOM = 3 << 30  # bytes; the files of a whole run take less than one
HERE = ("127.0.0.1", "::1", "localhost", None, "")

_getaddrinfo = socket.getaddrinfo


class OutsideError(RuntimeError):
    """A test tried to find a host beyond this machine."""


def _getaddrinfo_here(host: Any, *args: Any, **kwargs: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    if name not in HERE:
        raise OutsideError(f"a test asked for the address of {name!r}; tests talk to 127.0.0.1 only")
    return _getaddrinfo(host, *args, **kwargs)


def _forget_what_this_machine_knows() -> None:
    """Settings and secrets of whoever runs the suite must reach no test, and no child process of a test."""
    for name in list(os.environ):
        ours = name.startswith("NEXUS_") and not name.startswith("NEXUS_TEST_")
        secret = name.lower() in KNOWN or name.endswith("_API_KEY")
        proxy = name.lower() in ("http_proxy", "https_proxy", "all_proxy")
        if ours or secret or proxy or name in ("CREDENTIALS_DIRECTORY", "OLLAMA_BASE_URL", "SQLITE_DB_PATH"):
            del os.environ[name]


def _work_in_memory() -> None:
    """A run commits some fifty thousand times, and no test cuts the power: where there is room, files stay in memory.

    TMPDIR says otherwise where somebody has set it; child processes of a test inherit it.
    """
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def pytest_configure(config: pytest.Config) -> None:
    """Close the doors before anything is collected."""
    _forget_what_this_machine_knows()
    _work_in_memory()
    socket.getaddrinfo = _getaddrinfo_here


def pytest_unconfigure() -> None:
    """Open them again."""
    socket.getaddrinfo = _getaddrinfo


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Coroutine tests get the task guard, before every other fixture so that it looks last."""
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(inspect.unwrap(item.obj)):
            item.fixturenames.insert(0, "no_task_left_behind")


def pytest_collection_finish() -> None:
    """What was loaded by now stays to the end: no collection of garbage need walk through it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # half as much time goes into looking for garbage


@pytest.fixture(autouse=True)
def no_blocking_calls() -> Iterator[None]:
    """File, socket, database or sleep calls of our packages on the loop's thread fail the test."""
    with blockbuster_ctx(OURS) as guard:
        for name, function in guard.functions.items():
            if name.startswith(("os.", "io.", "builtins.")):
                # asyncpg looks for ~/.pgpass when it connects: a stat or two.
                function.can_block_in("asyncpg/connect_utils.py", {"_parse_connect_dsn_and_args"})
                # Migrations run while the books open, before any door does.
                function.can_block_in("company/migrate.py", {"upgrade"})
        yield


@pytest.fixture
async def no_task_left_behind() -> AsyncIterator[None]:
    """Whatever a test (or its fixtures) started must have ended with it."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    for _ in range(3):  # a task that was just cancelled or set free ends within a turn of the loop
        if not left:
            return
        await asyncio.sleep(0)
        left = {task for task in left if not task.done()}
    names = sorted(f"{task.get_name()} {task.get_coro()}" for task in left)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    pytest.fail(f"still running after the test: {names}")


@pytest.fixture
def clock() -> TurnedClock:
    """A clock that the test turns."""
    return TurnedClock()


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[SqliteBooks]:
    """Open SQLite books of its own for each test."""
    opened = SqliteBooks(tmp_path / "nexus.db", audit_key=AUDIT_KEY)
    await opened.open()
    yield opened
    await opened.close()


def postgres_required() -> bool:
    """True in CI: there a missing server is a failure, elsewhere a skip with a notice."""
    return os.environ.get("NEXUS_TEST_REQUIRE_POSTGRES", "") not in ("", "0")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A database of this session on a server that answers, or a skip (a failure with NEXUS_TEST_REQUIRE_POSTGRES)."""
    url = os.environ.get("NEXUS_TEST_POSTGRES", POSTGRES)
    with ThreadPoolExecutor(1) as aside:  # a loop of its own, away from the test's
        try:
            made = aside.submit(asyncio.run, make_database(url)).result()
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            notice = f"no PostgreSQL at {url.rpartition('@')[2]} ({type(error).__name__}); set NEXUS_TEST_POSTGRES"
            if postgres_required():
                pytest.fail(notice)
            pytest.skip(notice)
        yield made
        aside.submit(asyncio.run, drop_database(url, made)).result()


@pytest.fixture(scope="session")
def schemas(postgres_url: str) -> Schemas:
    """The schemas of this session."""
    return Schemas(postgres_url)


@pytest.fixture
async def postgres_schema(schemas: Schemas) -> AsyncIterator[str]:
    """The name of a schema with the tables of the books, as new ones have them."""
    schema = await schemas.take()
    yield schema.name
    await schemas.give_back(schema)


@pytest.fixture
async def postgres_books(postgres_url: str, postgres_schema: str) -> AsyncIterator[PostgresBooks]:
    """Open Postgres books in a fresh schema for each test."""
    opened = PostgresBooks(Secret(postgres_url, "test"), audit_key=AUDIT_KEY, schema_name=postgres_schema)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_books(request: pytest.FixtureRequest) -> Books:
    """The test runs twice: on SQLite and on Postgres."""
    chosen: Books = request.getfixturevalue("books" if request.param == "sqlite" else "postgres_books")
    return chosen
