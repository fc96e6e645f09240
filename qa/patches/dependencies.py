"""What a patch makes a project depend on: added, swapped for something that sounds alike, from elsewhere, loosened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from company.records import Finding
from qa.patches import manifests
from qa.patches.diff import Change, FileChange
from qa.patches.manifests import Sort, Wanted, sort_of
from qa.patches.telling import finding
from qa.prose import word_set

_KNOWN = word_set(
    "requests urllib3 certifi numpy pandas scipy matplotlib scikit-learn django flask fastapi starlette uvicorn "
    "pydantic sqlalchemy alembic pytest pytest-asyncio hypothesis tox mypy ruff black isort flake8 pylint coverage "
    "httpx aiohttp anyio boto3 botocore s3transfer awscli pyyaml python-dateutil pytz tzdata six setuptools wheel "
    "pip virtualenv packaging cryptography pyjwt paramiko bcrypt psycopg2 psycopg2-binary psycopg asyncpg pymongo "
    "redis celery kombu jinja2 markupsafe werkzeug click typer rich colorama tqdm pillow opencv-python torch "
    "tensorflow keras transformers openai anthropic langchain beautifulsoup4 lxml scrapy selenium playwright "
    "gunicorn attrs jsonschema protobuf grpcio websockets orjson simplejson python-dotenv docker kubernetes ansible "
    "jupyter notebook ipython nltk spacy react react-dom vue angular svelte next nuxt express lodash axios "
    "typescript webpack vite rollup babel eslint prettier jest mocha chai commander chalk debug moment dayjs uuid "
    "cross-env dotenv nodemon node-fetch ws socket.io jquery bootstrap tailwindcss postcss autoprefixer sass redux "
    "rxjs zod prisma mongoose sequelize pg mysql2 "
)
"""Names that are imitated most: of the most fetched packages of PyPI and npm (November 2026)."""
_CONFUSED = {
    "bs4": "beautifulsoup4", "sklearn": "scikit-learn", "dateutil": "python-dateutil", "cv2": "opencv-python",
    "yaml": "pyyaml", "pil": "pillow", "jwt": "pyjwt", "dotenv": "python-dotenv", "crossenv": "cross-env",
    "python-sqlite": "sqlite3", "python3-dateutil": "python-dateutil", "beautifulsoup": "beautifulsoup4",
    "mongodb": "pymongo", "setup-tools": "setuptools", "discordjs": "discord.js", "node-requests": "axios",
}  # fmt: skip
"""A name by which people look for a package -> the package they mean."""
_FLOATING = frozenset({"", "*", "latest", "x", "next", "main", "master", "head", "stable", "edge"})
_OFFICIAL = ("actions/", "github/")
_NUMBERS = re.compile(r"\d+")
_SHA = re.compile(r"[0-9a-f]{40}")
_WHAT = {
    Sort.REQUIREMENTS: "dependency", Sort.PYPROJECT: "dependency", Sort.PACKAGE: "dependency", Sort.DOCKER: "image",
    Sort.WORKFLOW: "action",
}  # fmt: skip


def check(file: FileChange, before: str | None, after: str | None, *, allowed: frozenset[str]) -> Iterator[Finding]:
    """What changed in a file that names dependencies.

    Args:
        file: the change.
        before, after: the whole file; None where it isn't known, then the lines of the hunks are compared.
        allowed: names that may be added.
    """
    sort = sort_of(file.path)
    if sort is None or file.change is Change.DELETED:
        return
    whole = after is not None and (before is not None or file.change is Change.ADDED)
    old_text = (before or "") if whole else "\n".join(line.text for hunk in file.hunks for line in hunk.old)
    new_text = (after or "") if whole else "\n".join(line.text for hunk in file.hunks for line in hunk.new)
    old = manifests.wanted(sort, old_text, whole=whole)
    new = manifests.wanted(sort, new_text, whole=whole)
    for place in sorted(manifests.sources(sort, new_text) - manifests.sources(sort, old_text)):
        yield finding(
            "dependency-source", f"{file.path}: `{place[:100]}` takes packages from another place. Take it out."
        )
    yield from _compared(file, sort, old, new, allowed)
    if sort is Sort.REQUIREMENTS:
        yield from _hashes(file, old, new)


def _compared(
    file: FileChange, sort: Sort, old: dict[str, Wanted], new: dict[str, Wanted], allowed: frozenset[str]
) -> Iterator[Finding]:
    gone = {name: one for name, one in old.items() if name not in new}
    pinned = _are_pinned(old.values())
    for name, one in new.items():
        known = old.get(name)
        if one.source and (known is None or known.source != one.source):
            yield finding(
                "dependency-source",
                f"{file.path}: {name} comes from {one.source[:100]!r}, which is no index. Name a version of the index.",
            )
        elif known is None:
            yield from _added(file, sort, one, gone, allowed, pinned=pinned)
        else:
            yield from _changed(file.path, sort, known, one)


def _added(
    file: FileChange, sort: Sort, one: Wanted, gone: dict[str, Wanted], allowed: frozenset[str], *, pinned: bool
) -> Iterator[Finding]:
    path, what = file.path, _WHAT[sort]
    meant = alike(one.name, frozenset(gone) | (_KNOWN if what == "dependency" else frozenset()))
    twin = alike(one.name, frozenset(gone))
    if twin or (len(gone) == 1 and sort in (Sort.DOCKER, Sort.WORKFLOW)):
        yield finding(
            "dependency-swapped", f"{path}: {twin or next(iter(gone))} was exchanged for {one.name}. Keep it."
        )
    elif meant and one.name not in _KNOWN | allowed:
        yield finding(
            "dependency-lookalike", f"{path}: {one.name} looks like {meant}, and is another package. Is {meant} meant?"
        )
    elif one.name not in allowed and not _goes_without_saying(file, sort, one):
        yield finding(
            "dependency-added", f"{path}: the {what} {one.name} is new and the order does not name it. Do without it."
        )
    if _floats(sort, one.version) and (pinned or sort in (Sort.DOCKER, Sort.WORKFLOW)):
        yield finding("dependency-unpinned", f"{path}: {one.name} has no fixed version. Name one.")


def _goes_without_saying(file: FileChange, sort: Sort, one: Wanted) -> bool:
    """GitHub's own actions; the image of a new Dockerfile, which must have one."""
    official = sort is Sort.WORKFLOW and one.name.startswith(_OFFICIAL)
    return official or (sort is Sort.DOCKER and file.change is Change.ADDED)


def _changed(path: str, sort: Sort, known: Wanted, one: Wanted) -> Iterator[Finding]:
    if known.version == one.version:
        return
    if _strength(sort, one.version) < _strength(sort, known.version):
        yield finding(
            "dependency-unpinned",
            f"{path}: {one.name} was fixed at {known.version!r} and is {one.version or 'any version'!r} now. Keep it.",
        )
    elif not _SHA.search(known.version + one.version) and _lower(known.version, one.version):
        yield finding(
            "dependency-lowered",
            f"{path}: {one.name} goes back from {known.version!r} to the older {one.version!r}. Keep the newer one.",
        )


def _hashes(file: FileChange, old: dict[str, Wanted], new: dict[str, Wanted]) -> Iterator[Finding]:
    """A requirements file may be a lock too: `name==1.0 --hash=sha256:...`."""
    removed, added = "\n".join(file.removed()), "\n".join(file.added().values())
    if (
        "--hash" in removed
        and old == new
        and set(re.findall(r"sha\d+:\w+", added)) - set(re.findall(r"sha\d+:\w+", removed))
    ):
        yield finding("lock-hash", f"{file.path}: a hash changed, but no version did. Lock it again with the tool.")
    elif "--hash" in removed and "--hash" not in added:
        yield finding("lock-hash", f"{file.path}: a hash was taken out. Keep the hashes.")


def alike(name: str, others: frozenset[str]) -> str:
    """The one of `others` that `name` imitates or is mistaken for; "" for none.

    By a known confusion, the same letters otherwise divided, or one slip of the pen (Damerau-Levenshtein distance 1;
    2 from nine letters on).
    """
    if name in others or len(name) < 3:
        return ""
    if _CONFUSED.get(name, "") in others:
        return _CONFUSED[name]
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    for other in sorted(others):
        bare = re.sub(r"[^a-z0-9]", "", other.lower())
        if plain == bare and name != other:
            return other
        far = 2 if min(len(plain), len(bare)) >= 9 else 1
        if len(bare) >= 5 and abs(len(plain) - len(bare)) <= far and distance(plain, bare, far) <= far:
            return other
        if len(bare) >= 5 and plain in (f"python{bare}", f"{bare}python", f"py{bare}", f"{bare}js", f"node{bare}"):
            return other
    return ""


def distance(one: str, other: str, most: int) -> int:
    """Slips of the pen between two words (optimal string alignment), or a number above `most`."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def _are_pinned(wanted: Iterable[Wanted]) -> bool:
    """Whether most of what a file asks for has a version."""
    versions = [one.version for one in wanted]
    return not versions or sum(bool(version) for version in versions) * 2 >= len(versions)


def _floats(sort: Sort, version: str) -> bool:
    return _strength(sort, version) == 0


def _strength(sort: Sort, version: str) -> int:
    """How exactly a version is fixed: 0 not at all, 1 a lower bound, 2 a range, 3 one version, 4 one content."""
    bare = version.strip().lower()
    if bare in _FLOATING:
        return 0
    if "@sha256:" in bare or _SHA.fullmatch(bare):
        return 4
    if sort in (Sort.DOCKER, Sort.WORKFLOW):
        return 3 if _NUMBERS.search(bare) else 0
    if "==" in bare and "*" not in bare:
        return 3
    if sort is Sort.PACKAGE and bare[:1].isdigit() and not re.search(r"[x*]|\s-\s|\|\|", bare):
        return 3
    if bare[:1] in ("^", "~") or "<" in bare or "==" in bare:
        return 2
    return 1


def _lower(old: str, new: str) -> bool:
    """Whether the first version that `new` names is older than the first of `old`."""
    before, after = (tuple(int(part) for part in _NUMBERS.findall(_first(text))[:4]) for text in (old, new))
    length = min(len(before), len(after))
    return bool(length) and after[:length] < before[:length]


def _first(version: str) -> str:
    """The lower bound of a version's text."""
    parts = [part for part in re.split(r"[,\s|]+", version) if part and not part.startswith(("<", "!"))]
    return parts[0].partition("-")[0] if parts else ""
