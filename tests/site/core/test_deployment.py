"""Agents travel by configuration: what is exported, and how an agent gets its account on another site."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.site.drupal import Site

STALE = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture
def given(site: Site) -> Iterator[dict[str, Any]]:
    """The agent `deployed` with its role, account and trigger, a content type and a language of its own."""
    yield site.script("deployment.php", "given")
    site.sql("DELETE FROM background_agents_outbox WHERE run = %s", STALE)
    site.script("deployment.php", "lose")


def facts(site: Site) -> dict[str, Any]:
    return site.script("deployment.php", "facts")


def delete_account(site: Site, account: int) -> None:
    site.php(f"\\Drupal\\user\\Entity\\User::load({account})->delete();")


def run(site: Site) -> str:
    """The UUID of the account that a new run acts as."""
    uuid = site.drush("background-agents:run", "deployed").strip()
    [row] = site.sql("SELECT account FROM background_agents_run WHERE uuid = %s", uuid)
    site.drush("background-agents:cancel", uuid)
    return row["account"]


def test_an_agent_is_exported_with_what_it_needs_and_without_an_account(given: dict[str, Any]) -> None:
    """Content types, languages, role and workflow are dependencies; the account is of one site only. Triggers likewise."""
    agent, trigger = given["agent"], given["trigger"]
    assert "account" not in json.dumps(agent)
    assert agent["role"] == "agent_deployed"
    assert agent["dependencies"] == {
        "config": [
            "language.entity.nl",
            "node.type.article",
            "node.type.deployed_type",
            "user.role.agent_deployed",
            "workflows.workflow.editorial",
        ],
        "module": ["node"],
    }
    assert trigger["dependencies"] == {
        "config": ["background_agents.agent.deployed", "language.entity.nl", "node.type.deployed_type"],
        "module": ["node"],
    }


def test_an_import_brings_the_agent_and_makes_its_account(site: Site, given: dict[str, Any]) -> None:
    """On a site that never had them: the same agent, an account without password, a run, and no difference to what was imported."""
    site.drush("config:export", "-y")
    site.script("deployment.php", "lose")
    assert facts(site)["agent"] is None
    site.drush("config:import", "-y")
    found = facts(site)
    assert (found["agent"], found["trigger"], found["hash"]) == (given["agent"], given["trigger"], given["hash"])
    account = found["account"]
    assert (account["roles"], account["password"], account["active"]) == (["agent_deployed"], None, True)
    assert account["id"] != given["account"]["id"]
    assert found["missing"] == []
    assert run(site) == account["uuid"]
    assert site.drush("config:status", "--format=list").strip() == ""


def test_the_first_run_makes_an_account_that_is_not_there(site: Site, given: dict[str, Any]) -> None:
    """An import without changes, or a recipe, has no event: the run sees to it."""
    delete_account(site, given["account"]["id"])
    missing = facts(site)["missing"]
    assert len(missing) == 1
    assert "background-agents:accounts" in missing[0]
    made = run(site)
    assert made == facts(site)["account"]["uuid"]
    assert made != given["account"]["uuid"]
    assert run(site) == made, "Once: the next run finds it."


def test_several_first_runs_make_one_account(site: Site, given: dict[str, Any]) -> None:
    """Each process looks for the account again before it makes one."""
    delete_account(site, given["account"]["id"])
    with ThreadPoolExecutor(3) as pool:
        made = {answer.result() for answer in [pool.submit(run, site) for _ in range(3)]}
    assert made == {facts(site)["account"]["uuid"]}


def test_the_command_makes_the_accounts_and_says_what_is_missing(site: Site, given: dict[str, Any]) -> None:
    """`background-agents:accounts`, after a deployment."""
    delete_account(site, given["account"]["id"])
    rows = json.loads(site.drush("background-agents:accounts", "--format=json"))
    row = rows["deployed"] if isinstance(rows, dict) else next(row for row in rows if row["agent"] == "deployed")
    assert (row["role"], row["account"], row["missing"]) == ("agent_deployed", "Deployed agent", "")
    assert facts(site)["account"]["roles"] == ["agent_deployed"]


def test_the_only_account_with_the_role_is_taken_of_several_none(site: Site, given: dict[str, Any]) -> None:
    """Without a mark the role is what an account is known by; which one of two is meant cannot be known."""
    forget = "\\Drupal::service('Drupal\\background_agents\\Agent\\AccountMarks')->forget('deployed');"
    site.php(forget)
    assert run(site) == given["account"]["uuid"]
    site.php(
        f"{forget} \\Drupal\\user\\Entity\\User::create(['name' => 'deployed other', 'roles' => ['agent_deployed']])->save();"
    )
    third = run(site)
    assert third != given["account"]["uuid"]
    assert len(site.sql("SELECT 1 FROM user__roles WHERE roles_target_id = 'agent_deployed'")) == 3


def test_a_changed_role_takes_the_former_away(site: Site, given: dict[str, Any]) -> None:
    """A deployment that lets an agent do less does so on each site."""
    found = site.script("deployment.php", "lesser")
    site.drush("config:export", "-y")
    site.php(
        "\\Drupal::configFactory()->getEditable('background_agents.agent.deployed')->set('role', 'agent_deployed')->save();"
    )
    site.drush("config:import", "-y")
    account = facts(site)["account"]
    assert (account["id"], account["roles"]) == (found["account"]["id"], ["deployed_lesser"])


def test_a_role_that_somebody_took_away_is_not_given_back(site: Site, given: dict[str, Any]) -> None:
    """A person's act on this site holds: the run is refused, and says which role is missing."""
    site.php(
        f"\\Drupal\\user\\Entity\\User::load({given['account']['id']})->set('roles', [])->save();"
        "\\Drupal\\background_agents\\Entity\\Agent::load('deployed')->set('description', 'x')->save();"
    )
    with pytest.raises(AssertionError, match="account_refused"):
        run(site)
    assert facts(site)["account"]["roles"] == []
    assert "has no agent role" in facts(site)["missing"][0]


def test_what_is_deleted_never_lets_an_agent_do_more(site: Site, given: dict[str, Any]) -> None:
    """Agent and trigger stay; a list that means "all" when it is empty disables what it held back."""
    site.php("\\Drupal\\node\\Entity\\NodeType::load('deployed_type')->delete();")
    found = facts(site)
    assert found["agent"]["binding"]["content"] == {"node": {"article": ["read", "revise"]}}
    assert found["agent"]["status"] is True
    assert (found["trigger"]["status"], found["trigger"]["settings"]["bundles"]) == (False, [])
    site.php("\\Drupal\\language\\Entity\\ConfigurableLanguage::load('nl')->delete();")
    found = facts(site)
    assert (found["agent"]["status"], found["agent"]["binding"]["langcodes"]) == (False, [])
    assert found["agent"]["dependencies"]["config"] == [
        "node.type.article",
        "user.role.agent_deployed",
        "workflows.workflow.editorial",
    ]
    site.php("\\Drupal\\user\\Entity\\Role::load('agent_deployed')->delete();")
    found = facts(site)
    assert found["agent"]["role"] is None
    assert "No agent role is chosen" in found["missing"][0]
    site.php("\\Drupal\\background_agents\\Entity\\Agent::load('deployed')->delete();")
    assert facts(site)["trigger"] is None, "A trigger goes with its agent."


def test_what_only_changes_takes_nothing_away(site: Site, given: dict[str, Any]) -> None:
    """A role depends on the modules and content types of its permissions: it changes when they go, and the agent stays as it is."""
    site.php(
        "\\Drupal\\node\\Entity\\NodeType::create(['type' => 'deployed_other', 'name' => 'Other'])->save();"
        "\\Drupal\\user\\Entity\\Role::load('agent_deployed')->grantPermission('edit any deployed_other content')->save();"
        "\\Drupal\\node\\Entity\\NodeType::load('deployed_other')->delete();"
    )
    found = facts(site)
    assert (found["agent"], found["trigger"]) == (given["agent"], given["trigger"])
    assert found["missing"] == []


def test_an_update_moves_agents_and_waiting_jobs_of_older_releases(site: Site, given: dict[str, Any]) -> None:
    """The agent gets the role of its account, the account its mark, and the job its account; twice is the same as once."""
    older = site.script("deployment.php", "older")
    load = "\\Drupal::moduleHandler()->loadInclude('background_agents', 'install');"
    site.php(load + "background_agents_update_11080();" * 2)
    found = facts(site)
    assert (found["agent"]["role"], found["account"]["uuid"]) == ("agent_deployed", older["uuid"])
    assert "account" not in json.loads(
        site.php("print json_encode(\\Drupal::config('background_agents.agent.deployed')->getRawData());")
    )
    [row] = site.sql("SELECT job FROM background_agents_outbox WHERE run = %s", STALE)
    job = json.loads(row["job"])
    assert job["account"] == older["uuid"]
    assert job["agent"]["binding"] == {"model": "a:b", "limits": {}}
    assert job["input"] == {}


def test_an_agent_of_the_same_id_gets_no_account_of_an_earlier_one(site: Site, given: dict[str, Any]) -> None:
    """The mark goes with the agent."""
    site.php("\\Drupal\\background_agents\\Entity\\Agent::load('deployed')->delete();")
    assert site.sql("SELECT 1 FROM users_data WHERE module = 'background_agents' AND name = 'agent.deployed'") == []
