"""What the tests of a recorded past share: series of hours with overruns in them, and rulebooks."""

from collections.abc import Sequence
from random import Random

from schemas.moments import EPOCH
from schemas.rules import Grain
from streams.book import Book, Books
from streams.recorded import History, Recorded
from streams.rulebook import read

MONDAY = 20_759 * 24
"""2026-11-02, midnight, in hours since 1970."""

DOLLAR = 10**9

RULES = """
organisation: acme
detectors:
  - {name: day, kind: records, grain: hour, series: ["application:*"], once_in_days: 60, floor_usd: 5}
policies:
  - {name: rail, kind: limit, series: ["application:*"], usd: 300, window: 4h}
  - {name: week, kind: limit, series: ["application:*"], usd: 3000, window: 100h}
  - {name: grown, kind: growth, series: ["application:*"], window: 2h}
"""  # noqa: E501


def books(text: str = RULES) -> Books:
    return Books([Book("today", EPOCH, read(text))])


def hours(seed: int, days: int, wild: Sequence[int] = (), factor: int = 12) -> list[int]:
    """The cost of each hour: more by day, and much more in the wild hours."""
    drawn = Random(seed)
    return [
        int(DOLLAR * (9 if 8 <= hour % 24 < 18 else 2) * drawn.uniform(0.7, 1.4))
        * (factor if hour in wild else 1)
        + drawn.randrange(60)
        for hour in range(days * 24)
    ]


def series(name: str, costs: Sequence[int]) -> Recorded:
    return Recorded(name, Grain.HOUR, first=MONDAY, costs=costs)


def history(*held: Recorded, days: int) -> History:
    return History(held, Grain.HOUR, MONDAY * 60, (MONDAY + days * 24) * 60, frozenset())
