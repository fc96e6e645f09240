"""The child process that listens to one recording: the file is its standard input, one line of JSON goes out.

Run by `voice.listening` alone. Before it touches the recording it shuts itself in (`company.shut_in`).
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from company.shut_in import own_streams, shut_in
from voice.wire import Task, refusal


def main(arguments: list[str]) -> int:
    """`task-as-JSON pid-of-the-company`; 0 when the recording was listened to or refused with a reason."""
    task = Task(**json.loads(arguments[0]))
    import_module("voice.decoding")  # while it may still write its compiled form
    if task.what != "measure":
        import_module("voice.sphinx" if task.what == "grammar" else "voice.whisper")
    shut_in(task, int(arguments[1]))
    with own_streams() as (answer, _):
        said = _said(sys.stdin.buffer.read(), task)
        os.write(answer, json.dumps(said).encode())
    return 0


def _said(data: bytes, task: Task) -> dict[str, Any]:
    try:
        return _listened(data, task)
    except MemoryError:
        return refusal("memory")
    except Exception as error:  # noqa: BLE001 - whatever a library throws at a stranger's file is its damage
        return refusal(type(error).__name__)


def _listened(data: bytes, task: Task) -> dict[str, Any]:
    from voice.decoding import RATE, samples

    pcm = samples(data, task.longest_s)
    said: dict[str, Any] = {"seconds": len(pcm) / (2 * RATE)}
    if task.what == "grammar":
        from voice.sphinx import listen

        said |= asdict(listen(pcm))
    elif task.what == "whisper":
        from voice.whisper import write_out

        said["text"], said["language"] = write_out(pcm, Path(task.model), task.language)
    return said


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
