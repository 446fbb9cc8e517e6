"""The simulated organisation's usage as CloudEvents, the JSON shape that any producer may send."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from schemas.cloudevents import GPU, SEAT
from spendwatch.simulated.callers import Caller
from spendwatch.simulated.overruns import Overrun
from spendwatch.simulated.rhythm import DAY, Moments
from spendwatch.simulated.senders import Run, run_of
from spendwatch.simulated.sent import QUANTITIES, Table, tables

DIMENSIONS = (
    "provider", "model", "application", "environment", "feature", "principal", "tier", "outcome",
    "resource", "product",
)  # fmt: skip


def simulate(
    seed: int, start: datetime, end: datetime, overruns: Sequence[Overrun], rate: float = 1.0
) -> Iterator[dict[str, Any]]:
    """Usage of `[start, end)` in time order, one CloudEvent each (CloudEvents 1.0.2, JSON).

    Times are aware. The same seed and arguments give the same events in any process, and a part
    of a stretch gives its part of the events. `rate` is how many times as busy the organisation
    is, overruns too. Raises ValueError for a rate that is not above 0.
    """
    run = run_of(seed, overruns, rate)
    faces = [face(sender.caller, rate) for sender in run.senders]
    for begins, table in tables(run, start, end):
        yield from cloudevents(run, faces, begins, table)


Face = tuple[str, str, Mapping[str, Any]]
"""What all events of a caller share: source, type and dimensions that aren't empty."""


def face(caller: Caller, rate: float) -> Face:
    """A caller's face."""
    data: dict[str, Any] = {name: value for name in DIMENSIONS if (value := getattr(caller, name))}
    if covered := duration(caller, rate):
        data["duration_s"] = covered
    return caller.source, caller.type, data


def duration(caller: Caller, rate: float) -> int:
    """Seconds that one GPU usage covers; 0 for anything else."""
    return max(1, round(caller.every / rate)) if caller.type == GPU else 0


def cloudevents(
    run: Run, faces: Sequence[Face], begins: int, table: Table
) -> Iterator[dict[str, Any]]:
    """The events of one span."""
    stems = [run.stem(place, begins) for place in range(len(faces))]
    for time, row in zip(spelt(table[0]), table.T.tolist(), strict=True):
        source, kind, data = faces[row[1]]
        amounts = zip(QUANTITIES, row[3:], strict=True)
        yield {
            "specversion": "1.0",
            "id": f"{stems[row[1]]}-{row[2]}",
            "source": source,
            "type": kind,
            "time": time,
            "data": {
                **data,
                **(period(row[0]) if kind == SEAT else {}),
                "quantities": {name: amount for name, amount in amounts if amount},
            },
        }


def spelt(at: Moments) -> list[str]:
    """Moments in RFC 3339, UTC."""
    named: list[str] = np.datetime_as_string(at.astype("datetime64[ms]"), timezone="UTC").tolist()
    return named


def period(time: int) -> dict[str, str]:
    """The day that a seat is held for."""
    day = time // DAY * DAY
    start, end = spelt(np.array((day, day + DAY)))
    return {"period_start": start, "period_end": end}
