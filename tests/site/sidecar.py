"""A sidecar for the site tests: signs requests, claims jobs, reports events."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

import httpx

from sidecar.drupal import signing
from tests.site.drupal import API, SECRET, Site


class Sidecar:
    """Signed requests to a site. `site_id` is the one of the site's settings."""

    def __init__(self, site: Site, site_id: str = "default") -> None:
        self.site, self.site_id = site, site_id

    def post(self, path: str, document: Any, **options: Any) -> httpx.Response:
        """Signs and sends a document, or raw bytes. Options: `secret`, `id`, `now`, and those of httpx."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        headers = signing.sign(
            options.pop("secret", SECRET),
            body,
            int(options.pop("now", time.time())),
            options.pop("id", None) or signing.new_id(),
        )
        headers |= {"content-type": "application/json"} | options.pop("headers", {})
        return self.site.http.post(f"{API}/{path}", content=body, headers=headers, **options)

    def get(self, path: str) -> httpx.Response:
        """Signs and sends a request without a body."""
        return self.site.http.get(
            f"{API}/{path}", headers=signing.sign(SECRET, b"", int(time.time()), signing.new_id())
        )

    def claim(self, **members: Any) -> list[dict[str, Any]]:
        """Claims jobs."""
        answer = self.post("jobs/claim", {"worker": "test-worker"} | members)
        assert answer.status_code == 200, answer.text
        return answer.json()["jobs"]

    def await_jobs(self, trigger: str) -> list[dict[str, Any]]:
        """Jobs of a trigger type that are made after a response: asks again for at most 5 seconds."""
        end = time.monotonic() + 5
        found: list[dict[str, Any]] = []
        while not found and time.monotonic() < end:
            found = [job for job in self.claim() if job["trigger"]["type"] == trigger]
        return found

    def report(self, *items: dict[str, Any], **members: Any) -> dict[str, Any]:
        """Sends a batch; the whole answer."""
        answer = self.post("events", self.batch(*items, **members))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def batch(self, *items: dict[str, Any], **members: Any) -> dict[str, Any]:
        """A batch of items."""
        return {"site": self.site_id, "sender": "test", "runs": list(items)} | members


def event(seq: int, type_: str = "step_started", **data: Any) -> dict[str, Any]:
    """An event with its hash."""
    document: dict[str, Any] = {
        "seq": seq,
        "type": type_,
        "time": "2026-09-21T14:13:20.000000Z",
        "data": data or {"number": 1},
    }
    return document | {"hash": hashlib.sha256(json.dumps(document).encode()).hexdigest()[:32]}


def item(run: str, *events: dict[str, Any], attempt: int = 1, generation: int = 1, **members: Any) -> dict[str, Any]:
    """What a batch says of one run."""
    return {"run": run, "attempt": attempt, "generation": generation, "events": list(events)} | members
