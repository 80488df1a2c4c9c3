"""One Drupal site: where it is, what is shared with it, how its jobs come, what its runs may spend."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from sidecar.settings.database import DatabaseSettings
from sidecar.settings.limits import BudgetSettings, LimitSettings
from sidecar.settings.section import SPLIT, Section

MIN_SECRET_BYTES = 24

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


class SiteSettings(Section):
    """One Drupal site. `secrets`: one, or two during a rotation; the first signs, both verify."""

    base_url: str
    secrets: Annotated[list[SecretStr], SPLIT] = Field(min_length=1, max_length=2)
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
