"""The draft writer: checkpoint, idempotency record, draft and change in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from demo.standin import dry_runs
from demo.standin.accounts import Account, Accounts
from demo.standin.auth import Identity
from demo.standin.commands import granted
from demo.standin.content import Content, Revision
from demo.standin.draft_values import DraftValues, field_limit
from demo.standin.fence import take_over
from demo.standin.fields import BUNDLES, Bundle
from demo.standin.outbox import Outbox
from demo.standin.problems import Problem
from demo.standin.reviews import answered
from demo.standin.runs import Runs
from demo.standin.store import Row, Store
from sidecar import contracts

HASHED = ("operation", "entity_type", "bundle", "entity", "expected_revision", "langcode", "fields", "summary")


def request_hash(request: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of what the request asks for (docs/reference/protocol.md)."""
    asked = {name: request[name] for name in HASHED if name in request}
    return hashlib.sha256(
        json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()


@dataclass(frozen=True, slots=True)
class Base:
    """What a draft goes on top of: `revision` is None for a new item. `operation` is what it comes to: a repeated creation revises."""

    revision: Revision | None
    operation: str

    @property
    def vid(self) -> int | None:
        """Its number; None for an item that is not there."""
        return None if self.revision is None or self.revision.id == dry_runs.NO_ITEM else self.revision.vid


class DraftWriter:
    """Answers `POST drafts` (contracts/draft)."""

    def __init__(
        self, store: Store, content: Content, runs: Runs, outbox: Outbox, base_url: Callable[[], str] = lambda: ""
    ) -> None:
        self._base_url = base_url
        self._store = store
        self._content = content
        self._runs = runs
        self._outbox = outbox
        self._values = DraftValues(content, Accounts(store))

    def write(self, identity: Identity, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and answer: 201 for a new draft, 200 for a replay. Raises Problem; errors are not stored under the key."""
        run = identity.run
        assert run is not None
        self._take_over(run, request)
        with self._store.transaction():
            replayed = self._replay(request)
            if replayed is not None:
                return 200, replayed
            bundle = self._check_access(identity.account, run, request)
            self._check_limits(run)
            self._check_locks(request)
            base = self._base(run, request)
            limit = self._field_limit(run, request)
            fields = self._values.of(identity.account, bundle, base.revision, request["fields"], limit)
            return 201, self._save(identity.account, run, bundle, base, fields, request)

    def _take_over(self, run: Row, request: dict[str, Any]) -> None:
        """Refuse every attempt but the one that was handed out, before anything else is looked at."""
        _check_schema(request)
        if request.get("run") != run["uuid"] or request.get("generation") != run["generation"]:
            raise Problem(403, "forbidden", "The token is for another run than the request.")
        take_over(self._store, self._outbox, run, request["attempt"])

    def _replay(self, request: dict[str, Any]) -> dict[str, Any] | None:
        seen = self._store.one("SELECT * FROM idempotency WHERE key = ?", (request["key"],))
        if seen is None:
            return None
        if seen["request_hash"] != request_hash(request):
            raise Problem(
                422, "key_reused", "This key was used for another request. It is never answered with the old result."
            )
        return json.loads(seen["answer"]) | {"replayed": True}

    def _check_access(self, account: Account, run: Row, request: dict[str, Any]) -> Bundle:
        entity_type, bundle_id, operation = request["entity_type"], request["bundle"], request["operation"]
        bundle = BUNDLES.get((entity_type, bundle_id))
        agent = self._runs.agents.get(run["agent"]) or {"binding": {}}
        allowed = agent["binding"].get("content", {}).get(entity_type, {}).get(bundle_id, [])
        if bundle is None or operation not in allowed:
            raise Problem(
                403,
                "forbidden",
                f"The agent {run['agent']} may not {operation} {entity_type} {bundle_id}. Allow it in its settings.",
            )
        if not bundle.moderated:
            raise Problem(403, "forbidden", f"{bundle.label} is not under moderation, and agents leave drafts only.")
        needed = f"create {bundle_id} content" if operation == "create" else f"edit any {bundle_id} content"
        missing = [p for p in (needed, "use editorial transition create_new_draft") if not account.may(p)]
        if missing:
            raise Problem(
                403,
                "forbidden",
                f"The account {account.name} lacks the permission '{missing[0]}'. Give it to its role.",
            )
        return bundle

    def _field_limit(self, run: Row, request: dict[str, Any]) -> frozenset[str] | None:
        """The only fields that the agent may write; None: all that agents may."""
        agent = self._runs.agents.get(run["agent"]) or {"binding": {}}
        return field_limit(agent["binding"], request["entity_type"], request["bundle"])

    def _base(self, run: Row, request: dict[str, Any]) -> Base:
        """What the draft goes on top of. Raises Problem when it may not."""
        uuid = request.get("entity")
        latest = self._content.latest(uuid, request["entity_type"], request["bundle"]) if uuid else None
        if request["operation"] == "create":
            return self._base_of_creation(run, uuid, latest)
        if run["dry_run"]:
            latest = dry_runs.laid_over(self._store, run, request, latest)
        if latest is None:
            where = f"{request['entity_type']} {request['bundle']}"
            raise Problem(404, "not_found", f"There is no {where} {uuid}. It may have been deleted.")
        expected = request["expected_revision"]
        if latest.vid != expected:
            replaced = self._own_older_draft(run, latest, expected)
            if replaced is None:
                detail = f"Revision {latest.vid} is newer than {expected}. Read the item again."
                raise Problem(409, "revision_conflict", detail, current_revision=latest.vid)
            return Base(replaced, "revise")
        return Base(latest, "create" if latest.id == dry_runs.NO_ITEM else "revise")

    def _base_of_creation(self, run: Row, uuid: str | None, latest: Revision | None) -> Base:
        """A creation of an item that this run made before revises it, as long as nobody else has."""
        if uuid and latest is None and self._content.latest(uuid) is not None:
            raise Problem(409, "entity_exists", f"There is another item with the UUID {uuid}.")
        if latest is None:
            return Base(None, "create")
        if not self._store.one("SELECT 1 FROM change WHERE entity = ? AND run = ?", (uuid, run["uuid"])):
            raise Problem(409, "entity_exists", f"There is an item {uuid} that this run did not make.")
        if not self._store.one("SELECT 1 FROM change WHERE revision = ? AND run = ?", (latest.vid, run["uuid"])):
            detail = f"Somebody has changed the item since: revision {latest.vid}. Read it, and revise it."
            raise Problem(409, "revision_conflict", detail, current_revision=latest.vid)
        return Base(latest, "revise")

    def _own_older_draft(self, run: Row, latest: Revision, expected: int) -> Revision | None:
        """The revision from which an older generation of this round made the latest one, when it is the expected one."""
        sql = (
            "SELECT 1 FROM change WHERE revision = ? AND run = ? AND generation < ? AND round = ? AND base_revision = ?"
            " AND status = 'pending'"
        )
        own = self._store.one(sql, (latest.vid, run["uuid"], run["generation"], run["round"], expected))
        return self._content.revision(expected) if own else None

    def _check_limits(self, run: Row) -> None:
        """Drafts of the run's generation, and per hour of the agent, by the limits of its job. 0: no limit."""
        row = self._outbox.get(run["uuid"])
        limits = row.job["agent"]["binding"].get("limits") or {} if row else {}
        sql = "SELECT COUNT(*) AS n FROM change WHERE run = ? AND generation = ?"
        of_run = self._store.one(sql, (run["uuid"], run["generation"]))
        most = limits.get("writes", 0) * (1 + granted(self._store, run["uuid"], "writes"))
        if most and of_run and of_run["n"] >= most:
            raise Problem(403, "limit_writes", f"The run has left {most} drafts, as many as it may.")
        hour = self._store.clock() - 3600
        of_hour = self._store.one(
            "SELECT COUNT(*) AS n FROM change WHERE agent = ? AND created > ?", (run["agent"], hour)
        )
        allowed = limits.get("writes_per_hour")
        if allowed and of_hour and of_hour["n"] >= allowed:
            raise Problem(
                429, "limit_writes_per_hour", f"The agent may leave {allowed} drafts an hour.", retry_after=600
            )

    def _check_locks(self, request: dict[str, Any]) -> None:
        """Whether somebody keeps the item from being saved now."""
        reason = self._store.setting("locks", {}).get(request.get("entity"))
        if reason:
            raise Problem(409, "locked", reason, retry_after=600)

    def _save(
        self,
        account: Account,
        run: Row,
        bundle: Bundle,
        base: Base,
        fields: dict[str, Any],
        request: dict[str, Any],
    ) -> dict[str, Any]:
        if run["dry_run"]:
            saved = dry_runs.unsaved(self._store, request, fields, base.revision)
            change = self._record_change(run, saved, base, request, fields)
        else:
            saved = self._stored(account.uuid, run, bundle, base, fields, request)
            change = self._record_change(run, saved, base, request)
        answer = _answer(request, saved, base, change)
        if run["dry_run"]:
            answer |= {"dry_run": True, "url": f"/admin/reports/background-agents/{run['id']}"}
        answer["url"] = self._base_url() + answer["url"]
        self._store.run(
            "INSERT INTO idempotency (key, run, request_hash, answer) VALUES (?, ?, ?, ?)",
            (request["key"], run["uuid"], request_hash(request), json.dumps(answer)),
        )
        if request.get("checkpoint"):
            self._store.run(
                "INSERT INTO checkpoint (run, generation, attempt, data) VALUES (?, ?, ?, ?)",
                (run["uuid"], run["generation"], request["attempt"], json.dumps(request["checkpoint"])),
            )
        return answer

    def _stored(
        self, by: str, run: Row, bundle: Bundle, base: Base, fields: dict[str, Any], request: dict[str, Any]
    ) -> Revision:
        agent = self._runs.agents.get(run["agent"]) or {"label": run["agent"]}
        log = f"{agent['label']}, run {run['uuid']}: {request['summary']}"
        if base.revision is None:
            return self._content.create(bundle, fields, state="draft", author=by, uuid=request.get("entity"), log=log)
        return self._content.revise(base.revision, fields, state="draft", author=by, log=log)

    def _record_change(
        self, run: Row, saved: Revision, base: Base, request: dict[str, Any], drafted: dict[str, Any] | None = None
    ) -> str:
        """The UUID of the change. `drafted`: the fields of a draft that was not saved."""
        uuid = self._store.new_uuid()
        answers = answered(self._store, run, saved.uuid)
        if drafted is None:
            self._store.run(
                "UPDATE change SET status = 'superseded' WHERE entity = ? AND status = 'pending'", (saved.uuid,)
            )
        else:
            drafted = (dry_runs.drafted(self._store, run, saved.uuid) or {}) | drafted
        self._store.run(
            "INSERT INTO change (uuid, run, agent, generation, round, answers, key, operation, entity_type, bundle, entity, revision,"
            " base_revision, langcode, label, summary, status, created, drafted)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                uuid,
                run["uuid"],
                run["agent"],
                run["generation"],
                run["round"],
                answers,
                request["key"],
                base.operation,
                saved.entity_type,
                saved.bundle,
                saved.uuid,
                saved.vid if drafted is None else None,
                base.vid,
                saved.langcode,
                saved.label,
                request["summary"],
                "pending" if drafted is None else "dry_run",
                self._store.clock(),
                None if drafted is None else json.dumps(drafted, ensure_ascii=False),
            ),
        )
        return uuid


def _check_schema(request: dict[str, Any]) -> None:
    if errors := list(contracts.problems("draft#request", request)):
        raise Problem(422, "invalid", f"The request breaks its schema: {errors[0]['detail']}", errors=errors)


def _answer(request: dict[str, Any], saved: Revision, base: Base, change: str) -> dict[str, Any]:
    return {
        "key": request["key"],
        "operation": base.operation,
        "entity_type": saved.entity_type,
        "bundle": saved.bundle,
        "entity": saved.uuid,
        "entity_id": str(saved.id),
        "revision": saved.vid,
        "base_revision": base.vid,
        "langcode": saved.langcode,
        "moderation_state": saved.state,
        "published": saved.published,
        "label": saved.label,
        "url": f"{saved.url}/latest",
        "change": change,
        "replayed": False,
    }
