"""Modules, names and arguments that added Python uses and that don't exist: what a model made up.

Said only where it can be told: not of a module that makes its names while it runs, of a package that isn't there to be
looked at, or of anything inside a `try` that expects it to fail.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from difflib import get_close_matches

from company.records import Finding
from qa.patches.modules import Module, Modules, held, is_generated
from qa.patches.python_source import Names, Piece
from qa.patches.telling import finding, quoted
from qa.patches.trees import Tree
from qa.prose import word_set

_PROVIDED_BY = {
    "yaml": "pyyaml", "PIL": "pillow", "cv2": "opencv", "sklearn": "scikit-learn", "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil", "jwt": "pyjwt", "dotenv": "python-dotenv", "attr": "attrs", "serial": "pyserial",
    "Crypto": "pycryptodome", "git": "gitpython", "OpenSSL": "pyopenssl", "zmq": "pyzmq", "MySQLdb": "mysqlclient",
    "docx": "python-docx", "pptx": "python-pptx", "fitz": "pymupdf", "rest_framework": "djangorestframework",
    "pkg_resources": "setuptools", "magic": "python-magic", "win32api": "pywin32",
    "gi": "pygobject", "_pytest": "pytest", "mpl_toolkits": "matplotlib", "telegram": "python-telegram-bot",
    "jose": "python-jose",
}  # fmt: skip
"""Module -> the distribution that it comes from, where the names differ."""
_BUILT_IN = frozenset(dir(builtins)) | word_set(
    "__file__ __name__ __doc__ __path__ __spec__ __package__ __loader__ __builtins__ __annotations__ __class__ "
    "__debug__ reveal_type WindowsError PythonFinalizationError"
)
_MAY_FAIL = frozenset(
    {"ImportError", "ModuleNotFoundError", "AttributeError", "NameError", "Exception", "BaseException"}
)
_LETTERS = re.compile(r"[^a-z0-9]")


def check(path: str, piece: Piece, modules: Modules, tree: Tree | None) -> Iterator[Finding]:
    """What the added lines of a Python file use and nobody has.

    Args:
        path: the file.
        piece: its syntax tree.
        modules: what is known of modules.
        tree: the files after the patch; None when they aren't known, then only the standard library is looked at.
    """
    yield from _File(path, piece, modules, tree).findings()


class _File:
    def __init__(self, path: str, piece: Piece, modules: Modules, tree: Tree | None) -> None:
        self.path = path
        self.piece = piece
        self.modules = modules
        self.tree = tree
        self.names = Names(piece.tree)
        self.own = held(piece.tree)
        self.forgiven = _forgiven(piece.tree)
        self.said = {one.value for one in ast.walk(piece.tree) if isinstance(one, ast.Constant)}

    def findings(self) -> Iterator[Finding]:
        seen: set[str] = set()
        for found in self._all():
            if found.message not in seen:
                seen.add(found.message)
                yield found

    def _all(self) -> Iterator[Finding]:
        for node in ast.walk(self.piece.tree):
            if not self._is_new(node):
                continue
            match node:
                case ast.Import():
                    for alias in node.names:
                        yield from self._module(alias.name)
                case ast.ImportFrom():
                    yield from self._from(node)
                case ast.Attribute(ctx=ast.Load()):
                    yield from self._attribute(node)
                case ast.Call():
                    yield from self._call(node)
        if self.piece.whole:
            yield from self._undefined()
            yield from self._members()

    def _is_new(self, node: ast.AST) -> bool:
        """On an added line (its first: a long statement may have been there), and not expected to fail."""
        line = getattr(node, "end_lineno", None) if isinstance(node, ast.Attribute) else getattr(node, "lineno", None)
        return line in self.piece.added and id(node) not in self.forgiven

    def _say(self, code: str, what: str, name: str, others: frozenset[str] = frozenset()) -> Finding:
        near = get_close_matches(name, sorted(one for one in others if "." not in one), n=1, cutoff=0.7)
        meant = f" Is {near[0]} meant?" if near else " Use what there is."
        return finding(code, f"{self.path}: {what}.{meant}")

    def _module(self, name: str) -> Iterator[Finding]:
        """A module that is imported."""
        top = name.partition(".")[0]
        found = self.modules.get(name) if self._can_tell(top) else None
        if found is not None and not found and not is_generated(name):
            above = self.modules.get(name.rpartition(".")[0]) if "." in name else ()
            if not any(one.is_open for one in above or ()):
                near = frozenset(one for module in above or () for one in module.names)
                yield self._say("unknown-module", f"there is no module {name}", name.rpartition(".")[2], near)
        elif found is None and self._is_undeclared(top):
            yield self._say(
                "unknown-module",
                f"{top} is neither in the tree, nor of the standard library, nor a dependency of the project",
                top,
            )

    def _can_tell(self, top: str) -> bool:
        return self.tree is not None or (self.modules.is_standard(top) and not top.startswith("_"))

    def _is_undeclared(self, top: str) -> bool:
        """Whether a project that says what it depends on names nothing that this module could come from."""
        if self.tree is None or self.modules.is_standard(top) or self.modules.is_ours(top):
            return False
        if self.modules.is_installed(top):
            return False
        wanted = _LETTERS.sub("", _PROVIDED_BY.get(top, top).lower())
        if not self.modules.declared or wanted in self.modules.declared:
            return False
        used = re.compile(rf"^\s*(?:import|from)\s+{re.escape(top)}\b", re.MULTILINE)
        return not any(
            path.endswith(".py") and path != self.path and used.search(entry.text)
            for path, entry in self.tree.entries.items()
        )

    def _from(self, node: ast.ImportFrom) -> Iterator[Finding]:
        name = node.module or ""
        if node.level:
            if self.tree is None or "/" not in self.path:
                return
            parts = self.path.split("/")[: -node.level]
            name = ".".join([*parts, *([name] if name else [])])
            if not parts:
                return
        top = name.partition(".")[0]
        if not self._can_tell(top):
            return
        known = self.modules.get(name)
        if not known:
            yield from self._module(name if known is not None else top)
            return
        if any(module.is_open for module in known):
            return
        for alias in node.names:
            held_ = frozenset(one for module in known for one in module.names)
            private = alias.name.startswith("_") and self.modules.is_standard(top)
            if alias.name != "*" and alias.name not in held_ and not private and not is_generated(alias.name):
                if self.modules.get(f"{name}.{alias.name}"):
                    continue
                yield self._say("unknown-name", f"{name} has no {alias.name}", alias.name, held_)

    def _attribute(self, node: ast.Attribute) -> Iterator[Finding]:
        """`module.name`, and `module.Class.member` of the standard library."""
        parts: list[str] = [node.attr]
        inner: ast.expr = node.value
        while isinstance(inner, ast.Attribute):
            parts.insert(0, inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name) or inner.id not in self.names.imported or inner.id in self.names.bound:
            return
        whole = [*self.names.imported[inner.id].split("."), *parts]
        known, module, rest = self._longest(whole)
        if not known or not rest or any(one.is_open for one in known) or rest[0].startswith("_"):
            return
        held_ = frozenset(name for one in known for name in one.names)
        if len(rest) == 1 and len(whole) - len(rest) >= len(self.names.imported[inner.id].split(".")):
            if rest[0] not in held_ and not self._is_guarded(rest[0]):
                yield self._say(
                    "unknown-name", f"{quoted(ast.unparse(node))}: {module} has no {rest[0]}", rest[0], held_
                )
        elif len(rest) == 2 and not rest[1].startswith("_"):
            members = frozenset(name.partition(".")[2] for name in held_ if name.startswith(f"{rest[0]}."))
            if members and rest[1] not in members and not self._is_guarded(rest[1]):
                yield self._say(
                    "unknown-name",
                    f"{quoted(ast.unparse(node))}: {module}.{rest[0]} has no {rest[1]}",
                    rest[1],
                    members,
                )

    def _longest(self, whole: list[str]) -> tuple[tuple[Module, ...], str, list[str]]:
        """The longest beginning of a dotted name that is a module, and what is left; nothing where nobody can tell."""
        if not self._can_tell(whole[0]):
            return (), "", []
        for number in range(len(whole), 0, -1):
            name = ".".join(whole[:number])
            found = self.modules.get(name)
            if found is None:
                return (), "", []
            if found:
                return found, name, whole[number:]
        return (), "", []

    def _is_guarded(self, name: str) -> bool:
        """Whether the file asks somewhere whether there is such a thing."""
        return name in self.said

    def _call(self, node: ast.Call) -> Iterator[Finding]:
        given = [word.arg for word in node.keywords if word.arg is not None and word.lineno in self.piece.added]
        if not given:
            return
        shown, taken = self._taken(node.func)
        for word in given:
            if taken is not None and word not in taken:
                yield self._say("unknown-argument", f"{shown}() takes no argument {word}", word, taken)

    def _taken(self, called: ast.expr) -> tuple[str, frozenset[str] | None]:
        """The keywords that a function takes; None when nobody can tell."""
        if isinstance(called, ast.Name) and called.id not in self.names.imported:
            local = sum(
                isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and one.name == called.id
                for one in ast.walk(self.piece.tree)
            )
            stored = any(
                (isinstance(one, ast.Name) and one.id == called.id and isinstance(one.ctx, ast.Store))
                or (isinstance(one, ast.arg) and one.arg == called.id)
                for one in ast.walk(self.piece.tree)
            )
            return called.id, self.own.calls.get(called.id) if local == 1 and not stored else None
        name = self.names.of(called)
        if not name or name.partition(".")[0] in self.names.bound:
            return "", None
        known, _, rest = self._longest(name.split("."))
        if len(known) != 1 or len(rest) != 1:
            return "", None
        return name, known[0].calls.get(rest[0])

    def _undefined(self) -> Iterator[Finding]:
        """Names that the whole file never binds."""
        if self.own.is_open or _makes_names_anywhere(self.piece.tree):
            return
        bound = self.names.bound | set(self.names.imported) | _BUILT_IN | _also_bound(self.piece.tree)
        for node in ast.walk(self.piece.tree):
            if (
                isinstance(node, ast.Name)
                and isinstance(node.ctx, ast.Load)
                and node.id not in bound
                and self._is_new(node)
            ):
                yield self._say("undefined-name", f"{node.id} is used and never defined", node.id, frozenset(bound))

    def _members(self) -> Iterator[Finding]:
        """`self.name` in a class that can be seen whole, and that nobody ever sets."""
        for kind in ast.walk(self.piece.tree):
            if not isinstance(kind, ast.ClassDef) or not _is_plain(kind):
                continue
            known = _members_of(kind, self.piece.tree)
            for node in _inside(kind):
                if (
                    isinstance(node, ast.Attribute)
                    and isinstance(node.ctx, ast.Load)
                    and isinstance(node.value, ast.Name)
                    and node.value.id == "self"
                    and node.attr not in known
                    and self._is_new(node)
                    and not self._is_guarded(node.attr)
                ):
                    yield self._say("unknown-name", f"{kind.name} has no {node.attr}", node.attr, frozenset(known))


def _forgiven(tree: ast.Module) -> frozenset[int]:
    """The nodes inside a `try` that expects a missing name, and below a question for the version."""
    found: set[int] = set()
    for node in ast.walk(tree):
        inside: list[ast.stmt] = []
        if isinstance(node, ast.Try):
            caught = {
                one.id
                for handler in node.handlers
                for one in ast.walk(handler.type or handler)
                if isinstance(one, ast.Name)
            }
            if caught & _MAY_FAIL or any(handler.type is None for handler in node.handlers):
                inside = [*node.body, *(part for handler in node.handlers for part in handler.body)]
        elif isinstance(node, ast.If) and "version_info" in ast.unparse(node.test):
            inside = [*node.body, *node.orelse]
        elif isinstance(node, ast.With) and any("suppress" in ast.unparse(item) for item in node.items):
            inside = node.body
        found |= {id(part) for one in inside for part in ast.walk(one)}
    return frozenset(found)


def _makes_names_anywhere(tree: ast.Module) -> bool:
    names = {one.func.id for one in ast.walk(tree) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)}
    return bool(names & {"exec", "globals"}) or any(
        isinstance(one, ast.ImportFrom) and any(alias.name == "*" for alias in one.names) for one in ast.walk(tree)
    )


def _also_bound(tree: ast.Module) -> set[str]:
    """Names that are bound in rarer ways."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom() | ast.Import():
                found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found |= set(names)
            case ast.MatchMapping(rest=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchAs(name=str(name)):
                found.add(name)
            case _ if type(node).__name__ in ("TypeVar", "ParamSpec", "TypeVarTuple"):
                found.add(str(getattr(node, "name", "")))
    return found


def _is_plain(kind: ast.ClassDef) -> bool:
    """A class whose members all stand in it."""
    if kind.bases and not all(isinstance(one, ast.Name) and one.id == "object" for one in kind.bases):
        return False
    if kind.keywords or any("dataclass" not in ast.unparse(one) for one in kind.decorator_list):
        return False
    methods = {one.name for one in kind.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    calls = {one.func.id for one in ast.walk(kind) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)}
    return (
        not methods & {"__getattr__", "__getattribute__"}
        and not calls & {"setattr", "vars"}
        and not any(isinstance(one, ast.Attribute) and one.attr == "__dict__" for one in ast.walk(kind))
    )


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """What belongs to a class, without the classes in it, whose `self` is another."""
    for part in ast.iter_child_nodes(node):
        if not isinstance(part, ast.ClassDef):
            yield part
            yield from _inside(part)


def _members_of(kind: ast.ClassDef, tree: ast.Module) -> set[str]:
    found = set(dir(object)) | {"__dict__", "__class__", "__slots__", "__annotations__", "__module__"}
    for node in ast.walk(kind):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= set(node.value.split()) if len(node.value) < 200 else set()  # __slots__
    stored = (
        one.attr for one in ast.walk(tree) if isinstance(one, ast.Attribute) and not isinstance(one.ctx, ast.Load)
    )
    return found | set(stored)
