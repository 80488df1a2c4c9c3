"""P3 and P5 by HTTP: whatever route an agent takes, what is published stays, and what the binding does not name is closed."""

from __future__ import annotations

import pytest

from tests.site.drupal import Agents


def test_a_patch_without_a_state_becomes_a_draft(agents: Agents) -> None:
    """Drupal alone would change the published revision here (fact 1)."""
    answer = agents.patch("a", {"title": "Changed by the agent"})
    assert answer.status_code == 200, answer.text
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
    """State, visibility, time and path are closed, whoever allows them."""
    for run in ("agent", "greedy", "publishing"):
        assert agents.patch("b", attributes, run).status_code == 403, run
    assert agents.live("b") == {"title": "Published b", "status": 1, "vid": agents.items["b"]["revision"]}
    assert agents.newest("b")["vid"] == agents.items["b"]["revision"]


def test_asking_for_what_is_published_already_is_a_draft(agents: Agents) -> None:
    """JSON:API does not check fields that keep their value: the state `published` gets through, and the guard takes it away."""
    answer = agents.patch("f", {"title": "Publish me", "moderation_state": "published", "status": True}, "publishing")
    assert answer.status_code == 200, answer.text
    assert agents.live("f")["title"] == "Published f"
    assert agents.newest("f")["moderation_state"] == "draft"


def test_the_owner_stays(agents: Agents) -> None:
    """An agent gives no item to somebody else."""
    item = agents.items["b"]
    owner = {"data": {"type": "user--user", "id": agents.accounts["reader"]["uuid"]}}
    document = {"type": "node--article", "id": item["uuid"], "relationships": {"uid": owner}}
    assert agents.jsonapi("PATCH", f"/jsonapi/node/article/{item['uuid']}", "greedy", document).status_code == 403


def test_a_new_item_is_a_draft(agents: Agents) -> None:
    """POST makes an unpublished item that the agent owns."""
    answer = agents.jsonapi(
        "POST", "/jsonapi/node/article", data={"type": "node--article", "attributes": {"title": "New"}}
    )
    assert answer.status_code == 201, answer.text
    attributes = answer.json()["data"]["attributes"]
    assert (attributes["status"], attributes["moderation_state"]) == (False, "draft")
    newest = agents.newest(attributes["drupal_internal__nid"])
    assert newest["revision_uid"] == agents.accounts["agent"]["id"]


@pytest.mark.parametrize("run", ["agent", "greedy", "publishing"])
def test_nothing_is_deleted(agents: Agents, run: str) -> None:
    """Deleting is closed to agents, with every permission for it."""
    assert agents.jsonapi("DELETE", f"/jsonapi/node/article/{agents.items['c']['uuid']}", run).status_code == 403
    assert agents.live("c")["title"] == "Published c"


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
    answer = agents.patch("translated", {"title": "Vom Agenten"}, prefix="/de")
    assert answer.status_code == 200, answer.text
    assert agents.live("translated", "de")["title"] == "Deutsch"
    assert agents.live("translated", "de")["status"] == 1
    assert agents.live("translated", "en")["title"] == "English"
    newest = agents.newest("translated", "de")
    assert (newest["title"], newest["status"], newest["moderation_state"]) == ("Vom Agenten", 0, "draft")


def test_content_without_moderation_is_closed(agents: Agents) -> None:
    """Without moderation a write would be live: it needs the agent's own leave."""
    uuid = agents.items["page"]["uuid"]
    document = {"type": "node--page", "id": uuid, "attributes": {"title": "Live"}}
    assert agents.jsonapi("PATCH", f"/jsonapi/node/page/{uuid}", "pages", document).status_code == 403
    assert agents.live("page")["title"] == "Page"
    assert (
        agents.jsonapi(
            "POST", "/jsonapi/node/page", "pages", {"type": "node--page", "attributes": {"title": "New"}}
        ).status_code
        == 403
    )
    assert agents.jsonapi("PATCH", f"/jsonapi/node/page/{uuid}", "live_pages", document).status_code == 200
    assert agents.live("page")["title"] == "Live"
    made = agents.jsonapi(
        "POST", "/jsonapi/node/page", "live_pages", {"type": "node--page", "attributes": {"title": "New"}}
    )
    assert made.status_code == 201
    assert made.json()["data"]["attributes"]["status"] is False


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
    """Other types are closed to create, for an account full of permissions too."""
    assert agents.jsonapi("POST", path, "greedy", document).status_code in (403, 404, 405)


def test_reading_follows_the_binding(agents: Agents) -> None:
    """An agent reads what its binding names, and writes nothing of it when that says read."""
    assert agents.jsonapi("GET", f"/jsonapi/node/article/{agents.items['d']['uuid']}", "reading").status_code == 200
    assert agents.patch("d", {"title": "X"}, "reading").status_code == 403
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
    assert agents.patch("translated", {"title": "X"}, "english", "/de").status_code == 403


def test_the_requester_limits_the_run(agents: Agents) -> None:
    """A run may not do what the person who asked for it may not."""
    assert agents.patch("d", {"title": "X"}, "of_reader").status_code == 403
    assert agents.patch("d", {"title": "X"}, "of_owner").status_code == 403
    assert (
        agents.jsonapi(
            "POST", "/jsonapi/node/article", "of_reader", {"type": "node--article", "attributes": {"title": "X"}}
        ).status_code
        == 403
    )
    assert agents.live("d")["vid"] == agents.newest("d")["vid"]


def test_any_and_own_meet_where_both_may(agents: Agents) -> None:
    """The agent's "edit any" and the person's "edit own" meet in the person's own items."""
    assert agents.patch("owned", {"title": "By the agent for the owner"}, "of_owner").status_code == 200
    assert agents.live("owned")["title"] == "Owned"
    assert agents.patch("e", {"title": "For the editor"}, "of_editor").status_code == 200


def test_a_text_in_a_foreign_format_is_read_only(agents: Agents) -> None:
    """The body in full_html cannot be replaced by an account that may not use full_html."""
    assert agents.patch("full_html", {"body": {"value": "<p>x</p>", "format": "basic_html"}}).status_code == 403
    assert agents.patch("full_html", {"title": "Only the title"}).status_code == 200
    assert agents.live("full_html")["title"] == "Full"
