"""The pages of the module on a real site, in a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.site.chromium import Visitor, visiting
from tests.site.drupal import Site

AGENTS = "/admin/config/services/background-agents"
RUNS = "/admin/reports/background-agents"

NOBODY = (
    "'to' => 'nobody', 'addresses' => [], 'base_url' => '', 'gather_minutes' => 5, 'failing_after' => 3, 'defaults' => "
    "array_fill_keys(['draft', 'review', 'back', 'failed', 'question', 'failing', 'budget'], 'never')"
)
NOTICE = "\\Drupal::configFactory()->getEditable('background_agents.settings')->set('notice', [%s])->save();"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def visitors(site: Site, given: dict[str, Any]) -> Iterator[dict[str, Visitor]]:
    """An administrator, somebody who started runs, and somebody else with the same role."""
    with visiting(site, admin="admin", runner="ui_runner", other="ui_other") as people:
        yield people


@pytest.fixture
def admin(visitors: dict[str, Visitor]) -> Iterator[Visitor]:
    """The administrator; fails when a script of an agent ran, or the site broke."""
    person = visitors["admin"]
    person.alarms.clear()
    yield person
    assert person.alarms == []


def tab(person: Visitor, name: str) -> None:
    person.page.locator(f'.vertical-tabs__menu >> text="{name}"').click()


def submit(person: Visitor, button: str) -> None:
    person.page.get_by_role("button", name=button, exact=True).click()
    person.page.wait_for_load_state()


def test_an_agent_is_made_with_an_account_that_has_just_what_it_needs(site: Site, admin: Visitor) -> None:
    """The form makes a role marked as agent role, with the permissions of the chosen content, and an account without a password."""
    site.php("\\Drupal\\background_agents\\Entity\\Agent::load('teaser_writer')?->delete();")
    admin.open(f"{AGENTS}/add")
    admin.page.fill("[name=label]", "Teaser writer")
    admin.page.locator(".machine-name-value").filter(has_text="teaser_writer").wait_for()
    admin.page.fill('[name="definition[system_prompt]"]', "Write teasers.")
    tab(admin, "Model and limits")
    admin.page.fill('[name="model[model]"]', "scripted:teaser")
    admin.page.get_by_text("Limits of this agent").click()
    admin.page.fill('[name="model[limits][cost_micros_per_day]"]', "2.5")
    admin.page.select_option('[name="model[limits][on_limit]"]', "ask")
    tab(admin, "Content")
    admin.page.check('[name="content[table][node:article][revise]"]')
    tab(admin, "Account")
    admin.page.check('[name="account[create]"]')
    submit(admin, "Save")
    expect(admin.page.locator(".messages--status")).to_contain_text("has been added")
    limits = site.php(
        "print json_encode(\\Drupal\\background_agents\\Entity\\Agent::load('teaser_writer')->getLimits());"
    )
    assert json.loads(limits) == {"cost_micros_per_day": 2_500_000, "on_limit": "ask"}
    made = site.script("ui.php", "validate")
    assert made == {}
    facts = site.php(
        "$a = \\Drupal\\background_agents\\Entity\\Agent::load('teaser_writer');"
        "$u = \\Drupal::service('Drupal\\background_agents\\Agent\\AgentAccounts')->accountOf($a);"
        "$r = \\Drupal\\user\\Entity\\Role::load($u->getRoles(TRUE)[0]); $p = $r->getPermissions(); sort($p);"
        "print json_encode([$u->getPassword(), $p, $r->getThirdPartySetting('background_agents', 'agent_role'), $a->getContent()]);"
    )
    assert facts == (
        '[null,["access content","edit any article content","use editorial transition create_new_draft","view all revisions",'
        '"view any unpublished content","view latest version"],true,{"node":{"article":["read","revise"]}}]'
    )


def test_the_form_and_the_run_say_which_tools_were_left_out(admin: Visitor, given: dict[str, Any]) -> None:
    """With the reason, as the sidecar told it; a server's words are text."""
    assert admin.open(f"{AGENTS}/manage/ui_agent") == 200
    tab(admin, "MCP servers")
    expect(admin.page.locator(".messages--warning").filter(has_text="mcp:files.bad")).to_contain_text("It is broken.")
    admin.open(f"{RUNS}/{given['runs']['live']}")
    assert "mcp:files.bad: It is broken." in admin.text("body")


def test_mistakes_in_an_agent_are_told_where_they_are(admin: Visitor) -> None:
    """Broken JSON, a schema that cannot be, a model without provider, content without moderation, a bad MCP server."""
    admin.open(f"{AGENTS}/add")
    admin.page.fill("[name=label]", "Broken")
    admin.page.locator(".machine-name-value").filter(has_text="broken").wait_for()
    admin.page.fill('[name="definition[system_prompt]"]', "x")
    for part in ("input", "output"):
        admin.page.check(f'[name="definition[{part}][mode]"][value=json]')
        admin.page.locator(f'textarea[name="definition[{part}_schema]"]').wait_for()
    admin.page.fill('[name="definition[input_schema]"]', '{"type": "object",}')
    admin.page.fill(
        '[name="definition[output_schema]"]',
        '{"type": "object", "required": ["b"], "properties": {"a": {"type": "strng"}, "z": {"$ref": "http://a.example"}}}',
    )
    tab(admin, "Model and limits")
    admin.page.fill('[name="model[model]"]', "gpt")
    tab(admin, "Content")
    admin.page.check('[name="content[table][node:page][revise]"]')
    tab(admin, "MCP servers")
    admin.page.fill('[name="mcp[servers][0][name]"]', "Bad name")
    admin.page.get_by_role("button", name="Add another server").click()
    admin.page.locator('[name="mcp[servers][1][name]"]').wait_for()
    submit(admin, "Save")
    told = admin.text(".messages--error")
    for piece in (
        "not valid JSON",
        '"a" has the type "strng"',
        '"b" is required',
        "schemas are never fetched",
        '"gpt" has no provider',
        "no moderation",
        '"Bad name" does not fit',
        "https://",
    ):
        assert piece in told, told


def test_triggers_are_stored_as_their_schema_says(site: Site, admin: Visitor, given: dict[str, Any]) -> None:
    """A content trigger with tokens in its input, and a cron trigger."""
    for name in ("ui_content", "ui_cron"):
        site.php(f"\\Drupal\\background_agents\\Entity\\Trigger::load('{name}')?->delete();")
    admin.open(f"{AGENTS}/triggers/add")
    admin.page.fill("[name=label]", "UI content")
    admin.page.locator(".machine-name-value").filter(has_text="ui_content").wait_for()
    admin.page.select_option("[name=agent]", "ui_agent")
    admin.page.locator('[name="input[properties][title]"]').wait_for()
    admin.page.check('[name="settings[content][bundles][article]"]')
    admin.page.fill('[name="input[properties][title]"]', "[node:title]")
    admin.page.fill('[name="settings[content][debounce]"]', "30")
    submit(admin, "Save")
    admin.open(f"{AGENTS}/triggers/add")
    admin.page.fill("[name=label]", "UI cron")
    admin.page.locator(".machine-name-value").filter(has_text="ui_cron").wait_for()
    admin.page.select_option("[name=agent]", "ui_agent")
    admin.page.locator('[name="input[properties][title]"]').wait_for()
    admin.page.check("[name=type][value=cron]")
    admin.page.fill('[name="input[properties][title]"]', "The news")
    admin.page.select_option('[name="settings[cron][interval]"]', "3600")
    submit(admin, "Save")
    assert site.script("ui.php", "validate") == {}
    stored = site.php(
        "foreach (['ui_content', 'ui_cron'] as $id) { $t = \\Drupal\\background_agents\\Entity\\Trigger::load($id);"
        "print json_encode([$t->getType(), $t->getSettings(), $t->getInput(), $t->getDebounce()]) . PHP_EOL; $t->delete(); }"
    )
    content, cron = stored.strip().splitlines()
    assert (
        '"entity_type":"node","bundles":["article"],"operations":["insert","update"],"revisions":"published"' in content
    )
    assert '{"title":"[node:title]"},30' in content
    assert cron.startswith('["cron",{"interval":3600}')


def test_settings_say_what_a_transport_needs(site: Site, admin: Visitor) -> None:
    """Push without a URL is refused; what is saved fits its schema; the secret is never on the page."""
    admin.open(f"{AGENTS}/settings")
    admin.page.check('[name="connection[transport]"][value=push]')
    admin.page.fill('[name="connection[sidecar_url]"]', "")
    admin.page.evaluate("document.querySelectorAll('form').forEach(form => form.noValidate = true)")
    submit(admin, "Save configuration")
    assert "URL of the sidecar" in admin.text(".messages--error")
    admin.page.check('[name="connection[transport]"][value=mysql]')
    submit(admin, "Save configuration")
    expect(admin.page.locator(".messages--status")).to_be_visible()
    assert site.script("ui.php", "validate") == {}
    assert "MDEyMzQ1Njc4OTAx" not in admin.page.content()


def test_who_is_told_when_a_run_waits(site: Site, admin: Visitor) -> None:
    """Addresses one in each line; a wrong one is told, and none is stored."""
    site.php(NOTICE % NOBODY)
    admin.open(f"{AGENTS}/settings")
    admin.page.locator("summary", has_text="Notices").click()
    admin.page.check('[name="notice[to]"][value="addresses"]')
    submit(admin, "Save configuration")
    expect(admin.page.locator("body")).to_contain_text("Give at least one address.")
    admin.page.fill('[name="notice[addresses]"]', "a@example.com\nno address")
    submit(admin, "Save configuration")
    assert notice(site)["to"] == "nobody"
    admin.page.fill('[name="notice[addresses]"]', "a@example.com\nb@example.com")
    admin.page.fill('[name="notice[base_url]"]', "https://www.example.com")
    submit(admin, "Save configuration")
    expected = {
        "to": "addresses",
        "addresses": ["a@example.com", "b@example.com"],
        "base_url": "https://www.example.com",
    }
    assert {name: notice(site)[name] for name in expected} == expected
    assert admin.page.input_value('[name="notice[addresses]"]') == "a@example.com\nb@example.com"
    assert site.script("ui.php", "validate") == {}
    site.php(NOTICE % NOBODY)


def notice(site: Site) -> dict[str, Any]:
    return json.loads(site.php("print json_encode(\\Drupal::config('background_agents.settings')->get('notice'));"))


def test_all_agents_are_stopped_after_a_question(site: Site, admin: Visitor, given: dict[str, Any]) -> None:
    """And let run again. While stopped, "Run" says why it does not."""
    admin.open(f"{AGENTS}/settings")
    admin.page.get_by_role("link", name="Stop all agents").click()
    assert "Stop all agents?" in admin.text("h1")
    submit(admin, "Stop all agents")
    admin.open(f"{AGENTS}/manage/ui_agent/run")
    assert "All agents were stopped by admin" in admin.text()
    expect(admin.page.get_by_role("button", name="Run agent")).to_be_disabled()
    admin.open(f"{AGENTS}/settings")
    admin.page.get_by_role("link", name="Let agents run again").click()
    submit(admin, "Let agents run again")
    assert "Agents may run." in admin.text()


def test_a_run_is_started_from_the_form_of_its_schema(
    site: Site, visitors: dict[str, Visitor], given: dict[str, Any]
) -> None:
    """By somebody who may only run this agent; each value has its type; it is about the chosen article; one sees its page."""
    runner = visitors["runner"]
    assert runner.open(f"{AGENTS}/manage/ui_agent/run") == 200
    page = runner.page
    page.fill('[name="input[title]"]', "A & B")
    page.fill('[name="input[words]"]', "12")
    page.select_option('[name="input[tone]"]', "formal")
    page.check('[name="input[strict]"]')
    page.fill('[name="input[tags]"]', '["x", 1]')
    page.fill('[name="about[node]"]', f"{given['title']} ({given['node']})")
    submit(runner, "Run agent")
    assert page.url.startswith(f"{site.url}{RUNS}/")
    stored = site.sql(
        "SELECT d.input, r.target_id FROM background_agents_run_data d JOIN background_agents_run r ON r.id = d.run ORDER BY d.run DESC LIMIT 1"
    )[0]
    assert stored["input"] == '{"title":"A & B","words":12,"tone":"formal","strict":true,"tags":["x",1]}'
    assert stored["target_id"] == str(given["node"])


def test_a_second_click_starts_no_second_run(site: Site, visitors: dict[str, Visitor], given: dict[str, Any]) -> None:
    """One page, one run, however often and fast one clicks; who comes back, or asks for something else, gets another."""

    def count() -> int:
        return site.sql("SELECT COUNT(*) AS n FROM background_agents_run WHERE agent = 'ui_agent'")[0]["n"]

    form = f"{AGENTS}/manage/ui_agent/run"
    page = visitors["runner"].page
    before = count()
    page.goto(form)
    page.fill('[name="input[title]"]', "Twice")
    # Core lets no form be sent twice by a script; browsers without scripts do.
    fields = page.evaluate("[...new FormData(document.querySelector('[name=\"input[title]\"]').form)]")
    page.get_by_role("button", name="Run agent").dblclick()
    page.wait_for_url(f"{site.url}{RUNS}/*")
    assert count() == before + 1
    run = page.url
    again = page.request.post(form, form={**dict(fields), "op": "Run agent"})
    assert again.url == run
    assert "This run had been started already." in again.text()
    assert count() == before + 1
    page.request.post(form, form={**dict(fields), "op": "Run agent", "input[title]": "Another"})
    assert count() == before + 2
    page.goto(form)
    page.fill('[name="input[title]"]', "Twice")
    submit(visitors["runner"], "Run agent")
    page.goto(form)
    page.fill('[name="input[title]"]', "Twice")
    submit(visitors["runner"], "Run agent")
    assert count() == before + 4
    page.go_back()
    page.wait_for_load_state()
    page.fill('[name="input[title]"]', "Twice")
    submit(visitors["runner"], "Run agent")
    assert count() == before + 5


def test_people_see_their_own_runs_only(visitors: dict[str, Visitor], given: dict[str, Any]) -> None:
    """The list of another one is empty, and the page is refused; so is its live part."""
    run = given["runs"]["live"]
    assert visitors["runner"].open(f"{RUNS}/{run}") == 200
    other = visitors["other"]
    assert other.open(RUNS) == 200
    assert "No agent has run yet" in other.text()
    assert [other.open(f"{RUNS}/{run}{path}") for path in ("", "/live", "/cancel")] == [403, 403, 403]


def test_filters_of_the_report(admin: Visitor, given: dict[str, Any]) -> None:
    """By agent, state, trigger and date; each has an address."""
    row = f'a[href="{RUNS}/{given["runs"]["failed"]}"]'
    for query, found in (
        ("state=failed", True),
        ("state=open", False),
        ("agent=ui_agent&trigger=manual&state=failed", True),
        ("trigger=cron", False),
        ("from=2001-01-01", True),
        ("to=2001-01-01", False),
        ("from=nonsense", True),
    ):
        admin.open(f"{RUNS}?{query}")
        assert (admin.page.locator(row).count() == 1) is found, query


def test_the_page_of_a_run_goes_on_by_itself(site: Site, admin: Visitor, given: dict[str, Any]) -> None:
    """New events appear, what was opened stays open, the end ends the asking; nothing of what agents say becomes markup."""
    run, page = str(given["runs"]["live"]), admin.page
    admin.open(f"{RUNS}/{run}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/live?" in request.url else None)
    page.locator(".ba-group--live details summary").last.click()
    site.script("ui.php", "events", run, "tool")
    expect(page.locator(".ba-item--live")).to_have_count(0)
    # Which tools were left out is open from the beginning.
    opened = page.locator(".ba-timeline details[open]").filter(has_not_text="Tools that were left out")
    expect(opened).to_have_count(1)
    site.script("ui.php", "events", run, "step")
    expect(page.get_by_text("Step 2")).to_be_visible()
    site.script("ui.php", "events", run, "end")
    expect(page.locator("[data-ba-live-status]")).to_have_text("This run has ended.")
    expect(page.locator(".ba-header__state")).to_contain_text("Completed")
    count = len(asked)
    page.wait_for_timeout(2500)
    assert count == len(asked)
    assert page.locator(".ba-run script, .ba-run img").count() == 0
    assert page.title() != "owned"
    assert "<script>document.title" in admin.text(".ba-run")


def test_without_scripts_the_page_is_the_same(site: Site, admin: Visitor, given: dict[str, Any]) -> None:
    """Only still: the server has rendered all of it."""
    cookies = "; ".join(f"{cookie.get('name')}={cookie.get('value')}" for cookie in admin.context.cookies())
    html = site.http.get(f"{RUNS}/{given['runs']['failed']}", headers={"Cookie": cookies}).text
    assert 'data-ba-group="g1"' in html
    assert "&lt;script&gt;document.title" in html
    assert "<script>document.title" not in html


def test_a_failed_run_says_what_to_do(admin: Visitor, given: dict[str, Any]) -> None:
    """Reason, message, advice, and a way to retry."""
    admin.open(f"{RUNS}/{given['runs']['failed']}")
    said = admin.text(".ba-header")
    assert "limit:steps" in said
    assert "Model requests per run" in said
    expect(admin.page.get_by_role("link", name="Retry")).to_be_visible()


def test_a_question_is_answered_on_the_page(site: Site, admin: Visitor, given: dict[str, Any]) -> None:
    """The decision is stored as a command for the sidecar."""
    run = given["runs"]["waiting"]
    admin.open(f"{RUNS}/{run}")
    assert "Was it sent?" in admin.text(".ba-decision")
    admin.page.check("[name=decision][value=done]")
    admin.page.fill("[name=note]", "I looked.")
    submit(admin, "Decide")
    rows = site.sql("SELECT command, data FROM background_agents_command WHERE run = %s", run)
    assert [(row["command"], row["data"]) for row in rows] == [
        ("decide", '{"id":"q1","decision":"done","note":"I looked."}')
    ]


def test_pause_and_cancel(site: Site, visitors: dict[str, Visitor], given: dict[str, Any]) -> None:
    """By the person who started the run: pausing at once, cancelling after a question."""
    runner, run = visitors["runner"], given["runs"]["cancel"]
    runner.open(f"{RUNS}/{run}")
    submit(runner, "Pause")
    expect(runner.page.get_by_role("button", name="Go on")).to_be_visible()
    runner.page.get_by_role("link", name="Cancel run").click()
    runner.page.fill("[name=note]", "Wrong article.")
    submit(runner, "Cancel run")
    rows = site.sql("SELECT command FROM background_agents_command WHERE run = %s ORDER BY id", run)
    assert [row["command"] for row in rows] == ["pause", "cancel"]
    assert "was told to stop" in runner.text()


def test_the_status_report_says_what_to_do(site: Site, admin: Visitor, given: dict[str, Any]) -> None:
    """A sidecar that does not answer, and an account that lacks a permission."""
    site.php(
        "\\Drupal::configFactory()->getEditable('background_agents.settings')->set('transport', 'push')->set('sidecar_url', 'http://127.0.0.1:9')->save();"
    )
    site.php(
        "$a = \\Drupal\\background_agents\\Entity\\Agent::load('ui_agent');"
        "$u = \\Drupal::service('Drupal\\background_agents\\Agent\\AgentAccounts')->accountOf($a);"
        "\\Drupal\\user\\Entity\\Role::load($u->getRoles(TRUE)[0])->revokePermission('view latest version')->save();"
    )
    admin.open("/admin/reports/status")
    report = admin.text()
    assert "Nothing answers at http://127.0.0.1:9" in report
    assert 'UI agent: The permission "view latest version" is missing' in report
    admin.open(AGENTS)
    assert "Something is missing" in admin.text()


@pytest.mark.parametrize("width", [1280, 375])
def test_no_page_is_wider_than_the_window(admin: Visitor, given: dict[str, Any], width: int) -> None:
    """Also on a telephone."""
    admin.page.set_viewport_size({"width": width, "height": 800})
    for path in (AGENTS, f"{AGENTS}/manage/ui_agent", f"{AGENTS}/settings", f"{RUNS}/{given['runs']['failed']}"):
        admin.open(path)
        assert admin.page.evaluate("document.documentElement.scrollWidth") <= width + 1, path
    admin.page.set_viewport_size({"width": 1280, "height": 900})
