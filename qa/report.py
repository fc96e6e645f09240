"""What the runner says of one run: a typed report, as JSON for machines and as a table for people."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table

from company.records import Finding, Outcome
from qa.child import Output
from qa.layers import LAYERS
from qa.specs import Spec

_TAIL = 2000  # characters of the command's output that a report keeps


class ReportFinding(BaseModel):
    """One defect or note."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layer: Literal[
        "command",
        "format",
        "completeness",
        "security",
        "code",
        "code_execution",
        "citations",
        "arithmetic",
        "dates",
        "actions",
        "injection",
    ]
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
        command=spec.command,
        outcome=outcome,
        exit_code=output.exit_code,
        expected_exit_code=spec.expected_exit_code,
        timed_out=output.timed_out,
        seconds=round(output.seconds, 3),
        inspection_ms=round(inspection_ms, 2),
        findings=tuple(
            ReportFinding.model_validate({"layer": item.layer, "code": item.code, "message": item.message})
            for item in findings
        ),
        stderr_tail="" if secret else output.stderr[-_TAIL:],
    )


def show(report: Report, console: Console) -> None:
    """Print the report as a table: one row per layer, then the findings."""
    table = Table(title=f"{report.spec} (version {report.spec_version})", title_justify="left")
    table.add_column("check")
    table.add_column("result")
    table.add_column("findings")
    for layer in ("command", *(name for name, _ in LAYERS)):
        found = [finding for finding in report.findings if finding.layer == layer]
        result = "[green]ok[/]" if not found else "[red]see right[/]"
        table.add_row(layer, result, _plain("\n".join(f"{item.code}: {item.message}" for item in found)))
    console.print(table)
    colour = {Outcome.PASS: "green", Outcome.FAIL: "red", Outcome.UNVERIFIED: "yellow"}[report.outcome]
    code = "killed" if report.exit_code is None else str(report.exit_code)
    console.print(f"[{colour}]{report.outcome.value}[/] · exit code {code} · {report.seconds:.2f} s")


def _plain(text: str) -> str:
    return text.replace("[", "\\[")
