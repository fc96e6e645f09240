"""What the product's code never does, or does in reviewed places only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import calls, dotted, name_of, product_files, tree_of

READS_THE_ENVIRONMENT = {
    "company/config.py": "settings",
    "company/secrets.py": "secrets",
    "employees/litellm_door.py": "LiteLLM reads a variable while it is imported: it must be set before",
}
STARTS_TASKS = {
    "company/operations/fulfilment.py": "a claim is shielded: cancelled in the middle, it is awaited and given back",
    "console/chat.py": "waits for the first of three; what is left over is cancelled and awaited when the chat ends",
    "console/client.py": "listens for as long as the client is open; its close cancels and awaits it",
    "console/desk.py": "writes for one session; the session's end cancels and awaits it",
    "console/setup.py": "waits for the Enter key or the pairing; both are cancelled and awaited",
    "company/metering.py": "waits for one of two, and cancels the other",
    "company/metered_embedding.py": "a call outlives who asked, so that it is settled; its close cancels and awaits it",
    "sandbox/confined.py": "a start is shielded: cancelled in the middle, it is awaited and what it started is killed",
    "web/handing_in.py": "a file goes on coming in when its page is closed; a defect is logged where it happens",
    "web/live.py": "waits for news or the end; each is cancelled and awaited when the stream ends",
    "web/server.py": "the server is told to leave, then awaited, before its department ends",
    "employees/once.py": "an import in a thread that outlives the caller who was cancelled",
}
"""asyncio.create_task and ensure_future outside a TaskGroup: who watches the task is reviewed before it goes in here."""

SECRET_WORDS = {"secret", "token", "password", "passwd", "signature", "mac", "digest", "credential"}


def walk(kind: type[ast.AST]) -> Iterator[tuple[Path, ast.AST]]:
    for path in product_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, kind):
                yield path, node


def test_the_environment_is_read_in_reviewed_places_only() -> None:
    found = {
        name_of(path)
        for path, node in walk(ast.Attribute)
        if dotted(node) in ("os.environ", "os.getenv", "os.environb", "os.putenv")
    }
    imported = {
        name_of(path)
        for path, node in walk(ast.ImportFrom)
        if isinstance(node, ast.ImportFrom)
        and node.module == "os"
        and {a.name for a in node.names} & {"environ", "getenv"}
    }
    assert found == set(READS_THE_ENVIRONMENT)
    assert imported == set()


def test_tasks_are_started_in_groups_or_in_reviewed_places() -> None:
    found = set()
    for path in product_files():
        for _, name, _ in calls(path):
            loose = name.endswith(("asyncio.create_task", "ensure_future")) or "loop().create_task" in name
            if loose or name in ("loop.create_task", "create_task"):
                found.add(name_of(path))
    assert found == set(STARTS_TASKS)


def test_nothing_is_evaluated_unpickled_or_handed_to_a_shell() -> None:
    found = []
    for path in product_files():
        for line, name, node in calls(path):
            shell = any(k.arg == "shell" and getattr(k.value, "value", True) for k in node.keywords)
            if name in ("eval", "exec", "compile", "__import__", "os.system", "os.popen") or shell:
                found.append(f"{name_of(path)}:{line} {name}")
        for node in ast.walk(tree_of(path)):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{name_of(path)} imports {m}" for m in modules if m in ("pickle", "marshal", "shelve", "dill")]
    assert found == []


def secret_name(node: ast.AST) -> bool:
    """Does the expression end in a name that holds a secret? (`token`, `code_hash`, `x.reveal()`; not `token.type`)."""
    text = dotted(node)
    if text.endswith("reveal()"):
        return True
    last = text.rpartition(".")[2].removesuffix("()")
    parts = set(re.findall(r"[a-z]+", last.lower()))
    return bool(parts & SECRET_WORDS) or last in ("code_hash", "api_key", "hash")


def compared_openly(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare) or not any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            continue
        sides = [node.left, *node.comparators]
        if any(isinstance(side, ast.Constant) for side in sides):
            continue  # against a literal: an empty text, a kind of token
        if any(".c." in dotted(side) for side in sides):
            continue  # a column in a query: the database looks it up
        for side in sides:
            if secret_name(side):
                yield node.lineno, dotted(side)


REVIEWED_COMPARISONS = {
    ("company/audit.py", "anchor.hash"): "a public hash of the chain against a public anchor",
}


def test_secrets_are_compared_in_constant_time() -> None:
    """`==` leaks by its timing how much of a guess was right; hmac.compare_digest does not."""
    found = {(name_of(path), text): line for path in product_files() for line, text in compared_openly(tree_of(path))}
    assert {place: line for place, line in found.items() if place not in REVIEWED_COMPARISONS} == {}
    assert set(REVIEWED_COMPARISONS) <= set(found), "a reviewed place is gone: take its line away"


@pytest.mark.parametrize(
    ("code", "caught"),
    [
        ("a = token == given", True),
        ("if self.bot_token != other: pass", True),
        ("x.reveal() == y", True),
        ("signature == expected", True),
        ("token.type == kind", False),
        ("tokens == 3", False),
        ("token == ''", False),
        ("hmac.compare_digest(token, given)", False),
    ],
)
def test_the_gate_sees_what_it_should(code: str, caught: bool) -> None:
    assert bool(list(compared_openly(ast.parse(code)))) is caught


def test_nothing_blind_is_caught_without_a_reason() -> None:
    """`except Exception` stands where a loop must go on, and says why (ruff BLE001 asks for the mark)."""
    bare = [
        f"{name_of(path)}:{node.lineno}"  # type: ignore[attr-defined]
        for path, node in walk(ast.ExceptHandler)
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert bare == []


def test_no_work_is_done_and_nothing_is_opened_at_import() -> None:
    """At module level: definitions, constants and pure calls; no I/O, no loop, no thread."""
    doing = ("open", "Path.read_text", ".read_text", ".read_bytes", "asyncio.run", "Thread", "create_engine", "print")
    found = []
    for path in product_files():
        if path.name in ("nexus.py", "__main__.py"):
            continue
        for statement in tree_of(path).body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.If):
                continue
            for node in ast.walk(statement):
                if isinstance(node, ast.Call) and not isinstance(statement, ast.Import):
                    name = dotted(node.func)
                    if name in doing or name.endswith(tuple(d for d in doing if d.startswith("."))):
                        found.append(f"{name_of(path)}:{node.lineno} {name}")
    assert found == []


def test_no_change_of_the_books_uses_a_savepoint() -> None:
    """What a transaction remembers of the audit chain's tip would outlive the rows that are taken back."""
    found = {name_of(path) for path in product_files() for _, name, _ in calls(path) if name.endswith("begin_nested")}
    assert found == {"company/books.py"}  # only to make the tables
