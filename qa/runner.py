"""The QA runner's command line, another name for `nexus qa`.

    python3 qa/runner.py --spec qa/specs/example_json_output.json
    python3 qa/runner.py --spec qa/specs/work_order_response.json --log-to-db --work-order-id wo-123
    python3 qa/runner.py --spec qa/specs/security_check.json --report-json reports/security_check.json

Ends with 0 when everything passed, 1 when a check failed, 2 when nothing could be decided (a bad spec, no command, no
database to log to, a check that could not run). This file only finds the house and its Python environment, so that it
can be called with any Python from any folder; the work is in `qa/trial.py`.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import NoReturn

_ROOT = Path(__file__).resolve().parent.parent
_NEEDED = ("pydantic", "rich", "sqlalchemy")


def main() -> NoReturn:
    """Become `nexus qa`, in the house's own environment when this Python lacks what it needs."""
    python = sys.executable
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        house_python = _ROOT / ".venv" / "bin" / "python"
        if not house_python.exists():
            sys.stderr.write("NEXUS is not set up yet. Run `make run` once, then this command again.\n")
            sys.exit(2)
        python = str(house_python)
    os.execv(python, [python, str(_ROOT / "nexus.py"), "qa", *sys.argv[1:]])  # noqa: S606 - our own environment


if __name__ == "__main__":
    main()
