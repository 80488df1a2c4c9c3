"""The forms of agents and triggers: nothing is swallowed, and each refusal says what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Site

AGENTS = "/admin/config/services/background-agents"
DESKTOP, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def person(site: Site) -> Iterator[Visitor]:
    site.script("ui.php", "given")
    with chromium() as browser:
        visitor = Visitor(site, browser, "admin")
        yield visitor
        visitor.close()


@pytest.fixture
def admin(site: Site, person: Visitor) -> Iterator[Visitor]:
    """The administrator; afterwards the agent and trigger `form_test` are gone, and pages are without moderation again."""
    person.alarms.clear()
    yield person
    person.page.set_viewport_size(DESKTOP)
    site.php(
        "\\Drupal\\background_agents\\Entity\\Agent::load('form_test')?->delete();"
        "\\Drupal\\background_agents\\Entity\\Trigger::load('form_test')?->delete();"
        "$w = \\Drupal\\workflows\\Entity\\Workflow::load('editorial');"
        "$w->getTypePlugin()->removeEntityTypeAndBundle('node', 'page'); $w->save();"
        "$u = \\Drupal::entityTypeManager()->getStorage('user'); $u->delete($u->loadByProperties(['name' => 'Form test']));"
        "\\Drupal\\user\\Entity\\Role::load('agent_form_test')?->delete();"
    )
    assert person.alarms == []


def open_form(admin: Visitor, viewport: ViewportSize = DESKTOP, model: str = "") -> None:
    """A new agent: its name and prompt; the model is on the second tab."""
    admin.page.set_viewport_size(viewport)
    admin.open(f"{AGENTS}/add")
    if viewport is PHONE and admin.page.locator("#toolbar-item-administration-tray.is-active").count():
        # The menu of the toolbar lies above the page.
        admin.page.click("#toolbar-item-administration")
    admin.page.fill("[name=label]", "Form test")
    admin.page.locator(".machine-name-value").filter(has_text="form_test").wait_for()
    if viewport is PHONE:
        show(admin, "Task")
    admin.page.fill('[name="definition[system_prompt]"]', "Test.")
    if model:
        show(admin, "Model and limits")
        admin.page.fill('[name="model[model]"]', model)


def show(admin: Visitor, name: str) -> None:
    """A tab, or on a phone the part that opens."""
    tabs = admin.page.locator(f'.vertical-tabs__menu >> text="{name}"')
    part = admin.page.locator("details").filter(has=admin.page.locator("summary", has_text=name)).first
    if tabs.count():
        tabs.click()
    elif part.get_attribute("open") is None:
        part.locator("summary").first.click()


def save(admin: Visitor) -> None:
    admin.page.get_by_role("button", name="Save", exact=True).click()
    admin.page.wait_for_load_state()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_save_shows_a_required_field_that_is_on_another_tab(admin: Visitor, viewport: ViewportSize) -> None:
    """The button is never dead: the tab opens and the browser points at the field."""
    open_form(admin, viewport)
    field = admin.page.locator('[name="model[model]"]')
    expect(field).to_be_hidden()
    save(admin)
    expect(field).to_be_visible()
    expect(field).to_be_focused()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_what_the_site_refuses_is_shown_with_its_tab_open(admin: Visitor, viewport: ViewportSize) -> None:
    """After the answer the first field with an error can be seen."""
    open_form(admin, viewport, model="gpt")
    save(admin)
    expect(admin.page.locator(".messages--error")).to_contain_text('"gpt" has no provider')
    expect(admin.page.locator('[name="model[model]"]')).to_be_visible()


def test_each_new_agent_is_offered_an_account(site: Site, admin: Visitor) -> None:
    """Not only the first one of a site: an agent without an account cannot do anything."""
    assert (
        site.php("print count(\\Drupal::service('Drupal\\background_agents\\Agent\\AgentAccounts')->agentRoles());")
        != "0"
    )
    open_form(admin)
    show(admin, "Account")
    expect(admin.page.locator('[name="account[create]"]')).to_be_checked()


def test_content_without_moderation_is_brought_under_a_workflow_in_the_form(site: Site, admin: Visitor) -> None:
    """The refusal links the workflow; who may adds the type in the table, and the role gets the transition."""
    open_form(admin, model="scripted:test")
    show(admin, "Content")
    admin.page.check('[name="content[table][node:page][revise]"]')
    save(admin)
    refusal = admin.page.locator(".messages--error")
    expect(refusal).to_contain_text("has no moderation")
    # The only workflow that there is; else the list of them.
    only = site.php("print count(\\Drupal\\workflows\\Entity\\Workflow::loadMultiple());") == "1"
    address = "/admin/config/workflow/workflows" + ("/manage/editorial" if only else "")
    assert refusal.locator("a").first.get_attribute("href") == address
    row = admin.page.locator('[name="content[table][node:page][moderation]"]')
    expect(row).to_be_visible()
    row.select_option("editorial")
    save(admin)
    expect(admin.page.locator(".messages--status").first).to_contain_text("is moderated by the workflow Editorial now")
    found = json.loads(
        site.php(
            "$a = \\Drupal\\background_agents\\Entity\\Agent::load('form_test');"
            "$accounts = \\Drupal::service('Drupal\\background_agents\\Agent\\AgentAccounts');"
            "print json_encode([$accounts->validate($a), $a->getDependencies()['config']]);"
        )
    )
    assert found == [[], ["node.type.page", "user.role.agent_form_test", "workflows.workflow.editorial"]]


def test_who_may_not_change_workflows_is_told_whom_to_ask(site: Site, admin: Visitor) -> None:
    """No link that ends in "access denied", no choice that cannot be made."""
    site.php(
        "$r = \\Drupal\\user\\Entity\\Role::load('form_limited')"
        " ?? \\Drupal\\user\\Entity\\Role::create(['id' => 'form_limited', 'label' => 'x']);"
        "$r->grantPermission('administer background agents')->grantPermission('access administration pages')->save();"
        "$u = user_load_by_name('form_limited') ?: \\Drupal\\user\\Entity\\User::create(['name' => 'form_limited', 'status' => 1]);"
        "$u->addRole('form_limited'); $u->save();"
    )
    browser = admin.context.browser
    assert browser is not None
    limited = Visitor(site, browser, "form_limited")
    open_form(limited, model="scripted:test")
    show(limited, "Content")
    assert limited.page.locator('[name="content[table][node:page][moderation]"]').count() == 0
    limited.page.check('[name="content[table][node:page][revise]"]')
    save(limited)
    refusal = limited.page.locator(".messages--error")
    expect(refusal).to_contain_text("Ask an administrator to add it to a workflow")
    assert refusal.locator('a[href*="workflow"]').count() == 0
    assert limited.alarms == []
    limited.close()


@pytest.mark.parametrize(
    ("tools", "content", "model", "told"),
    [
        (["revise_draft"], [], "scripted:test", 'no content for the tools "revise_draft"'),
        ([], ["node:article"], "scripted:test", "has no tools"),
        (["read_item"], ["node:article"], "scripted:test", 'cannot without the tool "revise_draft"'),
        (["revise_draft"], ["node:article"], "opnai:gpt-5", '"opnai" is no provider that the sidecar knows'),
    ],
    ids=["tools-without-content", "content-without-tools", "content-without-its-tool", "unknown-provider"],
)
def test_what_does_not_fit_together_is_said(
    admin: Visitor, tools: list[str], content: list[str], model: str, told: str
) -> None:
    """The agent is saved, and whoever saved it learns why it could not do its work; again when the form is opened."""
    open_form(admin, model=model)
    show(admin, "Content")
    admin.page.get_by_text("Tools", exact=True).click()
    admin.page.check('[name="content[tools][by_hand]"]')
    for tool in tools:
        admin.page.check(f'[name="content[tools][names][{tool}]"]')
    for row in content:
        admin.page.check(f'[name="content[table][{row}][revise]"]')
    save(admin)
    expect(admin.page.locator(".messages--status").first).to_contain_text("has been")
    expect(admin.page.locator(".messages--warning").first).to_contain_text(told)
    admin.open(f"{AGENTS}/manage/form_test")
    expect(admin.page.locator(".messages--warning").first).to_contain_text(told)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("admin (1)", "User 1 and the anonymous user cannot be agents"),
        ("admin", "User 1 and the anonymous user cannot be agents"),
        ("ui_runner", 'The account "ui_runner" has no agent role'),
        ("nobody at all", "There is no account nobody at all"),
    ],
)
def test_an_account_that_cannot_be_an_agents_is_refused_with_the_reason(admin: Visitor, typed: str, told: str) -> None:
    """By name or by what the field fills in: never only "cannot be referenced"."""
    open_form(admin, model="scripted:test")
    show(admin, "Account")
    admin.page.uncheck('[name="account[create]"]')
    admin.page.fill('[name="account[account]"]', typed)
    save(admin)
    expect(admin.page.locator(".messages--error")).to_contain_text(told)
    expect(admin.page.locator('[name="account[account]"]')).to_be_visible()


@pytest.mark.parametrize("kind", ["cron", "content"])
def test_a_trigger_whose_agent_needs_an_input_is_not_saved_without_it(site: Site, admin: Visitor, kind: str) -> None:
    """Each of its runs would be refused. What cron would send is checked as a run would get it."""
    admin.open(f"{AGENTS}/triggers/add")
    admin.page.fill("[name=label]", "Form test")
    admin.page.locator(".machine-name-value").filter(has_text="form_test").wait_for()
    admin.page.select_option("[name=agent]", "ui_agent")
    admin.page.locator('[name="input[properties][title]"]').wait_for()
    admin.page.check(f"[name=type][value={kind}]")
    save(admin)
    expect(admin.page.locator(".messages--error")).to_contain_text('The agent needs the input "Title"')
    admin.page.fill('[name="input[properties][title]"]', "[site:name]")
    admin.page.fill('[name="input[properties][words]"]', "many")
    save(admin)
    if kind == "cron":
        expect(admin.page.locator(".messages--error")).to_contain_text("words: ")
        admin.page.fill('[name="input[properties][words]"]', "5")
        save(admin)
    expect(admin.page.locator(".messages--status")).to_contain_text("has been saved")
