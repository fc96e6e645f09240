"""The department: who can work, who does a job, what it says of itself, and which doors there are."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from company.books import SqliteBooks
from company.budget import Caps
from company.config import OllamaSettings, OpenAISettings, ProviderSettings, Settings
from company.errors import ConfigError, NobodyAvailable
from company.metering import MeteredModel
from company.ports import Model, Report
from company.records import Condition, Deliverable, Employee, Job, ModelRef, Tier
from company.secrets import Secret, Secrets
from employees.claude import Claude
from employees.doors import build_doors
from employees.litellm_door import LiteLLMDoor
from employees.ollama_door import OllamaDoor
from employees.staff import Employees
from tests.fakes.clock import TurnedClock
from tests.fakes.ollama import FakeOllama
from tests.unit.employees.office import DIRECTOR, LOCAL, Office, open_office, said

NOBODY = Employee(
    name="clerk", title="Clerk", tier=Tier.CLERK, models=(), prompt="employee", max_output_tokens=1, timeout_s=1,
    tools=(),
)  # fmt: skip
INTERN = replace(DIRECTOR, name="intern", title="Intern", tier=Tier.INTERN, models=(LOCAL,))


@dataclass
class Desk:
    """The Clerk's place, for seeing who is asked."""

    jobs: deque[Job] = field(default_factory=deque)

    async def perform(self, job: Job, report: Report) -> Deliverable:
        self.jobs.append(job)
        return Deliverable(text="By hand.", employee="clerk", title="Clerk", tier=Tier.CLERK, model="")


@pytest.fixture
async def office(books: SqliteBooks, clock: TurnedClock, tmp_path: Path) -> Office:
    return await open_office(books, clock, tmp_path)


@pytest.fixture
async def ollama() -> AsyncIterator[FakeOllama]:
    fake = FakeOllama(models=["qwen3:8b"])
    await fake.start()
    yield fake
    await fake.stop()


def staff(office: Office, doors: dict[str, Model], **more: Any) -> Employees:
    chart = {one.name: one for one in (NOBODY, INTERN, DIRECTOR)}
    given: dict[str, Any] = {
        "books": office.books, "metered": office.metered, "library": office.shelf, "settings": Settings(),
        "doors": doors, "roster": lambda: chart, "clerk": Desk(), "clock": office.clock, "notes_dir": office.notes,
    }  # fmt: skip
    return Employees(**(given | more))


def claude(clock: TurnedClock) -> Claude:
    return Claude("http://127.0.0.1:9", Secret("k" * 20, "test"), clock)


async def test_without_any_door_the_clerk_is_there(office: Office) -> None:
    team = staff(office, {})
    await team.open()
    assert team.available() == {"clerk"}
    health = await team.check()
    assert (health.condition, health.detail) == (Condition.OK, "the Clerk, who needs no model")
    (models,) = team.missing()
    assert (models.condition, models.detail) == (Condition.OFF, "no provider")
    assert "nexus init" in models.mend
    with pytest.raises(NobodyAvailable, match="nexus init"):
        await team.perform(office.job, office.news.append)


async def test_the_clerk_does_the_jobs_of_his_tier(office: Office) -> None:
    desk = Desk()
    team = staff(office, {}, clerk=desk)
    got = await team.perform(replace(office.job, tier=Tier.CLERK), office.news.append)
    assert got.text == "By hand."
    assert len(desk.jobs) == 1
    assert office.metered.calls == []


@pytest.mark.parametrize(("tier", "title"), [(Tier.INTERN, "Intern"), (Tier.DIRECTOR, "Director")])
async def test_each_tier_has_its_employee(office: Office, tier: Tier, title: str, ollama: FakeOllama) -> None:
    doors: dict[str, Model] = {"anthropic": claude(office.clock), "ollama": OllamaDoor(ollama.url, office.clock)}
    team = staff(office, doors)
    await team.open()
    assert team.available() == {"clerk", "intern", "director"}
    office.script(said("Fine.", model=LOCAL))
    got = await team.perform(replace(office.job, tier=tier), office.news.append)
    assert (got.title, got.tier) == (title, tier)


async def test_a_change_of_the_chart_holds_from_the_next_job(office: Office, ollama: FakeOllama) -> None:
    chart = {"intern": INTERN}
    team = staff(office, {"ollama": OllamaDoor(ollama.url, office.clock)}, roster=lambda: chart)
    await team.open()
    assert team.available() == {"clerk", "intern"}
    other = ModelRef(provider="ollama", model="llama3.2:3b")
    chart["intern"] = replace(INTERN, models=(other,), version=2)
    office.script(said("Fine.", model=other))
    got = await team.perform(replace(office.job, tier=Tier.INTERN), office.news.append)
    assert office.metered.models == [(other,)]
    assert got.fallback_from == ""


async def test_ollama_comes_and_goes(office: Office, ollama: FakeOllama) -> None:
    await ollama.down()
    team = staff(office, {"ollama": OllamaDoor(ollama.url, office.clock)})
    await team.open()
    assert team.available() == {"clerk"}
    running = asyncio.create_task(team.run())
    await office.clock.until_asleep()  # type: ignore[attr-defined]
    await ollama.up()
    office.clock.turn(60)  # type: ignore[attr-defined]
    await office.clock.until_asleep()  # type: ignore[attr-defined]
    assert team.available() == {"clerk", "intern", "director"}
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await team.close()


async def test_claude_is_loaded_behind_the_start(office: Office) -> None:
    door = claude(office.clock)
    team = staff(office, {"anthropic": door})
    await team.open()
    assert door._client.built is None
    running = asyncio.create_task(team.run())
    await office.clock.until_asleep()  # type: ignore[attr-defined]
    assert door._client.built is not None
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await team.close()


async def test_health_names_each_provider_and_the_mend(office: Office, ollama: FakeOllama) -> None:
    doors: dict[str, Model] = {
        "anthropic": claude(office.clock),
        "ollama": OllamaDoor(ollama.url, office.clock, ("qwen3:8b", "llama9")),
    }
    team = staff(office, doors)
    await team.open()
    health = await team.check()
    assert health.condition is Condition.OK
    assert health.facts["ollama"]["mend"] == "ollama pull llama9"
    assert health.facts["anthropic"]["condition"] == "ok"
    await doors["anthropic"].warm()  # type: ignore[attr-defined]
    health = await team.check()
    assert health.condition is Condition.WARNING
    assert "can't be reached" in health.facts["anthropic"]["detail"]
    await team.close()


async def test_a_wrong_prompt_or_tool_fails_the_start(office: Office, tmp_path: Path) -> None:
    chart = {"intern": replace(INTERN, prompt="poet")}
    with pytest.raises(ConfigError, match=r"poet\.md"):
        await staff(office, {}, roster=lambda: chart).open()
    chart = {"intern": replace(INTERN, tools=("teleport",))}
    with pytest.raises(ConfigError, match="teleport"):
        await staff(office, {}, roster=lambda: chart).open()


async def test_closing_twice_and_unopened(office: Office, ollama: FakeOllama) -> None:
    team = staff(office, {"anthropic": claude(office.clock), "ollama": OllamaDoor(ollama.url, office.clock)})
    await team.close()
    await team.close()


async def test_the_whole_way_over_the_wire(office: Office, ollama: FakeOllama) -> None:
    """The real metered door, the real Ollama client: an answer, its charge and its turn in the books."""
    from employees.transcript import turns_taken

    settings = Settings()
    doors: dict[str, Model] = {"ollama": OllamaDoor(ollama.url, office.clock)}
    metered = MeteredModel(office.books, doors, office.clock, _caps(settings), "test/1")
    office.employee = INTERN
    team = staff(office, doors, metered=metered, roster=lambda: {"intern": INTERN})
    await team.open()
    ollama.reply_with("Two days.")
    got = await team.perform(replace(office.job, tier=Tier.INTERN), office.news.append)
    assert (got.text, got.model) == ("Two days.", "ollama/qwen3:8b")
    assert await office.books.read(turns_taken, "attempt-1") == 1
    assert "".join(one.text for one in office.news if one.stage == "text") == "Two days."
    assert ollama.violations == []
    await team.close()


def _caps(settings: Settings) -> Caps:
    from zoneinfo import ZoneInfo

    return Caps(settings.budget, ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("environment", "settings", "names"),
    [
        ({}, {}, {"ollama"}),
        ({}, {"ollama": OllamaSettings(enabled=False)}, set()),
        ({"ANTHROPIC_API_KEY": "sk-ant-1234567890"}, {}, {"anthropic", "ollama"}),
        ({"OPENAI_API_KEY": "sk-1234567890"}, {}, {"openai", "ollama"}),
        ({}, {"openai": OpenAISettings(base_url="http://127.0.0.1:8080/v1")}, {"openai", "ollama"}),
        (
            {"MISTRAL_API_KEY": "k1234567890"},
            {"providers": {"mistral": ProviderSettings()}},
            {"mistral", "ollama"},
        ),
    ],
)
def test_doors_are_chosen_by_configuration(
    tmp_path: Path, environment: dict[str, str], settings: dict[str, Any], names: set[str]
) -> None:
    secrets = Secrets(tmp_path, environment)
    doors = build_doors(Settings(**settings), secrets, TurnedClock())
    assert doors.keys() == names
    assert all(door.provider == name for name, door in doors.items())


async def test_a_provider_without_its_packages_is_away(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LiteLLMDoor, "installed", property(lambda _self: False))
    door = LiteLLMDoor("openai", "", None, office.clock)
    openai = replace(INTERN, models=(ModelRef(provider="openai", model="gpt-6"),))
    team = staff(office, {"openai": door}, roster=lambda: {"intern": openai})
    await team.open()
    assert team.available() == {"clerk"}
    health = await team.check()
    assert (health.condition, health.detail) == (Condition.OK, "the Clerk, who needs no model")
    (models,) = team.missing()
    assert (models.part, models.condition) == ("models", Condition.OFF)
    assert "make install GROUPS=providers" in models.mend


async def test_what_an_answer_depends_on_has_a_version(office: Office) -> None:
    """Another model, prompt or set of tools: another version, so that no earlier answer of the old one is given."""
    versions = set()
    for employee in (
        DIRECTOR,
        replace(DIRECTOR, models=(LOCAL,)),
        replace(DIRECTOR, tools=()),
        replace(DIRECTOR, max_output_tokens=77),
    ):
        team = staff(office, {}, roster=lambda employee=employee: {"director": employee})
        assert team.version_of(Tier.DIRECTOR) == ""  # not at work yet
        await team.open()
        versions.add(team.version_of(Tier.DIRECTOR))
        assert team.version_of(Tier.CLERK) == team.version_of(Tier.CEO) == ""
    assert len(versions) == 4
