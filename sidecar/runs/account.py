"""As whom a run acts: the job says it, not the agent, which is the same on each site."""

from __future__ import annotations

from typing import Any

from sidecar.errors import ContractError


def account_of(job: dict[str, Any]) -> str:
    """UUID of the Drupal account that a job's run acts as. Jobs of an older release name it in the agent.

    Raises ContractError when neither names one.
    """
    account = job.get("account") or job["agent"]["binding"].get("account")
    if not account:
        raise ContractError("The job does not name the account that the run acts as.", "/account")
    return account
