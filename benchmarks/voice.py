"""Spoken commands on synthetic voices: how many are understood, what else is taken for one, and how long it takes.

espeak-ng speaks, Ogg Opus carries it as Telegram does. People speak otherwise: these are figures of the rule, not of
your voice.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from benchmarks.table import Row, Skip, percentile, show
from company.config_voice import VoiceSettings
from company.speech_records import Heard, Recording, SpokenCommand, Transcript
from tests.fakes.speech import VOICES, can_speak, voice_note
from voice.engines import GrammarEngine
from voice.phrases import PHRASES

READ_ONLY = ("status", "cost", "help", "audit", "knowledge")
OTHER = (
    "write a report about solar panels", "what is the capital of france", "please translate this letter into german",
    "remind me to call my mother tomorrow", "how much is two hundred euros in dollars", "the weather is nice today",
    "send an email to the landlord", "summarise the contract in five points", "i would like to book a table for four",
    "what time does the train leave", "tell me a joke", "draft a reply to the last message", "good morning",
    "can you explain quantum computing", "find the invoice from last month", "thank you very much", "never mind",
    "what does the lease say about the garden", "plan a trip to rome in may", "delete all my files", "buy it now",
    "approve the payment", "yes go ahead", "transfer five hundred dollars to anna", "where did i leave my keys",
    "why is the sky blue", "play some music", "call me back later", "i am running late", "hello there",
    "we should discuss the budget next week", "let us talk about the status of women in history",
    "the cost of living has gone up again", "stop signs are red in most countries", "she needs help with her homework",
    "those documents were shredded years ago", "set an alarm for seven", "how old is the universe", "read me the news",
    "make the text shorter", "the cat sat on the mat", "open the window", "who wrote war and peace",
    "put milk and bread on the list", "this is a test of the microphone", "the meeting starts at nine",
    "compare the two offers and tell me which is cheaper", "calculate the mortgage for thirty years",
    "he was audited by the tax office last year", "my name is john and i live in london",
)  # fmt: skip

UNSEEN_VOICES = ("en-gb-x-rp", "en-us+m7", "en-gb+f4", "en-029")
UNSEEN = (
    "what is the notice period of the lease", "how many people live in berlin", "please book a room for friday",
    "the invoice was paid twice", "which offer has the better guarantee", "i need a summary of the last meeting",
    "add two lines to the second paragraph", "when is the next train to hamburg", "where is the nearest pharmacy",
    "cancel my subscription", "approve it", "go on", "no not that one", "send it", "pay the plumber",
    "translate the menu into spanish", "convert ten miles to kilometres", "is it going to rain tomorrow",
    "the report is on the table", "we moved the deadline to june", "give everybody access", "turn off the lights",
    "check whether the door is locked", "what did the doctor say", "who is working on sunday", "start the engine",
    "a new hospital was opened yesterday", "the cost of the roof was too high", "she asked her boss for a day off",
    "stop by the bakery on your way home", "help yourself to some coffee", "the status of the patient is stable",
    "my documents are in the blue folder", "an audit of the school is planned", "this week was hard",
)  # fmt: skip
"""Sentences and voices on which no threshold was chosen; many begin or end as a phrase does."""


def _typed(command: SpokenCommand) -> str:
    return f"{command.name} {command.argument}".strip()


async def _listen(
    texts: Iterable[str], voices: Iterable[str], snr_db: float | None = None
) -> tuple[list[tuple[str, Transcript]], list[float]]:
    """Every text by every voice, through the child process: what was heard, and the seconds it took."""
    engine, heard, took = GrammarEngine(VoiceSettings()), list[tuple[str, Transcript]](), list[float]()
    for voice in voices:
        for text in texts:
            note = Recording(data=voice_note(text, voice, snr_db=snr_db), name="note.ogg", person_id="benchmark")
            begun = time.perf_counter()
            heard.append((text, await engine.transcribe(note)))
            took.append(time.perf_counter() - begun)
    return heard, took


def _share(part: int, whole: int) -> float:
    return 100 * part / max(1, whole)


async def _others(texts: Sequence[str], voices: Sequence[str]) -> list[Row]:
    """What is said beside the phrases."""
    heard, _ = await _listen(texts, voices)
    kinds = Counter(one.kind for _, one in heard)
    sure = [one.commands[0] for _, one in heard if one.kind is Heard.COMMAND]
    return [
        Row(what=f"a command is run, of {len(heard)}", unit="", aim="0",
            ours=sum(one.name in READ_ONLY for one in sure)),
        Row(what="taken for a command that needs a press, surely", unit="", aim="0",
            ours=sum(one.name not in READ_ONLY for one in sure)),
        Row(what="a button is offered", unit="%", ours=_share(len(heard) - kinds[Heard.NOTHING], len(heard))),
        Row(what="said not to be understood", unit="%", ours=_share(kinds[Heard.NOTHING], len(heard))),
    ]  # fmt: skip


async def _phrases(voices: Sequence[str], snr_db: float | None, aim: str) -> tuple[list[Row], list[str]]:
    """Every phrase by every voice."""
    heard, took = await _listen(PHRASES, voices, snr_db)
    pairs = [(text, _typed(one.commands[0]) if one.commands else "nothing") for text, one in heard]
    right = sum(PHRASES[text] == got for text, got in pairs)
    offered = sum(PHRASES[text] in [_typed(one) for one in said.commands] for text, said in heard)
    sure = [(text, _typed(one.commands[0])) for text, one in heard if one.kind is Heard.COMMAND]
    wrong = Counter(f"{text}: {got}" for text, got in pairs if PHRASES[text] != got)
    rows = [
        Row(what=f"heard as the right command, of {len(heard)}", unit="%", aim=aim, ours=_share(right, len(heard))),
        Row(what="the right one is run or among the buttons", unit="%", ours=_share(offered, len(heard))),
        Row(what="both readings agree", unit="%", ours=_share(len(sure), len(heard))),
        Row(what="both readings agree on a wrong command", unit="", aim="0",
            ours=sum(PHRASES[text] != got for text, got in sure)),
        Row(what="seconds to the answer, p50", unit="s", ours=percentile(took, 50)),
        Row(what="seconds to the answer, p95", unit="s", ours=percentile(took, 95), aim="below 3"),
    ]  # fmt: skip
    return rows, [f"Misheard: {what} ({times})" for what, times in wrong.most_common(8)]


def run(quick: bool) -> None:
    """Measure and print."""
    if not can_speak():
        raise Skip("espeak-ng is not installed (apt-get install espeak-ng)")
    voices, unseen = (VOICES[:1], UNSEEN_VOICES[:1]) if quick else (VOICES, UNSEEN_VOICES)
    show(f"No command: sentences and {len(unseen)} voices on which nothing was chosen", "",
         asyncio.run(_others(UNSEEN, unseen)))  # fmt: skip
    show(f"No command: the sentences that the rate was chosen on, {len(voices)} voices", "",
         asyncio.run(_others(OTHER, voices)))  # fmt: skip
    for title, snr_db, aim, speakers in (
        ("clean", None, "95 or more", voices), ("noise 20 dB below the voice", 20.0, "90 or more", voices),
        ("clean, the other voices", None, "", unseen),
    ):  # fmt: skip
        rows, notes = asyncio.run(_phrases(speakers, snr_db, aim))
        show(f"Spoken commands, {title}, {len(speakers)} voices", "", rows, notes=notes)
