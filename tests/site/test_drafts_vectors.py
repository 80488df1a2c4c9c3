"""The draft endpoint on a real site gives the answers of the vectors of idempotency."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.cases import vectors
from tests.site.drupal import Agents, Site, new_key

CASES: list[dict[str, Any]] = vectors("draft-idempotency")["cases"]


@pytest.fixture(scope="module")
def items(site: Site, agents: Agents) -> dict[str, dict[str, Any]]:
    """A published item for each case."""
    return dict(zip([case["id"] for case in CASES], site.script("vector_items.php", str(len(CASES))), strict=True))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_vectors(agents: Agents, items: dict[str, dict[str, Any]], case: dict[str, Any]) -> None:
    """Each request gets its answer; so many revisions were made."""
    item, run, keys = items[case["id"]], agents.runs["agent"], dict[str, str]()
    hand_out(agents, 1)
    for step in case["steps"]:
        if "handed_out" in step:
            hand_out(agents, step["handed_out"], raise_only=True)
        newest = agents.newest(item["id"])["vid"]
        wanted = step["request"]["expected_revision"]
        key = keys.setdefault(step["request"]["key"], new_key())
        named = {"key": key, "run": run["uuid"], "entity": item["uuid"]}
        answer = agents.post(
            step["request"] | named | {"expected_revision": newest if wanted == "latest" else item["revision"]}
        )
        told = answer.json()
        seen = {"status": answer.status_code, "code": told.get("code"), "replayed": told.get("replayed", False)}
        assert seen == step["answer"], answer.text
        made = agents.site.sql(
            "SELECT vid FROM node_revision WHERE nid = %s AND vid > %s", item["id"], item["revision"]
        )
        assert len(made) == step["revisions"]
    hand_out(agents, 1)


def hand_out(agents: Agents, attempt: int, *, raise_only: bool = False) -> None:
    """As if the job of the run had been claimed so often, and (unless `raise_only`) the run had reported it."""
    agents.hand_out("agent", attempt)
    if not raise_only:
        run = agents.runs["agent"]["uuid"]
        agents.site.sql("UPDATE background_agents_run SET attempt = %s WHERE uuid = %s", attempt, run)
