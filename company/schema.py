"""The tables of the books: one schema for SQLite and Postgres. Each table has one owner module, named beside it.

Text ids are UUIDv7, `*_at` are milliseconds since 1970 UTC, `*_micro` micro-dollars; closed sets are checked here too.
JSON lies in text columns, written by `company.books.to_json` so that equal values are equal bytes.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from company.document_records import Trust, Way
from company.records import Desk, Outcome, Purpose, Role, State, Tier
from company.schema_caches import answer_cache as answer_cache
from company.schema_caches import cache_evidence as cache_evidence
from company.schema_caches import cache_hits as cache_hits
from company.schema_caches import earlier_answers as earlier_answers
from company.schema_columns import at as _at
from company.schema_columns import integer as _int
from company.schema_columns import metadata as metadata
from company.schema_columns import one_of as _one_of
from company.schema_columns import text as _text

VERSION = 1
"""The version of this schema; a database of a newer version is refused."""

# Facts about the books themselves: schema version, identity, what the stand-in stands in for. Owner: company.books.
# The versions of QA's specs stand here too: company.spec_book
about = Table("about", metadata, Column("name", Text, primary_key=True), _text("value"))

# Owner: company.people
people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),
    _text("name"),
    _text("role", default=None),
    _text("language", default="en"),
    _at("created_at"),
    _one_of("role", Role),
)
identities = Table(
    "identities",
    metadata,
    _text("desk", default=None),
    _text("external_id", default=None),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False),
    _at("created_at"),
    PrimaryKeyConstraint("desk", "external_id"),
    _one_of("desk", Desk),
)
pairing_codes = Table(
    "pairing_codes",
    metadata,
    Column("code_hash", Text, primary_key=True),
    _text("role", default=None),
    _at("expires_at"),
    _at("used_at", nullable=True),
    _one_of("role", Role),
)
sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False),
    _text("desk", default=None),
    _text("device"),
    _at("first_seen_at"),
    _at("last_seen_at"),
    _at("revoked_at", nullable=True),
    UniqueConstraint("desk", "person_id", "device"),
    _one_of("desk", Desk),
)

# Owner: company.projects
projects = Table(
    "projects",
    metadata,
    Column("id", Text, primary_key=True),
    _text("name", default=None),
    _text("key", default=None),  # the name without case
    Column("made_by", Text, ForeignKey("people.id"), nullable=False),
    _at("created_at"),
    _at("closed_at", nullable=True),
    UniqueConstraint("key"),
)
project_members = Table(
    "project_members",
    metadata,
    Column("project_id", Text, ForeignKey("projects.id"), nullable=False),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False),
    _text("added_by"),
    _at("created_at"),
    PrimaryKeyConstraint("project_id", "person_id"),
    Index("ix_project_members_person_id", "person_id"),
)
project_places = Table(  # the thread in which a project is in use: see company.asking
    "project_places",
    metadata,
    Column("place", Text, primary_key=True),
    Column("project_id", Text, ForeignKey("projects.id"), nullable=False),
    _text("tied_by"),
    _at("created_at"),
)

# Owner: company.document_origins
documents = Table(  # what was handed in: by whom, how, and how far it may be trusted
    "documents",
    metadata,
    _text("owner", default=None),  # "company", "person:<id>", "group:<desk>:<chat>", "project:<id>"
    _text("name", default=None),
    _text("person_id"),
    _text("way", default=None),
    _text("trust", default=None),
    _int("size"),
    _at("brought_at"),
    PrimaryKeyConstraint("owner", "name"),
    _one_of("way", Way),
    _one_of("trust", Trust),
)

# Owner: company.work_orders
conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    _text("desk", default=None),
    _text("chat", default=None),
    _text("topic"),
    _text("language"),
    _int("memory_from"),
    _at("created_at"),
    UniqueConstraint("desk", "chat", "topic"),
    _one_of("desk", Desk),
)
incoming = Table(
    "incoming",
    metadata,
    _text("desk", default=None),
    _text("external_id", default=None),
    _at("received_at"),
    _text("chat"),
    _text("message_id"),
    _text("raw"),
    PrimaryKeyConstraint("desk", "external_id"),
    _one_of("desk", Desk),
    Index("ix_incoming_received_at", "received_at"),
)
orders = Table(
    "orders",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("conversation_id", Text, ForeignKey("conversations.id"), nullable=False),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False),
    Column("parent_id", Text, ForeignKey("orders.id"), nullable=True),
    _text("state", default=None),
    _int("claim"),
    _text("claimed_by"),
    _at("claimed_until", nullable=True),
    _text("request"),  # JSON: text, blocks, message_id, reply_to_order, tier
    _text("assignment"),  # JSON of the Assignment, "" until assigned
    _text("kind"),
    _text("difficulty"),
    _int("rung"),
    _int("priority"),
    _at("deadline_at", nullable=True),
    _int("crashes"),
    _text("waiting_for"),
    _at("wait_until", nullable=True),
    _int("parked"),  # how often it was parked in a row
    _text("answer"),
    _text("citations"),  # JSON of the answer's citations, "" when it has none
    _text("label"),
    _text("end_reason"),
    _int("rating"),
    _at("created_at"),
    _at("updated_at"),
    _at("finished_at", nullable=True),
    _one_of("state", State),
    Index("ix_orders_open", "conversation_id", "number"),
    Index("ix_orders_state", "state"),
    Index("ix_orders_created_at", "created_at"),
)
attempts = Table(
    "attempts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("order_id", Text, ForeignKey("orders.id"), nullable=False),
    _int("number"),
    _text("tier", default=None),
    _text("employee"),
    _text("model"),
    _text("prompt_hash"),
    _text("findings"),  # JSON: what the employee was told to mend
    _text("draft"),
    _text("outcome"),  # "" while running; pass, fail, unverified, error, stopped
    _at("started_at"),
    _at("ended_at", nullable=True),
    UniqueConstraint("order_id", "number"),
    _one_of("tier", Tier),
)
decisions = Table(
    "decisions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("order_id", Text, ForeignKey("orders.id"), nullable=False),
    Column("person_id", Text, ForeignKey("people.id"), nullable=False),
    _text("kind", default=None),  # "budget"
    _text("state", default="open"),  # open, taken, expired
    _text("subject"),  # JSON: what, why, scope, needed
    _text("choice"),
    _text("decided_by"),
    _at("created_at"),
    _at("expires_at"),
    _at("decided_at", nullable=True),
    Index("ix_decisions_order_id", "order_id"),
)

# Owner: employees.transcript
turns = Table(
    "turns",
    metadata,
    Column("attempt_id", Text, ForeignKey("attempts.id"), nullable=False),
    _int("number", default=None),
    _text("message"),  # JSON of the Message
    _text("model"),
    _text("stop"),
    _at("created_at"),
    PrimaryKeyConstraint("attempt_id", "number"),
)
receipts = Table(
    "receipts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("attempt_id", Text, ForeignKey("attempts.id"), nullable=False),
    _int("turn", default=None),
    _text("call_id", default=None),
    _text("tool", default=None),
    _text("arguments"),
    _text("state", default=None),  # started, done, failed, unknown
    _text("result"),
    _text("signature"),
    _at("started_at"),
    _at("ended_at", nullable=True),
    UniqueConstraint("attempt_id", "turn", "call_id"),
    CheckConstraint("state in ('started', 'done', 'failed', 'unknown')", name="state_known"),
)

# Owner: qa verdicts are written by company.operations with the attempt they judge
verdicts = Table(
    "verdicts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("order_id", Text, nullable=False),
    _text("attempt_id"),
    _text("outcome", default=None),
    _text("spec"),
    _int("spec_version"),
    _text("findings"),
    _int("elapsed_us"),
    _at("created_at"),
    _one_of("outcome", Outcome),
    Index("ix_verdicts_order_id", "order_id"),
)

# Owner: company.budget
ledger = Table(
    "ledger",
    metadata,
    Column("id", Text, primary_key=True),
    Column("order_id", Text, nullable=True),
    _text("attempt_id"),
    Column("person_id", Text, nullable=False),
    _text("employee"),
    _text("tier"),
    _text("purpose", default=None),
    _text("provider"),
    _text("model"),
    _text("price"),  # JSON of the price used, with its date
    _text("state", default=None),  # reserved, charged, released
    _int("reserved_micro"),
    _int("charged_micro"),
    _int("input_tokens"),
    _int("output_tokens"),
    _int("cache_read_tokens"),
    _int("cache_write_tokens"),
    _int("latency_ms"),
    _text("outcome"),  # ok, the error's class name, orphaned, cached
    _text("day", default=None),
    _text("month", default=None),
    _text("holder"),  # the process that reserved
    _at("created_at"),
    _at("settled_at", nullable=True),
    CheckConstraint("state in ('reserved', 'charged', 'released')", name="state_known"),
    CheckConstraint("reserved_micro >= 0 and charged_micro >= 0", name="not_negative"),
    _one_of("purpose", Purpose),
    Index("ix_ledger_day", "day", "person_id"),
    Index("ix_ledger_month", "month"),
    Index("ix_ledger_order_id", "order_id"),
    Index("ix_ledger_state", "state"),
)
spending = Table(  # running sums of the ledger, so that a cap is checked in four look-ups; a test holds them to it
    "spending",
    metadata,
    _text("scope", default=None),  # order, person, day, month
    _text("key", default=None),
    _int("charged_micro"),
    _int("reserved_micro"),
    _int("extra_micro"),  # what the Board added to this cap: the sum of cap_raises
    PrimaryKeyConstraint("scope", "key"),
)
cap_raises = Table(
    "cap_raises",
    metadata,
    Column("id", Text, primary_key=True),
    _text("scope", default=None),  # order, person, day, month
    _text("key", default=None),  # order id, "2026-11-21/<person>", "2026-11-21", "2026-11"
    _int("extra_micro"),
    _text("by_person"),
    _at("created_at"),
    Index("ix_cap_raises_key", "scope", "key"),
)
cap_warnings = Table(
    "cap_warnings",
    metadata,
    _text("scope", default=None),
    _text("key", default=None),
    _at("created_at"),
    PrimaryKeyConstraint("scope", "key"),
)
# Owner: each desk its own rows
outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True),
    _text("desk", default=None),
    _text("chat", default=None),
    _text("topic"),
    Column("order_id", Text, nullable=True),
    Column("seq", BigInteger, nullable=False),  # order within the desk
    _text("kind", default=None),  # the desk's own: text, card, status, notice ...
    _text("payload"),  # JSON as the desk sends it
    _text("state", default="ready"),
    _int("closes_order"),  # 1: the order is delivered when this row is sent
    _int("tries"),
    _text("floor_id"),  # highest message id known in the id space before the first try
    _text("sent_id"),  # the message's id at the desk
    _text("error"),
    _at("not_before", nullable=True),
    _at("created_at"),
    _at("updated_at"),
    _at("sent_at", nullable=True),
    UniqueConstraint("desk", "seq"),
    _one_of("desk", Desk),
    CheckConstraint("state in ('ready', 'sending', 'unknown', 'sent', 'dead')", name="state_known"),
    Index("ix_outbox_open", "desk", "state", "seq"),
    Index("ix_outbox_sent", "desk", "chat", "sent_id"),
    Index("ix_outbox_order_id", "order_id"),
)
desk_notes = Table(  # small facts a desk keeps: polling offset, last poll, blocked chats, the bot's own id
    "desk_notes",
    metadata,
    _text("desk", default=None),
    _text("name", default=None),
    _text("value"),
    PrimaryKeyConstraint("desk", "name"),
    _one_of("desk", Desk),
)

# Owner: company.audit
audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    _at("at"),
    _text("actor", default=None),
    _text("fact", default=None),
    _text("order_id"),
    _text("payload"),  # canonical JSON
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("ix_audit_order_id", "order_id"),
    Index("ix_audit_fact", "fact"),
)
anchors = Table(
    "anchors",
    metadata,
    _int("number", default=None),
    _text("place", default=None),  # "file", "telegram:<chat>"
    _text("hash", default=None),
    _at("at"),
    PrimaryKeyConstraint("number", "place"),
)

# Owner: company.org_chart
employees = Table(
    "employees",
    metadata,
    _text("name", default=None),
    _int("version", default=None),
    _text("data"),  # JSON of the Employee
    _text("origin"),  # "settings" or the person who changed it
    _at("created_at"),
    PrimaryKeyConstraint("name", "version"),
)
prompts = Table(
    "prompts",
    metadata,
    Column("hash", Text, primary_key=True),
    _text("name"),
    _text("text"),
    _at("created_at"),
)
prices = Table(
    "prices",
    metadata,
    _text("model", default=None),
    _int("version", default=None),
    _text("data"),
    _at("created_at"),
    PrimaryKeyConstraint("model", "version"),
)
