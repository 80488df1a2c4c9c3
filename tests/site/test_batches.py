"""One agent over many items, in a browser: by filters, watched, paused, cancelled; with titles that attack, on a telephone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, visiting
from tests.site.drupal import Agents

pytestmark = pytest.mark.browser

RUN_OVER = "/admin/config/services/background-agents/manage/test_agent/run-over"
EVIL = "<img src=x onerror=alert(1)> & \"quoted\" 'too'"
ARTICLES = """
foreach (range(1, 12) as $n) {
  $title = $n === 12 ? '%s' : "Batch $n";
  \\Drupal\\node\\Entity\\Node::create(['type' => 'article', 'title' => $title, 'uid' => 1, 'moderation_state' => 'published'])->save();
}
"""
FREE = """
\\Drupal::database()->delete('background_agents_batch')->execute();
\\Drupal::database()->delete('background_agents_batch_item')->execute();
\\Drupal::database()->update('background_agents_run')->fields(['state' => 'completed'])->condition('agent', 'test_agent')->execute();
"""
END_ONE = """
$uuid = \\Drupal::database()->query("SELECT uuid FROM {background_agents_run} WHERE batch > 0 AND state = 'queued'")->fetchField();
\\Drupal::service('Drupal\\background_agents\\Run\\RunFinisher')->finish($uuid, \\Drupal\\background_agents\\Run\\RunState::Failed, 'test');
"""


@pytest.fixture(scope="module")
def people(agents: Agents) -> Iterator[dict[str, Visitor]]:
    """An editor who may run the agent, and a reader who may not."""
    agents.site.php(
        "user_role_grant_permissions('test_editor', ['run test_agent background agent', 'view own background agent runs',"
        " 'view the administration theme']);" + ARTICLES % EVIL.replace("'", "\\'")
    )
    # The lane is to be free.
    agents.site.php(FREE)
    with visiting(agents.site, editor="test_editor", reader="test_reader") as visitors:
        yield visitors
        for visitor in visitors.values():
            assert visitor.alarms == []


def is_fit(visitor: Visitor) -> None:
    """Nothing for axe to say of what is not core's, and no sideways scrolling on a telephone."""
    for width in (390, 1280):
        visitor.page.set_viewport_size({"width": width, "height": 900})
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            width,
            visitor.page.url,
        )
    # Messages and the box that selects all of a table are core's.
    ours = [".ba-batch__status", "tbody"] if "/batches" in visitor.page.url else ["main"]
    for part in ours:
        if visitor.page.locator(part).count():
            assert violations(visitor.page, part) == []


def test_from_filters_to_cancelled(agents: Agents, people: dict[str, Visitor]) -> None:
    """The status goes on by itself and leaves the keyboard where it is; what is chosen is cancelled; others see nothing."""
    editor, reader = people["editor"], people["reader"]
    page = editor.page
    assert reader.open(RUN_OVER) == 403
    assert editor.open(RUN_OVER) == 200
    is_fit(editor)
    page.get_by_label("Content: Article").check()
    page.get_by_label("At most").fill("12")
    page.get_by_role("button", name="Show items and cost").click()
    page.get_by_text("12 items", exact=True).click()
    expect(page.get_by_text(EVIL)).to_be_visible()
    is_fit(editor)
    page.get_by_role("button", name="Start 12 runs").click()
    page.wait_for_url("**/batches/*")
    batch = page.url
    sentence = page.locator(".ba-batch__sentence")
    expect(sentence).to_have_text("0 of 12 done, 7 at work, 5 waiting", timeout=20_000)
    expect(page.get_by_role("row", name=EVIL)).to_be_visible()
    is_fit(editor)
    assert reader.open(batch) == 403
    assert reader.open(f"{batch}/cancel") == 403
    page.get_by_role("link", name="Pause", exact=True).focus()
    agents.site.php(END_ONE)
    expect(sentence).to_contain_text("1 failed", timeout=20_000)
    assert page.evaluate("document.activeElement.textContent") == "Pause"
    page.get_by_role("link", name="Pause", exact=True).click()
    is_fit(editor)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".ba-batch__why")).to_contain_text("Somebody has paused it")
    page.get_by_role("link", name="Show only what waits or is at work").click()
    page.locator("tbody input[type=checkbox]").last.check()
    page.get_by_role("button", name="Cancel the chosen items").click()
    expect(sentence).to_contain_text("1 failed, 1 cancelled")
    page.get_by_role("link", name="Cancel the rest").click()
    page.get_by_label("What has not begun, and the runs that are at work").check()
    page.get_by_role("button", name="Cancel the rest").click()
    expect(sentence).to_have_text("12 of 12 done, 1 failed, 11 cancelled", timeout=20_000)
    editor.open("/admin/reports/background-agents/batches")
    expect(page.get_by_role("link", name="over 12 items").first).to_be_visible()
    is_fit(editor)
