"""Accounts of OAuth tokens: a second account object of the same id, with fewer permissions, on a site without Simple OAuth."""

from __future__ import annotations

from typing import Any

import pytest

from tests.site.drupal import Site


@pytest.fixture(scope="module")
def told(site: Site, made: dict[str, Any]) -> dict[str, Any]:
    """What the accounts of php/token_accounts.php may."""
    if site.php("print (int) \\Drupal::moduleHandler()->moduleExists('simple_oauth');") == "1":
        pytest.skip("the site has the real Simple OAuth, whose tokens test_oauth.py asks")
    return site.script("token_accounts.php")


def test_the_account_of_the_request_is_asked(told: dict[str, Any]) -> None:
    """A token whose scopes do not name the agent does not run it, though its person may."""
    assert told["narrow"] == {"dispatch": "forbidden", "run": False, "create": True}


def test_a_dispatch_leaves_no_permissions_behind(told: dict[str, Any]) -> None:
    """Neither in this request nor in the next one has the token what its person may."""
    assert told["runs"] == {"dispatch": "queued", "create": False}
    assert told["runs_later"] == {"run": True, "create": False}
    assert told["narrow_later"] == {"run": False, "create": True}


def test_the_persons_own_limit_is_asked_besides(told: dict[str, Any]) -> None:
    """The token of a client has its scopes' permissions; it does not run for a person who may not."""
    assert told["client"] == "forbidden"


def test_permissions_of_tokens_are_kept_apart(told: dict[str, Any]) -> None:
    """Two people's tokens with equal scopes: the first one's answer is not the second one's."""
    assert (told["first"], told["second"]) == ("queued", "forbidden")


def test_whoever_asks_the_person_anew_gives_the_token_nothing(told: dict[str, Any]) -> None:
    """Drupal keeps permissions by the current account: an answer about another object of its id is not kept."""
    assert (told["asked_anew"], told["asked_anew_later"]) == (False, False)


def test_a_person_without_a_token_is_as_before(told: dict[str, Any]) -> None:
    """Also right after their tokens, and as an administrator."""
    assert told["person"] == "queued"
    assert told["administrator"] is True


def test_an_administrators_token_has_no_flag(told: dict[str, Any]) -> None:
    """What its scopes name is all it may."""
    assert told["admin"]["administer"] is False
    assert told["admin_scopes"] == {"admin": False, "permissions": ["run core background agent"]}
