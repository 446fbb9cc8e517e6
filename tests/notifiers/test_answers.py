"""What an HTTP answer means: one table for all places."""

import pytest

from notifiers.answers import LONGEST_WAIT, failure, retry_after
from notifiers.base import Refused, Uncertain, Unreachable

MEANINGS = {
    200: None,
    201: None,
    204: None,
    301: Refused,
    302: Refused,
    307: Refused,
    400: Refused,
    401: Refused,
    403: Refused,
    404: Refused,
    408: Unreachable,
    409: Unreachable,
    410: Refused,
    413: Refused,
    422: Refused,
    425: Unreachable,
    429: Unreachable,
    500: Uncertain,
    502: Uncertain,
    503: Uncertain,
    504: Uncertain,
}


@pytest.mark.parametrize(("status", "meaning"), MEANINGS.items())
def test_each_status_has_one_meaning(status: int, meaning: type | None) -> None:
    found = failure(status, {"Retry-After": "7"})

    assert (type(found) if found is not None else None) is meaning
    if found is not None:
        assert found.reason == f"http_{status}"
        assert found.retry_after == (None if meaning is Refused else 7.0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "30"}, 30.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "99999999999"}, LONGEST_WAIT),
        ({"Retry-After": "Tue, 03 Nov 2026 14:06:00 GMT"}, None),
        (
            {
                "Retry-After": "Tue, 03 Nov 2026 14:06:00 GMT",
                "Date": "Tue, 03 Nov 2026 14:05:00 GMT",
            },
            60.0,
        ),
        (
            {
                "Retry-After": "Tue, 03 Nov 2026 14:04:00 GMT",
                "Date": "Tue, 03 Nov 2026 14:05:00 GMT",
            },
            0.0,
        ),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds
