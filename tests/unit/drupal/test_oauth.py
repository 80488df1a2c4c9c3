"""Where people sign programs in: the issuer byte for byte, and what the doctor says when programs would give up."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import respx

from sidecar.drupal.client import DrupalSite
from sidecar.drupal.oauth import SCOPE, WELL_KNOWN, Issuers
from sidecar.drupal.oauth_check import check
from sidecar.errors import DrupalUnavailable
from sidecar.settings import SiteSettings
from tests.support.agents import SITE_SECRET

INSIDE, OUTSIDE = "http://drupal.internal:8080", "https://www.example.org"
PUBLIC = "https://agents.example.org"
GIVES_TOKENS = {"checks": [{"id": "oauth"}]}


class Known:
    """What the site said of its own address."""

    def __init__(self, url: str | None = OUTSIDE) -> None:
        self.url = url

    async def known_site(self, site: str) -> str | None:
        return self.url

    async def know_site(self, site: str, base_url: str) -> None:
        raise AssertionError(base_url)


def site(base_url: str = INSIDE, known: str | None = OUTSIDE, **more: Any) -> DrupalSite:
    """The client of a site that respx answers for."""
    settings = SiteSettings(base_url=base_url, secrets=[SITE_SECRET], **more)  # pyright: ignore[reportArgumentType]
    return DrupalSite(settings, identities=Known(known))


def document(origin: str = OUTSIDE, **more: Any) -> dict[str, Any]:
    """As Simple OAuth Server Metadata answers."""
    told = {
        "issuer": f"{origin}/",
        "authorization_endpoint": f"{origin}/oauth/authorize",
        "token_endpoint": f"{origin}/oauth/token",
        "registration_endpoint": f"{origin}/oauth/register",
        "code_challenge_methods_supported": ["S256", "plain"],
        "scopes_supported": [SCOPE, "openid"],
    } | more
    return {name: value for name, value in told.items() if value is not None}


@respx.mock
async def test_the_issuer_is_that_of_the_public_name() -> None:
    """Asked where the sidecar reaches the site, under the name that the site has outside; kept for a minute, and so is that there is none."""
    now = [0.0]
    asked = respx.get(INSIDE + WELL_KNOWN).mock(httpx.Response(200, json=document()))
    other = respx.get("https://b.example" + WELL_KNOWN).mock(httpx.Response(404, text="<h1>Not found</h1>"))
    issuers = Issuers({"a": site(), "b": site("https://b.example", None)}, lambda: now[0])
    for _ in range(3):
        assert await issuers.of("a") == (f"{OUTSIDE}/",)
        assert await issuers.of("b") == ()
    assert asked.call_count == other.call_count == 1
    assert asked.calls[0].request.headers["host"] == "www.example.org"
    assert not {"authorization", "webhook-signature"} & set(asked.calls[0].request.headers)
    now[0] = 61.0
    await issuers.of("a")
    assert asked.call_count == 2


@respx.mock
async def test_a_site_that_does_not_answer_is_asked_again() -> None:
    """Nothing is kept of that."""
    route = respx.get(INSIDE + WELL_KNOWN).mock(httpx.Response(503))
    issuers = Issuers({"a": site()})
    with pytest.raises(DrupalUnavailable):
        await issuers.of("a")
    route.mock(httpx.Response(200, json=document()))
    assert await issuers.of("a") == (f"{OUTSIDE}/",)


@pytest.mark.parametrize("answer", [[], {}, {"issuer": None}, {"issuer": ["https://www.example.org/"]}])
@respx.mock
async def test_a_document_without_an_issuer_is_none(answer: Any) -> None:
    """Something else than an OAuth server answers there."""
    respx.get(INSIDE + WELL_KNOWN).mock(httpx.Response(200, json=answer))
    try:
        assert await Issuers({"a": site()}).of("a") == ()
    except DrupalUnavailable:
        assert answer == []  # no JSON object: half an answer


@respx.mock
async def test_all_is_well() -> None:
    """The document is read once as the sidecar, and once as programs do: without the password that the sidecar has."""
    respx.get(INSIDE + WELL_KNOWN).mock(httpx.Response(200, json=document()))
    outside = respx.get(OUTSIDE + WELL_KNOWN).mock(httpx.Response(200, json=document()))
    found = await check(site(basic_auth="user:password"), GIVES_TOKENS, PUBLIC)
    assert found == [("ok", f"Programs sign in at {OUTSIDE}/.")]
    assert "authorization" not in outside.calls[0].request.headers


WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("another host", {"issuer": "https://www.example.org:8443/"}, "problem", "byte by byte"),
    ("no slash", {"issuer": OUTSIDE}, "problem", "byte by byte"),
    ("stored address", {"registration_endpoint": "http://default/oauth/register"}, "problem", "Empty the registration"),
    ("proxy", {"token_endpoint": "http://www.example.org/oauth/token"}, "problem", "reverse_proxy"),
    ("no registration", {"registration_endpoint": None}, "note", "Client Registration"),
    ("no S256", {"code_challenge_methods_supported": ["plain"]}, "problem", "PKCE"),
    ("no scope", {"scopes_supported": ["openid"]}, "problem", SCOPE),
]


@pytest.mark.parametrize(("told", "level", "said"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
@respx.mock
async def test_what_programs_would_stumble_over(told: dict[str, Any], level: str, said: str) -> None:
    """One sentence, with what to do."""
    respx.get(INSIDE + WELL_KNOWN).mock(httpx.Response(200, json=document()))
    respx.get(OUTSIDE + WELL_KNOWN).mock(httpx.Response(200, json=document(**told)))
    ((found, text),) = await check(site(), GIVES_TOKENS, PUBLIC)
    assert found == level
    assert said in text


@respx.mock
async def test_a_site_that_is_not_served_by_https() -> None:
    """Its own host is its business; another name outside may be out of reach from here."""
    respx.get("http://www.example.org" + WELL_KNOWN).mock(httpx.Response(200, json=document()))
    respx.get(INSIDE + WELL_KNOWN).mock(httpx.Response(200, json=document()))
    respx.get(OUTSIDE + WELL_KNOWN).mock(side_effect=httpx.ConnectError("refused"))
    ((level, text),) = await check(site("http://www.example.org", None), GIVES_TOKENS, PUBLIC)
    assert level == "problem"
    assert "needs https" in text
    ((level, text),) = await check(site(), GIVES_TOKENS, PUBLIC)
    assert level == "note"
    assert "not seen from here" in text
    respx.get(INSIDE + WELL_KNOWN).mock(httpx.Response(200, json=document("http://www.example.org")))
    ((level, text),) = await check(site(), GIVES_TOKENS, PUBLIC)
    assert (level, "https alone" in text) == ("problem", True)


@respx.mock
async def test_a_site_in_a_folder() -> None:
    """Programs look for the document at the root of the host."""
    answer = document("https://www.example.org/drupal")
    respx.get("https://www.example.org/drupal" + WELL_KNOWN).mock(httpx.Response(200, json=answer))
    ((level, text),) = await check(site("https://www.example.org/drupal", None), GIVES_TOKENS, PUBLIC)
    assert level == "note"
    assert f"https://www.example.org{WELL_KNOWN}/drupal" in text


@respx.mock
async def test_a_site_without_the_document() -> None:
    """Nothing is said of a site that gives no tokens; of one that does, what it lacks."""
    respx.get(INSIDE + WELL_KNOWN).mock(httpx.Response(404, text="<h1>Not found</h1>"))
    assert await check(site(), {"checks": []}, None) == []
    assert await check(site(), {}, None) == []
    ((level, text),) = await check(site(), GIVES_TOKENS, None)
    assert level == "note"
    assert "Server Metadata" in text


@pytest.mark.parametrize(("public", "said"), [(None, "SIDECAR_PUBLIC_URL"), ("http://127.0.0.1:8080", "want https")])
@respx.mock
async def test_the_sidecar_needs_an_address(public: str | None, said: str) -> None:
    """Its own, by https."""
    for origin in (INSIDE, OUTSIDE):
        respx.get(origin + WELL_KNOWN).mock(httpx.Response(200, json=document()))
    ((level, text),) = await check(site(), GIVES_TOKENS, public)
    assert level == "note"
    assert said in text
