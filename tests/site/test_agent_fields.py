"""What an agent is given and answers, as a table of fields: on a desktop and a telephone, by keyboard, without a script, and in a run."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.site.axe import violations
from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Site

AGENTS = "/admin/config/services/background-agents"
FORM = f"{AGENTS}/manage/ui_agent"
SLOW = 20_000
"""Milliseconds in which a form is built, processed and answered on a busy machine."""
UUID = "0b7a3a52-4a0d-4c3e-9a55-0c1f6e8d2b11"
GIVEN: dict[str, tuple[str, object]] = {
    "text": ("A", "A"),
    "long_text": ("A\nB", "A\nB"),
    "integer": ("7", 7),
    "number": ("1.5", 1.5),
    "boolean": ("", True),
    "choice": ("two words", "two words"),
    "texts": ("a, b\n\nc", ["a, b", "c"]),
    "date": ("2026-03-31", "2026-03-31"),
    "date-time": ("", None),
    "email": ("a@example.com", "a@example.com"),
    "uri": ("https://example.com/a", "https://example.com/a"),
    "uuid": (UUID, UUID),
}

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def people(site: Site) -> Iterator[dict[str, Visitor]]:
    """An administrator at a desk, and one with a telephone."""
    site.script("ui.php", "given")
    with chromium() as browser:
        visitors = {
            "desktop": Visitor(site, browser, "admin"),
            "phone": Visitor(site, browser, "admin", width=390),
        }
        yield visitors
        for visitor in visitors.values():
            assert visitor.alarms == []
            visitor.close()


def keep(site: Site, schema: str | None) -> None:
    """Gives the agent an input schema."""
    site.php(
        "$a = \\Drupal\\background_agents\\Entity\\Agent::load('ui_agent'); $d = $a->getDefinition();"
        f"$d['input_schema'] = json_decode({json.dumps(json.dumps(schema)).replace('$', chr(92) + '$')});"
        "$a->set('definition', $d)->setStatus(TRUE)->save();"
    )


def kept(site: Site) -> str:
    return site.php(
        "print \\Drupal\\background_agents\\Entity\\Agent::load('ui_agent')->getDefinition()['input_schema'];"
    )


def cell(row: int, name: str) -> str:
    return f'[name="definition[input][rows][{row}][{name}]"]'


def open_form(person: Visitor) -> None:
    """Opens the form; a telephone has its parts folded."""
    assert person.open(FORM) == 200
    person.page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true; })")


def choose(person: Visitor, mode: str) -> None:
    person.page.check(f'[name="definition[input][mode]"][value={mode}]')
    expect(person.page.locator('[name="definition[input][shown]"]')).to_have_value(mode, timeout=SLOW)


@pytest.mark.parametrize("who", ["desktop", "phone"])
def test_fields_are_added_by_keyboard(site: Site, people: dict[str, Visitor], who: str) -> None:
    """The focus is on the new row; axe finds nothing, and the page is not too wide. Mistakes stand at their cells."""
    keep(site, None)
    person = people[who]
    page = person.page
    open_form(person)
    page.locator('[name="definition[input][mode]"][value=none]').focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(cell(0, "name"))).to_be_visible(timeout=SLOW)
    expect(page.locator('[name="definition[input][mode]"][value=table]')).to_be_focused()
    page.fill(cell(0, "name"), "due day")
    page.select_option(cell(0, "type"), "choice")
    page.locator("#ba-schema-input").get_by_role("button", name="Add a field").focus()
    page.keyboard.press("Enter")
    expect(page.locator(cell(1, "name"))).to_be_focused(timeout=SLOW)
    page.keyboard.type("due")
    page.select_option(cell(1, "type"), "date")
    page.fill(cell(1, "order"), "0")
    assert violations(page, ".ba-schema") == []
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    page.locator("#edit-submit").click()
    expect(page.locator(f"{cell(0, 'name')}.error")).to_have_value("due day", timeout=SLOW)
    expect(page.locator(f"{cell(0, 'choices')}.error")).to_be_visible()
    expect(page.locator(f"{cell(1, 'name')}.error")).to_have_count(0)
    page.wait_for_load_state()  # before its scripts are there, a button sends the whole form
    page.fill(cell(0, "name"), "tone")
    page.fill(cell(0, "choices"), "plain\nformal")
    page.get_by_role("button", name="Remove field 2").focus()
    page.keyboard.press("Enter")
    expect(page.locator(cell(1, "name"))).to_have_count(0, timeout=SLOW)
    expect(page.locator(cell(0, "name"))).to_be_focused()
    page.locator("#edit-submit").click()
    page.wait_for_url("**/background-agents", timeout=SLOW)
    tone = {"type": "string", "enum": ["plain", "formal"]}
    assert json.loads(kept(site)) == {"type": "object", "properties": {"tone": tone}}


def test_a_table_becomes_json_and_back_where_it_can(site: Site, people: dict[str, Visitor]) -> None:
    """The JSON is what the table makes. What the table cannot say is named, and stays, also when the form is saved."""
    keep(site, '{"type": "object", "properties": {"note": {"type": "string", "maxLength": 2000}}}')
    person = people["desktop"]
    page = person.page
    open_form(person)
    expect(page.locator(cell(0, "length"))).to_have_value("2000")
    page.fill(cell(0, "title"), "Note")
    choose(person, "json")
    text = page.locator('[name="definition[input_schema]"]')
    schema = json.loads(text.input_value())
    assert schema["properties"] == {"note": {"type": "string", "title": "Note", "maxLength": 2000}}
    schema["properties"]["note"]["pattern"] = "x"
    text.fill(json.dumps(schema))
    page.check('[name="definition[input][mode]"][value=table]')
    panel = page.locator("#ba-schema-input")
    expect(panel).to_contain_text('cannot say "pattern" of the field "note"', timeout=SLOW)
    expect(page.locator('[name="definition[input][mode]"][value=json]')).to_be_checked()
    expect(text).to_have_value(json.dumps(schema))
    del schema["properties"]["note"]["pattern"]
    text.fill(json.dumps(schema))
    choose(person, "table")
    expect(page.locator(cell(0, "title"))).to_have_value("Note")
    choose(person, "none")
    choose(person, "table")
    expect(page.locator(cell(0, "title"))).to_have_value("Note")
    closed = '{"type":"object", "properties":{"a":{"type":"string"}},  "additionalProperties":false}'
    keep(site, closed)
    open_form(person)
    expect(panel).to_contain_text('cannot say "additionalProperties"')
    page.locator("#edit-submit").click()
    page.wait_for_url("**/background-agents", timeout=SLOW)
    assert kept(site) == closed


def test_without_a_script_buttons_do_it(site: Site, people: dict[str, Visitor]) -> None:
    """The choice is shown by a button, rows come and go, and what was typed stays."""
    keep(site, None)
    browser = people["desktop"].context.browser
    assert browser is not None
    state = people["desktop"].context.storage_state()
    context = browser.new_context(base_url=site.url, storage_state=state, java_script_enabled=False)
    page = context.new_page()
    page.goto(FORM)
    page.locator("summary").filter(has_text="Task").click()
    page.check('[name="definition[input][mode]"][value=table]')
    page.click('[name="background_agents_input_switch"]')
    page.fill(cell(0, "name"), "due")
    page.select_option(cell(0, "type"), "date")
    page.click('[name="background_agents_input_add"]')
    expect(page.locator(cell(0, "name"))).to_have_value("due")
    page.fill(cell(1, "name"), "b")
    page.click('[name="background_agents_input_remove_0"]')
    expect(page.locator(cell(0, "name"))).to_have_count(0)
    expect(page.locator(cell(1, "name"))).to_have_value("b")
    page.check('[name="definition[input][mode]"][value=json]')
    page.click("#edit-submit")
    page.wait_for_url("**/background-agents", timeout=SLOW)
    assert json.loads(kept(site)) == {"type": "object", "properties": {"b": {"type": "string", "maxLength": 255}}}
    context.close()


def test_a_run_is_given_each_type(site: Site, people: dict[str, Visitor]) -> None:
    """The fields of a run by hand are those of the table; what was typed is the input of the run, with its types."""
    rows = [
        {"name": kind.replace("-", "_"), "type": kind, "choices": "two words\n2", "required": "1"} for kind in GIVEN
    ]
    made = site.php(
        "print \\Drupal\\background_agents\\Contract\\SchemaFields::text("
        f"\\Drupal\\background_agents\\Form\\Agent\\SchemaTable::fields(json_decode('{json.dumps(rows)}', TRUE)));".replace(
            "\\n2", "\\\\n2"
        )
    )
    keep(site, made)
    person = people["desktop"]
    page = person.page
    person.open(f"{FORM}/run")
    for kind, (typed, _) in GIVEN.items():
        field = page.locator(f'[name="input[{kind.replace("-", "_")}]"]')
        if kind == "boolean":
            field.check()
        elif kind == "choice":
            field.select_option(typed)
        elif kind == "date-time":
            page.fill('[name="input[date_time][date]"]', "2026-03-31")
            page.fill('[name="input[date_time][time]"]', "09:00:00")
        else:
            field.fill(typed)
    assert violations(page, "form.background-agents-run-agent") == []
    page.get_by_role("button", name="Run agent").click()
    page.wait_for_url("**/admin/reports/background-agents/*", timeout=SLOW)
    given = json.loads(
        site.php(
            "$r = \\Drupal::entityQuery('background_agents_run')->accessCheck(FALSE)->sort('id', 'DESC')->range(0, 1)->execute();"
            "print json_encode(\\Drupal::service('Drupal\\background_agents\\Run\\RunData')->input((int) reset($r)));"
        )
    )
    assert given.pop("date_time").startswith("2026-03-31T09:00:00")
    assert given == {kind: value for kind, (_, value) in GIVEN.items() if kind != "date-time"}
