"""The sidecar tells which models it can serve; people choose from them, and hear what does not work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.site import axe
from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Site
from tests.site.sidecar import Sidecar

AGENTS = "/admin/config/services/background-agents"
VERSION = "0123456789abcdef"
PROVIDERS: list[dict[str, Any]] = [
    {"id": "anthropic", "label": "Anthropic", "key": "settings", "health": "works", "models": ["claude-a", "claude-b"]},
    {"id": "openai", "label": "OpenAI", "key": "missing", "health": "key_missing"},
    {"id": "gateway", "label": "<b>gateway</b>", "key": "settings", "health": "key_refused", "models": ["<i>odd</i>"]},
    {"id": "local", "label": "local", "key": "unneeded", "health": "unknown"},
]


@pytest.fixture
def told(site: Site) -> Iterator[Sidecar]:
    """A site that was told of four providers."""
    sidecar = Sidecar(site)
    answer = sidecar.report(models={"version": VERSION, "providers": PROVIDERS})
    assert answer["models"] == VERSION
    yield sidecar
    site.php("\\Drupal::keyValue('background_agents_models')->deleteAll();")


@pytest.fixture
def admin(site: Site) -> Iterator[Visitor]:
    site.script("ui.php", "given")
    with chromium() as browser:
        visitor = Visitor(site, browser, "admin")
        yield visitor
        visitor.close()
    assert visitor.alarms == []


def open_models(admin: Visitor, agent: str) -> None:
    """The tab of an agent's form with its models."""
    admin.open(f"{AGENTS}/manage/{agent}")
    admin.page.locator('.vertical-tabs__menu >> text="Model and limits"').click()


def test_what_is_told_is_kept_and_the_site_says_which_it_has(site: Site, told: Sidecar) -> None:
    """A report without models changes nothing; what breaks the contract is refused, and what was there stays."""
    assert told.report()["models"] == VERSION
    broken = {"version": "f" * 16, "providers": [PROVIDERS[0] | {"health": "fine"}]}
    assert told.post("events", told.batch(models=broken)).status_code == 422
    assert told.report()["models"] == VERSION
    count = "print count(\\Drupal::service('Drupal\\background_agents\\Sidecar\\OfferedModels')->providers());"
    assert site.php(count) == "4"


@pytest.mark.browser
def test_a_model_is_chosen_from_what_works(site: Site, admin: Visitor, told: Sidecar) -> None:
    """One that does not work says why; another one is typed, and warned about."""
    open_models(admin, "ui_agent")
    page = admin.page
    choice = page.get_by_label("Model", exact=True)
    groups = choice.locator("optgroup").evaluate_all("all => all.map(group => group.label)")
    assert groups == ["Anthropic", "<b>gateway</b>, does not work now: Refuses the key"]
    assert axe.violations(page, "#edit-model") == []
    choice.select_option("anthropic:claude-a")
    expect(page.get_by_label("Model: its name", exact=True)).to_be_hidden()
    page.get_by_label("Second model", exact=True).select_option("_other")
    page.get_by_label("Second model: its name").fill("nobody:x")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messages--warning").first).to_contain_text('no provider and no endpoint "nobody"')
    open_models(admin, "ui_agent")
    expect(page.get_by_label("Model", exact=True)).to_have_value("anthropic:claude-a")
    expect(page.get_by_label("Second model: its name")).to_have_value("nobody:x")
    page.get_by_label("Second model", exact=True).select_option("gateway:<i>odd</i>")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messages--warning").first).to_contain_text("<b>gateway</b>: Refuses the key")


@pytest.mark.browser
def test_another_model_needs_a_name(admin: Visitor, told: Sidecar) -> None:
    """The site says it also to a browser that does not."""
    open_models(admin, "ui_agent")
    page = admin.page
    page.get_by_label("Model", exact=True).select_option("_other")
    page.get_by_label("Model: its name", exact=True).fill("")
    page.evaluate("document.querySelector('form.background-agents-agent-form').noValidate = true")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messages--error")).to_contain_text("Name the model")
