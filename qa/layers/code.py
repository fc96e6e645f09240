"""Layer 4, code: every block that can be parsed is. Nothing from an answer is executed here.

Python by `ast`, JSON, TOML and XML by the standard library's parsers; for the C family and its relatives only the
brackets are counted (`qa.layers.brackets`). Snippets are allowed to be snippets: a cut, a prompt, a magic, an elision
is no defect.
"""

from __future__ import annotations

import ast
import json
import re
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from xml.parsers import expat

from company.records import Finding
from qa.case import Case
from qa.layers.brackets import FAMILIES, unbalanced
from qa.prose import Fence

_MOST = 5
_PYTHON = frozenset({"python", "py", "python3", "py3", "pycon", "ipython"})
_PROMPT = re.compile(r"^\s*(?:>>>|\.\.\.)(?: |$)")
_NOT_PYTHON = re.compile(r"^\s*(?:[%!]\S|\$ |pip3? install |python3? |uv |conda )")
_BAD_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_GOOD_ESCAPES = frozenset("\n\\'\"abfnrtv01234567xNuU\r")
_ELISION = re.compile(r"\.\.\.|…|//|/\*|<[\w -]+>|^\s*#", re.MULTILINE)
_PYTHON_2 = re.compile(r"python\s?2", re.IGNORECASE)
_LONGEST = 200_000  # characters of one block


def check(case: Case) -> tuple[Finding, ...]:
    """Syntax of the code in the answer, when the spec asks for it."""
    rules = case.spec.code_execution
    if not rules.enabled:
        return ()
    blocks = case.prose.fences
    if not blocks and case.spec.format.type == "text" and case.text.strip():
        blocks = (Fence(rules.language.lower(), case.text, 0, closed=True),)
    return tuple(finding for fence in blocks for finding in _judged(fence, case))[:_MOST]


def python_fault(source: str) -> tuple[int, str] | None:
    """(line, what is wrong) when `source` is not Python, nor a fair snippet of it; else None."""
    first: tuple[int, str] | None = None
    for variant in _variants(source):
        try:
            ast.parse(variant)
        except SyntaxError as error:
            first = first or (error.lineno or 1, error.msg)
        except (ValueError, MemoryError, RecursionError) as error:
            return 1, str(error) or "it is nested too deep"
        else:
            return None
    return first


def _variants(source: str) -> Iterator[str]:
    """`source` as it is, then without prompts, magics and shell lines, then as a part of something larger."""
    whole = source.replace("\r\n", "\n")
    yield _calm(whole)
    lines = whole.split("\n")
    if any(line.lstrip().startswith(">>>") for line in lines):
        lines = [_PROMPT.sub("", line, count=1) if _PROMPT.match(line) else "" for line in lines]
    text = _calm("\n".join("" if _NOT_PYTHON.match(line) else line for line in lines))
    yield text
    yield text.rstrip() + "\n" + " " * (_indent(text) + 4) + "pass"
    yield "if 1:\n    pass\n" + text
    yield "try:\n    pass\n" + text
    yield "class _:\n" + textwrap.indent(text, "    ")


def _calm(text: str) -> str:
    """Dedented; an invalid escape, which only warns (the whole process, at that), is doubled and does not."""
    return _BAD_ESCAPE.sub(
        lambda match: match.group() if match[1] in _GOOD_ESCAPES else "\\\\" + match[1], textwrap.dedent(text)
    )


def _indent(text: str) -> int:
    last = text.rstrip().rsplit("\n", 1)[-1]
    return len(last) - len(last.lstrip())


def _finding(code: str, message: str) -> Finding:
    return Finding(layer="code", code=code, message=message)


def _judged(fence: Fence, case: Case) -> Iterator[Finding]:
    judge = _judge_of(fence.language)
    if judge is None or not fence.body.strip() or len(fence.body) > _LONGEST:
        return
    if fence.language in _PYTHON and (_PYTHON_2.search(case.request) or fence.body.lstrip().startswith("Traceback")):
        return
    fault = judge(fence.body)
    if fault is not None:
        line, wrong = fault
        yield _finding(
            "syntax",
            f"The {fence.language} block has a syntax error on line {fence.line + line} of the answer: {wrong}. "
            f"Correct it.",
        )


def _judge_of(language: str) -> Callable[[str], tuple[int, str] | None] | None:
    if language in _PYTHON:
        return python_fault
    if language in FAMILIES:
        return lambda body: unbalanced(body, language)
    return {"json": _json_fault, "toml": _toml_fault, "xml": _xml_fault, "svg": _xml_fault}.get(language)


def _json_fault(body: str) -> tuple[int, str] | None:
    try:
        json.loads(body)
    except RecursionError:
        return 1, "it is nested too deep"
    except ValueError as error:
        if _ELISION.search(body) or _is_json_lines(body):
            return None
        return (error.lineno, error.msg) if isinstance(error, json.JSONDecodeError) else (1, str(error))
    return None


def _is_json_lines(body: str) -> bool:
    lines = [line for line in body.split("\n") if line.strip()]
    try:
        return len(lines) > 1 and all(isinstance(json.loads(line), dict | list) for line in lines)
    except ValueError:
        return False


def _toml_fault(body: str) -> tuple[int, str] | None:
    if "..." in body or "…" in body:
        return None
    try:
        tomllib.loads(body)
    except (ValueError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        return int(line[1]) if line else 1, str(error)
    return None


def _xml_fault(body: str) -> tuple[int, str] | None:
    if (
        "..." in body
        or "<!DOCTYPE" in body
        or "<!ENTITY" in body
        or "&" in re.sub(r"&(?:#\w+|amp|lt|gt|quot|apos);", "", body)
    ):
        return None  # elided, or needs a document type we do not read
    text = body.strip()
    if not text.startswith("<?xml"):
        text = f"<_>{text}</_>"  # a fragment may have several roots
    parser = expat.ParserCreate()
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        return error.lineno, expat.ErrorString(error.code)
    return None
