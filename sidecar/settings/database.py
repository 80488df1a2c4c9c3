"""The database account of the outbox, and its short form as one URL."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import Field, SecretStr

from sidecar.settings.section import Section


class DatabaseSettings(Section):
    """A database account that may SELECT and UPDATE the outbox table of a site, and nothing else."""

    host: str = "127.0.0.1"
    port: int = Field(default=3306, ge=1, le=65535)
    unix_socket: str | None = None
    user: str
    password: SecretStr = SecretStr("")
    name: str
    prefix: str = Field(default="", pattern=r"^[A-Za-z0-9_]{0,40}$", description="Table prefix of the site.")


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
