"""Which of the hours that follow each other may hold too many dollars: the others are quiet.

One pass over a day instead of a look at each of its hours. Money in nano-dollars.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, compress
from operator import sub

from detectors.rhythm import slot
from schemas.rules import Memory, Past


def dear(
    memory: Memory, past: Past, costs: Sequence[int], windows: Sequence[int], floor: int
) -> Iterator[int]:
    """The places of hours of these costs, from `past.at` on, that are dearer than usual and end a
    window, which grow, that holds `floor` more than is usual.
    """
    back = min(windows[-1] - 1, past.at - past.first)
    before = past.costs[-back:] if back else ()
    spent = (*(0,) * (back - len(before)), *before, *costs)
    usual = _usual(memory["expected"].longs, past.at - back, len(spent))
    above = [0, *accumulate(map(sub, spent, usual))]
    found = [False] * len(costs)
    for hours in windows:
        most = _windows(above, hours, len(costs))
        if max(most) >= floor:
            found = [known or one >= floor for known, one in zip(found, most, strict=True)]
    some = compress(range(len(costs)), found)
    return (at for at in some if costs[at] > usual[back + at])


def _usual(sums: Sequence[int], hour: int, count: int) -> Sequence[int]:
    """What hours from that one on usually cost; `sums` are running sums of a week."""
    week, at = list(map(sub, sums[1:], sums)), slot(hour)
    return list(chain(week[at:], week, week))[:count]


def _windows(above: Sequence[int], hours: int, count: int) -> Sequence[int]:
    """What windows of so many hours, or of all that there are, hold that end with the last ones."""
    young = max(0, min(count, hours - (len(above) - count)))
    begin = len(above) - count - hours
    starts = chain((0,) * young, above[max(begin, 0) : begin + count])
    return list(map(sub, above[-count:], starts))
