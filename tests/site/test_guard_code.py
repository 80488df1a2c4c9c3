"""P3 from the inside: code that saves under an agent's account, or under another one while a run's request is active."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.site.drupal import Agents

WHO = ["agent", "admin"]


@pytest.fixture(scope="module")
def attacks(agents: Agents) -> dict[str, Any]:
    """What came of each attack in php/attacks.php."""
    given = {
        "agent": agents.accounts["agent"]["id"],
        "editor": agents.accounts["editor"]["id"],
        "run": agents.runs["agent"]["id"],
    }
    return agents.site.script("attacks.php", json.dumps(given))


def untouched(result: dict[str, Any]) -> bool:
    """Whether what visitors see is what it was."""
    return (
        result["exists"]
        and result["same_revision"]
        and result["published"]
        and result["title"] not in ("Attacked", "Angegriffen")
    )


@pytest.mark.parametrize("name", ["no_run_save", "no_run_syncing", "no_run_delete"])
def test_outside_a_run_the_account_saves_nothing(attacks: dict[str, Any], name: str) -> None:
    """Without a run the account may use no transition, so nothing can be a draft."""
    assert attacks[name]["thrown"]
    assert untouched(attacks[name])
    assert attacks[name]["latest_title"] == attacks[name]["title"]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(
    "name", ["save", "publish", "unpublish", "set_unpublished", "same_revision", "default", "one_language"]
)
def test_a_save_becomes_a_draft(attacks: dict[str, Any], name: str, who: str) -> None:
    """However the code sets state and flags, the result is a pending revision."""
    result = attacks[f"{name}_{who}"]
    assert result["thrown"] == ""
    assert untouched(result)
    assert set(result["states"].values()) == {"published"}
    assert result["latest"] > 0


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(
    "name",
    [
        "syncing",
        "delete",
        "owner",
        "promote",
        "path",
        "auto_create",
        "stale",
        "two_languages",
        "remove_language",
        "revision_delete",
    ],
)
def test_what_cannot_be_a_draft_is_refused(attacks: dict[str, Any], name: str, who: str) -> None:
    """The save throws and is rolled back whole."""
    result = attacks[f"{name}_{who}"]
    assert result["thrown"]
    assert untouched(result)


@pytest.mark.parametrize("who", WHO)
def test_an_editors_draft_is_not_buried(attacks: dict[str, Any], who: str) -> None:
    """load() and save() starts from the published revision: the editor's newer draft stays the newest."""
    assert "newer revision" in attacks[f"stale_{who}"]["thrown"]
    assert attacks[f"stale_{who}"]["latest_title"] == "Editor draft"


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", ["alias", "alias_of_draft", "term", "user", "role"])
def test_other_things_are_not_saved(attacks: dict[str, Any], agents: Agents, name: str, who: str) -> None:
    """Aliases, terms, accounts and configuration are not an agent's to save."""
    assert attacks[f"{name}_{who}"]["thrown"]
    assert agents.site.sql("SELECT 1 FROM path_alias WHERE alias LIKE '/attacked%%'") == []
    assert agents.site.sql("SELECT 1 FROM taxonomy_term_field_data WHERE name = 'attacked'") == []
    assert agents.site.sql("SELECT 1 FROM users_field_data WHERE name = 'attacker'") == []


@pytest.mark.parametrize("who", WHO)
def test_a_new_item_is_never_published(attacks: dict[str, Any], who: str) -> None:
    """Node::create() with a published state is saved as a draft."""
    assert attacks[f"created_{who}"] == {"published": False, "state": "draft"}


@pytest.mark.parametrize("who", WHO)
def test_the_moderation_record_publishes_nothing(attacks: dict[str, Any], who: str) -> None:
    """Saving content moderation's own record saves the item, so the guard holds there too."""
    assert untouched(attacks[f"moderation_record_{who}"])


def test_others_are_left_alone(attacks: dict[str, Any]) -> None:
    """The guard does not touch what an editor saves."""
    assert attacks["editor"]["thrown"] == ""
    assert attacks["editor"]["title"] == "Edited"
