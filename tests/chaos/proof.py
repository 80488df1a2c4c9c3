"""What must hold at the end, proven from Drupal's own tables and from what the MCP server noted."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.chaos.world import World

FINAL = ("completed", "failed", "cancelled", "expired")


def unfinished(world: World) -> list[dict[str, Any]]:
    """Runs that are not over. Raises NotNow."""
    return [run for run in world.drupal.runs() if run["state"] not in FINAL]


def violations(world: World, expected: int) -> list[str]:
    """A sentence for each promise that was broken."""
    found: list[str] = []
    effects = Counter(line.split(" ", 1)[1] for line in world.effects.read_text().splitlines())
    runs = world.drupal.runs()
    names = Counter(run["name"] for run in runs)
    found += [f"{name} was dispatched {count} times" for name, count in names.items() if count != 1]
    if len(runs) != expected:
        found.append(f"{len(runs)} runs instead of {expected}")
    for run in runs:
        name = run["name"]
        found += [f"{name}: {sentence}" for sentence in _of_run(world, run, effects[name])]
    found += [f"the outbox still holds the run {row}" for row in world.drupal.outbox()]
    return found + world.drupal.unexplained()


def _of_run(world: World, run: dict[str, Any], effects: int) -> list[str]:
    found: list[str] = []
    if run["state"] != "completed":
        found.append(f"ended {run['state']} ({run['reason']}: {run['message']})")
    events = world.drupal.events(run["uuid"])
    seqs = [event["seq"] for event in events]
    if seqs != list(range(1, len(seqs) + 1)):
        found.append(f"events are numbered {seqs[:5]}... with a gap or a double")
    kinds = [event["type"] for event in events]
    if kinds.count("run_finished") != 1:
        found.append(f"{kinds.count('run_finished')} run_finished events")
    if effects != 1:
        found.append(f"the call that cannot be repeated happened {effects} times")
    drafts = world.drupal.drafts(run["uuid"])
    operations = [draft["operation"] for draft in drafts]
    if sorted(operations) != ["create", "create", "revise"]:
        found.append(f"drafts: {operations}")
    if len({draft["entity"] for draft in drafts}) != 2:
        found.append(f"{len({draft['entity'] for draft in drafts})} items instead of 2")
    return found


def tokens_refused(world: World) -> list[str]:
    """Runs whose token still opens the door."""
    import httpx

    from sidecar.drupal.signing import run_token
    from sidecar.settings import secret_bytes

    secret, open_doors = secret_bytes(world.drupal.secret), []
    with httpx.Client(timeout=60) as client:
        for run in world.drupal.runs():
            token = run_token(secret, run["uuid"], run["generation"], run["account"])
            answer = client.get(
                f"{world.drupal.direct}/background-agents/v1/me", headers={"Authorization": f"Bearer {token}"}
            )
            if answer.status_code != 401:
                open_doors.append(f"{run['name']}: the token of an ended run is answered {answer.status_code}")
    return open_doors
