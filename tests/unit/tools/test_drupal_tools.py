"""The tools that the module carries out: what is sent fits the contract, and each answer has its outcome."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import respx

from sidecar import contracts
from sidecar.drupal.cache import ReadCache
from sidecar.drupal.drafts import creation_uuid
from sidecar.tools.base import Outcome
from sidecar.tools.drupal import CreateDraft, DescribeContent, ReviseDraft
from sidecar.tools.guards import GuardLimits, guarded
from tests.support.agents import ARTICLE, RUN, SITE_URL, agent, agent_client, context

API = f"{SITE_URL}/background-agents/v1"
PLACE = {"entity_type": "node", "bundle": "article"}
WRITE = {**PLACE, "fields": {"title": "Tea"}, "summary": "A title."}
REVISE = {**WRITE, "id": ARTICLE, "expected_revision": 4}
CHECKPOINT = {"version": 1, "units": {"s0/1": {}}}


def answer(**more: Any) -> dict[str, Any]:
    """A draft answer of Drupal."""
    return {
        "key": "a" * 64,
        "operation": "create",
        **PLACE,
        "entity": ARTICLE,
        "revision": 5,
        "change": "33333333-3333-4333-8333-333333333333",
        "moderation_state": "draft",
        "published": False,
        "label": "Tea",
    } | more


def problem(status: int, code: str, **more: Any) -> httpx.Response:
    """A problem document of the module."""
    document = {"title": "No", "status": status, "code": code, "detail": f"It says {code}."} | more
    return httpx.Response(
        status, json=document, headers={"content-type": "application/problem+json", "retry-after": "7"}
    )


async def create(cache: ReadCache | None = None, arguments: dict[str, Any] | None = None, **given: Any) -> Outcome:
    """create_draft through the guard."""
    tool = CreateDraft(agent(), agent_client(), cache or ReadCache("default", "x"))
    return await guarded(tool, context(**given), arguments or WRITE, GuardLimits())


async def revise(**given: Any) -> Outcome:
    """revise_draft through the guard."""
    tool = ReviseDraft(agent(), agent_client(), ReadCache("default", "x"))
    return await guarded(tool, context(**given), REVISE, GuardLimits())


@respx.mock
async def test_a_creation_fits_the_contract_and_carries_its_cause() -> None:
    """Key, attempt, generation, checkpoint, and the UUID derived from the run."""
    route = respx.post(f"{API}/drafts").mock(httpx.Response(201, json=answer()))
    outcome = await create(checkpoint=lambda: CHECKPOINT, ordinal=1)
    sent = json.loads(route.calls.last.request.content)
    contracts.check("draft#request", sent)
    assert (sent["key"], sent["attempt"], sent["generation"], sent["checkpoint"]) == ("a" * 64, 3, 1, CHECKPOINT)
    assert sent["entity"] == creation_uuid(RUN, "node", "article", 1)
    assert outcome.status == "ok"
    assert outcome.change == answer()
    assert outcome.content["id"] == ARTICLE
    assert "until an editor accepts it" in outcome.content["note"]


@respx.mock
async def test_a_revision_fits_the_contract() -> None:
    """It names the revision that the agent read."""
    route = respx.post(f"{API}/drafts").mock(httpx.Response(201, json=answer(operation="revise")))
    outcome = await revise()
    sent = json.loads(route.calls.last.request.content)
    contracts.check("draft#request", sent)
    assert (sent["operation"], sent["entity"], sent["expected_revision"]) == ("revise", ARTICLE, 4)
    assert outcome.status == "ok"


def test_the_uuid_of_a_creation_depends_on_run_type_bundle_and_number_only() -> None:
    """So a later generation finds what an earlier one made; no two creations share one."""
    assert creation_uuid(RUN, "node", "article", 0) == creation_uuid(RUN, "node", "article", 0)
    made = {
        creation_uuid(RUN, *where) for where in [("node", "article", 0), ("node", "article", 1), ("node", "page", 0)]
    }
    assert len(made | {creation_uuid(ARTICLE, "node", "article", 0)}) == 4


@respx.mock
@pytest.mark.parametrize(
    ("response", "status", "reason", "fatal"),
    [
        (problem(409, "revision_conflict", current_revision=9), "error", "revision_conflict", False),
        (problem(409, "stale_attempt"), "retry", "stale_attempt", False),
        (problem(422, "key_reused"), "error", "journal_mismatch", True),
        (
            problem(422, "invalid", errors=[{"detail": "Too long.", "pointer": "/fields/title"}]),
            "error",
            "drupal:refused",
            False,
        ),
        (problem(422, "unsupported_field"), "error", "drupal:refused", False),
        (problem(403, "forbidden"), "error", "drupal:refused", False),
        (problem(404, "not_found"), "error", "drupal:refused", False),
        (problem(403, "site_stopped"), "retry", "site_stopped", False),
        (problem(401, "run_ended"), "error", "token:refused", True),
        (problem(401, "account_blocked"), "error", "account_blocked", True),
        (problem(401, "not_an_agent_account"), "error", "not_an_agent_account", True),
        (problem(401, "requester_lost"), "error", "requester_lost", True),
        (problem(403, "limit_writes"), "error", "limit:writes", True),
        (problem(429, "limit_writes_per_hour"), "error", "limit:writes_per_hour", True),
        (problem(503, "busy"), "retry", "drupal:unavailable", False),
        (problem(503, "maintenance"), "retry", "drupal:unavailable", False),
        (httpx.Response(502, text="<html>"), "retry", "drupal:unavailable", False),
        (httpx.Response(500, text="<html>"), "retry", "drupal:failed", False),
        (problem(500, "internal"), "retry", "drupal:failed", False),
        (problem(500, "site_error"), "error", "site_error", False),
        (problem(409, "locked"), "error", "locked", False),
    ],
)
async def test_each_refusal_has_its_outcome(response: httpx.Response, status: str, reason: str, fatal: bool) -> None:
    """As the table in drupal/replies.py says."""
    respx.post(f"{API}/drafts").mock(response)
    outcome = await revise()
    assert (outcome.status, outcome.reason, outcome.fatal) == (status, reason, fatal)
    assert outcome.change is None


@respx.mock
async def test_details_and_pointers_reach_the_model() -> None:
    """What Drupal found wrong, and the way out of a conflict."""
    respx.post(f"{API}/drafts").mock(
        problem(422, "invalid", errors=[{"detail": "Too long.", "pointer": "/fields/title"}])
    )
    assert (await revise()).content["errors"] == [{"detail": "Too long.", "pointer": "/fields/title"}]
    respx.post(f"{API}/drafts").mock(problem(409, "revision_conflict", current_revision=9))
    told = (await revise()).content
    assert told["current_revision"] == 9
    assert "Call read_item again" in told["todo"]


@respx.mock
async def test_a_failed_draft_says_what_it_was_about() -> None:
    """So that equal failures of the same item are known, whatever the model writes into it."""
    respx.post(f"{API}/drafts").mock(problem(500, "site_error"))
    assert (await revise()).about == f"node:article:{ARTICLE}:"
    assert (await create()).about == "node:article:new:"


@respx.mock
async def test_a_busy_drupal_says_when() -> None:
    """Retry-After is kept."""
    respx.post(f"{API}/drafts").mock(problem(503, "busy"))
    assert (await revise()).retry_after == 7


@respx.mock
async def test_a_lost_answer_of_a_write_is_asked_for_again() -> None:
    """The key makes it safe."""
    respx.post(f"{API}/drafts").mock(side_effect=httpx.ReadTimeout("late"))
    outcome = await create()
    assert (outcome.status, outcome.reason) == ("retry", "drupal:unavailable")


async def test_what_the_binding_forbids_is_not_sent() -> None:
    """Neither another bundle nor a language that it does not name."""
    outcome = await create(arguments={**WRITE, "entity_type": "taxonomy_term", "bundle": "tags"})
    assert outcome.status == "error"
    tool = CreateDraft(agent(langcodes=["de"]), agent_client(), ReadCache("default", "x"))
    refused = await guarded(tool, context(), {**WRITE, "langcode": "fr"}, GuardLimits())
    assert refused.content["errors"][0]["pointer"] == "/langcode"


@respx.mock
async def test_the_content_model_is_asked_for_once_until_something_is_written() -> None:
    """Remembered per arguments; a write of the run empties the memory; an error is not remembered."""
    described = respx.post(f"{API}/tools").mock(
        httpx.Response(200, json={"status": "ok", "result": {"types": ["article"]}})
    )
    respx.post(f"{API}/drafts").mock(httpx.Response(201, json=answer()))
    cache = ReadCache("default", "x")
    tool = DescribeContent(agent_client(), cache)
    for arguments in ({}, {}, {"entity_type": "node"}, {"entity_type": "node"}):
        assert (await guarded(tool, context(), arguments, GuardLimits())).content == {"types": ["article"]}
    assert described.call_count == 2
    contracts.check("tool-call", json.loads(described.calls.last.request.content))
    await create(cache)
    await guarded(tool, context(), {}, GuardLimits())
    assert described.call_count == 3


@respx.mock
async def test_a_tool_result_that_is_an_error_reaches_the_model() -> None:
    """A 200 can carry a refusal; it is not remembered."""
    error = {"title": "No", "status": 404, "code": "not_found", "detail": "There is no bundle tea."}
    route = respx.post(f"{API}/tools").mock(httpx.Response(200, json={"status": "error", "error": error}))
    tool = DescribeContent(agent_client(), ReadCache("default", "x"))
    for _ in range(2):
        outcome = await guarded(tool, context(), {"entity_type": "node", "bundle": "tea"}, GuardLimits())
        assert outcome.content["error"] == "There is no bundle tea."
    assert route.call_count == 2
