"""The tables of the caches; `company.schema` has them with the others."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text

from company.schema_columns import at, integer, metadata, text

# Owner: company.exact_cache
answer_cache = Table(
    "answer_cache",
    metadata,
    Column("key", Text, primary_key=True),
    text("completion"),
    at("created_at"),
)

# Owner: company.cache_hits
cache_hits = Table(
    "cache_hits",
    metadata,
    Column("id", Text, primary_key=True),
    text("order_id"),
    text("person_id", default=None),
    text("cache", default=None),
    text("entry", default=None),  # the key of the call, or the id of the earlier answer
    integer("similarity_ppm"),  # cosine of the two questions, millionths
    integer("saved_micro"),
    at("created_at"),
    CheckConstraint("cache in ('exact', 'answer')", name="cache_known"),
    Index("ix_cache_hits_created_at", "created_at"),
    Index("ix_cache_hits_order_id", "order_id"),
)

# Owner: company.earlier.entries. No words of anybody: question and answer are those of the order
earlier_answers = Table(
    "earlier_answers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("order_id", Text, ForeignKey("orders.id"), nullable=False),
    text("person_id", default=None),
    text("reader_id", default=None),  # whose documents it may be made of
    text("library", default=None),  # the version of the documents which that reader may read
    text("state", default=None),  # hash of what else must be as it was: role, kind, language
    text("made_by", default=None),  # hash of the employee with its models, prompt and tools
    text("made", default=None),  # JSON: employee, title, tier, model
    text("wording", default=None),  # hash of the question's words
    text("fixed", default=None),  # hash of its numbers, names, negations and the like
    text("model"),  # that made the vector, "" for none
    Column("vector", LargeBinary, nullable=False),  # float32, little-endian, of length 1
    at("answered_at"),
    Index("ix_earlier_answers_person_id", "person_id", "reader_id"),
    Index("ix_earlier_answers_order_id", "order_id"),
)
cache_evidence = Table(  # how near a question was to an earlier one, and whether that one's answer was right for it
    "cache_evidence",
    metadata,
    Column("id", Text, primary_key=True),
    text("entry", default=None),
    text("model", default=None),
    integer("similarity_ppm", default=None),
    integer("right", default=None),
    at("created_at"),
    Index("ix_cache_evidence_model", "model", "id"),
)
