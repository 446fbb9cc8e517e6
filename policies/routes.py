"""Who is to hear of an incident: every route that matches names places."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from schemas.match import Globs
from schemas.records import Incident


def _upper(given: object) -> object:
    """`sev1` is `SEV1`; `info` stays."""
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list):
        return given
    return tuple(str(grade).upper().replace("INFO", "info") for grade in given)


class Which(BaseModel):
    """What a route is for; each part that is named must match one of its globs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    severity: Annotated[Globs, BeforeValidator(_upper)] = ()
    owner: Globs = ()
    cause: Globs = ()
    series: Globs = ()

    def matches(self, incident: Incident) -> bool:
        """Whether the incident is meant; `owner` is its path `unit/service/application`."""
        return (
            _any(self.severity, incident.severity)
            and _any(self.owner, incident.owner)
            and _any(self.series, incident.series)
            and (not self.cause or any(_any(self.cause, cause) for cause in incident.causes))
        )


def _any(globs: Sequence[str], value: str) -> bool:
    return not globs or any(fnmatchcase(value, glob) for glob in globs)


class Route(BaseModel):
    """Incidents that match go to these places."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: Which = Which()
    places: Annotated[tuple[str, ...], Field(min_length=1)]


def places(incident: Incident, routes: Sequence[Route]) -> tuple[str, ...]:
    """The places of an incident, each once, in the order of the routes; it keeps those it has."""
    found = [place for route in routes if route.when.matches(incident) for place in route.places]
    return tuple(dict.fromkeys([*incident.places, *found]))
