"""The child process that fits the vectors of meaning: sums over a whole collection would stall the company's loop.

`python -m knowledge.fitting INDEX MODEL` reads the index at INDEX and writes the model to MODEL, whole or not at all.
Run by `knowledge.upkeep` alone, with one thread for sums, and behind everything else that wants the processor.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from knowledge.index import Index
from knowledge.meaning import SAMPLE, fit

_ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """0 when the model was written."""
    with contextlib.suppress(OSError):
        os.nice(10)
    index = Index(Path(arguments[0]))
    index.open()
    try:
        sample, passages = index.sample(SAMPLE), index.counts().passages
    finally:
        index.close()
    fit(sample, passages).save(Path(arguments[1]))
    return 0


def start(index: Path, model: Path) -> subprocess.Popen[bytes]:
    """Begin; the caller polls it, and kills it when it is not wanted any more."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
        [sys.executable, "-m", "knowledge.fitting", str(index.resolve()), str(model.resolve())],
        cwd=_ROOT, env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
