"""The stand-in as tests, the demo and the bench use it: in a thread of this process, or as a process of its own."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from types import TracebackType
from typing import Any, Self

import uvicorn

from demo.standin.app import make_app
from demo.standin.content import Revision
from demo.standin.faults import Fault, FaultPlan
from demo.standin.fields import BUNDLES
from demo.standin.outbox import Outbox
from demo.standin.seen import Seen
from demo.standin.site import DEFAULT_SECRET, Site, SiteOptions

START_SECONDS = 60.0


class StandIn:
    """A Drupal on a free loopback port. Use it as a context manager.

    with StandIn(sidecar_url=...) as drupal:
        drupal.add_agent("editor_in_chief", tools=["create_draft"])
        run = drupal.dispatch("editor_in_chief", {"topic": "..."})
        drupal.wait(run)
    """

    def __init__(
        self, *, port: int = 0, outbox: Outbox | None = None, options: SiteOptions | None = None, **values: Any
    ) -> None:
        self.site = Site(options or SiteOptions(**values), outbox=outbox)
        self.faults = FaultPlan()
        self.requests: list[Seen] = []
        """Requests that reached the site, oldest first."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self.url = self.site.base_url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            make_app(self.site, self.faults, self.requests),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
            ws="none",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="standin", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serve from a thread; returns when requests are answered."""
        self._thread.start()
        self._await(lambda: self._server.started or not self._thread.is_alive(), START_SECONDS, "the stand-in to start")
        if not self._thread.is_alive():
            raise RuntimeError("The stand-in did not start.")

    def stop(self) -> None:
        """End the server, the push thread and the database."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(START_SECONDS)
        self._socket.close()
        self.site.close()

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])

    @property
    def secret(self) -> str:
        """The site secret that signs."""
        return self.site.options.secrets[0]

    def push_to(self, url: str) -> None:
        """Push jobs to the sidecar at `url` from now on."""
        self.site.push_to(url)

    def add_agent(
        self,
        agent_id: str,
        *,
        model: str = "scripted:test",
        tools: list[str] | None = None,
        prompt: str = "You are a test.",
        content: dict[str, Any] | None = None,
        account: str | None = None,
        label: str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Add an agent with an account of its own. `content` as in the binding. `more`: `description`, `limits`, `input_schema`,
        `output_schema`, `mcp_servers`, `agents`, `model_settings`, `rules`, `examples`.
        The agent, as contracts/agent has it."""
        content = content if content is not None else {"node": {"article": ["read", "create", "revise"]}}
        bundles = tuple(bundle for bundles in content.values() for bundle in bundles)
        owner = self.site.add_agent_account(account or f"agent_{agent_id}", bundles)
        definition = {
            "system_prompt": prompt,
            "input_schema": more.pop("input_schema", None),
            "output_schema": more.pop("output_schema", None),
            "tools": tools if tools is not None else ["read_item", "find_items", "create_draft", "revise_draft"],
        }
        rules, examples = more.pop("rules", []), more.pop("examples", [])
        agent: dict[str, Any] = {
            "id": agent_id,
            "label": label or agent_id.replace("_", " ").capitalize(),
            "description": more.pop("description", ""),
            "status": True,
            "definition": definition,
            "binding": {"model": model, "content": content, **more},
            "rules": rules,
        }
        agent["version"] = 1
        agent["hash"] = hashlib.sha256(json.dumps(agent, sort_keys=True).encode()).hexdigest()
        self.site.agents.add(agent | ({"examples": examples} if examples else {}), owner)
        return agent

    def add_content(
        self,
        title: str,
        body: str = "",
        *,
        bundle: str = "article",
        state: str = "published",
        tags: list[str] | None = None,
    ) -> Revision:
        """An item as an editor would write it."""
        fields: dict[str, Any] = {"title": title, "body": {"value": body, "format": "basic_html", "summary": None}}
        admin = self.site.accounts.by_name("editor")
        assert admin is not None
        return self.site.content.create(
            BUNDLES["node", bundle], fields | {"field_tags": tags or []}, state=state, author=admin.uuid
        )

    def add_tag(self, name: str) -> str:
        """A term of the vocabulary Tags; its UUID."""
        fields = {"name": name, "description": None}
        return self.site.content.create(BUNDLES["taxonomy_term", "tags"], fields, state="published", author="").uuid

    def dispatch(
        self, agent: str, input: dict[str, Any] | None = None, trigger: dict[str, Any] | str = "manual", **options: Any
    ) -> str:
        """Start a run; its UUID. `trigger`: a type, or the whole of it. `options`: `key`, `requester`, `parent`."""
        whole = {"type": trigger} if isinstance(trigger, str) else trigger
        run, _ = self.site.dispatcher.dispatch(agent, input or {}, whole, **options)
        return str(run["uuid"])

    def schedule(self, agent: str, *due: int, input: dict[str, Any] | None = None) -> str:
        """Let an agent start at these Unix seconds; the UUID of the trigger."""
        return self.site.schedules.add(agent, list(due), input)

    def webhook(self, agent: str, url: str) -> str:
        """Let an address be told what comes of an agent's runs; the secret that signs."""
        return self.site.webhooks.add(agent, url)[1]

    def key_webhook(self, key: str, url: str) -> str:
        """Let an address be told what comes of the runs that a dispatch key (its whole text) has started; the secret that signs."""
        return self.site.webhooks.add("", url, key=key[4:14])[1]

    @property
    def deliveries(self) -> list[dict[str, Any]]:
        """What webhooks were told, the oldest first."""
        return self.site.webhooks.deliveries()

    @property
    def runs(self) -> list[dict[str, Any]]:
        """All runs (contracts/run), oldest first."""
        return [self.site.runs.show(run) for run in self.site.runs.all()]

    def run(self, run: str) -> dict[str, Any]:
        """One run (contracts/run)."""
        return self.site.runs.show(self.site.runs.get(run))

    def events(self, run: str, after: int = 0) -> list[dict[str, Any]]:
        """All events of a run (contracts/event) behind a seq."""
        return self.site.events.stored(self.site.runs.get(run), after, 100_000)

    def drafts(self, run: str) -> list[dict[str, Any]]:
        """The changes of a run (contracts/change), each with `before` and `after`: the fields of the two revisions (before: None when new)."""
        changes = self.site.runs.changes(run)
        return [
            change
            | {"before": self._fields(change["base_revision"]), "after": self._fields(change["revision"])}
            | {"url": f"{self.url}/node/{change['entity_id']}/latest"}
            for change in changes
        ]

    def fail(self, path: str = "*", status: int | None = 500, times: int = 1, **how: Any) -> None:
        """Let the next requests to a path go wrong. `how`: `delay`, `when`, `drop`, `method`, `retry_after` (see faults.Fault)."""
        self.faults.add(Fault(path=path, status=status, times=times, **how))

    def send_back(
        self, run: str, *texts: str, change: str | None = None, field: str | None = None, by: str = "editor"
    ) -> None:
        """Send the drafts of a run back with remarks, as an editor does on their page. `change`: of one draft; `field`: of a field of it."""
        about = {name: value for name, value in {"change": change, "field": field}.items() if value}
        self.site.reviews.send(run, [{"text": text} | about for text in texts], by)

    def lock(self, entity: str, reason: str | None = "Somebody is editing the item and has locked it.") -> None:
        """Keep an item (UUID) from being saved, as an editor does who has it open; None: let it be saved again."""
        self.site.lock(entity, reason)

    def wait(self, run: str, timeout: float = 60.0, state: str | None = None) -> dict[str, Any]:
        """Wait until a run is over (or in `state`); the run. Raises TimeoutError that says where it stands."""

        def there() -> bool:
            now = self.site.runs.get(run)["state"]
            return now == state if state else now in ("completed", "failed", "cancelled", "expired")

        try:
            self._await(there, timeout, "")
        except TimeoutError:
            shown = self.run(run)
            last = self.events(run)[-1:]
            raise TimeoutError(f"Run {run} is {shown['state']} after {timeout} s, last event {last}.") from None
        return self.run(run)

    def _fields(self, vid: int | None) -> dict[str, Any] | None:
        revision = self.site.content.revision(vid) if vid else None
        return None if revision is None else revision.fields

    @staticmethod
    def _await(condition: Any, timeout: float, what: str) -> None:
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"Waited {timeout} s for {what}.")
            time.sleep(0.01)


__all__ = ["DEFAULT_SECRET", "StandIn"]
