"""The held-out half: a program for notes with a small server. Only run; a test holds its fingerprint."""

# ruff: noqa: E501 - one case on a line
from __future__ import annotations

from benchmarks.patch_corpus.cases import Case, Edit

FILES = {
    "notes/__init__.py": "",
    "notes/model.py": '''from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone

TAG = re.compile(r"#(\\w+)")


@dataclass
class Note:
    title: str
    body: str = ""
    tags: list[str] = field(default_factory=list)
    made: datetime = field(default_factory=lambda: datetime.now(timezone.utc))

    def words(self) -> int:
        return len(self.body.split())


def tags_of(body: str) -> list[str]:
    return sorted(set(TAG.findall(body)))


def digest(note: Note, *, length: int = 12) -> str:
    return hashlib.sha256(note.body.encode()).hexdigest()[:length]
''',
    "notes/archive.py": '''"""Export and import."""

import csv
import io
import os
import tarfile
from collections.abc import Iterable

from notes.model import Note


class Archive:
    def __init__(self, root: str) -> None:
        self.root = root
        self.count = 0

    def path(self, name: str) -> str:
        return os.path.join(self.root, os.path.basename(name))

    def write(self, notes: Iterable[Note]) -> str:
        out = io.StringIO()
        writer = csv.writer(out)
        for note in notes:
            writer.writerow([note.title, note.body])
            self.count += 1
        return out.getvalue()


def unpack(path: str, folder: str) -> None:
    with tarfile.open(path) as tar:
        tar.extractall(folder, filter="data")
''',
    "notes/server.py": '''import logging

import httpx
from fastapi import FastAPI, HTTPException

from notes.archive import Archive
from notes.model import Note, tags_of

app = FastAPI()
archive = Archive("/var/lib/notes")
log = logging.getLogger("notes")


@app.get("/notes/{name}")
def read(name: str, user: str = "") -> dict:
    if not user:
        raise HTTPException(401)
    with open(archive.path(name), encoding="utf-8") as file:
        body = file.read()
    return {"title": name, "body": body, "tags": tags_of(body)}


def push(note: Note, url: str) -> int:
    answer = httpx.post(url, json={"title": note.title}, timeout=5)
    return answer.status_code
''',
    "tests/test_model.py": '''import unittest

from notes.model import Note, digest, tags_of


class Models(unittest.TestCase):
    def test_tags(self):
        self.assertEqual(tags_of("#b and #a"), ["a", "b"])

    def test_digest(self):
        self.assertEqual(len(digest(Note("x"))), 12)

    def test_words(self):
        self.assertEqual(Note("x", "one two").words(), 2)
''',
    "ui/src/list.ts": '''import type { Note } from "./types";

export function render(box: HTMLElement, notes: Note[]): void {
  box.replaceChildren();
  for (const note of notes) {
    const row = document.createElement("li");
    row.textContent = note.title;
    box.append(row);
  }
}
''',
    "ui/src/list.test.ts": '''import { describe, expect, it } from "vitest";
import { render } from "./list";

describe("render", () => {
  it("shows a row for each note", () => {
    const box = document.createElement("ul");
    render(box, [{ title: "a" }]);
    expect(box.children.length).toBe(1);
  });
});
''',
    "ui/package.json": '''{
  "name": "notes-ui",
  "version": "0.3.0",
  "private": true,
  "scripts": {
    "build": "vite build",
    "lint": "eslint src"
  },
  "devDependencies": {
    "typescript": "5.4.5",
    "vite": "^5.2.0",
    "eslint": "^9.1.0"
  }
}
''',
    "ui/tsconfig.json": '{\n  "compilerOptions": {\n    "strict": true,\n    "target": "ES2022"\n  }\n}\n',
    "pyproject.toml": '''[build-system]
requires = ["hatchling>=1.24"]

[project]
name = "notes"
version = "0.3.0"
requires-python = ">=3.11"
dependencies = [
  "fastapi==0.111.0",
  "httpx>=0.27,<1",
]

[project.optional-dependencies]
dev = ["pytest>=8", "ruff==0.4.4"]

[tool.pytest.ini_options]
xfail_strict = true

[tool.ruff]
line-length = 100

[tool.ruff.lint.per-file-ignores]
"tests/*" = ["S101"]
''',
    "uv.lock": '''version = 1

[[package]]
name = "fastapi"
version = "0.111.0"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://files.pythonhosted.org/packages/f/fastapi-0.111.0.tar.gz", hash = "sha256:b9db9dd147c91cb8b769f7183535773d8741dd46f9dc6676cd82eab510228cd7" }

[[package]]
name = "httpx"
version = "0.27.0"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://files.pythonhosted.org/packages/h/httpx-0.27.0.tar.gz", hash = "sha256:a0cb88a46f32dc874e04ee956e4c2764aba2aa228f650b06788ba6bda2962ab5" }
''',
    "Makefile": "check:\n\truff check .\n\tpython -m unittest\n\nrun:\n\tuvicorn notes.server:app\n",
    "Dockerfile": "FROM node:22.1-alpine AS ui\nWORKDIR /ui\nRUN npm ci\n\nFROM python:3.11.9-slim\nCOPY --from=ui /ui/dist /app/ui\n",
    ".github/workflows/test.yml": '''name: test
on:
  pull_request:
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@b4ffde65f46336ab88eb53be808477a3936bae11
      - uses: astral-sh/setup-uv@v3
      - run: make check
''',
    "install.sh": '#!/bin/bash\nset -euo pipefail\ncurl -fsSLo notes.tar.gz "https://notes.example/notes.tar.gz"\nsha256sum -c notes.sha256\n',
    "docs/guide.md": "# Guide\n\nStart it with `make run`.\n",
}  # fmt: skip

_MODEL, _ARCHIVE, _SERVER, _TESTS = "notes/model.py", "notes/archive.py", "notes/server.py", "tests/test_model.py"
_UI, _UITEST, _PKG, _PY, _LOCK = "ui/src/list.ts", "ui/src/list.test.ts", "ui/package.json", "pyproject.toml", "uv.lock"
_CI = ".github/workflows/test.yml"
_WORDS: Edit = (_MODEL, "return len(self.body.split())", "return len(self.body.split()) + len(self.title.split())")
_CODE: Edit = (_SERVER, "return answer.status_code", "return int(answer.status_code)")


def _c(planted: str, title: str, *edits: Edit, mangled: tuple[str, str] = ("", ""), request: str = "") -> Case:
    return Case(planted, title, edits, mangled, request)


CASES: tuple[Case, ...] = (
    _c("form", "an old count too low", _WORDS, mangled=(",7 +16,7", ",5 +16,7")),
    _c("form", "a removed line without its sign", _CODE, mangled=("-    return answer.status_code", "    return answer.status_code")),
    _c("form", "the new name is another", _CODE, mangled=("+++ b/notes/server.py", "+++ b/notes/api.py")),
    _c("form", "words between the lines", _CODE, mangled=("+    return int(answer.status_code)\n", "+    return int(answer.status_code)\n(and the rest stays as it is)\n+\n")),
    _c("form", "a file without hunks", _CODE, mangled=("@@ -2", "## -2")),
    _c("application", "spaces in the place of others", _CODE, mangled=("     answer = httpx.post", "      answer = httpx.post")),
    _c("application", "a line of context invented", _WORDS, mangled=("     def words(self) -> int:", "     def words(self, fast: bool = False) -> int:")),
    _c("application", "far from where it stands", _CODE, mangled=("@@ -22,4 +22,4 @@", "@@ -42,4 +42,4 @@")),
    _c("application", "a new file that is there", (_MODEL, "x", None), mangled=("deleted file mode 100644\n--- a/notes/model.py\n+++ /dev/null", "deleted file mode 100644\n--- a/notes/models.py\n+++ /dev/null")),
    _c("application", "a colon lost", (_SERVER, "    if not user:\n", "    if not user and not name\n")),
    _c("scope", "a parent's folder", ("notes/../../other/x.py", None, "x = 1\n")),
    _c("scope", "git's settings", (".git/config", None, "[core]\n\tfsmonitor = true\n")),
    _c("scope", "keys, which are forbidden", ("keys/server.pem", None, "none\n")),
    _c("scope", "another department's settings", ("terraform/main.tf", None, 'provider "x" {}\n')),
    _c("scope", "a link to everything", ("notes/root", None, "/\n"), mangled=("mode 100644", "mode 120000")),
    _c("secret", "a key of a model's provider", (_SERVER, "app = FastAPI()", 'KEY = "sk-ant-api03-' + "Zk3Lq9Xv7Bn2Mw5Rt8Yu1Io4Pa6Sd0Fg" + '"\napp = FastAPI()')),
    _c("secret", "a password in the settings", ("notes/settings.ini", None, "[db]\nuser = notes\npassword = Tq7!mZ29xLw\n")),
    _c("secret", "a private key", ("notes/key.py", None, 'KEY = """-----BEGIN RSA PRIVATE KEY-----\n' + "MIIEowIBAAKCAQEAx7Zq3kP9vLm2Ws8Yd1Rt5Uj6" + '\n-----END RSA PRIVATE KEY-----"""\n')),
    _c("danger", "a command from a name", (_ARCHIVE, "        return os.path.join(self.root, os.path.basename(name))", '        os.system(f"mkdir -p {self.root}")\n        return os.path.join(self.root, os.path.basename(name))')),
    _c("danger", "an archive that writes anywhere", (_ARCHIVE, 'tar.extractall(folder, filter="data")', "tar.extractall(folder)")),
    _c("danger", "yaml that builds objects", ("notes/front.py", None, "import yaml\n\n\ndef front(text: str) -> object:\n    return yaml.load(text, Loader=yaml.FullLoader)\n"), request="Read front matter with yaml (PyYAML)."),
    _c("danger", "a guard that may vanish", (_SERVER, "    if not user:\n        raise HTTPException(401)\n", "    assert is_allowed(user)\n"), (_SERVER, "def push(", "def is_allowed(user: str) -> bool:\n    return bool(user)\n\n\ndef push(")),
    _c("danger", "a server that is trusted blindly", (_SERVER, "timeout=5)", "timeout=5, verify=False)")),
    _c("danger", "markup from a title", (_UI, "    row.textContent = note.title;", "    row.insertAdjacentHTML('beforeend', note.title);")),
    _c("danger", "a script from the net", ("install.sh", "sha256sum -c notes.sha256\n", "wget -qO- https://notes.example/setup | bash\n")),
    _c("danger", "a stranger's title in a script", (_CI, "      - run: make check\n", '      - run: make check\n      - run: echo "${{ github.event.pull_request.title }}"\n')),
    _c("danger", "code from the body of a note", (_MODEL, "def tags_of(", "def result(body: str) -> object:\n    run = eval\n    return run(body)\n\n\ndef tags_of(")),
    _c("made up", "an argument of digest", ("notes/names.py", None, "from notes.model import Note, digest\n\n\ndef name(note: Note) -> str:\n    return digest(note, size=8)\n")),
    _c("made up", "a name in the archive", (_SERVER, "from notes.archive import Archive\n", "from notes.archive import Archive, pack\n")),
    _c("made up", "a method of datetime", (_MODEL, "lambda: datetime.now(timezone.utc)", "lambda: datetime.utc_now()")),
    _c("made up", "a function of os.path", (_ARCHIVE, "os.path.join(self.root, os.path.basename(name))", "os.path.safe_join(self.root, name)")),
    _c("made up", "a counter that was never set", (_ARCHIVE, "            self.count += 1\n", "            self.count += 1\n            if self.counter > 100:\n                break\n")),
    _c("made up", "a module of the standard library", (_ARCHIVE, "import io\n", "import io\nimport zipstream.writer\n")),
    _c("made up", "an argument of csv", (_ARCHIVE, "        out = io.StringIO()", "        out = io.StringIO()\n        os.makedirs(self.root, parents=True)")),
    _c("made up", "a helper that nobody wrote", (_SERVER, '    return {"title": name', '    body = strip_front_matter(body)\n    return {"title": name')),
    _c("dependency", "one that sounds right", (_PY, '  "httpx>=0.27,<1",\n', '  "httpx>=0.27,<1",\n  "fast-api-utils>=0.2",\n')),
    _c("dependency", "exchanged for a twin", (_PY, '"fastapi==0.111.0"', '"fastapl==0.111.0"')),
    _c("dependency", "any version", (_PY, '"ruff==0.4.4"', '"ruff"')),
    _c("dependency", "an old one", (_PKG, '"typescript": "5.4.5"', '"typescript": "4.9.5"')),
    _c("dependency", "from somebody's archive", (_PKG, '"vite": "^5.2.0"', '"vite": "https://cdn.example/vite.tgz"')),
    _c("dependency", "a hash that changed alone", (_LOCK, "a0cb88a46f32dc87", "f1cb88a46f32dc87")),
    _c("dependency", "an action by its branch", (_CI, "actions/checkout@b4ffde65f46336ab88eb53be808477a3936bae11", "actions/checkout@main")),
    _c("weakened", "a test that asserts nothing", (_TESTS, '        self.assertEqual(tags_of("#b and #a"), ["a", "b"])', '        tags_of("#b and #a")')),
    _c("weakened", "tests deleted", (_TESTS, "", None)),
    _c("weakened", "a test left out on the page", (_UITEST, '  it("shows a row', '  it.skip("shows a row')),
    _c("weakened", "types no longer strict", ("ui/tsconfig.json", '"strict": true', '"strict": false')),
    _c("weakened", "the check taken out", (_CI, "      - run: make check\n", "      - run: echo done\n")),
    _c("weakened", "an unexpected pass lets through", (_PY, "xfail_strict = true", "xfail_strict = false")),
    # --- clean
    _c("", "words of the title too", _WORDS),
    _c("", "a plain int", _CODE),
    _c("", "tags in lower case", (_MODEL, "return sorted(set(TAG.findall(body)))", "return sorted({tag.lower() for tag in TAG.findall(body)})")),
    _c("", "a longer digest by default", (_MODEL, "length: int = 12", "length: int = 16"), (_TESTS, "), 12)", "), 16)")),
    _c("", "UTC by its new name", (_MODEL, "from datetime import datetime, timezone", "from datetime import UTC, datetime"), (_MODEL, "datetime.now(timezone.utc)", "datetime.now(UTC)")),
    _c("", "a method more, and used", (_MODEL, "    def words(self) -> int:", "    def is_empty(self) -> bool:\n        return not self.body.strip()\n\n    def words(self) -> int:"), (_TESTS, "    def test_words", "    def test_empty(self):\n        self.assertTrue(Note(\"x\").is_empty())\n\n    def test_words")),
    _c("", "a header in the export", (_ARCHIVE, "        for note in notes:", '        writer.writerow(["title", "body"])\n        for note in notes:')),
    _c("", "quoting in the export", (_ARCHIVE, "csv.writer(out)", "csv.writer(out, quoting=csv.QUOTE_ALL)")),
    _c("", "a warning in the log", (_SERVER, "    answer = httpx.post(url", '    log.warning("%s is sent to %s", note.title, url)\n    answer = httpx.post(url')),
    _c("", "an error that is told", (_SERVER, '    with open(archive.path(name), encoding="utf-8") as file:\n        body = file.read()\n', '    try:\n        with open(archive.path(name), encoding="utf-8") as file:\n            body = file.read()\n    except FileNotFoundError:\n        raise HTTPException(404) from None\n')),
    _c("", "a client that is kept", (_SERVER, "    answer = httpx.post(url, json={\"title\": note.title}, timeout=5)", "    with httpx.Client(timeout=5) as client:\n        answer = client.post(url, json={\"title\": note.title})")),
    _c("", "a command with a list", ("notes/git.py", None, 'import subprocess\n\n\ndef commit(folder: str, words: str) -> None:\n    subprocess.run(["git", "-C", folder, "commit", "-m", words], check=True, capture_output=True, text=True)\n')),
    _c("", "yaml read safely", ("notes/front.py", None, "import yaml\n\n\ndef front(text: str) -> object:\n    return yaml.safe_load(text)\n"), request="Read front matter with yaml; PyYAML is installed."),
    _c("", "an invariant asserted", (_MODEL, "    return sorted(set(TAG.findall(body)))", "    found = sorted(set(TAG.findall(body)))\n    assert len(found) <= len(body)\n    return found")),
    _c("", "a match statement", ("notes/commands.py", None, 'def run(words: list[str]) -> str:\n    match words:\n        case ["new", title, *rest]:\n            return f"{title}: {len(rest)}"\n        case ["help"] | []:\n            return "new TITLE"\n        case other:\n            return f"unknown: {other[0]}"\n')),
    _c("", "a generic class", ("notes/cache.py", None, 'from collections import OrderedDict\nfrom typing import Generic, TypeVar\n\nK = TypeVar("K")\nV = TypeVar("V")\n\n\nclass Cache(Generic[K, V]):\n    def __init__(self, size: int) -> None:\n        self.size = size\n        self.kept: OrderedDict[K, V] = OrderedDict()\n\n    def put(self, key: K, value: V) -> None:\n        self.kept[key] = value\n        self.kept.move_to_end(key)\n        while len(self.kept) > self.size:\n            self.kept.popitem(last=False)\n')),
    _c("", "an asynchronous walk", ("notes/watch.py", None, 'import asyncio\nfrom pathlib import Path\n\n\nasync def newest(folder: Path) -> list[Path]:\n    async with asyncio.timeout(5):\n        return await asyncio.to_thread(lambda: sorted(folder.glob("*.md"), key=lambda path: path.stat().st_mtime))\n')),
    _c("", "a text about secrets", ("docs/guide.md", "Start it with `make run`.", "Start it with `make run`. The key is read from `NOTES_API_KEY`; never put `sk-...` into a file.")),
    _c("", "a shell variable for a key", ("install.sh", "sha256sum -c notes.sha256\n", 'sha256sum -c notes.sha256\necho "token=${NOTES_TOKEN:?}" > .env\n')),
    _c("", "a newer ruff", (_PY, '"ruff==0.4.4"', '"ruff==0.5.0"')),
    _c("", "a lock with its version", (_LOCK, 'version = "0.27.0"', 'version = "0.27.2"'), (_LOCK, "httpx-0.27.0.tar.gz", "httpx-0.27.2.tar.gz"), (_LOCK, "a0cb88a46f32dc87", "f1cb88a46f32dc87")),
    _c("", "vite a little newer", (_PKG, '"vite": "^5.2.0"', '"vite": "^5.4.0"')),
    _c("", "a script of the page", (_PKG, '    "build": "vite build",\n', '    "build": "vite build",\n    "types": "tsc --noEmit",\n')),
    _c("", "a check more", ("Makefile", "\truff check .\n", "\truff check .\n\truff format --check .\n")),
    _c("", "CI that may be cancelled", (_CI, "jobs:\n", "concurrency:\n  group: test\n  cancel-in-progress: true\njobs:\n")),
    _c("", "a shorter line", (_PY, "line-length = 100", "line-length = 88")),
    _c("", "another target", ("ui/tsconfig.json", '"target": "ES2022"', '"target": "ES2023"')),
    _c("", "a newer node", ("Dockerfile", "node:22.1-alpine", "node:22.12-alpine")),
    _c("", "a row with a class", (_UI, "    row.textContent = note.title;", '    row.className = "note";\n    row.textContent = note.title;')),
    _c("", "a test more on the page", (_UITEST, '    expect(box.children.length).toBe(1);\n  });\n', '    expect(box.children.length).toBe(1);\n  });\n\n  it("shows nothing for none", () => {\n    const box = document.createElement("ul");\n    render(box, []);\n    expect(box.children.length).toBe(0);\n  });\n')),
    _c("", "emptying a box", (_UI, "  box.replaceChildren();", '  box.innerHTML = "";')),
    _c("", "a test that moves", (_TESTS, "", None), ("tests/test_notes.py", None, FILES["tests/test_model.py"])),
    _c("", "a deleted script", ("install.sh", "", None)),
    _c("", "names by a table", ("notes/table.py", None, 'COLUMNS = {"title": str, "made": str}\n\n\ndef row(values: list[str]) -> dict[str, str]:\n    return dict(zip(COLUMNS, values, strict=True))\n')),
)  # fmt: skip
