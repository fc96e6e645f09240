"""What QA catches in patches and what it sends back wrongly, on the corpus of `benchmarks.patch_corpus`.

    make bench ARGS="patches"

Of the development half the misses may be asked for (`python -m benchmarks.patches`); of the held-out half only sums are
printed.
"""

from __future__ import annotations

import io
import statistics
import subprocess
import tarfile
import time
from collections import Counter
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from benchmarks.patch_corpus.cases import CODES, HALVES, Case, Half, cases, project
from benchmarks.table import load
from company.records import Finding
from qa.patches.diff import SYMLINK
from qa.patches.review import review
from qa.patches.rules import PatchRules
from qa.patches.trees import Entry, Tree

_LONGEST = 400_000  # characters of a commit that is taken in
RULES = PatchRules(enabled=True, forbidden=("keys/", "deploy/", "terraform/"))


@dataclass(slots=True)
class Tally:
    """How a half came out, with its files (`tree`) or by the diff alone."""

    planted: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    clean: int = 0
    rejected: list[tuple[Case, tuple[Finding, ...]]] = field(default_factory=list)
    missed: list[tuple[Case, tuple[Finding, ...]]] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of the planted defects that were found as what they are."""
        return self.caught.total() / self.planted.total()


def tally(half: Half, *, alone: bool = False) -> Tally:
    """Judge every patch of a half; `alone`: without the files that it is for."""
    result, files = Tally(), project(half)
    tree = None if alone else Tree({path: Entry(text.encode()) for path, text in files.items()})
    for case in cases(half):
        text = case.diff(files)
        begun = time.perf_counter()
        findings = review(text, RULES, tree=tree, request=case.request).findings
        result.milliseconds.append(1000 * (time.perf_counter() - begun))
        if not case.planted:
            result.clean += 1
            if findings:
                result.rejected.append((case, findings))
            continue
        result.planted[case.planted] += 1
        found = any(finding.code in CODES[case.planted] for finding in findings)
        result.caught[case.planted] += found
        if not found:
            result.missed.append((case, findings))
    return result


def history(most: int) -> tuple[int, Counter[str]]:
    """This repository's own last commits as patches of the tree before them: (how many, what was found)."""
    found: Counter[str] = Counter()
    number = 0
    for commit in _git("log", "--no-merges", "--format=%H", f"-{most + 1}").decode().split()[:-1]:
        text = _git("show", "--format=", "-M", commit).decode("utf-8", "surrogateescape")
        if not text.strip() or len(text) > _LONGEST:
            continue
        with tarfile.open(fileobj=io.BytesIO(_git("archive", f"{commit}^"))) as tar:
            before = Tree({one.name: _entry(tar, one) for one in tar if one.isfile() or one.issym()})
        rules = PatchRules(enabled=True, max_files=10_000, max_lines=1_000_000)
        found.update(finding.code for finding in review(text, rules, tree=before).findings)
        number += 1
    return number, found


def _entry(tar: tarfile.TarFile, one: tarfile.TarInfo) -> Entry:
    if one.issym():
        return Entry(one.linkname.encode(), SYMLINK)
    file = tar.extractfile(one)
    return Entry(file.read() if file is not None else b"", "100755" if one.mode & 0o100 else "100644")


def _git(*words: str) -> bytes:
    return subprocess.run(["git", *words], capture_output=True, check=True).stdout


def run(quick: bool) -> None:
    """Measure and print."""
    tallies = {(half, alone): tally(half, alone=alone) for half in HALVES for alone in (False, True)}
    table = Table(title="QA on patches", title_justify="left", title_style="bold")
    table.add_column("planted")
    for half in HALVES:
        for head in (half, "caught", "by the diff alone"):
            table.add_column(head, justify="right")
    for name in (*CODES, "all"):
        cells = []
        for half in HALVES:
            whole, alone = tallies[half, False], tallies[half, True]
            number = whole.planted.total() if name == "all" else whole.planted[name]
            shown = [one.caught.total() if name == "all" else one.caught[name] for one in (whole, alone)]
            cells += [str(number), *(f"{100 * caught / number:.1f} %" for caught in shown)]
        table.add_row(name, *cells, style="bold" if name == "all" else "")
    cells = []
    for half in HALVES:
        whole, alone = tallies[half, False], tallies[half, True]
        cells += [str(whole.clean), *(f"{100 * len(one.rejected) / one.clean:.1f} %" for one in (whole, alone))]
    table.add_row("clean, sent back", *cells)
    console = Console()
    console.print(table)
    times = sorted(each for one in tallies.values() for each in one.milliseconds)
    number, found = history(5 if quick else 40)
    said = ", ".join(f"{code} {times_}" for code, times_ in found.most_common()) or "nothing"
    console.print(f"  This repository's last {number} commits as patches: {said}.", style="dim", highlight=False)
    console.print(f"  {statistics.median(times):.1f} ms a patch, median. {load()}\n", style="dim", highlight=False)


def main() -> None:
    """Print what the development half misses and sends back wrongly."""
    for alone in (False, True):
        result = tally("development", alone=alone)
        for title, found in (("MISSED", result.missed), ("SENT BACK", result.rejected)):
            for case, findings in found:
                print(f"--- {title}{' (alone)' if alone else ''} {case.planted}: {case.title}")
                for finding in findings:
                    print(f"    {finding.code}: {finding.message}")


if __name__ == "__main__":
    main()
