"""Tokens are put into the input of a trigger by one click, without the module Token."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Site


@pytest.fixture
def plain(site: Site) -> Iterator[Site]:
    """A site without the module Token, and without what needs it."""
    site.php("\\Drupal::service('module_installer')->uninstall(['pathauto', 'token']);")
    yield site
    site.php("\\Drupal::service('module_installer')->install(['token', 'pathauto']);")


@pytest.mark.browser
def test_a_token_is_put_where_one_was_last(plain: Site) -> None:
    """By mouse and by keyboard; what was selected is replaced, and nothing happens before one was in a field."""
    site = plain
    site.script("ui.php", "given")
    with chromium() as browser:
        admin = Visitor(site, browser, "admin")
        page = admin.page
        admin.open("/admin/config/services/background-agents/triggers/add")
        page.select_option("[name=agent]", label="UI agent")
        field = page.locator('[name="input[properties][title]"]')
        field.wait_for()
        tokens = page.locator("details.ba-tokens")
        tokens.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(tokens).to_have_attribute("open", "")
        assert violations(page, "details.ba-tokens") == []
        page.get_by_role("button", name="[node:title]", exact=True).click()
        expect(field).to_have_value("")
        field.fill("About X.")
        field.evaluate("field => field.setSelectionRange(6, 7)")
        page.get_by_role("button", name="[node:title]", exact=True).focus()
        page.keyboard.press("Enter")
        expect(field).to_have_value("About [node:title].")
        expect(field).to_be_focused()
        admin.close()
    assert admin.alarms == []
