"""The typed view holds what every valid example of the contract says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sidecar.definition.agent import AgentView
from sidecar.errors import ContractError
from sidecar.runs.account import account_of
from tests.support.agents import ACCOUNT, agent, job, snapshot

EXAMPLES = sorted((Path(__file__).parents[3] / "contracts/examples/agent").glob("valid-*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_valid_example_has_a_view(path: Path) -> None:
    """No valid agent is refused or loses its tools."""
    document = json.loads(path.read_text())
    document = document.get("document", document)
    view = AgentView.from_snapshot(document)
    assert view.tools == tuple(document["definition"]["tools"])
    assert [server.name for server in view.mcp_servers] == [
        s["name"] for s in document["binding"].get("mcp_servers", [])
    ]


def test_what_the_binding_does_not_name_is_forbidden() -> None:
    """`may` and `allowed` say only what is written."""
    view = agent(content={"node": {"article": ["read"], "page": ["create"]}})
    assert view.may("read", "node", "article")
    assert not view.may("revise", "node", "article")
    assert not view.may("read", "node", "page")
    assert not view.may("read", "media", "image")
    assert view.allowed("read") == [("node", "article")]


def test_an_empty_map_of_php_is_an_empty_map() -> None:
    """PHP writes `[]` for an empty map; it means nothing here."""
    view = agent(content=[], limits=[], model_settings=[], fallback_model=None)
    assert view.content == {}
    assert view.limits == {}
    assert view.fallback_model is None


def test_a_snapshot_without_a_model_is_refused_with_its_place() -> None:
    """A missing part is named."""
    document = snapshot()
    del document["binding"]["model"]
    with pytest.raises(ContractError, match="model") as refused:
        AgentView.from_snapshot(document)
    assert refused.value.pointer == "/agent/model"


def test_the_account_is_of_the_job_not_of_the_agent() -> None:
    """An agent is the same on each site; the job says as whom its run acts. A job of an older release says it in the agent."""
    document = job()
    assert "account" not in document["agent"]["binding"]
    assert account_of(document) == ACCOUNT
    older = {name: value for name, value in job(account=ACCOUNT).items() if name != "account"}
    assert account_of(older) == ACCOUNT


def test_a_job_without_an_account_is_refused_with_its_place() -> None:
    """No run acts as nobody."""
    document = {name: value for name, value in job().items() if name != "account"}
    with pytest.raises(ContractError, match="account") as refused:
        account_of(document)
    assert refused.value.pointer == "/account"
