"""Runs the code of an answer in the sandbox, with the order's own tests.

What is run: every Python block of the answer that is whole, one after the other in the same names. What must hold: the
tests in the order (its blocks with `assert`, `test_...`, `unittest` or `>>>`, and its lines that begin with `assert`),
and the examples with `>>>` that the answer itself gives. Without tests in the order the blocks run as a program.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import doctest
import json
import re
import secrets
import textwrap
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeGuard

from company.errors import NotReady, ToolError
from company.ports import Sandbox
from company.sandbox_records import SandboxEnd, SandboxLimits, SandboxTask
from qa import prose
from qa.prose import Fence, Prose
from qa.specs import Spec

Stage = Literal["code", "example", "test"]

PYTHON = frozenset({"python", "py", "python3", "py3"})
WITH_PROMPTS = frozenset({*PYTHON, "pycon", "doctest", "console", ""})
LIMITS = SandboxLimits(wall_s=10.0, cpu_s=5, memory=512 * 1024 * 1024, output=256 * 1024)
_WORKER = Path(__file__).with_name("execution_worker.py")
_ASSERT = re.compile(r"^[ \t>*-]*`{0,2}(assert\b[^`\n]*)`{0,2}[ \t.;,]*$|`(assert\b[^`\n]*)`", re.MULTILINE)
_BUILT_IN = frozenset(vars(builtins))
_GOT = "_left_side"
_NO_SUCH_PROGRAM = 127
_MOST = 20  # blocks, and tests, of one answer
_LONGEST = 200_000  # characters of one of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What is run: sources, and texts with `>>>`.

    `known`: every name that the blocks give to something; `aliases`: names by which the tests import the answer.
    """

    blocks: tuple[str, ...]
    examples: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    doctests: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()

    @property
    def is_tested(self) -> bool:
        """Whether the order brought tests of its own."""
        return bool(self.tests or self.doctests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that went wrong. `types`: the class of the error and those it descends from; `line`: of the "
    "source."""

    stage: Stage
    name: str
    types: tuple[str, ...]
    text: str
    line: str
    within: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """How the program went. `missing`: why it was not run at all; `ran` is None when it did not come to its end."""

    program: Program
    missing: str = ""
    end: SandboxEnd = SandboxEnd.EXITED
    exit_code: int | None = None
    ran: int | None = None
    faults: tuple[Fault, ...] = ()


def program_of(answer: Prose, spec: Spec, asked: Sequence[str] = ()) -> Program | None:
    """What to run of an answer; None when the spec wants nothing run, or there is no whole Python in it.

    Args:
        answer: the answer's text.
        spec: its `code_execution` rules.
        asked: the texts of the order, in which its tests are looked for.
    """
    rules = spec.code_execution
    if not (rules.enabled and rules.execute_in_sandbox):
        return None
    fences = answer.fences
    if not fences and spec.format.type == "text":
        fences = (Fence(rules.language.lower(), answer.text, 0, closed=True),)
    blocks = [source for fence in fences if (source := _whole(fence)) is not None][:_MOST]
    if not blocks:
        return None
    trees = [ast.parse(source) for source in blocks]
    defined = {name for tree in trees for name in _defined(tree)}
    tests = list(_tests(asked, defined))[:_MOST]
    return Program(
        blocks=tuple(blocks),
        examples=tuple(_with_prompts(fences)),
        tests=tuple(ast.unparse(_Telling().visit(tree)) for tree in tests),
        doctests=tuple(
            text for words in asked for text in (*_with_prompts(prose.read(words).fences), *_docstrings(words))
        ),
        aliases=tuple(sorted({name for tree in tests for name in _aliases(tree, defined)})),
        known=frozenset(name for tree in trees for name in _known(tree)),
    )


async def execute(program: Program, sandbox: Sandbox | None) -> Execution:
    """Run it; never raises for what the code does."""
    if sandbox is None:
        return Execution(program=program, missing="no sandbox is installed.")
    word = secrets.token_hex(16)
    task = {
        "word": word, "blocks": len(program.blocks), "as_main": not program.is_tested, "tests": len(program.tests),
        "examples": program.examples, "doctests": program.doctests, "aliases": program.aliases,
    }  # fmt: skip
    files = {f"block_{index}.py": source.encode() for index, source in enumerate(program.blocks)}
    files |= {f"test_{index}.py": source.encode() for index, source in enumerate(program.tests)}
    files["execution_worker.py"] = await _worker()
    try:
        result = await sandbox.execute(
            SandboxTask(
                argv=("python3", "-I", "execution_worker.py"),
                files=files,
                stdin=json.dumps(task).encode(),
                limits=LIMITS,
            )
        )
    except (NotReady, ToolError) as error:
        return Execution(program=program, missing=str(error))
    if result.exit_code == _NO_SUCH_PROGRAM:
        return Execution(program=program, missing="there is no python3 that the sandbox can see; install it.")
    ran, faults = _reported(result.stdout, word)
    return Execution(program=program, end=result.end, exit_code=result.exit_code, ran=ran, faults=faults)


async def _worker() -> bytes:
    return await asyncio.to_thread(_WORKER.read_bytes)


def _reported(stdout: str, word: str) -> tuple[int | None, tuple[Fault, ...]]:
    """(how much was run, what went wrong); (None, ()) when the program ended before it could report."""
    for line in stdout.splitlines():
        if line.startswith(word):
            said = json.loads(line.removeprefix(word))
            faults = tuple(
                Fault(
                    stage=each["stage"], name=each["name"], types=tuple(each["types"]), text=each["text"],
                    line=each["line"].strip(), within=each["within"], missing=each["missing"],
                )
                for each in said["faults"]
            )  # fmt: skip
            return said["ran"], faults
    return None, ()


def _whole(fence: Fence) -> str | None:
    """The source of a Python block that can be run as it is, else None."""
    source = textwrap.dedent(fence.body)
    if fence.language not in PYTHON or not source.strip() or _parsed(source) is None:
        return None
    return source


def _parsed(source: str) -> ast.Module | None:
    if len(source) > _LONGEST:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in it is not ours to warn of
            return ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _defined(tree: ast.Module) -> Iterator[str]:
    """The names that a module defines or imports at its top level."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign() | ast.AnnAssign():
                yield from (part.id for part in ast.walk(node) if isinstance(part, ast.Name) and _is_stored(part))


def _known(tree: ast.AST) -> Iterator[str]:
    """Every name that gets a value anywhere in it."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name


def _is_stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _tests(asked: Iterable[str], defined: set[str]) -> Iterator[ast.Module]:
    """The tests in the words of an order that speak of what the answer defines.

    What the order defines itself under a name of the answer, such as the function to be mended, is left out.
    """
    for words in asked:
        read = prose.read(words)
        for fence in read.fences:
            source = textwrap.dedent(fence.body)
            if fence.language not in (*PYTHON, "") or (tree := _parsed(source)) is None:
                continue
            tree.body = [node for node in tree.body if not (_is_definition(node) and node.name in defined)]
            if any(map(_is_test, tree.body)) and _names(tree) & defined:
                yield tree
        for match in _ASSERT.finditer(read.outside):
            tree = _parsed((match[1] or match[2]).strip().rstrip("`.;,"))
            if tree is not None and (names := _names(tree)) & defined and names <= defined | _BUILT_IN:
                yield tree


def _is_definition(node: ast.stmt) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def _is_test(node: ast.stmt) -> bool:
    if isinstance(node, ast.ClassDef):
        return any("TestCase" in ast.unparse(parent) for parent in node.bases)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name.startswith("test")
    return isinstance(node, ast.Assert) or (isinstance(node, ast.For | ast.With) and any(map(_is_test, node.body)))


def _names(tree: ast.AST) -> set[str]:
    """The names that are used in it, imported ones too."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return used | {each.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for each in node.names}


def _aliases(tree: ast.Module, defined: set[str]) -> Iterator[str]:
    """The modules that the tests import and can only mean the answer: all that they take from them is in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and {each.name for each in node.names} <= defined | {"*"}:
            yield node.module
        elif isinstance(node, ast.Import):
            for each in node.names:
                taken = {
                    part.attr
                    for part in ast.walk(tree)
                    if isinstance(part, ast.Attribute)
                    and isinstance(part.value, ast.Name)
                    and part.value.id == (each.asname or each.name)
                }
                if taken and taken <= defined:
                    yield each.name


def _with_prompts(fences: Iterable[Fence]) -> Iterator[str]:
    """Texts with `>>>` and what each should give."""
    for fence in fences:
        body = textwrap.dedent(fence.body)
        if fence.language in WITH_PROMPTS and body.lstrip().startswith(">>>") and _is_doctest(body):
            yield body


def _docstrings(words: str) -> Iterator[str]:
    """The examples in the docstrings of the Python in an order: what is to be written must do as they say."""
    for fence in prose.read(words).fences:
        tree = _parsed(textwrap.dedent(fence.body)) if fence.language in (*PYTHON, "") else None
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
                text = ast.get_docstring(node) or ""
                if ">>>" in text and _is_doctest(text):
                    yield text


def _is_doctest(text: str) -> bool:
    try:
        return any(example.want for example in doctest.DocTestParser().get_examples(text))
    except ValueError:
        return False


class _Telling(ast.NodeTransformer):
    """Lets an assertion say what it is and what its left side was."""

    def visit_Assert(self, node: ast.Assert) -> ast.AST | list[ast.stmt]:
        """`assert f(2) == 4` becomes two statements: the value of the left side, and the assertion with a text."""
        if node.msg is not None:
            return node
        said = ast.unparse(node.test)
        if not isinstance(node.test, ast.Compare) or len(node.test.ops) != 1:
            return ast.Assert(test=node.test, msg=ast.Constant(said))
        got = ast.Assign(targets=[ast.Name(_GOT, ast.Store())], value=node.test.left, lineno=node.lineno)
        value = ast.FormattedValue(ast.Name(_GOT, ast.Load()), conversion=ord("r"))
        text = ast.JoinedStr([ast.Constant(f"{said}: the left side is "), value])
        test = ast.Compare(ast.Name(_GOT, ast.Load()), node.test.ops, node.test.comparators)
        return [got, ast.Assert(test=test, msg=text)]
