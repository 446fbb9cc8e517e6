"""The web application: its routes, its errors as JSON, the headers on everything it sends."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from aiohttp import web

from schemas.codec import Codec
from spendwatch.web import answering, changes, pages, reading, slack, status, usage
from spendwatch.web.access import check_host, check_writing, refuse_open
from spendwatch.web.around import AROUND, Around, WebSettings
from spendwatch.web.calls import Appends, LogCalls
from spendwatch.web.marks import MARKS, Marks
from spendwatch.web.problems import Problem, Why, problem_of
from streams.log import Log
from streams.views import Views

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SIGNED = "/v1/slack/"
"""What stands below is signed by its sender instead of carrying our token."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "spendwatch",
    "X-Content-Type-Options": "nosniff",
}

logger = structlog.get_logger()


def application(
    views: Views, log: Log, codec: Codec, settings: WebSettings, clock: Callable[[], int]
) -> web.Application:
    """The web over views and log; `clock` tells microseconds since 1970.

    Raises Failure where it would listen beyond this machine without a token.
    """
    refuse_open(settings)
    app = web.Application(client_max_size=usage.LARGEST_BODY, middlewares=[in_words, guarded])
    calls = LogCalls()
    app[AROUND] = here = Around(
        views=views,
        log=log,
        codec=codec,
        settings=settings,
        clock=clock,
        calls=calls,
        appends=Appends(log, calls),
    )
    app[MARKS] = Marks(here)
    app[status.STATUS] = status.Status(here)
    app[changes.OPEN] = set()
    app.add_routes(routes())
    app.on_response_prepare.append(with_headers)
    app.on_shutdown.append(changes.end_all)
    app.on_cleanup.append(calls.close)
    return app


def routes() -> list[web.RouteDef]:
    """Every address."""
    return [
        web.get("/", pages.page),
        web.get("/incidents/{id}", pages.page),
        web.get("/static/{name}", pages.file),
        web.get("/v1/allocations", reading.allocations),
        web.get("/v1/allocations/{owner:.+}", reading.allocation),
        web.get("/v1/budgets", reading.budgets),
        web.get("/v1/incidents", reading.incidents),
        web.get("/v1/incidents/{id}", reading.incident),
        web.get("/v1/series", reading.series),
        web.get("/v1/status", status.status),
        web.get("/v1/changes", changes.changes),
        web.post("/v1/usage", usage.post),
        web.post("/v1/answers", answering.post),
        web.post(f"{SIGNED}interactions", slack.post),
    ]


@web.middleware
async def in_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong is said as JSON; what nobody foresaw is logged and not shown."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except web.HTTPException as wrong:
        if wrong.status < HTTPStatus.BAD_REQUEST:
            raise
        return problem_of(wrong).response()
    except Exception:
        logger.exception("request_failed", method=request.method, path=request.path)
        code = HTTPStatus.INTERNAL_SERVER_ERROR
        return Problem(code, Why.INTERNAL, "this is a fault of ours; the log has it").response()


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Who may ask, who may write."""
    settings = request.app[AROUND].settings
    check_host(request, settings)
    if request.method == "POST" and not request.path.startswith(SIGNED):
        check_writing(request, settings)
    return await handler(request)


async def with_headers(_: web.Request, response: web.StreamResponse) -> None:
    """What browsers are told about everything."""
    response.headers.update(HEADERS)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
