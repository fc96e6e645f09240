"""NEXUS with everything on, as a process of its own, against fake servers; beside the least echo bot, in the same run.

The fakes speak the wire formats of the Bot API and of the Messages API on loopback. The send limits of NEXUS are lifted
except where a row says otherwise: the echo bot keeps none, and a local Bot API server sets none.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.owner import settle_in
from benchmarks.process import ROOT, Program, Running, started
from benchmarks.table import Row, Skip, percentile, show
from tests.fakes.client import Fakes, spawn

OWNER = 42
CHATS = range(5001, 5201)
KEY = "sk-ant-fake-key"
ANSWER = "That is easily said: it is the one that most people would name at once, and the atlas agrees with them."
WORDS = ("first", "second")  # of the messages that come at once; each is answered with its own word
PAUSE_S = 0.05  # between two messages: what follows an answer (receipts, marks) is done then
OTHERS = (
    ("echo bot on python-telegram-bot", "0.26", "41", "6", "6", "17"),
    ("the leanest real bot", "0.6", "89", "12", "16", "441"),
    ("nanobot", "1.5", "134", "266", "73", "8,314"),
    ("Hermes", "1.2", "137", "339", "122", "17,239"),
    ("OpenClaw", "8.8", "1,084", "1,038", "482", "16,439"),
)
PLACES = (
    "France", "Spain", "Italy", "Norway", "Sweden", "Finland", "Poland", "Austria", "Hungary", "Romania",
    "Bulgaria", "Greece", "Turkey", "Egypt", "Morocco", "Tunisia", "Ghana", "Nigeria", "Kenya", "Ethiopia",
    "Angola", "Namibia", "Botswana", "Brazil", "Peru", "Chile", "Bolivia", "Colombia", "Ecuador", "Mexico", "Cuba",
    "Panama", "Canada", "Iceland", "Ireland", "Portugal", "Belgium", "Denmark", "Estonia", "Latvia", "India",
    "Nepal", "Japan", "Mongolia", "Vietnam", "Thailand", "Malaysia", "Indonesia", "Australia", "Fiji",
)  # fmt: skip
HARDER = "Compare the three best ways to heat an old stone house and weigh their cost."
NOTES = 5  # documents in the library
FORMS = (
    "What is the capital of {}?",
    "Which currency do they use in {}?",
    "Which language do most people speak in {}?",
    "What is the highest mountain of {}?",
)


@dataclass(slots=True)
class Measured:
    """The figures of one program; times in seconds unless named otherwise."""

    starts: list[float] = field(default_factory=list)
    first_start: float | None = None
    memory_mb: float | None = None
    idle_cpu_percent: float | None = None
    overheads: list[float] = field(default_factory=list)
    cpu_ms: float | None = None
    tokens: float | None = None
    harder_tokens: float | None = None
    model_calls: float | None = None
    memory_after_mb: float | None = None
    bursts: dict[str, Burst] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Burst:
    """Many chats at once: answers that came, the time to the last, chats whose answers stand in order."""

    answers: int
    expected: int
    last_s: float
    in_order: int


class Stage:
    """The fakes, seen as the measurements need them."""

    def __init__(self, fakes: Fakes, *, quick: bool) -> None:
        self.fakes, self.quick = fakes, quick
        self.telegram = fakes.telegram

    @property
    def questions(self) -> list[str]:
        """Different one-line questions, so that no answer is served from a cache."""
        asked = [form.format(place) for form in FORMS for place in PLACES]
        return asked[:20] if self.quick else asked

    def polls(self) -> int:
        return int(self.telegram.counts().get("getUpdates", 0))

    def first_poll(self, running: Running, before: int) -> float:
        """Seconds from the start of the program to its first getUpdates as the server saw it."""

        def polled(_: object) -> bool:
            running.need_alive()
            return self.polls() > before

        self.telegram.wait_for(polled, timeout=60)
        return float(self.telegram.called("getUpdates")[before]["at"]) - running.began

    def answers(self) -> list[dict[str, Any]]:
        """The calls that brought an answer (those that ring), in order."""
        calls = self.telegram.called("sendMessage")
        return [call for call in calls if call["outcome"] == "ok" and not call["params"].get("disable_notification")]

    def wait_for_answers(self, running: Running, sent_before: int, number: int, timeout: float) -> bool:
        """Until so many messages were sent since; asks seldom, so as not to disturb. False when they never came."""
        end = time.monotonic() + timeout
        while self.telegram.counts().get("sendMessage", 0) < sent_before + number:
            running.need_alive()
            if time.monotonic() > end:
                return False
            time.sleep(0.01 if number == 1 else 0.05)
        return True


@contextmanager
def _company(fakes: Fakes, *, limits: bool, members: Iterable[int] = (), settled: bool = True) -> Iterator[Program]:
    """NEXUS with the owner and these members paired. `limits`: it keeps the Bot API's limits. `settled` False: nobody
    is paired and there is no database yet."""
    with tempfile.TemporaryDirectory(prefix="nexus-bench-") as folder:
        environment = {
            "NEXUS_COMPANY__DATA_DIR": folder,
            "NEXUS_TELEGRAM__BASE_URL": fakes.urls["telegram"],
            "NEXUS_ANTHROPIC__BASE_URL": fakes.urls["anthropic"],
            "NEXUS_OLLAMA__ENABLED": "false",
            "NEXUS_WEB__PORT": "0",
            "NEXUS_KNOWLEDGE__FOLDERS": f'["{_documents(Path(folder))}"]',
            "TELEGRAM_BOT_TOKEN": fakes.telegram.token(),
            "ANTHROPIC_API_KEY": KEY,
            **{f"NEXUS_BUDGET__{cap}": "100000" for cap in ("PER_ORDER", "PER_PERSON_DAY", "DAY", "MONTH")},
        }
        if not limits:
            names = ("MESSAGES_PER_SECOND", "CHAT_MESSAGES_PER_SECOND", "CHAT_BURST")
            environment |= {f"NEXUS_TELEGRAM__{name}": "100000" for name in names}
        if settled:
            settle_in(Path(folder), environment, owner=OWNER, members=members)
        yield Program("NEXUS", [sys.executable, "nexus.py", "run", "--no-chat"], environment)


def _documents(folder: Path) -> Path:
    """A few notes, so that the library is on."""
    notes = folder / "notes-to-read"
    notes.mkdir()
    for number in range(NOTES):
        text = f"An order of type {number} is delivered within {number + 2} days by office {number}."
        (notes / f"delivery-{number}.md").write_text(f"# Delivery {number}\n\n{text}\n", encoding="utf-8")
    return notes


def _echo(fakes: Fakes, delay_s: float = 0.0) -> Program:
    environment = {"BOT_TOKEN": fakes.telegram.token(), "BOT_URL": fakes.urls["telegram"]}
    command = [sys.executable, "-m", "benchmarks.echo_bot", *(["--delay", str(delay_s)] if delay_s else [])]
    return Program("echo bot", command, environment)


def _measure_starts(stage: Stage, program: Program, into: Measured) -> None:
    """Once unmeasured, so that the files are in memory, then the median's sample."""
    for number in range(2 if stage.quick else 6):
        before = stage.polls()
        with started(program) as running:
            took = stage.first_poll(running, before)
        if number:
            into.starts.append(took)


def _measure_idle(stage: Stage, running: Running, into: Measured) -> None:
    settle_s, watch_s = (3.0, 2.0) if stage.quick else (20.0, 10.0)
    time.sleep(settle_s)
    into.memory_mb = running.memory_mb()
    before, begun = running.cpu_s(), time.monotonic()
    time.sleep(watch_s)
    into.idle_cpu_percent = 100 * (running.cpu_s() - before) / (time.monotonic() - begun)


def _measure_messages(stage: Stage, running: Running, into: Measured) -> None:
    """One question after the other in one chat. Overhead: update handed out to answer at the server, less the model."""
    telegram, anthropic = stage.telegram, stage.fakes.anthropic
    first_answer, first_call = len(stage.answers()), len(anthropic.calls())
    handed: list[float] = []
    cpu = running.cpu_s()
    for question in stage.questions:
        sent = telegram.counts().get("sendMessage", 0)
        telegram.say(OWNER, question, first_name="Ada", language_code="en")
        if not stage.wait_for_answers(running, sent, 1, 30):
            raise RuntimeError(f"no answer to {question!r}:\n{running.said()}")
        handed.append(telegram.polls()["last_ended"])
        time.sleep(PAUSE_S)
    into.cpu_ms = 1000 * (running.cpu_s() - cpu) / len(handed)
    into.memory_after_mb = running.memory_mb()
    answered = [float(call["at"]) for call in stage.answers()[first_answer:]]
    if len(answered) != len(handed):
        raise RuntimeError(f"{len(handed)} questions, {len(answered)} answers:\n{running.said()}")
    calls = anthropic.calls()[first_call:]
    for begun, ended in zip(handed, answered, strict=True):
        model = sum(call["ended"] - call["at"] for call in calls if begun <= call["at"] <= ended)
        into.overheads.append(ended - begun - model)
    into.model_calls = len(calls) / len(handed)
    if calls:
        into.tokens = _tokens(calls[0])


def _tokens(call: dict[str, Any]) -> float:
    used = call["tokens"]
    return float(used["input"] + used["cache_read"] + used["cache_write"])


def _measure_harder(stage: Stage, program: Program, into: Measured) -> None:
    """A question in one line that is not trivial: its employee gets tools, which cost tokens. A chat without a past."""
    before, calls = stage.polls(), len(stage.fakes.anthropic.calls())
    with started(program) as running:
        stage.first_poll(running, before)
        time.sleep(3)
        sent = stage.telegram.counts().get("sendMessage", 0)
        stage.telegram.say(CHATS[0], HARDER, first_name="Bo", language_code="en")
        if not stage.wait_for_answers(running, sent, 1, 30):
            raise RuntimeError(f"no answer to {HARDER!r}:\n{running.said()}")
        into.harder_tokens = _tokens(stage.fakes.anthropic.calls()[calls])


def _burst(stage: Stage, running: Running, name: str, each: int) -> Burst:
    """`each` messages in every chat at once; the model takes a second for each answer."""
    chats = CHATS[:20] if stage.quick else CHATS
    words = WORDS[:each]
    sayings = [
        {"user_id": chat, "text": f"Slowly, please, the {word} of {name}: what is the capital of {place}?"}
        for word in words
        for chat, place in zip(chats, PLACES * len(chats), strict=False)
    ]
    before, sent = len(stage.answers()), stage.telegram.counts().get("sendMessage", 0)
    begun = time.monotonic()
    stage.telegram.say_many(sayings)
    end = begun + 60
    while True:
        stage.wait_for_answers(running, sent, len(sayings), max(0.1, end - time.monotonic()))
        came = stage.answers()[before:]
        if len(came) >= len(sayings) or time.monotonic() > end:
            break
        time.sleep(0.25)  # some of what was sent were status lines
    order: dict[int, list[str]] = {chat: [] for chat in chats}
    for call in came:
        text = str(call["params"]["text"])
        order[call["chat_id"]] += [word for word in words if word in text]
    in_order = sum(said == list(words) for said in order.values())
    last = max((float(call["at"]) for call in came), default=end)
    return Burst(len(came), len(sayings), last - begun, in_order)


def _measure_bursts(stage: Stage, program: Program, name: str, each: int, into: Measured) -> None:
    before = stage.polls()
    with started(program) as running:
        stage.first_poll(running, before)
        time.sleep(3)  # what loads after the first poll
        into.bursts[name] = _burst(stage, running, name, each)


def _measure_company(stage: Stage) -> Measured:
    measured = Measured()
    with _company(stage.fakes, limits=False, settled=False) as program:
        before = stage.polls()
        with started(program) as running:
            measured.first_start = stage.first_poll(running, before)
    with _company(stage.fakes, limits=False) as program:
        _measure_starts(stage, program, measured)
        before = stage.polls()
        with started(program) as running:
            stage.first_poll(running, before)
            _measure_idle(stage, running, measured)
            _measure_messages(stage, running, measured)
    with _company(stage.fakes, limits=False, members=CHATS) as program:
        _measure_harder(stage, program, measured)
        _measure_bursts(stage, program, "one", 1, measured)
        _measure_bursts(stage, program, "two", 2, measured)
    with _company(stage.fakes, limits=True, members=CHATS) as program:
        _measure_bursts(stage, program, "limited", 1, measured)
    return measured


def _measure_echo(stage: Stage) -> Measured:
    measured = Measured()
    program = _echo(stage.fakes)
    _measure_starts(stage, program, measured)
    before = stage.polls()
    with started(program) as running:
        stage.first_poll(running, before)
        _measure_idle(stage, running, measured)
        _measure_messages(stage, running, measured)
    slow = _echo(stage.fakes, delay_s=1.0)
    _measure_bursts(stage, slow, "one", 1, measured)
    _measure_bursts(stage, slow, "two", 2, measured)
    measured.tokens = _bare_tokens(stage.fakes, FORMS[0].format(PLACES[0]))
    measured.harder_tokens = _bare_tokens(stage.fakes, HARDER)
    return measured


def _bare_tokens(fakes: Fakes, question: str) -> float:
    """What the bare question costs: one user message, no system text, no tools."""
    import httpx

    body = {
        "model": "claude-haiku-4-5",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": question}],
    }
    headers = {"x-api-key": KEY, "anthropic-version": "2023-06-01"}
    answer = httpx.post(fakes.urls["anthropic"] + "/v1/messages", json=body, headers=headers, trust_env=False)
    return float(answer.raise_for_status().json()["usage"]["input_tokens"])


def _rows(ours: Measured, echo: Measured) -> list[Row]:
    def over(measured: Measured, percent: float) -> float:
        return 1000 * percentile(measured.overheads, percent)

    def row(what: str, unit: str, mine: float | None, theirs: float | None, aim: str = "") -> Row:
        return Row(what=what, unit=unit, ours=mine, baseline=theirs, aim=aim)

    rows = [
        row("start to first poll, median", "s", percentile(ours.starts, 50), percentile(echo.starts, 50), "1.5"),
        row("memory, idle", "MB", ours.memory_mb, echo.memory_mb, "130"),
        row(f"memory after {len(ours.overheads)} messages", "MB", ours.memory_after_mb, echo.memory_after_mb),
        row("CPU, idle", "%", ours.idle_cpu_percent, echo.idle_cpu_percent),
        row("overhead per message, p50", "ms", over(ours, 50), over(echo, 50), "15"),
        row("overhead per message, p99", "ms", over(ours, 99), over(echo, 99), "below 60"),
        row("CPU per message", "ms", ours.cpu_ms, echo.cpu_ms, "20"),
        row("model calls per message", "", ours.model_calls, None, "1"),
        row("input tokens, trivial one-line question", "tokens", ours.tokens, echo.tokens, "400"),
        row("input tokens, harder one-line question", "tokens", ours.harder_tokens, echo.harder_tokens, "400"),
    ]
    titles = {
        "one": ("one message each, no send limits", "3"),
        "two": ("two messages each, no send limits", ""),
        "limited": ("one message each, 30 sends/s kept", "7.7 (the limit)"),
    }
    for name, (title, aim) in titles.items():
        mine, theirs = ours.bursts.get(name), echo.bursts.get(name)
        if mine is not None:
            rows.append(row(f"last answer: {title}", "s", mine.last_s, theirs.last_s if theirs else None, aim))
            said = f"answered: {title}"
            rows.append(row(said, "messages", mine.answers, theirs.answers if theirs else None, str(mine.expected)))
    return rows


def run(quick: bool) -> None:
    """Measure and print."""
    if not (ROOT / "nexus.py").is_file():
        raise Skip("there is no nexus.py here")
    with spawn("telegram", "anthropic", options=("--light",)) as fakes:
        for word in WORDS:
            reply = {"text": f"The {word} thing to say is short. {ANSWER}", "latency_s": 1.0}
            newest = f"slowly, please, the {word} of(?!.*slowly, please)"  # what came before is told to the model too
            fakes.anthropic.rule(newest, reply)
        fakes.anthropic.rule("", ANSWER)
        stage = Stage(fakes, quick=quick)
        echo = _measure_echo(stage)
        ours = _measure_company(stage)
    burst = ours.bursts["two"]
    notes = [
        f"A first start, on an empty data folder, which makes the database: {ours.first_start or 0:.2f} s.",
        f"In order within the chat: {burst.in_order} of {burst.expected // 2} chats.",
        "Echo bot, many chats: it sleeps a second in place of a model. Tokens: the bare question.",
        "Tokens are the fake provider's: bytes / 4 of system, tools and messages; others' may be counted otherwise.",
        "Measured earlier on this kind of machine (start s / MB / overhead p50 ms / CPU ms / tokens):",
        *(f"  {name}: {' / '.join(figures)}" for name, *figures in OTHERS),
    ]
    show("A message through Telegram", "echo bot", _rows(ours, echo), notes=notes)
