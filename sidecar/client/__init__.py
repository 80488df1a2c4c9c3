"""A client of the REST API, for programs in Python: start agents of a Drupal site, follow them, answer them, read their drafts.

    from sidecar.client import Client

    with Client("https://agents.example.org", "bgd_...") as client:
        run = client.dispatch("teaser_writer", {"topic": "Bread"})
        run = client.wait(run.id)
        for draft in client.drafts(run.id):
            print(draft.label, draft.url)

`AsyncClient` has the same methods to be awaited. Nothing else of the sidecar is needed, and nothing is read from the environment.
"""

from sidecar.client.asynchronous import AsyncClient
from sidecar.client.errors import ClientError, NotReachable, Refused
from sidecar.client.synchronous import Client
from sidecar.client.values import Agent, Batch, Draft, Event, FieldChange, Question, Run, RunPage

__all__ = [
    "Agent",
    "AsyncClient",
    "Batch",
    "Client",
    "ClientError",
    "Draft",
    "Event",
    "FieldChange",
    "NotReachable",
    "Question",
    "Refused",
    "Run",
    "RunPage",
]
