"""Chooses what searches the documents, from the settings. Blocking: a secret is read."""

from __future__ import annotations

from pathlib import Path

from company.config import KnowledgeSettings
from company.secrets import Secrets
from knowledge.edge import EdgeEngine
from knowledge.engine import Engine
from knowledge.qdrant import QdrantEngine


def search_engine(settings: KnowledgeSettings, secrets: Secrets, data_dir: Path, instance: str) -> Engine:
    """The server that is named, else the one inside this process.

    Args:
        data_dir: the one inside this process keeps its files below it.
        instance: whose this is; the server's collection is called after it.
    """
    if not settings.qdrant_url:
        return EdgeEngine(data_dir / "knowledge.search")
    key = secrets.get("qdrant_api_key")
    reveal = key.reveal if key is not None else lambda: None
    return QdrantEngine(settings.qdrant_url, f"nexus-{instance}", reveal)
