"""The runner: the documented command lines, limits, reports."""

from __future__ import annotations

import argparse
import io
import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rich.console import Console

from company.errors import BooksError, ConfigError
from company.records import Outcome
from qa.child import run_command
from qa.report import Report
from qa.trial import add_options, follow, run_spec
from tests.stopwatch import Stopwatch

HOUSE = Path(__file__).parents[3]
EXAMPLES = HOUSE / "qa" / "specs" / "examples"
PYTHON = shlex.quote(sys.executable)


def _spec(folder: Path, command: str, **more: Any) -> Path:
    path = folder / "spec.json"
    path.write_text(json.dumps({"name": "A trial", "command": command, **more}))
    return path


def _main(*arguments: str | Path, log: Any = None) -> tuple[int, str]:
    out, parser = io.StringIO(), argparse.ArgumentParser()
    add_options(parser)
    options = parser.parse_args([str(argument) for argument in arguments])
    return follow(options, log=log, console=Console(file=out, width=160)), out.getvalue()


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_the_examples_pass(path: Path) -> None:
    code, shown = _main("--spec", path)
    assert code == 0, shown
    assert json.loads(path.read_text())["name"] in shown


def test_the_command_line_as_it_is_documented(tmp_path: Path) -> None:
    report = tmp_path / "reports" / "security_check.json"
    command = [sys.executable, "qa/runner.py", "--spec", "qa/specs/security_check.json", "--report-json", str(report)]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert json.loads(report.read_text())["outcome"] == "pass"


def test_it_runs_from_any_folder(tmp_path: Path) -> None:
    command = [sys.executable, str(HOUSE / "qa" / "runner.py"), "--spec", str(_spec(tmp_path, "echo hi"))]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False).returncode == 0


@pytest.mark.parametrize(
    ("command", "more", "codes"),
    [
        ("echo fine", {}, []),
        ("false", {}, ["exit-code", "empty"]),
        ("true", {}, ["empty"]),
        ("true", {"format": {"min_length": 0}}, []),
        ("true", {"format": {"type": "json", "min_length": 0}}, ["not-json"]),
        ("sh -c 'echo fine; exit 3'", {"expected_exit_code": 3}, []),
        ("sh -c 'echo fine; exit 3'", {}, ["exit-code"]),
        ("echo fine", {"expected_exit_code": 3}, ["exit-code"]),
        ("echo '{\"a\": 1}'", {"format": {"type": "json", "required_keys": ["b"]}}, ["key-missing"]),
        ("echo 'all TODO here'", {}, ["placeholder"]),
        ("echo more", {"completeness": {"required_substrings": ["success"]}}, ["required-missing"]),
        ("echo 'see wo-12'", {"security": {"forbidden_patterns": ["wo-[0-9]+"]}}, ["forbidden-pattern"]),
        ("echo 'see wo-12'", {"format": {"pattern": "wo-[0-9]{3}"}}, ["pattern-missing"]),
        ("echo 'def f(:'", {"code_execution": {"enabled": True}}, ["syntax"]),
        ("echo 'x = 1'", {"code_execution": {"enabled": True, "execute_in_sandbox": True}}, ["sandbox-missing"]),
        ("echo '$HOME ; ls' '|' cat", {"completeness": {"required_substrings": ["$HOME ; ls | cat"]}}, []),  # no shell
    ],
)
def test_findings(tmp_path: Path, command: str, more: dict[str, Any], codes: list[str]) -> None:
    report = run_spec(_spec(tmp_path, command, **more))
    assert [finding.code for finding in report.findings] == codes
    wanted = Outcome.PASS if not codes else Outcome.UNVERIFIED if codes == ["sandbox-missing"] else Outcome.FAIL
    assert report.outcome is wanted


def test_a_planted_key_fails_the_spec_and_is_not_in_the_report(tmp_path: Path) -> None:
    key = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gH3jK5"
    path = _spec(tmp_path, f"sh -c 'echo the key is {key} ; echo {key} >&2'")
    report_path = tmp_path / "report.json"
    code, shown = _main("--spec", path, "--report-json", report_path)
    assert code == 1
    assert "GitHub" in shown
    assert key not in shown
    assert key not in report_path.read_text()


def test_the_limit_kills_the_command_and_its_children(tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    child = f"import time\nfor _ in range(600):\n    open({str(mark)!r}, 'a').write('x')\n    time.sleep(0.01)\n"
    parent = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {child!r}]).wait()\n"
    (tmp_path / "parent.py").write_text(parent)
    watch = Stopwatch()
    report = run_spec(_spec(tmp_path, f"{PYTHON} {tmp_path / 'parent.py'}", timeout_seconds=1))
    assert watch.seconds < 5
    assert report.timed_out
    assert report.exit_code is None
    assert report.findings[0].code == "timeout"
    size = mark.stat().st_size
    assert size > 0  # the child was there
    time.sleep(0.1)  # ten of its beats
    assert mark.stat().st_size == size


def test_a_child_left_in_the_background_does_not_outlive_the_command(tmp_path: Path) -> None:
    report = run_spec(_spec(tmp_path, "sh -c 'sleep 60 >/dev/null 2>&1 & echo $!'", timeout_seconds=20))
    assert report.outcome is Outcome.PASS
    assert report.seconds < 30


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no other system shows whose a process is")
@pytest.mark.parametrize("limit", [3, 20])
def test_a_child_that_left_for_a_session_of_its_own_ends_too(tmp_path: Path, limit: int) -> None:
    """At the limit, and behind a command that ended well."""
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    daemon = f"import os, time; os.setsid(); open({str(ready)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    parent = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {daemon!r}], stdout=-3, stderr=-3)\n"
        f"number = open({str(ready)!r}).read()\nprint(number, flush=True)\n"
        f"open({str(tmp_path / 'number')!r}, 'w').write(number)\n"
        f"time.sleep(600 if {limit} == 3 else 0)\n"
    )
    (tmp_path / "parent.py").write_text(parent)
    report = run_spec(_spec(tmp_path, f"{PYTHON} {tmp_path / 'parent.py'}", timeout_seconds=limit))
    assert report.timed_out is (limit == 3)
    left = Path("/proc", (tmp_path / "number").read_text(), "stat")
    assert not left.exists() or ") Z " in left.read_text()  # gone, or dead and waiting to be buried


def test_a_shell_only_where_it_is_allowed(tmp_path: Path) -> None:
    path = _spec(tmp_path, "echo one | tr a-z A-Z && echo $((20 + 2))", shell=True)
    assert _main("--spec", path)[0] == 2
    code, shown = _main("--spec", path, "--allow-shell", "--report-json", tmp_path / "report.json")
    assert (code, "exit code 0" in shown) == (0, True)
    output = run_command("echo one | tr a-z A-Z", timeout_s=20, in_shell=True)
    assert (output.stdout, output.exit_code) == ("ONE\n", 0)
    with pytest.raises(ConfigError, match="no command"):
        run_command(" ", timeout_s=1, in_shell=True)


def test_the_flag_alone_gives_no_shell(tmp_path: Path) -> None:
    code, shown = _main("--spec", _spec(tmp_path, "echo a | cat"), "--allow-shell")
    assert (code, "is for a shell" in shown) == (2, True)


def test_the_table_tells_failed_undecided_and_off_apart(tmp_path: Path) -> None:
    path = _spec(
        tmp_path, "echo 'x = 1'", format={"min_length": 30}, facts={"check_dates": False},
        code_execution={"enabled": True, "execute_in_sandbox": True},
    )  # fmt: skip
    shown = {line.split("│")[1].strip(): line.split("│")[2].strip() for line in _main("--spec", path)[1].split("\n")
             if line.startswith("│")}  # fmt: skip
    assert shown == {
        "command": "ok", "format": "failed", "completeness": "ok", "security": "ok", "code": "ok",
        "code_execution": "undecided", "patch": "off", "citations": "off", "arithmetic": "ok", "dates": "off", "actions": "ok",
        "injection": "ok",
    }  # fmt: skip
    report = run_spec(path)
    assert {"dates", "citations"}.isdisjoint(report.checks)


def test_endless_output_is_cut(tmp_path: Path) -> None:
    report = run_spec(_spec(tmp_path, "yes", timeout_seconds=30))
    assert report.findings[0].code == "output-too-long"
    assert report.seconds < 20


def test_the_environment_holds_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN_OF_THE_TEST", "leaky")
    report = run_spec(_spec(tmp_path, "env", completeness={"forbidden_substrings": ["leaky", "TELEGRAM"]}))
    assert report.outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"name": "x"}, "no command"),
        ({"name": "x", "command": "echo 'a"}, "Close its quotes"),
        ({"name": "x", "command": "no-such-program-here"}, "Is it installed"),
        ({"name": "x", "command": "echo a | cat", "shell": True}, "--allow-shell"),
        ({"name": "x", "command": "echo a | cat"}, "'|' is for a shell"),
        ({"name": "x", "command": "echo a; touch b"}, "';' is for a shell"),
        ({"name": "x", "command": "echo a >b"}, "'>' is for a shell"),
        ({"name": "x", "command": "echo a", "colour": 1}, "$.colour"),
        ({"name": "x", "command": "echo a", "security": {"forbidden_patterns": ["("]}}, "forbidden_patterns[0]"),
    ],
)
def test_a_spec_that_can_t_be_used(tmp_path: Path, content: dict[str, Any], sentence: str) -> None:
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(content))
    code, shown = _main("--spec", path)
    assert code == 2
    assert sentence in shown
    assert str(path) in shown
    assert "Traceback" not in shown


def test_a_missing_spec(tmp_path: Path) -> None:
    code, shown = _main("--spec", tmp_path / "none.json")
    assert (code, "no such spec" in shown) == (2, True)


def test_a_report_that_can_t_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, shown = _main("--spec", _spec(tmp_path, "echo hi"), "--report-json", tmp_path / "file" / "report.json")
    assert (code, "can't be written" in shown) == (2, True)


class Log:
    """Remembers reports."""

    def __init__(self) -> None:
        self.reports: list[Report] = []

    def write(self, report: Report) -> str:
        self.reports.append(report)
        return "Logged in the test."


def test_logging(tmp_path: Path) -> None:
    log = Log()
    code, shown = _main("--spec", _spec(tmp_path, "echo hi"), "--work-order-id", "wo-123", log=log)
    assert code == 0
    assert "Logged in the test." in shown
    assert [report.work_order_id for report in log.reports] == ["wo-123"]


def test_a_log_that_can_t_be_written(tmp_path: Path) -> None:
    class Broken(Log):
        def write(self, report: Report) -> str:
            raise BooksError("The database is full; make room.")

    code, shown = _main("--spec", _spec(tmp_path, "echo hi"), "--work-order-id", "wo-1", log=Broken())
    assert (code, "make room" in shown) == (2, True)


@pytest.mark.parametrize("command", ["echo fine", "false", "echo 'TODO: all'"])
def test_the_report_fits_its_schema(tmp_path: Path, command: str) -> None:
    schema = json.loads((HOUSE / "qa" / "schemas" / "report.schema.json").read_text())
    report = json.loads(run_spec(_spec(tmp_path, command), work_order_id="wo-1").model_dump_json())
    jsonschema.validate(report, schema)
    assert report["spec"] == "A trial"


def test_a_broken_command_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\$\.command"):
        run_spec(_spec(tmp_path, "'"))


def test_a_patch_is_judged_by_hand_against_a_folder(tmp_path: Path) -> None:
    tree, good, bad = tmp_path / "tree", tmp_path / "good.diff", tmp_path / "bad.diff"
    tree.mkdir()
    (tree / "a.py").write_text("x = 1\n")
    good.write_text("--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n")
    bad.write_text(good.read_text().replace("x = 2", "x = eval(y)").replace("-x = 1", "-y = 1"))
    spec = EXAMPLES.parent / "patch.json"
    assert _main("--spec", spec, "--tree", tree, "--diff", good)[0] == 0
    code, shown = _main("--spec", spec, "--tree", tree, "--diff", bad)
    assert code == 1
    assert "does-not-apply" in shown
    assert (tree / "a.py").read_text() == "x = 1\n"
    command = [sys.executable, "nexus.py", "qa", "--spec", "qa/specs/patch.json", "--tree", str(tree), str(good)]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for wrong, said in ((tmp_path / "none.diff", "can't be read"), (tree, "can't be read")):
        code, shown = _main("--spec", spec, "--tree", tree, "--diff", wrong)
        assert code == 2
        assert said in shown
    code, shown = _main("--spec", EXAMPLES / "security_check.json", "--tree", tree, "--diff", good)
    assert code == 2
    assert "$.patch.enabled" in shown
