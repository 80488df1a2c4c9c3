"""Who gets which page of the review on a real site, in a browser's session: a table, written by what the site answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.site.chromium import Visitor, chromium
from tests.site.drupal import Agents, Site

pytestmark = pytest.mark.browser

ROLES = ("editor", "reviewer", "builder", "admin", "agent", "anonymous")
# By page: who may open it. Editors may edit stories, and asked for the run; reviewers may decide besides.
TABLE = """
| page                                       | editor | reviewer | builder | admin | agent | anonymous |
|--------------------------------------------|--------|----------|---------|-------|-------|-----------|
| list of drafts                             | 403    | 200      | 403     | 200   | 403   | 403       |
| page of a draft                            | 200    | 200      | 200     | 200   | 403   | 403       |
| page of a draft, against what was read     | 200    | 200      | 200     | 200   | 403   | 403       |
| preview                                    | 403    | 200      | 403     | 200   | 403   | 403       |
| tab of the content                         | 403    | 200      | 403     | 200   | 403   | 403       |
| page of the run                            | 200    | 200      | 200     | 200   | 403   | 403       |
| undo the run                               | 403    | 200      | 403     | 200   | 403   | 403       |
| list of agents                             | 403    | 403      | 200     | 200   | 403   | 403       |
| edit an agent                              | 403    | 403      | 200     | 200   | 403   | 403       |
| settings                                   | 403    | 403      | 200     | 200   | 403   | 403       |
"""


@pytest.fixture(scope="module")
def made(site: Site) -> tuple[dict[str, str], dict[str, str]]:
    """Paths by what they are, and what the agent got there while its run was alive; then the run has ended."""
    made = site.script("review_page.php")
    stories = Agents(site, made)
    answer = stories.draft("revise", "agent", "library", bundle="story", fields={"title": "The new library"})
    assert answer.status_code == 201, answer.text
    change = stories.changes()[-1]
    draft = f"/admin/content/agents/{change['id']}"
    run = f"/admin/reports/background-agents/{stories.runs['agent']['id']}"
    agents = "/admin/config/services/background-agents"
    paths = {
        "list of drafts": "/admin/content/agents",
        "page of a draft": draft,
        "page of a draft, against what was read": f"{draft}?against=read",
        "preview": f"/background-agents/preview/{change['id']}/{change['target_revision']}",
        "tab of the content": f"/node/{stories.items['library']['id']}/agents",
        "page of the run": run,
        "undo the run": f"{run}/undo",
        "list of agents": agents,
        "edit an agent": f"{agents}/manage/copy_editor",
        "settings": f"{agents}/settings",
    }
    answers = {name: str(stories.request("GET", path).status_code) for name, path in paths.items()}
    site.sql("UPDATE background_agents_run SET state = 'completed' WHERE id = %s", stories.runs["agent"]["id"])
    return paths, answers


@pytest.fixture(scope="module")
def pages(made: tuple[dict[str, str], dict[str, str]]) -> dict[str, str]:
    return made[0]


@pytest.fixture(scope="module")
def sessions(site: Site, pages: dict[str, str]) -> Iterator[dict[str, Visitor]]:
    """A session of each role; of the agent with the token of its run, for its account has no password."""
    site.php(
        "use Drupal\\user\\Entity\\{Role, User};"
        "$edit = ['access content', 'edit any story content', 'view any unpublished content', 'view latest version',"
        " 'view own background agent runs'];"
        "$own = ['routes_editor' => $edit, 'routes_builder' => ['access content', 'administer background agents']];"
        "foreach ($own as $name => $permissions) {"
        " $role = Role::load($name) ?? Role::create(['id' => $name, 'label' => $name]); $role->set('permissions', $permissions)->save();"
        " $user = user_load_by_name($name) ?: User::create(['name' => $name, 'pass' => 'x', 'status' => 1]);"
        " $user->set('roles', [$name])->save(); }"
        "Role::load('story_editor')->grantPermission('view any background agent run')->save();"
        "$run = \\Drupal::entityTypeManager()->getStorage('background_agents_run')->load("
        f"{pages['page of the run'].split('/')[-1]});"
        "$run->set('uid', user_load_by_name('routes_editor')->id())->save();"
    )
    accounts = {"editor": "routes_editor", "reviewer": "Nora Editor", "builder": "routes_builder", "admin": "admin"}
    with chromium() as browser:
        people = {name: Visitor(site, browser, accounts.get(name)) for name in ROLES}
        yield people
        for person in people.values():
            person.close()
    site.php(
        "\\Drupal\\user\\Entity\\Role::load('story_editor')->revokePermission('view any background agent run')->save();"
    )


def test_the_table_is_what_the_site_answers(
    made: tuple[dict[str, str], dict[str, str]], sessions: dict[str, Visitor]
) -> None:
    """Each page for each role. What an agent's token is not refused for is a hole."""
    pages, of_agent = made
    rows = [
        f"| {'page':<42} | {' | '.join(ROLES)} |",
        f"|{'-' * 44}|{'|'.join('-' * (len(role) + 2) for role in ROLES)}|",
    ]
    for name, path in pages.items():
        answers = [of_agent[name] if role == "agent" else str(sessions[role].open(path)) for role in ROLES]
        cells = " | ".join(f"{text:<{len(role)}}" for role, text in zip(ROLES, answers, strict=True))
        rows.append(f"| {name:<42} | {cells} |")
    print("\n".join(rows))
    assert rows == TABLE.strip().splitlines()


def test_what_a_person_may_not_do_is_not_offered(pages: dict[str, str], sessions: dict[str, Visitor]) -> None:
    """Who may only see the run of a draft finds no button, no remark and no preview there."""
    for role in ("editor", "builder"):
        sessions[role].open(pages["page of a draft"])
        form = sessions[role].page.locator(".ba-review")
        assert (
            form.locator("input[type=submit], button[type=submit], textarea, input[type=checkbox], iframe").count() == 0
        ), role


def test_a_decision_without_the_right_does_nothing(
    site: Site, pages: dict[str, str], sessions: dict[str, Visitor]
) -> None:
    """A form that somebody kept, sent when the right is gone, and one that was made up."""
    reviewer: Visitor = sessions["reviewer"]
    reviewer.open(pages["page of a draft"])
    role = "\\Drupal\\user\\Entity\\Role::load('story_editor')->%s('review background agent drafts')->save();"
    site.php(role % "revokePermission")
    try:
        reviewer.page.get_by_role("button", name="Accept: Publish").click()
        reviewer.page.wait_for_load_state()
        assert stored(site, pages)["status"] == "pending"
    finally:
        site.php(role % "grantPermission")
    answer = sessions["editor"].page.request.post(
        pages["page of a draft"],
        form={"form_id": "background_agents_review", "accept_published": "Accept: Publish", "seen": "1.1"},
    )
    assert answer.status in (200, 403)
    assert stored(site, pages)["status"] == "pending"


def stored(site: Site, pages: dict[str, str]) -> dict[str, Any]:
    """The change as it is stored."""
    return site.sql("SELECT * FROM background_agents_change WHERE id = %s", pages["page of a draft"].split("/")[-1])[0]
