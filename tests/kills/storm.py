"""A storm: five people write and press without a pause, the network breaks, and the company is killed at random moments.

At the end comes one life that nobody kills, and then everything is held against the truth (`tests.kills.checks`).
`python -m tests.kills.storm --kills 300 --seed 7` prints one JSON line. `--blind` shows what sending again without
looking does: the policy to beat.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import secrets
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from tests.kills.boundaries import NOTE, PLAIN
from tests.kills.checks import examine
from tests.kills.lab import USERS, Anomaly, Lab, Life, a_lab

SHORTEST_S, LONGEST_S = 0.02, 0.8
LONGEST_ON_POSTGRES_S = 1.8  # it takes longer to open the books there, and a life must get somewhere
CALM_S = 240.0
OF_SENDS = {"drop_after": 0.08, "drop_before": 0.04, "late": 0.03, "502": 0.03, "429": 0.03}
OF_EDITS = {"drop_after": 0.025, "drop_before": 0.025}
OF_MODELS = {"cut": 0.05, "overloaded": 0.03, "500": 0.02}
LATE_S = 0.2


@dataclass(slots=True)
class Weather:
    """What happens when: all of it from one seed. What the lives make of it is up to the machine."""

    seed: int
    longest_s: float
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def life(self) -> tuple[float, list[float]]:
        """How long a life lasts, and when in it somebody does something; seconds."""
        length = self.chance.uniform(SHORTEST_S, self.longest_s)
        return length, sorted(self.chance.uniform(0, length) for _ in range(self.chance.choice((0, 1, 1, 2))))

    def act(self, lab: Lab) -> None:
        """Somebody asks, presses or looks."""
        drawn, chat = self.chance.random(), self.chance.choice(USERS)
        repeated = int(self.chance.random() < 0.3)
        if drawn < 0.55:
            lab.ask(chat, "ch", PLAIN)
        elif drawn < 0.67:
            lab.ask(chat, "nt", NOTE)
        elif drawn < 0.75:
            lab.ask(chat, "qa", PLAIN)
        elif drawn < 0.80:
            lab.command(chat)
        else:
            lab.press("escalate" if drawn < 0.87 else "rate_up", repeated)


def break_network(lab: Lab) -> None:
    """About a fifth of the sends, a twentieth of the edits and a tenth of the model's calls go wrong."""
    lab.telegram.mix(OF_SENDS, on="sendMessage", delay_s=LATE_S, retry_after=0.2)
    lab.telegram.mix(OF_EDITS, on="editMessageText")
    lab.claude.mix(OF_MODELS, on="/v1/messages", at_byte=700)


def run(
    kills: int, seed: int, *, postgres_url: str = "", schema_name: str = "", blind: bool = False, budget_s: float = 0.0
) -> dict[str, Any]:
    """A whole storm and its account. budget_s: no more kills after so long (0: as many as asked for)."""
    with (
        tempfile.TemporaryDirectory(prefix="nexus-kills-") as folder,
        a_lab(Path(folder), seed=seed, latency_s=0.12, postgres_url=postgres_url, schema_name=schema_name) as lab,
    ):
        weather = Weather(seed, LONGEST_ON_POSTGRES_S if postgres_url else LONGEST_S)
        deaths, began = Counter[str](), time.monotonic()
        break_network(lab)
        while lab.kills < kills and not (budget_s and time.monotonic() - began > budget_s):
            life = _live(lab, weather, blind=blind)
            deaths[life.last or "before its first moment"] += 1
        seconds = time.monotonic() - began
        _calm(lab, blind=blind)
        report = examine(lab)
        hits = {"telegram": lab.telegram.hits(), "claude": lab.claude.hits()}
        counts = lab.telegram.counts()
        result = {
            "seed": seed, "database": "postgres" if postgres_url else "sqlite", "kills": lab.kills,
            "kills_per_s": round(lab.kills / seconds, 2), "seconds": round(time.monotonic() - began, 1),
            "places_of_death": len(deaths), "commands": sum(lab.commands.values()), "presses": len(lab.pressed),
            "sends": counts.get("sendMessage", 0), "edits": counts.get("editMessageText", 0), "faults": hits,
            **report.plain(),
        }  # fmt: skip
        _keep(report.anomalies, lab)
        return result


def _live(lab: Lab, weather: Weather, *, blind: bool) -> Life:
    length, acts = weather.life()
    life, began = lab.begin(blind=blind), time.monotonic()
    for at in [*acts, length]:
        while (left := began + at - time.monotonic()) > 0 and not life.ended:
            life.listen(left)
        if at is not length:
            weather.act(lab)
    if life.ended:
        raise Anomaly(f"a life ended by itself after {life.last}\n{lab.tail()}")
    life.kill()
    lab.kills += 1
    return life


def _calm(lab: Lab, *, blind: bool) -> None:
    """Nobody writes or kills any more, only the network stays as bad as it was: everything must come to its end."""
    life = lab.begin(blind=blind)
    lab.until(lab.settled, life, timeout_s=CALM_S, what="the calm after the storm")
    life.kill()


def _keep(anomalies: list[str], lab: Lab) -> None:
    """What an investigation needs, where NEXUS_TEST_KEEP names a folder."""
    place = os.environ.get("NEXUS_TEST_KEEP")
    if place and anomalies:
        shutil.copytree(lab.root, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))
        (Path(place) / "truth.json").write_text(json.dumps(lab.telegram.truth(), indent=1))
        (Path(place) / "calls.json").write_text(json.dumps(lab.telegram.calls(), indent=1))
        (Path(place) / "bill.json").write_text(json.dumps(lab.claude.bill(), indent=1))


@contextmanager
def a_schema(url: str) -> Iterator[str]:
    """A fresh schema on the server, dropped afterwards; "" without a server."""
    if not url:
        yield ""
        return
    name = f"nexus_kills_{secrets.token_hex(6)}"

    async def say(statement: str) -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(say(f'create schema "{name}"'))
    try:
        yield name
    finally:
        asyncio.run(say(f'drop schema "{name}" cascade'))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.kills.storm", description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0, help="0: a new one, printed")
    parser.add_argument("--postgres", default="", metavar="URL")
    parser.add_argument("--blind", action="store_true")
    parser.add_argument("--budget", type=float, default=0.0, metavar="S", help="no more kills after so many seconds")
    args = parser.parse_args()
    seed = args.seed or secrets.randbelow(1_000_000) + 1
    with a_schema(args.postgres) as schema_name:
        result = run(
            args.kills, seed, postgres_url=args.postgres, schema_name=schema_name, blind=args.blind,
            budget_s=args.budget,
        )  # fmt: skip
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
