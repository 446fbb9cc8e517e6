"""Final splits of pools, until budgets may count them: the day is closed, and split by every pool.

One pool may be days ahead of another. Were a final split counted when it comes, the minute in
which a budget reaches a mark would hang on which pool was the quicker. Times are minutes since
1970, money nano-dollars.
"""

from collections.abc import Iterator

from schemas.moments import MINUTE
from schemas.states import Bucket
from streams.book import Books
from streams.steps import applying
from streams.steps.step import Draft

WAITING = ("final",)


def keep(draft: Draft, name: str, minute: int, cost: int) -> None:
    """Let what a series gets of a pool for good wait for its minute."""
    key = (*WAITING, f"{minute}/{name}")
    known: Bucket = draft.get(key) or Bucket()
    draft.put(key, Bucket(shared=known.shared + cost))


def take(draft: Draft, books: Books, closed: int) -> Iterator[tuple[str, int, int]]:
    """Those whose time has come, which wait no longer: series, minute, nano-dollars."""
    until = closed
    if books.at(closed * MINUTE).rulebook.pools:
        until = min(closed, applying.final(draft, books, closed))
    for key, held in sorted(draft.below(WAITING).items()):
        minute, _, name = str(key).partition("/")
        if int(minute) < until:
            draft.put((*WAITING, key), None)
            yield name, int(minute), held.shared
