"""Amounts of past minutes that count in budgets once the minute closes in which they became known.

A seat that is reported at noon has cost something all morning: that is allocated to the morning at
once, and told of noon. So live and replay reach a budget's mark in the same minute, whichever
batch brought it.
"""

from collections.abc import Iterator

from schemas.states import Bucket
from streams.steps.amounts import plus
from streams.steps.step import Draft

SEPARATOR = "/"


def keep(draft: Draft, name: str, known: int, minute: int, cost: int) -> None:
    """Let a series' cost of a minute wait for a later one; minutes since 1970, nano-dollars."""
    key = ("waits", name, f"{known}{SEPARATOR}{minute}")
    held = draft.get(key)
    amount = Bucket(late=cost)
    draft.put(key, amount if held is None else plus(held, amount))


def take(draft: Draft, name: str, end: int) -> Iterator[tuple[int, int, int]]:
    """What waited for minutes before `end`, which waits no longer: known, minute, nano-dollars."""
    for last, bucket in sorted(draft.below(("waits", name)).items()):
        known, minute = map(int, str(last).split(SEPARATOR))
        if known < end:
            draft.put(("waits", name, last), None)
            yield known, minute, bucket.late


def of(draft: Draft, name: str) -> list[tuple[int, int]]:
    """What still waits: minute and nano-dollars."""
    held = draft.below(("waits", name)).items()
    return [(int(str(last).split(SEPARATOR)[1]), bucket.late) for last, bucket in held]
