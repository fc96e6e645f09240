"""`--log-to-db`: the five command lines of the first description run as written, and the row appears for the order."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection

from company import attempts, audit, people, work_orders
from company.books import Books
from company.records import Outcome, Role, WorkOrder
from proving import log_verdict
from qa.report import Report, ReportFinding
from tests.unit.company.house_doubles import request

HOUSE = Path(__file__).parents[3]
DOCUMENTED = (
    "qa/runner.py --spec qa/specs/example_json_output.json",
    "qa/runner.py --spec qa/specs/work_order_response.json --log-to-db --work-order-id wo-123",
    "qa/runner.py --spec qa/specs/security_check.json",
    "qa/runner.py --spec qa/specs/example_python_code.json",
    "qa/runner.py --spec qa/specs/security_check.json --report-json {folder}/reports/security_check.json",
)


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    settings = {"NEXUS_COMPANY__DATA_DIR": str(folder / "data"), "DATABASE_URL": "", "COLUMNS": "160"}
    known = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    words = [sys.executable, *command.format(folder=folder).split()]
    return subprocess.run(
        words, cwd=HOUSE, capture_output=True, text=True, timeout=60, check=False, env=known | settings
    )


@pytest.mark.parametrize("command", DOCUMENTED)
def test_the_documented_command_lines_run_as_written(tmp_path: Path, command: str) -> None:
    done = run(tmp_path, command)
    assert (done.returncode, done.stderr) == (0, "")
    if "--report-json" in command:
        assert json.loads((tmp_path / "reports" / "security_check.json").read_text())["outcome"] == "pass"
    if "--log-to-db" in command:
        assert "Logged under “wo-123”" in done.stdout
        with sqlite3.connect(tmp_path / "data" / "nexus.db") as books:
            rows = books.execute("select order_id, outcome, spec, findings from verdicts").fetchall()
            facts = books.execute("select fact, order_id from audit where fact = 'spec.run'").fetchall()
        books.close()
        assert rows == [("wo-123", "pass", "Work order response", "[]")]
        assert facts == [("spec.run", "wo-123")]


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("qa/runner.py --spec qa/specs/chat.json --log-to-db", "needs --work-order-id"),
        ("nexus.py qa --spec none.json", "there is no such spec"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, command: str, sentence: str) -> None:
    done = run(tmp_path, command)
    assert done.returncode == 2
    assert sentence in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def report(name: str) -> Report:
    return Report(
        spec="A trial", spec_version=3, spec_path="x.json", work_order_id=name, command="echo", outcome=Outcome.FAIL,
        exit_code=1, expected_exit_code=0, timed_out=False, seconds=0.1, inspection_ms=2.5,
        findings=(ReportFinding(layer="command", code="exit-code", message="It ended with 1."),),
    )  # fmt: skip


def accepted(tx: Connection) -> WorkOrder:
    ada = people.add(tx, 0, name="Ada", role=Role.BOARD, language="en", by="x")
    return work_orders.accept(tx, 1, request(ada))


@pytest.mark.parametrize("name", ["{id}", "{number}", "#{number}", "wo-{number}"])
async def test_the_row_appears_for_the_order(any_books: Books, name: str) -> None:
    order = await any_books.write(accepted)
    line = await any_books.write(log_verdict, 5, report(name.format(id=order.id, number=order.number)))
    assert line == f"Logged with order #{order.number}."
    [(attempt, verdict)] = await any_books.read(attempts.verdicts_by_attempt, order.id)
    assert attempt == ""
    assert (verdict.outcome, verdict.spec, verdict.spec_version) == (Outcome.FAIL, "A trial", 3)
    assert (verdict.elapsed_ms, verdict.findings[0].code) == (2.5, "exit-code")
    newest = (await any_books.read(audit.entries, limit=1))[0]
    assert (newest.fact, newest.order_id, newest.payload["findings"]) == ("spec.run", order.id, ["exit-code"])


@pytest.mark.parametrize("name", ["wo-99", "wo-123456789012345678901", "else", "²"])
async def test_a_name_without_an_order_is_kept_and_said(any_books: Books, name: str) -> None:
    assert "no order of that name" in await any_books.write(log_verdict, 5, report(name))
    assert len(await any_books.read(attempts.verdicts_by_attempt, name)) == 1
