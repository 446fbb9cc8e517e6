"""Block records of minutes: a window's cost against the largest of the last 56 days.

Each window keeps the largest sum of every UTC day, and the longer ones the largest ratio to what is
usual (minute_ratios.py); one that straddles midnight counts in both. A
bucket breaches when a window passes the value that a usual day shows once in T days (price.py),
and its usual cost by the money floor. So the band is dollars, and the ceiling of the next bucket
is known before it fills.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import lt

from detectors import blocks, holidays, minute_ratios, profile
from detectors.base import LEARNING, Detector, differing, floor_at, learns_until
from detectors.windows import MINUTES, Shape, in_minutes
from schemas.moments import HOUR_MINUTES
from schemas.money import dollars
from schemas.rules import ANY, Memory, Past, Verdict
from schemas.states import Bucket, Model
from schemas.sums import largest
from schemas.wording import counted, span


@dataclass(frozen=True, slots=True, kw_only=True)
class MinuteRecords(Detector):
    """The detector; its memory is that of blocks.py and profile.py.

    Limits are set at midnight: where the rulebook changes `once_in`, from the next one on.
    """

    cause: str = "records"
    memory: int = MINUTES.memory
    shape: Shape = MINUTES
    once_in: int
    floor: int

    def learning_until(self, memory: Memory, past: Past) -> int | None:
        """The bucket up to which it only learns; None once it may find something."""
        return None if "limits" in memory else learns_until(past.first, self.shape.day)

    def ceiling(self, memory: Memory, past: Past) -> int | None:
        """What the bucket may cost before a window reaches its bar; None while it only learns."""
        if "limits" not in memory:
            return None
        return max(1, min(self._rooms(memory, past)))

    def quiet(self, memory: Memory, past: Past, costs: Sequence[int]) -> bool:
        """No window reaches its limit; the bar is never under that."""
        if "limits" not in memory:
            return True
        sums = largest([*past.costs, *costs], self.shape.windows, len(costs))
        return all(map(lt, sums, self._least(memory, past.at, past.at + len(costs) - 1)))

    def rests(self, memory: Memory, past: Past) -> int:
        """What is left of the fullest window's limit: no later one holds more of what is past."""
        if "limits" not in memory:
            return ANY
        held, left = 0, ANY
        last = past.at - past.at % HOUR_MINUTES + HOUR_MINUTES - 1
        limits = self._least(memory, past.at, last)
        for piece, limit in zip(self.shape.pieces, limits, strict=True):
            held += sum(past.costs[piece])
            left = min(left, limit - held)
        return left

    def _rooms(self, memory: Memory, past: Past) -> list[int]:
        """For each window its bar less what it already holds."""
        floor = floor_at(self.floor, past.at - past.first, self.shape.day)
        usual = self._expected(memory, past.at)
        limits = self._limits(memory, usual)
        rooms, held, costs = [], 0, past.costs
        for piece, limit, expected in zip(self.shape.pieces, limits, usual, strict=True):
            held += sum(costs[piece])
            bar = expected + floor
            rooms.append((limit if limit > bar else bar) - held)
        return rooms

    def _limits(self, memory: Memory, usual: Sequence[int]) -> list[int]:
        """What each window may hold where it usually holds so much."""
        windows = self.shape.windows
        ratios = minute_ratios.limits(memory, dict(zip(windows, usual, strict=True)))
        sums = zip(windows, memory["limits"].longs, strict=True)
        return [min(limit, ratios.get(window, ANY)) for window, limit in sums]

    def _least(self, memory: Memory, first: int, last: int) -> list[int]:
        """The least of them in minutes of one hour: what is usual goes one way from end to end."""
        ends = (self._limits(memory, self._expected(memory, at)) for at in (first, last))
        return list(map(min, *ends))

    def _expected(self, memory: Memory, at: int) -> list[int]:
        shape = self.shape
        bucket = shape.before * shape.day + at % shape.day
        return in_minutes(memory["expected"].longs, bucket, shape.windows)

    def verdict(self, memory: Memory, past: Past, bucket: Bucket) -> Verdict:
        """Speaks of the window that is farthest above its bar, or nearest to it."""
        if "limits" not in memory:
            return LEARNING
        rooms = self._rooms(memory, past)
        room = min(rooms)
        place = rooms.index(room)
        window = self.shape.windows[place]
        held = sum(past.costs[1 - window :]) if window > 1 else 0
        expected = self._expected(memory, past.at)[place]
        return Verdict(
            breach=bucket.cost >= max(1, room),
            window=window,
            observed=held + bucket.cost,
            expected=expected,
            low=0,
            high=held + room,
            reason=self._reason(memory, place, held + bucket.cost, expected, held + room),
        )

    def _reason(self, memory: Memory, place: int, observed: int, expected: int, high: int) -> str:
        window = self.shape.windows[place]
        sums, ratio = (
            memory["limits"].longs[place],
            minute_ratios.limits(memory, {window: expected}),
        )
        limited = high in (sums, ratio.get(window))
        return (
            f"{dollars(observed)} in the last {span(window)}; "
            f"expected {dollars(expected)}; band to {dollars(high)} "
            f"({f'once in {self.once_in} days' if limited else 'money floor'}); "
            f"{self._largest(memory, window, high < sums and limited)}"
        )

    def _largest(self, memory: Memory, window: int, ratio: bool) -> str:
        """The record that the band is made of."""
        if ratio:
            shown = minute_ratios.records(memory, window)
            return f"largest of {counted(len(shown), 'day')} {max(shown):.1f} times the usual"
        records = blocks.records(memory, window)
        return f"largest of {counted(len(records), 'day')} {dollars(max(records))}"

    def usual(self, memory: Memory, minute: int) -> int:
        """A sixtieth of its hour's usual cost."""
        return profile.expected_minute(memory, minute)

    def learn(self, memory: Memory, past: Past, bucket: Bucket) -> Memory:
        """Nothing but at the end of an hour and of a day."""
        if (past.at + 1) % HOUR_MINUTES:
            return {}
        hour, spent = past.at // HOUR_MINUTES, bucket.cost + sum(past.costs[1 - HOUR_MINUTES :])
        spent = holidays.hour(self.holidays, memory, hour, spent)
        changed = profile.learnt(memory, hour, blocks.tamed(memory, self.shape, spent))
        parts = self._hour_over({**memory, **changed}, past, bucket.cost)
        return {**changed, **differing(memory, parts)}

    def _hour_over(self, memory: Memory, past: Past, cost: int) -> dict[str, Model]:
        end, day, costs = past.at + 1, self.shape.day, [*past.costs, cost]
        today, ratios = (
            blocks.today(memory, self.shape, costs),
            self._ratios(memory, past.at, costs),
        )
        if end % day or end < learns_until(past.first, day):
            return {"today": Model(longs=today), "ratio.today": ratios}
        parts = blocks.midnight(memory, self.shape, today, end // day, self.once_in)
        known, week = len(parts["records.60"].longs), profile.summed(memory, *_week(end // day))
        return parts | minute_ratios.midnight(memory, ratios, week[-1], known, self.once_in)

    def _ratios(self, memory: Memory, at: int, costs: Sequence[int]) -> Model:
        """The day's largest ratios with the hour that ends with minute `at`."""
        if "expected" not in memory:
            return minute_ratios.BLANK
        hour = (self.shape.before * self.shape.day + at % self.shape.day) // HOUR_MINUTES
        first, begin, end = memory["expected"].longs[hour - 1 : hour + 2]
        days = len(blocks.records(memory, self.shape.windows[-1]))
        return minute_ratios.today(memory, costs, (begin - first, end - begin), days)

    def taught(self, memory: Memory, costs: Sequence[int]) -> Memory:
        """The days of those costs are kept as they were, and the limits follow."""
        parts = blocks.taught(memory, self.shape, costs, self.once_in)
        if not parts:
            return {}
        tops = blocks.tops(memory, self.shape, costs)
        return parts | minute_ratios.taught(memory, tops, self.once_in)


def _week(day: int) -> tuple[int, int]:
    """The week that begins with a day."""
    return day, day + 7
