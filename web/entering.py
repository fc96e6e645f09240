"""How somebody comes in with a ticket: taken from a header or a cookie, traded for that cookie; and who does not.

The cookie goes to the address of its own visit alone, whose name is nowhere else, and no script can read it.
"""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import PlainTextResponse, Response

from company.clock import Clock
from web.admissions import Admissions, Admitted

COOKIE = "reading"
OVER = "This link is over or was never given out. Ask for a new one where you had it from."
SHUT = "You may not read this any more."
FRESH = {"Cache-Control": "no-store"}


class Shut(Exception):
    """Nothing is shown; the first argument says why, in a sentence."""


def admitted(admissions: Admissions, name: str, request: Request) -> Admitted:
    """Whom the request's ticket admits. Raises `Shut` when it has none that holds."""
    found = admissions.read(name, _header(request) or request.cookies.get(COOKIE, ""))
    if found is None:
        raise Shut(OVER)
    return found


def enter(admissions: Admissions, clock: Clock, name: str, request: Request, path: str) -> Response:
    """Trade the ticket that stands in Authorization for a cookie that is sent below `path` alone."""
    ticket = _header(request)
    found = admissions.read(name, ticket)
    if found is None:
        return PlainTextResponse(OVER, 403, headers=FRESH)
    answer = Response(status_code=204, headers=FRESH)
    let_in(answer, ticket, path, until=found.until, now=clock.now())
    return answer


def let_in(answer: Response, ticket: str, path: str, *, until: int, now: int) -> None:
    """Give the cookie along."""
    answer.set_cookie(
        COOKIE, ticket, max_age=max(1, (until - now) // 1000), path=path, httponly=True, samesite="strict"
    )  # fmt: skip


def _header(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Ticket ")
