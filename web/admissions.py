"""Signed tickets for reading: who may read what, until when; nothing of them is kept. A restart does not void them.

A ticket is its claims and their HMAC-SHA-256 (RFC 2104), both in base64url. It says who somebody is, not what they may:
that is asked at every use, so that a right that was taken back is gone at once.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
import secrets as randomness
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import asdict, dataclass

from company.clock import Clock
from company.document_records import Admission
from company.records import Desk
from company.secrets import Secrets

VALID_MS = 3_600_000
LONGEST = 1000
KEY = "reading_key"
"""The name of the secret that signs."""
_PURPOSE = b"nexus reading ticket 1\0"


@dataclass(frozen=True, slots=True)
class Admitted:
    """A ticket that holds, and until when (milliseconds since 1970)."""

    admission: Admission
    until: int


class Admissions:
    """Gives out tickets and reads them.

    Args:
        key: of the signatures, at least 32 random bytes; asked for at each use, and kept out of any report.
    """

    def __init__(self, clock: Clock, key: Callable[[], bytes]) -> None:
        self._clock = clock
        self._key = key

    def issue(self, admission: Admission, valid_ms: int = VALID_MS) -> tuple[str, str]:
        """The name of a reading, which is no secret, and its ticket, good for an hour if nothing else is said."""
        claims = asdict(admission) | {"until": self._clock.now() + valid_ms}
        packed = urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).rstrip(b"=")
        ticket = f"{packed.decode()}.{self._signature(packed)}"
        return name_of(ticket), ticket

    def read(self, name: str, ticket: str) -> Admitted | None:
        """What a ticket admits to; None when it is not ours, not this reading's, or over."""
        packed, _, signature = ticket.partition(".")
        if len(ticket) > LONGEST or not (name + ticket).isascii():
            return None
        ours = hmac.compare_digest(signature, self._signature(packed.encode()))
        if not ours or not hmac.compare_digest(name, name_of(ticket)):
            return None
        try:
            claims = json.loads(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
            until = int(claims.pop("until"))
            admission = Admission(**claims | {"desk": Desk(claims["desk"])})
        except (binascii.Error, ValueError, KeyError, TypeError):  # signed by another version of us
            return None
        return Admitted(admission, until) if until > self._clock.now() else None

    def _signature(self, packed: bytes) -> str:
        made = hmac.new(self._key(), _PURPOSE + packed, hashlib.sha256).digest()
        return urlsafe_b64encode(made).rstrip(b"=").decode()


def name_of(ticket: str) -> str:
    """What a reading is called in addresses: it tells nothing of its ticket."""
    return hashlib.sha256(b"name of a reading\0" + ticket.encode()).hexdigest()[:16]


def key_of_tickets(secrets: Secrets) -> Callable[[], bytes]:
    """What reading tickets are signed with. Blocking: it is made and kept at the first start."""
    if secrets.get(KEY) is None:
        secrets.store(KEY, randomness.token_hex(32))
    key = secrets.need(KEY, "The page")
    return lambda: key.reveal().encode()
