"""One series while its minutes close: what its rules look at."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from schemas.moments import HOUR_MINUTES
from schemas.rules import Grain
from schemas.siblings import Siblings
from schemas.states import Bucket, Series
from streams.steps import siblings
from streams.steps.amounts import NOTHING, Sum
from streams.steps.costs import Costs
from streams.steps.step import Draft

BEFORE = 119
"""Minutes that detectors look back on: what was found in them is taken out of learning."""


class Line:
    """Closed costs by minute and hour, the minute that closes and the hour that it is in.

    A private working copy: nothing of it is kept before `save`.
    """

    def __init__(self, draft: Draft, name: str, since: int) -> None:
        known: Series = draft.get(("series", name))
        self.draft, self.name, self.since = draft, name, since
        self.first, self.last = known.first, known.last
        self.minute = known.closed
        """The minute that closes; before it all are closed."""

        hour = self.minute // HOUR_MINUTES
        self.minutes = Costs(draft, name, Grain.MINUTE, self.first, self.minute)
        self.hours = Costs(draft, name, Grain.HOUR, self.first // HOUR_MINUTES, hour)
        self.bucket = NOTHING
        self._hour = Sum(draft.get(("bucket", name, "hour", hour)))
        done = self.minute % HOUR_MINUTES
        self.hour_raw = sum(self.minutes.raw[-done:]) if done else 0
        self.hour_learnt = sum(self.minutes.learnt[-done:]) if done else 0
        """The hour's cost before the minute that closes; learnt is without what was found."""

        self.edits = 0
        """Grows when learnt costs of closed buckets change."""

    @cached_property
    def siblings(self) -> Siblings | None:
        """What its siblings used to cost before it came."""
        return siblings.before(self.draft, self.name, self.first)

    def costs(self, grain: Grain) -> Costs:
        """The closed costs of a grain."""
        return self.minutes if grain is Grain.MINUTE else self.hours

    def take(self, bucket: Bucket | None) -> None:
        """Look at the bucket of the minute that closes."""
        if bucket is None:
            self.bucket = NOTHING
            return
        self.bucket = bucket
        self._hour.add(bucket)
        if bucket.charges:
            self.last = self.minute

    @property
    def hour(self) -> Bucket:
        """The hour's bucket, the minute that closes included."""
        return self._hour.bucket()

    def close(self, learnt: int) -> None:
        """The minute is closed, and learnt as given."""
        self.minutes.close(self.bucket.cost, learnt)
        self.hour_raw += self.bucket.cost
        self.hour_learnt += learnt
        self.minute += 1

    def run(self, buckets: Mapping[int, Bucket], count: int) -> None:
        """So many minutes are closed, learnt as they were; `buckets` are those not empty."""
        costs = [0] * count
        for minute, bucket in buckets.items():
            costs[minute - self.minute] = bucket.cost
            self._hour.add(bucket)
            if bucket.charges:
                self.last = minute
        self._ran(costs, sum(costs))

    def run_together(self, costs: Sequence[int], together: Bucket, last: int) -> None:
        """The same of minutes whose buckets are known together; `last` is the last not empty."""
        self._hour.add(together)
        self.last = last
        self._ran(costs, together.cost)

    def _ran(self, costs: Sequence[int], spent: int) -> None:
        self.minutes.run(costs)
        self.hour_raw += spent
        self.hour_learnt += spent
        self.minute += len(costs)

    def turn(self) -> int:
        """The hour before this minute is closed; says which it was."""
        hour = self.minute // HOUR_MINUTES - 1
        self.hours.close(self.hour_raw, self.hour_learnt)
        self._keep_hour(hour)
        self._hour, self.hour_raw, self.hour_learnt = Sum(None), 0, 0
        return hour

    def _keep_hour(self, hour: int) -> None:
        if self._hour.some:
            self.draft.put(("bucket", self.name, "hour", hour), self._hour.bucket())

    def relearn(self, minute: int, cost: int) -> None:
        """A closed minute is learnt as given from now on."""
        if minute < self.minutes.kept:
            return
        if minute >= self.minute - self.minute % HOUR_MINUTES:
            self.hour_learnt += cost - self.minutes.learnt_at(minute)
        self.minutes.relearn(minute, cost)

    def restore(self, start: int, end: int) -> dict[Grain, list[int]]:
        """What was kept out of learning in the minutes `[start, end)` is learnt as it was.

        Returns those costs by grain, as far as they are kept.
        """
        self.edits += 1
        restored = {}
        for grain in (Grain.MINUTE, Grain.HOUR):
            costs, size = self.costs(grain), grain.minutes
            known = range(max(start // size, costs.kept), min(-(-end // size), costs.end))
            costs.reach(known.start)
            restored[grain] = [costs.raw[at - costs.start] for at in known]
            for at, cost in zip(known, restored[grain], strict=True):
                self.relearn(at, cost) if grain is Grain.MINUTE else costs.relearn(at, cost)
        return restored

    def save(self) -> None:
        """Keep the costs and the hour."""
        self.minutes.save()
        self.hours.save()
        self._keep_hour(self.minute // HOUR_MINUTES)
