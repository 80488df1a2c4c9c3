"""The documents of A2A 1.0 as they travel. Names in camel case; what is absent is left out; what is unknown in a request is passed over,
as the protocol asks."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from sidecar.json_text import JSON

MAX_ID = 200
MAX_PARTS = 100
Id = Annotated[str, Field(min_length=1, max_length=MAX_ID)]
ConfigId = Annotated[str, Field(pattern="^[!-~]{0,200}$")]
Secret = Annotated[str, Field(max_length=4_096, pattern="^[ -~]*$", repr=False)]
PUSH_HEADER = "X-A2A-Notification-Token"


class Document(BaseModel):
    """A document of the protocol."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")

    def json_object(self) -> dict[str, JSON]:
        """As it travels."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class State(StrEnum):
    """How a task stands."""

    SUBMITTED = "TASK_STATE_SUBMITTED"
    WORKING = "TASK_STATE_WORKING"
    INPUT_REQUIRED = "TASK_STATE_INPUT_REQUIRED"
    COMPLETED = "TASK_STATE_COMPLETED"
    FAILED = "TASK_STATE_FAILED"
    CANCELED = "TASK_STATE_CANCELED"
    REJECTED = "TASK_STATE_REJECTED"
    AUTH_REQUIRED = "TASK_STATE_AUTH_REQUIRED"


class Role(StrEnum):
    """Who speaks."""

    USER = "ROLE_USER"
    AGENT = "ROLE_AGENT"


class Part(Document):
    """A piece of a message or an artifact: a text, or data."""

    text: str | None = None
    data: JSON = None
    raw: str | None = None
    url: str | None = None
    media_type: str | None = None
    filename: str | None = None


class Message(Document):
    """Something that is said. `message_id` is the speaker's own: the same one again is the same message."""

    message_id: Id
    role: Role = Role.USER
    parts: Annotated[list[Part], Field(min_length=1, max_length=MAX_PARTS)]
    context_id: Id | None = None
    task_id: Id | None = None
    metadata: dict[str, JSON] | None = None


class Artifact(Document):
    """What a task brought forth."""

    artifact_id: str
    name: str
    parts: list[Part]
    description: str | None = None


class Status(Document):
    """How a task stands, with what is to be said of it."""

    state: State
    message: Message | None = None
    timestamp: str | None = None


class Task(Document):
    """A run."""

    id: str
    context_id: str
    status: Status
    artifacts: list[Artifact] | None = None
    metadata: dict[str, JSON] | None = None


class StatusUpdate(Document):
    """A task stands otherwise than before."""

    task_id: str
    context_id: str
    status: Status
    metadata: dict[str, JSON] | None = None


class ArtifactUpdate(Document):
    """A task brought something forth."""

    task_id: str
    context_id: str
    artifact: Artifact
    last_chunk: bool = True


class Frame(Document):
    """One answer of a stream: exactly one member."""

    task: Task | None = None
    status_update: StatusUpdate | None = None
    artifact_update: ArtifactUpdate | None = None


class Authentication(Document):
    """How the receiver knows who sends: `scheme` and `credentials` of the header Authorization."""

    scheme: str = Field(pattern="^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,50}$")
    credentials: Secret = ""


class PushConfig(Document):
    """TaskPushNotificationConfig of a SendMessage. An address may hold a secret of its receiver's."""

    url: str = Field(max_length=2_000, pattern="^[!-~]+$", repr=False)
    id: ConfigId = ""
    token: Secret = ""
    authentication: Authentication | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What the receiver knows the sender by. A scheme without credentials says nothing."""
        given = {PUSH_HEADER: self.token} if self.token else {}
        if self.authentication and self.authentication.credentials:
            given["Authorization"] = f"{self.authentication.scheme} {self.authentication.credentials}"
        return given


class SendConfiguration(Document):
    """How a message is to be answered."""

    return_immediately: bool = False
    accepted_output_modes: list[str] = Field(default_factory=list)
    task_push_notification_config: PushConfig | None = None
    history_length: int | None = Field(default=None, ge=0)


class SendParams(Document):
    """SendMessage, SendStreamingMessage."""

    message: Message
    configuration: SendConfiguration = Field(default_factory=SendConfiguration)
    metadata: dict[str, JSON] | None = None


class TaskParams(Document):
    """GetTask, CancelTask, SubscribeToTask."""

    id: Id


class CreatePushParams(PushConfig):
    """CreateTaskPushNotificationConfig."""

    task_id: Id


class PushParams(Document):
    """GetTaskPushNotificationConfig, DeleteTaskPushNotificationConfig."""

    task_id: Id
    id: ConfigId


class ListPushParams(Document):
    """ListTaskPushNotificationConfigs. All fit on one page."""

    task_id: Id


class ListParams(Document):
    """ListTasks."""

    context_id: Id | None = None
    status: State | None = None
    page_size: int = Field(default=50, ge=1, le=100)
    page_token: str = Field(default="", max_length=500)
    status_timestamp_after: str | None = Field(default=None, max_length=40)
    include_artifacts: bool = False


class Call(Document):
    """A request of JSON-RPC 2.0."""

    model_config = ConfigDict(strict=True)

    jsonrpc: str
    id: str | int | None = None
    method: str = Field(max_length=100)
    params: dict[str, JSON] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _version(self) -> Self:
        if self.jsonrpc != "2.0":
            raise ValueError("jsonrpc is not 2.0")
        return self
