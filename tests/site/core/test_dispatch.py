"""Who may run, see and manage agents on a real site; what is refused and why."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sidecar.drupal import signing
from tests.site.drupal import API, JSONAPI, SECRET, Site, is_problem
from tests.site.people import Person, dispatched, php, save_node
from tests.site.sidecar import Sidecar


def test_a_run_is_made_with_its_job(runner: Person, sidecar: Sidecar, made: dict[str, Any], clean: None) -> None:
    """POST runs answers the run; its job carries the agent's snapshot, the input and the requester."""
    answer = runner.post("runs", {"agent": "core", "input": {"topic": "bees", "count": 3}, "trigger": {"id": "x"}})
    assert answer.status_code == 201, answer.text
    run = answer.json()
    assert (run["state"], run["attempt"], run["generation"], run["input"]) == (
        "queued",
        0,
        1,
        {"topic": "bees", "count": 3},
    )
    assert run["trigger"] == {"type": "api", "id": "x"}
    [job] = sidecar.claim()
    assert job["run"] == run["uuid"]
    assert (job["attempt"], job["generation"], job["last_seq"], job["site"]) == (1, 1, 0, "default")
    assert job["requester"]["name"] == "core_runner"
    assert job["account"] == made["agent"]["uuid"]
    assert "account" not in job["agent"]["binding"], "The agent is the same on each site."
    assert job["agent"]["binding"]["model_settings"] == {}
    assert job["agent"]["binding"]["limits"]["steps"] > 0
    assert job["input"] == {"topic": "bees", "count": 3}
    assert sidecar.claim() == [], "A claimed job is not handed out again."


@pytest.mark.parametrize("type_", ["background_agents_agent", "background_agents_trigger"])
@pytest.mark.parametrize("who", ["anonymous", "stranger", "watcher"])
def test_jsonapi_lists_no_agents(site: Site, people: dict[str, Person], type_: str, who: str) -> None:
    """Neither their names nor how many there are; programs have an endpoint that asks for the permission."""
    http = site.http if who == "anonymous" else people[who].http
    answer = http.get(f"/jsonapi/{type_}/{type_}", headers={"Accept": JSONAPI})
    assert answer.status_code == 404, answer.text[:300]
    assert f"/{type_}/" not in http.get("/jsonapi", headers={"Accept": JSONAPI}).text


def test_the_name_of_an_agent_is_for_who_may_run_it_or_see_runs(site: Site, people: dict[str, Person]) -> None:
    """Asked of entity access, as lists and references of other modules do."""
    code = """
    $agent = $$Entity\\Agent::load('core');
    $users = \\Drupal::entityTypeManager()->getStorage('user');
    $may = fn (string $name): bool => $agent->access('view label', array_values($users->loadByProperties(['name' => $name]))[0]);
    $nobody = \\Drupal\\user\\Entity\\User::getAnonymousUser();
    $names = ['core_runner', 'core_watcher', 'core_stranger', 'admin'];
    $told = array_combine($names, array_map($may, $names));
    print json_encode($told + ['anonymous' => $agent->access('view label', $nobody)]);
    """
    assert php(site, code) == {
        "core_runner": True,
        "core_watcher": True,
        "core_stranger": False,
        "admin": True,
        "anonymous": False,
    }


def test_anonymous_and_strangers_are_refused(site: Site, runner: Person, people: dict[str, Person]) -> None:
    assert is_problem(site.http.post(f"{API}/runs", json={"agent": "core"}), 401, "authentication_required")
    assert is_problem(site.http.get(f"{API}/agents"), 401, "authentication_required")
    stranger = people["stranger"]
    assert is_problem(stranger.post("runs", {"agent": "core"}), 403, "forbidden")
    assert stranger.get("agents").json() == {"agents": []}
    assert [agent["id"] for agent in runner.get("agents").json()["agents"]] == ["core", "core_patterns", "core_remote"]


def test_a_session_needs_the_header_against_forged_requests(runner: Person) -> None:
    assert is_problem(runner.http.post(f"{API}/runs", json={"agent": "core"}), 403, "forbidden")


def test_runs_are_seen_by_their_requester_and_by_who_may_see_all(
    runner: Person, other: Person, people: dict[str, Person]
) -> None:
    run = dispatched(runner)
    assert runner.get(f"runs/{run}").status_code == 200
    assert is_problem(other.get(f"runs/{run}"), 403, "forbidden")
    assert is_problem(other.get(f"runs/{run}/events"), 403, "forbidden")
    assert is_problem(other.post(f"runs/{run}/cancel"), 403, "forbidden")
    watcher = people["watcher"]
    assert watcher.get(f"runs/{run}").status_code == 200
    assert is_problem(watcher.post(f"runs/{run}/cancel"), 403, "forbidden")
    assert is_problem(runner.get("runs/3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50"), 404, "not_found")
    assert is_problem(runner.get("runs/nonsense"), 404, "not_found")


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


REFUSED = {
    # One answer, whether there is such an agent or not, and however it is.
    "unknown agent": ({"agent": "nobody"}, 403, "forbidden"),
    "disabled agent of others": ({"agent": "core_off"}, 403, "forbidden"),
    "input does not fit": ({"agent": "core", "input": {"topic": 5}}, 422, "input_invalid"),
    "input has more": ({"agent": "core", "input": {"else": 1}}, 422, "input_invalid"),
    "input needs too much work": (
        {"agent": "core_patterns", "input": {"any": ["a" * 40 + "!"] * 5_000}},
        422,
        "input_invalid",
    ),
    "input is nested too deeply": ({"agent": "core_patterns", "input": {"any": nested(100)}}, 422, "input_invalid"),
    "input does not fit a pattern": ({"agent": "core_patterns", "input": {"name": "4\u0663"}}, 422, "input_invalid"),
    "schema refers elsewhere": ({"agent": "core_remote", "input": {"a": 1}}, 409, "input_schema_invalid"),
    "input a list": ({"agent": "core", "input": []}, 422, "invalid"),
    **{
        f"a trigger that claims to be {type_}": ({"agent": "core", "trigger": {"type": type_}}, 422, "invalid")
        for type_ in ("content", "mcp", "a2a", "schedule", "cron", "agent")
    },
    "no agent": ({}, 422, "invalid"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(runner: Person, name: str) -> None:
    document, status, code = REFUSED[name]
    answer = runner.post("runs", document)
    assert is_problem(answer, status, code)
    assert answer.json()["detail"]


def test_the_sites_own_secret_is_taken_out_of_the_input_before_it_is_stored(
    site: Site, runner: Person, sidecar: Sidecar, clean: None
) -> None:
    """Whoever pasted it: it would be shown on the run's page and to the model."""
    run = dispatched(runner, input={"topic": f"It is {SECRET}."})
    assert runner.get(f"runs/{run}").json()["input"] == {"topic": "It is [redacted]."}
    assert sidecar.claim()[0]["input"] == {"topic": "It is [redacted]."}


def test_a_pattern_of_letters_and_names_is_read(runner: Person) -> None:
    """As JSON Schema means it: letters of all languages, a named group, ASCII digits."""
    answer = runner.post("runs", {"agent": "core_patterns", "input": {"name": "\u00e44"}})
    assert answer.status_code == 201, answer.text


def test_an_agent_without_account_does_not_run(site: Site) -> None:
    with pytest.raises(AssertionError, match="account_missing"):
        site.drush("background-agents:run", "core_nobody")


def test_the_same_key_gives_the_same_run(runner: Person, other: Person) -> None:
    """Also when asked for at once; another requester's key is another key."""
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: runner.post("runs", {"agent": "core", "key": "monday"}), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["uuid"] for answer in answers}) == 1
    assert dispatched(other, key="monday") != answers[0].json()["uuid"]


def test_the_stop_switch_refuses_and_is_told(site: Site, runner: Person, sidecar: Sidecar, clean: None) -> None:
    waiting = dispatched(runner)
    site.drush("background-agents:stop")
    try:
        assert is_problem(runner.post("runs", {"agent": "core"}), 403, "site_stopped")
        assert sidecar.claim() == []
        assert sidecar.report()["stop"] is True
        save_node(site, "While stopped")
    finally:
        site.drush("background-agents:start")
    assert sidecar.report()["stop"] is False
    jobs = sidecar.claim()
    assert jobs[0]["run"] == waiting
    assert [job["input"].get("topic") for job in jobs[1:]] == ["While stopped"], "What happened meanwhile is not lost."


def test_maintenance_mode_is_a_problem_document(site: Site, runner: Person, sidecar: Sidecar) -> None:
    site.drush("state:set", "system.maintenance_mode", "1")
    try:
        for answer in (
            sidecar.post("jobs/claim", {"worker": "w"}),
            sidecar.post("events", sidecar.batch()),
            runner.get("agents"),
        ):
            assert is_problem(answer, 503, "maintenance")
            assert int(answer.headers["retry-after"]) > 0
        assert sidecar.post("status", {}).json()["maintenance"] is True
    finally:
        site.drush("state:set", "system.maintenance_mode", "0")


def test_signed_endpoints_accept_nothing_else(site: Site, sidecar: Sidecar, runner: Person) -> None:
    assert is_problem(site.http.post(f"{API}/jobs/claim", json={"worker": "w"}), 401, "signature_missing")
    assert is_problem(runner.post("events", {}), 403, "forbidden"), "A session is no signature."
    claim = {"worker": "w"}
    assert is_problem(sidecar.post("jobs/claim", claim, secret="x" * 24), 401, "signature_invalid")
    assert is_problem(sidecar.post("jobs/claim", claim, now=int(time.time()) - 301), 401, "timestamp_out_of_range")
    assert is_problem(sidecar.post("jobs/claim", claim, now=int(time.time()) + 400), 401, "timestamp_out_of_range")
    assert is_problem(sidecar.post("jobs/claim", claim, id=signing.new_id("d2s")), 401, "wrong_direction")
    once = signing.new_id()
    assert sidecar.post("jobs/claim", claim, id=once).status_code == 200
    assert is_problem(sidecar.post("jobs/claim", claim, id=once), 401, "replayed")
    body = b'{"worker": "w"}'
    headers = signing.sign(SECRET, body, int(time.time()), signing.new_id())
    assert is_problem(
        site.http.post(f"{API}/jobs/claim", content=body + b" ", headers=headers), 401, "signature_invalid"
    )


def test_one_id_sent_at_once_is_accepted_once(sidecar: Sidecar) -> None:
    once = signing.new_id()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: sidecar.post("events", sidecar.batch(), id=once).status_code, range(6)))
    assert sorted(answers) == [200] + [401] * 5


@pytest.mark.parametrize(
    ("members", "query", "pointer", "near"),
    [
        ({"inputs": {"topic": "bees"}}, "", "/inputs", '"input"'),
        (
            {"simulate": True},
            "",
            "/simulate",
            "There are: agent, input, key, delay, priority, dry_run, limits, trigger.",
        ),
        ({"trigger": {"type": "api", "ids": "x"}}, "", "/trigger/ids", '"id"'),
        ({}, "?dry_run=1", "/dry_run", "body"),
    ],
)
def test_what_is_unknown_starts_nothing(
    site: Site, runner: Person, members: dict[str, Any], query: str, pointer: str, near: str
) -> None:
    """A member or parameter that nobody knows may have been meant to change what happens: it is named, with what is near it."""
    before = site.sql("SELECT COUNT(*) AS runs FROM background_agents_run")
    answer = runner.post(f"runs{query}", {"agent": "core"} | members)
    assert is_problem(answer, 422, "invalid")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert near in answer.json()["errors"][0]["detail"]
    assert site.sql("SELECT COUNT(*) AS runs FROM background_agents_run") == before


@pytest.mark.parametrize(
    ("command", "members", "pointer"),
    [
        ("cancel", {"notes": "x"}, "/notes"),
        ("pause", {"decision": "approve"}, "/decision"),
        ("retry", {"step": 3}, "/step"),
        ("retry", {"dry_run": True}, "/dry_run"),
        ("decide", {"id": "q", "decision": "approve", "by": "somebody else"}, "/by"),
    ],
)
def test_what_is_unknown_commands_nothing(
    site: Site, runner: Person, command: str, members: dict[str, Any], pointer: str
) -> None:
    """Commands are closed, too."""
    run = dispatched(runner)
    answer = runner.post(f"runs/{run}/{command}", members)
    assert is_problem(answer, 422, "invalid")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert runner.get(f"runs/{run}").json()["state"] == "queued"


def test_the_same_key_with_another_input_is_refused(runner: Person) -> None:
    """It is not answered with the first run, and starts none; the order of members is no other input."""
    first = runner.post("runs", {"agent": "core", "key": "input", "input": {"topic": "bees", "count": 1}})
    answer = runner.post("runs", {"agent": "core", "key": "input", "input": {"topic": "wasps", "count": 1}})
    assert is_problem(answer, 422, "key_reused")
    assert answer.json()["errors"][0]["pointer"] == "/key"
    again = runner.post("runs", {"agent": "core", "key": "input", "input": {"count": 1, "topic": "bees"}})
    assert (again.status_code, again.json()["uuid"]) == (200, first.json()["uuid"])


def test_documents_between_the_two_sides_stay_open(runner: Person, sidecar: Sidecar, clean: None) -> None:
    """A newer sidecar may say more: in a claim, a batch, a signed retry."""
    run = dispatched(runner)
    [job] = sidecar.claim(mood="good")
    end = {"state": "failed", "reason": "limit:steps", "mood": "bad"}
    answer = sidecar.report(
        {"run": run, "attempt": job["attempt"], "generation": 1, "events": [], "end": end, "mood": 1}
    )
    assert answer["runs"][run]["ended"] == "failed"
    assert sidecar.post(f"runs/{run}/retry", {"mood": "good"}).status_code == 202
