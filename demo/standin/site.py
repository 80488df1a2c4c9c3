"""The site: everything the stand-in is made of, put together."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from demo.standin.accounts import ALL, ANONYMOUS_PERMISSIONS, Account, Accounts, drafting
from demo.standin.agents import Agents
from demo.standin.auth import Authentication
from demo.standin.batches import Batches
from demo.standin.commands import Commands
from demo.standin.content import Content
from demo.standin.dispatcher import Dispatcher
from demo.standin.drafts import DraftWriter
from demo.standin.events import EventIntake
from demo.standin.jsonapi.endpoints import JsonApi
from demo.standin.listing import Listing
from demo.standin.outbox import Outbox, SqliteOutbox
from demo.standin.problems import Problem
from demo.standin.push import Pusher
from demo.standin.reviews import Reviews
from demo.standin.runs import ADDRESSES, Runs
from demo.standin.schedules import Schedules
from demo.standin.store import Partner, Store
from demo.standin.webhooks import Webhooks

# Known to everyone: the stand-in listens on loopback only.
DEFAULT_SECRET = "whsec_" + "c3RhbmQtaW4tc2VjcmV0LWZvci10ZXN0cy1vbmx5ISE="
EDITOR = "editor"
PASSWORD = "editor"  # noqa: S105


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """How a stand-in is set up. `db`: a file, or `:memory:`. `sidecar_url`: where jobs are pushed, None when they are fetched.
    `control`: whether tests may command it over HTTP."""

    id: str = "default"
    secrets: tuple[str, ...] = (DEFAULT_SECRET,)
    db: str = ":memory:"
    sidecar_url: str | None = None
    control: bool = False
    name: str = "Demo site"
    cron_seconds: float = 1.0
    configured_url: str = ""
    """The base URL in the site's own settings: what tells it from its copies."""


class Site:
    """One Drupal with the module. `outbox` replaces the one in SQLite."""

    def __init__(
        self,
        options: SiteOptions | None = None,
        *,
        clock: Callable[[], float] = time.time,
        new_uuid: Callable[[], str] = lambda: str(uuid.uuid4()),
        outbox: Outbox | None = None,
    ) -> None:
        self.options = options or SiteOptions()
        self.store = Store(self.options.db, clock, new_uuid)
        self.accounts = Accounts(self.store)
        self.content = Content(self.store)
        self.outbox = outbox or SqliteOutbox(self.store)
        if isinstance(outbox, Partner):
            self.store.partner = outbox
        self.auth = Authentication(self.store, self.accounts, self.options.secrets)
        self.agents = Agents(self.store, self.accounts)
        self.runs = Runs(self.store, self.agents, self.outbox, self.options.id)
        self.dispatcher = Dispatcher(self.store, self.agents, self.runs, self.outbox, self._wake)
        self.listing = Listing(self.store, self.runs, self.content)
        self.reviews = Reviews(self.store, self.agents, self.runs, self.content, self._wake)
        self.commands = Commands(self.store, self.agents, self.runs, self.reviews, self._wake)
        self.batches = Batches(self.store, self.agents, self.content, self.dispatcher, self.commands, self.runs)
        self.events = EventIntake(self.store, self.runs, self.commands, self.reviews, self.outbox, self.options.id)
        self.schedules = Schedules(self.store, self.dispatcher)
        self.webhooks = Webhooks(self.store, self.runs, self.options.id)
        self.events.asks = self.webhooks.asks
        self.base_url = ""
        """Address of the site, once it is known."""
        self.lent_keys: dict[str, str] = {}
        """Keys of model providers that the sidecar is lent, by provider."""
        self.drafts = DraftWriter(self.store, self.content, self.runs, self.outbox, lambda: self.base_url)
        self.jsonapi = JsonApi(self.store, self.content, self.accounts)
        self.pusher: Pusher | None = None
        self._seed()
        if self.options.sidecar_url:
            self.push_to(self.options.sidecar_url)

    def push_to(self, url: str) -> None:
        """Send jobs and commands to the sidecar at `url` from now on."""
        if self.pusher is not None:
            self.pusher.stop()
        secret = self.options.secrets[0]
        self.pusher = Pusher(
            self.store, self.runs, self.commands, self.outbox, self.identity(), secret, url, self.options.cron_seconds
        )
        self.pusher.tell_schedules(self.schedules.version)
        self.pusher.start()

    def identity(self) -> dict[str, str]:
        """Which site this is, by its own settings: in every signed document, and in the answers to the sidecar's."""
        return {"site": self.options.id, "base_url": self.options.configured_url}

    def meant(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document, when it is meant for this site. Raises Problem 409 when it is for another one."""
        for name, own in self.identity().items():
            told = document.get(name, own)
            if isinstance(told, str) and told.rstrip("/") != own:
                detail = (
                    f"This is the site {own!r} by its settings ({name}), not {told!r}. Correct the sidecar's settings, or, if the site has "
                    f"moved, run: sidecar accept-site {self.options.id}."
                )
                raise Problem(409, "wrong_site", detail, this=self.identity())
        return document

    def stop_agents(self, stopped: bool = True) -> None:
        """The switch that stops all agents of the site, or lets them go on."""
        self.store.set("stopped", stopped)
        self._wake()

    def lock(self, entity: str, reason: str | None) -> None:
        """Keep an item from being saved, with the reason; None: let it be saved again."""
        self.store.set("locks", self.store.setting("locks", {}) | {entity: reason})

    def add_agent_account(self, name: str, bundles: tuple[str, ...] = ("article",)) -> Account:
        """An account with the agent role that may draft these content types."""
        return self.accounts.by_name(name) or self.accounts.add(name, drafting(*bundles), roles=("agent",))

    def close(self) -> None:
        """End the push thread and close the database."""
        if self.pusher is not None:
            self.pusher.stop()
        self.store.close()

    def status(self) -> dict[str, Any]:
        """The answer of `POST status`."""
        counts = self.store.all("SELECT state, COUNT(*) AS n FROM run GROUP BY state")
        return {
            **self.identity(),
            "module": "stand-in",
            "core": "stand-in",
            "jsonapi_read_only": bool(self.store.setting("jsonapi.read_only", False)),
            "stopped": bool(self.store.setting("stopped", False)),
            "maintenance": bool(self.store.setting("maintenance", False)),
            "agents": [self._agent_status(agent) for agent in self.agents.all()],
            "counts": {row["state"]: row["n"] for row in counts},
            "checks": self.store.setting("checks", []),
            "private_path": False,
            "addresses": ADDRESSES,
            "samples": self._samples(),
        }

    def _samples(self) -> list[dict[str, str]]:
        """A published item of a type that an agent works with."""
        places = [place for agent in self.agents.all() for place in agent["binding"].get("content", {}).get("node", {})]
        shown = [item for place in places for item in self.content.all("node", place) if item.published]
        return [
            {"langcode": item.langcode, "entity_type": "node", "bundle": item.bundle, "id": item.uuid}
            for item in shown[:1]
        ]

    def _agent_status(self, agent: dict[str, Any]) -> dict[str, Any]:
        account = self.agents.account_of(agent["id"])
        bundles = [
            b
            for kinds in agent["binding"].get("content", {}).values()
            for b, may in kinds.items()
            if set(may) - {"read"}
        ]
        missing = [
            f'The account needs the permission "{permission}".'
            for permission in drafting(*bundles)
            if account is None or not account.may(permission)
        ]
        return {
            "id": agent["id"],
            "label": agent["label"],
            "status": bool(agent.get("status", True)),
            "model": agent["binding"]["model"],
            "mcp_servers": agent["binding"].get("mcp_servers", []),
            "account": account.name if account else None,
            "active": bool(agent.get("status", True)) and account is not None and account.active,
            "missing": missing,
        }

    def _wake(self) -> None:
        if self.pusher is not None:
            self.pusher.wake()

    def _seed(self) -> None:
        """The accounts that every site has. Nothing when the file was used before."""
        self.store.set("site.name", self.options.name)
        with self.store.transaction():
            if self.accounts.all():
                return
            self.accounts.add("anonymous", sorted(ANONYMOUS_PERMISSIONS), uid=0)
            self.accounts.add("admin", [ALL], uid=1)
            self.accounts.add(EDITOR, [ALL], password=PASSWORD, roles=("content_editor",))
