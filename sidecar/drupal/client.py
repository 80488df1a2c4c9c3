"""Drupal over HTTP: site-signed requests, and requests as the agent's account.

Nothing here retries: whoever asks knows whether it may be repeated. What can go wrong is in `problems.py`.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import httpx

from sidecar.drupal import problems, signing, site_identity
from sidecar.drupal.breaker import Breaker
from sidecar.drupal.site_identity import Identities
from sidecar.errors import DrupalAnswerLost, DrupalError, DrupalUnavailable
from sidecar.http import site_client
from sidecar.json_text import JSON
from sidecar.settings import SiteSettings

API = "/background-agents/v1/"
USER_AGENT = "background-agents-sidecar"
MAX_ANSWER_BYTES = 8_000_000
MAX_CONNECTIONS = 20
CALLERS_CONNECTIONS, ASKING_CONNECTIONS = 14, 3
"""At most so many are callers' at once, the others are for what runs report and do; and so many of them only ask who somebody is, which never
waits behind what many watchers read."""
TIMEOUT = httpx.Timeout(30.0, connect=5.0, pool=60.0)
DEADLINE = 90.0
"""Seconds for one request as a whole: a site that drips a byte now and then never runs into the other time-outs."""

Params = Mapping[str, str | int | list[str]]


class DrupalSite:
    """One Drupal. Shared by all runs of the site in this process; close it at the end.

    `http` replaces the connection pool (tests); `clock` is Unix seconds; `identities`: which site is served under this id, None: any.
    """

    def __init__(
        self,
        settings: SiteSettings,
        http: httpx.AsyncClient | None = None,
        *,
        id: str = "default",
        clock: Callable[[], float] = time.time,
        breaker: Breaker | None = None,
        deadline: float = DEADLINE,
        identities: Identities | None = None,
    ) -> None:
        self.id = id
        self.settings = settings
        self.breaker = breaker or Breaker(settings.base_url)
        self._http = http or _pool(settings)
        self._clock = clock
        self._deadline = deadline
        self._identities = identities
        self._origin = _origin(settings.base_url)
        self._callers = asyncio.Semaphore(CALLERS_CONNECTIONS - ASKING_CONNECTIONS)
        self._asking = asyncio.Semaphore(ASKING_CONNECTIONS)

    async def signed(
        self, path: str, body: dict[str, JSON] | None = None, texts: Mapping[str, bytes] | None = None
    ) -> dict[str, JSON]:
        """POST `body` to `/background-agents/v1/<path>`, signed with the site's first secret, with the site that it is meant for. `texts`:
        further members, as JSON already.

        Raises DrupalError (also when another site answers), DrupalUnavailable, DrupalAnswerLost. A refused signature opens the breaker.
        """
        known = await self._identities.known_site(self.id) if self._identities else None
        meant = {"site": self.id} if known is None else {"site": self.id, "base_url": known}
        answer = await self._signed(path, _with_texts(encode({**(body or {}), **meant}), texts or {}))
        if self._identities and "base_url" in answer:
            await site_identity.learn(self._identities, self.id, known, answer)
        return answer

    async def status(self, told: dict[str, JSON] | None = None) -> dict[str, JSON]:
        """What the site at this address says of itself, whichever site it is; `told`: what it is told. Raises DrupalError."""
        return await self._signed("status", encode(told or {}))

    @property
    def base_url(self) -> str:
        """Where the sidecar reaches the site."""
        return self.settings.base_url

    async def own_url(self) -> str:
        """Where the site says that it is; as the sidecar reaches it when it does not say. Raises StoreUnavailable."""
        known = await self._identities.known_site(self.id) if self._identities else None
        return known or self.settings.base_url

    def as_others_see_it(self, url: str) -> DrupalSite:
        """The site at an address of its own, without what the sidecar alone has: a password of the server, a host header. Close it."""
        others = {"base_url": url, "host_header": None, "basic_auth": None}
        return DrupalSite(self.settings.model_copy(update=others), id=self.id)

    def as_agent(self, run: str, generation: int, account: str) -> AgentClient:
        """A client that acts as `account` (UUID) for `run`. The token is derived for each request and kept nowhere."""
        return AgentClient(self, run, generation, account)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def read(self, path: str) -> dict[str, JSON]:
        """GET `/background-agents/v1/<path>`, signed. Raises as `request` does."""
        headers = signing.sign(self.settings.keys[0], b"", int(self._clock()), signing.new_id())
        return await self.request("GET", API + path, headers=headers)

    async def _signed(self, path: str, body: bytes) -> dict[str, JSON]:
        headers = signing.sign(self.settings.keys[0], body, int(self._clock()), signing.new_id())
        try:
            return await self.request("POST", API + path.lstrip("/"), body=body, headers=headers)
        except DrupalError as error:
            refused = error.status in (401, 403) and error.code != "site_stopped"
            if refused and not isinstance(error, DrupalUnavailable):
                self.breaker.trip(f"POST {path} is refused: {error}")
            raise

    async def for_caller(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        body: bytes | None = None,
        params: Params | None = None,
        asks_who: bool = False,
    ) -> dict[str, JSON]:
        """`request` in the name of somebody from outside (`headers` say whose): never on all connections, and whatever it meets pauses the
        requests of nobody else. `asks_who`: on those that are kept for asking who somebody is."""
        async with self._asking if asks_who else self._callers:
            return await self.request(method, path, body=body, params=params, headers=headers, counts=False)

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        host: str | None = None,
        counts: bool = True,
    ) -> dict[str, JSON]:
        """One request through the breaker. `path` begins with `/`, or is an absolute address of the same site (a `next` link). `host`: the
        domain of a language, named to the same server. `counts`: whether the breaker counts a failure. Returns the JSON object of a 2xx answer;
        raises as `problems` says."""
        where = f"{method} {urlsplit(path).path}"
        headers = {**self._site_headers(body, host), **(headers or {})}
        repeatable = method in ("GET", "HEAD")
        with self.breaker.passing():
            try:
                status, answer_headers, answer = await self._send(method, self._url(path), where, body, params, headers)
                document = problems.read_answer(status, answer_headers, answer, where, repeatable=repeatable)
            except (*problems.TRANSPORT_ERRORS, TimeoutError) as error:
                cause = httpx.ReadTimeout("no full answer in time") if isinstance(error, TimeoutError) else error
                translated = problems.from_transport(cause, where, repeatable=repeatable)
                self._report(translated, counts)
                raise translated from error
            except DrupalError as error:
                self._report(error, counts)
                raise
            self.breaker.success()
            return document

    async def _send(
        self, method: str, url: str, where: str, body: bytes | None, params: Params | None, headers: Mapping[str, str]
    ) -> tuple[int, httpx.Headers, bytes]:
        request = self._http.build_request(
            method,
            url,
            params=params or None,  # an empty mapping would drop the query of a `next` link
            content=body,
            headers=headers,
            extensions={"sni_hostname": headers["Host"].split(":")[0]} if "Host" in headers else {},
        )
        async with asyncio.timeout(self._deadline):
            response = await self._http.send(request, stream=True, follow_redirects=False)
            try:
                return response.status_code, response.headers, await _read_capped(response, where, method)
            finally:
                await response.aclose()

    def _report(self, error: DrupalError, counts: bool) -> None:
        """Only a site that does not answer counts: a refusal is an answer, an error of one request is, and being busy here is not its fault."""
        if not isinstance(error, DrupalUnavailable) or error.code in problems.ANSWERS:
            if error.status:
                self.breaker.success()
        elif counts and error.code != "crowded" and error.status != 429:
            self.breaker.failure(str(error))

    def _url(self, path: str) -> str:
        if path.startswith("/"):
            return self.settings.base_url + path
        if _origin(path) == self._origin:
            return path
        raise DrupalError(
            problems.problem(
                0, "other_host", f"Drupal links to {urlsplit(path).netloc}, which is not the site. Correct base_url."
            )
        )

    def _site_headers(self, body: bytes | None, host: str | None) -> dict[str, str]:
        headers = {
            "User-Agent": USER_AGENT,
            "Accept": "application/vnd.api+json, application/json, application/problem+json",
        }
        if body:
            headers["Content-Type"] = "application/json"
        if host:
            port = urlsplit(self.settings.base_url).port
            headers["Host"] = host.encode("idna").decode() + (f":{port}" if port else "")
        elif self.settings.host_header:
            headers["Host"] = self.settings.host_header
        if self.settings.basic_auth:
            headers["Authorization"] = (
                "Basic " + b64encode(self.settings.basic_auth.get_secret_value().encode()).decode()
            )
        return headers


class AgentClient:
    """Requests as one account, for one run. Drupal checks each of them against that account's permissions."""

    def __init__(self, site: DrupalSite, run: str, generation: int, account: str) -> None:
        self.site = site
        self.run = run
        self.generation = generation
        self.account = account

    async def get(self, path: str, params: Params | None = None, host: str | None = None) -> dict[str, JSON]:
        """GET JSON:API (a path of the site's `Addresses`, or a `next` link) or, without a leading slash, an endpoint of the module."""
        return await self.site.request("GET", self._path(path), params=params, headers=self._headers(), host=host)

    async def post(self, path: str, body: dict[str, JSON]) -> dict[str, JSON]:
        """POST to an endpoint of the module: `drafts`, `tools`, `runs`."""
        return await self.site.request("POST", self._path(path), body=encode(body), headers=self._headers())

    @staticmethod
    def _path(path: str) -> str:
        return path if path.startswith(("/", "http://", "https://")) else API + path

    def _headers(self) -> dict[str, str]:
        token = signing.run_token(self.site.settings.keys[0], self.run, self.generation, self.account)
        if self.site.settings.basic_auth:  # Authorization belongs to the wall in front of the site
            return {"X-Background-Agents-Token": token}
        return {"Authorization": f"Bearer {token}"}


def encode(body: dict[str, JSON]) -> bytes:
    """JSON as bytes. Lone surrogates, which no JSON reader takes, become `?`."""
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(errors="replace")
    except (ValueError, TypeError, RecursionError) as error:
        raise DrupalError(problems.problem(0, "not_sendable", f"The request is no JSON: {error}.")) from error


def _with_texts(encoded: bytes, texts: Mapping[str, bytes]) -> bytes:
    """An object that has members, with more of them behind."""
    return encoded[:-1] + b"".join(b',"%b":%b' % (name.encode(), text) for name, text in texts.items()) + b"}"


async def _read_capped(response: httpx.Response, where: str, method: str) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            detail = f"{where}: the answer is larger than {MAX_ANSWER_BYTES // 1_000_000} MB. Ask for less at a time."
            kind = DrupalError if method == "GET" else DrupalAnswerLost
            raise kind(problems.problem(response.status_code, "answer_too_large", detail))
        chunks.append(chunk)
    return b"".join(chunks)


def _pool(settings: SiteSettings) -> httpx.AsyncClient:
    verify: ssl.SSLContext | bool = settings.verify_tls
    if settings.verify_tls and settings.ca_file:
        verify = ssl.create_default_context(cafile=str(settings.ca_file))
    limits = httpx.Limits(
        max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS, keepalive_expiry=4.0
    )
    return site_client(timeout=TIMEOUT, limits=limits, verify=verify)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
