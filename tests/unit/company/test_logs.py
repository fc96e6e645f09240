"""company/logs.py: no secret in a log line, a traceback or an argument."""

from __future__ import annotations

import logging

import pytest

from company.logs import QUIET, RedactingFormatter, set_up_logging

TOKEN = "123456789:AAF-abcdefghijklmnopqrstuvwxyz012345"


def line(message: str, *args: object, fault: BaseException | None = None) -> str:
    info = (type(fault), fault, fault.__traceback__) if fault is not None else None
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, message, args, info)
    return RedactingFormatter(lambda text: text.replace("hunter2", "«secret»")).format(record)


@pytest.mark.parametrize(
    "message",
    [
        f"POST https://api.telegram.org/bot{TOKEN}/sendMessage",
        f"https://api.telegram.org/file/bot{TOKEN}/photo.jpg",
        f"token={TOKEN}",
        TOKEN,
        f"({TOKEN})",
    ],
)
def test_a_bot_token_is_taken_out_wherever_it_stands(message: str) -> None:
    assert "AAF-" not in line(message)
    assert "AAF-" not in line("said: %s", message)


def test_known_secrets_are_taken_out_of_tracebacks() -> None:
    try:
        raise ValueError(f"no hunter2 at {TOKEN}")
    except ValueError as error:
        said = line("it failed", fault=error)
    assert "ValueError" in said
    assert "hunter2" not in said
    assert "AAF-" not in said


@pytest.mark.parametrize("mark", ["\n", "\r\n", "\v", "\x1b[2K", "\x85", "\u2028"])
def test_a_record_is_one_line_whatever_was_said(mark: str) -> None:
    said = line("the answer was %s", f"no{mark}12:00:00 INFO    company: all is well")
    assert said.splitlines() == [said]
    assert "\x1b" not in said
    assert "\\" in said


def test_a_traceback_keeps_its_lines() -> None:
    assert len(line("it failed", fault=ValueError("no")).splitlines()) > 1


def test_ordinary_text_stays() -> None:
    assert line("order #%s took 12:30:45", 7).endswith("order #7 took 12:30:45")


def test_everything_goes_through_the_redactor(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level, levels = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in QUIET}
    try:
        set_up_logging(lambda text: text.replace("hunter2", "«secret»"))
        logging.getLogger("company.books").info("hunter2 %s", TOKEN)
        logging.getLogger("httpx").info("a line of a library")
        said = capsys.readouterr().err
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        for name, old in levels.items():
            logging.getLogger(name).setLevel(old)
    assert "«secret» «token»" in said
    assert "library" not in said
