"""The `[backup]` section of the settings."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from company.config_section import Section, Url


class BackupSettings(Section):
    """Where `nexus backup` keeps copies of what can't be made again, and how many."""

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
