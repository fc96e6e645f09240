"""One run of one spec: its command is run, what it prints is judged, the report is shown and stored.

`nexus qa` is the command line of this, and `python3 qa/runner.py` another name for it. The database and the sandbox are
not this file's business: whoever calls passes them in.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from rich.console import Console

from company.errors import ConfigError, NexusError
from company.ports import Sandbox
from company.records import Finding, Outcome
from qa import patterns
from qa.case import of_text
from qa.child import Output, run_command
from qa.execution import execute, program_of
from qa.inspector import judged, outcome_of
from qa.patches.examining import examine
from qa.patches.locate import patch_of
from qa.report import Report, of_run, show
from qa.specs import Spec, read_spec, refuse_bad_patterns

_LONGEST_DIFF = 4_000_000  # bytes


class VerdictLog(Protocol):
    """Where the verdicts of the runner are written."""

    def write(self, report: Report) -> str:
        """Store one report, durably, and say in one line where. Blocks; raises a `NexusError` when it can't."""
        ...


def run_spec(
    path: Path, *, work_order_id: str | None = None, sandbox: Sandbox | None = None, allow_shell: bool = False,
    diff: Path | None = None, tree: Path | None = None,
) -> Report:  # fmt: skip
    """Run the spec at `path` and judge its output; blocks. Raises `ConfigError` for a spec that can't be used.

    Without an open `sandbox`, code that the spec wants run is not, and the outcome is UNVERIFIED.

    Args:
        path: the spec's file.
        work_order_id: whom the verdict is for.
        sandbox: where code is run.
        allow_shell: a spec that asks for a shell gets one.
        diff: a file that is judged in the place of a command's output.
        tree: the folder that a patch is for, in the place of the spec's.
    """
    spec = read_spec(_found(path))
    refuse_bad_patterns(spec, patterns.probe(spec.patterns), str(path))
    if tree is not None:
        if not spec.patch.enabled:
            raise ConfigError(f"{path}: $.patch.enabled: --tree is for a spec that looks at patches; set it to true.")
        tree = tree.resolve()
    if diff is not None:
        output, spec = _of_file(diff), spec.model_copy(update={"command": "", "expected_exit_code": 0})
    elif spec.shell and not allow_shell:
        raise ConfigError(
            f"{path}: $.shell: this command wants a shell, and commands run without one. Read it, then add "
            "--allow-shell; or name the program and its arguments alone."
        )
    else:
        try:
            output = run_command(spec.command, timeout_s=spec.timeout_seconds, in_shell=spec.shell)
        except ConfigError as error:
            raise ConfigError(f"{path}: $.command: {error}") from error
    begun = time.perf_counter()
    findings = (*_command_findings(spec, output), *_judge(spec, output, sandbox, tree))
    return of_run(
        spec,
        str(path),
        output,
        outcome_of(findings),
        findings,
        inspection_ms=(time.perf_counter() - begun) * 1000,
        work_order_id=work_order_id,
    )


def follow(
    options: argparse.Namespace, *, log: VerdictLog | None = None, console: Console | None = None,
    sandbox: Sandbox | None = None,
) -> int:  # fmt: skip
    """Do what the options (see `add_options`) ask; blocks. The exit code: 0 passed, 1 failed, 2 undecided.

    Without a `log` nothing is stored, whatever the options say: its absence is the caller's to explain.
    """
    console = console or Console()
    try:
        report = run_spec(
            options.spec, work_order_id=options.work_order_id or None, sandbox=sandbox, allow_shell=options.allow_shell,
            diff=options.diff, tree=options.tree,
        )  # fmt: skip
        logged = log.write(report) if log is not None else ""
        if options.report_json is not None:
            _save(report, options.report_json)
    except NexusError as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return 2
    show(report, console)
    if logged:
        console.print(logged, markup=False, highlight=False, soft_wrap=True)
    return {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.UNVERIFIED: 2}[report.outcome]


def add_options(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """The options of the command."""
    parser.add_argument("--spec", type=Path, required=required, help="the spec, a JSON file")
    parser.add_argument("--allow-shell", action="store_true", help='let a spec with "shell": true have its shell')
    parser.add_argument("--log-to-db", action="store_true", help="also store the verdict in the database")
    parser.add_argument("--work-order-id", default="", help="the work order that the verdict belongs to")
    parser.add_argument("--tree", type=Path, default=None, help="the folder that a patch is for; it is only read")
    parser.add_argument("--diff", type=Path, default=None, help="judge this file in the place of a command's output")
    parser.add_argument("--report-json", type=Path, default=None, help="also write the report to this file")


def _found(path: Path) -> Path:
    """`path`, or the example of that name that comes with the house."""
    example = path.parent / "examples" / path.name
    return example if not path.exists() and example.exists() else path


def _of_file(path: Path) -> Output:
    """What a file holds, as if a command had printed it. Raises `ConfigError`."""
    try:
        if path.stat().st_size > _LONGEST_DIFF:
            raise ConfigError(f"{path}: a diff has at most {_LONGEST_DIFF // 10**6} MB. Is this the right file?")
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise ConfigError(f"{path}: the diff can't be read ({error.strerror}). Check the path.") from error
    return Output(exit_code=0, stdout=text, stderr="", timed_out=False, too_long=False, seconds=0.0)


def _judge(spec: Spec, output: Output, sandbox: Sandbox | None, tree: Path | None) -> list[Finding]:
    case = of_text(output.stdout, spec)
    if spec.patch.enabled and (text := patch_of(case.prose)) is not None:
        case = replace(case, patch=asyncio.run(examine(text, spec.patch, tree=tree, sandbox=sandbox)))
    if (program := program_of(case.prose, spec)) is not None:
        case = replace(case, execution=asyncio.run(execute(program, sandbox)))
    try:
        hits = tuple(patterns.search(spec.patterns, output.stdout))
    except patterns.PatternTimeout:
        late = Finding(layer="security", code="pattern-timeout", message="The patterns of the spec took too long.")
        return [*judged(case), late]
    return judged(replace(case, pattern_hits=hits))


def _command_findings(spec: Spec, output: Output) -> tuple[Finding, ...]:
    if output.timed_out:
        code, message = "timeout", f"The command ran longer than {spec.timeout_seconds:g} s and was killed."
    elif output.too_long:
        code, message = "output-too-long", "The command printed more than 2 MB and was killed."
    elif output.exit_code != spec.expected_exit_code:
        code = "exit-code"
        message = f"The command ended with {output.exit_code}; {spec.expected_exit_code} was expected."
    else:
        return ()
    return (Finding(layer="command", code=code, message=message),)


def _save(report: Report, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: the report can't be written ({error.strerror}). Choose another place.") from error
