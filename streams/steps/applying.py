"""Tallies tile the log: each range of each source is applied once, in order, or not at all."""

from schemas.moments import DAY_MINUTES, MINUTE
from schemas.records import Tally
from schemas.states import Applied
from streams.book import Books
from streams.steps.step import Draft, StepError

USAGE = "usage/"
POOL = "pool/"
RESTATE = "restate/"
DAY = DAY_MINUTES * MINUTE
"""Microseconds."""


def applies(draft: Draft, tally: Tally) -> bool:
    """Take a tally's range; False where it was applied before. Raises StepError on a gap."""
    known = draft.get(("applied", tally.source)) or Applied()
    if (tally.first, tally.part) < (known.next, known.part):
        return False
    if (tally.first, tally.part) != (known.next, known.part):
        raise StepError(
            f"{tally.source}: {known.next} part {known.part} is due, but the tally begins at "
            f"{tally.first} part {tally.part}"
        )
    draft.put(("applied", tally.source), _after(known, tally))
    return True


def _after(known: Applied, tally: Tally) -> Applied:
    """The source as it stands after a part; event time moves with the last part alone."""
    last = tally.part == tally.parts - 1
    return Applied(
        next=tally.next if last else tally.first,
        part=0 if last else tally.part + 1,
        watermark=max(known.watermark, tally.watermark) if last else known.watermark,
        clocked=tally.clocked,
        live=tally.live,
        sources=tally.sources,
        history_until=max(known.history_until, tally.history_until),
        since=tally.since,
    )


def sources(draft: Draft) -> dict[str, Applied]:
    """What has been applied, by source."""
    return {str(source): applied for source, applied in draft.below(("applied",)).items()}


def usage_watermark(known: dict[str, Applied]) -> int:
    """Event time up to which all usage is in, microseconds since 1970; 0 where some is not known.

    Every partition has to have been heard of. One that is empty holds nothing back, unless a data
    clock is about: that one is written to every partition, so an empty one has yet to read it.
    """
    usage = [applied for source, applied in known.items() if source.startswith(USAGE)]
    if not usage or len(usage) < max(applied.sources for applied in usage):
        return 0
    clocked = any(applied.clocked for applied in usage)
    reached = [applied.watermark for applied in usage if clocked or applied.watermark]
    return min(reached, default=0)


def watermark(draft: Draft, books: Books) -> int:
    """Event time up to which minutes may close: all usage is in, microseconds since 1970.

    No day begins before every pool has split the one before: its cost counts for budgets.
    """
    known = sources(draft)
    usage = usage_watermark(known)
    pools = [pool.owner for pool in books.at(usage).rulebook.pools] if usage else []
    split = (known.get(pool, Applied()).watermark // DAY for pool in pools)
    return min([usage, *((day + 1) * DAY for day in split)])


def final(draft: Draft, books: Books, minute: int) -> int:
    """The minute before which every pool of the rulebook has split its days for good."""
    known, pools = sources(draft), books.at(minute * MINUTE).rulebook.pools
    split = (known.get(pool.owner, Applied()).watermark // DAY for pool in pools)
    return min(split, default=0) * DAY_MINUTES


def since(draft: Draft) -> int:
    """The first minute of which any source held usage, minutes since 1970; 0 for none."""
    held = [applied.since for applied in sources(draft).values() if applied.since]
    return min(held, default=0) // 60_000_000


def history_until(draft: Draft) -> int:
    """Event time up to which there is history, microseconds since 1970; 0 for none."""
    return max((applied.history_until for applied in sources(draft).values()), default=0)
