"""The program that runs an answer's code in the sandbox; `qa.execution` puts it there and reads what it says.

It stands alone (standard library only) and reads one JSON object from standard input: `{"word": str, "as_main": bool,
"blocks": int, "tests": int, "examples": [text], "doctests": [text], "aliases": [name]}`.
The code lies beside it as `block_0.py`, `test_0.py`, ... Whatever that code prints goes nowhere. At the end one line is
written to what was standard output: the word, then a JSON object `{"ran": int, "faults": [...]}`. The word is not known
to the code under test, so that printing a report does not make one.
"""

from __future__ import annotations

import asyncio
import doctest
import importlib.machinery
import importlib.util
import inspect
import json
import os
import sys
import traceback
import types
import unittest
from collections.abc import Callable
from typing import Any

_LONGEST = 300  # characters of an error's text


class _Runner:
    """Runs everything in turn and keeps what went wrong; nothing stops what comes after it."""

    def __init__(self, as_main: bool) -> None:
        self.faults: list[dict[str, object]] = []
        self.ran = 0
        self.answer = types.ModuleType("__main__" if as_main else "answer")

    def attempt(self, stage: str, name: str, work: Callable[..., object], *arguments: object) -> None:
        self.ran += 1
        try:
            work(*arguments)
        except SystemExit as left:
            if left.code not in (None, 0):
                self.fault(stage, name, left)
        except BaseException as error:  # noqa: BLE001 - whatever it raises is what we want to know
            self.fault(stage, name, error)

    def fault(self, stage: str, name: str, error: BaseException) -> None:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.endswith((".py", ">"))]
        ours = [f for f in frames if os.path.basename(f.filename).startswith(("block_", "test_"))]  # noqa: PTH119
        self.faults.append(
            {
                "stage": stage,
                "name": name,
                "types": [kind.__name__ for kind in type(error).__mro__],
                "text": str(error)[:_LONGEST],
                "line": (ours[-1].line or "")[:_LONGEST] if ours else "",
                "within": ours[-1].name if ours else "",
                "missing": str(getattr(error, "name", "") or ""),
            }
        )

    def load(self, module: types.ModuleType, path: str) -> None:
        """Run a file in the module's own names."""
        module.__file__ = path
        importlib.machinery.SourceFileLoader(module.__name__, path).exec_module(module)

    def blocks(self, number: int) -> None:
        sys.modules[self.answer.__name__] = sys.modules["answer"] = self.answer
        for index in range(number):
            self.attempt("code", f"block {index + 1}", self.load, self.answer, f"block_{index}.py")

    def know_as(self, names: list[str]) -> None:
        """The order's tests may import the answer by a name of their own."""
        for name in names:
            if name not in sys.modules and importlib.util.find_spec(name) is None:
                sys.modules[name] = self.answer

    def texts(self, stage: str, texts: list[str]) -> None:
        """Examples with `>>>`, in the names of the answer."""
        for text in texts:
            examples = doctest.DocTestParser().get_doctest(text, dict(vars(self.answer)), stage, None, 0)
            self.attempt(stage, "", _examine, examples)

    def docstrings(self) -> None:
        for examples in doctest.DocTestFinder().find(self.answer, "answer"):
            if examples.examples:
                self.attempt("example", examples.name, _examine, examples)

    def tests(self, number: int) -> None:
        for index in range(number):
            module = types.ModuleType(f"test_{index}")
            vars(module).update({k: v for k, v in vars(self.answer).items() if not k.startswith("__")})
            sys.modules[module.__name__] = module
            before = set(vars(module))
            self.attempt("test", "", self.load, module, f"test_{index}.py")
            for name, found in list(vars(module).items()):
                if name in before and getattr(self.answer, name, None) is found:
                    continue
                if isinstance(found, type) and issubclass(found, unittest.TestCase):
                    self.cases(found)
                elif name.startswith("test") and inspect.isfunction(found) and not inspect.signature(found).parameters:
                    self.attempt("test", name, _called, found)

    def cases(self, kind: type[unittest.TestCase]) -> None:
        for name in unittest.defaultTestLoader.getTestCaseNames(kind):
            self.attempt("test", name, _debugged, kind, name)


def _debugged(kind: type[unittest.TestCase], name: str) -> None:
    kind(name).debug()  # unlike run(), it lets the errors through


def _called(test: Callable[[], Any]) -> None:
    given = test()
    if inspect.iscoroutine(given):
        asyncio.run(given)


def _examine(examples: doctest.DocTest) -> None:
    """Raises `doctest.DocTestFailure` or `doctest.UnexpectedException` at the first example that is not so."""
    try:
        doctest.DebugRunner(verbose=False).run(examples)
    except doctest.DocTestFailure as wrong:
        shown = (
            f"{wrong.example.source.strip()} gives {wrong.got.strip() or 'nothing'}, not {wrong.example.want.strip()}"
        )
        raise AssertionError(shown) from None
    except doctest.UnexpectedException as wrong:
        raise wrong.exc_info[1] from None


def main() -> None:
    """Read the task, do it, report."""
    task = json.load(sys.stdin)
    report = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    runner = _Runner(task["as_main"])
    sys.path.insert(0, os.getcwd())  # noqa: PTH109
    runner.blocks(task["blocks"])
    runner.know_as(task["aliases"])
    runner.docstrings()
    runner.texts("example", task["examples"])
    runner.texts("test", task["doctests"])
    runner.tests(task["tests"])
    line = task["word"] + json.dumps({"ran": runner.ran, "faults": runner.faults[:20]}) + "\n"
    os.write(report, line.encode())
    os._exit(0)  # threads of the answer are not waited for


if __name__ == "__main__":
    main()
