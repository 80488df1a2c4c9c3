"""Keys of model providers in the real module Key: chosen by a form, lent by a signed request, shown nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Site
from tests.site.sidecar import Sidecar

VALUE = "a-key-that-no-page-shows"
SETTINGS = "/admin/config/services/background-agents/settings"


@pytest.fixture
def keyed(site: Site) -> Iterator[Sidecar]:
    """A site with the module Key and a key in it."""
    site.php(
        "\\Drupal::service('module_installer')->install(['key']);"
        "\\Drupal::entityTypeManager()->getStorage('key')->create(['id' => 'llm', 'label' => 'Our key', 'key_type' => 'authentication',"
        f" 'key_provider' => 'config', 'key_provider_settings' => ['key_value' => '{VALUE}'], 'key_input' => 'text_field'])->save();"
    )
    settings = "\\Drupal::configFactory()->getEditable('background_agents.settings')"
    url = site.php(f"print {settings}->get('sidecar_url');")
    site.php(f"{settings}->set('sidecar_url', 'http://127.0.0.1:1')->save();")
    yield Sidecar(site)
    site.php(f"{settings}->set('sidecar_url', '{url}')->save();")
    site.php(
        "\\Drupal::configFactory()->getEditable('background_agents.keys')->delete();"
        "\\Drupal::entityTypeManager()->getStorage('key')->load('llm')?->delete();"
        "\\Drupal::service('module_installer')->uninstall(['key']);"
        "\\Drupal::keyValue('background_agents_models')->deleteAll();"
    )


@pytest.mark.browser
def test_a_key_is_chosen_and_lent(site: Site, keyed: Sidecar) -> None:
    """To the sidecar alone, and only for what was chosen; changed in Key, it is lent as it is then."""
    assert keyed.post("keys", {"site": keyed.site_id, "providers": ["openai"]}).json()["keys"] == {}
    refused = {
        "id": "openai",
        "label": "OpenAI",
        "key": "site",
        "health": "key_refused",
        "detail": "It refuses the key.",
    }
    keyed.report(models={"version": "0123456789abcdef", "providers": [refused]})
    with chromium() as browser:
        admin = Visitor(site, browser, "admin")
        admin.open(SETTINGS)
        page = admin.page
        page.locator("summary", has_text="Keys of model providers").click()
        page.get_by_label("OpenAI", exact=True).select_option("llm")
        page.get_by_role("button", name="Save configuration").click()
        expect(page.locator(".messages--status")).to_be_visible()
        expect(page.get_by_label("OpenAI", exact=True)).to_have_value("llm")
        assert VALUE not in page.content()
        admin.open("/admin/reports/status")
        entry = page.get_by_text("Background agents: models of OpenAI").locator(
            "xpath=ancestor::*[contains(@class, 'system-status-report__row')]"
        )
        expect(entry).to_contain_text("Refuses the key")
        expect(entry).to_contain_text("Its key is one of this site")
        assert VALUE not in page.content()
        admin.close()
    asked = {"site": keyed.site_id, "providers": ["openai", "anthropic"]}
    assert keyed.post("keys", asked).json()["keys"] == {"openai": VALUE}
    site.php(
        "$key = \\Drupal::entityTypeManager()->getStorage('key')->load('llm');"
        "$key->set('key_provider_settings', ['key_value' => 'rotated-key']);"
        "$key->save();"
    )
    assert keyed.post("keys", asked).json()["keys"] == {"openai": "rotated-key"}
    assert keyed.post("keys", {"site": keyed.site_id, "providers": []}).status_code == 422
