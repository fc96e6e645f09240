"""What the runner says of one run: a typed report, as JSON for machines and as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter
from rich.console import Console
from rich.table import Table

from company.records import Finding, Kind, Outcome
from qa.child import Output
from qa.layers import LAYERS, UNDECIDED, asked_of
from qa.specs import Spec

_TAIL = 2000  # characters of the command's output that a report keeps
_COMMAND = "command"
_WITHHELD = "(not shown: the output holds something that must not leave)"
_COLOURS = {"ok": "green", "failed": "red", "undecided": "yellow", "off": "dim"}

Check = Literal[
    "command", "format", "completeness", "security", "code", "code_execution", "patch", "citations", "arithmetic",
    "dates", "actions", "injection",
]  # fmt: skip


_CHECKS: TypeAdapter[list[Check]] = TypeAdapter(list[Check])


class ReportFinding(BaseModel):
    """One defect or note."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layer: Check
    code: str
    message: str


class Report(BaseModel):
    """The report of one run of one spec; `schemas/report.schema.json` is its JSON Schema."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    spec: str
    spec_version: int
    spec_path: str
    work_order_id: str | None = None
    command: str
    outcome: Outcome
    exit_code: int | None
    expected_exit_code: int
    timed_out: bool
    seconds: float
    inspection_ms: float
    checks: tuple[Check, ...] = ()
    """What the spec had looked at; what is not in here was off."""
    findings: tuple[ReportFinding, ...]
    stderr_tail: str = ""


def of_run(
    spec: Spec,
    path: str,
    output: Output,
    outcome: Outcome,
    findings: tuple[Finding, ...],
    *,
    inspection_ms: float,
    work_order_id: str | None,
) -> Report:
    """Put together what is known of a run."""
    secret = any(finding.layer == "security" for finding in findings)
    return Report(
        spec=spec.name,
        spec_version=spec.version,
        spec_path=path,
        work_order_id=work_order_id,
        command=_WITHHELD if secret else spec.command,
        outcome=outcome,
        exit_code=output.exit_code,
        expected_exit_code=spec.expected_exit_code,
        timed_out=output.timed_out,
        seconds=round(output.seconds, 3),
        inspection_ms=round(inspection_ms, 2),
        checks=tuple(_CHECKS.validate_python(_looked_at(spec))),
        findings=tuple(
            ReportFinding.model_validate({"layer": item.layer, "code": item.code, "message": item.message})
            for item in findings
        ),
        stderr_tail="" if secret else output.stderr[-_TAIL:],
    )


def show(report: Report, console: Console) -> None:
    """Print the report as a table: one row per layer, then the outcome."""
    table = Table(title=f"{report.spec} (version {report.spec_version})", title_justify="left")
    table.add_column("check")
    table.add_column("result")
    table.add_column("findings")
    for layer in (_COMMAND, *(name for name, _ in LAYERS)):
        found = [finding for finding in report.findings if finding.layer == layer]
        result = _result(found) if found or layer in report.checks else "off"
        findings = _plain("\n".join(f"{item.code}: {item.message}" for item in found))
        table.add_row(layer, f"[{_COLOURS[result]}]{result}[/]", findings)
    console.print(table)
    colour = {Outcome.PASS: "green", Outcome.FAIL: "red", Outcome.UNVERIFIED: "yellow"}[report.outcome]
    ended = "the command was killed" if report.exit_code is None else f"exit code {report.exit_code}"
    console.print(f"[{colour}]{report.outcome.value}[/] · {ended} · {report.seconds:.2f} s")


def _looked_at(spec: Spec) -> tuple[str, ...]:
    """The checks that a spec asks for; sources are looked at only where a question on documents is answered."""
    off = "citations" if spec.kind is not Kind.DOCUMENTS else ""
    return (_COMMAND, *(name for name in asked_of(spec) if name != off))


def _result(found: Sequence[ReportFinding]) -> str:
    if not found:
        return "ok"
    return "undecided" if {finding.code for finding in found} <= UNDECIDED else "failed"


def _plain(text: str) -> str:
    return text.replace("[", "\\[")
