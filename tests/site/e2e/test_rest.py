"""The REST door of the real sidecar, with a key of the real Drupal: from the list of agents to the draft, and what a key does not open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from sidecar import contracts
from tests.site.e2e.system import World, until
from tests.site.people import php

MAKE = """
$user = \\Drupal\\user\\Entity\\User::load(%d);
user_role_grant_permissions('e2e_editor', ['have dispatch keys for background agents']);
$token = $$Key\\DispatchKeyToken::make(uniqid());
\\Drupal::service($$Key\\KeyStore::class)->insert(new $$Key\\DispatchKey($token->id, (int) $user->id(), 'Script', %s, time()), $token);
print json_encode($token->text());
"""
FORGET = "\\Drupal::database()->delete('background_agents_key')->execute();"


def key(world: World, agents: str = "NULL") -> dict[str, str]:
    """The header of a new key of the editor."""
    text = php(world.site, MAKE % (world.accounts["editor"]["id"], agents))
    return {"Authorization": f"Bearer {text}"}


@contextmanager
def caller(world: World, headers: dict[str, str]) -> Iterator[httpx.Client]:
    """A client of the sidecar's door."""
    with httpx.Client(base_url=f"{world.up.url}/v1", headers=headers, timeout=60) as client:
        yield client


@pytest.fixture
def web(world: World) -> Iterator[httpx.Client]:
    """With a key for all agents."""
    with caller(world, key(world)) as client:
        yield client


def refused(answer: httpx.Response, *statuses: int) -> dict[str, Any]:
    """A problem document with one of these statuses."""
    assert answer.status_code in statuses, answer.text
    contracts.check("problem", answer.json())
    return answer.json()


def test_from_the_list_of_agents_to_the_draft(world: World, web: httpx.Client) -> None:
    """As the documentation tells it; Drupal knows by which door it came, and whose it is."""
    listed = {agent["id"]: agent for agent in web.get("/agents").json()["agents"]}
    assert listed["writer"] == web.get("/agents/writer").json()
    order = {"agent": "writer", "input": {"nonce": "rest"}}
    begun = web.post("/runs?wait=45", json=order, headers={"Idempotency-Key": "rest-1"})
    assert begun.status_code == 201, begun.text
    run = begun.json()
    assert (run["state"], run["output"], run["trigger"]["type"]) == ("completed", {"title": "Done"}, "api"), run
    assert run["requester"]["name"] == "e2e_editor"
    assert web.post("/runs", json=order, headers={"Idempotency-Key": "rest-1"}).json()["uuid"] == run["uuid"]
    page = web.get(f"/runs/{run['uuid']}/events").json()
    assert [event["seq"] for event in page["events"]] == list(range(1, page["last_seq"] + 1))
    (draft,) = web.get(f"/runs/{run['uuid']}/drafts").json()["drafts"]
    assert {field["name"]: field["after"] for field in draft["fields"]}["title"] == "Written by an agent"
    assert run["uuid"] in {found["uuid"] for found in web.get("/runs?agent=writer&state=completed").json()["runs"]}
    world.settled(run["uuid"])


def test_a_stream_follows_and_a_cancel_ends_it(world: World, web: httpx.Client) -> None:
    """From Redis: as it happens, without a gap."""
    run = web.post("/runs", json={"agent": "slow"}).json()["uuid"]
    seqs: list[int] = []
    with web.stream("GET", f"/runs/{run}/events", headers={"Accept": "text/event-stream"}) as stream:
        for line in stream.iter_lines():
            if line.startswith("data:"):
                event = json.loads(line.removeprefix("data:"))
                seqs.append(event["seq"])
                if event["type"] == "change_saved":
                    assert web.post(f"/runs/{run}/cancel", json={"note": "Enough."}).status_code == 202
    assert seqs == list(range(1, len(seqs) + 1))
    until(lambda: world.row(run)["state"] == "cancelled", 5, "Drupal knows of it")
    refused(web.post(f"/runs/{run}/cancel", json={"why": "x"}), 422)


def test_a_client_that_went_away_gets_its_run(world: World, web: httpx.Client) -> None:
    """It gives up after a moment, and asks again as before."""
    order = {"agent": "pausing", "input": {"nonce": "gone"}}
    with pytest.raises(httpx.ReadTimeout):
        web.post("/runs?wait=45", json=order, timeout=1)
    again = web.post("/runs", json=order).json()
    found = [one for one in web.get("/runs?agent=pausing").json()["runs"] if one["uuid"] != again["uuid"]]
    assert [one for one in found if world.row(one["uuid"])["state"] not in ("completed", "failed")] == []
    world.completed(again["uuid"])


def test_a_key_opens_what_it_is_for(world: World) -> None:
    """Its agents and their runs; the run of somebody else, and of another agent, are not told of."""
    other = world.run("writer")
    with caller(world, key(world, "['failing_never', 'slow']")) as web:
        assert {agent["id"] for agent in web.get("/agents").json()["agents"]} == {"slow"}
        refused(web.get("/agents/writer"), 404)
        refused(web.post("/runs", json={"agent": "writer"}), 403, 404)
        refused(web.get(f"/runs/{other}"), 403, 404)
        refused(web.get(f"/runs/{other}/drafts"), 403, 404)
        refused(web.post(f"/runs/{other}/cancel"), 403, 404)
        assert other not in {run["uuid"] for run in web.get("/runs").json()["runs"]}


def test_who_may_not(world: World) -> None:
    """One answer for what is wrong, unknown or revoked."""
    revoked = key(world)
    world.site.php(FORGET)
    run = world.run("slow")
    wrong = [
        revoked,
        {"Authorization": "Bearer bgd_short"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic !"},
    ]
    for headers in wrong:
        with caller(world, headers) as web:
            for path in ("/agents", "/runs", f"/runs/{run}", f"/runs/{run}/events"):
                answer = web.get(path)
                refused(answer, 401)
                assert answer.headers["www-authenticate"].startswith("Bearer")
    row = world.row(run)
    assert row["uuid"] == run
    world.command(run, "cancel")
