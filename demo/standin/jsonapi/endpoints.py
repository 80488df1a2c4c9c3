"""The JSON:API of the site: what to answer to a request."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from demo.standin.accounts import Account, Accounts
from demo.standin.auth import Identity
from demo.standin.content import Content, Revision
from demo.standin.fields import BUNDLES, Bundle
from demo.standin.jsonapi import query as queries
from demo.standin.jsonapi.document import Documents, relationship_names
from demo.standin.jsonapi.errors import VERSION, JsonApiError
from demo.standin.jsonapi.query import Query
from demo.standin.jsonapi.write import Writer
from demo.standin.store import Store

CONTENT_TYPE = "application/vnd.api+json"
DRAFTS_ONLY = (
    "Agents do not write by this route: leave a draft by POST /background-agents/v1/drafts. Reading stays open."
)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came. `path` begins with `/jsonapi`, header names are lower-case, `base` is scheme and host."""

    method: str
    base: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send. `document` None: an empty body."""

    status: int
    document: dict[str, Any] | None
    headers: dict[str, str] = field(default_factory=dict)


class JsonApi:
    """Answers requests below `/jsonapi`. `site.name` is a setting of the store."""

    def __init__(self, store: Store, content: Content, accounts: Accounts) -> None:
        self._store = store
        self._content = content
        self._accounts = accounts

    def answer(self, request: Request, identity: Identity) -> Answer:
        """The answer to a request, errors included."""
        via = request.base + request.path
        try:
            tree = queries.nested(request.query_string)
            via += f"?{queries.normalised(tree)}" if tree else ""
            self._check_site(request)
            return self._route(request, identity, queries.parse(tree), via)
        except JsonApiError as error:
            return Answer(error.status, error.document(via), error.headers)

    def _check_site(self, request: Request) -> None:
        if self._store.setting("maintenance", False):
            name = self._store.setting("site.name", "Demo site")
            detail = f"{name} is currently under maintenance. We should be back shortly. Thank you for your patience."
            raise JsonApiError(503, detail, headers={"Retry-After": "10"})
        if request.method not in ("GET", "HEAD") and self._store.setting("jsonapi.read_only", False):
            where = f"{request.base}/admin/config/services/jsonapi"
            detail = f"JSON:API is configured to accept only read operations. Site administrators can configure this at {where}."
            raise JsonApiError(405, detail, headers={"Allow": "GET"})

    def _route(self, request: Request, identity: Identity, query: Query, via: str) -> Answer:
        parts = [part for part in request.path.split("/") if part][1:]
        documents = Documents(self._content, self._accounts, identity.account, request.base)
        if not parts:
            return self._entry_point(request, identity.account)
        if parts[:2] == ["user", "user"]:
            return self._users(parts[2:], documents, via)
        bundle = BUNDLES.get((parts[0], parts[1])) if len(parts) > 1 else None
        if bundle is None:
            raise JsonApiError(404, f'No route found for "{request.method} {via}"')
        if request.method in ("POST", "PATCH", "DELETE"):
            return self._write(request, identity, bundle, parts[2:], query, documents)
        if len(parts) == 2:
            return self._collection(request, identity, bundle, query, documents, via)
        return self._individual(request, identity, bundle, parts[2:], query, documents, via)

    def _entry_point(self, request: Request, account: Account) -> Answer:
        links = {f"{t}--{b}": {"href": f"{request.base}/jsonapi/{t}/{b}"} for t, b in BUNDLES}
        document: dict[str, Any] = {"jsonapi": VERSION, "data": []}
        if not account.anonymous:
            me = f"{request.base}/jsonapi/user/user/{account.uuid}"
            document["meta"] = {"links": {"me": {"meta": {"id": account.uuid}, "href": me}}}
        document["links"] = links | {"self": {"href": f"{request.base}/jsonapi"}}
        return Answer(200, document)

    def _users(self, rest: list[str], documents: Documents, via: str) -> Answer:
        if not rest:
            data: Any = [documents.user(account) for account in self._accounts.all()]
        else:
            account = self._accounts.by_uuid(rest[0])
            if account is None:
                raise _not_found("user/user", "user--user", "individual")
            data = documents.user(account)
        return Answer(200, {"jsonapi": VERSION, "data": data, "links": {"self": {"href": via}}})

    def _collection(
        self, request: Request, identity: Identity, bundle: Bundle, query: Query, documents: Documents, via: str
    ) -> Answer:
        account = identity.account
        items = queries.select(
            query, bundle, self._content.all(bundle.entity_type, bundle.id), sees_all=account.may("administer nodes")
        )
        visible = [item for item in items if _may_see(account, item)]
        chosen = visible[query.offset : query.offset + query.limit]
        only = query.names("fields", f"{bundle.entity_type}--{bundle.id}")
        links = {"self": {"href": via}}
        base = request.base + request.path
        if query.offset > 0:
            links["first"] = {"href": f"{base}?{query.page(0)}"}
            links["prev"] = {"href": f"{base}?{query.page(max(0, query.offset - query.limit))}"}
        if len(visible) > query.offset + query.limit:
            links["next"] = {"href": f"{base}?{query.page(query.offset + query.limit)}"}
        document = {"jsonapi": VERSION, "data": [documents.item(item, only) for item in chosen], "links": links}
        return Answer(200, document | self._included(query, chosen, bundle, documents))

    def _individual(
        self,
        request: Request,
        identity: Identity,
        bundle: Bundle,
        rest: list[str],
        query: Query,
        documents: Documents,
        via: str,
    ) -> Answer:
        item = self._version(bundle, rest[0], query)
        if not _may_see(identity.account, item):
            raise JsonApiError(403, "The current user is not allowed to GET the selected resource.")
        if len(rest) > 1:
            return self._related(item, rest[1:], documents, via)
        only = query.names("fields", f"{bundle.entity_type}--{bundle.id}")
        document = {"jsonapi": VERSION, "data": documents.item(item, only), "links": {"self": {"href": via}}}
        return Answer(200, document | self._included(query, [item], bundle, documents))

    def _related(self, item: Revision, rest: list[str], documents: Documents, via: str) -> Answer:
        name = rest[1] if rest[0] == "relationships" and len(rest) > 1 else rest[0]
        if name not in relationship_names(item.definition):
            raise JsonApiError(404, f'No route found for "GET {via}"')
        if rest[0] == "relationships":
            document = documents.relationship(item, name)
            document["links"]["self"] = {"href": via}
            return Answer(200, {"jsonapi": VERSION} | document)
        found: Any = documents.related(item, name)
        definition = item.definition.field(name)
        if definition is None or not definition.multiple:
            found = found[0] if found else None
        return Answer(200, {"jsonapi": VERSION, "data": found, "links": {"self": {"href": via}}})

    def _included(self, query: Query, items: list[Revision], bundle: Bundle, documents: Documents) -> dict[str, Any]:
        names = query.names("include")
        if names is None:
            return {}
        possible = relationship_names(bundle)
        for name in names:
            if name not in possible:
                detail = f"`{name}` is not a valid relationship field name. Possible values: {', '.join(possible)}."
                raise JsonApiError(400, detail)
        found = {entry["id"]: entry for item in items for name in names for entry in documents.related(item, name)}
        return {"included": list(found.values())} if found else {}

    def _version(self, bundle: Bundle, uuid: str, query: Query) -> Revision:
        """The asked revision. The names mislead: `rel:latest-version` is the default one (fact 3)."""
        version = query.version
        default = self._content.default(uuid, bundle.entity_type, bundle.id)
        if default is None:
            raise _not_found(f"{bundle.entity_type}/{bundle.id}", f"{bundle.entity_type}--{bundle.id}", "individual")
        if version in (None, "rel:latest-version"):
            return default
        if version == "rel:working-copy":
            return self._content.latest(uuid) or default
        number = version.removeprefix("id:")
        revision = self._content.revision(int(number)) if number.isdigit() else None
        if revision is None or revision.uuid != uuid:
            detail = f"The requested version, identified by `{version}`, could not be found."
            raise JsonApiError(404 if number.isdigit() else 400, detail)
        return revision

    def _write(
        self, request: Request, identity: Identity, bundle: Bundle, rest: list[str], query: Query, documents: Documents
    ) -> Answer:
        if request.method != "DELETE" and request.headers.get("content-type", "").split(";")[0] != CONTENT_TYPE:
            given = request.headers.get("content-type", "")
            raise JsonApiError(415, f'No route found that matches "Content-Type: {given}"')
        if identity.account.anonymous and not _sent_credentials(request.headers):
            name = self._store.setting("site.name", "Demo site")
            header = {"WWW-Authenticate": f'Basic realm="{name}"'}
            raise JsonApiError(401, "No authentication credentials provided.", headers=header)
        if identity.run is not None:
            raise JsonApiError(403, DRAFTS_ONLY)
        writer = Writer(self._content, identity.account, bundle, request.method)
        with self._store.transaction():
            if request.method == "POST" and not rest:
                saved = writer.create(request.body)
                href = documents.href(saved)
                location = {"Location": f"{href}?resourceVersion=id%3A{saved.vid}"}
                own = {"self": {"href": request.base + request.path}}
                return Answer(201, {"jsonapi": VERSION, "data": documents.item(saved), "links": own}, location)
            if query.version is not None:
                detail = f"{request.method} requests with a `resourceVersion` query parameter are not supported."
                raise JsonApiError(400, detail)
            item = self._version(bundle, rest[0], query) if len(rest) == 1 else None
            if item is None:
                raise JsonApiError(
                    405, f'No route found for "{request.method}": Method Not Allowed', headers={"Allow": "GET"}
                )
            if request.method == "DELETE":
                writer.delete(item)
                return Answer(204, None)
            saved = writer.update(item, request.body)
        own = {"self": {"href": request.base + request.path}}
        return Answer(200, {"jsonapi": VERSION, "data": documents.item(saved), "links": own})


def _may_see(account: Account, item: Revision) -> bool:
    if not account.may("access content"):
        return False
    if item.published:
        return True
    return account.may("view any unpublished content") and (item.default or account.may("view latest version"))


def _not_found(path: str, kind: str, route: str) -> JsonApiError:
    parameter = '"entity" parameter was not converted for the path'
    return JsonApiError(404, f'The {parameter} "/jsonapi/{path}/{{entity}}" (route name: "jsonapi.{kind}.{route}")')


def _sent_credentials(headers: Mapping[str, str]) -> bool:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    try:
        return scheme == "Basic" and bool(base64.b64decode(value))
    except binascii.Error:
        return False
