"""Models, their prices and endpoints, the secrets of MCP servers, and how a worker behaves."""

from __future__ import annotations

import re
import socket
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from sidecar.settings.section import Section, Words

ProviderUrl = Annotated[str, Field(pattern=r"^https?://")]
"""Where a provider is asked that the sidecar knows by name, such as a gateway in front of it."""


class EndpointSettings(Section):
    """An OpenAI-compatible server; its name is what stands before the colon of an agent's model."""

    base_url: str = Field(pattern=r"^https?://")
    api_key: SecretStr | None = None
    kind: Literal["openai-chat", "openai-responses"] = "openai-chat"


class SecretSettings(Section):
    """A text for the header of MCP servers. Any site's agent can name it; it goes to the hosts that are named here, and nowhere else."""

    value: SecretStr
    hosts: Words = Field(default_factory=list, description="Hosts (`name` or `name:port`) that may get it.")
    sites: Words = Field(default_factory=list, description="Ids of the sites whose agents may use it; none named: all.")

    @field_validator("hosts")
    @classmethod
    def _hosts(cls, value: list[str]) -> list[str]:
        for host in value:
            if not re.fullmatch(r"([A-Za-z0-9._-]+|\[?[0-9A-Fa-f:]+\]?)(:[0-9]{1,5})?", host):
                raise ValueError(
                    "name hosts as `name` or `name:port`, such as mcp.example.org, without https:// and path"
                )
        return [host.lower() for host in value]


def _plain_secret(value: Any) -> Any:
    return {"value": value} if isinstance(value, str | SecretStr) else value


Secret = Annotated[SecretSettings, BeforeValidator(_plain_secret)]
"""A secret may be given as its text alone."""


class PriceSettings(Section):
    """US dollars per million tokens."""

    input_per_million: Decimal = Field(ge=0)
    output_per_million: Decimal = Field(ge=0)


class WorkerSettings(Section):
    """How a worker process behaves. Times are seconds."""

    slot: str = Field(
        default_factory=socket.gethostname, min_length=1, description="Stable name of the worker's place."
    )
    capacity: int = Field(default=500, ge=1, description="Runs at the same time.")
    lease_seconds: float = Field(default=4.0, gt=1)
    beat_seconds: float = Field(default=0.5, gt=0)
    drain_seconds: float = Field(default=8.0, ge=0)
    max_runs: int = Field(
        default=0, ge=0, description="Runs after which it drains and ends, to be started anew; 0: never."
    )
    max_rss_mb: int = Field(default=0, ge=0, description="Memory at which it drains and ends; 0: never.")

    @model_validator(mode="after")
    def _lease(self) -> Self:
        if self.lease_seconds < 3 * self.beat_seconds:
            raise ValueError("lease_seconds must be at least three times beat_seconds, else a slow beat loses the run")
        return self
