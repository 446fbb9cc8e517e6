"""GET /v1/allocations, /v1/budgets, /v1/incidents, /v1/series: the views as they stand."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from aiohttp import web

from policies.life import OVER, State
from schemas.records import Allocation, Incident
from spendwatch.web import shapes
from spendwatch.web.around import restored
from spendwatch.web.marks import MARKS
from spendwatch.web.problems import Problem, Why, answer
from streams.views import Views

OPEN = "open"
"""Beside the states' own names: those of which something may still be asked."""

STATES = {str(state) for state in State if state is not State.NONE} | {OPEN}


async def allocations(request: web.Request) -> web.Response:
    """All owners with their latest windows; `?level=` picks a level or a cut instead."""
    views = restored(request)
    level = request.query.get("level", "")
    levels = (level,) if level else shapes.OWNERS
    found = [one for one in views.allocations.values() if one.level in levels]
    if level and not found:
        raise Problem(HTTPStatus.NOT_FOUND, Why.UNKNOWN_LEVEL, f"no series has level {level!r}")
    shown = [shapes.allocation(one) for one in found]
    return answer({"watermark": views.watermark, "allocations": shown})


async def allocation(request: web.Request) -> web.Response:
    """One owner by its path `unit/service/application`, or any series by its name."""
    views, asked = restored(request), request.match_info["owner"]
    found = views.allocations.get(asked) or _by_path(views, asked)
    if found is None:
        said = f"no owner and no series is called {asked!r}"
        raise Problem(HTTPStatus.NOT_FOUND, Why.UNKNOWN_OWNER, said)
    return answer(shapes.allocation(found))


def _by_path(views: Views, path: str) -> Allocation | None:
    owners = (one for one in views.allocations.values() if one.level in shapes.OWNERS)
    return next((one for one in owners if path and one.owner == path), None)


async def budgets(request: web.Request) -> web.Response:
    """Where each budget stands, with its marks."""
    views = restored(request)
    marks = await request.app[MARKS].known()
    shown = [shapes.budget(one, marks.get(one.name, ())) for one in views.budgets.values()]
    return answer({"budgets": shown})


async def incidents(request: web.Request) -> web.Response:
    """Incidents, the newest first; `?state=` keeps one state, or those that are `open`."""
    views, state = restored(request), request.query.get("state", "")
    if state and state not in STATES:
        known = ", ".join(sorted(STATES))
        raise Problem(HTTPStatus.BAD_REQUEST, Why.UNKNOWN_STATE, f"{state!r} is none of {known}")
    found = [one for one in views.incidents.values() if _has(one, state)]
    return answer({"incidents": [shapes.incident(one) for one in newest_first(found)]})


def _has(incident: Incident, state: str) -> bool:
    if state == OPEN:
        return incident.state not in OVER
    return not state or incident.state == state


def newest_first(found: Iterable[Incident]) -> list[Incident]:
    """By opening, ties by id."""
    return sorted(found, key=lambda one: (one.opened_at, one.id), reverse=True)


async def incident(request: web.Request) -> web.Response:
    """One incident with the last day of closed minutes of its series."""
    views, name = restored(request), request.match_info["id"]
    found = known_incident(views, name)
    shown: dict[str, Any] = shapes.incident(found)
    return answer({**shown, "minutes": shapes.day(views.day(found.series))})


def known_incident(views: Views, name: str) -> Incident:
    """The incident of an id. Raises Problem."""
    found = views.incidents.get(name)
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, Why.UNKNOWN_INCIDENT, f"no incident is {name!r}")
    return found


async def series(request: web.Request) -> web.Response:
    """Each series that is watched: its level, its owner, and until when it only learns."""
    views = restored(request)
    return answer({"series": [shapes.line(one) for one in views.allocations.values()]})
