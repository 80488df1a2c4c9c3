"""The demo's site and scripts."""

from __future__ import annotations

import pytest

from demo import scenario
from demo.main import SCRIPTS
from demo.standin import StandIn
from sidecar import contracts
from sidecar.models.scripted import script


@pytest.fixture
def drupal() -> StandIn:
    standin = StandIn()
    scenario.build_site(standin, None)
    return standin


def test_each_agent_is_valid_and_has_its_script(drupal: StandIn) -> None:
    """The agents fit the contract; each plays a script of its own name, which is valid."""
    agents = drupal.site.agents.all()
    assert sorted(path.stem for path in SCRIPTS.glob("*.json")) == [agent["id"] for agent in agents]
    for agent in agents:
        contracts.check("agent", agent)
        assert agent["binding"]["model"] == f"scripted:{agent['id']}"
        assert script.parse(agent["id"], (SCRIPTS / f"{agent['id']}.json").read_text("utf-8")).steps
    drupal.stop()


def test_the_three_jobs_fit_the_contract(drupal: StandIn) -> None:
    """Cron, a content change and an ECA model, as Drupal would hand them out."""
    stories = scenario.start(drupal)
    jobs = [drupal.site.runs.job(row, 1) for row in drupal.site.outbox.unfinished(10)]
    assert [job["run"] for job in jobs] == [story.run for story in stories]
    assert [job["trigger"]["type"] for job in jobs] == ["cron", "content", "eca"]
    for job in jobs:
        contracts.check("job", job)
    drupal.stop()
