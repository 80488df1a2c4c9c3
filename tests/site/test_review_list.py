"""The list of agents' drafts: sentences, filters, decisions about several at once, and how many wait."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Agents, Site

pytestmark = pytest.mark.browser

LIST = "/admin/content/agents"
NEWEST = f"{LIST}?order=created&sort=desc"


@pytest.fixture(scope="module")
def people(site: Site, agents: Agents) -> Iterator[dict[str, Visitor]]:
    """Two editors who may review, in the toolbar's sight, and one who may not."""
    site.php(
        "foreach (['test_editor', 'test_reader'] as $role) { user_role_grant_permissions($role, ['access toolbar', "
        "'access administration pages', 'access content overview', 'view the administration theme']); }"
        "user_role_grant_permissions('test_editor', ['review background agent drafts']);"
        "$other = user_load_by_name('test_editor2') ?: "
        "\\Drupal\\user\\Entity\\User::create(['name' => 'test_editor2', 'pass' => 'x', 'status' => 1]);"
        "$other->set('roles', ['test_editor'])->save();"
        "foreach (\\Drupal\\background_agents\\Entity\\Change::loadMultiple(\\Drupal::entityQuery('background_agents_change')"
        "->accessCheck(FALSE)->condition('status', 'pending')->execute()) as $c) { $c->set('status', 'superseded')->save(); }"
    )
    with chromium() as browser:
        visitors = {name: Visitor(site, browser, name) for name in ("test_editor", "test_editor2", "test_reader")}
        yield visitors
        for person in visitors.values():
            person.close()


@pytest.fixture
def editor(people: dict[str, Visitor]) -> Iterator[Visitor]:
    """Fails when a script of an agent ran, or the site broke."""
    person = people["test_editor"]
    person.alarms.clear()
    yield person
    assert person.alarms == []


def leave(agents: Agents, item: str, title: str) -> str:
    """A draft of the title; the id of its change."""
    fields = {"title": title}
    answer = agents.draft("revise", "agent", item, fields=fields, expected_revision=agents.newest(item)["vid"])
    assert answer.status_code == 201, answer.text
    return str(agents.changes(item=item)[-1]["id"])


def choose(person: Visitor, decision: str, *titles: str) -> None:
    """Chooses drafts in the list, and says what is to be done with them."""
    assert person.open(NEWEST) == 200
    for title in titles:
        person.page.get_by_role("checkbox", name=f"Select the draft of {title}").check()
    person.page.get_by_label("Decision").select_option(label=decision)
    person.page.get_by_role("button", name="Apply to selected items").first.click()
    person.page.wait_for_load_state()


def confirm(person: Visitor, button: str) -> None:
    """Presses the button, and waits for the batch to end in the list."""
    person.page.get_by_role("button", name=button, exact=True).click()
    person.page.wait_for_url(lambda url: url.split("?")[0].endswith(LIST))


def status(agents: Agents, item: str) -> str:
    return agents.changes(item=item)[-1]["status"]


def test_several_drafts_are_accepted_together(agents: Agents, editor: Visitor) -> None:
    """A page lists what will be done; what somebody changed meanwhile is left, with the reason."""
    for item in "abc":
        leave(agents, item, f"Together {item}")
    choose(editor, "Accept the drafts", "Together a", "Together b", "Together c")
    rows = editor.page.locator("table tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("Publish")
    expect(rows.first).to_contain_text("word changed in Title")
    agents.site.php(
        "$storage = \\Drupal::entityTypeManager()->getStorage('node');"
        f"$node = $storage->loadRevision($storage->getLatestRevisionId({agents.items['b']['id']}));"
        f"$node->set('title', 'By both')->setRevisionUserId({agents.accounts['owner']['id']}); $node->save();"
    )
    confirm(editor, "Accept")
    expect(editor.page.locator(".messages--status")).to_contain_text("You have accepted 2 drafts")
    expect(editor.page.locator(".messages--warning")).to_contain_text("“Together b”")
    assert [agents.live(item)["title"] for item in "ac"] == ["Together a", "Together c"]
    assert agents.live("b")["title"] != "By both"
    assert [status(agents, item) for item in "abc"] == ["accepted", "pending", "accepted"]
    assert agents.newest("a")["revision_uid"] == agents.accounts["editor"]["id"]


def test_several_drafts_are_refused_with_one_reason(agents: Agents, people: dict[str, Visitor]) -> None:
    """Two people at once: the second is told of each draft what the first decided."""
    first, second = people["test_editor"], people["test_editor2"]
    for item in "de":
        leave(agents, item, f"Not {item}")
    for person in (first, second):
        choose(person, "Refuse the drafts", "Not d", "Not e")
        person.page.get_by_label("Reason, for all of them").fill("Too <b>early</b>.")
    confirm(first, "Refuse")
    expect(first.page.locator(".messages--status")).to_contain_text("You have refused 2 drafts")
    confirm(second, "Refuse")
    expect(second.page.locator(".messages--warning")).to_contain_text("test_editor has refused this draft already")
    for item in "de":
        change = agents.changes(item=item)[-1]
        assert (change["status"], change["reason"]) == ("rejected", "Too <b>early</b>.")
        assert change["decided_by"] == agents.accounts["editor"]["id"]


def test_only_ones_own_decisions_are_carried_out(agents: Agents, people: dict[str, Visitor]) -> None:
    """Addresses made up by hand show nothing of what is not there or not the person's."""
    change = leave(agents, "f", "Hidden f")
    assert people["test_reader"].open(f"{LIST}/accept?drafts={change}") == 403
    editor = people["test_editor"]
    for drafts in ("", "0", "999999999", "1;2", "1-", "-1", "%27", "1" * 400, "1&drafts[]=2"):
        assert editor.open(f"{LIST}/refuse?drafts={drafts}") == 200, drafts
        expect(editor.page.locator("main")).not_to_contain_text("Hidden f")
    assert editor.open(f"{LIST}/delete?drafts={change}") == 404
    assert status(agents, "f") == "pending"


def test_filters_and_the_number_of_waiting_drafts(agents: Agents, people: dict[str, Visitor]) -> None:
    """The toolbar counts what waits, and follows what is decided; a filter without a hit says so."""
    editor = people["test_editor"]
    leave(agents, "g", "Counted g")
    editor.open("/admin/content")
    count = editor.page.locator(".ba-count").first
    before = int(count.locator("[aria-hidden]").inner_text())
    leave(agents, "h", "Counted h")
    answer = editor.page.goto("/admin/content")
    expect(count).to_contain_text(str(before + 1))
    assert answer is not None
    for path in ("/admin", "/admin/content"):
        editor.open(path)
        line = editor.page.get_by_text(f"{before + 1} drafts of agents wait for you").first
        expect(line.get_by_role("link", name="Review them")).to_have_attribute("href", LIST)
    editor.open(f"{NEWEST}&type=node%3Aarticle&agent=test_agent")
    expect(editor.page.get_by_role("link", name="Counted h")).to_be_visible()
    editor.open(f"{NEWEST}&mine=runs")
    expect(editor.page.locator("main")).to_contain_text("No draft fits these filters")
    reader = people["test_reader"]
    for path in ("/admin", "/admin/content"):
        reader.open(path)
        expect(reader.page.locator("body")).not_to_contain_text("drafts of agents wait")
    reader.open("/")
    assert reader.page.locator(".ba-drafts-link").count() == 0
    assert reader.page.locator(f"a[href='{LIST}']").count() == 0


def test_the_list_and_its_confirmation_on_a_phone(agents: Agents, editor: Visitor) -> None:
    """No sideways scrolling, and nothing for axe to say of what is not core's."""
    leave(agents, "i", "Small i") if "i" in agents.items else leave(agents, "g", "Small i")
    editor.page.set_viewport_size({"width": 390, "height": 800})
    pages = {NEWEST: ".views-table tbody", f"{LIST}/refuse?drafts={agents.changes()[-1]['id']}": "form.confirmation"}
    for path, ours in pages.items():
        assert editor.open(path) == 200
        assert editor.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert violations(editor.page, ours) == []
    editor.page.set_viewport_size({"width": 1280, "height": 900})


def test_filters_are_folded_on_a_phone(agents: Agents, editor: Visitor) -> None:
    """A narrow screen begins with the drafts and says how many filters are set; a wide one shows the filters at once."""
    leave(agents, "a", "Folded a")
    page = editor.page
    editor.open(f"{NEWEST}&type=node%3Aarticle")
    fold, agent = page.locator(".ba-filters > summary"), page.get_by_label("Agent", exact=True)
    expect(agent).to_be_visible()
    expect(fold).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 800})
    expect(agent).to_be_hidden()
    expect(fold).to_contain_text("1 filter is set")
    expect(page.get_by_role("link", name="Folded a")).to_be_in_viewport()
    fold.focus()
    page.keyboard.press("Enter")
    expect(agent).to_be_visible()
    assert violations(page, ".ba-filters") == []
    page.set_viewport_size({"width": 1280, "height": 900})
