"""One update into the books, whichever way it came: taken, kept aside with its reason, or not written down at all."""

from __future__ import annotations

import logging

from sqlalchemy.exc import SQLAlchemyError

from bot.intake import Intake
from bot.updates import BadUpdate
from company.errors import BooksError, NexusError
from company.records import Json

log = logging.getLogger(__name__)

TRIES = 3


class NotWritten(NexusError):
    """The books are ill: the update must not be confirmed."""


async def take(intake: Intake, raw: Json, offset: int) -> None:
    """Take an update; one that can't be taken, for whatever reason of its own or ours, must not hold up the rest.

    Args:
        offset: the offset to commit with it; 0: none.

    Raises:
        NotWritten: nothing was written, and nothing is skipped for that; it has to come again.
    """
    reason = ""
    for _ in range(TRIES):
        try:
            await intake.take(raw, offset)
        except BadUpdate as error:
            reason = str(error)
            break
        except (SQLAlchemyError, BooksError, OSError) as error:
            raise _not_written(error) from None
        except Exception as error:  # a defect of ours must not stop the queue; it is recorded
            log.exception("an update could not be taken")
            reason = f"{type(error).__name__}: {error}"
        else:
            return
    try:
        await intake.skip(raw, offset, reason)
    except (SQLAlchemyError, BooksError, OSError) as error:
        raise _not_written(error) from None


def _not_written(error: Exception) -> NotWritten:
    log.error("an update could not be written down: %s", type(error).__name__)
    return NotWritten("updates can't be written down")
