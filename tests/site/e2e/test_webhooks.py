"""Webhooks through all layers: set up in a browser, caused by a real run, sent by the real sidecar, verified by the official library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from standardwebhooks import Webhook, WebhookVerificationError

from sidecar import contracts
from tests.site.axe import violations
from tests.site.chromium import Visitor, chromium
from tests.site.e2e.system import World, until
from tests.site.people import php
from tests.support.receiver import Receiver, answers

pytestmark = pytest.mark.browser

WIDTH = "document.documentElement.scrollWidth"
MAKE_KEY = """
user_role_grant_permissions('e2e_editor', ['have dispatch keys for background agents']);
$token = $$Key\\DispatchKeyToken::make(uniqid());
\\Drupal::service($$Key\\KeyStore::class)->insert(new $$Key\\DispatchKey($token->id, %d, 'Script', NULL, time()), $token);
print json_encode($token->text());
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def admin(world: World) -> Iterator[Visitor]:
    with chromium() as browser:
        visitor = Visitor(world.site, browser, "admin")
        yield visitor
        visitor.close()
    world.site.sql("DELETE FROM background_agents_webhook")
    world.site.sql("DELETE FROM background_agents_delivery")
    assert visitor.alarms == []


def path(world: World, agent: str) -> str:
    """The list of an agent's webhooks, as an administrator finds it."""
    return f"/admin/config/services/background-agents/manage/{agent}/webhooks"


def added(admin: Visitor, world: World, agent: str, url: str) -> str:
    """Adds a webhook by its form; the secret that is shown."""
    page = admin.page
    admin.open(path(world, agent))
    page.get_by_role("link", name="Add webhook").click()
    page.get_by_label("Address").fill(url)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messages--status")).to_contain_text("has been added")
    return page.get_by_label("Secret").input_value()


def got(receiver: Receiver, secret: str, count: int) -> list[dict[str, Any]]:
    """Waits for messages; the documents, each well signed."""
    until(lambda: len(receiver.got) >= count, 30, f"{count} messages; there are {receiver.got}")
    return [Webhook(secret).verify(request.body, request.headers) for request in receiver.got]


def clean(page: Page) -> None:
    """Nobody is kept from using the page, nor has to move it sideways."""
    assert violations(page, "main, .region-content") == []
    page.set_viewport_size({"width": 390, "height": 900})
    # Menus of themes move a moment when the window becomes narrow.
    page.wait_for_function(f"{WIDTH} <= 390", timeout=5_000)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_program_is_told_of_a_run(world: World, admin: Visitor, receiver: Receiver) -> None:
    """From the form to the test message, the run's end, its drafts, and a new secret."""
    page = admin.page
    secret = added(admin, world, "writer", receiver.url)
    assert re.fullmatch("whsec_[A-Za-z0-9+/]{43}=", secret)
    page.get_by_role("link", name="To the webhooks").click()
    assert secret not in page.content()
    expect(page.locator("tr", has_text=receiver.url)).to_contain_text("None yet")
    clean(page)
    page.get_by_role("link", name="Deliveries: webhook to").click()
    page.get_by_role("button", name="Send test").click()
    [test] = got(receiver, secret, 1)
    assert test["type"] == "test"
    run = world.run("writer")
    world.completed(run)
    _, *messages = got(receiver, secret, 3)
    assert [message["type"] for message in messages] == ["run.finished", "draft.ready"]
    for message in messages:
        contracts.check("webhook#message", message)
        assert message["data"]["run"]["uuid"] == run
        assert "Written by an agent" not in str(message)
        assert "e2e_editor" not in str(message)
    draft = messages[1]["data"]["drafts"][0]
    assert draft["uuid"] == world.drafts(run)[0]["uuid"]
    assert world.editor.http.get(draft["url"].removeprefix(world.site.url)).status_code == 200
    sent = "SELECT id FROM background_agents_delivery WHERE state = 'sent'"
    until(lambda: len(world.site.sql(sent)) == 3, 20, "Drupal hears of it")
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.locator("tbody tr").first).to_contain_text("Drafts are ready")
    expect(page.locator("tbody tr").first).to_contain_text("200 ok")
    clean(page)
    page.get_by_role("link", name="All webhooks of this agent").click()
    page.get_by_role("link", name="New secret: webhook to").click()
    page.get_by_role("button", name="Make new secret").click()
    new = page.get_by_label("Secret").input_value()
    admin.open(path(world, "writer"))
    page.get_by_role("link", name="Deliveries: webhook to").click()
    page.get_by_role("button", name="Send again: Run has finished").click()
    until(lambda: len(receiver.got) == 4, 30, "it is sent again")
    again = receiver.got[3]
    assert again.headers["webhook-id"] == receiver.got[1].headers["webhook-id"]
    assert again.body == receiver.got[1].body
    for either in (secret, new):
        assert Webhook(either).verify(again.body, again.headers)["type"] == "run.finished"
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(receiver.got[1].body, receiver.got[1].headers)


def test_a_receiver_that_fails_is_seen_to_fail(world: World, admin: Visitor, receiver: Receiver) -> None:
    """What it answers is shown as text, and what it is not sent waits; 410 switches it off."""
    page = admin.page
    receiver.behaviours = [answers(500, b"<script>alert(1)</script>"), answers(410)]
    added(admin, world, "writer", receiver.url)
    run = world.run("writer")
    world.completed(run)
    tried = "SELECT id FROM background_agents_delivery WHERE attempts > 0"
    until(lambda: world.site.sql(tried), 30, "it was tried")
    admin.open(path(world, "writer"))
    row = page.locator("tr", has_text=receiver.url)
    expect(row).to_contain_text("500 <script>alert(1)</script>")
    expect(row).to_contain_text("the receiver does not take anything")
    gone = "SELECT id FROM background_agents_webhook WHERE off_reason = 'gone'"
    until(lambda: world.site.sql(gone), 60, "it is sent again, and the receiver is gone")
    page.reload()
    expect(row).to_contain_text("Off: the receiver answered that it wants nothing any more.")
    waiting = "SELECT id FROM background_agents_delivery WHERE state = 'waiting'"
    assert world.site.sql(waiting) == []
    page.get_by_role("link", name="Edit: webhook to").click()
    clean(page)
    page.get_by_label("Address").fill("https://user:secret@hooks.example.com/")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messages--error")).to_contain_text("without a name, a password")
    page.get_by_role("link", name="Webhooks", exact=True).click()
    page.get_by_role("link", name="Delete: webhook to").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nobody is told yet.")).to_be_visible()
    assert world.site.sql("SELECT id FROM background_agents_delivery") == []


@pytest.fixture
def key(world: World) -> Iterator[str]:
    """A dispatch key of the editor."""
    yield php(world.site, MAKE_KEY % world.accounts["editor"]["id"])
    world.site.sql("DELETE FROM background_agents_key")


@pytest.fixture
def owner(world: World, key: str, admin: Visitor) -> Iterator[Visitor]:
    """The editor, who owns the key."""
    browser = admin.context.browser
    assert browser is not None
    visitor = Visitor(world.site, browser, "e2e_editor")
    yield visitor
    visitor.close()
    assert visitor.alarms == []


def test_a_key_has_webhooks(world: World, admin: Visitor, owner: Visitor, receiver: Receiver, key: str) -> None:
    """Its owner hears of the runs that it starts, and of no others, as long as it is good; administrators see and delete."""
    page = owner.page
    owner.open(f"/user/{world.accounts['editor']['id']}/agent-keys")
    link = page.get_by_label("Webhooks of the key Script").get_attribute("href")
    assert link is not None
    owner.open(link)
    expect(page.get_by_role("heading", name="Webhooks of the key Script")).to_be_visible()
    page.get_by_role("link", name="Add webhook").click()
    page.get_by_label("Address").fill(receiver.url)
    clean(page)
    page.get_by_role("button", name="Save").click()
    secret = page.get_by_label("Secret").input_value()
    clean(page)
    page.get_by_role("link", name="To the webhooks").click()
    expect(page.locator("tr", has_text=receiver.url)).to_contain_text("None yet")
    assert secret not in page.content()
    clean(page)
    own = world.run("writer")
    world.completed(own)
    order = {"agent": "writer", "input": {"nonce": "by the key"}}
    url = f"{world.site.url}/background-agents/v1/runs"
    begun = httpx.post(url, json=order, headers={"Authorization": f"Bearer {key}"}, timeout=30)
    assert begun.status_code == 201, begun.text
    world.completed(begun.json()["uuid"])
    messages = got(receiver, secret, 2)
    assert [message["type"] for message in messages] == ["run.finished", "draft.ready"]
    assert {message["data"]["run"]["uuid"] for message in messages} == {begun.json()["uuid"]}
    sent = "SELECT id FROM background_agents_delivery WHERE state = 'sent'"
    until(lambda: len(world.site.sql(sent)) == 2, 20, "Drupal hears of it")
    page.get_by_role("link", name="Deliveries: webhook to").click()
    expect(page.locator("tbody tr").first).to_contain_text("Drafts are ready")
    clean(page)

    admin.open(link)
    expect(admin.page.locator("tr", has_text=receiver.url)).to_be_visible()
    expect(admin.page.get_by_role("link", name="Delete: webhook to")).to_be_visible()
    for name in ("Edit: webhook to", "New secret: webhook to", "Add webhook"):
        expect(admin.page.get_by_role("link", name=name)).to_have_count(0)
    number = world.site.sql("SELECT id FROM background_agents_webhook")[0]["id"]
    assert [admin.open(f"{link}/{number}{more}") for more in ("", "/secret", "/deliveries")] == [403, 403, 200]
    for name in ("Send test", "Send again"):
        expect(admin.page.get_by_role("button", name=name)).to_have_count(0)
    clean(admin.page)

    world.site.sql("UPDATE background_agents_key SET expires = 1")
    page.get_by_role("button", name="Send again: Run has finished").click()
    given_up = "SELECT id FROM background_agents_delivery WHERE state = 'given_up'"
    until(lambda: world.site.sql(given_up), 30, "it is closed")
    assert len(receiver.got) == 2
    page.reload()
    expect(page.locator("tbody tr").last).to_contain_text("Given up")
    expect(page.locator("tbody tr").last).to_contain_text("The dispatch key has expired.")
    owner.open(link)
    expect(page.locator("tr", has_text=receiver.url)).to_contain_text("Off: the dispatch key has expired.")
    owner.open(link.removesuffix("/webhooks") + "/revoke")
    expect(page.get_by_text("Webhooks of the key are deleted.")).to_be_visible()
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator(".messages--status")).to_contain_text("has been revoked")
    assert world.site.sql("SELECT id FROM background_agents_webhook") == []
    assert world.site.sql("SELECT id FROM background_agents_delivery") == []
    assert owner.open(link) == 403
