"""Dangerous calls in added Python, by the syntax tree: a string or a comment that names `eval` is clean.

The rules are a choice from Bandit's list of plugins and the security notes of the standard library's documentation,
those that say something of a line by itself. What a name means is looked up in the file's imports; a name that the
file defines itself is its own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from company.records import Finding
from qa.patches.python_source import Names, Piece
from qa.patches.telling import finding, quoted

_Rule = Callable[[ast.Call, str], str]

_CALLS = {
    "compile": "makes code of text; call a function instead",
    "__import__": "imports what a text says; write an import",
    "os.system": "hands text to a shell; use subprocess.run with a list",
    "os.popen": "hands text to a shell; use subprocess.run with a list",
    "subprocess.getoutput": "hands text to a shell; use subprocess.run with a list",
    "subprocess.getstatusoutput": "hands text to a shell; use subprocess.run with a list",
    "asyncio.create_subprocess_shell": "hands text to a shell; use create_subprocess_exec",
    "pickle.load": "runs code that the data brings along; use json",
    "pickle.loads": "runs code that the data brings along; use json",
    "pickle.Unpickler": "runs code that the data brings along; use json",
    "dill.load": "runs code that the data brings along; use json",
    "dill.loads": "runs code that the data brings along; use json",
    "cloudpickle.load": "runs code that the data brings along; use json",
    "cloudpickle.loads": "runs code that the data brings along; use json",
    "joblib.load": "runs code that the data brings along",
    "jsonpickle.decode": "runs code that the data brings along; use json",
    "pandas.read_pickle": "runs code that the data brings along",
    "shelve.open": "runs code that the data brings along; use sqlite3 or json",
    "marshal.load": "reads data that can crash or take over the process; use json",
    "marshal.loads": "reads data that can crash or take over the process; use json",
    "yaml.unsafe_load": "runs code that the data brings along; use yaml.safe_load",
    "yaml.unsafe_load_all": "runs code that the data brings along; use yaml.safe_load_all",
    "tempfile.mktemp": "names a file that somebody else can make first; use mkstemp or NamedTemporaryFile",
    "os.tempnam": "names a file that somebody else can make first; use tempfile.mkstemp",
    "ssl._create_unverified_context": "trusts any server; use ssl.create_default_context",
    "paramiko.AutoAddPolicy": "trusts any server; load the known hosts",
    "paramiko.WarningPolicy": "trusts any server; load the known hosts",
    "xml.sax.make_parser": "expands what a document declares; use defusedxml",
}
"""Dotted name -> what a call of it does, and what to do instead."""
_SAFE_LOADERS = frozenset({"SafeLoader", "CSafeLoader", "BaseLoader", "CBaseLoader"})
_HTTP = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "send"})
_HTTP_CLIENTS = frozenset({"Client", "AsyncClient", "Session", "ClientSession"})
_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "/bin/sh", "/bin/bash", "cmd", "cmd.exe", "powershell"})
_RANDOM = frozenset({"random", "randint", "randrange", "choice", "choices", "getrandbits", "sample", "randbytes"})
_SECRET = frozenset({"token", "secret", "password", "passwd", "otp", "nonce", "salt", "session_id", "api_key", "csrf"})
_GUARD = frozenset(
    {
        "admin", "auth", "authenticated", "authorized", "authorised", "permission", "permissions", "allowed", "owner",
        "owns", "role", "roles", "password", "csrf", "logged", "superuser", "staff",
    }
)  # fmt: skip
_VALUE = re.compile(r"(?:[=<>'\"%]|\blike|\bvalues\s*\()\s*\0", re.IGNORECASE)
"""Where a query has a value; names of tables and rows of question marks are put in too, and can't be parameters."""
_RUNNERS = frozenset({"run", "Popen", "call", "check_call", "check_output", "create_subprocess_exec"})
_SQL = ("select ", "insert ", "update ", "delete ", "drop ", "alter ", "create ", "replace into")


def check(path: str, pieces: tuple[Piece, ...]) -> Iterator[Finding]:
    """What the added lines of a Python file do that they should not."""
    for piece in pieces:
        names = Names(piece.tree)
        for node in ast.walk(piece.tree):
            if not piece.is_added(node):
                continue
            for what, instead in _faults(node, names, path):
                yield finding(
                    "dangerous-call", f"{path}: {quoted(_head(node))} {what}{f' ({instead})' if instead else ''}."
                )


def _head(node: ast.AST) -> str:
    """The first words of a node's source."""
    return ast.unparse(node).partition("\n")[0]


def _faults(node: ast.AST, names: Names, path: str) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Name(id="eval" | "exec", ctx=ast.Load()) if names.of(node):
            yield "runs text as code", "use ast.literal_eval or a table of functions"
        case ast.Attribute(attr="eval" | "exec") if names.of(node).partition(".")[0] in ("builtins", "__builtins__"):
            yield "runs text as code", "use ast.literal_eval or a table of functions"
        case ast.Call() if is_test(path) and names.of(node.func) in ("os._exit", "os.abort"):
            yield "ends the tests before they can tell how they went", "let them end by themselves"
        case ast.Call():
            yield from _call_faults(node, names)
        case ast.Assert() if not is_test(path) and _words(node.test) & _GUARD:
            yield "guards with an assert, which `python -O` leaves out", "raise an error"
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target) if node.value is not None:
            yield from _assignment_faults(target, node.value, names)


def _call_faults(call: ast.Call, names: Names) -> Iterator[tuple[str, str]]:
    name = names.of(call.func).removeprefix("builtins.").removeprefix("__builtins__.")
    if name == "getattr" and len(call.args) > 1 and isinstance(call.args[1], ast.Constant):
        name = f"{names.of(call.args[0])}.{call.args[1].value!s}".removeprefix("builtins.").removeprefix(
            "__builtins__."
        )
    if name in _CALLS:
        what, _, instead = _CALLS[name].partition("; ")
        yield what, instead
    for rule in (_shell, _unverified, _unpickled, _unsafe_yaml, _sql, _debug, _weak_hash, _open_to_all, _raw_markup):
        if said := rule(call, name):
            what, _, instead = said.partition("; ")
            yield what, instead


def _keywords(call: ast.Call) -> dict[str, ast.expr]:
    """The arguments by name, those of a literal `**{...}` too."""
    found = {word.arg: word.value for word in call.keywords if word.arg is not None}
    for word in call.keywords:
        if word.arg is None and isinstance(word.value, ast.Dict):
            for key, value in zip(word.value.keys, word.value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    found[key.value] = value
    return found


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _shell(call: ast.Call, name: str) -> str:
    shell = _keywords(call).get("shell")
    last = call.func.attr if isinstance(call.func, ast.Attribute) else name.rpartition(".")[2]
    said_so = isinstance(shell, ast.Constant) and bool(shell.value) and last in _RUNNERS
    if said_so or (name.startswith("subprocess.") and not isinstance(shell, ast.Constant | None)):
        return "hands text to a shell (shell=True); give the program and its arguments as a list"
    first = call.args[0] if call.args else None
    if name.startswith(("subprocess.", "asyncio.create_subprocess_exec", "os.exec", "os.spawn")):
        words = first.elts if isinstance(first, ast.List | ast.Tuple) else call.args
        said = [word.value if isinstance(word, ast.Constant) else None for word in words]
        if len(said) > 2 and said[0] in _SHELLS and said[1] in ("-c", "/c") and said[2] is None:
            return "hands text to a shell (-c); give the program and its arguments as a list"
    return ""


def _unverified(call: ast.Call, name: str) -> str:
    given = _keywords(call)
    method = call.func.attr if isinstance(call.func, ast.Attribute) else name.rpartition(".")[2]
    if method in _HTTP | _HTTP_CLIENTS and (_is(given.get("verify"), False) or _is(given.get("ssl"), False)):
        return "does not look who answers (verify=False); leave it out, or name the certificate"
    options = given.get("options")
    if name == "jwt.decode" and (
        _is(given.get("verify"), False)
        or (isinstance(options, ast.Dict) and any(_is(value, False) for value in options.values))
    ):
        return "takes a token without looking at its signature; verify it"
    return ""


def _unpickled(call: ast.Call, name: str) -> str:
    given = _keywords(call)
    if name in ("torch.load",) and not _is(given.get("weights_only"), True):
        return "runs code that the data brings along; say weights_only=True"
    if name == "numpy.load" and _is(given.get("allow_pickle"), True):
        return "runs code that the data brings along; leave allow_pickle out"
    if name in ("tarfile.open",) or not isinstance(call.func, ast.Attribute):
        return ""
    inside = call.func.value
    if call.func.attr == "extractall" and isinstance(inside, ast.Name) and "tar" in inside.id.lower():
        return "" if "filter" in given else 'may write outside of its folder; say filter="data"'
    return ""


def _unsafe_yaml(call: ast.Call, name: str) -> str:
    if name not in ("yaml.load", "yaml.load_all"):
        return ""
    loader = _keywords(call).get("Loader") or (call.args[1] if len(call.args) > 1 else None)
    chosen = loader.attr if isinstance(loader, ast.Attribute) else loader.id if isinstance(loader, ast.Name) else ""
    return "" if chosen in _SAFE_LOADERS else "may run code that the data brings along; use yaml.safe_load"


def _sql(call: ast.Call, name: str) -> str:
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if method not in ("execute", "executemany", "executescript", "raw", "exec_driver_sql") or not call.args:
        return ""
    first = call.args[0]
    if isinstance(first, ast.Call) and isinstance(first.func, ast.Name) and first.func.id == "text" and first.args:
        first = first.args[0]
    text = _template(first)
    if text.lstrip().lower().startswith(_SQL) and _VALUE.search(text):
        return "puts values into the text of a query; give them as parameters"
    return ""


def _template(node: ast.expr) -> str:
    """A text that is put together, with a zero sign for each value that is put in."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_template(part) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _template(left) + _template(right)
        case ast.BinOp(left=left, op=ast.Mod()):
            return re.sub(r"%(?:\(\w+\))?[sdrf]", "\0", _template(left))
        case ast.Call(func=ast.Attribute(value=inner, attr="format")):
            return re.sub(r"\{[^{}]*\}", "\0", _template(inner))
        case _:
            return "\0"


def _debug(call: ast.Call, name: str) -> str:
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if method == "run" and _is(_keywords(call).get("debug"), True) and not name.startswith("asyncio."):
        return "opens a debugger to whoever reaches the server (debug=True); leave it out"
    return ""


def _weak_hash(call: ast.Call, name: str) -> str:
    if name in ("hashlib.md5", "hashlib.sha1", "hashlib.sha256") and _words(*call.args) & {"password", "passwd", "pwd"}:
        return "makes a hash of a password that is quickly guessed; use hashlib.scrypt or argon2"
    return ""


def _open_to_all(call: ast.Call, name: str) -> str:
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if method == "chmod" and call.args:
        mode = call.args[-1]
        if isinstance(mode, ast.Constant) and isinstance(mode.value, int) and mode.value & 0o002:
            return "lets everybody on the machine write there; take that right away"
    return ""


def _raw_markup(call: ast.Call, name: str) -> str:
    first = call.args[0] if call.args else None
    last = name.rpartition(".")[2]
    if last in ("mark_safe", "Markup") and first is not None and not isinstance(first, ast.Constant):
        return "shows text as HTML without escaping it; let the template escape it"
    if last == "Environment" and name.startswith("jinja2") and _is(_keywords(call).get("autoescape"), False):
        return "shows text as HTML without escaping it; say autoescape=True"
    if last == "XMLParser" and _is(_keywords(call).get("resolve_entities"), True):
        return "reads files that a document names; leave resolve_entities out"
    return ""


def _assignment_faults(target: ast.expr, value: ast.expr, names: Names) -> Iterator[tuple[str, str]]:
    attribute = target.attr if isinstance(target, ast.Attribute) else ""
    if attribute in ("verify", "check_hostname") and _is(value, False):
        yield f"does not look who answers ({attribute} = False)", "leave it out"
    if names.of(value) == "ssl.CERT_NONE" or (attribute == "verify_mode" and ast.unparse(value).endswith("CERT_NONE")):
        yield "does not look who answers (CERT_NONE)", "leave it out"
    named = attribute or (target.id if isinstance(target, ast.Name) else "")
    if _parts(named) & _SECRET or named.lower() in _SECRET:
        for call in ast.walk(value):
            if isinstance(call, ast.Call):
                module, _, function = names.of(call.func).rpartition(".")
                if module == "random" and function in _RANDOM:
                    yield "draws a secret from a generator that can be foretold", "use the module secrets"
                    return


def _words(*nodes: ast.expr) -> set[str]:
    """The words that the names in an expression are made of."""
    found: set[str] = set()
    for node in nodes:
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                found |= _parts(part.id)
            elif isinstance(part, ast.Attribute):
                found |= _parts(part.attr)
    return found


def _parts(name: str) -> set[str]:
    return set(name.lower().split("_"))


def is_test(path: str) -> bool:
    """Whether a file is a test, by its path."""
    parts = path.lower().split("/")
    name = parts[-1]
    return (
        name.startswith(("test_", "conftest"))
        or name.partition(".")[0].endswith(("_test", "_spec"))
        or ".test." in name
        or ".spec." in name
        or any(part in ("test", "tests", "__tests__", "spec") for part in parts[:-1])
    )
