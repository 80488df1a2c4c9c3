"""Callers, as Drupal describes them."""

from __future__ import annotations

import pytest

from sidecar.remote.caller import Caller, Origin
from sidecar.remote.credential import Credential
from sidecar.remote.documents import RunFacts

CREDENTIAL = Credential("Authorization", "Bearer bgd_secret")
ORIGIN = Origin("mcp", "192.0.2.7")


def test_a_caller_is_what_drupal_says() -> None:
    me = {"account": "u", "name": "Ann", "means": "key", "key": {"id": "k1", "name": "Laptop"}, "agents": ["alpha"]}
    caller = Caller.of("default", me | {"runs": "own", "manage": "own"}, CREDENTIAL, ORIGIN)
    assert caller.may_dispatch("alpha")
    assert not caller.may_dispatch("beta")
    assert (caller.key, caller.runs, caller.manage) == ("Laptop", "own", "own")


@pytest.mark.parametrize("told", [None, "all", 1, []])
def test_a_reach_that_is_not_known_opens_nothing(told: object) -> None:
    caller = Caller.of("default", {"account": "u", "name": "Ann", "means": "key", "runs": told}, CREDENTIAL, ORIGIN)
    assert caller.runs == "none"


def test_a_credential_is_never_written_down() -> None:
    caller = Caller.of("default", {"account": "u", "name": "Ann", "means": "key"}, CREDENTIAL, ORIGIN)
    assert "secret" not in repr(caller) + repr(CREDENTIAL)


def test_the_key_header_goes_before_authorization() -> None:
    given = Credential.of({"authorization": "Basic wall", "x-background-agents-key": "bgd_a"})
    assert given == Credential("X-Background-Agents-Key", "bgd_a")
    assert Credential.of({"authorization": "  "}) is None


def test_a_question_is_only_one_while_it_waits() -> None:
    run = {
        "uuid": "r",
        "agent": "a",
        "state": "waiting",
        "waiting_for": "approval",
        "waiting": {"for": "approval", "data": {"question": {"id": "q"}}},
    }
    assert RunFacts.of(run).question == {"id": "q"}
    assert RunFacts.of(run | {"state": "running", "waiting_for": None}).question is None
