"""The Drupal client: what each answer, and each missing answer, becomes."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from sidecar.drupal import client as client_module
from sidecar.drupal import problems, signing
from sidecar.drupal.client import DrupalSite
from sidecar.errors import DrupalAnswerLost, DrupalError, DrupalUnavailable
from sidecar.settings import SiteSettings

RECORDINGS = Path(__file__).parents[2] / "fixtures" / "recordings"
BASE = "https://drupal.test"
SECRET = "a secret of more than 24 bytes"
RUN = "3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50"
ACCOUNT = "b2a7c6d5-1e2f-4a3b-9c8d-7e6f5a4b3c2d"
JSON_TYPE = {"content-type": "application/json"}


def make_site(**settings: Any) -> DrupalSite:
    """A site with a pool that respx sees."""
    values = {"base_url": BASE, "secrets": [SECRET]} | settings
    return DrupalSite(SiteSettings.model_validate(values), clock=lambda: 1_790_000_000.0)


@pytest.fixture
async def site() -> AsyncIterator[DrupalSite]:
    made = make_site()
    yield made
    await made.aclose()


@pytest.fixture
def web() -> Any:
    with respx.mock(assert_all_called=False) as router:
        yield router


def recording(name: str) -> tuple[dict[str, Any], httpx.Response]:
    """The request and the answer of a recorded exchange."""
    found = json.loads((RECORDINGS / f"{name}.json").read_text())
    answer = found["response"]
    body = answer["body"]
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return found["request"], httpx.Response(answer["status"], headers=answer["headers"], content=content)


# -- requests


async def test_a_signed_request_verifies_on_the_other_side(site: DrupalSite, web: Any) -> None:
    """Over the raw body as it was sent, with the first secret; it says which site it is meant for."""
    route = web.post(f"{BASE}/background-agents/v1/status").respond(json={"ok": True})
    assert await site.signed("status", {"ä": "…"}) == {"ok": True}
    request = route.calls.last.request
    keys = site.settings.keys
    assert signing.verify(keys, request.headers, request.content, 1_790_000_000, signing.TO_DRUPAL).startswith("s2d_")
    assert json.loads(request.content) == {"ä": "…", "site": "default"}


async def test_each_request_has_an_id_of_its_own(site: DrupalSite, web: Any) -> None:
    """A retry is signed anew."""
    route = web.post(f"{BASE}/background-agents/v1/status").respond(json={})
    await site.signed("status")
    await site.signed("status")
    assert len({call.request.headers["webhook-id"] for call in route.calls}) == 2


async def test_an_agent_sends_its_token(site: DrupalSite, web: Any) -> None:
    """JSON:API and the module's endpoints, as the account, for the run."""
    agent = site.as_agent(RUN, 2, ACCOUNT)
    read = web.get(f"{BASE}/jsonapi/node/article", params={"page[limit]": "5"}).respond(json={"data": []})
    write = web.post(f"{BASE}/background-agents/v1/drafts").respond(201, json={"key": "k"})
    await agent.get("/jsonapi/node/article", {"page[limit]": 5})
    await agent.post("drafts", {"a": 1})
    token = signing.run_token(SECRET, RUN, 2, ACCOUNT)
    for route in (read, write):
        assert route.calls.last.request.headers["authorization"] == f"Bearer {token}"


async def test_behind_http_authentication_the_token_has_its_own_header(web: Any) -> None:
    """Authorization is for the wall in front."""
    site = make_site(basic_auth="user:pass")
    route = web.get(f"{BASE}/background-agents/v1/me").respond(json={})
    await site.as_agent(RUN, 1, ACCOUNT).get("me")
    headers = route.calls.last.request.headers
    assert headers["authorization"].startswith("Basic ")
    assert headers["x-background-agents-token"].startswith("bga_")
    await site.aclose()


async def test_a_next_link_is_followed_within_the_site_only(site: DrupalSite, web: Any) -> None:
    """Its query is kept; a link to another host would carry the token away."""
    agent = site.as_agent(RUN, 1, ACCOUNT)
    web.get(f"{BASE}/jsonapi/node/article", params={"page[offset]": "50"}).respond(json={"data": [1]})
    assert await agent.get(f"{BASE}/jsonapi/node/article?page%5Boffset%5D=50") == {"data": [1]}
    with pytest.raises(DrupalError, match="evil") as refused:
        await agent.get("https://evil.test/jsonapi")
    assert refused.value.code == "other_host"


async def test_a_redirect_is_an_error_that_names_the_target(site: DrupalSite, web: Any) -> None:
    """A token is never sent on to where a redirect points."""
    web.get(f"{BASE}/jsonapi").respond(302, headers={"location": "https://www.drupal.test/jsonapi"})
    with pytest.raises(DrupalError, match=r"https://www.drupal.test/jsonapi.*base_url"):
        await site.as_agent(RUN, 1, ACCOUNT).get("/jsonapi")


async def test_the_host_header_can_differ_from_the_address(web: Any) -> None:
    """For a site that is reached by a container's name."""
    site = make_site(base_url="http://drupal", host_header="www.example.org")
    route = web.get("http://drupal/background-agents/v1/me").respond(json={})
    await site.as_agent(RUN, 1, ACCOUNT).get("me")
    assert route.calls.last.request.headers["host"] == "www.example.org"
    await site.aclose()


def test_what_no_json_can_hold_is_an_error() -> None:
    """Not a number, and objects; a lone surrogate becomes a question mark."""
    for value in (float("nan"), object()):
        with pytest.raises(DrupalError, match="no JSON"):
            client_module.encode({"a": value})
    assert client_module.encode({"a": "\ud800b"}) == b'{"a":"?b"}'


# -- answers, as a real Drupal gave them


async def test_field_errors_keep_detail_and_pointer(site: DrupalSite, web: Any) -> None:
    """A model mends its call by them."""
    request, answer = recording("patch-two-errors")
    web.post(f"{BASE}{request['path']}").mock(return_value=answer)
    with pytest.raises(DrupalError) as error:
        await site.as_agent(RUN, 1, ACCOUNT).post(request["path"], {})
    assert error.value.code == "invalid"
    assert [entry["pointer"] for entry in error.value.problem["errors"]] == [
        "/data/attributes/title",
        "/data/attributes/moderation_state",
    ]
    assert "should not be null" in str(error.value)


@pytest.mark.parametrize(
    ("name", "status", "code", "says"),
    [
        ("blocked-account-post", 403, "forbidden", "permission"),
        ("post-other-bundle", 403, "forbidden", "permission"),
        ("not-found", 404, "not_found", "."),
        ("read-only-post", 405, "jsonapi_read_only", "only read operations"),
        ("post-same-client-id", 409, "conflict", "."),
        ("wrong-content-type", 415, "unsupported_media_type", "No route"),
        ("invalid-json", 400, "bad_request", "Syntax error"),
        ("bad-filter", 400, "bad_request", "."),
        ("post-anonymous", 401, "unauthorized", "."),
    ],
)
async def test_recorded_refusals(site: DrupalSite, web: Any, name: str, status: int, code: str, says: str) -> None:
    """Each has a code, and a sentence even when Drupal's detail is empty."""
    request, answer = recording(name)
    path = request["path"].split("?")[0]
    web.route(path=path).mock(return_value=answer)
    with pytest.raises(DrupalError) as error:
        await site.as_agent(RUN, 1, ACCOUNT).get(path)
    assert (error.value.status, error.value.code) == (status, code)
    assert not isinstance(error.value, DrupalUnavailable)
    assert says in str(error.value)


async def test_maintenance_mode_says_when_to_come_back(site: DrupalSite, web: Any) -> None:
    """503 with Retry-After: try later."""
    request, answer = recording("maintenance")
    web.get(f"{BASE}{request['path']}").mock(return_value=answer)
    with pytest.raises(DrupalUnavailable, match="maintenance") as error:
        await site.as_agent(RUN, 1, ACCOUNT).get(request["path"])
    assert error.value.retry_after == 10


async def test_every_recorded_answer_is_understood(site: DrupalSite, web: Any) -> None:
    """No recording raises anything but a DrupalError."""
    for path in sorted(RECORDINGS.glob("*.json")):
        _, answer = recording(path.stem)
        web.get(f"{BASE}/x").mock(return_value=answer)
        if answer.is_success:
            assert isinstance(await site.as_agent(RUN, 1, ACCOUNT).get("/x"), dict)
            continue
        with pytest.raises(DrupalError) as error:
            await site.as_agent(RUN, 1, ACCOUNT).get("/x")
        assert error.value.status == answer.status_code
        assert error.value.code
        assert str(error.value)


async def test_a_problem_document_is_passed_on_whole(site: DrupalSite, web: Any) -> None:
    """With the fields that our own endpoints add."""
    problem = {
        "title": "Conflict",
        "status": 409,
        "code": "revision_conflict",
        "detail": "Newer.",
        "current_revision": 9,
    }
    web.post(f"{BASE}/background-agents/v1/drafts").respond(
        409, content=json.dumps(problem).encode(), content_type="application/problem+json"
    )
    with pytest.raises(DrupalError) as error:
        await site.as_agent(RUN, 1, ACCOUNT).post("drafts", {})
    assert error.value.problem == problem


# -- answers that are none


HTML = httpx.Response(200, html="<h1>Log in</h1>")
CUT_OFF = httpx.Response(200, headers=JSON_TYPE, content=b'{"data": [')
LIST = httpx.Response(200, headers=JSON_TYPE, content=b"[]")


@pytest.mark.parametrize(
    ("answer", "get", "post", "code"),
    [
        (HTML, DrupalError, DrupalAnswerLost, "not_json"),
        (CUT_OFF, DrupalUnavailable, DrupalAnswerLost, "half_answer"),
        (LIST, DrupalUnavailable, DrupalAnswerLost, "half_answer"),
        (httpx.Response(404, html="<h1>Not found</h1>"), DrupalError, DrupalError, "not_json"),
        (httpx.Response(401, html="<h1>401</h1>"), DrupalError, DrupalError, "not_json"),
        (httpx.Response(500, html="<h1>Fatal</h1>"), DrupalUnavailable, DrupalAnswerLost, "not_json"),
        (httpx.Response(502, html="<h1>Bad gateway</h1>"), DrupalUnavailable, DrupalAnswerLost, "not_json"),
        (httpx.Response(504, text=""), DrupalUnavailable, DrupalAnswerLost, "not_json"),
        (httpx.Response(521, text="origin down"), DrupalUnavailable, DrupalUnavailable, "not_json"),
        (httpx.Response(503, json={"message": "busy"}), DrupalUnavailable, DrupalUnavailable, "unavailable"),
        (httpx.Response(500, json={"code": "x", "detail": "d"}), DrupalUnavailable, DrupalUnavailable, "x"),
        (httpx.Response(500, json={"code": "site_error", "detail": "d"}), DrupalError, DrupalError, "site_error"),
        (httpx.Response(429, json={}), DrupalUnavailable, DrupalUnavailable, "too_many_requests"),
        (httpx.Response(418, json={}), DrupalError, DrupalError, "http_418"),
        (httpx.Response(403, json={"errors": ["odd", {"detail": None}]}), DrupalError, DrupalError, "forbidden"),
    ],
)
async def test_answers_that_are_none(
    site: DrupalSite, web: Any, answer: httpx.Response, get: type, post: type, code: str
) -> None:
    """A GET may be asked again; a POST that may have been carried out says so."""
    web.route().mock(return_value=answer)
    agent = site.as_agent(RUN, 1, ACCOUNT)
    for call, expected in ((agent.get("me"), get), (agent.post("drafts", {}), post)):
        with pytest.raises(DrupalError) as error:
            await call
        assert type(error.value) is expected
        assert error.value.code == code
        assert "/background-agents/v1/" in str(error.value) or code != "not_json"


async def test_an_answer_without_end_is_cut(site: DrupalSite, web: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A size limit, read while it comes."""
    monkeypatch.setattr(client_module, "MAX_ANSWER_BYTES", 1000)
    web.route().respond(json={"a": "x" * 2000})
    with pytest.raises(DrupalError, match="larger") as error:
        await site.as_agent(RUN, 1, ACCOUNT).get("me")
    assert error.value.code == "answer_too_large"


async def test_a_site_that_drips_runs_into_the_deadline(web: Any) -> None:
    """Each byte resets httpx's own time-outs; the whole has one more."""
    site = DrupalSite(SiteSettings.model_validate({"base_url": BASE, "secrets": [SECRET]}), deadline=0.05)

    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    web.route().mock(return_value=httpx.Response(200, headers=JSON_TYPE, content=drip()))
    with pytest.raises(DrupalAnswerLost, match="in time"):
        await site.as_agent(RUN, 1, ACCOUNT).post("drafts", {})
    await site.aclose()


# -- no answer


def transport_errors() -> list[type[Exception]]:
    """All exceptions of httpx that have no subclasses."""
    found = [cls for _, cls in inspect.getmembers(httpx, inspect.isclass) if issubclass(cls, Exception)]
    return [cls for cls in found if not any(issubclass(other, cls) and other is not cls for other in found)]


@pytest.mark.parametrize("cls", transport_errors(), ids=lambda cls: cls.__name__)
def test_the_table_of_transport_errors_is_complete(cls: type[Exception]) -> None:
    """A new exception of httpx fails here, not in a run."""
    assert cls in problems.TRANSPORT
    assert issubclass(cls, problems.TRANSPORT_ERRORS)


@pytest.mark.parametrize(
    ("raised", "get", "post"),
    [
        (httpx.ConnectError("refused"), DrupalUnavailable, DrupalUnavailable),
        (httpx.ConnectTimeout("slow"), DrupalUnavailable, DrupalUnavailable),
        (httpx.PoolTimeout("full"), DrupalUnavailable, DrupalUnavailable),
        (httpx.ReadTimeout("slow"), DrupalUnavailable, DrupalAnswerLost),
        (httpx.RemoteProtocolError("Server disconnected"), DrupalUnavailable, DrupalAnswerLost),
        (httpx.WriteError("reset"), DrupalUnavailable, DrupalAnswerLost),
        (httpx.UnsupportedProtocol("x"), DrupalError, DrupalError),
    ],
)
async def test_no_answer(site: DrupalSite, web: Any, raised: Exception, get: type, post: type) -> None:
    """Whether it may have been carried out is what counts."""
    web.route().mock(side_effect=raised)
    agent = site.as_agent(RUN, 1, ACCOUNT)
    for call, expected in ((agent.get("me"), get), (agent.post("drafts", {}), post)):
        with pytest.raises(DrupalError) as error:
            await call
        assert type(error.value) is expected
        assert error.value.status == 0


# -- the breaker


@pytest.mark.parametrize(("status", "code"), [(500, "site_error"), (500, "internal"), (503, "busy"), (422, "invalid")])
async def test_an_answer_about_one_request_does_not_open_the_breaker(
    site: DrupalSite, web: Any, status: int, code: str
) -> None:
    """Else one item that cannot be saved would keep all runs of the site waiting."""
    web.route().respond(status, json={"title": "x", "status": status, "code": code})
    for _ in range(20):
        with pytest.raises(DrupalError):
            await site.as_agent(RUN, 1, ACCOUNT).post("drafts", {})
    assert not site.breaker.open


async def test_a_site_that_is_down_is_left_alone(site: DrupalSite, web: Any) -> None:
    """After five failures nothing is sent."""
    route = web.route().mock(side_effect=httpx.ConnectError("refused"))
    agent = site.as_agent(RUN, 1, ACCOUNT)
    for _ in range(8):
        with pytest.raises(DrupalUnavailable):
            await agent.get("me")
    assert route.call_count == 5
    assert "refused" in site.breaker.why


async def test_refusals_of_an_agent_do_not_open_it(site: DrupalSite, web: Any) -> None:
    """Nor does being told to slow down."""
    agent = site.as_agent(RUN, 1, ACCOUNT)
    for status in (403, 422, 404, 429) * 3:
        web.route().respond(status, json={})
        with pytest.raises(DrupalError):
            await agent.get("me")
    assert not site.breaker.open


async def test_a_refused_signature_opens_it_at_once(site: DrupalSite, web: Any) -> None:
    """With the wrong secret every further request is in vain."""
    web.route().respond(401, json={"code": "signature_invalid", "title": "x", "status": 401, "detail": "Wrong secret."})
    with pytest.raises(DrupalError) as error:
        await site.signed("status")
    assert error.value.code == "signature_invalid"
    with pytest.raises(DrupalUnavailable, match="Wrong secret"):
        await site.signed("status")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("999999", 3600.0), ("", None), ("soon", None), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0), ("-1", None)],
)
def test_retry_after(header: str, seconds: float | None) -> None:
    """Seconds or a date; nonsense is none; an hour is the longest."""
    assert problems.retry_after({"retry-after": header}, {}) == seconds


def test_the_problem_says_it_before_the_header() -> None:
    """`retry_after` in the document counts first."""
    assert problems.retry_after({"retry-after": "7"}, {"retry_after": 3}) == 3.0


async def test_what_callers_meet_pauses_nobody_else(site: DrupalSite, web: Any) -> None:
    """Their requests are not counted by the breaker, and leave some connections to the runs."""
    web.get(f"{BASE}{client_module.API}me").mock(return_value=httpx.Response(502))
    for _ in range(10):
        with pytest.raises(DrupalUnavailable):
            await site.for_caller("GET", client_module.API + "me", {"Authorization": "Bearer x"})
    assert not site.breaker.open


async def test_callers_never_have_all_connections(site: DrupalSite, web: Any) -> None:
    began, gate = asyncio.Semaphore(0), asyncio.Event()

    async def hold(request: httpx.Request) -> httpx.Response:
        began.release()
        await gate.wait()
        return httpx.Response(200, json={})

    web.get(url__startswith=BASE + client_module.API).mock(side_effect=hold)

    def callers(path: str, *, asks_who: bool) -> list[asyncio.Task[dict[str, Any]]]:
        ask = [site.for_caller("GET", client_module.API + path, {}, asks_who=asks_who) for _ in range(30)]
        return [asyncio.create_task(one) for one in ask]

    reading = callers("runs", asks_who=False)
    async with asyncio.timeout(60):
        for _ in range(client_module.CALLERS_CONNECTIONS - client_module.ASKING_CONNECTIONS):
            await began.acquire()
        assert began.locked()
        asking = callers("me", asks_who=True)  # which begins though those that read have all of theirs
        for _ in range(client_module.ASKING_CONNECTIONS):
            await began.acquire()
        assert began.locked()
        assert client_module.CALLERS_CONNECTIONS < client_module.MAX_CONNECTIONS
        gate.set()
        await asyncio.gather(*reading, *asking)
