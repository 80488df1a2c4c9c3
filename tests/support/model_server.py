"""A model's provider for tests: answers in order, and remembers what it was asked."""

from __future__ import annotations

import json
from typing import Any

import httpx2

Answer = httpx2.Response | Exception


class ModelServer:
    """`answers` in turn, the last one for all that follow. `http` is a client that reaches nothing else."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.requests: list[httpx2.Request] = []
        self.http = httpx2.AsyncClient(transport=httpx2.MockTransport(self._answer))

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def sent(self, number: int = -1) -> dict[str, Any]:
        """The body of a request."""
        return json.loads(self.requests[number].content)
