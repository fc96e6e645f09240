"""The settings of what documents may take up, and of how long things are kept."""

from __future__ import annotations

from pydantic import Field

from company.config_section import Section


class QuotaSettings(Section):
    """Room for the documents that were handed in; all together have `[knowledge] uploads_mb`. 0: no limit."""

    person_mb: float = Field(default=500.0, ge=0)
    """Of one person's own documents, megabytes."""
    person_documents: int = Field(default=2000, ge=0)
    """How many of them."""
    group_mb: float = Field(default=500.0, ge=0)
    """Of one group's documents, megabytes."""
    group_documents: int = Field(default=2000, ge=0)
    """How many of them."""
    project_mb: float = Field(default=1000.0, ge=0)
    """Of one project's documents, megabytes."""
    project_documents: int = Field(default=5000, ge=0)
    """How many of them."""
    documents: int = Field(default=20_000, ge=0)
    """How many documents may be handed in, all together."""


class RetentionSettings(Section):
    """How long things are kept that nobody needs for ever, days; 0: for ever. Looked at once an hour."""

    updates_days: float = Field(default=30.0, ge=0)
    """Messages as a desk received them, with everything around them; orders and answers are kept apart from this."""
    transcripts_days: float = Field(default=90.0, ge=0)
    """What employees and models said to each other, from the end of the order on."""
    failed_uploads_days: float = Field(default=30.0, ge=0)
    """Files that were handed in and could not be read."""
    closed_projects_days: float = Field(default=30.0, ge=0)
    """Closed projects with all their documents, from the moment they were closed."""
