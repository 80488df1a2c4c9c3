"""Reviewers see a draft as its page would look, and show it to people without an account; nothing of it reaches visitors."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import FrameLocator, Request, Route, expect

from sidecar.http import no_cookies
from tests.site.axe import violations
from tests.site.chromium import Visitor, chromium
from tests.site.drupal import JSONAPI, Agents, Site

pytestmark = pytest.mark.browser

SECRET = "Words of the draft that nobody has published"
HOSTILE = (
    '<base href="http://127.0.0.1:9/elsewhere/">'
    '<script>alert("script")</script><img src="x" onerror="alert(1)"><meta http-equiv="refresh" content="0; URL=/user/login">'
    '<style>body::after{content:"";position:fixed;inset:0;z-index:9999;background:black}</style>'
    '<div style="position:fixed;inset:0;z-index:9999;background:url(http://127.0.0.1:9/style.png)"></div>'
    '<img src="http://127.0.0.1:9/image.png" alt=""><iframe src="http://127.0.0.1:9/frame" title="x"></iframe>'
    '<form action="/user/logout" method="get" id="evil"><button>Press me</button></form>'
    '<a href="user/login" id="relative">A link</a><a href="/user/login" target="_top" id="top">Out</a>'
)


@pytest.fixture(scope="module")
def people(site: Site, agents: Agents) -> Iterator[dict[str, Visitor]]:
    """A reviewer, a reader and a visitor."""
    site.php("user_role_grant_permissions('test_editor', ['review background agent drafts']);")
    with chromium() as browser:
        visitors = {name: Visitor(site, browser, name) for name in ("test_editor", "test_reader")}
        visitors["visitor"] = Visitor(site, browser, None)
        yield visitors
        for person in visitors.values():
            person.close()


@pytest.fixture
def editor(people: dict[str, Visitor]) -> Iterator[Visitor]:
    """Fails when a script of an agent ran, or the site broke."""
    person = people["test_editor"]
    person.page.set_viewport_size({"width": 1280, "height": 900})
    person.alarms.clear()
    yield person
    assert person.alarms == []


def leave(agents: Agents, item: str, **changed: Any) -> int:
    """The id of a new draft of the agent."""
    body = {"value": f"<p>{SECRET}.</p>", "format": "basic_html"}
    fields = {"title": f"Draft {item}", "body": body} | changed
    answer = agents.draft("revise", "agent", item, fields=fields, expected_revision=agents.newest(item)["vid"])
    assert answer.status_code == 201, answer.text
    return int(agents.changes(item=item)[-1]["id"])


def write(agents: Agents, item: str, html: str) -> None:
    """Puts raw HTML into the body of the newest revision, in a format that lets everything through."""
    encoded = base64.b64encode(html.encode()).decode()
    agents.site.php(
        "$storage = \\Drupal::entityTypeManager()->getStorage('node');"
        f"$node = $storage->loadRevision($storage->getLatestRevisionId({agents.items[item]['id']}));"
        f"$node->set('body', ['value' => base64_decode('{encoded}'), 'format' => 'full_html'])->setNewRevision(); $node->save();"
    )


def frame(person: Visitor, title: str) -> FrameLocator:
    return person.page.frame_locator(f"iframe[title='{title}']")


def make_link(person: Visitor, change: int) -> str:
    """Presses the button on the page of a draft."""
    assert person.open(f"/admin/content/agents/{change}") == 200
    person.page.get_by_role("button", name="Copy preview link").click()
    field = person.page.get_by_label("Address of the preview")
    expect(field).to_be_focused()
    return field.input_value()


def anonymous(site: Site, path: str) -> httpx.Response:
    with httpx.Client(base_url=site.url, cookies=no_cookies(), timeout=60) as client:
        return client.get(path)


def broken_rules(person: Visitor, address: str) -> list[str]:
    """What axe finds on a preview. It needs scripts, so the page is read without the policy that it is sent with."""

    def without_policy(route: Route) -> None:
        answer = route.fetch()
        headers = {name: value for name, value in answer.headers.items() if name != "content-security-policy"}
        route.fulfill(response=answer, headers=headers)

    page = person.context.new_page()
    page.route("**/background-agents/**", without_policy)
    page.goto(address)
    found = violations(page, "body > :not(iframe)")
    page.close()
    return found


def test_both_versions_side_by_side(agents: Agents, editor: Visitor) -> None:
    """Desktop: beside each other, each as wide as a desktop, scaled; a button makes them as wide as a phone, by keyboard too."""
    change = leave(agents, "a")
    editor.open(f"/admin/content/agents/{change}")
    expect(frame(editor, "Preview of what is published").locator("h1")).to_have_text("Published a")
    draft = frame(editor, "Preview of the draft")
    expect(draft.locator("h1")).to_have_text("Draft a")
    expect(draft.get_by_text(SECRET)).to_be_visible()
    assert draft.locator("body").evaluate("() => window.innerWidth") == 1280
    expect(draft.locator("#toolbar-administration, .messages")).to_have_count(0)
    boxes = [editor.page.locator(".ba-previews__frame").nth(at).bounding_box() for at in (0, 1)]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    phone = editor.page.get_by_role("button", name="Phone")
    expect(phone).to_have_attribute("aria-pressed", "false")
    editor.page.get_by_role("button", name="Desktop").focus()
    editor.page.keyboard.press("Tab")
    editor.page.keyboard.press("Enter")
    expect(phone).to_have_attribute("aria-pressed", "true")
    assert draft.locator("body").evaluate("() => window.innerWidth") == 390
    assert violations(editor.page, ".ba-previews") == []


def test_on_a_phone_they_are_below_each_other(agents: Agents, editor: Visitor) -> None:
    """As wide as a phone, and the page does not scroll sideways; a frame is loaded when one comes near it."""
    change = leave(agents, "b", body={"value": "<p>Word </p>" * 400, "format": "basic_html"})
    editor.page.set_viewport_size({"width": 390, "height": 800})
    editor.open(f"/admin/content/agents/{change}")
    editor.page.locator(".ba-previews").scroll_into_view_if_needed()
    expect(editor.page.get_by_role("button", name="Phone")).to_have_attribute("aria-pressed", "true")
    boxes = [editor.page.locator(".ba-previews__frame").nth(at).bounding_box() for at in (0, 1)]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
    assert editor.page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert frame(editor, "Preview of the draft").locator("body").evaluate("() => window.innerWidth") == 390


def test_nothing_of_a_draft_reaches_visitors(
    agents: Agents, site: Site, people: dict[str, Visitor], editor: Visitor
) -> None:
    """After previews, caches hold what is published: page, teasers, blocks; for visitors, readers and programs."""
    node = f"/node/{agents.items['c']['id']}"
    site.php(
        f"\\Drupal\\node\\Entity\\Node::load({agents.items['c']['id']})->setPromoted(TRUE)->setSticky(TRUE)->save();"
        "\\Drupal\\block\\Entity\\Block::load('test_recent')?->delete();"
        "\\Drupal\\block\\Entity\\Block::create(['id' => 'test_recent', 'theme' => 'olivero', 'region' => 'content',"
        "'plugin' => 'views_block:content_recent-block_1', 'settings' => ['label_display' => '0']])->save();"
    )
    change = leave(agents, "c")
    site.drush("cache:rebuild")
    editor.open(f"/admin/content/agents/{change}")
    expect(frame(editor, "Preview of the draft").get_by_text(SECRET)).to_be_visible()
    expect(frame(editor, "Preview of what is published").locator("h1")).to_have_text("Published c")
    link = make_link(editor, change)
    people["visitor"].page.goto(link)
    expect(frame(people["visitor"], "The draft").get_by_text(SECRET)).to_be_visible()
    for again in (False, True):
        for path in (node, "/node"):
            answer = anonymous(site, path)
            assert SECRET not in answer.text, path
            assert "Draft c" not in answer.text, path
            assert "Published c" in answer.text
            assert "content-security-policy" not in answer.headers
            assert not again or answer.headers["x-drupal-cache"] == "HIT"
    for person in (people["test_reader"], editor):
        assert person.open(node) == 200
        assert SECRET not in person.page.content()
        expect(person.page.locator("h1")).to_have_text("Published c")
    assert editor.open(f"{node}/latest") == 200
    expect(editor.page.get_by_text(SECRET)).to_be_visible()
    document = site.http.get(f"/jsonapi/node/article/{agents.items['c']['uuid']}", headers={"Accept": JSONAPI}).json()
    assert document["data"]["attributes"]["title"] == "Published c"
    cached = site.sql("SELECT cid FROM cache_render WHERE CONVERT(data USING utf8mb4) LIKE %s", f"%{SECRET}%")
    cached += site.sql("SELECT cid FROM cache_page WHERE CONVERT(data USING utf8mb4) LIKE %s", f"%{SECRET}%")
    dynamic = site.sql(
        "SELECT cid FROM cache_dynamic_page_cache WHERE CONVERT(data USING utf8mb4) LIKE %s", f"%{SECRET}%"
    )
    assert cached == []
    assert [row["cid"] for row in dynamic if f"{node}/latest" not in row["cid"]] == []
    site.php("\\Drupal\\block\\Entity\\Block::load('test_recent')->delete();")


def test_a_hostile_draft_does_nothing(agents: Agents, site: Site, people: dict[str, Visitor], editor: Visitor) -> None:
    """No script, no form, no other host, no other base, and no style over what is said about the draft."""
    change = leave(agents, "d")
    write(agents, "d", HOSTILE)
    visitor = people["visitor"]
    visitor.alarms.clear()
    foreign: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((site.url, "data:")):
            foreign.append(request.url)

    for person in (editor, visitor):
        person.page.on("requestfinished", note)
    editor.open(f"/admin/content/agents/{change}")
    draft = frame(editor, "Preview of the draft")
    expect(draft.locator("#evil")).to_have_count(1)
    draft.locator("#evil button").dispatch_event("click")
    draft.locator("#top").dispatch_event("click")
    assert draft.locator("#relative").evaluate("(link) => link.href").startswith(site.url)
    expect(draft.locator("h1")).to_have_text("Draft d")
    assert editor.page.url.endswith(f"/admin/content/agents/{change}")
    visitor.page.goto(make_link(editor, change))
    expect(frame(visitor, "The draft").locator("#evil")).to_have_count(1)
    banner = visitor.page.locator(".ba-preview-link__banner")
    covered = banner.evaluate(
        "(banner) => { const box = banner.getBoundingClientRect();"
        "return !banner.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)); }"
    )
    assert not covered
    assert foreign == []
    assert visitor.alarms == []


def test_a_link_for_people_without_an_account(
    agents: Agents, site: Site, people: dict[str, Visitor], editor: Visitor
) -> None:
    """It opens without a session, says what it is, makes none, and ends with the decision."""
    change = leave(agents, "e")
    link = make_link(editor, change)
    expect(editor.page.get_by_text("The preview link is copied.").first).to_be_visible()
    visitor = people["visitor"]
    visitor.context.clear_cookies()
    answer = visitor.page.goto(link)
    assert answer is not None
    assert answer.status == 200
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Preview of a draft: Draft e")
    expect(visitor.page.locator("time")).to_have_attribute("datetime", re.compile(r"^\d{4}-\d\d-\d\dT"))
    expect(frame(visitor, "The draft").get_by_text(SECRET)).to_be_visible()
    assert visitor.context.cookies() == []
    assert broken_rules(visitor, link) == []
    assert broken_rules(visitor, link.replace("/preview-link/", "/preview-link-version/")) == []
    for width in (390, 1280):
        visitor.page.set_viewport_size({"width": width, "height": 800})
        assert visitor.page.evaluate("() => document.documentElement.scrollWidth") <= width
    with httpx.Client(cookies=no_cookies(), timeout=60) as client:
        for method in ("POST", "PUT", "DELETE"):
            assert client.request(method, link).status_code == 405
    editor.open(f"/admin/content/agents/{change}")
    editor.page.get_by_text("Refuse the draft").click()
    editor.page.get_by_role("button", name="Refuse", exact=True).click()
    editor.page.wait_for_load_state()
    answer = visitor.page.goto(link)
    assert answer is not None
    assert answer.status == 404
    expect(visitor.page.get_by_text("Somebody has decided about this draft")).to_be_visible()
    assert broken_rules(visitor, link) == []
    expect(visitor.page.get_by_text("Published e")).to_have_count(0)
    assert (
        site.sql("SELECT note FROM background_agents_audit WHERE action = 'preview_link' ORDER BY id DESC LIMIT 1")
        != []
    )


def test_without_scripts_the_address_is_shown(agents: Agents, site: Site, people: dict[str, Visitor]) -> None:
    """The button sends the form, and the page comes back with the address in a field that cannot be changed."""
    change = leave(agents, "f")
    browser = people["visitor"].context.browser
    assert browser is not None
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    # Else the first page of a session is loaded twice.
    context.add_cookies([{"name": "big_pipe_nojs", "value": "1", "url": site.url}])
    page = context.new_page()
    page.goto(site.drush("user:login", "--name=test_editor", "--no-browser").strip())
    page.goto(f"/admin/content/agents/{change}")
    page.get_by_role("button", name="Copy preview link").click()
    field = page.get_by_label("Address of the preview")
    expect(field).not_to_be_editable()
    assert anonymous(site, field.input_value()).status_code == 200
    context.close()


def test_a_translation_is_shown_in_its_language(agents: Agents, editor: Visitor) -> None:
    """The page around it too."""
    answer = agents.draft("revise", "agent", "translated", langcode="de", fields={"title": "Deutscher Entwurf"})
    assert answer.status_code == 201, answer.text
    change = agents.changes(item="translated")[-1]["id"]
    editor.open(f"/admin/content/agents/{change}")
    draft = frame(editor, "Preview of the draft")
    expect(draft.locator("h1")).to_have_text("Deutscher Entwurf")
    expect(draft.locator("html")).to_have_attribute("lang", "de")
    expect(frame(editor, "Preview of what is published").locator("h1")).to_have_text("Deutsch")
    link = make_link(editor, int(change))
    assert "/de/" in link
    assert "Deutscher Entwurf" in anonymous(agents.site, link).text


def test_a_new_item_has_one_side(agents: Agents, editor: Visitor) -> None:
    """What the agent made was not published before: the page says so."""
    assert agents.draft("create", fields={"title": "Made by the agent"}).status_code == 201
    change = agents.changes()[-1]["id"]
    editor.open(f"/admin/content/agents/{change}")
    expect(frame(editor, "Preview of the draft").locator("h1")).to_have_text("Made by the agent")
    expect(editor.page.get_by_text("The agent made this content: nothing of it was published before.")).to_be_visible()
    expect(editor.page.locator(".ba-previews iframe")).to_have_count(1)


def test_frames_are_for_reviewers(agents: Agents, site: Site, people: dict[str, Visitor], editor: Visitor) -> None:
    """Others get a 403, also the agent; a version that is not of this draft is not there, and says so accessibly."""
    change = leave(agents, "g")
    revision = agents.changes(item="g")[-1]["target_revision"]
    path = f"/background-agents/preview/{change}/{revision}"
    assert people["test_reader"].open(path) == 403
    assert anonymous(site, path).status_code == 403
    assert agents.request("GET", path).status_code == 403
    assert editor.open(path) == 200
    assert editor.open(f"/background-agents/preview/{change}/{agents.items['h']['revision']}") == 404
    expect(editor.page.get_by_text("This version is not there any more.")).to_be_visible()
    editor.alarms.clear()


def test_the_module_diff_shows_its_comparison(agents: Agents, site: Site, editor: Visitor) -> None:
    """A link where it is installed, none where it is not."""
    if "diff" not in site.drush("pm:list", "--format=list", "--type=module").split():
        pytest.skip("not on this site: diff")
    change = leave(agents, "h")
    editor.open(f"/admin/content/agents/{change}")
    link = editor.page.get_by_role("link", name="Compare with Diff")
    expect(link).to_have_count(0)
    site.drush("pm:install", "diff", "-y")
    try:
        has_visual = site.php(
            "\\Drupal::configFactory()->getEditable('diff.settings')"
            "->set('general_settings.layout_plugins.visual_inline.enabled', TRUE)->save();"
            "print (int) \\Drupal::service('plugin.manager.diff.layout')->hasDefinition('visual_inline');"
        )
        editor.open(f"/admin/content/agents/{change}")
        link.click()
        editor.page.wait_for_url("**/visual_inline" if has_visual == "1" else "**/split_fields")
        expect(editor.page.locator("body")).to_contain_text("Words of the draft")
    finally:
        site.drush("pm:uninstall", "diff", "-y")
