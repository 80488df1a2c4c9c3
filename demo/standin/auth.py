"""Who a request comes from: the site's sidecar (signature), an agent of one run (run token), a person (key, basic), or nobody."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from demo.standin.accounts import Account, Accounts
from demo.standin.keys import DispatchKey, DispatchKeys
from demo.standin.problems import Problem
from demo.standin.store import Row, Store
from sidecar.drupal import signing
from sidecar.errors import SignatureRefused
from sidecar.runs.run import RunState

TOKEN = re.compile(
    r"bga_(?P<run>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(?P<generation>[1-9][0-9]{0,8})\.[0-9a-f]{8}\.[A-Za-z0-9_-]{43}"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks. `run` is the row of the run whose token was sent, `key` the dispatch key; None for everyone else."""

    account: Account
    run: Row | None = None
    key: DispatchKey | None = None

    @property
    def means(self) -> str:
        """How they showed who they are."""
        if self.key is not None:
            return "key"
        return "run" if self.run is not None else "anonymous" if self.account.anonymous else "basic"

    @property
    def key_id(self) -> str | None:
        """Id of the dispatch key; of a run's token: that by which its run was asked for."""
        if self.run is not None:
            return self.run["via_key"]
        return self.key.id if self.key else None

    def via(self, door: str) -> dict[str, str | None] | None:
        """How runs tell who asked for them: what an agent starts was asked for by the means of its run."""
        if self.run is not None:
            return json.loads(self.run["via"]) | {"door": door} if self.run["via"] else None
        return {"door": door, "means": self.means, "key": self.key.name if self.key else None, "client": None}

    def is_for(self, agent: str) -> bool:
        """Whether the key, if it is one, is for an agent and its runs."""
        return self.key is None or self.key.agents is None or agent in self.key.agents


class Authentication:
    """The doors of the site. `secrets`: one or two site secrets, the first one signs."""

    def __init__(self, store: Store, accounts: Accounts, secrets: tuple[str, ...]) -> None:
        self._store = store
        self._accounts = accounts
        self.secrets = secrets
        self.keys = DispatchKeys(store, accounts)

    def site_signed(self, headers: Mapping[str, str], body: bytes) -> None:
        """Accept a request that the sidecar signed, once. Raises Problem 401."""
        now = self._store.clock()
        try:
            webhook = signing.verify(self.secrets, headers, body, now, signing.TO_DRUPAL)
        except SignatureRefused as error:
            raise Problem(401, error.code, str(error)) from error
        with self._store.transaction():
            self._store.run("DELETE FROM seen_webhook WHERE expires < ?", (now,))
            fresh = self._store.changed(
                "INSERT OR IGNORE INTO seen_webhook (id, expires) VALUES (?, ?)",
                (webhook, now + signing.REMEMBER_SECONDS),
            )
        if not fresh:
            raise Problem(
                401, "replayed", "This request was accepted before. Sign a retry anew, with an id of its own."
            )

    def door(self, headers: Mapping[str, str]) -> signing.Door:
        """By which door a request comes: only the sidecar is believed. Raises Problem 401 for a header that is not its own."""
        header = headers.get(signing.CALLER_HEADER)
        if header is None:
            return "api"
        credential = headers.get("x-background-agents-key", headers.get("authorization", "")).strip()
        try:
            return signing.caller_of(self.secrets, header, credential, self._store.clock()).door
        except SignatureRefused as error:
            raise Problem(401, error.code, str(error)) from error

    def identify(self, headers: Mapping[str, str]) -> Identity:
        """The account behind a request. A bad run token or key is refused (Problem 401), a bad password is nobody."""
        authorization = headers.get("authorization", "")
        token = headers.get("x-background-agents-token")
        if token is None and authorization.startswith("Bearer bga_"):
            token = authorization.removeprefix("Bearer ")
        if token is not None:
            return self._by_token(token)
        key = headers.get("x-background-agents-key")
        if key is None and authorization.startswith("Bearer bgd_"):
            key = authorization.removeprefix("Bearer ")
        if key is not None:
            found = self.keys.of(key.strip())
            if found is None:
                raise Problem(401, "key_invalid", "The dispatch key is not known, expired or revoked.")
            return Identity(found[0], key=found[1])
        if authorization.startswith("Basic "):
            try:
                name, _, password = base64.b64decode(authorization[6:], validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return Identity(self._accounts.anonymous())
            return Identity(self._accounts.log_in(name, password))
        return Identity(self._accounts.anonymous())

    def agent(self, headers: Mapping[str, str]) -> Identity:
        """The agent of a run. Raises Problem 401 for everyone else."""
        identity = self.identify(headers)
        if identity.run is None:
            raise Problem(401, "token_missing", "Send the run token as `Authorization: Bearer bga_...`.")
        return identity

    def _by_token(self, token: str) -> Identity:
        parts = TOKEN.fullmatch(token)
        if parts is None:
            raise Problem(401, "token_malformed", "The run token is malformed.")
        run = self._store.one("SELECT * FROM run WHERE uuid = ?", (parts["run"],))
        generation = int(parts["generation"])
        if run is None or not self._authentic(token, parts["run"], generation, run["account"]):
            raise Problem(401, "token_invalid", "The run token fits no run of this site under its secrets.")
        if RunState(run["state"]).final:
            raise Problem(401, "run_ended", "The run has ended, and its token with it.")
        if generation != run["generation"]:
            raise Problem(401, "generation_old", "The run was retried: an older try may not act any more.")
        account = self._accounts.by_uuid(run["account"])
        if account is None or not account.active:
            raise Problem(401, "account_blocked", "The agent's account is blocked or gone. Unblock it on the site.")
        if not account.agent:
            raise Problem(401, "not_an_agent_account", f"{account.name} has no agent role. Give it one on the site.")
        requester = self._accounts.by_uuid(run["requester"])
        if run["requester"] and (requester is None or not requester.active):
            raise Problem(
                401, "requester_lost", "The person who asked for the run is blocked or gone. Let someone else ask."
            )
        if self._store.setting("stopped", False):
            raise Problem(403, "site_stopped", "All agents of this site are stopped. Start them in the settings.")
        return Identity(account, run)

    def _authentic(self, token: str, run: str, generation: int, account: str) -> bool:
        return any(signing.run_token(secret, run, generation, account) == token for secret in self.secrets)
