"""Asks a stand-in, and checks each answer against its contract."""

from __future__ import annotations

import json
from typing import Any

import httpx

from demo.standin import StandIn
from demo.standin.site import PASSWORD
from sidecar import contracts
from sidecar.drupal import signing

API = "/background-agents/v1/"
NOBODY = "00000000-0000-4000-8000-000000000000"
EDITOR = ("editor", PASSWORD)


class Client:
    """Asks a stand-in as the sidecar (signed), as an agent (run token) or as a person."""

    def __init__(self, drupal: StandIn) -> None:
        self.drupal = drupal
        self.http = httpx.Client(base_url=drupal.url, timeout=60, trust_env=False)

    def signed(self, path: str, body: dict[str, Any]) -> httpx.Response:
        raw = json.dumps(body).encode()
        headers = signing.sign(self.drupal.secret, raw, int(self.drupal.site.store.clock()), signing.new_id())
        return self.http.post(API + path, content=raw, headers=headers)

    def token(self, run: str) -> dict[str, str]:
        """A run speaks once its job was handed out."""
        shown = self.drupal.run(run)
        if shown["attempt"] == 0:
            self.claim(runs=[run])
        made = signing.run_token(self.drupal.secret, run, shown["generation"], shown["account"])
        return {"Authorization": f"Bearer {made}"}

    def draft(self, run: str, **changes: Any) -> httpx.Response:
        request = {
            "key": "a" * 64,
            "run": run,
            "attempt": 1,
            "generation": 1,
            "operation": "create",
            "entity_type": "node",
            "bundle": "article",
            "fields": {"title": "A draft"},
            "summary": "Made for a test.",
        }
        asked = {name: value for name, value in (request | changes).items() if value is not None}
        return self.http.post(API + "drafts", json=asked, headers=self.token(run))

    def report(self, run: str, *events: dict[str, Any], **more: Any) -> dict[str, Any]:
        item = {"run": run, "attempt": 1, "generation": 1, "events": list(events)}
        item |= {name: more.pop(name) for name in ("end", "attempt", "generation") if name in more}
        answer = self.signed("events", {"site": "default", "sender": "test", "runs": [item], **more})
        assert answer.status_code == 200, answer.text
        contracts.check("events#answer", answer.json())
        return answer.json()

    def claim(self, **request: Any) -> dict[str, Any]:
        answer = self.signed("jobs/claim", {"worker": "test", "limit": 50} | request)
        assert answer.status_code == 200, answer.text
        for job in answer.json()["jobs"]:
            contracts.check("job", job)
        return answer.json()


def event(seq: int, type: str = "step_started", **data: Any) -> dict[str, Any]:
    document = {"seq": seq, "type": type, "time": "2026-11-20T10:00:00.000000Z", "data": data or {"number": 1}}
    return document | {"hash": f"{seq:032x}"}


def code(answer: httpx.Response) -> tuple[int, str]:
    contracts.check("problem", answer.json())
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]
