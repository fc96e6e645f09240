"""kill -9 at every step boundary, and at random moments of a storm: nothing lost, nothing doubled, the money exact.

The company lives and dies in processes of its own (`tests.kills.boundaries`, `tests.kills.storm`); docs/kills.md tells
what they do. NEXUS_TEST_KILLS sets the number of the storm's kills, NEXUS_TEST_SEED its seed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kills.boundaries import ALL

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("NEXUS_TEST_KILLS", "300"))
SEED = os.environ.get("NEXUS_TEST_SEED", "0")
EVERY = int(os.environ.get("NEXUS_TEST_EVERY", "1"))
"""1: a death at every boundary; 2: at every second one, which takes half the time."""
PATIENCE_S = 1500
TOURS = (("chat", "command", "retry"), ("tool", "press"), ("slow",), ("money",))
LEAST = {"chat": 25, "command": 8, "tool": 30, "retry": 35, "press": 20, "slow": 25, "money": 40}
"""Moments that an order of each kind has at least: fewer would mean that they are not seen any more."""

pytestmark = [pytest.mark.kills, pytest.mark.timeout(PATIENCE_S)]


def start(*arguments: str) -> subprocess.Popen[str]:
    """A laboratory in a process of its own, which forks and so must have no other thread."""
    return subprocess.Popen([sys.executable, "-m", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def account(lab: subprocess.Popen[str]) -> dict[str, Any]:
    """What it printed when it was done."""
    with lab:
        try:
            out, _ = lab.communicate(timeout=PATIENCE_S)
        finally:
            lab.kill()
    assert lab.returncode == 0, f"the laboratory broke: {lab.args}"
    print(out)
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def nothing_broken(told: dict[str, Any]) -> None:
    """No promise was broken, and there was something to break."""
    figures = ("lost", "doubled", "out_of_order", "doubled_effects")
    assert told["anomalies"] == [], told
    assert [told[name] for name in figures] == [0, 0, 0, 0], told
    assert told["answers"] == told["orders"] > 0
    assert told["charges"] > 0
    assert told["audit_rows"] > 0


def test_death_at_every_step_boundary_of_every_kind_of_order() -> None:
    assert {kind for kinds in TOURS for kind in kinds} == {*ALL, "money"}
    labs = [start("tests.kills.boundaries", "--kinds", ",".join(kinds), "--every", str(EVERY)) for kinds in TOURS]
    for lab in labs:
        told = account(lab)
        nothing_broken(told)
        for kind, made in told["kinds"].items():
            assert made["deaths"] >= LEAST[kind] // EVERY, f"{kind}: {made}"


def test_three_deaths_during_one_order_set_it_aside_once_and_visibly() -> None:
    told = account(start("tests.kills.boundaries", "--kinds", "poison"))
    assert told == {"ends": ["failed", "delivered"], "deaths_on_record": 3, "calls": 1, "told": 1, "answers": 0}


def test_a_storm_of_kills_and_faults() -> None:
    told = account(start("tests.kills.storm", "--kills", str(KILLS), "--seed", SEED))
    nothing_broken(told)
    assert told["kills"] == KILLS
    assert told["effects"] > 0
    assert told["in_doubt"] > 0, "kills between a model's answer and its charge must have happened"
    if KILLS >= 300:
        assert told["orders"] >= KILLS / 2
        assert {"drop_after", "drop_before", "late", "429", "502"} <= told["faults"]["telegram"].keys()
        assert {"cut", "overloaded", "500"} <= told["faults"]["claude"].keys()


def test_the_same_storm_convicts_whoever_sends_again_without_looking() -> None:
    """The checks can fail: the policy of most bots, in the same laboratory."""
    told = account(start("tests.kills.storm", "--kills", "40", "--seed", SEED, "--blind"))
    assert told["doubled"] > 0
    assert any("answers instead of" in anomaly for anomaly in told["anomalies"])


@pytest.mark.postgres
def test_a_storm_of_kills_and_faults_on_postgres(postgres_url: str) -> None:
    kills = max(1, KILLS // 5)
    told = account(start("tests.kills.storm", "--kills", str(kills), "--seed", SEED, "--postgres", postgres_url))
    nothing_broken(told)
    assert told["database"] == "postgres"
    assert told["kills"] == kills
