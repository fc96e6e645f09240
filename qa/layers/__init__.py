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
    patch,
    security,
)
from qa.specs import Spec

Layer = Callable[[Case], tuple[Finding, ...]]

LAYERS: tuple[tuple[str, Layer], ...] = (
    ("format", form.check),
    ("completeness", completeness.check),
    ("security", security.check),
    ("code", code.check),
    ("code_execution", code_execution.check),
    ("patch", patch.check),
    ("citations", citations.check),
    ("arithmetic", arithmetic.check),
    ("dates", dates.check),
    ("actions", actions.check),
    ("injection", injection.check),
)


def asked_of(spec: Spec) -> tuple[str, ...]:
    """The names of the layers that look at an answer of this spec, in their order."""
    off = {
        "security": not spec.security.enabled, "injection": not spec.security.enabled,
        "code": not spec.code_execution.enabled, "arithmetic": not spec.facts.check_arithmetic,
        "code_execution": not (spec.code_execution.enabled and spec.code_execution.execute_in_sandbox),
        "patch": not spec.patch.enabled,
        "dates": not spec.facts.check_dates, "actions": not spec.facts.check_actions,
    }  # fmt: skip
    return tuple(name for name, _ in LAYERS if not off.get(name, False))


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
        "patch-unverified",  # a command of the spec could not be run, or nobody named the tree
        "judge-undecided",
        "judges-disagree",
    }
)
