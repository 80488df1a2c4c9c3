"""What either side knows to be wrong, both say: the status report, and the sidecar's doctor."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.site.browser import Person
from tests.site.drupal import Site
from tests.site.people import php
from tests.site.sidecar import Sidecar


@pytest.fixture(scope="module")
def admin(site: Site) -> Iterator[Person]:
    with Person(site, "admin") as person:
        yield person


@pytest.fixture
def no_address(site: Site) -> Iterator[None]:
    """Drupal shall send jobs, and has no address of the sidecar."""
    read = "print json_encode(\\Drupal::config('background_agents.settings')->get())"
    before = php(site, f"{read};")
    site.drush("config:set", "background_agents.settings", "transport", "push", "-y")
    site.drush("config:set", "background_agents.settings", "sidecar_url", "", "-y")
    yield
    for name in ("transport", "sidecar_url"):
        site.drush("config:set", "background_agents.settings", name, before[name] or "", "-y")


def test_a_site_without_an_address_of_the_sidecar_says_so_to_the_doctor(sidecar: Sidecar, no_address: None) -> None:
    """With what to do, as plain text."""
    checks = {check["id"]: check for check in sidecar.post("status", {}).json()["checks"]}
    assert checks["sidecar"]["level"] == "problem"
    assert checks["sidecar"]["text"].startswith("No URL. Give the URL of the sidecar in the settings")
    assert {"secret", "outbox", "agents", "jsonapi", "reports"} <= checks.keys()
    assert not any("<" in check["text"] or ".." in check["text"] for check in checks.values()), checks


def test_what_the_sidecar_sees_is_on_the_status_report(site: Site, sidecar: Sidecar, admin: Person) -> None:
    """Escaped, in place of what it saw before; what has no shape is left out; and it is not sent back."""
    key = {"level": "problem", "subject": "agent writer", "text": "It needs a <em>key</em>: set ANTHROPIC_API_KEY."}
    strange = {"level": "unheard of", "subject": "x", "text": "y"}
    answer = sidecar.post("status", {"findings": [key, strange, "text", {"level": "note"}]})
    assert answer.status_code == 200, answer.text
    assert "findings" not in {check["id"] for check in answer.json()["checks"]}
    page = admin.get("/admin/reports/status").text
    assert "agent writer: It needs a &lt;em&gt;key&lt;/em&gt;: set ANTHROPIC_API_KEY." in page
    sidecar.post("status", {"findings": []})
    page = admin.get("/admin/reports/status").text
    assert "ANTHROPIC_API_KEY" not in page
    assert "Nothing is missing, as of" in page
