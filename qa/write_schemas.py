"""Writes `schemas/spec.schema.json` and `schemas/report.schema.json` from the models: `python -m qa.write_schemas`."""

from __future__ import annotations

import json
from pathlib import Path

from qa.report import Report
from qa.specs import Spec


def main() -> None:
    """Write both files."""
    for name, model in (("spec", Spec), ("report", Report)):
        path = Path(__file__).parent / "schemas" / f"{name}.schema.json"
        path.write_text(json.dumps(model.model_json_schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
