"""Dispatch keys of people: `bgd_<id>_<secret>`, of which the site keeps a hash."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from demo.standin.accounts import Account, Accounts
from demo.standin.store import Store

_TOKEN = re.compile(r"bgd_([a-z0-9]{10})_([A-Za-z0-9_-]{43})", re.ASCII)
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class DispatchKey:
    """A key. `agents`: the ones that it is for, and whose runs it sees; None: all. `expires`: Unix time, None: never."""

    id: str
    name: str
    agents: tuple[str, ...] | None
    expires: float | None


class DispatchKeys:
    """The keys in the store."""

    def __init__(self, store: Store, accounts: Accounts) -> None:
        self._store = store
        self._accounts = accounts

    def add(
        self, owner: Account, name: str = "Key", agents: Sequence[str] | None = None, expires: float | None = None
    ) -> str:
        """Make a key; its text is known to nobody else from then on."""
        id, secret = "".join(secrets.choice(_LETTERS) for _ in range(10)), secrets.token_urlsafe(32)
        self._store.run(
            "INSERT INTO dispatch_key (id, hash, account, name, agents, expires) VALUES (?, ?, ?, ?, ?, ?)",
            (id, _hash(secret), owner.uuid, name, None if agents is None else json.dumps(list(agents)), expires),
        )
        return f"bgd_{id}_{secret}"

    def revoke(self, text: str) -> None:
        """From the next request on nobody is let in by it."""
        self._store.run("DELETE FROM dispatch_key WHERE id = ?", (text[4:14],))

    def of(self, text: str) -> tuple[Account, DispatchKey] | None:
        """Whose key it is; None: nobody's, or of one that may not use it any more."""
        match = _TOKEN.fullmatch(text)
        row = self._store.one("SELECT * FROM dispatch_key WHERE id = ?", (match[1],)) if match else None
        if match is None or row is None or not hmac.compare_digest(row["hash"], _hash(match[2])):
            return None
        owner = self._accounts.by_uuid(row["account"])
        is_over = row["expires"] is not None and row["expires"] <= self._store.clock()
        if is_over or owner is None or not owner.active or owner.agent:
            return None
        agents = None if row["agents"] is None else tuple(json.loads(row["agents"]))
        return owner, DispatchKey(row["id"], row["name"], agents, row["expires"])


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
