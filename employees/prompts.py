"""Prompts are files: `prompts/<name>.md`, a head with purpose, variables and tiers, then the text with {{ variable }}.

Everything that can be wrong with one is found when the company opens, not when an order needs it. What was sent is kept
by its hash in the table `prompts`, so that each attempt names the very words its employee worked under.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select, text

from company.errors import ConfigError
from company.records import Tier
from company.schema import prompts as table

FOLDER = Path(__file__).parent / "prompts"
VARIABLE = re.compile(r"\{\{ (\w+) \}\}")
HEAD = frozenset({"purpose", "variables", "tiers"})
KEEP = text(
    "insert into prompts (hash, name, text, created_at) values (:hash, :name, :text, :created_at) "
    "on conflict (hash) do nothing"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A prompt as it is sent; `hash` is SHA-256 of the text, hex."""

    name: str
    text: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One prompt file."""

    name: str
    purpose: str
    variables: frozenset[str]
    tiers: tuple[Tier, ...]
    text: str

    def render(self, **values: str) -> Rendered:
        """The text with every variable filled in.

        Raises:
            ConfigError: a variable is missing, or one is given that the file does not declare.
        """
        if values.keys() != self.variables:
            odd = ", ".join(sorted(values.keys() ^ self.variables))
            raise ConfigError(f"The prompt {self.name}.md and the code disagree about its variables: {odd}.")
        text = VARIABLE.sub(lambda found: values[found[1]], self.text)
        return Rendered(name=self.name, text=text, hash=hashlib.sha256(text.encode()).hexdigest())


def load_prompts(names: frozenset[str], folder: Path = FOLDER) -> Mapping[str, Prompt]:
    """The named prompts, read from disk: call it in a thread.

    Raises:
        ConfigError: a file is missing, its head is incomplete, or its text and its head name different variables.
    """
    return {name: _load(folder / f"{name}.md") for name in sorted(names)}


def _load(path: Path) -> Prompt:
    try:
        whole = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The prompt {path} can't be read ({error}); restore it or name another one.") from None
    parts = re.match(r"---\n(.*?)\n---\n(.+)", whole, re.DOTALL)
    if parts is None:
        raise ConfigError(f"The prompt {path} has no head; it begins with '---', purpose, variables, tiers, '---'.")
    head = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in parts[1].splitlines())}
    if head.keys() != HEAD:
        odd = ", ".join(sorted(head.keys() ^ HEAD))
        raise ConfigError(
            f"The head of the prompt {path} has to hold exactly purpose, variables and tiers; see: {odd}."
        )
    declared = frozenset(filter(None, (part.strip() for part in head["variables"].split(","))))
    used = frozenset(VARIABLE.findall(parts[2]))
    if declared != used or "{{" in VARIABLE.sub("", parts[2]):
        odd = ", ".join(sorted(declared ^ used)) or "a '{{' that is no {{ variable }}"
        raise ConfigError(f"The prompt {path} declares and uses different variables: {odd}.")
    try:
        tiers = tuple(Tier(part.strip()) for part in head["tiers"].split(","))
    except ValueError as error:
        raise ConfigError(f"The prompt {path} names a tier that there is not: {error}.") from None
    return Prompt(name=path.stem, purpose=head["purpose"], variables=declared, tiers=tiers, text=parts[2].strip())


def remember(tx: Connection, prompt: Rendered, now: int) -> None:
    """Keep the text under its hash; the second time changes nothing."""
    tx.execute(KEEP, {"hash": prompt.hash, "name": prompt.name, "text": prompt.text, "created_at": now})


def recall(tx: Connection, digest: str) -> Rendered | None:
    """A prompt that was sent before, by its hash."""
    row = tx.execute(select(table).where(table.c.hash == digest)).first()
    return Rendered(name=row.name, text=row.text, hash=row.hash) if row else None
