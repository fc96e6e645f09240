"""What a Python module holds, as far as that can be told without running it.

Of the tree and of installed packages by their sources' syntax trees; of the standard library by a list that
`scripts/stdlib_names.py` wrote (3.11 to 3.13 together). Whatever may hold more than can be seen is open, and of an open
module nothing is said.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from qa.patches.python_source import parsed
from qa.patches.trees import Tree

_STDLIB = Path(__file__).with_name("stdlib.json")
_BUILT = (".so", ".pyd", ".pyx", ".rs", ".c", ".cpp")
_GENERATED = re.compile(r"_pb2(?:_grpc)?$|^_version$|^version$|^_generated|^_?parser(?:tab)?$")
_MANIFESTS = re.compile(
    r"^(?:pyproject\.toml|setup\.(?:py|cfg)|Pipfile|environment\.ya?ml|[^/]*requirements[^/]*\.(?:txt|in)|"
    r"requirements/[^/]+|(?:uv|poetry|pdm)\.lock|Pipfile\.lock)$"
)
_LETTERS = re.compile(r"[^a-z0-9]")
_MAKES_NAMES = frozenset({"globals", "exec", "setattr", "vars", "locals"})
_LARGEST = 2_000_000  # bytes of an installed module


@dataclass(frozen=True, slots=True)
class Module:
    """`names`: what it holds, "Class.member" for members that are known. `calls`: the keywords of its functions."""

    names: frozenset[str] = frozenset()
    calls: Mapping[str, frozenset[str]] = field(default_factory=dict)
    is_open: bool = False


class Modules:
    """What modules hold.

    Args:
        tree: the files after the patch.
        folder: where the tree lies; its own environment (.venv or venv) is looked at there. None: nowhere.
    """

    def __init__(self, tree: Tree, folder: Path | None = None) -> None:
        self._tree = tree
        self._folder = folder
        self._known: dict[str, tuple[Module, ...] | None] = {}

    @property
    def _stdlib(self) -> dict[str, dict[str, object]]:
        return _standard_library()

    @cached_property
    def _paths(self) -> dict[str, list[str]]:
        """Every module's path without its ending, by its last part; packages by their folder."""
        found: dict[str, list[str]] = {}
        for path in self._tree.entries:
            if path.endswith((".py", ".pyi")):
                stem = path.rpartition(".")[0].removesuffix("/__init__")
                found.setdefault(stem.rpartition("/")[2], []).append(stem)
        return found

    @cached_property
    def _folders(self) -> frozenset[str]:
        """Every folder of the tree that has Python in it, however deep."""
        found: set[str] = set()
        for path in self._tree.entries:
            if path.endswith((".py", ".pyi")):
                parts = path.split("/")[:-1]
                found |= {"/".join(parts[:number]) for number in range(1, len(parts) + 1)}
        return frozenset(found)

    @cached_property
    def declared(self) -> str:
        """All that the project's manifests and lock files say, letters and digits alone; "" where it has none."""
        said = "\n".join(entry.text for path, entry in self._tree.entries.items() if _MANIFESTS.match(path))
        return _LETTERS.sub("", said.lower())

    @cached_property
    def _folder_names(self) -> frozenset[str]:
        return frozenset(path.rpartition("/")[2] for path in self._folders)

    @cached_property
    def _installed(self) -> Path | None:
        """The packages of the tree's own environment."""
        if self._folder is None:
            return None
        places = (
            place for name in (".venv", "venv") for place in self._folder.glob(f"{name}/lib/python3*/site-packages")
        )
        return next(places, None)

    def is_standard(self, name: str) -> bool:
        """Whether a top-level module is the standard library's; private ones of it count too."""
        return name in self._stdlib or name.startswith("_")

    def is_ours(self, name: str) -> bool:
        """Whether the tree has a top-level module or folder of that name anywhere."""
        return name in self._paths or name in self._folder_names

    def is_installed(self, name: str) -> bool | None:
        """Whether the tree's environment has a top-level module; None when it has no environment."""
        place = self._installed
        if place is None:
            return None
        return (place / name).is_dir() or any(place.glob(f"{name}.*")) or (place / f"{name}.py").is_file()

    def _is_at_the_top(self, name: str) -> bool:
        """Whether a module of the tree lies where imports begin; one that lies deeper may only be called the same."""
        places = [f"{place}{name}" for place in ("", "src/", "lib/", "python/")]
        return any(place in self._folders or place in self._paths.get(name, ()) for place in places)

    def get(self, name: str) -> tuple[Module, ...] | None:
        """Every module that `name` may mean; () when there is none, None when nobody can tell."""
        if name not in self._known:
            self._known[name] = self._found(name)
        return self._known[name]

    def _found(self, name: str) -> tuple[Module, ...] | None:
        top = name.partition(".")[0]
        found: list[Module] = []
        if top in self._stdlib:
            if (entry := self._stdlib.get(name)) is not None:
                found.append(_listed(entry))
        elif top.startswith("_"):
            return None
        if self.is_ours(top):
            if not self._is_at_the_top(top):  # a file somewhere may be called like a package that is meant
                return self._in_environment(name) if not found and self.is_installed(top) else None
            ours = list(self._in_tree(name))
            if not ours and not found and self._may_be_made(top):
                return None
            found += ours
        elif top not in self._stdlib:
            installed = self._in_environment(name)
            if installed is None:
                return None
            found += installed
        return tuple(found)

    def _in_tree(self, name: str) -> Iterator[Module]:
        tail = name.replace(".", "/")
        seen = False
        for stem in self._paths.get(tail.rpartition("/")[2], ()):
            if stem == tail or stem.endswith(f"/{tail}"):
                seen = True
                yield self._read(stem)
        if not seen:
            for folder in self._folders:
                if folder == tail or folder.endswith(f"/{tail}"):
                    yield Module(self._children(folder), is_open=self._has_built(folder))

    def _read(self, stem: str) -> Module:
        for path in (f"{stem}.py", f"{stem}/__init__.py", f"{stem}.pyi", f"{stem}/__init__.pyi"):
            text = self._tree.text(path)
            if text is not None:
                tree = parsed(text)
                if tree is None:
                    return Module(is_open=True)
                inside = self._children(stem) if path.startswith(f"{stem}/") else frozenset()
                made = held(tree)
                return Module(made.names | inside, made.calls, made.is_open or self._has_built(stem))
        return Module(is_open=True)

    def _children(self, folder: str) -> frozenset[str]:
        inside = f"{folder}/"
        parts = (path[len(inside) :].split("/") for path in self._tree.entries if path.startswith(inside))
        return frozenset(part[0].partition(".")[0] if len(part) == 1 else part[0] for part in parts)

    def _has_built(self, folder: str) -> bool:
        return any(path.startswith(f"{folder}/") and path.endswith(_BUILT) for path in self._tree.entries)

    def _may_be_made(self, top: str) -> bool:
        """Whether parts of a package come from somewhere else: built, generated, spread over several places."""
        return any(path.endswith(_BUILT) and f"/{top}/" in f"/{path}" for path in self._tree.entries)

    def _in_environment(self, name: str) -> tuple[Module, ...] | None:
        place, top = self._installed, name.partition(".")[0]
        if place is None or not self.is_installed(top):
            return None
        stem = place / name.replace(".", "/")
        for path in (
            stem.with_name(f"{stem.name}.pyi"),
            stem / "__init__.pyi",
            stem.with_name(f"{stem.name}.py"),
            stem / "__init__.py",
        ):
            if path.is_file() and path.stat().st_size <= _LARGEST:
                tree = parsed(path.read_text(encoding="utf-8", errors="replace"))
                if tree is None:
                    return None
                made = held(tree)
                inside = (
                    frozenset(one.name.partition(".")[0] for one in stem.iterdir())
                    if stem.is_dir()
                    else frozenset[str]()
                )
                return (Module(made.names | inside, made.calls, made.is_open),)
        return None if stem.is_dir() or any(stem.parent.glob(f"{stem.name}.*")) or not stem.parent.is_dir() else ()


@cache
def _standard_library() -> dict[str, dict[str, object]]:
    """The list as it was written; read once, a hundredth of a second."""
    found: dict[str, dict[str, object]] = json.loads(_STDLIB.read_text(encoding="utf-8"))
    return found


def is_generated(name: str) -> bool:
    """Whether a module is usually made by a tool, and so in no tree."""
    return _GENERATED.search(name.rpartition(".")[2]) is not None


def held(tree: ast.Module) -> Module:
    """What a module's syntax tree binds at its top."""
    names: list[str] = []
    calls: dict[str, frozenset[str] | None] = {}
    is_open = False
    for node in _top(tree.body):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.append(name)
                calls[name] = keywords(node) if name not in calls else None
                is_open = is_open or name == "__getattr__"
            case ast.ClassDef(name=name):
                names.append(name)
                calls[name] = _of_class(node) if name not in calls else None
            case ast.Import() | ast.ImportFrom():
                names += [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
                is_open = is_open or any(alias.name == "*" for alias in node.names)
            case _:
                bound = [
                    one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
                ]
                names += bound
                calls.update(dict.fromkeys(bound))
                is_open = is_open or _makes_names(node)
    return Module(frozenset(names), {name: words for name, words in calls.items() if words is not None}, is_open)


def _top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported, those in `if`, `try`, `with` and loops too."""
    for node in body:
        yield node
        for part in ("body", "orelse", "finalbody"):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from _top(getattr(node, part, []))
        for handler in getattr(node, "handlers", []):
            yield from _top(handler.body)


def _makes_names(node: ast.stmt) -> bool:
    calls = (one.func for one in ast.walk(node) if isinstance(one, ast.Call))
    if any(isinstance(call, ast.Name) and call.id in _MAKES_NAMES for call in calls):
        return True
    return any(isinstance(one, ast.Attribute) and one.attr in ("modules", "__dict__") for one in ast.walk(node))


def keywords(node: ast.FunctionDef | ast.AsyncFunctionDef, *, bound: bool = False) -> frozenset[str] | None:
    """The keywords that a function takes; None when it takes any, or a decorator may change it."""
    if node.args.kwarg is not None or node.decorator_list:
        return None
    arguments = [*node.args.args[1 if bound and not node.args.posonlyargs else 0 :], *node.args.kwonlyargs]
    return frozenset(one.arg for one in arguments)


def _of_class(node: ast.ClassDef) -> frozenset[str] | None:
    """The keywords by which a class is made; None when that can't be told."""
    plain = all(isinstance(one, ast.Name) and one.id == "object" for one in node.bases) and not node.keywords
    methods = {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}
    if node.decorator_list:
        words = {ast.unparse(one).partition("(")[0].rpartition(".")[2] for one in node.decorator_list}
        if words != {"dataclass"} or not plain or "__init__" in methods:
            return None
        return frozenset(
            one.target.id for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
        )
    if "__new__" in methods or node.keywords:
        return None
    if "__init__" in methods:
        return keywords(methods["__init__"], bound=True)
    return frozenset() if plain else None


def _listed(entry: dict[str, object]) -> Module:
    calls = entry.get("calls")
    return Module(
        frozenset(str(entry["names"]).split()),
        {name: frozenset(words.split()) for name, words in (calls.items() if isinstance(calls, dict) else ())},
        bool(entry.get("open")),
    )
