"""200 items by the operation on the list of content: paused, resumed, a part cancelled; one run for each, and the right numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Site
from tests.site.e2e.system import World, until

pytestmark = pytest.mark.browser

ITEMS, CANCELLED = 200, 30
ARTICLES = (
    "$ids = []; foreach (range(1, COUNT) as $n) {"
    "$node = \\Drupal\\node\\Entity\\Node::create(['type' => 'article', 'title' => \"Bulk $n\", 'uid' => 1,"
    " 'moderation_state' => 'published', 'body' => ['value' => '<p>Text.</p>', 'format' => 'basic_html']]);"
    " $node->save(); $ids[] = (int) $node->id(); } print json_encode($ids);"
)
PER_PAGE = (
    "$v = \\Drupal::configFactory()->getEditable('views.view.content');"
    "$v->set('display.default.display_options.pager.options.items_per_page', COUNT)->save();"
    "\\Drupal::service('cache_tags.invalidator')->invalidateTags(['config:views.view.content']);"
)


@pytest.fixture
def articles(site: Site) -> Iterator[list[int]]:
    """200 published articles, all of them on one page of the list."""
    made = site.php(ARTICLES.replace("COUNT", str(ITEMS)))
    site.php(PER_PAGE.replace("COUNT", str(ITEMS)))
    yield json.loads(made)
    site.php(PER_PAGE.replace("COUNT", "50"))


@pytest.fixture
def editor(site: Site, world: World) -> Iterator[Visitor]:
    """The editor of the tests, who may open the list of content, too."""
    site.php(
        "\\Drupal\\user\\Entity\\Role::load('e2e_editor')->grantPermission('access content overview')"
        "->grantPermission('view the administration theme')->save();"
    )
    with chromium() as browser:
        person = Visitor(site, browser, "e2e_editor")
        # Core's list of 200 items takes its time on a busy machine.
        person.context.set_default_timeout(120_000)
        yield person
        assert person.alarms == []
        person.close()


class Bulk:
    """A batch: its page, and its rows in the database."""

    def __init__(self, world: World, page: Page) -> None:
        self.world, self.page = world, page
        self.path = page.url.split("?")[0]
        self.id = int(self.path.rsplit("/", 1)[1])

    def runs(self, *states: str) -> int:
        rows = self.world.site.sql(
            "SELECT state, COUNT(*) AS n FROM background_agents_run WHERE batch = %s GROUP BY state", self.id
        )
        return sum(row["n"] for row in rows if not states or row["state"] in states)

    def row(self) -> dict[str, Any]:
        return self.world.site.sql("SELECT * FROM background_agents_batch WHERE id = %s", self.id)[0]

    def command(self, name: str, button: str) -> None:
        """From the page, over the page that asks, and back."""
        self.page.get_by_role("link", name=name, exact=True).click()
        self.page.get_by_role("button", name=button).click()
        self.page.wait_for_url(self.path)

    def sentence(self) -> str:
        return self.page.locator(".ba-batch__sentence").inner_text()


def start(editor: Visitor) -> None:
    """Chooses all of the list, and the agent; the page says what it will be."""
    page = editor.page
    editor.open("/admin/content?title=Bulk&type=article&status=1")
    page.locator("th.select-all input").check()
    page.get_by_label("Action", exact=True).select_option(label="Run agent…")
    page.get_by_role("button", name="Apply to selected items").first.click()
    page.get_by_role("link", name="Agent reviser").click()
    expect(page.get_by_role("heading", name="Estimate")).to_be_visible()
    assert violations(page, "main") == []
    page.get_by_role("button", name=f"Start {ITEMS} runs").dblclick()
    page.wait_for_url("**/batches/*")


def test_two_hundred_items(world: World, articles: list[int], editor: Visitor) -> None:
    """What is at work stays within the room of the lane; each item has one run at the end."""
    start(editor)
    bulk = Bulk(world, editor.page)
    assert world.site.sql("SELECT COUNT(*) AS n FROM background_agents_batch WHERE agent = 'reviser'")[0]["n"] == 1
    until(lambda: bulk.runs("completed") >= 20, 600, f"20 runs are completed: {bulk.sentence()}")
    assert bulk.runs("queued", "running", "waiting") <= 7
    bulk.command("Pause", "Pause")
    until(lambda: bulk.runs("queued", "running", "waiting") == 0, 60, "what is at work comes to its end")
    begun = bulk.runs()
    editor.open(bulk.path)
    assert bulk.sentence() == f"{begun} of {ITEMS} done, {ITEMS - begun} waiting"
    expect(editor.page.locator("progress")).to_have_attribute("value", str(begun))
    assert editor.page.locator("progress").count() == 1
    # The box that selects all is core's, and has a title alone.
    for ours in (".ba-batch__status", "#background-agents-batch-items tbody"):
        assert violations(editor.page, ours) == []
    editor.page.set_viewport_size({"width": 390, "height": 900})
    assert editor.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    editor.page.set_viewport_size({"width": 1280, "height": 900})
    editor.open(f"{bulk.path}?items=open&page=1")
    boxes = editor.page.locator("tbody input[type=checkbox]")
    for index in range(CANCELLED):
        boxes.nth(index).check()
    editor.page.get_by_role("button", name="Cancel the chosen items").click()
    expect(editor.page.locator(".messages--status")).to_contain_text(f"{CANCELLED} items were cancelled.")
    bulk.command("Resume", "Resume")
    expect(editor.page.locator(".ba-badge").first).to_have_text("Done", timeout=2_400_000)
    assert (bulk.runs(), bulk.runs("completed"), bulk.runs("cancelled")) == (ITEMS, ITEMS - CANCELLED, CANCELLED)
    assert bulk.sentence() == f"{ITEMS} of {ITEMS} done, {CANCELLED} cancelled"
    assert bulk.row()["state"] == "done"
    once = world.site.sql(
        "SELECT COUNT(*) AS n, COUNT(DISTINCT r.target_id) AS items FROM background_agents_run r JOIN background_agents_batch_item i"
        " ON i.run = r.uuid AND i.entity_id = r.target_id WHERE r.batch = %s AND r.uid = %s",
        bulk.id,
        world.accounts["editor"]["id"],
    )[0]
    assert (once["n"], once["items"]) == (ITEMS, ITEMS)
    drafts = world.site.sql(
        "SELECT COUNT(*) AS n FROM background_agents_change c JOIN background_agents_run r ON r.id = c.run WHERE r.batch = %s",
        bulk.id,
    )[0]["n"]
    assert drafts == ITEMS - CANCELLED
    editor.page.get_by_role("link", name=f"{drafts}, of which {drafts} wait for a decision").click()
    expect(editor.page.get_by_role("main")).to_contain_text(f"Only those of batch {bulk.id}.")
    editor.open(bulk.path)
    editor.page.locator("dl a", has_text=str(ITEMS - CANCELLED)).first.click()
    expect(editor.page.get_by_role("main")).to_contain_text(f"Only those of batch {bulk.id}.")
    editor.open(bulk.path)
    editor.page.locator("dl div", has_text="Runs: Cancelled").get_by_role(
        "link", name=str(CANCELLED), exact=True
    ).click()
    expect(editor.page.locator("main tbody tr")).to_have_count(CANCELLED)
    editor.page.locator("main tbody tr").first.get_by_role("link").first.click()
    expect(editor.page.get_by_role("main")).to_contain_text("e2e_editor")
    expect(editor.page.get_by_role("main")).not_to_contain_text("Acts as")
    assert violations(editor.page, "main") == []
