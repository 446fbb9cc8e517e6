"""Reversals and rerates of an hour that is open: withheld from its buckets until no rule looks.

They are allocated at once, and never look like an anomaly. Minutes count since 1970.
"""

from collections.abc import Mapping

from schemas.moments import HOUR_MINUTES
from schemas.states import Bucket
from streams.steps.amounts import add
from streams.steps.step import Draft


def keep(draft: Draft, name: str, minute: int, bucket: Bucket) -> None:
    """Withhold what corrects a minute of a series."""
    add(draft, ("withheld", name, minute), bucket)


def of(draft: Draft, name: str) -> Mapping[int, Bucket]:
    """What is withheld of a series, by minute."""
    return {int(minute): bucket for minute, bucket in draft.below(("withheld", name)).items()}


def release(draft: Draft, name: str, hour: int) -> None:
    """An hour is over: what was withheld of it joins its buckets."""
    for minute, bucket in sorted(of(draft, name).items()):
        if minute // HOUR_MINUTES <= hour:
            draft.put(("withheld", name, minute), None)
            add(draft, ("bucket", name, "minute", minute), bucket)
            add(draft, ("bucket", name, "hour", minute // HOUR_MINUTES), bucket)
