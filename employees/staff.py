"""The department of employees: who can work now, and who does a job. Implements the ports `Staff` and `Department`."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from company.books import Books, to_json
from company.clock import Clock
from company.config import Settings
from company.errors import NobodyAvailable
from company.library_ports import Library, Memory
from company.memory_records import NoMemory
from company.ports import Metered, Model, Report
from company.records import Condition, Deliverable, Employee, Health, Job, ModelRef, Tier
from employees.claude import Claude
from employees.employee import Attempt, Bench
from employees.litellm_door import LiteLLMDoor
from employees.ollama_door import OllamaDoor
from employees.prompts import FOLDER, load_prompts
from employees.toolbox import Equipment, Toolbox, load_tools

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 60.0
CLOSE_S = 5.0


class Performs(Protocol):
    """What the Clerk is to the staff."""

    async def perform(self, job: Job, report: Report) -> Deliverable:
        """One attempt, without a model."""
        ...


class Employees:
    """The staff. The org chart is read anew for each job, so that a change holds from the next order on.

    Args:
        books, metered, library, clock, memory: from the composition root.
        settings: company name, limits, and the tools and prompts that have to be loaded.
        doors: from `build_doors`; the same objects that the metered door calls.
        roster: the org chart as it is now, by name.
        clerk: does the jobs of the tier CLERK.
        notes_dir: where `save_note` writes; made when it is first needed.
        prompts_dir: the prompt files.
    """

    name = "employees"

    def __init__(
        self,
        *,
        books: Books,
        metered: Metered,
        library: Library,
        settings: Settings,
        doors: Mapping[str, Model],
        roster: Callable[[], Mapping[str, Employee]],
        clerk: Performs,
        clock: Clock,
        notes_dir: Path,
        prompts_dir: Path = FOLDER,
        memory: Memory | None = None,
    ) -> None:
        self._books = books
        self._metered = metered
        self._library = library
        self._memory = memory or NoMemory()
        self._settings = settings
        self._doors = doors
        self._roster = roster
        self._clerk = clerk
        self._clock = clock
        self._notes_dir = notes_dir
        self._prompts_dir = prompts_dir
        self._absent: set[str] = set()
        self._missing: tuple[Health, ...] = ()
        self._bench: Bench | None = None

    # The department

    async def open(self) -> None:
        """Load prompts and tools, and see which local providers are there; no library of a model is loaded.

        Raises:
            ConfigError: a prompt or a tool is missing or wrong; the sentence names it.
        """
        staff = [one for one in self._roster().values() if one.tier is not Tier.CLERK]
        seeds = [one for one in self._settings.employees.values() if one.tier is not Tier.CLERK]
        named = frozenset({one.prompt for one in staff} | {seed.prompt for seed in seeds})
        tools = frozenset(name for one in staff for name in one.tools)
        tools |= frozenset(name for seed in seeds for name in seed.tools)
        prompts = await asyncio.to_thread(load_prompts, named, self._prompts_dir)
        equipment = Equipment(library=self._library, memory=self._memory, notes_dir=self._notes_dir)
        toolbox = Toolbox(self._books, self._clock, await asyncio.to_thread(load_tools, tools, equipment))
        self._bench = Bench(
            books=self._books, metered=self._metered, library=self._library, memory=self._memory, toolbox=toolbox,
            prompts=prompts,
            clock=self._clock, company=self._settings.company.name, doors=frozenset(self._doors),
            max_turns=self._settings.work.max_turns, self_test=self._settings.work.self_test,
            reminder_tokens=self._settings.memory.brief_tokens,
        )  # fmt: skip
        await self._look_round()

    async def run(self) -> None:
        """Load Claude's library behind the first moments, then look again each minute which providers are there."""
        claude = self._doors.get("anthropic")
        if isinstance(claude, Claude):
            try:
                await claude.warm()
            except ImportError as error:
                log.warning("Claude's library can't be loaded (%s); run make install again", error.name)
                self._absent.add("anthropic")
        while True:
            await self._clock.sleep(LOOK_AGAIN_S)
            await self._look_round()

    def prompt_texts(self) -> tuple[str, ...]:
        """The texts of the prompts in force, so that QA sees one that leaks."""
        return tuple(prompt.text for prompt in self._bench.prompts.values()) if self._bench is not None else ()

    async def close(self) -> None:
        """Close every door."""
        for name, door in self._doors.items():
            try:
                async with asyncio.timeout(CLOSE_S):
                    await door.close()
            except (OSError, TimeoutError, RuntimeError) as error:
                log.warning("The door to %s did not close (%s)", name, type(error).__name__)

    async def check(self) -> Health:
        """The state of each provider, in one line and in the facts."""
        found = await asyncio.gather(*(door.check() for door in self._doors.values()))
        facts = {
            one.part: {"condition": one.condition.value, "detail": one.detail, "mend": one.mend, **one.facts}
            for one in found
        }
        able = sorted(self.available() - {Tier.CLERK.value})
        detail = ", ".join(f"{one.part}: {one.detail or one.condition.value}" for one in found) or "no provider"
        mend = "; ".join(one.mend for one in found if one.mend and one.condition is not Condition.OK)
        if not able:
            mend = f"run `./nexus init` to give a key; or {mend}" if mend else "run `./nexus init` to give a key"
            self._missing = (Health(part="models", condition=Condition.OFF, detail=detail, mend=mend),)
            detail = "the Clerk, who needs no model"
            return Health(part=self.name, condition=Condition.OK, detail=detail, facts=facts)
        self._missing = ()
        ill = any(one.condition is Condition.ILL for one in found)
        condition = Condition.WARNING if ill else Condition.OK
        return Health(part=self.name, condition=condition, detail=detail, mend=mend if ill else "", facts=facts)

    def missing(self) -> tuple[Health, ...]:
        """While nobody but the Clerk can work: that there is no model, as `check` found it, and how to get one."""
        return self._missing

    async def _look_round(self) -> None:
        """Which providers are surely not there: an Ollama that does not listen, packages that are not installed."""
        for name, door in self._doors.items():
            there = True
            if isinstance(door, OllamaDoor):
                there = self._settings.ollama.enabled is True or await door.answers()
            elif isinstance(door, LiteLLMDoor):
                there = await asyncio.to_thread(lambda door=door: door.installed)  # type: ignore[misc]
            (self._absent.discard if there else self._absent.add)(name)

    # The staff

    def available(self) -> frozenset[str]:
        """The tiers that have somebody with a model whose provider is configured and not known to be away."""
        tiers = {one.tier.value for one in self._roster().values() if self._can_work(one)}
        return frozenset(tiers | {Tier.CLERK.value})

    def _can_work(self, employee: Employee) -> bool:
        return any(self.reachable(ref) for ref in employee.models)

    def reachable(self, ref: ModelRef) -> bool:
        """Whether the model's provider is configured and not known to be away."""
        return ref.provider in self._doors and ref.provider not in self._absent

    def version_of(self, tier: Tier) -> str:
        """A hash of what an answer of this tier depends on: employee, models, prompt and tools; "" for nobody."""
        if self._bench is None or tier is Tier.CLERK:
            return ""
        of_tier = [one for one in self._roster().values() if one.tier is tier and one.models]
        if not of_tier:
            return ""
        prompts = [self._bench.prompts[one.prompt].text for one in of_tier]
        told = to_json([of_tier, prompts, self._settings.work.self_test])
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    async def perform(self, job: Job, report: Report) -> Deliverable:
        """One attempt by the employee of the job's tier; see the port `Staff`.

        Raises:
            GaveUp: this employee got nowhere; the next tier may.
            NobodyAvailable: nobody of this tier has a model that is configured.
            BudgetExceeded, PriceUnknown, LostClaim: from the metered door and the record.
        """
        if job.tier is Tier.CLERK:
            return await self._clerk.perform(job, report)
        if self._bench is None:
            raise NobodyAvailable("The staff is not at work yet.")
        of_tier = [one for one in self._roster().values() if one.tier is job.tier and one.models]
        of_tier.sort(key=lambda one: not self._can_work(one))  # stable: the chart's order, whoever can work first
        if not of_tier or not any(ref.provider in self._doors for ref in of_tier[0].models):
            raise NobodyAvailable(f"No model of the tier {job.tier.value} is configured; `./nexus init` adds one.")
        return await Attempt(self._bench, of_tier[0], job, report).perform()
