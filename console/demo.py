"""The demo: a scripted scenario that shows the main path without any account, in under a minute.

Documents in, three questions, receipts, status, cost, and the record verified: all real, by the Clerk, who needs no
model. It runs in a temporary folder.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from company.config import Settings, load_settings
from console import views
from console.chat import ask
from console.client import Client
from console.protocol import Command, Name

DOCUMENTS = ("sample-bakery.md", "sample-bakery-leaflet.md", "sample-household.md")
WELCOME = (
    "Each question becomes a durable work order, is routed, answered, inspected and delivered.\n"
    "No language model is configured here: the Clerk answers from documents, with checked sources."
)
QUESTIONS = (
    ("A question on the documents", "How much does delivery in the city cost?"),
    ("One that they do not answer", "What is the phone number of the mayor?"),
    ("And the company's own state", "How much did we spend today?"),
)


def prepare(root: Path, folder: Path) -> Settings:
    """The settings of a company in `folder` with the sample documents and nothing else. Blocking."""
    documents = folder / "documents"
    documents.mkdir()
    for name in DOCUMENTS:
        shutil.copy(root / "documents" / name, documents / name)
    return load_settings(
        root,
        {
            "NEXUS_COMPANY__DATA_DIR": str(folder), "NEXUS_KNOWLEDGE__FOLDERS": f'["{documents}"]',
            "NEXUS_OLLAMA__ENABLED": "false", "NEXUS_ADMIN__ENABLED": "false",
        },
    )  # fmt: skip


async def play(client: Client, out: Console) -> int:
    """Show it; 0 when everything was answered and the record is whole."""
    out.print(Panel(WELCOME, title="NEXUS, a demo", border_style="cyan"))
    _heading(out, "Documents in")
    out.print("  " + "\n  ".join(DOCUMENTS))
    failed = 0
    for title, question in QUESTIONS:
        _heading(out, title)
        out.print(Text(f"› {question}", style="bold"))
        failed |= await ask(client, question, out, out)
    _heading(out, "/status")
    status = await client.command(Command(name=Name.STATUS))
    cost = await client.command(Command(name=Name.COST))
    audit = await client.command(Command(name=Name.VERIFY))
    if status.status is None or cost.cost is None or audit.audit is None or audit.audit.verification is None:
        return 1
    out.print(views.status(status.status))
    _heading(out, "/cost")
    out.print(views.cost(cost.cost))
    _heading(out, "/audit verify")
    out.print(views.audit(audit.audit))
    out.print()
    out.print("[bold]make run[/] opens your own company; [bold]./nexus init[/] adds Telegram and models.")
    return failed if audit.audit.verification.sound else 1


def _heading(out: Console, words: str) -> None:
    out.print()
    out.rule(f"[bold]{words}[/]", align="left", style="dim")
