"""Whom and what an incident is about: names, cuts, and the evidence that says most."""

from notifiers.text import cut
from schemas import series
from schemas.records import Evidence, Incident

TEST = "test"
"""The cause of an incident that only tries a place out."""

CATCHING_UP = "catching_up"
"""The cause of an incident that stands for many: those that were over before they could be told.
Its series is the cause and their number, its evidence names the dearest."""

DROP = "drop"
"""The cause of an incident of what costs too little: nothing is over."""

LONGEST_NAME = 60
LONGEST_PATH = 200


def subject(incident: Incident) -> str:
    """Whose spend it is: the last part of the owner's path, and by what the series is cut."""
    name = cut(incident.owner.rpartition("/")[2], LONGEST_NAME) or name_of(incident.series)
    values = ", ".join(value for _, value in cuts(incident) if cut(value, LONGEST_NAME) != name)
    return f"{name} ({cut(values, LONGEST_NAME)})" if values else name


def name_of(name: str) -> str:
    """The last value in the name of a series: `key-7` of `keys:chat|key-7`."""
    return cut(series.split(name)[1][-1], LONGEST_NAME)


def cuts(incident: Incident) -> tuple[tuple[str, str], ...]:
    """What the series is cut by beside its owner, as names and values."""
    path = incident.owner.split("/")
    found = sorted(incident.dimensions.items())
    return tuple((name, value) for name, value in found if value not in path)


def main_evidence(incident: Incident) -> Evidence | None:
    """What says most about it: of its own series, of the cause that opened it, most dollars."""
    return max(
        incident.evidence,
        key=lambda one: (
            one.series == incident.series,
            one.cause == incident.cause,
            one.accrued_nano_usd,
        ),
        default=None,
    )


def cause_of(kind: str) -> str:
    """The kind of a rule as words."""
    return cut(kind.replace("_", " "), LONGEST_NAME)
