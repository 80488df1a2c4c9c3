"""P4: editors win, and what they decide about a draft is recorded."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.site.browser import Person, fields
from tests.site.drupal import Agents, Site

FORM = "node_article_edit_form"
TITLE, STATE = "title[0][value]", "moderation_state[0][state]"


@pytest.fixture(scope="module")
def editor(agents: Agents) -> Iterator[Person]:
    with Person(agents.site, "test_editor") as person:
        yield person


@pytest.fixture(scope="module")
def admin(agents: Agents) -> Iterator[Person]:
    with Person(agents.site, "admin") as person:
        yield person


def status(agents: Agents, item: str, expected: str) -> dict[str, object]:
    """The newest change of an item, once it has the status: it is written after the editor's response."""
    deadline = time.monotonic() + 10
    while (change := agents.changes(item=item)[-1])["status"] != expected and time.monotonic() < deadline:
        time.sleep(0.05)
    assert change["status"] == expected
    return change


def leave_draft(agents: Agents, item: str) -> int:
    answer = agents.draft("revise", "agent", item, fields={"title": "By the agent"})
    assert answer.status_code == 201, answer.text
    return answer.json()["revision"]


def test_publishing_a_draft_accepts_it(agents: Agents, editor: Person) -> None:
    """An editor opens the agent's draft and publishes it."""
    leave_draft(agents, "accepted")
    form = editor.open(f"/node/{agents.items['accepted']['id']}/edit", FORM)
    assert form[TITLE] == "By the agent"
    editor.send(form | {STATE: "published"})
    assert agents.live("accepted")["title"] == "By the agent"
    change = status(agents, "accepted", "accepted")
    assert change["decided_by"] == agents.accounts["editor"]["id"]


def test_publishing_what_was_made_of_a_draft_accepts_it(agents: Agents, editor: Person) -> None:
    """An editor works on the draft: nothing is decided; then it is published."""
    leave_draft(agents, "on_top")
    path = f"/node/{agents.items['on_top']['id']}/edit"
    editor.send(editor.open(path, FORM) | {TITLE: "By the agent and an editor", STATE: "draft"})
    assert agents.newest("on_top")["title"] == "By the agent and an editor"
    assert agents.changes(item="on_top")[-1]["status"] == "pending"
    editor.send(editor.open(path, FORM) | {STATE: "published"})
    assert status(agents, "on_top", "accepted")["outcome"] == "accepted"


def test_publishing_a_text_of_ones_own_instead_supersedes_a_draft(agents: Agents, editor: Person) -> None:
    """An editor opens the draft, writes something else, and publishes that: nothing of the agent's was accepted."""
    leave_draft(agents, "g")
    path = f"/node/{agents.items['g']['id']}/edit"
    editor.send(editor.open(path, FORM) | {TITLE: "Quite another heading", STATE: "published"})
    change = status(agents, "g", "superseded")
    assert (change["outcome"], change["outcome_share"]) == ("replaced", 0)


def test_the_edit_form_shows_whose_draft_it_is(agents: Agents, editor: Person) -> None:
    """The form of an agent's draft says so, with the agent's sentence."""
    leave_draft(agents, "notice")
    page = editor.get(f"/node/{agents.items['notice']['id']}/edit").text
    assert "This is a draft that the agent" in page
    assert "Changed the title for the test." in page


def test_a_draft_that_came_meanwhile_is_not_buried_unseen(agents: Agents, editor: Person) -> None:
    """The first save is stopped with a warning; the second is the editor's will, and wins."""
    form = editor.open(f"/node/{agents.items['open']['id']}/edit", FORM) | {TITLE: "By the editor", STATE: "published"}
    draft = leave_draft(agents, "open")
    page = editor.send(form)
    assert "has left a newer draft since you opened this form." in page.text
    assert agents.newest("open")["vid"] == draft
    again = fields(page.text, FORM) | {"@": form["@"]}
    editor.send(again | {TITLE: "By the editor", STATE: "published"})
    assert agents.live("open")["title"] == "By the editor"
    status(agents, "open", "superseded")


def test_archiving_rejects_a_draft(agents: Agents) -> None:
    """An editor takes the item off the site on top of the draft."""
    leave_draft(agents, "archived")
    save_as_editor(agents.site, agents, "archived", "$node->set('moderation_state', 'archived')->save();")
    status(agents, "archived", "rejected")


def test_deleting_rejects_a_draft(agents: Agents) -> None:
    """The item, or the revision, is deleted."""
    leave_draft(agents, "gone")
    save_as_editor(agents.site, agents, "gone", "$node->delete();")
    status(agents, "gone", "rejected")
    leave_draft(agents, "undone")
    save_as_editor(agents.site, agents, "undone", "$storage->deleteRevision($node->getRevisionId());")
    status(agents, "undone", "rejected")


def test_publishing_from_an_older_revision_supersedes_a_draft(agents: Agents) -> None:
    """Code of the site publishes anew from the published revision: the draft is behind it."""
    leave_draft(agents, "reverted")
    save_as_editor(
        agents.site,
        agents,
        "reverted",
        "$live = $storage->load($node->id()); $live->setNewRevision(TRUE); $live->set('title', 'Anew')->save();",
    )
    status(agents, "reverted", "superseded")


def test_a_save_that_was_rolled_back_decides_nothing(agents: Agents) -> None:
    """Only what was stored counts."""
    leave_draft(agents, "rolled_back")
    save_as_editor(
        agents.site,
        agents,
        "rolled_back",
        "$t = \\Drupal::database()->startTransaction(); $node->set('moderation_state', 'published')->save(); $t->rollBack();",
    )
    assert agents.live("rolled_back")["title"] == "Published rolled_back"
    assert agents.changes(item="rolled_back")[-1]["status"] == "pending"


def save_as_editor(site: Site, agents: Agents, item: str, code: str) -> None:
    """Runs code as the editor; $node is the newest revision of the item, $storage its storage."""
    site.php(
        f"\\Drupal::service('account_switcher')->switchTo(\\Drupal\\user\\Entity\\User::load({agents.accounts['editor']['id']}));"
        f"$storage = \\Drupal::entityTypeManager()->getStorage('node');"
        f"$node = $storage->loadRevision($storage->getLatestRevisionId({agents.items[item]['id']})); {code}"
    )


class TestRoles:
    """Which roles may be agent roles."""

    @pytest.mark.parametrize(
        ("role", "words"),
        [("test_editor", "administer nodes"), ("administrator", "administrator role cannot be an agent role")],
    )
    def test_a_role_that_administers_is_refused(self, admin: Person, role: str, words: str) -> None:
        """Roles that administer cannot be marked."""
        form = admin.open(f"/admin/people/roles/manage/{role}", "user_role_form")
        page = admin.send(form | {"background_agents_agent_role": "1"})
        assert words in page.text

    def test_a_role_is_marked_and_unmarked(self, admin: Person, agents: Agents) -> None:
        """The checkbox of the role form is what counts."""
        for value, marked in (("1", "1"), (None, "")):
            form = admin.open("/admin/people/roles/manage/test_reader", "user_role_form")
            form.pop("background_agents_agent_role", None)
            admin.send(form | ({"background_agents_agent_role": value} if value else {}))
            code = "print \\Drupal\\background_agents\\Agent\\AgentAccounts::isAgentRole(\\Drupal\\user\\Entity\\Role::load('test_reader'));"
            assert agents.site.php(code).strip() == marked

    def test_an_administrator_gets_no_agent_role(self, admin: Person, agents: Agents) -> None:
        """User 1 and administrators cannot become agents by the account form."""
        form = admin.open("/user/1/edit", "user_form")
        page = admin.send(form | {"roles[test_agent]": "test_agent"})
        assert "cannot have an agent role" in page.text
