"""The sidecar's own tools against a real Drupal, as agent accounts with their run tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from sidecar.drupal.cache import ReadCache
from sidecar.drupal.client import DrupalSite
from sidecar.runs.agent import Agent
from sidecar.settings import SiteSettings
from sidecar.tools.base import Outcome, ToolContext
from sidecar.tools.drupal import CreateDraft, DescribeContent, ReviseDraft
from sidecar.tools.guards import GuardLimits, guarded
from sidecar.tools.jsonapi import FindItems, ReadItem
from tests.site.drupal import SECRET, Agents, Site, new_key

ARTICLE = {"entity_type": "node", "bundle": "article"}
ALL = frozenset({"read", "create", "revise"})
CONTENT = {"node": {"article": ALL, "page": ALL}, "user": {"user": ALL}, "taxonomy_term": {"tags": ALL}}
ACCOUNT_OF = {
    "agent": "agent",
    "reading": "agent",
    "ended": "agent",
    "blocked": "blocked",
    "no_agent": "no_agent",
    "of_lost": "agent",
}


class Toolbox:
    """The tools of a run. Its view of the binding allows everything, so it is Drupal that refuses."""

    def __init__(self, drupal: DrupalSite, agents: Agents, run: str) -> None:
        self.run = agents.runs[run]["uuid"]
        account = agents.accounts[ACCOUNT_OF[run]]["uuid"]
        agent = Agent(id="test", label="Test", system_prompt="", tools=(), model="test:x", content=CONTENT)  # pyright: ignore[reportArgumentType]
        client, cache = drupal.as_agent(self.run, 1, account), ReadCache("default", account)
        tools = [ReadItem(agent, client), FindItems(agent, client), DescribeContent(client, cache)]
        tools += [CreateDraft(agent, client, cache), ReviseDraft(agent, client, cache)]
        self._tools = {tool.spec.name: tool for tool in tools}

    async def call(self, name: str, arguments: dict[str, Any], **context: Any) -> Outcome:
        """One call through the guard, with a key of its own unless the test gives one."""
        given: dict[str, Any] = {
            "run": self.run,
            "generation": 1,
            "step": 1,
            "call_id": "c",
            "key": new_key(),
            "attempt": lambda: 1,
        }
        return await guarded(self._tools[name], ToolContext(**given | context), arguments, GuardLimits())

    async def read(self, item: dict[str, Any], **arguments: Any) -> Any:
        """read_item of one of the site's items; its content."""
        outcome = await self.call("read_item", {**ARTICLE, "id": item["uuid"], **arguments})
        assert outcome.status == "ok", outcome
        return outcome.content

    async def revise(self, item: dict[str, Any], revision: int, title: str, **arguments: Any) -> Outcome:
        """revise_draft of the title."""
        arguments = {
            **ARTICLE,
            "id": item["uuid"],
            "expected_revision": revision,
            "fields": {"title": title},
            "summary": "A title.",
            **arguments,
        }
        return await self.call("revise_draft", arguments)


@pytest.fixture
async def drupal(site: Site) -> AsyncIterator[DrupalSite]:
    """The sidecar's client of the site."""
    found = DrupalSite(SiteSettings(base_url=site.url, secrets=[SecretStr(SECRET)]))
    yield found
    await found.aclose()


@pytest.fixture
def toolbox(drupal: DrupalSite, agents: Agents) -> Toolbox:
    """The tools of the plain agent."""
    return Toolbox(drupal, agents, "agent")


async def test_read_revise_and_read_again(toolbox: Toolbox, agents: Agents) -> None:
    """Draft on draft, each on the revision that was read; the published text stays."""
    item = agents.items["d"]
    first = await toolbox.read(item)
    assert (first["published"], first["moderation_state"], first["revision"]) == (True, "published", item["revision"])
    saved = await toolbox.revise(item, first["revision"], "Tea one")
    assert saved.status == "ok", saved
    assert saved.change is not None
    draft = await toolbox.read(item)
    assert (draft["label"], draft["published"], draft["revision"]) == ("Tea one", False, saved.change["revision"])
    assert (await toolbox.revise(item, draft["revision"], "Tea two")).status == "ok"
    assert agents.live("d")["title"] == "Published d"


async def test_a_conflict_tells_the_way_out(toolbox: Toolbox, agents: Agents) -> None:
    """Read again, revise again."""
    item = agents.items["e"]
    assert (await toolbox.revise(item, item["revision"], "First")).status == "ok"
    late = await toolbox.revise(item, item["revision"], "Late")
    assert (late.status, late.reason) == ("error", "revision_conflict")
    now = await toolbox.read(item)
    assert now["revision"] == late.content["current_revision"]
    assert (await toolbox.revise(item, now["revision"], "Late, on top")).status == "ok"


async def test_languages_do_not_stand_in_each_others_way(toolbox: Toolbox, agents: Agents) -> None:
    """With a German draft pending, what is read in each language is what can be revised in it; a missing language is an error."""
    item = agents.items["translated"]
    german = await toolbox.read(item, langcode="de")
    assert (german["langcode"], german["label"]) == ("de", "Deutsch")
    assert (await toolbox.revise(item, german["revision"], "Neu", langcode="de")).status == "ok"
    english = await toolbox.read(item, langcode="en")
    assert (english["langcode"], english["label"]) == ("en", "English")
    saved = await toolbox.revise(item, english["revision"], "New", langcode="en")
    if saved.reason == "revision_conflict":
        english = await toolbox.read(item, langcode="en", revision=saved.content["current_revision"])
        saved = await toolbox.revise(item, english["revision"], "New", langcode="en")
    assert saved.status == "ok", saved
    assert (await toolbox.read(item, langcode="de"))["label"] in ("Neu", "Deutsch")
    missing = await toolbox.call("read_item", {**ARTICLE, "id": agents.items["a"]["uuid"], "langcode": "de"})
    assert missing.content["errors"][0]["pointer"] == "/langcode"


async def test_a_creation_is_made_once(toolbox: Toolbox, agents: Agents) -> None:
    """The same key gives the same answer and one item."""
    arguments = {**ARTICLE, "fields": {"title": "Made by a tool"}, "summary": "New."}
    key = new_key()
    made = [await toolbox.call("create_draft", arguments, key=key) for _ in range(2)]
    assert [outcome.status for outcome in made] == ["ok", "ok"], made
    assert made[0].content["id"] == made[1].content["id"]
    read = await toolbox.read({"uuid": made[0].content["id"]})
    assert (read["label"], read["published"]) == ("Made by a tool", False)
    other = await toolbox.call("create_draft", {**arguments, "summary": "Other."}, key=key)
    assert (other.reason, other.fatal) == ("journal_mismatch", True)


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "x" * 300},
        {"nope": "x"},
        {"body": {"value": "x", "format": "full_html"}},
        {"field_tags": [{"target_uuid": "none"}]},
        {"status": True},
    ],
    ids=["too long", "unknown", "format", "reference", "status"],
)
async def test_a_wrong_field_comes_back_with_its_reason(toolbox: Toolbox, fields: dict[str, Any]) -> None:
    """The model is told which field, and the run goes on."""
    outcome = await toolbox.call(
        "create_draft", {**ARTICLE, "fields": {"title": "Wrong", **fields}, "summary": "Wrong."}, ordinal=7
    )
    assert (outcome.status, outcome.fatal) == ("error", False)
    assert next(iter(fields)) in str(outcome.content)


async def test_the_content_model_fits_a_result(toolbox: Toolbox) -> None:
    """Overview and one bundle; both name what a draft needs."""
    overview = await toolbox.call("describe_content", {})
    assert overview.status == "ok", overview
    assert "article" in str(overview.content)
    bundle = await toolbox.call("describe_content", ARTICLE)
    assert bundle.status == "ok", bundle
    for part in ("title", "body", "basic_html", "field_tags"):
        assert part in str(bundle.content), bundle.content
    assert "cut" not in bundle.content


async def test_finding(toolbox: Toolbox) -> None:
    """Filters, sorting, paging past one page, and Drupal's refusals."""
    found = await toolbox.call(
        "find_items",
        {
            **ARTICLE,
            "filters": [{"field": "title", "operator": "STARTS_WITH", "value": "Published"}],
            "sort": ["-title"],
            "limit": 3,
        },
    )
    assert found.status == "ok", found
    labels = [item["label"] for item in found.content["items"]]
    assert (labels, found.content["more"]) == (sorted(labels, reverse=True), True)
    all_of_them = await toolbox.call("find_items", {**ARTICLE, "limit": 500, "fields": ["body"]})
    assert not all_of_them.content["more"]
    assert all("value" in (item["fields"]["body"] or {"value": ""}) for item in all_of_them.content["items"])
    wrong = await toolbox.call("find_items", {**ARTICLE, "filters": [{"field": "field_none", "value": "x"}]})
    assert "field_none" in wrong.content["error"]


@pytest.mark.parametrize("where", [("node", "page"), ("user", "user")])
async def test_drupal_refuses_what_the_binding_does_not_name(
    toolbox: Toolbox, agents: Agents, where: tuple[str, str]
) -> None:
    """Also when the sidecar's own check is not there. Core shows the names of accounts, and one's own."""
    place = {"entity_type": where[0], "bundle": where[1]}
    found = await toolbox.call("find_items", {**place, "fields": ["mail", "body"]})
    assert found.status == "error" or where[0] == "user" or found.content["items"] == [], found
    own = agents.accounts["agent"]["uuid"]
    assert not any(item["fields"] for item in found.content.get("items", []) if item["id"] != own), found
    made = await toolbox.call("create_draft", {**place, "fields": {"title": "x"}, "summary": "x"}, ordinal=9)
    assert (made.status, made.fatal, made.change) == ("error", False, None)


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        ("ended", "token:refused"),
        ("blocked", "account_blocked"),
        ("no_agent", "not_an_agent_account"),
        ("of_lost", "requester_lost"),
    ],
)
async def test_a_run_that_may_not_act_ends(drupal: DrupalSite, agents: Agents, run: str, reason: str) -> None:
    """Over, or its account or its requester may not: fatal, for reading and for writing, with a reason that a person can mend."""
    tools = Toolbox(drupal, agents, run)
    item = agents.items["a"]
    read = await tools.call("read_item", {**ARTICLE, "id": item["uuid"]})
    wrote = await tools.revise(item, item["revision"], "x")
    assert [(outcome.reason, outcome.fatal) for outcome in (read, wrote)] == [(reason, True)] * 2


class TestStopped:
    """A site that is stopped or in maintenance is waited for."""

    @pytest.mark.usefixtures("stopped")
    async def test_a_stopped_site(self, toolbox: Toolbox, agents: Agents) -> None:
        """Retry, with the reason."""
        outcomes = [
            await toolbox.call("read_item", {**ARTICLE, "id": agents.items["a"]["uuid"]}),
            await toolbox.revise(agents.items["a"], 1, "x"),
        ]
        assert [(outcome.status, outcome.reason) for outcome in outcomes] == [("retry", "site_stopped")] * 2

    @pytest.mark.usefixtures("maintenance")
    async def test_a_site_in_maintenance(self, toolbox: Toolbox, agents: Agents) -> None:
        """Retry, and when."""
        outcomes = [
            await toolbox.call("read_item", {**ARTICLE, "id": agents.items["a"]["uuid"]}),
            await toolbox.revise(agents.items["a"], 1, "x"),
        ]
        assert [(outcome.status, outcome.reason) for outcome in outcomes] == [("retry", "drupal:unavailable")] * 2
        assert all(outcome.retry_after for outcome in outcomes)
