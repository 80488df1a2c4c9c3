"""Claims: what Drupal tells with its jobs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sidecar.errors import ContractError
from sidecar.intake.accept import Hallway
from sidecar.intake.claims import Claimer
from sidecar.redact import Redactor
from sidecar.runs.job import Job
from tests.support.engine import SITE, job, run_id

SPENT = {"day": "2026-11-21", "cost_micros": 5, "tokens": 7, "agents": {"writer": {"cost_micros": 5, "tokens": 7}}}


class Store:
    """Notes what it is told, in order."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.job: Job | None = None

    async def accept(self, job: Job) -> Any:
        self.told.append(job.run)
        self.job = job
        return type("Accepted", (), {"run": job.run, "attempt": 1, "new": True})()

    async def told_spent(self, site: str, spent: dict[str, Any]) -> bool:
        self.told.append((site, spent))
        return True

    async def set_stop(self, site: str, on: bool) -> None:
        self.told.append((site, "stop", on))

    async def look_again(self, site: str, seconds: int) -> None:
        self.told.append((site, "look", seconds))


class Site:
    """Answers `jobs/claim`."""

    id = SITE

    def __init__(self, **answer: Any) -> None:
        self._answer = {"jobs": [], "next": None} | answer

    async def signed(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._answer


def claimer(site: Site, store: Store) -> Claimer:
    sites: dict[str, Any] = {SITE: site}
    return Claimer(sites[SITE], Hallway(store, store, sites, "test"), "test")


async def test_what_was_spent_is_known_before_a_run_can_start() -> None:
    store = Store()
    assert await claimer(Site(jobs=[job()], spent=SPENT), store).unfinished() == 1
    assert store.told == [(SITE, SPENT), run_id()]


async def test_known_secrets_are_taken_out_of_what_people_wrote_before_it_is_stored() -> None:
    """Of the input, the trigger and the notes of decisions; all else stays as it came."""
    store, sites = Store(), {SITE: Site()}
    given = job(input={"topic": "The key is hush-hush."}, trigger={"type": "manual", "id": "hush-hush"})
    given["answers"] = [
        {"id": "a", "kind": "top_up", "decision": "approve", "note": "hush-hush", "time": "2026-11-20T10:00:00Z"}
    ]
    hallway = Hallway(store, store, sites, "test", redact=Redactor(["hush-hush"]))  # pyright: ignore[reportArgumentType]
    await hallway.accept(given)
    assert store.job is not None
    assert "hush-hush" not in str(store.job)
    assert "hush-hush" not in store.job.stored()
    stored = json.loads(store.job.stored())
    assert stored["input"] == {"topic": "The key is [redacted]."}
    assert stored["agent"] == given["agent"]


async def test_an_older_module_that_does_not_tell_still_hands_out_its_runs() -> None:
    """They wait under a budget of a day, see the store; the log says why."""
    store = Store()
    assert await claimer(Site(jobs=[job()]), store).unfinished() == 1
    assert store.told == [run_id()]


async def test_sums_that_break_the_contract_are_not_taken() -> None:
    store = Store()
    with pytest.raises(ContractError, match="spent"):
        await claimer(Site(jobs=[job()], spent=SPENT | {"tokens": -1}), store).unfinished()
    assert store.told == []


async def test_an_empty_page_of_all_runs_is_not_the_last() -> None:
    """Its rows were set aside, or taken by others meanwhile: `next` tells where to go on."""

    class Pages(Site):
        async def signed(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
            after = body.get("after", 0)
            jobs = [job()] if after == 100 else []
            return {"jobs": jobs, "next": after + 50 if after < 150 else None}

    store = Store()
    assert await claimer(Pages(), store).unfinished() == 1
    assert store.told == [run_id()]


async def test_a_claim_tells_of_the_stop_and_when_to_look_again() -> None:
    """The stop is taken over, that agents may work again is not: a late answer would undo a stop."""
    store = Store()
    await claimer(Site(stop=True, look_in=None), store).new()
    await claimer(Site(stop=False, look_in=30), store).new()
    assert store.told == [(SITE, "stop", True), (SITE, "look", 30)]


@pytest.mark.parametrize("wrong", [-1, 1.5, "30", True, 10**9])
async def test_a_time_that_cannot_be_is_not_taken(wrong: Any) -> None:
    store = Store()
    with pytest.raises(ContractError, match="look_in"):
        await claimer(Site(look_in=wrong), store).new()
    assert store.told == []
