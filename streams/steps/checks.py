"""What a usage must hold to be charged: the same rules for JSON and Avro, on columns."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas import cloudevents, columns
from schemas.moments import EPOCH, MINUTE, SECOND, micros
from schemas.reasons import Refusal, Refused
from streams.steps.intake import Bools, Ints, Usages

AHEAD = 5 * MINUTE
"""How far event time may run ahead of when the log took the event."""

EARLIEST = micros(EPOCH.replace(year=2015))
"""Nobody metered AI usage before; such a time is a mistake of unit or clock."""

LONGEST_GPU = 86_400
"""Seconds of one GPU usage: a longer stretch is reported in daily pieces."""

LONGEST_PERIOD = 400 * 86_400 * SECOND
"""The longest period that a seat is paid for: a year and a month's grace."""


def check(usages: Usages, received: Ints) -> dict[int, Refused]:
    """Row index to why it is refused; rows that are not named are sound."""
    found: dict[int, Refused] = {}
    for rows, reason, detail in (
        *_lengths(usages),
        *_texts(usages),
        *_quantities(usages),
        *_times(usages, received),
    ):
        for row in np.flatnonzero(rows) if rows.any() else ():
            found.setdefault(int(row), Refused(reason, detail))
    return found


Fault = tuple[Bools, Refusal, str]


def _lengths(usages: Usages) -> Iterator[Fault]:
    """Texts too long to be names: they would not fit into what is made of them."""
    most, shape = cloudevents.LONGEST_TEXT, usages.batch.schema
    for name in shape.names:
        column = usages.batch.column(name)
        if not pa.types.is_string(column.type) or usages.lengths(name).max(initial=0) <= most:
            continue  # most texts need no look at their signs
        long = np.asarray(pc.greater(pc.utf8_length(column), most), dtype=bool)
        yield long, Refusal.BAD_FIELD, f"{name}: at most {most} characters"


def _texts(usages: Usages) -> Sequence[Fault]:
    """Types, tiers and the dimensions that a type must name."""
    codes, kinds = usages.texts("type")
    unknown = np.array([kind not in cloudevents.REQUIRED for kind in kinds], dtype=bool)
    tiers, tier_names = usages.texts("tier")
    odd = np.array([name not in cloudevents.TIERS for name in tier_names], dtype=bool)
    tier_list = ", ".join(cloudevents.TIERS)
    faults: list[Fault] = [
        (unknown[codes], Refusal.UNKNOWN_TYPE, "type is none of ours"),
        (odd[tiers], Refusal.UNKNOWN_TIER, f"tier is none of {tier_list}"),
    ]
    everywhere = np.ones(len(usages), dtype=bool)
    wanted: list[tuple[Bools, tuple[str, ...], str]] = [
        (everywhere, ("source", "id"), "every usage")
    ]
    wanted += [
        (codes == code, cloudevents.REQUIRED.get(kind, ()), kind) for code, kind in enumerate(kinds)
    ]
    faults += [
        (rows & _empty(usages, name), Refusal.MISSING_FIELD, f"{name} is required for {whom}")
        for rows, names, whom in wanted
        for name in names
    ]
    return faults


def _empty(usages: Usages, name: str) -> Bools:
    return np.asarray(usages.lengths(name) == 0)


def _quantities(usages: Usages) -> Sequence[Fault]:
    held, names, most = usages.quantities, columns.quantities(), cloudevents.MOST
    faults: list[Fault] = []
    odd = (held < 0) | (held > most)
    for index, name in enumerate(names) if odd.any() else ():
        column = held[:, index]
        faults.append((column < 0, Refusal.NEGATIVE_QUANTITY, f"{name} is below 0"))
        faults.append((column > most, Refusal.QUANTITY_TOO_LARGE, f"{name} is above {most}"))
    faults.append((held.sum(axis=1) == 0, Refusal.NO_QUANTITY, "no quantity is above 0"))
    return faults


def _times(usages: Usages, received: Ints) -> Sequence[Fault]:
    time, length = usages.time, usages.numbers("duration_s")
    start, end = usages.numbers("period_start"), usages.numbers("period_end")
    codes, kinds = usages.texts("type")
    seats = np.array([kind == cloudevents.SEAT for kind in kinds], dtype=bool)[codes]
    period = (end <= start) | (end - start > LONGEST_PERIOD) | (start < EARLIEST)
    return (
        (time > received + AHEAD, Refusal.TIME_AHEAD, "over 5 min ahead of its arrival"),
        (time < EARLIEST, Refusal.BAD_TIME, "before 2015"),
        (
            (length < 0) | (length > LONGEST_GPU),
            Refusal.BAD_PERIOD,
            f"duration_s is from 0 to {LONGEST_GPU}",
        ),
        (seats & period, Refusal.BAD_PERIOD, "a seat needs period_start < period_end"),
    )
