"""ECA models and what people decide about agents' drafts, on a real site: the events, the actions, the condition."""

from __future__ import annotations

from typing import Any

import pytest

from tests.site.drupal import Site


@pytest.fixture(scope="module")
def eca(site: Site) -> dict[str, Any]:
    """What came of the models of php/eca_review.php."""
    if "eca" not in site.drush("pm:list", "--format=list", "--no-core", "--type=module").split():
        pytest.skip("ECA is not on this site")
    site.drush("pm:install", "eca_base", "eca_content", "background_agents_eca", "-y")
    return site.script("eca_review.php")


def test_an_accepted_draft_sets_off_its_models_only(eca: dict[str, Any]) -> None:
    """With what became of it, who decided, and what is published now."""
    told = eca["told"]
    assert (
        told["accepted"]
        == "eca_review|Better title.|accepted|accepted||admin|Better one|background_agents.draft_accepted"
    )
    assert not told["accepted_other"]


def test_an_accepted_draft_does_not_start_its_agent_again(eca: dict[str, Any]) -> None:
    """What is published is that agent's work: the dispatch is skipped, and no loop begins."""
    assert eca["told"]["loop"] == "skipped|own_work"


def test_a_refused_draft_tells_the_reason(eca: dict[str, Any]) -> None:
    """And the content is what is left."""
    assert (
        eca["told"]["refused"]
        == "eca_review|Better title.|rejected||Not better.|admin|Two|background_agents.draft_refused"
    )


def test_an_undone_run_and_a_start_are_told(eca: dict[str, Any]) -> None:
    """With the numbers of what was undone and left."""
    assert eca["told"]["undone"] == "eca_review|1|0|admin"
    assert eca["told"]["started"] == "eca_review|running|background_agents.run_started"


def test_a_model_sends_a_draft_back(eca: dict[str, Any]) -> None:
    """The run goes on in a next generation; the event has what was said, on the whole and on a field."""
    assert eca["told"]["back"] == "done||"
    assert eca["back"] == {"state": "queued", "generation": 2}
    assert eca["told"]["sent_back"] == 'eca_review|Shorter than "Three".|No adjectives.|pending|admin'


def test_a_model_answers_a_question(eca: dict[str, Any]) -> None:
    """Only what was asked, and with an answer that the question takes."""
    assert eca["told"]["nothing"].startswith("refused|input_invalid|")
    assert eca["told"]["wrong"].startswith("refused|input_invalid|")
    assert eca["told"]["answer"] == "done||"
    assert [command["command"] for command in eca["commands"]] == ["decide"]
    assert eca["commands"][0]["uid"] == "1"


def test_a_model_cancels_a_run(eca: dict[str, Any]) -> None:
    """As the account that the model acts as."""
    assert eca["told"]["cancel"] == "done||"
    assert eca["cancel"] == [{"command": "cancel", "uid": "1"}]


def test_a_model_knows_whether_an_agent_is_at_work(eca: dict[str, Any]) -> None:
    """By item and agent; not any more when the run has ended."""
    assert eca["told"]["busy"] == "Title: Four, busy"
    assert not eca["told"]["busy_other"]
    assert eca["told"]["idle"] == "Title: Four, idle"


@pytest.mark.parametrize("action", ["cancel", "answer", "send_back"])
def test_the_actions_lend_no_rights(eca: dict[str, Any], action: str) -> None:
    """The administrator may; an anonymous visitor and the agent's account may not; language models are not offered it."""
    assert eca["access"][f"background_agents_{action}"] == [True, False, False]
    assert eca["external"][f"background_agents_{action}"] is False


def test_all_configuration_is_valid(eca: dict[str, Any]) -> None:
    """Else the models could not be exported."""
    assert eca.get("violations", []) == []
