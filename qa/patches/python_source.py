"""The Python of a patch as syntax trees: whole files where they are known, else what can be read of a hunk."""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.patches.diff import FileChange

_LONGEST = 1_000_000  # characters of one file
_COMMENT = re.compile(r"(?<!['\"])#[^'\"]*$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A syntax tree and which of its lines were added, by their numbers in the tree. `whole`: of a whole file."""

    tree: ast.Module
    added: frozenset[int]
    whole: bool

    def is_added(self, node: ast.AST) -> bool:
        """Whether one of a node's lines was added."""
        first = getattr(node, "lineno", 0)
        last = getattr(node, "end_lineno", first)
        return any(number in self.added for number in range(first, last + 1))


def is_python(path: str) -> bool:
    """By its name."""
    return path.endswith((".py", ".pyi", ".pyw"))


def parsed(source: str) -> ast.Module | None:
    """The tree of `source`, None when it is no Python."""
    if len(source) > _LONGEST:
        return None
    try:
        return read(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def read(source: str) -> ast.Module:
    """The tree of `source`. Raises what `ast.parse` raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape in it is not ours to warn of
        return ast.parse(source)


def pieces(file: FileChange, after: str | None) -> tuple[Piece, ...]:
    """What can be read of a changed Python file. `after`: its text after the patch, None when the file isn't known."""
    if after is not None:
        tree = parsed(after)
        return (Piece(tree, frozenset(file.added()), whole=True),) if tree is not None else ()
    return tuple(piece for hunk in file.hunks for piece in _of_lines([(line.sign, line.text) for line in hunk.new]))


def _of_lines(lines: Sequence[tuple[str, str]]) -> Iterator[Piece]:
    """A hunk's new side as one tree, else its added runs, else its added lines, each as far as it can be read."""
    if (piece := _as_one(lines)) is not None:
        yield piece
        return
    runs: list[list[tuple[str, str]]] = [[]]
    for line in lines:
        if line[0] == "+":
            runs[-1].append(line)
        elif runs[-1]:
            runs.append([])
    for run in runs:
        if (piece := _as_one(run)) is not None:
            yield piece
        else:
            yield from (one for line in run if (one := _as_one([line])) is not None)


def _as_one(lines: Sequence[tuple[str, str]]) -> Piece | None:
    """A tree of a snippet that may be the inside of something; leading lines of it may end what began before."""
    if not lines:
        return None
    text = textwrap.dedent("\n".join(text for _, text in lines))
    indent = len(text.rstrip().rsplit("\n", 1)[-1]) - len(text.rstrip().rsplit("\n", 1)[-1].lstrip())
    for head, body in (
        (0, text),
        (0, text.rstrip() + "\n" + " " * (indent + 4) + "pass"),
        (1, "async def _():\n" + textwrap.indent(text, "    ")),
        (2, "if 1:\n    pass\n" + text),
        (2, "try:\n    pass\n" + text),
    ):
        if (tree := parsed(body)) is not None:
            added = frozenset(number + head for number, (sign, _) in enumerate(lines, 1) if sign == "+")
            return Piece(tree, added, whole=False)
    return None


def comments(source: str) -> Iterator[tuple[int, str]]:
    """(line, comment) of each comment; of what can't be read, what looks like one on a line without quotes before."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
    except (tokenize.TokenError, IndentationError, SyntaxError, ValueError):
        for number, line in enumerate(source.split("\n"), 1):
            if (match := _COMMENT.search(line[:2000])) is not None:
                yield number, match.group()


class Names:
    """What the names of a file stand for: `sp.run` is `subprocess.run` after `import subprocess as sp`."""

    def __init__(self, tree: ast.AST) -> None:
        self.imported: dict[str, str] = {}
        self.bound: set[str] = set()
        for node in ast.walk(tree):
            self._learn(node)

    def _learn(self, node: ast.AST) -> None:
        match node:
            case ast.Import():
                for alias in node.names:
                    first = alias.name.partition(".")[0]
                    self.imported[alias.asname or first] = alias.name if alias.asname else first
            case ast.ImportFrom(module=str(module), level=0):
                for alias in node.names:
                    self.imported[alias.asname or alias.name] = f"{module}.{alias.name}"
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                self.bound.add(name)
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                self.bound.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                self.bound.add(name)

    def of(self, node: ast.expr) -> str:
        """The dotted name of what is meant, "" when that can't be told."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "__import__":
            first = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else ""
            return ".".join([str(first), *reversed(parts)])
        if not isinstance(node, ast.Name) or (node.id in self.bound and node.id not in self.imported):
            return ""
        return ".".join([self.imported.get(node.id, node.id), *reversed(parts)])
