"""Another person's run, by each route of REST: refused, the same of every run, with no word of it in body or headers."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import httpx

from demo.standin import StandIn
from sidecar import contracts
from tests.integration.test_agents_start_agents import script
from tests.support.process import sidecar

RIGHTS = ["run any background agent", "view own background agent runs", "manage own background agent runs"]
COMMANDS = ("cancel", "pause", "resume", "retry", "answer", "decide", "send-back")
BODIES: dict[str, Any] = {
    "answer": {"id": "q1", "decision": "approve"},
    "decide": {"id": "q1", "decision": "approve"},
    "send-back": {"note": "x"},
}
CALLS = [
    *(("GET", path) for path in ("", "?wait=1", "/events", "/events?after=1", "/drafts")),
    *(("POST", f"/{command}") for command in COMMANDS),
]
OWN_WORDS = ("Unmistakable", "writer", "completed", "waiting", "ann")


def basic(name: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:secret".encode()).decode()}


async def test_all_routes_say_the_same_of_each(redis_url: str, tmp_path: Path) -> None:
    """Of one that has ended with a draft and an output, and of one that asks. Streams are refused before they begin."""
    with StandIn() as drupal:
        for name in ("ann", "bob"):
            drupal.site.accounts.add(name, RIGHTS, password="secret")
        draft = {"entity_type": "node", "bundle": "article", "fields": {"title": "Unmistakable"}, "summary": "x"}
        steps = [{"tool_calls": [{"name": "create_draft", "arguments": draft}]}, {"text": "Unmistakable"}]
        script(tmp_path, "writer", *steps)
        drupal.add_agent("writer", model="scripted:writer", label="Unmistakable")
        drupal.add_agent("asker", model="scripted:writer", limits={"steps": 1, "on_limit": "ask"})
        ann = drupal.site.accounts.by_name("ann")
        async with sidecar(redis_url, drupal, scripts_dir=tmp_path) as running:
            drupal.push_to(f"http://127.0.0.1:{running.port}")
            runs = [drupal.dispatch(agent, requester=ann) for agent in ("writer", "asker")]
            await asyncio.to_thread(drupal.wait, runs[0], 30, "completed")
            await asyncio.to_thread(drupal.wait, runs[1], 30, "waiting")
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{running.port}", headers=basic("bob"), timeout=60
            ) as web:
                for accept in ("application/json", "text/event-stream"):
                    for method, path in CALLS:
                        body = BODIES.get(path[1:], {}) if method == "POST" else None
                        said: list[tuple[int, dict[str, str], str]] = []
                        for run in runs:
                            answer = await web.request(
                                method, f"/v1/runs/{run}{path}", json=body, headers={"Accept": accept}
                            )
                            headers = {name: text for name, text in answer.headers.items() if name != "date"}
                            said.append((answer.status_code, headers, answer.text.replace(run, "RUN")))
                        assert said[0] == said[1], (method, path)
                        assert said[0][0] == 403, (method, path)
                        contracts.check("problem", json.loads(said[0][2]))
                        assert not [word for word in OWN_WORDS if word in said[0][2]], (method, path, said[0][2])
                assert (await web.get("/v1/runs")).json()["runs"] == []
            assert drupal.run(runs[1])["state"] == "waiting"
