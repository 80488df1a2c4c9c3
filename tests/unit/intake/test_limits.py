"""Which limits hold for a run: the job's, which the settings of the sidecar may only lower."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from sidecar.intake.limits import SidecarLimits
from sidecar.resources import limits_of
from sidecar.runs.agent import Limits
from sidecar.runs.job import Job
from sidecar.settings import load
from tests.contract.cases import cases
from tests.support.jobs import job

SITE = {"base_url": "https://www.example.org", "secrets": [SecretStr("x" * 24)]}


@pytest.mark.parametrize("case", cases("limits"))
def test_limits(case: dict[str, Any]) -> None:
    """The job's, lowered by what the settings say; the defaults where nobody says anything."""
    document = job()
    document["agent"]["binding"]["limits"] = case["job"]
    held = SidecarLimits({"default": case["settings"]}, case["defaults"]).hold(Job.of(document))
    assert held.document["agent"]["binding"]["limits"] == case["hold"]


def held(own: dict[str, int], general: dict[str, Any], site: dict[str, int]) -> dict[str, int]:
    """The limits of an accepted job under settings for all sites, and for its own."""
    settings = load({}, limits=general, sites={"default": SITE | {"limits": site}})
    document = job()
    document["agent"]["binding"]["limits"] = own
    return limits_of(settings).hold(Job.of(document)).document["agent"]["binding"]["limits"]


def test_what_is_set_for_a_site_counts_for_it() -> None:
    """It takes the place of what is set for all; the defaults of the sidecar lower nothing."""
    assert held({"steps": 50}, {}, {})["steps"] == 50
    assert held({"steps": 50}, {"steps": 10}, {})["steps"] == 10
    assert held({"steps": 50}, {"steps": 10}, {"steps": 40})["steps"] == 40
    assert held({"steps": 50}, {"steps": 10}, {"steps": 60})["steps"] == 50
    assert held({}, {}, {})["steps"] == 30
    assert "model_timeout" not in held({}, {"model_timeout": 5.0}, {})
    assert held({"tool_result_bytes": 100}, {"tool_result_bytes": 5_000}, {})["tool_result_bytes"] == 100
    assert held({"tool_result_bytes": 0}, {"tool_result_bytes": 5_000}, {})["tool_result_bytes"] == 5_000
    assert "steps" not in held({}, {}, {"steps": 0}), "0 of a site takes the default away for it"


def test_the_job_itself_stays_as_it_was() -> None:
    """What Drupal sent is not changed in place; PHP's empty list is an empty map."""
    document = job()
    document["agent"]["binding"]["limits"] = []
    changed = SidecarLimits({"default": {"steps": 3}}).hold(Job.of(document))
    assert changed.agent.limits == Limits(steps=3)
    assert changed.document["agent"]["binding"]["limits"] == {"steps": 3}
    assert document["agent"]["binding"]["limits"] == []
