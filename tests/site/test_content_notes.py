"""Content itself says what agents did and do: on its page, in its form, in its revisions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.site.browser import Person
from tests.site.drupal import Agents

FORM = "node_article_edit_form"
TITLE, STATE = "title[0][value]", "moderation_state[0][state]"
WORKING = "is working on this content"
ACCEPT = """
\\Drupal::service('account_switcher')->switchTo(user_load_by_name('test_editor'));
$change = \\Drupal\\background_agents\\Entity\\Change::load(%s);
$choice = new \\Drupal\\background_agents\\Review\\Choice();
$seen = \\Drupal::service('Drupal\\background_agents\\Review\\DraftVersions')->seen($change);
\\Drupal::service('Drupal\\background_agents\\Review\\Reviewer')->accept($change, $seen, $choice, 'published');
"""


@pytest.fixture(scope="module")
def editor(agents: Agents) -> Iterator[Person]:
    """Who may review what she may edit, and sees no runs."""
    agents.site.php("user_role_grant_permissions('test_editor', ['review background agent drafts']);")
    with Person(agents.site, "test_editor") as person:
        yield person


@pytest.fixture(scope="module")
def admin(agents: Agents) -> Iterator[Person]:
    with Person(agents.site, "admin") as person:
        yield person


def left(agents: Agents, item: str, summary: str = "Shorter <i>now</i>.") -> tuple[str, str, str]:
    """A draft of an agent: paths of the item, the review, the run."""
    newest = agents.newest(item)["vid"]
    answer = agents.draft("revise", "agent", item, expected_revision=newest, summary=summary)
    assert answer.status_code == 201, answer.text
    return (
        f"/node/{agents.items[item]['id']}",
        f"/admin/content/agents/{agents.changes(item=item)[-1]['id']}",
        f"/admin/reports/background-agents/{agents.runs['agent']['id']}",
    )


def test_page_form_and_revisions_name_the_agent_and_link_as_far_as_one_may(
    agents: Agents, editor: Person, admin: Person
) -> None:
    """An editor finds the review; who may see runs finds the run, too. Visitors see nothing of it."""
    node, review, run = left(agents, "a")
    for path in (f"{node}/latest", f"{node}/edit", f"{node}/revisions"):
        page = editor.get(path).text
        assert review in page, path
        assert run not in page, path
        assert "Shorter &lt;i&gt;now&lt;/i&gt;." in page, path
        page = admin.get(path).text
        assert review in page, path
        assert run in page, path
    assert "This is a draft that the agent" in editor.get(f"{node}/latest").text
    assert "This is a draft that the agent" not in editor.get(node).text
    assert "This is a draft" not in agents.site.http.get(node).text


def test_revisions_say_who_accepted(agents: Agents, editor: Person) -> None:
    """The message of the published revision names agent, run and who accepted; the draft's says what became of it."""
    node, _, _ = left(agents, "b")
    agents.site.php(ACCEPT % agents.changes(item="b")[-1]["id"])
    log = agents.newest("b")["revision_log"]
    assert log.startswith("Accepted by test_editor: draft of the agent")
    assert agents.runs["agent"]["uuid"] in log
    page = editor.get(f"{node}/revisions").text
    assert page.count("See what was decided") == 2
    assert "Accepted by test_editor on" in page


def test_the_form_warns_while_an_agent_is_at_work(agents: Agents, editor: Person) -> None:
    """At load and after the save; only about this item and this language."""
    translated, other = agents.items["translated"], agents.items["c"]
    agents.site.sql(
        "UPDATE background_agents_run SET target_type = 'node', target_uuid = %s, target_langcode = 'de' WHERE id = %s",
        translated["uuid"],
        agents.runs["of_editor"]["id"],
    )
    path = f"/node/{translated['id']}/edit"
    assert WORKING not in editor.get(path).text
    assert WORKING not in editor.get(f"/node/{other['id']}/edit").text
    page = editor.get(f"/de{path}").text
    assert WORKING in page
    assert "nothing of yours is overwritten" in page
    saved = editor.send(
        editor.open(f"/de{path}", FORM) | {TITLE: "Von Hand", STATE: "published"}, "Save (this translation)"
    )
    assert "Von Hand" in saved.text
    assert "Your version stays" in saved.text
    agents.site.sql(
        "UPDATE background_agents_run SET state = 'completed' WHERE id = %s", agents.runs["of_editor"]["id"]
    )
    assert WORKING not in editor.get(f"/de{path}").text


def test_a_draft_that_waits_is_told_in_its_language_alone(agents: Agents, editor: Person) -> None:
    """The German draft is no matter of the English form."""
    newest = agents.newest("translated", "de")["vid"]
    answer = agents.draft(
        "revise", "agent", "translated", expected_revision=newest, langcode="de", fields={"title": "Neu"}
    )
    assert answer.status_code == 201, answer.text
    path = f"/node/{agents.items['translated']['id']}"
    assert "This is a draft that the agent" in editor.get(f"/de{path}/edit").text
    assert "This is a draft that the agent" in editor.get(f"/de{path}/latest").text
    assert "This is a draft that the agent" not in editor.get(f"{path}/edit").text
