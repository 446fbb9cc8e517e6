"""What a request can be told instead of an answer: `{"error": {"reason": ..., "detail": ...}}`."""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web

from schemas.reasons import Refusal


class Why(StrEnum):
    """Codes of our own beside those of `schemas.reasons.Refusal`, which tell of bad usage."""

    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    BAD_REQUEST = "bad_request"
    UNKNOWN_OWNER = "unknown_owner"
    UNKNOWN_INCIDENT = "unknown_incident"
    UNKNOWN_STATE = "unknown_state"
    UNKNOWN_LEVEL = "unknown_level"
    UNSUPPORTED_TYPE = "unsupported_type"
    TOO_LARGE = "too_large"
    UNAUTHORIZED = "unauthorized"
    BAD_SIGNATURE = "bad_signature"
    FOREIGN_SITE = "foreign_site"
    FOREIGN_HOST = "foreign_host"
    RESTORING = "restoring"
    BUSY = "busy"
    LOG_UNAVAILABLE = "log_unavailable"
    INTERNAL = "internal"


class Problem(Exception):
    """A request that is refused; `retry_after` is in seconds, `more` stands beside the reason."""

    def __init__(
        self,
        status: HTTPStatus,
        reason: Why | Refusal,
        detail: str,
        retry_after: int | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.status, self.reason, self.detail = status, reason, detail
        self.retry_after, self.more = retry_after, more or {}

    def response(self) -> web.Response:
        """As HTTP."""
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Bearer realm="spendwatch"'
        error = {"reason": str(self.reason), "detail": self.detail, **self.more}
        return answer({"error": error}, self.status, headers)


def answer(
    value: Any, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> web.Response:
    """A value as JSON: times in RFC 3339 UTC, money in integer nano-dollars."""
    return web.Response(
        body=msgspec.json.encode(value),
        status=status,
        content_type="application/json",
        headers=headers,
    )


STATUSES: Mapping[int, Why] = {
    HTTPStatus.NOT_FOUND: Why.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: Why.METHOD_NOT_ALLOWED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Why.TOO_LARGE,
}


def problem_of(wrong: web.HTTPException) -> Problem:
    """What aiohttp itself refuses, in our words."""
    reason = STATUSES.get(wrong.status, Why.BAD_REQUEST)
    return Problem(HTTPStatus(wrong.status), reason, wrong.text or wrong.reason)
