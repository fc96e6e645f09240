"""Runs a department and starts it again when it falls over; the third fall in ten minutes ends the process.

After Erlang/OTP's supervisors ("max restart intensity"): systemd, or whoever started us, takes over from there.
"""

from __future__ import annotations

import logging
from collections import deque

from company.clock import Clock
from company.department import Department
from company.errors import NexusError, NotReady, StartupError

log = logging.getLogger(__name__)

PAUSES_S = (1.0, 5.0)
FALLS = 3
WINDOW_S = 600.0
NOT_READY_S = 10.0


class FellTooOften(NexusError):
    """A department fell three times in ten minutes; the process ends so that it starts clean."""


async def supervise(department: Department, clock: Clock) -> None:
    """Run `department` until cancelled.

    Raises:
        FellTooOften: the third fall within ten minutes.
        StartupError: it says itself that no restart can help.
    """
    falls: deque[float] = deque(maxlen=FALLS)
    while True:
        try:
            await department.run()
            return
        except Exception as group:
            fault = _cause(group)
            if isinstance(fault, StartupError):
                raise fault from None
            if isinstance(fault, NotReady):
                log.warning("%s is not ready: %s", department.name, fault)
                await clock.sleep(NOT_READY_S)
                continue
            log.exception("%s fell over", department.name)
            falls.append(clock.monotonic())
            if len(falls) == FALLS and falls[-1] - falls[0] < WINDOW_S:
                raise FellTooOften(
                    f"{department.name} fell over {FALLS} times: {type(fault).__name__}. The lines above say where; "
                    "your orders are kept. Start NEXUS again, and tell its makers if it falls again."
                ) from fault
            await clock.sleep(PAUSES_S[min(len(falls), len(PAUSES_S)) - 1])


def _cause(fault: Exception) -> Exception:
    """What went wrong inside a task group, when it was one thing."""
    while isinstance(fault, ExceptionGroup) and len(fault.exceptions) == 1:
        fault = fault.exceptions[0]
    return fault
