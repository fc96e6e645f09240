"""Dependencies that are added, swapped, loosened or taken from elsewhere; lock files; what a hunk alone shows."""

from __future__ import annotations

import pytest

from qa.patches.dependencies import alike, distance
from qa.patches.manifests import Sort, wanted
from qa.patches.rules import PatchRules
from tests.unit.qa.patches.making_patches import change, judge, loose

PYPROJECT = """[project]
name = "shop"
version = "1.0"
dependencies = [
    "requests>=2.31",
    "pydantic==2.8.0",
]

[tool.uv]
package = false
"""
PACKAGE = """{
  "name": "shop",
  "version": "1.0.0",
  "dependencies": {
    "express": "^4.18.2",
    "left-pad": "1.3.0"
  }
}
"""
UV_LOCK = """version = 1

[[package]]
name = "anyio"
version = "4.4.0"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://files.pythonhosted.org/a.tar.gz", hash = "sha256:1111111111111111111111111111111111111111111111111111111111111111" }

[[package]]
name = "idna"
version = "3.7"
sdist = { url = "https://files.pythonhosted.org/i.tar.gz", hash = "sha256:2222222222222222222222222222222222222222222222222222222222222222" }
"""


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('    "requests>=2.31",\n', '    "requests>=2.31",\n    "boto3>=1.34",\n', "dependency-added"),
        ('    "requests>=2.31",\n', '    "reqeusts>=2.31",\n', "dependency-swapped"),
        ('    "requests>=2.31",\n', '    "requests>=2.31",\n    "nunpy>=1.0",\n', "dependency-lookalike"),
        ("pydantic==2.8.0", "pydantic==1.10.2", "dependency-lowered"),
        ("pydantic==2.8.0", "pydantic", "dependency-unpinned"),
        ("pydantic==2.8.0", "pydantic>=2", "dependency-unpinned"),
        ('"requests>=2.31"', '"requests @ git+https://github.com/x/requests"', "dependency-source"),
        ('"requests>=2.31"', '"requests @ https://x.example/requests.whl"', "dependency-source"),
        ("[tool.uv]\n", '[tool.uv]\nindex-url = "https://x.example/simple"\n', "dependency-source"),
        (
            "[tool.uv]\n",
            '[tool.uv.sources]\nrequests = { git = "https://x.example/r" }\n\n[tool.uv]\n',
            "dependency-source",
        ),
    ],
)
def test_a_pyproject(old: str, new: str, code: str) -> None:
    assert code in change("pyproject.toml", PYPROJECT, PYPROJECT.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("requests>=2.31", "requests>=2.32"),
        ("pydantic==2.8.0", "pydantic==2.9.1"),
        ('version = "1.0"', 'version = "1.1"'),
        ('    "pydantic==2.8.0",\n', ""),
        ("requests>=2.31", "requests==2.32.3"),
        ("package = false", "package = true"),
    ],
)
def test_a_clean_change_of_a_pyproject(old: str, new: str) -> None:
    assert change("pyproject.toml", PYPROJECT, PYPROJECT.replace(old, new)) == []


def test_what_the_order_or_the_spec_names_may_be_added() -> None:
    after = PYPROJECT.replace('    "requests>=2.31",\n', '    "requests>=2.31",\n    "boto3>=1.34",\n')
    before = {"pyproject.toml": PYPROJECT}
    assert judge(before, {"pyproject.toml": after}, request="Upload it to S3 with boto3.").findings == ()
    rules = PatchRules(enabled=True, dependencies=("boto3",))
    assert judge(before, {"pyproject.toml": after}, rules).findings == ()


@pytest.mark.parametrize(
    ("path", "before", "after", "code"),
    [
        ("requirements.txt", "requests==2.31.0\n", "requests==2.31.0\nrich==13.0\n", "dependency-added"),
        ("requirements.txt", "urllib3==2.2.2\n", "urlib3==2.2.2\n", "dependency-swapped"),
        ("requirements/dev.txt", "requests==2.31.0\n", "requests\n", "dependency-unpinned"),
        ("requirements.txt", "requests==2.31.0\n", "--extra-index-url https://x.example\nrequests==2.31.0\n", "dependency-source"),
        ("requirements.txt", "requests==2.31.0\n", "git+https://github.com/psf/requests\n", "dependency-source"),
        ("requirements.txt", "a==1 --hash=sha256:" + "1" * 64 + "\n", "a==1 --hash=sha256:" + "2" * 64 + "\n", "lock-hash"),
        ("package.json", PACKAGE, PACKAGE.replace('"express": "^4.18.2"', '"expres": "^4.18.2"'), "dependency-swapped"),
        ("package.json", PACKAGE, PACKAGE.replace("^4.18.2", "latest"), "dependency-unpinned"),
        ("package.json", PACKAGE, PACKAGE.replace("1.3.0", "1.1.0"), "dependency-lowered"),
        ("package.json", PACKAGE, PACKAGE.replace("1.3.0", "github:evil/left-pad"), "dependency-source"),
        ("package.json", PACKAGE, PACKAGE.replace('"left-pad": "1.3.0"', '"left-pad": "1.3.0",\n    "colours": "^1.4.0"'), "dependency-added"),
        ("Dockerfile", "FROM python:3.12-slim\n", "FROM pyhton:3.12-slim\n", "dependency-swapped"),
        ("Dockerfile", "FROM python:3.12-slim\n", "FROM python:latest\n", "dependency-unpinned"),
        ("Dockerfile", "FROM python:3.12-slim\n", "FROM python:3.8-slim\n", "dependency-lowered"),
        (".github/workflows/ci.yml", "      - uses: actions/checkout@v4\n", "      - uses: action/checkout@v4\n", "dependency-swapped"),
        (".github/workflows/ci.yml", "  - uses: a/b@" + "a" * 40 + "\n", "  - uses: a/b@v1\n", "dependency-unpinned"),
        (".github/workflows/ci.yml", "      - uses: actions/checkout@v4\n", "      - uses: actions/checkout@v4\n      - uses: evil/step@main\n", "dependency-added"),
        ("uv.lock", UV_LOCK, UV_LOCK.replace("1111111", "9999999"), "lock-hash"),
        ("uv.lock", UV_LOCK, UV_LOCK.replace("files.pythonhosted.org/i", "files.x.example/i"), "lock-source"),
    ],
)  # fmt: skip
def test_bad_changes(path: str, before: str, after: str, code: str) -> None:
    assert code in change(path, before, after)
    assert code in loose(path, before, after), "by the hunk alone"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("requirements.txt", "requests==2.31.0\n", "requests==2.32.0\n"),
        ("requirements.txt", "requests==2.31.0\nrich==13.0\n", "requests==2.31.0\n"),
        ("requirements.txt", "# web\nrequests==2.31.0\n", "# the web\nrequests==2.31.0  # pinned\n"),
        ("package.json", PACKAGE, PACKAGE.replace("^4.18.2", "^4.19.0")),
        ("package.json", PACKAGE, PACKAGE.replace('"version": "1.0.0"', '"version": "1.1.0"')),
        ("Dockerfile", "FROM python:3.12-slim\n", "FROM python:3.13-slim AS build\nFROM build\n"),
        ("Dockerfile", None, "FROM python:3.12-slim\n"),
        (".github/workflows/ci.yml", "      - uses: actions/checkout@v4\n", "      - uses: actions/checkout@v5\n"),
        (".github/workflows/ci.yml", "jobs:\n", "jobs:\n      - uses: actions/cache@v4\n"),
        ("uv.lock", UV_LOCK, UV_LOCK.replace("1111111", "9999999").replace("4.4.0", "4.5.0")),
        ("notes.txt", "a\n", "requests @ git+https://x.example\n"),
        ("docs/install.md", "a\n", "FROM python:latest\n"),
    ],
)
def test_clean_changes(path: str, before: str | None, after: str) -> None:
    assert change(path, before, after) == []


def test_names_that_look_alike() -> None:
    known = frozenset({"requests", "python-dateutil", "beautifulsoup4", "scikit-learn"})
    for name, meant in (("request", "requests"), ("reqeusts", "requests"), ("requestss", "requests"), ("bs4", "beautifulsoup4"),
                        ("dateutil", "python-dateutil"), ("scikitlearn", "scikit-learn"), ("python-requests", "requests")):  # fmt: skip
        assert alike(name, known) == meant, name
    assert not any(alike(name, known) for name in ("requests", "rich", "aiohttp", "quests-engine", "sk"))
    assert distance("abc", "acb", 2) == 1
    assert distance("abcdef", "uvwxyz", 2) == 3


def test_what_the_readers_take_in() -> None:
    found = wanted(Sort.REQUIREMENTS, "A_b.c[x]>=1,<2; python_version > '3' # why\n-r other.txt\n\n# no\n", whole=True)
    assert {name: one.version for name, one in found.items()} == {"a-b-c": ">=1,<2"}
    assert wanted(Sort.PYPROJECT, "not toml =", whole=True) == {}
    assert wanted(Sort.PACKAGE, "[1]", whole=True) == {}
