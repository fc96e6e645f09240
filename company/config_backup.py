"""The `[backup]` section of the settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from company.config_section import Section, Url


def _time_of_day(value: str) -> str:
    if value and not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise ValueError("it must be a time of day as 03:30, or empty for none")
    return value


class BackupSettings(Section):
    """Where backups of what can't be made again are kept, how many, and when NEXUS makes them by itself."""

    nightly: Annotated[str, AfterValidator(_time_of_day)] = ""
    """A time of day as "03:30", in the time zone of `[company]`: NEXUS then makes a backup every night, or when it next
    runs. Empty: only `nexus backup` makes them."""
    verify: Literal["everything", "books", "nothing"] = "everything"
    """What is read back after each of these: every object, or only the copy of the books. On a server reading back is a
    download."""
    folder: Path = Path("objects")
    """Folder of the backups, relative to `data_dir`; put it on another disk for more. Unused with `s3_url`."""
    keep: int = Field(default=14, ge=1)
    """So many of the newest backups are kept; what only older ones need is deleted after each new one."""
    quota_gb: float = Field(default=20.0, ge=0)
    """The most that all backups together may take, gigabytes; beyond it a backup is refused. 0: no limit."""
    s3_url: Url = ""
    """An S3 server (MinIO, AWS, ...) to keep them on instead, as https://minio.example.org:9000. Its keys are the
    secrets `s3_key_id` and `s3_secret_key`."""
    s3_bucket: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$")
    """The bucket there; it must exist."""
    s3_region: str = Field(default="us-east-1", pattern=r"^[a-z0-9-]+$")
    """The region that its signatures name; MinIO's own is us-east-1."""
    s3_prefix: str = Field(default="nexus", pattern=r"^[A-Za-z0-9_-]+$")
    """What the names of the objects begin with; each NEXUS that shares a bucket needs its own."""

    @property
    def quota(self) -> int:
        """`quota_gb` in bytes."""
        return int(self.quota_gb * 1e9)
