"""heartbeat/pulse.py: every part is asked, and one that hangs or breaks hides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from company import audit
from company.books import SqliteBooks
from company.config import AuditSettings, HeartbeatSettings
from company.records import Condition, Health
from heartbeat import pulse
from heartbeat.anchor import Anchoring
from heartbeat.pulse import Pulse
from tests.fakes.clock import TurnedClock
from tests.unit.company.house_doubles import TEXTS


class Part:
    def __init__(self, name: str, check: Callable[[], Awaitable[Health]]) -> None:
        self.name = name
        self._check = check

    async def open(self) -> None:
        return None

    async def run(self) -> None:
        return None

    async def close(self) -> None:
        return None

    async def check(self) -> Health:
        return await self._check()


async def well() -> Health:
    return Health(part="well", condition=Condition.OK)


async def hangs() -> Health:
    await asyncio.Event().wait()
    raise AssertionError


async def breaks() -> Health:
    raise KeyError("token 123")


def off() -> tuple[Health, ...]:
    return (Health(part="telegram", condition=Condition.OFF, mend="add a token"),)


def pulse_of(books: SqliteBooks, clock: TurnedClock, folder: Path, *parts: Part, anchor_file: str = "a.jsonl") -> Pulse:
    settings = AuditSettings(anchor_hour=0, anchor_file=Path(anchor_file))
    anchoring = Anchoring(settings, folder, books, {}, clock, ZoneInfo("UTC"), TEXTS)
    return Pulse(HeartbeatSettings(), parts, off, folder, anchoring, clock)


async def test_a_part_that_hangs_or_breaks_is_ill_and_the_others_are_asked(
    books: SqliteBooks, clock: TurnedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "PATIENCE_S", 0.02)
    made = pulse_of(books, clock, tmp_path, Part("well", well), Part("hung", hangs), Part("broken", breaks))
    said = {health.part: health for health in await made.look()}
    assert said["well"].condition is Condition.OK
    assert said["hung"].condition is Condition.ILL
    assert "no answer" in said["hung"].detail
    assert said["broken"].condition is Condition.ILL
    assert "123" not in said["broken"].detail
    assert "GiB free" in said["disk"].detail
    assert [health.part for health in made.health()] == ["well", "hung", "broken", "disk", "telegram"]


@pytest.mark.parametrize(
    ("free", "condition"), [(2**40, Condition.OK), (2**28, Condition.WARNING), (2**20, Condition.ILL)]
)
def test_a_filling_disk_is_told_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, condition: Condition
) -> None:
    monkeypatch.setattr("heartbeat.pulse.shutil.disk_usage", lambda folder: type("Usage", (), {"free": free}))
    assert pulse._disk(tmp_path).condition is condition


def test_a_folder_that_is_gone_is_ill_not_a_fall(tmp_path: Path) -> None:
    assert pulse._disk(tmp_path / "gone").condition is Condition.ILL


async def test_it_looks_and_anchors_in_its_rhythm(books: SqliteBooks, clock: TurnedClock, tmp_path: Path) -> None:
    looks: list[float] = []

    async def counted() -> Health:
        looks.append(clock.monotonic())
        return await well()

    await books.write(audit.record, 1, "x", "a")
    made = pulse_of(books, clock, tmp_path, Part("well", counted))
    running = asyncio.ensure_future(made.run())
    for _ in range(3):
        await clock.until_asleep()
        clock.turn(30)
    await clock.until_asleep()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert looks == [0, 30, 60, 90]
    lines = await asyncio.to_thread((tmp_path / "a.jsonl").read_text)
    assert lines.count("\n") == 1  # once a day


async def test_an_anchor_that_can_not_be_written_is_told_and_tried_again(
    books: SqliteBooks, clock: TurnedClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await books.write(audit.record, 1, "x", "a")
    made = pulse_of(books, clock, tmp_path, Part("well", well), anchor_file="usb/a.jsonl")
    running = asyncio.ensure_future(made.run())
    for _ in range(3):
        await clock.until_asleep()
        clock.turn(30)
    await clock.until_asleep()
    assert caplog.text.count("could not be anchored") == 1
    ill = [health for health in made.health() if health.condition is Condition.ILL]
    assert [health.part for health in ill] == ["audit anchor"]
    await asyncio.to_thread((tmp_path / "usb").mkdir)
    clock.turn(30)
    await clock.until_asleep()
    assert [health for health in made.health() if health.condition is Condition.ILL] == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
