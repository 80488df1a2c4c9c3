"""The stand-in gives the answers of the contracts' vectors: what is proven against it holds for the module, which runs the same ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from demo.standin import Site, SiteOptions
from demo.standin.auth import Identity
from demo.standin.drafts import request_hash
from demo.standin.fields import BUNDLES
from demo.standin.problems import Problem
from demo.standin.spending import days
from sidecar.drupal import signing
from tests.contract.cases import cases, vectors
from tests.standin.make import AGENT, RUN, add_agent, add_run

Case = dict[str, Any]
NODE = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    add_agent(site)
    yield site
    site.close()


@pytest.mark.parametrize("case", cases("event-intake"))
def test_event_intake(site: Site, case: Case) -> None:
    """Each batch gets the recorded answer and leaves the run as told, with the events 1 to last_seq."""
    if case["given"] is not None:
        given_run(site, case["given"])
    for step in case["steps"]:
        batch = {"site": "default", "sender": "test", "runs": [step["item"]]}
        answer = site.events.take(batch)["runs"][RUN]
        assert answer.get("refused_seq") == step["answer"].get("refused_seq")
        assert {key: answer[key] for key in ("status", "last_seq", "ended")} == {
            key: step["answer"][key] for key in ("status", "last_seq", "ended")
        }
        if step["then"] is not None:
            shown = site.runs.show(site.runs.get(RUN))
            assert {key: shown[key] for key in step["then"]} == step["then"]
            stored = site.events.stored(site.runs.get(RUN), 0, 1000)
            assert [event["seq"] for event in stored] == list(range(1, answer["last_seq"] + 1))


@pytest.mark.parametrize("case", cases("spending"))
def test_spending(case: Case) -> None:
    """Each day gets what was spent on it."""
    assert days(case["before"], case["after"], case["events"], case["today"]) == case["days"]


def given_run(site: Site, given: Case) -> None:
    """A run as a case has it."""
    add_run(site)
    waiting = json.dumps({"for": given["waiting_for"], "data": {}}) if given["waiting_for"] else None
    site.store.run(
        "UPDATE run SET state = ?, waiting = ?, attempt = ?, generation = ?, last_seq = ?",
        (given["state"], waiting, given["attempt"], given["generation"], len(given["stored"])),
    )
    site.store.run("UPDATE background_agents_outbox SET status = 1, attempt = ?", (given["attempt"],))
    if given["state"] in ("completed", "failed", "cancelled", "expired"):
        site.outbox.remove(RUN)
    for event in given["stored"]:
        document = json.dumps({"seq": event["seq"], "type": "step_started", "data": {"number": 1}})
        site.store.run(
            "INSERT INTO event (run, seq, type, hash, document) VALUES (1, ?, 'step_started', ?, ?)",
            (event["seq"], event["hash"], document),
        )


@pytest.mark.parametrize("case", cases("run-state-events"))
def test_state_follows_events(site: Site, case: Case) -> None:
    """The run's state after each event."""
    add_run(site)
    site.outbox.claim(RUN, "test", 0)
    for seq, event in enumerate(case["events"], 1):
        document = {"seq": seq, "type": event["type"], "time": "2026-09-21T14:13:20.000000Z", "data": event["data"]}
        item = {"run": RUN, "attempt": 1, "generation": 1, "events": [document | {"hash": f"{seq:032x}"}]}
        site.events.take({"site": "default", "sender": "test", "runs": [item]})
        shown = site.runs.show(site.runs.get(RUN))
        assert {"state": shown["state"], "waiting_for": shown["waiting_for"]} == event["then"]


@pytest.mark.parametrize("case", cases("request-hashes"))
def test_request_hash(case: Case) -> None:
    """The hash over the canonical request."""
    assert request_hash(case["request"]) == case["hash"]


@pytest.mark.parametrize("case", cases("draft-idempotency"))
def test_draft_idempotency(site: Site, case: Case) -> None:
    """Each request gets the recorded answer; so many drafts were made."""
    add_run(site)
    fields = {"title": "Before", "body": None}
    published = site.content.create(BUNDLES["node", "article"], fields, state="published", author="", uuid=NODE)
    site.outbox.claim(RUN, "test", 0)
    for step in case["steps"]:
        if "handed_out" in step:
            site.store.run("UPDATE background_agents_outbox SET attempt = ?", (step["handed_out"],))
        request = dict(step["request"])
        wanted = request["expected_revision"]
        latest = site.content.latest(NODE)
        assert latest is not None
        request["expected_revision"] = latest.vid if wanted == "latest" else published.vid
        assert write(site, request) == step["answer"]
        drafts = site.store.one("SELECT COUNT(*) AS n FROM revision WHERE vid > ?", (published.vid,))
        assert drafts is not None
        assert drafts["n"] == step["revisions"]


def write(site: Site, request: Case) -> Case:
    run = site.runs.get(RUN)
    account = site.accounts.by_uuid(run["account"])
    assert account is not None
    try:
        status, answer = site.drafts.write(Identity(account, run), request)
    except Problem as problem:
        return {"status": problem.status, "code": problem.code, "replayed": False}
    return {"status": status, "code": None, "replayed": answer["replayed"]}


@pytest.mark.parametrize("case", cases("run-tokens"))
def test_run_token(case: Case) -> None:
    """A presented token is accepted, or refused with the recorded code; never is it anonymous."""
    site = Site(SiteOptions(secrets=tuple(case["secrets"])))
    add_agent(site)
    add_run(site)
    site.store.run("UPDATE account SET uuid = ? WHERE name = 'agent_test'", (case["account"],))
    site.store.run("UPDATE run SET account = ?, generation = ?", (case["account"], case["generation"]))
    verdict = verdict_on(lambda: site.auth.identify({"x-background-agents-token": case["token"]}))
    site.close()
    assert verdict == case["expected"]


TO_DRUPAL = [case for case in cases("signatures") if case.values[0]["direction"] == signing.TO_DRUPAL]


@pytest.mark.parametrize("case", TO_DRUPAL)
def test_signature(case: Case) -> None:
    """A request to Drupal is accepted once, or refused with the recorded code."""
    site = Site(SiteOptions(secrets=tuple(case["secrets"])), clock=lambda: case["now"])
    for seen in case["seen"]:
        site.store.run("INSERT INTO seen_webhook VALUES (?, ?)", (seen, case["now"] + 900))
    verdict = verdict_on(lambda: site.auth.site_signed(case["headers"], case["body"].encode()))
    site.close()
    assert verdict == case["expected"]


def verdict_on(request: Callable[[], object]) -> str:
    try:
        request()
    except Problem as problem:
        return problem.code if problem.status == 401 else f"{problem.status} {problem.code}"
    return "ok"


def test_the_vectors_run_is_ours() -> None:
    """The run of the factories is the one that the vectors speak of."""
    assert vectors("event-intake")["run"] == RUN
    assert AGENT["id"] == "test"
