"""Which secret of the sidecar goes to which MCP server."""

from __future__ import annotations

import httpx2

from sidecar.runs.agent import McpServer
from sidecar.settings import Settings


def why_not_sent(settings: Settings, site: str, server: McpServer) -> str:
    """Why a server does not get the secret that an agent of this site names for it, as a sentence; empty when it gets it.

    Who edits an agent chooses the name of the secret and the address: only the sidecar's own settings say which belong together.
    """
    name = server.secret or ""
    secret, variable = settings.mcp_secret(name), f"SIDECAR_SECRETS__{name.upper()}"
    if secret is None:
        return (
            f"The MCP server {server.name} needs the secret {name}: set secrets.{name}.value ({variable}__VALUE) and secrets.{name}.hosts in "
            "the sidecar's settings."
        )
    url = httpx2.URL(server.url)
    port = url.port or (443 if url.scheme == "https" else 80)
    if url.host.lower() not in secret.hosts and f"{url.host.lower()}:{port}" not in secret.hosts:
        return (
            f"The secret {name} may not be sent to {url.host}, where the MCP server {server.name} is. If it may, add {url.host} to "
            f"secrets.{name}.hosts ({variable}__HOSTS) in the sidecar's settings."
        )
    if secret.sites and site not in secret.sites:
        return (
            f"Agents of the site {site} may not use the secret {name}. If they may, add {site} to secrets.{name}.sites ({variable}__SITES) in "
            "the sidecar's settings."
        )
    return ""
