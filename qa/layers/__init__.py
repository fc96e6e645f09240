"""The layers of QA, in the order in which they judge. Each is `check(case) -> tuple[Finding, ...]`.

A finding whose code is in `UNDECIDED` does not say that the answer is bad, but that nobody could tell.
"""

from __future__ import annotations

from collections.abc import Callable

from company.records import Finding
from qa.case import Case
from qa.layers import (
    actions,
    arithmetic,
    citations,
    code,
    code_execution,
    completeness,
    dates,
    form,
    injection,
    security,
)

Layer = Callable[[Case], tuple[Finding, ...]]

LAYERS: tuple[tuple[str, Layer], ...] = (
    ("format", form.check),
    ("completeness", completeness.check),
    ("security", security.check),
    ("code", code.check),
    ("code_execution", code_execution.check),
    ("citations", citations.check),
    ("arithmetic", arithmetic.check),
    ("dates", dates.check),
    ("actions", actions.check),
    ("injection", injection.check),
)

UNDECIDED = frozenset(
    {
        "refusal",  # the answer itself says that the work was not done
        "sandbox-missing",
        "not-run",
        "needs-more",
        "still-running",
        "pattern-timeout",
        "passages-unavailable",
        "unknown-effect",
        "claim-unchecked",
        "layer-broken",
        "no-spec",
    }
)
