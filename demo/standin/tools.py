"""Tools that run inside Drupal: `describe_content`, and `checkpoint`, which does nothing but carry one."""

from __future__ import annotations

from typing import Any

from demo.standin.accounts import Account
from demo.standin.auth import Identity
from demo.standin.draft_values import field_limit
from demo.standin.fields import BUNDLES, Bundle, Field
from demo.standin.problems import Problem
from demo.standin.runs import Runs
from sidecar import contracts


def call(identity: Identity, runs: Runs, request: dict[str, Any]) -> dict[str, Any]:
    """The result (contracts/tool-result) of a call (contracts/tool-call). What the model can mend is a value, not a Problem."""
    if errors := list(contracts.problems("tool-call", request)):
        raise Problem(422, "invalid", f"The request breaks its schema: {errors[0]['detail']}", errors=errors)
    run = identity.run
    assert run is not None
    if request["run"] != run["uuid"] or request["generation"] != run["generation"]:
        raise Problem(403, "forbidden", "The token is for another run than the request.")
    runs.take_over(run, request["attempt"])
    if request.get("checkpoint"):
        runs.keep_checkpoint(run, request["attempt"], request["checkpoint"])
    if request["tool"] == "checkpoint":
        return {"status": "ok", "result": None}
    if request["tool"] != "describe_content":
        problem = Problem(404, "not_found", f"There is no tool {request['tool']} on this site.")
        return {"status": "error", "error": problem.document()}
    agent = runs.agents.get(run["agent"]) or {"binding": {}}
    return {
        "status": "ok",
        "result": describe(identity.account, agent["binding"], request["arguments"]),
    }


def describe(account: Account, binding: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """What the agent may read and write: entity types, bundles, operations, fields and text formats."""
    found: dict[str, Any] = {}
    for (entity_type, bundle_id), bundle in BUNDLES.items():
        operations = binding.get("content", {}).get(entity_type, {}).get(bundle_id, [])
        if (
            not operations
            or wanted.get("entity_type", entity_type) != entity_type
            or wanted.get("bundle", bundle_id) != bundle_id
        ):
            continue
        found.setdefault(entity_type, {})[bundle_id] = _describe_bundle(
            account, bundle, operations, field_limit(binding, entity_type, bundle_id)
        )
    return {"entity_types": found, "formats": sorted(account.formats), "languages": ["en"], "timezone": "UTC"}


def _describe_bundle(
    account: Account, bundle: Bundle, operations: list[str], limit: frozenset[str] | None
) -> dict[str, Any]:
    needed = {
        "create": f"create {bundle.id} content",
        "revise": f"edit any {bundle.id} content",
        "read": "access content",
    }
    return {
        "label": bundle.label,
        "operations": [operation for operation in operations if account.may(needed[operation])],
        "moderated": bundle.moderated,
        "fields": {field.name: _describe_field(account, field, limit) for field in bundle.fields},
    }


def _describe_field(account: Account, field: Field, limit: frozenset[str] | None) -> dict[str, Any]:
    """As the module describes one: an `example` is a value as the draft endpoint takes it; `cardinality` 0: no end."""
    described: dict[str, Any] = {
        "label": field.label,
        "type": field.type,
        "required": field.required,
        "multiple": field.multiple,
        "cardinality": 0 if field.multiple else 1,
        "readable": True,
        "writable": field.type != "image" and (limit is None or field.name in limit),
    }
    if field.max_length:
        described["max_length"] = field.max_length
    if field.type == "text_with_summary":
        described["formats"] = sorted(account.formats)
    if field.target:
        described["target"] = {"entity_type": field.target[0], "bundles": [field.target[1]]}
    return described | {"example": EXAMPLES.get(field.type)}


EXAMPLES: dict[str, Any] = {
    "string": "Text",
    "text_with_summary": {"value": "<p>Text</p>", "format": "basic_html"},
    "entity_reference": [{"target_uuid": "00000000-0000-4000-8000-000000000000"}],
}
