"""POST /v1/usage: one usage or many, validated as the meter will, taken all or none.

202 is said only after the log has acknowledged all of them. A usage that is sent again counts once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import numpy as np
from aiohttp import web

from schemas import cloudevents, columns
from schemas.codec import Codec
from schemas.keys import identity
from schemas.reasons import Refusal, Refused
from spendwatch.web.around import around
from spendwatch.web.events import messages
from spendwatch.web.problems import Problem, answer
from streams.log import Entry
from streams.steps import checks
from streams.steps.intake import Usages

LARGEST_BODY = 4 * 2**20
"""Bytes of one request; an event alone may have `cloudevents.LARGEST`."""

SHOWN = 20
"""Faults of one request that are named."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Why an event is refused; `index` counts from 0."""

    index: int
    reason: Refusal
    detail: str


async def post(request: web.Request) -> web.Response:
    """Take usage."""
    here = around(request)
    body, kind, headers = await request.read(), request.content_type, request.headers
    now = here.clock()

    def taken() -> list[Entry]:
        return entries(rows(messages(body, kind, headers), now), here.codec)

    try:
        found = await here.calls.run(taken)
    except Refused as wrong:
        raise refusal([Fault(0, wrong.reason, wrong.detail)]) from None
    if found:
        await here.append(found)
    return answer({"accepted": len(found)}, HTTPStatus.ACCEPTED)


def rows(events: Sequence[bytes], received: int) -> list[dict[str, Any]]:
    """Usage rows of all events. Raises Problem with what is wrong where anything is.

    `received` is when they came, microseconds since 1970.
    """
    good: dict[int, dict[str, Any]] = {}
    faults: list[Fault] = []
    for index, event in enumerate(events):
        try:
            good[index] = cloudevents.parse(event)
        except Refused as wrong:
            faults.append(Fault(index, wrong.reason, wrong.detail))
    faults += checked(good, received)
    if faults:
        raise refusal(sorted(faults))
    return list(good.values())


def checked(good: dict[int, dict[str, Any]], received: int) -> list[Fault]:
    """What the meter would find in rows that can be read."""
    if not good:
        return []
    batch = columns.from_rows(list(good.values()))
    usages = Usages(batch, np.arange(len(good), dtype=np.int64))
    wrong = checks.check(usages, np.full(len(good), received, dtype=np.int64))
    places = list(good)
    return [Fault(places[row], why.reason, why.detail) for row, why in wrong.items()]


def refusal(faults: Sequence[Fault]) -> Problem:
    """The answer to events that can't be used: the first fault, and more of them."""
    first = faults[0]
    large = first.reason is Refusal.RECORD_TOO_LARGE
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if large else HTTPStatus.BAD_REQUEST
    more = {"index": first.index, "faults": faults[:SHOWN]}
    return Problem(status, first.reason, first.detail, more=more)


def entries(found: Sequence[dict[str, Any]], codec: Codec) -> list[Entry]:
    """The rows as messages of the usage topic."""
    if not found:
        return []
    prefix = codec.prefix(columns.USAGE)
    bodies = columns.write(columns.from_rows(found), columns.USAGE)
    return [
        Entry("usage", identity(row["source"], row["id"]), prefix + body)
        for row, body in zip(found, bodies, strict=True)
    ]
