"""Every error NEXUS raises on purpose, as one tree. The class tells its catcher what to do.

NexusError
├── StartupError          print the sentence, exit with `exit_code`; fix and start again
│   ├── ConfigError       a setting is wrong (exit 2)
│   ├── SecretError       a secret is missing, misplaced or readable by others (exit 3)
│   └── BooksError        the database cannot be used: newer version, unwritable folder, corrupt file (exit 4)
│       └── BooksUnreachable  the database server does not answer; `[database] when_unreachable` says what then
├── NotReady              an outside part is not there yet: try again later, the rest works on
├── LostClaim             somebody else holds this order now: stop quietly, write nothing
├── OrderError            tell the person; the company goes on
│   ├── BudgetExceeded    a cap is reached: ask the Board with a card
│   ├── PriceUnknown      a model has no price: refuse, and name the setting
│   ├── Refused           the request may not be done; the reason is for the person
│   ├── GaveUp            every rung of the ladder failed; the reason is for the person
│   └── NobodyAvailable   every provider of the ladder is down: park the order and resume it
├── ObjectsError          the place of the backups can't be used; what was kept before is whole
│   ├── ObjectLost        an object is gone or damaged
│   └── NoRoom            the quota of the backups is used up
├── BackupError           this backup can't be made, checked or restored; nothing was changed
│   └── BackupsBusy       another process works on them: try again later
├── ToolError             tell the model; the agent loop goes on
└── ModelError            one call of one provider failed; `usage` is what it cost all the same
    ├── ModelUnavailable  connection, timeout, 5xx: try again, then the fallback
    ├── ModelOverloaded   429 or 529: wait `retry_after_s`, then the fallback
    ├── ModelRefusedKey   401 or 403: the fallback at once, tell the Board
    ├── ModelRejected     400, 404, 422: no use in repeating; the fallback
    ├── ContextTooLong    compress and try once more
    └── ModelNonsense     empty, broken or cut-off answer: try again, then the fallback
"""

from __future__ import annotations

from company.records import Json, Usage


class NexusError(Exception):
    """The root of the tree; the first argument is one sentence for a person."""


class StartupError(NexusError):
    """The company can't open. `exit_code` is what the process ends with."""

    exit_code = 1


class ConfigError(StartupError):
    """A setting is wrong; the sentence names the setting, the file and the mend."""

    exit_code = 2


class SecretError(StartupError):
    """A secret is missing, misplaced or readable by others; the value is never in the sentence."""

    exit_code = 3


class BooksError(StartupError):
    """The database can't be used as it is; nothing was changed."""

    exit_code = 4


class BooksUnreachable(BooksError):
    """The database server does not answer (it may later); it did not refuse us."""


class NotReady(NexusError):
    """An outside part is not there yet; the caller tries again later."""


class LostClaim(NexusError):
    """The order changed hands (or ended) since it was read; the holder stops without a further write."""


class OrderError(NexusError):
    """An order can't go on; the sentence is for the person who asked."""


class BudgetExceeded(OrderError):
    """A cap would be passed.

    Args:
        sentence: what does not fit, in English, for logs and the record; people read it from the figures.
        scope: "order", "person", "day" or "month".
        needed_micro: what the call would reserve, micro-dollars; 0 when only what other orders hold is in the way.
        left_micro: what is left below the cap, micro-dollars.
        cap_micro: the cap, micro-dollars.
    """

    def __init__(self, sentence: str, *, scope: str, needed_micro: int, left_micro: int, cap_micro: int = 0) -> None:
        super().__init__(sentence)
        self.scope = scope
        self.needed_micro = needed_micro
        self.left_micro = left_micro
        self.cap_micro = cap_micro


class ApprovalNeeded(OrderError):
    """A tool may not do what a model asks before the Board has said yes; nothing was done.

    Args:
        act: the tool's name.
        arguments: exactly those it would be used with.
        call: which call of which turn it is, so that the answer is found again.
        why: "" for a tool that always asks, else whose words the order contains besides the asker's own.
    """

    def __init__(self, sentence: str, *, act: str, arguments: Json, call: str, why: str = "") -> None:
        super().__init__(sentence)
        self.act = act
        self.arguments = arguments
        self.call = call
        self.why = why


class PriceUnknown(OrderError):
    """A model has no price in the table; the sentence names the setting to add."""


class Refused(OrderError):
    """The request may not be done."""


class GaveUp(OrderError):
    """Every rung of the ladder was tried."""


class NobodyAvailable(OrderError):
    """No provider of the ladder can be reached now; `retry_after_s`: the rest it asked for (0: none)."""

    def __init__(self, sentence: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s


class ObjectsError(NexusError):
    """The place of the backups can't be used; what was kept before is whole."""


class ObjectLost(ObjectsError):
    """An object is gone, or its content is not what its name says."""


class NoRoom(ObjectsError):
    """The quota of the backups is used up; nothing was kept."""


class BackupError(NexusError):
    """A backup can't be made, checked or restored; nothing of the company was changed."""


class BackupsBusy(BackupError):
    """Another process makes, checks or restores one now."""


class ToolError(NexusError):
    """A tool could not do what the model asked; the sentence goes back to the model."""


class ModelError(NexusError):
    """One call of one provider failed. `usage` is what it used all the same (None: nothing known)."""

    def __init__(self, sentence: str, *, usage: Usage | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(sentence)
        self.usage = usage
        self.retry_after_s = retry_after_s


class ModelUnavailable(ModelError):
    """Connection refused or reset, timeout, 5xx."""


class ModelOverloaded(ModelError):
    """429 or 529; `retry_after_s` is the provider's own figure when it gave one."""


class ModelRefusedKey(ModelError):
    """401 or 403: the key is wrong or has no right to this model."""


class ModelRejected(ModelError):
    """400, 404 or 422: the same call would fail again."""


class ContextTooLong(ModelRejected):
    """The input is longer than the model's window."""


class ModelNonsense(ModelError):
    """The answer is empty, broken, cut off or not the structure that was asked for."""
