"""All settings of a process, and what they must be together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from sidecar.json_text import is_list, is_object
from sidecar.settings.database import database_from_url
from sidecar.settings.limits import LimitSettings
from sidecar.settings.parts import EndpointSettings, PriceSettings, ProviderUrl, Secret, SecretSettings, WorkerSettings
from sidecar.settings.public import host_name, is_loopback, public_origin
from sidecar.settings.section import Words
from sidecar.settings.site import MIN_SECRET_BYTES, Intake, SiteSettings, base_url, secret_bytes

PREFIX = "SIDECAR_"
EMBEDDED = "embedded"


class Settings(BaseSettings):
    """All settings of a sidecar process."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        nested_model_default_partial_update=True,
    )

    sites: dict[str, SiteSettings] = Field(default_factory=dict)
    site_url: str | None = Field(default=None, description="Short form for one site: its address.")
    site_secret: SecretStr | None = Field(
        default=None, description="Short form: one secret, or two separated by a space."
    )
    site_id: str = Field(default="default", description="Short form: the site's id.")
    intake: Intake | None = Field(default=None, description="Short form: push, mysql or http.")
    database_url: SecretStr | None = Field(
        default=None, description="Short form: mysql://user:password@host:port/name?prefix=x_"
    )
    redis_url: SecretStr = Field(
        default=SecretStr(EMBEDDED), description="redis://..., or `embedded` for `up` and the demo."
    )
    data_dir: Path = Field(default=Path("var"), description="Where the embedded Redis keeps its file.")
    host: str = "127.0.0.1"
    port: int = Field(default=8085, ge=0, le=65535)
    operator_token: SecretStr | None = Field(
        default=None, description="For the API and the pages; at least 16 characters."
    )
    secrets: dict[str, Secret] = Field(default_factory=dict, description="By name, for the headers of MCP servers.")
    allowed_private_hosts: Words = Field(
        default_factory=list,
        description="Hosts (`name` or `name:port`) with private addresses that tools and webhooks of agents may reach, such as an MCP server.",
    )
    allowed_private_hosts_for_callers: Words = Field(
        default_factory=list,
        description="The same for addresses that callers choose: webhooks of dispatch keys and push notifications of A2A.",
    )
    model_keys: dict[str, SecretStr] = Field(
        default_factory=dict, description="By provider; ANTHROPIC_API_KEY and OPENAI_API_KEY are read too."
    )
    model_urls: dict[str, ProviderUrl] = Field(
        default_factory=dict, description="By provider; ANTHROPIC_BASE_URL and OPENAI_BASE_URL are read too."
    )
    endpoints: dict[str, EndpointSettings] = Field(default_factory=dict)
    prices: dict[str, PriceSettings] = Field(default_factory=dict, description="By model, as the agent names it.")
    limits: LimitSettings = Field(default_factory=LimitSettings)
    worker: WorkerSettings = Field(default_factory=WorkerSettings)
    scripts_dir: Path | None = Field(default=None, description="Scripts of the scripted model.")
    approval_expiry_days: float = Field(default=7.0, gt=0)
    public_url: str | None = Field(
        default=None, description="Where people and programs reach this sidecar, such as https://agents.example.org."
    )
    allowed_hosts: Words = Field(
        default_factory=list,
        description="More hosts (`name` or `name:port`) at which MCP clients may call; of this machine's own names and of public_url they may.",
    )
    allowed_origins: Words = Field(
        default_factory=list,
        description="Origins of web pages that may call as MCP clients, such as https://app.example.",
    )
    mcp_agent_tools: int = Field(
        default=40,
        ge=0,
        description="Up to so many agents an MCP client sees one tool for each; beyond, list_agents and dispatch_agent are left.",
    )
    body_limit_bytes: int = Field(default=8_000_000, ge=1024, description="Largest request that the API takes.")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before the file, which `load` hands over as initial values. No .env, no secrets directory."""
        return (env_settings, init_settings)

    @field_validator("operator_token")
    @classmethod
    def _token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 16:
            raise ValueError("use at least 16 characters")
        return value

    @field_validator("site_url")
    @classmethod
    def _site_url(cls, value: str | None) -> str | None:
        return value if value is None else base_url(value)

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str | None) -> str | None:
        return value if value is None else public_origin(value)

    @field_validator("allowed_hosts")
    @classmethod
    def _allowed_hosts(cls, value: list[str]) -> list[str]:
        return [host_name(host) for host in value]

    @field_validator("allowed_origins")
    @classmethod
    def _allowed_origins(cls, value: list[str]) -> list[str]:
        return [public_origin(origin) for origin in value]

    @field_validator("site_secret")
    @classmethod
    def _site_secret(cls, value: SecretStr | None) -> SecretStr | None:
        words = value.get_secret_value().split() if value else ["x" * MIN_SECRET_BYTES]
        if not 1 <= len(words) <= 2:
            raise ValueError("give one secret, or two separated by a space")
        for word in words:
            secret_bytes(word)
        return value

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            database_from_url(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _single_site(self) -> Self:
        if self.site_url is None:
            given = [name for name in ("site_secret", "database_url") if getattr(self, name) is not None]
            if given:
                raise ValueError(
                    f"{given[0]} is set but site_url is not; set SIDECAR_SITE_URL, or use [sites.<id>] alone"
                )
            return self
        if self.site_secret is None:
            raise ValueError(
                "site_url is set but site_secret is not; set SIDECAR_SITE_SECRET to the secret of the Drupal site"
            )
        if self.site_id in self.sites:
            raise ValueError(f"the site {self.site_id} is in [sites] and in SIDECAR_SITE_URL; keep one of them")
        site = SiteSettings(
            base_url=self.site_url,
            secrets=[SecretStr(word) for word in self.site_secret.get_secret_value().split()],
            intake=self.intake or ("mysql" if self.database_url else "push"),
            database=database_from_url(self.database_url.get_secret_value()) if self.database_url else None,
        )
        self.sites[self.site_id] = site
        return self

    @model_validator(mode="after")
    def _site_ids(self) -> Self:
        for name in self.sites:
            if not re.fullmatch(r"[a-z0-9_-]{1,64}", name):
                raise ValueError(f"the site id {name!r} may only have a-z, 0-9, _ and -")
        return self

    @model_validator(mode="after")
    def _operator(self) -> Self:
        if self.operator_token is None and not self.loopback:
            raise ValueError(
                f"listening on {self.host} needs operator_token: set SIDECAR_OPERATOR_TOKEN, or listen on 127.0.0.1"
            )
        outside = next((host for host in self._hosts() if not is_loopback(host)), None)
        if self.operator_token is None and outside is not None:
            raise ValueError(
                f"being reached at {outside} needs operator_token, since whoever comes by the proxy would be the operator: "
                "set SIDECAR_OPERATOR_TOKEN"
            )
        return self

    @property
    def loopback(self) -> bool:
        """Whether the API can be reached from this machine only."""
        return is_loopback(self.host)

    def _hosts(self) -> list[str]:
        """At which people of other machines may call, without a port."""
        public = [self.public_url] if self.public_url else []
        return [urlsplit(url).hostname or "" for url in [*public, *(f"//{host}" for host in self.allowed_hosts)]]

    def mcp_secret(self, name: str) -> SecretSettings | None:
        """The secret of this name; names out of the environment are in lower case."""
        return self.secrets.get(name) or self.secrets.get(name.lower())

    def secret_values(self) -> list[str]:
        """All secrets, for redaction only."""
        return sorted({secret.get_secret_value() for secret in _secrets_in(self)})

    @property
    def embedded_redis(self) -> bool:
        """Whether the process starts its own Redis."""
        return self.redis_url.get_secret_value() == EMBEDDED


def _secrets_in(value: Any) -> Iterator[SecretStr]:
    if isinstance(value, SecretStr):
        if value.get_secret_value() != EMBEDDED:
            yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets_in(getattr(value, name))
    elif is_object(value) or is_list(value):
        for item in value.values() if is_object(value) else value:
            yield from _secrets_in(item)
