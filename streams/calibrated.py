"""How rare the detectors of a rulebook make their alarms: one number for the whole organisation.

Of the false alarms that a rulebook bears a month each series gets an equal part; its detectors
share it, for what happens to a series shows to all of them. How many series there will be is told
by the rulebook itself, so that live and replay agree: owners and pools are there by name, a cut
says about how many it makes.
"""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from detectors.base import Calibrated, Settings
from ledger.owners import Owner
from ledger.pools import Pool
from schemas import series
from schemas.cuts import Cut

CUT_SERIES = 20
"""Series of a cut that does not say how many it makes."""


def counted(
    detectors: Sequence[Settings],
    owners: Sequence[Owner],
    pools: Sequence[Pool],
    cuts: Sequence[Cut],
) -> int:
    """About how many series the detectors watch that are calibrated."""
    globs = {glob for one in detectors if isinstance(one, Calibrated) for glob in one.series}
    names = {series.name(owner.level, owner.id) for owner in owners}
    names |= {series.name(series.POOL, pool.id) for pool in pools}
    found = sum(any(fnmatchcase(name, glob) for glob in globs) for name in names)
    return found + sum(_made(cut) for cut in cuts if _watched(cut, globs))


def _watched(cut: Cut, globs: set[str]) -> bool:
    """Whether a glob may match series of the cut."""
    return any(fnmatchcase(cut.name, glob.partition(":")[0]) for glob in globs)


def _made(cut: Cut) -> int:
    return cut.series or (CUT_SERIES if cut.by else 1)


def calibrated(detectors: Sequence[Settings], once_in: int) -> Iterator[Settings]:
    """The detectors, each with its T."""
    for one in detectors:
        if isinstance(one, Calibrated) and one.once_in_days is None:
            yield one.model_copy(update={"once_in_days": once_in})
        else:
            yield one
