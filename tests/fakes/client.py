"""Clients of fakes that run in another process: `spawn` them, then drive and read them over HTTP, in step or in a loop.

with spawn("telegram", "anthropic") as fakes:
    fakes.telegram.say(42, "hello")                      # synchronous
    fakes.telegram.wait_for(lambda t: t.answers(42))
    await fakes.telegram.later.say(42, "hello")          # asynchronous twin
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]


class ControlError(Exception):
    """The fake refused a control request; the text says why."""


def _result(response: httpx.Response) -> Any:
    payload = response.json()
    if "error" in payload:
        raise ControlError(payload["error"])
    return payload["result"]


class Remote:
    """One fake. Every verb and fact of `control.Control` is a method: `say(42, "hi")`, `calls()`, `fault("429")`."""

    def __init__(self, url: str, http: httpx.Client) -> None:
        self.url = url
        self._http = http

    def call(self, verb: str, *args: Any, **named: Any) -> Any:
        """Do a verb, or read a fact. Raises ControlError."""
        wait = named.get("timeout", 10) + 10
        body = {**named, **({"args": args} if args else {})}
        return _result(self._http.post(f"{self.url}/control/{verb}", json=body, timeout=wait))

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        if verb.startswith("_"):
            raise AttributeError(verb)
        return lambda *args, **named: self.call(verb, *args, **named)

    def wait_for(self, predicate: Callable[[Remote], Any], timeout: float = 10.0) -> Any:
        """The first truthy `predicate(remote)`, asked again after each change at the fake. Raises TimeoutError."""
        end, version = time.monotonic() + timeout, -1
        while True:
            seen = self.call("wait", version=-1, timeout=0) if version < 0 else version
            if found := predicate(self):
                return found
            if (left := end - time.monotonic()) <= 0:
                raise TimeoutError(f"not so within {timeout} s")
            version = self.call("wait", version=seen, timeout=left)

    @property
    def later(self) -> LaterRemote:
        """The asynchronous twin, with a connection of its own."""
        return LaterRemote(self.url)


class LaterRemote:
    """`Remote` for a running loop: each verb is awaited. Close it with `async with` or `aclose`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.AsyncClient(trust_env=False)

    async def __aenter__(self) -> LaterRemote:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def call(self, verb: str, *args: Any, **named: Any) -> Any:
        """Do a verb, or read a fact. Raises ControlError."""
        wait = named.get("timeout", 10) + 10
        body = {**named, **({"args": args} if args else {})}
        return _result(await self._http.post(f"{self.url}/control/{verb}", json=body, timeout=wait))

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        if verb.startswith("_"):
            raise AttributeError(verb)
        return lambda *args, **named: self.call(verb, *args, **named)

    async def wait_for(self, predicate: Callable[[LaterRemote], Any], timeout: float = 10.0) -> Any:
        """The first truthy `await predicate(remote)`, asked again after each change. Raises TimeoutError."""
        end = time.monotonic() + timeout
        seen = await self.call("wait", version=-1, timeout=0)
        while not (found := await predicate(self)):
            if (left := end - time.monotonic()) <= 0:
                raise TimeoutError(f"not so within {timeout} s")
            seen = await self.call("wait", version=seen, timeout=left)
        return found


class Fakes:
    """The fakes of one process, by name. `urls`: name -> base URL. `pid`: of their process."""

    def __init__(self, urls: dict[str, str], pid: int, http: httpx.Client) -> None:
        self.urls, self.pid = urls, pid
        self._remotes = {name: Remote(url, http) for name, url in urls.items()}

    def __getattr__(self, name: str) -> Remote:
        if name.startswith("_") or name not in self._remotes:
            raise AttributeError(name)
        return self._remotes[name]


@contextmanager
def spawn(*names: str, options: tuple[str, ...] = (), start_timeout: float = 30.0) -> Iterator[Fakes]:
    """Run fakes ("telegram", "anthropic", "openai", "ollama") in a process of their own; end it on leaving.

    options: more arguments of `python -m tests.fakes`, such as "--light", "--seed", "7".
    """
    command = [sys.executable, "-m", "tests.fakes", *(f"--{name}" for name in names), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        first = process.stdout.readline()
        if not first:
            raise RuntimeError(f"the fakes did not start (exit {process.wait(start_timeout)})")
        with httpx.Client(trust_env=False) as http:
            yield Fakes(json.loads(first)["urls"], process.pid, http)
    finally:
        process.stdin.close()  # the fakes end when their parent does
        process.terminate()
        process.wait(10)
        process.stdout.close()
