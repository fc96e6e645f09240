"""Every setting of NEXUS, typed and frozen, and how the three sources are laid over each other.

Precedence: `config.toml` < `config.local.toml` < environment (`NEXUS_TELEGRAM__BASE_URL` sets `[telegram] base_url`).
An unknown key is an error with a suggestion. Secrets are never settings: see `company/secrets.py`. The docstring under
each field is its reference text: `docs/reference/config.md` is generated from here and a test keeps it true.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator

from company.config_backup import BackupSettings
from company.config_cache import CacheSettings
from company.config_desks import TelegramSettings, WebhookSettings, WebSettings
from company.config_documents import QuotaSettings, RetentionSettings
from company.config_section import Section, Url
from company.config_sources import explain, from_environment, lay_over, read_toml
from company.config_voice import VoiceSettings
from company.errors import ConfigError
from company.records import ModelRef, Tier

LONGEST_CALL_S = 900  # a reservation that is older is taken for an orphan, so no call may run longer


class CompanySettings(Section):
    """Who the company is and where it keeps its things."""

    name: str = "NEXUS"
    """The company's name as people see it."""
    data_dir: Path = Path("data")
    """Folder of the database, the audit anchor and the lock; made with mode 0700. Relative to the checkout."""
    language: Literal["en", "fr", "de", "es", "ru", "zh"] = "en"
    """The language to use until a person's own is known."""
    timezone: str = "UTC"
    """IANA name of the time zone in which a day and a month of the budget begin."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"'{value}' is no IANA time zone; write one like 'Europe/Paris' or 'UTC'") from error
        return value


class DatabaseSettings(Section):
    """Where the books are kept. A Postgres URL is a secret: it comes from DATABASE_URL or the secret `database_url`."""

    sqlite_path: Path = Path("nexus.db")
    """The SQLite file, relative to `data_dir`; used when no DATABASE_URL is set."""
    when_unreachable: Literal["refuse", "stand-in"] = "stand-in"
    """When Postgres can't be reached at start: refuse, or open the SQLite stand-in with a visible warning."""
    busy_timeout_s: float = Field(default=10.0, gt=0)
    """How long a write waits for another process's lock on the SQLite file, seconds."""


class AdminSettings(Section):
    """The Admin: triage by a free local model, with the built-in router behind it."""

    enabled: bool = True
    """False: the built-in router alone decides."""
    model: str = "ollama/qwen3:8b"
    """The model that triages, as provider/model."""
    timeout_s: float = Field(default=4.0, gt=0)
    """When the Admin has not answered by then, the built-in router decides, seconds."""
    brief_tokens: int = Field(default=700, ge=50)
    """Upper bound of the compressed conversation that an employee is handed, tokens."""
    policy: Literal["by-difficulty", "ladder"] = "by-difficulty"
    """by-difficulty: trivial starts at the Intern, normal at the Director, complex at the CEO; ladder: all climb."""


class ProviderSettings(Section):
    """An outside model service."""

    base_url: Url = ""
    """Where the service answers; empty takes the provider's own address."""


class AnthropicSettings(ProviderSettings):
    """Claude; on when the secret `anthropic_api_key` is there."""

    base_url: Url = "https://api.anthropic.com"
    """Where the Messages API answers."""


class OllamaSettings(ProviderSettings):
    """Local models through Ollama."""

    base_url: Url = "http://127.0.0.1:11434"
    """Where Ollama answers (OLLAMA_BASE_URL sets it too)."""
    enabled: bool | None = None
    """True or False decides; left out: on when Ollama answers at start, looked for again every minute."""


class OpenAISettings(ProviderSettings):
    """OpenAI, or any server that speaks its dialect; on when the secret `openai_api_key` is there."""

    base_url: Url = "https://api.openai.com/v1"
    """Where the OpenAI dialect answers."""


class EmployeeSettings(Section):
    """One employee of the org chart. These are seeds: `nexus staff` changes the rows in the books without a restart."""

    title: str
    """The name people see."""
    tier: Tier
    """clerk, intern, director or ceo."""
    model: str = ""
    """The primary model as provider/model; empty only for the Clerk."""
    fallbacks: tuple[str, ...] = ()
    """Models to use when the primary is down, in order."""
    prompt: str = "employee"
    """Name of the prompt file in employees/prompts."""
    max_output_tokens: int = Field(default=4096, ge=64)
    """The longest answer of one call, tokens."""
    timeout_s: float = Field(default=180.0, gt=0, le=LONGEST_CALL_S)
    """The longest a call may take, seconds; at most a quarter of an hour."""
    tools: tuple[str, ...] = ()
    """Tools this employee may use."""


class PriceSettings(Section):
    """What a model costs, dollars per million tokens, and since when that is known."""

    input: Decimal = Field(ge=0)
    """Plain input tokens."""
    output: Decimal = Field(ge=0)
    """Output tokens, thinking included."""
    cache_read: Decimal | None = Field(default=None, ge=0)
    """Input served from the provider's prompt cache; left out: the price of plain input."""
    cache_write: Decimal | None = Field(default=None, ge=0)
    """Input written to the provider's prompt cache; left out: 1.25 times plain input."""
    long_prompt_tokens: int = Field(default=0, ge=0)
    """A prompt of more tokens than this (cached ones included) costs `long_prompt_factor` times as much; 0: never."""
    long_prompt_factor: Decimal = Field(default=Decimal(1), ge=1)
    """What every token of a request with such a prompt costs more."""
    as_of: str = ""
    """The day the price was read, YYYY-MM-DD."""


class BudgetSettings(Section):
    """Caps in dollars. Money is reserved before each call, so that no cap is overshot."""

    per_order: Decimal = Field(default=Decimal("1.00"), ge=0)
    """Most that one order may cost before the Board is asked."""
    per_person_day: Decimal = Field(default=Decimal("5.00"), ge=0)
    """Most that one person's orders may cost in a day."""
    person_tokens_day: int = Field(default=0, ge=0)
    """Most tokens that one person's orders may use in a day, of any model, also of one that is free; 0: no limit."""
    day: Decimal = Field(default=Decimal("5.00"), ge=0)
    """Most that the company may cost in a day."""
    month: Decimal = Field(default=Decimal("50.00"), ge=0)
    """Most that the company may cost in a month."""
    judge_day: Decimal = Field(default=Decimal("0.25"), ge=0)
    """Most that the model judge of QA may cost in a day; asked where a spec says so, never out of an order's cap."""
    warn_at: float = Field(default=0.75, gt=0, le=1)
    """The share of the day's or month's cap at which the Board is told once."""
    embeddings_day: Decimal = Field(default=Decimal("0.50"), ge=0)
    """Most that vectors of documents and questions may cost in a day, within the day's cap."""
    unknown_price: Literal["refuse", "worst-case"] = "refuse"
    """A model without a price: refuse it, or count it at `worst_case_input` and `worst_case_output`."""
    worst_case_input: Decimal = Field(default=Decimal(15), ge=0)
    """Dollars per million input tokens for a model without a price."""
    worst_case_output: Decimal = Field(default=Decimal(75), ge=0)
    """Dollars per million output tokens for a model without a price."""
    card_hours: float = Field(default=24.0, gt=0)
    """How long a spending card waits for the Board before it counts as a no, hours."""


class WorkSettings(Section):
    """How orders are worked on."""

    max_running: int = Field(default=256, ge=1)
    """Orders that may run at the same time in this process."""
    max_turns: int = Field(default=10, ge=1)
    """Most model turns of one attempt."""
    self_test: Literal["off", "points", "turn"] = "points"
    """points: an employee is told what its answer will be held against; turn: a complex order gets one turn more."""
    retries_per_tier: int = Field(default=1, ge=0)
    """How often an employee may mend an answer that QA refused, before the next tier gets it."""
    crash_limit: int = Field(default=3, ge=1)
    """An order during which the process died this often is set aside with its evidence."""
    lease_s: float = Field(default=60.0, gt=1)
    """A claim on an order that nobody renewed for this long may be taken over, seconds."""
    park_s: float = Field(default=15.0, gt=0)
    """How long to wait before a parked order tries the providers again, seconds (doubles up to 5 minutes)."""
    deadline_h: float = Field(default=72.0, gt=0)
    """An order that has not ended this long after it came is given up, visibly, hours."""
    history: int = Field(default=40, ge=0)
    """How many earlier exchanges of a conversation the Admin may compress."""
    history_days: float = Field(default=30.0, ge=0)
    """What was said longer ago is no longer told as part of the conversation, days; 0: however long ago."""


class QaSettings(Section):
    """Inspection before delivery."""

    specs_dir: Path = Path("qa/specs")
    """Folder of the JSON specs, one per kind of order."""
    judges: tuple[str, ...] = ()
    """Models that judge answers where a spec asks for it, as provider/model; empty: those below the writer's tier."""


class SandboxSettings(Section):
    """Where code from an answer is run, if a QA spec asks for it (`execute_in_sandbox`)."""

    enabled: bool = True
    """False: nothing is run; what should have been is labelled as not verified."""
    at_once: int = Field(default=2, ge=1)
    """Commands that may run at the same time; others wait."""
    wall_s: float = Field(default=10.0, gt=0, le=600)
    """How long one command may take, seconds; then it is killed with all its children."""
    memory_mb: int = Field(default=512, ge=32)
    """Memory of one command with its children and files, megabytes."""
    processes: int = Field(default=64, ge=4)
    """Processes and threads of one command."""
    disk_mb: int = Field(default=64, ge=1)
    """Size of the work folder, which is kept in memory and gone afterwards, megabytes."""


class OnnxSettings(Section):
    """A model of meaning on this machine, for `[knowledge] embeddings = "onnx"`; `make install GROUPS=onnx`."""

    model: Path = Path()
    """The model in ONNX's format, a file that you have; relative to the checkout. Nothing is downloaded."""
    sha256: str = ""
    """The file's SHA-256, 64 hexadecimal digits; another file is not loaded."""
    tokenizer: Path = Path("tokenizer.json")
    """Its tokenizer.json, as the library `tokenizers` writes it; relative to the folder of the model."""
    pooling: Literal["mean", "cls"] = "mean"
    """How the vectors of a text's tokens become one; the model's own description says which."""
    max_tokens: int = Field(default=256, ge=8, le=8192)
    """What is longer is cut, tokens."""


class KnowledgeSettings(Section):
    """The Board's documents."""

    folders: tuple[Path, ...] = (Path("documents"),)
    """Folders of documents that may be answered from; relative to the checkout."""
    max_file_mb: float = Field(default=50.0, gt=0)
    """Larger files are left out, with a note in `nexus doctor`."""
    uploads_mb: float = Field(default=2000.0, gt=0)
    """Room for the files that were sent or uploaded, all together."""
    sent: Literal["sender", "company"] = "sender"
    """Who may read a file that was sent in a chat: whoever sent it (in a group: the group), until it is shared by
    `/knowledge share`; or the whole company."""
    max_pages: int = Field(default=5000, ge=1)
    """PDF files and presentations of more pages are left out."""
    convert_s: float = Field(default=120.0, gt=0)
    """How long the reading of one file may take, seconds; pictures of text take the longest."""
    convert_memory_mb: int = Field(default=1024, ge=256)
    """Memory of the process that reads one file, megabytes."""
    qdrant_url: Url = ""
    """A Qdrant server to search with (its key is the secret `qdrant_api_key`); empty takes the engine inside NEXUS."""
    embeddings: str = ""
    """What gives the documents vectors of meaning: "ollama/nomic-embed-text" or another provider/model, "onnx" for a
    model on this machine, empty for vectors fitted to the documents (`make install GROUPS=meaning`) or none."""
    question_prefix: str = ""
    """What that model wants to read before a question, for example "search_query: "."""
    passage_prefix: str = ""
    """What it wants before a passage, for example "search_document: "; another one means embedding all again."""
    embeddings_fit: float = Field(default=0.0, ge=0, le=1)
    """The nearness (cosine) from which a passage fits a question in other words or another language; it depends on the
    model. 0: it must share words, as without a model."""

    graph_model: str = ""
    """A model (provider/model) that reads each passage once, in the background, for what it says of things, beside the
    rules; it costs a call a passage, within the caps, and the text goes to that provider. Empty: none."""

    @field_validator("graph_model")
    @classmethod
    def _reader(cls, value: str) -> str:
        provider, _, model = value.partition("/")
        if value and not (provider and model):
            raise ValueError(f"'{value}' is no model; write provider/model, or nothing")
        return value

    @field_validator("embeddings")
    @classmethod
    def _source(cls, value: str) -> str:
        provider, _, model = value.partition("/")
        if value not in ("", "onnx") and not (provider and model):
            raise ValueError(f"'{value}' is no source; write provider/model, 'onnx', or nothing")
        return value


class MemorySettings(Section):
    """What was said, found again when it is asked for. The books keep the orders whatever is set here."""

    enabled: bool = True
    """False: nothing but the last exchanges of a conversation is remembered, and what was indexed is deleted."""
    keep_days: int = Field(default=1095, ge=1)
    """What was said longer ago is no longer remembered, days."""
    most: int = Field(default=20_000, ge=100)
    """Exchanges that are remembered for each person, group or topic; beyond that the oldest go."""
    brief_tokens: int = Field(default=300, ge=0)
    """How much of what fits from earlier an employee is told of by itself, estimated tokens; 0: nothing."""


class AuditSettings(Section):
    """The tamper-evident record."""

    anchor_hour: int = Field(default=6, ge=0, le=23)
    """Hour of the day at which the tip of the chain is sent to the Board and written to the anchor file."""
    anchor_file: Path = Path("audit-anchors.jsonl")
    """The second place of the tip, relative to `data_dir`; put it on another disk for more."""


class HeartbeatSettings(Section):
    """How often the house is looked at."""

    interval_s: float = Field(default=30.0, gt=0)
    """Seconds between two rounds of checks."""
    profile_ms: float = Field(default=10.0, ge=0, le=1000)
    """Milliseconds between two samples of what an order in hand is doing; 0 takes none."""


def _staff() -> dict[str, EmployeeSettings]:
    tools = ("search_documents", "search_memory", "calculate", "save_note")
    return {
        "clerk": EmployeeSettings(title="Clerk", tier=Tier.CLERK),
        "intern": EmployeeSettings(
            title="Intern", tier=Tier.INTERN, model="anthropic/claude-haiku-5-5", fallbacks=("openai/gpt-5.6-luna",),
            max_output_tokens=4096, tools=tools,
        ),
        "director": EmployeeSettings(
            title="Director", tier=Tier.DIRECTOR, model="anthropic/claude-sonnet-5-5",
            fallbacks=("openai/gpt-6.1-sol",), max_output_tokens=8192, tools=tools,
        ),
        "ceo": EmployeeSettings(
            title="CEO", tier=Tier.CEO, model="anthropic/claude-opus-5-5", fallbacks=("openai/gpt-6.1-sol",),
            max_output_tokens=16000, timeout_s=600, tools=tools,
        ),
    }  # fmt: skip


def _prices() -> dict[str, PriceSettings]:
    """As the providers' price pages stood on the day beside each."""

    def price(given: str, out: str, read: str, write: str, as_of: str, *, five_times_above: int = 0) -> PriceSettings:
        return PriceSettings(
            input=Decimal(given), output=Decimal(out), cache_read=Decimal(read), cache_write=Decimal(write),
            as_of=as_of, long_prompt_tokens=five_times_above, long_prompt_factor=Decimal(5 if five_times_above else 1),
        )  # fmt: skip

    return {
        "anthropic/claude-haiku-5-5": price("0.10", "0.50", "0.01", "0.125", "2026-10-24", five_times_above=100_000),
        "anthropic/claude-haiku-4-5": price("1", "5", "0.10", "1.25", "2026-10-24"),
        "anthropic/claude-sonnet-5-5": price("2", "10", "0.10", "2.50", "2026-10-24"),
        "anthropic/claude-opus-5-5": price("4", "20", "0.20", "5", "2026-10-24"),
        "openai/gpt-5.6-luna": price("0.20", "1.20", "0.02", "0.20", "2026-11-05"),
        "openai/gpt-6.1-sol": price("2", "10", "0.10", "2", "2026-11-05"),
        "openai/text-embedding-3-small": price("0.02", "0", "0.02", "0.02", "2026-11-21"),
        "openai/text-embedding-3-large": price("0.13", "0", "0.13", "0.13", "2026-11-21"),
    }


class Settings(Section):
    """The whole of config.toml."""

    company: CompanySettings = CompanySettings()
    database: DatabaseSettings = DatabaseSettings()
    telegram: TelegramSettings = TelegramSettings()
    telegram_webhook: WebhookSettings = WebhookSettings()
    web: WebSettings = WebSettings()
    voice: VoiceSettings = VoiceSettings()
    admin: AdminSettings = AdminSettings()
    anthropic: AnthropicSettings = AnthropicSettings()
    ollama: OllamaSettings = OllamaSettings()
    openai: OpenAISettings = OpenAISettings()
    providers: dict[str, ProviderSettings] = Field(default_factory=dict)
    """Any other provider by its name; its key is the secret `<name>_api_key`."""
    employees: dict[str, EmployeeSettings] = Field(default_factory=_staff)
    """The org chart."""
    prices: dict[str, PriceSettings] = Field(default_factory=_prices)
    """The payroll: what each model costs. Models of Ollama are free."""
    budget: BudgetSettings = BudgetSettings()
    work: WorkSettings = WorkSettings()
    cache: CacheSettings = CacheSettings()
    qa: QaSettings = QaSettings()
    sandbox: SandboxSettings = SandboxSettings()
    knowledge: KnowledgeSettings = KnowledgeSettings()
    quotas: QuotaSettings = QuotaSettings()
    retention: RetentionSettings = RetentionSettings()
    onnx: OnnxSettings = OnnxSettings()
    memory: MemorySettings = MemorySettings()
    audit: AuditSettings = AuditSettings()
    backup: BackupSettings = BackupSettings()
    heartbeat: HeartbeatSettings = HeartbeatSettings()


def model_ref(text: str) -> ModelRef:
    """ "provider/model" as a record.

    Raises:
        ConfigError: there is no slash, or a side of it is empty.
    """
    provider, slash, model = text.partition("/")
    if not (provider and slash and model):
        raise ConfigError(f"'{text}' is no model: write provider/model, for example anthropic/claude-haiku-5-5.")
    return ModelRef(provider=provider, model=model)


def load_settings(root: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Read `config.toml` and `config.local.toml` in `root` (both may be absent), then the environment.

    Raises:
        ConfigError: one sentence that names the file or variable, the key, and the mend.
    """
    environment = os.environ if environment is None else environment
    merged: dict[str, Any] = {}
    sources: dict[tuple[str, ...], str] = {}
    for name in ("config.toml", "config.local.toml"):
        lay_over(merged, read_toml(root / name), name, sources)
    lay_over(merged, from_environment(environment, Settings), "the environment", sources)
    for table, seeds in (("employees", _staff()), ("prices", _prices())):
        _fill_seeds(merged, table, {key: seed.model_dump() for key, seed in seeds.items()})
    try:
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        raise ConfigError(explain(error, sources, Settings)) from None
    if settings.telegram.mode == "webhook" and not settings.telegram_webhook.url:
        raise ConfigError(
            'With [telegram] mode = "webhook", [telegram_webhook] url must be the public https address that leads to '
            'this machine; or set mode = "polling", which needs none.'
        )
    staff = settings.employees.values()
    of_staff = (text for employee in staff for text in (employee.model, *employee.fallbacks))
    for text in (settings.admin.model, *settings.qa.judges, *of_staff):
        if text:
            model_ref(text)
    return settings


def _fill_seeds(merged: dict[str, Any], table: str, seeds: dict[str, Any]) -> None:
    """A person who changes one employee or adds one price keeps the others."""
    given = merged.setdefault(table, {})
    if not isinstance(given, dict):
        return
    for key, seed in seeds.items():
        own = given.get(key, {})
        if isinstance(own, dict):
            given[key] = {**seed, **own}
