"""Regular expressions that somebody else wrote, bounded in time (no ReDoS).

Python's `re` backtracks and holds the interpreter's lock while it searches, so neither the loop nor a thread with a
timeout can stop it. Therefore a spec's patterns never run in this process: a small child (`pattern_worker.py`, empty
environment, limits on CPU and memory) searches, and is killed at the limit. When specs are loaded each pattern is
tried there on texts made to provoke it: long runs of what it speaks of, and a tail that cannot match. What is slow on
3,000 characters is refused at once; what slips through costs one time limit and makes the verdict UNVERIFIED.
The functions block: call them in a thread.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_WORKER = Path(__file__).with_name("pattern_worker.py")
_LONGEST = 1000  # characters of a pattern
_SLOW_S = 0.1  # seconds for one probe
_PROBE_CPU_S = 2  # seconds of CPU for all probes of one pattern
_SEARCH_CPU_S = 2
_SEARCH_S = 4.0
_RUN = 3000
_CLASSES = (("\\d", "1"), ("\\w", "a"), ("\\s", " "), (".", "a"), ("a-z", "a"), ("A-Z", "A"), ("0-9", "1"))


class PatternTimeout(Exception):
    """The search took longer than its limit; nothing is known about the text."""


def search(patterns: Sequence[str], text: str, *, limit_s: float = _SEARCH_S) -> frozenset[str]:
    """Those of `patterns` that occur in `text`. Raises `PatternTimeout`."""
    if not patterns:
        return frozenset()
    lines = _work([(pattern, [text]) for pattern in patterns], _SEARCH_CPU_S, wall_s=limit_s)
    if len(lines) < len(patterns) or any(not isinstance(line[1], list) for line in lines):
        raise PatternTimeout
    return frozenset(pattern for pattern, line in zip(patterns, lines, strict=True) if line[1][1])


def probe(patterns: Sequence[str]) -> Mapping[str, str]:
    """What is wrong with each of `patterns` that must not be used, as a sentence."""
    return {pattern: wrong for pattern in dict.fromkeys(patterns) if (wrong := _fault(pattern))}


def provocations(pattern: str) -> list[str]:
    """Texts on which a pattern of this look would backtrack, if any: runs of what it repeats, and a tail that fails."""
    seeds = dict.fromkeys(sign for mark, sign in _CLASSES if mark in pattern)
    seeds |= dict.fromkeys(re.findall(r"[^\W_]", pattern)[:12])
    seeds |= dict.fromkeys(re.findall(r"[-_@,:;/= ]", pattern)[:4])
    signs = list(seeds) or ["a"]
    literal = re.match(r"[\w\-]+", pattern)
    head = literal.group() if literal else ""
    texts = [head[:-1] + sign * _RUN + tail for sign in signs for tail in ("\x00!", "!")]
    texts += [(first + second) * (_RUN // 2) + "\x00" for first in signs[:4] for second in signs[:4] if first != second]
    words = re.findall(r"[^\W_]{2,}", pattern)[:4]
    return texts + [word * (_RUN // len(word)) + "\x00" for word in words] + [head * 300]


def _fault(pattern: str) -> str:
    if len(pattern) > _LONGEST:
        return f"a regular expression has at most {_LONGEST} characters here. Shorten it or make two of it."
    lines = _work([(pattern, provocations(pattern))], _PROBE_CPU_S, wall_s=30)
    if lines and isinstance(lines[0][1], str):
        return f"the regular expression {_shown(pattern)} is not valid ({lines[0][1]}). Correct it."
    if not lines or max(seconds for seconds, _ in lines[0][1:]) > _SLOW_S:
        return (
            f"the regular expression {_shown(pattern)} can take very long on some texts (repeats inside repeats?). "
            "Write it so that each part can match in one way only."
        )
    return ""


def _work(jobs: list[tuple[str, list[str]]], cpu_s: int, *, wall_s: float) -> list[list[Any]]:
    """The lines that the child wrote until it was done or was ended."""
    task = json.dumps({"cpu_s": cpu_s, "jobs": jobs}).encode()
    command = [sys.executable, "-I", "-S", str(_WORKER)]
    try:
        done = subprocess.run(command, input=task, capture_output=True, timeout=wall_s, env={}, check=False)  # noqa: S603 - our own file
        out = done.stdout
    except subprocess.TimeoutExpired as late:
        out = late.stdout or b""
    return [json.loads(line) for line in out.decode().split("\n")[:-1]]


def _shown(pattern: str) -> str:
    return repr(pattern if len(pattern) <= 60 else pattern[:57] + "...")
