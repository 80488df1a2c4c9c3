"""Signatures and tokens: properties. The cases of the protocol are in tests/contract."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.drupal import signing
from sidecar.errors import SignatureRefused

KEYS = st.binary(min_size=24, max_size=64)
TIMES = st.integers(min_value=0, max_value=10**11)
RUN = "3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50"
ACCOUNT = "b2a7c6d5-1e2f-4a3b-9c8d-7e6f5a4b3c2d"


@given(key=KEYS, body=st.binary(max_size=500), now=TIMES, other=KEYS, late=st.integers(-300, 300))
def test_what_is_signed_is_verified(key: bytes, body: bytes, now: int, other: bytes, late: int) -> None:
    """Whatever the body, within the tolerance, with either of two secrets."""
    id = signing.new_id("d2s")
    headers = signing.sign(key, body, now, id)
    for keys in ([key], [other, key], [key, other]):
        assert signing.verify(keys, headers, body, now + late) == id


@given(key=KEYS, body=st.binary(max_size=100), change=st.integers(0, 10**6), now=TIMES)
def test_a_changed_bit_is_noticed(key: bytes, body: bytes, change: int, now: int) -> None:
    """Any one bit of the body."""
    headers = signing.sign(key, body + b"x", now, signing.new_id("d2s"))
    changed = bytearray(body + b"x")
    changed[change % len(changed)] ^= 1 << (change % 8)
    with pytest.raises(SignatureRefused, match="fits none"):
        signing.verify([key], headers, bytes(changed), now)


@given(headers=st.dictionaries(st.sampled_from(signing.HEADERS), st.text(max_size=60)), body=st.binary(max_size=20))
def test_nothing_but_a_refusal_comes_out_of_garbage(headers: dict[str, str], body: bytes) -> None:
    """Whatever is sent, the answer is a refusal with a code, never another exception."""
    with pytest.raises(SignatureRefused) as refusal:
        signing.verify([b"k" * 32], headers, body, 1_790_000_000)
    assert refusal.value.code in {
        "signature_missing",
        "signature_malformed",
        "wrong_direction",
        "timestamp_out_of_range",
        "signature_invalid",
    }


def test_a_request_is_not_reflected() -> None:
    """What Drupal signed is refused when it is sent back to Drupal."""
    headers = signing.sign(b"k" * 32, b"", 5, signing.new_id("d2s"))
    with pytest.raises(SignatureRefused) as refusal:
        signing.verify([b"k" * 32], headers, b"", 5, signing.TO_DRUPAL)
    assert refusal.value.code == "wrong_direction"


@given(key=KEYS, other=KEYS, generation=st.integers(1, 1000))
def test_a_token_belongs_to_one_run_generation_account_and_secret(key: bytes, other: bytes, generation: int) -> None:
    """Changing any of them changes the token; the same gives the same."""
    token = signing.run_token(key, RUN, generation, ACCOUNT)
    assert token == signing.run_token(key, RUN, generation, ACCOUNT)
    others = {
        signing.run_token(key, ACCOUNT, generation, ACCOUNT),
        signing.run_token(key, RUN, generation + 1, ACCOUNT),
        signing.run_token(key, RUN, generation, RUN),
    }
    assert token not in others
    assert (token == signing.run_token(other, RUN, generation, ACCOUNT)) == (key == other)
