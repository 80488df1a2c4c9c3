"""The agents of the site, and the accounts that they act as."""

from __future__ import annotations

import json
from typing import Any

from demo.standin.accounts import Account, Accounts
from demo.standin.store import Store


class Agents:
    """Agents as configuration; which account is whose is the site's own."""

    def __init__(self, store: Store, accounts: Accounts) -> None:
        self._store = store
        self.accounts = accounts

    def add(self, config: dict[str, Any], account: Account) -> None:
        """Store an agent (contracts/agent), replacing one of the same id, and note which account of this site is its."""
        sql = "INSERT INTO agent (id, config) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET config = excluded.config"
        self._store.run(sql, (config["id"], json.dumps(config, ensure_ascii=False)))
        self._store.run(
            "INSERT OR REPLACE INTO agent_account (agent, account) VALUES (?, ?)", (config["id"], account.uuid)
        )

    def account_of(self, agent_id: str) -> Account | None:
        """The account that an agent acts as on this site, blocked or not."""
        row = self._store.one("SELECT account FROM agent_account WHERE agent = ?", (agent_id,))
        return self.accounts.by_uuid(row["account"]) if row else None

    def all(self) -> list[dict[str, Any]]:
        """All agents (contracts/agent)."""
        return [json.loads(row["config"]) for row in self._store.all("SELECT config FROM agent ORDER BY id")]

    def enabled(self) -> list[dict[str, Any]]:
        """Those that may be dispatched: by everybody with an account here."""
        return [agent for agent in self.all() if agent.get("status", True)]

    def get(self, agent_id: str) -> dict[str, Any] | None:
        """One agent."""
        row = self._store.one("SELECT config FROM agent WHERE id = ?", (agent_id,))
        return None if row is None else json.loads(row["config"])
