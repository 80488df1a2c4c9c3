"""Secrets never pass; ordinary text is never touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.redact import MARK, Redactor

TOKEN = "bga_11111111-1111-4111-8111-111111111111.1.0a1b2c3d.AbCdEf-_123456789"
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="abc xyz.,<>/&é", max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(alphabet="abcd", min_size=1, max_size=6), inner, max_size=3)
    ),
    max_leaves=10,
)


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"GET /x failed with {TOKEN}, sorry",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "Authorization: Basic YWRtaW46YWRtaW4=",
        '{"authorization": "Bearer abcdefghijk12345"}',
        '{\\"Authorization\\": \\"Bearer abcdefghijk12345\\"}',
        "curl -H 'X-Background-Agents-Token: abcdef'",
        "Bearer abcdefghijklmnop1234567890",
        "the key sk-ant-api03-abcdefghijklmnopqrstuvwx is wrong",
        "the secret is hunter2-and-more",
    ],
)
def test_a_secret_is_taken_out(text: str) -> None:
    """Each kind of secret goes, wherever it stands."""
    cleaned = Redactor(["hunter2-and-more"]).text(text)
    assert MARK in cleaned
    for secret in (
        TOKEN,
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "YWRtaW46YWRtaW4=",
        "abcdefghijk",
        "abcdef",
        "sk-ant",
        "hunter2",
    ):
        assert secret not in cleaned


@pytest.mark.parametrize(
    "text",
    ["Basic understanding of bearers", "The bearer of this letter", "risk-based approach to tokens", "A basic: fact"],
)
def test_ordinary_text_stays(text: str) -> None:
    """Words that only look alike are kept."""
    assert Redactor().text(text) == text


def test_values_of_credential_headers_go_whole() -> None:
    """In JSON, the name of the key decides."""
    value = {"headers": [{"Authorization": "abc", "Accept": "text/html"}], "cookie": "x=1"}
    assert Redactor().value(value) == {"headers": [{"Authorization": MARK, "Accept": "text/html"}], "cookie": MARK}


def test_a_short_secret_is_not_searched_for() -> None:
    """A secret of three letters would tear holes into every text."""
    assert Redactor(["abc"]).text("abcdef") == "abcdef"


def test_of_what_people_write_only_the_given_secrets_are_taken() -> None:
    """Not what looks like one, for a text may be about it, nor one that is a word; names of members too."""
    redactor = Redactor(["drupal", "correct", "s3cret-value"])
    written = {"drupal": ["Authorization: Bearer abcdefghijklmnop1234", "correct"], "s3cret-value": "a s3cret-value b"}
    assert redactor.known_value(written) == {"drupal": written["drupal"], MARK: f"a {MARK} b"}
    assert redactor.text("correct s3cret-value") == f"{MARK} {MARK}"


def test_of_two_secrets_that_begin_alike_nothing_is_left() -> None:
    """The longer one is looked for first."""
    assert Redactor(["secret-one", "secret-one-two"]).text("secret-one-two") == MARK


@given(JSON_VALUES)
def test_redacting_changes_nothing_else_and_is_stable(value: object) -> None:
    """A value without secrets comes out equal; twice is the same as once."""
    redactor = Redactor(["correct horse battery"])
    assert redactor.value(value) == value
    marked = redactor.value([value, "correct horse battery"])
    assert redactor.value(marked) == marked
