"""Writes what the standard library of this Python holds, for `qa/patches/stdlib.json`.

    for python in python3.11 python3.12 python3.13; do $python scripts/stdlib_names.py > names-$python.json; done
    python3 scripts/stdlib_names.py names-*.json > qa/patches/stdlib.json

A name that any supported Python has counts as existing: a project may be written for another one than ours. Names with
an underscore before them are left out; of functions that take any keyword no arguments are kept.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import json
import pkgutil
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_LEFT_OUT = (
    "antigravity",
    "this",
    "test",
    "idlelib",
    "turtledemo",
    "lib2to3",
    "ensurepip",
    "__phello__",
    "nt",
    "msilib",
)
_OPEN = ("tkinter", "turtle")
"""Large, and seldom meant: nothing is said of them."""
_NEWER = {"annotationlib": "", "compression": "", "string.templatelib": "", "concurrent.interpreters": ""}
"""Of Python 3.14, which came out when this was written: open, since their names were not at hand."""


def main() -> None:
    """One Python's names, or with files the union of theirs."""
    if len(sys.argv) > 1:
        every = [json.loads(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:]]
        found = {
            name: _joined([one[name] for one in every if name in one]) for name in sorted({n for o in every for n in o})
        }
        lines = [f"{json.dumps(name)}:{json.dumps(one, separators=(',', ':'))}" for name, one in found.items()]
        lines += [f'{json.dumps(name)}:{{"names":"","calls":{{}},"open":true}}' for name in _NEWER if name not in found]
        sys.stdout.write("{\n" + ",\n".join(lines) + "\n}\n")
        return
    found = {}
    for name in _modules():
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            try:
                module = importlib.import_module(name)
            except BaseException:  # noqa: BLE001 - one for another system, or without its library: nothing is known
                module = None
            if module is None or name.startswith(_OPEN):
                found[name] = {"names": "", "calls": {}, "open": True}
                continue
            found[name] = _of(module)
    json.dump(found, sys.stdout)


def _modules() -> Iterator[str]:
    for name in sorted(sys.stdlib_module_names):
        if (name.startswith("_") and name != "__future__") or name in _LEFT_OUT:
            continue
        yield name
        paths: list[str] = []
        with contextlib.suppress(BaseException):  # no package, or not here
            paths = importlib.import_module(name).__path__
        for one in pkgutil.walk_packages(paths, f"{name}.", onerror=lambda _: None):
            if "._" not in one.name and ".test" not in one.name and not one.name.endswith("__main__"):
                yield one.name
    yield from ("os.path",)


def _of(module: types.ModuleType) -> dict[str, Any]:
    names, calls = [], {}
    for name in dir(module):
        if name.startswith("_"):
            continue
        names.append(name)
        value = getattr(module, name)
        own = str(getattr(value, "__module__", "")).partition(".")[0] == module.__name__.partition(".")[0]
        if isinstance(value, type) and own and not issubclass(value, BaseException):
            names += [f"{name}.{each}" for each in dir(value) if not each.startswith("_")]
        if callable(value) and (taken := _taken(value)) is not None:
            calls[name] = " ".join(taken)
    if module.__name__ == "subprocess":
        usual = [*(_taken(module.Popen) or ()), "input", "capture_output", "timeout", "check"]
        calls |= {name: " ".join(usual) for name in ("run", "call", "check_call", "check_output")}
    return {"names": " ".join(names), "calls": calls, "open": hasattr(module, "__getattr__")}


def _taken(value: Any) -> list[str] | None:
    """The keywords that a function takes; None when it takes any, or nobody knows."""
    try:
        parameters = inspect.signature(value).parameters.values()
    except BaseException:  # noqa: BLE001 - builtins without a signature
        return None
    if any(one.kind is one.VAR_KEYWORD for one in parameters) or (isinstance(value, type) and not _plain(value)):
        return None
    return [one.name for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]


def _plain(kind: type) -> bool:
    return type(kind) is type and "__new__" not in vars(kind)


def _joined(every: list[dict[str, Any]]) -> dict[str, Any]:
    """All names; of the functions that every one knows, all arguments."""
    names = sorted({name for one in every for name in one["names"].split()})
    shared = set.intersection(*(set(one["calls"]) for one in every))
    calls = {
        name: " ".join(sorted({word for one in every for word in one["calls"][name].split()}))
        for name in sorted(shared)
    }
    return {"names": " ".join(names), "calls": calls} | (
        {"open": True} if any(one.get("open") for one in every) else {}
    )


if __name__ == "__main__":
    main()
