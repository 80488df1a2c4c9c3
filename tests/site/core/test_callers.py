"""Callers whom the sidecar passes on: their door and address are believed only when it signed them, on a real site."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sidecar import contracts
from sidecar.drupal import signing
from tests.site.drupal import API, SECRET, Site, is_problem
from tests.site.people import Person

RUNNER = httpx.BasicAuth("core_runner", "test-core_runner")._auth_header
ADDRESS = "192.0.2.7"


@pytest.fixture
def flood(site: Site) -> Iterator[None]:
    """No failed log-in is remembered before and after the test."""
    empty = "if (\\Drupal::database()->schema()->tableExists('flood')) { \\Drupal::database()->truncate('flood')->execute(); }"
    site.php(empty)
    yield
    site.php(empty)


def passed_on(door: signing.Door, credential: str = RUNNER, **changed: Any) -> dict[str, str]:
    """The headers of a request that a sidecar passes on."""
    parts: dict[str, Any] = {"secret": SECRET, "address": ADDRESS, "now": int(time.time()), "credential": credential}
    header = signing.caller_header(door=door, **(parts | changed))
    return {"Authorization": credential, signing.CALLER_HEADER: header}


@pytest.mark.parametrize("door", ["api", "mcp", "a2a"])
def test_the_door_is_the_trigger_of_the_run(site: Site, people: dict[str, Person], clean: None, door: str) -> None:
    """It stands on the run, whichever door of the sidecar it came by."""
    answer = site.http.post(f"{API}/runs", json={"agent": "core"}, headers=passed_on(door))  # type: ignore[arg-type]
    assert answer.status_code == 201, answer.text
    assert (answer.json()["trigger"], answer.json()["requester"]["name"]) == ({"type": door}, "core_runner")


FORGED: dict[str, dict[str, Any]] = {
    "another secret": {"secret": "x" * 24},
    "old": {"now": 1_700_000_000},
    "another's credential": {"credential": "Basic b3RoZXI6b3RoZXI="},
}


@pytest.mark.parametrize("name", FORGED)
@pytest.mark.parametrize("path", ["me", "agents", "runs", "no/such"])
def test_a_forged_header_is_refused_everywhere(site: Site, people: dict[str, Person], name: str, path: str) -> None:
    """Whatever else the request carries, and before anything is looked at."""
    headers = passed_on("mcp", **FORGED[name]) | {"Authorization": RUNNER}
    assert is_problem(site.http.get(f"{API}/{path}", headers=headers), 401, "caller_invalid")


def test_two_headers_are_none(site: Site, people: dict[str, Person]) -> None:
    headers = passed_on("mcp")
    twice = [*headers.items(), (signing.CALLER_HEADER, headers[signing.CALLER_HEADER])]
    assert is_problem(site.http.get(f"{API}/me", headers=twice), 401, "caller_invalid")


def test_wrong_passwords_through_the_sidecar_shut_out_their_sender_alone(
    site: Site, people: dict[str, Person], flood: None
) -> None:
    """Drupal's own limits by address meet the caller, and not all callers of the sidecar."""
    site.php("\\Drupal::configFactory()->getEditable('user.flood')->set('ip_limit', 3)->save();")
    try:
        for number in range(5):
            wrong = httpx.BasicAuth(f"nobody{number}", "wrong")._auth_header
            site.http.get(f"{API}/me", headers=passed_on("api", wrong))
        attacker = site.http.get(f"{API}/me", headers=passed_on("api"))
        other = site.http.get(f"{API}/me", headers=passed_on("api", address="2001:db8::9"))
    finally:
        site.php("\\Drupal::configFactory()->getEditable('user.flood')->set('ip_limit', 50)->save();")
    assert attacker.status_code == 403 or attacker.json()["anonymous"], attacker.text
    assert other.json()["name"] == "core_runner", other.text


def test_me_tells_what_the_caller_may(site: Site, people: dict[str, Person]) -> None:
    """By each means one document of the contract; whoever may run no agent has none."""
    told = {name: person.get("me").json() for name, person in people.items()}
    told["nobody"] = site.http.get(f"{API}/me").json()
    told["basic"] = site.http.get(f"{API}/me", headers={"Authorization": RUNNER}).json()
    for document in told.values():
        contracts.check("me", document)
    assert (told["basic"]["means"], told["runner"]["means"]) == ("basic", "session")
    assert told["basic"]["agents"] == told["runner"]["agents"] != []
    assert (told["stranger"]["agents"], told["stranger"]["runs"]) == ([], "none")
    assert (told["nobody"]["means"], told["nobody"]["account"], told["nobody"]["agents"]) == ("anonymous", None, [])
