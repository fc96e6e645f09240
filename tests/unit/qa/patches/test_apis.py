"""What a model made up is found: modules, names and arguments that nobody has. What can't be told is not said."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.patches.review import review
from qa.patches.rules import PatchRules
from qa.patches.trees import read_tree
from tests.unit.qa.patches.making_patches import diff, judge

RULES = PatchRules(enabled=True)
FILES = {
    "shop/__init__.py": "VERSION = 1\n",
    "shop/prices.py": (
        "from dataclasses import dataclass\n\n\ndef total(items, *, rate=0.2):\n    return sum(items) * (1 + rate)\n\n\n"
        "@dataclass\nclass Price:\n    net: int\n    tax: int = 0\n\n\nclass Till:\n    def __init__(self, name):\n        self.name = name\n\n"
        "    def open(self):\n        return self.name\n\n\ndef loose(**more):\n    return more\n"
    ),
    "shop/dynamic.py": "def __getattr__(name):\n    return 1\n",
    "shop/star.py": "from os.path import *\n",
    "app.py": "import os\n\n\ndef main():\n    return os.getcwd()\n",
    "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["httpx>=0.27", "PyYAML>=6"]\n',
}


def change(path: str, after: str) -> list[str]:
    """The codes for a new file."""
    return [one.code for one in judge(FILES, {path: after}, RULES).findings]


def loose(path: str, before: str, after: str) -> list[str]:
    """The codes by the diff alone."""
    return [one.code for one in review(diff(path, before, after), RULES).findings]


def with_line(*lines: str) -> dict[str, str | None]:
    indented = "".join(f"    {line}\n" for line in lines)
    return {"app.py": FILES["app.py"].replace("    return os.getcwd()\n", indented + "    return os.getcwd()\n")}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["import shop.price"], "there is no module shop.price. Is prices meant?"),
        (["from shop.prices import totals"], "shop.prices has no totals. Is total meant?"),
        (["from shop import prices", "prices.sum_up([1])"], "shop.prices has no sum_up"),
        (["from shop.prices import total", "total([1], vat=0.2)"], "total() takes no argument vat"),
        (["from shop.prices import Price", "Price(net=1, gross=2)"], "Price() takes no argument gross"),
        (["from shop.prices import Till", "Till(title='x')"], "Till() takes no argument title"),
        (["os.get_cwd()"], "os has no get_cwd. Is getcwd meant?"),
        (["os.path.joinn('a')"], "os.path has no joinn"),
        (["import os.pathes"], "there is no module os.pathes"),
        (["from itertools import flatten"], "itertools has no flatten"),
        (["import datetime", "datetime.datetime.nowutc()"], "datetime.datetime has no nowutc"),
        (["from pathlib import Path", "Path.read_txt"], "pathlib.Path has no read_txt"),
        (["os.makedirs('a', exists_ok=True)"], "os.makedirs() takes no argument exists_ok. Is exist_ok meant?"),
        (["import shutil", "shutil.copyfile('a', 'b', overwrite=True)"], "takes no argument overwrite"),
        (["import subprocess", "subprocess.run(['ls'], time_out=3)"], "takes no argument time_out"),
        (["import fastyaml"], "fastyaml is neither in the tree"),
        (["slugify_title('x')"], "slugify_title is used and never defined"),
        (["main(verbose=True)"], "main() takes no argument verbose"),
    ],
)
def test_what_nobody_has_is_found(lines: list[str], said: str) -> None:
    found = judge(FILES, with_line(*lines), RULES).findings
    assert [said in one.message for one in found] == [True], found


@pytest.mark.parametrize(
    "lines",
    [
        ["import shop.prices", "shop.prices.total([1], rate=0.1)"],
        ["from shop.dynamic import anything"],
        ["from shop.star import join"],
        ["from shop.prices import loose", "loose(a=1, b=2)"],
        ["from shop import VERSION, prices"],
        ["import yaml", "yaml.safe_load('a', whatever=1)"],
        ["import httpx", "httpx.no_such_thing()"],
        ["try:", "    import fastyaml", "except ImportError:", "    fastyaml = None"],
        ["try:", "    x = os.get_cwd()", "except AttributeError:", "    x = 1"],
        ["if hasattr(os, 'getxattr2'):", "    os.getxattr2('a')"],
        ["from typing import override"],  # 3.12
        ["from itertools import batched"],  # 3.12
        ["import distutils"],  # until 3.11
        ["from shop import api_pb2"],
        ["os = object()", "os.get_cwd()"],
        ["import subprocess", "subprocess.run(['ls'], timeout=3, check=True)"],
        ["from datetime import datetime, UTC", "datetime.now(UTC).isoformat(timespec='seconds')"],
        ["import asyncio", "asyncio.run(f(), debug=True)  # noqa", "f = 1"][:1],
        ["for name in os.environ:", "    print(name, file=None, flush=True)"],
        ["with open('x') as file:", "    print(file.read())"],
        ["words = [word for line in [] for word in line]"],
        ["import logging.handlers", "logging.handlers.RotatingFileHandler('x', maxBytes=1, backupCount=2)"],
        ["from collections.abc import Iterator"],
        ["from importlib import metadata", "metadata.version('x')"],
        ["import xml.etree.ElementTree as ET", "ET.fromstring('<a/>')"],
        ["from concurrent.futures import ThreadPoolExecutor", "ThreadPoolExecutor(max_workers=2)"],
    ],
)
def test_what_is_there_or_can_t_be_told_is_let_be(lines: list[str]) -> None:
    assert [one.code for one in judge(FILES, with_line(*lines), RULES).findings if one.code != "check-silenced"] == []


def test_members_of_a_class_that_can_be_seen_whole() -> None:
    before = {
        "till.py": "class Till:\n    def __init__(self):\n        self.sum = 0\n\n    def add(self, x):\n        self.sum += x\n"
    }
    after = before["till.py"] + "\n    def show(self):\n        return self.{}\n"
    assert (
        "Till has no summ. Is sum meant?" in judge(before, {"till.py": after.format("summ")}, RULES).findings[0].message
    )
    for fine in ("sum", "add", "__dict__", "__class__"):
        assert judge(before, {"till.py": after.format(fine)}, RULES).findings == ()
    unknown = {
        "till.py": before["till.py"]
        .replace("class Till:", "class Till(Register):")
        .replace("class", "from x import Register\n\n\nclass", 1)
    }
    text = unknown["till.py"] + "\n    def show(self):\n        return self.summ\n"
    assert judge(unknown, {"till.py": text}, RULES).findings == ()


def test_relative_imports() -> None:
    assert change("shop/cart.py", "from .prices import total\nfrom . import prices\n") == []
    assert change("shop/cart.py", "from .prices import totals\n") == ["unknown-name"]
    assert change("shop/sub/cart.py", "from ..prices import total\n") == []


def test_a_patch_may_bring_what_it_uses() -> None:
    new = {"shop/cart.py": "from shop.stock import left\nleft()\n", "shop/stock.py": "def left():\n    return 1\n"}
    assert judge(FILES, dict(new), RULES).findings == ()


def test_without_a_tree_the_standard_library_alone_is_looked_at() -> None:
    before = "import os\n\ndef f():\n    return 1\n"
    after = before.replace("    return 1\n", "    os.get_cwd()\n    return 1\n")
    assert loose("app.py", before, after) == ["unknown-name"]
    assert loose("app.py", before, before.replace("import os\n", "import os\nimport shop.price\n")) == []


def test_the_trees_own_environment_is_read_and_never_imported(tmp_path: Path) -> None:
    place = tmp_path / ".venv" / "lib" / "python3.12" / "site-packages"
    (place / "fancy").mkdir(parents=True)
    marker = tmp_path / "was-imported"
    (place / "fancy" / "__init__.py").write_text(f"open({str(marker)!r}, 'w')\ndef shine(colour):\n    pass\n")
    (place / "fancy" / "deep.py").write_text("x = 1\n")
    (tmp_path / "a.py").write_text("import fancy\n")
    for line, codes in (("fancy.shine(colour=1)", []), ("fancy.shimmer()", ["unknown-name"]), ("fancy.shine(color=1)", ["unknown-argument"]),
                        ("import fancy.deep", []), ("import fancy.deeper", ["unknown-module"])):  # fmt: skip
        text = diff("a.py", "import fancy\n", f"import fancy\n{line}\n")
        assert [one.code for one in review(text, RULES, tree=read_tree(tmp_path)).findings] == codes, line
    assert not marker.exists()


@pytest.mark.parametrize("part", ["qa", "employees", "web", "console"])
def test_this_house_finds_nothing_made_up_in_itself(part: str) -> None:
    """Every line of real files as if it were added: no false alarm."""
    house = read_tree(Path(__file__).parents[4])
    text = ""
    for path, entry in house.entries.items():
        if path.endswith(".py") and path.startswith(f"{part}/") and len(text) < 1_800_000:
            lines = entry.text.splitlines(keepends=True)
            text += f"--- a/{path}\n+++ b/{path}\n@@ -1,{len(lines)} +1,{len(lines)} @@\n"
            text += "".join(f"-{line}" for line in lines) + "".join(f"+{line}" for line in lines)
    rules = RULES.model_copy(update={"check_security": False, "max_lines": 1_000_000, "max_files": 1000})
    assert review(text, rules, tree=house).findings == ()
