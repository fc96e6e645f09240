"""A patch fits byte for byte or is refused with where it would; the folder it is for is never written to."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from company.errors import ConfigError
from qa.patches.applying import DoesNotApply, applied
from qa.patches.diff import read_diff
from qa.patches.examining import examine
from qa.patches.review import review
from qa.patches.rules import PatchRules
from qa.patches.scope import fault_of, fits
from qa.patches.trees import Entry, Tree, read_tree
from tests.unit.qa.patches.making_patches import RULES, diff, tree

TEN = "".join(f"line {number}\n" for number in range(1, 11))


def fault(text: str, before: Tree) -> str:
    with pytest.raises(DoesNotApply) as caught:
        applied(read_diff(text), before)
    return str(caught.value)


def test_where_it_would_fit_is_said() -> None:
    moved = diff("x", TEN, TEN.replace("line 8\n", "eight\n"))
    shorter = TEN.removeprefix("line 1\n")
    assert "stand at line 4. Write `@@ -4,6 +4,6 @@`" in fault(moved, tree({"x": shorter}))
    twice = "a\nb\nc\n"
    assert "lines 1, 4. Say which" in fault(
        "--- a/x\n+++ b/x\n@@ -2,3 +2,3 @@\n a\n-b\n+B\n c\n", tree({"x": twice * 2})
    )


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (TEN.replace("line 8", "line  8"), "line 8 of the file is not 'line 8'"),
        (TEN.replace("\n", "\r\n"), "line 5 ends otherwise in the file"),
        ("line 1\n", "the file has 1 lines"),
    ],
)
def test_what_does_not_fit_is_said_without_the_files_own_words(before: str, said: str) -> None:
    assert said in fault(diff("x", TEN, TEN.replace("line 8\n", "eight\n")), tree({"x": before}))


def test_files_that_are_there_or_not() -> None:
    assert "There is no file src/x. Is lib/x meant?" in fault(diff("src/x", "a\n", "b\n"), tree({"lib/x": "a\n"}))
    assert "x is there already" in fault(diff("x", None, "b\n"), tree({"x": "a\n"}))
    assert "leaves lines of it" in fault(diff("x", "a\n", None), tree({"x": "a\nb\n"}))
    renamed = "diff --git a/x b/y\nrename from x\nrename to y\n--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n"
    after = applied(read_diff(renamed), tree({"x": "a\n"}))
    assert {path: entry.text for path, entry in after.entries.items()} == {"y": "b\n"}
    mode = applied(read_diff("diff --git a/x b/x\nold mode 100644\nnew mode 100755\n"), tree({"x": "a\n"}))
    assert mode.entries["x"].mode == "100755"


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../x", "a/../../x", ".git/hooks/pre-commit", "a/.GIT/config", "git~1/config", "C:/x", "a\\..\\x", "~/x",
     "a//b", "./x", ".git./x", "a\tb", "", "x" * 2000],
)  # fmt: skip
def test_paths_that_lead_away_are_refused(path: str) -> None:
    assert fault_of(path)
    if path and "\t" not in path:
        text = f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+a\n"
        assert [one.code for one in review(text, RULES).findings] == ["path-outside"]


def test_ordinary_paths_are_not() -> None:
    assert not any(
        map(fault_of, ["x", "a/b.py", ".github/workflows/ci.yml", ".gitignore", "a/...b", "ä/日本.py", "a b"])
    )


def test_symlinks_binaries_and_submodules_are_refused() -> None:
    link = "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n\\ No newline at end of file\n"
    assert [one.code for one in review(link, RULES, tree=tree({})).findings] == ["symlink"]
    module = link.replace("120000", "160000")
    assert "submodule" in review(module, RULES).findings[0].message
    binary = "diff --git a/p b/p\nnew file mode 100644\nGIT binary patch\nliteral 3\nKcmZQzU|?\n"
    assert [one.code for one in review(binary, RULES).findings] == ["binary"]
    before = Tree({"l": Entry(b"/etc", "120000"), "x": Entry(b"a\n")})
    through = review(diff("l/passwd", None, "root\n"), RULES, tree=before)
    assert [one.code for one in through.findings] == ["path-outside"]
    onto = review(diff("x/y", None, "a\n"), RULES, tree=before)
    assert [one.code for one in onto.findings] == ["path-outside"]


def test_the_spec_bounds_what_may_be_touched() -> None:
    rules = PatchRules(enabled=True, allowed=("src/**", "*.md"), forbidden=("src/keys/",), max_files=1, max_lines=3)
    for path, codes in (
        ("src/a/b.py", []),
        ("README.md", []),
        ("docs/README.md", ["out-of-scope"]),
        ("src/keys/x", ["out-of-scope"]),
    ):
        assert [one.code for one in review(diff(path, None, "x = 1\n"), rules).findings] == codes, path
    two = diff("a.md", None, "1\n2\n") + diff("b.md", None, "1\n2\n")
    assert [one.code for one in review(two, rules).findings] == ["patch-too-large", "patch-too-large"]
    assert fits("a/b/c", "a/**/c")
    assert fits("a/c", "a/**/c")
    assert not fits("a/b/c", "a/*")
    assert not fits("x" * 900, "*a" * 40)


def test_the_folder_is_only_read_and_its_links_are_not_followed(tmp_path: Path) -> None:
    house = tmp_path / "tree"
    (house / "src").mkdir(parents=True)
    (house / "src" / "x.py").write_text("a = 1\n")
    (house / ".git").mkdir()
    (house / ".git" / "config").write_text("secret")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "y.py").write_text("b = 1\n")
    (house / "away").symlink_to(tmp_path / "outside")
    (house / "file").symlink_to(tmp_path / "outside" / "y.py")
    os.mkfifo(house / "pipe")
    read = read_tree(house)
    assert set(read.entries) == {"src/x.py", "away", "file"}
    assert read.entries["away"].mode == read.entries["file"].mode == "120000"
    known = {path: (path.lstat().st_mtime_ns, path.lstat().st_ino) for path in sorted(house.rglob("*"))}
    assert asyncio.run(examine(diff("src/x.py", "a = 1\n", "a = 2\n"), RULES, tree=house)) == ()
    away = asyncio.run(examine(diff("away/y.py", "b = 1\n", "b = 2\n"), RULES, tree=house))
    assert [one.code for one in away] == ["path-outside"]
    assert {path: (path.lstat().st_mtime_ns, path.lstat().st_ino) for path in sorted(house.rglob("*"))} == known


def test_a_tree_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        read_tree(tmp_path / "none")


async def test_without_its_tree_a_patch_is_not_verified(tmp_path: Path) -> None:
    rules = PatchRules(enabled=True, tree=str(tmp_path / "none"))
    assert [one.code for one in await examine(diff("x", "a\n", "b\n"), rules)] == ["patch-unverified"]
