"""What came of an agent's drafts, on the agent's page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, visiting
from tests.site.outcomes import Outcomes

pytestmark = pytest.mark.browser

AGENT = "/admin/config/services/background-agents/manage/test_outcomes"


@pytest.fixture(scope="module")
def people(outcomes: Outcomes) -> Iterator[dict[str, Visitor]]:
    """Drafts with three ends, and who looks at them."""
    outcomes.agents.site.sql("DELETE FROM background_agents_change WHERE agent = 'test_outcomes'")
    outcomes.items(**{name: {"fields": {"title": f"Hall {name}"}} for name in ("taken", "said_no", "open")})
    changes = {name: outcomes.draft(name, {"title": "By the agent"}) for name in ("taken", "said_no", "open")}
    assert changes["taken"] is not None
    assert changes["said_no"] is not None
    outcomes.accept(changes["taken"])
    outcomes.refuse(changes["said_no"], "Too <b>long</b>.")
    outcomes.done()
    with visiting(outcomes.agents.site, admin="admin", editor="test_outcomes_editor") as visitors:
        yield visitors


def test_the_page_tells_what_came_of_drafts(people: dict[str, Visitor]) -> None:
    """From the agent's form by the tab: this week's row, the reason as text, and the way to the draft."""
    admin = people["admin"]
    admin.open(AGENT)
    admin.page.get_by_role("link", name="Outcomes", exact=True).click()
    admin.page.wait_for_url("**/outcomes")
    row = admin.page.locator(".ba-outcomes__scroll tbody tr").first
    assert row.locator("td").all_inner_texts() == ["3", "1", "0", "0", "0", "1", "0", "1"]
    expect(admin.page.get_by_role("img", name="Drafts by week and what became of them.")).to_be_visible()
    expect(admin.page.get_by_text("Too <b>long</b>.")).to_be_visible()
    assert violations(admin.page, "main") == []
    with admin.page.expect_download() as download:
        admin.page.get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename == "outcomes-test_outcomes.csv"
    assert download.value.path().read_text().splitlines()[-1].endswith(",3,1,0,0,0,1,0,1,")
    admin.page.get_by_role("link", name="By the agent", exact=True).or_(
        admin.page.get_by_role("link", name="Hall said_no", exact=True)
    ).first.click()
    expect(admin.page.get_by_role("heading", level=1)).to_contain_text("Draft of")
    assert admin.alarms == []


def test_the_page_fits_a_phone(people: dict[str, Visitor]) -> None:
    """The table is scrolled by itself, also with the keyboard; the page is not."""
    admin = people["admin"]
    admin.page.set_viewport_size({"width": 390, "height": 844})
    assert admin.open(f"{AGENT}/outcomes?weeks=52") == 200
    assert admin.page.evaluate("document.documentElement.scrollWidth") == 390
    admin.page.get_by_role("region", name="Drafts by week").focus()
    admin.page.keyboard.press("ArrowRight")
    assert violations(admin.page, "main") == []
    admin.page.set_viewport_size({"width": 1280, "height": 900})


def test_editors_do_not_see_it(people: dict[str, Visitor]) -> None:
    """It is for who looks after agents, or may see each run."""
    assert people["editor"].open(f"{AGENT}/outcomes") == 403
    assert people["editor"].open(f"{AGENT}/outcomes.csv") == 403
