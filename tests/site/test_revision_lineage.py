"""Accepting a draft starts nobody whose work it holds; what a person changes does. All by real saves, with the triggers' defaults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.site.browser import Person
from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Agents
from tests.site.test_drafts_editors import FORM, STATE, TITLE, status

FIRST, SECOND = "test_agent", "test_not_publishing"
RUNS = {FIRST: "agent", SECOND: "not_publishing"}


@pytest.fixture(scope="module", autouse=True)
def triggers(agents: Agents) -> Iterator[None]:
    """Both agents wait for added and changed, published articles: what a new trigger has."""
    agents.site.script("revision_lineage.php", "given")
    yield
    agents.site.php(
        "$s = \\Drupal::entityTypeManager()->getStorage('background_agents_trigger'); $s->delete($s->loadMultiple());"
    )


@pytest.fixture(scope="module")
def editor(agents: Agents) -> Iterator[Person]:
    with Person(agents.site, "test_editor") as person:
        yield person


@pytest.fixture
def item(agents: Agents, request: pytest.FixtureRequest) -> str:
    name: str = request.node.name
    agents.items[name] = agents.site.script("revision_lineage.php", "item", name[:200])
    return name


def started(agents: Agents, item: str) -> set[str]:
    """The agents that a save of the item has started since this was last asked."""
    site, uuid = agents.site, agents.items[item]["uuid"]
    rows = site.sql("SELECT request FROM background_agents_trigger_log WHERE request LIKE %s", f"%{uuid}%")
    runs = site.sql("SELECT agent FROM background_agents_run WHERE trigger_type = 'content' AND target_uuid = %s", uuid)
    found = {json.loads(row["request"])["agent"] for row in rows} | {run["agent"] for run in runs}
    site.sql("DELETE FROM background_agents_trigger_log WHERE request LIKE %s", f"%{uuid}%")
    site.sql("DELETE FROM background_agents_run WHERE trigger_type = 'content' AND target_uuid = %s", uuid)
    return found


def draft(agents: Agents, item: str, agent: str, langcode: str = "en", **fields: Any) -> int:
    """A draft of an agent on top of the newest revision; its revision."""
    newest = agents.newest(item, langcode)["vid"]
    options = {"fields": fields, "langcode": langcode, "expected_revision": newest}
    answer = agents.draft("revise", RUNS[agent], item, **options)
    assert answer.status_code == 201, answer.text
    return answer.json()["revision"]


def save(agents: Agents, item: str, code: str, langcode: str = "en") -> None:
    """Saves as the editor: $node is a new revision of the newest one of the language, as forms make it."""
    agents.site.php(
        f"\\Drupal::service('account_switcher')->switchTo(\\Drupal\\user\\Entity\\User::load({agents.accounts['editor']['id']}));"
        "$storage = \\Drupal::entityTypeManager()->getStorage('node');"
        f"$id = $storage->getLatestTranslationAffectedRevisionId({agents.items[item]['id']}, '{langcode}');"
        f"$node = $storage->createRevision($storage->loadRevision($id)->getTranslation('{langcode}')); {code} $node->save();"
    )


PUBLISH = "$node->set('moderation_state', 'published');"


def test_two_agents_on_one_type_fall_silent(agents: Agents, item: str) -> None:
    """A person's edit starts both; each accepted draft starts at most who has not worked yet; then it is quiet."""
    save(agents, item, f"{PUBLISH} $node->setTitle('By a person');")
    assert started(agents, item) == {FIRST, SECOND}
    draft(agents, item, FIRST, body="<p>By the first.</p>")
    save(agents, item, PUBLISH)
    assert started(agents, item) == {SECOND}
    draft(agents, item, SECOND, title="By the second")
    save(agents, item, PUBLISH)
    assert started(agents, item) == set()
    draft(agents, item, FIRST, body="<p>Once more by the first.</p>")
    save(agents, item, PUBLISH)
    assert started(agents, item) == set()
    save(agents, item, f"{PUBLISH} $node->setTitle('By a person again');")
    assert started(agents, item) == {FIRST, SECOND}


def test_a_draft_on_a_draft_is_the_work_of_both(agents: Agents, item: str) -> None:
    """The editor accepts the second draft, which holds the first."""
    draft(agents, item, FIRST, body="<p>By the first.</p>")
    draft(agents, item, SECOND, title="By the second")
    save(agents, item, PUBLISH)
    assert started(agents, item) == set()


def test_an_accept_by_the_form_starts_nobody_it_holds(agents: Agents, item: str, editor: Person) -> None:
    """Opened and published unchanged: the form's own line ends and defaults are no change."""
    draft(agents, item, FIRST, title="By the agent", body="<p>One line\nand another.</p>")
    form = editor.open(f"/node/{agents.items[item]['id']}/edit", FORM)
    editor.send(form | {STATE: "published"})
    assert agents.live(item)["title"] == "By the agent"
    assert started(agents, item) == {SECOND}
    status(agents, item, "accepted")


def test_a_changed_accept_starts_both(agents: Agents, item: str, editor: Person) -> None:
    """What the person changed on the way is a change, for the draft's agent too."""
    draft(agents, item, FIRST, title="By the agent", body="<p>By the agent.</p>")
    form = editor.open(f"/node/{agents.items[item]['id']}/edit", FORM)
    editor.send(form | {STATE: "published", TITLE: "By both"})
    assert started(agents, item) == {FIRST, SECOND}


def test_what_an_editor_does_to_a_text_by_opening_it_is_no_change(agents: Agents, item: str) -> None:
    """CKEditor writes lists, bold, blanks and entities in its own way."""
    draft(agents, item, FIRST, body="<ul><li><b>One</b> &amp; two</li></ul>Bare text")
    text = (
        '<ul>\\r\\n    <li data-list-item-id=\\"e1\\">\\r\\n        <strong>One</strong>&nbsp;&amp; two\\r\\n    </li>\\r\\n</ul>'
        "\\r\\n<p>\\r\\n    Bare text\\r\\n</p>"
    )
    save(agents, item, f'{PUBLISH} $node->body->value = "{text}";')
    assert started(agents, item) == {SECOND}


def test_a_part_of_a_draft_is_the_agents_work(agents: Agents, item: str) -> None:
    """The editor keeps the agent's title, and puts the old text back."""
    draft(agents, item, FIRST, title="By the agent", body="<p>By the agent.</p>")
    save(agents, item, f"{PUBLISH} $node->body->value = '<p>Published text.</p>';")
    assert started(agents, item) == {SECOND}
    status(agents, item, "accepted")


def test_a_draft_that_was_thrown_away_whole_is_refused(agents: Agents, item: str) -> None:
    """The editor opened the draft, and published the text of before."""
    draft(agents, item, FIRST, body="<p>By the agent.</p>")
    save(agents, item, f"{PUBLISH} $node->body->value = '<p>Published text.</p>';")
    status(agents, item, "rejected")


def test_what_was_taken_from_a_draft_into_the_published_text_is_accepted(agents: Agents, item: str) -> None:
    """The editor went on from the published revision, and took the agent's title over."""
    draft(agents, item, FIRST, title="By the agent", body="<p>By the agent.</p>")
    save(agents, item, "$node = $storage->load($node->id()); $node->setNewRevision(); $node->setTitle('By the agent');")
    status(agents, item, "accepted")


def test_a_field_that_a_person_puts_back_is_a_persons_change(agents: Agents, item: str) -> None:
    """An agent's old revisions hold it as well, but the agent never set it."""
    draft(agents, item, FIRST, title="By the agent")
    save(agents, item, PUBLISH)
    save(agents, item, f"{PUBLISH} $node->set('promote', 0);")
    started(agents, item)
    save(agents, item, f"{PUBLISH} $node->set('promote', 1);")
    assert started(agents, item) == {FIRST, SECOND}


def test_who_writes_an_item_is_not_started_by_its_first_publication(agents: Agents, editor: Person) -> None:
    """A creation, published unchanged by the form; then taken off the site and put back."""
    answer = agents.draft("create", "agent", fields={"title": "New by the agent", "body": "<p>New.</p>"})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    item = "made by the agent"
    agents.items[item] = {"id": int(made["entity_id"]), "uuid": made["entity"], "revision": made["revision"]}
    editor.send(editor.open(f"/node/{made['entity_id']}/edit", FORM) | {STATE: "published"})
    assert started(agents, item) == {SECOND}
    save(agents, item, "$node->set('moderation_state', 'archived');")
    save(agents, item, PUBLISH)
    assert started(agents, item) == {SECOND}


@pytest.mark.parametrize("revisions", ["any", "state_change"])
def test_triggers_for_drafts_and_states_keep_to_it(agents: Agents, item: str, revisions: str) -> None:
    """Also who waits for any revision, or for a change of the state, is not started by its own accepted draft."""
    name = f"background_agents.trigger.lineage_{FIRST}"
    agents.site.drush("config:set", name, "settings.revisions", revisions, "-y")
    try:
        draft(agents, item, FIRST, title="By the agent")
        started(agents, item)
        save(agents, item, "$node->set('moderation_state', 'draft');")
        assert FIRST not in started(agents, item)
        save(agents, item, PUBLISH)
        assert FIRST not in started(agents, item)
    finally:
        agents.site.drush("config:set", name, "settings.revisions", "published", "-y")


class TestLanguages:
    """Each language has its own drafts, decisions and lineage."""

    @pytest.fixture
    def both(self, agents: Agents, item: str) -> str:
        """A published article in English and German."""
        save(
            agents,
            item,
            "$node = $storage->load($node->id())->addTranslation('de', ['title' => 'Deutsch', 'body' => ['value' => '<p>Deutsch.</p>',"
            " 'format' => 'basic_html'], 'moderation_state' => 'published']); $node->setNewRevision(); $node->setSyncing(TRUE);",
        )
        return item

    def test_the_live_text_saved_after_another_language_decides_nothing_about_a_draft(
        self, agents: Agents, both: str
    ) -> None:
        """German is published after the English draft: the live English text has a higher number, and is not the draft."""
        draft(agents, both, FIRST, title="By the agent")
        save(agents, both, f"{PUBLISH} $node->setTitle('Deutsch neu');", "de")
        assert agents.changes(item=both)[-1]["status"] == "pending"
        save(
            agents,
            both,
            "$node = $storage->load($node->id()); $node->setNewRevision(); $node->setTitle('Live English');",
        )
        status(agents, both, "superseded")
        assert started(agents, both) == {FIRST, SECOND}

    def test_a_draft_accepted_after_another_language_is_the_agents(self, agents: Agents, both: str) -> None:
        """The English draft is published on top of the newer German one, as the form does it."""
        draft(agents, both, FIRST, title="By the agent")
        save(agents, both, f"{PUBLISH} $node->setTitle('Deutsch neu');", "de")
        started(agents, both)
        save(agents, both, PUBLISH)
        assert agents.live(both)["title"] == "By the agent"
        assert agents.live(both, "de")["title"] == "Deutsch neu"
        assert started(agents, both) == {SECOND}
        status(agents, both, "accepted")

    def test_the_lineage_of_a_language_outlives_the_others_changes(self, agents: Agents, both: str) -> None:
        """Both worked on English; a person's German starts both, and English keeps its own."""
        draft(agents, both, FIRST, title="By the first")
        draft(agents, both, SECOND, body="<p>By the second.</p>")
        save(agents, both, PUBLISH)
        assert started(agents, both) == set()
        save(agents, both, f"{PUBLISH} $node->setTitle('Deutsch neu');", "de")
        assert started(agents, both) == {FIRST, SECOND}
        draft(agents, both, FIRST, title="Again by the first")
        save(agents, both, PUBLISH)
        assert started(agents, both) == set()

    def test_what_was_live_is_compared_not_the_draft(self, agents: Agents, both: str) -> None:
        """When a draft of a translated item is published, its original is the draft itself: thrown away, it would look accepted."""
        draft(agents, both, FIRST, body="<p>By the agent.</p>")
        save(agents, both, f"{PUBLISH} $node->body->value = '<p>Published text.</p>';")
        status(agents, both, "rejected")


def test_what_a_site_changes_at_each_save_starts_an_agent_three_times(agents: Agents, item: str) -> None:
    """A field that code of the site sets anew looks like a person's change; the agent's own words stayed."""
    for number in range(1, 5):
        draft(agents, item, FIRST, title=f"By the agent {number}")
        save(agents, item, f"{PUBLISH} $node->set('created', {number});")
        assert (FIRST in started(agents, item)) is (number <= 3), number
    save(agents, item, f"{PUBLISH} $node->setTitle('By a person');")
    assert started(agents, item) == {FIRST, SECOND}


@pytest.mark.browser
def test_opened_and_published_unchanged_in_a_browser(agents: Agents) -> None:
    """A creation with a field of each kind, with CKEditor on its texts: the agent's work as it was, whatever the forms rewrite."""
    text = '<ul><li><b>One</b> &amp; <i>two</i></li><li>Three</li></ul>Bare text<blockquote>Said</blockquote><p>It\'s "so"<br></p>'
    values = {
        "title": "Kinds",
        "field_l_integer": 7,
        "field_l_decimal": "12.5",
        "field_l_float": 1.5,
        "field_l_email": "a@example.com",
        "field_l_list": "b",
        "field_l_long": "One line\nand another",
        "field_l_link": {"uri": "https://www.example.com/a", "title": "A"},
        "field_l_date": "2026-05-04T10:20:30",
        "field_l_summary": {"value": text, "summary": "Short.", "format": "basic_html"},
    }
    answer = agents.draft("create", "agent", bundle="lineage_kinds", fields=values)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    agents.items["kinds"] = {"id": int(made["entity_id"]), "uuid": made["entity"], "revision": made["revision"]}
    with chromium() as browser:
        editor = Visitor(agents.site, browser, "test_editor")
        editor.open(f"/node/{made['entity_id']}/edit")
        text_area = editor.page.locator(".ck-editor__editable").last
        text_area.click()
        # Only a text that was touched is written anew.
        text_area.press("Control+End")
        text_area.press("x")
        text_area.press("Backspace")
        editor.page.select_option('[name="moderation_state[0][state]"]', "published")
        editor.page.get_by_role("button", name="Save", exact=True).click()
        editor.page.wait_for_load_state()
        editor.close()
    stored = agents.site.sql(
        "SELECT field_l_summary_value AS text FROM node__field_l_summary WHERE entity_id = %s", made["entity_id"]
    )
    assert stored[0]["text"] != text, "CKEditor rewrote nothing: this test shows nothing."
    assert started(agents, "kinds") == {SECOND}
    status(agents, "kinds", "accepted")
