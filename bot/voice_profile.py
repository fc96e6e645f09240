"""/voice: how a person wants to be listened to. A note in the books for each person.

Their language (a hint for whoever writes recordings out), a wake word that a spoken command must begin with, and which
commands are run at once. Nothing here can widen what a voice may do: what changes something always needs a press.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection

from bot import notes
from bot.spoken import Asked, Spoken
from bot.texts import LANGUAGES, Texts
from company.books import Books, to_json
from company.errors import Refused

READ_ONLY = frozenset({"status", "cost", "help", "audit", "knowledge"})
"""Commands that change nothing: these alone are run by voice."""
ANY = frozenset({"any", "auto", "off", "all", "none"})
LONGEST_WAKE = 30
_LANGUAGE = re.compile(r"[a-z]{2}")
_WAKE = re.compile(r"[^\W_]+(?: [^\W_]+){0,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceProfile:
    """One person's choices. `language` ISO 639-1, "" for the person's own; `wake` "" for none."""

    language: str = ""
    wake: str = ""
    at_once: tuple[str, ...] = tuple(sorted(READ_ONLY))

    def without_wake(self, words: str) -> str | None:
        """What follows the wake word, None where it was not said; the words themselves where there is none."""
        if not self.wake:
            return words
        found = re.match(rf"\W*{re.escape(self.wake)}\b\W*", words, re.IGNORECASE)
        return words[found.end() :] if found is not None else None


def profile_of(tx: Connection, person_id: str) -> VoiceProfile:
    """A person's choices, or what holds without any."""
    written = notes.get(tx, _note(person_id))
    if not written:
        return VoiceProfile()
    data = json.loads(written)
    return VoiceProfile(language=data["language"], wake=data["wake"], at_once=tuple(data["at_once"]))


def keep(tx: Connection, person_id: str, profile: VoiceProfile) -> None:
    """From now on."""
    notes.put(tx, _note(person_id), to_json(asdict(profile)))


def _note(person_id: str) -> str:
    return f"voiceprofile:{person_id}"


class VoiceProfiles:
    """Runs /voice."""

    def __init__(self, books: Books, texts: Texts) -> None:
        self._books = books
        self._texts = texts

    async def ask(self, asked: Asked) -> Spoken:
        """/voice, /voice language fr, /voice wake nexus, /voice at-once status cost."""
        profile = await self._books.read(profile_of, asked.person.id)
        verb, _, rest = asked.argument.strip().partition(" ")
        if verb:
            profile = self._changed(asked, profile, verb.lower(), rest.strip())
            await self._books.write(keep, asked.person.id, profile)
        say, language = self._texts.say, asked.person.language
        none = say(language, "voice_none")
        return Spoken(
            say(
                language, "voice_profile", language=LANGUAGES.get(profile.language or language, profile.language),
                wake=profile.wake or none, commands=", ".join(profile.at_once) or none,
            )
        )  # fmt: skip

    def _changed(self, asked: Asked, profile: VoiceProfile, verb: str, rest: str) -> VoiceProfile:
        """The profile with one choice made. Raises `Refused` for what is none."""
        low = rest.lower()
        if verb == "language" and (low in ANY or _LANGUAGE.fullmatch(low)):
            return replace(profile, language="" if low in ANY else low)
        if verb == "wake" and (low in ANY or (len(rest) <= LONGEST_WAKE and _WAKE.fullmatch(rest))):
            return replace(profile, wake="" if low in ANY else rest)
        names = frozenset(low.replace(",", " ").replace("/", " ").split())
        if verb == "at-once" and (low in ANY or (names and names <= READ_ONLY)):
            chosen = READ_ONLY if low in ("any", "all", "auto") else names & READ_ONLY
            return replace(profile, at_once=tuple(sorted(chosen)))
        raise Refused(
            self._texts.say(asked.person.language, "voice_profile_wrong", commands=", ".join(sorted(READ_ONLY)))
        )
