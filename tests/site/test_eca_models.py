"""The example models of ECA on a real site: they come disabled, start a run on a save, and tell of its end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.site.drupal import Site


@pytest.fixture(scope="module")
def models(site: Site) -> dict[str, Any]:
    """What came of the models, installed afresh."""
    if "eca" not in site.drush("pm:list", "--format=list", "--no-core", "--type=module").split():
        pytest.skip("ECA is not on this site")
    site.drush("pm:install", "eca_base", "eca_content", "background_agents_eca", "-y")
    site.drush("pm:uninstall", "background_agents_eca", "-y")
    site.drush("pm:install", "background_agents_eca", "-y")
    return site.script("eca_models.php")


def test_they_come_disabled(models: dict[str, Any]) -> None:
    """Nobody's saves start an agent because a module was installed."""
    assert models["installed"] == {"ask": False, "tell": False}
    assert models["disabled"] == 0


def test_their_configuration_is_valid(models: dict[str, Any]) -> None:
    assert models["schema"] == {"ask": [], "tell": []}


def test_a_save_as_draft_starts_the_chosen_agent(models: dict[str, Any]) -> None:
    """A new article and a changed one; not one that is published."""
    assert models["new"] == [["eca", "background_agents_ask", "queued"]]
    assert models["changed"] == 2
    assert models["published"] == 0


def test_the_end_of_a_run_is_told(models: dict[str, Any]) -> None:
    """One that left drafts and one that failed; not one that found nothing to do."""
    drafts, failed = models["mails"]
    assert drafts["to"] == failed["to"] == models["site_mail"]
    assert drafts["subject"] == "Example left 1 draft(s) for review"
    assert models["url"] in drafts["body"]
    assert "All is well & done." in drafts["body"]
    assert failed["subject"] == "A run of Example failed"
    assert "Too many steps." in failed["body"]
