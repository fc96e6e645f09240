"""Where the backups of a company are kept and what they hold, as its settings and secrets say."""

from __future__ import annotations

from pathlib import Path

from company.backups.making import Sources
from company.clock import Clock
from company.config import Settings
from company.errors import ConfigError
from company.objects import LocalObjects, Objects
from company.s3 import Place, S3Objects
from company.secrets import Secret, Secrets
from company.stand_in import FILE as STAND_IN


class BackupPlace:
    """What whoever makes backups asks for. Each method is blocking: secrets are read.

    Args:
        root: the checkout; relative folders of the settings start here.
        settings: where, and what is backed up.
        secrets: the keys of a server, the URL of Postgres, the key of the record.
        clock: time, which a server's signatures name.
        version: of the NEXUS that makes them.
    """

    def __init__(self, root: Path, settings: Settings, secrets: Secrets, clock: Clock, version: str) -> None:
        self.data_dir = root / settings.company.data_dir
        self._root = root
        self._settings = settings
        self._secrets = secrets
        self._clock = clock
        self._version = version

    def objects(self) -> Objects:
        """The place that `[backup]` names.

        Raises:
            ConfigError, SecretError: a server without a bucket, or without its keys.
        """
        backup = self._settings.backup
        if not backup.s3_url:
            return LocalObjects(self.data_dir / backup.folder, quota=backup.quota)
        if not backup.s3_bucket:
            raise ConfigError("With [backup] s3_url, [backup] s3_bucket must name a bucket that exists there.")
        why = f"[backup] s3_url ({backup.s3_url})"
        place = Place(url=backup.s3_url, bucket=backup.s3_bucket, region=backup.s3_region, prefix=backup.s3_prefix)
        key_id, key = self._secrets.need("s3_key_id", why), self._secrets.need("s3_secret_key", why)
        return S3Objects(place, key_id, key, self._clock, quota=backup.quota)

    def sources(self, *, with_key: bool = False) -> Sources:
        """What a backup holds; `with_key`: the key of the record too."""
        settings = self._settings
        return Sources(
            data_dir=self.data_dir, settings_file=self._root / "config.local.toml",
            sqlite_path=settings.database.sqlite_path, stand_in=Path(STAND_IN), anchor_file=settings.audit.anchor_file,
            database_url=self._secrets.get("database_url"), company=settings.company.name, version=self._version,
            audit_key=self._secrets.need("audit_key", "--with-key") if with_key else None,
        )  # fmt: skip

    def key(self) -> Secret | None:
        """The key of the record, with which the copy of the books is looked through."""
        return self._secrets.get("audit_key")
