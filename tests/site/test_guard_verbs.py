"""P3 from the inside, by the other verbs of storage and configuration, with no transaction that could take them back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.site.drupal import Agents

WHO = ["agent", "admin"]
STORAGE = ["revision_delete", "record_delete", "record_revision_delete", "record_save"]
CONFIG = [
    "config_save",
    "config_create",
    "config_delete",
    "config_rename",
    "config_translate",
    "config_translation_delete",
    "module",
]


@pytest.fixture(scope="module")
def verbs(agents: Agents) -> dict[str, Any]:
    """What came of each deed of php/guard_verbs.php."""
    given = {
        "agent": agents.accounts["agent"]["id"],
        "editor": agents.accounts["editor"]["id"],
        "run": agents.runs["agent"]["id"],
    }
    return agents.site.script("guard_verbs.php", json.dumps(given))


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", STORAGE)
def test_revisions_and_records_stay(verbs: dict[str, Any], name: str, who: str) -> None:
    """Every row of the item is there as before: an editor's pending draft, its text, and the state that moderation knows of it."""
    result = verbs[f"{name}_{who}"]
    assert result["thrown"]
    assert result["noted"]
    assert result["after"] == result["before"]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", CONFIG)
def test_configuration_stays(verbs: dict[str, Any], name: str, who: str) -> None:
    """Whatever the verb, and the collection: the database, the cache and whoever asks hold what they held."""
    result = verbs[f"{name}_{who}"]
    assert "do not change configuration" in result["thrown"]
    assert result["noted"]
    assert result["after"] == result["before"]


@pytest.mark.parametrize("who", WHO)
def test_nothing_is_imported(verbs: dict[str, Any], who: str) -> None:
    """An import of configuration does not even begin."""
    result = verbs[f"import_{who}"]
    assert result["thrown"]
    assert result["after"] == result["before"]


def test_others_keep_their_verbs(verbs: dict[str, Any]) -> None:
    """Outside of a run revisions are deleted and configuration is saved as ever; nothing of Drupal's definitions is out of date."""
    assert verbs["free"] == {"revision": True, "config": "newer", "definitions": False}
