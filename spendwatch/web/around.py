"""What every handler is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from aiohttp import web

from schemas.codec import Codec
from schemas.moments import moment
from spendwatch.web.calls import Appends, LogCalls
from spendwatch.web.problems import Problem, Why
from streams.log import Entry, Log
from streams.views import Views


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """What the web is told by whoever starts it."""

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    token: str = field(default="", repr=False)
    """What POST requests must carry; empty: nothing."""

    slack_secret: str = field(default="", repr=False)
    """The signing secret of the Slack app whose buttons we answer; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The views, the log behind them, and how to speak to it."""

    views: Views
    log: Log
    codec: Codec
    settings: WebSettings
    clock: Callable[[], int]
    """The time, microseconds since 1970."""

    calls: LogCalls
    appends: Appends

    @property
    def now(self) -> datetime:
        """The time, aware."""
        return moment(self.clock())

    async def append(self, entries: Sequence[Entry]) -> None:
        """Returns when the log has taken all of them. Raises Problem."""
        await self.appends.put(entries)


AROUND = web.AppKey("AROUND", Around)


def around(request: web.Request) -> Around:
    """What the application was given."""
    return request.app[AROUND]


def restored(request: web.Request) -> Views:
    """The views, once all of the log is in them. Raises Problem."""
    views = around(request).views
    if not views.ready:
        said = "the views are being restored from the log"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, Why.RESTORING, said, 1)
    return views
