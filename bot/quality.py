"""`/qa` in the chat: what QA demands of each kind of answer, how the Board changes it, and what QA let pass."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from bot.texts import Texts
from bot.wording import plainly
from company.clock import as_datetime
from company.ports import Change, QualityOffice
from company.records import Button, Json, Person
from company.spec_records import Miss, MissReport, SpecReport, SpecSheet, SpecVersion

SWITCHES = {
    "format.check_language": "language",
    "completeness.answers_question": "questions",
    "completeness.check_refusals": "refusals",
    "security.check_placeholders": "placeholders",
    "facts.check_arithmetic": "sums",
    "facts.check_dates": "dates",
    "facts.check_actions": "deeds",
    "code_execution.enabled": "code",
    "code_execution.execute_in_sandbox": "runs",
    "judge.enabled": "judge",
}
"""What can be on or off in a spec, and the word for it in the catalogue (`qa_on_<word>`)."""
HIDDEN = frozenset({"kind", "version", "command", "shell", "timeout_seconds", "expected_exit_code", "name"})
MOST_VERSIONS = 5
BUTTONS_IN_A_ROW = 4
BACK = Button(label="‹", action="qa")


class QualityWords:
    """Runs `/qa` and says what comes of it. Refusals are `Refused` with a sentence for the person."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    async def answer(
        self, office: QualityOffice, person: Person, argument: str, also: Change | None = None
    ) -> tuple[str, tuple[tuple[Button, ...], ...]]:
        """The words and buttons that answer the command with this argument; `also` goes with a change."""
        verb, _, rest = argument.strip().partition(" ")
        verb, rest = verb.lower(), rest.strip()
        if verb == "set":
            return await self._set(office, person, rest, also), ()
        if verb == "back" and rest:
            return await self._back(office, person, rest, also), ()
        if verb == "misses":
            return self.misses(await office.misses(person), person.language), ()
        kind = rest if verb == "show" else verb
        if kind and verb not in ("list", "back"):
            kind, _, which = kind.partition(" ")
            whole = "all" in (which.strip().lower(), rest.lower())
            return self.sheet(await office.spec(person, kind), person.language, whole=whole), ((BACK,),)
        return await self._overview(office, person)

    async def _set(self, office: QualityOffice, person: Person, rest: str, also: Change | None) -> str:
        words = rest.split(maxsplit=2)
        if len(words) < 3:
            return self._texts.say(person.language, "qa_usage")
        change = await office.change(person, words[0], words[1], words[2], also=also)
        return self._texts.say(
            person.language, "qa_set", kind=change.sheet.kind.value, version=change.sheet.version, path=change.path,
            was=plainly(change.was), now=plainly(change.now),
        )  # fmt: skip

    async def _back(self, office: QualityOffice, person: Person, rest: str, also: Change | None) -> str:
        change = await office.back(person, rest, also=also)
        return self._texts.say(
            person.language, "qa_back", kind=change.sheet.kind.value, version=change.sheet.version, was=change.was
        )

    async def _overview(self, office: QualityOffice, person: Person) -> tuple[str, tuple[tuple[Button, ...], ...]]:
        """Every kind's spec in a line, the misses, and a button for each."""
        language = person.language
        sheets, missed = await office.specs(person), await office.misses(person)
        say = self._texts.say
        everywhere = [word for word in SWITCHES.values() if all(word in on(sheet.spec) for sheet in sheets)]
        lines = "\n".join(f"- {self._line(sheet, everywhere, language)}" for sheet in sheets)
        common = say(language, "qa_everywhere", checks=self._words(everywhere, language))
        parts = (say(language, "qa_title"), common, lines, self.count(missed, language), say(language, "qa_foot"))
        text = "\n\n".join(parts)
        buttons = [Button(label=sheet.kind.value, action="qa", argument=sheet.kind.value) for sheet in sheets]
        rows = range(0, len(buttons), BUTTONS_IN_A_ROW)
        return text, tuple(tuple(buttons[start : start + BUTTONS_IN_A_ROW]) for start in rows)

    def _line(self, sheet: SpecSheet, everywhere: Sequence[str], language: str) -> str:
        """Its version, and what it demands that not all do."""
        head = f"**{sheet.kind.value}** · {sheet.version}" + (" ✏️" if sheet.changed else "")
        parts = [self._words([word for word in on(sheet.spec) if word not in everywhere], language)]
        if most := sheet.spec["format"].get("max_words"):
            parts.insert(0, self._texts.say(language, "qa_words", number=most))
        return " · ".join((head, *(part for part in parts if part)))

    def _words(self, switches: Sequence[str], language: str) -> str:
        return ", ".join(self._texts.say(language, f"qa_on_{word}") for word in switches)

    def count(self, report: MissReport, language: str) -> str:
        """How much of what passed was marked as bad."""
        return self._texts.say(
            language, "qa_misses_count", missed=report.missed, passed=report.passed, rated=report.rated
        )

    def sheet(self, report: SpecReport, language: str, *, whole: bool = False) -> str:
        """One spec: the fields of the sections that it sets (`whole`: of all) with their values; its last versions."""
        sheet, say = report.sheet, self._texts.say
        origin = say(language, "qa_changed" if sheet.changed else "qa_file")
        title = say(
            language, "qa_sheet", kind=sheet.kind.value, name=plainly(sheet.name), version=sheet.version, origin=origin
        )
        spec = {name: part for name, part in sheet.spec.items() if whole or name in sheet.written}
        parts = [title, "\n".join(f"- `{path}`: {plainly(value)}" for path, value in values_of(spec))]
        if len(spec) < len(sheet.spec):
            parts.append(say(language, "qa_sheet_some", kind=sheet.kind.value))
        if report.history:
            lines = [self._version(version, language) for version in report.history[:MOST_VERSIONS]]
            parts.append(f"**{say(language, 'qa_versions')}**\n\n" + "\n".join(f"- {line}" for line in lines))
        parts.append(say(language, "qa_sheet_foot", kind=sheet.kind.value))
        return "\n\n".join(parts)

    def _version(self, version: SpecVersion, language: str) -> str:
        what = (
            f"`{version.path}` = {plainly(version.value)}" if version.path else self._texts.say(language, "qa_undone")
        )
        at = as_datetime(version.at).strftime("%m-%d %H:%M UTC")
        return f"{version.version} · {at} · {plainly(version.by)}: {what}"

    def misses(self, report: MissReport, language: str) -> str:
        """The answers that passed and got the Board's thumb down."""
        if not report.misses:
            return self.count(report, language)
        lines = "\n".join(f"- {self._miss(miss, language)}" for miss in report.misses)
        return f"{self.count(report, language)}\n\n{lines}\n\n{self._texts.say(language, 'qa_misses_foot')}"

    def _miss(self, miss: Miss, language: str) -> str:
        by = self._texts.say(language, f"qa_by_{miss.decided_by}")
        at = as_datetime(miss.at).strftime("%m-%d %H:%M")
        facts = (at, miss.employee or miss.tier, f"{miss.kind} {miss.spec_version}", by)
        return f"\\#{miss.number} {plainly(miss.text)} · " + " · ".join(plainly(fact) for fact in facts)


async def in_words(texts: Texts, office: QualityOffice, person: Person, argument: str) -> str:
    """`/qa` for a desk without buttons, as Markdown. Raises `Refused` with a sentence for the person."""
    await asyncio.to_thread(texts.load)
    text, _ = await QualityWords(texts).answer(office, person, argument)
    return text


def on(spec: Json) -> tuple[str, ...]:
    """The words for what is on in a spec."""
    found = []
    for path, word in SWITCHES.items():
        part, _, name = path.partition(".")
        if spec.get(part, {}).get(name):
            found.append(word)
    return tuple(found)


def values_of(spec: Json, above: str = "") -> Iterator[tuple[str, str]]:
    """Each field that may be changed, with its value as a person would write it."""
    for name, value in spec.items():
        if not above and name in HIDDEN:
            continue
        if isinstance(value, dict) and name != "json_schema":
            yield from values_of(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", _written(value)


def _written(value: object) -> str:
    if value is None or value == []:
        return "–"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(f"“{item}”" for item in value)
    return str(value)
