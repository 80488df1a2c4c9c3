"""The page of a draft as people meet it: how it looks, by keyboard, on a telephone, with hostile drafts; and axe on all pages of the module."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Agents, Site

pytestmark = pytest.mark.browser

AGENTS = "/admin/config/services/background-agents"
RUNS = "/admin/reports/background-agents"
DRAFTS = "/admin/content/agents"
PHONE = 390
# The button and the checkbox that core puts on every list with operations.
CORE = ('value="Apply to selected items"', "Select all rows in this table")
# Of the administration theme's own frame: its toolbar, its messages.
THEME = ("landmark-", "region ", "aria-valid-attr ", "link-name ")
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'>&lt;b&gt;"


@pytest.fixture(scope="module")
def made(site: Site) -> dict[str, Any]:
    return site.script("review_page.php")


@pytest.fixture(scope="module")
def stories(site: Site, made: dict[str, Any]) -> Agents:
    """Stories, and an agent that revises them."""
    return Agents(site, made)


@pytest.fixture(scope="module")
def people(site: Site, stories: Agents) -> Iterator[dict[str, Visitor]]:
    with chromium() as browser:
        visitors = {
            "editor": Visitor(site, browser, "Nora Editor"),
            "admin": Visitor(site, browser, "admin"),
            "phone": Visitor(site, browser, "Nora Editor", width=PHONE),
            "phone_admin": Visitor(site, browser, "admin", width=PHONE),
        }
        yield visitors
        for person in visitors.values():
            person.close()


@pytest.fixture
def editor(people: dict[str, Visitor]) -> Iterator[Visitor]:
    """Fails when a script of an agent ran, or the site broke."""
    person = people["editor"]
    person.alarms.clear()
    yield person
    assert person.alarms == []


def leave(stories: Agents, item: str | None, **members: Any) -> str:
    """A draft; the path of its page."""
    given = {"bundle": "story", "summary": "Corrected two words."} | members
    if item is not None:
        given |= {"expected_revision": stories.newest(item)["vid"]}
    answer = stories.draft("revise" if item else "create", "agent", item, **given)
    assert answer.status_code == 201, answer.text
    return f"{DRAFTS}/{stories.changes()[-1]['id']}"


def body(value: str, **more: Any) -> dict[str, Any]:
    return {"value": value, "format": "basic_html"} | more


@pytest.fixture(scope="module")
def rich(stories: Agents, made: dict[str, Any]) -> str:
    """A draft that changes fields of all kinds."""
    text = "\n".join(made["paragraphs"][:5] + made["paragraphs"][6:])
    text = (
        text.replace("on tuesday", "on Tuesday")
        .replace("is payed", "is paid")
        .replace("<h3>", "<h2>")
        .replace("</h3>", "</h2>")
    )
    return leave(
        stories,
        "many",
        fields={
            "title": "New playground in the city park",
            "body": body(text, summary="The council has voted."),
            "field_topics": ["town", "culture"],
            "field_featured": True,
            "field_keywords": [made["terms"]["town"], made["terms"]["park"]],
            "field_picture": {"target_uuid": made["pictures"]["park"], "alt": "A playground"},
            "field_photos": [made["photos"]["park"], made["photos"]["hall"]],
        },
    )  # fmt: skip


def found(person: Visitor) -> list[str]:
    """What axe finds, without what is the theme's own."""
    return [
        line
        for line in violations(person.page)
        if not line.startswith(THEME) and not (line.count(" | ") == 0 and any(part in line for part in CORE))
    ]


def is_too_wide(person: Visitor) -> bool:
    return person.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def test_fields_are_in_the_order_of_the_form(editor: Visitor, rich: str) -> None:
    """The title first, then as in the edit form; what does not differ is folded."""
    editor.open(rich)
    names = editor.page.locator(".ba-field__name").all_inner_texts()
    assert names == ["Title", "Body", "Topics", "Featured", "Keywords", "Picture", "Photos"]
    folded = editor.page.locator("summary", has_text="unchanged fields")
    assert folded.locator("xpath=..").get_attribute("open") is None


def test_what_came_and_went_is_said_in_words_once(editor: Visitor, rich: str) -> None:
    """Not by colour alone: underlined and struck through, and in words for screen readers."""
    editor.open(rich)
    mark = editor.page.locator("ins", has_text="Tuesday")
    assert mark.inner_text().split() == ["added:", "Tuesday"]
    assert mark.evaluate("mark => getComputedStyle(mark).textDecorationLine") == "underline"
    gone = editor.page.locator("del", has_text="payed")
    assert gone.inner_text().split() == ["removed:", "payed"]
    assert gone.evaluate("mark => getComputedStyle(mark).textDecorationLine") == "line-through"
    said = mark.locator(".ba-diff__said")
    assert said.evaluate("word => [word.offsetWidth, word.offsetHeight <= 40]") == [1, True]
    # Neither has a role that some screen readers would tell besides.
    assert {mark.get_attribute("role"), gone.get_attribute("role")} == {"none"}


def test_references_and_media_are_before_and_after(editor: Visitor, rich: str) -> None:
    """One value becomes another, items come in their places, with small pictures of this site alone."""
    editor.open(rich)
    picture = editor.page.get_by_role("group", name="Picture", exact=True)
    assert re.sub(r"\s+", " ", picture.locator(".ba-diff--pair").inner_text()) == (
        "removed: town-hall.png – The town hall → added: park.png – A playground"
    )
    assert picture.locator("img").count() == 2
    photos = editor.page.get_by_role("group", name="Photos", exact=True)
    assert [re.sub(r"\s+", " ", text) for text in photos.locator("li").all_inner_texts()] == [
        "added: Playground in the park",
        "The town hall at noon",
    ]
    for image in editor.page.locator(".ba-review img").all():
        assert (image.get_attribute("src") or "").startswith(("/sites/", editor.site.url))
        assert image.evaluate("image => image.complete && image.naturalWidth > 0")


def test_passages_are_numbered_as_the_checkboxes(editor: Visitor, rich: str) -> None:
    """A number beside each change in the text, and before the words of its checkbox."""
    editor.open(rich)
    group = editor.page.get_by_role("group", name="Body", exact=True)
    group.locator("summary", has_text="Choose among").click()
    label = group.get_by_label("“tuesday” becomes “Tuesday”")
    number = re.match(r"(\d+)\.", label.evaluate("box => box.labels[0].innerText"))
    assert number is not None
    beside = group.locator(
        ".ba-diff__number", has=editor.page.locator("xpath=following-sibling::*[1][contains(., 'tuesday')]")
    )
    assert beside.inner_text().split() == ["Change", number[1]]


@pytest.mark.parametrize("who", ["editor", "phone"])
def test_decisions_are_in_reach_wherever_the_page_stands(people: dict[str, Visitor], rich: str, who: str) -> None:
    """On a telephone, too; nothing is wider than the screen."""
    person = people[who]
    person.open(rich)
    expect(person.page.get_by_role("button", name="Accept: Publish")).to_be_in_viewport()
    person.page.mouse.wheel(0, 100_000)
    expect(person.page.get_by_role("button", name="Accept: Publish")).to_be_in_viewport()
    assert not is_too_wide(person)


def walk(person: Visitor, until: str) -> None:
    """Presses Tab until an element has the focus; none that has it is behind the bar."""
    for _ in range(40):
        person.page.keyboard.press("Tab")
        name, hidden = person.page.evaluate(
            "() => { const e = document.activeElement, box = e.getBoundingClientRect(),"
            " bar = document.querySelector('.ba-review > .form-actions').getBoundingClientRect();"
            " return [(e.labels?.[0]?.innerText || e.value || e.innerText || '').trim(),"
            " !e.closest('.form-actions') && box.bottom > bar.top + 4 && e.tagName !== 'IFRAME']; }"
        )
        assert not hidden, name
        if name == until:
            return
    raise AssertionError(f"{until} is not reached.")


def test_a_draft_is_decided_by_keyboard_alone(stories: Agents, editor: Visitor) -> None:
    """Tab, space and enter: a field left out, changes chosen among, the reason written, the draft refused."""
    path = leave(stories, "swimming", fields={"title": "The pool", "body": body("<p>The library opens at nine.</p>")})
    editor.open(path)
    keys = editor.page.keyboard
    editor.page.locator("h1").evaluate("heading => { heading.tabIndex = -1; heading.focus(); }")
    # First comes the link of the page's help.
    keys.press("Tab")
    keys.press("Tab")
    expect(editor.page.get_by_role("link", name="Skip to the decision")).to_be_focused()
    walk(editor, "Accept the changes of Title")
    keys.press("Space")
    walk(editor, "Choose among 2 changes")
    keys.press("Enter")
    expect(editor.page.get_by_label("1. “libary” becomes “library”")).to_be_visible()
    editor.page.get_by_role("link", name="Skip to the decision").focus()
    keys.press("Enter")
    walk(editor, "Refuse …")
    assert not editor.page.get_by_label("Accept the changes of Title").is_checked()
    keys.press("Enter")
    expect(editor.page.get_by_label("Reason")).to_be_focused()
    keys.type("Not needed.")
    walk(editor, "Refuse")
    keys.press("Enter")
    expect(editor.page.locator(".messages--status")).to_contain_text("You have refused the draft")
    assert stories.changes(item="swimming")[-1]["reason"] == "Not needed."


def test_after_a_decision_the_way_goes_on(stories: Agents, editor: Visitor) -> None:
    """What happened, with links; how many wait, and the next one, which is the next of the list."""
    first = leave(stories, "bus", fields={"title": "Bus line 5"})
    second = leave(stories, "bridge", fields={"title": "The new bridge"})
    editor.open(first)
    expect(editor.page.get_by_role("link", name="Next draft: The new bridge")).to_be_visible()
    editor.page.get_by_role("button", name="Accept: Publish").click()
    notice = editor.page.locator(".messages--status")
    expect(notice).to_contain_text('You have accepted the draft of "Bus line 5". It is published.')
    expect(notice.get_by_role("link", name="View")).to_have_attribute("href", re.compile(r"/node/\d+$"))
    expect(notice.get_by_role("link", name="Edit")).to_have_attribute("href", re.compile(r"/edit$"))
    expect(editor.page.locator(".ba-review__nav")).to_contain_text(re.compile(r"more drafts? waits? for you"))
    editor.page.get_by_role("link", name="Next draft: The new bridge").click()
    assert editor.page.url.endswith(second)


def test_hostile_drafts_do_nothing(stories: Agents, editor: Visitor, people: dict[str, Visitor]) -> None:
    """In the title, the text, the summary, a name of a link: it is text, on the page, in its list and in what is said afterwards."""
    requests: list[str] = []
    editor.page.on("request", lambda request: requests.append(request.url))
    path = leave(
        stories,
        None,
        fields={
            "title": f"Evil {HOSTILE}"[:250],
            "body": body(f'<p>{HOSTILE} <img src="https://elsewhere.example/x.png" alt="{"x" * 300}"><a href="javascript:alert(4)">go</a></p>'),
            "field_lead": HOSTILE + "W" * 500,
            "field_more": [{"uri": "https://elsewhere.example/", "title": HOSTILE[:200]}],
        },
        summary=HOSTILE + "M" * 200,
    )  # fmt: skip
    for person in (editor, people["phone"]):
        person.open(path)
        assert not is_too_wide(person)
        expect(person.page.locator(".ba-review__why")).to_contain_text("<script>alert(1)</script>")
        assert (
            person.page.locator('.ba-review a[href^="javascript"], .ba-review [onerror], .ba-review script').count()
            == 0
        )
        assert person.alarms == []
    editor.open(DRAFTS)
    editor.open(path)
    editor.page.get_by_role("link", name="Refuse …").click()
    editor.page.get_by_label("Reason").fill(HOSTILE)
    editor.page.get_by_role("button", name="Refuse", exact=True).click()
    expect(editor.page.locator(".messages--status")).to_contain_text("onerror=alert(2)")
    expect(editor.page.locator(".ba-review__head")).to_contain_text("&lt;b&gt;")
    assert [url for url in requests if not url.startswith((editor.site.url, "data:"))] == []


@pytest.mark.parametrize("who", ["editor", "phone"])
def test_axe_finds_nothing_on_the_pages_of_a_draft(
    stories: Agents, people: dict[str, Visitor], rich: str, who: str
) -> None:
    """Of all kinds: many fields, a creation, what the agent read, a decided one; and the list."""
    editor = people[who]
    created = leave(
        stories,
        None,
        fields={"title": "Winter tires", "body": body("<h2>The law</h2><p>Snow.</p>")},
        summary="Wrote it.",
    )
    refused = leave(stories, "school", fields={"title": "No school"})
    editor.open(refused)
    editor.page.get_by_role("link", name="Refuse …").click()
    editor.page.get_by_role("button", name="Refuse", exact=True).click()
    editor.page.wait_for_load_state()
    for path in (DRAFTS, rich, f"{rich}?against=read", created, refused):
        assert editor.open(path) == 200
        editor.page.evaluate("document.querySelectorAll('.ba-review details').forEach(box => { box.open = true; })")
        assert found(editor) == [], path
        assert path == DRAFTS or not is_too_wide(editor), path


@pytest.mark.parametrize("who", ["admin", "phone_admin"])
def test_axe_finds_nothing_on_the_other_pages(stories: Agents, people: dict[str, Visitor], who: str) -> None:
    """Agents, triggers, settings, stopping, starting a run, the runs and a run."""
    admin = people[who]
    for path in (
        AGENTS, f"{AGENTS}/add", f"{AGENTS}/manage/copy_editor", f"{AGENTS}/manage/copy_editor/run", f"{AGENTS}/triggers",
        f"{AGENTS}/triggers/add", f"{AGENTS}/settings", f"{AGENTS}/stop", RUNS, f"{RUNS}?page=1", f"{RUNS}/start",
        f"{RUNS}/{stories.runs['agent']['id']}",
    ):  # fmt: skip
        assert admin.open(path) == 200, path
        assert found(admin) == [], path
        assert not is_too_wide(admin), path


def test_the_name_of_an_agent_leads_to_it(people: dict[str, Visitor]) -> None:
    """In the list of agents."""
    admin = people["admin"]
    admin.open(AGENTS)
    admin.page.get_by_role("link", name="Copy editor", exact=True).click()
    assert admin.page.url.endswith(f"{AGENTS}/manage/copy_editor")
