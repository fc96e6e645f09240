"""The QA runner's command line.

    python3 qa/runner.py --spec qa/specs/example_json_output.json
    python3 qa/runner.py --spec qa/specs/work_order_response.json --log-to-db --work-order-id wo-123
    python3 qa/runner.py --spec qa/specs/security_check.json --report-json reports/security_check.json

Ends with 0 when everything passed, 1 when a check failed, 2 when nothing could be decided (a bad spec, no command, no
database to log to, a check that could not run). The work is in `qa/trial.py`; this file only finds the house and its
Python environment, so that it can be called with any Python from any folder.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_NEEDED = ("pydantic", "rich", "sqlalchemy")


def main() -> int:
    """Run `qa.trial.main`, in the house's own environment when this Python lacks what it needs."""
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        python = _ROOT / ".venv" / "bin" / "python"
        if not python.exists() or Path(sys.prefix) == _ROOT / ".venv":
            sys.stderr.write("NEXUS is not set up yet. Run `make run` once, then this command again.\n")
            return 2
        os.execv(python, [str(python), __file__, *sys.argv[1:]])  # noqa: S606 - our own environment
    sys.path[0] = str(_ROOT)  # instead of this folder
    from qa.trial import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
