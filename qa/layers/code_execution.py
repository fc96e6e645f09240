"""Layer 4b, code that was run: what the sandbox said of the answer's code, where the spec asks for it.

Running is not this layer's business (`qa.execution` does it before the layers judge). A test of the order that fails,
an example that gives something else, an error that nobody announced, or a program without an end is a defect. What
failed only for want of a package, a file, the network or somebody's input says nothing of the code: it is undecided.
"""

from __future__ import annotations

import builtins
import re
import sys
from difflib import get_close_matches

from company.records import Finding
from company.sandbox_records import SandboxEnd
from qa import prose
from qa.case import Case
from qa.execution import LIMITS, Execution, Fault, program_of

_MOST = 5
_BUILT_IN = frozenset(vars(builtins))
_WORD = re.compile(r"\W+")
_WANTS_MORE = frozenset(
    {"OSError", "EOFError", "SystemExit", "KeyboardInterrupt", "SubprocessError", "OperationalError", "TclError"}
)
"""A file or the network, input, other arguments, another program, a database, a screen."""
_GIVEN_BY_THE_MACHINE = ("environ", "getenv", "sys.argv")
_ALIKE = 0.75  # of two names, by difflib: one is probably the other, mistyped
_OTHER_LANGUAGES = frozenset(
    {"c", "c++", "cpp", "go", "java", "javascript", "js", "php", "ruby", "rust", "sql", "ts", "typescript"}
)
_USED_TOO_MUCH = {
    SandboxEnd.MEMORY: f"more than {LIMITS.memory // 2**20} MB of memory",
    SandboxEnd.DISK: "too many files",
    SandboxEnd.OUTPUT: "too much output",
}


def check(case: Case) -> tuple[Finding, ...]:
    """What running the code has shown, when the spec asks for it."""
    execution = case.execution
    if execution is None:
        return _not_run(case)
    if execution.missing:
        return (_missing(execution.missing),)
    if execution.ran is None:
        return (_ended(execution),)
    found: list[Finding] = []
    for fault in execution.faults:
        if (finding := _of_fault(fault, case, execution)) is not None and finding not in found:
            found.append(finding)
    return tuple(found[:_MOST])


def _not_run(case: Case) -> tuple[Finding, ...]:
    """A case that came here without the sandbox having been asked."""
    if program_of(case.prose, case.spec) is not None:
        return (_missing("no sandbox is installed."),)
    rules = case.spec.code_execution
    others = {fence.language for fence in case.prose.fences} & _OTHER_LANGUAGES
    if rules.enabled and rules.execute_in_sandbox and others:
        return (_finding("not-run", f"The {min(others)} code was not run: only Python can be run so far."),)
    return ()


def _ended(execution: Execution) -> Finding:
    """The program did not come to its end."""
    tested = execution.program.is_tested
    if execution.end in _USED_TOO_MUCH:
        return _finding(
            "used-too-much", f"The code was stopped: it used {_USED_TOO_MUCH[execution.end]}. Let it use less."
        )
    if execution.end is SandboxEnd.CPU:
        return _finding(
            "no-end", f"The code worked for {LIMITS.cpu_s} seconds without coming to an end and was stopped. "
            "Look for a loop that never ends, or make it faster.",
        )  # fmt: skip
    if execution.end is SandboxEnd.TIME:  # it waits for something, or this machine is busy: nobody can tell
        what = "The order's tests were not through" if tested else "The code was still running"
        return _finding("still-running", f"{what} after {LIMITS.wall_s:g} seconds, and it was stopped.")
    what = "before the order's own tests were through" if tested else "without coming to its end"
    return _finding(
        "run-failed", f"The code ended its process with {execution.exit_code} {what}. Let it return instead."
    )


def _of_fault(fault: Fault, case: Case, execution: Execution) -> Finding | None:
    kind = fault.types[0] if fault.types else "an error"
    said = f"{kind}: {fault.text}" if fault.text else kind
    if fault.stage == "code" and kind in case.prose.outside:
        return None  # the answer shows on purpose what goes wrong
    if _wants_more(fault, case, execution):
        tests_hold = execution.program.is_tested and all(each.stage == "code" for each in execution.faults)
        if tests_hold:
            return None  # a usage example wants more; the tests did not
        return _finding("needs-more", f"The code could not be tried to its end ({said}).")
    if fault.stage == "test":
        name = f" {fault.name}" if fault.name else ""
        what = fault.text if kind == "AssertionError" and fault.text else said + _at(fault)
        return _finding("test-failed", f"The order's own test{name} fails: {what}. Correct the code.")
    if fault.stage == "example":
        return _finding("example-wrong", f"An example in the answer is not so: {fault.text or said}. Correct it.")
    return _finding("run-failed", f"The code fails when it is run: {said}{_at(fault)}. Correct it.")


def _wants_more(fault: Fault, case: Case, execution: Execution) -> bool:
    """Whether the code failed for what it could not have here, and not for what it is."""
    if "ImportError" in fault.types:
        return "ModuleNotFoundError" in fault.types or fault.missing.partition(".")[0] not in sys.stdlib_module_names
    if fault.types[:1] == ("NameError",):
        return _stands_elsewhere(fault, case, execution)
    return not _WANTS_MORE.isdisjoint(fault.types) or any(mark in fault.line for mark in _GIVEN_BY_THE_MACHINE)


def _stands_elsewhere(fault: Fault, case: Case, execution: Execution) -> bool:
    """A snippet may use names of the person's own program. A forgotten import or a mistyped name is no such name."""
    name, known = fault.missing, execution.program.known | _BUILT_IN
    if name in sys.stdlib_module_names or get_close_matches(name, known, n=1, cutoff=_ALIKE):
        return False
    return name in prose.word_set(_WORD.sub(" ", case.given)) or fault.within == "<module>"


def _missing(why: str) -> Finding:
    return _finding("sandbox-missing", f"The code was not run: {why} Only its syntax was checked.")


def _at(fault: Fault) -> str:
    return f", at `{fault.line}`" if fault.line else ""


def _finding(code: str, message: str) -> Finding:
    return Finding(layer="code_execution", code=code, message=message)
