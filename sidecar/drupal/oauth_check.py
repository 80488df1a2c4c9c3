"""Whether programs that sign people in come through: what they will read is read here as they read it, at the address that the site names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from sidecar.drupal import oauth
from sidecar.drupal.client import DrupalSite
from sidecar.errors import DrupalError, StoreUnavailable
from sidecar.json_text import JSON, elements

Said = tuple[Literal["ok", "note", "problem"], str]

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "registration_endpoint")
PUBLIC_ADDRESS = "Set base_url (or host_header) here, and $settings['background_agents']['base_url'] there, to the site's public address."


async def check(site: DrupalSite, status: Mapping[str, JSON], public_url: str | None) -> list[Said]:
    """What is wrong, or where programs sign in. Nothing for a site that gives no tokens, or when Redis does not answer: that is a finding
    of its own. `public_url`: that of the sidecar."""
    try:
        inside = await oauth.metadata(site)
    except StoreUnavailable:
        return []
    except DrupalError as error:
        return [("note", f"Where programs sign in was not seen: {error}")]
    if inside is None:
        return _silent(status)
    issuer = str(inside["issuer"])
    said = await _as_programs_see_it(site, issuer)
    if public_url is None:
        said.append(("note", "MCP clients that sign in need this sidecar's own https address: set SIDECAR_PUBLIC_URL."))
    elif not public_url.startswith("https://"):
        said.append(("note", f"MCP clients that sign in want https, and SIDECAR_PUBLIC_URL is {public_url}."))
    return said or [("ok", f"Programs sign in at {issuer}.")]


def _silent(status: Mapping[str, JSON]) -> list[Said]:
    """The site says itself (its check `oauth`) that it gives tokens, and what it lacks."""
    if not any(check.get("id") == "oauth" for check in elements(status.get("checks"))):
        return []
    where = f"Nothing is at {oauth.WELL_KNOWN} of the site"
    return [
        ("note", f"{where}, so that programs do not find where people sign in: install Simple OAuth Server Metadata.")
    ]


async def _as_programs_see_it(site: DrupalSite, issuer: str) -> list[Said]:
    parts = urlsplit(issuer)
    if parts.scheme != "https":
        return [
            ("problem", f"The site calls its OAuth server {issuer}. Programs take https alone: serve the site by it.")
        ]
    if parts.path.strip("/"):
        where = f"{parts.scheme}://{parts.netloc}{oauth.WELL_KNOWN}{parts.path.rstrip('/')}"
        return [
            (
                "note",
                f"The site is in a folder, and programs look at {where}: let the web server pass that to the site.",
            )
        ]
    outside = site.as_others_see_it(issuer.rstrip("/"))
    try:
        document = await outside.request("GET", oauth.WELL_KNOWN)
    except DrupalError as error:
        return [_unseen(site, issuer, error)]
    finally:
        await outside.aclose()
    return _compared(issuer, document)


def _unseen(site: DrupalSite, issuer: str, error: DrupalError) -> Said:
    """Not our business where the site has another name outside: that may not be reachable from here."""
    if urlsplit(issuer).hostname == urlsplit(site.base_url).hostname:
        return (
            "problem",
            f"Programs sign in at {issuer}, and there: {_sentence(error)} The site needs https. {PUBLIC_ADDRESS}",
        )
    return "note", f"Programs sign in at {issuer}, which was not seen from here: {_sentence(error)} {PUBLIC_ADDRESS}"


def _sentence(error: DrupalError) -> str:
    return f"{str(error).rstrip('. ')}."


def _compared(issuer: str, document: Mapping[str, JSON]) -> list[Said]:
    said: list[Said] = []
    if (told := document.get("issuer")) != issuer:
        said.append(
            (
                "problem",
                f"Programs are sent to {issuer}, which calls itself {told}: they compare both byte by byte, and give up. A cache keeps the "
                f"document of another host: rebuild the site's caches, and let no proxy keep {oauth.WELL_KNOWN}.",
            )
        )
    said += [
        _elsewhere(name, str(document[name]), issuer) for name in ENDPOINTS if _is_elsewhere(document, name, issuer)
    ]
    if "registration_endpoint" not in document:
        said.append(
            (
                "note",
                "Programs cannot register themselves: install Simple OAuth Client Registration, or add each as a consumer.",
            )
        )
    if "S256" not in elements(document.get("code_challenge_methods_supported")):
        said.append(
            ("problem", "Programs prove themselves by S256, which the site does not take: install Simple OAuth PKCE.")
        )
    if oauth.SCOPE not in elements(document.get("scopes_supported")):
        kind = "Dispatch of background agents"
        said.append(("problem", f"The site has no scope {oauth.SCOPE}: add it, with the granularity *{kind}*."))
    return said


def _is_elsewhere(document: Mapping[str, JSON], name: str, issuer: str) -> bool:
    return name in document and urlsplit(str(document[name]))[:2] != urlsplit(issuer)[:2]


def _elsewhere(name: str, url: str, issuer: str) -> Said:
    what = (
        "Empty the registration endpoint in the settings of Simple OAuth Server Metadata: then it follows the site's address."
        if name == "registration_endpoint"
        else "Let the proxy in front tell the site that it is asked by https, and Drupal trust it ($settings['reverse_proxy'])."
    )
    return "problem", f"The {name} is {url}, not at {issuer}. {what}"
