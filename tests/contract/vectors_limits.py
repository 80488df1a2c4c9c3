"""Vectors of limits: which hold for a run, and how its drafts count against theirs."""

from __future__ import annotations

from typing import Any

Limits = dict[str, Any]


def limits() -> dict[str, Any]:
    """Limits of agent and site, of the job that Drupal makes of them, and those that hold under the settings of a sidecar."""
    return {
        "comment": "`job`: what Drupal puts into the job, and judges by: `agent` over `site`. `hold`: what the sidecar obeys: the job's, "
        "lowered by what its `settings` say; its `defaults` where nobody says anything. 0 or absent: says nothing.",
        "cases": [
            _limit("agent-over-site", "The agent's own holds, higher or lower.", {"steps": 50, "writes": 2},
                   {"steps": 20, "writes": 20, "tokens": 1000}, {"steps": 50, "writes": 2, "tokens": 1000}),
            _limit("zero-of-the-agent", "0 is none of its own.", {"steps": 0}, {"steps": 20}, {"steps": 20}),
            _limit("zero-of-the-site", "0 is no limit.", {}, {"cost_micros": 0}, {}),
            _limit("lowered", "The settings lower what is higher.", {"steps": 50}, {"writes": 20}, {"steps": 50, "writes": 20},
                   settings={"steps": 10}, hold={"steps": 10, "writes": 20}),
            _limit("not-raised", "They raise nothing.", {"steps": 5}, {}, {"steps": 5}, settings={"steps": 10}, hold={"steps": 5}),
            _limit("set-here-alone", "What only they say holds.", {}, {}, {}, settings={"tokens": 100}, hold={"tokens": 100}),
            _limit("defaults-lower-nothing", "A default is for jobs that say nothing.", {"steps": 50}, {}, {"steps": 50},
                   defaults={"steps": 30, "writes": 20}, hold={"steps": 50, "writes": 20}),
            _limit("set-to-nothing", "0 in the settings: nothing holds but what the job says.", {}, {}, {},
                   settings={"steps": 0}, defaults={"steps": 30}, hold={}),
            _limit("on-limit", "What happens at a limit is the agent's or the site's.", {"on_limit": "ask"}, {"on_limit": "fail", "steps": 3},
                   {"on_limit": "ask", "steps": 3}, settings={"steps": 2}, hold={"on_limit": "ask", "steps": 2}),
        ],
    }  # fmt: skip


def _limit(
    id: str,
    comment: str,
    agent: Limits,
    site: Limits,
    job: Limits,
    *,
    settings: Limits | None = None,
    defaults: Limits | None = None,
    hold: Limits | None = None,
) -> dict[str, Any]:
    return {
        "id": id,
        "comment": comment,
        "agent": agent,
        "site": site,
        "job": job,
        "settings": settings or {},
        "defaults": defaults or {},
        "hold": job if hold is None else hold,
    }


def writes() -> dict[str, Any]:
    """Whether a run may leave one more draft."""
    return {
        "comment": "`drafts`: the generation that each draft of the run belongs to now (a retry from a step takes over those of kept steps). "
        "`counted`: how many count. `allowed`: whether one more may be left. `limit` 0: no limit.",
        "cases": [
            _writes("none", "Nothing yet.", 2, [], 0, True),
            _writes("room", "One is left.", 2, [1], 1, True),
            _writes("used-up", "The limit itself may be reached.", 2, [1, 1], 2, False),
            _writes("no-limit", "0 is no limit.", 0, [1, 1, 1], 3, True),
            _writes("retried", "What the generation before left does not count.", 2, [1, 1], 0, True, generation=2),
            _writes("retried-used-up", "The new one's own do.", 2, [1, 1, 2, 2], 2, False, generation=2),
            _writes("taken-over", "So do those of kept steps.", 2, [1, 2], 1, True, generation=2),
            _writes("taken-over-used-up", "As many as it may.", 2, [2, 2], 2, False, generation=2),
            _writes("granted", "A yes allows the limit once more.", 2, [1, 1], 2, True, granted=1),
            _writes("granted-used-up", "Once.", 2, [1, 1, 1, 1], 4, False, granted=1),
            _writes("granted-twice", "Twice.", 2, [1, 1, 1, 1], 4, True, granted=2),
        ],
    }


def _writes(
    id: str,
    comment: str,
    limit: int,
    drafts: list[int],
    counted: int,
    allowed: bool,
    *,
    generation: int = 1,
    granted: int = 0,
) -> dict[str, Any]:
    return {
        "id": id,
        "comment": comment,
        "limit": limit,
        "granted": granted,
        "generation": generation,
        "drafts": drafts,
        "counted": counted,
        "allowed": allowed,
    }
