"""`.env.example` names every variable that the code reads, and no secret value (D62)."""

from __future__ import annotations

import re
from pathlib import Path

from company.config_sources import ALIASES
from company.secrets import KNOWN

ROOT = Path(__file__).parents[2]


def test_the_example_names_every_variable_and_holds_no_value():
    text = (ROOT / ".env.example").read_text()
    given = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", text, flags=re.MULTILINE))
    assert set(given) == {name.upper() for name in KNOWN} | set(ALIASES)
    assert set(given.values()) == {""}
