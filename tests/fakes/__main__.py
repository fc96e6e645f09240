"""`python -m tests.fakes --telegram --anthropic ...`: the fakes in a process of their own.

Prints one JSON line {"urls": {name: base URL}, "token": ...} and serves until SIGTERM, SIGINT or the end of its input.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import sys
import threading

from tests.fakes.anthropic import FakeAnthropic
from tests.fakes.control import Control
from tests.fakes.models import ModelFake, Reply
from tests.fakes.ollama import FakeOllama
from tests.fakes.openai import FakeOpenAI
from tests.fakes.telegram import FakeTelegram


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes", description=__doc__)
    for name in ("telegram", "anthropic", "openai", "ollama"):
        parser.add_argument(f"--{name}", action="store_true", help=f"start the {name} fake")
        parser.add_argument(f"--{name}-port", type=int, default=0, metavar="PORT", help="instead of a free one")
    parser.add_argument(
        "--light", action="store_true", help="no validation with aiogram or of model requests (benchmarks)"
    )
    parser.add_argument("--forget-calls", action="store_true", help="keep counts of calls, not the calls")
    parser.add_argument("--seed", type=int, default=0, help="of the chance in faults")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before a model's default answer begins")
    parser.add_argument("--keep-running", action="store_true", help="do not end with the standard input")
    return parser.parse_args()


async def main(args: argparse.Namespace) -> None:
    """Start what is asked for, say where, serve until told to end."""
    validate, seed = not args.light, args.seed
    fakes: dict[str, FakeTelegram | ModelFake] = {}
    if args.telegram:
        fakes["telegram"] = FakeTelegram(
            validate=validate, seed=seed, port=args.telegram_port, keep_calls=not args.forget_calls
        )
    for name, kind in (("anthropic", FakeAnthropic), ("openai", FakeOpenAI), ("ollama", FakeOllama)):
        if getattr(args, name):
            fake: ModelFake = kind(validate=validate, seed=seed, port=getattr(args, f"{name}_port"))
            fake.keep_calls = not args.forget_calls
            if args.latency:
                fake.rules.append((_anything(), Reply("A helpful answer to exactly that.", latency_s=args.latency)))
            fakes[name] = fake
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if not args.keep_running:
        threading.Thread(target=_watch_input, args=(loop, ended), daemon=True).start()
    for fake_ in fakes.values():
        Control(fake_)
        await fake_.start()
    told = {"urls": {name: fake_.url for name, fake_ in fakes.items()}, "token": _token(fakes)}
    print(json.dumps(told), flush=True)
    await ended.wait()
    for fake_ in fakes.values():
        await fake_.stop()


def _anything() -> re.Pattern[str]:
    return re.compile("")


def _token(fakes: dict[str, FakeTelegram | ModelFake]) -> str | None:
    telegram = fakes.get("telegram")
    return telegram.token if isinstance(telegram, FakeTelegram) else None


def _watch_input(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    sys.stdin.read()
    loop.call_soon_threadsafe(ended.set)


if __name__ == "__main__":
    asyncio.run(main(options()))
