"""Findings, incidents and allocations as a replay writes them, one object a line."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from detectors import DETECTORS
from schemas import series
from schemas.moments import micros
from schemas.records import Allocation, Finding, Incident
from streams.steps.allocating import Allocating
from streams.steps.resting import CLOCK
from streams.steps.step import Draft
from streams.walk import Walk


def finding_line(finding: Finding) -> dict[str, Any]:
    """A finding as a line; the rule's name stands under `detector` or `policy`."""
    held = asdict(finding)
    part = "detector" if finding.cause in DETECTORS else "policy"
    return {
        "series": held.pop("series"),
        "bucket_start": held.pop("bucket_start"),
        "bucket": str(held.pop("bucket")),
        part: held.pop("rule"),
        **held,
    }


def incident_line(incident: Incident) -> dict[str, Any]:
    """An incident as a line."""
    return asdict(incident)


def allocation_lines(walk: Walk) -> Iterable[dict[str, Any]]:
    """Each owner and window at the end; the organisation is the sum of its units."""
    draft = Draft(walk.watching)
    clock = draft.get(CLOCK)
    reached = micros(clock.time) if clock else 0
    allocations = Allocating(draft, walk.books.at(reached), reached)
    for name in sorted(str(name) for name in walk.watching.below(("series",))):
        level, values = series.split(name)
        if level in series.TREE[1:]:
            yield from _windows(allocations.of(name), level)
        elif level == series.UNALLOCATED:
            whole = allocations.of(name)
            for depth, down in enumerate(series.TREE[1:]):
                path = "/".join([f"pool/{values[0]} unallocated", *["unallocated"] * depth])
                yield from _windows(whole, down, path)


def _windows(held: Allocation, level: str, path: str = "") -> Iterable[dict[str, Any]]:
    for window in held.windows:
        yield {"owner": path or held.owner, "level": level, **asdict(window)}
