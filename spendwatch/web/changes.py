"""GET /v1/changes: everything as it stands, then what changes, as server-sent events.

(WHATWG HTML, "Server-sent events".) A client's queue holds each key once and no values, so a slow
client misses what was overwritten meanwhile, and nothing grows; one that does not read is dropped.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web

from spendwatch.web import shapes
from spendwatch.web.around import AROUND
from spendwatch.web.marks import MARKS, Known
from spendwatch.web.problems import Problem, Why
from spendwatch.web.status import STATUS
from streams.views import Change, Views

CLIENTS = 200
"""Streams that are open at once."""

GATHERS = 0.25
"""Seconds for which changes are gathered before they are sent."""

BATCH = 500
"""Changes that are sent at once."""

HEARTBEAT = 10.0
"""Seconds of silence after which a comment and the status are sent."""

SLOW = 15.0
"""Seconds in which a client must have taken what was sent."""

WHOLE = Change("status", "")
BEAT = b": still here\n\n"
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}

OPEN = web.AppKey("OPEN", set[asyncio.Task[Any]])
"""The streams that are open."""


class Feed:
    """What one client has yet to be told: keys, the oldest change first."""

    def __init__(self, views: Views, level: str) -> None:
        self._views = views
        self._levels = (level,) if level else shapes.OWNERS
        self._pending: dict[Change, None] = dict.fromkeys(everything(views))
        self._news = asyncio.Event()
        self._news.set()
        self.close: Callable[[], None] = views.listen(self._hear)

    def _hear(self, change: Change) -> None:
        self._pending[change] = None
        self._news.set()

    async def wait(self) -> None:
        """Wait for a change, or for as long as a silence may last; the status is due then."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), HEARTBEAT)
        self._news.clear()
        if not self._pending:
            self._pending[WHOLE] = None

    def take(self) -> list[Change]:
        """Up to a batch of what is pending."""
        found = list(self._pending)[:BATCH]
        for change in found:
            del self._pending[change]
        if self._pending:
            self._news.set()
        return found

    def shows(self, change: Change) -> bool:
        """Whether this client wants to hear of it."""
        held = self._views.allocations.get(change.key) if change.table == "allocation" else None
        return held is None or held.level in self._levels


def everything(views: Views) -> Iterable[Change]:
    """All that the views hold."""
    yield WHOLE
    yield from (Change("allocation", key) for key, _ in views.allocations.items())
    yield from (Change("budget", key) for key, _ in views.budgets.items())
    yield from (Change("incident", key) for key, _ in views.incidents.items())


async def changes(request: web.Request) -> web.StreamResponse:
    """Owners, budgets, incidents and the status; `?level=` picks other series than owners."""
    streams = request.app[OPEN]
    if len(streams) >= CLIENTS:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, Why.BUSY, "too many streams are open", 10)
    response = web.StreamResponse(headers=HEADERS)
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a handler runs in one
    streams.add(task)
    feed = Feed(request.app[AROUND].views, request.query.get("level", ""))
    try:
        await response.prepare(request)
        while True:
            await _send(request, response, feed)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
    except (ConnectionError, asyncio.CancelledError):
        pass  # the client is gone, or the process is to stop
    finally:
        feed.close()
        streams.discard(task)
    return response


async def _send(request: web.Request, response: web.StreamResponse, feed: Feed) -> None:
    """One batch. Raises TimeoutError where the client does not take it."""
    await feed.wait()
    await asyncio.sleep(GATHERS)
    views = request.app[AROUND].views
    marks = await request.app[MARKS].known()
    events = [event(views, one, marks) for one in feed.take() if one != WHOLE and feed.shows(one)]
    events.append(_event("status", await request.app[STATUS].current()))
    async with asyncio.timeout(SLOW):
        await response.write(BEAT + b"".join(events))


def event(views: Views, change: Change, marks: Known) -> bytes:
    """A change as it is sent: the newest value of its key, or that it is gone."""
    table, key = change
    value: Any = None
    if table == "allocation" and (owner := views.allocations.get(key)):
        value = shapes.allocation(owner)
    elif table == "budget" and (budget := views.budgets.get(key)):
        value = shapes.budget(budget, marks.get(key, ()))
    elif table == "incident" and (incident := views.incidents.get(key)):
        value = shapes.incident(incident)
    return _event(table, value) if value else _event("gone", {"table": table, "key": key})


def _event(name: str, value: Any) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(value) + b"\n\n"


async def end_all(app: web.Application) -> None:
    """End every stream: the process is to stop."""
    for task in app[OPEN]:
        task.cancel()
