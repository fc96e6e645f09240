"""The commands that can be spoken, as whole English phrases, and the grammar they make (JSGF, w3.org/TR/jsgf).

The recogniser hears one of these phrases in anything; whether to believe it is `voice.rule`'s to say. Phrases that
sound alike for different commands are left out: "costs" beside "cost this week", "settings" beside "status".
"""

from __future__ import annotations

from collections.abc import Iterable

from company.speech_records import SpokenCommand

_SAID = {
    "status": ("status", "show status", "show me the status", "what is the status", "what are you doing",
               "what are you working on"),
    "cost": ("show the costs", "show costs", "what did this cost", "what did it cost"),
    "cost today": ("cost today", "costs today", "what did you spend today"),
    "cost week": ("cost this week", "costs this week", "what did you spend this week"),
    "cost month": ("cost this month", "costs this month", "what did you spend this month"),
    "help": ("help", "help me", "what can you do"),
    "audit": ("audit", "audit log", "open the audit"),
    "audit verify": ("verify the audit", "verify audit", "check the record"),
    "knowledge": ("my documents", "list documents", "list my documents", "show my documents"),
    "stop": ("stop", "stop everything", "stop all work"),
    "escalate": ("escalate", "escalate this", "ask your boss"),
    "new": ("new conversation", "new chat", "start over", "begin a new conversation"),
}  # fmt: skip

PHRASES = {phrase: command for command, phrases in _SAID.items() for phrase in phrases}
"""Every phrase and the command it is, as it would be typed without its slash."""


def jsgf() -> str:
    """All phrases as one grammar."""
    return f"#JSGF V1.0;\ngrammar commands;\npublic <command> = {' | '.join(PHRASES)};\n"


def meant(heard: str) -> SpokenCommand | None:
    """The command that a phrase is, or that all phrases are which begin so: the recogniser may stop in the middle."""
    words = heard.split()
    if not words:
        return None
    found = {command for phrase, command in PHRASES.items() if phrase.split()[: len(words)] == words}
    command = PHRASES.get(heard) or (found.pop() if len(found) == 1 else None)
    return spoken(command, heard) if command is not None else None


def spoken(command: str, phrase: str) -> SpokenCommand:
    """A command with its argument."""
    name, _, argument = command.partition(" ")
    return SpokenCommand(name=name, argument=argument, phrase=phrase)


def first_of_each(phrases: Iterable[str], most: int) -> tuple[SpokenCommand, ...]:
    """The first `most` different commands of some phrases."""
    found: dict[str, SpokenCommand] = {}
    for phrase in phrases:
        command = PHRASES[phrase]
        found.setdefault(command, spoken(command, phrase))
    return tuple(found.values())[:most]
