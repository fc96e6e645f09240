"""Death at every step boundary: an order of each kind is walked again and again, and each time the company dies one
moment later, until it gets through without dying. After each death the next life must finish what was begun.

`python -m tests.kills.boundaries [--kinds chat,tool,...]` prints one JSON line per kind.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from company.schema import audit, orders
from tests.kills.checks import RECEIPT, STATUS, examine
from tests.kills.lab import USERS, Lab, Life, a_lab

CHAT = USERS[0]
NOTE = "Please write a short note titled {} with three ideas for a garden party, save it as a note, and tell me."
PLAIN = "What is the capital of {}?"


@dataclass(slots=True)
class Walk:
    """One order on its way: `step` is called after each moment and does what a person would do next."""

    lab: Lab
    kind: str
    since: int
    mark: str = ""
    pressed: bool = False
    replies: int = 0

    def begin(self) -> None:
        """Ask; before the life begins, so that its first poll brings the update."""
        kinds = {"chat": "ch", "retry": "qa", "tool": "nt", "slow": "sl", "money": "bu"}
        if self.kind == "command":
            self.replies = self.lab.commands.get(CHAT, 0)
            self.lab.command(CHAT)
        elif self.kind == "press":
            self.lab.press("escalate", repeated=1, fresh=True)
            self.mark = list(self.lab.pressed.values())[-1]["mark"]
        else:
            self.mark = self.lab.ask(CHAT, kinds[self.kind], NOTE if self.kind == "tool" else PLAIN)

    def done(self) -> bool:
        """The person has what was asked for."""
        shown = [one for one in self.lab.telegram.truth(CHAT, self.since) if one["bot"]]
        if self.kind == "command":
            return sum(bool(STATUS.match(one["text"])) for one in shown) > 0
        if self.kind == "money" and not self.pressed:
            card = next((one for one in shown if any(":add:" in data for data in one["data"])), None)
            if card is not None:
                data = next(data for data in card["data"] if ":add:" in data)
                self.lab.telegram.press(CHAT, card["id"], data, repeated=1)
                self.pressed = True
            return False
        return any(self.mark in one["text"] and RECEIPT.search(one["text"]) for one in shown)


@dataclass(slots=True)
class Tour:
    """What came of one kind."""

    kind: str
    deaths: int = 0
    moments: list[str] = field(default_factory=list)
    seconds: float = 0.0


def tour(lab: Lab, kind: str, *, every: int = 1, tell: Callable[[str], None] = lambda line: None) -> Tour:
    """Die at each moment of an order of this kind (at every `every`-th, when a quick look is enough)."""
    made, began, die_at = Tour(kind), time.monotonic(), 1
    extra = {"NEXUS_TELEGRAM__STATUS_AFTER_S": "0.05"} if kind == "slow" else {}
    if kind == "press":
        _stock(lab, 70)
    while True:
        walk = Walk(lab, kind, max((one["id"] for one in lab.telegram.truth(CHAT)), default=0))
        walk.begin()
        life = lab.begin(die_at=die_at, early=kind == "chat", **extra)
        survived = _finish(lab, walk, life)
        if not survived:
            made.deaths += 1
            made.moments.append(life.last)
            tell(f"{kind} {die_at}: {life.last}")
            life = lab.begin(**extra)
            if not _finish(lab, walk, life):
                raise AssertionError(f"a life that was not to die has ended: {life.last}\n{lab.tail()}")
        life.kill()
        if survived:
            made.seconds = round(time.monotonic() - began, 1)
            return made
        die_at += every


def _finish(lab: Lab, walk: Walk, life: Life) -> bool:
    """False when the life died before all was said and settled."""
    what = f"{walk.kind} {walk.mark}"
    if lab.until(walk.done, life, what=f"{what} answered") and lab.until(lab.settled, life, what=f"{what} settled"):
        life.listen(0.05)  # its last moment may come right after the commit that we have just seen
    return not life.ended


def _stock(lab: Lab, count: int) -> None:
    """Answers to press on."""
    life = lab.begin()
    marks = {lab.ask(CHAT, "ch", PLAIN) for _ in range(count)}

    def there() -> bool:
        texts = [one["text"] for one in lab.telegram.truth(CHAT) if one["bot"]]
        return all(any(mark in text for text in texts) for mark in marks) and lab.settled()

    lab.until(there, life, what="answers to press on")
    life.kill()


def poison(lab: Lab) -> dict[str, Any]:
    """Three deaths during one order set it aside, visibly and once; whoever asks next is served."""
    limit = {"NEXUS_WORK__CRASH_LIMIT": "3"}
    mark = lab.ask(CHAT, "ch", PLAIN)
    for _ in range(3):
        life = lab.begin(die_on="before the model's call", **limit)
        lab.until(lambda: False, life, what="the death during the order")
    after = lab.ask(CHAT, "ch", PLAIN)
    life = lab.begin(**limit)

    def texts() -> list[str]:
        return [one["text"] for one in lab.telegram.truth(CHAT) if one["bot"]]

    lab.until(lambda: any(after in text for text in texts()) and lab.settled(), life, what="the next one")
    life.kill()
    ends, deaths = lab.read(_ends)
    return {
        "ends": ends, "deaths_on_record": deaths, "calls": len(lab.claude.bill()),
        "told": sum("#1 " in text and "went down 3 times" in text for text in texts()),
        "answers": sum(mark in text for text in texts()),
    }  # fmt: skip


def _ends(tx: Connection) -> tuple[list[str], int]:
    states = list(tx.scalars(select(orders.c.state).order_by(orders.c.number)))
    taken = select(func.count()).select_from(audit).where(audit.c.fact == "order.taken_over")
    return states, tx.scalar(taken) or 0


def run(kinds: tuple[str, ...], *, every: int = 1, tell: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """All kinds in one company, and the account of it."""
    poor = {"NEXUS_BUDGET__PER_ORDER": "0.00001"} if kinds == ("money",) else {}
    with tempfile.TemporaryDirectory(prefix="nexus-kills-") as folder, a_lab(Path(folder), seed=1, **poor) as lab:
        if kinds == ("poison",):
            return poison(lab)
        tours = [tour(lab, kind, every=every, tell=tell) for kind in kinds]
        report = examine(lab)
        result = {
            "kinds": {one.kind: {"deaths": one.deaths, "seconds": one.seconds} for one in tours},
            "deaths": sum(one.deaths for one in tours), **report.plain(),
        }  # fmt: skip
        if report.anomalies and os.environ.get("NEXUS_TEST_KEEP"):
            os.system(f"cp -r {folder} {os.environ['NEXUS_TEST_KEEP']}")
        return result


ALONE = ("money", "poison")
ALL = ("chat", "command", "tool", "retry", "press", "slow")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.kills.boundaries", description=__doc__)
    parser.add_argument(
        "--kinds", default="", help=f"of {', '.join(ALL)}; {' and '.join(ALONE)} have a company of their own"
    )
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--verbose", action="store_true", help="tell each death")
    args = parser.parse_args()
    wanted = tuple(args.kinds.split(",")) if args.kinds else (*ALL, *ALONE)
    alone = [(kind,) for kind in wanted if kind in ALONE]
    for kinds in (tuple(kind for kind in wanted if kind not in ALONE), *alone):
        if kinds:
            tell = print if args.verbose else (lambda line: None)
            print(json.dumps(run(kinds, every=args.every, tell=tell)), flush=True)


if __name__ == "__main__":
    main()
