"""Under which names people and programs call the sidecar."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")


def host_name(value: str) -> str:
    """`name` or `name:port` in lower case. Raises ValueError when it is something else, such as an address with a path."""
    host = value.lower()
    if not _HOST.fullmatch(host):
        raise ValueError("name hosts as `name` or `name:port`, such as agents.example.org, without https:// and path")
    return host


def public_origin(value: str) -> str:
    """Scheme, host and port, in lower case and without a slash. Raises ValueError when there is more, or less."""
    parts = urlsplit(value.lower().rstrip("/"))
    if parts.scheme not in ("http", "https") or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("give scheme, host and port alone, such as https://agents.example.org")
    return f"{parts.scheme}://{host_name(parts.netloc)}"


def is_loopback(host: str) -> bool:
    """Whether this name or address, without a port, is of this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
