"""ECA models and background agents, on a real site: the action, the events, the condition."""

from __future__ import annotations

from typing import Any

import pytest

from tests.site.drupal import Site


@pytest.fixture(scope="module")
def eca(site: Site) -> dict[str, Any]:
    """What came of the models of php/eca.php."""
    if "eca" not in site.drush("pm:list", "--format=list", "--no-core", "--type=module").split():
        pytest.skip("ECA is not on this site")
    site.drush("pm:install", "eca_base", "eca_content", "background_agents_eca", "-y")
    return site.script("eca.php")


def test_a_saved_article_starts_the_agent(eca: dict[str, Any]) -> None:
    """The action runs within the save; the run comes after it, under the UUID that the token had."""
    insert = eca["insert"]
    assert insert["token_status"] == "dispatched"
    assert not insert["run_existed_within_save"]
    assert insert["run"]["uuid"] == insert["token_uuid"]
    assert insert["run"]["state"] == "queued"
    assert insert["run"]["trigger"] == "eca"
    assert insert["run"]["trigger_id"] == "bga_insert"
    assert insert["run"]["requester"] == 1


def test_the_run_knows_its_content(eca: dict[str, Any]) -> None:
    """Without being told in the input."""
    target = eca["insert"]["run"]["target"]
    assert target["entity_type"] == "node"
    assert target["uuid"] == eca["insert"]["node_uuid"]


def test_tokens_become_plain_text_and_never_structure(eca: dict[str, Any]) -> None:
    """A title with quotes, braces and "&" arrives as it is, in one value; numbers stay numbers."""
    assert eca["insert"]["run"]["input"] == {"title": eca["insert"]["title"], "words": 50}


def test_the_same_key_is_one_run(eca: dict[str, Any]) -> None:
    """Also for two saves: both tokens lead to the one run."""
    first, second = eca["key"]["runs"]
    assert first is not None
    assert first == second


@pytest.mark.parametrize(("case", "code"), [("disabled", "agent_disabled"), ("stopped", "site_stopped")])
def test_a_refusal_is_seen_in_the_token(eca: dict[str, Any], case: str, code: str) -> None:
    """ECA swallows exceptions: the model goes on, and its token says why there is no run."""
    uuid, status, told, error = eca[case].split("|")
    assert (uuid, status, told) == ("", "refused", code)
    assert error


def test_a_bare_token_is_refused_with_advice(eca: dict[str, Any]) -> None:
    """YAML reads it as a list; nobody would find that."""
    assert "quotes" in eca["input"]["bare"]
    assert all("refused|input_invalid" in text for text in eca["input"].values())


def test_a_completed_run_sets_off_its_models_only(eca: dict[str, Any]) -> None:
    """By agent in the event, and by the condition on the state."""
    events = eca["events"]
    assert (
        events["finished"]
        == f"{events['good']}|eca_agent|completed|done|All is well|Two|background_agents.run_finished"
    )
    assert not events["finished_other"]
    assert not events["finished_condition"]


def test_a_failed_run_tells_its_reason(eca: dict[str, Any]) -> None:
    """The other event, with the same tokens."""
    assert eca["events"]["failed"].startswith(f"{eca['events']['bad']}|eca_agent|failed|limit:steps|")


def test_a_saved_draft_comes_with_the_draft(eca: dict[str, Any]) -> None:
    """The entity is the draft itself, not what is published."""
    assert eca["events"]["draft"] == "eca_agent|revise|Shorter|A draft of an agent"


def test_a_run_that_waits_for_a_person_sets_off_its_models(eca: dict[str, Any]) -> None:
    """With what it asks, so that a site can tell people in its own way."""
    told = "eca_agent|Was it sent?|in_doubt|mcp:mail.send|2030-01-31T09:15:00Z|Two|background_agents.run_waits"
    assert eca["events"]["waits"] == told
    assert not eca["events"]["waits_other"]


def test_the_action_is_no_open_door(eca: dict[str, Any]) -> None:
    """Not offered to language models; outside of a model it asks for the permission."""
    assert eca["externally_available"] is False
    assert eca["access"] == {"admin": True, "anonymous": False}


def test_all_configuration_has_a_schema(eca: dict[str, Any]) -> None:
    """Else the models could not be exported and validated."""
    assert all(eca["schema"].values()), eca["schema"]
