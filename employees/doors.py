"""Which doors to models there are, by configuration. One object a provider; none of them loads its library yet."""

from __future__ import annotations

from collections.abc import Mapping

from company.clock import Clock
from company.config import OpenAISettings, Settings, model_ref
from company.embedding_records import Embedded, EmbeddingCall
from company.errors import ModelUnavailable
from company.library_ports import Embeds
from company.ports import Model
from company.secrets import Secrets
from employees.claude import Claude
from employees.litellm_door import LiteLLMDoor
from employees.ollama_door import OllamaDoor


def build_doors(settings: Settings, secrets: Secrets, clock: Clock) -> dict[str, Model]:
    """The doors by provider name.

    Claude is there when its key is; Ollama unless the settings turn it off (whether it answers is seen by `check`);
    OpenAI when its key is there or its address was changed (a server of one's own that speaks the dialect); every other
    provider when [providers.<name>] names it.

    Raises:
        SecretError: a key is a placeholder, or its file can be read by others.
    """
    doors: dict[str, Model] = {}
    key = secrets.get("anthropic_api_key")
    if key is not None:
        doors["anthropic"] = Claude(settings.anthropic.base_url, key, clock)
    if settings.ollama.enabled is not False:
        doors["ollama"] = OllamaDoor(settings.ollama.base_url, clock, _models_of("ollama", settings))
    key = secrets.get("openai_api_key")
    if key is not None or settings.openai.base_url != OpenAISettings().base_url:
        doors["openai"] = LiteLLMDoor("openai", settings.openai.base_url, key, clock)
    for name, provider in settings.providers.items():
        if name not in doors:
            doors[name] = LiteLLMDoor(name, provider.base_url, secrets.get(f"{name}_api_key"), clock)
    return doors


class _NoDoor:
    """In the place of a provider that is not there: each call says so."""

    def __init__(self, provider: str) -> None:
        self.provider = provider

    async def embed(self, call: EmbeddingCall) -> Embedded:
        """Never answers."""
        raise ModelUnavailable(
            f"{self.provider} gives no vectors here: it has no key, is turned off, or has no such models "
            "([knowledge] embeddings)."
        )


def embedding_door(doors: Mapping[str, Model], provider: str) -> Embeds:
    """The door to a provider's models of meaning; one that says what is missing when it has none."""
    door = doors.get(provider)
    return door if isinstance(door, (OllamaDoor, LiteLLMDoor)) else _NoDoor(provider)


def _models_of(provider: str, settings: Settings) -> tuple[str, ...]:
    """The models that the settings name for a provider, in their order, each once."""
    named = [text for seed in settings.employees.values() for text in (seed.model, *seed.fallbacks) if text]
    if settings.admin.enabled:
        named.append(settings.admin.model)
    if "/" in settings.knowledge.embeddings:
        named.append(settings.knowledge.embeddings)
    refs = [model_ref(text) for text in named]
    return tuple(dict.fromkeys(ref.model for ref in refs if ref.provider == provider))
