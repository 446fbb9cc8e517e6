"""GET /v1/status: how far the pipeline is behind, and what it could not price, own or use."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from aiohttp import web

from schemas import series
from schemas.moments import DAY_MINUTES, minute_of
from schemas.records import Allocation, Window
from spendwatch.web.around import Around
from spendwatch.web.calls import Asked
from spendwatch.web.problems import answer
from streams.jobs import JOBS
from streams.log import Log
from streams.views import Views

FRESH = 1.0
"""Seconds for which the status is taken as it is, however many ask."""

SHOWN = 10
"""Rejections that are shown one by one."""

INPUTS = {**{job.name: job.inputs for job in JOBS.values()}, "deliver": ("incident",)}
"""Steps in the order of the path, and what each reads."""


@dataclass(frozen=True, slots=True)
class Behind:
    """How far one step is behind on one partition of an input.

    On Kafka the markers of transactions count as records, so a step at the end can show one or two.
    """

    step: str
    topic: str
    partition: int
    committed: int
    end: int
    behind: int


class Status:
    """What is known of the pipeline, worked out no more often than is worth it."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._steps = Asked(around.calls, lambda: list(positions(around.log)), FRESH)
        self._known: dict[str, Any] = {}
        self._read_at = -FRESH

    async def current(self) -> dict[str, Any]:
        """The status, at most a moment old."""
        if monotonic() >= self._read_at + FRESH:
            steps = await self._steps.known()
            self._known = standing(self._around, None if self._steps.silent else steps)
            self._read_at = monotonic()
        return self._known


STATUS = web.AppKey("STATUS", Status)


def positions(log: Log) -> Iterator[Behind]:
    """Every step's position on every partition of its inputs. Raises LogError."""
    for step, inputs in INPUTS.items():
        for partition in range(log.partitions(inputs[0])):
            committed = log.committed(step, partition)
            for topic in inputs:
                at, end = committed.get(topic, 0), log.end(topic, partition)
                yield Behind(step, topic, partition, at, end, max(end - at, 0))


async def status(request: web.Request) -> web.Response:
    """The state of the pipeline, whether or not the views are restored yet."""
    return answer(await request.app[STATUS].current())


def standing(around: Around, steps: list[Behind] | None) -> dict[str, Any]:
    """The status now; `steps` are the positions, None where the log is silent."""
    views, now = around.views, around.now
    reached = views.watermark
    return {
        "ready": views.ready,
        "log": "silent" if steps is None else "answers",
        "time": now,
        "watermark": reached,
        "watermark_age_s": None if reached is None else round((now - reached).total_seconds(), 1),
        "steps": steps or [],
        "rejected": rejected(views, minute_of(now) - DAY_MINUTES),
        "unpriced": unpriced(views),
        "unowned": unowned(views),
        "token_required": bool(around.settings.token),
    }


def rejected(views: Views, since: int) -> dict[str, Any]:
    """Input of the last day that could not be used, by reason; `whole` says if it is all of it."""
    newest = views.refusals.newest(SHOWN)
    return {
        "by_reason": views.refusals.counts(since),
        "whole": views.refusals.whole(since),
        "newest": [one._asdict() for one in newest],
    }


def unpriced(views: Views) -> dict[str, Any]:
    """Charges without a price by window: how many, of how many."""
    return {
        name: {"charges": whole.unpriced, "of": whole.charges}
        for name, whole in _windows(views, series.ORGANISATION).items()
    }


def unowned(views: Views) -> dict[str, Any]:
    """Cost that nobody owns by window: how much, of how much."""
    nobody = _windows(views, series.UNIT, series.UNOWNED)
    return {
        name: {
            "cost_nano_usd": nobody[name].cost_nano_usd if name in nobody else 0,
            "of_nano_usd": whole.cost_nano_usd,
        }
        for name, whole in _windows(views, series.ORGANISATION).items()
    }


def _windows(views: Views, level: str, name: str = "") -> Mapping[str, Window]:
    """The windows of the first series of a level, or of the one that is named."""
    found = (one for one in views.allocations.values() if _is(one, level, name))
    first = next(found, None)
    return {} if first is None else {window.window: window for window in first.windows}


def _is(held: Allocation, level: str, name: str) -> bool:
    return held.level == level and (not name or held.series == series.name(level, name))
