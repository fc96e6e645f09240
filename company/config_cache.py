"""The `[cache]` section of the settings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from company.config_section import Section


class CacheSettings(Section):
    """What is kept so that the same is not paid twice. Nothing is shared between people."""

    exact_hours: float = Field(default=24.0, ge=0, le=720)
    """How long the answer to exactly the same model call of the same person is kept, hours; 0 keeps none."""
    answers: Literal["auto", "on", "off"] = "auto"
    """Whether a question that was answered before gets that answer again. auto: where [knowledge] embeddings names a
    model; on: without one too, and then only for the same words; off: never."""
    answers_error: float = Field(default=0.02, ge=0.001, le=0.2)
    """At most this share of the questions may get an earlier answer that is not theirs; what can't be told to be safe
    is asked anew. 0.02 is one in fifty."""
    answers_hours: float = Field(default=168.0, gt=0, le=2160)
    """How long an earlier answer may be given again, hours."""
    answers_most: int = Field(default=1000, ge=1, le=10_000)
    """So many answers are kept for each person; the oldest make room."""

    @property
    def exact_ms(self) -> int:
        """`exact_hours` in milliseconds."""
        return int(self.exact_hours * 3_600_000)

    @property
    def answers_ms(self) -> int:
        """`answers_hours` in milliseconds."""
        return int(self.answers_hours * 3_600_000)
