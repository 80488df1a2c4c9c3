"""The sidecar's code gives the answers of the vectors."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from sidecar.drupal import signing
from sidecar.errors import SignatureRefused
from sidecar.runs.run import FINAL, TRANSITIONS, RunState
from sidecar.settings import secret_bytes
from sidecar.tools.schemas import errors_of, schema_problem
from tests.contract.cases import cases, vectors

Case = dict[str, Any]


@pytest.mark.parametrize("case", cases("secrets"))
def test_secret(case: Case) -> None:
    """A secret is its bytes, or is refused."""
    if case["key"] is None:
        with pytest.raises(ValueError, match="secret") as refusal:
            secret_bytes(case["secret"])
        assert not case["secret"] or case["secret"] not in str(refusal.value)
    else:
        assert secret_bytes(case["secret"]).hex() == case["key"]


@pytest.mark.parametrize("case", cases("signatures"))
def test_signature(case: Case) -> None:
    """A signed request gets the verdict of the protocol."""
    body = base64.b64decode(case["body_base64"]) if "body_base64" in case else case["body"].encode()
    assert _verdict(case, body) == case["expected"]


def _verdict(case: Case, body: bytes) -> str:
    try:
        seen = signing.verify(case["secrets"], case["headers"], body, case["now"], case["direction"])
    except SignatureRefused as refusal:
        return refusal.code
    assert seen == case["headers"]["webhook-id"]
    return "replayed" if seen in case["seen"] else "ok"


@pytest.mark.parametrize("case", cases("signatures", "sign"))
def test_signing(case: Case) -> None:
    """The first secret signs, over the raw bytes."""
    headers = signing.sign(case["secrets"][0], case["body"].encode(), case["timestamp"], case["webhook_id"])
    assert headers == {
        "webhook-id": case["webhook_id"],
        "webhook-timestamp": str(case["timestamp"]),
        "webhook-signature": case["expected"],
    }


@pytest.mark.parametrize("case", cases("run-tokens", "make"))
def test_run_token_is_made(case: Case) -> None:
    """The sidecar derives the same token as Drupal."""
    assert signing.key_id(case["secret"]) == case["key_id"]
    assert signing.run_token(case["secret"], case["run"], case["generation"], case["account"]) == case["token"]


@pytest.mark.parametrize("case", cases("callers", "make"))
def test_caller_header_is_made(case: Case) -> None:
    """The sidecar vouches for door and address of a caller."""
    made = signing.caller_header(case["secret"], case["credential"], case["door"], case["address"], case["now"])
    assert made == case["header"]


@pytest.mark.parametrize("case", cases("callers"))
def test_caller_header(case: Case) -> None:
    """A presented header is believed, or not."""
    asked = (case["secrets"], case["header"], case["credential"], case["now"])
    if case["expected"] is None:
        with pytest.raises(SignatureRefused) as refusal:
            signing.caller_of(*asked)
        assert refusal.value.code == "caller_invalid"
    else:
        caller = signing.caller_of(*asked)
        assert {"door": caller.door, "address": caller.address} == case["expected"]


@pytest.mark.parametrize("address", ["", "localhost", "fe80::1%eth0", "192.0.2.7\n", "192.0.2.7,door=mcp"])
def test_no_caller_header_for_what_is_no_address(address: str) -> None:
    """Nothing is put into a header that could be read as something else."""
    with pytest.raises(ValueError, match="address"):
        signing.caller_header("x" * 24, "Bearer bgd_", "api", address, 1)


@pytest.mark.parametrize("case", cases("run-transitions"))
def test_transition(case: Case) -> None:
    """The table of transitions, pair by pair."""
    assert (RunState(case["to"]) in TRANSITIONS[RunState(case["from"])]) == case["allowed"]


def test_states() -> None:
    """The states, and which are final; no pair of two states is without a vector."""
    assert {case["state"]: case["final"] for case in vectors("run-transitions")["states"]} == {
        state: state in FINAL for state in RunState
    }
    pairs = {(case["from"], case["to"]) for case in vectors("run-transitions")["cases"]}
    assert pairs == {(before, after) for before in RunState for after in RunState if before != after}


def test_no_transition_to_itself() -> None:
    """Staying is no transition."""
    assert [state for state, following in TRANSITIONS.items() if state in following] == []


@pytest.mark.parametrize("case", cases("foreign-patterns"))
def test_foreign_pattern(case: Case) -> None:
    """A pattern fits as ECMA 262 says; a wrong one makes its schema unusable."""
    schema = {"pattern": case["pattern"]}
    assert (schema_problem(schema) is None) == (case["fits"] is not None)
    assert (errors_of(schema, case["text"]) == []) == bool(case["fits"])


@pytest.mark.parametrize("case", cases("foreign-schemas"))
def test_foreign_schema(case: Case) -> None:
    """Whether a schema can be used."""
    assert (schema_problem(case["schema"]) is None) == case["usable"]
