"""What Slack's error codes mean for a notice.

(docs.slack.dev/reference/methods/chat.postMessage and chat.update, "Errors"; fatal_error and
internal_error: "It's possible some aspect of the operation succeeded before the error".)
"""

from notifiers.answers import AGAIN
from notifiers.base import Gone, NotSent, Refused, Uncertain, Unreachable

NO_WAIT_GIVEN = 1.0
"""Seconds to wait after a 429 without Retry-After."""

BUSY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
DOUBTFUL = frozenset(
    {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
    | {"duplicate_channel_not_found", "duplicate_message_not_found"}
)
VANISHED = frozenset(
    {"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"}
)
TOO_MUCH = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
"""Slack dislikes the layout; the same in plain text can still get through."""


def failure(status: int, error: str, retry_after: float | None) -> NotSent:
    """How a call failed, by HTTP status and Slack's own code; unknown codes are permanent."""
    if error in BUSY or status in AGAIN:
        wait = NO_WAIT_GIVEN if retry_after is None else retry_after
        return Unreachable(error or f"http_{status}", wait)
    if error in DOUBTFUL or status >= 500 or not error:
        return Uncertain(error or f"http_{status}", retry_after)
    return Gone(error) if error in VANISHED else Refused(error)
