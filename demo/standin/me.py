"""Who a request is for the site: contracts/me."""

from __future__ import annotations

from typing import Any

from demo.standin import times
from demo.standin.agents import Agents
from demo.standin.auth import Identity


def document(identity: Identity, agents: Agents) -> dict[str, Any]:
    """What `GET me` answers. Everybody with an account may dispatch all agents here and follow all runs."""
    account, run = identity.account, identity.run
    key = identity.key
    runs = "none" if account.anonymous else "own" if run is not None or key is not None else "any"
    may = [] if account.anonymous else [agent["id"] for agent in agents.enabled() if identity.is_for(agent["id"])]
    found: dict[str, Any] = {
        "account": None if account.anonymous else account.uuid,
        "name": account.name,
        "anonymous": account.anonymous,
        "roles": list(account.roles),
        "means": identity.means,
        "key": None if key is None else {"id": key.id, "name": key.name},
        "client": None,
        "scopes": [],
        "agents": may,
        "runs": runs,
        "manage": runs,
        "expires": times.wire(key.expires) if key is not None and key.expires is not None else None,
    }
    return found if run is None else found | {"run": run["uuid"], "agent": run["agent"]}
