"""Which site this is, by its own settings: a copy of a site commands nothing, and says so, on a real site."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.site.core.test_push import Receiver, outbox
from tests.site.drupal import Site, is_problem
from tests.site.people import Person, administrator, dispatched, php
from tests.site.sidecar import Sidecar, event, item

pytest_plugins = ("tests.site.core.test_push",)

ELSEWHERE = "https://www.example.org"
MARK = "// For a test: "


@contextmanager
def settings(site: Site, sidecar: Sidecar, expected: str, *lines: str) -> Iterator[None]:
    """While settings.php has these lines; returns when the site obeys them: it has this base URL."""
    file = site.root / "web/sites/default/settings.php"
    before = re.sub(rf"(?m)^.*{re.escape(MARK)}\n", "", file.read_text())
    file.chmod(0o644)
    try:
        file.write_text(before + "".join(f"$settings['background_agents']{line}; {MARK}\n" for line in lines))
        _obeyed(sidecar, expected)
        yield
    finally:
        file.write_text(before)
        _obeyed(sidecar, "")


def _obeyed(sidecar: Sidecar, expected: str) -> None:
    end = time.monotonic() + 10
    while (told := sidecar.post("status", {}).json().get("base_url")) != expected and time.monotonic() < end:
        threading.Event().wait(0.1)
    assert told == expected


@pytest.fixture
def here(site: Site, sidecar: Sidecar) -> Iterator[str]:
    """While the site's address is set as its base URL."""
    with settings(site, sidecar, site.url, f"['base_url'] = '{site.url}/'"):
        yield site.url


@pytest.fixture
def elsewhere(site: Site, sidecar: Sidecar) -> Iterator[str]:
    """While another address is set: this one is a copy with the same settings."""
    with settings(site, sidecar, ELSEWHERE, f"['base_url'] = '{ELSEWHERE}'"):
        yield ELSEWHERE


@pytest.fixture(scope="module")
def admin(site: Site) -> Iterator[Person]:
    """User 1 in a session."""
    with administrator(site) as person:
        yield person


def entry(admin: Person) -> str:
    """What the status report, as a page, says of this site."""
    html = admin.http.get("/admin/reports/status").text
    return html[html.index("Background agents: this site") :][:3000]


def test_each_signed_document_says_which_site_it_is_meant_for(
    runner: Person, sidecar: Sidecar, clean: None, here: str
) -> None:
    """Another one is refused at every door, and nothing has happened; the answers say which site this is."""
    run = dispatched(runner)
    end = item(run, event(1), end={"state": "cancelled", "reason": "cancelled"})
    for told in ({"base_url": ELSEWHERE}, {"base_url": ""}, {"site": "blog"}):
        for path, document in (
            ("jobs/claim", {"worker": "w"}),
            ("events", sidecar.batch(end)),
            ("status", {}),
            (f"runs/{run}/retry", {}),
        ):
            assert is_problem(sidecar.post(path, document | told), 409, "wrong_site"), (path, told)
    own = {"site": "default", "base_url": here}
    claimed = sidecar.post("jobs/claim", {"worker": "w"} | own).json()
    assert [job["run"] for job in claimed["jobs"]] == [run]
    for answer in (claimed, sidecar.report(item(run, event(1)), **own), sidecar.post("status", own).json()):
        assert {name: answer[name] for name in own} == own
    assert is_problem(sidecar.post(f"runs/{run}/retry", own), 409, "not_ended")


def test_what_is_sent_and_stored_says_it_too(
    site: Site, runner: Person, receiver: Receiver, sidecar: Sidecar, here: str
) -> None:
    """Jobs, commands and the rows of the outbox."""
    run = dispatched(runner)
    receiver.wait(1)
    sidecar.report(item(run, event(1, "run_started", worker="w")))
    runner.post(f"runs/{run}/cancel")
    assert [path for path, _ in receiver.wait(2)] == ["/v1/jobs", "/v1/commands"]
    assert {(document["site"], document["base_url"]) for _, document in receiver.requests} == {("default", here)}
    [row] = site.sql("SELECT site, base_url FROM background_agents_outbox WHERE run = %s", run)
    assert row == {"site": "default", "base_url": here}


def test_a_copy_that_the_sidecar_refuses_says_so(runner: Person, admin: Person, receiver: Receiver, here: str) -> None:
    """On its status report and its settings page, with the way out, until the sidecar takes a request again."""
    receiver.status, receiver.problem = 409, {"code": "wrong_site", "detail": "This sidecar serves another one."}
    dispatched(runner)
    receiver.wait(1)
    for page in (entry(admin), admin.http.get("/admin/config/services/background-agents/settings").text):
        assert "Another site answers to this sidecar" in page
        assert "This sidecar serves another one." in page
        assert "sidecar accept-site default" in page
        assert "a site id, a secret and a base URL of its own" in page


def test_a_copy_with_the_settings_of_its_site_sends_nothing(
    site: Site, runner: Person, admin: Person, receiver: Receiver, sidecar: Sidecar, elsewhere: str
) -> None:
    """It is asked at an address that is none of the site's: its pages say so, and its runs wait."""
    run = dispatched(runner)
    runner.post(f"runs/{run}/cancel")
    other = dispatched(runner)
    for page in (entry(admin), admin.http.get("/admin/config/services/background-agents/settings").text):
        assert "Another site answers to this sidecar" in page
        assert ELSEWHERE in page
    assert outbox(site, other)["status"] == 0
    assert receiver.requests == []


def test_further_addresses_of_a_site_are_no_copies(
    runner: Person, admin: Person, receiver: Receiver, site: Site, sidecar: Sidecar
) -> None:
    """A site of several domains names them."""
    lines = (f"['base_url'] = '{ELSEWHERE}'", "['hosts'] = ['127.0.0.1']")
    with settings(site, sidecar, ELSEWHERE, *lines):
        dispatched(runner)
        assert len(receiver.wait(1)) == 1
        assert f"default at {ELSEWHERE}" in entry(admin)


def test_agents_are_off_on_a_copy_that_says_so(
    site: Site, runner: Person, admin: Person, sidecar: Sidecar, receiver: Receiver
) -> None:
    """Nothing starts, nothing is sent, and the pages say by what."""
    with settings(site, sidecar, "", "['off'] = TRUE"):
        end = time.monotonic() + 10
        while not sidecar.post("status", {}).json()["stopped"] and time.monotonic() < end:
            threading.Event().wait(0.1)
        assert is_problem(runner.post("runs", {"agent": "core"}), 403, "site_stopped")
        assert sidecar.claim() == []
        assert "Agents are off here" in entry(admin)
        assert receiver.requests == []
    assert dispatched(runner)


@pytest.mark.parametrize(
    ("given", "value", "problem"),
    [
        ("https://www.example.org/", "https://www.example.org", False),
        ("https://www.example.org/sub", "https://www.example.org/sub", False),
        ("", "", False),
        ("www.example.org", "", True),
        ("ftp://example.org", "", True),
        ("https://user@example.org", "", True),
        ("https://example.org/?a", "", True),
    ],
)
def test_what_a_base_url_is(site: Site, given: str, value: str, problem: bool) -> None:
    """An address without user, query and fragment; anything else is told, and counts as none."""
    code = (
        f"$s = new \\Drupal\\Core\\Site\\Settings(['background_agents' => ['base_url' => '{given}']]);"
        "$i = new $$Sidecar\\SiteIdentity(\\Drupal::configFactory(), $s, \\Drupal::requestStack());"
        "print json_encode([$i->baseUrl(), $i->whatIsWrong() !== NULL]);"
    )
    told: list[Any] = php(site, code)
    assert told == [value, problem]
