"""What corrects minutes, until the one closes in which it became known: then it counts in budgets.

A seat that is reported at noon has cost something all morning: that is allocated to the morning at
once, and told of noon. So live and replay reach a budget's mark in the same minute, whichever
batch brought it.
"""

from collections.abc import Iterator

from schemas.states import Bucket
from streams.steps.amounts import add, direct
from streams.steps.step import Draft

SEPARATOR = "/"


def keep(draft: Draft, name: str, known: int, minute: int, amount: Bucket) -> None:
    """Let a series' cost of a minute wait for its own or a later one; minutes since 1970."""
    add(draft, ("waits", name, f"{known}{SEPARATOR}{minute}"), amount)


def take(draft: Draft, name: str, end: int) -> Iterator[tuple[int, int, Bucket]]:
    """What waited for minutes before `end`, which waits no longer: known, minute, amount."""
    for last, bucket in sorted(draft.below(("waits", name)).items()):
        known, minute = map(int, str(last).split(SEPARATOR))
        if known < end:
            draft.put(("waits", name, last), None)
            yield known, minute, bucket


def of(draft: Draft, name: str) -> list[tuple[int, int]]:
    """What still waits: minute and nano-dollars."""
    held = draft.below(("waits", name)).items()
    return [(int(str(last).split(SEPARATOR)[1]), direct(bucket)) for last, bucket in held]
