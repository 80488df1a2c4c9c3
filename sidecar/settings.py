"""Settings: the environment (`SIDECAR_*`, nested by `__`) over one TOML file. Only this module reads the environment.

A wrong or unknown setting raises `SettingsError` with a sentence that names it. Values never appear in messages,
secrets never in `repr`.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import os
import re
import socket
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from sidecar.errors import SettingsError
from sidecar.findings import sentences

PREFIX = "SIDECAR_"
CONFIG_VARIABLE = "SIDECAR_CONFIG"
DEFAULT_CONFIG = "sidecar.toml"
EMBEDDED = "embedded"
MIN_SECRET_BYTES = 24
STANDARD_KEYS = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}

_MAKE_ONE = (
    "make one with: python -c "
    "\"import secrets,base64; print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\""
)

Intake = Literal["push", "mysql", "http"]


def secret_bytes(secret: str) -> bytes:
    """The key that a site secret stands for: `whsec_` + base64 of at least 24 bytes, or at least 24 bytes of text.

    Raises ValueError (without the secret) when it is neither.
    """
    encoded = secret.removeprefix("whsec_")
    if encoded != secret:
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"what follows whsec_ is no base64; {_MAKE_ONE}") from None
    else:
        key = secret.encode()
    if len(key) < MIN_SECRET_BYTES:
        raise ValueError(f"a secret needs at least {MIN_SECRET_BYTES} bytes; {_MAKE_ONE}")
    return key


def _split_words(value: Any) -> Any:
    return value.split() if isinstance(value, str) else value


def base_url(value: str) -> str:
    """The address of a site without its last slash. Raises ValueError when it is none."""
    parts = urlsplit(value)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    ):
        raise ValueError("give the address of the site, such as https://www.example.org (no user, query or fragment)")
    return value.rstrip("/")


class Section(BaseModel):
    """A part of the settings. Unknown names are refused, so that a typing error is seen."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class DatabaseSettings(Section):
    """A database account that may SELECT and UPDATE the outbox table of a site, and nothing else."""

    host: str = "127.0.0.1"
    port: int = Field(default=3306, ge=1, le=65535)
    unix_socket: str | None = None
    user: str
    password: SecretStr = SecretStr("")
    name: str
    prefix: str = Field(default="", pattern=r"^[A-Za-z0-9_]{0,40}$", description="Table prefix of the site.")


class LimitSettings(Section):
    """What a run may spend when its agent does not say. 0: no limit."""

    steps: int = Field(default=30, ge=0, description="Model requests.")
    tool_calls: int = Field(default=100, ge=0)
    tokens: int = Field(default=500_000, ge=0, description="Input and output tokens together.")
    cost_micros: int = Field(default=0, ge=0, description="Millionths of a US dollar.")
    wall_seconds: int = Field(default=3600, ge=0)
    writes: int = Field(default=20, ge=0, description="Drafts per run.")
    cost_micros_per_day: int = Field(default=0, ge=0, description="Of all runs of an agent on a day (UTC).")
    tokens_per_day: int = Field(default=0, ge=0, description="Of all runs of an agent on a day (UTC).")
    tool_result_bytes: int = Field(default=100_000, ge=0)
    model_timeout: float = Field(default=120.0, gt=0, description="Seconds for one model request.")
    tool_timeout: float = Field(default=60.0, gt=0, description="Seconds for one tool call.")


class BudgetSettings(Section):
    """What all runs of a site may spend on a day (UTC). 0: no limit."""

    cost_micros_per_day: int = Field(default=0, ge=0, description="Millionths of a US dollar.")
    tokens_per_day: int = Field(default=0, ge=0, description="Input and output tokens together.")


class SiteSettings(Section):
    """One Drupal site. `secrets`: one, or two during a rotation; the first signs, both verify."""

    base_url: str
    secrets: Annotated[list[SecretStr], BeforeValidator(_split_words)] = Field(min_length=1, max_length=2)
    intake: Intake = "push"
    database: DatabaseSettings | None = None
    verify_tls: bool = True
    ca_file: Path | None = Field(
        default=None, description="Certificates to trust, when the site has a private authority."
    )
    host_header: str | None = Field(default=None, description="Host header, when the site is reached by another name.")
    basic_auth: SecretStr | None = Field(
        default=None, description="`user:password` of a site behind HTTP authentication."
    )
    weight: int = Field(default=1, ge=1, le=100, description="Share of the workers, against the other sites.")
    concurrency: int = Field(default=0, ge=0, description="Runs at the same time; 0: as many as the workers hold.")
    budget: BudgetSettings = Field(default_factory=BudgetSettings)
    limits: dict[str, int] = Field(
        default_factory=dict, description="Limits of runs that differ from the sidecar's `limits`, but no time-outs."
    )

    @field_validator("base_url")
    @classmethod
    def _base_url(cls, value: str) -> str:
        return base_url(value)

    @field_validator("secrets")
    @classmethod
    def _secrets(cls, value: list[SecretStr]) -> list[SecretStr]:
        for secret in value:
            secret_bytes(secret.get_secret_value())
        return value

    @field_validator("limits")
    @classmethod
    def _limits(cls, value: dict[str, int]) -> dict[str, int]:
        known = {name for name, field in LimitSettings.model_fields.items() if field.annotation is int}
        if unknown := set(value) - known:
            raise ValueError(f"there is no limit {sorted(unknown)[0]} for a site; known are {', '.join(sorted(known))}")
        LimitSettings.model_validate(value)
        return value

    @model_validator(mode="after")
    def _database(self) -> Self:
        if self.intake == "mysql" and self.database is None:
            raise ValueError(
                "intake = mysql needs `database` (or SIDECAR_DATABASE_URL=mysql://user:password@host/name)"
            )
        return self

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The secrets as bytes; the first one signs."""
        return tuple(secret_bytes(secret.get_secret_value()) for secret in self.secrets)


class EndpointSettings(Section):
    """An OpenAI-compatible server; its name is what stands before the colon of an agent's model."""

    base_url: str = Field(pattern=r"^https?://")
    api_key: SecretStr | None = None
    kind: Literal["openai-chat", "openai-responses"] = "openai-chat"


def _plain_secret(value: Any) -> Any:
    return {"value": value} if isinstance(value, str | SecretStr) else value


class SecretSettings(Section):
    """A text for the header of MCP servers. Any site's agent can name it; it goes to the hosts that are named here, and nowhere else."""

    value: SecretStr
    hosts: Annotated[list[str], BeforeValidator(_split_words)] = Field(
        default_factory=list, description="Hosts (`name` or `name:port`) that may get it."
    )
    sites: Annotated[list[str], BeforeValidator(_split_words)] = Field(
        default_factory=list, description="Ids of the sites whose agents may use it; none named: all."
    )

    @field_validator("hosts")
    @classmethod
    def _hosts(cls, value: list[str]) -> list[str]:
        for host in value:
            if not re.fullmatch(r"([A-Za-z0-9._-]+|\[?[0-9A-Fa-f:]+\]?)(:[0-9]{1,5})?", host):
                raise ValueError(
                    "name hosts as `name` or `name:port`, such as mcp.example.org, without https:// and path"
                )
        return [host.lower() for host in value]


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
    lease_seconds: float = Field(default=10.0, gt=1)
    beat_seconds: float = Field(default=1.0, gt=0)
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


SHORT_FORM = ("site_url", "site_secret", "site_id", "intake", "database_url")


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
    secrets: dict[str, Annotated[SecretSettings, BeforeValidator(_plain_secret)]] = Field(
        default_factory=dict, description="By name, for the headers of MCP servers."
    )
    allowed_private_hosts: Annotated[list[str], BeforeValidator(_split_words)] = Field(
        default_factory=list,
        description="Hosts (`name` or `name:port`) with private addresses that tools may reach, such as an MCP server on this network.",
    )
    model_keys: dict[str, SecretStr] = Field(
        default_factory=dict, description="By provider; ANTHROPIC_API_KEY and OPENAI_API_KEY are read too."
    )
    endpoints: dict[str, EndpointSettings] = Field(default_factory=dict)
    prices: dict[str, PriceSettings] = Field(default_factory=dict, description="By model, as the agent names it.")
    limits: LimitSettings = Field(default_factory=LimitSettings)
    worker: WorkerSettings = Field(default_factory=WorkerSettings)
    scripts_dir: Path | None = Field(default=None, description="Scripts of the scripted model.")
    approval_expiry_days: float = Field(default=7.0, gt=0)
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
        return self

    @property
    def loopback(self) -> bool:
        """Whether the API can be reached from this machine only."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

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
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _secrets_in(item)


def database_from_url(url: str) -> DatabaseSettings:
    """`mysql://user:password@host:port/name?prefix=x_&unix_socket=/path` as settings. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("mysql", "mariadb") or not parts.username or len(parts.path) < 2:
        raise ValueError("database_url must look like mysql://user:password@host:3306/name")
    query = dict(parse_qsl(parts.query))
    if unknown := set(query) - {"prefix", "unix_socket"}:
        raise ValueError(
            f"database_url has the unknown parameter {sorted(unknown)[0]}; known are prefix and unix_socket"
        )
    return DatabaseSettings(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 3306,
        unix_socket=query.get("unix_socket"),
        user=unquote(parts.username),
        password=SecretStr(unquote(parts.password or "")),
        name=unquote(parts.path[1:]),
        prefix=query.get("prefix", ""),
    )


class _Environment(EnvSettingsSource):
    """Variables of a given mapping. What is no JSON stays text: the field's own validation then says what is wrong."""

    def __init__(self, settings_cls: type[BaseSettings], environ: Mapping[str, str]) -> None:
        self._environ = {name.lower(): value for name, value in environ.items()}
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._environ

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            decoded = json.loads(value)
        except ValueError:
            return value
        return decoded if isinstance(decoded, (dict, list)) else value


def load(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """The settings of this process. `overrides` (command line options, tests) win over environment and file.

    Raises SettingsError with one sentence for each wrong setting.
    """
    env = dict(os.environ if environ is None else environ)
    file = _read_file(env)
    _add_standard_keys(file, env)
    _refuse_unknown_variables(env)

    class Bound(Settings):
        """Settings that read the given environment instead of the process's."""

        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *args: Any, **kwargs: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (InitSettingsSource(settings_cls, overrides), _Environment(settings_cls, env), init_settings)

    try:
        return Bound(**file)
    except ValidationError as error:
        raise SettingsError(
            " ".join(_sentence(item) for item in error.errors(include_input=False, include_url=False))
        ) from None


def _read_file(env: Mapping[str, str]) -> dict[str, Any]:
    named = env.get(CONFIG_VARIABLE)
    path = Path(named or DEFAULT_CONFIG)
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError:
        if named:
            raise SettingsError(f"{CONFIG_VARIABLE} names {path}, which does not exist.") from None
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The settings file {path} is not valid TOML: {error}.") from None


def _add_standard_keys(file: dict[str, Any], env: Mapping[str, str]) -> None:
    """Keys under the providers' own variable names, where the file does not give one."""
    found = {provider: env[name] for provider, name in STANDARD_KEYS.items() if env.get(name)}
    if found and isinstance(keys := file.get("model_keys", {}), dict):
        file["model_keys"] = found | keys


def _refuse_unknown_variables(env: Mapping[str, str]) -> None:
    known = set(Settings.model_fields) | {"config"}
    for name in env:
        if name.upper().startswith(PREFIX) and name[len(PREFIX) :].lower().split("__")[0] not in known:
            raise SettingsError(
                f"The environment variable {name} is no setting of the sidecar. Remove it, or see the list of settings."
            )


def _sentence(item: Any) -> str:
    """One sentence for one pydantic error: the name of the setting, what is wrong, never the value."""
    path = [str(part) for part in item["loc"]]
    message = str(item["msg"]).removeprefix("Value error, ")
    if not path:
        return sentences(f"The settings do not fit together: {message}")
    variable = PREFIX + "__".join(path).upper()
    if item["type"] == "extra_forbidden":
        return f"There is no setting {'.'.join(path)}: remove it, or correct its name."
    if item["type"] == "missing":
        return f"The setting {'.'.join(path)} is missing: set it in the file or as {variable}."
    return sentences(f"The setting {'.'.join(path)} ({variable}) is wrong: {message[:1].lower() + message[1:]}")
