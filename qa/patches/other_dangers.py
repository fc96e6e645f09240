"""Secrets in any added line, and dangerous lines in what is not Python: conservative patterns, comments left out.

Documents (Markdown, text) are only looked at for secrets: showing a command is no crime.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from company.records import Finding
from qa.patches.diff import FileChange
from qa.patches.telling import finding, quoted

_SCRIPTS = frozenset({".sh", ".bash", ".zsh", ".ksh", ".ps1", ".mk", ".yml", ".yaml"})
_SCRIPT_NAMES = re.compile(
    r"(?:dockerfile|containerfile|makefile|jenkinsfile|procfile|justfile|package\.json)\b.*", re.I
)
_JAVASCRIPT = frozenset({".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte"})
_HTML = frozenset({".html", ".htm"})
_RUN_BY_NAME = frozenset({"sitecustomize.py", "usercustomize.py"})
_HOOKS = frozenset({"preinstall", "install", "postinstall", "prepare"})

_ANY_SCRIPT = (
    (
        re.compile(r"\b(?:curl|wget|fetch)\b[^|;&\n]{0,300}\|\s{0,3}(?:sudo\s+(?:-\w+\s+)?)?(?:ba|z|da|k)?sh\b"),
        "runs what a server sends; fetch a file, check its hash, then run it",
    ),
    (
        re.compile(r"\b(?:curl|wget)\b[^|;&\n]{0,300}\|\s{0,3}(?:sudo\s+)?(?:python3?|node|perl|ruby)\b"),
        "runs what a server sends; fetch a file, check its hash, then run it",
    ),
    (
        re.compile(
            r"(?:\b(?:ba|z)?sh\s+(?:-c\s+)?|\beval\s+|\bsource\s+|\.\s+)[\"']?(?:<\(|\$\(|`)\s{0,3}(?:curl|wget)\b"
        ),
        "runs what a server sends; fetch a file, check its hash, then run it",
    ),
    (re.compile(r"\bcurl\b[^|;&\n]{0,200}\s(?:-k|--insecure)\b"), "does not look who answers; leave --insecure out"),
    (re.compile(r"\bwget\b[^|;&\n]{0,200}--no-check-certificate"), "does not look who answers; leave that out"),
    (re.compile(r"\bhttp\.sslVerify[ =]+false|\bGIT_SSL_NO_VERIFY=(?:1|true)"), "does not look who answers"),
    (re.compile(r"\bNODE_TLS_REJECT_UNAUTHORIZED\s{0,3}[=:]\s{0,3}[\"']?0"), "does not look who answers"),
    (re.compile(r"\bpip3?\s+install\b[^\n]{0,200}--trusted-host\b"), "does not look who answers"),
    (
        re.compile(r"\b(?:pip3?|uv)\s[^\n]{0,100}(?:--(?:extra-)?index-url|-i)\s+(?!https://pypi\.org/simple)\S"),
        "takes packages from another index",
    ),
    (re.compile(r"\bchmod\s+(?:-R\s+)?(?:0?777|a\+rwx|o\+w)\b"), "lets everybody on the machine write there"),
    (re.compile(r"\brm\s+-(?:rf|fr)\s+(?:--no-preserve-root\s+)?(?:/|~|\$HOME)(?:\s|/?\*|$)"), "deletes everything"),
    (
        re.compile(
            r"\$\{\{\s{0,3}github\.(?:event\.[\w.]{0,60}(?:title|body|message|name|ref|label)|head_ref)\s{0,3}\}\}"
        ),
        "puts a stranger's words into a script; hand them over in `env`",
    ),
    (re.compile(r"^\s{0,20}pull_request_target\s{0,3}:"), "runs with the project's secrets on a stranger's code"),
    (re.compile(r"^\s{0,20}permissions\s{0,3}:\s{0,3}write-all"), "gives the workflow every right"),
)
_SAYS = re.compile(r"^\s*(?:-\s+)?(?:run:\s*)?@?(?:echo|printf)\b")
_JS = (
    (re.compile(r"(?<![\w.$])eval\s?\("), "runs text as code"),
    (re.compile(r"\bnew\s+Function\s?\("), "runs text as code"),
    (re.compile(r"(?<![\w.$])set(?:Timeout|Interval)\s?\(\s?[\"'`]"), "runs text as code"),
    (
        re.compile(r"\bchild_process[\"'`)]*\s?\)?\.exec(?:Sync)?\s?\("),
        "hands text to a shell; use execFile with a list",
    ),
    (re.compile(r"(?<![\w.$])execSync\s?\("), "hands text to a shell; use execFileSync with a list"),
    (re.compile(r"\bshell\s?:\s?true\b"), "hands text to a shell; leave `shell` out"),
    (
        re.compile(r"\.(?:inner|outer)HTML\s?\+?=(?!=)(?!\s?(?:\"[^\"<]{0,200}\"|'[^'<]{0,200}'|``)\s?;?\s?$)"),
        "shows text as HTML without escaping it; use textContent",
    ),
    (re.compile(r"\.insertAdjacentHTML\s?\("), "shows text as HTML without escaping it; use textContent"),
    (re.compile(r"\bdocument\.write(?:ln)?\s?\("), "shows text as HTML without escaping it; use textContent"),
    (re.compile(r"\bdangerouslySetInnerHTML\b"), "shows text as HTML without escaping it; give it as a child"),
    (re.compile(r"\bv-html\s?="), "shows text as HTML without escaping it; use v-text"),
    (re.compile(r"\brejectUnauthorized\s?:\s?false\b"), "does not look who answers"),
    (re.compile(r"\bNODE_TLS_REJECT_UNAUTHORIZED\b\W{1,5}0"), "does not look who answers"),
)
_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`")
_IMPORTED_EXEC = re.compile(r"\{[^}\n]{0,200}\bexec(?:\s+as\s+\w+)?\b[^}\n]{0,200}\}.{0,40}child_process")
_BY_LANGUAGE: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    ".go": (
        (re.compile(r"\bInsecureSkipVerify\s?:\s?true"), "does not look who answers"),
        (re.compile(r"exec\.Command\(\s?\"(?:ba)?sh\",\s?\"-c\",\s?(?!\"[^\"]*\"\s?\))"), "hands text to a shell"),
    ),
    ".java": (
        (re.compile(r"\bRuntime\.getRuntime\(\)\.exec\((?!\s?new String)"), "runs a text; use ProcessBuilder"),
        (re.compile(r"\bnew ObjectInputStream\("), "runs code that the data brings along"),
    ),
    ".php": (
        (re.compile(r"(?<![\w>:$])(?:eval|shell_exec|system|passthru|popen|proc_open|assert)\s?\(\s?\$"), "runs text"),
        (re.compile(r"(?<![\w>:$])unserialize\s?\(\s?\$"), "runs code that the data brings along; use json_decode"),
    ),
    ".rb": (
        (re.compile(r"(?<![\w.])(?:eval|instance_eval|class_eval)[ (](?![\"'])"), "runs text as code"),
        (re.compile(r"\bMarshal\.load\b|\bYAML\.(?:unsafe_)?load\b(?!_file|\s?\()"), "runs code of the data"),
    ),
    ".c": ((re.compile(r"(?<!\w)gets\s?\("), "reads without a limit; use fgets"),),
    ".cpp": ((re.compile(r"(?<!\w)gets\s?\("), "reads without a limit; use std::getline"),),
    ".rs": ((re.compile(r"\bdanger_accept_invalid_certs\(\s?true"), "does not look who answers"),),
}  # fmt: skip


def secrets(file: FileChange) -> Iterator[Finding]:
    """What looks like a key or a password in the added lines; its value is not repeated."""
    from qa.layers import tokens  # here, since the layers import this package

    seen: set[str] = set()
    for number, text in file.added().items():
        for name, _ in tokens.find(text):
            if name not in seen:
                seen.add(name)
                yield finding(
                    "secret-added",
                    f"{file.path}, line {number}: there is what looks like {name}. Read it from the environment or a "
                    "file that is not in the tree.",
                )
    whole = "\n".join(file.added().values())
    for name, _ in tokens.find(whole):
        if name not in seen:
            seen.add(name)
            yield finding("secret-added", f"{file.path}: the added lines hold what looks like {name}. Take it out.")


def check(file: FileChange) -> Iterator[Finding]:
    """Dangerous added lines of a file that is not Python, and files that run by their name alone."""
    name, end = file.path.rpartition("/")[2], _ending(file.path)
    if file.new and not file.old and (name in _RUN_BY_NAME or end == ".pth"):
        yield finding("dangerous-line", f"{file.path} runs at each start of Python, unasked. Do without it.")
    if end in _JAVASCRIPT | _HTML:
        yield from _matches(file, _JS, slashes=True)
    elif end in _BY_LANGUAGE:
        yield from _matches(file, _BY_LANGUAGE[end], slashes=True)
    elif end in _SCRIPTS or _SCRIPT_NAMES.fullmatch(name):
        yield from _matches(file, _ANY_SCRIPT, slashes=False)
    if end in _JAVASCRIPT:
        yield from _shell_by_name(file)
    if name == "package.json":
        yield from _install_hooks(file)


def _matches(
    file: FileChange, patterns: tuple[tuple[re.Pattern[str], str], ...], *, slashes: bool
) -> Iterator[Finding]:
    """One finding for each added line; comments, texts and what a script only says are left out."""
    for number, text in file.added().items():
        line = _bare(text, hashes=not slashes, slashes=slashes)
        if not slashes and _SAYS.match(line):
            line = _STRING.sub(lambda said: said.group() if "${{" in said.group() else '""', line)
        for pattern, what in patterns:
            match = pattern.search(line[:2000])
            if match is not None and not (slashes and _in_a_string(line, match)):
                yield _found(file.path, number, text, what)
                break


def _found(path: str, number: int, text: str, what: str) -> Finding:
    said, _, instead = what.partition("; ")
    mend = f" ({instead})" if instead else ""
    return finding("dangerous-line", f"{path}, line {number}: {quoted(text)} {said}{mend}.")


def _shell_by_name(file: FileChange) -> Iterator[Finding]:
    """`const { exec } = require("child_process")`, whose calls say no more than `exec(...)`."""
    for number, text in file.added().items():
        if _IMPORTED_EXEC.search(_bare(text, hashes=False, slashes=True)):
            yield _found(file.path, number, text, "hands text to a shell; use execFile with a list")


def _install_hooks(file: FileChange) -> Iterator[Finding]:
    for number, text in file.added().items():
        key = text.strip().partition(":")[0].strip('" ')
        if key in _HOOKS and ":" in text:
            yield _found(file.path, number, text, "runs when somebody installs the package; leave it out")


def _in_a_string(line: str, match: re.Match[str]) -> bool:
    spans = _STRING.finditer(line[:2000])
    return any(span.start() < match.start() and match.end() <= span.end() for span in spans)


def _ending(path: str) -> str:
    name = path.rpartition("/")[2].lower()
    return name[name.rfind(".") :] if "." in name else ""


def _bare(text: str, *, hashes: bool, slashes: bool) -> str:
    """A line without its comment."""
    stripped = text.lstrip()
    if (hashes and stripped.startswith("#")) or (slashes and stripped.startswith(("//", "*", "/*", "<!--", "#!"))):
        return ""
    if slashes:
        return re.sub(r"(?<![:\"'`\w])//.*$", "", text)
    return re.sub(r"(?<=\s)#(?!\s?\{).*$", "", text) if hashes else text
