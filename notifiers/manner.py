"""How a place wants to be spoken to: pace, patience, and when to give up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

FIRST = timedelta(seconds=1)
QUICK = timedelta(minutes=1)
QUICK_FOR = timedelta(minutes=15)
SLOW = timedelta(minutes=5)


def steady(give_up: timedelta) -> tuple[timedelta, ...]:
    """Waits that double from 1 s to 1 min for a quarter of an hour, then 5 min each.

    They add up to `give_up`; after the last one there is no further try.
    """
    return tuple(_steady(give_up))


def _steady(give_up: timedelta) -> Iterator[timedelta]:
    waited, wait = timedelta(0), FIRST
    while waited + wait <= give_up:
        yield wait
        waited += wait
        wait = SLOW if waited >= QUICK_FOR else min(2 * wait, QUICK)


@dataclass(frozen=True, slots=True)
class Manner:
    """What delivery needs to know of a place; the defaults suit a chat."""

    apart: timedelta = timedelta(seconds=3)
    """At least so long between two changes of one incident there: a burst becomes one edit."""

    interval: timedelta = timedelta(0)
    """At least so long between the beginnings of two calls of the place."""

    at_once: int = 1
    """Calls under way at the same time, each for another incident."""

    quarantine: timedelta = timedelta(0)
    """After a try in doubt the vendor's own search can miss what is there for so long."""

    retries: tuple[timedelta, ...] = steady(timedelta(hours=24))
    """The wait after each failed try; when they are used up, the revision is given up."""
