"""The pages of dispatch keys in Chromium: by keyboard, on a wide screen and on a telephone, clean for axe."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, visiting
from tests.site.drupal import API, Site

pytestmark = pytest.mark.browser

NAME = "Script on my laptop"


@pytest.fixture
def admin(site: Site) -> Iterator[Visitor]:
    """User 1, without keys of this name before and after."""
    gone = f"\\Drupal::database()->delete('background_agents_key')->condition('name', '{NAME}%', 'LIKE')->execute();"
    site.script("ui.php", "given")
    site.php(gone)
    with visiting(site, admin="admin") as visitors:
        yield visitors["admin"]
    site.php(gone)


def fits(page: Page) -> None:
    """Nobody has to scroll sideways, wide or narrow, and axe finds nothing."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page, "main") == []


def made(page: Page) -> str:
    """A key for all agents, by the form; its text, which the site shows once."""
    page.wait_for_url("**/agent-keys/add")
    fits(page)
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type(NAME)
    page.get_by_role("radio", name="All that I may run, also later").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("group", name="Agents that I choose")).to_be_hidden()
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.press("Enter")
    shown = page.get_by_label("Key", exact=True)
    expect(shown).to_be_visible()
    expect(page.get_by_role("heading", name="Where programs call")).to_be_visible()
    fits(page)
    token = shown.input_value()
    assert token.startswith("bgd_")
    return token


def test_a_key_is_made_changed_and_revoked(site: Site, admin: Visitor) -> None:
    """By the keyboard alone; it is shown once, and opens nothing when it is revoked."""
    page = admin.page
    assert admin.open("/user/1/agent-keys") == 200
    page.get_by_role("link", name="Add key").focus()
    page.keyboard.press("Enter")
    token = made(page)
    me = httpx.get(f"{site.url}{API}/me", headers={"Authorization": f"Bearer {token}"}, timeout=60)
    assert me.json()["key"]["name"] == NAME
    page.get_by_role("link", name="To the list of keys").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/agent-keys")
    assert token not in page.content()
    fits(page)
    admin.open(operation(page, f"Edit the key {NAME}"))
    fits(page)
    page.get_by_label("Name", exact=True).fill(f"{NAME} too")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"The key {NAME} too has been saved.")).to_be_visible()
    admin.open(operation(page, f"Revoke the key {NAME} too"))
    fits(page)
    page.get_by_role("button", name="Revoke").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/agent-keys")
    assert httpx.get(f"{site.url}{API}/me", headers={"Authorization": f"Bearer {token}"}, timeout=60).status_code == 401
    assert admin.alarms == []


def operation(page: Page, name: str) -> str:
    """Where an operation of a key leads, which its button may hide."""
    return page.get_by_label(name, exact=True).get_attribute("href") or ""


def test_an_administrator_finds_a_key_among_all_and_revokes_it(site: Site, admin: Visitor) -> None:
    """By the filter and the keyboard; the page comes back with the filter that was set."""
    keys = "\\Drupal::service('Drupal\\background_agents\\Key\\PersonKeys')"
    site.php(f"{keys}->add(1, 'first', '{NAME}', NULL, NULL); {keys}->add(1, 'second', '{NAME}, too', NULL, 1);")
    page = admin.page
    assert admin.open("/admin/config/services/background-agents") == 200
    page.get_by_role("link", name="Dispatch keys").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/background-agents/keys")
    fits(page)
    page.get_by_label("Key or owner").fill(NAME)
    page.get_by_label("Expiry").select_option("Expired")
    page.get_by_label("Key or owner").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**expiry=expired**")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text(f"{NAME}, too")
    fits(page)
    assert admin.open(operation(page, f"Runs that the key {NAME}, too asked for")) == 200
    page.go_back()
    admin.open(operation(page, f"Revoke the key {NAME}, too"))
    page.get_by_role("button", name="Revoke").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**expiry=expired**")
    expect(page.get_by_text("No key fits the filter.")).to_be_visible()
    page.get_by_role("link", name="Show all").focus()
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr").filter(has_text=NAME)).to_have_count(1)
    assert admin.alarms == []
