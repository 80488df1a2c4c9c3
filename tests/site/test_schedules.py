"""A site builder sets up a schedule by the form, and the sidecar's requests start its runs."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Site
from tests.site.sidecar import Sidecar

TRIGGERS = "/admin/config/services/background-agents/triggers"


@pytest.fixture
def builder(site: Site) -> Iterator[Visitor]:
    site.script("ui.php", "given")
    with chromium() as browser:
        visitor = Visitor(site, browser, "admin")
        yield visitor
        visitor.close()
    site.php("\\Drupal\\background_agents\\Entity\\Trigger::load('schedule_test')?->delete();")
    assert visitor.alarms == []


@pytest.mark.browser
def test_a_schedule_is_set_up_by_the_form(builder: Visitor) -> None:
    """A wrong expression is refused with a sentence, a right one shows its next times."""
    page = builder.page
    builder.open(f"{TRIGGERS}/add")
    page.fill("[name=label]", "Schedule test")
    page.locator(".machine-name-value").filter(has_text="schedule_test").wait_for()
    page.select_option("[name=agent]", label="UI agent")
    page.fill('[name="input[properties][title]"]', "Morning report")
    page.get_by_label("by a schedule").check()
    page.get_by_label("By a cron expression").check()
    page.get_by_label("Cron expression", exact=True).fill("61 6 * * *")
    page.select_option('[name="settings[schedule][timezone]"]', "Europe/Vienna")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messages--error")).to_contain_text('"61" is no minute')
    page.get_by_label("Cron expression", exact=True).fill("30 6 1 1 *")
    page.get_by_role("button", name="Save").click()
    row = page.locator("tr", has_text="Schedule test")
    expect(row).to_contain_text('by "30 6 1 1 *" (Europe/Vienna)')
    expect(row).to_contain_text(re.compile(r"1 Jan \d{4} - 06:30"))
    row.get_by_role("link", name="Edit").click()
    expect(page.get_by_text("Next times, as it was saved")).to_be_visible()


def test_the_sidecar_fires_what_is_due(site: Site) -> None:
    """Twice the same time is the same run; what is not due starts nothing."""
    sidecar = Sidecar(site)
    soon = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() - 60))
    site.script("ui.php", "given")
    uuid = site.php(
        "use Drupal\\background_agents\\Entity\\{Agent, Trigger};"
        "$agent = array_key_first(Agent::loadMultiple());"
        "$t = Trigger::create(['id' => 'schedule_test', 'label' => 'T', 'agent' => $agent, 'type' => 'schedule', 'settings' => "
        f"['kind' => 'once', 'at' => '{soon}', 'timezone' => 'UTC'] + \\Drupal\\background_agents\\Schedule\\ScheduleSettings::DEFAULTS]);"
        "$t->save(); $s = new \\Drupal\\background_agents\\Schedule\\ScheduleSettings($t->getSettings());"
        "\\Drupal::database()->merge('background_agents_schedule')->key('trigger_uuid', $t->uuid())"
        "->fields(['hash' => $s->hash(), 'since' => time() - 3600])->execute(); print $t->uuid();"
    ).strip()
    try:
        told = sidecar.post("schedules/due", {})
        assert told.status_code == 200, told.text
        [due] = [item["due"] for item in told.json()["due"] if item["trigger"] == uuid]
        first = sidecar.post("schedules/fire", {"trigger": uuid, "due": due}).json()
        again = sidecar.post("schedules/fire", {"trigger": uuid, "due": due}).json()
        assert first["result"] in {"started", "refused"}
        assert again == first
        other = sidecar.post("schedules/fire", {"trigger": uuid, "due": due + 1}).json()
        assert (other["result"], other["run"]) == ("settled", None)
        wrong = sidecar.post("schedules/fire", {"trigger": "schedule_test", "due": "now"})
        assert wrong.status_code == 422
    finally:
        site.php("\\Drupal\\background_agents\\Entity\\Trigger::load('schedule_test')?->delete();")
