"""P5: a run token is one account and one run, and nobody becomes anonymous by a bad one."""

from __future__ import annotations

import pytest

from tests.site.drupal import API, Agents, is_problem

BAD = {
    "token_malformed": "bga_nonsense",
    "token_invalid": None,
    "run_ended": "ended",
    "generation_old": None,
    "account_blocked": "blocked",
    "not_an_agent_account": "no_agent",
    "requester_lost": "of_lost",
}


def bad_token(agents: Agents, code: str) -> str:
    """A token that is refused with `code`."""
    good = agents.runs["agent"]["token"]
    if code == "token_invalid":
        return good[:-1] + ("A" if good[-1] != "A" else "B")
    if code == "generation_old":
        return agents.site.php(
            f"$r=\\Drupal::entityTypeManager()->getStorage('background_agents_run')->load({agents.runs['agent']['id']});"
            "$secret = \\Drupal::service('Drupal\\background_agents\\Sidecar\\SiteSecrets')->all()[0];"
            "print \\Drupal\\background_agents\\Access\\RunToken::issue($secret, $r->uuid(), 7, $r->getAccountUuid());"
        ).strip()
    name = BAD[code]
    assert name is not None
    return agents.runs[name]["token"] if name in agents.runs else name


@pytest.mark.parametrize("code", BAD)
def test_a_bad_token_is_a_problem_on_every_route(agents: Agents, code: str) -> None:
    """A bad token is answered 401 by a problem document: on our routes, JSON:API, pages and paths that do not exist."""
    token = bad_token(agents, code)
    item = agents.items["a"]
    for path in (f"{API}/me", f"/jsonapi/node/article/{item['uuid']}", f"/node/{item['id']}", "/no/such/path"):
        assert is_problem(agents.request("GET", path, token=token), 401, code), path
    assert is_problem(agents.post(agents.document("create"), token=token), 401, code)


def test_an_agent_that_is_an_administrator_too_is_refused(agents: Agents) -> None:
    """An administrator role takes an account's right to act as an agent."""
    assert is_problem(agents.request("GET", f"{API}/me", "admin_agent"), 401, "not_an_agent_account")


def test_a_bad_token_gets_no_cached_page(agents: Agents) -> None:
    """What an anonymous visitor left in the page cache is not handed to a bad token."""
    path = f"/node/{agents.items['a']['id']}"
    agents.request("GET", path, None)
    assert agents.request("GET", path, None).headers["x-drupal-cache"] == "HIT"
    assert is_problem(agents.request("GET", path, token="bga_x"), 401, "token_malformed")
    answer = agents.request("GET", path, None, headers={"X-Background-Agents-Token": "nonsense"})
    assert is_problem(answer, 401, "token_malformed")


def test_me_says_who_one_is(agents: Agents) -> None:
    """A good token is its account and run; nobody is anonymous and says so."""
    me = agents.request("GET", f"{API}/me").json()
    assert (me["account"], me["run"], me["agent"]) == (
        agents.accounts["agent"]["uuid"],
        agents.runs["agent"]["uuid"],
        "test_agent",
    )
    assert me["anonymous"] is False
    assert "test_agent" in me["roles"]
    nobody = agents.request("GET", f"{API}/me", None).json()
    assert nobody["anonymous"] is True
    assert "run" not in nobody


def test_the_own_header_does_too(agents: Agents) -> None:
    """Behind HTTP authentication the token travels in a header of its own."""
    token = agents.runs["agent"]["token"]
    me = agents.request("GET", f"{API}/me", None, headers={"X-Background-Agents-Token": token}).json()
    assert me["run"] == agents.runs["agent"]["uuid"]


def test_without_a_token_the_endpoints_are_closed(agents: Agents) -> None:
    """Drafts and tools want a token; a password of the agent's account is none."""
    for path in ("drafts", "tools"):
        assert is_problem(agents.request("POST", f"{API}/{path}", None, json={}), 401, "token_missing"), path
    answer = agents.site.http.post(f"{API}/drafts", json={}, auth=("test_agent", "test-test_agent"))
    assert answer.status_code in (401, 403)


def test_a_token_opens_no_page(agents: Agents) -> None:
    """A run uses the API: pages refuse its token, with a problem document."""
    assert is_problem(agents.request("GET", f"/node/{agents.items['a']['id']}"), 403, "forbidden")


def test_a_token_is_for_its_run_only(agents: Agents) -> None:
    """A request that names another run than its token is refused."""
    other = agents.document("create", "english")
    assert is_problem(agents.post(other, "agent"), 403, "forbidden")


def test_the_account_can_nothing_without_a_run(agents: Agents) -> None:
    """With a password, the agent's account has no permission at all."""
    item = agents.items["a"]
    login = {"auth": ("test_agent", "test-test_agent")}
    get = agents.jsonapi("GET", f"/jsonapi/node/article/{item['uuid']}", None, **login)
    patch = agents.jsonapi(
        "PATCH",
        f"/jsonapi/node/article/{item['uuid']}",
        None,
        {"type": "node--article", "id": item["uuid"], "attributes": {"title": "X"}},
        **login,
    )
    assert (get.status_code, patch.status_code) == (403, 403)
    assert agents.live("a")["title"] == "Published a"


def test_cached_answers_are_kept_apart(agents: Agents) -> None:
    """What an editor or another run was answered is not what this run gets from the dynamic page cache."""
    path = f"/jsonapi/node/page/{agents.items['page']['uuid']}"
    assert agents.jsonapi("GET", path, None, auth=("test_editor", "test-test_editor")).status_code == 200
    assert agents.jsonapi("GET", path, "pages").status_code == 200
    assert agents.jsonapi("GET", path, "agent").status_code == 403
    assert agents.jsonapi("GET", path, None).status_code == 200


class TestSwitches:
    """The site's own switches."""

    @pytest.mark.usefixtures("stopped")
    def test_a_stopped_site_refuses_every_token(self, agents: Agents) -> None:
        """The stop switch holds at once, for reading too."""
        assert is_problem(agents.request("GET", f"{API}/me"), 403, "site_stopped")
        assert is_problem(
            agents.jsonapi("GET", f"/jsonapi/node/article/{agents.items['a']['uuid']}"), 403, "site_stopped"
        )

    @pytest.mark.usefixtures("maintenance")
    def test_maintenance_says_when_to_come_back(self, agents: Agents) -> None:
        """In maintenance mode the run is told to wait, in its own language."""
        answer = agents.request("GET", f"{API}/me")
        assert is_problem(answer, 503, "maintenance")
        assert int(answer.headers["retry-after"]) > 0
        assert is_problem(
            agents.jsonapi("GET", f"/jsonapi/node/article/{agents.items['a']['uuid']}"), 503, "maintenance"
        )
