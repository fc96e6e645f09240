"""Diffs are read exactly, or refused with the line and the mend; nothing else is ever raised."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.patches.applying import DoesNotApply, applied
from qa.patches.diff import BadDiff, Change, read_diff
from qa.patches.locate import patch_of
from qa.patches.trees import Entry, Tree
from qa.prose import read
from tests.unit.qa.patches.making_patches import diff, tree

GOOD = "--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,3 @@\n one\n-two\n+zwei\n three\n"


def test_an_ordinary_diff() -> None:
    (file,) = read_diff(GOOD).files
    assert (file.change, file.old, file.new) == (Change.MODIFIED, "x.py", "x.py")
    assert file.added() == {2: "zwei"}
    assert file.removed() == ("two",)


def test_what_git_writes_about_files() -> None:
    text = (
        "commit 1234\nAuthor: Ada\n\n    A word - and another\n\n"
        "diff --git a/new.sh b/new.sh\nnew file mode 100755\nindex 0000000..1111111\n--- /dev/null\n+++ b/new.sh\n@@ -0,0 +1 @@\n+ls\n"
        "diff --git a/old.txt b/old.txt\ndeleted file mode 100644\n--- a/old.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n"
        "diff --git a/a b.txt b/c d.txt\nsimilarity index 100%\nrename from a b.txt\nrename to c d.txt\n"
        "diff --git a/run b/run\nold mode 100644\nnew mode 100755\n"
        "diff --git a/p.png b/p.png\nindex 1..2 100644\nBinary files a/p.png and b/p.png differ\n"
        "diff --git a/empty b/empty\nnew file mode 100644\nindex 0000000..e69de29\n"
        "diff --git a/link b/link\nnew file mode 120000\n--- /dev/null\n+++ b/link\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n"
        'diff --git "a/\\303\\251t\\303\\251.txt" "b/\\303\\251t\\303\\251.txt"\n--- "a/\\303\\251t\\303\\251.txt"\n+++ "b/\\303\\251t\\303\\251.txt"\n@@ -1 +1 @@\n-a\n+b\n'
        "-- \n2.39.2\n"
    )
    files = {file.path: file for file in read_diff(text).files}
    assert [(path, file.change.value) for path, file in files.items()] == [
        ("new.sh", "added"), ("old.txt", "deleted"), ("c d.txt", "renamed"), ("run", "modified"), ("p.png", "modified"),
        ("empty", "added"), ("link", "added"), ("été.txt", "modified"),
    ]  # fmt: skip
    assert files["new.sh"].new_mode == "100755"
    assert (files["run"].old_mode, files["run"].new_mode) == ("100644", "100755")
    assert files["p.png"].binary
    assert files["link"].new_mode == "120000"
    assert not files["link"].hunks[0].lines[0].ended
    assert files["c d.txt"].old == "a b.txt"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("just words", "names no file"),
        (GOOD.replace("+1,3", "+1,4"), "Write `@@ -1,3 +1,3 @@`"),
        (GOOD + " four\n", "has 4 old and 4 new lines"),
        (GOOD + "+four\n", "has 3 old and 4 new lines"),
        (GOOD.replace(" three\n", ""), "has 2 old and 2 new lines"),
        (GOOD.replace("@@ -1,3 +1,3 @@", "@@ ... @@"), "is no hunk's header"),
        (GOOD.replace("@@ -1,3 +1,3 @@\n", ""), "a line stands after the end of its hunk|has no hunk"),
        (GOOD.replace("+1,3", "+2,3"), "the new side begins at 1, not at 2"),
        (GOOD.replace("+++ b/x.py", "+++ b/y.py"), "names of the file differ"),
        (GOOD.replace(" three", "three"), "begins with none of"),
        (GOOD.replace("+++ b/x.py\n", ""), "names no file|belongs to no file|one below the other"),
        (GOOD + GOOD, "changes x.py twice"),
        (GOOD + "@@ -2,1 +2,1 @@\n-b\n+c\n", "must follow each other"),
        (
            "diff --git a/x b/x\nnew file mode 100640\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n",
            "'100640' is no mode",
        ),
        ("@@ -1 +1 @@\n-a\n+b\n", "belongs to no file"),
        (GOOD + "and so on\n", "neither a file's header nor a hunk"),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+\ud800\n", "no file can hold"),
    ],
)
def test_a_bad_diff_is_told_with_its_mend(wrong: str, said: str) -> None:
    with pytest.raises(BadDiff) as caught:
        read_diff(wrong)
    assert any(one in str(caught.value) for one in said.split("|"))


def test_lines_that_look_like_headers_are_counted_and_not_believed() -> None:
    before, after = "-- a/b\nx\n", "++ b/c\nx\n"
    (file,) = read_diff(diff("x.sql", before, after)).files
    assert applied(read_diff(diff("x.sql", before, after)), tree({"x.sql": before})).entries["x.sql"].text == after
    assert file.removed() == ("-- a/b",)


def test_a_diff_stands_in_a_block_or_alone() -> None:
    assert patch_of(read(f"Here it is:\n\n```diff\n{GOOD}```\nDone.")) == GOOD
    assert patch_of(read(GOOD)) == GOOD
    assert patch_of(read("```python\nx = 1\n```")) is None
    markdown = diff("README.md", "A\n\n```sh\nls\n```\n", "A\n\n```sh\nls -l\n```\n")
    assert patch_of(read(f"```diff\n{markdown}```\n")) == markdown
    nested = "\n".join("   " + line for line in f"```diff\n{GOOD}```".split("\n"))
    assert patch_of(read(f"1. Do this:\n\n{nested}\n")) == GOOD


def test_a_shown_change_without_files_is_a_patch_only_where_one_was_asked_for() -> None:
    shown = read("```diff\n-a = 1\n+a = 2\n```")
    assert patch_of(shown, "What changed in version 2?") is None
    assert patch_of(shown, "Give me a unified diff for this.") is not None
    named = read("```diff\n--- settings.py\n+++ settings.py\n-DEBUG = True\n+DEBUG = False\n```")
    assert patch_of(named, "How do I turn debugging off?") is None
    assert patch_of(named, "Give me a patch for this.") is not None


LINES = st.lists(st.sampled_from(["", "a", "b", "  c", "-- d", "++ e", "@@ f", "\t", "é", "日本", "x\r"]), max_size=12)


@given(LINES, LINES, st.booleans(), st.booleans(), st.integers(0, 4))
def test_what_difflib_writes_applies_exactly(
    old: list[str], new: list[str], old_ends: bool, new_ends: bool, context: int
) -> None:
    before = "\n".join(old) + ("\n" if old and old_ends else "")
    after = "\n".join(new) + ("\n" if new and new_ends else "")
    if before == after or "\r" in before + after:
        return  # difflib's own lines end at a \\r too
    made = applied(read_diff(diff("x", before, after, context=context)), tree({"x": before}))
    assert made.entries["x"].text == after


PARTS = st.sampled_from(
    [
        "diff --git a/x b/x", "diff --git ", "--- a/x", "+++ b/x", "--- /dev/null", "+++ /dev/null", "@@ -1 +1 @@",
        "@@ -0,0 +1,2 @@", "@@ -1,2 +1,2 @@ def", "@@", "@@ -9999999999 +1 @@", "+a", "-a", " a", "", "\\ No newline at end of file",
        "new file mode 100644", "deleted file mode 100644", "old mode 1", "rename from a", "rename to b", "copy from a",
        "GIT binary patch", "Binary files a/x and b/x differ", "index 1..2 100644", "-- ", "2.3", '--- "a/\\303"', '+++ "b/\\9"', "words",
    ]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.one_of(PARTS, st.text(max_size=8)), max_size=25).map("\n".join)))
def test_no_text_makes_it_raise_anything_else(text: str) -> None:
    with suppress(BadDiff, DoesNotApply):
        applied(read_diff(text), Tree({"x": Entry(b"a\n"), "a": Entry(b"a"), "b": Entry(b"", "120000")}))


def test_no_header_takes_forever() -> None:
    for line in (
        "diff --git a/" + "x" * 200_000,
        "diff --git a/" + "x b/" * 50_000,
        "@@ -1 +1 @@" + " " * 200_000,
        "--- " + "a" * 200_000,
    ):
        with suppress(BadDiff):
            read_diff(f"{line}\nold mode 100644\nnew mode 100755\n")
