"""Batches of the stand-in. Every answer is checked against its contract."""

from __future__ import annotations

from typing import Any

import pytest

from demo.standin import StandIn
from sidecar import contracts
from tests.standin.client import API, EDITOR, NOBODY, Client, code


@pytest.fixture
def articles(drupal: StandIn) -> list[str]:
    """Four published articles."""
    return [drupal.add_content(f"Article {at}").uuid for at in range(4)]


def start(client: Client, **asked: Any) -> Any:
    return client.http.post(API + "batches", json={"agent": "writer"} | asked, auth=EDITOR)


def test_a_batch_is_let_in_bit_by_bit(client: Client, articles: list[str]) -> None:
    """Two at a time, one run an item; when all have ended it is done."""
    answer = start(client, items=[{"uuid": uuid} for uuid in [*articles[:3], NOBODY]], key="once")
    batch = answer.json()
    contracts.check("batch#batch", batch)
    assert (answer.status_code, batch["items"], batch["progress"]["waiting"]) == (201, 3, 1)
    assert start(client, items=[{"uuid": articles[0]}], key="once").json()["id"] == batch["id"]
    assert code(start(client, items=[{"uuid": articles[0]}], key="once", input={"a": 1})) == (422, "key_reused")
    for _ in range(3):
        for job in client.claim()["jobs"]:
            client.report(job["run"], end={"state": "completed", "reason": "done"})
    shown = client.http.get(f"{API}batches/{batch['id']}", auth=EDITOR).json()
    assert (shown["state"], shown["progress"]["runs"]) == ("done", {"completed": 3})
    runs = client.http.get(API + "runs", params={"batch": batch["id"]}, auth=EDITOR).json()["runs"]
    assert {run["batch"] for run in runs} == {batch["id"]}


def test_a_batch_is_steered(client: Client, articles: list[str]) -> None:
    """Paused, resumed, cancelled with its runs."""
    batch = start(client, filter={"limit": 3}).json()["id"]

    def told(command: str, **asked: Any) -> Any:
        return client.http.post(f"{API}batches/{batch}/{command}", json=asked, auth=EDITOR)

    assert [told(command).json()["state"] for command in ("pause", "resume")] == ["paused", "running"]
    assert told("cancel", runs=True).json()["state"] == "done"
    assert code(told("cancel", runs="all")) == (422, "invalid")
    assert code(told("explode")) == (404, "not_found")


def test_others_are_told_what_they_are_told_of_no_batch(drupal: StandIn, client: Client, articles: list[str]) -> None:
    """403 for both, and an empty list; agents have none."""
    batch = start(client, filter={}).json()["id"]
    drupal.site.accounts.add("stranger", ["view own background agent runs"], password="x")
    foreign, unknown = (client.http.get(f"{API}batches/{id}", auth=("stranger", "x")) for id in (batch, 999))
    assert (foreign.status_code, foreign.json()) == (403, unknown.json())
    assert client.http.get(API + "batches", auth=("stranger", "x")).json() == {"batches": [], "next": None}
    listed = client.http.get(API + "batches", auth=EDITOR).json()
    contracts.check("batch#list", listed)
    assert [found["id"] for found in listed["batches"]] == [batch]
    assert code(client.http.get(f"{API}batches/999", auth=EDITOR)) == (404, "not_found")
    run = drupal.dispatch("writer")
    assert code(client.http.get(API + "batches", headers=client.token(run))) == (403, "forbidden")
