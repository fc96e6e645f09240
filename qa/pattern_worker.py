"""The child that tries the regular expressions of a spec; `qa.patterns` starts it and ends it at the limit.

It stands alone (standard library only, `python -I -S`) and reads one JSON object from standard input:
`{"cpu_s": int, "jobs": [[pattern, [text, ...]], ...]}`. For each job it writes one line of JSON at once,
`[index, error]` for a bad pattern or `[index, [seconds, found], ...]`, so that what was done before the limit counts.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time


def main() -> None:
    """Work through the jobs."""
    task = json.load(sys.stdin.buffer)
    resource.setrlimit(resource.RLIMIT_CPU, (task["cpu_s"], task["cpu_s"]))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    for index, (pattern, texts) in enumerate(task["jobs"]):
        sys.stdout.write(json.dumps([index, *_tried(pattern, texts)]) + "\n")
        sys.stdout.flush()


def _tried(pattern: str, texts: list[str]) -> list[object]:
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return [str(error)]
    results: list[object] = []
    for text in texts:
        begun = time.process_time()
        found = compiled.search(text) is not None
        results.append([time.process_time() - begun, found])
    return results


if __name__ == "__main__":
    main()
