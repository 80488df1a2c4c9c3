"""P3 and P5 by HTTP: whatever route an agent takes, what is published stays, and what the binding does not name is closed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.site.drupal import Agents, Site, is_problem

WRITERS = ["agent", "greedy", "publishing", "live_pages", "reading"]


def writes(agents: Agents, item: str, bundle: str = "article") -> list[tuple[str, str, object]]:
    """Every way to write by JSON:API: method, path and primary data."""
    uuid, kind = agents.items[item]["uuid"], f"node--{bundle}"
    attributes = {"title": "Written by JSON:API"}
    tag = {"type": "taxonomy_term--tags", "id": uuid}
    relationship = f"/jsonapi/node/{bundle}/{uuid}/relationships/{'field_tags' if bundle == 'article' else 'uid'}"
    return [
        ("POST", f"/jsonapi/node/{bundle}", {"type": kind, "attributes": attributes}),
        ("PATCH", f"/jsonapi/node/{bundle}/{uuid}", {"type": kind, "id": uuid, "attributes": attributes}),
        *(
            [("PATCH", f"/de/jsonapi/node/article/{uuid}", {"type": kind, "id": uuid, "attributes": attributes})]
            if item == "translated"
            else []
        ),
        ("DELETE", f"/jsonapi/node/{bundle}/{uuid}", None),
        ("POST", relationship, [tag]),
        ("PATCH", relationship, [tag]),
        ("DELETE", relationship, [tag]),
    ]


@pytest.mark.parametrize("run", WRITERS)
def test_writes_by_jsonapi_are_closed(agents: Agents, run: str) -> None:
    """Whatever permissions and binding say: 403 that names the draft endpoint, no revision, no change. Such a write would count in no limit."""
    before = agents.site.sql("SELECT COUNT(*) AS n FROM node_revision")
    for item, bundle in (("a", "article"), ("translated", "article"), ("page", "page")):
        for method, path, data in writes(agents, item, bundle):
            answer = agents.jsonapi(method, path, run, data)
            assert answer.status_code == 403, (method, path, answer.text)
            assert "/background-agents/v1/drafts" in answer.json()["errors"][0]["detail"], (method, path)
    assert agents.site.sql("SELECT COUNT(*) AS n FROM node_revision") == before
    assert agents.changes(run) == []


def test_writes_by_jsonapi_are_closed_without_a_token(agents: Agents) -> None:
    """The account of an agent that comes by password is no way around; an editor's writes are left alone."""
    agents.site.php(
        "\\Drupal::configFactory()->getEditable('background_agents.settings')->set('guard.token_only', FALSE)->save();"
    )
    try:
        for method, path, data in writes(agents, "a"):
            answer = agents.jsonapi(method, path, None, data, auth=("test_agent", "test-test_agent"))
            assert answer.status_code == 403, (method, path, answer.text)
            assert "/background-agents/v1/drafts" in answer.json()["errors"][0]["detail"], (method, path)
    finally:
        agents.site.php(
            "\\Drupal::configFactory()->getEditable('background_agents.settings')->set('guard.token_only', TRUE)->save();"
        )
    assert agents.live("a")["vid"] == agents.items["a"]["revision"]
    by_editor = {"type": "node--article", "id": agents.items["g"]["uuid"], "attributes": {"title": "By an editor"}}
    path = f"/jsonapi/node/article/{agents.items['g']['uuid']}"
    assert agents.jsonapi("PATCH", path, None, by_editor, auth=("test_editor", "test-test_editor")).status_code == 200


@pytest.fixture
def rest(site: Site) -> Iterator[None]:
    """Core's REST for nodes, open to run tokens."""
    site.drush("pm:install", "rest", "-y")
    site.php(
        "$r = \\Drupal\\rest\\Entity\\RestResourceConfig::load('entity.node')"
        " ?? \\Drupal\\rest\\Entity\\RestResourceConfig::create(['id' => 'entity.node', 'plugin_id' => 'entity:node']);"
        "$r->set('granularity', 'resource')->set('configuration', ['methods' => ['GET', 'POST', 'PATCH', 'DELETE'],"
        "'formats' => ['json'], 'authentication' => ['background_agents_run_token']])->enable()->save();"
        "\\Drupal::service('router.builder')->rebuild();"
    )
    yield
    site.php("\\Drupal\\rest\\Entity\\RestResourceConfig::load('entity.node')->delete();")
    site.drush("pm:uninstall", "rest", "-y")


@pytest.mark.usefixtures("rest")
def test_writes_by_rest_are_closed(agents: Agents) -> None:
    """A site that lets run tokens into core's REST lets agents read there, and no more."""
    path = f"/node/{agents.items['b']['id']}?_format=json"
    body = {"type": [{"target_id": "article"}], "title": [{"value": "Written by REST"}]}
    assert agents.request("GET", path).status_code == 200
    for method, where in (("PATCH", path), ("DELETE", path), ("POST", "/node?_format=json")):
        answer = agents.request(method, where, json=body)
        assert answer.status_code == 403, (method, answer.text)
        assert "/background-agents/v1/drafts" in answer.text.replace("\\/", "/"), method
    assert agents.newest("b")["vid"] == agents.items["b"]["revision"]


def test_a_draft_without_a_state_leaves_what_is_published(agents: Agents) -> None:
    """Drupal alone would change the published revision where the state is left out (fact 1)."""
    answer = agents.draft("revise", "agent", "a", fields={"title": "Changed by the agent"})
    assert answer.status_code == 201, answer.text
    assert agents.live("a")["title"] == "Published a"
    newest = agents.newest("a")
    assert (newest["title"], newest["status"], newest["moderation_state"]) == ("Changed by the agent", 0, "draft")
    assert newest["revision_uid"] == agents.accounts["agent"]["id"]
    assert agents.runs["agent"]["uuid"] in newest["revision_log"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"moderation_state": "draft"},
        {"moderation_state": "archived"},
        {"status": False},
        {"promote": False},
        {"sticky": True},
        {"created": "2020-01-01T00:00:00+00:00"},
        {"path": {"alias": "/taken-over"}},
        {"default_langcode": False},
    ],
    ids=lambda attributes: "-".join(f"{name}={value}" for name, value in attributes.items()),
)
def test_fields_that_an_agent_never_edits(agents: Agents, attributes: dict[str, object]) -> None:
    """State, visibility, time and path are closed, whoever allows them. A state is for who may publish."""
    for run in ("agent", "greedy", *(() if "moderation_state" in attributes else ("publishing",))):
        assert is_problem(agents.draft("revise", run, "b", fields=attributes), 403, "forbidden"), run
    assert agents.live("b") == {"title": "Published b", "status": 1, "vid": agents.items["b"]["revision"]}
    assert agents.newest("b")["vid"] == agents.items["b"]["revision"]


def test_asking_for_what_is_published_already_is_refused(agents: Agents) -> None:
    """Fields that keep their value are checked like all others: no state and no status gets through."""
    for fields in ({"title": "Publish me", "moderation_state": "published"}, {"title": "Publish me", "status": True}):
        assert is_problem(agents.draft("revise", "greedy", "f", fields=fields), 403, "forbidden"), fields
    assert agents.newest("f")["vid"] == agents.items["f"]["revision"]


def test_the_owner_stays(agents: Agents) -> None:
    """An agent gives no item to somebody else."""
    owner = {"uid": [{"target_uuid": agents.accounts["reader"]["uuid"]}]}
    assert is_problem(agents.draft("revise", "greedy", "b", fields=owner), 403, "forbidden")


@pytest.mark.parametrize(
    "path", ["/jsonapi/node/article/field_image", "/jsonapi/node/article/{uuid}/field_image"], ids=["new", "existing"]
)
def test_uploads_by_jsonapi_are_closed(agents: Agents, path: str) -> None:
    """An upload would be public at once, and bury an editor's pending draft (fact 45)."""
    headers = {
        "Accept": "application/vnd.api+json",
        "Content-Type": "application/octet-stream",
        "Content-Disposition": 'file; filename="x.png"',
    }
    before = agents.site.sql("SELECT COUNT(*) AS n FROM file_managed")
    answer = agents.request("POST", path.format(uuid=agents.items["c"]["uuid"]), headers=headers, content=b"x")
    assert answer.status_code == 403, answer.text
    assert agents.site.sql("SELECT COUNT(*) AS n FROM file_managed") == before
    assert agents.newest("c")["vid"] == agents.items["c"]["revision"]


def test_a_translation_is_drafted_and_both_languages_stay(agents: Agents) -> None:
    """A change of the German text leaves the published German and English as they are."""
    answer = agents.draft("revise", "agent", "translated", langcode="de", fields={"title": "Vom Agenten"})
    assert answer.status_code == 201, answer.text
    assert agents.live("translated", "de")["title"] == "Deutsch"
    assert agents.live("translated", "de")["status"] == 1
    assert agents.live("translated", "en")["title"] == "English"
    newest = agents.newest("translated", "de")
    assert (newest["title"], newest["status"], newest["moderation_state"]) == ("Vom Agenten", 0, "draft")


def test_content_without_moderation_is_closed(agents: Agents) -> None:
    """Without moderation a write would be live: it needs the agent's own leave."""
    live = {"bundle": "page", "fields": {"title": "Live"}}
    assert is_problem(agents.draft("revise", "pages", "page", **live), 403, "forbidden")
    assert is_problem(agents.draft("create", "pages", **live), 403, "forbidden")
    assert agents.live("page")["title"] == "Page"
    assert agents.draft("revise", "live_pages", "page", **live).status_code == 201
    assert agents.live("page")["title"] == "Live"
    made = agents.draft("create", "live_pages", **live)
    assert made.status_code == 201
    assert made.json()["published"] is False


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/jsonapi/node/page", {"type": "node--page", "attributes": {"title": "X"}}),
        ("/jsonapi/user/user", {"type": "user--user", "attributes": {"name": "x", "mail": "x@example.com"}}),
        ("/jsonapi/taxonomy_term/tags", {"type": "taxonomy_term--tags", "attributes": {"name": "x"}}),
        (
            "/jsonapi/path_alias/path_alias",
            {"type": "path_alias--path_alias", "attributes": {"path": "/node/1", "alias": "/x", "langcode": "en"}},
        ),
        (
            "/jsonapi/menu_link_content/menu_link_content",
            {
                "type": "menu_link_content--menu_link_content",
                "attributes": {"title": "x", "link": {"uri": "internal:/"}, "menu_name": "main"},
            },
        ),
        ("/jsonapi/comment/comment", {"type": "comment--comment", "attributes": {"subject": "x"}}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_binding_does_not_name_is_closed(agents: Agents, path: str, document: dict[str, object]) -> None:
    """Other types are closed to create, for an account full of permissions too: by JSON:API, and by drafts."""
    assert agents.jsonapi("POST", path, "greedy", document).status_code in (403, 404, 405)
    entity_type, bundle = path.split("/")[2:]
    answer = agents.draft("create", "greedy", entity_type=entity_type, bundle=bundle, fields=document["attributes"])
    assert answer.status_code in (403, 404), answer.text


def test_reading_follows_the_binding(agents: Agents) -> None:
    """An agent reads what its binding names, and writes nothing of it when that says read."""
    assert agents.jsonapi("GET", f"/jsonapi/node/article/{agents.items['d']['uuid']}", "reading").status_code == 200
    assert is_problem(agents.draft("revise", "reading", "d"), 403, "forbidden")
    assert agents.jsonapi("GET", f"/jsonapi/node/page/{agents.items['page']['uuid']}", "reading").status_code == 403
    editor = agents.jsonapi("GET", f"/jsonapi/user/user/{agents.accounts['editor']['uuid']}", "greedy").json()
    assert set(editor["data"]["attributes"]) == {"display_name"}


def test_an_agent_reads_its_drafts(agents: Agents) -> None:
    """The newest revision, and each by its number, is readable to an agent that may revise; not to one that may not read the type."""
    item = agents.items["h"]
    draft = agents.draft("revise", "agent", "h", fields={"title": "To be read"}).json()
    for version in ("rel:working-copy", f"id:{draft['revision']}", f"id:{item['revision']}"):
        answer = agents.jsonapi("GET", f"/jsonapi/node/article/{item['uuid']}?resourceVersion={version}")
        assert answer.status_code == 200, (version, answer.text)
    title = agents.jsonapi("GET", f"/jsonapi/node/article/{item['uuid']}?resourceVersion=rel:working-copy").json()[
        "data"
    ]["attributes"]["title"]
    assert title == "To be read"
    assert (
        agents.jsonapi(
            "GET", f"/jsonapi/node/article/{item['uuid']}?resourceVersion=rel:working-copy", "pages"
        ).status_code
        == 403
    )


def test_lists_hold_what_the_binding_names(agents: Agents) -> None:
    """A collection leaves out what the agent may not read."""
    articles = agents.jsonapi("GET", "/jsonapi/node/article?page[limit]=5").json()
    assert len(articles["data"]) == 5
    assert agents.jsonapi("GET", "/jsonapi/node/page").json()["data"] == []
    assert agents.jsonapi("GET", "/jsonapi/node/article?page[limit]=5", "pages").json()["data"] == []


def test_languages_follow_the_binding(agents: Agents) -> None:
    """An agent for English does not write German."""
    assert is_problem(agents.draft("revise", "english", "translated", langcode="de"), 403, "forbidden")


def test_the_requester_limits_the_run(agents: Agents) -> None:
    """A run may not do what the person who asked for it may not."""
    assert is_problem(agents.draft("revise", "of_reader", "d"), 403, "forbidden")
    assert is_problem(agents.draft("revise", "of_owner", "d"), 403, "forbidden")
    assert is_problem(agents.draft("create", "of_reader"), 403, "forbidden")
    assert agents.live("d")["vid"] == agents.newest("d")["vid"]


def test_any_and_own_meet_where_both_may(agents: Agents) -> None:
    """The agent's "edit any" and the person's "edit own" meet in the person's own items."""
    assert agents.draft("revise", "of_owner", "owned").status_code == 201
    assert agents.live("owned")["title"] == "Owned"
    assert agents.draft("revise", "of_editor", "e").status_code == 201


def test_a_text_in_a_foreign_format_is_read_only(agents: Agents) -> None:
    """The body in full_html cannot be replaced by an account that may not use full_html."""
    body = {"body": {"value": "<p>x</p>", "format": "basic_html"}}
    assert is_problem(agents.draft("revise", "agent", "full_html", fields=body), 403, "forbidden")
    assert agents.draft("revise", "agent", "full_html", fields={"title": "Only the title"}).status_code == 201
    assert agents.live("full_html")["title"] == "Full"
