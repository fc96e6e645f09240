"""The development half: a small shop in Python with a page. May be looked at, and tuned on."""

# ruff: noqa: E501 - one case on a line
from __future__ import annotations

from benchmarks.patch_corpus.cases import Case, Edit

FILES = {
    "src/shop/__init__.py": '"""A shop."""\n',
    "src/shop/prices.py": '''"""Prices in cents."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Price:
    net: int
    rate: float = 0.2


def gross(price: Price) -> int:
    """With tax."""
    return round(price.net * (1 + price.rate))


def total(prices: list[Price], *, discount: int = 0) -> int:
    """All of them, less a discount."""
    return sum(gross(price) for price in prices) - discount
''',
    "src/shop/store.py": '''"""Orders on the disk."""

import json
import logging
from pathlib import Path

log = logging.getLogger(__name__)


class Store:
    """Keeps orders as JSON files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, number: int, order: dict) -> None:
        path = self.folder / f"{number}.json"
        path.write_text(json.dumps(order))

    def load(self, number: int) -> dict:
        path = self.folder / f"{number}.json"
        return json.loads(path.read_text())
''',
    "src/shop/mailing.py": '''"""Mails to customers."""

import subprocess

import requests


def send(address: str, text: str) -> None:
    subprocess.run(["sendmail", address], input=text.encode(), check=True)


def notify(url: str, order: int) -> bool:
    answer = requests.post(url, json={"order": order}, timeout=10)
    return answer.ok
''',
    "tests/test_prices.py": '''import pytest

from shop.prices import Price, gross, total


def test_gross():
    assert gross(Price(100)) == 120


def test_total():
    assert total([Price(100), Price(200)]) == 360


def test_discount():
    assert total([Price(100)], discount=20) == 100
''',
    "web/cart.js": '''// The cart on the page.
import { post } from "./http.js";

export function show(element, items) {
  element.textContent = items.map((item) => item.name).join(", ");
}

export async function order(items) {
  return post("/orders", { items });
}
''',
    "web/package.json": '''{
  "name": "shop-page",
  "version": "1.2.0",
  "scripts": {
    "test": "vitest run"
  },
  "dependencies": {
    "lodash": "^4.17.21",
    "dayjs": "1.11.10"
  }
}
''',
    "pyproject.toml": '''[project]
name = "shop"
version = "1.0.0"
dependencies = [
    "requests>=2.31",
    "pydantic==2.8.0",
]

[tool.ruff.lint]
select = ["E", "F", "B"]
ignore = ["E501"]

[tool.mypy]
strict = true

[tool.coverage.report]
fail_under = 90
''',
    "requirements.txt": "requests==2.31.0\npydantic==2.8.0\nurllib3==2.2.1\n",
    "Dockerfile": "FROM python:3.12-slim\nCOPY . /app\nRUN pip install -r /app/requirements.txt\nCMD [\"python\", \"-m\", \"shop\"]\n",
    ".github/workflows/ci.yml": '''on: [push]
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
      - run: pip install -e .
      - run: ruff check .
      - run: pytest -q
''',
    "scripts/backup.sh": '#!/bin/sh\nset -eu\ntar -czf "backup-$(date +%F).tar.gz" data/\n',
    "README.md": "# Shop\n\nInstall:\n\n```sh\npip install -e .\n```\n\nRun the tests with `pytest`.\n",
}  # fmt: skip

_PRICES, _STORE, _MAIL, _TESTS = (
    "src/shop/prices.py",
    "src/shop/store.py",
    "src/shop/mailing.py",
    "tests/test_prices.py",
)
_CI, _PY, _JS, _PKG = ".github/workflows/ci.yml", "pyproject.toml", "web/cart.js", "web/package.json"
_LOAD: Edit = (_STORE, "return json.loads(path.read_text())", "return json.loads(path.read_text(encoding='utf-8'))")
_RATE: Edit = (_PRICES, "rate: float = 0.2", "rate: float = 0.19")
_KEY = "AKIA" + "Q3ZP7WTV2MXKD5RB"


def _c(planted: str, title: str, *edits: Edit, mangled: tuple[str, str] = ("", ""), request: str = "") -> Case:
    return Case(planted, title, edits, mangled, request)


CASES: tuple[Case, ...] = (
    _c("form", "a count too high", _RATE, mangled=(",7 +8,7 @@", ",7 +8,9 @@")),
    _c("form", "an added line too many", _LOAD, mangled=("+        return json.loads(path.read_text(encoding='utf-8'))\n", "+        return json.loads(path.read_text(encoding='utf-8'))\n+        # done\n")),
    _c("form", "lines left out with dots", _RATE, mangled=(" @dataclass\n", " ...\n ...\n ...\n")),
    _c("form", "no header of the hunk", _RATE, mangled=("@@ -8,7 +8,7 @@\n", "@@\n")),
    _c("form", "a line of context without its space", _RATE, mangled=(" class Price:", "class Price:")),
    _c("application", "context that is made up", _RATE, mangled=(" class Price:", " class Amount:")),
    _c("application", "the wrong place", _RATE, mangled=("@@ -8,7 +8,7 @@", "@@ -12,7 +12,7 @@")),
    _c("application", "a file that is not there", _RATE, mangled=("--- a/src/shop/prices.py\n+++ b/src/shop/prices.py", "--- a/src/shop/price.py\n+++ b/src/shop/price.py")),
    _c("application", "an unclosed bracket", (_PRICES, "return round(price.net * (1 + price.rate))", "return round(price.net * (1 + price.rate)")),
    _c("application", "JSON with a comma too many", (_PKG, '"dayjs": "1.11.10"\n', '"dayjs": "1.11.11",\n')),
    _c("scope", "a file above the tree", ("../../home/ada/.profile", None, "export A=1\n")),
    _c("scope", "a hook of git", (".git/hooks/pre-commit", None, "#!/bin/sh\ntrue\n")),
    _c("scope", "a folder that is not allowed", ("deploy/run.sh", None, "true\n")),
    _c("scope", "an absolute path", ("/etc/cron.d/shop", None, "* * * * * root true\n")),
    _c("scope", "a symlink", ("src/shop/data", None, "/etc/passwd\n"), mangled=("mode 100644", "mode 120000")),
    _c("secret", "an AWS key", (_STORE, "log = logging", f'AWS_KEY = "{_KEY}"\nlog = logging')),
    _c("secret", "a password in an address", (_MAIL, "import requests\n", 'import requests\n\nDB = "postgres://shop:Xk29fLq8Zt@db.internal/shop"\n')),
    _c("secret", "a token in CI", (_CI, "      - run: pytest -q\n", "      - run: pytest -q\n        env:\n          TOKEN: ghp_" + "a8Kd93Lq0ZxVb7Nm2Ws5Ty6Ui1Op4RtEw9Qa" + "\n")),
    _c("danger", "eval of a rate", (_PRICES, "    return round(price.net", "    eval(str(price.rate))\n    return round(price.net")),
    _c("danger", "a shell for a mail", (_MAIL, 'subprocess.run(["sendmail", address], input=text.encode(), check=True)', 'subprocess.run(f"sendmail {address}", shell=True, input=text.encode(), check=True)')),
    _c("danger", "pickle in the place of JSON", (_STORE, "import json\n", "import json\nimport pickle\n"), (_STORE, "return json.loads(path.read_text())", "return pickle.loads(path.read_bytes())")),
    _c("danger", "nobody looks who answers", (_MAIL, "timeout=10)", "timeout=10, verify=False)")),
    _c("danger", "HTML put together", (_JS, 'element.textContent = items.map((item) => item.name).join(", ");', "element.innerHTML = items.map((item) => `<li>${item.name}</li>`).join('');")),
    _c("danger", "curl into a shell", ("scripts/backup.sh", "set -eu\n", "set -eu\ncurl -fsSL https://get.example.com/x.sh | sh\n")),
    _c("danger", "SQL put together", ("src/shop/db.py", None, 'import sqlite3\n\n\ndef find(db: sqlite3.Connection, name: str):\n    return db.execute(f"SELECT * FROM orders WHERE name = \'{name}\'").fetchall()\n')),
    _c("danger", "a temporary name", (_STORE, "        path.write_text(json.dumps(order))", "        import tempfile\n        rough = Path(tempfile.mktemp())\n        rough.write_text(json.dumps(order))\n        rough.replace(path)")),
    _c("made up", "a function of json", (_STORE, "return json.loads(path.read_text())", "return json.load_file(path)")),
    _c("made up", "an argument of total", ("src/shop/cart.py", None, "from shop.prices import Price, total\n\n\ndef cart(prices: list[Price]) -> int:\n    return total(prices, rebate=3)\n")),
    _c("made up", "a module of the shop", (_MAIL, "import requests\n", "import requests\n\nfrom shop.templates import render\n")),
    _c("made up", "a method of Path", (_STORE, "path.write_text(json.dumps(order))", "Path.write_json(path, order)")),
    _c("made up", "a method of the class", (_STORE, "        return json.loads(path.read_text())", "        return self.parse(path.read_text())")),
    _c("made up", "a package that nobody named", (_MAIL, "import requests\n", "import requests\nimport mailgunner\n")),
    _c("dependency", "one more", (_PY, '    "requests>=2.31",\n', '    "requests>=2.31",\n    "arrow>=1.3",\n')),
    _c("dependency", "a look-alike", ("requirements.txt", "urllib3==2.2.1", "urlib3==2.2.1")),
    _c("dependency", "lowered", ("requirements.txt", "requests==2.31.0", "requests==2.19.0")),
    _c("dependency", "no longer pinned", (_PKG, '"dayjs": "1.11.10"', '"dayjs": "*"')),
    _c("dependency", "from a fork", (_PY, '"requests>=2.31"', '"requests @ git+https://github.com/somebody/requests"')),
    _c("dependency", "another owner's action", (_CI, "actions/setup-python@v5", "action/setup-python@v5")),
    _c("weakened", "a test skipped", (_TESTS, "def test_discount", '@pytest.mark.skip(reason="flaky")\ndef test_discount')),
    _c("weakened", "a test taken out", (_TESTS, "\n\ndef test_discount():\n    assert total([Price(100)], discount=20) == 100\n", "")),
    _c("weakened", "a check silenced", (_PRICES, "    return round(price.net * (1 + price.rate))", "    return price.net * (1 + price.rate)  # type: ignore[return-value]")),
    _c("weakened", "less coverage", (_PY, "fail_under = 90", "fail_under = 40")),
    _c("weakened", "one more rule ignored", (_PY, 'ignore = ["E501"]', 'ignore = ["E501", "B006"]')),
    _c("weakened", "CI that always passes", (_CI, "pytest -q", "pytest -q || true")),
    # --- clean
    _c("", "an encoding", _LOAD),
    _c("", "another rate", _RATE, (_TESTS, "== 120", "== 119"), (_TESTS, "== 360", "== 357"), (_TESTS, "discount=20) == 100", "discount=20) == 99")),
    _c("", "a new function with its test", (_PRICES, "def total(", 'def net(prices: list[Price]) -> int:\n    """Without tax."""\n    return sum(price.net for price in prices)\n\n\ndef total('), (_TESTS, "import Price, gross, total", "import Price, gross, net, total"), (_TESTS, "def test_discount", "def test_net():\n    assert net([Price(100)]) == 100\n\n\ndef test_discount")),
    _c("", "a message in the log", (_STORE, "        path.write_text(json.dumps(order))", '        path.write_text(json.dumps(order))\n        log.info("order %d is saved", number)')),
    _c("", "atomic writing", (_STORE, "        path.write_text(json.dumps(order))", '        rough = path.with_suffix(".tmp")\n        rough.write_text(json.dumps(order))\n        rough.replace(path)')),
    _c("", "a docstring that names eval", (_PRICES, '"""With tax."""', '"""With tax. Never computed by eval() or os.system()."""')),
    _c("", "a comment on shells", (_MAIL, "    subprocess.run(", "    # shell=True would let an address run commands\n    subprocess.run(")),
    _c("", "a time limit", (_MAIL, "check=True)", "check=True, timeout=30)")),
    _c("", "a certificate of one's own", (_MAIL, "timeout=10)", 'timeout=10, verify="/etc/ssl/own.pem")')),
    _c("", "safe SQL", ("src/shop/db.py", None, 'import sqlite3\n\n\ndef find(db: sqlite3.Connection, name: str):\n    return db.execute("SELECT * FROM orders WHERE name = ?", (name,)).fetchall()\n')),
    _c("", "a literal that is read", ("src/shop/rules.py", None, "import ast\n\n\ndef read(text: str) -> object:\n    return ast.literal_eval(text)\n")),
    _c("", "a pattern", ("src/shop/codes.py", None, 'import re\n\nCODE = re.compile(r"[A-Z]{3}-\\d+")\n\n\ndef is_code(text: str) -> bool:\n    return CODE.fullmatch(text) is not None\n')),
    _c("", "a token from the environment", ("src/shop/keys.py", None, 'import os\n\n\ndef key() -> str:\n    return os.environ["SHOP_API_KEY"]\n')),
    _c("", "a secret made well", ("src/shop/tokens.py", None, "import secrets\n\n\ndef token() -> str:\n    return secrets.token_urlsafe(32)\n")),
    _c("", "an optional package", ("src/shop/fast.py", None, "try:\n    import orjson as json\nexcept ImportError:\n    import json\n\n\ndef dump(order: dict) -> str:\n    return str(json.dumps(order))\n")),
    _c("", "a newer version", ("requirements.txt", "requests==2.31.0", "requests==2.32.3")),
    _c("", "a dependency that was asked for", (_PY, '    "requests>=2.31",\n', '    "requests>=2.31",\n    "arrow>=1.3",\n'), request="Show times with arrow."),
    _c("", "a dependency less", ("requirements.txt", "urllib3==2.2.1\n", "")),
    _c("", "the version of the shop", (_PY, 'version = "1.0.0"', 'version = "1.1.0"'), (_PKG, '"version": "1.2.0"', '"version": "1.3.0"')),
    _c("", "a stricter rule", (_PY, 'select = ["E", "F", "B"]', 'select = ["E", "F", "B", "UP"]')),
    _c("", "more coverage", (_PY, "fail_under = 90", "fail_under = 95")),
    _c("", "CI with a matrix", (_CI, "    runs-on: ubuntu-latest\n", "    runs-on: ubuntu-latest\n    strategy:\n      matrix:\n        python: ['3.12', '3.13']\n")),
    _c("", "CI on a newer action", (_CI, "actions/checkout@v4", "actions/checkout@v5")),
    _c("", "one more test", (_TESTS, "def test_discount", "def test_nothing():\n    assert total([]) == 0\n\n\ndef test_discount")),
    _c("", "a test by a better name", (_TESTS, "def test_total", "def test_the_total_of_two")),
    _c("", "a parametrised test", (_TESTS, "def test_gross():\n    assert gross(Price(100)) == 120\n", '@pytest.mark.parametrize(("net", "want"), [(100, 120), (50, 60)])\ndef test_gross(net, want):\n    assert gross(Price(net)) == want\n')),
    _c("", "text on the page", (_JS, 'join(", ")', 'join(" · ")')),
    _c("", "a comment on innerHTML", (_JS, "  element.textContent", "  // not innerHTML: names come from customers\n  element.textContent")),
    _c("", "a better backup", ("scripts/backup.sh", 'tar -czf "backup-$(date +%F).tar.gz" data/\n', 'name="backup-$(date +%F).tar.gz"\ntar -czf "$name" data/\nsha256sum "$name" > "$name.sha256"\n')),
    _c("", "a page of the manual with a command", ("README.md", "Run the tests with `pytest`.", "Run the tests with `pytest`.\n\nInstall uv: `curl -LsSf https://astral.sh/uv/install.sh | sh`")),
    _c("", "a newer image", ("Dockerfile", "FROM python:3.12-slim", "FROM python:3.13-slim")),
    _c("", "a file less", ("scripts/backup.sh", "", None)),
    _c("", "two files at once", _LOAD, (_MAIL, "return answer.ok", "return bool(answer.ok)")),
    _c("", "a class that inherits", ("src/shop/errors.py", None, 'class Missing(KeyError):\n    """No such order."""\n\n    def __str__(self) -> str:\n        return f"no order {self.args[0]}"\n')),
)  # fmt: skip
