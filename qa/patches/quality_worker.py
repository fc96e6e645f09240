"""Unpacks the tree in the sandbox and becomes the command; `qa.patches.quality` puts it there.

It stands alone (standard library only). Its exit code and its output are then the command's own, so that nothing is
left which the files of a patch could forge.
"""

from __future__ import annotations

import os
import sys
import tarfile

_NO_SUCH_PROGRAM = 127


def main() -> None:
    """Unpack `tree.tar.gz`, go there, and run the words of the command line."""
    with tarfile.open("tree.tar.gz") as packed:
        packed.extractall("tree")  # noqa: S202 - in the sandbox, of which nothing is left
    for name in ("tree.tar.gz", "quality_worker.py"):
        os.remove(name)  # noqa: PTH107
    os.chdir("tree")
    try:
        os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606
    except OSError as error:
        sys.stderr.write(f"{sys.argv[1]}: {error.strerror}\n")
        sys.exit(_NO_SUCH_PROGRAM)


if __name__ == "__main__":
    main()
